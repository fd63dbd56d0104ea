//! Kills workers from another thread than the pool's, which does the killing. It knows workers by their numbers only.

use std::sync::{Arc, Mutex, PoisonError};

use super::waker::Waker;

/// Kills workers of a pool from another thread.
#[derive(Clone, Debug)]
pub struct Killer {
    workers: Arc<Mutex<Vec<u16>>>,
    waker: Waker,
}

impl Killer {
    /// Of the pool whose thread `waker` wakes.
    pub(super) fn new(waker: Waker) -> Self {
        Self { workers: Arc::default(), waker }
    }

    /// Kills a worker of the run that is under way, as `kill -9` would; nothing when there is none.
    pub fn kill(&self, worker: u16) {
        self.workers.lock().unwrap_or_else(PoisonError::into_inner).push(worker);
        self.waker.wake();
    }

    /// The workers to be killed since the last time.
    pub(super) fn take(&self) -> Vec<u16> {
        std::mem::take(&mut self.workers.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
