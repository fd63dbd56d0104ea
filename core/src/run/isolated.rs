//! An isolated worker: it shares nothing with anyone, gets its tasks in chunks and answers each with what came out.
//!
//! It keeps no state that matters, so it can be killed at any moment. Its place brings the messages there and back.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::{
    blocking::do_task,
    worker::Worker,
    world::{BlockingWorld, SharedCounter, StepError, World},
};
use crate::{
    gil::Gil,
    payload::{Arrived, Damaged, Data, Made, Piece, Pieces},
    plan::{FetchAction, Plan},
    scenario::ValidScenario,
    trace::{Drain, NO_TASK, Span, State, Tally, recorder},
};

/// Spans that a worker's ring holds between two answers.
const RING: usize = 1 << 14;

/// A chunk that took less than this, in nanoseconds, is not worth asking for the time that its worker was kept from a
/// processor: asking would take a part of it that counts.
const WORTH_ASKING_NS: u64 = 1_000_000;

/// What a worker must know before its first chunk. `place` is what only its place knows: its clock, its network.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Setup<P> {
    /// The worker's number.
    pub worker: u16,
    /// What is run.
    pub scenario: ValidScenario,
    /// Whether spans are wanted.
    pub recording: bool,
    /// What only the place knows.
    pub place: P,
}

/// Do these tasks. Their shares of the file travel beside it, one after another, and behind those the data that they are given.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chunk {
    /// The first.
    pub first: u32,
    /// The one after the last.
    pub end: u32,
    /// When it was sent, in nanoseconds from t = 0.
    pub posted_ns: u64,
    /// Lengths of the tasks' shares of the file, in bytes; empty without a file.
    pub shares: Vec<u32>,
}

/// A chunk is done. What its tasks give back travels beside it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Answer {
    /// How long the worker had it, in nanoseconds.
    pub took_ns: u64,
    /// Whether it was given up in the middle of a task.
    pub broken_off: bool,
    /// What came out.
    pub tally: Tally,
    /// What it did.
    pub spans: Vec<Span>,
    /// Spans that its ring had no room for since the last answer.
    pub dropped: u64,
}

/// A chunk that no parent of this build can have meant.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadChunk {
    /// There are no such tasks.
    #[error("tasks {first}..{end} of {tasks}")]
    NoSuchTasks {
        /// The first.
        first: u32,
        /// The one after the last.
        end: u32,
        /// How many there are.
        tasks: u32,
    },
    /// What its tasks are given did not come with it.
    #[error(transparent)]
    Damaged(#[from] Damaged),
}

/// A worker's end of a run.
#[derive(Debug)]
pub struct IsolatedWorker<W> {
    plan: Plan,
    world: W,
    worker: Worker,
    drain: Drain,
    dropped_before: u64,
    recording: bool,
    /// End of the last thing it did: a message that arrives later was under way since then, or since it was sent.
    free_since_ns: u64,
    /// The processor time of its process that has been told.
    told_processor_ns: Option<u64>,
    /// How long it has worked since.
    untold_ns: u64,
    /// How long it had been kept from a processor by then, where that was asked.
    kept_waiting_ns: Option<u64>,
    bytes: Vec<u8>,
}

impl<W: IsolatedPlace> IsolatedWorker<W> {
    /// A worker of this run, in a world of its place.
    #[must_use]
    pub fn new<P>(setup: Setup<P>, world: impl FnOnce(P, &Plan) -> W) -> Self {
        let Setup { worker, scenario, recording, place } = setup;
        let (recorder, drain) = recorder(worker, if recording { RING } else { 0 });
        let plan = Plan::new(scenario);
        let world = world(place, &plan);
        let (free_since_ns, told_processor_ns) = (world.now_ns(), world.processor_ns());
        let worker = Worker::new(recorder);
        Self {
            plan,
            world,
            worker,
            drain,
            dropped_before: 0,
            recording,
            free_since_ns,
            told_processor_ns,
            untold_ns: 0,
            kept_waiting_ns: None,
            bytes: Vec::new(),
        }
    }

    /// Nanoseconds since the run's t = 0.
    #[must_use]
    pub fn now_ns(&self) -> u64 {
        self.world.now_ns()
    }

    /// Does a chunk that arrived at `received_ns` with these bytes beside it; returns what is to travel beside the answer, for
    /// the place to [write](Data::write) it into its message. Call [`IsolatedWorker::answered`] when the answer is on its way.
    ///
    /// # Errors
    /// When there are no such tasks, or not everything is there that they are given.
    pub fn chunk(&mut self, chunk: &Chunk, received_ns: u64, beside: &[u8]) -> Result<(Answer, Vec<Made>), BadChunk> {
        let Chunk { first, end, posted_ns, ref shares } = *chunk;
        if first > end || end > self.plan.tasks() {
            return Err(BadChunk::NoSuchTasks { first, end, tasks: self.plan.tasks() });
        }
        self.record_transfer(posted_ns, received_ns);
        // Cancelled meanwhile, it does no task either.
        let _ = self.worker.set_up(&self.world, &self.plan);
        let received_ns = if self.plan.setup().is_some() { self.world.now_ns() } else { received_ns };
        let world = IsolatedWorld {
            world: &self.world,
            shares: Shares::of(first, shares, beside),
            arrived: arrived(&self.plan, first..end, shares, beside)?,
        };
        let started_ns = self.world.now_ns();
        self.worker.recorder.span(0, NO_TASK, State::Serialise, received_ns, started_ns);
        let mut broken_off = false;
        let mut made = Vec::new();
        for task in first..end {
            if self.world.is_cancelled() {
                break;
            }
            if do_task(&world, &self.plan, task, &mut self.worker, &mut self.bytes, &mut made).is_err() {
                broken_off = true;
                break;
            }
        }
        let ended_ns = self.world.now_ns();
        let mut spans = Vec::new();
        self.drain.drain(&mut spans, usize::MAX);
        let dropped = if self.recording { self.drain.dropped() } else { 0 };
        let answer = Answer {
            took_ns: ended_ns.saturating_sub(started_ns),
            broken_off,
            tally: self.worker.recorder.take_tally(),
            spans,
            dropped: dropped - self.dropped_before,
        };
        self.dropped_before = dropped;
        let answer = self.with_processor_time(answer);
        let asks = answer.took_ns >= WORTH_ASKING_NS;
        self.kept_waiting_ns = if asks { self.world.kept_waiting_ns() } else { None };
        self.free_since_ns = ended_ns;
        Ok((answer, made))
    }

    /// The answer with the processor time that has passed since the last one. Not asked after short chunks: what those take is
    /// in the next answer, and what the last ones took is lost, less than a thousandth of a second.
    fn with_processor_time(&mut self, mut answer: Answer) -> Answer {
        self.untold_ns += answer.took_ns;
        if self.untold_ns >= WORTH_ASKING_NS
            && let Some(now_ns) = self.world.processor_ns()
        {
            self.untold_ns = 0;
            let before_ns = self.told_processor_ns.replace(now_ns).unwrap_or(now_ns);
            answer.tally.processor_ns = Some(now_ns.saturating_sub(before_ns));
        }
        answer
    }

    /// The answer is on its way: turning it into bytes took until now. This span goes with the next answer, because it
    /// cannot be part of what it measures.
    pub fn answered(&mut self) {
        let ended_ns = std::mem::replace(&mut self.free_since_ns, self.world.now_ns());
        self.worker.recorder.span(0, NO_TASK, State::Serialise, ended_ns, self.free_since_ns);
    }

    /// Records how long a message was under way. Time in which the worker was ready and another had its processor is none
    /// of the message's: it is drawn as queued, behind the transfer.
    fn record_transfer(&mut self, posted_ns: u64, received_ns: u64) {
        let from_ns = posted_ns.max(self.free_since_ns).min(received_ns);
        if self.plan.holds_back() {
            // There was nothing that might have been sent to it.
            self.worker.recorder.span(0, NO_TASK, State::Idle, self.free_since_ns.min(from_ns), from_ns);
        }
        let took_ns = received_ns - from_ns;
        let kept_ns = match self.kept_waiting_ns {
            Some(before) if took_ns >= WORTH_ASKING_NS => {
                self.world.kept_waiting_ns().map_or(0, |now| now.saturating_sub(before)).min(took_ns)
            }
            _ => 0,
        };
        let arrived_ns = received_ns - kept_ns;
        self.worker.recorder.span(0, NO_TASK, State::Transfer, from_ns, arrived_ns);
        if kept_ns > 0 {
            self.worker.recorder.span(0, NO_TASK, State::Queued, arrived_ns, received_ns);
        }
    }
}

/// The world of an isolated worker, as its place sees it.
pub trait IsolatedPlace: BlockingWorld {
    /// How long this worker has been ready and kept from a processor so far, in nanoseconds, where the system tells.
    fn kept_waiting_ns(&self) -> Option<u64> {
        None
    }

    /// The processor time of this worker's process so far, in nanoseconds, where the system tells.
    fn processor_ns(&self) -> Option<u64> {
        None
    }
}

/// The place's world while a chunk is done: what its tasks work on has come with a message, and there is no lock to be shared.
#[derive(Debug)]
struct IsolatedWorld<'a, W> {
    world: &'a W,
    shares: Shares<'a>,
    /// What tasks are given, by task and step, in this order.
    arrived: Vec<(u32, u16, Arrived<'a>)>,
}

/// What the tasks of a chunk are given, out of the bytes beside it.
fn arrived<'a>(
    plan: &Plan,
    tasks: Range<u32>,
    shares: &[u32],
    beside: &'a [u8],
) -> Result<Vec<(u32, u16, Arrived<'a>)>, Damaged> {
    let of_file = shares.iter().map(|share| *share as usize).sum();
    let mut pieces = Pieces(beside.get(of_file..).unwrap_or_default());
    let wanted = tasks.flat_map(|task| plan.taken(task).map(move |piece| (task, piece.step)));
    wanted.map(|(task, step)| Ok((task, step, pieces.next().ok_or(Damaged)??))).collect()
}

/// Shares of the file, by task.
#[derive(Debug)]
struct Shares<'a> {
    bytes: &'a [u8],
    first: u32,
    /// Where each share ends; the first begins at 0.
    ends: Vec<usize>,
}

impl<'a> Shares<'a> {
    fn of(first: u32, shares: &[u32], bytes: &'a [u8]) -> Self {
        let mut end = 0;
        let ends = shares.iter().map(|share| {
            end += *share as usize;
            end
        });
        Self { bytes, first, ends: ends.collect() }
    }

    fn share(&self, task: u32) -> Option<&[u8]> {
        let index = task.checked_sub(self.first)? as usize;
        let start = if index == 0 { 0 } else { *self.ends.get(index - 1)? };
        self.bytes.get(start..*self.ends.get(index)?)
    }
}

impl<W: BlockingWorld> World for IsolatedWorld<'_, W> {
    fn now_ns(&self) -> u64 {
        self.world.now_ns()
    }

    fn is_cancelled(&self) -> bool {
        self.world.is_cancelled()
    }

    fn gil(&self) -> Option<&Gil> {
        None
    }

    fn counter(&self) -> &SharedCounter {
        self.world.counter()
    }

    fn arrived(&self, task: u32, piece: &Piece) -> Option<Data<'_>> {
        let at = self.arrived.binary_search_by_key(&(task, piece.step), |(task, step, _)| (*task, *step)).ok()?;
        Some(self.arrived[at].2.data())
    }
}

impl<W: BlockingWorld> BlockingWorld for IsolatedWorld<'_, W> {
    fn fetch(&self, action: &FetchAction<'_>, body: &mut Vec<u8>) -> Result<(), StepError> {
        self.world.fetch(action, body)
    }

    fn block_for(&self, ns: u64) {
        self.world.block_for(ns);
    }

    fn read_file(&self, task: u32, bytes: &mut Vec<u8>) -> Result<(), StepError> {
        bytes.extend_from_slice(self.shares.share(task).ok_or(StepError::NoShare)?);
        Ok(())
    }
}
