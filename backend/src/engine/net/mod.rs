//! Requests, blocking and not: where they go and what limits them.
//!
//! ```text
//! blocking.rs  a pool of threads ─┐                ┌─ policy.rs    where a stranger's addresses may lead
//!                                 ├─ route.rs ─────┤
//! event_loop.rs  one loop ────────┘   where it goes └─ redirect.rs, decode.rs   what an answer leads to and holds
//!      └─ timer.rs  waits for simulated answers
//! server_state.rs   what the simulated server keeps in mind
//! ```
//!
//! Simulated answers come from a timer; the endpoint of the backend is asked like any server; a scenario's own
//! addresses go through the [`Policy`] first, redirects and resolved names included. It knows nothing of lanes, tasks
//! or what is recorded.

mod blocking;
mod decode;
mod event_loop;
mod policy;
mod redirect;
mod route;
mod server_state;
mod timer;

pub(crate) use blocking::BlockingClient;
pub(crate) use event_loop::LoopClient;
pub(crate) use lanes_core::fetch::MAX_BODY_BYTES as MAX_BODY;
pub use policy::{Policy, PolicyError};
pub(crate) use redirect::MAX_REDIRECTS;
pub(crate) use route::Network;
pub use route::ServerLink;
pub(crate) use server_state::{ServerFile, ServerState};
pub(crate) use timer::Timer;
