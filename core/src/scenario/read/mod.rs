//! Reading a scenario from JSON, naming every problem by its field.
//!
//! Serde stops at the first problem; a person who edits a scenario wants all of them at once, each with what would
//! be right. So the fields are taken one by one from the JSON tree, and what is left over is named too.

mod call;
mod fields;
mod groups;
mod lanes;
mod memory;
mod server;
mod setup;
mod steps;
#[cfg(test)]
mod tests;
mod times;
mod values;

use serde_json::Value;

use self::{
    fields::Fields,
    groups::read_groups,
    lanes::{most_workers, read_lanes},
    server::{check_asked, read_server},
    values::{name, number, seed, whole32},
};
use super::{
    data::{Scenario, VERSION},
    goal::Goal,
    limits,
    problem::Problem,
    repeats::Repeats,
    tree, upgrade,
};

impl Scenario {
    /// Reads and checks a scenario.
    ///
    /// # Errors
    /// Every problem, each named by its field; never an empty list.
    pub fn from_json(text: &str) -> Result<Self, Vec<Problem>> {
        match tree::parse(text) {
            Ok((value, twice)) => {
                let mut problems: Vec<Problem> = twice
                    .into_iter()
                    .map(|field| Problem { field, message: "is there twice; keep the one that is meant".into() })
                    .collect();
                match Self::from_value(&value) {
                    Ok(scenario) if problems.is_empty() => Ok(scenario),
                    read => {
                        problems.extend(read.err().into_iter().flatten());
                        Err(problems)
                    }
                }
            }
            Err(error) => Err(vec![Problem { field: String::new(), message: format!("this is not JSON: {error}") }]),
        }
    }

    /// Reads and checks a scenario of any version that has been parsed as JSON.
    ///
    /// # Errors
    /// As [`Scenario::from_json`].
    pub fn from_value(value: &Value) -> Result<Self, Vec<Problem>> {
        let older = value["lanes_scenario"].as_u64().filter(|version| (1..VERSION).contains(version));
        let upgraded = older.map(|version| upgrade::to_current(value.clone(), version)).transpose()?;
        let mut problems = Vec::new();
        let scenario = read_scenario(upgraded.as_ref().unwrap_or(value), &mut problems);
        if problems.is_empty() { Ok(scenario) } else { Err(problems) }
    }

    /// The problems of a scenario that was put together by hand (an editor's, say).
    #[must_use]
    pub fn problems(&self) -> Vec<Problem> {
        let value = serde_json::to_value(self).expect("a scenario is plain data");
        Self::from_value(&value).err().unwrap_or_default()
    }
}

fn read_scenario(value: &Value, problems: &mut Vec<Problem>) -> Scenario {
    let default = Scenario::default();
    let Some(mut fields) = Fields::of(value, String::new(), problems) else { return default };
    let version = fields.take("lanes_scenario", VERSION, problems, |v| match v.as_u64() {
        Some(VERSION) => Ok(VERSION),
        Some(newer) if newer > VERSION => {
            Err(format!("is version {newer}; this build reads up to version {VERSION}: open it with a newer Lanes"))
        }
        _ => Err(format!("should be 1 to {VERSION}, the version of the format")),
    });
    if !fields.map.contains_key("lanes_scenario") {
        problems.push(Problem {
            field: "lanes_scenario".into(),
            message: format!("is missing; write \"lanes_scenario\": {VERSION} so that every later version can read it"),
        });
    }
    let title = fields.take("title", default.title, problems, name);
    let groups = read_groups(&mut fields, problems);
    let lanes = read_lanes(&mut fields, default.lanes, problems);
    let most_workers = most_workers(&lanes);
    let scenario = Scenario {
        lanes_scenario: version,
        title,
        groups,
        lanes,
        setup: setup::read_setup(&mut fields, problems),
        workers: fields.take("workers", default.workers, problems, |v| whole32(v, 1, most_workers)),
        concurrency: fields
            .take("concurrency", default.concurrency, problems, |v| whole32(v, 1, limits::MAX_CONCURRENCY)),
        chunk: fields.take("chunk", default.chunk, problems, lanes::chunk),
        gil_switch_ms: fields.take("gil_switch_ms", default.gil_switch_ms, problems, |v| {
            number(v, *limits::GIL_SWITCH_MS.start(), *limits::GIL_SWITCH_MS.end())
        }),
        deadline_s: fields.take("deadline_s", default.deadline_s, problems, |v| number(v, 0.0, limits::MAX_DEADLINE_S)),
        server: read_server(&mut fields, problems),
        goal: fields.take("goal", default.goal, problems, values::one_of::<Goal>),
        memory_limit_mb: memory::take(&mut fields, "memory_limit_mb", limits::MAX_MEMORY_LIMIT_MB, problems),
        repeats: fields.take("repeats", default.repeats, problems, |v| match v.as_str() {
            Some("auto") => Ok(Repeats::Auto),
            _ => whole32(v, 1, limits::MAX_REPEATS).map(Repeats::Fixed).map_err(|m| format!("{m}, or \"auto\"")),
        }),
        budget_s: fields.take("budget_s", default.budget_s, problems, |v| {
            number(v, *limits::BUDGET_S.start(), *limits::BUDGET_S.end())
        }),
        warmup: fields.take("warmup", default.warmup, problems, |v| whole32(v, 0, limits::MAX_WARMUP)),
        seed: fields.take("seed", default.seed, problems, seed),
    };
    check_asked(&scenario.server, &scenario.groups, problems);
    fields.finish(problems);
    memory::check_memory(&scenario, problems);
    scenario
}
