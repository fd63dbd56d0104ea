//! The other side of the fetches: a server with limits. Told when a request arrives, it says at once when it is answered,
//! or that it is refused. It has no clock, and waits for nothing.
//!
//! ```text
//! arrives ── rate ──▶ capacity ──▶ link ──▶ latency ──▶ answered
//!             └─ 429   └─ 503, or queued: first come, first served
//! ```
//!
//! That an answer's moment is known when its request arrives is what makes one small state enough, which threads keep behind
//! a lock and processes in a shared file:
//!
//! - **Capacity**: for each place, until when it is taken. A request takes the place that is free first, until it is answered.
//! - **Rate**: a token bucket, kept as the moment at which it will be full (the generic cell rate algorithm).
//! - **Bandwidth**: one link, which bodies pass one after the other in the order in which their requests begin to be served.
//!   Sharing it equally would end at the same moment for all together, but each body's end would depend on later requests.
//! - **Slowing**: the latency grows with the requests that are served when a request begins to be.
//!
//! A request whose client gives up keeps its place until it would have been answered: the server does not know.

mod connections;
mod exchange;
mod model;
#[cfg(test)]
mod tests;

pub use connections::Connections;
pub use exchange::{Exchange, Kept, Simulation};
pub use model::{FAILED, Refusal, Reply, Request, State, backoff_ns, is_refusal, may_ask_again, places};
