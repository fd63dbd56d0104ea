//! What the plan says of a task, for whoever reads what was done: its increments, and what of it is done under the lock.

use crate::{
    plan::{Action, Plan, SetupAction},
    trace::NO_TASK,
};

/// Increments of the shared counter in a task.
pub(super) fn bumps(plan: &Plan, task: u32) -> u64 {
    if task == NO_TASK || task >= plan.tasks() {
        return 0;
    }
    let times = |step| match plan.action(task, step) {
        Action::Bump { times, .. } => u64::from(times),
        Action::Fetch(_) | Action::Compute(_) | Action::Call => 0,
    };
    (0..plan.steps(task)).map(times).sum()
}

/// The share of a task's computing that is done under the lock, where all its steps have the same: a record does not say
/// which step it is of. One whose steps differ is taken for holding the lock all the time.
pub(super) fn lock_share(plan: &Plan, task: u32) -> f64 {
    if task == NO_TASK || task >= plan.tasks() {
        return 1.0;
    }
    let shares = (0..plan.steps(task)).filter_map(|step| match plan.action(task, step) {
        Action::Fetch(_) => None,
        Action::Compute(compute) if compute.kernel.about().releases_gil => Some(compute.lock_share),
        Action::Compute(_) | Action::Bump { .. } | Action::Call => Some(1.0),
    });
    let shares: Vec<f64> = shares.collect();
    match shares[..] {
        [first, ref others @ ..] if others.iter().all(|share| share.total_cmp(&first).is_eq()) => first,
        _ => 1.0,
    }
}

/// Whether a task waits for data by calls that keep the lock, and by no others.
pub(super) fn all_keep_lock(plan: &Plan, task: u32) -> bool {
    let keeps = |step| match plan.action(task, step) {
        Action::Fetch(fetch) => Some(fetch.keeps_lock),
        Action::Compute(_) | Action::Bump { .. } | Action::Call => None,
    };
    task < plan.tasks() && (0..plan.steps(task)).filter_map(keeps).all(|keeps| keeps)
}

/// The share of what workers compute before their first tasks that is done under the lock; `None` where they compute nothing.
pub(super) fn setup_lock_share(plan: &Plan) -> Option<f64> {
    match plan.setup()? {
        SetupAction::Compute(action) => Some(action.lock_share),
        SetupAction::Wait(_) => None,
    }
}
