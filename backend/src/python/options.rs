//! What the Python lanes are told once, by the command line or by whoever else starts them.

use std::{path::PathBuf, time::Duration};

use lanes_core::scenario::StartMethod;

/// Whether scenarios may bring code of their own (`call` steps), and where that is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum OwnCode {
    /// They may not: whoever made the scenario is not known to be the one who runs it.
    #[default]
    Refused,
    /// They may: somebody has read it and said so.
    Allowed,
    /// This file is run, and nothing but it: the code of the scenario is its content.
    File(PathBuf),
}

/// What the Python lanes are told once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// Interpreters to look at besides those that are found; the first of them is the one of `python/…`. One that
    /// cannot be used is an error in every Python lane: no other is run in its place.
    pub interpreters: Vec<PathBuf>,
    /// How `multiprocessing` starts its processes; as the interpreter likes, unless it is said.
    pub start_method: Option<StartMethod>,
    /// The longest that a run may be expected to take; one that would take longer is not begun.
    pub limit: Duration,
    /// The longest that a run may take.
    pub deadline: Duration,
    /// Whether functions of a scenario's own are called.
    pub own_code: OwnCode,
    /// The longest that one call of such a function may take.
    pub task_deadline: Option<Duration>,
    /// The most memory that the processes of a lane that calls such a function may have, in bytes; most of what the machine
    /// has to give, unless it is said.
    pub memory_limit: Option<u64>,
    /// Whether threads are looked at from outside, where that can be done; off to see what it costs.
    pub sampling: bool,
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
            own_code: OwnCode::Refused,
            task_deadline: None,
            memory_limit: None,
            sampling: true,
        }
    }
}
