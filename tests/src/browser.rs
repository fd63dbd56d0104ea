//! A real browser with the page in it.

use std::{
    io::{BufRead, BufReader},
    mem::ManuallyDrop,
    os::unix::process::CommandExt,
    process::{Child, Command, Stdio},
    time::Duration,
};

use rustix::process::{Pid, Signal, kill_process_group};
use serde_json::{Value, json};
use thirtyfour::{ChromiumLikeCapabilities, DesiredCapabilities, WebDriver};

/// How long anything may take before a test gives up; far longer than it ever takes.
const PATIENCE: Duration = Duration::from_secs(90);

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

/// A browser of its own, ended when it is dropped.
#[derive(Debug)]
pub struct Browser {
    /// The session. Never dropped: its farewell would block the test and wait for a browser that is being killed.
    pub driver: ManuallyDrop<WebDriver>,
    _chromedriver: Chromedriver,
}

/// chromedriver and the browser it has started: a process group of their own.
#[derive(Debug)]
struct Chromedriver(Child);

impl Drop for Chromedriver {
    fn drop(&mut self) {
        if let Some(group) = i32::try_from(self.0.id()).ok().and_then(Pid::from_raw) {
            let _ = kill_process_group(group, Signal::KILL);
        }
        let _ = self.0.wait();
    }
}

fn from_environment(name: &str, default: &str) -> String {
    std::env::var(name).ok().filter(|value| !value.is_empty()).unwrap_or_else(|| default.into())
}

impl Browser {
    /// Starts a browser with an empty profile.
    ///
    /// # Panics
    /// When there is none: the message says what is missing.
    pub async fn start() -> Self {
        let program = from_environment("LANES_CHROMEDRIVER", "chromedriver");
        let mut chromedriver = Command::new(&program)
            .arg("--port=0")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()
            .unwrap_or_else(|error| panic!("{program} could not be started ({error}): ./dev setup installs it"));
        let port = read_port(&mut chromedriver);
        let mut capabilities = DesiredCapabilities::chrome();
        capabilities.set_binary(&from_environment("LANES_CHROME", "chromium")).expect("a path");
        for argument in ARGUMENTS {
            capabilities.add_arg(argument).expect("an argument");
        }
        let driver =
            WebDriver::new(format!("http://127.0.0.1:{port}"), capabilities).await.expect("the browser starts");
        driver.set_script_timeout(PATIENCE).await.expect("the driver takes a time-out");
        Self { driver: ManuallyDrop::new(driver), _chromedriver: Chromedriver(chromedriver) }
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

    /// Starts `window.lanes.run(scenario)`; [`Browser::finished`] has what came of it.
    pub async fn start_run(&self, scenario: &Value) {
        let script = "window.testRun = null; window.lanes.run(arguments[0]).then((ok) => { window.testRun = { ok }; }, \
            (error) => { window.testRun = { error: String(error) }; });";
        self.driver.execute(script, vec![scenario.clone()]).await.expect("the script runs");
    }

    /// What came of [`Browser::start_run`].
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
    panic!("chromedriver ended before it listened; its version must be that of the browser");
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
