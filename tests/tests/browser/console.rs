//! What the browser itself says of the page: nothing in its console on a first visit, wherever the page is served, and
//! nothing that the page's policy blocks but a script that does not belong to it.

use lanes_tests::{
    backend::Backend,
    browser::{Browser, scenario},
    hosts::{Manners, page},
};
use serde_json::json;

/// What the console has had to say since it was asked before: errors and warnings.
async fn console(browser: &Browser) -> Vec<String> {
    let entries = browser.driver.browser_log().await.expect("chromedriver keeps the console");
    entries.into_iter().map(|entry| format!("{}: {}", entry.level, entry.message)).collect()
}

#[tokio::test]
#[ignore = "needs the built page: ./dev test browser"]
async fn a_first_visit_says_nothing_on_hosts_without_a_backend() {
    for headers in [true, false] {
        let (browser, host) = (Browser::start().await, page(Manners { headers, ..Manners::default() }).await);
        browser.driver.goto(&host.url).await.expect("opens");
        browser.until("window.lanes && window.lanes.idle && window.lanes.result()").await;
        assert_eq!(browser.text("document.documentElement.dataset.backend").await, "none");
        assert_eq!(console(&browser).await, [""; 0], "with headers: {headers}");
        // It would be heard.
        browser.value("console.warn('heard')").await;
        assert!(console(&browser).await.concat().contains("heard"));
    }
}

#[tokio::test]
#[ignore = "needs the built page: ./dev test browser"]
async fn a_first_visit_says_nothing_with_a_backend_with_and_without_its_token() {
    let (browser, backend) = (Browser::start().await, Backend::start());
    browser.open(&backend.link("?quiet")).await;
    browser.until("document.documentElement.dataset.backend === 'ready'").await;
    assert_eq!(console(&browser).await, [""; 0]);
    let stranger = Browser::start().await;
    stranger.open(&format!("{}?quiet", backend.url)).await;
    stranger.until("document.documentElement.dataset.backend === 'locked'").await;
    assert_eq!(console(&stranger).await, [""; 0]);
}

#[tokio::test]
#[ignore = "needs the built page: ./dev test browser"]
async fn the_policy_stops_a_script_inside_the_page_and_nothing_of_the_page_itself() {
    let (browser, host) = (Browser::start().await, page(Manners::default()).await);
    browser.open(&format!("{}?quiet", host.url)).await;
    browser
        .value(
            "(window.blocked = [], addEventListener('securitypolicyviolation', \
             (event) => window.blocked.push(event.effectiveDirective)), true)",
        )
        .await;
    // Every kind of worker, a link, a download and the page's own styles.
    let value = scenario(20, json!([{ "fetch": { "latency_ms": 2 } }, { "compute": { "size": 2000 } }]));
    let result = browser.run(&value).await.expect("runs");
    for lane in result["lanes"].as_array().expect("lanes") {
        assert_eq!(lane["ending"], "complete", "{lane:#}");
    }
    assert_eq!(browser.value("window.blocked").await, json!([]));

    let inject = "(() => { const script = document.createElement('script'); script.textContent = 'window.injected = true'; \
                  document.head.append(script); \
                  const button = document.createElement('button'); button.setAttribute('onclick', 'window.injected = true'); \
                  document.body.append(button); button.click(); return window.injected === undefined; })()";
    assert_eq!(browser.value(inject).await, true);
    browser.until("window.blocked.length >= 2").await;
    assert_eq!(browser.value("window.blocked.every((what) => what.startsWith('script-src'))").await, true);
}
