//! What SCENARIO on the command line is: a preset's name, a file, a link, or standard input.

use std::{
    fs::File,
    io::{self, Read},
    path::Path,
};

use lanes_core::{
    link::{self, LinkError},
    scenario::{
        Scenario,
        presets::{PRESETS, Preset},
    },
};
use serde_json::Value;

use super::Failure;

/// Most bytes of a scenario that are read: more than any valid one has.
const MAX_BYTES: u64 = 64 * 1024 * 1024;

/// What an argument was taken for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// A preset's name, or JSON.
    Scenario,
    /// A link.
    Link,
}

/// The scenario that an argument means, and what the argument was.
pub(super) fn load(argument: &str) -> Result<(Scenario, Form), Failure> {
    if argument == "-" {
        let text = read(io::stdin().lock()).map_err(|error| Failure::other(format!("standard input: {error}")))?;
        return parse("standard input", &text);
    }
    if let Some(preset) = Preset::find(argument) {
        return Ok((preset.scenario(), Form::Scenario));
    }
    if argument.trim_start().starts_with('{') {
        return parse("the argument", argument);
    }
    if is_link(argument) && !Path::new(argument).exists() {
        return parse("the link", argument);
    }
    match File::open(argument).and_then(read) {
        Ok(text) => parse(argument, &text),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Err(unknown(argument)),
        Err(error) => Err(Failure::other(format!("{argument} cannot be read: {error}"))),
    }
}

/// The scenario in a text: JSON (of a scenario, or of a result, which holds one) or a link.
fn parse(from: &str, text: &str) -> Result<(Scenario, Form), Failure> {
    let text = text.trim_start_matches('\u{feff}').trim();
    if is_link(text) {
        return match link::decode(text) {
            Ok(scenario) => Ok((scenario, Form::Link)),
            Err(LinkError::Invalid(problems)) => Err(Failure::Invalid { from: from.to_owned(), problems }),
            Err(error) => Err(Failure::Link(error)),
        };
    }
    let read = match serde_json::from_str::<Value>(text) {
        Ok(Value::Object(result)) if result.contains_key("lanes_result") => {
            Scenario::from_value(result.get("scenario").unwrap_or(&Value::Null))
        }
        Ok(value) => Scenario::from_value(&value),
        Err(_) => Scenario::from_json(text),
    };
    let scenario = read.map_err(|problems| Failure::Invalid { from: from.to_owned(), problems })?;
    Ok((scenario, Form::Scenario))
}

/// Whether a text is meant as a link: an address, a fragment, or what follows `#`.
fn is_link(text: &str) -> bool {
    let after_version = text.trim_start_matches(|c: char| c.is_ascii_digit());
    let is_bare = after_version.len() < text.len()
        && after_version.strip_prefix('z').unwrap_or(after_version).starts_with(".")
        && !text.ends_with(".json");
    text.starts_with("https://") || text.starts_with("http://") || text.starts_with('#') || is_bare
}

fn read(from: impl Read) -> io::Result<String> {
    let mut text = String::new();
    from.take(MAX_BYTES + 1).read_to_string(&mut text)?;
    if text.len() as u64 > MAX_BYTES {
        return Err(io::Error::other(format!("is larger than any scenario ({} MiB)", MAX_BYTES >> 20)));
    }
    Ok(text)
}

fn unknown(argument: &str) -> Failure {
    let ids = || PRESETS.iter().map(|preset| preset.id);
    let nearest = ids().min_by_key(|id| strsim::damerau_levenshtein(argument, id));
    let hint = nearest
        .filter(|id| strsim::damerau_levenshtein(argument, id) <= id.len() / 2)
        .map(|id| format!(" (did you mean {id}?)"))
        .unwrap_or_default();
    let ids: Vec<&str> = ids().collect();
    Failure::other(format!(
        "there is neither a preset nor a file called “{argument}”{hint}; the presets are {}",
        ids.join(", ")
    ))
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
        for preset in &PRESETS {
            let scenario = preset.scenario();
            let link = link::url("https://lanes.example/", &scenario).expect("fits");
            let result = format!(r#"{{"lanes_result":1,"scenario":{}}}"#, scenario.to_json());
            for text in [scenario.to_json(), link.clone(), link[22..].to_owned(), link[23..].to_owned(), result] {
                assert_eq!(parse("here", &text).expect("valid").0, scenario, "{text}");
            }
            assert_eq!(load(preset.id).expect("a preset"), (scenario, Form::Scenario));
        }
    }

    #[test]
    fn a_typing_error_is_answered_with_the_nearest_name() {
        let failure = load("crnch").expect_err("no such thing");
        assert!(failure.to_string().contains("did you mean crunch?"), "{failure}");
        assert_eq!(failure.code(), 1);
        assert_eq!(load("#1z.nonsense").expect_err("damaged").code(), 2);
    }
}
