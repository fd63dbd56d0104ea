//! Calibrates this machine for predictions: runs what [`lanes_core::predict::measure`] asks for, and keeps what came of it.
//!
//! ```text
//! scenario ─▶ what is not known yet? ─▶ probes, kernels ─run here─▶ profile of each place ─▶ kept in a file
//! ```

mod kept;

use std::{
    path::Path,
    sync::{Mutex, PoisonError},
};

use lanes_core::{
    predict::{
        Asked, NotPredicted, Prediction, Profile,
        measure::{self, Measured, Measurement, NotMeasured},
        worth::Worth,
    },
    scenario::{Lane, Place},
};

pub(crate) use self::kept::{Kept, OtherMachine, default_path};
use crate::{
    machine::machine,
    other_work::{OtherWork, WORTH_SAYING_PERCENT},
    python::{self, Candidate},
    runner::{CancelToken, Options, Runner},
};

/// Measures this machine.
pub(crate) struct Calibrator<'a> {
    runner: Runner,
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
        Self {
            runner: Runner::new(Options { recording: true, file: None, ..options }),
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
    ) -> Result<(), NotMeasured> {
        let place = self.place(lane);
        while let Some(measurement) = measure::next(self.kept.profile(&place, &machine()), asked, lane) {
            say(&measurement.says());
            let measured = self.run(&measurement)?;
            measure::took(self.kept.profile(&place, &machine()), &measurement, &measured);
        }
        Ok(())
    }

    /// What a lane of a scenario would take, on this machine or on one with so many cores.
    ///
    /// # Errors
    /// Why that cannot be said.
    pub(crate) fn predict(&mut self, asked: &Asked<'_>, lane: Lane) -> Result<Prediction, NotPredicted> {
        asked.predict(lane, self.of(lane))
    }

    /// The same without its timeline: the wall time, in nanoseconds.
    ///
    /// # Errors
    /// As above.
    pub(crate) fn wall_ns(&mut self, asked: &Asked<'_>, lane: Lane) -> Result<f64, NotPredicted> {
        asked.wall_ns(lane, self.of(lane))
    }

    /// What each part of a scenario is worth in a lane.
    ///
    /// # Errors
    /// As above.
    pub(crate) fn worth(&mut self, asked: &Asked<'_>, lane: Lane) -> Result<Worth, NotPredicted> {
        asked.worth(lane, self.of(lane))
    }

    /// What is known of the place of a lane.
    fn of(&mut self, lane: Lane) -> &Profile {
        let place = self.kept.like(&self.place(lane));
        self.kept.profile(&place, &machine())
    }

    /// Runs what is to be measured.
    fn run(&mut self, measurement: &Measurement) -> Result<Vec<Measured>, NotMeasured> {
        self.has_measured = true;
        let runs = &measurement.runs;
        runs.iter()
            .map(|repeated| {
                let watch = Mutex::new(measurement.watch(repeated));
                let locked = || watch.lock().unwrap_or_else(PoisonError::into_inner);
                for _ in 0..repeated.times {
                    self.runs += 1;
                    let (scenario, lane) = (&repeated.scenario, repeated.lane);
                    let saw = |frame| locked().saw(&frame);
                    let report = self.runner.run_lane(scenario, lane, self.runs, &self.cancel, &saw);
                    locked().ended(&report)?;
                }
                Ok(watch.into_inner().unwrap_or_else(PoisonError::into_inner).measured())
            })
            .collect()
    }
}
