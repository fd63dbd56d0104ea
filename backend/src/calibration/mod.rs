//! Calibrates this machine for predictions: runs the probes of [`lanes_core::predict`] and tries kernels out, and keeps what
//! came of it.
//!
//! ```text
//! scenario ─▶ what is not known yet? ─▶ probes, kernels ─run here─▶ profile of each place ─▶ kept in a file
//! ```

mod kept;

use std::path::Path;

use lanes_core::{
    plan::Plan,
    predict::{
        self, Contention, Cores, LaneCosts, NotPredicted, Prediction, Profile, probes,
        worth::{Worth, worth},
    },
    report::Ending,
    scenario::{Kernel, Lane, Model, Place, Spread, Step, ValidScenario},
};

pub(crate) use self::kept::{Kept, OtherMachine, default_path};
use crate::{
    machine::machine,
    other_work::{OtherWork, WORTH_SAYING_PERCENT},
    python::{self, Candidate},
    runner::{CancelToken, Options, Runner},
    trial::{Trial, TrialError},
};

/// How often a probe is run.
const NATIVE_RUNS: usize = 5;
const PYTHON_RUNS: usize = 2;

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
    /// Somebody cancelled it.
    #[error("cancelled before this machine was measured")]
    Cancelled,
}

/// What is asked about.
#[derive(Clone, Copy)]
pub(crate) struct Asked<'a> {
    pub(crate) scenario: &'a ValidScenario,
    /// The cores of the machine; as many as it has, unless it is said.
    pub(crate) cores: Option<u32>,
    /// The length of the file that tasks work on.
    pub(crate) file_bytes: u64,
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

/// Measures this machine.
pub(crate) struct Calibrator<'a> {
    runner: Runner,
    trial: Trial,
    /// What others had of the machine meanwhile.
    other_work: OtherWork,
    cancel: CancelToken,
    candidates: &'a [Candidate],
    /// What is known already.
    pub(crate) kept: Kept,
    has_measured: bool,
    runs: u32,
}

impl<'a> Calibrator<'a> {
    /// With these interpreters, beginning with what is known.
    pub(crate) fn new(options: Options, candidates: &'a [Candidate], cancel: CancelToken, kept: Kept) -> Self {
        let options = Options { recording: true, file: None, ..options };
        let trial = Trial::new(options.python.clone(), cancel.clone());
        Self {
            runner: Runner::new(options),
            trial,
            other_work: OtherWork::begin(),
            cancel,
            candidates,
            kept,
            has_measured: false,
            runs: 0,
        }
    }

    /// Keeps what is known, unless others had so much of the machine meanwhile that it says too little: what is wrong then.
    ///
    /// # Errors
    /// Why it was not kept, in a sentence.
    pub(crate) fn keep(&self, path: Option<&Path>) -> Result<(), String> {
        let Some(path) = path else { return Ok(()) };
        if !self.has_measured {
            return Ok(());
        }
        if let Some(percent) = self.other_work.percent().filter(|percent| *percent >= WORTH_SAYING_PERCENT) {
            return Err(format!(
                "Other programs had {percent} % of this machine while it was measured, so predictions may be far off, and what \
                 was measured is not kept."
            ));
        }
        let why = |cause| format!("What was measured could not be kept in {}: {cause}.", path.display());
        self.kept.write(path).map_err(why)
    }

    /// Where a lane is measured, by name: interpreters are places of their own.
    pub(crate) fn place(&self, lane: Lane) -> String {
        match lane.place {
            Place::Python => {
                let chosen = python::choose(self.candidates, lane);
                // Without one that has no lock, what is known of the one that has.
                let locked = || python::choose(self.candidates, Lane::python(lane.model));
                let chosen = if lane.interpreter.is_free_threaded() { chosen.or_else(|_| locked()) } else { chosen };
                chosen.map_or_else(|_| lane.place.id().to_owned(), |python| python.name())
            }
            place => place.id().to_owned(),
        }
    }

    /// Finds out what is not known yet of one lane of a scenario. `say` is told what is measured next.
    ///
    /// # Errors
    /// When it cannot be run here.
    pub(crate) fn calibrate(
        &mut self,
        asked: &Asked<'_>,
        lane: Lane,
        say: &mut dyn FnMut(&str),
    ) -> Result<(), CalibrationError> {
        let Asked { scenario, file_bytes, .. } = *asked;
        let place = self.place(lane);
        let plan = Plan::new(scenario.for_lane(lane));
        let kernels: Vec<(Kernel, u64)> = predict::kernels(&plan, file_bytes)
            .into_iter()
            .map(|(kernel, size)| (kernel, (size.round() as u64).clamp(1, kernel.about().max_size)))
            .collect();
        for (kernel, size) in &kernels {
            self.kernel(*kernel, lane, *size, dealt(scenario), say)?;
        }
        let with_data = scenario.has_payload();
        let known = self.kept.profile(&place, &machine()).lane(lane, with_data);
        let known = known.map(|known| known.figures.clone()).unwrap_or_default();
        let wanted: Vec<probes::Probe> =
            probes::probes(lane, scenario).into_iter().filter(|probe| !known.contains(&probe.figure)).collect();
        if !wanted.is_empty() {
            say(&format!("{lane}: what a run, a worker, a task cost"));
            self.probe(&place, lane, with_data, wanted)?;
        }
        for (kernel, size) in kernels {
            self.contention(lane, kernel, size, with_data)?;
        }
        Ok(())
    }

    /// Runs probes of a lane and fits its costs to them.
    fn probe(
        &mut self,
        place: &str,
        lane: Lane,
        with_data: bool,
        wanted: Vec<probes::Probe>,
    ) -> Result<(), CalibrationError> {
        let mut measured = Vec::new();
        for probe in wanted {
            let walls = self.run(&probe.scenario, probe.lane)?;
            // The middle one; of two the shorter.
            measured.push((probe, walls[(walls.len() - 1) / 2] as f64));
        }
        let profile = self.kept.profile(place, &machine());
        let unknown = || LaneCosts { lane: lane.base(), with_data, costs: probes::unknown(), figures: Vec::new() };
        let mut known = profile.lane(lane, with_data).cloned().unwrap_or_else(unknown);
        let cores = Cores { count: profile.machine.cores.max(1), contention: 0.0 };
        probes::fit(&mut known.costs, &measured, profile, cores);
        known.figures.extend(measured.iter().map(|(probe, _)| probe.figure));
        profile.set_lane(known);
        Ok(())
    }

    /// What a lane of a scenario would take, on this machine or on one with so many cores.
    ///
    /// # Errors
    /// Why that cannot be said.
    pub(crate) fn predict(&mut self, asked: &Asked<'_>, lane: Lane) -> Result<Prediction, NotPredicted> {
        let plan = Plan::new(asked.scenario.for_lane(lane));
        let (profile, cores) = self.of(&plan, lane, asked);
        predict::predict(&plan, lane, profile, cores, asked.file_bytes)
    }

    /// The same without its timeline: the wall time, in nanoseconds.
    ///
    /// # Errors
    /// As above.
    pub(crate) fn wall_ns(&mut self, asked: &Asked<'_>, lane: Lane) -> Result<f64, NotPredicted> {
        let plan = Plan::new(asked.scenario.for_lane(lane));
        let (profile, cores) = self.of(&plan, lane, asked);
        predict::wall_ns(&plan, lane, profile, cores, asked.file_bytes)
    }

    /// What each part of a scenario is worth in a lane.
    ///
    /// # Errors
    /// As above.
    pub(crate) fn worth(&mut self, asked: &Asked<'_>, lane: Lane) -> Result<Worth, NotPredicted> {
        let plan = Plan::new(asked.scenario.for_lane(lane));
        let (profile, cores) = self.of(&plan, lane, asked);
        worth(asked.scenario, lane, profile, cores, asked.file_bytes)
    }

    /// What is known of the place of a lane, and the cores that it has there.
    fn of(&mut self, plan: &Plan, lane: Lane, asked: &Asked<'_>) -> (&Profile, Cores) {
        let place = self.kept.like(&self.place(lane));
        let profile = self.kept.profile(&place, &machine());
        let known = profile.cores(lane, &predict::kernels(plan, asked.file_bytes));
        (profile, Cores { count: asked.cores.unwrap_or(known.count), ..known })
    }

    /// Tries a kernel out at sizes up to the one that is asked for.
    fn kernel(
        &mut self,
        kernel: Kernel,
        lane: Lane,
        size: u64,
        spread: &[f64],
        say: &mut dyn FnMut(&str),
    ) -> Result<(), CalibrationError> {
        let place = self.place(lane);
        let wanted: Vec<u64> = spread
            .iter()
            .map(|times| ((size as f64 * times).round() as u64).clamp(1, kernel.about().max_size))
            .filter(|size| {
                let times = self.kept.profile(&place, &machine()).kernel(kernel);
                let is_short = times.is_none_or(|times| times.time_of(*size as f64) <= LONGEST_TRIAL_NS);
                is_short && !times.is_some_and(|times| times.has_near(*size))
            })
            .collect();
        if wanted.is_empty() {
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
        for size in wanted {
            // What seemed short before anything was tried may not be.
            let known_ns = self.kept.profile(&place, &machine()).kernel(kernel).map(|times| times.time_of(size as f64));
            if known_ns.is_some_and(|ns| ns <= LONGEST_TRIAL_NS) {
                let ns = self.trial.typical_ns(kernel, size, trial_lane)?;
                self.kept.profile(&place, &machine()).kernel_mut(kernel).tried(size, ns);
            }
        }
        Ok(())
    }

    /// How much the cores of a lane get in each other's way with a kernel of about this size.
    fn contention(&mut self, lane: Lane, kernel: Kernel, size: u64, with_data: bool) -> Result<(), CalibrationError> {
        let place = self.place(lane);
        let profile = self.kept.profile(&place, &machine());
        let known_ns = profile.kernel(kernel).map_or(0.0, |times| times.time_of(size as f64));
        let is_known = profile.contention(lane, kernel, size as f64).is_some();
        if is_known || !(LEAST_SHARED_NS..=LONGEST_TRIAL_NS).contains(&known_ns) {
            return Ok(());
        }
        let for_ns = if lane.place == Place::Python { 120e6 } else { 40e6 };
        let cores = profile.machine.cores;
        let Some(scenario) = probes::contention(lane, (kernel, size, known_ns), cores, for_ns) else { return Ok(()) };
        // Whatever else runs takes cores away, so the shortest counts.
        let wall_ns = self.run(&scenario, lane.base())?[0] as f64;
        let profile = self.kept.profile(&place, &machine());
        // It hands out no data.
        let known = profile.lane(lane, false).or_else(|| profile.lane(lane, with_data));
        let costs = known.map(|known| known.costs).unwrap_or_default();
        let share = probes::fit_contention(&scenario, lane.base(), wall_ns, profile, costs);
        profile.contentions.push(Contention { lane: lane.base(), kernel, size, share });
        Ok(())
    }

    /// The wall times of some runs of a scenario, the shortest first.
    fn run(&mut self, scenario: &ValidScenario, lane: Lane) -> Result<Vec<u64>, CalibrationError> {
        let runs = if lane.place == Place::Python { PYTHON_RUNS } else { NATIVE_RUNS };
        // A pool of ours is there from its second run on.
        let warm_up = usize::from(lane.place == Place::Native && lane.model == Model::Processes);
        self.has_measured = true;
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
        Ok(walls)
    }
}
