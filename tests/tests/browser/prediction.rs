//! Predictions in the page: asked for, changed, compared with what was measured, kept, cancelled.

use lanes_tests::{
    browser::Browser,
    hosts::{Manners, page},
};
use serde_json::{Value, json};
use thirtyfour::{By, Key};

/// What the section shows.
const SECTION: &str = "document.querySelector('.prediction').innerText";
const ASK: &str = "(document.querySelector('.prediction-ask button').click(), true)";
const SAID: &str = "document.querySelectorAll('.prediction tbody tr').length === 3";

fn job() -> Value {
    let steps = json!([{ "fetch": { "latency_ms": 20 } }, { "compute": { "kernel": "pi", "size": 20_000 } }]);
    json!({ "lanes_scenario": 2, "workers": 2, "repeats": 1, "warmup": 0,
        "lanes": ["browser/sequential", "browser/async", "browser/processes"], "groups": [{ "tasks": 6, "steps": steps }] })
}

/// Types into a field of “What if”.
async fn change(browser: &Browser, name: &str, to: &str) {
    let fields = browser.driver.find_all(By::Css(".change")).await.expect("fields");
    for field in fields {
        if field.text().await.expect("has a name").trim() == name {
            let input = field.find(By::Tag("input")).await.expect("has an input");
            input.send_keys(Key::Control + "a").await.expect("takes keys");
            return input.send_keys(to).await.expect("takes keys");
        }
    }
    panic!("there is no field “{name}”");
}

#[tokio::test]
#[ignore = "needs the built page: ./dev test browser"]
async fn a_job_is_predicted_changed_and_compared_with_what_was_measured() {
    let (browser, host) = (Browser::start().await, page(Manners::default()).await);
    browser.open(&format!("{}?quiet", host.url)).await;
    browser.run(&job()).await.expect("runs");
    let measured = browser.text("JSON.stringify(window.lanes.result())").await;
    browser.value(ASK).await;
    browser.until(SAID).await;
    let text = browser.text(SECTION).await;
    for expected in ["≈", "Measured", "Off by", "take browser/async", "Nothing of it was run"] {
        assert!(text.contains(expected), "{expected} in {text}");
    }
    assert!(!text.contains("Not predicted"), "{text}");
    assert_eq!(browser.text("JSON.stringify(window.lanes.result())").await, measured, "results stay");

    change(&browser, "tasks", "60").await;
    browser.until(&format!("{SECTION}.includes('With 60 tasks, take')")).await;
    assert!(!browser.text(SECTION).await.contains("Measured"), "60 tasks were not measured");
    change(&browser, "workers", "1000").await;
    browser.until("document.querySelector('.prediction-failed')?.innerText.includes('workers')").await;
    change(&browser, "workers", "x").await;
    browser.until("document.querySelector('.change input[aria-invalid]')").await;
    browser.value("([...document.querySelectorAll('.changes button')].at(-1).click(), true)").await;
    browser.until(&format!("{SECTION}.includes('Off by')")).await;
    let typed = "[...document.querySelectorAll('.change input')].map((input) => input.value).join('')";
    assert_eq!(browser.text(typed).await, "", "all is as it is, nonsense too");

    let kept = "localStorage.getItem('lanes-calibration')";
    let before = browser.text(kept).await;
    browser.value("(location.reload(), true)").await;
    browser.until("window.lanes && window.lanes.idle && document.querySelector('.prediction-ask')").await;

    browser.value(ASK).await;
    browser.until(SAID).await;
    assert_eq!(browser.text(kept).await, before, "this browser is measured once");
    assert_eq!(browser.console_errors().await, Vec::<String>::new());
}

#[tokio::test]
#[ignore = "needs the built page: ./dev test browser"]
async fn measuring_can_be_cancelled_and_lanes_that_are_not_here_say_so() {
    let (browser, host) = (Browser::start().await, page(Manners::default()).await);
    browser.open(&format!("{}?quiet", host.url)).await;
    browser.value(ASK).await;
    browser.until(&format!("{SECTION}.includes('Measuring')")).await;
    browser.driver.find(By::Tag("body")).await.expect("a body").send_keys(Key::Escape + "").await.expect("takes keys");
    browser.until("window.lanes.idle && document.querySelector('.prediction-ask button')").await;
    let mut elsewhere = job();
    elsewhere["lanes"] = json!(["browser/sequential", "browser/async", "native/threads"]);
    browser.run(&elsewhere).await.expect("runs");
    browser.value(ASK).await;
    browser.until(SAID).await;
    let text = browser.text(SECTION).await;
    assert!(text.contains("Not predicted: ") && text.contains("backend"), "{text}");
    assert_eq!(text.matches('≈').count(), 3, "two lanes and the line below: {text}");
}
