//! What goes wrong outside of the page: a file that is gone, a host that is gone, a text that is no scenario, a cancel that
//! comes at once. Each ends in one sentence, and nothing that was there is lost.

use lanes_tests::{
    browser::{Browser, scenario},
    hosts::{Manners, page},
};
use serde_json::json;
use thirtyfour::By;

#[tokio::test]
#[ignore = "needs the built page: ./dev test browser"]
async fn a_cancel_right_after_run_cancels_that_run() {
    let (browser, host) = (Browser::start().await, page(Manners::default()).await);
    browser.open(&format!("{}?quiet", host.url)).await;
    let value = scenario(50, json!([{ "compute": { "size": 20000 } }]));
    let script = "const done = arguments[1]; const run = window.lanes.run(arguments[0]); window.lanes.cancel(); \
                  run.then((result) => done(result.lanes.map((lane) => lane.ending)), (why) => done(String(why)));";
    let endings = browser.driver.execute_async(script, vec![value.clone()]).await.expect("the script runs");
    assert_eq!(endings.json(), &json!(vec!["cancelled"; 6]));
    // The next one is not cancelled.
    let result = browser.run(&value).await.expect("runs");
    assert!(result["lanes"].as_array().expect("lanes").iter().all(|lane| lane["ending"] == "complete"), "{result:#}");
}

#[tokio::test]
#[ignore = "needs the built page: ./dev test browser"]
async fn a_file_that_is_gone_ends_the_run_with_one_sentence_and_keeps_the_results() {
    let (browser, host) = (Browser::start().await, page(Manners::default()).await);
    browser.open(&format!("{}?quiet", host.url)).await;
    let path = std::env::temp_dir().join(format!("lanes-gone-{}.txt", std::process::id()));
    std::fs::write(&path, "words and more words ".repeat(5_000)).expect("the temporary folder takes it");
    let input = browser.driver.find(By::Css("input[type=file]")).await.expect("there is a file picker");
    input.send_keys(path.to_string_lossy()).await.expect("it takes a path");
    browser.until("document.body.innerText.includes('lanes-gone-')").await;
    let value = scenario(16, json!([{ "compute": { "kernel": "wordcount", "input": "file" } }]));
    browser.run(&value).await.expect("runs");
    let before = browser.value("window.lanes.result()").await;

    std::fs::remove_file(&path).expect("it was there");
    let why = browser.run(&value).await.expect_err("the file is gone");
    assert!(why.contains("lanes-gone-") && why.contains("Choose it again"), "{why}");
    assert_eq!(browser.value("window.lanes.result()").await, before);
    assert_eq!(browser.value("window.lanes.idle").await, true);
}

#[tokio::test]
#[ignore = "needs the built page: ./dev test browser"]
async fn another_number_of_workers_runs_when_the_host_is_gone() {
    let (browser, host) = (Browser::start().await, page(Manners::default()).await);
    browser.open(&format!("{}?quiet", host.url)).await;
    browser.until("navigator.serviceWorker.controller").await;
    // Opened again, so that every script comes by the service worker.
    browser.open(&format!("{}?quiet&again", host.url)).await;
    let mut value = scenario(20, json!([{ "compute": { "size": 2000 } }]));
    browser.run(&value).await.expect("runs");
    drop(host);
    value["workers"] = json!(3);
    let result = browser.run(&value).await.expect("runs");
    for lane in result["lanes"].as_array().expect("lanes") {
        assert_eq!(lane["ending"], "complete", "{lane:#}");
    }
    let said = browser.text("document.body.innerText").await;
    assert!(!said.contains("wasm-function") && !said.contains("    at "), "{said}");
}

#[tokio::test]
#[ignore = "needs the built page: ./dev test browser"]
async fn a_text_that_is_far_too_long_for_a_scenario_is_not_taken() {
    let (browser, host) = (Browser::start().await, page(Manners::default()).await);
    browser.open(&format!("{}?quiet", host.url)).await;
    browser.driver.find(By::Css("#tab-json-button")).await.expect("a tab").click().await.expect("clicks");
    browser.until("document.getElementById('json-text').value.includes('lanes_scenario')").await;
    let before = browser.text("document.getElementById('json-text').value").await;
    let put = "(() => { const area = document.getElementById('json-text'); area.value = 'x'.repeat(8_700_000); \
               area.dispatchEvent(new InputEvent('input', { bubbles: true })); return area.value.length; })()";
    assert_eq!(browser.value(put).await, json!(before.encode_utf16().count()));
    browser.until("document.body.innerText.includes('Not taken')").await;
    assert_eq!(browser.text("document.getElementById('json-text').value").await, before);
    assert_eq!(browser.value("window.lanes.scenario().lanes_scenario").await, 2);

    // What is typed is read when the typing pauses.
    let type_seed = "(() => { const area = document.getElementById('json-text'); area.value = '{\"lanes_scenario\": 1, \"workers\": 0}'; \
                     area.dispatchEvent(new InputEvent('input', { bubbles: true })); return true; })()";
    browser.value(type_seed).await;
    browser.until("window.lanes.scenario().workers === 0").await;
    // The form names the field by its label.
    browser.driver.find(By::Css("#tab-form-button")).await.expect("a tab").click().await.expect("clicks");
    browser
        .until("[...document.querySelectorAll('#problems strong')].some((name) => name.textContent === 'Workers')")
        .await;
}

#[tokio::test]
#[ignore = "needs the built page: ./dev test browser"]
async fn where_tasks_cannot_wait_by_themselves_they_do_not_wait_in_a_worker_each() {
    // As in Firefox 140. It starts 512 workers for a page, and those of the lanes have to be among them.
    let (browser, host) = (Browser::with_a_new_profile().await, page(Manners::default()).await);
    let script = "delete Atomics.waitAsync; window.workersMade = 0; window.Worker = class extends Worker { \
                  constructor(...how) { super(...how); window.workersMade += 1; } };";
    browser.before_every_page(script).await;
    browser.open(&format!("{}?quiet", host.url)).await;
    assert_eq!(browser.value("typeof Atomics.waitAsync").await, "undefined");
    let made = browser.value("window.workersMade").await.as_u64().expect("a number");
    assert!(made <= 10, "{made} workers wait, and nothing runs");
    browser.run(&scenario(12, json!([{ "compute": { "size": 2000 } }]))).await.expect("runs");
    // Those of the lanes: two threads, two isolated ones, their engine, and the like.
    let made = browser.value("window.workersMade").await.as_u64().expect("a number");
    assert!((1..=60).contains(&made), "{made} workers were made");
}
