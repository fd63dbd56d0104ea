//! Probes: short scenarios that are run in a lane, each of which says one figure of its [`Costs`].
//!
//! A figure is that with which the simulation takes as long as the probe did, all figures before it being known. So it means
//! what the simulation does with it, and whatever else a place does per task, message or request is in it. It runs nothing.

use super::{Costs, Figure, Profile, processor::Cores, simulate};
use crate::{
    plan::Plan,
    scenario::{
        Bump, Chunk, Compute, Fetch, Group, Kernel, Lane, Model, Place, Repeats, Scenario, Step, ValidScenario,
    },
};

/// Until a thread that was woken runs, where nobody has measured it, in nanoseconds.
const USUAL_WAKE_NS: f64 = 50_000.0;

/// What is known of a lane before its first probe.
#[must_use]
pub fn unknown() -> Costs {
    Costs { wake: USUAL_WAKE_NS, ..Costs::default() }
}

/// A scenario that says a figure.
#[derive(Clone, Debug)]
pub struct Probe {
    /// Which.
    pub figure: Figure,
    /// What is run.
    pub scenario: ValidScenario,
    /// In which lane.
    pub lane: Lane,
}

/// The size of a kernel that takes no time to speak of.
const TINY: u64 = 2;

/// A step that computes nothing; with data for it, where tasks have some.
fn tiny(with_data: bool) -> Step {
    Step::Compute(Compute { size: TINY, bytes_in: if with_data { 16 } else { 0 }, ..Compute::of(Kernel::Primes) })
}

fn fetch(latency_ms: f64, bytes: u32) -> Step {
    Step::Fetch(Fetch { latency_ms, bytes, ..Fetch::default() })
}

/// The probes that a scenario needs in a lane, in the order in which they are best [fitted](fit).
#[must_use]
pub fn probes(lane: Lane, wanted: &Scenario) -> Vec<Probe> {
    let lane = lane.base();
    let steps = || wanted.groups.iter().flat_map(|group| &group.steps);
    let fetches = steps().any(|step| matches!(step, Step::Fetch(_)));
    let bodies = steps().any(|step| matches!(step, Step::Fetch(fetch) if fetch.bytes > 0));
    let bumps = steps().any(|step| matches!(step, Step::Bump(_)));
    let with_data = wanted.has_payload();
    let is_python = lane.place == Place::Python;
    let isolated = matches!(lane.model, Model::Processes | Model::Interpreters);
    let looped = matches!(lane.model, Model::Async | Model::Hybrid);
    let mut probes = Vec::new();
    let mut add = |figure, tasks, workers, concurrency, chunk: Chunk, step: Step| {
        let scenario = Scenario {
            title: "probe".into(),
            groups: vec![Group { tasks, steps: vec![step], ..Group::default() }],
            lanes: vec![lane],
            workers,
            concurrency,
            chunk,
            repeats: Repeats::Fixed(1),
            warmup: 0,
            ..Scenario::default()
        };
        // They are ours, and within what every lane may do.
        probes.extend(scenario.validate().ok().map(|scenario| Probe { figure, scenario, lane }));
    };
    add(Figure::Start, 1, 1, 1, Chunk::Auto, tiny(with_data));
    // Each waits long enough for the last to have begun before the first ends.
    let workers = if isolated && is_python { 3 } else { 8 };
    if !looped && lane.model != Model::Sequential {
        add(Figure::Worker, workers, workers, 1, Chunk::Fixed(1), fetch(20.0, 0));
    }
    match lane.model {
        // What computes there goes to the pool, so it is a request that a task is tried with.
        Model::Hybrid => add(Figure::Task, 1_000, 1, 100, Chunk::Auto, fetch(0.0, 0)),
        Model::Interpreters => {}
        _ => add(Figure::Task, 3_000, 1, 100, Chunk::Fixed(500), tiny(with_data)),
    }
    if isolated {
        add(Figure::Message, 1_000, 1, 1, Chunk::Fixed(1), tiny(with_data));
        if with_data {
            let data = Compute { size: TINY, bytes_in: 1 << 20, ..Compute::of(Kernel::Primes) };
            add(Figure::Byte, 24, 1, 1, Chunk::Fixed(1), Step::Compute(data));
        }
    }
    if fetches {
        add(Figure::Late, 20, 1, 1, Chunk::Auto, fetch(2.0, 0));
        if lane.model == Model::Async {
            add(Figure::Fetch, 1_000, 1, 1_000, Chunk::Auto, fetch(5.0, 0));
        } else if is_python && lane.model == Model::Threads {
            add(Figure::Fetch, 1_600, 16, 1, Chunk::Auto, fetch(0.2, 0));
        }
        if bodies {
            add(Figure::BodyByte, 30, 1, 1, Chunk::Auto, fetch(0.2, 1 << 16));
        }
    }
    if lane.model == Model::Hybrid && wanted.needs_pool() {
        add(Figure::Offload, 1_000, 2, 100, Chunk::Auto, tiny(with_data));
        add(Figure::Wake, 200, 1, 1, Chunk::Auto, tiny(with_data));
    }
    if bumps {
        let step = Step::Bump(Bump { times: 20_000, ..Bump::default() });
        add(Figure::Bump, 10, 1, 1, Chunk::Auto, step);
    }
    probes
}

/// A scenario in which `cores` workers of a lane compute the same for so many nanoseconds each, and which says how much they
/// get in each other's way; `None` where the lane never has two that compute at once.
#[must_use]
pub fn contention(
    lane: Lane,
    (kernel, size, ns): (Kernel, u64, f64),
    cores: u32,
    for_ns: f64,
) -> Option<ValidScenario> {
    let free = lane.interpreter.is_free_threaded();
    let has_several = match (lane.place, lane.model) {
        (_, Model::Processes | Model::Interpreters) => true,
        (Place::Python, Model::Threads | Model::Hybrid) => free,
        (_, model) => matches!(model, Model::Threads | Model::Hybrid),
    };
    if !has_several || cores < 2 {
        return None;
    }
    let tasks = ((for_ns / ns.max(1.0)) as u32).clamp(1, 200) * cores;
    let scenario = Scenario {
        title: "cores".into(),
        groups: vec![Group {
            tasks,
            steps: vec![Step::Compute(Compute { size, ..Compute::of(kernel) })],
            ..Group::default()
        }],
        lanes: vec![lane.base()],
        workers: cores,
        concurrency: cores,
        repeats: Repeats::Fixed(1),
        warmup: 0,
        ..Scenario::default()
    };
    scenario.validate().ok()
}

/// The contention with which such a scenario takes so long, in nanoseconds.
#[must_use]
pub fn fit_contention(scenario: &ValidScenario, lane: Lane, wall_ns: f64, profile: &Profile, costs: Costs) -> f64 {
    let plan = Plan::new(scenario.for_lane(lane));
    let takes = |contention: f64| {
        let cores = Cores { count: profile.machine.cores.max(1), contention };
        takes(&plan, lane, profile, costs, cores)
    };
    least(wall_ns, 1.0, takes).unwrap_or(1.0)
}

/// How long a plan takes with these costs, in nanoseconds; for ever where that takes too long to work out.
fn takes(plan: &Plan, lane: Lane, profile: &Profile, costs: Costs, cores: Cores) -> f64 {
    simulate(plan, lane, profile, costs, cores, 0, 0).map_or(f64::INFINITY, |said| said.report.wall_ns as f64)
}

/// The least value up to `most` with which something that grows with it takes so long; `None` where none does.
fn least(wall_ns: f64, most: f64, takes: impl Fn(f64) -> f64) -> Option<f64> {
    if takes(0.0) >= wall_ns {
        return Some(0.0);
    }
    let (mut low, mut high) = (0.0, most.min(1.0));
    while takes(high) < wall_ns {
        if high >= most {
            return None;
        }
        (low, high) = (high, high * 4.0);
    }
    for _ in 0..24 {
        let middle = f64::midpoint(low, high);
        if takes(middle) < wall_ns {
            low = middle;
        } else {
            high = middle;
        }
    }
    Some(high)
}

/// How often all figures are fitted: what an early one took upon itself of a later one, it gives up in the next round.
const ROUNDS: usize = 4;

/// Fits figures to probes that took so long, in nanoseconds.
pub fn fit(costs: &mut Costs, measured: &[(Probe, f64)], profile: &Profile, cores: Cores) {
    for _ in 0..ROUNDS {
        measured.iter().for_each(|(probe, wall_ns)| fit_one(costs, probe, *wall_ns, profile, cores));
    }
}

fn fit_one(costs: &mut Costs, probe: &Probe, wall_ns: f64, profile: &Profile, cores: Cores) {
    let plan = Plan::new(probe.scenario.for_lane(probe.lane));
    let with = |figure_ns: f64| {
        let mut tried = *costs;
        *probe.figure.of(&mut tried) = figure_ns;
        takes(&plan, probe.lane, profile, tried, cores)
    };
    if let Some(found) = least(wall_ns, probe.figure.most(), with) {
        *probe.figure.of(costs) = found;
    }
}
