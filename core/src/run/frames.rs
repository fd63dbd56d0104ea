//! What the workers of a run recorded, as frames for its viewer.

use crate::{
    trace::{Drain, Span},
    wire::Frame,
};

/// Collects what the workers of one run recorded.
#[derive(Debug)]
pub struct Frames {
    run: u32,
    drains: Vec<Drain>,
    /// Whose ring is emptied first next time, so that a worker with many spans does not keep the others' waiting.
    first: usize,
    /// Spans that came by another way than a ring: from isolated workers.
    extra: Vec<Span>,
    extra_dropped: u64,
    recording: bool,
    /// Everything before this has been sent.
    sent_ns: u64,
}

impl Frames {
    /// The frames of run `run`, whose workers record into these rings. Without recording nothing counts as dropped.
    #[must_use]
    pub fn new(run: u32, drains: Vec<Drain>, recording: bool) -> Self {
        Self { run, drains, first: 0, extra: Vec::new(), extra_dropped: 0, recording, sent_ns: 0 }
    }

    /// Adds spans that did not come through a ring, and how many were dropped where they come from.
    pub fn add(&mut self, spans: &[Span], dropped: u64) {
        self.extra.extend_from_slice(spans);
        self.extra_dropped += dropped;
    }

    /// Spans that are missing from the frames so far.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        if !self.recording {
            return 0;
        }
        self.drains.iter().map(Drain::dropped).sum::<u64>() + self.extra_dropped
    }

    /// The next frame, with `most` spans at the most, when `ended` tasks have ended; and whether there is nothing more to
    /// be sent.
    pub fn next(&mut self, now_ns: u64, ended: u64, most: usize) -> (Frame, bool) {
        let mut spans = self.extra.split_off(self.extra.len().saturating_sub(most));
        for i in 0..self.drains.len() {
            let room = most.saturating_sub(spans.len());
            if room == 0 {
                break;
            }
            let ring = (self.first + i) % self.drains.len();
            self.drains[ring].drain(&mut spans, room);
        }
        self.first = (self.first + 1) % self.drains.len().max(1);
        let is_last = spans.len() < most;
        // What is still in a ring came after what was in front of it there.
        let sent_ns =
            if is_last { now_ns } else { spans.iter().map(|span| span.end_ns).max().unwrap_or(0).min(now_ns) };
        self.sent_ns = self.sent_ns.max(sent_ns);
        (Frame { run: self.run, now_ns: self.sent_ns, ended, dropped: self.dropped(), spans }, is_last)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trace::{State, recorder};

    #[test]
    fn every_span_comes_in_some_frame_and_no_ring_starves() {
        let (mut recorders, drains): (Vec<_>, Vec<_>) = (0..3).map(|worker| recorder(worker, 100)).unzip();
        let mut frames = Frames::new(7, drains, true);
        for (worker, recorder) in recorders.iter_mut().enumerate() {
            for task in 0..if worker == 0 { 50 } else { 5 } {
                recorder.span(0, task, State::Compute, 10 * u64::from(task), 10 * u64::from(task) + 5);
            }
        }
        frames.add(&[Span { worker: 3, slot: 0, task: 0, state: State::Lost, start_ns: 1, end_ns: 2 }], 4);
        let (mut seen, mut last_ns) = ([0; 4], 0);
        for number in 1.. {
            let (frame, is_last) = frames.next(1_000, 60, 8);
            assert!(frame.spans.len() <= 8);
            assert!(frame.now_ns >= last_ns, "time does not run backwards");
            last_ns = frame.now_ns;
            frame.spans.iter().for_each(|span| seen[usize::from(span.worker)] += 1);
            if is_last {
                assert_eq!((frame.run, frame.now_ns, frame.dropped), (7, 1_000, 4));
                break;
            }
            assert!(number < 3 || (seen[1] > 0 && seen[2] > 0), "frame {number}: {seen:?}");
        }
        assert_eq!(seen, [50, 5, 5, 1]);
        assert_eq!(Frames::new(1, Vec::new(), false).next(5, 0, 8).0.dropped, 0);
    }
}
