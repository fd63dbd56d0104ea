//! What the timeline has been told: lanes, and the spans of the run that each shows, by worker and slot.
//!
//! While repeats are being measured the earlier ones of a lane are kept, so that the one that its numbers come from can
//! be shown in the end. It knows neither pixels nor the web.

use lanes_core::{
    report::spread_of,
    scenario::{Label, Lane},
    wire::Frame,
};

use super::{
    failures::FailedTasks,
    track::{Bar, Track},
    workers::Role,
};

/// Spans of earlier repeats that all lanes together keep, of 24 bytes each.
const MOST_KEPT: usize = 1 << 21;

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

    /// What a worker is. Known only of lanes whose rows were told beforehand; in others every worker has a number.
    #[must_use]
    pub fn role(&self, worker: u16) -> Role {
        if self.rows.is_empty() { Role::Worker(worker) } else { Role::of(self.lane, worker, self.rows.len()) }
    }
}

/// Which of a lane's runs one is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Round {
    /// One that is not measured.
    Warmup,
    /// A measured one.
    Repeat {
        /// From 0.
        index: u32,
        /// Of so many; `None` where that is not known before.
        of: Option<u32>,
    },
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

/// A run of a lane.
#[derive(Debug)]
pub struct Run {
    /// Which of the lane's runs it is.
    pub round: Round,
    /// How far it is.
    pub phase: Phase,
    /// Tasks ended so far.
    pub ended: u64,
    /// Spans that were dropped, and so are missing here.
    pub dropped: u64,
    /// The tasks that are known to have failed.
    pub failed: FailedTasks,
    /// What its frames are numbered; none before the first run.
    number: Option<u32>,
    /// Whether it ended by itself.
    is_whole: bool,
    workers: Vec<Vec<Track>>,
    last_ns: u64,
    spans: usize,
}

impl Run {
    fn new(rows: &[u16], number: Option<u32>, round: Round) -> Self {
        let phase = if number.is_some() { Phase::Live { now_ns: 0 } } else { Phase::Empty };
        let workers = rows.iter().map(|slots| (0..*slots).map(|_| Track::default()).collect()).collect();
        let failed = FailedTasks::default();
        Self { round, phase, ended: 0, dropped: 0, failed, number, is_whole: false, workers, last_ns: 0, spans: 0 }
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

    fn repeat(&self) -> Option<u32> {
        match self.round {
            Round::Repeat { index, .. } if self.is_whole => Some(index),
            _ => None,
        }
    }

    fn wall_ns(&self) -> u64 {
        if let Phase::Over { wall_ns } = self.phase { wall_ns } else { 0 }
    }

    fn add(&mut self, frame: &Frame) {
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

/// One lane and the run it shows.
#[derive(Debug)]
pub struct LaneTrack {
    /// Its name and expected rows.
    pub head: LaneHead,
    /// What the app says of it; empty for the timeline's own words.
    pub status: String,
    /// Whether each of its workers has a row of its own, however many there are.
    pub is_expanded: bool,
    shown: Run,
    /// Whole repeats that are not shown.
    kept: Vec<Run>,
}

impl LaneTrack {
    fn new(head: LaneHead) -> Self {
        let shown = Run::new(&head.rows, None, Round::Warmup);
        Self { head, status: String::new(), is_expanded: false, shown, kept: Vec::new() }
    }

    /// The run that is shown.
    #[must_use]
    pub fn run(&self) -> &Run {
        &self.shown
    }

    fn begin(&mut self, number: u32, round: Round, most_kept: usize) {
        let run = Run::new(&self.head.rows, Some(number), round);
        let before = std::mem::replace(&mut self.shown, run);
        self.status.clear();
        match round {
            Round::Repeat { index, .. } if index > 0 => self.kept.extend(before.repeat().is_some().then_some(before)),
            _ => self.kept.clear(),
        }
        // What is farthest from the middle is the least likely to be shown in the end.
        while self.kept.iter().map(Run::spans).sum::<usize>() > most_kept {
            let walls: Vec<u64> = self.kept.iter().map(Run::wall_ns).collect();
            let median_ns = spread_of(&walls).map_or(0, |spread| spread.median);
            let distances = walls.iter().map(|ns| ns.abs_diff(median_ns)).enumerate();
            let Some((farthest, _)) = distances.max_by_key(|(_, distance)| *distance) else { return };
            self.kept.swap_remove(farthest);
        }
    }

    fn show_repeat(&mut self, repeat: u32) {
        let latest = self.kept.iter().chain([&self.shown]).filter_map(Run::repeat).max();
        if self.shown.repeat() != Some(repeat)
            && let Some(index) = self.kept.iter().position(|run| run.repeat() == Some(repeat))
        {
            std::mem::swap(&mut self.shown, &mut self.kept[index]);
        }
        // After the last repeat there is nothing to change any more.
        if let Round::Repeat { of, .. } = self.shown.round
            && latest.is_some_and(|latest| Some(latest + 1) == of)
        {
            self.kept.clear();
        }
    }

    fn reset(&mut self) {
        self.shown = Run::new(&self.head.rows, None, Round::Warmup);
        self.kept.clear();
        self.status.clear();
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

    /// Starts a run in a lane. What the lane showed is dropped, unless it is a repeat of the same measurement.
    pub fn begin_run(&mut self, lane: usize, run: u32, round: Round) {
        let most_kept = MOST_KEPT / self.lanes.len().max(1);
        if let Some(lane) = self.lanes.get_mut(lane) {
            lane.begin(run, round, most_kept);
        }
    }

    /// Adds a frame, unless it belongs to another run than the lane's; whether it did.
    pub fn push_frame(&mut self, lane: usize, frame: &Frame) -> bool {
        match self.lanes.get_mut(lane) {
            Some(lane) if lane.shown.number == Some(frame.run) => {
                lane.shown.add(frame);
                true
            }
            _ => false,
        }
    }

    /// Ends a lane's run: after its wall time where it ended by itself, else where its last span ends.
    pub fn finish_run(&mut self, lane: usize, wall_ns: Option<u64>, failed: FailedTasks) {
        if let Some(LaneTrack { shown, .. }) = self.lanes.get_mut(lane) {
            shown.phase = Phase::Over { wall_ns: wall_ns.unwrap_or(shown.last_ns) };
            shown.is_whole = wall_ns.is_some();
            shown.failed = failed;
        }
    }

    /// Shows a repeat (from 0) of a lane, where its spans were kept.
    pub fn show_repeat(&mut self, lane: usize, repeat: u32) {
        if let Some(lane) = self.lanes.get_mut(lane) {
            lane.show_repeat(repeat);
        }
    }

    /// What the app says of a lane, such as its wall time.
    pub fn set_status(&mut self, lane: usize, text: String) {
        if let Some(lane) = self.lanes.get_mut(lane) {
            lane.status = text;
        }
    }

    /// Gives each worker of a lane a row of its own, or takes them together again.
    pub fn toggle_expanded(&mut self, lane: usize) {
        if let Some(lane) = self.lanes.get_mut(lane) {
            lane.is_expanded = !lane.is_expanded;
        }
    }

    /// Forgets all runs; the lanes stay.
    pub fn clear(&mut self) {
        self.lanes.iter_mut().for_each(LaneTrack::reset);
    }

    /// The latest time of any lane.
    #[must_use]
    pub fn extent_ns(&self) -> u64 {
        self.lanes.iter().map(|lane| lane.shown.extent_ns()).max().unwrap_or(0)
    }

    /// Whether a run is under way.
    #[must_use]
    pub fn is_live(&self) -> bool {
        self.lanes.iter().any(|lane| matches!(lane.shown.phase, Phase::Live { .. }))
    }
}

#[cfg(test)]
pub(super) mod tests {
    use lanes_core::trace::{Span, State};

    use super::*;

    /// A run of one lane from a picture: a line per row, `worker.slot` first, then one letter per microsecond
    /// (c compute, w wait-io, l wait-lock, s serialise, t transfer, q queued, u start-up, x lost, i idle, . nothing);
    /// a span is a stretch of one letter.
    pub(in crate::timeline) fn pictured(picture: &str) -> TimelineModel {
        let mut model = TimelineModel::default();
        model.set_lanes(vec![LaneHead::new("native/async".parse().unwrap())]);
        model.begin_run(0, 1, Round::Repeat { index: 0, of: Some(1) });
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
        model.begin_run(0, 2, Round::Warmup);
        assert_eq!((model.extent_ns(), model.lanes()[0].run().spans(), model.is_live()), (0, 0, true));
        model.finish_run(0, Some(9000), FailedTasks::default());
        assert_eq!((model.extent_ns(), model.is_live()), (9000, false));
    }

    #[test]
    fn a_lane_that_stays_keeps_its_run() {
        let mut model = pictured("0.0 cc..ww");
        let stays = model.lanes()[0].head.clone();
        model.set_lanes(vec![LaneHead::new("browser/threads".parse().unwrap()).with_rows(vec![1; 4]), stays]);
        assert_eq!((model.lanes()[0].run().spans(), model.lanes()[0].run().workers().len()), (0, 4));
        assert_eq!(model.lanes()[1].run().spans(), 2);
    }

    #[test]
    fn rows_grow_with_the_spans() {
        let model = pictured("0.0 cc\n3.2 ww");
        let slots: Vec<usize> = model.lanes()[0].run().workers().iter().map(Vec::len).collect();
        assert_eq!(slots, [1, 0, 0, 3]);
    }

    #[test]
    fn the_nearest_span_is_found_within_the_tolerance() {
        let model = pictured("0.0 cc......ww");
        let track = model.lanes()[0].run().track(0, 0).unwrap();
        let found = |time, tolerance| track.nearest(time, tolerance).map(|bar| bar.task);
        assert_eq!(found(1500.0, 0.0), Some(0));
        assert_eq!(found(4000.0, 500.0), None);
        assert_eq!(found(2400.0, 500.0), Some(0));
        assert_eq!(found(6000.0, 4500.0), Some(1), "the nearer of two");
    }

    #[test]
    fn the_repeat_that_the_numbers_come_from_is_shown() {
        let mut model = pictured("0.0 u");
        let repeat = |index| Round::Repeat { index, of: Some(3) };
        let shown =
            |model: &TimelineModel| (model.lanes()[0].run().round, model.extent_ns(), model.lanes()[0].run().spans());
        for (index, picture) in ["0.0 cc", "0.0 cccc", "0.0 c.c"].into_iter().enumerate() {
            let run = index as u32 + 2;
            model.begin_run(0, run, repeat(index as u32));
            model.push_frame(0, &frame(run, spans_of(picture)));
            let wall_ns = model.extent_ns();
            model.finish_run(0, Some(wall_ns), FailedTasks::default());
        }
        assert_eq!(shown(&model), (repeat(2), 3000, 2));
        model.show_repeat(0, 1);
        assert_eq!(shown(&model), (repeat(1), 4000, 1));
        model.show_repeat(0, 0);
        assert_eq!(shown(&model), (repeat(1), 4000, 1), "after the last repeat the others are forgotten");
    }

    #[test]
    fn a_repeat_that_broke_off_and_one_of_before_are_not_kept() {
        let mut model = pictured("0.0 cc");
        model.begin_run(0, 2, Round::Repeat { index: 0, of: Some(9) });
        model.finish_run(0, None, FailedTasks::default());
        model.begin_run(0, 3, Round::Repeat { index: 1, of: Some(9) });
        model.show_repeat(0, 0);
        assert_eq!(model.lanes()[0].run().round, Round::Repeat { index: 1, of: Some(9) });
        model.finish_run(0, Some(5), FailedTasks::default());
        model.begin_run(0, 4, Round::Warmup);
        assert!(model.lanes()[0].kept.is_empty());
    }

    #[test]
    fn of_more_than_can_be_kept_the_farthest_from_the_middle_goes() {
        let mut lane = LaneTrack::new(LaneHead::new("native/async".parse().unwrap()));
        for (index, wall_ns) in [50, 10, 51, 52].into_iter().enumerate() {
            lane.begin(index as u32, Round::Repeat { index: index as u32, of: Some(9) }, 2);
            lane.shown.add(&frame(index as u32, spans_of("0.0 c")));
            (lane.shown.phase, lane.shown.is_whole) = (Phase::Over { wall_ns }, true);
        }
        lane.begin(9, Round::Repeat { index: 4, of: Some(9) }, 2);
        let kept: Vec<u64> = lane.kept.iter().map(Run::wall_ns).collect();
        assert_eq!(kept.len(), 2);
        assert!(!kept.contains(&10), "{kept:?}");
    }
}
