//! What a pool is told, and what it tells.

use std::{
    ops::Range,
    time::{Duration, Instant},
};

use lanes_core::{
    run::dispatch::{PoolEnd, PoolError},
    scenario::Chunk,
};

/// What a pool works on.
pub trait Job {
    /// What a worker must know before its first chunk.
    fn setup(&mut self, worker: u16) -> Vec<u8>;

    /// Writes a chunk for a worker.
    ///
    /// # Errors
    /// Why it cannot be written; the run then ends with this error.
    fn chunk(&mut self, worker: u16, tasks: Range<u32>, out: &mut Vec<u8>) -> Result<(), PoolError>;

    /// A chunk has come back; how long the worker had it, in nanoseconds.
    ///
    /// # Errors
    /// Why this is no answer; the worker is then replaced.
    fn answer(&mut self, worker: u16, tasks: Range<u32>, answer: &[u8]) -> Result<u64, NoAnswer>;

    /// A worker is there, which was started at this moment.
    fn started(&mut self, worker: u16, process: u32, since: Instant);

    /// A worker is gone, with these tasks in its hands since then.
    fn lost(&mut self, worker: u16, in_hand: Option<Range<u32>>, since: Instant, why: &str);

    /// A worker ends well, or the run does and the worker stays.
    fn leaves(&mut self, worker: u16, process: u32);

    /// So many tasks have ended.
    fn progress(&mut self, ended: u64);
}

/// Bytes that are no answer to a chunk, and why.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct NoAnswer(pub String);

/// What limits a run.
#[derive(Clone, Debug)]
pub struct Settings {
    /// How many workers.
    pub workers: u16,
    /// How many tasks a worker gets at a time.
    pub chunk: Chunk,
    /// A worker gets no more than this at a time, whatever the chunk says.
    pub most_in_message: u32,
    /// The longest that one task may take; a worker that takes longer is taken for lost.
    pub task_deadline: Option<Duration>,
    /// The longest that the whole run may take.
    pub run_deadline: Option<Duration>,
    /// Replaces a worker after so many tasks and those that are on their way to it then.
    pub recycle_after: Option<u64>,
    /// How long a worker may say nothing, not even to a ping, before it is taken for stopped.
    pub silence: Duration,
    /// How long a worker may take to start.
    pub start_deadline: Duration,
    /// How long a worker that was asked to give up may take before it is killed.
    pub grace: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            workers: 1,
            chunk: Chunk::Auto,
            most_in_message: u32::MAX,
            task_deadline: None,
            run_deadline: None,
            recycle_after: None,
            silence: Duration::from_secs(5),
            start_deadline: Duration::from_secs(10),
            grace: Duration::from_millis(200),
        }
    }
}

/// How a run ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ending {
    /// Every task was answered or set aside.
    Complete,
    /// It was cancelled.
    Cancelled,
    /// The pool could not go on.
    Broken(PoolError),
}

/// What a run came to.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// How it ended.
    pub ending: Ending,
    /// When its last task had ended.
    pub ended: Instant,
    /// Tasks that were lost, done again or set aside.
    pub end: PoolEnd,
}
