//! A lane as a program of its own: what a good engineer would write to do this scenario under this model.
//!
//! A program depends on nothing of Lanes and comes to the same checksum. How it is put together is each language's
//! own matter, [`super::python`] and [`super::rust`]; what they have in common is in [`super::parts`].

pub use super::language::{Language, NoProgram, Program};

use super::{python, rust};
use crate::scenario::{From, Lane, Model, Place, Scenario, Step};

/// The program that does a scenario as a lane does it. Of the lane only the model and its settings count: `browser/async`
/// in Python is the program for asyncio.
///
/// # Errors
/// When the model means nothing in that language, or when the job is one that only a browser can do.
pub fn program(scenario: &Scenario, lane: Lane, language: Language) -> Result<Program, NoProgram> {
    let place = match language {
        Language::Python if lane.place == Place::Pyodide => Place::Pyodide,
        Language::Python => Place::Python,
        Language::Rust => Place::Native,
    };
    scenario.check_place(place)?;
    let scenario = scenario.for_lane(lane);
    let is_simulated = |step: &Step| matches!(step, Step::Fetch(fetch) if fetch.from == From::Simulated);
    let is_limited = !scenario.server.is_default();
    let shares_nothing =
        lane.model == Model::Interpreters || lane.place == Place::Pyodide && lane.model == Model::Processes;
    match language {
        Language::Python if is_limited && scenario.steps().any(is_simulated) && shares_nothing => {
            Err(NoProgram::NoSharedServer)
        }
        Language::Python => Ok(python::program(&scenario, lane)),
        Language::Rust => rust::program(&scenario, lane),
    }
}
