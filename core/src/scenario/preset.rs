//! A scenario that comes with Lanes: the question it answers, its data, and the code that it calls, if it calls any.

use serde_json::Value;

use super::{Scenario, ValidScenario};

/// A scenario that comes with Lanes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Preset {
    /// Its name on the command line and in links.
    pub id: &'static str,
    /// What people ask.
    pub question: &'static str,
    /// What it runs, in a few words.
    pub what: &'static str,
    /// The scenario, without the code that it calls.
    pub json: &'static str,
    /// That code, in Python; nothing where it calls none.
    pub python: &'static str,
}

impl Preset {
    /// Its scenario, checked.
    ///
    /// # Panics
    /// Never: a test reads all of them.
    #[must_use]
    pub fn valid(&self) -> ValidScenario {
        ValidScenario::from_value(&self.value()).expect("every preset is valid")
    }

    /// Its scenario.
    ///
    /// # Panics
    /// Never: the tests read every preset.
    #[must_use]
    pub fn scenario(&self) -> Scenario {
        Scenario::from_value(&self.value()).expect("presets are valid")
    }

    /// What its scenario is called.
    #[must_use]
    pub fn title(&self) -> String {
        self.value()["title"].as_str().unwrap_or_default().to_owned()
    }

    fn value(&self) -> Value {
        let mut value: Value = serde_json::from_str(self.json).unwrap_or_default();
        if let Some(call) = value.pointer_mut("/groups/0/steps/0/call") {
            call["python"] = self.python.into();
        }
        value
    }
}
