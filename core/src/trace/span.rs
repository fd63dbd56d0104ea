//! A span: one worker doing one thing for one task. It does not know how spans are recorded or added up.

use serde::{Deserialize, Serialize};

/// The `task` of a span that belongs to no task, such as a worker's start-up.
pub const NO_TASK: u32 = u32::MAX;

/// What a worker was doing.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Hash,
    Serialize,
    Deserialize,
    strum::EnumIter,
    strum::IntoStaticStr,
    strum::EnumString,
)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
#[repr(u8)]
pub enum State {
    /// Waiting to be handed to the worker.
    Queued,
    /// The worker coming to life.
    StartUp,
    /// Running a kernel or incrementing the counter.
    Compute,
    /// Waiting for bytes.
    WaitIo,
    /// Waiting for a lock.
    WaitLock,
    /// Turning a message into bytes or back.
    Serialise,
    /// A message under way.
    Transfer,
    /// Work lost with a worker that died; the task is done again elsewhere.
    Lost,
    /// Nothing to do.
    Idle,
}

impl State {
    /// All of them, in the order of their numbers and of every legend.
    pub const ALL: [Self; 9] = [
        Self::Queued,
        Self::StartUp,
        Self::Compute,
        Self::WaitIo,
        Self::WaitLock,
        Self::Serialise,
        Self::Transfer,
        Self::Lost,
        Self::Idle,
    ];

    /// Its name in result files and in the page.
    #[must_use]
    pub fn id(self) -> &'static str {
        self.into()
    }
}

/// One worker doing one thing for one task.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Span {
    /// The worker, from 0.
    pub worker: u16,
    /// The row inside the worker: 0 for a thread or process; on an event loop one of its `concurrency` places, so
    /// that spans of one row never overlap.
    pub slot: u16,
    /// The task, or [`NO_TASK`].
    pub task: u32,
    /// What it did.
    pub state: State,
    /// Start, in nanoseconds from the run's t = 0.
    pub start_ns: u64,
    /// End, likewise; never before the start.
    pub end_ns: u64,
}

impl Span {
    /// How long it took, in nanoseconds.
    #[must_use]
    pub fn duration_ns(&self) -> u64 {
        self.end_ns.saturating_sub(self.start_ns)
    }
}
