//! What each worker does before its first task, in Python. It does not know who the workers are.

use super::{super::parts::Facts, job, layout};
use crate::scenario::{Compute, Scenario, Setup, SetupKernel};

/// Says of a program whether its workers have something to do first, and what.
pub(super) fn describe(scenario: &Scenario, facts: &mut Facts) {
    facts.set("setup", scenario.setup.is_some());
    let line = match scenario.setup {
        None => String::new(),
        Some(Setup::Ms(ms)) => format!("time.sleep({})", layout::decimal(ms / 1e3)),
        Some(Setup::Compute(SetupKernel { kernel, size })) => {
            let call = job::kernel(&Compute { size, ..Compute::of(kernel) });
            let mut arguments = vec![layout::number(size)];
            if call.has_seed {
                // Of no task.
                arguments.push("derive(SEED, MASK)".into());
            }
            if facts.has("locked_hashes") && kernel.about().releases_gil {
                arguments.push(layout::decimal(kernel.about().own_lock_share()));
            }
            format!("{}({})", call.function, arguments.join(", "))
        }
    };
    facts.put("SETUP", line);
}
