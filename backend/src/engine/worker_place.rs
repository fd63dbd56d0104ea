//! What a worker process is told of a run beside its tasks. It does not know how that reaches it.

use serde::{Deserialize, Serialize};

use super::net::Network;

/// What only this place knows of a run.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct WorkerPlace {
    /// t = 0 of the run's clock.
    pub(crate) zero_ns: u64,
    pub(crate) network: Network,
}
