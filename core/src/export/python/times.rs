//! When tasks may begin, as the program says it: how they come over time, and which stage each group is.

use super::layout::number;
use crate::scenario::{Arrive, Scenario, Spread};

/// When the tasks of each group are due, in microseconds: an expression for one group, or a line for each of several.
pub(super) fn arrivals(scenario: &Scenario) -> String {
    if let [only] = &scenario.groups[..] {
        return only.arrive.map(|arrive| expression(arrive, 0, "TASKS")).unwrap_or_default();
    }
    let lines = scenario.groups.iter().enumerate().map(|(index, group)| {
        let tasks = number(group.tasks.into());
        match group.arrive {
            Some(arrive) => format!("{},", expression(arrive, index, &tasks)),
            None => format!("[0] * {tasks},"),
        }
    });
    lines.collect::<Vec<_>>().join("\n    ")
}

fn expression(arrive: Arrive, group: usize, tasks: &str) -> String {
    let gap_us = arrive.gap_us();
    // The shortest text that is this very number; a whole one as people write it.
    let gap = if gap_us.fract() == 0.0 { number(gap_us as u64) } else { gap_us.to_string() };
    match arrive.spread {
        Spread::Even => format!("evenly({tasks}, {gap})"),
        Spread::Uniform => format!("unevenly({group}, {tasks}, {gap}, uniform)"),
        Spread::Heavy => format!("unevenly({group}, {tasks}, {gap}, heavy)"),
    }
}

/// The stage of each group: one more than that of the group it waits for.
pub(super) fn stages(scenario: &Scenario) -> String {
    let stages: Vec<String> = scenario.stages().iter().map(u8::to_string).collect();
    format!("({})  # of each group: a stage waits for the one before it", stages.join(", "))
}

/// Scenarios with every form of it, for tests.
#[cfg(test)]
pub(super) fn examples() -> Vec<Scenario> {
    let read = |rest: &str, groups: &str| {
        let json = format!(r#"{{"lanes_scenario":2,"title":"In time"{rest},"groups":[{groups}]}}"#);
        Scenario::from_json(&json).expect("valid")
    };
    let fetch = r#"{"fetch":{"latency_ms":5}}"#;
    let late = r#"{"fetch":{"latency_ms":5,"timeout_ms":2}}"#;
    let primes = r#"{"compute":{"kernel":"primes"}}"#;
    let group =
        |name: &str, rest: &str, steps: &str| format!(r#"{{"name":"{name}","tasks":20,"steps":[{steps}]{rest}}}"#);
    let rate = r#","arrive":{"rate_per_s":300,"spread":"heavy"}"#;
    let every = r#","arrive":{"every_ms":12.5}"#;
    let after = r#","after":"pages""#;
    vec![
        read("", &group("pages", every, fetch)),
        read(r#","chunk":4"#, &group("pages", rate, late)),
        read(
            "",
            &[group("pages", every, fetch), group("asked", rate, primes), group("report", after, primes)].join(","),
        ),
        read(r#","chunk":4"#, &[group("pages", "", fetch), group("report", after, late)].join(",")),
        read("", &[group("pages", rate, late), group("report", "", primes)].join(",")),
    ]
}
