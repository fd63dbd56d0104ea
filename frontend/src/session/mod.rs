//! A session: one press of Run. Orders every lane in turn (`lanes_core::run::rounds` says which is next), and keeps what
//! comes back.
//!
//! ```text
//! browser lanes ──▶ the page's engine (engine.rs)     ┐
//! native, python ─▶ the backend       (remote_run.rs) ┴─▶ the same events, one loop (follow.rs)
//! ```

mod control;
mod engine;
mod file;
mod follow;
mod remote_run;
mod runner;

pub use control::SessionControl;
pub use file::{UnreadableFile, check_readable};
pub use runner::{SessionObserver, SessionRunner};
