//! The pool between its runs: its processes, and how other threads reach it. What a run does is the neighbour's, `run`.

use std::{
    io,
    time::{Duration, Instant},
};

use super::{command::WorkerCommand, killer::Killer, process::Process, waker::Waker, worker_set::WorkerSet};

/// Processes that are kept from run to run.
#[derive(Debug)]
pub struct Pool {
    pub(super) workers: WorkerSet,
    pub(super) killer: Killer,
}

impl Pool {
    /// A pool whose workers are started in this way when a run needs them, and must greet with this `version`.
    ///
    /// # Errors
    /// When the operating system has no pipe left.
    pub fn new(command: WorkerCommand, version: impl Into<String>) -> io::Result<Self> {
        let workers = WorkerSet::new(command, version.into())?;
        let killer = Killer::new(workers.waker());
        Ok(Self { workers, killer })
    }

    /// Wakes the thread that is in [`Pool::run`], so that it looks whether it was cancelled.
    #[must_use]
    pub fn waker(&self) -> Waker {
        self.workers.waker()
    }

    /// Kills workers from another thread.
    #[must_use]
    pub fn killer(&self) -> Killer {
        self.killer.clone()
    }

    /// Waits for workers that were started and not needed any more before they were there, so that their start is not
    /// part of the next run; not longer than `most`.
    pub fn settle(&mut self, most: Duration) {
        let until = Instant::now() + most;
        while self.workers.is_starting() && Instant::now() < until {
            if self.workers.wait(Duration::from_millis(10)).is_err() {
                break;
            }
            self.workers.greet();
        }
    }

    /// The process of a worker, where there is one.
    #[must_use]
    pub fn process_id(&self, worker: u16) -> Option<u32> {
        self.workers.get(worker).map(Process::id)
    }
}
