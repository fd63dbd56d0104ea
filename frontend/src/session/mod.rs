//! A session: all runs that one click on Run makes. They are started one after the other (`lanes_core::run::rounds` says
//! which lane is next), and their results are kept.
//!
//! ```text
//! browser lanes ──▶ the page's engine  (engine.rs)      ┐
//! native, python ─▶ the backend        (remote_run.rs)  ├─▶ the same events, one loop (follow.rs)
//! pyodide ────────▶ the page's CPython (page_python.rs) ┘
//! ```

mod control;
mod engine;
mod file;
mod follow;
mod page_python;
mod remote_run;
mod runner;
mod warm_engines;

pub use control::SessionControl;
pub use file::{UnreadableFile, check_readable};
pub use runner::{SessionObserver, SessionRunner};
