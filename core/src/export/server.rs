//! What the programs of every language have to know of a simulated server that has limits.

use crate::scenario::{Model, Scenario, Server};

/// The places that it keeps in mind. Without a capacity a server that slows down has one for each request that there can be at
/// once.
pub(super) fn places(scenario: &Scenario, model: Model) -> u32 {
    let Server { capacity, slows, .. } = scenario.server;
    match model {
        _ if capacity > 0 => capacity,
        _ if slows <= 0.0 => 0,
        Model::Sequential => 1,
        Model::Async | Model::Hybrid => scenario.concurrency.max(scenario.workers).min(scenario.tasks()),
        _ => scenario.workers,
    }
}
