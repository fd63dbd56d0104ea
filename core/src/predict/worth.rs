//! What each part of a job is worth: how much faster a lane would be if one part of its work took a fifth less, and everything
//! else as long as before ("virtual speed-up"; Curtsinger and Berger, "Coz: Finding Code that Counts with Causal Profiling", SOSP
//! 2015, which slows everything else down instead, because it cannot do otherwise).

use serde::Serialize;

use super::{Asked, Cores, NotPredicted, Profile, wall_ns};
use crate::{
    plan::Plan,
    scenario::{Lane, Scenario, Step, ValidScenario},
};

/// By so much each part is shortened in turn.
pub const LESS: f64 = 0.2;

/// How much faster a lane would be, as a share of its wall time, if a part of the work took a fifth less; none where it has
/// nothing of the kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Worth {
    /// The time until answers.
    pub waiting: Option<f64>,
    /// The kernels.
    pub computing: Option<f64>,
    /// What the lane itself does: starting, handing out, messages, late timers.
    pub own_work: f64,
}

impl Asked<'_> {
    /// What each part of the job is worth in a lane of it.
    ///
    /// # Errors
    /// As [`wall_ns`].
    pub fn worth(&self, lane: Lane, profile: &Profile) -> Result<Worth, NotPredicted> {
        let plan = Plan::new(self.scenario.for_lane(lane));
        worth(self.scenario, lane, profile, self.cores(&plan, lane, profile), self.file_bytes)
    }
}

/// What each part is worth in a lane.
///
/// # Errors
/// As [`wall_ns`].
pub(super) fn worth(
    scenario: &ValidScenario,
    lane: Lane,
    profile: &Profile,
    cores: Cores,
    file_bytes: u64,
) -> Result<Worth, NotPredicted> {
    let takes = |scenario: &ValidScenario, profile: &Profile| {
        let plan = Plan::new(scenario.for_lane(lane));
        wall_ns(&plan, lane, profile, cores, file_bytes)
    };
    let now = takes(scenario, profile)?.max(1.0);
    let gain = |then: f64| (1.0 - then / now).max(0.0);
    let steps = || scenario.groups.iter().flat_map(|group| &group.steps);
    let mut worth = Worth::default();
    if steps().any(|step| matches!(step, Step::Fetch(_))) {
        let mut sooner: Scenario = (**scenario).clone();
        for step in sooner.groups.iter_mut().flat_map(|group| &mut group.steps) {
            if let Step::Fetch(fetch) = step {
                fetch.latency_ms *= 1.0 - LESS;
            }
        }
        // Less of what is valid is valid.
        let sooner = sooner.validate().ok();
        worth.waiting = sooner.map(|sooner| takes(&sooner, profile)).transpose()?.map(gain);
    }
    if steps().any(|step| matches!(step, Step::Compute(_))) {
        let mut faster = profile.clone();
        let times = faster.kernels.iter_mut().flat_map(|kernel| &mut kernel.times);
        times.for_each(|(_, ns)| *ns *= 1.0 - LESS);
        worth.computing = Some(gain(takes(scenario, &faster)?));
    }
    let mut lighter = profile.clone();
    lighter.lanes.iter_mut().for_each(|known| known.costs = known.costs.times(1.0 - LESS));
    worth.own_work = gain(takes(scenario, &lighter)?);
    Ok(worth)
}
