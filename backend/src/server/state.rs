//! What the handlers share: the options of every run, the files that were handed over, the runs and their queue.

use super::{files::Files, run_queue::RunQueue, runs::Runs};
use crate::runner::{Options, Runner};

/// The state of one server.
#[derive(Debug)]
pub(super) struct Server {
    /// For every run.
    pub(super) options: Options,
    pub(super) files: Files,
    pub(super) queue: RunQueue,
    pub(super) runs: Runs,
}

impl Server {
    pub(super) fn new(options: Options) -> Self {
        let runner = Runner::new(options.clone());
        Self { options, files: Files::default(), queue: RunQueue::new(), runs: Runs::new(runner) }
    }
}
