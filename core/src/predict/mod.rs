//! What a lane would take: the plan's tasks on so many workers and cores, in virtual time.
//!
//! ```text
//! profile (what a place was measured at) ─┐
//! plan, lane ─────────────────────────────┴─▶ agents on a virtual clock ─▶ spans, report, wall time, interval
//!                                              threads · event_loop · processes, on processor and lock
//! ```
//!
//! A discrete-event simulation. The tasks, their times and sizes are the [plan](crate::plan)'s own; what decides about them
//! is what decides in a real run: the interpreter lock's [algorithm](crate::gil), the pool's
//! [bookkeeping](crate::run::dispatch), the server's [model](crate::server), the [gate](crate::run::gate). Only computing and
//! waiting are replaced by time that passes. It is the same on every machine for the same profile.
//!
//! What a place costs is found out by [probes]: short scenarios that are run there, of which each says one figure, namely that
//! with which the simulation takes as long as the probe did.

mod break_even;
mod clock;
mod costs;
mod event_loop;
pub mod forecast;
mod lock;
pub mod measure;
pub mod probes;
mod processes;
mod processor;
#[cfg(test)]
mod tests;
mod threads;
pub mod what_if;
mod worker;
pub mod worth;

use std::{cell::Cell, cell::RefCell, sync::Mutex};

pub use self::{
    break_even::{BreakEven, break_evens},
    costs::{Contention, Costs, Figure, KernelTimes, LaneCosts, Profile},
    processor::Cores,
};
use self::{
    clock::{Clock, Signal},
    worker::{Row, Scene},
};
use crate::{
    plan::Plan,
    report::RunReport,
    run::{
        gate::Gate,
        outcome::{Circumstances, LaneEnd, report},
        rows,
    },
    scenario::{Compute, From, Interpreter, Kernel, Lane, Model, Place, Scenario, Setup, Source, Step, ValidScenario},
    trace::{Drain, Span, recorder},
};

/// The most wake-ups of a prediction: some seconds of computing.
const MOST_WAKE_UPS: u64 = 20_000_000;
/// The most spans that are kept of one.
const MOST_SPANS: usize = 200_000;

/// What a lane would take.
#[derive(Clone, Debug, PartialEq)]
pub struct Prediction {
    /// The run as it would be reported. Its tasks' digests are none: nothing was computed.
    pub report: RunReport,
    /// Its timeline, as far as there was room.
    pub spans: Vec<Span>,
    /// The wall time in which nine of ten such runs would end, from and to, in nanoseconds.
    pub interval_ns: [u64; 2],
    /// How many times as large as anything that was measured what it rests on is; 1 where it is within.
    pub reach: f64,
}

/// What is asked about.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// The job.
    pub scenario: &'a ValidScenario,
    /// The cores of the machine; as many as it has, unless it is said.
    pub cores: Option<u32>,
    /// The length of the file that tasks work on.
    pub file_bytes: u64,
}

impl Asked<'_> {
    /// What a lane of it would take.
    ///
    /// # Errors
    /// Why that cannot be said.
    pub fn predict(&self, lane: Lane, profile: &Profile) -> Result<Prediction, NotPredicted> {
        let plan = Plan::new(self.scenario.for_lane(lane));
        predict(&plan, lane, profile, self.cores(&plan, lane, profile), self.file_bytes)
    }

    /// The same without its timeline: the wall time, in nanoseconds.
    ///
    /// # Errors
    /// As above.
    pub fn wall_ns(&self, lane: Lane, profile: &Profile) -> Result<f64, NotPredicted> {
        let plan = Plan::new(self.scenario.for_lane(lane));
        wall_ns(&plan, lane, profile, self.cores(&plan, lane, profile), self.file_bytes)
    }

    /// The cores that a lane has: as many as are asked about, and as much in each other's way as is known of them.
    fn cores(&self, plan: &Plan, lane: Lane, profile: &Profile) -> Cores {
        let known = profile.cores(lane, &kernels(plan, self.file_bytes));
        Cores { count: self.cores.unwrap_or(known.count), ..known }
    }
}

/// Why nothing can be said of a lane.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotPredicted {
    /// Nobody knows how long they take.
    #[error("it asks addresses of your own, and how long they take to answer only asking them tells: run it")]
    Urls,
    /// What they cost was not measured.
    #[error(
        "it makes real requests, and what those cost here has not been measured: run it, or ask with \"from\": \"simulated\""
    )]
    Requests,
    /// The function of the user's own.
    #[error("it calls a function of your own, and how long that takes only calling it tells: run it")]
    Call,
    /// How its threads take turns is another thing than a lock.
    #[error("what a lane of the page's CPython takes is not worked out yet: run it")]
    PagePython,
    /// The lane was not calibrated.
    #[error("{0} has not been measured on that machine: calibrate it there first")]
    NotCalibrated(Lane),
    /// A kernel was not.
    #[error("how long {0} takes in {1} has not been measured on that machine: calibrate it there first")]
    KernelUnknown(Kernel, Lane),
    /// It would take too long to work out.
    #[error("it has too many steps to be worked out: predict fewer tasks")]
    TooLong,
}

/// The kernels that a scenario computes with, with the sizes that are asked of them on average, where those are known.
pub fn kernels(plan: &Plan, file_bytes: u64) -> Vec<(Kernel, f64)> {
    let scenario = plan.scenario();
    let mut kernels: Vec<(Kernel, f64)> = Vec::new();
    for group in &scenario.groups {
        let mut body_bytes = 0;
        for step in &group.steps {
            match step {
                Step::Fetch(fetch) => body_bytes = u64::from(fetch.bytes),
                Step::Compute(Compute { kernel, size, input, .. }) => {
                    let size = match input {
                        Source::Size => *size as f64,
                        Source::Body => worker::size_of(*kernel, body_bytes),
                        Source::File => worker::size_of(*kernel, file_bytes / u64::from(group.tasks.max(1))),
                    };
                    kernels.push((*kernel, size));
                }
                Step::Bump(_) | Step::Call(_) => {}
            }
        }
    }
    if let Some(Setup::Compute(setup)) = &scenario.setup {
        kernels.push((setup.kernel, setup.size as f64));
    }
    kernels
}

/// Works out a lane of a plan that is that lane's own ([`crate::scenario::Scenario::for_lane`]), on these cores, with a file
/// of so many bytes where it works on one.
///
/// # Errors
/// Why that cannot be said.
pub fn predict(
    plan: &Plan,
    lane: Lane,
    profile: &Profile,
    cores: Cores,
    file_bytes: u64,
) -> Result<Prediction, NotPredicted> {
    let (costs, reach) = known_of(plan, lane, profile, file_bytes)?;
    Ok(Prediction { reach, ..simulate(plan, lane, profile, costs, cores, file_bytes, MOST_SPANS)? })
}

/// The same without a timeline: the wall time, in nanoseconds.
///
/// # Errors
/// As [`predict`].
pub fn wall_ns(plan: &Plan, lane: Lane, profile: &Profile, cores: Cores, file_bytes: u64) -> Result<f64, NotPredicted> {
    let (costs, _) = known_of(plan, lane, profile, file_bytes)?;
    Ok(simulate(plan, lane, profile, costs, cores, file_bytes, 0)?.report.wall_ns as f64)
}

/// Whether a scenario can be predicted at all, wherever that is.
///
/// # Errors
/// Why not.
pub fn can_be_known(scenario: &Scenario) -> Result<(), NotPredicted> {
    for step in scenario.groups.iter().flat_map(|group| &group.steps) {
        match step {
            Step::Fetch(fetch) => match fetch.from {
                From::Simulated => {}
                From::Urls(_) => return Err(NotPredicted::Urls),
                From::Server | From::Page => return Err(NotPredicted::Requests),
            },
            Step::Call(_) => return Err(NotPredicted::Call),
            Step::Compute(_) | Step::Bump(_) => {}
        }
    }
    Ok(())
}

/// Whether a lane of a scenario can be predicted at all.
///
/// # Errors
/// Why not.
fn is_modelled(scenario: &Scenario, lane: Lane) -> Result<(), NotPredicted> {
    if lane.place == Place::Pyodide { Err(NotPredicted::PagePython) } else { can_be_known(scenario) }
}

/// What the work of a lane costs, and how far a plan reaches beyond what was tried of its kernels.
fn known_of(plan: &Plan, lane: Lane, profile: &Profile, file_bytes: u64) -> Result<(Costs, f64), NotPredicted> {
    is_modelled(plan.scenario(), lane)?;
    let costs = known(profile, lane, plan.scenario().has_payload()).ok_or(NotPredicted::NotCalibrated(lane.base()))?;
    let mut reach = 1.0_f64;
    for (kernel, size) in kernels(plan, file_bytes) {
        let times = profile.kernel(kernel).filter(|times| !times.times.is_empty());
        reach = reach.max(times.ok_or(NotPredicted::KernelUnknown(kernel, lane.base()))?.reach(size));
    }
    Ok((costs, reach))
}

/// What the work of a lane costs; threads without the lock cost what threads with it do, where nobody has measured them.
fn known(profile: &Profile, lane: Lane, with_data: bool) -> Option<Costs> {
    let locked = Lane { interpreter: Interpreter::Any, ..lane };
    let instead = || profile.lane(locked, with_data).filter(|_| lane.interpreter.is_free_threaded());
    profile.lane(lane, with_data).or_else(instead).map(|known| known.costs)
}

/// A run with these costs, with room for so many spans.
fn simulate(
    plan: &Plan,
    lane: Lane,
    profile: &Profile,
    costs: Costs,
    cores: Cores,
    file_bytes: u64,
    most_spans: usize,
) -> Result<Prediction, NotPredicted> {
    let scenario = plan.scenario();
    let workers = match lane.model {
        Model::Sequential | Model::Async => 1,
        _ => scenario.workers.min(u32::from(u16::MAX)) as u16,
    };
    let has_lock = match (lane.place, lane.model) {
        (Place::Python, Model::Threads | Model::Hybrid) => !lane.interpreter.is_free_threaded(),
        (_, model) => model == Model::Gil,
    };
    let interval_ns = (scenario.gil_switch_ms * 1e6) as u64;
    let scene = Scene {
        clock: Clock::new(processor::Processor::new(cores)),
        plan,
        lane,
        costs,
        profile,
        server: Mutex::default(),
        file_bytes,
        lock: has_lock.then(|| lock::Lock::new(interval_ns, costs.wake)),
        gate: Gate::new(plan),
        held_back: RefCell::default(),
        next: Cell::new(0),
        ended_ns: Cell::new(0),
    };
    let count = rows::count(lane.model, workers);
    let room = most_spans / usize::from(count.max(1));
    let wanted = usize::try_from(plan.most_spans()).unwrap_or(usize::MAX);
    let (rows, mut drains): (Vec<Row>, Vec<Drain>) = (0..count)
        .map(|row| recorder(row, wanted.min(room)))
        .map(|(recorder, drain)| (Row(RefCell::new(recorder)), drain))
        .unzip();
    let client = scene.client();
    let ran = match lane.model {
        Model::Sequential | Model::Threads | Model::Gil => {
            let own: Vec<(Signal, Cell<bool>)> = (0..rows.len()).map(|_| Default::default()).collect();
            scene.clock.run(threads::agents(&scene, &rows, &client, &own), MOST_WAKE_UPS)
        }
        Model::Async | Model::Hybrid => {
            let slots = scenario.concurrency.min(plan.tasks()) as usize;
            let own = event_loop::Loop::new(slots, rows.len() - 1);
            scene.clock.run(event_loop::agents(&scene, &rows, &client, &own), MOST_WAKE_UPS)
        }
        Model::Processes | Model::Interpreters => {
            let own = processes::Pool::new(&scene, usize::from(workers));
            scene.clock.run(processes::agents(&scene, &rows, &own), MOST_WAKE_UPS)
        }
    };
    ran.map_err(|clock::TooLong| NotPredicted::TooLong)?;
    let mut spans = Vec::new();
    drains.iter_mut().for_each(|drain| while drain.drain(&mut spans, MOST_SPANS) {});
    spans.sort_by_key(|span| (span.start_ns, span.worker, span.slot, span.end_ns));
    let end = LaneEnd {
        wall_ns: scene.ended_ns.get(),
        workers: rows.iter().map(|row| row.0.borrow_mut().take_tally()).collect(),
        ..LaneEnd::default()
    };
    let known = Circumstances {
        cancelled: false,
        recording: true,
        span_ns: 0.0,
        dropped: drains.iter().map(Drain::dropped).sum(),
        counted: 0,
        clock_resolution_ns: 1,
    };
    let report = report(lane, plan, end, known);
    let interval_ns = interval(&report, lane.place);
    Ok(Prediction { report, spans, interval_ns, reach: 1.0 })
}

/// How far nine of ten measured runs are from what was predicted, as a share of it and in nanoseconds; see `docs/predict.md`.
const OFF: f64 = 0.10;
const OFF_IN_PYTHON: f64 = 0.15;
const OFF_NS: f64 = 500_000.0;

fn interval(report: &RunReport, place: Place) -> [u64; 2] {
    let wall_ns = report.wall_ns as f64;
    let off = if matches!(place, Place::Python | Place::Pyodide) { OFF_IN_PYTHON } else { OFF };
    let off_ns = wall_ns * off + OFF_NS;
    [(wall_ns - off_ns).max(0.0) as u64, (wall_ns + off_ns) as u64]
}
