//! What SCENARIO on the command line is: the name of a preset or an experiment, a file, a link, or standard input.

use std::{
    fs::File,
    io::{self, Read},
    path::{Path, PathBuf},
};

use lanes_core::{
    experiments::{self, Experiment},
    link::{self, LinkError},
    present::list,
    scenario::{
        Place, Problem, Scenario,
        presets::{self, Preset},
    },
};
use serde_json::Value;

/// Most bytes of a scenario that are read: more than any valid one has.
const MAX_BYTES: u64 = 64 * 1024 * 1024;

/// There is no scenario, or no valid one.
#[derive(Debug, thiserror::Error)]
pub(super) enum SourceError {
    /// The bytes cannot be read, or are no text.
    #[error("{from} cannot be read: {cause}")]
    Unreadable {
        /// Where it should have come from.
        from: String,
        /// What the system says.
        cause: io::Error,
    },
    /// More bytes than any scenario has.
    #[error("{from} is larger than any scenario ({} MiB)", MAX_BYTES >> 20)]
    TooLarge {
        /// Where they came from.
        from: String,
    },
    /// The scenario is not valid.
    #[error("{from} is not a valid scenario; correct {}", if problems.len() == 1 { "this field" } else { "these fields" })]
    Invalid {
        /// Where it came from.
        from: String,
        /// What is wrong, by field.
        problems: Vec<Problem>,
    },
    /// The text is a link, and not a good one.
    #[error(transparent)]
    Link(LinkError),
    /// Neither a preset nor a file.
    #[error(
        "there is neither a preset, an experiment nor a file called “{name}”{hint}; the presets are {presets}, and “lanes list” \
         has the experiments"
    )]
    Unknown {
        /// What was asked for.
        name: String,
        /// What may have been meant, in brackets.
        hint: String,
        /// The names of all presets.
        presets: String,
    },
    /// Not an experiment.
    #[error("there is no experiment called “{name}”{hint}; “lanes list” has them all")]
    NoExperiment {
        /// What was asked for.
        name: String,
        /// What may have been meant, in brackets.
        hint: String,
    },
    /// An experiment without lanes in a place.
    #[error("{id} has no lanes in {place}; it has some in {places}")]
    NotThere {
        /// Which experiment.
        id: &'static str,
        /// Where it was asked for.
        place: &'static str,
        /// Where it has lanes.
        places: String,
    },
}

/// What an argument was taken for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// A preset's name, or JSON.
    Scenario,
    /// A link.
    Link,
}

/// A scenario, and what it was read from.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Loaded {
    /// The scenario; valid, whoever asks.
    pub(super) scenario: Scenario,
    /// What the argument was taken for.
    pub(super) form: Form,
    /// The file that it was read from.
    pub(super) file: Option<PathBuf>,
    /// Whether it comes with Lanes, and its code does.
    pub(super) is_ours: bool,
    /// What a reader should know of where it came from.
    pub(super) notice: Option<&'static str>,
}

/// What is said of a link that ends before its check: one that was written by hand has none, one that was copied had.
const NO_CHECK: &str = "This link has no check at its end, so nobody can tell whether it was cut or changed on its way: \
                        compare it with where it came from.";

/// Reads the scenario that an argument means: the one way in which every command reads one.
///
/// # Errors
/// When there is none, it cannot be read, or it is not valid.
pub(super) fn load(argument: &str) -> Result<Loaded, SourceError> {
    if argument == "-" {
        return parse("standard input", &read("standard input", io::stdin().lock())?);
    }
    if let Some(preset) = Preset::find(argument) {
        return Ok(Loaded {
            scenario: preset.scenario(),
            form: Form::Scenario,
            file: None,
            is_ours: true,
            notice: None,
        });
    }
    if experiments::named(argument).is_some() {
        let (_, _, scenario) = experiment(argument)?;
        return Ok(Loaded { scenario, form: Form::Scenario, file: None, is_ours: true, notice: None });
    }
    if argument.trim_start().starts_with('{') {
        return parse("the argument", argument);
    }
    if is_link(argument) && !Path::new(argument).exists() {
        return parse("the link", argument);
    }
    match File::open(argument) {
        Ok(file) => {
            let loaded = parse(argument, &read(argument, file)?)?;
            Ok(Loaded { file: Some(argument.into()), ..loaded })
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Err(unknown(argument)),
        Err(cause) => Err(SourceError::Unreadable { from: argument.to_owned(), cause }),
    }
}

/// The scenario in a text: JSON (of a scenario, or of a result, which holds one) or a link.
fn parse(from: &str, text: &str) -> Result<Loaded, SourceError> {
    let text = text.trim_start_matches('\u{feff}').trim();
    let invalid = |problems| SourceError::Invalid { from: from.to_owned(), problems };
    let (scenario, form) = if is_link(text) {
        let scenario = link::decode(text).map_err(|error| match error {
            LinkError::Invalid(problems) => invalid(problems),
            error => SourceError::Link(error),
        })?;
        (scenario, Form::Link)
    } else {
        let read = match serde_json::from_str::<Value>(text) {
            Ok(Value::Object(result)) if result.contains_key("lanes_result") => {
                Scenario::from_value(result.get("scenario").unwrap_or(&Value::Null))
            }
            // From the text, which still has what stands there twice.
            Ok(_) | Err(_) => Scenario::from_json(text),
        };
        (read.map_err(invalid)?, Form::Scenario)
    };
    // What is left out gets its default, and together the fields must be valid as well: or a scenario that is exported
    // here could not be read there.
    let problems = scenario.problems();
    if !problems.is_empty() {
        return Err(invalid(problems));
    }
    let notice = (form == Form::Link && !link::has_check(text)).then_some(NO_CHECK);
    Ok(Loaded { scenario, form, file: None, is_ours: false, notice })
}

/// Whether a text is meant as a link: an address, a fragment, or what follows `#`.
fn is_link(text: &str) -> bool {
    let after_version = text.trim_start_matches(|c: char| c.is_ascii_digit());
    let is_bare = after_version.len() < text.len()
        && after_version.strip_prefix('z').unwrap_or(after_version).starts_with(".")
        && !text.ends_with(".json");
    text.starts_with("https://") || text.starts_with("http://") || text.starts_with('#') || is_bare
}

fn read(name: &str, from: impl Read) -> Result<String, SourceError> {
    let mut text = String::new();
    match from.take(MAX_BYTES + 1).read_to_string(&mut text) {
        Ok(_) if text.len() as u64 > MAX_BYTES => Err(SourceError::TooLarge { from: name.to_owned() }),
        Ok(_) => Ok(text),
        Err(cause) => Err(SourceError::Unreadable { from: name.to_owned(), cause }),
    }
}

/// The experiment that a text names, in the place that it names, with the scenario there.
///
/// # Errors
/// When there is no such experiment, or it has no lanes there.
pub(super) fn experiment(name: &str) -> Result<(&'static Experiment, Place, Scenario), SourceError> {
    let Some((experiment, place)) = experiments::named(name) else {
        let hint = hint(name, experiments::all().map(|experiment| experiment.id));
        return Err(SourceError::NoExperiment { name: name.to_owned(), hint });
    };
    match experiment.scenario_in(place) {
        Some(scenario) => Ok((experiment, place, scenario)),
        None => {
            let there = Place::ALL.into_iter().filter(|place| experiment.scenario_in(*place).is_some());
            let places: Vec<&str> = there.map(Place::id).collect();
            Err(SourceError::NotThere { id: experiment.id, place: place.id(), places: list(&places) })
        }
    }
}

fn unknown(argument: &str) -> SourceError {
    let presets = || presets::all().map(|preset| preset.id);
    let hint = hint(
        argument.split('@').next().unwrap_or_default(),
        presets().chain(experiments::all().map(|experiment| experiment.id)),
    );
    SourceError::Unknown { name: argument.to_owned(), hint, presets: presets().collect::<Vec<_>>().join(", ") }
}

/// What may have been meant, in brackets; nothing where no name is near.
fn hint(argument: &str, ids: impl Iterator<Item = &'static str>) -> String {
    let distance = |id: &str| strsim::damerau_levenshtein(argument, id);
    let nearest = ids.min_by_key(|id| distance(id)).filter(|id| distance(id) <= id.len() / 2);
    nearest.map(|id| format!(" (did you mean {id}?)")).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_told_from_names_and_files() {
        for text in ["https://lanes.example/#1.x", "#1.(a)", "1.(groups:x)~abcdef", "1z.AbC~abcdef", "12.x"] {
            assert!(is_link(text), "{text}");
        }
        for text in ["crunch", "scenario.json", "1.json", "2024.json", "./1", "1", "{}"] {
            assert!(!is_link(text), "{text}");
        }
    }

    #[test]
    fn every_form_of_a_preset_is_the_same_scenario() {
        for preset in presets::all() {
            let scenario = preset.scenario();
            let link = link::url("https://lanes.example/", &scenario).expect("fits");
            let result = format!(r#"{{"lanes_result":1,"scenario":{}}}"#, scenario.to_json());
            for text in [scenario.to_json(), link.clone(), link[22..].to_owned(), link[23..].to_owned(), result] {
                assert_eq!(parse("here", &text).expect("valid").scenario, scenario, "{text}");
            }
            assert_eq!(load(preset.id).expect("a preset").scenario, scenario);
        }
    }

    #[test]
    fn an_experiment_is_named_with_the_place_that_it_runs_in() {
        let lanes = |name: &str| load(name).map(|loaded| loaded.scenario.lanes);
        let of = |name: &str| lanes(name).expect(name)[0].to_string();
        assert_eq!(of("blocking-in-async"), "native/sequential");
        assert_eq!(of("blocking-in-async@browser"), "browser/sequential");
        assert_eq!(of("blocking-in-async@python"), "python/sequential");
        assert_eq!(of("convoy"), "browser/sequential", "the preset");
        assert_eq!(of("convoy@native"), "native/threads");
        let why = |name: &str| load(name).expect_err(name).to_string();
        assert_eq!(
            why("shared-hot-object@python"),
            "shared-hot-object has no lanes in python; it has some in browser and native"
        );
        assert!(why("convoy@moon").contains("did you mean convoy?"), "{}", why("convoy@moon"));
        assert!(why("cold-strat").contains("did you mean cold-start?"), "{}", why("cold-strat"));
    }

    #[test]
    fn a_typing_error_is_answered_with_the_nearest_name() {
        let failure = load("crnch").expect_err("no such thing");
        assert!(failure.to_string().contains("did you mean crunch?"), "{failure}");
        let damaged = load("#1z.nonsense").expect_err("damaged");
        assert!(matches!(damaged, SourceError::Link(_)), "{damaged}");
    }

    #[test]
    fn a_link_without_its_check_opens_and_is_told() {
        let link = link::encode(&presets::PRESETS[0].scenario()).expect("fits");
        assert_eq!(parse("the link", &format!("#{link}")).expect("whole").notice, None);
        let by_hand = "#1.(groups:!((steps:!((fetch:())))))";
        assert_eq!(parse("the link", by_hand).expect("whole").notice, Some(NO_CHECK));
    }
}
