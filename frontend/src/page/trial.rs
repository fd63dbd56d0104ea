//! Trying a kernel out where a lane would run it: the size that takes so many milliseconds here.

use std::cell::RefCell;

use lanes_core::{
    calibrate::{Calibration, Speed, Trial},
    report::{LaneResult, RunReport},
    run::rounds::Turn,
    scenario::{Kernel, Lane, Model, Place},
    wire::Frame,
};

use super::{
    run::{RunError, Runner},
    state::Phase,
};
use crate::session::{SessionControl, SessionObserver, SessionRunner};

/// Why it is not known how fast a kernel is.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TrialError {
    /// Nothing can be run now.
    #[error(transparent)]
    NotRun(#[from] RunError),
    /// It was run, and ended badly.
    #[error("How fast this computes could not be found out: {0}")]
    Broken(String),
}

/// Tells a trial what is recorded; nothing of it is shown.
struct Watcher(RefCell<Trial>);

impl SessionObserver for Watcher {
    fn begins(&self, _turn: &Turn) {}

    fn held(&self, _lane: usize, _why: Option<String>) {}

    fn frame(&self, _lane: usize, frame: &Frame) {
        self.0.borrow_mut().saw(frame);
    }

    fn ended(&self, _lane: usize, _report: &RunReport, _results: &[LaneResult]) {}

    fn draws(&self) -> bool {
        false
    }
}

impl Runner {
    /// How fast a kernel is in a place, found out with sizes that take about so many nanoseconds. The page is busy meanwhile,
    /// and can be told to cancel; the results and the timeline of the last run stay.
    ///
    /// # Errors
    /// When something else runs, or the kernel cannot be run there.
    pub async fn try_out(self, kernel: Kernel, place: Place, aim_ns: f64) -> Result<Speed, TrialError> {
        let (mut session, control) = self.take_session(Phase::Trying)?;
        let found = calibrate(&mut session, &control, (kernel, place, aim_ns)).await;
        self.put_back(session);
        found.map_err(TrialError::Broken)
    }
}

async fn calibrate(
    session: &mut SessionRunner,
    control: &SessionControl,
    (kernel, place, aim_ns): (Kernel, Place, f64),
) -> Result<Speed, String> {
    let mut calibration = Calibration::new(kernel, place, aim_ns);
    while let Some(size) = calibration.next_size() {
        let trial = Trial::new(kernel, size, Lane::new(place, Model::Sequential)).map_err(|_| "it has no such size")?;
        let scenario = trial.scenario().clone();
        let watcher = Watcher(RefCell::new(trial));
        let end = session.run(&scenario, None, control, &watcher).await;
        let lane = end.lanes.first().ok_or("there was no lane")?;
        calibration.took(watcher.0.borrow().took_ns(&lane.ending)?);
    }
    calibration.speed().ok_or_else(|| "nothing was tried".to_owned())
}
