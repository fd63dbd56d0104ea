//! Which lane is taken among those that may be ranked: the simplest of those that tie with the fastest.
//!
//! It knows no sentence; see `sentences` for the words.

use crate::{
    report::LaneResult,
    scenario::{Lane, Model, Place, Scenario},
    spread::{self, Floor, much_slower, paced},
};

use super::{
    character::{Character, Kind},
    limit,
    rule::{Causes, Rule},
    standing::Standing,
};

/// A whole job shorter than this, one task after another, is too small for its model to matter.
pub const MATTERS_NS: u64 = 5_000_000;

/// The lane taken among some, and what it was taken from.
pub(super) struct Choice<'a> {
    pub(super) lane: &'a LaneResult,
    pub(super) fastest: &'a LaneResult,
    /// All that tie with the fastest, except the taken one.
    pub(super) ties: Vec<&'a LaneResult>,
    /// Every lane that it was taken from, the fastest first.
    pub(super) candidates: Vec<&'a LaneResult>,
    /// Of the place that the lane is in.
    pub(super) character: Character,
    pub(super) causes: Causes,
    /// Whether the job is too small for its model to matter.
    pub(super) tiny: bool,
    /// Whether every difference lies inside a spread that is not small itself.
    pub(super) is_noisy: bool,
}

impl<'a> Choice<'a> {
    /// The choice among the ranked lanes of a place, or of all places.
    pub(super) fn among(scenario: &Scenario, standing: &Standing<'a>, place: Option<Place>) -> Option<Self> {
        let mut candidates: Vec<&LaneResult> = standing.candidates(place).collect();
        candidates.sort_by_key(|lane| (paced(lane), simplicity(scenario, lane.lane)));
        let fastest = *candidates.first()?;
        let tiny = is_tiny(standing, fastest.lane.place);
        let floor = if tiny { Floor::Job(MATTERS_NS) } else { Floor::Share };
        let tied: Vec<&LaneResult> =
            candidates.iter().copied().filter(|lane| spread::is_tie(lane, fastest, floor)).collect();
        let mut others = tied.iter().filter(|lane| lane.lane != fastest.lane);
        let is_noisy = !tiny && tied.len() == candidates.len() && others.any(|lane| spread::hides_much(lane, fastest));
        let may_be_taken = |lane: &&LaneResult| tiny || is_noisy || !much_slower(lane, fastest);
        let lane = tied.iter().copied().filter(may_be_taken).min_by_key(|lane| simplicity(scenario, lane.lane))?;
        let causes = Causes {
            lock_held: lane.lane.place == Place::Python && limit::lock_is_measured(standing, Place::Python),
            loop_computes: limit::loop_computes(scenario, lane),
        };
        Some(Self {
            lane,
            causes,
            fastest,
            ties: tied.into_iter().filter(|other| other.lane != lane.lane).collect(),
            candidates,
            character: Character::of(standing, Some(lane.lane.place)),
            tiny,
            is_noisy,
        })
    }

    pub(super) fn kind(&self) -> Kind {
        match self {
            Self { tiny: true, .. } => Kind::TooSmall,
            Self { is_noisy: true, .. } => Kind::Noisy,
            Self { character, .. } => character.kind,
        }
    }

    pub(super) fn tied_lanes(&self) -> Vec<Lane> {
        let mut lanes: Vec<Lane> = self.ties.iter().map(|lane| lane.lane).collect();
        lanes.sort_unstable();
        lanes
    }

    pub(super) fn rule(&self) -> Rule {
        Rule::of(self.kind(), self.lane.lane, self.candidates.len(), self.causes)
    }
}

/// Models from simple to involved: what a reader has to learn, write and keep running. Then by place, and variants by what
/// they need: fewer workers, fewer in flight, the scenario's own settings.
fn simplicity(scenario: &Scenario, lane: Lane) -> (usize, Place, u32, u32, Lane) {
    const FROM_SIMPLE: [Model; 7] = [
        Model::Sequential,
        Model::Async,
        Model::Threads,
        Model::Hybrid,
        Model::Processes,
        Model::Interpreters,
        Model::Gil,
    ];
    // A function that is no coroutine is called by threads on a loop too, and threads alone are simpler.
    let is_called_by_threads = scenario.call().is_some_and(|call| call.coroutine.is_empty());
    let model = if is_called_by_threads && lane.model == Model::Async { Model::Hybrid } else { lane.model };
    let model = FROM_SIMPLE.iter().position(|simple| *simple == model).unwrap_or(FROM_SIMPLE.len());
    (model, lane.place, scenario.workers_of(lane), scenario.concurrency_of(lane), lane)
}

/// Whether the whole job, one task after another in a place, is too short to matter.
fn is_tiny(standing: &Standing<'_>, place: Place) -> bool {
    let whole_ns = match standing.find(place, Model::Sequential).and_then(|lane| lane.wall) {
        Some(wall) => wall.median,
        None => Character::of(standing, Some(place)).work_ns(),
    };
    (1..MATTERS_NS).contains(&whole_ns)
}
