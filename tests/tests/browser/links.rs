//! Links: opened, damaged, shared, and left by Back.

use lanes_core::{
    link,
    scenario::{Repeats, Scenario, presets::PRESETS},
};
use lanes_tests::{
    browser::Browser,
    hosts::{Manners, page},
};

#[tokio::test]
#[ignore = "needs the built page: ./dev test browser"]
async fn a_link_restores_its_scenario_and_runs_nothing_unasked() {
    let (browser, host) = (Browser::start().await, page(Manners::default()).await);
    for preset in PRESETS {
        let scenario =
            Scenario { title: format!("{} — größer, 100 %", preset.id), seed: u64::MAX, ..preset.scenario() };
        browser.open(&link::url(&host.url, &scenario).expect("fits")).await;
        browser.until(&format!("window.lanes.scenario().title.startsWith('{} ')", preset.id)).await;
        let json = browser.text("JSON.stringify(window.lanes.scenario())").await;
        assert_eq!(Scenario::from_json(&json), Ok(scenario));
        assert_eq!(browser.value("window.lanes.result()").await, serde_json::Value::Null);
    }
}

#[tokio::test]
#[ignore = "needs the built page: ./dev test browser"]
async fn a_bad_link_gets_a_sentence_and_the_page_stays_usable() {
    let (browser, host) = (Browser::start().await, page(Manners::default()).await);
    let good = link::encode(&PRESETS[0].scenario()).expect("fits");
    let damaged = good.replacen("tasks", "tosks", 1);
    for bad in [
        &good[..good.len() / 2],
        &damaged,
        "something-else",
        "99.(groups:!())",
        "1z.AAAA~000000",
        "%%%",
        "1.(groups:!())",
    ] {
        // Another address each time, or the browser would only move to the fragment.
        let url = format!("{}?bad={}#{bad}", host.url, bad.len());
        browser.open(&url).await;
        browser.until("document.body.innerText.includes('This link could not be opened')").await;
        assert_eq!(browser.value("window.lanes.idle").await, true, "{bad}");
    }
    let run =
        serde_json::to_value(Scenario { repeats: Repeats::Fixed(1), ..PRESETS[0].scenario() }).expect("plain data");
    browser.run(&run).await.expect("the page still runs things");
}

#[tokio::test]
#[ignore = "needs the built page: ./dev test browser"]
async fn back_returns_to_the_scenario_before() {
    let (browser, host) = (Browser::start().await, page(Manners::default()).await);
    let [first, second] = [PRESETS[1].scenario(), PRESETS[2].scenario()];
    browser.open(&link::url(&host.url, &first).expect("fits")).await;
    let fragment = link::encode(&second).expect("fits");
    browser.value(&format!("(location.hash = '{fragment}', true)")).await;
    browser.until(&format!("window.lanes.scenario().title === '{}'", second.title)).await;
    browser.driver.back().await.expect("there is an entry before");
    browser.until(&format!("window.lanes.scenario().title === '{}'", first.title)).await;
}
