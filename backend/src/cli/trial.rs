//! Tries a kernel out where a lane would run it: three tasks in the sequential lane of a place, of which the fastest
//! counts.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};

use lanes_core::{
    report::Ending,
    scenario::{Compute, Group, Kernel, Lane, Model, Place, Scenario, Step},
    trace::State,
};

use super::calibrate::{Speed, calibrate};
use crate::{
    python,
    runner::{CancelToken, Options, PythonOptions, Runner},
};

/// Tasks of one trial.
const TASKS: u32 = 3;

/// A kernel could not be tried out.
#[derive(Debug, thiserror::Error)]
#[error("how fast this machine computes could not be found out: {why}")]
pub(super) struct TrialError {
    why: String,
}

/// A size of a kernel that takes some 10 ms in a place, and the power of the size that its time grows with.
pub(super) fn first_guess(kernel: Kernel, place: Place) -> (u64, f64) {
    let (size, growth) = python::sample(kernel);
    (if place == Place::Python { size } else { kernel.about().default_size }, growth)
}

/// Whoever tries kernels out.
pub(super) struct Trial {
    options: Options,
    cancel: CancelToken,
}

impl Trial {
    /// With the interpreter that these options name, until it is cancelled.
    pub(super) fn new(python: PythonOptions, cancel: CancelToken) -> Self {
        Self { options: Options { python, ..Options::default() }, cancel }
    }

    /// How long a kernel takes in a place at sizes that take about so many nanoseconds.
    ///
    /// # Errors
    /// When it cannot be run there, or was cancelled.
    pub(super) fn speed(&self, kernel: Kernel, place: Place, aim_ns: f64) -> Result<Speed, TrialError> {
        calibrate(kernel, first_guess(kernel, place), aim_ns, |size| self.compute_ns(kernel, size, place))
    }

    /// How long a kernel of this size computes, in nanoseconds.
    ///
    /// # Errors
    /// When it cannot be run there, or was cancelled.
    pub(super) fn compute_ns(&self, kernel: Kernel, size: u64, place: Place) -> Result<f64, TrialError> {
        let compute = Compute { size, ..Compute::of(kernel) };
        let lane = Lane::new(place, Model::Sequential);
        let scenario = Scenario {
            title: "trial".into(),
            groups: vec![Group { tasks: TASKS, steps: vec![Step::Compute(compute)], ..Group::default() }],
            lanes: vec![lane],
            workers: 1,
            ..Scenario::default()
        };
        let broken = |why: String| TrialError { why };
        let scenario = scenario
            .validate()
            .map_err(|problems| broken(problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")))?;
        let times: Mutex<BTreeMap<u32, u64>> = Mutex::default();
        let report = Runner::new(self.options.clone()).run_lane(&scenario, lane, 1, &self.cancel, &|frame| {
            let mut times = times.lock().unwrap_or_else(PoisonError::into_inner);
            for span in frame.spans.iter().filter(|span| span.state == State::Compute) {
                *times.entry(span.task).or_default() += span.duration_ns();
            }
        });
        match report.ending {
            Ending::Complete => {}
            Ending::Cancelled => return Err(broken("it was cancelled".to_owned())),
            Ending::Broken(why) => return Err(broken(why)),
        }
        let times = times.into_inner().unwrap_or_else(PoisonError::into_inner);
        let fastest = times.values().min().ok_or_else(|| broken(format!("{lane} computed nothing")))?;
        Ok(*fastest as f64)
    }
}
