//! The rows that a lane has: one for each worker, and one for the loop or the parent. It does not know what they record.

use crate::{
    plan::Plan,
    scenario::Model,
    trace::{Drain, Recorder, recorder},
};

/// How many rows a lane of this model has with so many workers.
#[must_use]
pub fn count(model: Model, workers: u16) -> u16 {
    match model {
        Model::Sequential | Model::Async => 1,
        Model::Threads | Model::Gil | Model::Interpreters => workers,
        // The loop comes before its pool, the parent after its workers.
        Model::Processes | Model::Hybrid => 1 + workers,
    }
}

/// The row whose memory is that of the place's own process.
#[must_use]
pub fn own_process_row(model: Model, workers: u16) -> u16 {
    if model == Model::Processes { workers } else { 0 }
}

/// What the rings of a run may hold, in spans.
#[derive(Clone, Copy, Debug)]
pub struct RingBudget {
    /// All of them together.
    pub all: usize,
    /// Each at least.
    pub least: usize,
}

/// Recorders for the rows of a lane that record in this process, in the order of their numbers, and their reading ends.
/// Isolated workers have rings of their own, so of their lane there is the parent's only. Without recording there is no room
/// for any span; the totals are kept all the same.
#[must_use]
pub fn recorders(
    model: Model,
    workers: u16,
    plan: &Plan,
    budget: RingBudget,
    recording: bool,
) -> (Vec<Recorder>, Vec<Drain>) {
    let rows = match model {
        Model::Processes => workers..workers + 1,
        other => 0..count(other, workers),
    };
    // One worker may get more than its share of the tasks, so each ring has room for all spans, where memory allows it.
    let share = budget.all / rows.len().max(1);
    let wanted = usize::try_from(plan.most_spans()).unwrap_or(usize::MAX);
    let capacity = if recording { wanted.min(share).max(budget.least) } else { 0 };
    rows.map(|worker| recorder(worker, capacity)).unzip()
}
