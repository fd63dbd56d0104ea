//! From how many tasks on more workers pay back that each of them has to be set up first.
//!
//! A lane's time over its number of tasks is taken for a straight line, as in Hockney's model of a vector unit (R. W. Hockney and
//! C. R. Jesshope, *Parallel Computers 2*, 1988, section 1.3): a start-up that does not depend on the tasks, and so much for each
//! of them. Two lines cross at what is called the break-even length there:
//!
//! ```text
//! T(n) = u + n t          u  the start-up of a worker, on average over the lane's workers, as measured
//!                         t  = (T - u) / m of the run that was measured, m its n tasks rounded up to whole rounds of W workers
//! n*   = (u2 - u1) / (t1 - t2)       for u2 > u1 and t2 < t1: from n* tasks on the second lane is the faster
//! ```
//!
//! The average is right because what all workers spend adds up: `W T = sum of u + n` times what a task takes a worker, where
//! every worker is busy until the end. The last round of few tasks leaves workers without one, which many tasks would not: so it
//! counts as a whole one. For more tasks than were run it is a forecast, and no measurement.

use serde::Serialize;

use crate::{
    present::{duration, of},
    report::LaneResult,
    scenario::{Lane, Model, Scenario, Settings},
    spread::median,
};

use super::standing::Standing;

/// A task that takes this share of another lane's, or more, takes as long.
const AS_LONG: f64 = 0.95;

/// From how many tasks on a lane pays back the start-up of its workers.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Payback {
    /// The lane with more workers.
    pub lane: Lane,
    /// The lane of the same place with fewer.
    pub beside: Lane,
    /// From so many tasks on `lane` is the faster; `None` where no number of tasks pays it back.
    pub from_tasks: Option<u64>,
    /// It in one sentence.
    pub sentence: String,
}

/// A lane's time over its number of tasks.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Line {
    /// The start-up of a worker, in nanoseconds.
    start_up_ns: f64,
    /// What each task adds, in nanoseconds.
    task_ns: f64,
}

impl Line {
    /// The line through what was measured of a lane, if its start-up was seen.
    fn of(lane: &LaneResult) -> Option<Self> {
        let run = lane.shown.as_ref()?;
        let start_ups = run.workers.iter().map(|worker| worker.ready_ns).filter(|ns| *ns > 0);
        let (sum, workers) = start_ups.fold((0, 0u32), |(sum, workers), ns| (sum + ns, workers + 1));
        let start_up_ns = sum as f64 / f64::from(workers.max(1));
        let tasks = lane.tasks().done;
        // A start-up as long as the run says nothing of what a task takes.
        let rest_ns = median(lane) as f64 - start_up_ns;
        let in_whole_rounds = tasks.next_multiple_of(u64::from(workers.max(1)));
        (workers > 0 && tasks > 0 && rest_ns > 0.0)
            .then(|| Self { start_up_ns, task_ns: rest_ns / in_whole_rounds as f64 })
    }

    /// From how many tasks on this line is below another one; `None` where it never is.
    fn crosses(self, other: Self) -> Option<u64> {
        let gained_ns = other.task_ns - self.task_ns;
        let tasks = ((self.start_up_ns - other.start_up_ns) / gained_ns).ceil().max(1.0);
        (self.task_ns < other.task_ns * AS_LONG).then_some(tasks as u64)
    }
}

/// Every lane that has more workers than another one of its place, beside that one, where workers are set up.
pub(super) fn paybacks(scenario: &Scenario, standing: &Standing<'_>) -> Vec<Payback> {
    if scenario.setup.is_none() {
        return Vec::new();
    }
    let is_pool =
        |lane: &&&LaneResult| !matches!(lane.lane.model, Model::Sequential | Model::Async | Model::Hybrid | Model::Gil);
    let several = standing.trusted.iter().filter(is_pool).filter(|lane| scenario.workers_of(lane.lane) > 1);
    several.filter_map(|lane| payback(scenario, lane, fewer_workers(scenario, standing, lane)?)).collect()
}

/// The same lane with the next smaller number of workers, or else the place's lane without any.
fn fewer_workers<'a>(scenario: &Scenario, standing: &Standing<'a>, lane: &LaneResult) -> Option<&'a LaneResult> {
    let without = |lane: Lane| Lane { settings: Settings { workers: None, name: None, ..lane.settings }, ..lane };
    let workers = |lane: &LaneResult| scenario.workers_of(lane.lane);
    let same = standing.trusted.iter().copied().filter(|other| without(other.lane) == without(lane.lane));
    let fewer = same.filter(|other| workers(other) < workers(lane)).max_by_key(|other| workers(other));
    fewer.or_else(|| standing.find(lane.lane.place, Model::Sequential))
}

fn payback(scenario: &Scenario, lane: &LaneResult, beside: &LaneResult) -> Option<Payback> {
    let (line, other) = (Line::of(lane)?, Line::of(beside)?);
    let from_tasks = line.crosses(other);
    let ns = |ns: f64| duration(ns as u64);
    let start_ups = format!(
        "{} of start-up for each of {} as against {}",
        ns(line.start_up_ns),
        of(scenario.workers_of(lane.lane).into(), "worker", "workers"),
        ns(other.start_up_ns)
    );
    let tasks = format!("{} for each further task as against {}", ns(line.task_ns), ns(other.task_ns));
    let (name, beside) = (lane.lane, beside.lane);
    let here = of(lane.tasks().done, "task", "tasks");
    let sentence = match from_tasks {
        Some(1) => {
            format!("{name} pays back its start-up beside {beside} from the first task on ({start_ups}, {tasks}).")
        }
        Some(from) => format!(
            "{name} pays back its start-up beside {beside} from about {} on, and here there were {here} ({start_ups}, {tasks}).",
            of(from, "task", "tasks")
        ),
        None => format!(
            "{name} does not pay back its start-up beside {beside}, however many tasks there are ({start_ups}, {tasks})."
        ),
    };
    Some(Payback { lane: name, beside, from_tasks, sentence })
}

/// What a job of more tasks would be better done with, where that is not what is taken.
pub(super) fn would_change(paybacks: &[Payback], taken: Lane, tasks: u64) -> Vec<String> {
    let later = paybacks.iter().filter(|payback| payback.beside == taken);
    let later = later.filter_map(|payback| Some((payback.from_tasks.filter(|from| *from > tasks)?, payback)));
    later
        .map(|(from, payback)| {
            format!("From about {} on {} pays back its start-up.", of(from, "task", "tasks"), payback.lane)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        scenario::Setup,
        verdict::{
            tests::{lane, scenario},
            verdict,
        },
    };

    const ONE: Line = Line { start_up_ns: 100e6, task_ns: 10e6 };

    #[test]
    fn lines_cross_where_both_take_as_long() {
        let four = Line { start_up_ns: 400e6, task_ns: 2.5e6 };
        assert_eq!(four.crosses(ONE), Some(40), "100 + 40 x 10 = 400 + 40 x 2.5");
        let at_once = Line { start_up_ns: 100e6, task_ns: 2.5e6 };
        assert_eq!(at_once.crosses(ONE), Some(1));
        let never = Line { start_up_ns: 400e6, task_ns: 10e6 };
        assert_eq!(never.crosses(ONE), None);
        assert_eq!(Line { task_ns: 9.9e6, ..never }.crosses(ONE), None, "a gain that is none");
    }

    #[test]
    fn a_start_up_that_is_not_paid_back_says_from_when_on_it_would_be() {
        // 60 tasks: 100 ms and 10 ms for each, or 1 s and 2 ms for each.
        let lanes = [
            "native/sequential 700 701 700 compute=600 start=100",
            "native/processes 1120 1121 1120 compute=600 start=1000",
        ];
        let lanes = lanes.map(lane);
        let set_up = Scenario { setup: Some(Setup::Ms(100.0)), ..scenario() };
        let said = verdict(&set_up, &lanes);
        assert_eq!(said.overall.as_ref().expect("a lane").lane.to_string(), "native/sequential");
        let [only] = &said.paybacks[..] else { panic!("{:?}", said.paybacks) };
        assert_eq!((only.lane.to_string().as_str(), only.from_tasks), ("native/processes", Some(113)));
        assert!(said.evidence.contains(&only.sentence), "{:?}", said.evidence);
        assert!(
            said.would_change[0].starts_with("From about 113 tasks on native/processes pays back"),
            "{:?}",
            said.would_change
        );
        assert_eq!(verdict(&scenario(), &lanes).paybacks, [], "nobody asked for workers to be set up");
    }
}
