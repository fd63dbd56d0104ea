//! The page on hosts that set headers and on hosts that do not, at the root and under a path.

use lanes_tests::{
    browser::{Browser, scenario},
    hosts::{Manners, page},
};
use serde_json::json;

#[tokio::test]
#[ignore = "needs the built page: ./dev test browser"]
async fn a_plain_static_host_is_isolated_after_at_most_one_reload() {
    for base in ["/", "/some/where/"] {
        let (browser, host) =
            (Browser::start().await, page(Manners { base, headers: false, ..Manners::default() }).await);
        // Counts loads from the outside of the page: session storage outlives a reload.
        browser.open(&format!("{}?quiet", host.url)).await;
        browser.until("crossOriginIsolated").await;
        browser.idle().await;
        let reloads = browser.value("performance.getEntriesByType('navigation')[0].type").await;
        assert_eq!(reloads, "reload", "it was reloaded to become isolated");
        // A second visit finds the service worker there and is isolated at once.
        browser.open(&format!("{}?quiet&again", host.url)).await;
        assert_eq!(browser.value("crossOriginIsolated").await, true);
        assert_eq!(browser.value("performance.getEntriesByType('navigation')[0].type").await, "navigate");

        let value = scenario(20, json!([{ "fetch": { "latency_ms": 5 } }, { "compute": { "size": 2000 } }]));
        let result = browser.run(&value).await.expect("runs");
        for lane in result["lanes"].as_array().expect("lanes") {
            assert_eq!(lane["ending"], "complete", "{lane:#}");
            assert_eq!(lane["agreement"], "agrees", "{lane:#}");
            assert_eq!(
                lane["notes"].as_array().map_or(0, Vec::len),
                usize::from(lane["lane"] == "browser/processes"),
                "{lane:#}"
            );
        }
    }
}

#[tokio::test]
#[ignore = "needs the built page: ./dev test browser"]
async fn without_isolation_what_needs_no_shared_memory_runs() {
    let (browser, host) = (Browser::start().await, page(Manners { headers: false, ..Manners::default() }).await);
    browser.open(&format!("{}?quiet&no-sw", host.url)).await;
    assert_eq!(browser.value("crossOriginIsolated").await, false);
    browser.until("document.body.innerText.includes('Threads are not available here')").await;

    let value = scenario(20, json!([{ "fetch": { "latency_ms": 5 } }, { "compute": { "size": 2000 } }]));
    let result = browser.run(&value).await.expect("runs");
    for lane in result["lanes"].as_array().expect("lanes") {
        let needs_memory =
            ["browser/threads", "browser/gil", "browser/hybrid"].contains(&lane["lane"].as_str().expect("a name"));
        if needs_memory {
            assert_eq!(lane["ending"], "broken", "{lane:#}");
            let why = lane["why"].as_str().expect("a reason");
            assert!(why.contains("Cross-Origin-Opener-Policy") && why.contains("service worker"), "{why}");
        } else {
            assert_eq!(lane["ending"], "complete", "{lane:#}");
            assert_eq!(lane["agreement"], "agrees", "{lane:#}");
        }
    }
}
