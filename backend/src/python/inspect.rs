//! Asks an interpreter what there is in a file of the user's own: which function is meant, how many items it has, and how
//! long the first of them takes. `lanes_inspect.py` answers.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::mpsc,
    time::{Duration, Instant},
};

use lanes_core::{present::list, trace::python};
use serde::{Deserialize, Serialize};

use super::{
    events::time,
    interpreter::Python,
    own::{place_in, surround},
    own_watch::lacks,
    probe,
    process_group::{Group, exit_reason},
};
use crate::temporary::{TemporaryError, TemporaryFolder};

/// How long the import of a file and the making of its items may take.
const PATIENCE: Duration = Duration::from_secs(120);

/// What starting an interpreter may take longer than it took before.
const SPARE: Duration = Duration::from_secs(1);

/// The line that says that the answer is there: it stands in a file, because spelled-out items are longer than a line may be.
const MARK: &str = "lanes-own answered";
/// That file, beside the script.
const ANSWER: &str = "answer.json";

const SCRIPT: &str = "lanes_inspect.py";
const MODULES: [(&str, &str); 3] = [
    (SCRIPT, include_str!("lanes_inspect.py")),
    ("lanes_lifeline.py", include_str!("lanes_lifeline.py")),
    (python::OWN.name, python::OWN.text),
];

/// What is asked of a file.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct Asked {
    /// The function that is meant; empty for the one that is called as custom wants it.
    pub(crate) function: String,
    /// The expression for the items; empty for those that the file names itself.
    pub(crate) items: String,
    /// A file with an item in each line, instead.
    pub(crate) items_from: Option<PathBuf>,
}

/// What there is in a file.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub(crate) struct Seen {
    /// The name that its module can have.
    pub(crate) module: String,
    /// The function that blocks, or the coroutine function where there is no other.
    pub(crate) function: String,
    /// The coroutine function; empty where there is none.
    pub(crate) coroutine: String,
    /// The expression for the items; empty where it is `ITEMS`.
    pub(crate) items: String,
    /// How many there are.
    pub(crate) count: u32,
    /// The first of them, as people read it.
    pub(crate) first: String,
}

/// What the first item came to.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub(crate) struct Tried {
    /// How long `setup()` took, in nanoseconds; 0 where there is none.
    pub(crate) setup_ns: u64,
    /// How long the function took, in nanoseconds.
    pub(crate) wall_ns: u64,
    /// The processor time of that, in nanoseconds.
    pub(crate) cpu_ns: u64,
    /// Why it failed, if it did.
    pub(crate) failed: Option<String>,
}

/// What the script says is wrong.
#[derive(Debug, Deserialize)]
#[serde(tag = "problem", rename_all = "snake_case")]
enum Problem {
    Import { why: String, missing: Option<String> },
    Function { name: String, functions: Vec<String> },
    NoItems,
    TooMany { most: u32 },
    Items { what: String, why: String },
    Empty { what: String },
}

/// The answer of the script.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Answer<T> {
    Problem(Problem),
    Fine(T),
}

/// Why a file of the user's own cannot be run.
#[derive(Debug, thiserror::Error)]
pub(crate) enum InspectError {
    /// It cannot be imported.
    #[error("{file} cannot be imported by {python}: {why}")]
    Import { file: String, python: String, why: String },
    /// A package is missing; the sentence says which, and how to get it.
    #[error("{0}")]
    Missing(String),
    /// It has no such function.
    #[error("{file} has no function {name}(){}", instead(.file, .name, .functions))]
    Function { file: String, name: String, functions: Vec<String> },
    /// It says nothing of items.
    #[error(
        "{0} does not say which items there are: write ITEMS = [...] or def items() into it, or name them here, with --items \
         'range(200)' or --items-from FILE"
    )]
    NoItems(String),
    /// It has too many.
    #[error("{file} has more than {most} items: try a part of them, such as --items 'ITEMS[:1000]'")]
    TooMany { file: String, most: u32 },
    /// Making them failed.
    #[error("the items of {file} ({what}) cannot be made: {why}")]
    Items { file: String, what: String, why: String },
    /// There are none.
    #[error("{file} has no items: {what} is empty, as seen from the folder where lanes was started")]
    Empty { file: String, what: String },
    /// The interpreter ended without an answer.
    #[error("{file} ended {python} {how}{place} while {what}")]
    Ended { file: String, python: String, how: String, place: String, what: &'static str },
    /// It did not come to an end.
    #[error("{file} took longer than {} for {what}{}", time(*.most), remedy(.what))]
    Silent { file: String, most: Duration, what: &'static str },
    /// The answer cannot be read.
    #[error("{file}: {python} answers what it should not ({why})")]
    BadAnswer { file: String, python: String, why: String },
    /// There is no room for the script, or no process.
    #[error(transparent)]
    Temporary(#[from] TemporaryError),
    /// It cannot be started.
    #[error("{python} cannot be started: {cause}")]
    NotStarted { python: String, cause: std::io::Error },
}

const IMPORTING: &str = "importing it and making its items";
const FIRST_ITEM: &str = "its first item";

fn remedy(what: &str) -> &'static str {
    if what == FIRST_ITEM { "; if that is as it should be, allow more with --task-deadline" } else { "" }
}

fn instead(file: &str, name: &str, functions: &[String]) -> String {
    let nearest = functions.iter().map(|other| (strsim::damerau_levenshtein(name, other), other)).min();
    let hint = match nearest.filter(|(distance, other)| *distance <= other.len() / 2) {
        Some((_, other)) => format!(" (did you mean {file}:{other}?)"),
        None => String::new(),
    };
    let shown: Vec<&String> = functions.iter().take(8).collect();
    match functions {
        [] => format!(": write def {name}(item) into it, which does one item"),
        _ => format!("{hint}: write def {name}(item), or name another one as {file}:NAME; it has {}", list(&shown)),
    }
}

/// What there is in a file.
///
/// # Errors
/// What is wrong with it, and what to do.
pub(crate) fn inspect(python: &Python, file: &Path, asked: &Asked) -> Result<Seen, InspectError> {
    ask(python, file, asked, None)
}

/// Calls the function for the first item. It may take `most`, beside the time that `importing` took before.
///
/// # Errors
/// When it does not come back; that it failed is no error.
pub(crate) fn try_out(
    python: &Python,
    file: &Path,
    asked: &Asked,
    (most, importing): (Duration, Duration),
) -> Result<Tried, InspectError> {
    ask(python, file, asked, Some((most, importing * 2 + SPARE)))
}

fn ask<T: serde::de::DeserializeOwned>(
    python: &Python,
    file: &Path,
    asked: &Asked,
    trial: Option<(Duration, Duration)>,
) -> Result<T, InspectError> {
    let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let folder = TemporaryFolder::create("lanes-python-")?;
    for (name, text) in MODULES {
        folder.write(name, text)?;
    }
    let mut question = serde_json::to_value(asked).expect("plain data");
    question["try"] = trial.is_some().into();
    let mut command = probe::command(&python.path);
    surround(&mut command, &std::fs::read_to_string(file).unwrap_or_default());
    command
        .args(["-X", "faulthandler"])
        .arg(folder.path().join(SCRIPT))
        .env("LANES_INSPECT", question.to_string())
        .env("LANES_INSPECT_ANSWER", folder.path().join(ANSWER))
        .env("LANES_OWN_FILE", file)
        .env("LANES_OWN_MODULE", module_name(file));
    let (tell, told) = mpsc::channel();
    let group = Group::start(&mut command, move |line| {
        if line == MARK {
            let _ = tell.send(());
        }
    });
    let mut group = group.map_err(|cause| InspectError::NotStarted { python: python.name(), cause })?;
    let (most, spare) = trial.unwrap_or((PATIENCE, Duration::ZERO));
    let what = if trial.is_some() { FIRST_ITEM } else { IMPORTING };
    let until = Instant::now() + most + spare;
    match told.recv_timeout(until.saturating_duration_since(Instant::now())) {
        Ok(()) => {}
        Err(mpsc::RecvTimeoutError::Timeout) => {
            return Err(InspectError::Silent { file: name, most, what });
        }
        Err(mpsc::RecvTimeoutError::Disconnected) => {
            let how = group.end().map_or_else(|error| format!("({error})"), exit_reason);
            let place = place_in(&group.stderr_tail(), file).map_or_else(String::new, |place| format!(" ({place})"));
            return Err(InspectError::Ended { file: name, python: python.name(), how, place, what });
        }
    }
    let bad = |why: String| InspectError::BadAnswer { file: name.clone(), python: python.name(), why };
    let answer = fs::read(folder.path().join(ANSWER)).map_err(|error| bad(error.to_string()))?;
    let answer = serde_json::from_slice(&answer).map_err(|error| bad(error.to_string()))?;
    Err(match answer {
        Answer::Fine(found) => return Ok(found),
        Answer::Problem(Problem::Import { missing: Some(module), .. }) => {
            InspectError::Missing(lacks(python, &name, &module))
        }
        Answer::Problem(Problem::Import { why, .. }) => InspectError::Import { file: name, python: python.name(), why },
        Answer::Problem(Problem::Function { name: function, functions }) => {
            InspectError::Function { file: name, name: function, functions }
        }
        Answer::Problem(Problem::NoItems) => InspectError::NoItems(name),
        Answer::Problem(Problem::TooMany { most }) => InspectError::TooMany { file: name, most },
        Answer::Problem(Problem::Items { what, why }) => InspectError::Items { file: name, what, why },
        Answer::Problem(Problem::Empty { what }) => InspectError::Empty { file: name, what },
    })
}

/// A name for the module of a file: its own, as far as that can be imported.
fn module_name(file: &Path) -> String {
    let stem = file.file_stem().unwrap_or_default().to_string_lossy();
    let mut name: String = stem.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
    if !name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') {
        name.insert_str(0, "job_");
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_module_has_a_name_that_can_be_imported() {
        for (file, name) in
            [("thumbs.py", "thumbs"), ("/a/my-job.2.py", "my_job_2"), ("3d.py", "job_3d"), ("é.py", "_")]
        {
            assert_eq!(module_name(Path::new(file)), name);
        }
    }

    #[test]
    fn a_function_that_is_not_there_is_answered_with_what_is() {
        let functions = ["clean".to_owned(), "load".to_owned()];
        let said = |name: &str, functions: &[String]| {
            InspectError::Function { file: "etl.py".into(), name: name.into(), functions: functions.to_vec() }
                .to_string()
        };
        assert!(said("claen", &functions).contains("(did you mean etl.py:clean?)"), "{}", said("claen", &functions));
        assert!(
            said("task", &functions).ends_with("as etl.py:NAME; it has clean and load"),
            "{}",
            said("task", &functions)
        );
        assert!(said("task", &[]).contains("write def task(item) into it"));
    }
}
