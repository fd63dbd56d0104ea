//! Why a step did not come to its end. It does not know who does the step.

use crate::{fetch::FetchError, memory::NoMemory, scenario::NotInPlace};

/// The run was cancelled in the middle of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cancelled;

/// Why a step of a task failed. Its text is what the report keeps of it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StepError {
    /// A fetch did not come to a body.
    #[error(transparent)]
    Fetch(#[from] FetchError),
    /// The scenario works on a file and the place has none; how to give it one.
    #[error("the scenario works on a file, and none was given: {0}")]
    NoFile(&'static str),
    /// The file is not what it was when the run began.
    #[error(
        "the file could not be read ({0}): it was changed, moved or deleted since it was chosen; choose it again and run again"
    )]
    Unreadable(String),
    /// There is not as much memory as the task takes up.
    #[error(transparent)]
    NoMemory(#[from] NoMemory),
    /// It is done in another place alone.
    #[error(transparent)]
    NotHere(#[from] NotInPlace),
    /// An isolated worker got a task without the bytes that it works on.
    #[error("the share of the file did not come with the message")]
    NoShare,
}
