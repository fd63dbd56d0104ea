//! The world as the browser's workers see it: clock, cancel flag, locks, network and the user's file.
//!
//! Shared by all threads of an engine, so it holds nothing of JavaScript; what a thread needs of it (an
//! `XMLHttpRequest`) it makes on the spot.

use std::{
    ops::Range,
    sync::atomic::{AtomicBool, Ordering::Relaxed},
    time::Duration,
};

use lanes_core::{
    gil::Gil,
    plan::{FetchAction, Plan},
    scenario::Model,
    work::{BlockingWorld, SharedCounter, World},
};

use super::{
    clock::Clock,
    net::{self, Network},
};

/// Set by the page through shared memory, because an engine that computes reads no messages.
pub static CANCEL: AtomicBool = AtomicBool::new(false);

/// The user's file as any worker can read it: one `blob:` address for each share, made by the engine.
#[derive(Clone, Debug, Default)]
pub struct FileShares {
    /// By task; an empty text where the share is empty.
    pub urls: Vec<String>,
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
    gil: Option<Gil>,
    counter: SharedCounter,
}

impl BrowserWorld {
    /// A world whose t = 0 is `clock`'s, for a lane of this model.
    #[must_use]
    pub fn new(clock: Clock, network: Network, file: FileShares, model: Model, plan: &Plan) -> Self {
        let interval = Duration::from_secs_f64(plan.scenario().gil_switch_ms / 1000.0);
        Self {
            clock,
            network,
            file,
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
    fn fetch(&self, action: &FetchAction<'_>, body: &mut Vec<u8>) -> Result<(), String> {
        net::fetch_blocking(&self.network, action, || self.is_cancelled(), body).map_err(|error| error.to_string())
    }

    fn read_file(&self, task: u32, bytes: &mut Vec<u8>) -> Result<(), String> {
        match self.file.urls.get(task as usize) {
            // More tasks than bytes: this one's share is empty.
            Some(url) if url.is_empty() => Ok(()),
            Some(url) => net::read_blocking(url, bytes),
            None => Err("no file was chosen".into()),
        }
    }
}

/// The share of each task that wants one, by task: an empty range for the others.
#[must_use]
pub fn file_shares(plan: &Plan, file_bytes: u64) -> Vec<Range<u64>> {
    use lanes_core::scenario::{Source, Step};
    let wants: Vec<bool> = plan
        .scenario()
        .groups
        .iter()
        .map(|group| group.steps.iter().any(|step| matches!(step, Step::Compute(c) if c.input == Source::File)))
        .collect();
    let share = |task| if wants[plan.place(task).0] { plan.file_share(task, file_bytes) } else { 0..0 };
    (0..plan.tasks()).map(share).collect()
}
