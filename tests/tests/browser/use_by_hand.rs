//! The page as a person uses it: first visit, keys, sharing; and that nothing complains on the way.

use lanes_core::scenario::Scenario;
use lanes_tests::{
    browser::{Browser, scenario},
    hosts::{Manners, page},
    reference,
};
use serde_json::json;
use thirtyfour::{By, Key};

/// Errors that reached the window since the page was opened.
const WATCH: &str = "(window.testErrors = [], \
    addEventListener('error', (e) => window.testErrors.push(e.message)), \
    addEventListener('unhandledrejection', (e) => window.testErrors.push(String(e.reason))), true)";

#[tokio::test]
#[ignore = "needs the built page: ./dev test browser"]
async fn the_first_visit_runs_an_example_by_itself() {
    let (browser, host) = (Browser::start().await, page(Manners::default()).await);
    browser.driver.goto(&host.url).await.expect("opens");
    browser.until("window.lanes && window.lanes.idle && window.lanes.result()").await;
    let endings = browser.text("window.lanes.result().lanes.map((lane) => lane.ending).join()").await;
    assert_eq!(endings, "complete,complete,complete,complete,complete,complete");
    let text = browser.text("document.body.innerText").await;
    for lane in ["sequential", "async", "threads", "gil", "processes", "hybrid"] {
        assert!(text.contains(lane), "{lane} in {text}");
    }
}

#[tokio::test]
#[ignore = "needs the built page: ./dev test browser"]
async fn r_runs_and_escape_cancels() {
    let (browser, host) = (Browser::start().await, page(Manners::default()).await);
    browser.open(&format!("{}?quiet", host.url)).await;
    browser.value(WATCH).await;
    let body = browser.driver.find(By::Tag("body")).await.expect("a body");
    body.send_keys("r").await.expect("takes keys");
    browser.until("!window.lanes.idle").await;
    body.send_keys(Key::Escape + "").await.expect("takes keys");
    browser.idle().await;
    let endings = browser.text("window.lanes.result().lanes.map((lane) => lane.ending).join()").await;
    assert!(endings.contains("cancelled") || endings.contains("broken"), "{endings}");
    assert_eq!(browser.text("window.testErrors.join()").await, "");
}

#[tokio::test]
#[ignore = "needs the built page: ./dev test browser"]
async fn typing_a_wrong_number_is_kept_and_explained_and_r_does_not_run_while_typing() {
    let (browser, host) = (Browser::start().await, page(Manners::default()).await);
    browser.open(&format!("{}?quiet", host.url)).await;
    let field = browser.driver.find(By::Css("#field-workers")).await.expect("a workers field");
    field.send_keys(Key::Control + "a").await.expect("takes keys");
    field.send_keys("r0").await.expect("takes keys");
    browser.until("document.body.innerText.includes('should be a whole number from 1 to 64')").await;
    assert_eq!(field.prop("value").await.expect("has one").as_deref(), Some("r0"));
    assert_eq!(browser.value("window.lanes.idle").await, true);
    let refused = browser.run(&serde_json::Value::Null).await.expect_err("not valid");
    assert!(refused.contains("workers"), "{refused}");
}

#[tokio::test]
#[ignore = "needs the built page: ./dev test browser"]
async fn a_size_is_found_by_the_time_that_it_takes() {
    let (browser, host) = (Browser::start().await, page(Manners::default()).await);
    browser.open(&format!("{}?quiet", host.url)).await;
    let compute = json!({ "lanes_scenario": 2, "lanes": ["browser/sequential"],
        "groups": [{ "tasks": 2, "steps": [{ "compute": { "size": 1 } }] }] });
    browser.run(&compute).await.expect("runs");
    let size = "Number(document.querySelector('[id$=compute-size]').value.replaceAll(/\\D/g, ''))";
    let ask = |ms: &str| {
        format!(
            "(() => {{ const field = document.querySelector('[id$=size-ms]'); field.value = '{ms}';
              field.dispatchEvent(new Event('input', {{ bubbles: true }}));
              field.closest('.row').querySelector('button').click(); return true }})()"
        )
    };
    browser.value(&ask("soon")).await;
    browser.until("document.body.innerText.includes('between 0 and 60,000 milliseconds are possible')").await;
    assert_eq!(browser.value(size).await, 1, "nothing was tried");
    browser.value(&ask("5")).await;
    browser.until("document.body.innerText.includes('one at a time, in the browser.')").await;
    let of_5 = browser.value(size).await.as_u64().expect("a size");
    browser.value(&ask("50")).await;
    browser.until(&format!("window.lanes.idle && {size} !== {of_5}")).await;
    let of_50 = browser.value(size).await.as_u64().expect("a size");
    // Primes below ten times as many take thirty times as long, on a machine that is slowed down now and then.
    assert!(of_5 > 1 && of_50 > of_5, "{of_5}, then {of_50}");
    // The results are still those of the run.
    assert_eq!(browser.text("window.lanes.result().scenario.groups[0].tasks + ' tasks'").await, "2 tasks");
}

#[tokio::test]
#[ignore = "needs the built page: ./dev test browser"]
async fn nothing_scrolls_sideways_on_a_small_phone() {
    let (browser, host) = (Browser::start().await, page(Manners::default()).await);
    // Chromium's windows are at least 500 px wide, frames are not.
    browser.driver.goto(format!("{}sw.js", host.url)).await.expect("opens");
    let frame = format!(
        "(document.documentElement.innerHTML = '<body><iframe id=phone src=\"{}?quiet\" style=\"width:360px;height:740px\"></iframe>', true)",
        host.url
    );
    browser.value(&frame).await;
    browser.until("document.getElementById('phone').contentDocument.documentElement.dataset.idle === 'true'").await;
    let width = browser.value("document.getElementById('phone').contentDocument.documentElement.scrollWidth").await;
    assert!(width.as_u64().expect("a number") <= 360, "{width}");
}

#[tokio::test]
#[ignore = "needs the built page: ./dev test browser"]
async fn a_killed_worker_is_replaced_and_nothing_is_lost() {
    let (browser, host) = (Browser::start().await, page(Manners::default()).await);
    browser.open(&format!("{}?quiet", host.url)).await;
    // Long enough that every worker has something in hand whenever the button is pressed.
    let mut value = scenario(40, json!([{ "compute": { "kernel": "primes", "size": 2_000_000 } }]));
    value["lanes"] = json!(["browser/processes"]);
    browser.start_run(&value).await;
    browser.until("document.querySelector('.cell-number')?.textContent > 2").await;
    browser
        .driver
        .find(By::Css(".cell-kill"))
        .await
        .expect("a button while processes run")
        .click()
        .await
        .expect("clicks");
    let result = browser.finished().await.expect("runs to its end");
    let lane = &result["lanes"][0];
    assert_eq!((&lane["ending"], &lane["tasks"]["done"]), (&json!("complete"), &json!(40)), "{lane:#}");
    assert_eq!(lane["checksum"], reference::checksum(&Scenario::from_value(&value).expect("valid"), &[]), "{lane:#}");
    assert!(lane["tasks"]["retried"].as_u64().expect("a count") > 0, "{lane:#}");
    // How long it had had them is anything from nothing on: it may have got them a moment before.
    let notes = lane["notes"].to_string();
    assert!(notes.contains("was lost (it was killed on request) and replaced"), "{lane:#}");
}
