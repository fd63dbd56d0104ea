//! Guessing first: by keys alone, run, the answer beside the guess, and the score that stays.

use lanes_tests::{
    browser::Browser,
    hosts::{Manners, page},
};
use thirtyfour::{By, Key};

/// The lanes as they are ranked.
const ORDER: &str = "[...document.querySelectorAll('.guess .lane-name')].map((lane) => lane.innerText).join()";

/// Opens the list and chooses an experiment by a word of its question.
async fn choose(browser: &Browser, word: &str) {
    let click = format!(
        "(document.querySelector('.quiz-list').open = true, \
         [...document.querySelectorAll('.quiz-list .preset')].find((one) => one.innerText.includes('{word}')).click(), true)"
    );
    browser.value(&click).await;
}

#[tokio::test]
#[ignore = "needs the built page: ./dev test browser"]
async fn lanes_are_ranked_by_keys_run_and_compared_with_what_came_out() {
    let (browser, host) = (Browser::start().await, page(Manners::default()).await);
    browser.open(&format!("{}?quiet", host.url)).await;
    choose(&browser, "One thread for each download").await;
    browser.until("document.querySelectorAll('.guess-lane').length === 4").await;
    assert_eq!(browser.text(ORDER).await, "Sequential,Async,Threads,Processes");
    let first = browser.driver.find(By::Css(".guess-handle")).await.expect("a lane");
    first.focus().await.expect("takes the focus");
    first.send_keys(Key::End + "").await.expect("takes keys");
    browser.until(&format!("{ORDER} === 'Async,Threads,Processes,Sequential'")).await;
    // The focus has gone with the lane.
    browser.until("document.activeElement.innerText === 'Sequential'").await;
    let focused = browser.driver.active_element().await.expect("one has it");
    focused.send_keys(Key::Up + "").await.expect("takes keys");
    browser.until(&format!("{ORDER} === 'Async,Threads,Sequential,Processes'")).await;
    browser.until("document.activeElement.innerText === 'Sequential'").await;
    let focused = browser.driver.active_element().await.expect("one has it");
    focused.send_keys(Key::Down + "").await.expect("takes keys");
    browser.until(&format!("{ORDER} === 'Async,Threads,Processes,Sequential'")).await;

    browser.value("(document.querySelector('.quiz-actions .button').click(), true)").await;
    browser.until("window.lanes.idle && document.querySelector('.quiz-points')").await;
    let text = browser.text("document.querySelector('.quiz').innerText").await;
    // Sequential is the slowest of them by far; the others may tie.
    for expected in
        ["Your guess", "points: you have", "Guessing at random gets 50", "You said", "Change that one thing"]
    {
        assert!(text.contains(expected), "{expected} in {text}");
    }
    let kept = "JSON.parse(localStorage.getItem('lanes-guesses')).downloads";
    let points = browser.value(kept).await.as_u64().expect("points");
    assert!((50..=100).contains(&points), "three pairs of at most six are right whatever else: {points}");
    assert!(browser.text("document.querySelector('.quiz-score').innerText").await.starts_with("1 of 24 guessed"));

    browser.value("([...document.querySelectorAll('.quiz .link-button')].at(-1).click(), true)").await;
    browser.until("document.querySelectorAll('.guess-lane').length === 4").await;
    browser.value("(document.querySelector('.quiz-actions .button').click(), true)").await;
    browser.until("window.lanes.idle && document.querySelector('.quiz-points')").await;
    assert_eq!(browser.value(kept).await.as_u64(), Some(points), "the first guess counts");
    browser.value("([...document.querySelectorAll('.quiz .link-button')][0].click(), true)").await;
    browser.until("document.querySelector('#field-workers').value === '4' && !document.querySelector('.quiz')").await;
    assert_eq!(browser.console_errors().await, Vec::<String>::new());
}

#[tokio::test]
#[ignore = "needs the built page: ./dev test browser"]
async fn nobody_has_to_guess() {
    let (browser, host) = (Browser::start().await, page(Manners::default()).await);
    browser.open(&format!("{}?quiet", host.url)).await;
    assert_eq!(browser.value("document.querySelectorAll('.quiz').length").await, 0, "the first example is none");
    choose(&browser, "One thread for each download").await;
    browser.until("document.querySelector('.guess')").await;
    browser.value("(document.querySelector('.quiz-actions .link-button').click(), true)").await;
    browser.until("window.lanes.idle && document.querySelector('.quiz-rule')").await;
    let text = browser.text("document.querySelector('.quiz').innerText").await;
    assert!(text.contains("What came out") && !text.contains("points"), "{text}");
    assert_eq!(browser.value("localStorage.getItem('lanes-guesses')").await, serde_json::Value::Null);
}
