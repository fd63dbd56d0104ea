//! Tasks that fail in every lane alike: they say something of the job, and nothing against a lane.
//!
//! The yardstick is the lane in which the fewest tasks failed. A lane in which the same tasks failed, or as many as chance
//! makes of the same share, is ranked beside it, by what it did a second; one in which more failed is not, however fast it
//! failed. Where a lane did all tasks, every failure counts against the others.

use crate::{
    present::number::{count, list, rate},
    report::{Ending, LaneResult},
    scenario::Scenario,
};

/// Shares of failures that lie this many standard deviations apart differ.
const SIGMAS: f64 = 3.0;

/// The failures of a job.
#[derive(Clone, Copy)]
pub(super) struct Failures<'a> {
    /// The lane in which the fewest tasks failed, where some failed in every lane and some were done.
    yardstick: Option<&'a LaneResult>,
}

/// How the failures of a lane compare with the fewest.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Alike {
    /// The same tasks failed.
    Same,
    /// Others, but not more than by chance: their answers cannot be compared.
    Share,
    /// More failed, or nothing was to fail.
    No,
}

impl<'a> Failures<'a> {
    pub(super) fn of(scenario: &Scenario, results: &'a [LaneResult]) -> Self {
        let has_ended = |lane: &&LaneResult| lane.ending == Ending::Complete && is_whole(scenario, lane);
        let fewest = results.iter().filter(has_ended).min_by_key(|lane| lane.tasks().failed);
        Self { yardstick: fewest.filter(|lane| lane.tasks().failed > 0 && lane.tasks().done > 0) }
    }

    pub(super) fn compare(self, scenario: &Scenario, lane: &LaneResult) -> Alike {
        let Some(yardstick) = self.yardstick.filter(|_| is_whole(scenario, lane)) else { return Alike::No };
        let (fewest, failed) = (yardstick.tasks().failed as f64, lane.tasks().failed as f64);
        let tasks = yardstick.tasks().total().max(1) as f64;
        let share = (fewest + failed) / (2.0 * tasks);
        let sigma = (share * (1.0 - share) * 2.0 / tasks).sqrt();
        if lane.failed_tasks() == yardstick.failed_tasks() {
            Alike::Same
        } else if (failed - fewest) / tasks <= SIGMAS * sigma && lane.tasks().done > 0 {
            Alike::Share
        } else {
            Alike::No
        }
    }

    /// Why a lane that fails more is not ranked: `, more than native/async (2)`.
    pub(super) fn fewer_elsewhere(self) -> String {
        let Some(lane) = self.yardstick else { return String::new() };
        format!(", more than {} ({})", lane.lane, count(lane.tasks().failed))
    }

    /// What failed, after the sentence, where there is somebody to be ranked.
    pub(super) fn sentence(self, scenario: &Scenario, ranked: &[&LaneResult]) -> Option<String> {
        let yardstick = self.yardstick.filter(|_| !ranked.is_empty())?;
        let is_same = ranked.iter().all(|lane| self.compare(scenario, lane) == Alike::Same);
        let failed = count(yardstick.tasks().failed);
        let all = count(yardstick.tasks().total());
        let what = match is_same {
            true => format!("the same {failed} of {all} tasks failed"),
            false => {
                format!("about {failed} of {all} tasks failed, not always the same ones, so answers cannot be compared")
            }
        };
        let first = yardstick.failures().first().map(|failure| failure.why.trim_end_matches('.'));
        let first = first.map(|why| format!(" (the first because: {why})")).unwrap_or_default();
        Some(format!(
            " In every lane that is ranked {what}{first}; the ranking is by tasks done a second, so failing fast gains nothing."
        ))
    }

    /// How much each ranked lane did.
    pub(super) fn goodput(self, ranked: &[&LaneResult]) -> Option<String> {
        self.yardstick?;
        let each = ranked.iter().filter_map(|lane| Some(format!("{} {}", lane.lane, rate(lane.throughput()?))));
        let each: Vec<String> = each.collect();
        (!each.is_empty()).then(|| format!("Tasks done, those that failed left out: {}.", list(&each)))
    }
}

/// Whether every task ended, well or with a failure.
fn is_whole(scenario: &Scenario, lane: &LaneResult) -> bool {
    let tasks = lane.tasks();
    lane.wall.is_some() && tasks.done + tasks.failed == u64::from(scenario.tasks()).max(tasks.total())
}
