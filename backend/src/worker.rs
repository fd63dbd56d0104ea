//! A worker process: does the chunks of tasks that a lane's pool sends it.
//!
//! It keeps no state that matters, so it can be killed at any moment. Its standard output is the protocol; whatever
//! else prints there lands in its standard error.

use std::{
    cell::RefCell,
    io::{self, Read, Write},
};

use lanes_core::{
    gil::Gil,
    plan::{FetchAction, Plan},
    scenario::{Model, Scenario},
    trace::{Drain, NO_TASK, Span, State, Tally, recorder},
    work::{BlockingWorld, Hand, SharedCounter, World, do_task},
};
use serde::{Deserialize, Serialize};

use crate::{
    engine::{CancelToken, Clock, NativeWorld, Network},
    pool::{Chunk, Handler, serve, take_stdout},
};

/// What a worker and its pool must have in common.
pub const VERSION: &str = concat!("lanes ", env!("CARGO_PKG_VERSION"));

/// Spans that a worker's ring holds between two answers.
const RING: usize = 16_384;

/// A new run: make the plan.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct About {
    /// The worker's number.
    pub(crate) worker: u16,
    /// The scenario, as JSON.
    pub(crate) scenario: String,
    /// t = 0 of the run's clock.
    pub(crate) zero_ns: u64,
    pub(crate) network: Network,
    /// Whether spans are wanted.
    pub(crate) recording: bool,
}

/// Do these tasks. Their shares of the file come after it.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Request {
    /// The first.
    pub(crate) first: u32,
    /// The one after the last.
    pub(crate) end: u32,
    /// When it was sent.
    pub(crate) posted_ns: u64,
    /// Lengths of the tasks' shares of the file; empty without a file.
    pub(crate) shares: Vec<u32>,
}

/// A chunk is done.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Answer {
    /// How long the worker had it in hand.
    pub(crate) took_ns: u64,
    /// Whether it was given up in the middle of a task.
    pub(crate) broken_off: bool,
    /// What came out.
    pub(crate) tally: Tally,
    /// What it did.
    pub(crate) spans: Vec<Span>,
    /// Spans that its ring had no room for since the last answer.
    pub(crate) dropped: u64,
}

/// The whole life of a worker process.
///
/// # Errors
/// One sentence on why it could not go on; whoever prints it to standard error tells the pool.
pub fn main() -> Result<(), String> {
    let stdout = take_stdout().map_err(|error| format!("no standard output to speak through: {error}"))?;
    // Not when it is done with what it does: at once. Nobody wants it any more, and it has nothing to lose.
    run(io::stdin(), stdout, || std::process::exit(0))
}

/// Serves a pool; `end` is called when the pool is gone, from another thread, whatever is being done then.
///
/// # Errors
/// One sentence on why it could not go on.
pub fn run<R: Read + Send + 'static, W: Write + Send + 'static>(
    reader: R,
    writer: W,
    end: impl Fn() + Send + 'static,
) -> Result<(), String> {
    let cancel = CancelToken::new();
    let mut worker = Worker { cancel: cancel.clone(), job: None };
    let (pressed, over) = (cancel.clone(), cancel);
    serve(
        VERSION,
        reader,
        writer,
        &mut worker,
        move || pressed.cancel(),
        move || {
            over.cancel();
            end();
        },
    )
}

struct Worker {
    cancel: CancelToken,
    job: Option<Job>,
}

impl Handler for Worker {
    fn job(&mut self, job: &[u8]) -> Result<(), String> {
        let about: About = postcard::from_bytes(job).map_err(|error| format!("a damaged job: {error}"))?;
        self.job = Some(Job::new(about, self.cancel.clone())?);
        Ok(())
    }

    fn chunk(&mut self, chunk: Chunk<'_>) -> Result<(), String> {
        self.job.as_mut().ok_or("a chunk came before its job")?.chunk(chunk)
    }

    fn is_quiet(&mut self) {
        self.cancel.reset();
    }
}

struct Job {
    plan: Plan,
    world: WorkerWorld,
    hand: Hand,
    drain: Drain,
    dropped_before: u64,
    recording: bool,
    /// End of the last thing it did: a message that arrives later was under way since then, or since it was sent.
    free_since_ns: u64,
    bytes: Vec<u8>,
}

impl Job {
    fn new(about: About, cancel: CancelToken) -> Result<Self, String> {
        let scenario = Scenario::from_json(&about.scenario).map_err(|_| "a scenario that does not validate")?;
        let (recorder, drain) = recorder(about.worker, if about.recording { RING } else { 0 });
        let plan = Plan::new(scenario);
        let mut world = NativeWorld::new(about.network, None, cancel, Model::Processes, &plan);
        world.clock = Clock { zero_ns: about.zero_ns };
        let free_since_ns = world.now_ns();
        let world = WorkerWorld { world, payload: RefCell::default() };
        let (hand, bytes) = (Hand::new(recorder), Vec::new());
        Ok(Self { plan, world, hand, drain, dropped_before: 0, recording: about.recording, free_since_ns, bytes })
    }

    fn chunk(&mut self, Chunk { request, answer }: Chunk<'_>) -> Result<(), String> {
        let received_ns = self.world.now_ns();
        let (Request { first, end, posted_ns, shares }, payload) =
            postcard::take_from_bytes(request).map_err(|error| format!("a damaged chunk: {error}"))?;
        if first > end || end > self.plan.tasks() {
            return Err(format!("tasks {first}..{end} of {}", self.plan.tasks()));
        }
        self.world.payload.borrow_mut().set(first, &shares, payload);
        let arrived_from = posted_ns.max(self.free_since_ns).min(received_ns);
        self.hand.recorder.span(0, NO_TASK, State::Transfer, arrived_from, received_ns);
        let started_ns = self.world.now_ns();
        self.hand.recorder.span(0, NO_TASK, State::Serialise, received_ns, started_ns);
        let mut broken_off = false;
        for task in first..end {
            if self.world.is_cancelled() {
                break;
            }
            if do_task(&self.world, &self.plan, task, &mut self.hand, &mut self.bytes).is_err() {
                broken_off = true;
                break;
            }
        }
        let ended_ns = self.world.now_ns();
        let mut spans = Vec::new();
        self.drain.drain(&mut spans, usize::MAX);
        let dropped = if self.recording { self.drain.dropped() } else { 0 };
        let done = Answer {
            took_ns: ended_ns.saturating_sub(started_ns),
            broken_off,
            tally: self.hand.recorder.take_tally(),
            spans,
            dropped: dropped - self.dropped_before,
        };
        self.dropped_before = dropped;
        *answer = postcard::to_extend(&done, std::mem::take(answer)).map_err(|error| error.to_string())?;
        self.free_since_ns = self.world.now_ns();
        // This one goes with the next answer: it cannot be part of what it measures.
        self.hand.recorder.span(0, NO_TASK, State::Serialise, ended_ns, self.free_since_ns);
        Ok(())
    }
}

/// The world of a worker: the machine's, but the file comes with the messages, and the counter is its own.
#[derive(Debug)]
struct WorkerWorld {
    world: NativeWorld,
    payload: RefCell<Payload>,
}

/// Shares of the file, by task.
#[derive(Debug, Default)]
struct Payload {
    bytes: Vec<u8>,
    first: u32,
    /// Where each share ends; the first begins at 0.
    ends: Vec<usize>,
}

impl Payload {
    fn set(&mut self, first: u32, shares: &[u32], bytes: &[u8]) {
        self.first = first;
        self.bytes.clear();
        self.bytes.extend_from_slice(bytes);
        self.ends.clear();
        let mut end = 0;
        self.ends.extend(shares.iter().map(|share| {
            end += *share as usize;
            end
        }));
    }

    fn share(&self, task: u32) -> Option<&[u8]> {
        let index = task.checked_sub(self.first)? as usize;
        let start = if index == 0 { 0 } else { *self.ends.get(index - 1)? };
        self.bytes.get(start..*self.ends.get(index)?)
    }
}

impl World for WorkerWorld {
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
}

impl BlockingWorld for WorkerWorld {
    fn fetch(&self, action: &FetchAction<'_>, body: &mut Vec<u8>) -> Result<(), String> {
        self.world.fetch(action, body)
    }

    fn read_file(&self, task: u32, bytes: &mut Vec<u8>) -> Result<(), String> {
        let payload = self.payload.borrow();
        bytes.extend_from_slice(payload.share(task).ok_or("the share of the file did not come with the message")?);
        Ok(())
    }
}
