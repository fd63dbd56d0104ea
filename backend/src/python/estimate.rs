//! How long a scenario would compute in an interpreter: CPython takes thirty to a hundred times as long as machine
//! code, and nobody wants to find that out after an hour.

use std::{
    collections::HashMap,
    path::PathBuf,
    sync::{Mutex, PoisonError},
    thread,
    time::Duration,
};

use lanes_core::{
    calibrate::python_sample,
    plan::{Action, ComputeAction, Plan, SetupAction},
    scenario::{Compute, Group, Kernel, Lane, Model, Scenario, Source, Step},
};

use super::interpreter::Python;

/// Tasks that are looked at; the others are taken to be like them.
const LOOKED_AT: u32 = 1_000;
/// What an increment of the counter takes, about, in nanoseconds.
const BUMP_NS: f64 = 100.0;

/// The nanoseconds that the sample of each kernel took in each interpreter, once it has been tried.
static SPEEDS: Mutex<Option<HashMap<(PathBuf, Kernel), f64>>> = Mutex::new(None);

/// How long the run would compute, about. `try_out` runs a scenario in the interpreter, one task after another, and
/// says how long each task computed, in nanoseconds; it is asked once for each kernel and interpreter.
///
/// # Errors
/// When a kernel cannot be tried.
pub(super) fn compute_time<E>(
    python: &Python,
    model: Model,
    plan: &Plan,
    file_bytes: u64,
    try_out: impl FnOnce(&Plan) -> Result<Vec<u64>, E>,
) -> Result<Duration, E> {
    let mut kernels: Vec<Kernel> = plan
        .scenario()
        .steps()
        .filter_map(|step| match step {
            Step::Compute(compute) => Some(compute.kernel),
            Step::Fetch(_) | Step::Bump(_) | Step::Call(_) => None,
        })
        .collect();
    let setup = match plan.setup() {
        Some(SetupAction::Compute(action)) => Some(action),
        Some(SetupAction::Wait(_)) | None => None,
    };
    kernels.extend(setup.map(|action| action.kernel));
    kernels.sort_by_key(|kernel| kernel.about().id);
    kernels.dedup();
    let speeds = speeds(python, &kernels, try_out)?;
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let at_once = (plan.scenario().workers as usize).clamp(1, cores) as f64;
    let has_lock = !matches!(model, Model::Processes | Model::Interpreters) && python.gil;
    let is_alone = matches!(model, Model::Sequential | Model::Async);
    // How many compute at once: under the lock one, and in all no more than that leaves time for.
    let share = |lock_share: f64| match (is_alone, has_lock) {
        (true, _) => 1.0,
        (false, true) if lock_share > 0.0 => at_once.min(1.0 / lock_share),
        (false, _) => at_once,
    };
    let tasks = plan.tasks();
    let looked_at = tasks.min(LOOKED_AT);
    // How long a kernel of this size takes in this interpreter, in nanoseconds.
    let alone_ns = |kernel: Kernel, size: f64| {
        let (sample, growth) = python_sample(kernel);
        speeds.get(&kernel).copied().unwrap_or_default() * (size / sample as f64).powf(growth)
    };
    let mut ns = 0.0;
    for nth in 0..looked_at {
        let task = (u64::from(nth) * u64::from(tasks) / u64::from(looked_at)) as u32;
        let mut body_bytes = 0;
        for step in 0..plan.steps(task) {
            ns += match plan.action(task, step) {
                Action::Fetch(_) => {
                    body_bytes = fetched_bytes(plan, task, step);
                    0.0
                }
                // What it takes is found out by calling it, and by nobody else than who runs it.
                Action::Call => 0.0,
                Action::Bump { times, .. } => f64::from(times) * BUMP_NS / share(1.0),
                Action::Compute(action) => {
                    let share_of_file = plan.file_share(task, file_bytes);
                    let size = units(&action, body_bytes, share_of_file.end - share_of_file.start);
                    alone_ns(action.kernel, size)
                        / share(if action.kernel.about().releases_gil { action.lock_share } else { 1.0 })
                }
            };
        }
    }
    let ns = ns * f64::from(tasks) / f64::from(looked_at.max(1));
    let setup_ns = setup.map_or(0.0, |action| {
        let workers = if is_alone { 1.0 } else { f64::from(plan.scenario().workers) };
        let lock_share = if action.kernel.about().releases_gil { action.lock_share } else { 1.0 };
        workers * alone_ns(action.kernel, action.size as f64) / share(lock_share).min(workers)
    });
    let ns = ns + setup_ns;
    Ok(Duration::from_nanos(ns.min(1e18) as u64))
}

/// The bytes that a fetch brings, where that is known beforehand.
fn fetched_bytes(plan: &Plan, task: u32, step: usize) -> u64 {
    let (group, _) = plan.place(task);
    match &plan.scenario().groups[group].steps[step] {
        Step::Fetch(fetch) => fetch.bytes.into(),
        Step::Compute(_) | Step::Bump(_) | Step::Call(_) => 0,
    }
}

/// What a kernel gets to do, in its own unit.
fn units(action: &ComputeAction, body_bytes: u64, share_bytes: u64) -> f64 {
    let bytes = match action.input {
        Source::Size => return action.size as f64,
        Source::Body => body_bytes,
        Source::File => share_bytes,
    };
    let in_a_unit = match action.kernel {
        Kernel::Sha256 => 65_536.0,
        Kernel::Sort => 4.0,
        Kernel::Wordcount => 1.0,
        // They take no bytes.
        Kernel::Primes | Kernel::Mandelbrot | Kernel::Matmul | Kernel::Pi => return 0.0,
    };
    bytes as f64 / in_a_unit
}

fn speeds<E>(
    python: &Python,
    kernels: &[Kernel],
    try_out: impl FnOnce(&Plan) -> Result<Vec<u64>, E>,
) -> Result<HashMap<Kernel, f64>, E> {
    let key = |kernel: Kernel| (python.path.clone(), kernel);
    let mut speeds = SPEEDS.lock().unwrap_or_else(PoisonError::into_inner);
    let speeds = speeds.get_or_insert_default();
    let new: Vec<Kernel> = kernels.iter().copied().filter(|kernel| !speeds.contains_key(&key(*kernel))).collect();
    if !new.is_empty() {
        let group = |kernel: &Kernel| {
            let compute = Compute { size: python_sample(*kernel).0, ..Compute::of(*kernel) };
            Group { steps: vec![Step::Compute(compute)], ..Group::default() }
        };
        let scenario = Scenario {
            title: "trial".into(),
            groups: new.iter().map(group).collect(),
            lanes: vec![Lane::python(Model::Sequential)],
            workers: 1,
            ..Scenario::default()
        };
        let plan = Plan::new(scenario.validate().expect("one kernel at a size that its own trial takes"));
        let times = try_out(&plan)?;
        for (task, ns) in (0u32..).zip(times) {
            let (group, _) = plan.place(task);
            speeds.insert(key(new[group]), ns as f64);
        }
    }
    Ok(kernels.iter().filter_map(|kernel| Some((*kernel, *speeds.get(&key(*kernel))?))).collect())
}
