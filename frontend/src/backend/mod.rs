//! The local backend, as the page sees it: whether one is there, who it is, how far its clock is off.
//!
//! ```text
//!              hello             no answer
//! None ──probe─▶ Ready ◀──────────────▶ Lost      probes again by itself, ever more seldom
//!   │ └─ 401 ──▶ Locked                           until the page is opened by another link
//!   └─ version ▶ Foreign
//! ```
//!
//! It knows nothing of runs: `session/remote_run.rs` makes them through a [`Client`].

mod address;
mod client;
mod clock;
mod connection;
mod framing;
mod functions;
mod state;
mod watch;

pub use client::{AbortOnDrop, Client, ClientError};
pub use connection::Backend;
pub use framing::Frames;
pub use functions::OwnFunction;
pub use state::{BackendState, Found};
