//! What hurts besides wall time: a loop that stands still, the slowest answers, memory. It overrules nothing; it says which
//! lane is best by each, and when a tie by wall time is none by another.

use serde::Serialize;

use crate::{
    present::{bytes, duration},
    report::{LAG_NOTICED_NS, LaneResult},
    scenario::{Lane, Model},
};

use super::choice::Choice;

/// Something that a lane may be good at besides being fast. Less is better by each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Goal {
    /// How long the event loop kept everything else waiting at the most; only of lanes with a loop.
    Responsiveness,
    /// The latency that 99 % of the tasks are below, from when they were due; only where tasks come over time. From when a
    /// worker took them it would be best in whatever lets them wait longest.
    Latency,
    /// The most memory that a lane's processes held, added up.
    Memory,
}

/// The lane that is best by a goal.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ByGoal {
    /// By which.
    pub goal: Goal,
    /// Which lane; of several with the same value, the first by place and model.
    pub lane: Lane,
    /// How good it is: nanoseconds, or bytes of memory.
    pub value: u64,
    /// The same of the lane that is taken by wall time.
    pub taken: Option<u64>,
    /// It in one sentence.
    pub sentence: String,
}

impl ByGoal {
    /// Whether it is worth a sentence: the lane that is taken by wall time has at least half as much again, and a loop that
    /// stands still is noticed.
    pub(super) fn is_much_better(&self) -> bool {
        let least = if self.goal == Goal::Responsiveness { LAG_NOTICED_NS } else { 0 };
        self.taken.is_some_and(|taken| taken / 3 * 2 >= self.value && taken > self.value.max(least))
    }
}

impl Goal {
    fn of(self, lane: &LaneResult) -> Option<u64> {
        match self {
            Self::Responsiveness => lane.loop_lag_ns().map(|(_, most)| most),
            Self::Latency => Some(lane.latency().p99).filter(|ns| *ns > 0 && lane.counts_from_due()),
            Self::Memory => lane.total().peak_rss_bytes.filter(|bytes| *bytes > 0),
        }
    }

    fn says(self, value: u64) -> String {
        match self {
            Self::Responsiveness | Self::Latency => duration(value),
            Self::Memory => bytes(value),
        }
    }

    fn sentence(self, lane: Lane, value: u64, taken: Option<(Lane, u64)>) -> String {
        let value = self.says(value);
        let beside = |what: &str| match taken {
            Some((other, of)) if other != lane => {
                format!("; {other}, which is taken by wall time, {what} {}", self.says(of))
            }
            _ => String::new(),
        };
        match self {
            Self::Responsiveness => {
                format!(
                    "{lane} keeps its event loop most responsive: it stood still for {value} at the most{}.",
                    beside("for")
                )
            }
            Self::Latency => format!("{lane} has the best slowest answers: 99 % within {value}{}.", beside("within")),
            Self::Memory => format!("{lane} needs the least memory: {value}{}.", beside("needs")),
        }
    }
}

/// The best lane by each goal that two lanes at least were measured by.
pub(super) fn by_goal(choice: &Choice<'_>) -> Vec<ByGoal> {
    [Goal::Responsiveness, Goal::Latency, Goal::Memory].into_iter().filter_map(|goal| best(choice, goal)).collect()
}

fn best(choice: &Choice<'_>, goal: Goal) -> Option<ByGoal> {
    let measured: Vec<(&LaneResult, u64)> =
        choice.candidates.iter().filter_map(|lane| Some((*lane, goal.of(lane)?))).collect();
    let (best, value) = measured.iter().copied().min_by_key(|(lane, value)| (*value, lane.lane))?;
    let taken = goal.of(choice.lane);
    (measured.len() > 1).then(|| ByGoal {
        goal,
        lane: best.lane,
        value,
        taken,
        sentence: goal.sentence(best.lane, value, taken.map(|of| (choice.lane.lane, of))),
    })
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
    use crate::verdict::tests::judge;

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
}
