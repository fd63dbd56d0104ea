//! The timeline: every lane of a scenario on one axis that starts at each run's own t = 0, drawn live.
//!
//! ```text
//! app ──TimelineHandle──▶ Control { model, layout, viewport, selection } ──shapes──▶ Scene ──paint──▶ canvas
//!                            ▲ keys, wheel, pointers                    └──▶ Overlay: cursor, tooltip (HTML)
//!                        component
//! ```
//!
//! Everything left of the canvas is plain data and plain functions, tested without a browser. Only `paint`,
//! `watch`, `view` and `component` know the web. It does not know engines, scenarios or reports: it is told of lanes and frames.
//!
//! ```ignore
//! let timeline = TimelineHandle::new();                  // inside a component; Copy + Send
//! timeline.set_lanes(vec![LaneHead::new(lane).with_rows(vec![1; 4])]);
//! timeline.begin_run(0, order.run);                      // drops what the lane showed before
//! timeline.push_frame(0, &frame);                        // frames of another run are ignored
//! timeline.finish_run(0, Some(report.wall_ns));
//! view! { <Timeline handle=timeline/> }
//! ```
//!
//! The web-sys features it needs, beside what `wasm-bindgen`, `js-sys` and `leptos` bring:
//! `CanvasRenderingContext2d CssStyleDeclaration Document DomRect Element Event EventTarget HtmlCanvasElement
//! HtmlDivElement HtmlElement ImageData KeyboardEvent MediaQueryList MouseEvent MutationObserver
//! MutationObserverInit Node Performance PointerEvent ResizeObserver TextMetrics WheelEvent Window`.
//!
//! The stylesheet is `timeline.css`; colours are the custom properties that `paint::Palette` reads.

pub mod viewport;

pub mod ruler;

pub mod model;

pub mod layout;

pub mod coverage;

pub mod shapes;

pub mod describe;

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
pub use model::LaneHead;
