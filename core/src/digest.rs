//! Digests: what proves that the work of a task was done, and in its order.

use crate::rng;

/// The digest of a task before its first step.
#[must_use]
pub fn task_digest(task: u32) -> u64 {
    rng::mix(u64::from(task) + 1)
}

/// The digest of a task after a step with this digest. A task's last one is added to the run's checksum.
#[must_use]
pub fn fold_digest(task: u64, step: u64) -> u64 {
    rng::mix(task ^ step).wrapping_add(step)
}
