//! What hurts besides wall time: a loop that stands still, the slowest answers, memory, processor time, requests that a server refuses.
//! It says which lane is best
//! by each, and when a tie by wall time is none by another; where the scenario names one of them as its goal, that one leads.

use serde::Serialize;

use crate::{
    present::{bytes, duration, of, times},
    report::{LAG_NOTICED_NS, LaneResult},
    scenario::{Goal, Lane, Model, Scenario},
    spread::median,
};

use super::choice::Choice;

/// The lane that is best by a goal.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ByGoal {
    /// By which.
    pub goal: Goal,
    /// Which lane; of several with the same value, the first by place and model.
    pub lane: Lane,
    /// How good it is: nanoseconds, bytes of memory, or requests that were refused.
    pub value: u64,
    /// The same of the lane that is taken by wall time.
    pub taken: Option<u64>,
    /// It in one sentence.
    pub sentence: String,
    /// It in a few words, with what the lane to be taken has, where that is another one and has clearly more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instead: Option<String>,
}

impl ByGoal {
    /// Whether it is worth a sentence: the lane that is taken by wall time has at least half as much again, and a loop that
    /// stands still is noticed.
    pub(super) fn is_much_better(&self) -> bool {
        let least = if self.goal == Goal::Responsiveness { LAG_NOTICED_NS } else { 0 };
        self.taken.is_some_and(|taken| taken / 3 * 2 >= self.value && taken > self.value.max(least))
    }
}

/// What a lane has by a goal, where that was measured: nanoseconds, bytes of memory, or requests that were refused.
fn measured(goal: Goal, lane: &LaneResult) -> Option<u64> {
    match goal {
        Goal::Wall => lane.wall.map(|wall| wall.median),
        Goal::Responsiveness => lane.loop_lag_ns().map(|(_, most)| most),
        Goal::Latency => Some(lane.latency().p99).filter(|ns| *ns > 0 && lane.counts_from_due()),
        Goal::Memory => lane.total().peak_rss_bytes.filter(|bytes| *bytes > 0),
        Goal::Processor => lane.total().processor_ns.filter(|ns| *ns > 0),
        Goal::Refused => Some(lane.total().met.refusals),
    }
}

fn says(goal: Goal, value: u64) -> String {
    match goal {
        Goal::Wall | Goal::Responsiveness | Goal::Latency | Goal::Processor => duration(value),
        Goal::Memory => bytes(value),
        Goal::Refused => of(value, "request", "requests"),
    }
}

fn sentence(goal: Goal, lane: Lane, value: u64, taken: Option<(Lane, u64)>) -> String {
    let value = says(goal, value);
    let beside = |what: &str| match taken {
        Some((other, of)) if other != lane => {
            format!("; {other}, which is taken by wall time, {what} {}", says(goal, of))
        }
        _ => String::new(),
    };
    match goal {
        Goal::Wall => format!("{lane} is taken by wall time: {value}."),
        Goal::Responsiveness => {
            format!(
                "{lane} keeps its event loop most responsive: it stood still for {value} at the most{}.",
                beside("for")
            )
        }
        Goal::Latency => format!("{lane} has the best slowest answers: 99 % within {value}{}.", beside("within")),
        Goal::Memory => format!("{lane} needs the least memory: {value}{}.", beside("needs")),
        Goal::Processor => format!("{lane} needs the least processor time: {value}{}.", beside("needs")),
        Goal::Refused => format!("{lane} is refused least: {value}{}.", beside("is refused")),
    }
}

/// The best lane by each goal that two lanes at least were measured by; by wall time, too, where something else leads.
pub(super) fn by_goal(choice: &Choice<'_>, lead: Option<&Lead<'_>>) -> Vec<ByGoal> {
    let leading = lead.map_or(choice.lane, |lead| lead.lane);
    let wall = lead.map(|_| Goal::Wall);
    let others = [Goal::Responsiveness, Goal::Latency, Goal::Memory, Goal::Processor, Goal::Refused];
    wall.into_iter().chain(others).filter_map(|goal| best(choice, goal, leading)).collect()
}

/// The lanes that were measured by a goal.
fn all_measured<'a>(choice: &Choice<'a>, goal: Goal) -> Vec<(&'a LaneResult, u64)> {
    let all: Vec<_> = choice.candidates.iter().filter_map(|lane| Some((*lane, measured(goal, lane)?))).collect();
    // A server that refuses nobody does not tell lanes apart.
    if all.iter().any(|(_, value)| *value > 0) { all } else { Vec::new() }
}

fn best(choice: &Choice<'_>, goal: Goal, leading: &LaneResult) -> Option<ByGoal> {
    let all = all_measured(choice, goal);
    let least = all.iter().copied().min_by_key(|(lane, value)| (*value, lane.lane))?;
    // By wall time it is not the fastest that is taken, but the simplest of those that tie with it.
    let (best, value) = if goal == Goal::Wall { (choice.lane, median(choice.lane)) } else { least };
    let taken = measured(goal, choice.lane);
    let of_leading = measured(goal, leading).filter(|of| best.lane != leading.lane && !is_as_good(goal, *of, value));
    (all.len() > 1).then(|| ByGoal {
        goal,
        lane: best.lane,
        value,
        taken,
        sentence: sentence(goal, best.lane, value, taken.map(|of| (choice.lane.lane, of))),
        instead: of_leading.map(|of| {
            format!("by {}: {}, {} ({}: {})", goal.words(), best.lane, says(goal, value), leading.lane, says(goal, of))
        }),
    })
}

/// A value within a tenth of the best one is as good, and so is a loop that is late for nobody.
fn is_as_good(goal: Goal, value: u64, best: u64) -> bool {
    let unnoticed = if goal == Goal::Responsiveness { LAG_NOTICED_NS } else { 0 };
    value <= (best + best / 10).max(unnoticed)
}

/// The lane that leads the verdict where the scenario has another goal than wall time.
pub(super) struct Lead<'a> {
    pub(super) lane: &'a LaneResult,
    /// Those that are as good.
    pub(super) ties: Vec<Lane>,
    /// Which to take, and what that costs in wall time.
    pub(super) sentence: String,
}

/// Why no lane leads by the goal that the scenario has.
const NOT_MEASURED: &str = "what follows is by wall time. ";

/// The lane that leads by the scenario's goal: of those that are as good as the best, the one that wall time would take, or else
/// the fastest. `None` where the goal is wall time; a sentence where fewer than two lanes were measured by it.
pub(super) fn lead<'a>(scenario: &Scenario, choice: &Choice<'a>) -> Option<Result<Lead<'a>, String>> {
    let goal = scenario.goal;
    if goal == Goal::Wall {
        return None;
    }
    let all = all_measured(choice, goal);
    let Some(best) = all.iter().map(|(_, value)| *value).min().filter(|_| all.len() > 1) else {
        let words = goal.words();
        return Some(Err(format!("The goal is {words}, and no two lanes were measured by it: {NOT_MEASURED}")));
    };
    // The fastest first, as the candidates are.
    let as_good: Vec<_> = all.into_iter().filter(|(_, value)| is_as_good(goal, *value, best)).collect();
    let is_taken = |(lane, _): &&(&LaneResult, u64)| lane.lane == choice.lane.lane;
    let (lane, value) = *as_good.iter().find(is_taken).or(as_good.first())?;
    let ties = as_good.iter().map(|(tie, _)| tie.lane).filter(|tie| *tie != lane.lane).collect();
    let of_taken = measured(goal, choice.lane).map(|of| format!(", where {} has {}", choice.lane.lane, says(goal, of)));
    let sentence = if lane.lane == choice.lane.lane {
        format!("By {}, the goal here, {} is best too: {}. ", goal.words(), lane.lane, says(goal, value))
    } else {
        format!(
            "By {}, the goal here, take {}: {}{}. It takes {}, {} as long. By wall time: ",
            goal.words(),
            lane.lane,
            says(goal, value),
            of_taken.unwrap_or_default(),
            duration(median(lane)),
            times(median(lane) as f64 / median(choice.lane).max(1) as f64),
        )
    };
    Some(Ok(Lead { lane, ties, sentence }))
}

/// How many times as long one loop must have stood still as another's for a tie by wall time to be none.
const STALLS_LESS: u64 = 4;

/// Where the taken lane ties by wall time with one whose event loop stood still for much less: which of them to take.
pub(super) fn stall_clause(choice: &Choice<'_>) -> Option<String> {
    let stood_ns = choice.lane.blocked_loop_ns()?;
    let loops = choice.ties.iter().filter(|tie| matches!(tie.lane.model, Model::Async | Model::Hybrid));
    let (other, less_ns) =
        loops.filter_map(|tie| Some((tie, tie.loop_lag_ns()?.1))).min_by_key(|(tie, ns)| (*ns, tie.lane))?;
    (less_ns.saturating_mul(STALLS_LESS) <= stood_ns).then(|| {
        let (taken, other) = (choice.lane.lane, other.lane);
        format!(
            " By wall time {taken} and {other} tie; {taken} stopped its loop for {}, {other} for {}: take {other} if \
             anything else runs there.",
            duration(stood_ns),
            duration(less_ns)
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verdict::{
        Rule,
        tests::{judge, lane, scenario},
        verdict,
    };

    #[test]
    fn a_tie_by_wall_with_another_stall_is_no_tie() {
        let verdict = judge(
            "python/sequential 40000 40010 40020 wait=38000 compute=2000
             python/async 4000 4010 4020 wait=38000 compute=2000 late=1800
             python/hybrid 4000 4011 4021 wait=38000 compute=2000 late=80
             python/threads 9000 9001 9002 wait=38000 compute=2000",
        );
        assert_eq!(verdict.overall.expect("a lane").lane.to_string(), "python/async");
        assert!(
            verdict.sentence.ends_with(
                " By wall time python/async and python/hybrid tie; python/async stopped its loop for 1.80 s, \
                 python/hybrid for 80.0 ms: take python/hybrid if anything else runs there."
            ),
            "{}",
            verdict.sentence
        );
        let best = verdict.by_goal.iter().find(|best| best.goal == Goal::Responsiveness).expect("two loops");
        assert_eq!((best.lane.to_string().as_str(), best.value / 1_000_000), ("python/hybrid", 80));
        assert!(best.taken.is_some_and(|ns| ns > 1_700_000_000));
    }

    #[test]
    fn a_loop_that_is_late_for_nobody_is_not_mentioned() {
        let verdict = judge(
            "native/sequential 3000 3001 3002 wait=3000
             native/async 50 51 52 wait=3000 late=2
             native/hybrid 50 51 52 wait=3000 late=1",
        );
        assert!(!verdict.sentence.contains("if anything else runs there"), "{}", verdict.sentence);
        assert!(!verdict.evidence.iter().any(|line| line.contains("most responsive")), "{:?}", verdict.evidence);
        assert!(verdict.by_goal.iter().all(|best| best.goal != Goal::Latency), "no task came over time");
    }

    /// The verdict on some lanes where the scenario has this goal.
    fn judge_by(goal: Goal, text: &str) -> crate::verdict::Verdict {
        let lanes: Vec<LaneResult> = text.lines().map(lane).collect();
        verdict(&Scenario { goal, ..scenario() }, &lanes)
    }

    const JOB: &str = "native/sequential 800 801 802 compute=800 cpu=800 memory=10
        native/threads 210 211 212 compute=800 cpu=820 memory=11
        native/processes 200 201 202 compute=800 cpu=1400 memory=60";

    #[test]
    fn the_goal_of_the_scenario_leads() {
        let by_wall = judge_by(Goal::Wall, JOB);
        assert_eq!(by_wall.overall.expect("a lane").lane.to_string(), "native/processes");
        let instead: Vec<_> = by_wall.by_goal.iter().filter_map(|best| best.instead.as_deref()).collect();
        assert_eq!(
            instead,
            [
                "by memory: native/sequential, 9.54 MiB (native/processes: 57.2 MiB)",
                "by processor time: native/sequential, 800 ms (native/processes: 1.40 s)"
            ]
        );
        let verdict = judge_by(Goal::Processor, JOB);
        let taken = verdict.overall.expect("a lane");
        // As good as one after another within a tenth, and four times as fast.
        assert_eq!((taken.lane.to_string().as_str(), taken.rule), ("native/threads", Rule::ByGoal));
        assert!(
            verdict.sentence.starts_with(
                "By processor time, the goal here, take native/threads: 820 ms, where native/processes has 1.40 s. It takes \
                 211 ms, 1.05\u{d7} as long. By wall time: "
            ),
            "{}",
            verdict.sentence
        );
        let wall = &verdict.by_goal[0];
        assert_eq!((wall.goal, wall.lane.to_string().as_str()), (Goal::Wall, "native/processes"));
    }

    #[test]
    fn refused_requests_are_a_goal_where_there_are_any() {
        let of = |refused: u64| {
            format!(
                "native/async 1000 1001 1002 wait=4000 refused={refused}
                 native/sequential 4000 4001 4002 wait=4000"
            )
        };
        let verdict = judge_by(Goal::Refused, &of(20));
        assert_eq!(verdict.overall.expect("a lane").lane.to_string(), "native/sequential");
        assert!(
            verdict.sentence.starts_with(
                "By refused requests, the goal here, take native/sequential: 0 requests, where native/async has 20 requests."
            ),
            "{}",
            verdict.sentence
        );
        let verdict = judge_by(Goal::Refused, &of(0));
        assert!(verdict.sentence.starts_with("The goal is refused requests, and no two"), "{}", verdict.sentence);
        assert!(verdict.by_goal.iter().all(|best| best.goal != Goal::Refused));
    }

    #[test]
    fn a_goal_that_nobody_was_measured_by_says_so() {
        let verdict = judge_by(Goal::Responsiveness, JOB);
        assert_eq!(verdict.overall.expect("a lane").lane.to_string(), "native/processes");
        assert!(
            verdict.sentence.starts_with("The goal is responsiveness, and no two lanes were"),
            "{}",
            verdict.sentence
        );
    }
}
