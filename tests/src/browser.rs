//! A real browser with the page in it.
//!
//! Starting Chromium takes seconds, so a test gets the one that another test of its file has left: with a new tab, and what
//! the one before has stored is gone. Tests that run at the same time never share one. It knows nothing of the page but
//! how it says that it is idle.

use std::{
    collections::BTreeSet,
    ops::Deref,
    panic::Location,
    sync::{Mutex, PoisonError},
};

use serde_json::json;
use thirtyfour::{ChromiumLikeCapabilities, DesiredCapabilities, LoggingPrefsLogLevel, error::WebDriverResult};

pub use crate::tab::scenario;
use crate::tab::{DriverProcess, Tab, from_environment};

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
    tab: Tab,
    _chromedriver: DriverProcess,
}

impl Deref for Chromium {
    type Target = Tab;

    fn deref(&self) -> &Tab {
        &self.tab
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
        let (chromedriver, port) = DriverProcess::start(&program, &["--port=0"], "on port ").unwrap_or_else(|| {
            panic!(
                "chromedriver did not start: ./dev setup installs it, LANES_CHROMEDRIVER names it; its version must be the \
                 browser's"
            )
        });
        let mut capabilities = DesiredCapabilities::chrome();
        // Without a name chromedriver looks for it where it usually is.
        if let Some(chrome) = from_environment("LANES_CHROME") {
            capabilities.set_binary(&chrome).expect("a path");
        }
        capabilities.set_browser_log_level(LoggingPrefsLogLevel::All).expect("a level");
        for argument in ARGUMENTS {
            capabilities.add_arg(argument).expect("an argument");
        }
        Self { tab: Tab::start(port, capabilities).await, _chromedriver: chromedriver }
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
}
