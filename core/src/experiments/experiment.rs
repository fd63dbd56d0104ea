//! One experiment: its scenario in each place, what to try next, and the commands for it.

use serde_json::Value;

use super::measure::Measure;
use crate::{
    scenario::{Lane, Place, Problem, Scenario, ValidScenario, path, presets::Preset},
    sweep::Over,
};

/// A question, what settles it, and what is learned from that.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Experiment {
    /// Its name on the command line and in links. That of a preset means that it is that preset's job.
    pub id: &'static str,
    /// What people ask or say, in their words.
    pub question: &'static str,
    /// The job as JSON, without its lanes; empty where it is a preset's.
    pub(super) job: &'static str,
    /// The lanes to be ranked, as JSON: on the machine itself.
    pub(super) lanes: &'static str,
    /// Lanes of CPython that show the same, as JSON; empty where there are none.
    pub(super) python: &'static str,
    /// A sweep that shows more than a few lanes do; empty where there is none.
    pub(super) sweep: &'static str,
    /// By what the lanes are ranked.
    pub measure: Measure,
    /// What is to be learned, in one sentence.
    pub rule: &'static str,
    /// What to try next.
    pub next: Next,
    /// The lane whose program shows the code.
    pub(super) code: &'static str,
}

/// One field to change, and what to look for then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Next {
    /// The field, by the name that problems give it: `groups[0].tasks`.
    pub field: &'static str,
    /// Its value, as JSON.
    pub value: &'static str,
    /// What happens then, as a question.
    pub why: &'static str,
}

impl Experiment {
    /// Whether its job is that of the preset of its name.
    #[must_use]
    pub fn is_preset(&self) -> bool {
        self.job.is_empty()
    }

    /// Its scenario in a place: on the machine itself, where everybody can run it; in the browser, with the same lanes; in CPython,
    /// where that shows the same. `None` where it has none.
    ///
    /// # Panics
    /// Never: the tests read every experiment.
    #[must_use]
    pub fn scenario_in(&self, place: Place) -> Option<Scenario> {
        match place {
            Place::Native => Some(self.scenario()),
            Place::Browser => {
                let mut scenario = self.scenario();
                scenario.lanes.iter_mut().for_each(|lane| lane.place = Place::Browser);
                Some(scenario)
            }
            Place::Python => (!self.python.is_empty()).then(|| self.with_lanes(self.python)),
            Place::Pyodide => None,
        }
    }

    /// Its scenario on the machine itself.
    ///
    /// # Panics
    /// Never: the tests read every experiment.
    #[must_use]
    pub fn scenario(&self) -> Scenario {
        self.with_lanes(self.lanes)
    }

    /// The sweep that shows more than a few lanes do, where there is one.
    ///
    /// # Panics
    /// Never: the tests read every experiment.
    #[must_use]
    pub fn sweep(&self) -> Option<Over> {
        (!self.sweep.is_empty()).then(|| self.sweep.parse().expect("the tests read every sweep"))
    }

    /// A scenario of this experiment with what is to be tried next.
    ///
    /// # Panics
    /// Never: the tests change every experiment.
    #[must_use]
    pub fn changed(&self, scenario: &Scenario) -> Scenario {
        let mut value = serde_json::to_value(scenario).expect("plain data");
        path::set(&mut value, self.next.field, json(self.next.value));
        valid(value).into_inner()
    }

    /// The lane whose program shows the code.
    ///
    /// # Panics
    /// Never: the tests read every experiment.
    #[must_use]
    pub fn code(&self) -> Lane {
        self.code.parse().expect("the tests read every lane")
    }

    /// The name of the test that shows that the picture comes out.
    #[must_use]
    pub fn test(&self) -> String {
        self.id.replace('-', "_")
    }

    /// What a command calls it in a place; a preset's name alone is the preset, with all lanes.
    #[must_use]
    pub fn name_in(&self, place: Place) -> String {
        if place == Place::Native && !self.is_preset() {
            self.id.to_owned()
        } else {
            format!("{}@{}", self.id, place.id())
        }
    }

    /// The command that runs it in a place with what is to be tried next.
    ///
    /// # Panics
    /// Never: the tests read every experiment.
    #[must_use]
    pub fn next_command(&self, place: Place) -> String {
        let Next { field, value, .. } = self.next;
        let set = format!("{field}={}", json(value).as_str().unwrap_or(value));
        // Brackets, braces and quotes mean something to a shell.
        let is_plain = |c: char| c.is_ascii_alphanumeric() || "._-=".contains(c);
        let quote = if set.chars().all(is_plain) { "" } else { "'" };
        format!("lanes run {} --set {quote}{set}{quote}", self.name_in(place))
    }

    fn with_lanes(&self, lanes: &str) -> Scenario {
        let mut value = match Preset::find(self.id).filter(|_| self.is_preset()) {
            Some(preset) => serde_json::to_value(preset.scenario()).expect("plain data"),
            None => json(self.job),
        };
        value["lanes"] = json(&format!("[{lanes}]"));
        valid(value).into_inner()
    }
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).expect("the tests read every experiment")
}

fn valid(value: Value) -> ValidScenario {
    let named = |problems: Vec<Problem>| problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ");
    ValidScenario::from_value(&value).unwrap_or_else(|problems| panic!("{value}: {}", named(problems)))
}
