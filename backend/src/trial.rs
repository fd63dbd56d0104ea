//! Tries kernels out on this machine, natively or in CPython.

use std::sync::{Mutex, PoisonError};

use lanes_core::{
    calibrate::{self, Calibration, Speed},
    report::Ending,
    scenario::{Kernel, Lane, Model, Place, Problem},
};

use crate::runner::{CancelToken, Options, PythonOptions, Runner};

/// A kernel could not be tried out.
#[derive(Debug, thiserror::Error)]
#[error("how fast this machine computes could not be found out: {why}")]
pub(crate) struct TrialError {
    why: String,
}

/// Whoever tries kernels out.
pub(crate) struct Trial {
    options: Options,
    cancel: CancelToken,
}

impl Trial {
    /// With the interpreter that these options name, until it is cancelled.
    pub(crate) fn new(python: PythonOptions, cancel: CancelToken) -> Self {
        Self { options: Options { python, ..Options::default() }, cancel }
    }

    /// How long a kernel takes in a place at sizes that take about so many nanoseconds.
    ///
    /// # Errors
    /// When it cannot be run there, or was cancelled.
    pub(crate) fn speed(&self, kernel: Kernel, place: Place, aim_ns: f64) -> Result<Speed, TrialError> {
        self.calibrate(kernel, place, Calibration::new(kernel, place, aim_ns))
    }

    /// The same by one trial, of at most this size.
    ///
    /// # Errors
    /// As above.
    pub(crate) fn quick_speed(&self, kernel: Kernel, place: Place, most: u64) -> Result<Speed, TrialError> {
        self.calibrate(kernel, place, Calibration::once(kernel, place, most))
    }

    fn calibrate(&self, kernel: Kernel, place: Place, mut calibration: Calibration) -> Result<Speed, TrialError> {
        while let Some(size) = calibration.next_size() {
            calibration.took(self.compute_ns(kernel, size, Lane::new(place, Model::Sequential))?);
        }
        calibration.speed().ok_or_else(|| TrialError { why: "nothing was tried".to_owned() })
    }

    /// How long it takes at its fastest, in nanoseconds.
    fn compute_ns(&self, kernel: Kernel, size: u64, lane: Lane) -> Result<f64, TrialError> {
        let (trial, ending) = self.run(kernel, size, lane)?;
        trial.took_ns(&ending).map_err(|why| TrialError { why })
    }

    fn run(&self, kernel: Kernel, size: u64, lane: Lane) -> Result<(calibrate::Trial, Ending), TrialError> {
        let invalid = |problems: Vec<Problem>| TrialError {
            why: problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "),
        };
        let trial = calibrate::Trial::new(kernel, size, lane).map_err(invalid)?;
        let (scenario, lane) = (trial.scenario().clone(), trial.lane());
        let trial = Mutex::new(trial);
        let report = Runner::new(self.options.clone()).run_lane(&scenario, lane, 1, &self.cancel, &|frame| {
            trial.lock().unwrap_or_else(PoisonError::into_inner).saw(&frame);
        });
        Ok((trial.into_inner().unwrap_or_else(PoisonError::into_inner), report.ending))
    }
}
