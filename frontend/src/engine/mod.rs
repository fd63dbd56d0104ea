//! The browser's engine: a dedicated Web Worker that runs one lane at a time.
//!
//! It has its own instance and memory of the page's module, may block, and is disposable: the page throws it away
//! whenever it is to stop at once, when it breaks, or when another number of threads is wanted (a rayon pool can be
//! neither resized nor stopped). What a lane does is [`lanes_core::run`]'s; here are the browser's clock, workers, promises
//! and network.
//!
//! ```text
//! page ──Command──▶ engine ──┬── itself: sequential, async          (one thread)
//!      ◀──Event───           ├── rayon pool: threads, gil, hybrid   (Web Workers sharing the engine's memory)
//!                            └── isolated workers: processes        (Web Workers with memories of their own)
//! ```

mod clock;
mod entry;
mod event_loop;
mod isolated;
mod lane;
mod messages;
mod net;
mod processes;
mod reporter;
mod settings;
mod threads;
mod worker_set;
mod world;

pub use clock::epoch_ms;
pub use messages::error_text;
pub use net::Network;
pub use settings::Settings;
