//! What a report says of a run in Python.

use std::time::Duration;

use lanes_core::{present::duration, scenario::Model};

use super::{Python, book::LockShare, choose};

/// What is known once the run is over.
pub(super) struct Facts<'a> {
    pub(super) python: &'a Python,
    pub(super) model: Model,
    /// From the start of the interpreter until the job began.
    pub(super) until_begun: Option<Duration>,
    /// What timing a task costs, in nanoseconds.
    pub(super) cost_ns: Option<u64>,
    /// The mean time of a task, in nanoseconds.
    pub(super) mean_task_ns: u64,
    pub(super) lock: LockShare,
}

/// Sentences for the report.
pub(super) fn notes(facts: &Facts<'_>) -> Vec<String> {
    let mut about = choose::about(facts.python);
    if let Some(time) = facts.until_begun {
        let ready = duration(u64::try_from(time.as_nanos()).unwrap_or(u64::MAX));
        about.push_str(&format!(": ready after {ready} (start, imports, simulated answers), which is not in the time"));
    }
    if let Some(cost_ns) = facts.cost_ns {
        let share = cost_ns as f64 / facts.mean_task_ns.max(1) as f64 * 100.0;
        about.push_str(&format!("; watching a task costs {}, {share:.2} % of it", duration(cost_ns)));
    }
    let mut notes = vec![about];
    notes.extend(lock(facts));
    if facts.model == Model::Processes {
        notes.push(
            "how long messages are under way between Python's processes cannot be seen, and is left blank".into(),
        );
    }
    notes
}

fn lock(facts: &Facts<'_>) -> Option<String> {
    let LockShare { spans, whole_ns, blocked_ns, .. } = facts.lock;
    let share = blocked_ns as f64 / whole_ns.max(1) as f64 * 100.0;
    let what = if facts.python.gil { "waiting for the lock" } else { "blocked" };
    // Under the lock every thread's share is in a table of its own.
    let has_table = facts.model == Model::Threads && facts.python.gil;
    (spans > 0 && !has_table).then(|| format!("threads that compute were {what} {share:.0} % of that time"))
}
