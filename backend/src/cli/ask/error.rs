//! Why a question cannot be asked, and what to write instead.

use std::time::Duration;

use lanes_core::{
    present::duration,
    scenario::{Kernel, Place},
};

use crate::{python::Missing, trial::TrialError};

/// Why a question cannot be asked. Nothing was compared.
#[derive(Debug, thiserror::Error)]
pub(in crate::cli) enum AskError {
    /// Tasks that do nothing.
    #[error(
        "a task has to do something: say how long it waits with --wait, such as --wait 150ms, how long it computes with \
         --compute, such as --compute 15ms@python, or both"
    )]
    NothingToDo,
    /// Python is asked about, and there is none.
    #[error("{missing}; or ask about machine code with --in native and --compute TIME@native")]
    NoPython {
        /// What is missing.
        missing: Missing,
    },
    /// No kernel computes for so long.
    #[error(
        "--compute {}: {kernel} computes for at most about {} in {} here; say less, and more --tasks",
        duration(asked.as_nanos() as u64), duration(*most_ns as u64), place.id()
    )]
    TooLong {
        /// What was asked.
        asked: Duration,
        /// The kernel.
        kernel: Kernel,
        /// Where it computes.
        place: Place,
        /// What its largest size takes, in nanoseconds.
        most_ns: f64,
    },
    /// Every lane would take too long.
    #[error("every lane would take longer than {} in all, and nothing was run: {advice}", duration(budget.as_nanos() as u64))]
    Endless {
        /// The most that a lane may take.
        budget: Duration,
        /// What helps.
        advice: String,
    },
    /// The computing could not be tried out.
    #[error(transparent)]
    Trial(#[from] TrialError),
}

impl AskError {
    /// Whether the arguments are what is wrong.
    pub(in crate::cli) fn is_argument(&self) -> bool {
        !matches!(self, Self::Trial(_))
    }
}
