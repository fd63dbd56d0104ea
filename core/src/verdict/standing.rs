//! Who may be ranked: lanes that did the whole job and came to the right answer. It ranks nobody.

use serde::Serialize;

use super::{
    failures::{Alike, Failures},
    memory::over_limit,
};
use crate::{
    present::{lock, number::count},
    report::{Agreement, Ending, LaneResult, agreement, speedup},
    scenario::{Lane, Model, Place, Scenario},
};

/// A lane that may not be ranked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Excluded {
    /// Which one.
    pub lane: Lane,
    /// Why not, as the rest of a sentence that begins with its name.
    pub reason: String,
}

/// The results, sorted out. Both lists are in the order of [`Lane`]s, so nothing depends on that of the results.
pub(super) struct Standing<'a> {
    /// Right and whole, modelled ones too.
    pub(super) trusted: Vec<&'a LaneResult>,
    /// The others.
    pub(super) excluded: Vec<Excluded>,
    /// All of them.
    pub(super) all: Vec<&'a LaneResult>,
    /// What failed in every lane.
    pub(super) failures: Failures<'a>,
}

impl<'a> Standing<'a> {
    pub(super) fn of(scenario: &Scenario, results: &'a [LaneResult]) -> Self {
        let undecided = undecided(results);
        let agreements = agreement(results);
        let failures = Failures::of(scenario, results);
        let answer = answer_beside_failures(scenario, results, failures);
        let mut trusted = Vec::new();
        let mut excluded = Vec::new();
        for (lane, agreement) in results.iter().zip(agreements) {
            let alike = failures.compare(scenario, lane);
            let trouble = match alike {
                Alike::No => trouble(scenario, lane, agreement, undecided, failures),
                _ => trouble_beside_failures(lane, alike, answer),
            };
            match trouble.or_else(|| over_limit(scenario, lane)) {
                None => trusted.push(lane),
                Some(reason) => excluded.push(Excluded { lane: lane.lane, reason }),
            }
        }
        let mut all: Vec<&LaneResult> = results.iter().collect();
        let order = |lane: &&LaneResult| (lane.lane, lane.wall.map(|wall| wall.median));
        all.sort_by_key(order);
        trusted.sort_by_key(order);
        excluded.sort_by(|a, b| (a.lane, &a.reason).cmp(&(b.lane, &b.reason)));
        Self { trusted, excluded, all, failures }
    }

    /// The lanes that may be recommended: trusted, and no model of something that is not there.
    pub(super) fn candidates(&self, place: Option<Place>) -> impl Iterator<Item = &'a LaneResult> {
        self.trusted
            .iter()
            .copied()
            .filter(move |lane| lane.lane.is_recommendable() && place.is_none_or(|place| lane.lane.place == place))
    }

    /// The lane of a model in a place; where it has variants alone, the fastest of them.
    pub(super) fn find(&self, place: Place, model: Model) -> Option<&'a LaneResult> {
        let plain = self.trusted.iter().copied().find(|lane| lane.lane == Lane::new(place, model));
        let variants = || {
            let of_model = |lane: &&LaneResult| lane.lane.base() == Lane::new(place, model);
            self.trusted.iter().copied().filter(of_model).min_by_key(|lane| lane.wall.map(|wall| wall.median))
        };
        plain.or_else(variants)
    }

    /// How many times faster than one after another in the same place.
    pub(super) fn speedup(&self, lane: &LaneResult) -> Option<f64> {
        speedup(lane, self.find(lane.lane.place, Model::Sequential)?)
    }
}

/// Whether two answers are given equally often, so that nobody can say which is right.
fn undecided(results: &[LaneResult]) -> bool {
    let sums: Vec<u64> = results.iter().filter_map(LaneResult::checksum).collect();
    let votes = |sum: u64| sums.iter().filter(|other| **other == sum).count();
    let most = sums.iter().map(|sum| votes(*sum)).max().unwrap_or(0);
    let mut winners: Vec<u64> = sums.iter().copied().filter(|sum| votes(*sum) == most).collect();
    winners.sort_unstable();
    winners.dedup();
    winners.len() > 1
}

/// The answer that most lanes come to in which the same tasks failed; `None` where two are given equally often.
fn answer_beside_failures(scenario: &Scenario, results: &[LaneResult], failures: Failures<'_>) -> Option<u64> {
    let same = results.iter().filter(|lane| failures.compare(scenario, lane) == Alike::Same);
    let sums: Vec<u64> = same.map(|lane| lane.total().checksum).collect();
    let votes = |sum: u64| sums.iter().filter(|other| **other == sum).count();
    let winner = sums.iter().copied().max_by_key(|sum| votes(*sum))?;
    sums.iter().all(|sum| *sum == winner || votes(*sum) < votes(winner)).then_some(winner)
}

/// Why a lane may not be ranked in which tasks failed as in every other.
fn trouble_beside_failures(lane: &LaneResult, alike: Alike, answer: Option<u64>) -> Option<String> {
    if let Some(why) = not_ended(lane) {
        return Some(why);
    }
    if !lane.steady_beside_failures {
        return Some("came to different answers in repeats in which the same tasks failed".into());
    }
    (alike == Alike::Same && answer != Some(lane.total().checksum))
        .then(|| "came to another answer than the other lanes, though the same tasks failed".into())
}

/// Why a lane has no repeat that could be ranked.
fn not_ended(lane: &LaneResult) -> Option<String> {
    match &lane.ending {
        Ending::Broken(why) => Some(format!("did not run to its end: {why}")),
        Ending::Cancelled => Some("was cancelled".into()),
        Ending::Complete if lane.wall.is_none() => Some("has no repeat that ran to its end".into()),
        Ending::Complete => None,
    }
}

/// Why a lane may not be ranked.
fn trouble(
    scenario: &Scenario,
    lane: &LaneResult,
    agreement: Agreement,
    undecided: bool,
    failures: Failures<'_>,
) -> Option<String> {
    let tasks = lane.tasks();
    let live = if scenario.wants_addresses() { " (its addresses may answer differently each time)" } else { "" };
    let lost = lane.shown.as_ref().and_then(|run| run.counter).map_or(0, |counter| counter.lost());
    let wanted = u64::from(scenario.tasks()).max(tasks.total());
    if let Some(why) = not_ended(lane) {
        return Some(why);
    }
    if tasks.failed > 0 {
        let first = lane.failures().first().map(|failure| format!(", the first because: {}", failure.why));
        let first = first.unwrap_or_default();
        let more = failures.fewer_elsewhere();
        return Some(format!("failed {} of {} tasks{more}{first}", count(tasks.failed), count(wanted)));
    }
    if tasks.done == 0 || tasks.done < wanted {
        return Some(format!("did only {} of {} tasks", count(tasks.done), count(wanted)));
    }
    // A build without the lock lets every thread compute, whatever the scenario says of it.
    let shares_lock = lane.lane.place == Place::Python
        && matches!(lane.lane.model, Model::Threads | Model::Hybrid)
        && !lane.lane.interpreter.is_free_threaded();
    if let Some(unlike) = lock::unlike_scenario(scenario).filter(|_| shares_lock) {
        return Some(unlike);
    }
    if !lane.steady {
        return Some(format!("came to different answers in its repeats{live}"));
    }
    if undecided {
        return Some(format!("cannot be checked: the lanes disagree, and no answer has a majority{live}"));
    }
    match agreement {
        Agreement::Differs => Some(format!("came to another answer than the other lanes{live}")),
        Agreement::Unknown => Some("has no checksum to compare".into()),
        Agreement::Agrees if lost > 0 => {
            Some(format!("lost {} updates of the shared counter, so its count is wrong", count(lost)))
        }
        Agreement::Agrees => None,
    }
}
