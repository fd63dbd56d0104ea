//! The timeline: every lane of a scenario on one axis that starts at each run's own t = 0, drawn live.
//!
//! ```text
//! app ──TimelineHandle──▶ Control { model, layout, viewport, selection } ──shapes──▶ Scene ──paint──▶ canvas
//!                            ▲ keys, wheel, pointers                    └──▶ Overlay: cursor, tooltip (HTML)
//!                        component
//! ```
//!
//! Everything left of the canvas is plain data and plain functions, tested without a browser. Only `paint`,
//! `watch`, `view` and `component` know the web. It does not know engines or scenarios: it is told of lanes, frames and reports.
//!
//! ```ignore
//! let timeline = TimelineHandle::new();                  // inside a component; Copy + Send
//! timeline.set_lanes(vec![LaneHead::new(lane).with_rows(vec![1; 4])]);
//! timeline.begin_run(0, order.run, round);               // earlier repeats are kept until the last one is over
//! timeline.push_frame(0, &frame);                        // frames of another run are ignored
//! timeline.finish_run(0, &report, &result);              // shows the repeat that the result's numbers come from
//! view! { <Timeline handle=timeline/> }
//! ```
//!
//! The web-sys features it needs, beside what `wasm-bindgen`, `js-sys` and `leptos` bring:
//! `CanvasRenderingContext2d CssStyleDeclaration Document DomRect Element Event EventTarget HtmlCanvasElement
//! HtmlDivElement HtmlElement ImageData KeyboardEvent MediaQueryList MouseEvent MutationObserver
//! MutationObserverInit Node Performance PointerEvent ResizeObserver TextMetrics WheelEvent Window`.
//!
//! The stylesheet is `timeline.css`; states have their colours from `lanes_core::present::palette`, everything else from
//! the custom properties that `paint::Palette` reads.

pub mod workers;

pub mod failures;

pub mod track;

pub mod model;

pub mod totals;

pub mod viewport;

pub mod ruler;

pub mod layout;

pub mod coverage;

pub mod describe;

pub mod shapes;

pub mod control;

pub mod overlay;

pub mod gesture;

pub mod handle;

pub mod paint;

pub mod watch;

mod view;

pub mod component;

pub use component::Timeline;
pub use handle::TimelineHandle;
pub use model::{LaneHead, Round};
pub use workers::Role;
