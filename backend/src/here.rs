//! The lanes that this machine has: the native ones, and those of its Python interpreters. It runs none of them.

use lanes_core::{
    api::LaneHere,
    scenario::{Lane, Model},
};

use crate::python::{self, Candidate};

/// The native lanes.
pub(crate) fn native_lanes() -> Vec<Lane> {
    Model::ALL.map(Lane::native).to_vec()
}

/// Those that call a function of a scenario's own: lanes of the first Python that is found.
pub(crate) fn lanes_of_calls() -> Vec<Lane> {
    [Model::Sequential, Model::Async, Model::Threads, Model::Processes].map(Lane::python).to_vec()
}

/// The native lanes and those of these interpreters.
pub(crate) fn lanes(interpreters: &[Candidate]) -> Vec<LaneHere> {
    let version = format!("lanes {}", env!("CARGO_PKG_VERSION"));
    let here = |lane: Lane| LaneHere { lane, label: lane.label(), version: version.clone(), missing: None };
    native_lanes().into_iter().map(here).chain(python::lanes(interpreters)).collect()
}
