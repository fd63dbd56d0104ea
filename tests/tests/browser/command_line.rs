//! A link from the page means the same on the command line: the same tasks, and the same checksum in every lane.

use std::process::Command;

use lanes_core::scenario::{Lane, Model, Repeats, Scenario, presets::PRESETS};
use lanes_tests::{
    backend,
    browser::Browser,
    hosts::{Manners, page},
};
use serde_json::Value;

#[tokio::test]
#[ignore = "needs the built page: ./dev test browser"]
async fn a_link_from_the_page_has_the_same_checksums_natively() {
    let (browser, host) = (Browser::start().await, page(Manners::default()).await);
    browser.open(&format!("{}?quiet", host.url)).await;
    let lanes = Model::ALL.map(|model| Lane::native(model).to_string()).join(",");
    for preset in PRESETS {
        // One lane is enough: that the page's lanes agree is shown in `agreement`.
        let lane = vec![Lane::browser(Model::Async)];
        let scenario = Scenario { repeats: Repeats::Fixed(1), warmup: 0, lanes: lane, ..preset.scenario() };
        let in_page = browser.run(&serde_json::to_value(&scenario).expect("plain data")).await.expect(preset.id);
        let link = browser.text("location.href").await;
        let output = Command::new(backend::program())
            .args(["run", &link, "--lanes", &lanes, "--json", "-", "--quiet"])
            .output()
            .expect("lanes can be started");
        let text = String::from_utf8_lossy(&output.stdout);
        assert_eq!(output.status.code(), Some(0), "{}: {}", preset.id, String::from_utf8_lossy(&output.stderr));
        let native: Value = serde_json::from_str(&text).expect("a result file");
        // As scenarios: a number that went through the page has lost its “.0”.
        let groups = |result: &Value| Scenario::from_value(&result["scenario"]).expect("its own scenario").groups;
        assert_eq!(groups(&native), groups(&in_page), "{}", preset.id);
        let sums = |result: &Value| -> Vec<Value> {
            result["lanes"].as_array().expect("lanes").iter().map(|lane| lane["checksum"].clone()).collect()
        };
        let all = [sums(&in_page), sums(&native)].concat();
        assert_eq!(all.len(), 7, "{}", preset.id);
        assert!(all[0].is_string() && all.iter().all(|sum| *sum == all[0]), "{}: {all:?}", preset.id);
    }
}
