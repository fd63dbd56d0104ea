//! How many rounds are run, and what is said of them.

use serde_json::Value;

use super::{lanes, text};

/// Twenty waits of 3 ms, one after another or all at once: no noise turns that round.
const WAITS: &str = r#"{ "lanes_scenario": 2, "warmup": 0, "lanes": ["native/sequential", "native/async"],
    "groups": [{ "tasks": 20, "steps": [{ "fetch": { "latency_ms": 3, "bytes": 64 } }] }] }"#;

fn result(arguments: &[&str], job: &str) -> (Value, String) {
    let output = lanes(&[&["run", "-", "--json", "-"], arguments].concat(), job);
    let (json, aside) = (text(&output.stdout), text(&output.stderr));
    (serde_json::from_str(&json).unwrap_or_else(|error| panic!("{error}: {json}{aside}")), aside)
}

#[test]
fn rounds_go_on_until_the_order_is_clear_or_the_budget_is_spent() {
    let (result, aside) = result(&["--repeats", "auto"], WAITS);
    assert_eq!(result["scenario"]["repeats"], "auto");
    assert!(aside.contains("run 8 of at most 100"), "{aside}");
    for lane in result["lanes"].as_array().expect("lanes") {
        assert_eq!(lane["wall_ns"].as_array().map(Vec::len), Some(8), "the fewest that can tell: {lane}");
    }
    // Each round takes longer than the whole budget, and three are made all the same.
    let (result, _) =
        self::result(&["--repeats", "auto", "--budget", "0.1", "--workers", "1"], &WAITS.replace('3', "30"));
    assert_eq!(result["lanes"][0]["wall_ns"].as_array().map(Vec::len), Some(3), "{result}");
}

#[test]
fn wrong_repeats_and_budgets_are_named() {
    let output = lanes(&["run", "-", "--repeats", "auto", "--budget", "0"], WAITS);
    let aside = text(&output.stderr);
    assert_eq!(output.status.code(), Some(2));
    assert!(aside.contains("budget_s: should be a number from 0.1 to 3600, not 0"), "{aside}");
    let aside = text(&lanes(&["run", "-", "--repeats", "often"], WAITS).stderr);
    assert!(aside.contains("should be a whole number, or auto"), "{aside}");
}
