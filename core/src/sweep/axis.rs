//! What a sweep varies, and at which values.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::{
    present::{count, of},
    scenario::{Chunk, Lane, Problem, Scenario, Step, ValidScenario},
};

/// The most points of a sweep.
pub const MOST_POINTS: usize = 64;
/// As many points a range is cut into, unless it has fewer whole numbers.
const POINTS_OF_RANGE: usize = 9;

/// What is varied.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, strum::EnumIter, strum::EnumString, strum::IntoStaticStr,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Axis {
    /// Threads or processes of the lanes that have them.
    Workers,
    /// Tasks in flight at once on an event loop.
    Concurrency,
    /// Tasks handed to a process at a time.
    Chunk,
    /// Tasks, in the same proportions where there are several groups.
    Tasks,
    /// The size of every kernel.
    Size,
    /// The time until every answer, in milliseconds.
    LatencyMs,
}

impl Axis {
    /// Its name on the command line.
    #[must_use]
    pub fn id(self) -> &'static str {
        self.into()
    }

    /// What it counts, for people.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Workers => "workers",
            Self::Concurrency => "tasks in flight",
            Self::Chunk => "tasks in a chunk",
            Self::Tasks => "tasks",
            Self::Size => "size of the computing",
            Self::LatencyMs => "ms until an answer",
        }
    }

    /// So much of it, as part of a sentence: `12 workers`, `a size of 4,000`.
    #[must_use]
    pub fn amount(self, value: u64) -> String {
        match self {
            Self::Workers => of(value, "worker", "workers"),
            Self::Tasks => of(value, "task", "tasks"),
            Self::Concurrency => of(value, "task in flight", "tasks in flight"),
            Self::Chunk => format!("chunks of {}", of(value, "task", "tasks")),
            Self::Size => format!("a size of {}", count(value)),
            Self::LatencyMs => format!("{} ms until an answer", count(value)),
        }
    }

    /// Whether a scenario has anything that it changes.
    #[must_use]
    pub fn applies_to(self, scenario: &Scenario) -> bool {
        let mut steps = scenario.groups.iter().flat_map(|group| &group.steps);
        match self {
            Self::Size => steps.any(|step| matches!(step, Step::Compute(_))),
            Self::LatencyMs => steps.any(|step| matches!(step, Step::Fetch(_))),
            Self::Workers | Self::Concurrency | Self::Chunk | Self::Tasks => true,
        }
    }

    /// The scenario with this left to the sweep: no lane has a setting of its own for it, and those that differ in nothing else are
    /// one.
    ///
    /// # Errors
    /// When the scenario's own setting is none for a lane that had another.
    pub fn left_open(self, scenario: ValidScenario) -> Result<ValidScenario, Vec<Problem>> {
        let mut scenario = scenario.into_inner();
        for lane in &mut scenario.lanes {
            let own = lane.settings;
            self.take_from(lane);
            // A name stands for what it was given for.
            if lane.settings != own {
                lane.settings.name = None;
            }
        }
        let lanes = std::mem::take(&mut scenario.lanes);
        for lane in lanes {
            if !scenario.lanes.contains(&lane) {
                scenario.lanes.push(lane);
            }
        }
        scenario.validate()
    }

    /// Takes a lane's own setting for it away.
    fn take_from(self, lane: &mut Lane) {
        match self {
            Self::Workers => lane.settings.workers = None,
            Self::Concurrency => lane.settings.concurrency = None,
            Self::Chunk => lane.settings.chunk = None,
            Self::Tasks | Self::Size | Self::LatencyMs => {}
        }
    }

    /// Sets it in a scenario, also where a lane has a setting of its own. Whether that is valid is found out after.
    pub fn set(self, scenario: &mut Scenario, value: u64) {
        let small = u32::try_from(value).unwrap_or(u32::MAX);
        scenario.lanes.iter_mut().for_each(|lane| self.take_from(lane));
        match self {
            Self::Workers => scenario.workers = small,
            Self::Concurrency => scenario.concurrency = small,
            Self::Chunk => scenario.chunk = Chunk::Fixed(small),
            Self::Tasks => {
                let all = scenario.groups.iter().map(|group| f64::from(group.tasks)).sum::<f64>().max(1.0);
                for group in &mut scenario.groups {
                    group.tasks = ((f64::from(group.tasks) / all * value as f64).round() as u32).max(1);
                }
            }
            Self::Size | Self::LatencyMs => {
                for step in scenario.groups.iter_mut().flat_map(|group| &mut group.steps) {
                    match (self, step) {
                        (Self::Size, Step::Compute(compute)) => compute.size = value,
                        (Self::LatencyMs, Step::Fetch(fetch)) => fetch.latency_ms = value as f64,
                        _ => {}
                    }
                }
            }
        }
    }
}

/// An axis and the values on it: `workers=1..16`, `tasks=10,100,1000`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Over {
    /// What is varied.
    pub axis: Axis,
    /// To what, ascending, each once.
    pub values: Vec<u64>,
}

impl Over {
    /// The same with these values too.
    #[must_use]
    pub fn with(&self, values: impl Iterator<Item = u64>) -> Self {
        let mut values: Vec<u64> = self.values.iter().copied().chain(values).collect();
        values.sort_unstable();
        values.dedup();
        Self { values, ..*self }
    }
}

/// Why a text says no sweep.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoSweep {
    /// No `=`.
    #[error("what is varied and its values are wanted, such as workers=1..16 or tasks=10,100,1000")]
    Shape,
    /// Another name.
    #[error("“{0}” cannot be varied; workers, concurrency, chunk, tasks, size and latency_ms can")]
    Axis(String),
    /// Not a number.
    #[error("“{0}” is no whole number from 1 on, and no range of them such as 1..16")]
    Value(String),
    /// One point, or none.
    #[error("a sweep needs two values at least; to run one, use “lanes run”")]
    OnePoint,
    /// Too many.
    #[error("{0} points are more than the {MOST_POINTS} of a sweep; a range such as 1..1000 places them itself")]
    TooMany(usize),
}

impl FromStr for Over {
    type Err = NoSweep;

    fn from_str(text: &str) -> Result<Self, NoSweep> {
        let (name, list) = text.split_once('=').ok_or(NoSweep::Shape)?;
        let name = name.trim().replace('-', "_");
        let axis: Axis = name.parse().map_err(|_| NoSweep::Axis(name))?;
        let mut values = Vec::new();
        for part in list.split(',').map(str::trim) {
            match part.split_once("..") {
                Some((from, to)) => values.extend(placed(number(from)?, number(to.trim_start_matches('='))?)),
                None => values.push(number(part)?),
            }
        }
        values.sort_unstable();
        values.dedup();
        match values.len() {
            0 | 1 => Err(NoSweep::OnePoint),
            points if points > MOST_POINTS => Err(NoSweep::TooMany(points)),
            _ => Ok(Self { axis, values }),
        }
    }
}

impl fmt::Display for Over {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let values: Vec<String> = self.values.iter().map(ToString::to_string).collect();
        write!(f, "{}={}", self.axis.id(), values.join(","))
    }
}

fn number(text: &str) -> Result<u64, NoSweep> {
    text.trim().parse().ok().filter(|number| *number > 0).ok_or_else(|| NoSweep::Value(text.trim().to_owned()))
}

/// Points placed over a range: every number of a short one; of a long one its ends and numbers between them at equal ratios,
/// because twice as many means the same at each end.
fn placed(from: u64, to: u64) -> Vec<u64> {
    let (from, to) = (from.min(to), from.max(to));
    if to - from < POINTS_OF_RANGE as u64 {
        return (from..=to).collect();
    }
    let ratio = to as f64 / from as f64;
    let last = (POINTS_OF_RANGE - 1) as f64;
    (0..POINTS_OF_RANGE).map(|point| (from as f64 * ratio.powf(point as f64 / last)).round() as u64).collect()
}

#[cfg(test)]
mod tests {
    use strum::IntoEnumIterator;

    use super::*;
    use crate::scenario::presets::Preset;

    #[test]
    fn values_are_listed_or_placed_over_a_range() {
        let values = |text: &str| text.parse::<Over>().map(|over| over.values);
        assert_eq!(values("workers=1..4"), Ok(vec![1, 2, 3, 4]));
        assert_eq!(values("workers=1..=16"), Ok(vec![1, 2, 3, 4, 6, 8, 11, 16]));
        assert_eq!(values("tasks = 100, 10,1000,10"), Ok(vec![10, 100, 1000]));
        assert_eq!(values("latency-ms=5,1..2"), Ok(vec![1, 2, 5]));
        assert_eq!(values("size=1..1000000").map(|values| (values.len(), values[8])), Ok((9, 1_000_000)));
        assert_eq!(values("workers"), Err(NoSweep::Shape));
        assert_eq!(values("wokers=1,2"), Err(NoSweep::Axis("wokers".into())));
        assert_eq!(values("workers=0,2"), Err(NoSweep::Value("0".into())));
        assert_eq!(values("workers=1..x"), Err(NoSweep::Value("x".into())));
        assert_eq!(values("workers=3"), Err(NoSweep::OnePoint));
        let many: Vec<String> = (1..=65).map(|number| number.to_string()).collect();
        assert_eq!(values(&format!("tasks={}", many.join(","))), Err(NoSweep::TooMany(65)));
    }

    #[test]
    fn lanes_that_differ_in_what_is_swept_alone_are_one() {
        let scenario = |workers: u32, lanes: &str| {
            let job = format!(
                r#"{{"lanes_scenario":2,"groups":[{{"steps":[{{"compute":{{}}}}]}}],"workers":{workers},"lanes":[{lanes}]}}"#
            );
            ValidScenario::from_json(&job).expect("valid")
        };
        let lanes = r#"{"lane":"native/threads","workers":2,"name":"few"},{"lane":"native/threads","workers":8},
            {"lane":"native/processes","workers":2,"chunk":5},"native/processes""#;
        let left_open = |axis: Axis| {
            let open = axis.left_open(scenario(4, lanes)).expect("valid");
            open.lanes.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
        };
        assert_eq!(left_open(Axis::Workers), "native/threads, native/processes (chunks of 5), native/processes");
        assert_eq!(
            left_open(Axis::Chunk),
            "native/threads (few), native/threads (8 workers), native/processes (2 workers), native/processes"
        );
        assert_eq!(
            left_open(Axis::Tasks),
            scenario(4, lanes).lanes.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
        );
        // So many threads there may be, but not so many processes.
        let many = scenario(1_000, r#""native/threads",{"lane":"native/processes","workers":2}"#);
        let problems = Axis::Workers.left_open(many).expect_err("too many");
        assert!(problems[0].to_string().contains("workers"), "{problems:?}");
    }

    #[test]
    fn every_axis_is_set_and_changes_what_it_names() {
        let scenario = Preset::find("fetch-and-parse").expect("a preset").scenario();
        for axis in Axis::iter() {
            assert!(axis.applies_to(&scenario), "{axis:?}");
            let mut changed = scenario.clone();
            axis.set(&mut changed, 7);
            assert_ne!(changed, scenario, "{axis:?}");
            let over = Over { axis, values: vec![1, 7] };
            assert_eq!(over.to_string().parse(), Ok(over));
        }
        let crunch = Preset::find("crunch").expect("a preset").scenario();
        assert!(!Axis::LatencyMs.applies_to(&crunch));
    }
}
