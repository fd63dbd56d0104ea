//! What SCENARIO on the command line is: a preset's name, a file, a link, or standard input.

use std::{
    fs::File,
    io::{self, Read},
    path::{Path, PathBuf},
};

use lanes_core::{
    link::{self, LinkError},
    scenario::{
        Problem, Scenario,
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
    #[error("there is neither a preset nor a file called “{name}”{hint}; the presets are {presets}")]
    Unknown {
        /// What was asked for.
        name: String,
        /// What may have been meant, in brackets.
        hint: String,
        /// The names of all presets.
        presets: String,
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

fn unknown(argument: &str) -> SourceError {
    let ids = || presets::all().map(|preset| preset.id);
    let nearest = ids().min_by_key(|id| strsim::damerau_levenshtein(argument, id));
    let hint = nearest
        .filter(|id| strsim::damerau_levenshtein(argument, id) <= id.len() / 2)
        .map(|id| format!(" (did you mean {id}?)"))
        .unwrap_or_default();
    let ids: Vec<&str> = ids().collect();
    SourceError::Unknown { name: argument.to_owned(), hint, presets: ids.join(", ") }
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
