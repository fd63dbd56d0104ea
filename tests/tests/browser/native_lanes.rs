//! The page and the local backend together: found, used, lost, found again.

use lanes_core::{
    link,
    scenario::{
        Lane, Model, Repeats, Scenario,
        presets::{PRESETS, Preset},
    },
};
use lanes_tests::{
    backend::Backend,
    browser::{Browser, scenario},
    hosts::{Manners, page},
    reference,
};
use serde_json::{Value, json};
use thirtyfour::By;

const READY: &str = "document.documentElement.dataset.backend === 'ready'";

/// The page of a backend, opened by its link.
async fn opened() -> (Browser, Backend) {
    let (browser, backend) = (Browser::start().await, Backend::start());
    browser.open(&backend.link("?quiet")).await;
    browser.until(READY).await;
    (browser, backend)
}

/// Every lane of the browser, then every native one.
fn both_places() -> Vec<Lane> {
    Model::ALL.map(Lane::browser).into_iter().chain(Model::ALL.map(Lane::native)).collect()
}

fn check(result: &Value, scenario: &Scenario, checksum: &str) {
    let lanes = result["lanes"].as_array().expect("lanes");
    assert_eq!(lanes.len(), scenario.lanes.len());
    for lane in lanes {
        assert_eq!(lane["ending"], "complete", "{lane:#}");
        assert_eq!((&lane["checksum"], &lane["agreement"]), (&json!(checksum), &json!("agrees")), "{lane:#}");
        assert_eq!(lane["tasks"]["done"], scenario.tasks(), "{lane:#}");
    }
}

#[tokio::test]
#[ignore = "needs the built page: ./dev test browser"]
async fn the_page_finds_its_backend_and_keeps_the_token_out_of_the_address() {
    let (browser, backend) = opened().await;
    assert_eq!(browser.text("location.href").await, format!("{}?quiet", backend.url));
    let details = browser.text("document.getElementById('backend').textContent").await;
    for word in ["cores", "native lanes", "±", "Limits"] {
        assert!(details.contains(word), "{word} in {details}");
    }
    assert!(!details.contains(&backend.token) && !browser.text("document.title").await.contains(&backend.token));

    // A reload still knows it; a scenario beside the token stays in the address.
    browser.driver.refresh().await.expect("reloads");
    browser.until(READY).await;
    let fragment = link::encode(&PRESETS[1].scenario()).expect("fits");
    browser.open(&format!("{}?again#{fragment}&token={}", backend.url, backend.token)).await;
    browser.until(READY).await;
    assert_eq!(browser.text("location.hash.includes('token')").await, "false");
    assert_eq!(browser.text("window.lanes.scenario().title").await, PRESETS[1].scenario().title);
}

#[tokio::test]
#[ignore = "needs the built page: ./dev test browser"]
async fn presets_agree_in_the_browser_and_natively_in_one_session() {
    let (browser, _backend) = opened().await;
    // Waiting, computing, and both; every preset in each place alone is `agreement`'s and `command_line`'s.
    for id in ["web-requests", "crunch", "first-look"] {
        let preset = Preset::find(id).expect("a preset");
        let scenario = Scenario { repeats: Repeats::Fixed(1), warmup: 0, lanes: both_places(), ..preset.scenario() };
        let value = serde_json::to_value(&scenario).expect("plain data");
        let result = browser.run(&value).await.expect(preset.id);
        check(&result, &scenario, &reference::checksum(&scenario, &[]));
        let versions = result["machine"]["versions"].to_string();
        assert!(versions.contains("native: ") && versions.contains("Chrom"), "{versions}");
    }
    // Nobody is called the same as another one.
    let names = "[...document.querySelectorAll('.row-lane .lane-name')].map((name) => name.textContent)";
    assert_eq!(browser.value(&format!("new Set({names}).size")).await, 12);
}

#[tokio::test]
#[ignore = "needs the built page: ./dev test browser"]
async fn real_requests_are_answered_in_both_places() {
    let (browser, _backend) = opened().await;
    let mut value = scenario(
        24,
        json!([{ "fetch": { "from": "server", "latency_ms": 5, "bytes": 3000, "spread": "uniform" } },
            { "compute": { "kernel": "wordcount", "input": "body" } }]),
    );
    value["lanes"] = serde_json::to_value(both_places()).expect("plain data");
    let parsed = Scenario::from_value(&value).expect("valid");
    let result = browser.run(&value).await.expect("runs");
    check(&result, &parsed, &reference::checksum(&parsed, &[]));
    for lane in result["lanes"].as_array().expect("lanes") {
        assert_eq!(lane["fetched_bytes"], 24 * 3000, "{lane:#}");
    }
}

#[tokio::test]
#[ignore = "needs the built page: ./dev test browser"]
async fn a_file_is_handed_over_once_and_agrees() {
    let (browser, _backend) = opened().await;
    let text = std::fs::read(lanes_tests::root().join("LICENSE-APACHE")).expect("the licence is there");
    let mut value = scenario(8, json!([{ "compute": { "kernel": "wordcount", "input": "file" } }]));
    value["lanes"] = json!(["browser/threads", "native/async", "native/processes"]);
    value["repeats"] = json!(2);
    let input = browser.driver.find(By::Css("input[type=file]")).await.expect("there is a file picker");
    input.send_keys(lanes_tests::root().join("LICENSE-APACHE").to_string_lossy()).await.expect("it takes a path");
    browser.until("document.body.innerText.includes('LICENSE-APACHE')").await;
    let parsed = Scenario::from_value(&value).expect("valid");
    let result = browser.run(&value).await.expect("runs");
    check(&result, &parsed, &reference::checksum(&parsed, &text));
    let said = browser.text("document.querySelector('.file').innerText").await;
    assert!(said.contains("local backend"), "{said}");
    let handed = "performance.getEntriesByType('resource').filter((entry) => entry.name.endsWith('/api/file')).length";
    assert_eq!(browser.value(handed).await, 1);
}

#[tokio::test]
#[ignore = "needs the built page: ./dev test browser"]
async fn a_killed_native_worker_is_replaced_and_nothing_is_lost() {
    let (browser, _backend) = opened().await;
    let mut value = scenario(60, json!([{ "compute": { "kernel": "primes", "size": 3_000_000 } }]));
    value["lanes"] = json!(["native/processes"]);
    browser.start_run(&value).await;
    browser.until("document.querySelector('.cell-number')?.textContent > 2").await;
    let button = browser.driver.find(By::Css(".cell-kill")).await.expect("a button while processes run");
    button.click().await.expect("clicks");
    let result = browser.finished().await.expect("runs to its end");
    let parsed = Scenario::from_value(&value).expect("valid");
    check(&result, &parsed, &reference::checksum(&parsed, &[]));
    assert!(result["lanes"][0]["tasks"]["retried"].as_u64().expect("a count") > 0, "{result:#}");
}

#[tokio::test]
#[ignore = "needs the built page: ./dev test browser"]
async fn lanes_of_cpython_run_beside_the_others_and_are_cancelled() {
    let (browser, _backend) = opened().await;
    let fetch = json!({ "fetch": { "from": "server", "latency_ms": 5, "bytes": 500 } });
    let mut value = scenario(12, json!([fetch, { "compute": { "kernel": "wordcount", "input": "body" } }]));
    let models = ["sequential", "async", "threads", "processes", "hybrid"].map(|model| format!("python/{model}"));
    value["lanes"] = json!([&["browser/async", "native/async"].map(str::to_owned)[..], &models[..]].concat());
    let parsed = Scenario::from_value(&value).expect("valid");
    let result = browser.run(&value).await.expect("runs");
    check(&result, &parsed, &reference::checksum(&parsed, &[]));
    assert_eq!(result["lanes"][4]["gil"]["threads"].as_array().map(Vec::len), Some(2), "{:#}", result["lanes"][4]);

    for model in ["threads", "processes"] {
        let mut value = scenario(2000, json!([{ "fetch": { "latency_ms": 50 } }]));
        value["lanes"] = json!([format!("python/{model}")]);
        browser.start_run(&value).await;
        browser.until("document.querySelector('.cell-number')?.textContent > 0").await;
        browser.value("window.lanes.cancel()").await;
        let entry = browser.finished().await.expect("a cancelled run has a result too")["lanes"][0].clone();
        assert_eq!(entry["ending"], "cancelled", "{entry:#}");
        assert!(entry["gil"].is_null(), "of a run that was cut off nothing is said: {entry:#}");
    }
}

#[tokio::test]
#[ignore = "needs the built page: ./dev test browser"]
async fn cancel_ends_native_lanes_and_the_next_run_is_sound() {
    let (browser, backend) = opened().await;
    for lane in Model::ALL.map(Lane::native) {
        let mut value = scenario(2000, json!([{ "fetch": { "latency_ms": 20 } }, { "compute": { "size": 200_000 } }]));
        value["lanes"] = json!([lane]);
        browser.start_run(&value).await;
        browser.until("document.querySelector('.cell-number')?.textContent > 0").await;
        browser.value("window.lanes.cancel()").await;
        let result = browser.finished().await.expect("a cancelled run has a result too");
        let entry = &result["lanes"][0];
        assert_eq!(entry["ending"], "cancelled", "{entry:#}");
        let count = |key: &str| entry["tasks"][key].as_u64().expect("a count");
        assert_eq!(["done", "failed", "cancelled", "abandoned"].map(count).iter().sum::<u64>(), 2000, "{entry:#}");
        assert!(!entry["notes"].to_string().contains("cut off"), "its own report came back: {entry:#}");
    }
    backend.until_it_has_no_workers().await;
    let mut value = scenario(10, json!([{ "compute": { "size": 5000 } }]));
    value["lanes"] = serde_json::to_value(both_places()).expect("plain data");
    let parsed = Scenario::from_value(&value).expect("valid");
    check(&browser.run(&value).await.expect("runs"), &parsed, &reference::checksum(&parsed, &[]));
}

#[tokio::test]
#[ignore = "needs the built page: ./dev test browser"]
async fn a_backend_that_is_killed_breaks_its_lanes_alone_and_is_found_again() {
    let (browser, mut backend) = opened().await;
    // Eight seconds in two workers, less than one in an event loop.
    let mut value = scenario(40, json!([{ "fetch": { "latency_ms": 400 } }]));
    value["lanes"] = json!(["native/threads", "browser/async", "browser/processes", "native/async"]);
    browser.start_run(&value).await;
    browser.until("document.querySelector('.cell-number')?.textContent > 0").await;
    backend.kill();
    let result = browser.finished().await.expect("a result with reasons");
    let why = |lane: usize| result["lanes"][lane]["why"].as_str().unwrap_or_default().to_owned();
    assert!(why(0).contains("the backend went away in the middle of the run"), "{result:#}");
    // The page came from the very server that is gone.
    for lane in [1, 2] {
        assert_eq!(result["lanes"][lane]["ending"], "complete", "{result:#}");
    }
    assert!(why(3).contains("the backend went away before"), "{result:#}");
    assert_eq!(browser.text("document.documentElement.dataset.backend").await, "lost");
    // Another number of workers wants another engine, made of what the service worker has kept.
    let mut more = scenario(20, json!([{ "fetch": { "latency_ms": 5 } }, { "compute": { "size": 2000 } }]));
    more["workers"] = json!(3);
    more["lanes"] = json!(["browser/threads", "browser/gil", "browser/processes", "browser/hybrid"]);
    let result = browser.run(&more).await.expect("runs");
    let parsed = Scenario::from_value(&more).expect("valid");
    check(&result, &parsed, &reference::checksum(&parsed, &[]));

    backend.start_again();
    browser.until(READY).await;
    let result = browser.run(&value).await.expect("runs");
    let parsed = Scenario::from_value(&value).expect("valid");
    check(&result, &parsed, &reference::checksum(&parsed, &[]));
}

#[tokio::test]
#[ignore = "needs the built page: ./dev test browser"]
async fn closing_the_tab_ends_the_run_and_its_processes() {
    let (browser, backend) = opened().await;
    let mut value = scenario(2000, json!([{ "compute": { "kernel": "primes", "size": 3_000_000 } }]));
    value["lanes"] = json!(["native/processes"]);
    browser.start_run(&value).await;
    backend.until_it_has_workers(2).await;
    // The driver wants a tab that is left.
    let tab = browser.driver.window().await.expect("a tab");
    let other = browser.driver.new_tab().await.expect("another tab");
    browser.driver.switch_to_window(tab).await.expect("the first again");
    browser.driver.close_window().await.expect("closes");
    browser.driver.switch_to_window(other).await.expect("the one that is left");
    backend.until_it_has_no_workers().await;
}

#[tokio::test]
#[ignore = "needs the built page: ./dev test browser"]
async fn without_the_token_the_page_says_how_to_get_in() {
    let (browser, backend) = (Browser::start().await, Backend::start());
    browser.open(&format!("{}?quiet", backend.url)).await;
    browser.until("document.documentElement.dataset.backend === 'locked'").await;
    let told = browser.text("document.getElementById('backend').textContent").await;
    assert!(told.contains("open the link that “lanes serve” printed"), "{told}");
    let mut value = scenario(4, json!([{ "compute": { "size": 2000 } }]));
    value["lanes"] = json!(["native/threads", "browser/sequential"]);
    let result = browser.run(&value).await.expect("runs");
    assert!(result["lanes"][0]["why"].as_str().expect("a reason").contains("open the link"), "{result:#}");
    assert_eq!(result["lanes"][1]["ending"], "complete");

    // Pasted over the address of this very page, which does not load it anew.
    browser.value(&format!("(location.hash = 'token={}', true)", backend.token)).await;
    browser.until(READY).await;
    assert_eq!(browser.text("location.hash.includes('token')").await, "false");
    assert_eq!(browser.run(&value).await.expect("runs")["lanes"][0]["ending"], "complete");
}

#[tokio::test]
#[ignore = "needs the built page: ./dev test browser"]
async fn a_static_host_without_a_backend_stays_quiet() {
    let (browser, host) = (Browser::start().await, page(Manners::default()).await);
    browser.open(&format!("{}?quiet", host.url)).await;
    assert_eq!(browser.text("document.documentElement.dataset.backend").await, "none");
    assert_eq!(browser.value("document.querySelectorAll('.notice').length").await, 0);
    let asked = "performance.getEntriesByType('resource').filter((entry) => entry.name.includes('/api/')).length";
    assert_eq!(browser.value(asked).await, 0, "nobody said that there is one");
    let refused = browser.run(&scenario(2, json!([{ "fetch": { "from": "server" } }]))).await.expect_err("no server");
    assert!(refused.contains("lanes serve"), "{refused}");
    let disabled = browser.value("document.getElementById('lane-native-async').disabled").await;
    assert_eq!(disabled, true);
}
