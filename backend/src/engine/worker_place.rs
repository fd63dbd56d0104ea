//! What a worker process is told of a run beside its tasks, and how a chunk of tasks lies in a message.
//!
//! ```text
//! shares of the file | data of the tasks | chunk | length of the chunk, 4 bytes
//! ```

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::net::Network;

/// What only this place knows of a run.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct WorkerPlace {
    /// t = 0 of the run's clock.
    pub(crate) zero_ns: u64,
    pub(crate) network: Network,
    /// Where the state of the simulated server is, which all workers share; none where it has no limits.
    pub(crate) server_file: Option<PathBuf>,
}

/// Bytes of what a chunk's message ends with.
const TAIL: usize = 4;

/// Ends a message whose chunk begins at `head`; the bytes beside it are in front.
pub(crate) fn end_chunk(out: &mut Vec<u8>, head: usize) {
    let length = (out.len() - head) as u32;
    out.extend_from_slice(&length.to_le_bytes());
}

/// The bytes beside a chunk, and the chunk; nothing where the message is too short to be one.
pub(crate) fn split_chunk(message: &[u8]) -> Option<(&[u8], &[u8])> {
    let (rest, tail) = message.split_last_chunk::<TAIL>()?;
    rest.split_at_checked(rest.len().checked_sub(u32::from_le_bytes(*tail) as usize)?)
}
