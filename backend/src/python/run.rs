//! Runs one lane in an interpreter: everything that is asked before, then the program, then its report.

use lanes_core::{
    report::{Ending, RunReport},
    run::outcome::not_begun,
};

use super::{
    execution::execute,
    order::{Kill, Order},
    prepare::{LaneError, prepare},
};
use crate::engine::{CancelToken, Listener};

/// Runs one lane and blocks until it is over.
pub(crate) fn run(order: &Order<'_>, kill: &Kill, cancel: &CancelToken, listener: &dyn Listener) -> RunReport {
    let clock_resolution_ns = order.clock_resolution_ns;
    let not_begun = |ending| RunReport { clock_resolution_ns, ..not_begun(order.lane, order.plan.tasks(), ending) };
    let report = prepare(order, cancel).and_then(|(python, program)| {
        if cancel.is_cancelled() {
            return Ok(not_begun(Ending::Cancelled));
        }
        execute(order, &python, &program, kill, cancel, listener).map_err(LaneError::from)
    });
    report.unwrap_or_else(|error| not_begun(Ending::Broken(error.to_string())))
}
