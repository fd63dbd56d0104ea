//! A job under all its lanes, worked out: what each would take, which to take then, and what would change that. And the same as a
//! question and an answer in bytes, for whoever lets another thread work it out.

use serde::{Deserialize, Serialize};

use super::{
    Asked, BreakEven, Prediction, Profile, break_evens,
    measure::{self, Measured, Measurement},
    what_if::WhatIf,
};
use crate::{
    present::times,
    report::LaneResult,
    result::Machine,
    scenario::{Interpreter, Lane, ValidScenario},
    sweep::Axis,
    verdict,
};

/// Beyond so many times what was measured, a prediction says how far it goes.
const FAR: f64 = 2.0;

/// How far a prediction of this [reach](Prediction::reach) goes, in a sentence, where that is far.
#[must_use]
pub fn far(lane: Lane, reach: f64) -> Option<String> {
    (reach > FAR).then(|| {
        let times = times(reach);
        format!(
            "{lane}: what it computes is {times} as large or as small as anything that was tried, so the range says too little."
        )
    })
}

/// Break-evens are looked for along these.
const LOOKED_ALONG: [Axis; 5] = [Axis::Tasks, Axis::Size, Axis::LatencyMs, Axis::Workers, Axis::Concurrency];

impl Prediction {
    /// As the result of a lane, whose repeats are all alike.
    #[must_use]
    pub fn result(&self, lane: Lane) -> LaneResult {
        LaneResult::new(lane, &[], &[self.report.clone(), self.report.clone()])
    }
}

/// What is known of a place, in the form of [`crate::wire`]: whoever only keeps it need not know what is in it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Known {
    /// The cores of the machine.
    pub cores: u32,
    /// A [`Profile`]; empty where nothing is known yet.
    pub profile: Vec<u8>,
}

/// A question.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Question {
    /// What has to be measured next of a lane? The answer is an `Option<Measurement>`.
    Next {
        /// What is known of its place.
        known: Known,
        /// The job.
        scenario: ValidScenario,
        /// The lane.
        lane: Lane,
        /// The length of the file that tasks work on.
        file_bytes: u64,
    },
    /// What is known after a measurement? The answer is a [`Known`].
    Took {
        /// What was known.
        known: Known,
        /// What was measured.
        measurement: Measurement,
        /// What was seen.
        measured: Vec<Measured>,
    },
    /// What would a job take? The answer is a [`Forecast`], or the sentence why there is none.
    Forecast {
        /// What is known, by [`place`].
        known: Vec<(String, Known)>,
        /// The job.
        scenario: ValidScenario,
        /// What is changed of it.
        what_if: WhatIf,
        /// The length of the file that tasks work on.
        file_bytes: u64,
    },
}

/// What a job would take.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Forecast {
    /// Each lane of the job, in its order.
    pub lanes: Vec<(Lane, Result<Takes, String>)>,
    /// The lane to take then.
    pub best: Option<Lane>,
    /// Where another lane would be the fastest, in words.
    pub changes: Vec<String>,
}

/// What a lane would take.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Takes {
    /// The wall time, in nanoseconds.
    pub wall_ns: u64,
    /// [`Prediction::interval_ns`].
    pub interval_ns: [u64; 2],
    /// [`Prediction::reach`].
    pub reach: f64,
}

/// The name of the place where a lane is measured: kernels and a run cost the same there, whatever the model.
#[must_use]
pub fn place(lane: Lane) -> String {
    let place = lane.place.id();
    match lane.interpreter {
        Interpreter::Any => place.to_owned(),
        Interpreter::FreeThreaded => format!("{place}, free-threaded"),
        Interpreter::Exact { minor, free_threaded } => {
            format!("{place} 3.{minor}{}", if free_threaded { "t" } else { "" })
        }
    }
}

/// Where another lane of a job would be the fastest. `wall_ns` says how long a lane takes, as far as that is known; `goes_on`
/// whether there is time for another look.
pub fn changes(
    asked: &Asked<'_>,
    mut wall_ns: impl FnMut(&Asked<'_>, Lane) -> Option<f64>,
    goes_on: impl Fn() -> bool,
) -> Vec<BreakEven> {
    break_evens(asked.scenario, &LOOKED_ALONG, |varied| {
        let varied = Asked { scenario: varied, ..*asked };
        // What was not worked out in time is not known.
        let lanes = varied.scenario.lanes.iter().filter(|lane| lane.is_recommendable() && goes_on());
        lanes.filter_map(|lane| Some((*lane, wall_ns(&varied, *lane)?))).collect()
    })
}

/// Works a job out. `goes_on` says whether there is time for another break-even.
///
/// # Errors
/// What of the changed job no scenario can have.
pub fn forecast(
    profiles: &[(String, Profile)],
    scenario: &ValidScenario,
    what_if: &WhatIf,
    file_bytes: u64,
    goes_on: impl Fn() -> bool,
) -> Result<Forecast, String> {
    let scenario = what_if.apply(scenario).map_err(|problems| {
        let problems: Vec<String> = problems.iter().map(ToString::to_string).collect();
        problems.join("; ")
    })?;
    let unknown = Profile::default();
    let of = |lane: Lane| profiles.iter().find(|(known, _)| *known == place(lane)).map_or(&unknown, |(_, of)| of);
    let asked = Asked { scenario: &scenario, cores: what_if.cores, file_bytes };
    let predicted: Vec<(Lane, Result<Prediction, String>)> = scenario
        .lanes
        .iter()
        .map(|lane| (*lane, asked.predict(*lane, of(*lane)).map_err(|why| why.to_string())))
        .collect();
    let results: Vec<LaneResult> =
        predicted.iter().filter_map(|(lane, said)| Some(said.as_ref().ok()?.result(*lane))).collect();
    let best = verdict::verdict(&scenario, &results).overall.map(|best| best.lane);
    let changes = changes(&asked, |varied, lane| varied.wall_ns(lane, of(lane)).ok(), goes_on);
    let takes =
        |said: Prediction| Takes { wall_ns: said.report.wall_ns, interval_ns: said.interval_ns, reach: said.reach };
    Ok(Forecast {
        lanes: predicted.into_iter().map(|(lane, said)| (lane, said.map(takes))).collect(),
        best,
        changes: changes.iter().map(BreakEven::sentence).collect(),
    })
}

impl Known {
    /// What is known; nothing, where it was kept by another build.
    fn profile(&self) -> Profile {
        crate::wire::decode(&self.profile).unwrap_or_else(|_| Profile {
            machine: Machine { cores: self.cores, ..Machine::default() },
            ..Profile::default()
        })
    }
}

impl Question {
    /// The answer, in the form of [`crate::wire`].
    #[must_use]
    pub fn answer(self, goes_on: impl Fn() -> bool) -> Vec<u8> {
        use crate::wire::encode;
        match self {
            Self::Next { known, scenario, lane, file_bytes } => {
                let asked = Asked { scenario: &scenario, cores: None, file_bytes };
                encode(&measure::next(&known.profile(), &asked, lane))
            }
            Self::Took { known, measurement, measured } => {
                let mut profile = known.profile();
                measure::took(&mut profile, &measurement, &measured);
                encode(&Known { profile: encode(&profile), ..known })
            }
            Self::Forecast { known, scenario, what_if, file_bytes } => {
                let profiles: Vec<(String, Profile)> =
                    known.into_iter().map(|(place, known)| (place, known.profile())).collect();
                encode(&forecast(&profiles, &scenario, &what_if, file_bytes, goes_on))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        predict::{Costs, LaneCosts},
        scenario::{Kernel, Model, Place},
        wire,
    };

    fn job() -> ValidScenario {
        let job = r#"{"lanes_scenario":2,"workers":4,"lanes":["browser/sequential","browser/threads","native/threads"],
            "groups":[{"tasks":8,"steps":[{"compute":{"kernel":"primes","size":60000}}]}]}"#;
        ValidScenario::from_json(job).expect("valid")
    }

    /// A browser of two cores, where a task of that job takes 10 ms.
    fn browser() -> (String, Profile) {
        let mut known = Profile::default();
        known.machine.cores = 2;
        known.kernel_mut(Kernel::Primes).tried(60_000, 10e6);
        for (model, start) in [(Model::Sequential, 1e6), (Model::Threads, 21e6)] {
            let lane = Lane::new(Place::Browser, model);
            let costs = Costs { start, ..Costs::default() };
            known.set_lane(LaneCosts { lane, with_data: false, costs, figures: Vec::new() });
        }
        ("browser".to_owned(), known)
    }

    #[test]
    fn a_question_is_answered_in_bytes() {
        let what_if = WhatIf { cores: Some(4), ..WhatIf::default() };
        for (what_if, threads_ms) in [(WhatIf::default(), 61), (what_if, 41)] {
            let (place, profile) = browser();
            let known = vec![(place, Known { cores: 2, profile: wire::encode(&profile) })];
            let question = Question::Forecast { known, scenario: job(), what_if, file_bytes: 0 };
            let question: Question = wire::decode(&wire::encode(&question)).expect("it comes as it went");
            let answer: Result<Forecast, String> = wire::decode(&question.answer(|| true)).expect("an answer");
            let forecast = answer.expect("it can be said");
            let walls: Vec<Option<u64>> = forecast
                .lanes
                .iter()
                .map(|(_, said)| said.as_ref().ok().map(|takes| (takes.wall_ns as f64 / 1e6).round() as u64))
                .collect();
            assert_eq!(walls, [Some(81), Some(threads_ms), None], "{forecast:?}");
            assert_eq!(forecast.best, Some(Lane::new(Place::Browser, Model::Threads)));
            assert!(forecast.changes.iter().any(|change| change.contains("tasks")), "{:?}", forecast.changes);
            let why = forecast.lanes[2].1.as_ref().expect_err("nothing is known of it");
            assert!(why.contains("native/threads has not been measured"), "{why}");
        }
    }

    #[test]
    fn what_another_build_kept_is_measured_again() {
        let lane = Lane::new(Place::Browser, Model::Threads);
        for profile in [Vec::new(), vec![99, 1, 2]] {
            let known = Known { cores: 2, profile };
            let next = Question::Next { known: known.clone(), scenario: job(), lane, file_bytes: 0 };
            let next: Option<Measurement> = wire::decode(&next.answer(|| true)).expect("an answer");
            let measurement = next.expect("nothing is known");
            let took = Question::Took { known, measurement, measured: vec![Measured::default()] };
            let known: Known = wire::decode(&took.answer(|| true)).expect("an answer");
            assert_eq!((known.cores, known.profile().machine.cores, known.profile().kernels.len()), (2, 2, 1));
        }
    }

    #[test]
    fn what_no_job_can_have_is_said_and_without_time_nothing_is_looked_for() {
        let nonsense = WhatIf { workers: Some(100_000), ..WhatIf::default() };
        let why = forecast(&[browser()], &job(), &nonsense, 0, || true).expect_err("too many workers");
        assert!(why.contains("workers"), "{why}");
        let hasty = forecast(&[browser()], &job(), &WhatIf::default(), 0, || false).expect("it can be said");
        assert!(hasty.changes.is_empty() && hasty.lanes[0].1.is_ok(), "{hasty:?}");
    }

    #[test]
    fn interpreters_are_places_of_their_own() {
        let names =
            ["native/threads", "python/threads", "python/free-threads", "python3.13/threads", "python3.13t/threads"];
        let places = names.map(|name| place(name.parse().expect("a lane")));
        assert_eq!(places, ["native", "python", "python, free-threaded", "python 3.13", "python 3.13t"]);
    }
}
