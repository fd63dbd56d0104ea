//! The verdict: what several lanes' results say about the job, and which model to take.
//!
//! Pure arithmetic over [`LaneResult`]s; the page, the command line and the result file show the same one.
//!
//! ```text
//! results ──standing──▶ lanes that may be ranked ──spread──▶ the fastest and its ties ──▶ the simplest of them
//!              └▶ excluded, with reasons        character ──▶ kind ──────────rule──▶ why it is so
//! ```
//!
//! What holds whatever the numbers are:
//!
//! - A lane is ranked only if it did the whole job and came to the right answer (see [`standing`]).
//! - A difference inside the spread is a tie (see [`spread`]), and among ties the simplest model is taken:
//!   sequential, async, threads, hybrid, processes.
//! - The recommended lane is the fastest *measured* one or within the spread of it. The [`Rule`] explains the
//!   measurement; it never overrules it.
//! - The modelled interpreter lock is evidence about CPython, never a recommendation.
//! - The order of the results does not matter.
//!
//! What this does not know yet, and where it belongs: predictions from the scenario alone, break-evens ("processes pay
//! from 0.4 ms a task") and sweeps compute *other* scenarios' results and belong beside this module in one of their
//! own. Their numbers replace the wordings of [`Verdict::would_change`].

mod character;
pub mod format;
#[cfg(test)]
mod properties;
mod rule;
mod sentences;
pub mod spread;
mod standing;
#[cfg(test)]
mod tests;

pub use character::Kind;
pub use rule::Rule;
pub use standing::Excluded;

use serde::Serialize;

use crate::{
    report::LaneResult,
    scenario::{Lane, Model, Place, Scenario},
};

use character::Character;
use spread::Floor;
use standing::Standing;

/// A whole job shorter than this, one task after another, is too small for its model to matter.
pub const MATTERS_NS: u64 = 5_000_000;

/// A simpler model is taken among ties only if its median is at most this much longer than the fastest's: a lane that
/// ties only because its own repeats differ wildly is no better for being simple.
const SIMPLER_COSTS_AT_MOST: f64 = 0.1;

/// What the results say.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Verdict {
    /// It all in one sentence.
    pub sentence: String,
    /// What kind of work was measured.
    pub kind: Kind,
    /// Share of waiting for data in the job's work; with `computing_percent` 100, or both 0 where nothing was seen.
    pub waiting_percent: u8,
    /// Share of computing.
    pub computing_percent: u8,
    /// What to take where every place is open; `None` when no lane may be ranked.
    pub overall: Option<Recommendation>,
    /// What to take in each place that has a lane to be ranked.
    pub per_place: Vec<Recommendation>,
    /// Lanes that are as fast as `overall`'s, as far as could be measured.
    pub ties: Vec<Lane>,
    /// Lanes that may not be ranked, and why.
    pub excluded: Vec<Excluded>,
    /// What the sentence rests on, the most important first.
    pub evidence: Vec<String>,
    /// What would lead to another verdict.
    pub would_change: Vec<String>,
}

/// Which lane to take, and why.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Recommendation {
    /// Where.
    pub place: Place,
    /// Which lane.
    pub lane: Lane,
    /// By which rule.
    pub rule: Rule,
    /// The rule in words, with the numbers it rests on.
    pub why: String,
    /// How many times faster than one task after another in the same place, where that was measured.
    pub speedup: Option<f64>,
    /// Lanes that are as fast, as far as could be measured.
    pub ties: Vec<Lane>,
}

/// What the results of a scenario say.
#[must_use]
pub fn verdict(scenario: &Scenario, results: &[LaneResult]) -> Verdict {
    let standing = Standing::of(scenario, results);
    let choices: Vec<Choice<'_>> =
        Place::ALL.into_iter().filter_map(|place| Choice::among(&standing, Some(place))).collect();
    let overall = Choice::among(&standing, None);
    let character = match &overall {
        Some(choice) => choice.character,
        None => Character::of(&standing, None),
    };
    let (waiting_percent, computing_percent) = character.percents();
    Verdict {
        sentence: sentences::sentence(&standing, overall.as_ref(), &character)
            + &sentences::elsewhere(overall.as_ref(), &choices),
        kind: overall.as_ref().map_or(character.kind, Choice::kind),
        waiting_percent,
        computing_percent,
        per_place: choices.iter().map(|choice| choice.recommendation(scenario, &standing)).collect(),
        ties: overall.as_ref().map(Choice::tied_lanes).unwrap_or_default(),
        evidence: sentences::evidence(scenario, &standing, overall.as_ref(), &character),
        would_change: sentences::would_change(scenario, &standing, overall.as_ref()),
        overall: overall.as_ref().map(|choice| choice.recommendation(scenario, &standing)),
        excluded: standing.excluded,
    }
}

/// The lane taken among some, and what it was taken from.
pub(crate) struct Choice<'a> {
    lane: &'a LaneResult,
    fastest: &'a LaneResult,
    /// All that tie with the fastest, except the taken one.
    ties: Vec<&'a LaneResult>,
    /// Every lane that it was taken from, the fastest first.
    candidates: Vec<&'a LaneResult>,
    /// Of the place that the lane is in.
    character: Character,
    /// Whether the job is too small for its model to matter.
    tiny: bool,
    /// Whether every difference lies inside a spread that is not small itself.
    drowned: bool,
}

impl<'a> Choice<'a> {
    /// The choice among the ranked lanes of a place, or of all places.
    fn among(standing: &Standing<'a>, place: Option<Place>) -> Option<Self> {
        let mut candidates: Vec<&LaneResult> = standing.candidates(place).collect();
        candidates.sort_by_key(|lane| (median(lane), simplicity(lane.lane)));
        let fastest = *candidates.first()?;
        let tiny = standing.tiny(fastest.lane.place);
        let floor = if tiny { Floor::Job(MATTERS_NS) } else { Floor::Share };
        let tied: Vec<&LaneResult> =
            candidates.iter().copied().filter(|lane| spread::is_tie(lane, fastest, floor)).collect();
        let drowned = !tiny && tied.len() == candidates.len() && tied.iter().any(|lane| is_dear(lane, fastest));
        let may_be_taken = |lane: &&LaneResult| tiny || drowned || !is_dear(lane, fastest);
        let lane = tied.iter().copied().filter(may_be_taken).min_by_key(|lane| simplicity(lane.lane))?;
        Some(Self {
            lane,
            fastest,
            ties: tied.into_iter().filter(|other| other.lane != lane.lane).collect(),
            candidates,
            character: Character::of(standing, Some(lane.lane.place)),
            tiny,
            drowned,
        })
    }

    fn kind(&self) -> Kind {
        if self.tiny || self.drowned { Kind::TooSmall } else { self.character.kind }
    }

    fn tied_lanes(&self) -> Vec<Lane> {
        let mut lanes: Vec<Lane> = self.ties.iter().map(|lane| lane.lane).collect();
        lanes.sort_unstable();
        lanes
    }

    fn rule(&self) -> Rule {
        Rule::of(self.kind(), self.lane.lane, self.candidates.len())
    }

    fn recommendation(&self, scenario: &Scenario, standing: &Standing<'_>) -> Recommendation {
        let rule = self.rule();
        Recommendation {
            place: self.lane.lane.place,
            lane: self.lane.lane,
            rule,
            why: sentences::why(scenario, standing, self, rule),
            speedup: standing.speedup(self.lane),
            ties: self.tied_lanes(),
        }
    }
}

/// Whether a lane's median is so much longer than the fastest's that only its own spread makes it a tie.
fn is_dear(lane: &LaneResult, fastest: &LaneResult) -> bool {
    median(lane) as f64 > median(fastest) as f64 * (1.0 + SIMPLER_COSTS_AT_MOST)
}

/// The median wall time; lanes that are ranked have one.
fn median(lane: &LaneResult) -> u64 {
    lane.wall.map_or(u64::MAX, |wall| wall.median)
}

/// Models from simple to involved: what a reader has to learn, write and keep running. Then by place.
fn simplicity(lane: Lane) -> (usize, Place) {
    const FROM_SIMPLE: [Model; 7] = [
        Model::Sequential,
        Model::Async,
        Model::Threads,
        Model::Hybrid,
        Model::Processes,
        Model::Interpreters,
        Model::Gil,
    ];
    (FROM_SIMPLE.iter().position(|model| *model == lane.model).unwrap_or(FROM_SIMPLE.len()), lane.place)
}
