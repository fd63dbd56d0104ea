//! The whole way in Firefox: every lane of the page, CPython's among them, by hand and by link.

use lanes_core::{
    link,
    scenario::{Call, Code, Group, Lane, Model, Place, Repeats, Scenario, Step, presets::Preset},
};
use lanes_tests::{
    firefox::Firefox,
    hosts::{Manners, page},
    reference,
};
use serde_json::{Value, json};
use thirtyfour::{By, Key};

/// All lanes of the page.
fn lanes() -> Vec<Lane> {
    let of = |place: Place| {
        Model::ALL.into_iter().filter(move |model| place.has(*model)).map(move |model| Lane::new(place, model))
    };
    of(Place::Browser).chain(of(Place::Pyodide)).collect()
}

/// Whether this Firefox can suspend a stack, on which the threads of the page's CPython stand: from 153 on.
async fn suspends(browser: &Firefox) -> bool {
    browser.value("typeof WebAssembly.Suspending === 'function'").await == true
}

/// Every lane comes to the checksum; one that cannot be had in this Firefox says why.
fn check(result: &Value, checksum: &str, suspends: bool) {
    let stands_on_stacks = |lane: &Value| lane["lane"] == "pyodide/threads" || lane["lane"] == "pyodide/hybrid";
    for lane in result["lanes"].as_array().expect("lanes") {
        if stands_on_stacks(lane) && !suspends {
            says_which_browsers_can(lane);
        } else {
            assert_eq!((&lane["ending"], &lane["checksum"]), (&json!("complete"), &json!(checksum)), "{lane:#}");
        }
    }
}

fn says_which_browsers_can(lane: &Value) {
    assert_eq!(lane["ending"], "broken", "{lane:#}");
    let why = lane["why"].as_str().unwrap_or_default();
    assert!(why.contains("JSPI") && why.contains("Firefox from 153 on"), "{lane:#}");
}

#[tokio::test]
#[ignore = "needs the built page and Firefox: ./dev test browser"]
async fn every_lane_of_the_page_runs_and_a_link_runs_it_again() {
    let (browser, host) = (Firefox::start().await, page(Manners::default()).await);
    let preset = Preset::find("fetch-and-parse").expect("a preset").scenario();
    let scenario = Scenario { repeats: Repeats::Fixed(1), warmup: 0, lanes: lanes(), ..preset };
    let checksum = reference::checksum(&scenario, &[]);
    browser.open(&format!("{}?quiet#{}", host.url, link::encode(&scenario).expect("fits"))).await;
    // By the keyboard.
    browser.driver.find(By::Css("body")).await.expect("a page").send_keys("r").await.expect("types");
    browser.until("window.lanes.idle && window.lanes.result()").await;
    let result = browser.value("window.lanes.result()").await;
    assert_eq!(result["lanes"].as_array().map(Vec::len), Some(scenario.lanes.len()), "{result:#}");
    let suspends = suspends(&browser).await;
    check(&result, &checksum, suspends);
    assert_eq!(browser.value("document.querySelectorAll('.row-lane').length").await, scenario.lanes.len());

    let fragment = browser.text("location.hash").await;
    browser.open(&format!("{}?quiet&again{fragment}", host.url)).await;
    browser.until("window.lanes?.idle && window.lanes.scenario() && !window.lanes.result()").await;
    check(&browser.run(&browser.value("window.lanes.scenario()").await).await.expect("runs"), &checksum, suspends);
}

#[tokio::test]
#[ignore = "needs the built page and Firefox: ./dev test browser"]
async fn threads_of_the_pages_cpython_wait_together_and_a_changed_line_is_run() {
    let (browser, host) = (Firefox::start().await, page(Manners::default()).await);
    let source = "import time\nITEMS = range(6)\n\n\ndef task(item):\n    time.sleep(0.3)\n    return item\n";
    let call = Call { python: Code::Source(source.into()), ..Call::default() };
    let scenario = Scenario {
        groups: vec![Group { tasks: 6, steps: vec![Step::Call(call)], ..Group::default() }],
        lanes: [Model::Sequential, Model::Threads].map(Lane::pyodide).to_vec(),
        workers: 6,
        repeats: Repeats::Fixed(1),
        warmup: 0,
        ..Scenario::default()
    };
    browser.open(&format!("{}?quiet#{}", host.url, link::encode(&scenario).expect("fits"))).await;
    browser.driver.find(By::Css(".button-run")).await.expect("a button").click().await.expect("clicks");
    browser.until("window.lanes.idle && window.lanes.result()").await;
    let result = browser.value("window.lanes.result()").await;
    let wall = |lane: usize| result["lanes"][lane]["median_ns"].as_f64().expect("a time");
    assert!(wall(0) > 1.7e9, "six waits of 300 ms one after another: {result:#}");
    if suspends(&browser).await {
        assert_eq!(result["lanes"][1]["agreement"], "agrees", "{result:#}");
        assert!(wall(0) > 2.0 * wall(1), "or at once: {result:#}");
    } else {
        says_which_browsers_can(&result["lanes"][1]);
    }

    browser.until("document.querySelector('.code-editor')?.shadowRoot?.querySelector('.cm-content')").await;
    browser
        .value("(document.querySelector('.code-editor').shadowRoot.querySelector('.cm-content').focus(), true)")
        .await;
    let keys = browser.driver.action_chain().key_down(Key::Control).send_keys("a").key_up(Key::Control);
    keys.send_keys("ITEMS = range(6)\ndef task(item): return 1 / 0").perform().await.expect("types");
    browser.until("JSON.stringify(window.lanes.scenario()).includes('1 / 0')").await;
}
