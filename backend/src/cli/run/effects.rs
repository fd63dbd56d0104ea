//! Which arguments have no effect on the lanes that are run. Each is said: whoever limits a task's time must know when
//! nothing is limited.

use lanes_core::scenario::{From, Lane, Model, Place, Repeats, Scenario, Step};

use super::arguments::Arguments;
use crate::own::OwnFile;

/// A sentence for each argument that changes nothing in a run of this scenario.
pub(super) fn without_effect(arguments: &Arguments, scenario: &Scenario) -> Vec<String> {
    let runs = |is: &dyn Fn(&Lane) -> bool| scenario.lanes.iter().any(is);
    let fetches =
        |is: &dyn Fn(&From) -> bool| scenario.steps().any(|step| matches!(step, Step::Fetch(fetch) if is(&fetch.from)));
    let mut sentences = Vec::new();
    let mut say = |option: &str, why: &str| sentences.push(format!("{option} has no effect here: {why}."));

    let calls = scenario.call().is_some();
    if !calls && arguments.own.memory_limit.is_some() {
        say("--memory-limit", "it is for functions of your own");
    }
    if !calls {
        for option in arguments.own.given_for_items() {
            say(option, "it chooses items for a Python file of your own, and the scenario has none");
        }
    } else if OwnFile::of(&arguments.scenario).is_none() {
        for option in arguments.own.given_for_items() {
            say(option, "the scenario says which items there are; run the Python file itself to choose others");
        }
    }
    if !runs(&|lane| lane.place == Place::Native && lane.model == Model::Processes) {
        let is_python = runs(&|lane| lane.place == Place::Python && lane.model == Model::Processes);
        let others = if is_python { "; python/processes goes without it" } else { "" };
        for option in arguments.deadlines.given_for_processes() {
            if calls && option == "--task-deadline" {
                continue;
            }
            say(option, &format!("it is for the worker processes of native/processes, which is not run{others}"));
        }
    }
    for option in arguments.python.given() {
        if !runs(&|lane| lane.place == Place::Python) {
            say(option, "no Python lane is run");
        } else if option == "--start-method"
            && !runs(&|lane| lane.place == Place::Python && lane.model == Model::Processes)
        {
            say(option, "no Python lane that is run starts processes");
        }
    }
    for (option, setting) in arguments.settings.given() {
        if !runs(&|lane| setting.matters(lane.place, lane.model)) {
            say(option, &format!("none of the lanes that are run cares; it is for {}", setting.who()));
        }
    }
    if arguments.budget.is_some() && scenario.repeats != Repeats::Auto {
        say("--budget", "the number of repeats is given; --repeats auto has a budget");
    }
    if arguments.server.is_some() && !fetches(&|from| *from == From::Server) {
        say("--server", "no step of the scenario asks a server of Lanes (\"from\": \"server\")");
    }
    if arguments.allow_private && !fetches(&|from| matches!(from, From::Urls(_))) {
        say("--allow-private", "the scenario has no addresses of its own");
    }
    if let Some(path) = arguments.file.as_ref().filter(|_| !scenario.wants_file()) {
        say("--file", &format!("the scenario works on no file, and {} is not read", path.display()));
    }
    sentences
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Debug, Parser)]
    struct Command {
        #[command(flatten)]
        run: Arguments,
    }

    fn of(arguments: &[&str], lanes: &[&str], step: &str) -> Vec<String> {
        let command = Command::parse_from([&["lanes", "-"], arguments].concat());
        let json = format!(r#"{{ "lanes_scenario": 1, "groups": [{{ "steps": [{step}] }}] }}"#);
        let mut scenario = Scenario::from_json(&json).expect("valid");
        scenario.lanes = lanes.iter().map(|lane| lane.parse().expect("a lane")).collect();
        let sentences = without_effect(&command.run, &scenario);
        sentences.iter().map(|sentence| sentence.split(' ').next().unwrap_or_default().to_owned()).collect()
    }

    #[test]
    fn every_argument_without_effect_is_named_and_no_other() {
        const FETCH: &str = r#"{ "fetch": { "latency_ms": 1 } }"#;
        let processes = ["--task-deadline", "2", "--recycle-after", "9", "--cold-pool"];
        let all = ["--task-deadline", "--recycle-after", "--cold-pool"];
        assert_eq!(of(&processes, &["python/processes"], FETCH), all);
        assert!(of(&processes, &["native/processes"], FETCH).is_empty());

        let python = ["--python", "/bin/sh", "--start-method", "spawn", "--python-limit", "9"];
        assert_eq!(of(&python, &["native/async"], FETCH), ["--python", "--start-method", "--python-limit"]);
        assert_eq!(of(&python, &["python/threads"], FETCH), ["--start-method"]);
        assert!(of(&python, &["python/processes"], FETCH).is_empty());

        assert_eq!(of(&["--workers", "2"], &["native/async", "python/sequential"], FETCH), ["--workers"]);
        assert!(of(&["--workers", "2"], &["native/async", "native/gil"], FETCH).is_empty());

        assert_eq!(of(&["--budget", "2"], &["native/async"], FETCH), ["--budget"]);
        let network = ["--server", "http://127.0.0.1/", "--allow-private"];
        assert_eq!(of(&network, &["native/async"], FETCH), ["--server", "--allow-private"]);
        assert_eq!(of(&network, &["native/async"], r#"{ "fetch": { "from": "server" } }"#), ["--allow-private"]);
        assert_eq!(of(&network, &["native/async"], r#"{ "fetch": { "from": ["http://a.example/"] } }"#), ["--server"]);

        assert_eq!(of(&["--file", "x"], &["native/async"], FETCH), ["--file"]);
        let on_file = r#"{ "compute": { "kernel": "sha256", "input": "file" } }"#;
        assert!(of(&["--file", "x"], &["native/async"], on_file).is_empty());
    }
}
