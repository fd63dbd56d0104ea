//! A scenario that has been checked, as a type.
//!
//! Whoever holds a [`ValidScenario`] need not check it again: a plan is made of nothing else. It travels as JSON, and
//! goes through [`super::read`] wherever it arrives.

use std::{ops::Deref, sync::Arc};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};
use serde_json::Value;

use super::{data::Scenario, lane::Lane, problem::Problem};

/// A scenario within its [`limits`](super::limits), every field consistent with the others. Clones share it.
#[derive(Clone, Debug, PartialEq)]
pub struct ValidScenario(Arc<Scenario>);

impl ValidScenario {
    /// Reads and checks a scenario.
    ///
    /// # Errors
    /// Every problem, each named by its field; never an empty list.
    pub fn from_json(text: &str) -> Result<Self, Vec<Problem>> {
        Scenario::from_json(text).map(|scenario| Self(Arc::new(scenario)))
    }

    /// Reads and checks a scenario that has been parsed as JSON.
    ///
    /// # Errors
    /// As [`ValidScenario::from_json`].
    pub fn from_value(value: &Value) -> Result<Self, Vec<Problem>> {
        Scenario::from_value(value).map(|scenario| Self(Arc::new(scenario)))
    }

    /// The scenario as one of its lanes runs it (see [`Scenario::for_lane`]).
    #[must_use]
    pub fn for_lane(&self, lane: Lane) -> Self {
        // A lane's settings are within the same limits.
        if lane.is_variant() { Self(Arc::new(self.0.for_lane(lane))) } else { self.clone() }
    }

    /// The scenario as plain data, to be changed; it has to be checked again then.
    #[must_use]
    pub fn into_inner(self) -> Scenario {
        Arc::unwrap_or_clone(self.0)
    }
}

impl Scenario {
    /// Checks a scenario that was put together by hand (an editor's, the command line's).
    ///
    /// # Errors
    /// As [`ValidScenario::from_json`].
    pub fn validate(self) -> Result<ValidScenario, Vec<Problem>> {
        let problems = self.problems();
        if problems.is_empty() { Ok(ValidScenario(Arc::new(self))) } else { Err(problems) }
    }
}

impl Deref for ValidScenario {
    type Target = Scenario;

    fn deref(&self) -> &Scenario {
        &self.0
    }
}

/// As JSON; in the binary messages of one build as the text of it, because what is left out where it holds its default
/// leaves no gap there.
impl Serialize for ValidScenario {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        if to.is_human_readable() { self.0.serialize(to) } else { to.serialize_str(&self.to_json()) }
    }
}

/// Checked wherever it comes from.
impl<'de> Deserialize<'de> for ValidScenario {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let read = if from.is_human_readable() {
            Self::from_value(&Value::deserialize(from)?)
        } else {
            Self::from_json(&String::deserialize(from)?)
        };
        read.map_err(|problems| {
            let problems: Vec<String> = problems.iter().map(ToString::to_string).collect();
            D::Error::custom(problems.join("; "))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EVERYTHING: &str = r#"{ "lanes_scenario": 1, "title": "all of it",
        "groups": [
            { "name": "a", "tasks": 7, "steps": [
                { "fetch": { "from": "simulated", "latency_ms": 1.5, "spread": "heavy", "blocking": true, "retries": 2 } },
                { "compute": { "kernel": "wordcount", "input": "body" } },
                { "bump": { "times": 12, "guard": "lock" } }] },
            { "steps": [{ "fetch": { "from": ["https://a.example/", "http://b.example/x"], "timeout_ms": 9 } }] }],
        "lanes": ["native/async", "python3.13/threads"], "workers": 3, "chunk": 5, "deadline_s": 2.5,
        "server": { "capacity": 10, "full": "refuse", "burst": 3, "keep_alive": false, "slows": 0.5 },
        "gil_switch_ms": 0.30000000000000004,
        "repeats": "auto", "budget_s": 1.5,
        "seed": "18446744073709551615" }"#;

    #[test]
    fn it_comes_back_from_a_binary_message_as_it_went() {
        for json in [EVERYTHING, r#"{"lanes_scenario":1,"groups":[{"steps":[{"fetch":{}}]}]}"#] {
            let scenario = ValidScenario::from_json(json).expect("valid");
            let bytes = postcard::to_allocvec(&scenario).expect("plain data");
            assert_eq!(postcard::from_bytes::<ValidScenario>(&bytes).expect("as it was"), scenario);
            let json = serde_json::to_string(&scenario).expect("plain data");
            assert_eq!(json, scenario.to_json());
            assert_eq!(serde_json::from_str::<ValidScenario>(&json).expect("as it was"), scenario);
        }
    }

    #[test]
    fn each_lane_has_a_valid_scenario_of_its_own() {
        let lanes = r#"["browser/threads", {"lane":"native/threads","workers":1024}, {"lane":"python/processes","workers":256}]"#;
        let json = format!(r#"{{"lanes_scenario":2,"groups":[{{"steps":[{{"fetch":{{}}}}]}}],"lanes":{lanes}}}"#);
        let scenario = ValidScenario::from_json(&json).expect("valid");
        for lane in &scenario.lanes {
            let own = scenario.for_lane(*lane);
            assert_eq!(ValidScenario::from_json(&own.to_json()), Ok(own.clone()), "{lane}");
            assert_eq!(own.workers, scenario.workers_of(*lane));
        }
    }

    #[test]
    fn what_was_put_together_wrongly_is_no_valid_one() {
        let scenario = ValidScenario::from_json(EVERYTHING).expect("valid");
        let problems = Scenario { workers: 0, ..scenario.into_inner() }.validate().expect_err("no workers");
        assert_eq!(problems[0].field, "workers");
        assert!(serde_json::from_str::<ValidScenario>("{}").is_err());
    }
}
