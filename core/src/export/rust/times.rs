//! When tasks come over time, as the program says it.

use super::layout::{float, underscored};
use crate::scenario::{Arrive, Scenario, Spread};

/// When the tasks of each group are due, in microseconds: an expression for one group, or a line for each of several.
pub(super) fn arrivals(scenario: &Scenario) -> String {
    if let [only] = &scenario.groups[..] {
        return only.arrive.map(|arrive| expression(arrive, 0, "TASKS")).unwrap_or_default();
    }
    let lines = scenario.groups.iter().enumerate().map(|(index, group)| {
        let tasks = underscored(group.tasks.into());
        match group.arrive {
            Some(arrive) => format!("{},", expression(arrive, index, &tasks)),
            None => format!("vec![0; {tasks}],"),
        }
    });
    lines.collect::<Vec<_>>().join("\n        ")
}

fn expression(arrive: Arrive, group: usize, tasks: &str) -> String {
    let gap = float(arrive.gap_us());
    match arrive.spread {
        Spread::Even => format!("evenly({tasks}, {gap})"),
        Spread::Uniform => format!("unevenly({group}, {tasks}, {gap}, uniform)"),
        Spread::Heavy => format!("unevenly({group}, {tasks}, {gap}, heavy)"),
    }
}

/// A scenario with every form of it, for tests.
#[cfg(test)]
pub(super) fn example() -> Scenario {
    let json = r#"{"lanes_scenario":2,"title":"In time","groups":[
        {"name":"pages","tasks":20,"arrive":{"every_ms":12.5},"steps":[{"fetch":{"latency_ms":5}}]},
        {"name":"asked","tasks":20,"arrive":{"rate_per_s":300,"spread":"heavy"},"steps":[{"compute":{"kernel":"primes"}}]},
        {"name":"report","tasks":20,"after":"pages","steps":[{"compute":{"kernel":"primes"}}]}]}"#;
    Scenario::from_json(json).expect("valid")
}
