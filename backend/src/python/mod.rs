//! The lanes of CPython: the program that a lane is exported as, run by a real interpreter on this machine.
//!
//! ```text
//! find ──▶ interpreters ──choose──▶ one of them ──estimate──▶ too long? refused
//!                                        │
//! program, lanes_trace.py ──▶ run ──▶ child: python lanes_run.py ──┬── its threads, its processes
//!                              ▲                                    │   each writes spans to a file of its own
//!             frames, report ◀─┴── book ◀── records ◀───────────────┘
//! ```
//!
//! The program that runs is, to the letter, the one that is shown: `lanes_trace.py` replaces its functions `task`,
//! `fetch`, `compute` and `bump` by ones that read the clock before and after.

mod book;
mod child;
mod choose;
mod close;
mod estimate;
mod find;
mod prepare;
mod records;
mod run;
mod stage;
mod words;

pub use choose::{lanes, missing};
pub use find::{Candidate, Module, Python, find};
pub(crate) use run::{Kill, Order, run};

use std::{path::PathBuf, time::Duration};

/// How `multiprocessing` starts its processes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum StartMethod {
    /// A copy of the parent; fast, and a danger where the parent has threads.
    Fork,
    /// A new interpreter that imports everything again.
    Spawn,
    /// A copy of a process that was started for being copied.
    Forkserver,
}

impl StartMethod {
    /// Its name in Python.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Self::Fork => "fork",
            Self::Spawn => "spawn",
            Self::Forkserver => "forkserver",
        }
    }
}

/// What the Python lanes are told once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// Interpreters to look at besides those that are found; the first of them is the one of `python/…`.
    pub interpreters: Vec<PathBuf>,
    /// How `multiprocessing` starts its processes; as the interpreter likes, unless it is said.
    pub start_method: Option<StartMethod>,
    /// The longest that a run may be expected to take; one that would take longer is not begun.
    pub limit: Duration,
    /// The longest that a run may take.
    pub deadline: Duration,
}

impl Options {
    /// The limits, as they are stated: name, most, unit.
    pub(crate) fn limits(&self) -> [(&'static str, u64, &'static str); 2] {
        [
            (
                "python_s",
                self.limit.as_secs(),
                "seconds that a Python lane may be expected to compute (--python-limit)",
            ),
            ("python_run_s", self.deadline.max(self.limit * 2).as_secs(), "seconds that a Python lane may take"),
        ]
    }
}

impl Default for Options {
    fn default() -> Self {
        Self {
            interpreters: Vec::new(),
            start_method: None,
            limit: Duration::from_secs(5 * 60),
            deadline: Duration::from_secs(10 * 60),
        }
    }
}
