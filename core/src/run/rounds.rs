//! Rounds: which lane runs next, and what all of them came to so far.
//!
//! ```text
//! round 1 (warm-up):  lane a, lane b, lane c        Interleaved, so that a machine that slows down or speeds up
//! round 2:            lane a, lane b, lane c        does so to all lanes alike.
//! round 3:            lane a, lane b, lane c
//! ```

use super::outcome::not_begun;
use crate::{
    report::{Ending, LaneResult, RunReport},
    scenario::{Lane, Scenario},
};

/// A run to be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Turn {
    /// The number of the run, from 1; in every event of it.
    pub run: u32,
    /// The round, from 0, those of the warm-up among them.
    pub round: u32,
    /// Which of the scenario's lanes.
    pub index: usize,
    /// That lane.
    pub lane: Lane,
}

/// The runs of one session.
#[derive(Debug)]
pub struct Rounds {
    lanes: Vec<LaneRuns>,
    tasks: u32,
    warmup: u32,
    rounds: u32,
    /// The number of the run before the first.
    runs_before: u32,
    /// How many turns were taken or passed over.
    at: usize,
    runs: u32,
}

#[derive(Debug)]
struct LaneRuns {
    lane: Lane,
    warmup: Vec<RunReport>,
    repeats: Vec<RunReport>,
}

impl LaneRuns {
    /// A lane that broke has no more turns: it would do so again.
    fn is_broken(&self) -> bool {
        let last = self.repeats.last().or(self.warmup.last());
        last.is_some_and(|run| matches!(run.ending, Ending::Broken(_)))
    }
}

impl Rounds {
    /// The rounds of a scenario, whose runs are numbered from the one after `runs_before`.
    #[must_use]
    pub fn new(scenario: &Scenario, runs_before: u32) -> Self {
        let lane = |lane: &Lane| LaneRuns { lane: *lane, warmup: Vec::new(), repeats: Vec::new() };
        Self {
            lanes: scenario.lanes.iter().map(lane).collect(),
            tasks: scenario.tasks(),
            warmup: scenario.warmup,
            rounds: scenario.warmup + scenario.repeats,
            runs_before,
            at: 0,
            runs: 0,
        }
    }

    /// The next run, which [`Rounds::ended`] is to be told the end of; `None` when all were made.
    pub fn next_turn(&mut self) -> Option<Turn> {
        loop {
            let (round, index) = (self.at / self.lanes.len(), self.at % self.lanes.len());
            let round = u32::try_from(round).ok().filter(|round| *round < self.rounds)?;
            if !self.lanes[index].is_broken() {
                return Some(Turn {
                    run: self.runs_before + self.runs + 1,
                    round,
                    index,
                    lane: self.lanes[index].lane,
                });
            }
            self.at += 1;
        }
    }

    /// The run that [`Rounds::next_turn`] said has ended. Returns the results of all lanes so far.
    pub fn ended(&mut self, report: RunReport) -> Vec<LaneResult> {
        let (round, index) = (self.at / self.lanes.len(), self.at % self.lanes.len());
        let lane = &mut self.lanes[index];
        let is_warmup = round < self.warmup as usize;
        if is_warmup { &mut lane.warmup } else { &mut lane.repeats }.push(report);
        self.at += 1;
        self.runs += 1;
        self.results()
    }

    /// The number of the last run, for the next session.
    #[must_use]
    pub fn last_run(&self) -> u32 {
        self.runs_before + self.runs
    }

    /// The results of all lanes when no more runs are made. Of lanes whose turn never came all tasks were cancelled.
    #[must_use]
    pub fn finish(mut self) -> Vec<LaneResult> {
        for lane in &mut self.lanes {
            if lane.repeats.is_empty() && !lane.is_broken() {
                lane.repeats.push(not_begun(lane.lane, self.tasks, Ending::Cancelled));
            }
        }
        self.results()
    }

    fn results(&self) -> Vec<LaneResult> {
        self.lanes.iter().map(|lane| LaneResult::new(lane.lane, &lane.warmup, &lane.repeats)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::Model;

    fn rounds(warmup: u32, repeats: u32) -> Rounds {
        let lanes = vec![Lane::native(Model::Async), Lane::native(Model::Threads)];
        Rounds::new(&Scenario { lanes, warmup, repeats, ..Scenario::default() }, 10)
    }

    fn done(lane: Lane, wall_ns: u64) -> RunReport {
        RunReport { wall_ns, ..not_begun(lane, 0, Ending::Complete) }
    }

    #[test]
    fn lanes_take_turns_and_the_warm_up_does_not_count() {
        let mut rounds = rounds(1, 2);
        let mut turns = Vec::new();
        let mut results = Vec::new();
        while let Some(turn) = rounds.next_turn() {
            turns.push((turn.run, turn.round, turn.index));
            results = rounds.ended(done(turn.lane, u64::from(turn.run)));
        }
        assert_eq!(turns, [(11, 0, 0), (12, 0, 1), (13, 1, 0), (14, 1, 1), (15, 2, 0), (16, 2, 1)]);
        assert_eq!(results[0].wall_ns, [13, 15]);
        assert_eq!(rounds.last_run(), 16);
        assert_eq!(rounds.finish()[1].wall_ns, [14, 16]);
    }

    #[test]
    fn a_broken_lane_has_no_more_turns_and_one_that_had_none_was_cancelled() {
        let mut rounds = rounds(0, 3);
        let turn = rounds.next_turn().expect("a first turn");
        rounds.ended(not_begun(turn.lane, 0, Ending::Broken("no pipes".into())));
        let turn = rounds.next_turn().expect("the other lane's");
        assert_eq!((turn.round, turn.index), (0, 1));
        rounds.ended(done(turn.lane, 5));
        assert_eq!(
            rounds.next_turn().map(|turn| (turn.round, turn.index)),
            Some((1, 1)),
            "the first lane is passed over"
        );
        assert_eq!(rounds.finish()[1].ending, Ending::Complete, "what was cancelled later does not undo a run");

        let results = self::rounds(0, 1).finish();
        assert!(results.iter().all(|lane| lane.ending == Ending::Cancelled));
    }
}
