//! A session: one press of Run. Orders every lane in turn, round after round, and keeps what comes back.
//!
//! ```text
//! round 1 (warm-up):  lane a, lane b, lane c        Interleaved, so that a machine that slows down or speeds up
//! round 2:            lane a, lane b, lane c        does so to all lanes alike.
//! round 3:            lane a, lane b, lane c
//!
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
