//! What an interpreter is, and why one cannot be used. Data only: it runs nothing and looks nowhere.

use std::{path::PathBuf, time::Duration};

use serde::Deserialize;

/// The oldest version that the programs run on: 3.9.
pub(super) const OLDEST: (u8, u8) = (3, 9);

/// Who named an interpreter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The user, with `--python`.
    Argument,
    /// The user, with the environment's `LANES_PYTHON`.
    Variable,
    /// Nobody: it was found.
    Found,
}

/// An interpreter that was named or found, usable or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// Where it is.
    pub path: PathBuf,
    /// Who named it.
    pub origin: Origin,
    /// What it is, or why it cannot be used.
    pub python: Result<Python, Unusable>,
}

/// Why an interpreter cannot be used: the rest of a sentence that begins with its path.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unusable {
    /// It is no program that can be started.
    #[error("cannot be started: {0}")]
    NotStarted(String),
    /// The system does not say how it ended.
    #[error("cannot be waited for: {0}")]
    NotWaitedFor(String),
    /// It did not answer in this time.
    #[error("did not say what it is within {} s", .0.as_secs())]
    Silent(Duration),
    /// It ended without an answer.
    #[error("did not say what it is: it ended {how}{}", saying(.said))]
    Ended {
        /// With which exit code, or by which signal.
        how: String,
        /// The last line that it printed; empty where there was none.
        said: String,
    },
    /// Its answer cannot be read.
    #[error("answers what it should not ({0})")]
    BadAnswer(String),
    /// Its version is not supported.
    #[error("is {}.{}.{}, and the programs need {}.{} or later", .0.0, .0.1, .0.2, OLDEST.0, OLDEST.1)]
    TooOld((u8, u8, u8)),
    /// It is no CPython.
    #[error("is {0}, and these lanes are CPython's")]
    Implementation(String),
}

fn saying(said: &str) -> String {
    if said.is_empty() { String::new() } else { format!(", saying “{said}”") }
}

/// An interpreter that can be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Python {
    /// How it is started.
    pub path: PathBuf,
    /// 3, 13, 1 of 3.13.1.
    pub version: (u8, u8, u8),
    /// `CPython`, `PyPy`, …
    pub implementation: String,
    /// Whether it is built to run without the global lock.
    pub free_threaded: bool,
    /// Whether the global lock is on when it starts.
    pub gil: bool,
    /// Whether it can run interpreters in the threads of one process, each with a lock of its own.
    pub interpreters: bool,
    /// Whether the system manages its packages, so that pip refuses to (PEP 668).
    pub managed: bool,
    /// What it needs for real requests on an event loop.
    pub aiohttp: Module,
    /// What it needs for real requests that block.
    pub requests: Module,
}

impl Python {
    /// Its name with its version: `CPython 3.13.1`, `CPython 3.14.0t`.
    #[must_use]
    pub fn name(&self) -> String {
        let (major, minor, patch) = self.version;
        format!("{} {major}.{minor}.{patch}{}", self.implementation, if self.free_threaded { "t" } else { "" })
    }

    /// `CPython 3.13.1 with its lock, /usr/bin/python3`
    pub(super) fn about(&self) -> String {
        let lock = if self.gil { "with its lock" } else { "without its lock" };
        format!("{} {lock}, {}", self.name(), self.path.display())
    }
}

/// Whether a package can be imported.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(tag = "state", rename_all = "lowercase")]
pub enum Module {
    /// It can.
    There {
        /// Its version, where it has one.
        version: String,
    },
    /// It is not installed.
    Missing,
    /// It is installed, and importing it fails.
    Broken {
        /// With this.
        why: String,
    },
}
