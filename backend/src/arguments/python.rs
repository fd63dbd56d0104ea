//! What `run` and `serve` ask in the same words about Python lanes.

use clap::builder::{PossibleValuesParser, TypedValueParser};
use lanes_core::scenario::StartMethod;
use std::{
    env, io,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    time::Duration,
};

use crate::runner::PythonOptions;

/// The longest that a Python lane may be expected to compute, unless it is said, in seconds.
const DEFAULT_LIMIT_S: u64 = 300;

/// An interpreter that was named cannot be one.
#[derive(Debug, thiserror::Error)]
#[error("--python {}: {why}; name the file of a Python interpreter, or leave it out to use the first that is found", .path.display())]
pub(crate) struct PythonArgumentError {
    path: PathBuf,
    why: NotAProgram,
}

/// Why a path leads to no program.
#[derive(Debug, thiserror::Error)]
enum NotAProgram {
    #[error("there is no such file")]
    Missing,
    #[error("there is no such program in PATH")]
    NotInPath,
    #[error("it is not a file")]
    NotAFile,
    #[error("it may not be executed")]
    NotExecutable,
    #[error("it cannot be looked at: {0}")]
    Unreadable(io::Error),
}

/// How Python lanes are run.
#[derive(Clone, Debug, clap::Args)]
#[group(skip)]
pub(crate) struct Arguments {
    /// Run python/… lanes in this interpreter; may be given several times, for python3.N/… lanes
    #[arg(long, value_name = "PATH")]
    python: Vec<PathBuf>,
    /// How Python's multiprocessing starts its processes; as the interpreter likes, unless it is said. Several, parted by
    /// commas, are compared
    #[arg(long, value_name = "METHOD", value_delimiter = ',', value_parser = start_method())]
    start_method: Vec<StartMethod>,
    /// Refuse Python lanes that would compute for longer, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = DEFAULT_LIMIT_S, value_parser = clap::value_parser!(u64).range(1..=366 * 24 * 3600))]
    python_limit: u64,
}

impl Arguments {
    /// The arguments that only name interpreters.
    pub(crate) fn in_these(interpreters: Vec<PathBuf>) -> Self {
        Self { python: interpreters, start_method: Vec::new(), python_limit: DEFAULT_LIMIT_S }
    }

    /// The options, once it is sure that every interpreter that was named can be one. Whether it is one is found out
    /// when it is asked.
    ///
    /// # Errors
    /// When there is no such file, or it is no program.
    pub(crate) fn options(&self) -> Result<PythonOptions, PythonArgumentError> {
        for path in &self.python {
            check(path).map_err(|why| PythonArgumentError { path: path.clone(), why })?;
        }
        Ok(PythonOptions {
            interpreters: self.python.clone(),
            start_method: self.only_start_method(),
            limit: Duration::from_secs(self.python_limit),
            ..PythonOptions::default()
        })
    }

    /// The start methods that are compared: more than one.
    pub(crate) fn start_methods(&self) -> &[StartMethod] {
        if self.start_method.len() > 1 { &self.start_method } else { &[] }
    }

    fn only_start_method(&self) -> Option<StartMethod> {
        if let [method] = self.start_method[..] { Some(method) } else { None }
    }

    /// The arguments that were given and only say how Python lanes are run.
    pub(crate) fn given(&self) -> Vec<&'static str> {
        let given = [
            ("--python", !self.python.is_empty()),
            ("--start-method", !self.start_method.is_empty()),
            ("--python-limit", self.python_limit != DEFAULT_LIMIT_S),
        ];
        given.into_iter().filter_map(|(name, is_given)| is_given.then_some(name)).collect()
    }
}

/// Reads the name of a start method.
fn start_method() -> impl TypedValueParser<Value = StartMethod> {
    PossibleValuesParser::new(StartMethod::ALL.map(StartMethod::id)).try_map(|name| name.parse::<StartMethod>())
}

/// Whether a path leads to a program; a bare name is looked for in `PATH`, as when it is started.
fn check(path: &Path) -> Result<(), NotAProgram> {
    if path.components().count() == 1 && !path.as_os_str().to_string_lossy().contains('/') {
        let folders = env::var_os("PATH").unwrap_or_default();
        let is_there = env::split_paths(&folders).any(|folder| is_program(&folder.join(path)).is_ok());
        return if is_there { Ok(()) } else { Err(NotAProgram::NotInPath) };
    }
    is_program(path)
}

fn is_program(path: &Path) -> Result<(), NotAProgram> {
    let about = path.metadata().map_err(|error| match error.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => NotAProgram::Missing,
        _ => NotAProgram::Unreadable(error),
    })?;
    match (about.is_file(), about.permissions().mode() & 0o111) {
        (false, _) => Err(NotAProgram::NotAFile),
        (true, 0) => Err(NotAProgram::NotExecutable),
        (true, _) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_programs_are_taken_for_interpreters() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("python3");
        let says = |path: &Path| check(path).map_err(|why| why.to_string());
        assert_eq!(says(&path), Err("there is no such file".to_owned()));
        assert_eq!(says(folder.path()), Err("it is not a file".to_owned()));
        std::fs::write(&path, "#!/bin/sh\n").expect("room");
        assert_eq!(says(&path), Err("it may not be executed".to_owned()));
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).expect("own file");
        assert_eq!(says(&path), Ok(()));
        assert_eq!(says(Path::new("sh")), Ok(()), "found in PATH");
        assert!(says(Path::new("no-such-program-anywhere")).is_err());
    }
}
