//! What the spans add up to: the report of one run, and the result of a lane over its repeats.
//!
//! Pure arithmetic over [`Tally`]s; it does not judge (see `verdict`).

use serde::{Deserialize, Serialize};

use crate::{
    present::{
        number::{of, share},
        time::duration,
    },
    scenario::{Label, Lane},
    trace::{Counter, FailedAt, Failure, State, Tally},
};

/// A loop that comes back this late is noticed: three frames of a screen.
pub(crate) const LAG_NOTICED_NS: u64 = 50_000_000;

/// So many tasks at the least, and one in so many, still waited when the last was due: the lane did not keep up.
const BEHIND_TASKS: u64 = 3;
const BEHIND_PART: u64 = 20;

/// How the tasks of a run ended. The first four add up to the scenario's tasks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaskCounts {
    /// Ended well.
    pub done: u64,
    /// Ended with a failure.
    pub failed: u64,
    /// Never started, because the run was cancelled.
    pub cancelled: u64,
    /// Started, and not ended when the run was.
    pub abandoned: u64,
    /// Done again after their worker was lost; these are counted above too.
    pub retried: u64,
}

impl TaskCounts {
    /// Tasks that are accounted for.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.done + self.failed + self.cancelled + self.abandoned
    }
}

/// How a lane's interpreter lock was watched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum GilSeen {
    /// The modelled lock: every wait is recorded where it happens.
    Recorded,
    /// CPython's, from outside: what a computation's wall time has more than its processor time.
    Inferred {
        /// Computations.
        steps: u64,
        /// Those of them for which the system said how long the thread was ready and had no processor, so that this
        /// is not taken for waiting.
        exact: u64,
    },
    /// CPython's, from outside: what the system said its threads were at, looked at again and again.
    Sampled,
}

/// How one run ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Ending {
    /// Every task ended, well or with a failure.
    Complete,
    /// Somebody cancelled it.
    Cancelled,
    /// The lane itself broke; the sentence says how and what to do.
    Broken(String),
}

/// One run of one lane.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunReport {
    /// Which lane.
    pub lane: Lane,
    /// How it ended.
    pub ending: Ending,
    /// From t = 0 to the end of the last task, in nanoseconds. The start-up of workers that were not there yet is in
    /// it; a warmed-up lane has none.
    pub wall_ns: u64,
    /// How its tasks ended.
    pub tasks: TaskCounts,
    /// The totals of each worker.
    pub workers: Vec<Tally>,
    /// Spans that the rings had no room for.
    pub dropped: u64,
    /// The shared counter, where the scenario bumps one.
    pub counter: Option<Counter>,
    /// The smallest step of the clock, in nanoseconds.
    pub clock_resolution_ns: u64,
    /// What a reader should know of this run: what was substituted, what was limited.
    pub notes: Vec<String>,
    /// How the global interpreter lock was watched, where the lane has one; what each thread did with it is
    /// [`crate::gil_use::GilUse`].
    pub gil: Option<GilSeen>,
    /// Of a lane that broke in the user's own file, where in it.
    pub broke_at: Option<FailedAt>,
}

impl RunReport {
    /// The totals of all workers together.
    #[must_use]
    pub fn total(&self) -> Tally {
        let mut total = Tally::new(0);
        self.workers.iter().for_each(|worker| total.merge(worker));
        total
    }

    /// How many tasks failed, and which: the same for two runs in which the same ones did.
    #[must_use]
    pub fn failed_tasks(&self) -> (u64, u64) {
        let sum = self.workers.iter().fold(0_u64, |sum, worker| sum.wrapping_add(worker.failed_tasks));
        (self.tasks.failed, sum)
    }

    /// The share of its tasks' time that watching them cost.
    #[must_use]
    pub fn watching_share(&self) -> f64 {
        let total = self.total();
        let tasks_ns = total.latency.mean_ns() as f64 * (total.done + total.failed) as f64;
        if tasks_ns > 0.0 { total.watching_ns as f64 / tasks_ns } else { 0.0 }
    }

    /// The checksum over the tasks of all workers.
    #[must_use]
    pub fn checksum(&self) -> u64 {
        self.workers.iter().fold(0, |sum, worker| sum.wrapping_add(worker.checksum))
    }
}

/// Median and median absolute deviation of some measurements, in their own unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spread {
    /// The middle one; of an even number the mean of the middle two, rounded down.
    pub median: u64,
    /// The median of the distances from the median.
    pub mad: u64,
}

/// [`Spread`] of `values`; `None` when there are none.
#[must_use]
pub fn spread_of(values: &[u64]) -> Option<Spread> {
    let median = median(values.to_vec())?;
    let mad = median_of_distances(values, median)?;
    Some(Spread { median, mad })
}

fn median_of_distances(values: &[u64], centre: u64) -> Option<u64> {
    median(values.iter().map(|value| value.abs_diff(centre)).collect())
}

fn median(mut values: Vec<u64>) -> Option<u64> {
    values.sort_unstable();
    let upper = *values.get(values.len() / 2)?;
    if values.len() % 2 == 1 { Some(upper) } else { Some(values[values.len() / 2 - 1].midpoint(upper)) }
}

/// Latency percentiles, in nanoseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Percentiles {
    /// Half of the tasks are faster.
    pub p50: u64,
    /// 90 %.
    pub p90: u64,
    /// 99 %.
    pub p99: u64,
    /// 99.9 %.
    pub p999: u64,
    /// The slowest.
    pub max: u64,
}

/// A lane over its repeats. Counts, states and percentiles are those of the repeat with the median wall time.
#[derive(Clone, Debug, PartialEq)]
pub struct LaneResult {
    /// Which lane.
    pub lane: Lane,
    /// Whether it is the thing itself.
    pub label: Label,
    /// How its last run ended.
    pub ending: Ending,
    /// Wall time of each repeat that ran to its end, in nanoseconds.
    pub wall_ns: Vec<u64>,
    /// The measured round of each of them, from 0: lanes' runs of one round ran one after the other.
    pub rounds: Vec<u32>,
    /// Their median and spread; `None` when no repeat ran to its end.
    pub wall: Option<Spread>,
    /// The report that the numbers are taken from, when any run reported.
    pub shown: Option<RunReport>,
    /// Which repeat that is, from 0.
    pub shown_repeat: usize,
    /// Whether every repeat ended with the same checksum.
    pub steady: bool,
    /// The same of repeats in which the same tasks failed.
    pub steady_beside_failures: bool,
    /// Whether there was one measured run and no other before it.
    pub is_cold: bool,
    /// The wall times of the watched runs, one of which is shown, where [`LaneResult::wall_ns`] is of runs that were not
    /// watched; see [`LaneResult::with_unwatched`].
    pub watched: Option<Spread>,
    /// Time from nothing to workers that are ready, in nanoseconds, where it was seen.
    pub start_up_ns: Option<u64>,
    /// The totals of the shown run, and what is read off them: added up once, since a page asks for them all the time.
    totals: Totals,
}

/// What the workers of one run add up to.
#[derive(Clone, Debug, PartialEq)]
struct Totals {
    tally: Tally,
    latency: Percentiles,
    loop_lag_ns: Option<(u64, u64)>,
}

impl Totals {
    fn of(run: Option<&RunReport>) -> Self {
        let tally = run.map_or_else(|| Tally::new(0), RunReport::total);
        let at = |q| tally.latency.quantile_ns(q);
        let latency =
            Percentiles { p50: at(0.5), p90: at(0.9), p99: at(0.99), p999: at(0.999), max: tally.latency.max_ns() };
        let lag = &tally.loop_lag;
        let loop_lag_ns = (!lag.is_empty()).then(|| (lag.mean_ns(), lag.max_ns()));
        Self { latency, loop_lag_ns, tally }
    }
}

impl LaneResult {
    /// Adds up the repeats of a lane, one of each round. `warmup` are the unmeasured runs before them: only their start-up
    /// counts.
    #[must_use]
    pub fn new(lane: Lane, warmup: &[RunReport], repeats: &[RunReport]) -> Self {
        Self::of_rounds(lane, warmup, repeats, &(0..repeats.len() as u32).collect::<Vec<_>>())
    }

    /// The same of a lane that sat out rounds: `rounds` says of each repeat which measured round it belongs to, from 0.
    #[must_use]
    pub fn of_rounds(lane: Lane, warmup: &[RunReport], repeats: &[RunReport], rounds: &[u32]) -> Self {
        let complete: Vec<(usize, &RunReport)> =
            repeats.iter().enumerate().filter(|(_, run)| run.ending == Ending::Complete).collect();
        let wall_ns: Vec<u64> = complete.iter().map(|(_, run)| run.wall_ns).collect();
        let wall = spread_of(&wall_ns);
        let nearest = wall.and_then(|wall| complete.iter().min_by_key(|(_, run)| run.wall_ns.abs_diff(wall.median)));
        let last = repeats.last().or(warmup.last());
        // With nothing complete, what there is of the last one, which says how it ended.
        let unfinished = last.filter(|run| run.ending != Ending::Complete).map(|run| (repeats.len().max(1) - 1, run));
        let shown = nearest.copied().or(unfinished);
        let start_up_ns = warmup.iter().chain(repeats).find_map(|run| {
            let longest = run.workers.iter().map(|worker| worker.state_ns(State::StartUp)).max()?;
            (longest > 0).then_some(longest)
        });
        Self {
            lane,
            label: lane.label(),
            ending: last.map_or_else(|| Ending::Broken("it did not run".into()), |run| run.ending.clone()),
            wall,
            shown: shown.map(|(_, run)| run.clone()),
            shown_repeat: shown.map_or(0, |(repeat, _)| repeat),
            steady: complete.windows(2).all(|pair| pair[0].1.checksum() == pair[1].1.checksum()),
            steady_beside_failures: {
                let mut answers: Vec<_> =
                    complete.iter().map(|(_, run)| (run.failed_tasks(), run.checksum())).collect();
                answers.sort_unstable();
                answers.windows(2).all(|pair| pair[0].0 != pair[1].0 || pair[0].1 == pair[1].1)
            },
            is_cold: warmup.is_empty() && repeats.len() <= 1,
            rounds: complete.iter().map(|(repeat, _)| rounds[*repeat]).collect(),
            wall_ns,
            watched: None,
            start_up_ns,
            totals: Totals::of(shown.map(|(_, run)| run)),
        }
    }

    /// The same with the wall times of runs that were not watched, because watching took too much of the tasks' time. What is
    /// shown stays that of a watched run. `rounds` says of each run which measured round it belongs to.
    #[must_use]
    pub fn with_unwatched(mut self, runs: &[RunReport], rounds: &[u32]) -> Self {
        let (Some(last), Some(shown)) = (runs.last(), &mut self.shown) else { return self };
        self.ending = last.ending.clone();
        let complete = || runs.iter().zip(rounds).filter(|(run, _)| run.ending == Ending::Complete);
        let wall_ns: Vec<u64> = complete().map(|(run, _)| run.wall_ns).collect();
        let Some(wall) = spread_of(&wall_ns) else { return self };
        // Which tasks failed is not told without watching.
        let answer = |run: &RunReport| (run.tasks.done, run.tasks.failed, run.checksum());
        self.steady &= complete().all(|(run, _)| answer(run) == answer(shown));
        self.steady_beside_failures &= complete().all(|(run, _)| run.tasks.failed > 0 || answer(run) == answer(shown));
        shown.notes.push(format!(
            "watching takes at least {} of a task's time here, so the wall times are those of {} that {} not watched (watched: {}); the \
             timeline and the times by state are a watched run's",
            share((shown.watching_share() * 1e4) as u64, 10_000),
            of(wall_ns.len() as u64, "run", "runs"),
            if wall_ns.len() == 1 { "was" } else { "were" },
            self.wall.map_or_else(String::new, |wall| duration(wall.median)),
        ));
        self.watched = self.wall.replace(wall);
        self.rounds = complete().map(|(_, round)| *round).collect();
        self.wall_ns = wall_ns;
        self
    }

    /// The totals of all workers in the shown run.
    #[must_use]
    pub fn total(&self) -> &Tally {
        &self.totals.tally
    }

    /// How the tasks of the shown run ended.
    #[must_use]
    pub fn tasks(&self) -> TaskCounts {
        self.shown.as_ref().map(|run| run.tasks).unwrap_or_default()
    }

    /// Whether it ran and not one task ended well: how long that took says nothing.
    #[must_use]
    pub fn all_failed(&self) -> bool {
        let tasks = self.tasks();
        tasks.failed > 0 && tasks.done == 0
    }

    /// How many tasks failed in the shown run, and which (see [`RunReport::failed_tasks`]).
    #[must_use]
    pub fn failed_tasks(&self) -> (u64, u64) {
        self.shown.as_ref().map(RunReport::failed_tasks).unwrap_or_default()
    }

    /// How many times its wall time it would take, at its pace, until as many tasks are done as there are: 1 where none
    /// failed.
    #[must_use]
    pub fn pace(&self) -> f64 {
        let tasks = self.tasks();
        if tasks.done == 0 { 1.0 } else { (tasks.done + tasks.failed) as f64 / tasks.done as f64 }
    }

    /// The checksum over all tasks, once every one of them ended well and every repeat agreed.
    #[must_use]
    pub fn checksum(&self) -> Option<u64> {
        let tasks = self.tasks();
        let whole = self.steady && self.wall.is_some() && tasks.done > 0 && tasks.done == tasks.total();
        whole.then(|| self.total().checksum)
    }

    /// Whether its latencies are those of tasks that came over time, each from when it was due.
    #[must_use]
    pub fn counts_from_due(&self) -> bool {
        self.total().arrived > 0
    }

    /// Of the tasks that came over time in the shown run, those that were still waiting when the last one was due, and all
    /// of them; `None` where that is no more than chance: the lane kept up.
    #[must_use]
    pub fn fell_behind(&self) -> Option<(u64, u64)> {
        let (behind, all) = (self.total().behind, self.total().arrived);
        (behind >= BEHIND_TASKS && behind * BEHIND_PART >= all).then_some((behind, all))
    }

    /// Latency percentiles of the shown run, each from the moment that a worker or a slot of a loop took the task, or from
    /// when it was due (see [`LaneResult::counts_from_due`]).
    #[must_use]
    pub fn latency(&self) -> Percentiles {
        self.totals.latency
    }

    /// How late the event loop came back to a timer that was due, on average and at the most, in nanoseconds; `None` where
    /// there is no loop.
    #[must_use]
    pub fn loop_lag_ns(&self) -> Option<(u64, u64)> {
        self.totals.loop_lag_ns
    }

    /// The longest that something kept the event loop from everything else, where it is long enough to be noticed.
    #[must_use]
    pub fn blocked_loop_ns(&self) -> Option<u64> {
        self.loop_lag_ns().map(|(_, most)| most).filter(|most| *most >= LAG_NOTICED_NS)
    }

    /// The most memory that it took, in bytes, and whether that was measured; else it is what its tasks held for themselves at once.
    #[must_use]
    pub fn peak_memory(&self) -> Option<(u64, bool)> {
        let total = self.total();
        let held = Some(total.held_bytes).filter(|bytes| *bytes > 0);
        total.peak_rss_bytes.map(|bytes| (bytes, true)).or(held.map(|bytes| (bytes, false)))
    }

    /// Tasks done each second of the median repeat.
    #[must_use]
    pub fn throughput(&self) -> Option<f64> {
        let wall = self.wall?;
        (wall.median > 0).then(|| self.tasks().done as f64 * 1e9 / wall.median as f64)
    }

    /// Where in the user's own file the lane broke or tasks of its shown run failed, each with the task.
    pub fn failed_at(&self) -> impl Iterator<Item = (Option<u32>, &FailedAt)> {
        let broke = self.shown.iter().filter_map(|run| run.broke_at.as_ref()).map(|at| (None, at));
        broke.chain(self.failures().iter().filter_map(|failure| Some((Some(failure.task), failure.at.as_ref()?))))
    }

    /// The first failures of the shown run.
    #[must_use]
    pub fn failures(&self) -> &[Failure] {
        &self.total().failures
    }
}

/// How a lane's checksum compares with the others'.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Agreement {
    /// It is that of the majority.
    Agrees,
    /// It is not: the lane is wrong and must not be ranked.
    Differs,
    /// It has none, because not every task ended well.
    Unknown,
}

/// The agreement of each lane with the checksum that most lanes have (the earlier lane's, where two are as frequent).
#[must_use]
pub fn agreement(lanes: &[LaneResult]) -> Vec<Agreement> {
    let sums: Vec<Option<u64>> = lanes.iter().map(LaneResult::checksum).collect();
    let votes = |sum: u64| sums.iter().filter(|other| **other == Some(sum)).count();
    let winner = sums.iter().flatten().copied().rev().max_by_key(|sum| votes(*sum));
    sums.iter()
        .map(|sum| match sum {
            None => Agreement::Unknown,
            Some(_) if *sum == winner => Agreement::Agrees,
            Some(_) => Agreement::Differs,
        })
        .collect()
}

/// How many times faster `lane` is than `reference`, by their medians.
#[must_use]
pub fn speedup(lane: &LaneResult, reference: &LaneResult) -> Option<f64> {
    let (mine, theirs) = (lane.wall?.median, reference.wall?.median);
    (mine > 0).then(|| theirs as f64 / mine as f64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::Model;

    fn run(model: Model, wall_ns: u64, checksum: u64) -> RunReport {
        let mut tally = Tally::new(0);
        tally.task_done(checksum, wall_ns);
        RunReport {
            lane: Lane::browser(model),
            ending: Ending::Complete,
            wall_ns,
            tasks: TaskCounts { done: 1, ..TaskCounts::default() },
            workers: vec![tally],
            dropped: 0,
            counter: None,
            clock_resolution_ns: 5_000,
            notes: Vec::new(),
            gil: None,
            broke_at: None,
        }
    }

    fn lane(model: Model, walls: &[u64], checksum: u64) -> LaneResult {
        let runs: Vec<_> = walls.iter().map(|wall| run(model, *wall, checksum)).collect();
        LaneResult::new(Lane::browser(model), &[], &runs)
    }

    #[test]
    fn medians_and_deviations() {
        assert_eq!(spread_of(&[]), None);
        assert_eq!(spread_of(&[7]), Some(Spread { median: 7, mad: 0 }));
        assert_eq!(spread_of(&[1, 100, 3]), Some(Spread { median: 3, mad: 2 }));
        assert_eq!(spread_of(&[1, 2, 3, 100]), Some(Spread { median: 2, mad: 1 }));
    }

    #[test]
    fn the_shown_run_is_the_one_nearest_the_median() {
        let lane = lane(Model::Async, &[30, 10, 21], 5);
        assert_eq!(lane.shown_repeat, 2);
        assert_eq!(lane.wall, Some(Spread { median: 21, mad: 9 }));
        assert_eq!(lane.checksum(), Some(5));
    }

    #[test]
    fn the_odd_one_out_is_wrong_wherever_it_stands() {
        let lanes = [lane(Model::Sequential, &[9], 1), lane(Model::Async, &[5], 2), lane(Model::Threads, &[4], 2)];
        assert_eq!(agreement(&lanes), [Agreement::Differs, Agreement::Agrees, Agreement::Agrees]);
    }

    #[test]
    fn a_lane_with_failures_has_no_checksum_to_compare() {
        let mut failed = run(Model::Async, 9, 1);
        failed.tasks = TaskCounts { done: 0, failed: 1, ..TaskCounts::default() };
        let lanes = [lane(Model::Sequential, &[9], 1), LaneResult::new(failed.lane, &[], &[failed])];
        assert_eq!(agreement(&lanes), [Agreement::Agrees, Agreement::Unknown]);
        assert_eq!(speedup(&lanes[1], &lanes[0]), Some(1.0));
    }

    #[test]
    fn a_lane_in_which_every_task_failed_is_no_success() {
        let mut failed = run(Model::Async, 9, 1);
        failed.tasks = TaskCounts { failed: 1, ..TaskCounts::default() };
        assert!(LaneResult::new(failed.lane, &[], &[failed]).all_failed());
        assert!(!lane(Model::Async, &[9], 1).all_failed());
    }

    #[test]
    fn one_run_without_a_warm_up_is_cold() {
        let runs = [run(Model::Async, 9, 1), run(Model::Async, 8, 1)];
        assert!(LaneResult::new(runs[0].lane, &[], &runs[..1]).is_cold);
        assert!(!LaneResult::new(runs[0].lane, &runs[..1], &runs[1..]).is_cold);
        assert!(!LaneResult::new(runs[0].lane, &[], &runs).is_cold);
    }

    #[test]
    fn unsteady_repeats_have_no_checksum() {
        let runs = [run(Model::Gil, 9, 1), run(Model::Gil, 9, 2)];
        assert_eq!(LaneResult::new(runs[0].lane, &[], &runs).checksum(), None);
    }
}
