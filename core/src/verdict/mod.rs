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
//! - A lane is ranked only if it did the whole job and came to the right answer (see [`standing`]); tasks that fail in
//!   every lane alike are nobody's fault (see [`failures`]).
//! - A difference inside the spread is a tie (see [`crate::spread`]), and among ties the simplest model is taken:
//!   sequential, async, threads, hybrid, processes.
//! - Noise is not smallness: where every difference drowns in a wide spread, that is what is said, and what to do.
//! - The recommended lane is the fastest *measured* one or within the spread of it, unless the scenario has another goal than
//!   wall time; then it is the best by that. The [`Rule`] explains the
//!   measurement; it never overrules it.
//! - Lanes are ranked within one place, so within one language, unless no place has two of them.
//! - A cause is named only where it was measured.
//! - A lost update is the sentence, whatever else there is.
//! - The modelled interpreter lock is evidence about CPython, never a recommendation.
//! - The order of the results does not matter.
//!
//! What this does not know yet, and where it belongs: predictions from the scenario alone, break-evens ("processes pay
//! from 0.4 ms a task") and sweeps compute *other* scenarios' results and belong beside this module in one of their
//! own. Their numbers replace the wordings of [`Verdict::would_change`].

#[cfg(test)]
mod alike;
#[cfg(test)]
mod causes;
mod character;
mod choice;
mod contest;
mod failures;
mod goal;
mod limit;
mod lock;
mod memory;
mod noise;
mod own;
mod payback;
#[cfg(test)]
mod properties;
mod rule;
mod sentences;
mod server;
mod server_advice;
#[cfg(test)]
mod simulated;
mod standing;
mod sure;
#[cfg(test)]
mod tests;
mod ties;
mod variants;

pub use crate::scenario::Goal;
pub use character::Kind;
pub use choice::MATTERS_NS;
pub use contest::contests;
pub use goal::ByGoal;
pub use limit::{Limit, Limited};
pub use payback::Payback;
pub use rule::Rule;
pub use standing::Excluded;
pub use sure::Sure;

use serde::Serialize;

use crate::{
    report::LaneResult,
    scenario::{Lane, Place, Scenario},
};

use character::Character;
use choice::Choice;
use standing::Standing;

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
    /// What to take; `None` when no lane may be ranked.
    pub overall: Option<Recommendation>,
    /// The place that `overall` was chosen in; `None` where it was chosen among all, because each has one lane at most.
    pub ranked_within: Option<Place>,
    /// What to take in each place that has a lane to be ranked.
    pub per_place: Vec<Recommendation>,
    /// Lanes that are as fast as `overall`'s, or as good by the scenario's goal, as far as could be measured.
    pub ties: Vec<Lane>,
    /// The best lane by what else may hurt, where it was measured: a loop that stands still, the slowest answers, memory,
    /// processor time; and by wall time where the scenario has another goal.
    pub by_goal: Vec<ByGoal>,
    /// From how many tasks on more workers pay back their start-up, where the scenario says what workers do first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub paybacks: Vec<Payback>,
    /// How sure it is that the recommended lane is faster than the next; not written where wall time does not decide.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sure: Option<Sure>,
    /// What kept lanes from being faster, where it was measured.
    pub limits: Vec<Limited>,
    /// Lanes that may not be ranked, and why.
    pub excluded: Vec<Excluded>,
    /// What the sentence rests on, the most important first.
    pub evidence: Vec<String>,
    /// What would lead to another verdict.
    pub would_change: Vec<String>,
    /// The lines to write, around a function of the user's own; not written where the job is none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub code: Vec<String>,
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
    /// Lanes that are as fast, or as good by the scenario's goal, as far as could be measured.
    pub ties: Vec<Lane>,
}

/// What the results of a scenario say.
#[must_use]
pub fn verdict(scenario: &Scenario, results: &[LaneResult]) -> Verdict {
    verdict_beside(scenario, results, None)
}

/// The same, where it is known which share of the machine other programs had meanwhile, in percent.
#[must_use]
pub fn verdict_beside(scenario: &Scenario, results: &[LaneResult], other_work_percent: Option<u8>) -> Verdict {
    let standing = Standing::of(scenario, results);
    let choices: Vec<Choice<'_>> =
        Place::ALL.into_iter().filter_map(|place| Choice::among(scenario, &standing, Some(place))).collect();
    let ranked_within = question(scenario, &standing);
    let overall = Choice::among(scenario, &standing, ranked_within);
    let character = match &overall {
        Some(choice) => choice.character,
        None => Character::of(&standing, None),
    };
    let (waiting_percent, computing_percent) = character.percents();
    let paybacks = payback::paybacks(scenario, &standing);
    let (lead, not_measured) = match overall.as_ref().and_then(|choice| goal::lead(scenario, choice)) {
        Some(Ok(lead)) => (Some(lead), None),
        Some(Err(why)) => (None, Some(why)),
        None => (None, None),
    };
    let by_goal = overall.as_ref().map(|choice| goal::by_goal(choice, lead.as_ref())).unwrap_or_default();
    let mut evidence = sentences::evidence(scenario, &standing, overall.as_ref(), ranked_within, &character);
    evidence.extend(by_goal.iter().filter(|best| best.is_much_better()).map(|best| best.sentence.clone()));
    evidence.extend(memory::within_limit(scenario, &standing.trusted));
    evidence.extend(paybacks.iter().map(|payback| payback.sentence.clone()));
    let sure = overall.as_ref().filter(|_| lead.is_none()).and_then(sure::sure);
    evidence.extend(sure.iter().map(|sure| sure.sentence.clone()));
    let mut would_change = sentences::would_change(scenario, &standing, overall.as_ref());
    if let Some(choice) = &overall {
        let later = payback::would_change(&paybacks, choice.lane.lane, scenario.tasks().into());
        would_change.splice(0..0, later);
    }
    // A lost update comes first, whatever the goal is.
    let by_lead = lead.as_ref().map(|lead| lead.sentence.clone()).or(not_measured).unwrap_or_default();
    let by_lead = if sentences::lost_updates(&standing).is_some() { String::new() } else { by_lead };
    let taken = overall.as_ref().map(|choice| match &lead {
        None => recommendation(scenario, &standing, choice),
        Some(lead) => Recommendation {
            place: lead.lane.lane.place,
            lane: lead.lane.lane,
            rule: Rule::ByGoal,
            why: format!("{}: {}", lead.lane.lane, Rule::ByGoal.words()),
            speedup: standing.speedup(lead.lane),
            ties: lead.ties.clone(),
        },
    });
    Verdict {
        sentence: by_lead
            + &sentences::sentence(scenario, &standing, overall.as_ref(), &character, other_work_percent)
            + &overall.as_ref().and_then(goal::stall_clause).unwrap_or_default()
            + &sentences::elsewhere(overall.as_ref(), &choices)
            + &server_advice::sentence(scenario, &standing, overall.as_ref()).unwrap_or_default()
            + &standing.failures.sentence(scenario, &standing.trusted).unwrap_or_default(),
        kind: overall.as_ref().map_or(character.kind, Choice::kind),
        waiting_percent,
        computing_percent,
        per_place: choices.iter().map(|choice| recommendation(scenario, &standing, choice)).collect(),
        ties: taken.as_ref().map(|taken| taken.ties.clone()).unwrap_or_default(),
        evidence,
        code: overall.as_ref().map(|choice| own::code(scenario, choice)).unwrap_or_default(),
        would_change,
        paybacks,
        sure,
        overall: taken,
        ranked_within,
        by_goal,
        limits: limits(scenario, &standing),
        excluded: standing.excluded,
    }
}

/// The place that is asked about: a language's lanes are compared with each other, not with another's. It is the one with
/// the most lanes to choose from (of several, that of the scenario's first lane); none where no place has two.
fn question(scenario: &Scenario, standing: &Standing<'_>) -> Option<Place> {
    let choices = |place: Place| standing.candidates(Some(place)).count();
    let most = Place::ALL.into_iter().map(choices).max().filter(|most| *most > 1)?;
    let in_order = scenario.lanes.iter().map(|lane| lane.place).chain(Place::ALL);
    in_order.into_iter().find(|place| choices(*place) == most)
}

fn limits(scenario: &Scenario, standing: &Standing<'_>) -> Vec<Limited> {
    let limited =
        |lane: &&LaneResult| Some(Limited { lane: lane.lane, limit: limit::limit(scenario, standing, lane)? });
    standing.trusted.iter().filter_map(limited).collect()
}

fn recommendation(scenario: &Scenario, standing: &Standing<'_>, choice: &Choice<'_>) -> Recommendation {
    let rule = choice.rule();
    Recommendation {
        place: choice.lane.lane.place,
        lane: choice.lane.lane,
        rule,
        why: sentences::why(scenario, standing, choice, rule),
        speedup: standing.speedup(choice.lane),
        ties: choice.tied_lanes(),
    }
}
