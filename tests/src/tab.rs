//! A browser's tab with the page in it, whichever browser it is, and the program that drives it.

use std::{
    io::{BufRead, BufReader},
    mem::ManuallyDrop,
    os::unix::process::CommandExt,
    process::{Child, Command, Stdio},
    time::Duration,
};

use serde_json::{Value, json};
use thirtyfour::WebDriver;

/// How long anything may take before a test gives up; far longer than it ever takes.
const PATIENCE: Duration = Duration::from_secs(300);
/// One look at a condition takes no longer, and is followed by another one.
const LOOK: Duration = Duration::from_secs(2);

/// Runs a program and kills its whole process group when standard input ends: when it is dropped here, or when this
/// process has ended, however it did. The shell gives its output away, so that it ends with the program's.
const SUPERVISE: &str = r#""$@" & exec >/dev/null; cat; kill -KILL 0"#;

/// What the environment says, unless that is nothing.
pub(crate) fn from_environment(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// A browser's driver and the browser it has started: a process group of their own.
#[derive(Debug)]
pub(crate) struct DriverProcess(Child);

impl Drop for DriverProcess {
    fn drop(&mut self) {
        drop(self.0.stdin.take());
        let _ = self.0.wait();
    }
}

impl DriverProcess {
    /// Starts it, and the port that it says behind `mark`, if it says one.
    pub(crate) fn start(program: &str, arguments: &[&str], mark: &str) -> Option<(Self, u16)> {
        let mut driver = Command::new("sh")
            .args(["-c", SUPERVISE, "sh", program])
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()
            .expect("there is a shell");
        let output = driver.stdout.take().expect("piped");
        let driver = Self(driver);
        let mut lines = BufReader::new(output).lines();
        for line in lines.by_ref().map_while(Result::ok) {
            if let Some((_, port)) = line.trim_end_matches('.').rsplit_once(mark)
                && let Ok(port) = port.parse()
                // It may first repeat what it was asked for, which was any.
                && port > 0
            {
                // Its output must be read on, or it blocks when the pipe is full.
                std::thread::spawn(move || lines.for_each(drop));
                return Some((driver, port));
            }
        }
        None
    }
}

/// A tab with the page in it.
#[derive(Debug)]
pub struct Tab {
    /// The session. Never dropped: its farewell would block the test and wait for a browser that is being killed.
    pub driver: ManuallyDrop<WebDriver>,
}

impl Tab {
    /// A browser with these capabilities, by the driver that listens on this port.
    ///
    /// # Panics
    /// When it does not start.
    pub(crate) async fn start(port: u16, capabilities: impl Into<thirtyfour::Capabilities> + Send) -> Self {
        let driver =
            WebDriver::new(format!("http://127.0.0.1:{port}"), capabilities).await.expect("the browser starts");
        driver.set_script_timeout(PATIENCE).await.expect("the driver takes a time-out");
        Self { driver: ManuallyDrop::new(driver) }
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
        // The page may reload itself once for isolation: a script that is cut off by that is asked again. Firefox was seen to give
        // no answer for minutes, for a reason that is not known: so none looks for long, and nobody waits long for its answer.
        let deadline = std::time::Instant::now() + PATIENCE;
        let script = format!(
            "const done = arguments[0]; const until = performance.now() + {}; const look = () => {{ let ok = false; \
             try {{ ok = Boolean({condition}); }} catch {{}} \
             ok || performance.now() > until ? done(ok) : setTimeout(look, 20); }}; look();",
            LOOK.as_millis()
        );
        self.driver.set_script_timeout(4 * LOOK).await.expect("the driver takes a time-out");
        let mut is_so = false;
        while !is_so && std::time::Instant::now() < deadline {
            let answer = self.driver.execute_async(&script, Vec::new()).await;
            is_so = answer.is_ok_and(|answer| answer.json() == &Value::Bool(true));
        }
        self.driver.set_script_timeout(PATIENCE).await.expect("the driver takes a time-out");
        if is_so {
            return;
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

/// A scenario of one group in all six browser lanes, run once.
#[must_use]
pub fn scenario(tasks: u32, steps: Value) -> Value {
    json!({
        "lanes_scenario": 1,
        "groups": [{ "name": "test", "tasks": tasks, "steps": steps }],
        "workers": 2, "repeats": 1, "warmup": 0,
    })
}
