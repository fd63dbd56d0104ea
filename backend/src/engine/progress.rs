//! Frames for whoever watches, made on a thread that mostly sleeps.
//!
//! ```text
//! lane's threads ──ring, one each──▶ ┐
//! worker processes ──answers───────▶ ├─▶ the thread that asked for the run: every 50 ms a frame or more
//! ```
//!
//! A watcher that is slow makes the rings overflow, which is counted; it never slows the lane.

use std::{
    sync::{
        Mutex, PoisonError,
        atomic::{
            AtomicBool,
            Ordering::{Acquire, Release},
        },
    },
    thread::{self, Thread},
    time::Duration,
};

use lanes_core::{
    run::{blocking::TaskQueue, frames::Frames, parent::SpanSink, rows::RingBudget},
    trace::{Drain, Span},
    wire::Frame,
};

use super::clock::Clock;

/// Time between two frames: often enough for the eye, seldom enough for two cores.
const EVERY: Duration = Duration::from_millis(50);

/// Most spans of one frame; when there are more, more frames are sent.
const FRAME_SPANS: usize = 8_192;

/// 32 MiB, of which only what is used is ever touched.
pub(super) const RINGS: RingBudget = RingBudget { all: 1 << 20, least: 1 << 14 };

/// What the lane and its reporter share.
#[derive(Debug)]
pub(crate) struct Progress {
    extra: Mutex<Extra>,
    is_over: AtomicBool,
    reporter: Thread,
}

/// Spans that came by another way than a ring: from other processes.
#[derive(Debug, Default)]
struct Extra {
    spans: Vec<Span>,
    dropped: u64,
}

impl Progress {
    /// The progress of a run whose reporter is this thread.
    pub(super) fn new() -> Self {
        Self { extra: Mutex::default(), is_over: AtomicBool::new(false), reporter: thread::current() }
    }
}

impl SpanSink for &Progress {
    fn add(&mut self, spans: &[Span], dropped: u64) {
        let mut extra = self.extra.lock().unwrap_or_else(PoisonError::into_inner);
        let room = RINGS.all.saturating_sub(extra.spans.len()).min(spans.len());
        extra.spans.extend_from_slice(&spans[..room]);
        extra.dropped += dropped + (spans.len() - room) as u64;
    }
}

/// Says that the lane is over when it is dropped, a panic included.
pub(super) struct DoneGuard<'p>(pub(super) &'p Progress);

impl Drop for DoneGuard<'_> {
    fn drop(&mut self) {
        self.0.is_over.store(true, Release);
        self.0.reporter.unpark();
    }
}

/// Makes the frames of one run.
pub(super) struct Reporter<'a> {
    clock: Clock,
    progress: &'a Progress,
    queue: &'a TaskQueue,
    frames: Frames,
    on_frame: &'a dyn Fn(Frame),
}

impl<'a> Reporter<'a> {
    pub(super) fn new(
        run: u32,
        clock: Clock,
        (progress, queue): (&'a Progress, &'a TaskQueue),
        drains: Vec<Drain>,
        recording: bool,
        on_frame: &'a dyn Fn(Frame),
    ) -> Self {
        Self { clock, progress, queue, frames: Frames::new(run, drains, recording), on_frame }
    }

    /// Sends frames until the lane is over, or `give_up` says at one of the looks that it never will be; whether it
    /// is over.
    pub(super) fn watch(&mut self, mut give_up: impl FnMut() -> bool) -> bool {
        loop {
            // Asked first: a flush after the end has everything.
            let is_over = self.progress.is_over.load(Acquire);
            let now_ns = self.clock.now_ns();
            self.flush(now_ns);
            if is_over || give_up() {
                return is_over;
            }
            thread::park_timeout(EVERY);
        }
    }

    /// Spans that are missing from the frames.
    pub(super) fn dropped(&self) -> u64 {
        self.frames.dropped()
    }

    /// Sends everything there is.
    fn flush(&mut self, now_ns: u64) {
        let extra = std::mem::take(&mut *self.progress.extra.lock().unwrap_or_else(PoisonError::into_inner));
        self.frames.add(&extra.spans, extra.dropped);
        loop {
            let (frame, is_last) = self.frames.next(now_ns, self.queue.ended(), FRAME_SPANS);
            (self.on_frame)(frame);
            if is_last {
                break;
            }
        }
    }
}
