//! Runs one lane in an interpreter: everything that is asked before, then the program, then its report.

use lanes_core::report::{Ending, RunReport};

use super::{
    execution::execute,
    order::{Kill, Order},
    prepare::{LaneError, prepare},
};
use crate::engine::{self, CancelToken, Listener};

/// Runs one lane and blocks until it is over.
pub(crate) fn run(order: &Order<'_>, kill: &Kill, cancel: &CancelToken, listener: &dyn Listener) -> RunReport {
    let broken = |why: String| {
        let report = engine::broken(order.lane, order.plan.tasks(), why);
        RunReport { clock_resolution_ns: order.clock_resolution_ns, ..report }
    };
    let report = prepare(order, cancel).and_then(|(python, program)| {
        if cancel.is_cancelled() {
            return Ok(RunReport { ending: Ending::Cancelled, ..broken(String::new()) });
        }
        execute(order, &python, &program, kill, cancel, listener).map_err(LaneError::from)
    });
    report.unwrap_or_else(|error| broken(error.to_string()))
}
