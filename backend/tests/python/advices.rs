//! Advice that was once wrong, and what the words of a scenario do to it, natively and in CPython. Everything waits rather than
//! computes, and what is compared differs several times over, so that a busy machine changes nothing.
//!
//! Beside these: processes that lose because of their data are in `data.rs`, here and in the native tests; failures in every lane
//! and repeats that drown the differences in `verdicts.rs`.

use libtest_mimic::Trial;
use serde_json::{Value, json};

use crate::{
    requests::own_python,
    trial,
    verdicts::{judged, lines},
};

pub fn trials() -> Vec<Trial> {
    let without = own_python().is_none();
    let both = |name: &str, test: fn(&str)| {
        [("natively", "native"), ("in_cpython", "python")].map(|(how, place)| {
            let run = move || {
                test(place);
                Ok(())
            };
            Trial::test(format!("{name}_{how}"), run).with_ignored_flag(without && place == "python")
        })
    };
    let all = [
        both("a_tie_by_wall_is_none_where_one_stops_its_loop", stalls),
        both("a_hybrid_hands_blocking_calls_to_its_threads", blocking),
        both("workers_are_set_up_once_each_and_it_is_said_when_that_pays", sets_up),
        both("a_full_server_is_the_limit_and_more_in_flight_is_no_advice", full_server),
        both("memory_is_really_taken_and_a_limit_keeps_lanes_out", memory),
    ];
    let alone = trial("processor_time_counts_every_process_of_cpython", processor).with_ignored_flag(without);
    all.into_iter().flatten().chain([alone]).collect()
}

fn lane<'a>(result: &'a Value, name: &str) -> &'a Value {
    let lanes = result["lanes"].as_array().expect("lanes");
    lanes.iter().find(|lane| lane["lane"] == name).unwrap_or_else(|| panic!("{name} was run: {result:#}"))
}

/// Lanes of a place.
fn of(place: &str, models: &[&str]) -> Vec<String> {
    models.iter().map(|model| format!("{place}/{model}")).collect()
}

fn sentence(result: &Value) -> &str {
    result["verdict"]["sentence"].as_str().expect("a text")
}

/// One task of 21 blocks for 2 s while the others wait: by wall time that costs nothing, and whatever else ran on that loop
/// would have stood still.
fn stalls(place: &str) {
    let job = |goal: &str| {
        json!({
            "lanes_scenario": 2, "lanes": [format!("{place}/async"), format!("{place}/hybrid")], "workers": 2,
            "repeats": 1, "warmup": 0, "goal": goal,
            "groups": [
                { "tasks": 20, "steps": [{ "fetch": { "latency_ms": 2400 } }] },
                { "tasks": 1, "steps": [
                    { "fetch": { "latency_ms": 100 } }, { "fetch": { "latency_ms": 2000, "blocking": true } }] }],
        })
    };
    let result = judged(&job("wall"));
    let verdict = &result["verdict"];
    assert_eq!(verdict["overall"]["lane"], format!("{place}/async"), "the simpler of the two: {result:#}");
    let said = format!("take {place}/hybrid if anything else runs there.");
    assert!(sentence(&result).contains(&said), "{}", sentence(&result));
    let result = judged(&job("responsiveness"));
    let taken = &result["verdict"]["overall"];
    assert_eq!((&taken["lane"], &taken["rule"]), (&json!(format!("{place}/hybrid")), &json!("by-goal")), "{result:#}");
    assert!(sentence(&result).starts_with("By responsiveness, the goal here, take "), "{}", sentence(&result));
}

/// 16 calls of 100 ms that block: on a loop one after another, on 8 threads beside it in two turns.
fn blocking(place: &str) {
    let result = judged(&json!({
        "lanes_scenario": 2, "workers": 8, "repeats": 3, "warmup": 0,
        "lanes": of(place, &["sequential", "async", "hybrid"]),
        "groups": [{ "tasks": 16, "steps": [{ "fetch": { "latency_ms": 100, "blocking": true } }] }],
    }));
    assert_eq!(result["verdict"]["overall"]["lane"], format!("{place}/hybrid"), "{result:#}");
    let median = |model: &str| lane(&result, &format!("{place}/{model}"))["median_ns"].as_u64().expect("a time");
    assert!(median("async") >= 1_600_000_000, "its loop does one after another: {result:#}");
    assert!(median("hybrid") < median("async") / 2, "{result:#}");
}

/// 30 requests at once to a server that serves ten: three turns of 500 ms, however many are asked for.
fn full_server(place: &str) {
    let result = judged(&json!({
        "lanes_scenario": 2, "repeats": 1, "warmup": 0, "concurrency": 1000, "server": { "capacity": 10 },
        "lanes": [format!("{place}/async"), { "lane": format!("{place}/async"), "concurrency": 10 }],
        "groups": [{ "tasks": 30, "steps": [{ "fetch": { "latency_ms": 500 } }] }],
    }));
    let said = "The limit is the server, which serves 10 at once: more in flight gains nothing.";
    assert!(sentence(&result).contains(said), "{}", sentence(&result));
    let limits = &result["verdict"]["limits"];
    let full = json!({ "lane": format!("{place}/async"), "limit": "server-limits" });
    assert!(limits.as_array().is_some_and(|limits| limits.contains(&full)), "{limits:#}");
    let change = lines(&result["verdict"]["would_change"]);
    assert!(!change.contains("More in flight") && change.contains("serves more than 10 at once"), "{change}");
}

/// 300 ms for each worker, and tasks of 100 ms: two threads set up at the same time.
fn sets_up(place: &str) {
    let result = judged(&json!({
        "lanes_scenario": 2, "workers": 2, "repeats": 3, "warmup": 0, "setup": { "ms": 300 },
        "lanes": of(place, &["sequential", "async", "threads", "processes"]),
        "groups": [{ "tasks": 16, "steps": [{ "fetch": { "latency_ms": 100 } }] }],
    }));
    for (model, workers) in [("sequential", 1), ("async", 1), ("threads", 2), ("processes", 2)] {
        let run = lane(&result, &format!("{place}/{model}"));
        let start_up_ns = run["states_ns"]["start-up"].as_u64().expect("a time");
        assert!(start_up_ns >= workers * 300_000_000, "{model}: {start_up_ns} ns, {run:#}");
        // Once, and not for every task: those would be 4.8 s.
        assert!(start_up_ns < 2_400_000_000, "{model}: {start_up_ns} ns, {run:#}");
        assert!(run["median_ns"].as_u64() >= Some(400_000_000), "it is in the wall time: {run:#}");
    }
    let paybacks = result["verdict"]["paybacks"].as_array().expect("a list");
    let threads = format!("{place}/threads");
    let threads = paybacks.iter().find(|payback| payback["lane"] == threads).expect("threads beside one after another");
    assert_eq!(threads["beside"], format!("{place}/sequential"));
    // Both begin after 300 ms, and then threads take half as long for each task.
    assert!(threads["from_tasks"].as_u64().is_some_and(|tasks| tasks <= 16), "{threads:#}");
    let said = threads["sentence"].as_str().expect("a text");
    assert!(lines(&result["verdict"]["evidence"]).contains(said), "{said}");
}

/// 8 tasks of 60 MiB: one at a time, or four.
fn memory(place: &str) {
    let job = |goal: &str, limit_mb: u32| {
        json!({
            "lanes_scenario": 2, "workers": 4, "repeats": 1, "warmup": 0, "goal": goal, "memory_limit_mb": limit_mb,
            "lanes": of(place, &["sequential", "threads"]),
            "groups": [{ "tasks": 8, "memory_mb": 60, "steps": [{ "fetch": { "latency_ms": 300 } }] }],
        })
    };
    let result = judged(&job("memory", 0));
    let peak = |model: &str| lane(&result, &format!("{place}/{model}"))["peak_rss_bytes"].as_u64();
    assert!(peak("sequential") >= Some(60 << 20), "{result:#}");
    // On a machine with much else to do, four do not always have theirs at the same moment.
    assert!(peak("threads") >= Some(120 << 20), "{result:#}");
    let taken = &result["verdict"]["overall"];
    assert_eq!(
        (&taken["lane"], &taken["rule"]),
        (&json!(format!("{place}/sequential")), &json!("by-goal")),
        "{result:#}"
    );
    assert_eq!(result["verdict"]["per_place"][0]["lane"], format!("{place}/threads"), "by wall time: {result:#}");
    let result = judged(&job("wall", 110));
    let excluded = &result["verdict"]["excluded"];
    assert_eq!(excluded[0]["lane"], format!("{place}/threads"), "{result:#}");
    let why = excluded[0]["reason"].as_str().expect("a text");
    assert!(why.contains("of memory at its peak, where the scenario allows 110 MiB (memory_limit_mb)"), "{why}");
    assert_eq!(excluded.as_array().map(Vec::len), Some(1), "{result:#}");
}

/// Two processes that compute for as long each, before tasks that take no time.
fn processor() {
    let result = judged(&json!({
        "lanes_scenario": 2, "workers": 2, "chunk": 1, "repeats": 1, "warmup": 0,
        "lanes": ["python/sequential", "python/processes"],
        "setup": { "compute": { "kernel": "sort", "size": 300_000 } },
        "groups": [{ "tasks": 40, "steps": [{ "fetch": { "latency_ms": 5 } }] }],
    }));
    let time = |name: &str| lane(&result, name)["processor_ns"].as_u64().expect("a time") as f64;
    let (one, two) = (time("python/sequential"), time("python/processes"));
    assert!(two > 1.3 * one, "{one} ns and {two} ns: {result:#}");
}
