//! What goes wrong: networks, cancelling, scenarios, engines.

use lanes_tests::{
    browser::{Browser, scenario},
    hosts::{Manners, page, troublesome},
};
use serde_json::{Value, json};

fn total(tasks: &Value) -> u64 {
    ["done", "failed", "cancelled", "abandoned"].iter().map(|key| tasks[key].as_u64().expect("a count")).sum()
}

#[tokio::test]
#[ignore = "needs the built page: ./dev test browser"]
async fn a_lane_that_takes_too_long_is_ended_and_the_others_go_on() {
    let (browser, host) = (Browser::start().await, page(Manners::default()).await);
    browser.open(&format!("{}?quiet", host.url)).await;
    // Eleven minutes one after another, a moment on an event loop.
    let mut value = scenario(2000, json!([{ "fetch": { "latency_ms": 300 } }]));
    value["concurrency"] = json!(2000);
    value["deadline_s"] = json!(60);
    value["lanes"] = json!(["browser/async"]);
    assert_eq!(browser.run(&value).await.expect("runs")["lanes"][0]["ending"], "complete");
    value["deadline_s"] = json!(0.5);
    value["lanes"] = json!(["browser/sequential", "browser/threads", "browser/processes"]);
    let result = browser.run(&value).await.expect("runs");
    for lane in result["lanes"].as_array().expect("lanes") {
        assert_eq!(lane["ending"], "broken", "{lane:#}");
        assert!(lane["why"].as_str().is_some_and(|why| why.contains("0.5 s it may (its time limit)")), "{lane:#}");
        assert_eq!(total(&lane["tasks"]), 2000, "{lane:#}");
    }
    let after = scenario(8, json!([{ "compute": { "size": 5000 } }]));
    let result = browser.run(&after).await.expect("runs");
    assert!(result["lanes"].as_array().expect("lanes").iter().all(|lane| lane["ending"] == "complete"), "{result:#}");
}

#[tokio::test]
#[ignore = "needs the built page: ./dev test browser"]
async fn bad_addresses_fail_their_tasks_with_a_reason_in_every_lane() {
    let (browser, host, bad) = (Browser::start().await, page(Manners::default()).await, troublesome().await);
    browser.open(&format!("{}?quiet", host.url)).await;
    let gone = {
        // A port that was free a moment ago: nothing answers there.
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
        format!("http://{}/", listener.local_addr().expect("bound"))
    };
    let at = |path: &str| format!("{}{path}", bad.url);
    let urls = [at("good"), at("private"), at("broken"), at("missing"), at("hang"), at("half"), gone];
    let value = scenario(7, json!([{ "fetch": { "from": urls, "timeout_ms": 700 } }]));
    let result = browser.run(&value).await.expect("runs");
    for lane in result["lanes"].as_array().expect("lanes") {
        let name = &lane["lane"];
        assert_eq!(lane["ending"], "complete", "{lane:#}");
        assert_eq!((lane["tasks"]["done"].clone(), lane["tasks"]["failed"].clone()), (json!(1), json!(6)), "{lane:#}");
        assert_eq!(lane["checksum"], Value::Null, "a lane with failures is not compared: {name}");
        let why = lane["failures"].to_string();
        for (url, reason) in
            [("private", "CORS"), ("broken", "answered 500"), ("hang", "within 700 ms"), ("half", "within 700 ms")]
        {
            let told =
                lane["failures"].as_array().expect("a list").iter().map(|f| f["why"].as_str().unwrap_or_default());
            let named: Vec<_> = told.filter(|why| why.contains(&at(url))).collect();
            // Only the first five failures are kept; which they are depends on the lane.
            assert!(named.iter().all(|why| why.contains(reason)), "{name} {url}: {why}");
        }
        assert!(why.contains("CORS"), "{name}: {why}");
    }
}

#[tokio::test]
#[ignore = "needs the built page: ./dev test browser"]
async fn cancel_in_every_phase_accounts_for_every_task_and_the_next_run_is_sound() {
    let (browser, host) = (Browser::start().await, page(Manners::default()).await);
    browser.open(&format!("{}?quiet", host.url)).await;
    let jobs = [
        ("computing", json!([{ "compute": { "kernel": "primes", "size": 20_000_000 } }])),
        ("waiting", json!([{ "fetch": { "latency_ms": 60_000 } }])),
        ("between tasks", json!([{ "fetch": { "latency_ms": 5 } }, { "compute": { "size": 20_000 } }])),
    ];
    for (phase, steps) in jobs {
        for lane in ["sequential", "async", "threads", "gil", "processes", "hybrid"] {
            let mut value = scenario(2000, steps.clone());
            value["lanes"] = json!([format!("browser/{lane}")]);
            browser.start_run(&value).await;
            browser.until("!window.lanes.idle").await;
            browser.value("window.lanes.cancel()").await;
            let result = browser.finished().await.expect("a cancelled run has a result too");
            let entry = &result["lanes"][0];
            assert_eq!(entry["ending"], "cancelled", "{phase} {lane}: {entry:#}");
            assert_eq!(total(&entry["tasks"]), 2000, "{phase} {lane}: {entry:#}");
            assert_eq!(browser.value("window.lanes.idle").await, true);
        }
    }
    let result = browser.run(&scenario(10, json!([{ "compute": { "size": 5000 } }]))).await.expect("runs");
    for lane in result["lanes"].as_array().expect("lanes") {
        assert_eq!((&lane["ending"], &lane["agreement"]), (&json!("complete"), &json!("agrees")), "{lane:#}");
    }
}

#[tokio::test]
#[ignore = "needs the built page: ./dev test browser"]
async fn bad_scenarios_are_refused_with_every_field_named() {
    let (browser, host) = (Browser::start().await, page(Manners::default()).await);
    browser.open(&format!("{}?quiet", host.url)).await;
    let mut value = scenario(1, json!([{ "compute": { "kernel": "prime" } }]));
    value["workers"] = 0.into();
    value["groups"][0]["tasks"] = 1_000_000_000.into();
    value["lanes"] = json!(["browser/fibers"]);
    let refused = browser.run(&value).await.expect_err("invalid");
    for named in
        ["workers: ", "groups[0].tasks: ", "groups[0].steps[0].compute.kernel: ", "did you mean primes", "lanes[0]: "]
    {
        assert!(refused.contains(named), "{named} in {refused}");
    }
    assert_eq!(browser.value("window.lanes.idle").await, true);
}

#[tokio::test]
#[ignore = "needs the built page: ./dev test browser"]
async fn a_second_run_is_refused_while_one_goes_on() {
    let (browser, host) = (Browser::start().await, page(Manners::default()).await);
    browser.open(&format!("{}?quiet", host.url)).await;
    let long = scenario(50, json!([{ "fetch": { "latency_ms": 20 } }]));
    browser.start_run(&long).await;
    browser.until("!window.lanes.idle").await;
    let refused = browser.run(&long).await.expect_err("one is going on");
    assert!(refused.contains("cancel it first"), "{refused}");
    browser.finished().await.expect("the first one was not disturbed");
}

#[tokio::test]
#[ignore = "needs the built page: ./dev test browser"]
async fn lanes_of_other_places_say_what_they_need_and_the_others_run() {
    let (browser, host) = (Browser::start().await, page(Manners::default()).await);
    browser.open(&format!("{}?quiet", host.url)).await;
    let mut value = scenario(4, json!([{ "compute": { "size": 2000 } }]));
    value["lanes"] = json!(["native/threads", "browser/sequential", "python/async"]);
    let result = browser.run(&value).await.expect("runs");
    assert_eq!(result["lanes"][0]["ending"], "broken");
    assert!(result["lanes"][0]["why"].as_str().expect("a reason").contains("backend"));
    assert_eq!(result["lanes"][1]["ending"], "complete");
}

#[tokio::test]
#[ignore = "needs the built page: ./dev test browser"]
async fn where_workers_are_forbidden_the_page_says_so_and_stays_usable() {
    let (browser, host) = (Browser::start().await, page(Manners::default()).await);
    browser.open(&format!("{}?quiet", host.url)).await;
    browser.value("(window.Worker = function () { throw new Error('blocked by policy'); }, true)").await;
    let result =
        browser.run(&scenario(4, json!([{ "compute": { "size": 2000 } }]))).await.expect("a result with reasons");
    for lane in result["lanes"].as_array().expect("lanes") {
        assert_eq!(lane["ending"], "broken", "{lane:#}");
        assert!(lane["why"].as_str().expect("a reason").contains("policy"), "{lane:#}");
        assert_eq!(total(&lane["tasks"]), 4, "{lane:#}");
    }
    assert_eq!(browser.value("window.lanes.idle").await, true);
}
