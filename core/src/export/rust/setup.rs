//! What each worker does before its first task, in Rust. It does not know who the workers are.

use super::{
    form::Form,
    layout::{duration, underscored},
};
use crate::scenario::{Scenario, Setup, SetupKernel};

/// `set_up`, where workers have something to do first.
pub(super) fn function(scenario: &Scenario, form: &Form) -> Option<String> {
    let body = match scenario.setup? {
        Setup::Ms(ms) => format!("    thread::sleep({});\n", duration((ms * 1e6 + 0.5) as u64)),
        Setup::Compute(SetupKernel { kernel, size }) => {
            let call = kernel.code().on_generated.rust.replace("size", &underscored(size));
            let mut body = String::new();
            if call.contains("seed") {
                body += "    let seed = derive(SEED, u64::MAX); // Of no task.\n";
            }
            body += "    // Nobody wants what comes out, and it is computed all the same.\n";
            let holds = form.gil && kernel.about().own_lock_share() > 0.0;
            body + &if holds {
                format!("    with_gil(|| black_box({call}));\n")
            } else {
                format!("    black_box({call});\n")
            }
        }
    };
    Some(format!("/// What each worker does once, before its first task.\nfn set_up() {{\n{body}}}"))
}
