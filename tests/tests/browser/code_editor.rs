//! The editor of code that a scenario brings: it is there when it is wanted, writes what the scenario says and shows where a run
//! failed; and without it a plain field does the same.

use lanes_core::{
    link,
    scenario::{Lane, Model, Scenario},
};
use lanes_tests::{
    browser::Browser,
    hosts::{Host, Manners, page},
};
use serde_json::{Value, json};
use thirtyfour::{By, Key, TypingData};

const HOST: &str = "document.querySelector('.code-editor')";
/// What is in the editor's shadow root.
const INSIDE: &str = "document.querySelector('.code-editor').shadowRoot";
/// The code that the scenario brings.
const CODE: &str = "window.lanes.scenario().groups[0].steps[0].call.python";
/// What of the editor has been loaded.
const LOADED: &str =
    "performance.getEntriesByType('resource').filter((one) => one.name.includes('code_editor')).length";

/// An item of it fails, at line 6.
const FAILS: &str = "ITEMS = range(4)


def task(item):
    if item == 2:
        raise ValueError('no two')
    return item * item
";

fn bringing(python: &str) -> Scenario {
    let value = json!({
        "lanes_scenario": 2, "title": "Own", "lanes": [Lane::pyodide(Model::Sequential)], "workers": 2, "repeats": 1, "warmup": 0,
        "groups": [{ "tasks": 4, "steps": [{ "call": { "python": python } }] }],
    });
    Scenario::from_value(&value).expect("valid")
}

async fn open(browser: &Browser, host: &Host, python: &str) {
    browser.open(&link::url(&host.url, &bringing(python)).expect("fits")).await;
    browser.until("window.lanes.scenario().title === 'Own'").await;
}

/// Opens the page with the code in the editor.
async fn open_in_editor(browser: &Browser, host: &Host, python: &str) {
    open(browser, host, python).await;
    browser.until(&format!("{INSIDE}.querySelector('.cm-content') && !{HOST}.hidden")).await;
}

/// Types into whatever has the focus.
async fn press(browser: &Browser, keys: impl Into<TypingData>) {
    browser.driver.action_chain().send_keys(keys).perform().await.expect("takes keys");
}

async fn press_with(browser: &Browser, modifier: Key, keys: impl Into<TypingData>) {
    let chain = browser.driver.action_chain().key_down(modifier.clone()).send_keys(keys).key_up(modifier);
    chain.perform().await.expect("takes keys");
}

async fn run(browser: &Browser) {
    browser.run(&Value::Null).await.expect("runs");
    browser.idle().await;
}

async fn until_code_is(browser: &Browser, code: &str) {
    browser.until(&format!("{CODE} === {}", json!(code))).await;
}

#[tokio::test]
#[ignore = "needs the built page: ./dev test browser"]
async fn it_is_loaded_once_code_is_open_and_goes_by_the_pages_policy() {
    let (browser, host) = (Browser::start().await, page(Manners::default()).await);
    browser.watch_violations().await;
    browser.open(&format!("{}?quiet", host.url)).await;
    assert_eq!(browser.value(LOADED).await, 0);
    open_in_editor(&browser, &host, FAILS).await;
    assert_eq!(browser.value(LOADED).await, 1);
    assert_eq!(browser.value(&format!("{INSIDE}.querySelectorAll('style').length")).await, 0);
    // Its colours are those of the page.
    let colour = |what: &str| format!("getComputedStyle({INSIDE}.querySelector('{what}')).color");
    let keyword = format!("[...{INSIDE}.querySelectorAll('.cm-line span')].find((one) => one.textContent === 'def')");
    let of_keyword = browser.text(&format!("getComputedStyle({keyword}).color")).await;
    assert_ne!(of_keyword, browser.text(&colour(".cm-line")).await);
    // Searching, and what is drawn by it.
    browser.value(&format!("{HOST}.focus()")).await;
    press_with(&browser, Key::Control, "f").await;
    browser.until(&format!("{INSIDE}.querySelector('.cm-search')")).await;
    press(&browser, "item").await;
    browser.until(&format!("{INSIDE}.querySelectorAll('.cm-searchMatch').length >= 3")).await;
    assert_eq!(browser.violations().await, [""; 0]);
    assert_eq!(browser.console_errors().await, [""; 0]);
}

#[tokio::test]
#[ignore = "needs the built page: ./dev test browser"]
async fn what_is_typed_is_in_the_scenario_and_keys_do_what_they_do_in_an_editor() {
    let (browser, host) = (Browser::start().await, page(Manners::default()).await);
    open_in_editor(&browser, &host, FAILS).await;
    browser.value(&format!("{HOST}.focus()")).await;
    press_with(&browser, Key::Control, Key::End + "").await;
    // It runs the scenario elsewhere in the page, and is a letter here.
    press(&browser, "r").await;
    until_code_is(&browser, &format!("{FAILS}r")).await;
    press_with(&browser, Key::Control, "z").await;
    until_code_is(&browser, FAILS).await;
    assert_eq!(browser.value("[window.lanes.idle, window.lanes.result()]").await, json!([true, null]));

    press_with(&browser, Key::Control, Key::Home + "").await;
    press(&browser, Key::Tab + "").await;
    until_code_is(&browser, &format!("    {FAILS}")).await;
    press_with(&browser, Key::Shift, Key::Tab + "").await;
    until_code_is(&browser, FAILS).await;
    let has_focus = format!("document.activeElement === {HOST}");
    assert_eq!(browser.value(&has_focus).await, true);
    press(&browser, Key::Escape + "").await;
    press(&browser, Key::Tab + "").await;
    assert_eq!(browser.value(&has_focus).await, false);
    until_code_is(&browser, FAILS).await;
}

#[tokio::test]
#[ignore = "needs the built page: ./dev test browser"]
async fn a_change_from_elsewhere_leaves_the_cursor_where_the_text_is_the_same() {
    let (browser, host) = (Browser::start().await, page(Manners::default()).await);
    open_in_editor(&browser, &host, FAILS).await;
    browser.value(&format!("{HOST}.focus()")).await;
    press_with(&browser, Key::Control, Key::End + "").await;
    press(&browser, Key::Up + "").await;
    let longer = format!("# above\n{}", FAILS.replace("no two", "not two"));
    browser.run(&serde_json::to_value(bringing(&longer)).expect("plain data")).await.expect("runs");
    let shown = format!("[...{INSIDE}.querySelectorAll('.cm-line')].map((line) => line.textContent).join('\\n')");
    browser.until(&format!("{shown} === {}", json!(longer))).await;
    assert_eq!(
        browser.text(&format!("{INSIDE}.querySelector('.cm-activeLine').textContent")).await,
        "    return item * item"
    );
}

#[tokio::test]
#[ignore = "needs the built page: ./dev test browser"]
async fn what_failed_is_marked_at_its_line_until_the_code_is_another() {
    let (browser, host) = (Browser::start().await, page(Manners::default()).await);
    open_in_editor(&browser, &host, FAILS).await;
    run(&browser).await;
    let marks = format!(
        "[...{INSIDE}.querySelectorAll('.failed-why, .failed-number')].map((one) => one.textContent).sort().join('|')"
    );
    browser.until(&format!("{marks} === '6|item 2: ValueError: no two'")).await;
    let active = format!("{INSIDE}.querySelector('.cm-activeLine').textContent");
    browser.driver.find(By::Css(".results .go-to-line")).await.expect("a way there").click().await.expect("clicks");
    browser.until(&format!("{active}.includes('raise ValueError') && document.activeElement === {HOST}")).await;
    press(&browser, "#").await;
    browser.until(&format!("{marks} === '' && !document.querySelector('.go-to-line')")).await;
    // As it was when it failed.
    press_with(&browser, Key::Control, "z").await;
    browser.until(&format!("{marks} !== '' && document.querySelector('.go-to-line')")).await;
    // Mended.
    press(&browser, "pass#").await;
    press_with(&browser, Key::Control, Key::End + "").await;
    run(&browser).await;
    assert_eq!(browser.text(&marks).await, "");
}

#[tokio::test]
#[ignore = "needs the built page: ./dev test browser"]
async fn code_that_is_not_python_is_marked_where_python_stops_reading() {
    let (browser, host) = (Browser::start().await, page(Manners::default()).await);
    open_in_editor(&browser, &host, &FAILS.replace("(item):", "(item)")).await;
    run(&browser).await;
    let said = format!("{INSIDE}.querySelector('.failed-why')?.textContent");
    browser.until(&format!("{said}?.startsWith('SyntaxError: ')")).await;
    assert_eq!(browser.text(&format!("{INSIDE}.querySelector('.failed-number').textContent")).await, "4");
    assert_eq!(
        browser.value("document.querySelectorAll('.overview-failed .go-to-line, .trouble .go-to-line').length").await,
        2
    );
}

#[tokio::test]
#[ignore = "needs the built page: ./dev test browser"]
async fn without_it_a_plain_field_does_the_same() {
    let (browser, host) = (Browser::start().await, page(Manners::default()).await);
    host.hide("editor/code_editor");
    open(&browser, &host, FAILS).await;
    let area = browser.driver.find(By::Css("textarea.own-code")).await.expect("a field");
    run(&browser).await;
    browser.until("document.querySelector('.editor').innerText.includes('Line 6: item 2: ValueError: no two')").await;
    browser.driver.find(By::Css(".results .go-to-line")).await.expect("a way there").click().await.expect("clicks");
    let chosen = "((area) => area.value.slice(area.selectionStart, area.selectionEnd))(document.activeElement)";
    browser.until(&format!("{chosen}.includes('raise ValueError')")).await;
    area.send_keys(Key::End + "#").await.expect("takes keys");
    browser.until(&format!("{CODE}.includes(\"('no two')#\")")).await;
    assert_eq!(browser.value(&format!("{HOST}.hidden")).await, true);
}
