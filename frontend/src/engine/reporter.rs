//! Sends frames to the viewer while a lane runs.

use lanes_core::{
    run::{frames::Frames, parent::SpanSink, rows::RingBudget},
    trace::{Drain, Span},
    wire::Event,
};

use super::{clock::Clock, messages::post};

/// Time between two frames, in nanoseconds: often enough for the eye, seldom enough for two cores.
const FRAME_NS: u64 = 100_000_000;

/// Most spans of one frame: the viewer takes it in well under a screen's refresh.
const FRAME_SPANS: usize = 4_096;

/// 8 MiB, in a memory that has a gigabyte at the most.
pub(super) const RINGS: RingBudget = RingBudget { all: 1 << 18, least: 1 << 10 };

/// Collects what the workers of one run recorded and sends it on.
#[derive(Debug)]
pub(super) struct Reporter {
    run: u32,
    frames: Frames,
    due_ns: u64,
}

impl Reporter {
    /// A reporter for a run whose workers record into these rings.
    pub(super) fn new(run: u32, drains: Vec<Drain>, recording: bool) -> Self {
        Self { run, frames: Frames::new(run, drains, recording), due_ns: FRAME_NS }
    }

    /// Tells the viewer that the run has begun: the clock's zero, and how many rows there are.
    pub(super) fn started(&self, clock: Clock, rows: u16) {
        let epoch_ns = (clock.epoch_ms * 1e6) as u64;
        post(&Event::Started { run: self.run, epoch_ns, workers: rows });
    }

    /// Spans dropped so far.
    pub(super) fn dropped(&self) -> u64 {
        self.frames.dropped()
    }

    /// Sends a frame of what has been recorded since the last one, if it is time.
    pub(super) fn tick(&mut self, now_ns: u64, ended: u64) {
        if now_ns >= self.due_ns {
            self.due_ns = now_ns + FRAME_NS;
            self.send(now_ns, ended);
        }
    }

    /// Sends everything that is still in the rings.
    pub(super) fn finish(&mut self, now_ns: u64, ended: u64) {
        while !self.send(now_ns, ended) {}
    }

    /// Sends one frame; whether there is nothing more to be sent.
    fn send(&mut self, now_ns: u64, ended: u64) -> bool {
        let (frame, is_last) = self.frames.next(now_ns, ended, FRAME_SPANS);
        post(&Event::Frame(frame));
        is_last
    }
}

impl SpanSink for Reporter {
    fn add(&mut self, spans: &[Span], dropped: u64) {
        self.frames.add(spans, dropped);
    }
}
