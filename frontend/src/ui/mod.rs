//! The page that a person sees and uses: components over the signals of [`Page`](crate::page::Page), and nothing else.
//!
//! It neither runs nor measures anything. Provide a `Page` and a `Runner` as contexts and hand the timeline down as children:
//!
//! ```ignore
//! provide_context(page);
//! provide_context(runner);
//! view! { <ui::App><Timeline handle/></ui::App> }
//! ```
//!
//! It reads `draft`, `checked`, `preset`, `file`, `phase`, `lanes`, `outcome`, `notices`, `abilities` and the backend's
//! state; it writes `draft` and the predictions' `what_if` alone, and for everything else calls `run`, `cancel` and `kill_worker` of the runner, `share`, `choose_file`, `forget_file`,
//! `measure` of the predictions, the quiz's `choose`, `move_to`, `say` and `skip`, `load`, `dismiss`, `download_result`, `copy_program`, `save_program` and the backend's `probe_again`. JSON that cannot be read is kept in `draft` as a text (`Value::String`).

#![allow(unreachable_pub, reason = "what `#[component]` generates is `pub`, however private the component")]

mod about;
mod app;
mod backend_chip;
mod badge;
mod code;
mod editor;
mod file_picker;
mod functions;
mod header;
mod icons;
mod in_view;
mod keys;
mod lane_cards;
mod legend;
mod notices;
mod overview;
mod own_lines;
#[cfg(test)]
mod palette_tests;
mod panel;
mod panel_open;
mod prediction;
mod presets;
mod quiz;
mod results;
mod theme;
mod wall;

pub(crate) use app::App;
