//! What a program is written in, and what comes out of writing one. How one is written is each language's matter.

use serde::{Deserialize, Serialize};

use crate::scenario::{Model, NotInPlace, Scenario, Settings};

/// What a program is written in.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, strum::EnumIter, strum::EnumString, strum::IntoStaticStr,
)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
pub enum Language {
    /// CPython 3.9 and later.
    Python,
    /// Rust, as a single file.
    Rust,
}

/// A whole program.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Program {
    /// What it is written in.
    pub language: Language,
    /// A name to save it under, such as `web_requests_async.py`.
    pub file_name: String,
    /// Its text.
    pub code: String,
    /// What it needs besides the standard library: names of packages for Python, lines of `[dependencies]` for Rust.
    pub needs: Vec<String>,
}

/// Why a lane has no program in a language.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoProgram {
    /// Interpreters are CPython's.
    #[error("several interpreters in one process are CPython's: a Rust program has none to start")]
    NoInterpreters,
    /// What interpreters do not share.
    #[error(
        "these interpreters share no memory that they could lock, so a simulated server with limits would be one for each of \
         them: choose threads, or processes of the machine"
    )]
    NoSharedServer,
    /// What only a browser has.
    #[error(transparent)]
    NotInPlace(#[from] NotInPlace),
}

/// A name to save a program under: the title in small letters, digits and `_`, then the model, then what is peculiar to
/// the lane.
pub(super) fn file_name(scenario: &Scenario, model: Model, settings: Settings, extension: &str) -> String {
    let mut stem = words(&scenario.title);
    let settings = words(&settings.to_string());
    // A module's name cannot begin with a digit.
    if !stem.starts_with(|c: char| c.is_ascii_alphabetic()) {
        stem.insert_str(0, "job_");
    }
    let model = model.id();
    format!("{stem}{model}{}{}.{extension}", if settings.is_empty() { "" } else { "_" }, settings.trim_end_matches('_'))
}

/// The first words of a text in small letters and digits, each followed by `_`.
fn words(text: &str) -> String {
    let mut words = String::new();
    for word in text.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty()) {
        if words.len() + word.len() > 40 {
            break;
        }
        words.push_str(&word.to_ascii_lowercase());
        words.push('_');
    }
    words
}
