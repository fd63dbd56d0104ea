//! The programs in the page are those of the command line, alone and side by side.

use lanes_core::{
    export::program::{Language, program},
    link,
    scenario::{Lane, Model, Scenario, presets::Preset},
};
use lanes_tests::{
    browser::{Browser, scenario},
    hosts::{Host, Manners, page},
};
use serde_json::json;
use thirtyfour::By;

const LISTING: &str = "document.querySelector('.code-listing').textContent";

async fn open(scenario: &Scenario) -> (Browser, Host) {
    let (browser, host) = (Browser::start().await, page(Manners::default()).await);
    browser.open(&format!("{}?quiet#{}", host.url, link::encode(scenario).expect("fits"))).await;
    see_programs(&browser).await;
    (browser, host)
}

/// They are written when somebody comes near them.
async fn see_programs(browser: &Browser) {
    browser.value("(document.getElementById('code-title').scrollIntoView(), true)").await;
    browser.until(&format!("{LISTING}.length > 0")).await;
}

fn code(scenario: &Scenario, model: Model, language: Language) -> String {
    program(scenario, Lane::browser(model), language).expect("a program").code
}

async fn choose(browser: &Browser, id: &str) {
    browser.value(&format!("(document.getElementById('{id}').click(), true)")).await;
}

async fn set_beside(browser: &Browser, model: &str) {
    let script = format!(
        "(() => {{ const list = document.querySelector('.code-beside select'); list.value = '{model}'; \
         list.dispatchEvent(new Event('change', {{ bubbles: true }})); return true; }})()"
    );
    browser.value(&script).await;
}

#[tokio::test]
#[ignore = "needs the built page: ./dev test browser"]
async fn what_is_shown_and_copied_is_what_is_exported() {
    // A title is the one text of somebody else's that stands in a program.
    let title = "<img src=x onerror=alert(1)> & </code>".to_owned();
    let scenario = Scenario { title, ..Preset::find("fetch-and-parse").expect("a preset").scenario() };
    let (browser, _host) = open(&scenario).await;
    assert_eq!(browser.text(LISTING).await, code(&scenario, Model::Async, Language::Python));
    for (model, language, id) in [
        (Model::Processes, Language::Python, "python"),
        (Model::Hybrid, Language::Python, "python"),
        (Model::Gil, Language::Rust, "rust"),
        (Model::Threads, Language::Rust, "rust"),
    ] {
        choose(&browser, &format!("code-language-{id}")).await;
        choose(&browser, &format!("code-model-{}", model.id())).await;
        assert_eq!(browser.text(LISTING).await, code(&scenario, model, language), "{model:?} {language:?}");
    }
    browser.value("(navigator.clipboard.writeText = async (text) => { window.testCopy = text; }, true)").await;
    browser.driver.find(By::Css(".code-take button")).await.expect("a button").click().await.expect("clicks");
    browser.until("window.testCopy").await;
    assert_eq!(browser.text("window.testCopy").await, code(&scenario, Model::Threads, Language::Rust));
    assert_eq!(browser.value("document.querySelectorAll('.code img').length").await, 0);
}

#[tokio::test]
#[ignore = "needs the built page: ./dev test browser"]
async fn two_models_stand_side_by_side_with_every_line_of_both() {
    let scenario = Preset::find("crunch").expect("a preset").scenario();
    let (browser, _host) = open(&scenario).await;
    choose(&browser, "code-model-threads").await;
    set_beside(&browser, "processes").await;
    browser.until("document.querySelector('.diff-fold') && document.querySelector('.diff-differs')").await;
    choose(&browser, "code-fold").await;
    browser.until("!document.querySelector('.diff-fold')").await;
    for (column, model) in [(1, Model::Threads), (2, Model::Processes)] {
        let lines = browser
            .text(&format!(
                "[...document.querySelectorAll('.diff tbody td:nth-child({column})[data-line]')]\
                 .map((cell) => cell.textContent).join('\\n')"
            ))
            .await;
        assert_eq!(lines, code(&scenario, model, Language::Python).trim_end(), "column {column}");
    }
    assert_eq!(
        browser.value("document.querySelectorAll('.diff-left[data-line], .diff-right[data-line]').length > 0").await,
        true
    );
    set_beside(&browser, "").await;
    browser.until(&format!("{LISTING}.length > 0")).await;
}

#[tokio::test]
#[ignore = "needs the built page: ./dev test browser"]
async fn a_lane_leads_to_its_program_and_its_lock_is_shown() {
    let (browser, host) = (Browser::start().await, page(Manners::default()).await);
    browser.open(&format!("{}?quiet", host.url)).await;
    let mut value = scenario(12, json!([{ "compute": { "kernel": "primes", "size": 400_000 } }]));
    value["lanes"] = json!(["browser/sequential", "browser/gil", "browser/processes"]);
    let result = browser.run(&value).await.expect("runs");
    // In the result file, in numbers: what a thread does with the lock fills its time.
    let gil = &result["lanes"][1]["gil"];
    let threads = gil["threads"].as_array().expect("threads");
    assert_eq!(threads.len(), 2, "{gil:#}");
    for thread in threads.iter().chain([&gil["all"]]) {
        let sum: f64 = ["holds", "waits", "free"].iter().map(|part| thread[part].as_f64().expect("a part")).sum();
        assert!((sum - 1.0).abs() < 1e-6, "{gil:#}");
    }
    assert!(gil["all"]["holds"].as_f64() > Some(0.0) && result["lanes"][0]["gil"].is_null(), "{result:#}");
    // And in the page: a row for each thread and one for all.
    browser.until("document.querySelectorAll('.lock-card tbody tr').length === 3").await;

    browser.value("(document.querySelectorAll('.lane-button')[2].click(), true)").await;
    browser.until("document.querySelector('.details .link-button')").await;
    browser.value("(document.querySelector('.details .link-button').click(), true)").await;
    browser.until("document.getElementById('code-model-processes').checked").await;
    assert_eq!(browser.text("document.activeElement.id").await, "code-title");
    let now = Scenario::from_value(&browser.value("window.lanes.scenario()").await).expect("valid");
    browser.until(&format!("{LISTING}.includes('multiprocessing')")).await;
    assert_eq!(browser.text(LISTING).await, code(&now, Model::Processes, Language::Python));
    // The same checksum as the lanes came to is said below it.
    let foot = browser.text("document.querySelector('.code-foot').textContent").await;
    assert!(foot.contains(result["lanes"][0]["checksum"].as_str().expect("a checksum")), "{foot}");
}

#[tokio::test]
#[ignore = "needs the built page: ./dev test browser"]
async fn what_writes_programs_is_loaded_when_they_are_wanted_and_asked_for_again_when_it_did_not_come() {
    let (browser, host) = (Browser::start().await, page(Manners::default()).await);
    // Low enough that the programs are more than a screen away.
    browser.driver.set_window_rect(0, 0, 1440, 300).await.expect("a window");
    browser.open(&format!("{}?quiet", host.url)).await;
    let asked =
        "performance.getEntriesByType('resource').filter((entry) => entry.name.includes('lanes-programs')).length";
    assert_eq!(browser.value(asked).await, 0);
    host.hide("lanes-programs");
    browser.value("(document.getElementById('code-title').scrollIntoView(), true)").await;
    browser.until("document.querySelector('.code [role=alert]')").await;
    let said = browser.text("document.querySelector('.code [role=alert]').textContent").await;
    assert!(said.contains("could not be loaded") && said.contains("Try again"), "{said}");
    host.hide("");
    browser.driver.find(By::Css(".code [role=alert] button")).await.expect("a button").click().await.expect("clicks");
    see_programs(&browser).await;
    assert!(browser.value(asked).await.as_u64() > Some(0));
}
