//! The page's lanes keep the contract that core's own loops are held to: the same cases, the same judgement.

use lanes_core::{
    report::{Ending, TaskCounts},
    run::contract::{Case, Observed, cases},
    scenario::{Model, ValidScenario},
    trace::State,
};
use lanes_tests::{
    browser::Browser,
    hosts::{Manners, page},
};
use serde_json::{Value, json};

#[tokio::test]
#[ignore = "needs the built page: ./dev test browser"]
async fn every_lane_of_the_page_keeps_the_contract() {
    let (browser, host) = (Browser::start().await, page(Manners::default()).await);
    browser.open(&format!("{}?quiet", host.url)).await;
    let mut faults = Vec::new();
    // The page refuses an empty file when it is chosen.
    let is_empty = |case: &Case| case.file.as_ref().is_some_and(Vec::is_empty);
    for case in cases().iter().filter(|case| !case.cancelled && !is_empty(case)) {
        choose_file(&browser, case).await;
        let value: Value = serde_json::from_str(&case.scenario).expect("JSON");
        let result = browser.run(&value).await.unwrap_or_else(|why| panic!("{}: {why}", case.name));
        for (lane, model) in result["lanes"].as_array().expect("lanes").iter().zip(Model::ALL) {
            faults.extend(case.faults(model, &observed(lane)));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[tokio::test]
#[ignore = "needs the built page: ./dev test browser"]
async fn every_lane_of_the_page_ends_when_it_is_cancelled() {
    let (browser, host) = (Browser::start().await, page(Manners::default()).await);
    browser.open(&format!("{}?quiet", host.url)).await;
    let mut faults = Vec::new();
    for case in cases().iter().filter(|case| case.cancelled) {
        choose_file(&browser, case).await;
        for model in Model::ALL {
            let mut value: Value = serde_json::from_str(&case.scenario).expect("JSON");
            value["lanes"] = json!([format!("browser/{}", model.id())]);
            browser.start_run(&value).await;
            // In the middle of it, or before it has begun: it ends either way.
            browser.value("(window.testBegan = performance.now(), true)").await;
            browser.until("performance.now() - window.testBegan > 150").await;
            browser.value("(window.lanes.cancel(), true)").await;
            let result = browser.finished().await.unwrap_or_else(|why| panic!("{}: {why}", case.name));
            faults.extend(case.faults(model, &observed(&result["lanes"][0])));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// Chooses the case's file in the page, as a person does.
async fn choose_file(browser: &Browser, case: &Case) {
    let Some(bytes) = &case.file else { return };
    let name = format!("lanes-contract-{}-{}.txt", std::process::id(), bytes.len());
    let path = std::env::temp_dir().join(&name);
    std::fs::write(&path, bytes).expect("the temporary folder takes a small file");
    let scenario = ValidScenario::from_json(&case.scenario).expect("valid");
    // The picker is there when the edited scenario wants a file: one is run without, and refused.
    let _ = browser.run(&serde_json::to_value(&*scenario).expect("plain data")).await;
    let input = browser.driver.find(thirtyfour::By::Css("input[type=file]")).await.expect("there is a file picker");
    input.send_keys(path.to_string_lossy()).await.expect("it takes a path");
    browser.until(&format!("document.body.innerText.includes({})", json!(name))).await;
}

/// What a lane of a result file says.
fn observed(lane: &Value) -> Observed {
    let count = |value: &Value| value.as_u64().unwrap_or_default();
    let tasks = &lane["tasks"];
    let states = |worker: &Value| State::ALL.map(|state| worker["states_ns"][state.id()].as_u64().unwrap_or_default());
    Observed {
        ending: match lane["ending"].as_str() {
            Some("complete") => Ending::Complete,
            Some("cancelled") => Ending::Cancelled,
            _ => Ending::Broken(lane["why"].to_string()),
        },
        tasks: TaskCounts {
            done: count(&tasks["done"]),
            failed: count(&tasks["failed"]),
            cancelled: count(&tasks["cancelled"]),
            abandoned: count(&tasks["abandoned"]),
            retried: count(&tasks["retried"]),
        },
        checksum: lane["checksum"].as_str().and_then(|sum| u64::from_str_radix(sum, 16).ok()),
        failures: lane["failures"].as_array().into_iter().flatten().map(|why| why["why"].to_string()).collect(),
        rows_ns: lane["workers"].as_array().into_iter().flatten().map(states).collect(),
        has_loop_lag: !lane["loop_lag_ns"].is_null(),
        counter: lane["counter"].as_object().map(|counter| (count(&counter["expected"]), count(&counter["observed"]))),
        dropped: count(&lane["spans"]["dropped"]),
        wall_ns: count(&lane["median_ns"]),
        longest_ns: count(&lane["latency_ns"]["max"]),
        behind: count(&lane["arrivals"]["behind"]),
        lock_held_ns: lane["gil"]["all"]["holds"].as_f64().map(|part| {
            let threads = lane["gil"]["threads"].as_array().map_or(0, Vec::len);
            (part * lane["median_ns"].as_f64().unwrap_or_default() * threads as f64) as u64
        }),
    }
}
