//! Who watches a session: shows its progress on standard error and keeps what the pictures need.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};
use lanes_core::{
    export::chrome::LaneTrace,
    present::{count, duration},
    report::{Ending, LaneResult, RunReport},
    scenario::{Repeats, Scenario},
    trace::Span,
    wire::Frame,
};

use super::style;
use crate::{
    runner::{Observer, Turn},
    terminal::{self, visible},
};

/// Redraws each second: smooth for an eye, nothing beside what is measured.
const REDRAWS: u8 = 10;
/// Spans of one run that are kept for the pictures; 32 bytes each.
const SPANS_KEPT: usize = 1_000_000;
/// Runs of one lane that are kept: the shown one is that with the median time, which is only known at the end.
const RUNS_KEPT: usize = 3;

/// From so much on, what is left is said.
const WORTH_SAYING: Duration = Duration::from_secs(2);

/// How progress is shown.
enum Display {
    /// Not at all.
    Quiet,
    /// A line for each run.
    Lines,
    /// A bar for each lane.
    Bars(Vec<ProgressBar>),
}

/// The watcher of one session.
pub(super) struct Watch {
    display: Display,
    warmup: u32,
    repeats: Repeats,
    /// Rounds that there will be, where that is known.
    rounds: Option<u32>,
    keeps_spans: bool,
    seen: Mutex<Seen>,
}

#[derive(Default)]
struct Seen {
    /// The newest results of all lanes.
    results: Vec<LaneResult>,
    lanes: Vec<Lane>,
}

/// What is kept of one lane.
#[derive(Clone, Default)]
struct Lane {
    /// The run that is under way, or was last.
    turn: Option<Turn>,
    spans: Vec<Span>,
    missing: u64,
    runs: Vec<Kept>,
    /// When the run that is under way began.
    begun: Option<Instant>,
    /// What all runs that have ended took, with the start of whatever they needed.
    took: Duration,
    ended: u32,
}

impl Lane {
    /// Which measured run that is watched is under way.
    fn repeat(&self) -> Option<u32> {
        self.turn.filter(|turn| turn.is_watched)?.repeat
    }
}

/// A run, as the pictures need it.
#[derive(Clone)]
pub(super) struct Kept {
    repeat: usize,
    wall_ns: u64,
    spans: Vec<Span>,
    dropped: u64,
}

impl Watch {
    /// A watcher of a session with this scenario.
    pub(super) fn new(scenario: &Scenario, quiet: bool, keeps_spans: bool) -> Self {
        let display = match (quiet, style::can_redraw()) {
            (true, _) => Display::Quiet,
            (false, false) => Display::Lines,
            (false, true) => Display::Bars(bars(scenario)),
        };
        let lanes = vec![Lane::default(); scenario.lanes.len()];
        let seen = Mutex::new(Seen { results: Vec::new(), lanes });
        let rounds = matches!(scenario.repeats, Repeats::Fixed(_)).then(|| scenario.most_rounds());
        Self { display, warmup: scenario.warmup, repeats: scenario.repeats, rounds, keeps_spans, seen }
    }

    /// The results of all runs that have ended.
    pub(super) fn results(&self) -> Vec<LaneResult> {
        self.seen().results.clone()
    }

    /// Takes the bars away: the table follows.
    pub(super) fn close(&self) {
        if let Display::Bars(bars) = &self.display {
            bars.iter().for_each(ProgressBar::finish_and_clear);
        }
    }

    /// The run to be shown of each lane, where it was kept.
    pub(super) fn shown(&self, results: &[LaneResult]) -> Vec<Option<Kept>> {
        let seen = self.seen();
        let nearest = |(lane, result): (&Lane, &LaneResult)| {
            let by_number = lane.runs.iter().find(|run| run.repeat == result.shown_repeat);
            by_number.or_else(|| lane.runs.last()).cloned()
        };
        seen.lanes.iter().zip(results).map(nearest).collect()
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// `warm-up 1 of 2`, `run 3 of 10`, `run 3 of at most 100`.
    fn which(&self, turn: Turn) -> String {
        match turn.repeat {
            None => format!("warm-up {} of {}", turn.round + 1, self.warmup),
            Some(repeat) if !turn.is_watched => format!("unwatched run {}", repeat + 1),
            Some(repeat) => format!("run {} of {}", repeat + 1, self.repeats.of()),
        }
    }
}

/// `, about 12.0 s left`, by what the runs so far took; nothing where that is not worth waiting for. A lane that has not run
/// yet is taken for as long as the others on average.
fn left(lanes: &[Lane], rounds: u32) -> Option<String> {
    let mean = |lane: &Lane| (lane.ended > 0).then(|| lane.took / lane.ended);
    let known: Vec<Duration> = lanes.iter().filter_map(mean).collect();
    let average = known.iter().sum::<Duration>() / u32::try_from(known.len()).ok().filter(|lanes| *lanes > 0)?;
    let of_lane = |lane: &Lane| mean(lane).unwrap_or(average) * rounds.saturating_sub(lane.ended);
    let left: Duration = lanes.iter().map(of_lane).sum();
    (left >= WORTH_SAYING).then(|| format!(", about {} left", duration(left.as_nanos() as u64)))
}

fn bars(scenario: &Scenario) -> Vec<ProgressBar> {
    let all = MultiProgress::with_draw_target(ProgressDrawTarget::stderr_with_hz(REDRAWS));
    let longest = u64::from(scenario.tasks());
    let digits = longest.to_string().len();
    let style =
        ProgressStyle::with_template(&format!("{{prefix:18}} {{bar:20}} {{pos:>{digits}}}/{{len}}  {{wide_msg}}"));
    let style = style.expect("the template is the same but for a number").progress_chars("█▌░");
    let bar = |lane: &lanes_core::scenario::Lane| {
        let bar = all.add(ProgressBar::new(longest).with_style(style.clone()).with_prefix(lane.to_string()));
        bar.set_message("waiting");
        bar
    };
    scenario.lanes.iter().map(bar).collect()
}

impl Observer for Watch {
    fn begins(&self, turn: &Turn) {
        let lane = turn.index;
        if let Display::Bars(bars) = &self.display {
            bars[lane].set_position(0);
            bars[lane].set_message(self.which(*turn));
        }
        let kept = &mut self.seen().lanes[lane];
        kept.turn = Some(*turn);
        kept.begun = Some(Instant::now());
        kept.spans.clear();
        kept.missing = 0;
    }

    fn frame(&self, lane: usize, frame: &Frame) {
        if let Display::Bars(bars) = &self.display {
            bars[lane].set_position(frame.ended);
        }
        let mut seen = self.seen();
        let kept = &mut seen.lanes[lane];
        if self.keeps_spans && kept.repeat().is_some() {
            let room = SPANS_KEPT.saturating_sub(kept.spans.len()).min(frame.spans.len());
            kept.spans.extend_from_slice(&frame.spans[..room]);
            kept.missing += (frame.spans.len() - room) as u64;
        }
    }

    fn ended(&self, lane: usize, report: &RunReport, results: &[LaneResult]) {
        let mut seen = self.seen();
        seen.results = results.to_vec();
        let ended = &mut seen.lanes[lane];
        ended.took += ended.begun.take().map_or(Duration::ZERO, |begun| begun.elapsed());
        ended.ended += 1;
        let left = self.rounds.and_then(|rounds| left(&seen.lanes, rounds)).unwrap_or_default();
        let kept = &mut seen.lanes[lane];
        let which = kept.turn.map(|turn| self.which(turn)).unwrap_or_default();
        if let Some(repeat) = kept.repeat().filter(|_| self.keeps_spans) {
            let spans = std::mem::take(&mut kept.spans);
            let dropped = report.dropped + kept.missing;
            kept.runs.push(Kept { repeat: repeat as usize, wall_ns: report.wall_ns, spans, dropped });
            let median = results[lane].wall.map_or(report.wall_ns, |wall| wall.median);
            kept.runs.sort_by_key(|run| run.wall_ns.abs_diff(median));
            kept.runs.truncate(RUNS_KEPT);
        }
        drop(seen);
        let outcome = match &report.ending {
            Ending::Complete if report.tasks.failed > 0 => {
                format!("{}, {} failed", duration(report.wall_ns), count(report.tasks.failed))
            }
            Ending::Complete => duration(report.wall_ns),
            Ending::Cancelled => "cancelled".to_owned(),
            Ending::Broken(why) => format!("broken: {}", visible(why)),
        };
        match &self.display {
            Display::Quiet => {}
            Display::Lines => {
                terminal::print_aside(&format!("{:<18} {which:<20} {outcome}{left}\n", report.lane.to_string()))
            }
            Display::Bars(bars) => {
                bars[lane].set_position(report.tasks.done + report.tasks.failed);
                bars[lane].set_message(format!("{which}  {outcome}{left}"));
            }
        }
    }
}

impl Kept {
    /// It, as the exports take it.
    pub(super) fn trace(&self, lane: lanes_core::scenario::Lane) -> LaneTrace<'_> {
        LaneTrace { lane, repeat: self.repeat, wall_ns: self.wall_ns, spans: &self.spans, dropped: self.dropped }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_goes_by_what_there_was() {
        let lane = |ended, seconds| Lane { ended, took: Duration::from_secs(seconds), ..Lane::default() };
        // 2 s a run, twice more; 4 s a run, once more; not seen yet: 3 s a run, three times.
        let lanes = [lane(1, 2), lane(2, 8), lane(0, 0)];
        assert_eq!(left(&lanes, 3).as_deref(), Some(", about 17.0 s left"));
        assert_eq!(left(&[lane(3, 9)], 3), None, "nothing is");
        assert_eq!(left(&[lane(0, 0)], 3), None, "nobody knows");
    }
}
