//! The browser that the other tests share: it forgets, and it misses no error.

use lanes_tests::{browser::Browser, hosts::html};

#[tokio::test]
#[ignore = "needs a browser: ./dev test browser"]
async fn a_test_finds_nothing_of_the_one_before() {
    let host = html("<title>A page</title>", "default-src 'self'").await;
    for _ in 0..2 {
        let browser = Browser::start().await;
        browser.driver.goto(&host.url).await.expect("opens");
        let found = browser.value("[localStorage.length, sessionStorage.length]").await;
        assert_eq!(found, serde_json::json!([0, 0]));
        // This page, and before it the empty one of a new tab, if that was there in time to be one.
        assert!(browser.value("history.length").await.as_u64().is_some_and(|pages| pages <= 2));
        browser.value("(localStorage.left = 1, sessionStorage.left = 1, console.error('left'), true)").await;
        let other = browser.driver.new_tab().await.expect("a second tab, left open");
        browser.driver.switch_to_window(other).await.expect("switches");
        browser.driver.goto(&host.url).await.expect("opens");
    }
    let browser = Browser::start().await;
    assert_eq!(browser.driver.windows().await.expect("some").len(), 1);
    assert_eq!(browser.console_errors().await, [""; 0]);
}

#[tokio::test]
#[ignore = "needs a browser: ./dev test browser"]
async fn errors_of_every_kind_and_violations_are_seen() {
    let page = "<link rel='icon' href='data:,'><script src='/missing.js'></script><script>window.ran = true;</script>";
    let host = html(page, "default-src 'self'; img-src data:").await;
    let browser = Browser::start().await;
    browser.watch_violations().await;
    browser.driver.goto(&host.url).await.expect("opens");
    assert_eq!(browser.value("window.ran ?? null").await, serde_json::Value::Null);
    assert_eq!(browser.violations().await, ["script-src-elem: inline"]);
    browser
        .value("(setTimeout(() => { window.later = 1; throw new Error('thrown'); }), console.error('logged'), true)")
        .await;
    browser.until("window.later").await;
    let errors = browser.console_errors().await;
    for part in ["404", "Content Security Policy", "logged", "thrown"] {
        assert_eq!(errors.iter().filter(|error| error.contains(part)).count(), 1, "{part} in {errors:#?}");
    }
    assert_eq!(browser.console_errors().await, [""; 0], "each is told once");
}
