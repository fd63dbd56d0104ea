//! What a lane came to → the report of its run. It judges nothing.

use super::rows;
use crate::{
    gil_use::GilSeen,
    plan::Plan,
    present::{bytes, lock},
    report::{Ending, RunReport, TaskCounts},
    scenario::{Group, Lane, Model, Place, Step},
    trace::{Counter, Tally},
    wire::Frame,
};

/// What a lane hands back; the rest of the report follows from the plan.
#[derive(Debug, Default)]
pub struct LaneEnd {
    /// From t = 0 to the end of the last task, in nanoseconds.
    pub wall_ns: u64,
    /// The totals of each worker, and of the parent or loop.
    pub workers: Vec<Tally>,
    /// Tasks that were begun and not ended.
    pub abandoned: u64,
    /// Tasks done again because their worker was lost.
    pub retried: u64,
    /// What a reader should know of this run.
    pub notes: Vec<String>,
    /// Why the lane itself broke, if it did.
    pub broken: Option<String>,
}

impl LaneEnd {
    /// A lane that could not go on.
    #[must_use]
    pub fn broken(why: impl Into<String>) -> Self {
        Self { broken: Some(why.into()), ..Self::default() }
    }
}

/// What the place knows of a run besides what its lane came to.
#[derive(Clone, Copy, Debug)]
pub struct Circumstances {
    /// Whether it was cancelled.
    pub cancelled: bool,
    /// Whether spans were recorded.
    pub recording: bool,
    /// What recording a span costs here, in nanoseconds, where this place knows it only by the number of spans
    /// ([`crate::trace::span_cost_ns`]).
    pub span_ns: f64,
    /// Spans that are missing from the frames.
    pub dropped: u64,
    /// What the shared counter says: the parent's own where workers are isolated, which is what that number shows.
    pub counted: u64,
    /// The smallest step of the place's clock, in nanoseconds.
    pub clock_resolution_ns: u64,
}

/// The report of what a lane came to.
#[must_use]
pub fn report(lane: Lane, plan: &Plan, mut end: LaneEnd, known: Circumstances) -> RunReport {
    count_memory(lane, plan, &mut end);
    let mut total = Tally::new(0);
    if known.recording {
        end.workers.iter_mut().for_each(|w| w.watching_ns += (w.recorded as f64 * known.span_ns) as u64);
    }
    end.workers.iter().for_each(|worker| total.merge(worker));
    let tasks = u64::from(plan.tasks());
    let ended = total.done + total.failed;
    let has_bumps = plan.scenario().steps().any(|step| matches!(step, Step::Bump(_)));
    let mut notes = end.notes;
    if !known.recording {
        notes.push("recording was off: there are totals and no spans".into());
    }
    // What CPython's lanes share, only their interpreter says.
    let has_lock = lane.model == Model::Gil || lane.place.is_python();
    notes.extend(lock::without_lock(plan.scenario()).filter(|_| !has_lock));
    RunReport {
        lane,
        // The rest would be the times of tasks that had nothing to work on.
        ending: match end.broken.or(total.unreadable) {
            Some(why) => Ending::Broken(why),
            // Cancelled too late to make a difference, otherwise.
            None if known.cancelled && ended < tasks => Ending::Cancelled,
            None => Ending::Complete,
        },
        wall_ns: end.wall_ns,
        tasks: TaskCounts {
            done: total.done,
            failed: total.failed,
            abandoned: end.abandoned,
            cancelled: tasks.saturating_sub(ended + end.abandoned),
            retried: end.retried,
        },
        counter: has_bumps.then_some(Counter { expected: total.bumps, observed: known.counted }),
        workers: end.workers,
        dropped: known.dropped,
        clock_resolution_ns: known.clock_resolution_ns,
        notes,
        gil: (lane.model == Model::Gil).then_some(GilSeen::Recorded),
        broke_at: None,
    }
}

/// Says how much memory the tasks held at once: as counted where they share a memory, and of an isolated worker what one of its
/// tasks takes up at the most, because it does one at a time.
fn count_memory(lane: Lane, plan: &Plan, end: &mut LaneEnd) {
    if !plan.scenario().takes_memory() {
        return;
    }
    if lane.model == Model::Processes {
        let most = plan.scenario().groups.iter().map(Group::memory_bytes).max().unwrap_or(0);
        for worker in end.workers.iter_mut().filter(|worker| worker.done + worker.failed > 0) {
            worker.held_bytes = most as u64;
        }
    } else if let Some(first) = end.workers.first_mut() {
        first.held_bytes = plan.held_bytes();
    }
    if lane.place == Place::Browser {
        let held = end.workers.iter().map(|worker| worker.held_bytes).sum();
        end.notes.push(format!(
            "its tasks held up to {} at once; a browser does not tell how much memory a lane takes in all",
            bytes(held)
        ));
    }
}

/// The report of a run that did not begin.
#[must_use]
pub fn not_begun(lane: Lane, tasks: u32, ending: Ending) -> RunReport {
    RunReport {
        lane,
        ending,
        wall_ns: 0,
        tasks: TaskCounts { cancelled: u64::from(tasks), ..TaskCounts::default() },
        workers: Vec::new(),
        dropped: 0,
        counter: None,
        clock_resolution_ns: 0,
        notes: Vec::new(),
        gil: None,
        broke_at: None,
    }
}

/// The report of a run that nobody reported: what its last frame said.
#[must_use]
pub fn cut_off(lane: Lane, tasks: u32, last: &Frame, ending: Ending) -> RunReport {
    if last.run == 0 {
        return not_begun(lane, tasks, ending);
    }
    let mut tally = Tally::new(rows::own_process_row(lane.model, 0));
    tally.done = last.ended;
    RunReport {
        wall_ns: last.now_ns,
        tasks: TaskCounts {
            done: last.ended,
            cancelled: u64::from(tasks).saturating_sub(last.ended),
            ..TaskCounts::default()
        },
        workers: vec![tally],
        dropped: last.dropped,
        notes: vec!["the run was cut off, so only what its last frame said is known".into()],
        ..not_begun(lane, tasks, ending)
    }
}
