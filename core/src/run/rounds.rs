//! Rounds: which lane runs next, when there are enough runs, and what all of them came to so far.
//!
//! ```text
//! round 1 (warm-up):  lane a, lane b, lane c        Interleaved, so that a machine that slows down or speeds up
//! round 2:            lane c, lane b, lane a        does so to all lanes alike, and every second round the other way
//! round 3:            lane a, lane b, lane c        round, so that no lane always runs in its predecessor's heat.
//! ```
//!
//! With [`Repeats::Auto`] measured rounds go on until the order of the lanes is clear, or their budget is spent. A lane
//! whose order is clear sits out the rounds that the others still need. The wall times of the runs are the only clock.
//!
//! Where watching takes too much of a lane's task time, further rounds follow in which that lane is not watched. Its wall
//! times are theirs; what is shown of it is what was watched.

use super::outcome::not_begun;
use crate::{
    paired::{Order, Pairs},
    report::{Ending, LaneResult, RunReport},
    scenario::{Lane, Repeats, Scenario},
    spread::paced,
    verdict::contests,
};

/// A lane is measured again, unwatched, where watching takes more than this share of its tasks' time.
const MOST_WATCHING: f64 = 0.05;

/// A run to be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Turn {
    /// The number of the run, from 1; in every event of it.
    pub run: u32,
    /// The round, from 0, those of the warm-up among them.
    pub round: u32,
    /// How many rounds there are at the most, as far as is known.
    pub rounds: u32,
    /// Which of the lane's measured runs it is, from 0; `None` for one of the warm-up. Those that are not watched are
    /// counted by themselves.
    pub repeat: Option<u32>,
    /// Whether it is to be watched: recorded, where that takes time.
    pub is_watched: bool,
    /// Which of the scenario's lanes.
    pub index: usize,
    /// That lane.
    pub lane: Lane,
}

/// The runs of one session.
#[derive(Debug)]
pub struct Rounds {
    scenario: Scenario,
    lanes: Vec<LaneRuns>,
    /// The number of the run before the first.
    runs_before: u32,
    runs: u32,
    /// The round that is under way, from 0.
    round: u32,
    /// How many turns of it were taken or passed over.
    at: usize,
}

#[derive(Debug)]
struct LaneRuns {
    lane: Lane,
    warmup: Vec<RunReport>,
    repeats: Vec<RunReport>,
    /// The measured round of each of them, from 0.
    rounds: Vec<u32>,
    /// Measured runs that were not watched, and their rounds.
    unwatched: Vec<RunReport>,
    unwatched_rounds: Vec<u32>,
    /// Whether its order among the lanes needs no more runs.
    is_settled: bool,
}

impl LaneRuns {
    /// A lane that broke has no more turns: it would do so again.
    fn is_broken(&self) -> bool {
        let last = self.unwatched.last().or(self.repeats.last()).or(self.warmup.last());
        last.is_some_and(|run| matches!(run.ending, Ending::Broken(_)))
    }

    /// Whether watching takes so much of its tasks' time that it has to be measured without.
    fn is_distorted(&self) -> bool {
        let shares: f64 = self.repeats.iter().map(RunReport::watching_share).sum();
        shares > MOST_WATCHING * self.repeats.len() as f64
    }

    fn result(&self) -> LaneResult {
        LaneResult::of_rounds(self.lane, &self.warmup, &self.repeats, &self.rounds)
            .with_unwatched(&self.unwatched, &self.unwatched_rounds)
    }
}

impl Rounds {
    /// The rounds of a scenario, whose runs are numbered from the one after `runs_before`.
    #[must_use]
    pub fn new(scenario: &Scenario, runs_before: u32) -> Self {
        let lane = |lane: &Lane| LaneRuns {
            lane: *lane,
            warmup: Vec::new(),
            repeats: Vec::new(),
            rounds: Vec::new(),
            unwatched: Vec::new(),
            unwatched_rounds: Vec::new(),
            is_settled: false,
        };
        Self {
            lanes: scenario.lanes.iter().map(lane).collect(),
            scenario: scenario.clone(),
            runs_before,
            runs: 0,
            round: 0,
            at: 0,
        }
    }

    /// The next run, which [`Rounds::ended`] is to be told the end of; `None` when all were made.
    pub fn next_turn(&mut self) -> Option<Turn> {
        while self.round < self.most_rounds() && !self.lanes.is_empty() {
            if self.at == self.lanes.len() {
                self.at = 0;
                self.round += 1;
                self.settle();
                continue;
            }
            let index = self.index();
            let lane = &self.lanes[index];
            let is_watched = self.is_watched(lane);
            if !lane.is_broken() && !lane.is_settled && (is_watched || lane.is_distorted()) {
                let so_far = if is_watched { lane.repeats.len() } else { lane.unwatched.len() };
                return Some(Turn {
                    run: self.runs_before + self.runs + 1,
                    round: self.round,
                    rounds: self.most_rounds(),
                    repeat: (self.round >= self.scenario.warmup).then_some(so_far as u32),
                    is_watched,
                    index,
                    lane: lane.lane,
                });
            }
            self.at += 1;
        }
        None
    }

    /// All rounds that there may be: those of the scenario, and where a lane is distorted by watching as many more as are
    /// watched at the least.
    fn most_rounds(&self) -> u32 {
        let first = self.scenario.warmup + self.scenario.repeats.least();
        let further = self.round >= first && self.lanes.iter().any(LaneRuns::is_distorted);
        self.scenario.most_rounds() + if further { self.scenario.repeats.least() } else { 0 }
    }

    /// Whether a lane is watched in this round: in the first ones each is, and after them those that it hardly slows down.
    fn is_watched(&self, lane: &LaneRuns) -> bool {
        let measured = self.round.saturating_sub(self.scenario.warmup);
        match self.scenario.repeats {
            Repeats::Fixed(repeats) => measured < repeats,
            Repeats::Auto => measured < self.scenario.repeats.least() || !lane.is_distorted(),
        }
    }

    /// Whose turn it is: every second round goes the other way round.
    fn index(&self) -> usize {
        if self.round.is_multiple_of(2) { self.at } else { self.lanes.len() - 1 - self.at }
    }

    /// The run that [`Rounds::next_turn`] said has ended. Returns the results of all lanes so far.
    pub fn ended(&mut self, report: RunReport) -> Vec<LaneResult> {
        let index = self.index();
        let is_watched = self.is_watched(&self.lanes[index]);
        let lane = &mut self.lanes[index];
        match self.round.checked_sub(self.scenario.warmup) {
            None => lane.warmup.push(report),
            Some(round) if !is_watched => {
                lane.unwatched.push(report);
                lane.unwatched_rounds.push(round);
            }
            Some(round) => {
                lane.repeats.push(report);
                lane.rounds.push(round);
            }
        }
        self.at += 1;
        self.runs += 1;
        self.results()
    }

    /// After a round: whose order is clear, or whether there is no time for more.
    fn settle(&mut self) {
        let measured = self.round.saturating_sub(self.scenario.warmup);
        let least = self.scenario.repeats.least();
        let least = if self.lanes.iter().any(LaneRuns::is_distorted) { 2 * least } else { least };
        if self.scenario.repeats != Repeats::Auto || measured < least {
            return;
        }
        let is_unsettled = if self.is_budget_spent() { vec![false; self.lanes.len()] } else { self.unsettled() };
        for (lane, is_unsettled) in self.lanes.iter_mut().zip(is_unsettled) {
            lane.is_settled = !is_unsettled;
        }
    }

    /// All lanes share what they have together: a short one needs less than its share, and a long one more.
    fn is_budget_spent(&self) -> bool {
        let spent_ns: u64 =
            self.lanes.iter().flat_map(|lane| lane.repeats.iter().chain(&lane.unwatched)).map(|run| run.wall_ns).sum();
        spent_ns as f64 >= self.scenario.budget_s * 1e9 * self.lanes.len() as f64
    }

    /// Which lanes have to go on: those that are neither clearly slower than the fastest of those they are compared with
    /// nor as fast, and that fastest one.
    fn unsettled(&self) -> Vec<bool> {
        let results = self.results();
        let mut is_unsettled = vec![false; results.len()];
        for contest in contests(&self.scenario, &results) {
            let Some(first) = contest.iter().copied().min_by_key(|lane| paced(&results[*lane])) else { continue };
            for other in contest.into_iter().filter(|other| *other != first) {
                let order = Pairs::of(&results[first], &results[other]).order();
                if matches!(order, Order::Unclear | Order::Slower) {
                    is_unsettled[first] = true;
                    is_unsettled[other] = true;
                }
            }
        }
        is_unsettled
    }

    /// The number of the last run, for the next session.
    #[must_use]
    pub fn last_run(&self) -> u32 {
        self.runs_before + self.runs
    }

    /// The results of all lanes when no more runs are made. Of lanes whose turn never came all tasks were cancelled.
    #[must_use]
    pub fn finish(mut self) -> Vec<LaneResult> {
        let tasks = self.scenario.tasks();
        for lane in &mut self.lanes {
            if lane.repeats.is_empty() && !lane.is_broken() {
                lane.repeats.push(not_begun(lane.lane, tasks, Ending::Cancelled));
                lane.rounds.push(0);
            }
        }
        self.results()
    }

    fn results(&self) -> Vec<LaneResult> {
        self.lanes.iter().map(LaneRuns::result).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        report::TaskCounts,
        rng::{nth, unit},
        scenario::{Group, Model, limits},
        trace::Tally,
    };

    fn rounds(warmup: u32, repeats: Repeats) -> Rounds {
        let lanes = vec![Lane::native(Model::Async), Lane::native(Model::Threads), Lane::native(Model::Processes)];
        let groups = vec![Group { tasks: 1, ..Group::default() }];
        Rounds::new(&Scenario { lanes, warmup, repeats, groups, ..Scenario::default() }, 10)
    }

    fn done(lane: Lane, wall_ns: u64) -> RunReport {
        let mut tally = Tally::new(0);
        tally.task_done(7, wall_ns);
        let tasks = TaskCounts { done: 1, ..TaskCounts::default() };
        RunReport { wall_ns, tasks, workers: vec![tally], ..not_begun(lane, 0, Ending::Complete) }
    }

    /// Plays all turns, each of which takes so many milliseconds. Returns the lanes of each round, and the results.
    fn play(mut rounds: Rounds, ms: impl Fn(&Turn) -> f64) -> (Vec<Vec<usize>>, Vec<LaneResult>) {
        let mut turns: Vec<Vec<usize>> = Vec::new();
        while let Some(turn) = rounds.next_turn() {
            turns.resize(turn.round as usize + 1, Vec::new());
            turns[turn.round as usize].push(turn.index);
            rounds.ended(done(turn.lane, (ms(&turn) * 1e6) as u64));
        }
        (turns, rounds.finish())
    }

    #[test]
    fn lanes_take_turns_there_and_back_and_the_warm_up_does_not_count() {
        let mut rounds = rounds(1, Repeats::Fixed(2));
        let mut turns = Vec::new();
        while let Some(turn) = rounds.next_turn() {
            turns.push((turn.run, turn.round, turn.index));
            rounds.ended(done(turn.lane, u64::from(turn.run)));
        }
        let there_and_back = [
            (11, 0, 0),
            (12, 0, 1),
            (13, 0, 2),
            (14, 1, 2),
            (15, 1, 1),
            (16, 1, 0),
            (17, 2, 0),
            (18, 2, 1),
            (19, 2, 2),
        ];
        assert_eq!(turns, there_and_back);
        assert_eq!(rounds.last_run(), 19);
        let results = rounds.finish();
        assert_eq!((&results[0].wall_ns, &results[2].wall_ns), (&vec![16, 17], &vec![14, 19]));
    }

    #[test]
    fn a_broken_lane_has_no_more_turns_and_one_that_had_none_was_cancelled() {
        let mut rounds = rounds(0, Repeats::Fixed(3));
        let turn = rounds.next_turn().expect("a first turn");
        rounds.ended(not_begun(turn.lane, 0, Ending::Broken("no pipes".into())));
        for expected in [(0, 1), (0, 2), (1, 2), (1, 1), (2, 1)] {
            let turn = rounds.next_turn().expect("the other lanes'");
            assert_eq!((turn.round, turn.index), expected, "the first lane is passed over");
            rounds.ended(done(turn.lane, 5));
        }
        assert_eq!(rounds.finish()[1].ending, Ending::Complete, "what was cancelled later does not undo a run");

        let results = self::rounds(0, Repeats::Fixed(1)).finish();
        assert!(results.iter().all(|lane| lane.ending == Ending::Cancelled));
    }

    #[test]
    fn rounds_go_on_until_the_order_is_clear() {
        let (turns, results) = play(rounds(1, Repeats::Auto), |turn| [10.0, 20.0, 30.0][turn.index]);
        assert_eq!(turns.len(), 1 + 8, "the fewest rounds that can tell");
        assert!(results.iter().all(|lane| lane.wall_ns.len() == 8));
    }

    #[test]
    fn a_lane_that_is_clearly_behind_sits_out_what_the_others_still_need() {
        // Of the first two now one is faster, now the other; the third takes five times as long.
        let ms = |turn: &Turn| match turn.index {
            2 => 50.0,
            index => 10.0 * (1.0 + unit(nth(5, u64::from(turn.run) * 2 + index as u64))),
        };
        let (turns, results) = play(rounds(0, Repeats::Auto), ms);
        assert!(turns[..8].iter().all(|round| round.len() == 3), "{turns:?}");
        assert!(turns[8..].iter().all(|round| !round.contains(&2)), "{turns:?}");
        assert_eq!(results[0].wall_ns.len(), limits::MAX_REPEATS as usize, "what is not clear goes on to the limit");
        assert_eq!(results[2].rounds, [0, 1, 2, 3, 4, 5, 6, 7]);
    }

    #[test]
    fn rounds_end_when_the_budget_is_spent_and_there_are_three_at_least() {
        let noise = |turn: &Turn| 1.0 + unit(nth(9, u64::from(turn.run)));
        // Three lanes of 5 s each: 15 s; a round takes 3 × 1.5 s or so.
        let (turns, _) = play(rounds(0, Repeats::Auto), |turn| 1000.0 * noise(turn));
        assert_eq!(turns.len(), 4, "{turns:?}");
        let (turns, _) = play(rounds(0, Repeats::Auto), |turn| 60_000.0 * noise(turn));
        assert_eq!(turns.len(), 3);
        let equal = play(rounds(0, Repeats::Auto), |turn| 10.0 + 0.1 * noise(turn)).0;
        assert!(equal.len() < 12, "lanes that never differ by much are as fast: {}", equal.len());
    }

    /// Plays rounds in which watching takes two thirds of the second lane's time.
    fn play_watched(repeats: Repeats) -> (Vec<Turn>, Vec<LaneResult>) {
        let (mut rounds, mut turns) = (rounds(0, repeats), Vec::new());
        while let Some(turn) = rounds.next_turn() {
            let ms = [20, 30, 40][turn.index];
            let is_slowed = turn.index == 1 && turn.is_watched;
            let mut report = done(turn.lane, if is_slowed { 3 * ms } else { ms } * 1_000_000);
            report.workers[0].watching_ns = if is_slowed { 2 * ms * 1_000_000 } else { 1_000 };
            rounds.ended(report);
            turns.push(turn);
        }
        (turns, rounds.finish())
    }

    #[test]
    fn a_lane_that_watching_slows_down_is_measured_again_without() {
        let (turns, results) = play_watched(Repeats::Fixed(2));
        let seen: Vec<_> = turns.iter().map(|turn| (turn.round, turn.index, turn.is_watched, turn.repeat)).collect();
        assert_eq!(
            seen[6..],
            [(2, 1, false, Some(0)), (3, 1, false, Some(1))],
            "after the watched rounds, and only it"
        );
        assert_eq!((turns[5].rounds, turns[6].rounds), (2, 4));
        let lane = &results[1];
        assert_eq!((&lane.wall_ns, &lane.rounds), (&vec![30_000_000; 2], &vec![2, 3]));
        assert_eq!(lane.watched.expect("watched too").median, 90_000_000);
        assert_eq!(lane.shown.as_ref().expect("watched").wall_ns, 90_000_000, "the timeline is the watched run's");
        let notes = &lane.shown.as_ref().expect("watched").notes;
        assert!(
            notes[0].starts_with(
                "watching takes at least 67 % of a task's time here, so the wall times are those of 2 runs"
            )
        );
        assert_eq!((results[0].watched, results[0].wall_ns.len()), (None, 2), "the others are left alone");
    }

    #[test]
    fn rounds_until_the_order_is_clear_compare_what_was_not_slowed_down() {
        let (turns, results) = play_watched(Repeats::Auto);
        assert!(turns.iter().all(|turn| turn.is_watched == (turn.index != 1 || turn.round < 3)));
        assert_eq!(results[1].rounds, [3, 4, 5, 6, 7, 8, 9, 10], "eight rounds beside the others, unwatched");
        assert_eq!(results[2].rounds, [0, 1, 2, 3, 4, 5, 6, 7], "its order was clear before");
        assert_eq!(Pairs::of(&results[1], &results[0]).order(), Order::Slower);
        assert!(results[1].wall_ns.iter().all(|ns| *ns == 30_000_000), "though it takes three times as long watched");
    }

    #[test]
    fn an_unwatched_run_that_comes_to_another_answer_is_no_answer() {
        let runs = [done(Lane::native(Model::Async), 5), done(Lane::native(Model::Async), 5)];
        let mut other = runs[0].clone();
        other.workers[0].checksum = 8;
        let result =
            |unwatched: &[RunReport]| LaneResult::new(runs[0].lane, &[], &runs).with_unwatched(unwatched, &[2]);
        assert_eq!((result(&runs[..1]).checksum(), result(&[other]).checksum()), (Some(7), None));
    }

    #[test]
    fn a_lane_that_broke_or_cannot_be_ranked_holds_up_nobody() {
        let mut rounds = rounds(0, Repeats::Auto);
        let mut last = 0;
        while let Some(turn) = rounds.next_turn() {
            last = turn.round;
            let report = match turn.index {
                1 => not_begun(turn.lane, 1, Ending::Broken("no".into())),
                2 => {
                    let failed = TaskCounts { failed: 1, ..TaskCounts::default() };
                    RunReport { tasks: failed, ..done(turn.lane, 100 * u64::from(turn.run % 5)) }
                }
                _ => done(turn.lane, 300),
            };
            rounds.ended(report);
        }
        assert_eq!(last, 2, "one lane alone has nothing to be compared with");
    }
}
