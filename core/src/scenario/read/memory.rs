//! How much memory tasks take up, and how much may be taken.

use serde_json::Value;

use super::{fields::Fields, values::number};
use crate::scenario::{data::Scenario, limits, problem::Problem};

/// MiB of a task or of a limit; none is taken for 0.
pub(super) fn take(fields: &mut Fields<'_>, key: &'static str, most: f64, problems: &mut Vec<Problem>) -> f64 {
    fields.take(key, 0.0, problems, |value: &Value| number(value, 0.0, most))
}

/// Checks that no lane can hold so much at once that it would bring down the machine.
pub(super) fn check_memory(scenario: &Scenario, problems: &mut Vec<Problem>) {
    let most_mb = scenario.groups.iter().map(|group| group.memory_mb).fold(0.0, f64::max);
    let at_once = |lane: &_| scenario.workers_of(*lane).max(scenario.concurrency_of(*lane)).min(scenario.tasks());
    let at_once = scenario.lanes.iter().map(at_once).max().unwrap_or(0);
    let all_mb = most_mb * f64::from(at_once);
    if all_mb > limits::MAX_MEMORY_AT_ONCE_MB {
        problems.push(Problem {
            field: "groups".into(),
            message: format!(
                "could hold {:.1} GiB at once, {most_mb} MiB (memory_mb) for each of {at_once} tasks; the most is {:.0} GiB: \
                 lower memory_mb, concurrency or workers",
                all_mb / 1024.0,
                limits::MAX_MEMORY_AT_ONCE_MB / 1024.0
            ),
        });
    }
}
