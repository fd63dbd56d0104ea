//! The engines that are kept from run to run, one for each number of threads: a rayon pool cannot be resized.

use lanes_core::scenario::{Lane, Model, Place, Scenario};

use super::engine::{Engine, StartError};
use crate::engine::Settings;

/// Engines that have nothing to do, by the number of threads of their pools.
#[derive(Default)]
pub(super) struct WarmEngines(Vec<(u32, Engine)>);

/// How many threads the pool of a lane's engine has, or would have: lanes that need no threads of a pool share the engine
/// of those that have no settings of their own.
pub(super) fn threads_of(scenario: &Scenario, lane: Lane) -> u32 {
    match lane.model {
        Model::Threads | Model::Gil | Model::Hybrid => scenario.workers_of(lane),
        Model::Sequential | Model::Async | Model::Processes | Model::Interpreters => scenario.workers,
    }
}

impl WarmEngines {
    /// Starts what a scenario's lanes will need and is not there yet, and ends what they will not. Whoever then needs an
    /// engine that could not be started finds out why.
    pub(super) async fn prepare(&mut self, scenario: &Scenario, settings: &Settings) {
        let here = scenario.lanes.iter().filter(|lane| lane.place == Place::Browser);
        let mut wanted: Vec<u32> = here.map(|lane| threads_of(scenario, *lane)).collect();
        wanted.sort_unstable();
        wanted.dedup();
        if wanted.is_empty() {
            return;
        }
        self.0.retain(|(threads, _)| wanted.contains(threads));
        for threads in wanted {
            if let Ok(engine) = self.take(threads, settings).await {
                self.keep(threads, engine);
            }
        }
    }

    /// The engine with so many threads that is there, or a new one.
    pub(super) async fn take(&mut self, threads: u32, settings: &Settings) -> Result<Engine, StartError> {
        match self.0.iter().position(|(of, _)| *of == threads) {
            Some(index) => Ok(self.0.swap_remove(index).1),
            None => Engine::start(settings).await,
        }
    }

    /// Keeps an engine for the next run.
    pub(super) fn keep(&mut self, threads: u32, engine: Engine) {
        self.0.push((threads, engine));
    }

    /// Ends all of them.
    pub(super) fn clear(&mut self) {
        self.0.clear();
    }
}
