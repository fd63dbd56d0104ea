//! What each worker does before its first task.

use super::{
    fields::Fields,
    values::{number, one_of, whole},
};
use crate::{
    kernels::Kernel,
    scenario::{
        limits,
        problem::Problem,
        setup::{Setup, SetupKernel},
    },
};

pub(super) fn read_setup(fields: &mut Fields<'_>, problems: &mut Vec<Problem>) -> Option<Setup> {
    fields.known.push("setup");
    let path = fields.at("setup");
    let mut fields = Fields::of(fields.map.get("setup").filter(|value| !value.is_null())?, path.clone(), problems)?;
    let before = problems.len();
    let ms = fields.take("ms", None, problems, |v| number(v, 0.0, limits::MAX_SETUP_MS).map(Some));
    let compute = read_kernel(&mut fields, problems);
    fields.finish(problems);
    let message = match (ms, compute) {
        (Some(ms), None) => return Some(Setup::Ms(ms)),
        (None, Some(compute)) => return Some(Setup::Compute(compute)),
        // One that is there and wrong has been named.
        (None, None) if problems.len() > before => return None,
        (None, None) => {
            "should say what each worker does before its first task: ms, the milliseconds that it waits, or compute, \
             the kernel that it runs"
        }
        (Some(_), Some(_)) => "says what a worker does first twice: keep ms or compute",
    };
    problems.push(Problem { field: path, message: message.into() });
    None
}

fn read_kernel(fields: &mut Fields<'_>, problems: &mut Vec<Problem>) -> Option<SetupKernel> {
    fields.known.push("compute");
    let path = fields.at("compute");
    let mut fields = Fields::of(fields.map.get("compute")?, path, problems)?;
    let kernel = fields.take("kernel", Kernel::Primes, problems, one_of::<Kernel>);
    let about = kernel.about();
    let size = fields.take("size", about.default_size, problems, |v| {
        whole(v, 1, about.max_size).map_err(|m| format!("{m} {} for {}", about.unit, about.id))
    });
    fields.finish(problems);
    Some(SetupKernel { kernel, size })
}
