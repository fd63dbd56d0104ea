//! As many threads and processes as a lane may have.

use super::{json, succeeds};

const MANY: &str = r#"{ "lanes_scenario": 2, "repeats": 1, "warmup": 0, "workers": 4, "concurrency": 1000,
    "groups": [{ "tasks": 1500, "steps": [{ "fetch": { "latency_ms": 20, "bytes": 64 } }, { "compute": { "size": 50 } }] }],
    "lanes": [ "native/sequential", { "lane": "native/threads", "workers": 1024 }, { "lane": "native/gil", "workers": 1024 },
        { "lane": "native/hybrid", "workers": 1024 }, { "lane": "native/processes", "workers": 256 } ] }"#;

#[test]
fn a_thousand_threads_and_some_hundred_processes_do_the_whole_job() {
    let lanes = "native/threads,native/gil,native/hybrid";
    let one_by_one = MANY.replace("1500", "40");
    let few = json(&succeeds(&["run", "-", "--quiet", "--json", "-"], &one_by_one));
    let checksum = |result: &serde_json::Value, lane: usize| result["lanes"][lane]["checksum"].clone();
    for lane in 1..5 {
        assert_eq!(checksum(&few, lane), checksum(&few, 0), "more workers than tasks: {:#}", few["lanes"][lane]);
    }
    let arguments = ["run", "-", "--quiet", "--json", "-", "--lanes", lanes, "--workers", "1024", "--timeline"];
    let many = json(&succeeds(&arguments, MANY));
    for lane in many["lanes"].as_array().expect("lanes") {
        assert_eq!((&lane["tasks"]["done"], &lane["agreement"]), (&1500.into(), &"agrees".into()), "{lane:#}");
        // Each waits by itself: one after another it would be half a minute.
        let waited = lane["states_ns"]["wait-io"].as_u64().expect("waits");
        assert!(waited > 1500 * 20_000_000, "{lane:#}");
        assert!(lane["median_ns"].as_u64().expect("a time") < waited / 3, "{lane:#}");
    }
    let processes = ["run", "-", "--quiet", "--json", "-", "--lanes", "native/processes", "--workers", "256"];
    let lane = &json(&succeeds(&processes, MANY))["lanes"][0];
    assert_eq!((&lane["tasks"]["done"], &lane["tasks"]["retried"]), (&1500.into(), &0.into()), "{lane:#}");
    let used = lane["workers"].as_array().expect("workers").iter().filter(|worker| worker["tasks"].as_u64() > Some(0));
    assert!(used.count() > 64, "{lane:#}");
}
