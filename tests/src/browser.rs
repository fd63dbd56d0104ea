//! A real browser with the page in it.
//!
//! Starting Chromium takes seconds, so a test gets the one that another test of its file has left: with a new tab, and what
//! the one before has stored is gone. Tests that run at the same time never share one. It knows nothing of the page but
//! how it says that it is idle.

use std::{
    collections::BTreeSet,
    io::{BufRead, BufReader},
    mem::ManuallyDrop,
    ops::Deref,
    os::unix::process::CommandExt,
    panic::Location,
    process::{Child, Command, Stdio},
    sync::{Mutex, PoisonError},
    time::Duration,
};

use serde_json::{Value, json};
use thirtyfour::{
    ChromiumLikeCapabilities, DesiredCapabilities, LoggingPrefsLogLevel, WebDriver, error::WebDriverResult,
};

/// How long anything may take before a test gives up; far longer than it ever takes.
const PATIENCE: Duration = Duration::from_secs(300);

/// What a headless Chromium wants in a container, and what keeps it from talking to the outside.
const ARGUMENTS: [&str; 9] = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--window-size=1440,900",
];

/// Runs a program and kills its whole process group when standard input ends: when it is dropped here, or when this
/// process has ended, however it did. The shell gives its output away, so that it ends with the program's.
const SUPERVISE: &str = r#""$@" & exec >/dev/null; cat; kill -KILL 0"#;

/// Browsers that tests have left, and the file of those tests.
static IDLE: Mutex<Vec<(&str, Chromium)>> = Mutex::new(Vec::new());

/// A test's browser: a tab of its own, with nothing stored for the hosts it opens. Another test of the same file may have
/// used the same Chromium before, never at the same time.
#[derive(Debug)]
pub struct Browser {
    chromium: Option<Chromium>,
    file: &'static str,
}

/// A running Chromium, ended when it is dropped.
#[derive(Debug)]
pub struct Chromium {
    /// The session. Never dropped: its farewell would block the test and wait for a browser that is being killed.
    pub driver: ManuallyDrop<WebDriver>,
    _chromedriver: Chromedriver,
}

/// chromedriver and the browser it has started: a process group of their own.
#[derive(Debug)]
struct Chromedriver(Child);

impl Drop for Chromedriver {
    fn drop(&mut self) {
        drop(self.0.stdin.take());
        let _ = self.0.wait();
    }
}

impl Deref for Browser {
    type Target = Chromium;

    fn deref(&self) -> &Chromium {
        self.chromium.as_ref().expect("it is taken only when this is dropped")
    }
}

impl Drop for Browser {
    /// Leaves Chromium to the next test, unless this one failed: then it may be in any state.
    fn drop(&mut self) {
        let used = self.chromium.take().filter(|_| !std::thread::panicking());
        IDLE.lock().unwrap_or_else(PoisonError::into_inner).extend(used.map(|chromium| (self.file, chromium)));
    }
}

fn from_environment(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

impl Browser {
    /// An empty tab in the Chromium of this file's tests; the first one starts it.
    ///
    /// # Panics
    /// When there is no browser: the message says what is missing.
    #[track_caller]
    pub fn start() -> impl Future<Output = Self> {
        let file = Location::caller().file();
        async move {
            if let Some(chromium) = left_by_tests_of(file)
                && chromium.forget().await.is_ok()
            {
                return Self { chromium: Some(chromium), file };
            }
            Self { chromium: Some(Chromium::start().await), file }
        }
    }

    /// A Chromium with a new profile, whatever the file's other tests have done; for what is kept beyond an origin, such
    /// as permissions and the HTTP cache.
    ///
    /// # Panics
    /// When there is no browser: the message says what is missing.
    #[track_caller]
    pub fn with_a_new_profile() -> impl Future<Output = Self> {
        let file = Location::caller().file();
        async move { Self { chromium: Some(Chromium::start().await), file } }
    }
}

/// A browser that a test of this file has left. Those of other files end: their tests are over, or nearly so.
fn left_by_tests_of(file: &str) -> Option<Chromium> {
    let mut idle = IDLE.lock().unwrap_or_else(PoisonError::into_inner);
    let (mut own, others): (Vec<_>, Vec<_>) = idle.drain(..).partition(|(last, _)| *last == file);
    let found = own.pop();
    idle.extend(own);
    drop(idle);
    drop(others);
    found.map(|(_, chromium)| chromium)
}

impl Chromium {
    async fn start() -> Self {
        let program = from_environment("LANES_CHROMEDRIVER").unwrap_or_else(|| "chromedriver".into());
        let mut chromedriver = Command::new("sh")
            .args(["-c", SUPERVISE, "sh", &program, "--port=0"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()
            .expect("there is a shell");
        let port = read_port(&mut chromedriver);
        let mut capabilities = DesiredCapabilities::chrome();
        // Without a name chromedriver looks for it where it usually is.
        if let Some(chrome) = from_environment("LANES_CHROME") {
            capabilities.set_binary(&chrome).expect("a path");
        }
        capabilities.set_browser_log_level(LoggingPrefsLogLevel::All).expect("a level");
        for argument in ARGUMENTS {
            capabilities.add_arg(argument).expect("an argument");
        }
        let driver =
            WebDriver::new(format!("http://127.0.0.1:{port}"), capabilities).await.expect("the browser starts");
        driver.set_script_timeout(PATIENCE).await.expect("the driver takes a time-out");
        Self { driver: ManuallyDrop::new(driver), _chromedriver: Chromedriver(chromedriver) }
    }

    /// Leaves one empty tab, and nothing stored for the origins that were open: a later host may get the same port.
    async fn forget(&self) -> WebDriverResult<()> {
        let used = self.driver.windows().await?;
        let tab = self.driver.new_tab().await?;
        let mut origins = BTreeSet::new();
        for window in used {
            self.driver.switch_to_window(window).await?;
            origins.insert(self.driver.current_url().await?.origin().ascii_serialization());
            self.driver.close_window().await?;
        }
        self.driver.switch_to_window(tab).await?;
        for origin in origins.iter().filter(|origin| origin.starts_with("http")) {
            let everything = json!({ "origin": origin, "storageTypes": "all" });
            self.driver.cdp().send_raw("Storage.clearDataForOrigin", everything).await?;
        }
        self.driver.browser_log().await?;
        Ok(())
    }

    /// The errors in the console since the last call: thrown, logged, requests that failed, and what a
    /// Content-Security-Policy has blocked.
    ///
    /// # Panics
    /// When the browser cannot say.
    pub async fn console_errors(&self) -> Vec<String> {
        let entries = self.driver.browser_log().await.expect("the driver keeps the console");
        entries.into_iter().filter(|entry| entry.level == "SEVERE").map(|entry| entry.message).collect()
    }

    /// From the next page on, keeps what a Content-Security-Policy blocks; [`Chromium::violations`] has it.
    pub async fn watch_violations(&self) {
        self.before_every_page(
            "window.testViolations = []; addEventListener('securitypolicyviolation', (event) => \
             window.testViolations.push(`${event.effectiveDirective}: ${event.blockedURI}`));",
        )
        .await;
    }

    /// From the next page on, runs a script before those of the page.
    pub async fn before_every_page(&self, script: &str) {
        let arguments = json!({ "source": script });
        let answer = self.driver.cdp().send_raw("Page.addScriptToEvaluateOnNewDocument", arguments).await;
        answer.expect("the browser takes a script");
    }

    /// What was blocked in this page, as `directive: address`.
    ///
    /// # Panics
    /// When nobody has asked for it before the page was opened.
    pub async fn violations(&self) -> Vec<String> {
        let kept = self.value("window.testViolations ?? null").await;
        serde_json::from_value(kept).expect("watch_violations is called before the page is opened")
    }

    /// Opens the page and waits until it has nothing to do.
    pub async fn open(&self, url: &str) {
        self.driver.goto(url).await.expect("the page opens");
        self.idle().await;
    }

    /// Waits until the page has nothing to do.
    pub async fn idle(&self) {
        self.until("document.documentElement.dataset.idle === 'true'").await;
    }

    /// Waits until a condition holds in the page.
    ///
    /// # Panics
    /// When it never does.
    pub async fn until(&self, condition: &str) {
        // The page may reload itself once for isolation: a script that is cut off by that is asked again.
        let deadline = std::time::Instant::now() + PATIENCE;
        let script = format!(
            "const done = arguments[0]; const look = () => {{ let ok = false; try {{ ok = Boolean({condition}); }} catch {{}} \
             ok ? done(true) : setTimeout(look, 20); }}; look();"
        );
        while std::time::Instant::now() < deadline {
            if self.driver.execute_async(&script, Vec::new()).await.is_ok() {
                return;
            }
        }
        let body = self.text("document.body.innerText").await;
        panic!("never came true: {condition}\nthe page says:\n{body}");
    }

    /// The value of an expression in the page.
    pub async fn value(&self, expression: &str) -> Value {
        let script = format!("return {expression};");
        let answer = self.driver.execute(&script, Vec::new()).await;
        answer.unwrap_or_else(|error| panic!("{expression}: {error}")).json().clone()
    }

    /// The text of an expression in the page.
    pub async fn text(&self, expression: &str) -> String {
        match self.value(expression).await {
            Value::String(text) => text,
            other => other.to_string(),
        }
    }

    /// `window.lanes.run(scenario)`: the result file, or the text it was rejected with.
    pub async fn run(&self, scenario: &Value) -> Result<Value, String> {
        let script = "const done = arguments[arguments.length - 1]; \
            window.lanes.run(arguments[0]).then((ok) => done({ ok }), (error) => done({ error: String(error) }));";
        let answer = self.driver.execute_async(script, vec![scenario.clone()]).await.expect("the script runs");
        match answer.json() {
            Value::Object(map) if map.contains_key("ok") => Ok(map["ok"].clone()),
            other => Err(other["error"].as_str().unwrap_or_default().to_owned()),
        }
    }

    /// Starts `window.lanes.run(scenario)`; [`Chromium::finished`] has what came of it.
    pub async fn start_run(&self, scenario: &Value) {
        let script = "window.testRun = null; window.lanes.run(arguments[0]).then((ok) => { window.testRun = { ok }; }, \
            (error) => { window.testRun = { error: String(error) }; });";
        self.driver.execute(script, vec![scenario.clone()]).await.expect("the script runs");
    }

    /// What came of [`Chromium::start_run`].
    pub async fn finished(&self) -> Result<Value, String> {
        self.until("window.testRun").await;
        let answer = self.value("window.testRun").await;
        match answer.get("ok") {
            Some(result) => Ok(result.clone()),
            None => Err(answer["error"].as_str().unwrap_or_default().to_owned()),
        }
    }
}

/// chromedriver says on which port it listens.
fn read_port(chromedriver: &mut Child) -> u16 {
    let output = chromedriver.stdout.take().expect("piped");
    let mut lines = BufReader::new(output).lines();
    for line in lines.by_ref().map_while(Result::ok) {
        if let Some((_, port)) = line.trim_end_matches('.').rsplit_once("on port ")
            && let Ok(port) = port.parse()
            // It first repeats what it was asked for, which was any.
            && port > 0
        {
            // Its output must be read on, or it blocks when the pipe is full.
            std::thread::spawn(move || lines.for_each(drop));
            return port;
        }
    }
    panic!(
        "chromedriver did not start: ./dev setup installs it, LANES_CHROMEDRIVER names it; its version must be the browser's"
    );
}

/// A scenario of one group in all six browser lanes, run once.
#[must_use]
pub fn scenario(tasks: u32, steps: Value) -> Value {
    json!({
        "lanes_scenario": 1,
        "groups": [{ "name": "test", "tasks": tasks, "steps": steps }],
        "workers": 2, "repeats": 1, "warmup": 0,
    })
}
