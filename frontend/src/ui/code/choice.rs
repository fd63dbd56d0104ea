//! Which program is shown, and what is said of it. No page, no markup.

use lanes_core::{
    export::program::{Language, Program},
    present::words,
    scenario::{Lane, Model, Place, Scenario},
};

/// What is chosen: a model, a language, and another model to compare with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Chosen {
    pub(crate) model: Model,
    pub(crate) language: Language,
    pub(crate) beside: Option<Model>,
}

impl Default for Chosen {
    fn default() -> Self {
        Self { model: Model::Async, language: Language::Python, beside: None }
    }
}

impl Chosen {
    /// The program of a lane: in Python where it runs in CPython; elsewhere in the language that is shown already.
    pub(crate) fn turn_to(&mut self, lane: Lane) {
        self.model = lane.model;
        if lane.place.is_python() {
            self.language = Language::Python;
        }
        self.beside = None;
    }

    /// The same, with what does not exist in the language replaced by what does.
    pub(super) fn sound(self) -> Self {
        let model = existing(self.model, self.language);
        let beside = self.beside.map(|model| existing(model, self.language)).filter(|beside| *beside != model);
        Self { model, beside, ..self }
    }
}

/// The models that a language has programs for.
pub(super) fn offered(language: Language) -> Vec<Model> {
    let all = Model::ALL.into_iter();
    match language {
        // CPython's threads are the threads under a lock.
        Language::Python => all.filter(|model| *model != Model::Gil).chain([Model::Interpreters]).collect(),
        Language::Rust => all.collect(),
    }
}

fn existing(model: Model, language: Language) -> Model {
    match (model, language) {
        (Model::Gil, Language::Python) | (Model::Interpreters, Language::Rust) => Model::Threads,
        (model, _) => model,
    }
}

/// What people call a model's program.
pub(super) fn title(model: Model, language: Language) -> &'static str {
    match (model, language) {
        (Model::Sequential, _) => "Sequential",
        (Model::Async, Language::Python) => "asyncio",
        (Model::Threads, Language::Python) => "Threads, GIL",
        (Model::Processes, Language::Python) => "multiprocessing",
        (model, _) => words::model_title(model),
    }
}

/// What the program has to do with the lanes of the scenario.
pub(super) fn relation(scenario: &Scenario, model: Model, language: Language) -> String {
    let runs = |place: Place| {
        scenario.lanes.iter().find(move |lane| lane.place == place && existing(lane.model, language) == model)
    };
    match (language, runs(Place::Python).or(runs(Place::Pyodide)), runs(Place::Native).or(runs(Place::Browser))) {
        (Language::Python, Some(lane), _) => {
            format!("{lane} runs exactly this text, with the clock read before and after each step.")
        }
        (_, _, Some(lane)) => format!(
            "{lane} does these tasks inside Lanes, taking down every step; this is the same job as a program of its own."
        ),
        (_, _, None) => "The same job as a program of its own: it comes to the same checksum.".to_owned(),
    }
}

/// How to get what it needs and run it, as a shell takes it.
pub(super) fn commands(program: &Program, scenario: &Scenario) -> Vec<String> {
    let needs_file = scenario.wants_file();
    let file = if needs_file { " FILE" } else { "" };
    let server = if scenario.wants_server() { "LANES_SERVER=http://127.0.0.1:8080/ LANES_TOKEN=… " } else { "" };
    match program.language {
        Language::Python => {
            let install = (!program.needs.is_empty()).then(|| format!("pip install {}", program.needs.join(" ")));
            install.into_iter().chain([format!("{server}python3 {}{file}", program.file_name)]).collect()
        }
        Language::Rust => {
            let mut commands = vec![
                "cargo new job".to_owned(),
                format!("mv {} job/src/main.rs", program.file_name),
                "cd job".to_owned(),
            ];
            commands.extend(program.needs.iter().map(|line| add(line)));
            let file = if needs_file { " -- FILE" } else { "" };
            commands.push(format!("{server}cargo run --release{file}"));
            commands
        }
    }
}

/// `tokio = { version = "1", features = ["rt"] }` as `cargo add` takes it.
fn add(dependency: &str) -> String {
    let name = dependency.split(' ').next().unwrap_or_default();
    let quoted = |text: &str| text.split('"').skip(1).step_by(2).map(str::to_owned).collect::<Vec<_>>();
    let (before, features) = dependency.split_once("features = [").unwrap_or((dependency, ""));
    let version = quoted(before).into_iter().next().map(|version| format!("@{version}")).unwrap_or_default();
    let bare = if dependency.contains("default-features = false") { " --no-default-features" } else { "" };
    let features = quoted(features);
    let features = if features.is_empty() { String::new() } else { format!(" --features {}", features.join(",")) };
    format!("cargo add {name}{version}{bare}{features}")
}

#[cfg(test)]
mod tests {
    use lanes_core::{
        export::program::program,
        scenario::presets::{PRESETS, Preset},
    };

    use super::*;

    #[test]
    fn every_offered_model_has_a_program() {
        for scenario in PRESETS.iter().map(Preset::scenario) {
            for language in [Language::Python, Language::Rust] {
                for model in offered(language) {
                    assert!(program(&scenario, Lane::browser(model), language).is_ok(), "{model:?} in {language:?}");
                    assert_eq!(existing(model, language), model);
                }
            }
        }
    }

    #[test]
    fn what_a_language_has_not_becomes_what_it_has() {
        let gil = Chosen { model: Model::Gil, language: Language::Python, beside: Some(Model::Threads) };
        assert_eq!(gil.sound(), Chosen { model: Model::Threads, beside: None, ..gil });
        let mut chosen = Chosen { language: Language::Rust, ..Chosen::default() };
        chosen.turn_to("python3.13/processes".parse().expect("a lane"));
        assert_eq!((chosen.model, chosen.language), (Model::Processes, Language::Python));
    }

    #[test]
    fn a_python_lane_is_said_to_run_it() {
        let scenario = Scenario { lanes: vec!["python3.13/threads".parse().expect("a lane")], ..Scenario::default() };
        let said = |model, language| relation(&scenario, model, language);
        assert!(said(Model::Threads, Language::Python).starts_with("python3.13/threads runs exactly this text"));
        assert!(said(Model::Async, Language::Python).starts_with("The same job"));
        assert!(said(Model::Threads, Language::Rust).starts_with("The same job"));
        let browser = Scenario { lanes: vec![Lane::browser(Model::Gil)], ..Scenario::default() };
        assert!(relation(&browser, Model::Threads, Language::Python).starts_with("browser/gil does these tasks"));
    }

    #[test]
    fn dependencies_are_added_as_they_are_written() {
        assert_eq!(add(r#"crc32fast = "1""#), "cargo add crc32fast@1");
        assert_eq!(
            add(r#"tokio = { version = "1", features = ["macros", "rt"] }"#),
            "cargo add tokio@1 --features macros,rt"
        );
        assert_eq!(
            add(r#"ureq = { version = "3", default-features = false }"#),
            "cargo add ureq@3 --no-default-features"
        );
    }
}
