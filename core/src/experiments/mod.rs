//! The experiments: what people ask about concurrency and get wrong, each as something to be guessed first and then run.
//!
//! ```text
//! experiment ─▶ scenario ─run elsewhere─▶ results ─measure─▶ outcome ◀── guess
//!                                                              └─▶ points, beside those of chance
//! ```
//!
//! They are data. Nothing here runs anything; that each picture really comes out is shown by the tests of the same names,
//! `backend/tests/experiments/`.

mod computing;
mod measure;
mod outcome;
mod processes;
mod waiting;

use serde_json::Value;

pub use self::{
    measure::Measure,
    outcome::{Chance, MOST_COUNTED, NotAnOrder, Outcome},
};
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
    job: &'static str,
    /// The lanes to be ranked, as JSON: on the machine itself.
    lanes: &'static str,
    /// Lanes of CPython that show the same, as JSON; empty where there are none.
    python: &'static str,
    /// A sweep that shows more than a few lanes do; empty where there is none.
    sweep: &'static str,
    /// By what the lanes are ranked.
    pub measure: Measure,
    /// What is to be learned, in one sentence.
    pub rule: &'static str,
    /// What to try next.
    pub next: Next,
    /// The lane whose program shows the code.
    code: &'static str,
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

/// Three that every guide has, and then by what they are about.
const ALL: [&[Experiment]; 4] = [&waiting::GUIDES, &waiting::ALL, &computing::ALL, &processes::ALL];

/// All experiments, in the order they are offered.
pub fn all() -> impl Iterator<Item = &'static Experiment> + Clone {
    ALL.into_iter().flatten()
}

impl Experiment {
    /// The experiment of this name.
    #[must_use]
    pub fn find(id: &str) -> Option<&'static Self> {
        all().find(|experiment| experiment.id == id)
    }

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

/// The experiment that a text names, and the place that it is to be run in: `convoy`, `convoy@python`.
#[must_use]
pub fn named(text: &str) -> Option<(&'static Experiment, Place)> {
    let (id, place) = text.split_once('@').unwrap_or((text, Place::Native.id()));
    Some((Experiment::find(id)?, place.parse().ok()?))
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).expect("the tests read every experiment")
}

fn valid(value: Value) -> ValidScenario {
    let named = |problems: Vec<Problem>| problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ");
    ValidScenario::from_value(&value).unwrap_or_else(|problems| panic!("{value}: {}", named(problems)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        export::program::{Language, program},
        link,
    };

    #[test]
    fn there_are_twenty_four_and_each_has_its_name() {
        let ids: Vec<&str> = all().map(|experiment| experiment.id).collect();
        assert_eq!(ids.len(), 24);
        for experiment in all() {
            assert_eq!(Experiment::find(experiment.id), Some(experiment));
            assert_eq!(Preset::find(experiment.id).is_some(), experiment.is_preset(), "{}", experiment.id);
        }
    }

    #[test]
    fn every_experiment_can_be_run_changed_shown_and_passed_on() {
        for experiment in all() {
            let id = experiment.id;
            assert!(experiment.rule.ends_with('.') && experiment.next.why.ends_with('?'), "{id}");
            for place in [Place::Native, Place::Browser, Place::Python] {
                let Some(scenario) = experiment.scenario_in(place) else { continue };
                assert!((3..=6).contains(&scenario.lanes.len()), "{id}: {} lanes to be ranked", scenario.lanes.len());
                assert!(scenario.lanes.iter().all(|lane| lane.place == place) && !scenario.title.is_empty(), "{id}");
                let changed = experiment.changed(&scenario);
                assert_ne!(changed, scenario, "{id}");
                for scenario in [&scenario, &changed] {
                    assert_eq!(
                        scenario.clone().validate().map(ValidScenario::into_inner),
                        Ok(scenario.clone()),
                        "{id}"
                    );
                    let link = link::url("https://lanes.example/somewhere/", scenario).expect(id);
                    assert!(link.len() < 2_000, "{id}: {} characters", link.len());
                    assert_eq!(link::decode(&link).as_ref(), Ok(scenario), "{id}");
                }
                assert_eq!(named(&experiment.name_in(place)), Some((experiment, place)));
            }
            let code = program(&experiment.scenario(), experiment.code(), Language::Python);
            assert!(code.is_ok(), "{id}: {code:?}");
        }
    }

    /// What is said of an experiment in the docs.
    fn entry(experiment: &Experiment) -> String {
        let Experiment { id, question, rule, next, .. } = experiment;
        let mut commands = format!("lanes quiz {id}\n# {}\n{}\n", next.why, experiment.next_command(Place::Native));
        if experiment.sweep().is_some() {
            commands.push_str(&format!("lanes sweep {id}\n"));
        }
        format!("### {id}\n\n*{question}*\n\n{rule}\n\n```sh\n{commands}```\n")
    }

    #[test]
    fn the_docs_have_every_experiment() {
        let docs = include_str!("../../../docs/experiments.md");
        for experiment in all() {
            let entry = entry(experiment);
            assert!(docs.contains(&entry), "docs/experiments.md does not say:\n\n{entry}");
        }
        assert_eq!(docs.matches("\n### ").count(), all().count());
    }

    #[test]
    fn every_link_is_among_those_that_open_for_ever() {
        for experiment in all() {
            for scenario in [Place::Native, Place::Python].into_iter().filter_map(|place| experiment.scenario_in(place))
            {
                let link = link::encode(&scenario).expect("a link");
                let json = serde_json::to_string(&scenario).expect("plain data");
                let line = format!("    (\n        r#\"{link}\"#,\n        r##\"{json}\"##,\n    ),");
                assert!(link::golden::has(&link), "{}: append this to the golden links:\n{line}", experiment.id);
            }
        }
    }

    #[test]
    fn sweeps_vary_what_their_lanes_leave_to_them() {
        assert_eq!(all().filter_map(Experiment::sweep).count(), 7);
        for experiment in all() {
            let Some(over) = experiment.sweep() else { continue };
            let scenario = over.axis.left_open(experiment.scenario().validate().expect("valid")).expect("valid");
            assert!(over.axis.applies_to(&scenario), "{}", experiment.id);
            for value in &over.values {
                let mut varied = scenario.clone().into_inner();
                over.axis.set(&mut varied, *value);
                assert!(varied.validate().is_ok(), "{}: {value}", experiment.id);
            }
        }
    }

    #[test]
    fn names_and_commands_are_what_a_shell_takes() {
        let command = |id: &str, place| Experiment::find(id).expect(id).next_command(place);
        assert_eq!(command("convoy", Place::Native), "lanes run convoy@native --set gil_switch_ms=0.1");
        assert_eq!(
            command("counter-race", Place::Python),
            "lanes run counter-race@python --set 'groups[0].steps[0].bump.guard=lock'"
        );
        assert_eq!(
            command("rate-not-concurrency", Place::Native),
            r#"lanes run rate-not-concurrency --set 'groups[0].arrive={"rate_per_s":20}'"#
        );
        assert_eq!((named("convoy@moon"), named("convoi"), named("")), (None, None, None));
    }
}
