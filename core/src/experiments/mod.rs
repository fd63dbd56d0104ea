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
mod experiment;
mod measure;
mod outcome;
mod processes;
mod waiting;

pub use self::{
    experiment::{Experiment, Next},
    measure::Measure,
    outcome::{Chance, MOST_COUNTED, NotAnOrder, Outcome},
};
use crate::scenario::Place;

/// Three that every guide has, and then by what they are about.
const ALL: [&[Experiment]; 4] = [&waiting::GUIDES, &waiting::ALL, &computing::ALL, &processes::ALL];

/// All experiments, in the order they are offered.
pub fn all() -> impl Iterator<Item = &'static Experiment> + Clone {
    ALL.into_iter().flatten()
}

/// The experiment of this name.
#[must_use]
pub fn find(id: &str) -> Option<&'static Experiment> {
    all().find(|experiment| experiment.id == id)
}

/// The experiment that a text names, and the place that it is to be run in: `convoy`, `convoy@python`.
#[must_use]
pub fn named(text: &str) -> Option<(&'static Experiment, Place)> {
    let (id, place) = text.split_once('@').unwrap_or((text, Place::Native.id()));
    Some((find(id)?, place.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        export::program::{Language, program},
        link,
        scenario::{ValidScenario, presets::Preset},
    };

    #[test]
    fn there_are_twenty_four_and_each_has_its_name() {
        let ids: Vec<&str> = all().map(|experiment| experiment.id).collect();
        assert_eq!(ids.len(), 24);
        for experiment in all() {
            assert_eq!(find(experiment.id), Some(experiment));
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
        let command = |id: &str, place| find(id).expect(id).next_command(place);
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
