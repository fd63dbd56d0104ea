//! Firefox with the page in it.

use std::ops::Deref;

use thirtyfour::DesiredCapabilities;

use crate::tab::{DriverProcess, Tab, from_environment};

/// A running Firefox with a profile of its own, ended when it is dropped.
#[derive(Debug)]
pub struct Firefox {
    tab: Tab,
    _geckodriver: DriverProcess,
}

impl Deref for Firefox {
    type Target = Tab;

    fn deref(&self) -> &Tab {
        &self.tab
    }
}

impl Firefox {
    /// One of its own for each test: there are few.
    ///
    /// # Panics
    /// When there is none: the message says what is missing.
    pub async fn start() -> Self {
        let named =
            |name| from_environment(name).unwrap_or_else(|| panic!("{name} names none: ./dev setup installs it"));
        let (firefox, geckodriver) = (named("LANES_FIREFOX"), named("LANES_GECKODRIVER"));
        let driver = DriverProcess::start(&geckodriver, &["--port", "0"], "127.0.0.1:");
        let (geckodriver, port) = driver.unwrap_or_else(|| panic!("{geckodriver} did not start"));
        let mut capabilities = DesiredCapabilities::firefox();
        capabilities.set_firefox_binary(&firefox).expect("a path");
        capabilities.set_headless().expect("an argument");
        Self { tab: Tab::start(port, capabilities).await, _geckodriver: geckodriver }
    }
}
