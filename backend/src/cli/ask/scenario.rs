//! From the words of a question to a scenario. It measures nothing: the size of the computing is given.

use std::time::Duration;

use lanes_core::{
    present::{count, of},
    scenario::{Compute, Fetch, Group, Kernel, Lane, Repeats, Scenario, Step, limits::MAX_WORKERS},
};

use super::arguments::Arguments;

/// Tasks at once where nothing is said.
const AT_ONCE: u32 = 32;

/// A scenario, and what was decided on the way that the words did not say.
pub(super) struct Described {
    pub(super) scenario: Scenario,
    pub(super) decisions: Vec<String>,
}

/// What one task does.
pub(super) struct Task {
    pub(super) wait: Option<Duration>,
    /// The kernel and its size.
    pub(super) compute: Option<(Kernel, u64)>,
}

/// The scenario that the arguments describe.
pub(super) fn describe(arguments: &Arguments, task: &Task, lanes: Vec<Lane>) -> Described {
    let mut decisions = Vec::new();
    let tasks = arguments.first.map_or(arguments.tasks, |first| first.min(arguments.tasks));
    if tasks < arguments.tasks {
        decisions.push(format!(
            "Only the first {} of {} are run.",
            count(tasks.into()),
            of(arguments.tasks.into(), "task", "tasks")
        ));
    }
    let at_once = arguments.at_once.unwrap_or_else(|| {
        let at_once = arguments.tasks.min(AT_ONCE);
        decisions.push(format!("--at-once is not given: {at_once} at once, the smaller of the tasks and {AT_ONCE}."));
        at_once
    });
    let most = MAX_WORKERS as u32;
    let workers = arguments.workers.unwrap_or_else(|| {
        if at_once > most {
            decisions.push(format!(
                "At most {most} threads or processes are tried here: an event loop has {at_once} tasks at once, and the \
                 others {most}."
            ));
        }
        at_once.min(most)
    });
    let wait = task.wait.map(|wait| {
        // The question says nothing of what is sent and received.
        Step::Fetch(Fetch { latency_ms: wait.as_secs_f64() * 1e3, bytes: 0, ..Fetch::default() })
    });
    let compute = task.compute.map(|(kernel, size)| Step::Compute(Compute { size, ..Compute::of(kernel) }));
    let steps = wait.into_iter().chain(compute).collect();
    let defaults = Scenario::default();
    let scenario = Scenario {
        title: format!("{}, {at_once} at once", of(tasks.into(), "task", "tasks")),
        groups: vec![Group { tasks, steps, ..Group::default() }],
        lanes,
        workers,
        concurrency: at_once,
        repeats: arguments.repeats.map_or(defaults.repeats, Repeats::Fixed),
        ..defaults
    };
    Described { scenario, decisions }
}
