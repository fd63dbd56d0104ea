//! What running a lane needs from outside; a place supplies it and nothing more.

use std::{
    sync::{
        Mutex, MutexGuard, PoisonError, TryLockError,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::Duration,
};

pub use super::error::StepError;
use super::{
    gate::Bell,
    work::{Work, Worked},
};
use crate::{
    fetch::Arrival,
    gil::Gil,
    payload::{Data, Piece},
    plan::FetchAction,
};

/// What every worker needs.
pub trait World {
    /// Nanoseconds since the run's t = 0.
    fn now_ns(&self) -> u64;
    /// Whether the run has been cancelled.
    fn is_cancelled(&self) -> bool;
    /// The interpreter lock, in the lanes that have one.
    fn gil(&self) -> Option<&Gil>;
    /// The counter that `bump` steps share.
    fn counter(&self) -> &SharedCounter;
    /// What a task is given for a step, where it came with a message. Where memory is shared none does: there it is what lies
    /// ready in the plan.
    fn arrived(&self, task: u32, piece: &Piece) -> Option<Data<'_>> {
        let _ = (task, piece);
        None
    }
}

/// A world in which a worker may block.
pub trait BlockingWorld: World {
    /// Fetches into `body`, which is empty before, in one attempt.
    ///
    /// # Errors
    /// One sentence on what went wrong.
    fn fetch(&self, action: &FetchAction<'_>, body: &mut Vec<u8>) -> Result<(), StepError>;

    /// Blocks for so many nanoseconds, or until the run is cancelled.
    fn block_for(&self, ns: u64);

    /// Reads the share of the user's file that a task wants into `bytes`, which is empty before; nothing where the share is
    /// empty.
    ///
    /// # Errors
    /// One sentence on what went wrong.
    fn read_file(&self, task: u32, bytes: &mut Vec<u8>) -> Result<(), StepError>;

    /// Blocks for so many nanoseconds, or until the bell has rung since `heard`, whichever comes first. Whoever waits long
    /// asks in between whether the run was cancelled.
    fn wait(&self, ns: u64, bell: &Bell, heard: u64) {
        bell.wait(Duration::from_nanos(ns), heard);
    }
}

/// Coming back to an answer later than this, in nanoseconds, an event loop was busy, where timers are exact.
pub const LATE_NS: u64 = 200_000;

/// The world of an event loop.
pub trait AsyncWorld {
    /// What the loop's own thread lives in: a call that blocks there blocks the whole loop.
    type Thread: BlockingWorld;

    /// Coming back to an answer later than this, in nanoseconds, the loop was busy; timers are no more exact than that.
    const LATE_NS: u64 = LATE_NS;

    /// The world of the loop's own thread.
    fn thread(&self) -> &Self::Thread;

    /// Fetches into `body`, which is empty before, in one attempt.
    fn fetch_async(&self, action: &FetchAction<'_>, body: &mut Vec<u8>) -> impl Future<Output = Fetched>;

    /// As [`BlockingWorld::read_file`], without blocking the loop.
    fn read_async(&self, task: u32, bytes: &mut Vec<u8>) -> impl Future<Output = Result<(), StepError>>;

    /// Waits so many nanoseconds, or longer where something else has the loop.
    fn sleep(&self, ns: u64) -> impl Future<Output = ()>;

    /// Whether there is a pool of threads that work is offloaded to: the hybrid lane's.
    fn has_pool(&self) -> bool;

    /// Hands a step to the pool, one of whose threads calls [`Work::run`](super::task::Work::run), and waits for what came out; `None` when the
    /// pool is gone.
    fn offload(&self, work: Work) -> impl Future<Output = Option<Worked>>;
}

/// How an asynchronous fetch went.
#[derive(Debug)]
pub struct Fetched {
    /// Whether the body is there.
    pub ended: Result<(), StepError>,
    /// When the answer was there, and when the loop went on with it; `None` where nobody can know.
    pub woken: Option<Arrival>,
}

impl From<Result<(), StepError>> for Fetched {
    fn from(ended: Result<(), StepError>) -> Self {
        Self { ended, woken: None }
    }
}

/// The counter that `bump` steps share, with the lock of its own.
#[derive(Debug, Default)]
pub struct SharedCounter {
    value: AtomicU64,
    lock: Mutex<()>,
}

impl SharedCounter {
    /// What it says.
    #[must_use]
    pub fn value(&self) -> u64 {
        self.value.load(Relaxed)
    }

    /// One more, in one instruction.
    pub(super) fn bump_atomic(&self) {
        self.value.fetch_add(1, Relaxed);
    }

    /// Reads, and later writes one more: two of these at once lose an update. `between` runs in the middle.
    pub(super) fn bump_unguarded(&self, between: impl FnOnce()) {
        let seen = self.value.load(Relaxed);
        between();
        self.value.store(seen + 1, Relaxed);
    }

    /// Its lock, if nobody has it.
    pub(super) fn try_lock(&self) -> Option<MutexGuard<'_, ()>> {
        match self.lock.try_lock() {
            Ok(guard) => Some(guard),
            Err(TryLockError::Poisoned(poisoned)) => Some(poisoned.into_inner()),
            Err(TryLockError::WouldBlock) => None,
        }
    }

    /// Its lock, waiting for it.
    pub(super) fn lock(&self) -> MutexGuard<'_, ()> {
        self.lock.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
