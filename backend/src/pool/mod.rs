//! A pool of processes that survives whatever happens to them.
//!
//! It knows nothing of what its workers do: a [`Job`] turns ranges of tasks into bytes and answers into results, and
//! [`serve`] is the other end, in the worker. What it promises:
//!
//! - a worker that dies, is killed, stops, floods its pipe, writes nonsense or leaves early is noticed (a death at
//!   once, by the end of its pipe; silence after [`Settings::silence`]), ended and replaced;
//! - only the tasks in its hands are done again, a task that kills every worker is set aside and named, and the rest
//!   completes (who does what is decided by [`lanes_core::run::dispatch`], which has no I/O);
//! - nothing is sent that a worker has no room for, so a million tasks need no more memory than a thousand;
//! - a cancel asks first, and then ends and replaces those workers only that did not listen;
//! - no process outlives the pool, nor the parent, however that ends: a worker reads its pipe on a thread of its own
//!   and leaves when it ends, even in the middle of a computation. Every process is waited for.
//!
//! ```text
//! Pool::run (one thread) ── dispatcher: who does what
//!      └── worker set: poll ┬── pipe pair ── worker process: serve ── its own thread reads, the main one works
//!                       └── pipe pair ── worker process
//! ```

mod terms;

mod run;

pub mod frame;
mod process;
mod protocol;
mod serve;
mod worker_set;

pub use serve::{Chunk, Handler, ServeError, serve, take_stdout};
pub use terms::{Ending, Job, NoAnswer, Outcome, Settings};
pub use worker_set::Waker;

use std::{
    ffi::OsString,
    io,
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use self::worker_set::WorkerSet;

/// How a worker is started.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkerCommand {
    /// The program.
    pub program: PathBuf,
    /// Its arguments.
    pub arguments: Vec<OsString>,
    /// What is added to its environment.
    pub environment: Vec<(OsString, OsString)>,
}

impl WorkerCommand {
    /// A program with these arguments.
    #[must_use]
    pub fn new(program: impl Into<PathBuf>, arguments: &[&str]) -> Self {
        let arguments = arguments.iter().map(OsString::from).collect();
        Self { program: program.into(), arguments, environment: Vec::new() }
    }
}

/// Processes that are kept from run to run.
#[derive(Debug)]
pub struct Pool {
    workers: WorkerSet,
    killer: Killer,
}

/// Kills workers of a pool from another thread.
#[derive(Clone, Debug)]
pub struct Killer {
    workers: Arc<Mutex<Vec<u16>>>,
    waker: Waker,
}

impl Killer {
    /// Kills a worker of the run that is under way, as `kill -9` would; nothing when there is none.
    pub fn kill(&self, worker: u16) {
        self.workers.lock().unwrap_or_else(PoisonError::into_inner).push(worker);
        self.waker.wake();
    }

    fn take(&self) -> Vec<u16> {
        std::mem::take(&mut self.workers.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Pool {
    /// A pool whose workers are started in this way when a run needs them, and must greet with this `version`.
    ///
    /// # Errors
    /// When the operating system has no pipe left.
    pub fn new(command: WorkerCommand, version: impl Into<String>) -> io::Result<Self> {
        let workers = WorkerSet::new(command, version.into())?;
        let killer = Killer { workers: Arc::default(), waker: workers.waker() };
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
        self.workers.get(worker).map(process::Process::id)
    }
}
