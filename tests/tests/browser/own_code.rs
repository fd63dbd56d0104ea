//! Functions of the user's own in the page: those that the backend was started with are chosen and run, and code that came
//! with a link never is.

use std::{fs, path::PathBuf};

use lanes_core::{
    link,
    scenario::{Call, Code, Group, Lane, Model, Scenario, Step},
};
use lanes_tests::{
    backend::Backend,
    browser::Browser,
    hosts::{Manners, page},
};
use serde_json::{Value, json};
use thirtyfour::By;

const READY: &str = "document.documentElement.dataset.backend === 'ready'";
/// What the page says in its main part.
const SAID: &str = "document.getElementById('main').innerText";

/// A folder of the user's own, with `job.py` in it, which writes down how often it is called.
struct Job(tempfile::TempDir);

impl Job {
    fn new(items: u32) -> Self {
        let job = Self(tempfile::tempdir().expect("a folder"));
        job.write(items);
        job
    }

    fn path(&self) -> PathBuf {
        self.0.path().join("job.py")
    }

    fn source(&self, items: u32) -> String {
        let calls = self.0.path().join("calls");
        format!(
            "import time\nITEMS = range({items})\n\n\ndef task(item):\n    with open({calls:?}, 'a') as file:\n        \
             file.write('1')\n    time.sleep(0.02)\n    return item * item\n"
        )
    }

    fn write(&self, items: u32) {
        fs::write(self.path(), self.source(items)).expect("room");
    }

    fn calls(&self) -> usize {
        fs::read(self.0.path().join("calls")).map_or(0, |calls| calls.len())
    }
}

async fn click(browser: &Browser, css: &str) {
    browser.driver.find(By::Css(css)).await.expect(css).click().await.expect("clicks");
}

/// A scenario that brings its code.
fn brought(source: String) -> Scenario {
    let call = Call { python: Code::Source(source), ..Call::default() };
    let group = Group { tasks: 3, steps: vec![Step::Call(call)], ..Group::default() };
    let lanes = [Model::Sequential, Model::Threads].map(Lane::python).to_vec();
    Scenario { title: "from elsewhere".into(), groups: vec![group], lanes, ..Scenario::default() }
}

#[tokio::test]
#[ignore = "needs the built page: ./dev test browser"]
async fn python_in_a_link_is_never_run_and_the_page_says_what_to_do() {
    let (job, browser) = (Job::new(3), Browser::start().await);
    let scenario = brought(job.source(3));
    let (backend, host) = (Backend::start(), page(Manners::default()).await);
    let fragment = link::encode(&scenario).expect("fits");
    for address in
        [format!("{}#{fragment}", host.url), format!("{}?backend#{fragment}&token={}", backend.url, backend.token)]
    {
        browser.open(&address).await;
        if address.contains("?backend") {
            browser.until(READY).await;
        }
        browser.until(&format!("{SAID}.includes('brings 9 lines of Python code of its own')")).await;
        let said = browser.text(SAID).await;
        assert!(said.contains("lanes run --run-code") && said.contains("lanes serve FILE.py"), "{said}");
        assert!(said.contains("not run yet"), "{said}");
        assert_eq!(browser.value("window.lanes.result()").await, Value::Null);
        // Nor when somebody asks for it.
        click(&browser, ".button-run").await;
        browser.until("document.body.innerText.includes('Not run: the scenario brings')").await;
        browser.idle().await;
        let why = browser.run(&serde_json::to_value(&scenario).expect("plain data")).await.expect_err("refused");
        assert!(why.contains("Not run: the scenario brings"), "{why}");
        assert_eq!(browser.value("window.lanes.result()").await, Value::Null);
        // It can be read.
        let code = browser.text("document.querySelector('.own-code').value").await;
        assert_eq!(code, job.source(3));
    }
    assert_eq!(job.calls(), 0);
}

#[tokio::test]
#[ignore = "needs the built page: ./dev test browser"]
async fn a_function_that_the_server_was_started_with_is_chosen_and_run() {
    let job = Job::new(12);
    let browser = Browser::start().await;
    let backend = Backend::start_with(&[&job.path().to_string_lossy()]);
    browser.open(&backend.link("")).await;
    browser.until(READY).await;
    browser.until("document.querySelector('#functions-title')").await;
    // It is what the page opens with, and nothing of it has run.
    browser.until("window.lanes.scenario().title === 'job.py: task'").await;
    assert_eq!(browser.value("window.lanes.result()").await, Value::Null);
    assert_eq!(job.calls(), 1, "the first item, when the server was started");
    let button = "section[aria-labelledby=functions-title] .preset";
    let pressed = format!("document.querySelector('{button}').getAttribute('aria-pressed')");
    assert_eq!(browser.text(&pressed).await, "true");
    click(&browser, "section[aria-labelledby=presets-title] .preset").await;
    assert_eq!(browser.text(&pressed).await, "false");
    click(&browser, button).await;
    browser.until(&format!("{pressed} === 'true'")).await;
    let draft = browser.text("JSON.stringify(window.lanes.scenario())").await;
    assert!(draft.contains("\"digest\"") && !draft.contains("item * item"), "{draft}");

    click(&browser, ".button-run").await;
    browser.until("window.lanes.idle && window.lanes.result()").await;
    let result = browser.value("window.lanes.result()").await;
    let lanes = result["lanes"].as_array().expect("lanes");
    assert!(lanes.len() >= 4, "{result:#}");
    for lane in lanes {
        assert_eq!((&lane["ending"], &lane["tasks"]["done"]), (&json!("complete"), &json!(12)), "{lane:#}");
        assert_eq!(lane["agreement"], "agrees", "{lane:#}");
    }
    assert_eq!(job.calls(), 1 + lanes.len() * 3 * 12);
    assert_eq!(browser.value("document.querySelectorAll('.row-lane').length").await, lanes.len());
    browser.value("(document.getElementById('code-title').scrollIntoView(), true)").await;
    browser.until("document.querySelector('.code-listing')").await;
    let said = browser.text(SAID).await;
    assert!(said.contains("Take ") && said.contains("as fast as one item after another"), "{said}");
    assert!(said.contains("import job"), "the program is shown: {said}");

    // A link names it, and opens where nobody serves it.
    let fragment = browser.text("location.hash").await;
    let host = page(Manners::default()).await;
    browser.open(&format!("{}{fragment}", host.url)).await;
    browser.until(&format!("{SAID}.includes('names task() of job.py and does not bring its code')")).await;
    assert!(browser.text(SAID).await.contains("“lanes serve job.py”"));

    // A file that has changed is chosen again.
    browser.open(&format!("{}?again{fragment}&token={}", backend.url, backend.token)).await;
    browser.until(READY).await;
    let calls = job.calls();
    job.write(5);
    browser
        .until("[...document.querySelectorAll('.preset-what')].some((what) => what.textContent === '5 items')")
        .await;
    browser.until(&format!("{SAID}.includes('The file job.py is not what it was')")).await;
    let again = By::XPath("//button[text()='Choose it as it is now']");
    browser.driver.find(again).await.expect("a button").click().await.expect("clicks");
    browser.until(&format!("{pressed} === 'true'")).await;
    assert_eq!(job.calls(), calls, "nothing was called meanwhile");
    click(&browser, ".button-run").await;
    browser.until("window.lanes.idle && window.lanes.result()").await;
    assert_eq!(browser.value("window.lanes.result().lanes[0].tasks.done").await, 5);
}

#[tokio::test]
#[ignore = "needs the built page: ./dev test browser"]
async fn a_backend_that_is_slow_to_answer_still_decides_what_the_page_opens_with() {
    let job = Job::new(3);
    let backend = Backend::start_with(&[&job.path().to_string_lossy()]);
    for is_edited_meanwhile in [false, true] {
        let browser = Browser::start().await;
        // The first question is held up until the test lets it go.
        let hold = "const real = window.fetch; window.fetch = async (what, how) => { \
            if (new URL(what.url ?? what, location.href).pathname.endsWith('/api/')) \
                await new Promise((go) => { window.testLetGo = go; }); \
            return real(what, how); };";
        browser.before_every_page(hold).await;
        browser.driver.goto(backend.link("")).await.expect("opens");
        browser.until("window.testLetGo").await;
        // Something can be run before that, and nothing has run by itself.
        browser.until("document.querySelector('.button-run')?.ariaDisabled === null").await;
        assert_eq!(browser.value("window.lanes.result()").await, Value::Null);
        if is_edited_meanwhile {
            click(&browser, "section[aria-labelledby=presets-title] li:nth-of-type(2) .preset").await;
        }
        let before = browser.text("window.lanes.scenario().title").await;
        assert_ne!(before, "job.py: task");
        browser.value("window.testLetGo()").await;
        browser.until(READY).await;
        browser.idle().await;
        let after = browser.text("window.lanes.scenario().title").await;
        assert_eq!(after, if is_edited_meanwhile { before } else { "job.py: task".to_owned() });
    }
}
