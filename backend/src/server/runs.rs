//! The runs that wait or are under way, by their ids, and the runner that makes them. It knows nothing of HTTP but how a
//! run that is not there is refused.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, TryLockError,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
};

use axum::http::StatusCode;
use lanes_core::scenario::{Lane, Model};
use tokio::sync::Notify;

use super::refusal::Refusal;
use crate::runner::{CancelToken, Controls, Runner};

/// Everything that runs or waits.
#[derive(Debug)]
pub(super) struct Runs {
    pub(super) runner: Arc<Mutex<Runner>>,
    controls: Controls,
    active: Mutex<HashMap<u64, Active>>,
    /// The one that is under way; 0 when none is.
    current: AtomicU64,
    ids: AtomicU64,
    changed: Notify,
}

/// A run that waits or is under way.
#[derive(Clone, Debug)]
struct Active {
    controls: Controls,
    lane: Lane,
    workers: u32,
}

impl Runs {
    pub(super) fn new(runner: Runner) -> Self {
        Self {
            controls: runner.controls(&CancelToken::new()),
            runner: Arc::new(Mutex::new(runner)),
            active: Mutex::default(),
            current: AtomicU64::new(0),
            ids: AtomicU64::new(1),
            changed: Notify::new(),
        }
    }

    /// An id that no other run has.
    pub(super) fn next_id(&self) -> u64 {
        self.ids.fetch_add(1, Relaxed)
    }

    /// Adds a run that `cancel` ends.
    pub(super) fn add(&self, id: u64, cancel: &CancelToken, lane: Lane, workers: u32) {
        self.active().insert(id, Active { controls: self.controls.on(cancel), lane, workers });
    }

    /// Removes a run that has ended.
    pub(super) fn remove(&self, id: u64) {
        self.active().remove(&id);
        self.changed.notify_one();
    }

    /// Says which run is under way, or that none is.
    pub(super) fn set_current(&self, id: Option<u64>) {
        self.current.store(id.unwrap_or(0), Relaxed);
    }

    /// Ends a run.
    ///
    /// # Errors
    /// When there is none with this id.
    pub(super) fn cancel(&self, id: u64) -> Result<(), Refusal> {
        self.find(id)?.controls.cancel.cancel();
        Ok(())
    }

    /// Kills a worker process of a run.
    ///
    /// # Errors
    /// When there is no such run, it still waits, it has no processes, or not as many.
    pub(super) fn kill(&self, id: u64, worker: u16) -> Result<(), Refusal> {
        let run = self.find(id)?;
        if self.current.load(Relaxed) != id {
            return Err(Refusal::new(StatusCode::CONFLICT, "that run still waits for its turn: it has no workers yet"));
        }
        if run.lane.model != Model::Processes {
            let why = format!("{} has no worker processes; only a lane of processes has a worker to kill", run.lane);
            return Err(Refusal::new(StatusCode::CONFLICT, &why));
        }
        if u32::from(worker) >= run.workers {
            let why = format!("there is no worker {worker}: that run has {}, counted from 0", run.workers);
            return Err(Refusal::new(StatusCode::NOT_FOUND, &why));
        }
        run.controls.kill(worker);
        Ok(())
    }

    /// Ends everything.
    pub(super) fn cancel_all(&self) {
        self.active().values().for_each(|run| run.controls.cancel.cancel());
    }

    /// Waits until nothing runs any more.
    pub(super) async fn ended(&self) {
        while !self.is_idle() {
            self.changed.notified().await;
        }
    }

    /// Whether nothing runs and nothing waits.
    pub(super) fn is_idle(&self) -> bool {
        self.active().is_empty()
    }

    /// Ends the worker processes that were kept for another run, unless one has begun.
    pub(super) fn end_processes(&self) {
        match self.runner.try_lock() {
            Ok(mut runner) => runner.rest(),
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner().rest(),
            Err(TryLockError::WouldBlock) => {}
        }
    }

    fn active(&self) -> MutexGuard<'_, HashMap<u64, Active>> {
        self.active.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn find(&self, id: u64) -> Result<Active, Refusal> {
        self.active().get(&id).cloned().ok_or_else(no_such_run)
    }
}

/// What is answered to a request for a run that is not there.
pub(super) fn no_such_run() -> Refusal {
    Refusal::new(StatusCode::NOT_FOUND, "there is no such run (any more)")
}
