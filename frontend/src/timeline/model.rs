//! What the timeline has been told: lanes, and the spans of one run of each, by worker and slot.

use lanes_core::{
    scenario::{Label, Lane, Model},
    trace::{Span, State},
    wire::Frame,
};

/// What a lane is called and how many rows to keep free for it before its first span arrives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LaneHead {
    /// Which lane.
    pub lane: Lane,
    /// Whether it is the thing itself.
    pub label: Label,
    /// Rows expected: for each worker its slots, 1 for a thread or process, the concurrency for an event loop. More
    /// are added when spans need them.
    pub rows: Vec<u16>,
}

impl LaneHead {
    /// A lane with its own label and no rows yet.
    #[must_use]
    pub fn new(lane: Lane) -> Self {
        Self { lane, label: lane.label(), rows: Vec::new() }
    }

    /// The same lane with rows kept free.
    #[must_use]
    pub fn with_rows(self, rows: Vec<u16>) -> Self {
        Self { rows, ..self }
    }

    /// What stands before a worker's row: its number, except where its part is another than the workers'. That is
    /// known only of lanes whose rows were told beforehand.
    #[must_use]
    pub fn worker_name(&self, worker: u16) -> String {
        let is_last = usize::from(worker) + 1 == self.rows.len();
        match self.lane.model {
            Model::Async | Model::Hybrid if worker == 0 && !self.rows.is_empty() => "loop".into(),
            Model::Processes if is_last => "main".into(),
            _ => worker.to_string(),
        }
    }
}

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

/// The spans of one slot of one worker, by start.
#[derive(Debug, Default)]
pub struct Track {
    bars: Vec<Bar>,
    /// How many from the front are in order; the rest came with the frame being taken in.
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

    /// The spans that touch `[from_ns, to_ns]`; with overlaps possibly a few more.
    #[must_use]
    pub fn between(&self, from_ns: f64, to_ns: f64) -> &[Bar] {
        let first = if self.overlaps { 0 } else { self.bars.partition_point(|bar| (bar.end_ns as f64) < from_ns) };
        let after = self.bars.partition_point(|bar| bar.start_ns as f64 <= to_ns);
        self.bars.get(first..after).unwrap_or_default()
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

    fn append(&mut self, bar: Bar) {
        self.bars.push(bar);
    }

    /// Puts what was appended in its place. Costs nothing when it came in order, and otherwise sorts only from the
    /// first place that changes.
    fn settle(&mut self) {
        let Some(earliest_ns) = self.bars[self.in_order..].iter().map(|bar| bar.start_ns).min() else { return };
        let from = self.bars[..self.in_order].partition_point(|bar| bar.start_ns <= earliest_ns);
        self.bars[from..].sort_by_key(|bar| bar.start_ns);
        let check_from = from.saturating_sub(1);
        self.overlaps |= self.bars[check_from..].windows(2).any(|pair| pair[1].start_ns < pair[0].end_ns);
        self.in_order = self.bars.len();
    }
}

/// How far a lane's run is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Nothing to show.
    Empty,
    /// Under way: nothing before `now_ns` is still unsaid, except what is under way.
    Live {
        /// Time of the last frame.
        now_ns: u64,
    },
    /// Over.
    Over {
        /// Its wall time.
        wall_ns: u64,
    },
}

/// One lane and the run it shows.
#[derive(Debug)]
pub struct LaneTrack {
    /// Its name and expected rows.
    pub head: LaneHead,
    /// How far its run is.
    pub phase: Phase,
    /// What the app says of it; empty for the timeline's own words.
    pub status: String,
    /// Tasks ended so far.
    pub ended: u64,
    /// Spans that were dropped, and so are missing here.
    pub dropped: u64,
    run: Option<u32>,
    workers: Vec<Vec<Track>>,
    last_ns: u64,
    spans: usize,
}

impl LaneTrack {
    fn new(head: LaneHead) -> Self {
        let mut lane = Self {
            head,
            phase: Phase::Empty,
            status: String::new(),
            ended: 0,
            dropped: 0,
            run: None,
            workers: Vec::new(),
            last_ns: 0,
            spans: 0,
        };
        lane.reset();
        lane
    }

    /// The tracks, by worker and slot.
    #[must_use]
    pub fn workers(&self) -> &[Vec<Track>] {
        &self.workers
    }

    /// One track.
    #[must_use]
    pub fn track(&self, worker: u16, slot: u16) -> Option<&Track> {
        self.workers.get(usize::from(worker))?.get(usize::from(slot))
    }

    /// How many spans it holds.
    #[must_use]
    pub fn spans(&self) -> usize {
        self.spans
    }

    /// The latest time it knows of.
    #[must_use]
    pub fn extent_ns(&self) -> u64 {
        match self.phase {
            Phase::Empty => self.last_ns,
            Phase::Live { now_ns: at } | Phase::Over { wall_ns: at } => at.max(self.last_ns),
        }
    }

    fn reset(&mut self) {
        self.phase = Phase::Empty;
        self.run = None;
        (self.ended, self.dropped, self.last_ns, self.spans) = (0, 0, 0, 0);
        self.status.clear();
        self.workers.clear();
        let rows = self.head.rows.iter().map(|slots| (0..*slots).map(|_| Track::default()).collect());
        self.workers.extend(rows);
    }

    fn take(&mut self, frame: &Frame) {
        for span in &frame.spans {
            let (worker, slot) = (usize::from(span.worker), usize::from(span.slot));
            if self.workers.len() <= worker {
                self.workers.resize_with(worker + 1, Vec::new);
            }
            let slots = &mut self.workers[worker];
            if slots.len() <= slot {
                slots.resize_with(slot + 1, Track::default);
            }
            let end_ns = span.end_ns.max(span.start_ns);
            slots[slot].append(Bar { start_ns: span.start_ns, end_ns, task: span.task, state: span.state });
            self.last_ns = self.last_ns.max(end_ns);
        }
        for track in self.workers.iter_mut().flatten() {
            track.settle();
        }
        self.spans += frame.spans.len();
        self.ended = frame.ended;
        self.dropped = frame.dropped;
        if let Phase::Empty | Phase::Live { .. } = self.phase {
            self.phase = Phase::Live { now_ns: frame.now_ns.max(self.last_ns) };
        }
    }
}

/// All lanes, in the order they are shown.
#[derive(Debug, Default)]
pub struct TimelineModel {
    lanes: Vec<LaneTrack>,
}

impl TimelineModel {
    /// Shows these lanes, in this order. A lane that was there before with the same head keeps its run.
    pub fn set_lanes(&mut self, heads: Vec<LaneHead>) {
        let mut before = std::mem::take(&mut self.lanes);
        for head in heads {
            let kept = before.iter().position(|lane| lane.head == head);
            self.lanes.push(match kept {
                Some(index) => before.swap_remove(index),
                None => LaneTrack::new(head),
            });
        }
    }

    /// The lanes.
    #[must_use]
    pub fn lanes(&self) -> &[LaneTrack] {
        &self.lanes
    }

    /// Starts a run in a lane; what the lane showed is dropped.
    pub fn begin_run(&mut self, lane: usize, run: u32) {
        if let Some(lane) = self.lanes.get_mut(lane) {
            lane.reset();
            lane.run = Some(run);
            lane.phase = Phase::Live { now_ns: 0 };
        }
    }

    /// Takes in a frame, unless it belongs to another run than the lane's; says whether it did.
    pub fn push_frame(&mut self, lane: usize, frame: &Frame) -> bool {
        match self.lanes.get_mut(lane) {
            Some(lane) if lane.run == Some(frame.run) => {
                lane.take(frame);
                true
            }
            _ => false,
        }
    }

    /// Ends a lane's run after its wall time, or where its last span ends.
    pub fn finish_run(&mut self, lane: usize, wall_ns: Option<u64>) {
        if let Some(lane) = self.lanes.get_mut(lane) {
            lane.phase = Phase::Over { wall_ns: wall_ns.unwrap_or(lane.last_ns) };
        }
    }

    /// What the app says of a lane, such as its wall time.
    pub fn set_status(&mut self, lane: usize, text: String) {
        if let Some(lane) = self.lanes.get_mut(lane) {
            lane.status = text;
        }
    }

    /// Forgets all runs; the lanes stay.
    pub fn clear(&mut self) {
        self.lanes.iter_mut().for_each(LaneTrack::reset);
    }

    /// The latest time of any lane.
    #[must_use]
    pub fn extent_ns(&self) -> u64 {
        self.lanes.iter().map(LaneTrack::extent_ns).max().unwrap_or(0)
    }

    /// Whether a run is under way.
    #[must_use]
    pub fn is_live(&self) -> bool {
        self.lanes.iter().any(|lane| matches!(lane.phase, Phase::Live { .. }))
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A run of one lane from a picture: a line per row, `worker.slot` first, then one letter per microsecond
    /// (c compute, w wait-io, l wait-lock, s serialise, t transfer, q queued, u start-up, x lost, i idle, . nothing);
    /// a span is a stretch of one letter.
    pub(in crate::timeline) fn pictured(picture: &str) -> TimelineModel {
        let mut model = TimelineModel::default();
        model.set_lanes(vec![LaneHead::new("native/async".parse().unwrap())]);
        model.begin_run(0, 1);
        model.push_frame(0, &frame(1, spans_of(picture)));
        model
    }

    pub(in crate::timeline) fn spans_of(picture: &str) -> Vec<Span> {
        let mut spans = Vec::new();
        for line in picture.lines().map(str::trim).filter(|line| !line.is_empty()) {
            let (row, letters) = line.split_once(' ').unwrap();
            let (worker, slot) = row.split_once('.').unwrap();
            let letters: Vec<char> = letters.trim().chars().collect();
            let mut from = 0;
            for chunk in letters.chunk_by(|a, b| a == b) {
                let state = match chunk[0] {
                    'c' => Some(State::Compute),
                    'w' => Some(State::WaitIo),
                    'l' => Some(State::WaitLock),
                    's' => Some(State::Serialise),
                    't' => Some(State::Transfer),
                    'q' => Some(State::Queued),
                    'u' => Some(State::StartUp),
                    'x' => Some(State::Lost),
                    'i' => Some(State::Idle),
                    _ => None,
                };
                if let Some(state) = state {
                    spans.push(Span {
                        worker: worker.parse().unwrap(),
                        slot: slot.parse().unwrap(),
                        task: spans.len() as u32,
                        state,
                        start_ns: from as u64 * 1000,
                        end_ns: (from + chunk.len()) as u64 * 1000,
                    });
                }
                from += chunk.len();
            }
        }
        spans
    }

    pub(in crate::timeline) fn frame(run: u32, spans: Vec<Span>) -> Frame {
        let now_ns = spans.iter().map(|span| span.end_ns).max().unwrap_or(0);
        Frame { run, now_ns, ended: spans.len() as u64, dropped: 0, spans }
    }

    #[test]
    fn a_frame_of_another_run_is_ignored() {
        let mut model = pictured("0.0 cc..ww");
        assert!(!model.push_frame(0, &frame(7, spans_of("0.0 ....................cc"))));
        assert!(!model.push_frame(9, &frame(1, Vec::new())), "no such lane");
        assert_eq!(model.extent_ns(), 6000);
        model.begin_run(0, 2);
        assert_eq!((model.extent_ns(), model.lanes()[0].spans(), model.is_live()), (0, 0, true));
        model.finish_run(0, Some(9000));
        assert_eq!((model.extent_ns(), model.is_live()), (9000, false));
    }

    #[test]
    fn a_lane_that_stays_keeps_its_run() {
        let mut model = pictured("0.0 cc..ww");
        let stays = model.lanes()[0].head.clone();
        model.set_lanes(vec![LaneHead::new("browser/threads".parse().unwrap()).with_rows(vec![1; 4]), stays]);
        assert_eq!((model.lanes()[0].spans(), model.lanes()[0].workers().len()), (0, 4));
        assert_eq!(model.lanes()[1].spans(), 2);
    }

    #[test]
    fn rows_grow_with_the_spans() {
        let model = pictured("0.0 cc\n3.2 ww");
        let slots: Vec<usize> = model.lanes()[0].workers().iter().map(Vec::len).collect();
        assert_eq!(slots, [1, 0, 0, 3]);
    }

    #[test]
    fn the_nearest_span_is_found_within_the_tolerance() {
        let model = pictured("0.0 cc......ww");
        let track = model.lanes()[0].track(0, 0).unwrap();
        let found = |time, tolerance| track.nearest(time, tolerance).map(|bar| bar.task);
        assert_eq!(found(1500.0, 0.0), Some(0));
        assert_eq!(found(4000.0, 500.0), None);
        assert_eq!(found(2400.0, 500.0), Some(0));
        assert_eq!(found(6000.0, 4500.0), Some(1), "the nearer of two");
    }

    fn bars() -> impl Strategy<Value = Vec<Span>> {
        proptest::collection::vec((0u64..5000, 0u64..40), 0..200).prop_map(|starts| {
            let span = |(task, (start_ns, long)): (usize, (u64, u64))| Span {
                worker: 0,
                slot: 0,
                task: task as u32,
                state: State::Compute,
                start_ns,
                end_ns: start_ns + long,
            };
            starts.into_iter().enumerate().map(span).collect()
        })
    }

    proptest! {
        /// In any order, in any number of frames, and even overlapping: sorted, complete, and found again.
        #[test]
        fn spans_end_up_sorted(spans in bars(), frames in 1usize..9, from in 0.0..5000.0f64, long in 0.0..900.0f64) {
            let mut model = TimelineModel::default();
            model.set_lanes(vec![LaneHead::new("native/threads".parse().unwrap())]);
            model.begin_run(0, 1);
            for part in spans.chunks(spans.len().div_ceil(frames).max(1)) {
                model.push_frame(0, &frame(1, part.to_vec()));
            }
            let Some(track) = model.lanes()[0].track(0, 0) else { return Ok(()) };
            prop_assert_eq!(track.bars().len(), spans.len());
            prop_assert!(track.bars().is_sorted_by_key(|bar| bar.start_ns));
            let touches = |bar: &Bar| bar.end_ns as f64 >= from && bar.start_ns as f64 <= from + long;
            let found = track.between(from, from + long);
            let all = spans.iter().filter(|span| span.end_ns as f64 >= from && span.start_ns as f64 <= from + long).count();
            prop_assert_eq!(found.iter().filter(|bar| touches(bar)).count(), all);
        }
    }
}
