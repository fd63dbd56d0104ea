//! A file of the user's own: what an interpreter says of it, and the scenario that it makes.

use std::{
    fs, io,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use lanes_core::scenario::{
    Call, Code, Group, Interpreter, Lane, Model, Repeats, Scenario, Step, is_identifier, limits,
};

use crate::python::{self, Asked, Candidate, InspectError, Missing, Python, Seen};

use super::arguments::Arguments;

/// A file of the user's own, and the function that is meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct OwnFile {
    /// Where it is, as it was named.
    pub(crate) path: PathBuf,
    /// The function; `None` for the one that is called as custom wants it.
    pub(crate) function: Option<String>,
}

/// Why a file of the user's own is no scenario.
#[derive(Debug, thiserror::Error)]
pub(crate) enum OwnError {
    /// It cannot be read.
    #[error("{}: {}", .path.display(), reason(.cause))]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        cause: io::Error,
    },
    /// It is too long for a scenario.
    #[error("{} has {bytes} bytes, and the most is {}: move what its function needs into modules beside it", .path.display(), limits::MAX_CODE_BYTES)]
    TooLong {
        /// The file.
        path: PathBuf,
        /// Its length.
        bytes: usize,
    },
    /// The items that were named are too long for a scenario.
    #[error("the items take {} bytes, and the most is {}: let the file make them, as ITEMS or items()", .0, limits::MAX_ITEMS_BYTES)]
    TooManyItems(usize),
    /// What follows the colon is no name.
    #[error("“{0}” is no name of a function: write FILE.py:FUNCTION")]
    NoName(String),
    /// There is no interpreter.
    #[error(transparent)]
    NoPython(#[from] Missing),
    /// The file is not what it should be.
    #[error(transparent)]
    Inspect(#[from] InspectError),
}

fn reason(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "there is no such file".into(),
        io::ErrorKind::InvalidData => "it is no text in UTF-8".into(),
        _ => error.to_string(),
    }
}

/// What was found in a file, and the scenario that it makes.
#[derive(Debug)]
pub(crate) struct Own {
    pub(crate) scenario: Scenario,
    /// Where the file is, whatever the folder.
    pub(crate) path: PathBuf,
    /// How many items there are, of which the scenario may have a part.
    pub(crate) items: u32,
    /// The interpreter that was asked.
    pub(crate) python: Python,
    /// What was asked.
    pub(super) asked: Asked,
    /// How long that took.
    pub(super) importing: Duration,
}

impl Own {
    /// What its scenario calls.
    pub(crate) fn call(&self) -> &Call {
        self.scenario.call().expect("it was made of a call")
    }

    /// What its file is called, without its folder.
    pub(crate) fn file_name(&self) -> String {
        file_name(&self.path)
    }
}

impl OwnFile {
    /// The file that an argument names, if it does.
    pub(crate) fn of(argument: &str) -> Option<Self> {
        if argument.ends_with(".py") {
            return Some(Self { path: argument.into(), function: None });
        }
        let (path, function) = argument.rsplit_once(':')?;
        path.ends_with(".py").then(|| Self { path: path.into(), function: Some(function.to_owned()) })
    }

    /// Asks an interpreter what is in it. `lanes` are those that somebody wants to run, if they are known.
    ///
    /// # Errors
    /// What is wrong with it, and what to do.
    pub(crate) fn load(
        &self,
        arguments: &Arguments,
        interpreters: &[PathBuf],
        lanes: &[Lane],
    ) -> Result<Own, OwnError> {
        let unreadable = |cause| OwnError::Unreadable { path: self.path.clone(), cause };
        let source = fs::read_to_string(&self.path).map_err(unreadable)?;
        if source.len() > limits::MAX_CODE_BYTES {
            return Err(OwnError::TooLong { path: self.path.clone(), bytes: source.len() });
        }
        if let Some(name) = self.function.as_deref().filter(|name| !is_identifier(name)) {
            return Err(OwnError::NoName(name.to_owned()));
        }
        let path = fs::canonicalize(&self.path).map_err(unreadable)?;
        let items_from = match &arguments.items_from {
            None => None,
            Some(path) => {
                let unreadable = |cause| OwnError::Unreadable { path: path.clone(), cause };
                Some(fs::canonicalize(path).map_err(unreadable)?)
            }
        };
        let asked = Asked {
            function: self.function.clone().unwrap_or_default(),
            items: arguments.items.clone().unwrap_or_default(),
            items_from,
        };
        let candidates = python::find(interpreters);
        let wanted = lanes.iter().find(|lane| lane.interpreter != Interpreter::FreeThreaded).or(lanes.first());
        let wanted = wanted.map_or(Interpreter::Any, |lane| lane.interpreter);
        let asks_in = Lane { interpreter: wanted, ..Lane::python(Model::Sequential) };
        let python = python::choose(&candidates, asks_in)?.clone();
        let begun = Instant::now();
        let seen = python::inspect(&python, &path, &asked)?;
        let importing = begun.elapsed();
        if seen.items.len() > limits::MAX_ITEMS_BYTES {
            return Err(OwnError::TooManyItems(seen.items.len()));
        }
        let items = seen.count;
        let tasks = arguments.first.map_or(items, |first| first.get().min(items));
        let scenario = scenario(&path, source, seen, tasks, lanes_here(&candidates));
        Ok(Own { scenario, path, items, python, asked, importing })
    }
}

fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

fn scenario(path: &Path, python: String, seen: Seen, tasks: u32, lanes: Vec<Lane>) -> Scenario {
    let Seen { module, function, coroutine, items, .. } = seen;
    let name = file_name(path);
    let has_both = !coroutine.is_empty() && coroutine != function;
    // Where a loop hands the function to threads anyway, that is what hybrid does too.
    let lanes = lanes.into_iter().filter(|lane| lane.model != Model::Hybrid || has_both).collect();
    let title: String = format!("{name}: {function}").chars().take(limits::MAX_NAME_CHARS).collect();
    let group = Group {
        name: function.chars().take(limits::MAX_NAME_CHARS).collect(),
        tasks,
        steps: vec![Step::Call(Call { python: Code::Source(python), function, coroutine, items, module })],
        ..Group::default()
    };
    let workers =
        std::thread::available_parallelism().map_or(2, usize::from).clamp(2, limits::MAX_WORKERS as usize) as u32;
    Scenario {
        title,
        groups: vec![group],
        lanes,
        workers,
        repeats: Repeats::Fixed(3),
        warmup: 0,
        ..Scenario::default()
    }
}

/// Every model that the interpreters of this machine have, each in the first that has it.
fn lanes_here(candidates: &[Candidate]) -> Vec<Lane> {
    let mut lanes: Vec<Lane> = Model::ALL.into_iter().filter(|model| *model != Model::Gil).map(Lane::python).collect();
    lanes.push(Lane::python(Model::Interpreters));
    lanes.push(Lane { interpreter: Interpreter::FreeThreaded, ..Lane::python(Model::Threads) });
    lanes.retain(|lane| python::choose(candidates, *lane).is_ok());
    lanes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_of_python_is_told_from_everything_else() {
        let of = |argument: &str| {
            OwnFile::of(argument).map(|own| (own.path.display().to_string(), own.function.unwrap_or_default()))
        };
        let is = |path: &str, function: &str| Some((path.to_owned(), function.to_owned()));
        assert_eq!(of("thumbs.py"), is("thumbs.py", ""));
        assert_eq!(of("a/etl.py:clean"), is("a/etl.py", "clean"));
        assert_eq!(of("./a:b.py"), is("./a:b.py", ""));
        for other in
            ["crunch", "scenario.json", "-", "https://lanes.example/#1.x", "{\"lanes_scenario\":1}", "thumbs.pyc"]
        {
            assert_eq!(of(other), None, "{other}");
        }
    }
}
