//! `--compute-ms`: sizes that are found by how long they take here.

use serde_json::Value;

use super::{lanes, succeeds, text};

const SMALL: &str = r#"{ "lanes_scenario": 2, "lanes": ["native/sequential"], "repeats": 1, "warmup": 0,
    "groups": [{ "tasks": 4, "steps": [
        { "compute": { "size": 1 } }, { "compute": { "kernel": "sort", "size": 1, "spread": "uniform" } }] }] }"#;

#[test]
fn the_size_that_takes_so_long_is_found_and_kept() {
    let result = succeeds(&["run", "-", "--compute-ms", "5@native", "--quiet", "--json", "-"], SMALL);
    let result: Value = serde_json::from_str(&result).expect("a result file");
    let steps = &result["scenario"]["groups"][0]["steps"];
    for step in [0, 1] {
        assert!(steps[step]["compute"]["size"].as_u64() > Some(1_000), "{steps:#}");
    }
    // Two of 5 ms. What else runs here can only have made them seem slower than they are, and so smaller, by a few times.
    assert!(result["lanes"][0]["latency_ns"]["p50"].as_u64() > Some(2_000_000), "{result:#}");
}

#[test]
fn the_size_is_said_and_what_has_none_is_too() {
    let output = lanes(&["run", "-", "--compute-ms", "2"], SMALL);
    let said = text(&output.stderr);
    assert!(said.contains("Primes: size ") && said.contains("takes about "), "{said}");
    let waiting = r#"{ "lanes_scenario": 2, "lanes": ["native/async"], "groups": [{ "steps": [{ "fetch": {} }] }] }"#;
    let output = lanes(&["run", "-", "--compute-ms", "2@native"], waiting);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("no step of the scenario computes over made-up data"), "{output:?}");
    let output = lanes(&["run", "-", "--compute-ms", "3000000@native"], SMALL);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("computes for at most about "), "{output:?}");
}
