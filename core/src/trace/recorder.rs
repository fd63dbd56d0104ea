//! The ring between a worker and whoever shows what it did.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering::Relaxed},
};

use super::{
    span::{Span, State},
    tally::Tally,
};

/// The writing end: belongs to one worker.
///
/// A span costs one tally addition and one write into the ring; nothing is allocated after construction.
#[derive(Debug)]
pub struct Recorder {
    ring: rtrb::Producer<Span>,
    dropped: Arc<AtomicU64>,
    worker: u16,
    tally: Tally,
}

/// The reading end: belongs to whoever sends frames.
#[derive(Debug)]
pub struct Drain {
    ring: rtrb::Consumer<Span>,
    dropped: Arc<AtomicU64>,
}

/// A recorder for `worker` with room for `capacity` spans between two drains, and its reading end.
#[must_use]
pub fn recorder(worker: u16, capacity: usize) -> (Recorder, Drain) {
    let (producer, consumer) = rtrb::RingBuffer::new(capacity);
    let dropped = Arc::new(AtomicU64::new(0));
    let recorder = Recorder { ring: producer, dropped: Arc::clone(&dropped), worker, tally: Tally::new(worker) };
    (recorder, Drain { ring: consumer, dropped })
}

impl Recorder {
    /// Records a span. Where the ring is full the picture loses it, the totals do not.
    pub fn span(&mut self, slot: u16, task: u32, state: State, start_ns: u64, end_ns: u64) {
        // Clocks of finite resolution, read on two threads, may run backwards by a step.
        let end_ns = end_ns.max(start_ns);
        self.tally.add_state(state, end_ns - start_ns);
        self.tally.recorded += 1;
        if self.ring.push(Span { worker: self.worker, slot, task, state, start_ns, end_ns }).is_err() {
            self.dropped.fetch_add(1, Relaxed);
        }
    }

    /// The totals so far.
    pub fn tally(&mut self) -> &mut Tally {
        &mut self.tally
    }

    /// The totals since the last call; they start again from nothing.
    pub fn take_tally(&mut self) -> Tally {
        std::mem::replace(&mut self.tally, Tally::new(self.worker))
    }

    /// The worker whose recorder this is.
    #[must_use]
    pub fn worker(&self) -> u16 {
        self.worker
    }
}

impl Drain {
    /// Moves up to `most` spans out of the ring to the end of `spans`; whether any came.
    pub fn drain(&mut self, spans: &mut Vec<Span>, most: usize) -> bool {
        let ready = self.ring.slots().min(most);
        match self.ring.read_chunk(ready) {
            Ok(chunk) => {
                spans.extend(chunk);
                ready > 0
            }
            Err(_) => false,
        }
    }

    /// Spans dropped so far because the ring was full.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        self.dropped.load(Relaxed)
    }
}

/// What it costs to record a span, in nanoseconds, tried out for about a millisecond of this clock: to write it into the ring
/// and to take it out again. What a viewer does with it then comes on top.
#[must_use]
pub fn span_cost_ns(now_ns: impl Fn() -> u64) -> f64 {
    let (mut recorder, mut drain) = recorder(0, CALIBRATION_SPANS);
    let mut spans = Vec::with_capacity(CALIBRATION_SPANS);
    let (start_ns, mut recorded) = (now_ns(), 0_u32);
    loop {
        for task in 0..CALIBRATION_SPANS as u32 {
            recorder.span(0, std::hint::black_box(task), State::Compute, 0, 1);
        }
        spans.clear();
        drain.drain(&mut spans, CALIBRATION_SPANS);
        std::hint::black_box(&spans);
        recorded += CALIBRATION_SPANS as u32;
        let took_ns = now_ns().saturating_sub(start_ns);
        // A clock that stands still, as a hardened browser's may for a while, is not waited for for ever.
        if took_ns >= CALIBRATION_NS || recorded >= MOST_CALIBRATION_SPANS {
            return took_ns as f64 / f64::from(recorded);
        }
    }
}

/// Spans between two looks at the clock while the cost of one is tried out.
const CALIBRATION_SPANS: usize = 1_024;
const CALIBRATION_NS: u64 = 1_000_000;
const MOST_CALIBRATION_SPANS: u32 = 1 << 22;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_ring_drops_and_counts_but_totals_stay_exact() {
        let (mut recorder, mut drain) = recorder(3, 4);
        for i in 0..10 {
            recorder.span(0, i, State::Compute, u64::from(i) * 10, u64::from(i) * 10 + 7);
        }
        let mut spans = Vec::new();
        assert!(drain.drain(&mut spans, 100));
        assert_eq!(spans.iter().map(|s| s.task).collect::<Vec<_>>(), [0, 1, 2, 3]);
        assert_eq!(drain.dropped(), 6);
        assert_eq!(recorder.tally().state_ns(State::Compute), 70);
        assert_eq!(recorder.tally().recorded, 10);
        assert!(!drain.drain(&mut spans, 100));
    }

    #[test]
    fn the_cost_of_a_span_is_what_the_clock_says_and_a_clock_that_stands_still_ends() {
        let looks = std::cell::Cell::new(0);
        // The clock is looked at once before, and then after each 1,024 spans, which take 300,000 ns by it.
        let cost_ns = span_cost_ns(|| 300_000 * looks.replace(looks.get() + 1));
        assert_eq!(cost_ns, 300_000.0 / 1_024.0);
        assert_eq!(looks.get(), 5);
        assert_eq!(span_cost_ns(|| 7), 0.0);
    }

    #[test]
    fn a_clock_that_steps_back_never_makes_a_negative_span() {
        let (mut recorder, mut drain) = recorder(0, 4);
        recorder.span(0, 0, State::WaitIo, 20, 15);
        let mut spans = Vec::new();
        drain.drain(&mut spans, 1);
        assert_eq!(spans[0].duration_ns(), 0);
    }
}
