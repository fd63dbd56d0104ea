//! Frames for whoever watches, made on a thread that mostly sleeps.
//!
//! ```text
//! lane's threads ──ring, one each──▶ ┐
//! worker processes ──answers──▶ Extra ├─▶ the thread that asked for the run: every 50 ms a frame or more
//! ```
//!
//! A watcher that is slow makes the rings overflow, which is counted; it never slows the lane.

use std::{
    sync::{
        Mutex, PoisonError,
        atomic::{
            AtomicBool, AtomicU64,
            Ordering::{Acquire, Relaxed, Release},
        },
    },
    thread::{self, Thread},
    time::Duration,
};

use lanes_core::{
    plan::Plan,
    scenario::Model,
    trace::{Drain, Recorder, Span, recorder},
    wire::Frame,
};

use super::clock::Clock;

/// Time between two frames: often enough for the eye, seldom enough for two cores.
const EVERY: Duration = Duration::from_millis(50);

/// Most spans of one frame; when there are more, more frames are sent.
const FRAME_SPANS: usize = 8_192;

/// Spans that all rings of a run hold together: 32 MiB, of which only what is used is ever touched.
const ALL_RINGS: usize = 1 << 20;

/// Spans that a ring holds at least.
const LEAST_RING: usize = 1 << 14;

/// What the lane and the reporter share.
#[derive(Debug)]
pub(crate) struct Board {
    /// Tasks ended so far.
    pub(crate) ended: AtomicU64,
    extra: Mutex<Extra>,
    is_over: AtomicBool,
    reporter: Thread,
}

/// Spans that came by another road than a ring: from other processes.
#[derive(Debug, Default)]
struct Extra {
    spans: Vec<Span>,
    dropped: u64,
}

impl Board {
    /// A board whose reporter is this thread.
    pub(crate) fn new() -> Self {
        Self {
            ended: AtomicU64::new(0),
            extra: Mutex::default(),
            is_over: AtomicBool::new(false),
            reporter: thread::current(),
        }
    }

    /// Adds spans from elsewhere, and how many were dropped there.
    pub(crate) fn add(&self, spans: &[Span], dropped: u64) {
        let mut extra = self.extra.lock().unwrap_or_else(PoisonError::into_inner);
        let room = ALL_RINGS.saturating_sub(extra.spans.len()).min(spans.len());
        extra.spans.extend_from_slice(&spans[..room]);
        extra.dropped += dropped + (spans.len() - room) as u64;
    }
}

/// Says that the lane is over when it is dropped, a panic included.
pub(crate) struct Curtain<'b>(pub(crate) &'b Board);

impl Drop for Curtain<'_> {
    fn drop(&mut self) {
        self.0.is_over.store(true, Release);
        self.0.reporter.unpark();
    }
}

/// Recorders for the rows of a lane, and their reading ends. Without recording there is no room for any span; the
/// totals are taken all the same. The workers of a lane of processes have rings of their own, so there is one here,
/// the parent's, and it bears the number after theirs.
pub(crate) fn rings(model: Model, workers: u16, plan: &Plan, recording: bool) -> (Vec<Recorder>, Vec<Drain>) {
    let rows = match model {
        Model::Sequential | Model::Async => 0..1,
        Model::Threads | Model::Gil | Model::Interpreters => 0..workers,
        Model::Hybrid => 0..workers + 1,
        Model::Processes => workers..workers + 1,
    };
    // A span for each step, and as many again for waits in between.
    let steps = plan.scenario().groups.iter().map(|group| group.steps.len()).max().unwrap_or(1);
    let wanted = plan.tasks() as usize * (steps + 1);
    let share = ALL_RINGS / rows.len().max(1);
    let capacity = if recording { wanted.min(share).max(LEAST_RING) } else { 0 };
    rows.map(|worker| recorder(worker, capacity)).unzip()
}

/// Makes the frames of one run.
pub(crate) struct Reporter<'a> {
    run: u32,
    clock: Clock,
    board: &'a Board,
    drains: Vec<Drain>,
    on_frame: &'a dyn Fn(Frame),
    recording: bool,
    /// Everything before this has been told.
    told_ns: u64,
}

impl<'a> Reporter<'a> {
    pub(crate) fn new(
        run: u32,
        clock: Clock,
        board: &'a Board,
        drains: Vec<Drain>,
        recording: bool,
        on_frame: &'a dyn Fn(Frame),
    ) -> Self {
        Self { run, clock, board, drains, on_frame, recording, told_ns: 0 }
    }

    /// Sends frames until the lane is over, or `give_up` says at one of the looks that it never will be; whether it
    /// is over.
    pub(crate) fn watch(&mut self, mut give_up: impl FnMut() -> bool) -> bool {
        loop {
            // Asked first: a flush after the end has everything.
            let is_over = self.board.is_over.load(Acquire);
            let now_ns = self.clock.now_ns();
            self.flush(now_ns);
            if is_over || give_up() {
                return is_over;
            }
            thread::park_timeout(EVERY);
        }
    }

    /// Spans that are missing from the frames.
    pub(crate) fn dropped(&self) -> u64 {
        if !self.recording {
            return 0;
        }
        let extra = self.board.extra.lock().unwrap_or_else(PoisonError::into_inner).dropped;
        self.drains.iter().map(Drain::dropped).sum::<u64>() + extra
    }

    /// Sends everything there is.
    fn flush(&mut self, now_ns: u64) {
        let mut extra = std::mem::take(&mut self.board.extra.lock().unwrap_or_else(PoisonError::into_inner).spans);
        loop {
            let mut spans = extra.split_off(extra.len().saturating_sub(FRAME_SPANS));
            for drain in &mut self.drains {
                let room = FRAME_SPANS.saturating_sub(spans.len());
                drain.drain(&mut spans, room);
            }
            let is_last = spans.len() < FRAME_SPANS;
            let now_ns = if is_last { now_ns } else { self.told_ns };
            let ended = self.board.ended.load(Relaxed);
            (self.on_frame)(Frame { run: self.run, now_ns, ended, dropped: self.dropped(), spans });
            if is_last {
                break;
            }
        }
        self.told_ns = now_ns;
    }
}
