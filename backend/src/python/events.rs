//! What a program tells while it runs and at its end, and how a run can end. Data only.

use std::{io, time::Duration};

use lanes_core::present::{duration, of};
use serde::Deserialize;

/// What the program tells, one line of JSON each; `lanes_run.py` and `lanes_steps.py` write them.
#[derive(Debug, Deserialize)]
#[serde(tag = "lanes", rename_all = "lowercase")]
pub(super) enum Event {
    /// The job begins: now, on the program's clock and on that of the machine, and what timing a task costs, where they are
    /// timed.
    Begins {
        perf_ns: u64,
        monotonic_ns: u64,
        #[serde(default)]
        cost_ns: Option<u64>,
    },
    /// The job is done.
    Done(Outcome),
    /// The program ended with an exception; of a module that is not there, with its name.
    Broke {
        why: String,
        #[serde(default)]
        missing: Option<String>,
    },
    /// A process of its pool has died, with this exit code, or by the signal that it is the negative of.
    Lost { process: u32, code: i32 },
}

/// What the program says at its end.
#[derive(Debug, Deserialize)]
pub(super) struct Outcome {
    /// When the job was done, on the program's clock.
    pub(super) end_ns: u64,
    #[serde(deserialize_with = "hexadecimal")]
    pub(super) checksum: u64,
    /// The peak of the first process's memory, in bytes.
    pub(super) memory: u64,
    /// The processor time of all its processes, in nanoseconds.
    pub(super) processor_ns: u64,
    /// The counter that `bump` steps share.
    pub(super) counter: Option<u64>,
    /// Tasks that failed.
    #[serde(default)]
    pub(super) failed: u64,
    /// Whether the interpreter's lock was on at the end.
    pub(super) gil: bool,
    /// How long its event loop waited for something to do; `None` where there is none, or that cannot be seen.
    #[serde(default)]
    pub(super) loop_idle_ns: Option<u64>,
    /// Why the first of the tasks failed, of a function of the user's own.
    #[serde(default)]
    pub(super) why: Option<String>,
    /// What else the program has to say of such a function.
    #[serde(default)]
    pub(super) notes: Vec<String>,
}

fn hexadecimal<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    let text = String::deserialize(deserializer)?;
    u64::from_str_radix(&text, 16).map_err(serde::de::Error::custom)
}

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
    #[error("the program says {said:016x}, and its tasks add up to {seen:016x}: not all of them were seen")]
    Checksum { said: u64, seen: u64 },
    #[error("the program says that it is done, and of its {} only {seen} were seen", of(*.tasks, "task", "tasks"))]
    Unseen { tasks: u64, seen: u64 },
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
