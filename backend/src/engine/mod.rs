//! The machine's own engine: runs one lane at a time, on real threads and real processes.
//!
//! What a lane does is [`lanes_core::run`]'s; here are the machine's clock, threads, processes and network.
//!
//! ```text
//! whoever asked (the reporter: sleeps, sends frames) ──▶ lane's thread ──┬── itself: sequential, async
//!        ▲                                                               ├── K threads: threads, gil, hybrid
//!        └── rings, progress ◀───────────────────────────────────────────└── pool of processes: processes
//! ```
//!
//! A lane that does not end when it is cancelled (a blocking call cannot be called back) is left behind: its threads
//! end with that call, and nobody waits for them.

mod cancel;
mod clock;
mod event_loop;
mod lane;
mod memory;
pub mod net;
mod order;
mod processes;
mod progress;
mod run_delay;
mod shared;
mod threads;
mod worker_place;
mod world;

pub use cancel::{CancelToken, Hook};
pub use clock::{Clock, resolution_ns};
pub(crate) use lane::run;
pub(crate) use net::Network;
pub use net::ServerLink;
pub use order::Listener;
pub(crate) use order::Order;
pub(crate) use worker_place::{WorkerPlace, split_chunk};
pub(crate) use world::{NO_FILE, NativeWorld};
