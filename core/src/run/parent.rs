//! The parent of a lane of processes: what it sends, what comes back, and what that adds up to.
//!
//! It has a row of its own in the timeline, after the workers': making messages and reading files is work.

use std::ops::Range;

use super::{
    dispatch::PoolEnd,
    isolated::{Answer, Chunk},
    outcome::LaneEnd,
};
use crate::{
    payload::{Damaged, Pieces},
    plan::Plan,
    scenario::limits,
    trace::{NO_TASK, Recorder, Span, State, Tally},
};

/// Sentences on lost workers that a report has room for.
const MOST_LOSSES: u64 = 10;

/// Where spans go that did not come through a ring: from isolated workers.
pub trait SpanSink {
    /// Takes spans, and how many were dropped where they come from.
    fn add(&mut self, spans: &[Span], dropped: u64);
}

/// What the parent records and adds up in one run.
#[derive(Debug)]
pub struct Parent<S> {
    sink: S,
    recorder: Recorder,
    tallies: Vec<Tally>,
    broken_off: u64,
    losses: Vec<String>,
    lost: u64,
}

/// A task's share of the file is more than a message may hold.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the share of task {task} is more than {} MiB, the most that one may be: use more tasks",
    limits::MAX_FILE_CHUNK_BYTES >> 20
)]
pub struct ShareTooLarge {
    task: u32,
}

/// Checks that every task's share of a file of this length can be sent.
///
/// # Errors
/// The first one that is too large.
pub fn check_shares(plan: &Plan, file_bytes: u64) -> Result<(), ShareTooLarge> {
    let is_too_large = |task: &u32| {
        let share = plan.share_of(*task, file_bytes);
        share.end - share.start > limits::MAX_FILE_CHUNK_BYTES
    };
    (0..plan.tasks()).find(is_too_large).map_or(Ok(()), |task| Err(ShareTooLarge { task }))
}

/// The message for some tasks of a plan, sent now, where there is a file of `file_bytes`.
#[must_use]
pub fn chunk(plan: &Plan, tasks: Range<u32>, file_bytes: Option<u64>, posted_ns: u64) -> Chunk {
    let length = |task, file_bytes| {
        let share = plan.share_of(task, file_bytes);
        (share.end - share.start) as u32
    };
    let shares = file_bytes.map(|bytes| tasks.clone().map(|task| length(task, bytes)).collect());
    Chunk { first: tasks.start, end: tasks.end, posted_ns, shares: shares.unwrap_or_default() }
}

/// Writes the data that these tasks are given to the end of a message, behind their shares of the file.
pub fn write_payload(plan: &Plan, tasks: Range<u32>, message: &mut Vec<u8>) {
    for piece in tasks.flat_map(|task| plan.taken(task)) {
        plan.given(&piece).write(message);
    }
}

impl<S: SpanSink> Parent<S> {
    /// Nothing has happened yet. `recorder` is the parent's own.
    #[must_use]
    pub fn new(workers: u16, recorder: Recorder, sink: S) -> Self {
        Self {
            sink,
            recorder,
            tallies: (0..workers).map(Tally::new).collect(),
            broken_off: 0,
            losses: Vec::new(),
            lost: 0,
        }
    }

    /// Where spans from workers go.
    pub fn sink(&mut self) -> &mut S {
        &mut self.sink
    }

    /// A worker came to life between these moments.
    pub fn started(&mut self, worker: u16, start_ns: u64, end_ns: u64) {
        self.span(Span { worker, slot: 0, task: NO_TASK, state: State::StartUp, start_ns, end_ns });
        self.tallies[usize::from(worker)].ready_ns += end_ns.saturating_sub(start_ns);
    }

    /// A message of so many bytes was made for a worker between these moments.
    pub fn sent(&mut self, worker: u16, bytes: u64, start_ns: u64, end_ns: u64) {
        self.tallies[usize::from(worker)].payload_bytes += bytes;
        self.recorder.span(0, NO_TASK, State::Serialise, start_ns, end_ns);
    }

    /// An answer of so many bytes is there, with this beside it, which somebody began to read at `start_ns`; `now_ns` is asked
    /// when it is accounted for. Returns how long its worker had the chunk, in nanoseconds.
    ///
    /// # Errors
    /// When what came beside it is not what tasks give back; then nothing of it counts.
    pub fn answered(
        &mut self,
        worker: u16,
        (answer, beside): (&Answer, &[u8]),
        bytes: u64,
        start_ns: u64,
        now_ns: impl FnOnce() -> u64,
    ) -> Result<u64, Damaged> {
        let mut received = Tally::new(worker);
        for made in Pieces(beside) {
            received.received(made?.data());
        }
        let mine = &mut self.tallies[usize::from(worker)];
        mine.merge(&answer.tally);
        mine.bytes_out += received.bytes_out;
        mine.checksum = mine.checksum.wrapping_add(received.checksum);
        mine.payload_bytes += bytes;
        self.broken_off += u64::from(answer.broken_off);
        self.sink.add(&answer.spans, answer.dropped);
        self.recorder.span(0, NO_TASK, State::Serialise, start_ns, now_ns());
        Ok(answer.took_ns)
    }

    /// A worker was lost, with these tasks in hand since then.
    pub fn lost(&mut self, worker: u16, in_hand: Option<Range<u32>>, since_ns: u64, now_ns: u64, why: &str) {
        if let Some(tasks) = in_hand {
            let start_ns = since_ns.min(now_ns);
            self.span(Span { worker, slot: 0, task: tasks.start, state: State::Lost, start_ns, end_ns: now_ns });
        }
        self.lost += 1;
        if self.lost <= MOST_LOSSES {
            self.losses.push(format!("worker {worker} was lost ({why}) and replaced"));
        }
    }

    /// A worker's process held so much memory. Of several that had its place one after another, the largest counts.
    pub fn held_memory(&mut self, worker: u16, peak_rss_bytes: Option<u64>) {
        let tally = &mut self.tallies[usize::from(worker)];
        tally.peak_rss_bytes = tally.peak_rss_bytes.max(peak_rss_bytes);
    }

    /// What the lane came to; its last task had ended at `wall_ns`.
    #[must_use]
    pub fn end(mut self, end: PoolEnd, wall_ns: u64) -> LaneEnd {
        for task in &end.quarantined {
            let why = format!("task {task} took every worker with it that it was given to, and was set aside");
            self.tallies[0].task_failed(*task, why, 0);
        }
        let mut notes = self.losses;
        if self.lost > MOST_LOSSES {
            notes.push(format!("{} more workers were lost and replaced", self.lost - MOST_LOSSES));
        }
        let longest = end.longest_chunk;
        notes.push(format!("chunks of up to {longest} {}", if longest == 1 { "task" } else { "tasks" }));
        self.tallies.push(self.recorder.take_tally());
        LaneEnd {
            wall_ns,
            workers: self.tallies,
            abandoned: end.in_hand + self.broken_off,
            retried: end.retried,
            notes,
            broken: end.broken.map(|error| error.to_string()),
        }
    }

    fn span(&mut self, span: Span) {
        let tally = &mut self.tallies[usize::from(span.worker)];
        tally.add_state(span.state, span.duration_ns());
        tally.recorded += 1;
        self.sink.add(&[span], 0);
    }
}
