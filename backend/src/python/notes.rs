//! The sentences of a report of a run in Python. What is known is told to it; it looks nothing up.

use std::time::Duration;

use lanes_core::present::duration;

use super::{
    collector::{BetweenSteps, ComputeSteps},
    events::{Loss, time},
    interpreter::Python,
};

/// Of `multiprocessing.Pool`.
pub(super) const MESSAGES: &str = "how long messages below 64 KiB are under way between Python's processes cannot be seen, and is left blank; longer ones \
     are drawn from where their reader has begun to read them";

/// The part of the threads' time that nobody sees, from which on that is said.
const WORTH_SAYING: f64 = 0.05;

/// What an event loop did, in nanoseconds.
#[derive(Clone, Copy, Debug)]
pub(super) struct LoopUse {
    /// The time of the run.
    pub(super) whole_ns: u64,
    /// When it did not wait for something to do.
    pub(super) busy_ns: u64,
    /// Of that, in steps of tasks that compute.
    pub(super) steps_ns: u64,
}

/// Which interpreter it was, when it was ready, and what watching costs.
pub(super) fn about(python: &Python, until_begun: Option<Duration>, cost_ns: Option<u64>, mean_task_ns: u64) -> String {
    let mut about = python.about();
    if let Some(ready) = until_begun.map(time) {
        about.push_str(&format!(": ready after {ready} (start, imports, simulated answers), which is not in the time"));
    }
    if let Some(cost_ns) = cost_ns {
        let share = cost_ns as f64 / mean_task_ns.max(1) as f64 * 100.0;
        about.push_str(&format!("; watching a task costs {}, {share:.2} % of it", duration(cost_ns)));
    }
    about
}

/// How long threads that compute did not get on.
pub(super) fn blocked(python: &Python, steps: ComputeSteps) -> Option<String> {
    let ComputeSteps { count, whole_ns, blocked_ns, .. } = steps;
    let what = if python.gil { "waiting for the lock" } else { "blocked" };
    (count > 0).then(|| format!("threads that compute were {what} {} of that time", percent(blocked_ns, whole_ns)))
}

/// What nobody sees of how the threads shared the lock: nothing, where it is little.
pub(super) fn between(between: BetweenSteps, threads_ns: u64, has_table: bool) -> Option<String> {
    let BetweenSteps { whole_ns, cpu_ns } = between;
    let (cpu_ns, blocked_ns) = (cpu_ns.min(whole_ns), whole_ns.saturating_sub(cpu_ns));
    let consequence = if has_table {
        "so free is at most what the table says"
    } else {
        "so how the threads shared the lock is not known"
    };
    (whole_ns as f64 > threads_ns as f64 * WORTH_SAYING).then(|| {
        format!(
            "{} of the threads' time passed between steps, where the pool hands out tasks: {} of it computing, which \
             needs the lock, and {} blocked, for the lock, for one another or for a processor, which cannot be told \
             apart; {consequence}",
            percent(whole_ns, threads_ns),
            duration(cpu_ns),
            duration(blocked_ns),
        )
    })
}

/// How full the event loop was.
pub(super) fn event_loop(used: LoopUse) -> String {
    let LoopUse { whole_ns, busy_ns, steps_ns } = used;
    format!(
        "the event loop was busy for {} of {}, {} of it in steps that compute; the rest is calls that block it, and the work \
         of asyncio and of what makes the requests",
        duration(busy_ns),
        duration(whole_ns),
        duration(steps_ns.min(busy_ns)),
    )
}

/// That a worker was lost.
pub(super) fn lost(loss: &Loss) -> String {
    let Loss { process, how, row, task } = loss;
    let who = row.map_or_else(|| format!("process {process}"), |row| format!("worker {row} (process {process})"));
    let what = task.map_or_else(String::new, |task| format!(", task {task} with it"));
    format!("{who} was lost by {how}{what}; multiprocessing.Pool starts another, but does nobody's work again")
}

fn percent(part_ns: u64, whole_ns: u64) -> String {
    format!("{:.0} %", part_ns as f64 / whole_ns.max(1) as f64 * 100.0)
}
