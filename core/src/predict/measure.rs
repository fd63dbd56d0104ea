//! What of a machine has to be measured for a prediction, one thing after another, and what is learnt from each. It runs
//! nothing and knows no clock: whoever measures is told what to run, and tells what was seen.
//!
//! ```text
//! next(profile, asked, lane) ─▶ Measurement ─its runs are run there, each with a Watch─▶ took(profile, …) ─▶ next … None
//! ```

use serde::{Deserialize, Serialize};

use super::{
    Asked, Contention, Cores, Figure, KernelTimes, LaneCosts, Profile, is_modelled, kernels,
    probes::{self, Probe},
};
use crate::{
    calibrate::{Calibration, Trial},
    plan::Plan,
    report::{Ending, RunReport},
    scenario::{Kernel, Lane, Model, Place, Spread, Step, ValidScenario},
    wire::Frame,
};

/// How often a probe is run; a program in Python takes a while to begin.
const RUNS: u32 = 5;
const BROWSER_RUNS: u32 = 3;
const PYTHON_RUNS: u32 = 2;

/// The longest that a kernel is tried out at the very size that is asked for, in nanoseconds.
const LONGEST_TRIAL_NS: f64 = 250e6;
/// What is shorter says nothing about cores that get in each other's way, in nanoseconds.
const LEAST_SHARED_NS: f64 = 500e3;

/// Something that is to be measured: all its runs are run, then what came of them is [taken down](took).
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Measurement {
    /// The lane that it says something about.
    pub lane: Lane,
    /// What is run.
    pub runs: Vec<Repeated>,
    subject: Subject,
}

/// A scenario that is run in a lane again and again.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Repeated {
    /// Which.
    pub scenario: ValidScenario,
    /// Where.
    pub lane: Lane,
    /// How often, all in all.
    pub times: u32,
    /// How many of these runs, the first, do not count.
    pub warm_up: u32,
}

/// What a measurement is about.
#[derive(Clone, Debug, Serialize, Deserialize)]
enum Subject {
    /// How long a kernel of a size takes.
    Kernel(Kernel, u64),
    /// What a lane's own work costs: a figure for each of the runs.
    Costs { with_data: bool, figures: Vec<Figure> },
    /// How much its cores get in each other's way with a kernel of a size.
    Contention(Kernel, u64),
}

/// What was seen of one [`Repeated`].
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Measured {
    /// The wall times of the runs that count, in nanoseconds.
    walls_ns: Vec<u64>,
    /// How long its tasks computed as a rule, in nanoseconds, where that is what it is about.
    computing_ns: f64,
}

/// A measurement came to nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotMeasured {
    /// Somebody cancelled it.
    #[error("cancelled before this machine was measured")]
    Cancelled,
    /// A run did not end as it should.
    #[error("{lane} could not be measured: {why}")]
    Broken {
        /// Where it ran.
        lane: Lane,
        /// What its run said.
        why: String,
    },
}

/// Watches the runs of one [`Repeated`].
#[derive(Debug)]
pub struct Watch {
    lane: Lane,
    trial: Option<Trial>,
    /// As it was before any run.
    fresh: Option<Trial>,
    left_out: u32,
    measured: Measured,
}

impl Measurement {
    /// What is measured, for whoever waits meanwhile.
    #[must_use]
    pub fn says(&self) -> String {
        let lane = self.lane;
        match self.subject {
            Subject::Kernel(kernel, _) => format!("{lane}: how fast {} is", kernel.about().title),
            Subject::Costs { .. } => format!("{lane}: what a run, a worker, a task cost"),
            Subject::Contention(kernel, _) => format!("{lane}: {} on all cores at once", kernel.about().title),
        }
    }

    /// Who watches the runs of one of its scenarios.
    #[must_use]
    pub fn watch(&self, run: &Repeated) -> Watch {
        let fresh = match self.subject {
            Subject::Kernel(kernel, size) => Trial::new(kernel, size, run.lane).ok(),
            Subject::Costs { .. } | Subject::Contention(..) => None,
        };
        Watch { lane: run.lane, trial: fresh.clone(), fresh, left_out: run.warm_up, measured: Measured::default() }
    }
}

impl Watch {
    /// Something was recorded.
    pub fn saw(&mut self, frame: &Frame) {
        if let Some(trial) = &mut self.trial {
            trial.saw(frame);
        }
    }

    /// One run is over.
    ///
    /// # Errors
    /// When it was cancelled, or broke: there is nothing to be learnt then.
    pub fn ended(&mut self, report: &RunReport) -> Result<(), NotMeasured> {
        let broken = |why| NotMeasured::Broken { lane: self.lane, why };
        match &report.ending {
            Ending::Complete => {}
            Ending::Cancelled => return Err(NotMeasured::Cancelled),
            Ending::Broken(why) => return Err(broken(why.clone())),
        }
        let trial = std::mem::replace(&mut self.trial, self.fresh.clone());
        if self.left_out > 0 {
            self.left_out -= 1;
            return Ok(());
        }
        self.measured.walls_ns.push(report.wall_ns);
        if let Some(trial) = trial {
            self.measured.computing_ns = trial.typical_ns(&report.ending).map_err(broken)?;
        }
        Ok(())
    }

    /// What was seen.
    #[must_use]
    pub fn measured(self) -> Measured {
        self.measured
    }
}

impl Measured {
    /// The middle wall time, of two the shorter, in nanoseconds.
    fn middle_ns(&self) -> f64 {
        let mut walls = self.walls_ns.clone();
        walls.sort_unstable();
        walls.get(walls.len().saturating_sub(1) / 2).map_or(0.0, |wall| *wall as f64)
    }

    fn shortest_ns(&self) -> f64 {
        self.walls_ns.iter().min().map_or(0.0, |wall| *wall as f64)
    }
}

/// What has to be measured next before a lane of a scenario can be predicted; `None` when all is known.
#[must_use]
pub fn next(profile: &Profile, asked: &Asked<'_>, lane: Lane) -> Option<Measurement> {
    let scenario = asked.scenario;
    is_modelled(scenario, lane).ok()?;
    let plan = Plan::new(scenario.for_lane(lane));
    let kernels: Vec<(Kernel, u64)> = kernels(&plan, asked.file_bytes)
        .into_iter()
        .map(|(kernel, size)| (kernel, (size.round() as u64).clamp(1, kernel.about().max_size)))
        .collect();
    let trials = || kernels.iter().find_map(|(kernel, size)| trial(profile, *kernel, lane, *size, dealt(scenario)));
    let contentions = || kernels.iter().find_map(|(kernel, size)| contention(profile, lane, *kernel, *size));
    trials().or_else(|| costs(profile, lane, scenario)).or_else(contentions)
}

/// Takes down what was learnt: what was seen of each of its runs, in their order.
pub fn took(profile: &mut Profile, measurement: &Measurement, measured: &[Measured]) {
    let Measurement { lane, runs, subject } = measurement;
    match subject {
        Subject::Kernel(kernel, size) => {
            if let Some(one) = measured.first() {
                profile.kernel_mut(*kernel).tried(*size, one.computing_ns.max(1.0));
            }
        }
        Subject::Costs { with_data, figures } => {
            let probes = runs.iter().zip(figures).zip(measured).map(|((run, figure), measured)| {
                let probe = Probe { figure: *figure, scenario: run.scenario.clone(), lane: run.lane };
                (probe, measured.middle_ns())
            });
            let probes: Vec<(Probe, f64)> = probes.collect();
            let (lane, with_data) = (lane.base(), *with_data);
            let unknown = || LaneCosts { lane, with_data, costs: probes::unknown(), figures: Vec::new() };
            let mut known = profile.lane(lane, with_data).cloned().unwrap_or_else(unknown);
            let cores = Cores { count: profile.machine.cores.max(1), contention: 0.0 };
            probes::fit(&mut known.costs, &probes, profile, cores);
            known.figures.extend(figures);
            profile.set_lane(known);
        }
        Subject::Contention(kernel, size) => {
            let Some((run, one)) = runs.first().zip(measured.first()) else { return };
            // It hands out no data; and whatever else runs takes cores away, so the shortest counts.
            let known = profile.lane(*lane, false).or_else(|| profile.lane(*lane, true));
            let costs = known.map(|known| known.costs).unwrap_or_default();
            let share = probes::fit_contention(&run.scenario, lane.base(), one.shortest_ns(), profile, costs);
            profile.contentions.push(Contention { lane: lane.base(), kernel: *kernel, size: *size, share });
        }
    }
}

/// The sizes that tasks are dealt, as multiples of the mean, at which a kernel is tried out.
fn dealt(scenario: &ValidScenario) -> &'static [f64] {
    let spreads = scenario.groups.iter().flat_map(|group| &group.steps).map(|step| match step {
        Step::Compute(compute) => compute.spread,
        Step::Fetch(_) | Step::Bump(_) | Step::Call(_) => Spread::Even,
    });
    match spreads.max_by(|a, b| a.largest().total_cmp(&b.largest())) {
        Some(Spread::Heavy) => &[1.0, 0.5, 2.0, 4.0, 10.0],
        Some(Spread::Uniform) => &[1.0, 0.5, 1.5],
        Some(Spread::Even) | None => &[1.0],
    }
}

/// How often something is run in a lane: how often it counts, and how often before.
fn runs_in(lane: Lane) -> (u32, u32) {
    match lane.place {
        Place::Python | Place::Pyodide => (PYTHON_RUNS, 0),
        // A pool of ours is there from its second run on.
        Place::Native => (RUNS, u32::from(lane.model == Model::Processes)),
        // And a browser makes fast what has run for a while.
        Place::Browser => (BROWSER_RUNS, 1),
    }
}

fn repeated(scenario: ValidScenario, lane: Lane) -> Repeated {
    let (runs, warm_up) = runs_in(lane);
    Repeated { scenario, lane, times: runs + warm_up, warm_up }
}

/// A kernel at the next size that it was not tried at: some from short ones to longer, then those up to the one asked for.
fn trial(profile: &Profile, kernel: Kernel, lane: Lane, size: u64, spread: &[f64]) -> Option<Measurement> {
    let times = profile.kernel(kernel);
    let size = first_sizes(times, kernel, lane.place).or_else(|| {
        let sizes = spread.iter().map(|times| ((size as f64 * times).round() as u64).clamp(1, kernel.about().max_size));
        let is_wanted = |size: &u64| {
            times.is_none_or(|times| times.time_of(*size as f64) <= LONGEST_TRIAL_NS && !times.has_near(*size))
        };
        sizes.into_iter().find(is_wanted)
    })?;
    let trial_lane = Lane { model: Model::Sequential, ..lane.base() };
    let scenario = Trial::new(kernel, size, trial_lane).ok()?.scenario().clone();
    // It is itself several tasks; whatever is run before it counts is that of any run there.
    let (_, warm_up) = runs_in(trial_lane);
    let run = Repeated { scenario, lane: trial_lane, times: 1 + warm_up, warm_up };
    Some(Measurement { lane: trial_lane, runs: vec![run], subject: Subject::Kernel(kernel, size) })
}

/// The next of the sizes with which a kernel is come to know, as [`Calibration`] chooses them by the times of those before.
fn first_sizes(times: Option<&KernelTimes>, kernel: Kernel, place: Place) -> Option<u64> {
    let mut calibration = Calibration::new(kernel, place, f64::INFINITY);
    while let Some(size) = calibration.next_size() {
        match times.filter(|times| times.has_near(size)) {
            Some(times) => calibration.took(times.time_of(size as f64)),
            None => return Some(size),
        }
    }
    None
}

/// The probes of a lane whose figures are not known.
fn costs(profile: &Profile, lane: Lane, scenario: &ValidScenario) -> Option<Measurement> {
    let with_data = scenario.has_payload();
    let known = profile.lane(lane, with_data).map(|known| known.figures.as_slice()).unwrap_or_default();
    let wanted: Vec<Probe> =
        probes::probes(lane, scenario).into_iter().filter(|probe| !known.contains(&probe.figure)).collect();
    if wanted.is_empty() {
        return None;
    }
    let figures = wanted.iter().map(|probe| probe.figure).collect();
    let runs = wanted.into_iter().map(|probe| repeated(probe.scenario, probe.lane)).collect();
    Some(Measurement { lane: lane.base(), runs, subject: Subject::Costs { with_data, figures } })
}

/// All cores of a lane at a kernel of about this size.
fn contention(profile: &Profile, lane: Lane, kernel: Kernel, size: u64) -> Option<Measurement> {
    let known_ns = profile.kernel(kernel).map_or(0.0, |times| times.time_of(size as f64));
    let is_known = profile.contention(lane, kernel, size as f64).is_some();
    if is_known || !(LEAST_SHARED_NS..=LONGEST_TRIAL_NS).contains(&known_ns) {
        return None;
    }
    let for_ns = if lane.place == Place::Python { 120e6 } else { 40e6 };
    let scenario = probes::contention(lane, (kernel, size, known_ns), profile.machine.cores, for_ns)?;
    let run = repeated(scenario, lane.base());
    Some(Measurement { lane: lane.base(), runs: vec![run], subject: Subject::Contention(kernel, size) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::predict::Costs;

    /// A machine of two cores on which a run takes what the simulation says for these costs, and a kernel what is said.
    fn run(run: &Repeated, truth: &Profile, watch: &mut Watch) {
        let asked = Asked { scenario: &run.scenario, cores: None, file_bytes: 0 };
        for _ in 0..run.times {
            let prediction = asked.predict(run.lane, truth).expect("all is known of it");
            watch.saw(&Frame { spans: prediction.spans, ..Frame::default() });
            watch.ended(&prediction.report).expect("it ended well");
        }
    }

    /// The machine as it is.
    fn truth(lane: Lane) -> Profile {
        let mut truth = Profile::default();
        truth.machine.cores = 2;
        truth.kernel_mut(Kernel::Primes).tried(2, 1.0);
        truth.kernel_mut(Kernel::Primes).tried(10_000, 300_000.0);
        truth.kernel_mut(Kernel::Primes).tried(1_000_000, 200e6);
        for lane in [lane, Lane { model: Model::Sequential, ..lane }] {
            let costs = Costs { start: 100e3, worker: 50e3, task: 1e3, message: 20e3, wake: 50e3, ..Costs::default() };
            truth.set_lane(LaneCosts { lane, with_data: false, costs, figures: Vec::new() });
        }
        truth
    }

    #[test]
    fn everything_is_measured_once_and_then_the_machine_is_known() {
        let job = r#"{"lanes_scenario":2,"workers":2,"groups":[{"tasks":40,"steps":[{"compute":{"kernel":"primes","size":60000}}]}]}"#;
        let scenario = ValidScenario::from_json(job).expect("valid");
        for lane in [Lane::new(Place::Browser, Model::Threads), Lane::new(Place::Native, Model::Processes)] {
            let truth = truth(lane);
            let asked = Asked { scenario: &scenario, cores: None, file_bytes: 0 };
            let mut profile = Profile::default();
            profile.machine.cores = 2;
            let mut said = Vec::new();
            while let Some(measurement) = next(&profile, &asked, lane) {
                said.push(measurement.says());
                assert!(said.len() < 20, "it ends: {said:?}");
                let measured: Vec<Measured> = measurement
                    .runs
                    .iter()
                    .map(|one| {
                        let mut watch = measurement.watch(one);
                        run(one, &truth, &mut watch);
                        watch.measured()
                    })
                    .collect();
                took(&mut profile, &measurement, &measured);
            }
            let (known, real) = (asked.wall_ns(lane, &profile), asked.wall_ns(lane, &truth));
            let (known, real) = (known.expect("measured"), real.expect("it is"));
            assert!((known / real - 1.0).abs() < 0.03, "{lane}: {known} for {real}");
            for what in ["how fast", "what a run", "on all cores"] {
                assert!(said.iter().any(|said| said.contains(what)), "{lane}: {said:?}");
            }
        }
    }

    #[test]
    fn nothing_is_measured_for_what_cannot_be_said() {
        let urls =
            r#"{"lanes_scenario":2,"groups":[{"steps":[{"fetch":{"from":["http://example.org/"]}},{"compute":{}}]}]}"#;
        let computing = r#"{"lanes_scenario":2,"groups":[{"steps":[{"compute":{}}]}]}"#;
        for (job, place, why) in [(urls, Place::Native, "addresses"), (computing, Place::Pyodide, "page's CPython")] {
            let scenario = ValidScenario::from_json(job).expect("valid");
            let asked = Asked { scenario: &scenario, cores: None, file_bytes: 0 };
            let lane = Lane::new(place, Model::Threads);
            assert!(next(&Profile::default(), &asked, lane).is_none(), "{place:?}");
            let said = asked.predict(lane, &Profile::default()).expect_err("nobody knows").to_string();
            assert!(said.contains(why), "{said}");
        }
    }

    #[test]
    fn a_run_that_broke_teaches_nothing() {
        let lane = Lane::new(Place::Browser, Model::Sequential);
        let job = r#"{"lanes_scenario":2,"groups":[{"steps":[{"compute":{"kernel":"primes"}}]}]}"#;
        let scenario = ValidScenario::from_json(job).expect("valid");
        let asked = Asked { scenario: &scenario, cores: None, file_bytes: 0 };
        let measurement = next(&Profile::default(), &asked, lane).expect("nothing is known");
        let mut watch = measurement.watch(&measurement.runs[0]);
        let mut report = asked.predict(lane, &truth(lane)).expect("known").report;
        report.ending = Ending::Cancelled;
        assert_eq!(watch.ended(&report), Err(NotMeasured::Cancelled));
        report.ending = Ending::Complete;
        let nothing = watch.ended(&report).and_then(|()| watch.ended(&report));
        assert!(matches!(nothing, Err(NotMeasured::Broken { .. })), "no task of it computed");
    }
}
