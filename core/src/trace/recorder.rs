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
    fn a_clock_that_steps_back_never_makes_a_negative_span() {
        let (mut recorder, mut drain) = recorder(0, 4);
        recorder.span(0, 0, State::WaitIo, 20, 15);
        let mut spans = Vec::new();
        drain.drain(&mut spans, 1);
        assert_eq!(spans[0].duration_ns(), 0);
    }
}
