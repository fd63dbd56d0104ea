//! What is read, and what is said of what cannot be.

use expect_test::{Expect, expect};

use super::*;
use crate::scenario::{Fetch, Lane, Place, Spread, Step};

/// The problems of `json`, one a line.
fn check(json: &str, expected: &Expect) {
    let lines = match Scenario::from_json(json) {
        Ok(_) => "valid".to_owned(),
        Err(problems) => problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"),
    };
    expected.assert_eq(&lines);
}

#[test]
fn the_contract_is_read() {
    let scenario = Scenario::from_json(
        r#"{ "lanes_scenario": 1, "title": "fetch and parse",
             "groups": [ { "name": "pages", "tasks": 200, "steps": [
               { "fetch": { "from": "simulated", "latency_ms": 50, "spread": "heavy", "bytes": 2048 } },
               { "compute": { "kernel": "primes", "size": 20000, "spread": "constant" } } ] } ],
             "lanes": ["browser/async", "browser/threads"],
             "workers": 4, "concurrency": 100, "chunk": "auto", "gil_switch_ms": 5,
             "repeats": 3, "warmup": 1, "seed": 1 }"#,
    )
    .expect("valid");
    assert_eq!(scenario.tasks(), 200);
    assert_eq!(scenario.lanes.len(), 2);
    assert!(matches!(&scenario.groups[0].steps[1], Step::Compute(c) if c.spread == Spread::Even && c.size == 20_000));
    assert_eq!(Scenario::from_json(&scenario.to_json()), Ok(scenario));
}

#[test]
fn a_lane_may_have_settings_of_its_own() {
    let lanes = r#"["native/threads", { "lane": "native/threads", "workers": 16 },
        { "lane": "python/processes", "workers": 2, "chunk": 7, "start": "spawn", "name": "two of them" },
        { "lane": "native/gil", "gil_switch_ms": 0.5 }, { "lane": "browser/processes", "pool": "cold", "chunk": "auto" },
        { "lane": "browser/hybrid", "concurrency": 1000 }]"#;
    let json =
        format!(r#"{{ "lanes_scenario": 2, "groups": [{{ "steps": [{{ "bump": {{}} }}] }}], "lanes": {lanes} }}"#);
    let scenario = Scenario::from_json(&json).expect("valid");
    let names: Vec<String> = scenario.lanes.iter().map(ToString::to_string).collect();
    assert_eq!(
        names,
        [
            "native/threads",
            "native/threads (16 workers)",
            "python/processes (two of them)",
            "native/gil (switch interval 0.5 ms)",
            "browser/processes (chunks by time, cold pool)",
            "browser/hybrid (1000 in flight)"
        ]
    );
    assert_eq!(serde_json::to_value(scenario.lanes[2]).expect("data")["start"], "spawn");
    let own = scenario.for_lane(scenario.lanes[3]);
    assert_eq!((own.gil_switch_ms, own.workers), (0.5, 4));
    assert_eq!(scenario.for_lane(scenario.lanes[1]).workers, 16);
    for lane in &scenario.lanes {
        let json = serde_json::to_string(lane).expect("data");
        assert_eq!(serde_json::from_str::<Lane>(&json).expect("as it went"), *lane);
        let bytes = postcard::to_allocvec(lane).expect("data");
        assert_eq!(postcard::from_bytes::<Lane>(&bytes).expect("as it went"), *lane);
    }
}

#[test]
fn settings_that_change_nothing_or_clash_are_named() {
    check(
        r#"{ "lanes_scenario": 2, "groups": [{ "steps": [{ "bump": {} }] }], "lanes": [
            { "lane": "native/async", "workers": 2 }, { "lane": "python/threads", "start": "spawn", "pool": "cold" },
            { "lane": "native/threads", "workers": 0 }, { "workers": 2 }, { "lane": "native/fibers" }, 7,
            { "lane": "native/threads", "worker": 2 }, { "lane": "native/threads", "name": "" },
            { "lane": "native/threads", "name": "x" }, { "lane": "native/threads", "workers": 3, "name": "x" },
            { "lane": "native/threads", "name": "x" }] }"#,
        &expect![[r#"
            lanes[0].workers: changes nothing in native/async; it is for lanes with several workers: threads, gil, processes, hybrid and interpreters
            lanes[1].start: changes nothing in python/threads; it is for python/processes
            lanes[1].pool: changes nothing in python/threads; it is for browser/processes and native/processes; a program of CPython starts its pool anew each time
            lanes[2].workers: should be a whole number from 1 to 1024, not 0
            lanes[3].lane: is missing: say which, such as "native/threads"
            lanes[4].lane: “fibers” is not a model; the models are sequential, async, threads, gil, processes, hybrid, and of Python interpreters and free-threads
            lanes[5]: should be a text such as "browser/async", or an object with settings of its own, not 7
            lanes[6].worker: is not a field here (did you mean workers?); the fields are lane, name, workers, concurrency, chunk, gil_switch_ms, start, pool
            lanes[7].name: should have 1 to 40 bytes, not 0
            lanes[9]: is called as another, native/threads (x); give it a name of its own
            lanes[10]: native/threads (x) is there already"#]],
    );
}

#[test]
fn defaults_fill_what_is_left_out() {
    let scenario = Scenario::from_json(r#"{"lanes_scenario":1,"groups":[{"steps":[{"fetch":{}}]}]}"#).expect("valid");
    assert_eq!(scenario.tasks(), 1);
    assert_eq!(scenario.lanes.len(), 6);
    assert_eq!(scenario.groups[0].steps[0], Step::Fetch(Fetch::default()));
}

#[test]
fn only_simulated_answers_keep_the_lock_and_no_more_than_all_of_it_is_held() {
    check(
        r#"{"lanes_scenario":2,"groups":[{"steps":[{"fetch":{"keeps_lock":true}},{"fetch":{"from":"server","keeps_lock":true}},
            {"fetch":{"keeps_lock":1}},{"compute":{"holds_lock":1.5}},{"compute":{"holds_lock":0}}]}]}"#,
        &expect![[r#"
            groups[0].steps[1].fetch.keeps_lock: is for simulated answers: whatever makes a real request lets go of the lock while it waits, in CPython too; leave it out, or use "from": "simulated"
            groups[0].steps[2].fetch.keeps_lock: should be true or false, not 1
            groups[0].steps[3].compute.holds_lock: should be a number from 0 to 1, not 1.5"#]],
    );
}

#[test]
fn a_machine_and_cpython_may_have_more_workers_than_a_browser() {
    let read = |workers: u32, lanes: &str| {
        Scenario::from_json(&format!(
            r#"{{"lanes_scenario":2,"workers":{workers},"groups":[{{"steps":[{{"fetch":{{}}}}]}}],"lanes":[{lanes}]}}"#
        ))
        .map_err(|problems| problems[0].to_string())
    };
    assert!(read(1024, r#""python/threads","python/async","python/sequential""#).is_ok());
    assert!(read(256, r#""python/threads","python/processes""#).is_ok());
    let refused = read(257, r#""python/threads","python/processes""#);
    assert_eq!(refused.unwrap_err(), "workers: should be a whole number from 1 to 256, not 257");
    let refused = read(257, r#""native/threads","native/processes""#);
    assert_eq!(refused.unwrap_err(), "workers: should be a whole number from 1 to 256, not 257");
    assert!(read(1024, r#""native/threads","native/gil","native/hybrid","python/threads""#).is_ok());
    let refused = read(65, r#""python/threads","browser/threads""#);
    assert_eq!(refused.unwrap_err(), "workers: should be a whole number from 1 to 64, not 65");
    let own = r#"{"lane":"native/threads","workers":900},{"lane":"browser/threads","workers":64},"native/sequential""#;
    assert!(read(4, own).is_ok());
    assert!(read(4, r#"{"lane":"native/threads","workers":1025}"#).is_err());
    assert!(read(4, r#"{"lane":"browser/threads","workers":65}"#).is_err());
}

#[test]
fn every_problem_is_named() {
    check(
        r#"{"lanes_scenario":1,"workers":0,"repeats":1.5,"sed":3,"lanes":["browser/async","browser/fibers","moon/async"],
            "groups":[{"tasks":1000000000,"steps":[{"compute":{"kernel":"prime"}},{"fetsh":{}},{"fetch":{"from":"ftp"}},
            {"compute":{"kernel":"pi","input":"file"}},{"bump":{"times":0}}]}]}"#,
        &expect![[r#"
            groups[0].tasks: should be a whole number from 1 to 1000000, not 1000000000
            groups[0].steps[0].compute.kernel: “prime” is not one of primes, mandelbrot, sha256, wordcount, matmul, sort, pi (did you mean primes?)
            groups[0].steps[1].fetsh: is not a step (did you mean fetch?); the steps are fetch, compute, bump, call
            groups[0].steps[2].fetch.from: should be "simulated", "server", "page" or a list of addresses
            groups[0].steps[3].compute.input: pi cannot work on bytes; choose one of sha256, wordcount, sort, or "size"
            groups[0].steps[4].bump.times: should be a whole number from 1 to 10000000, not 0
            lanes[1]: “fibers” is not a model; the models are sequential, async, threads, gil, processes, hybrid, and of Python interpreters and free-threads
            lanes[2]: “moon” is not a place; the places are browser, native, python, pyodide, and versions such as python3.13
            workers: should be a whole number from 1 to 64, not 0
            repeats: should be a whole number from 1 to 100, not 1.5, or "auto"
            sed: is not a field here (did you mean seed?); the fields are lanes_scenario, title, groups, lanes, setup, workers, concurrency, chunk, gil_switch_ms, deadline_s, server, goal, memory_limit_mb, repeats, budget_s, warmup, seed"#]],
    );
}

#[test]
fn shapes_are_named() {
    check("[1]", &expect![[r#"should be an object in braces, not a list"#]]);
    check(
        r#"{"lanes_scenario":1,"workers":2,"groups":[{"steps":[{"fetch":{"bytes":1,"bytes":2}}]}],"workers":3}"#,
        &expect![[r#"
            groups[0].steps[0].fetch.bytes: is there twice; keep the one that is meant
            workers: is there twice; keep the one that is meant"#]],
    );
    for valid in [
        r#"{"kernel":"wordcount","spread":"heavy","input":"file"}"#,
        r#"{"kernel":"wordcount","spread":"heavy","size":8388608,"input":"file"}"#,
        r#"{"kernel":"matmul","spread":"heavy"}"#,
    ] {
        check(
            &format!(r#"{{"lanes_scenario":1,"groups":[{{"steps":[{{"compute":{valid}}}]}}]}}"#),
            &expect![[r#"valid"#]],
        );
    }
    check("{", &expect![[r#"this is not JSON: EOF while parsing an object at line 1 column 1"#]]);
    check(
        r#"{"lanes_scenario":9,"groups":[]}"#,
        &expect![[r#"
            lanes_scenario: is version 9; this build reads up to version 2: open it with a newer Lanes
            groups: should hold 1 to 16 groups, not 0"#]],
    );
    check(
        r#"{"lanes_scenario":1,"groups":[{"steps":[{"compute":{"kernel":"wordcount","input":"body"}}]}]}"#,
        &expect![[
            r#"groups[0].steps[0].compute.input: is "body", but no fetch comes before it; put a fetch step first"#
        ]],
    );
    check(
        r#"{"lanes_scenario":1,"groups":[{"steps":[{"fetch":{"from":["https://a.example/","gopher://x"]}}]}]}"#,
        &expect![[
            r#"groups[0].steps[0].fetch.from: address 2 (“gopher://x”) should start with https:// or http:// and name a host"#
        ]],
    );
}

#[test]
fn when_tasks_come_is_checked() {
    let group = |rest: &str| format!(r#"{{"name":"pages","steps":[{{"bump":{{}}}}]{rest}}}"#);
    let scenario = |groups: &[String]| format!(r#"{{"lanes_scenario":2,"groups":[{}]}}"#, groups.join(","));
    check(
        &scenario(&[group(r#","arrive":{}"#)]),
        &expect![[
            "groups[0].arrive: should say how fast tasks come: every_ms, the milliseconds from one to the next, or \
             rate_per_s, how many come a second"
        ]],
    );
    check(
        &scenario(&[group(r#","arrive":{"every_ms":1,"rate_per_s":1000}"#)]),
        &expect![["groups[0].arrive: says how fast tasks come twice: keep every_ms or rate_per_s"]],
    );
    check(
        &scenario(&[group(r#","arrive":{"every_ms":0,"spred":"even"}"#)]),
        &expect![[r#"
            groups[0].arrive.every_ms: should be a number from 0.01 to 60000, not 0
            groups[0].arrive.spred: is not a field here (did you mean spread?); the fields are every_ms, rate_per_s, spread"#]],
    );
    check(
        &scenario(&[group(r#","after":"mail""#)]),
        &expect![["groups[0].after: “mail” is not the name of a group; it should be that of a group before this one"]],
    );
    check(
        &scenario(&[group(r#","after":"pages""#)]),
        &expect![["groups[0].after: “pages” does not come before this group: put the group that is waited for first"]],
    );
    check(
        &scenario(&[group(""), group(""), r#"{"steps":[{"bump":{}}],"after":"pages"}"#.into()]),
        &expect![["groups[2].after: 2 groups are called “pages”: give each a name of its own"]],
    );
    check(
        &scenario(&[group(""), r#"{"steps":[{"bump":{}}],"after":"pages","arrive":{"every_ms":5}}"#.into()]),
        &expect![[
            "groups[1].arrive: does not go with after: the tasks of a stage are all there when it begins; leave one of the \
             two out"
        ]],
    );
    let at_once = Scenario::from_json(&scenario(&[group(r#","arrive":null"#)])).expect("as if it were left out");
    assert!(!at_once.has_arrivals() && !at_once.to_json().contains("arrive"));
}

#[test]
fn only_a_browser_has_a_page_to_ask() {
    let from = |from: &str| {
        let json = format!(r#"{{"lanes_scenario":1,"groups":[{{"steps":[{{"fetch":{{"from":"{from}"}}}}]}}]}}"#);
        Scenario::from_json(&json).expect("valid")
    };
    let page = from("page");
    assert_eq!(Scenario::from_json(&page.to_json()), Ok(page.clone()));
    for place in Place::ALL {
        assert_eq!(page.check_place(place).is_ok(), place == Place::Browser);
        assert_eq!(from("simulated").check_place(place), Ok(()));
    }
}

#[test]
fn any_seed_is_taken() {
    for (text, seed) in [("0", 0), ("18446744073709551615", u64::MAX), ("\"18446744073709551615\"", u64::MAX)] {
        let json = format!(r#"{{"lanes_scenario":1,"seed":{text},"groups":[{{"steps":[{{"fetch":{{}}}}]}}]}}"#);
        assert_eq!(Scenario::from_json(&json).expect("valid").seed, seed);
    }
}
