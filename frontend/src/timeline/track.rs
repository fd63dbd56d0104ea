//! The spans of one row, by start, with sums over every [`CHUNK`] of them: what lies within one pixel costs one sum, so
//! that a million spans are drawn as quickly as a few thousand.
//!
//! It knows times and states; neither lanes nor pixels.

use lanes_core::trace::{NO_TASK, Span, State};

/// Spans that one sum stands for.
pub const CHUNK: usize = 64;

/// What a span without length counts for, in nanoseconds, so that it leaves a trace.
pub const TRACE_NS: f32 = 1e-3;

const STATES: usize = State::ALL.len();

/// A span without its row, which is where it is kept: 24 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bar {
    /// Start.
    pub start_ns: u64,
    /// End.
    pub end_ns: u64,
    /// The task, or `NO_TASK`.
    pub task: u32,
    /// What was done.
    pub state: State,
}

impl Bar {
    /// The span it is in this row.
    #[must_use]
    pub fn span(&self, worker: u16, slot: u16) -> Span {
        Span { worker, slot, task: self.task, state: self.state, start_ns: self.start_ns, end_ns: self.end_ns }
    }
}

/// What [`CHUNK`] spans that follow on each other add up to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sum {
    /// Start of the first.
    pub start_ns: u64,
    /// End of the last to end.
    pub end_ns: u64,
    /// Time in each state, by its number; none for [`State::Idle`].
    pub states_ns: [f32; STATES],
    /// The least and the greatest task; none where all spans belong to no task.
    pub tasks: Option<(u32, u32)>,
}

impl Sum {
    fn of(bars: &[Bar]) -> Self {
        let mut sum = Self { start_ns: bars[0].start_ns, end_ns: 0, states_ns: [0.0; STATES], tasks: None };
        for bar in bars {
            sum.end_ns = sum.end_ns.max(bar.end_ns);
            if bar.state != State::Idle {
                sum.states_ns[bar.state as usize] += ((bar.end_ns - bar.start_ns) as f32).max(TRACE_NS);
            }
            if bar.task != NO_TASK {
                let (least, greatest) = sum.tasks.unwrap_or((bar.task, bar.task));
                sum.tasks = Some((least.min(bar.task), greatest.max(bar.task)));
            }
        }
        sum
    }
}

/// The spans of one slot of one worker.
#[derive(Debug, Default)]
pub struct Track {
    bars: Vec<Bar>,
    /// One for each full chunk of the bars that are in order.
    sums: Vec<Sum>,
    /// How many from the front are in order; the rest came with the frame being added.
    in_order: usize,
    /// Set when two bars overlap, which engines promise not to do: the ends are not in order then, and may not be
    /// searched by halving.
    overlaps: bool,
}

impl Track {
    /// The spans, by start.
    #[must_use]
    pub fn bars(&self) -> &[Bar] {
        &self.bars
    }

    /// The sum of the chunk that begins with a span, where one does.
    #[must_use]
    pub fn sum_from(&self, index: usize) -> Option<&Sum> {
        index.is_multiple_of(CHUNK).then(|| self.sums.get(index / CHUNK)).flatten()
    }

    /// Which spans touch `[from_ns, to_ns]`; with overlaps possibly a few more.
    #[must_use]
    pub fn range(&self, from_ns: f64, to_ns: f64) -> std::ops::Range<usize> {
        let first = if self.overlaps { 0 } else { self.bars.partition_point(|bar| (bar.end_ns as f64) < from_ns) };
        let after = self.bars.partition_point(|bar| bar.start_ns as f64 <= to_ns);
        first..after.max(first)
    }

    /// The spans of [`range`](Self::range).
    #[must_use]
    pub fn between(&self, from_ns: f64, to_ns: f64) -> &[Bar] {
        &self.bars[self.range(from_ns, to_ns)]
    }

    /// The span at a time, or else the nearest within a tolerance.
    #[must_use]
    pub fn nearest(&self, time_ns: f64, tolerance_ns: f64) -> Option<&Bar> {
        let distance_ns = |bar: &Bar| (bar.start_ns as f64 - time_ns).max(time_ns - bar.end_ns as f64).max(0.0);
        self.between(time_ns - tolerance_ns, time_ns + tolerance_ns)
            .iter()
            .filter(|bar| distance_ns(bar) <= tolerance_ns)
            .min_by(|a, b| distance_ns(a).total_cmp(&distance_ns(b)))
    }

    /// Adds a span; [`settle`](Self::settle) before looking at it.
    pub(super) fn append(&mut self, bar: Bar) {
        self.bars.push(bar);
    }

    /// Puts what was appended in its place. Costs nothing when it came in order, and otherwise sorts only from the
    /// first place that changes.
    pub(super) fn settle(&mut self) {
        let Some(earliest_ns) = self.bars[self.in_order..].iter().map(|bar| bar.start_ns).min() else { return };
        let from = self.bars[..self.in_order].partition_point(|bar| bar.start_ns <= earliest_ns);
        let came = &mut self.bars[from..];
        if !came.is_sorted_by_key(|bar| bar.start_ns) {
            came.sort_by_key(|bar| bar.start_ns);
        }
        let check_from = from.saturating_sub(1);
        self.overlaps |= self.bars[check_from..].windows(2).any(|pair| pair[1].start_ns < pair[0].end_ns);
        self.in_order = self.bars.len();
        self.sums.truncate(from / CHUNK);
        self.sums.extend(self.bars[self.sums.len() * CHUNK..].chunks_exact(CHUNK).map(Sum::of));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn bars() -> impl Strategy<Value = Vec<Bar>> {
        let state = proptest::sample::select(State::ALL.to_vec());
        proptest::collection::vec((0u64..5000, 0u64..40, state), 0..400).prop_map(|bars| {
            let bar = |(task, (start_ns, long, state)): (usize, (u64, u64, State))| {
                let task = if task % 7 == 0 { NO_TASK } else { task as u32 };
                Bar { start_ns, end_ns: start_ns + long, task, state }
            };
            bars.into_iter().enumerate().map(bar).collect()
        })
    }

    proptest! {
        /// In any order, in any number of frames, and even overlapping: sorted, complete, summed up, and found again.
        #[test]
        fn spans_end_up_sorted_and_summed(bars in bars(), frames in 1usize..9, from in 0.0..5000.0f64, long in 0.0..900.0f64) {
            let mut track = Track::default();
            for part in bars.chunks(bars.len().div_ceil(frames).max(1)) {
                part.iter().for_each(|bar| track.append(*bar));
                track.settle();
            }
            prop_assert_eq!(track.bars().len(), bars.len());
            prop_assert!(track.bars().is_sorted_by_key(|bar| bar.start_ns));
            prop_assert_eq!(track.sums.len(), bars.len() / CHUNK);
            for (sum, chunk) in track.sums.iter().zip(track.bars().chunks_exact(CHUNK)) {
                prop_assert_eq!(sum, &Sum::of(chunk));
            }
            let touches = |bar: &Bar| bar.end_ns as f64 >= from && bar.start_ns as f64 <= from + long;
            let found = track.between(from, from + long);
            prop_assert_eq!(found.iter().filter(|bar| touches(bar)).count(), bars.iter().filter(|bar| touches(bar)).count());
        }
    }

    #[test]
    fn a_sum_stands_for_its_chunk_alone() {
        let mut track = Track::default();
        for task in 0..CHUNK as u64 + 1 {
            let state = if task == 3 { State::Idle } else { State::WaitIo };
            track.append(Bar { start_ns: task * 10, end_ns: task * 10 + 4, task: task as u32, state });
        }
        track.settle();
        let sum = track.sum_from(0).expect("a full chunk");
        assert_eq!((sum.start_ns, sum.end_ns, sum.tasks), (0, 634, Some((0, 63))));
        assert_eq!(sum.states_ns[State::WaitIo as usize], 63.0 * 4.0);
        assert_eq!(sum.states_ns[State::Idle as usize], 0.0);
        assert!(
            track.sum_from(1).is_none() && track.sum_from(CHUNK).is_none(),
            "no chunk begins there, or it is not full"
        );
    }
}
