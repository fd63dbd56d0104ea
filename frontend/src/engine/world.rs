//! The world as the browser's workers see it: clock, cancel flag, locks, network and the user's file.
//!
//! Shared by all threads of an engine, so it holds nothing of JavaScript; what a thread needs of it (an
//! `XMLHttpRequest`) it makes on the spot.

use std::{
    sync::atomic::{AtomicBool, Ordering::Relaxed},
    time::Duration,
};

use super::{
    clock::Clock,
    net::{self, Network, ServerState},
};
use lanes_core::{
    gil::Gil,
    plan::{FetchAction, Plan},
    run::{
        isolated::IsolatedPlace,
        world::{BlockingWorld, SharedCounter, StepError, World},
    },
    scenario::Model,
    server::Simulation,
};

/// The scenario works on a file and none was chosen.
pub(super) const NO_FILE: StepError = StepError::NoFile("choose one beside the scenario");

/// Set by the page through shared memory, because an engine that computes reads no messages.
pub static CANCEL: AtomicBool = AtomicBool::new(false);

/// The user's file as any worker can read it: one `blob:` address for each share, made by the engine.
#[derive(Clone, Debug, Default)]
pub struct FileShares {
    /// By task; an empty text where the share is empty.
    pub urls: Vec<String>,
}

impl FileShares {
    /// The address of a task's share; `None` where that is empty.
    pub(super) fn url(&self, task: u32) -> Result<Option<&str>, StepError> {
        let url = self.urls.get(task as usize).ok_or(NO_FILE)?;
        Ok(Some(url.as_str()).filter(|url| !url.is_empty()))
    }
}

/// One run's world.
#[derive(Debug)]
pub struct BrowserWorld {
    /// The run's clock.
    pub clock: Clock,
    /// Where requests go.
    pub network: Network,
    /// The user's file.
    pub file: FileShares,
    /// The server that simulated answers come from.
    pub server: Simulation<ServerState>,
    gil: Option<Gil>,
    counter: SharedCounter,
}

impl BrowserWorld {
    /// A world whose t = 0 is `clock`'s, for a lane of this model; its simulated server's state is there.
    #[must_use]
    pub fn new(
        clock: Clock,
        (network, server): (Network, ServerState),
        file: FileShares,
        model: Model,
        plan: &Plan,
    ) -> Self {
        let interval = Duration::from_secs_f64(plan.scenario().gil_switch_ms / 1000.0);
        Self {
            clock,
            network,
            file,
            server: Simulation::new(plan.scenario().server, server),
            gil: (model == Model::Gil).then(|| Gil::new(interval)),
            counter: SharedCounter::default(),
        }
    }
}

impl World for BrowserWorld {
    fn now_ns(&self) -> u64 {
        self.clock.now_ns()
    }

    fn is_cancelled(&self) -> bool {
        CANCEL.load(Relaxed)
    }

    fn gil(&self) -> Option<&Gil> {
        self.gil.as_ref()
    }

    fn counter(&self) -> &SharedCounter {
        &self.counter
    }
}

impl BlockingWorld for BrowserWorld {
    fn fetch(&self, action: &FetchAction<'_>, body: &mut Vec<u8>) -> Result<(), StepError> {
        let asked = (&self.network, &self.server);
        net::fetch_blocking(asked, action, self.clock, || self.is_cancelled(), body).map_err(StepError::Fetch)
    }

    fn block_for(&self, ns: u64) {
        net::sleep_blocking(Duration::from_nanos(ns), || self.is_cancelled());
    }

    fn read_file(&self, task: u32, bytes: &mut Vec<u8>) -> Result<(), StepError> {
        match self.file.url(task)? {
            Some(url) => net::read_blocking(url, bytes),
            None => Ok(()),
        }
    }
}

impl IsolatedPlace for BrowserWorld {}
