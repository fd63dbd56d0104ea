//! What a program tells while it runs and at its end, and how a run can end. Data only.

use std::{io, time::Duration};

use lanes_core::{
    collector::told::{Event, Unseen},
    present::duration,
};

/// What whoever follows a run is woken by.
pub(super) enum Message {
    /// The program told something.
    Event(Event),
    /// Something else that it printed, which is no business of the backend's.
    Line,
    /// The run has been cancelled.
    Cancelled,
    /// Its standard output has ended.
    Closed,
}

/// A worker process that died.
#[derive(Clone, Debug)]
pub(super) struct Loss {
    pub(super) process: u32,
    /// The signal or exit code.
    pub(super) how: String,
    /// The row of the timeline that it had.
    pub(super) row: Option<u16>,
    /// The task that it was at.
    pub(super) task: Option<u32>,
}

/// How a run ended.
pub(super) enum End {
    Done,
    Cancelled,
    Failed(Failure),
}

/// Why a run did not come to its end.
#[derive(Debug, thiserror::Error)]
pub(super) enum Failure {
    #[error("the program ended with an exception: {0}")]
    Exception(String),
    #[error("the interpreter ended {how} before the job was done{}", last_line(.stderr_tail))]
    Ended { how: String, stderr_tail: String },
    /// The rest of a function of the user's own: said by whoever knows it.
    #[error("{0}")]
    Own(String),
    #[error("the run took longer than the {} it may (its time limit)", time(*.0))]
    TimeLimit(Duration),
    #[error(
        "worker process {} was lost by {} {}, and multiprocessing.Pool does not notice: it would wait for ever \
         (cpython#96062). Ended {} after the last sign of progress; native/processes survives this",
        .loss.process, .loss.how, with_task(.loss), time(*.after)
    )]
    Stuck { loss: Loss, after: Duration },
    #[error("what the program did could not be read: {0}")]
    Unreadable(#[source] io::Error),
    #[error(transparent)]
    Unseen(#[from] Unseen),
}

fn last_line(stderr_tail: &str) -> String {
    let last: String = stderr_tail.lines().last().unwrap_or_default().chars().take(300).collect();
    if last.is_empty() { String::new() } else { format!("; the last line of its errors: {last}") }
}

fn with_task(loss: &Loss) -> String {
    loss.task.map_or_else(|| "while it had no task".into(), |task| format!("with task {task}"))
}

/// A time as people read it.
pub(super) fn time(time: Duration) -> String {
    duration(u64::try_from(time.as_nanos()).unwrap_or(u64::MAX))
}
