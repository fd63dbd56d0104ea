//! What Lanes runs, how it is computed, what happened and what it means.
//!
//! No clock, no threads, no async, no I/O, no web: time and the world come in as arguments (see [`run::world`]), so
//! that the browser and the machine itself run the very same code.
//!
//! ```text
//! scenario ──plan──▶ tasks ──run (in a place)─────▶ trace ──wire──▶ viewer
//!    ▲                                                └──▶ report ──▶ verdict ──▶ result file, exports
//!    └── link
//! ```

pub use lanes_kernels as kernels;
pub use lanes_kernels::rng;

pub mod scenario;

mod crc;
mod digest;
pub mod due;
pub mod plan;
pub mod typed;

pub mod body;
pub mod fetch;
pub mod gil;
pub mod memory;
pub mod payload;
pub mod server;

pub mod trace;

pub mod collector;

pub mod run;

pub mod gil_use;
pub mod paired;
pub mod report;
pub mod result;
pub mod spread;
pub mod verdict;

pub mod present;

pub mod calibrate;
pub mod experiments;
pub mod predict;
pub mod sweep;

pub mod export;

pub mod api;
pub mod link;
pub mod wire;
