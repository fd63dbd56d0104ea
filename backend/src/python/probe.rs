//! Asks one interpreter what it is, by running `probe.py` in it, with a time limit and a limit on what is read.

use std::{
    env,
    path::{Path, PathBuf},
    process::Command,
    sync::mpsc,
    time::{Duration, Instant},
};

use serde::Deserialize;

use super::{
    interpreter::{Module, OLDEST, Python, Unusable},
    process_group::{self, Group},
};

/// How long an interpreter may take to say what it is: most do in a tenth of a second, and on a machine whose disk is busy
/// eight seconds were too few.
const PATIENCE: Duration = Duration::from_secs(20);

/// What the answer begins with, so that a line of something else is not taken for it.
const MARK: &str = "lanes-python ";

const PROBE: &str = include_str!("probe.py");

/// What the probe says.
#[derive(Deserialize)]
pub(super) struct Answer {
    version: (u8, u8, u8),
    implementation: String,
    /// The program that runs, links resolved.
    pub(super) executable: PathBuf,
    /// Where its packages are; another one in a virtual environment.
    pub(super) prefix: PathBuf,
    free_threaded: bool,
    gil: bool,
    interpreters: bool,
    #[serde(default)]
    managed: bool,
    aiohttp: Module,
    requests: Module,
}

impl Answer {
    /// The interpreter at `path`, which gave this answer.
    ///
    /// # Errors
    /// When the programs do not run on it.
    pub(super) fn python(self, path: &Path) -> Result<Python, Unusable> {
        let Self { version, implementation, free_threaded, gil, interpreters, managed, aiohttp, requests, .. } = self;
        if (version.0, version.1) < OLDEST {
            return Err(Unusable::TooOld(version));
        }
        if implementation != "CPython" {
            return Err(Unusable::Implementation(implementation));
        }
        let path = path.to_owned();
        Ok(Python { path, version, implementation, free_threaded, gil, interpreters, managed, aiohttp, requests })
    }
}

/// What the interpreter at `path` says it is.
///
/// # Errors
/// When it says nothing that can be understood.
pub(super) fn ask(path: &Path) -> Result<Answer, Unusable> {
    let (tell, told) = mpsc::sync_channel(4);
    let mut other: Option<String> = None;
    let mut command = command(path);
    // Not in whatever folder this is called from: Python would import its `json.py`.
    command.current_dir("/").arg("-c").arg(PROBE);
    let mut group = Group::start(&mut command, move |line| match line.strip_prefix(MARK) {
        Some(answer) => drop(tell.try_send(Ok(answer.to_owned()))),
        None if other.is_none() => {
            let _ = tell.try_send(Err(line.to_owned()));
            other = Some(line.to_owned());
        }
        None => {}
    })
    .map_err(|error| Unusable::NotStarted(error.to_string()))?;
    let until = Instant::now() + PATIENCE;
    let mut garbage = None;
    let answer = loop {
        match told.recv_timeout(until.saturating_duration_since(Instant::now())) {
            Ok(Ok(answer)) => break Some(answer),
            Ok(Err(line)) => garbage = Some(line),
            Err(_) => break None,
        }
    };
    let ended = group.wait(until.saturating_duration_since(Instant::now()));
    let status = group.end().map_err(|error| Unusable::NotWaitedFor(error.to_string()))?;
    if let Some(answer) = answer {
        return serde_json::from_str(&answer).map_err(|error| Unusable::BadAnswer(error.to_string()));
    }
    if !ended {
        return Err(Unusable::Silent(PATIENCE));
    }
    let stderr = group.stderr_tail();
    let last = stderr.lines().last().or(garbage.as_deref()).unwrap_or_default();
    let said = last.chars().take(200).collect();
    Err(Unusable::Ended { how: process_group::exit_reason(status), said })
}

/// A command for an interpreter, in an environment that does not change what it is.
pub(super) fn command(path: &Path) -> Command {
    let mut command = Command::new(path);
    for (name, _) in env::vars_os() {
        if name.to_string_lossy().starts_with("PYTHON") || name == "__PYVENV_LAUNCHER__" {
            command.env_remove(name);
        }
    }
    // Writes no byte code beside other people's files.
    command.arg("-B");
    command
}
