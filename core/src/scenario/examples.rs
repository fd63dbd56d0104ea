//! The examples of `docs/scenario.md`: each is a whole scenario that is valid and fits into a link.

use crate::{link, scenario::Scenario};

const WORDS: &str = include_str!("../../../docs/scenario.md");

#[test]
fn every_example_in_the_docs_is_a_valid_scenario() {
    let examples: Vec<&str> =
        WORDS.split("```json\n").skip(1).map(|rest| rest.split("```").next().unwrap_or_default()).collect();
    assert!(examples.len() >= 4, "the examples are found by their fences: {}", examples.len());
    for example in examples {
        let scenario = Scenario::from_json(example).unwrap_or_else(|problems| panic!("{problems:#?} in {example}"));
        let link = link::encode(&scenario).expect("it fits");
        assert_eq!(link::decode(&link), Ok(scenario), "{example}");
    }
}

#[test]
fn every_field_that_version_2_has_added_is_named() {
    for field in [
        "repeats",
        "budget_s",
        "arrive",
        "after",
        "setup",
        "goal",
        "memory_mb",
        "memory_limit_mb",
        "workers",
        "concurrency",
        "gil_switch_ms",
        "start",
        "pool",
        "call",
        "python",
        "function",
        "coroutine",
        "items",
        "module",
    ] {
        assert!(WORDS.contains(&format!("`{field}`")), "{field}");
    }
}
