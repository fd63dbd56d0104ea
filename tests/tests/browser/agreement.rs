//! Every lane of every preset ends with the checksum that the same scenario has natively, and every task is accounted for.

use lanes_core::{
    plan::Plan,
    scenario::{Repeats, Scenario, ValidScenario, presets::PRESETS},
};
use lanes_tests::{
    browser::{Browser, scenario},
    hosts::{Manners, page},
    reference,
};
use serde_json::{Value, json};

/// Checks a result against what it must be: the lanes, their checksums, their tasks.
fn check(result: &Value, scenario: &Scenario, checksum: &str) {
    let lanes = result["lanes"].as_array().expect("lanes");
    assert_eq!(lanes.len(), scenario.lanes.len());
    for lane in lanes {
        let name = &lane["lane"];
        assert_eq!(lane["ending"], "complete", "{name}: {lane:#}");
        assert_eq!(lane["checksum"], checksum, "{name}: {lane:#}");
        assert_eq!(lane["agreement"], "agrees", "{name}");
        assert_eq!(lane["tasks"]["done"], scenario.tasks(), "{name}: {:#}", lane["tasks"]);
    }
}

#[tokio::test]
#[ignore = "needs the built page: ./dev test browser"]
async fn presets_agree_in_all_lanes_and_with_native_code() {
    let (browser, host) = (Browser::start().await, page(Manners::default()).await);
    browser.open(&format!("{}?quiet", host.url)).await;
    for preset in PRESETS {
        let scenario = Scenario { repeats: Repeats::Fixed(1), warmup: 0, ..preset.scenario() };
        let value = serde_json::to_value(&scenario).expect("plain data");
        let result = browser.run(&value).await.expect(preset.id);
        check(&result, &scenario, &reference::checksum(&scenario, &[]));
    }
}

#[tokio::test]
#[ignore = "needs the built page: ./dev test browser"]
async fn the_page_answers_its_own_requests_in_all_lanes() {
    let (browser, host) = (Browser::start().await, page(Manners::default()).await);
    browser.open(&format!("{}?quiet", host.url)).await;
    let value = scenario(40, json!([{ "fetch": { "from": "page", "latency_ms": 5, "bytes": 3000 } }]));
    let parsed = Scenario::from_value(&value).expect("valid");
    check(&browser.run(&value).await.expect("runs"), &parsed, &reference::checksum(&parsed, &[]));

    browser.open(&format!("{}?quiet&no-sw", host.url)).await;
    let result = browser.run(&value).await.expect("runs");
    for lane in result["lanes"].as_array().expect("lanes") {
        let why = lane["why"].as_str().unwrap_or_default();
        assert!(lane["ending"] == "broken" && why.contains("its service worker is not running"), "{lane:#}");
    }
}

#[tokio::test]
#[ignore = "needs the built page: ./dev test browser"]
async fn a_text_file_of_10_mb_agrees_in_all_lanes() {
    let (browser, host) = (Browser::start().await, page(Manners::default()).await);
    // Real words in real proportions: the project's own prose over and over, so that shares cut words in two.
    let prose = std::fs::read(lanes_tests::root().join("LICENSE-APACHE")).expect("the licence is there");
    let text: Vec<u8> = prose.iter().copied().cycle().take(10 << 20).collect();
    let path = std::env::temp_dir().join(format!("lanes-test-{}.txt", std::process::id()));
    std::fs::write(&path, &text).expect("the temporary folder takes 10 MiB");

    browser.open(&format!("{}?quiet", host.url)).await;
    let value = scenario(40, json!([{ "compute": { "kernel": "wordcount", "input": "file" } }]));
    let refused = browser.run(&value).await.expect_err("no file yet");
    assert!(refused.contains("choose one first"), "{refused}");

    let input = browser.driver.find(thirtyfour::By::Css("input[type=file]")).await.expect("there is a file picker");
    input.send_keys(path.to_string_lossy()).await.expect("it takes a path");
    browser.until("document.body.innerText.includes('lanes-test-')").await;
    let parsed = Scenario::from_value(&value).expect("valid");
    let result = browser.run(&value).await.expect("runs");
    check(&result, &parsed, &reference::checksum(&parsed, &text));
    std::fs::remove_file(&path).expect("it was there");
}

#[tokio::test]
#[ignore = "needs the built page: ./dev test browser"]
async fn the_plan_is_the_same_in_the_browser() {
    let (browser, host) = (Browser::start().await, page(Manners::default()).await);
    browser.open(&format!("{}?quiet", host.url)).await;
    let steps = |spread| {
        json!([
            { "fetch": { "latency_ms": 33.3, "spread": spread } },
            { "compute": { "kernel": "primes", "size": 12345, "spread": spread } },
            { "bump": { "times": 7 } },
        ])
    };
    let value = json!({
        "lanes_scenario": 1, "seed": "18446744073709551615",
        "groups": [
            { "tasks": 300, "steps": steps("heavy") },
            { "tasks": 70, "steps": steps("uniform") },
            { "tasks": 1, "steps": steps("even") },
        ],
    });
    let plan = Plan::new(ValidScenario::from_value(&value).expect("valid"));
    let steps = |task| (0..plan.steps(task)).map(|step| plan.action(task, step)).collect::<Vec<_>>();
    let native: Vec<_> = (0..plan.tasks()).map(steps).collect();
    let native = serde_json::to_string(&native).expect("plain data");
    let script = format!("window.lanes.plan({value})");
    assert_eq!(browser.text(&script).await, native);
}

#[tokio::test]
#[ignore = "needs the built page: ./dev test browser"]
async fn every_kernel_agrees_in_the_browser() {
    let (browser, host) = (Browser::start().await, page(Manners::default()).await);
    browser.open(&format!("{}?quiet", host.url)).await;
    let step = |kernel: &str, size: u32| json!({ "compute": { "kernel": kernel, "size": size, "spread": "uniform" } });
    let steps = json!([
        step("primes", 3000),
        step("mandelbrot", 40),
        step("sha256", 3),
        step("wordcount", 20000),
        step("matmul", 40),
        step("sort", 9000),
        step("pi", 20000),
    ]);
    let value = scenario(12, steps);
    let parsed = Scenario::from_value(&value).expect("valid");
    let result = browser.run(&value).await.expect("runs");
    check(&result, &parsed, &reference::checksum(&parsed, &[]));
}

#[tokio::test]
#[ignore = "needs the built page: ./dev test browser"]
async fn from_1_to_16_workers_whatever_the_cores() {
    let (browser, host) = (Browser::start().await, page(Manners::default()).await);
    browser.open(&format!("{}?quiet", host.url)).await;
    for workers in [1, 16] {
        let mut value = scenario(
            64,
            json!([{ "fetch": { "latency_ms": 2 } }, { "compute": { "kernel": "primes", "size": 3000 } }]),
        );
        value["workers"] = workers.into();
        let parsed = Scenario::from_value(&value).expect("valid");
        let result = browser.run(&value).await.expect("runs");
        check(&result, &parsed, &reference::checksum(&parsed, &[]));
        let rows = |lane: usize| result["lanes"][lane]["workers"].as_array().map_or(0, Vec::len);
        assert_eq!(rows(2), workers, "a row for each thread");
        assert_eq!(rows(4), workers + 1, "a row for each process, and the parent's");
    }
}

#[tokio::test]
#[ignore = "needs the built page: ./dev test browser"]
async fn updates_are_lost_only_where_nothing_guards_them() {
    let (browser, host) = (Browser::start().await, page(Manners::default()).await);
    browser.open(&format!("{}?quiet", host.url)).await;
    for guard in ["gil", "lock", "atomic"] {
        let value = scenario(8, json!([{ "bump": { "times": 20000, "guard": guard } }]));
        let result = browser.run(&value).await.expect("runs");
        for lane in result["lanes"].as_array().expect("lanes") {
            let counter = &lane["counter"];
            assert_eq!(counter["expected"], 160_000, "{guard} {}", lane["lane"]);
            // Isolated workers count alone: the parent's counter never moves.
            let observed = if lane["lane"] == "browser/processes" { 0 } else { 160_000 };
            assert_eq!(counter["observed"], observed, "{guard} {}", lane["lane"]);
        }
    }
}
