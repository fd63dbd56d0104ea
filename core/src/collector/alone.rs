//! How long a function of the user's own waits for data, item by item, where nothing else is done meanwhile: what a lane of one
//! task after another has seen, for the lanes in which threads share an interpreter's lock.
//!
//! There a thread that is blocked waits for data or for the lock, and its own clocks do not say for which. What it waits for
//! longer than alone, it waits for the lock.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The waits of each item, in nanoseconds; of one that has not been seen alone, nothing is known.
#[derive(Clone, Debug, Default)]
pub struct Alone(Arc<Mutex<Vec<Option<u64>>>>);

impl Alone {
    /// An item waited for so long. Of several times the shortest counts: the others were disturbed.
    pub fn waited(&self, task: u32, ns: u64) {
        let mut waits = self.waits();
        let at = task as usize;
        if waits.len() <= at {
            waits.resize(at + 1, None);
        }
        waits[at] = Some(waits[at].map_or(ns, |known| known.min(ns)));
    }

    /// What of a blocked time of an item was for the lock: nothing, where it has not been seen alone.
    pub fn lock_wait_ns(&self, task: u32, blocked_ns: u64) -> u64 {
        let alone = self.waits().get(task as usize).copied().flatten();
        alone.map_or(0, |alone_ns| blocked_ns.saturating_sub(alone_ns))
    }

    /// Whether anything is known.
    pub fn is_known(&self) -> bool {
        !self.waits().is_empty()
    }

    fn waits(&self) -> MutexGuard<'_, Vec<Option<u64>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_longer_than_alone_is_for_the_lock() {
        let alone = Alone::default();
        assert!(!alone.is_known());
        assert_eq!(alone.lock_wait_ns(3, 900), 0, "nobody knows");
        alone.waited(3, 500);
        alone.waited(3, 400);
        assert_eq!((alone.lock_wait_ns(3, 900), alone.lock_wait_ns(3, 100), alone.lock_wait_ns(2, 900)), (500, 0, 0));
    }
}
