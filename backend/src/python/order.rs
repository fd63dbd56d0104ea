//! A run of a Python lane as it is asked for, and the handle that kills one of its workers.

use std::{
    path::Path,
    sync::{Arc, Mutex, PoisonError},
};

use lanes_core::{plan::Plan, scenario::Lane};
use rustix::process::{Pid, Signal, getpgid, kill_process};

use super::{known::Known, options::Options};
use crate::engine::Network;

/// One run to be made.
pub(crate) struct Order<'a> {
    pub(crate) run: u32,
    pub(crate) lane: Lane,
    pub(crate) plan: Plan,
    pub(crate) options: &'a Options,
    pub(crate) file: Option<&'a Path>,
    pub(crate) network: Network,
    pub(crate) recording: bool,
    /// What the lanes of the session know of a function of the user's own.
    pub(crate) known: &'a Known,
    pub(crate) clock_resolution_ns: u64,
}

/// Kills a worker process of the lane that is under way.
#[derive(Clone, Debug, Default)]
pub(crate) struct Kill(Arc<Mutex<Option<Workers>>>);

/// The worker processes of the lane that is under way.
#[derive(Debug)]
pub(super) struct Workers {
    /// The process group that they are all in.
    pub(super) group: Pid,
    /// Their process numbers, by row.
    pub(super) by_row: Vec<Option<u32>>,
}

impl Kill {
    /// Kills it; whether a Python lane is under way.
    pub(crate) fn kill(&self, worker: u16) -> bool {
        let workers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(workers) = &*workers else { return false };
        let process = workers.by_row.get(usize::from(worker)).copied().flatten();
        let pid = process.and_then(|process| Pid::from_raw(i32::try_from(process).ok()?));
        // Its number may have gone to somebody else meanwhile.
        if let Some(pid) = pid.filter(|pid| getpgid(Some(*pid)) == Ok(workers.group)) {
            let _ = kill_process(pid, Signal::KILL);
        }
        true
    }

    /// Says who the workers are now.
    pub(super) fn set(&self, workers: Option<Workers>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = workers;
    }
}
