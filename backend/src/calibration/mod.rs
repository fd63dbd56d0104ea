//! Calibrates this machine for predictions: runs the probes of [`lanes_core::predict`] and tries kernels out, and keeps what
//! came of it.
//!
//! ```text
//! scenario ─▶ what is not known yet? ─▶ probes, kernels ─run here─▶ profile of each place ─▶ kept in a file
//! ```

mod kept;

use lanes_core::{
    plan::Plan,
    predict::{self, Cores, NotPredicted, Prediction, Profile, probes},
    report::Ending,
    scenario::{Chunk, Compute, Group, Kernel, Lane, Model, Place, Repeats, Scenario, Step, ValidScenario},
};

pub(crate) use self::kept::{Kept, default_path};
use crate::{
    machine::machine,
    python::{self, Candidate},
    runner::{CancelToken, Options, Runner},
    trial::{Trial, TrialError},
};

/// How often a probe is run; the middle one counts.
const NATIVE_RUNS: usize = 5;
const PYTHON_RUNS: usize = 3;

/// The longest that a kernel is tried out at the very size that is asked for, in nanoseconds.
const LONGEST_TRIAL_NS: f64 = 250e6;
/// What is shorter says nothing about cores that get in each other's way, in nanoseconds.
const LEAST_SHARED_NS: f64 = 500e3;

/// This machine could not be calibrated.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CalibrationError {
    /// A kernel cannot be run.
    #[error(transparent)]
    Trial(#[from] TrialError),
    /// A probe did not end.
    #[error("{lane} could not be measured: {why}")]
    Probe {
        /// Where.
        lane: Lane,
        /// What its run said.
        why: String,
    },
    /// Somebody cancelled it; what was found out before is kept.
    #[error("cancelled before this machine was measured")]
    Cancelled,
}

/// Measures this machine.
pub(crate) struct Calibrator<'a> {
    runner: Runner,
    trial: Trial,
    cancel: CancelToken,
    candidates: &'a [Candidate],
    /// What is known already.
    pub(crate) kept: Kept,
    runs: u32,
}

impl<'a> Calibrator<'a> {
    /// With these interpreters, beginning with what is known.
    pub(crate) fn new(options: Options, candidates: &'a [Candidate], cancel: CancelToken, kept: Kept) -> Self {
        let options = Options { recording: true, file: None, ..options };
        let trial = Trial::new(options.python.clone(), cancel.clone());
        Self { runner: Runner::new(options), trial, cancel, candidates, kept, runs: 0 }
    }

    /// Where a lane is measured, by name: interpreters are places of their own.
    pub(crate) fn place(&self, lane: Lane) -> String {
        match lane.place {
            Place::Python => python::choose(self.candidates, lane)
                .map_or_else(|_| lane.place.id().to_owned(), |python| python.name()),
            place => place.id().to_owned(),
        }
    }

    /// Finds out what is not known yet of one lane of a scenario. `say` is told what is measured next.
    ///
    /// # Errors
    /// When it cannot be run here.
    pub(crate) fn calibrate(
        &mut self,
        scenario: &ValidScenario,
        lane: Lane,
        file_bytes: u64,
        say: &mut dyn FnMut(&str),
    ) -> Result<(), CalibrationError> {
        let place = self.place(lane);
        let plan = Plan::new(scenario.for_lane(lane));
        // What slows cores down that compute together is looked at natively; it is the machine's, not the language's.
        for (kernel, size) in predict::kernels(&plan, file_bytes) {
            let size = (size.round() as u64).clamp(1, kernel.about().max_size);
            self.kernel(kernel, lane, size, say)?;
        }
        let wanted: Vec<probes::Probe> = probes::probes(lane, scenario)
            .into_iter()
            .filter(|probe| !self.kept.is_known(&place, lane, probe.figure))
            .collect();
        if wanted.is_empty() {
            return Ok(());
        }
        say(&format!("{lane}: what a run, a worker, a task cost"));
        let mut costs = self.kept.profile(&place, &machine()).costs(lane).unwrap_or_else(probes::unknown);
        let mut measured = Vec::new();
        for probe in wanted {
            let wall_ns = self.run(&probe.scenario, probe.lane)?;
            measured.push((probe, wall_ns));
        }
        let profile = self.kept.profile(&place, &machine());
        let cores = Cores { count: profile.machine.cores.max(1), contention: 0.0 };
        probes::fit(&mut costs, &measured, profile, cores);
        profile.set_costs(lane, costs);
        measured.iter().for_each(|(probe, _)| self.kept.knows(&place, lane, probe.figure));
        Ok(())
    }

    /// What a lane of a scenario would take, on this machine or on one with so many cores.
    ///
    /// # Errors
    /// Why that cannot be said.
    pub(crate) fn predict(
        &mut self,
        scenario: &ValidScenario,
        lane: Lane,
        cores: Option<u32>,
        file_bytes: u64,
    ) -> Result<Prediction, NotPredicted> {
        let plan = Plan::new(scenario.for_lane(lane));
        let place = self.place(lane);
        let profile = self.kept.profile(&place, &machine());
        let known = profile.cores(predict::kernels(&plan, file_bytes).into_iter().map(|(kernel, _)| kernel));
        let cores = Cores { count: cores.unwrap_or(known.count), ..known };
        predict::predict(&plan, lane, profile, cores, file_bytes)
    }

    /// Tries a kernel out at sizes up to the one that is asked for.
    fn kernel(
        &mut self,
        kernel: Kernel,
        lane: Lane,
        size: u64,
        say: &mut dyn FnMut(&str),
    ) -> Result<(), CalibrationError> {
        let place = self.place(lane);
        let near = |profile: &Profile| profile.kernel(kernel).is_some_and(|times| times.reach(size as f64) <= 1.01);
        if near(self.kept.profile(&place, &machine())) {
            return Ok(());
        }
        say(&format!("{place}: how fast {} is", kernel.about().title));
        let trial_lane = Lane { model: Model::Sequential, ..lane.base() };
        let is_new = self.kept.profile(&place, &machine()).kernel(kernel).is_none();
        if is_new {
            let mut tried = Vec::new();
            self.trial.each(kernel, trial_lane, |size, ns| tried.push((size, ns)))?;
            let times = self.kept.profile(&place, &machine()).kernel_mut(kernel);
            tried.into_iter().for_each(|(size, ns)| times.tried(size, ns));
        }
        // The size itself, and one at half of it for tasks that are dealt around it.
        for size in [size, size / 2, size.saturating_mul(2).min(kernel.about().max_size)] {
            let known_ns = self.kept.profile(&place, &machine()).kernel(kernel).map(|times| times.time_of(size as f64));
            if size > 0 && known_ns.is_some_and(|ns| ns <= LONGEST_TRIAL_NS) {
                let ns = self.trial.compute_ns(kernel, size, trial_lane)?;
                self.kept.profile(&place, &machine()).kernel_mut(kernel).tried(size, ns);
            }
        }
        if is_new {
            let contention = self.contention(kernel, size)?;
            self.kept.profile(&place, &machine()).kernel_mut(kernel).contention = contention;
        }
        Ok(())
    }

    /// How much cores that all compute a kernel get in each other's way, natively.
    fn contention(&mut self, kernel: Kernel, size: u64) -> Result<f64, CalibrationError> {
        let cores = machine().cores.max(1);
        let native = Lane::native(Model::Sequential);
        let mut one_ns = self.trial.compute_ns(kernel, size, native)?;
        if cores < 2 || !(LEAST_SHARED_NS..=LONGEST_TRIAL_NS).contains(&one_ns) {
            return Ok(0.0);
        }
        let tasks = ((40e6 / one_ns) as u32).clamp(2, 20) * cores;
        let scenario = Scenario {
            title: "cores".into(),
            groups: vec![Group {
                tasks,
                steps: vec![Step::Compute(Compute { size, ..Compute::of(kernel) })],
                ..Group::default()
            }],
            lanes: vec![Lane::native(Model::Threads)],
            workers: cores,
            chunk: Chunk::Auto,
            repeats: Repeats::Fixed(1),
            warmup: 0,
            ..Scenario::default()
        };
        let Ok(scenario) = scenario.validate() else { return Ok(0.0) };
        let wall_ns = self.run(&scenario, Lane::native(Model::Threads))?;
        one_ns = one_ns.min(self.trial.compute_ns(kernel, size, native)?);
        Ok(Cores::contention_of(cores, f64::from(tasks) * one_ns / wall_ns))
    }

    /// The wall time of some runs of a scenario, the middle one of them.
    fn run(&mut self, scenario: &ValidScenario, lane: Lane) -> Result<f64, CalibrationError> {
        let runs = if lane.place == Place::Python { PYTHON_RUNS } else { NATIVE_RUNS };
        // A pool of ours is there from its second run on.
        let warm_up = usize::from(lane.place == Place::Native && lane.model == Model::Processes);
        let mut walls = Vec::new();
        for run in 0..warm_up + runs {
            self.runs += 1;
            let report = self.runner.run_lane(scenario, lane, self.runs, &self.cancel, &|_| {});
            match report.ending {
                Ending::Complete => {}
                Ending::Cancelled => return Err(CalibrationError::Cancelled),
                Ending::Broken(why) => return Err(CalibrationError::Probe { lane, why }),
            }
            if run >= warm_up {
                walls.push(report.wall_ns);
            }
        }
        walls.sort_unstable();
        Ok(walls[walls.len() / 2] as f64)
    }
}
