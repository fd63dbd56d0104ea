//! What the handlers share: the options of every run, the files that were handed over, the functions of the user's own, the
//! runs and their queue.

use std::sync::Arc;

use super::{files::Files, offers::Offers, run_queue::RunQueue, runs::Runs};
use crate::runner::{Options, Runner};

/// The state of one server.
#[derive(Debug)]
pub(super) struct Server {
    /// For every run.
    pub(super) options: Options,
    pub(super) files: Files,
    pub(super) queue: RunQueue,
    pub(super) runs: Runs,
    pub(super) offers: Arc<Offers>,
}

impl Server {
    pub(super) fn new(options: Options, offers: Offers) -> Self {
        let runner = Runner::new(options.clone());
        Self {
            options,
            files: Files::default(),
            queue: RunQueue::new(),
            runs: Runs::new(runner),
            offers: Arc::new(offers),
        }
    }
}
