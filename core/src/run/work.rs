//! Steps on their way between an event loop and its pool of threads, and back. It does not know how a step is done.

use super::error::{Cancelled, StepError};
use crate::payload::Made;

/// A step that an event loop hands to a thread of its pool.
#[derive(Debug)]
pub struct Work {
    pub(super) task: u32,
    pub(super) step: usize,
    /// What the step works on, or where its body arrives.
    pub(super) bytes: Vec<u8>,
}

/// What came out of [`Work`].
#[derive(Debug)]
pub struct Worked {
    /// When a thread took it, in nanoseconds from t = 0.
    pub(super) started_ns: u64,
    pub(super) done: Result<Done, Cancelled>,
    pub(super) bytes: Vec<u8>,
}

/// What came out of a kernel.
#[derive(Debug, Default)]
pub struct Computed {
    /// Its digest.
    pub digest: u64,
    /// The stamp of the data that the step was given.
    pub(super) stamp: Option<u64>,
    /// The data that it gives back.
    pub(super) made: Option<Made>,
}

/// How it ended.
#[derive(Debug)]
pub(super) enum Done {
    /// A kernel or increments.
    Step(Computed),
    /// A fetch; its body is in the bytes.
    Fetch(Result<(), StepError>),
}
