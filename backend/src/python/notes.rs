//! The sentences of a report of a run in Python. What is known is told to it; it looks nothing up.

use std::time::Duration;

use lanes_core::{
    present::{bytes, count, duration},
    scenario::{Call, Lane, Model},
};

use super::{
    collector::{BetweenSteps, ComputeSteps},
    events::{Loss, time},
    interpreter::Python,
    looks::Looked,
};

/// Of `multiprocessing.Pool`.
pub(super) const MESSAGES: &str = "how long messages below 64 KiB are under way between Python's processes cannot be seen, and is left blank; longer ones \
     are drawn from where their reader has begun to read them";

/// The part of the threads' time that nobody sees, from which on that is said.
const WORTH_SAYING: f64 = 0.05;

/// From so many bytes on, what is printed is worth a word.
const MUCH_PRINTED: u64 = 1 << 20;

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

/// Which interpreter it was, when it was ready, and what watching a task costs beside the mean time of one, in nanoseconds.
pub(super) fn about(python: &Python, is_own: bool, until_begun: Option<Duration>, cost: Option<(u64, u64)>) -> String {
    let mut about = python.about();
    let made = if is_own { "items" } else { "simulated answers" };
    if let Some(ready) = until_begun.map(time) {
        about.push_str(&format!(": ready after {ready} (start, imports, {made}), which is not in the time"));
    }
    if let Some((cost_ns, mean_task_ns)) = cost {
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

/// What is known of how long items were blocked for the lock.
#[derive(Clone, Copy, Debug)]
pub(super) struct OwnWaits {
    /// How often a second their threads were looked at, and how often one was found blocked, where they were.
    pub(super) looked: Option<Looked>,
    /// For how long they were, by that or else by what they wait alone, in nanoseconds.
    pub(super) seen_ns: u64,
    /// The same by what they wait alone, where that is known.
    pub(super) inferred_ns: Option<u64>,
}

/// How a function of the user's own was called, and what was seen of it. `at_once`: on how many processors its threads
/// computed, where that was on more than one lock allows.
pub(super) fn own(lane: Lane, call: &Call, at_once: Option<f64>, waits: OwnWaits) -> Vec<String> {
    let mut notes = Vec::new();
    let function = &call.function;
    match lane.model {
        Model::Async if call.coroutine.is_empty() => notes.push(format!(
            "{function}() is no coroutine: the loop hands it to threads (asyncio.to_thread), as many as may be in flight at \
             once; an async def {function}_async(item) would run on the loop itself"
        )),
        Model::Sequential | Model::Threads | Model::Processes | Model::Hybrid if call.is_coroutine_only() => notes.push(
            format!("{function}() is a coroutine: each item is run on an event loop of its own (asyncio.run)"),
        ),
        _ => {}
    }
    if let Some(at_once) = at_once {
        notes.push(format!(
            "its threads computed on {at_once:.1} processors at once, so most of the time without the interpreter's lock"
        ));
    }
    let shares_lock =
        matches!(lane.model, Model::Threads | Model::Hybrid) || lane.model == Model::Async && call.coroutine.is_empty();
    if shares_lock && !lane.interpreter.is_free_threaded() {
        notes.push(if let Some(looked @ Looked { blocked: 0, .. }) = waits.looked {
            format!("its threads were looked at from outside, {}, and never found blocked in an item", how_often(looked))
        } else if let Some(looked @ Looked { blocked, .. }) = waits.looked {
            // Two standard deviations of a share that is counted, at the worst.
            let exact = (100.0 / (blocked as f64).sqrt()).max(1.0);
            let beside = waits.inferred_ns.map_or_else(String::new, |ns| {
                format!(" (by what an item waits in python/sequential it would be {})", duration(ns))
            });
            format!(
                "what blocked its threads was seen from outside, {}, {} times in a wait: to within {exact:.0} %; {} within \
                 items was for the interpreter's lock{beside}",
                how_often(looked),
                count(blocked),
                duration(waits.seen_ns),
            )
        } else if waits.inferred_ns.is_some() {
            "what an item was blocked longer than in python/sequential is drawn as waiting for the lock: a thread's own \
             clocks do not tell it from waiting for data"
                .into()
        } else {
            "whether an item that was blocked waited for data or for the lock is known beside a lane of python/sequential \
             alone; here all of it is drawn as waiting for data"
                .into()
        });
    }
    notes
}

/// `2,204 times a second, which took 2.1 % of a processor`
fn how_often(looked: Looked) -> String {
    format!("{} times a second, which took {:.1} % of a processor", count(looked.rate as u64), looked.cost * 100.0)
}

/// How long threads were seen waiting for the lock, beside what their own clocks say of their steps.
pub(super) fn seen(looked: Looked, seen_ns: u64, inferred_ns: u64) -> String {
    format!(
        "its threads were looked at from outside, {}: they waited {} for the interpreter's lock, within steps and \
         between them; by their own clocks it was {} within steps",
        how_often(looked),
        duration(seen_ns),
        duration(inferred_ns),
    )
}

/// That tasks print much.
pub(super) fn printed(printed_bytes: u64) -> Option<String> {
    (printed_bytes >= MUCH_PRINTED).then(|| {
        format!("it printed {}, which is read and not shown, and takes part of the time", bytes(printed_bytes))
    })
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
