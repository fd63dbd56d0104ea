//! The timeline in words: for tooltips, and for those who do not see the canvas.

use lanes_core::{
    present::{count, duration, of},
    scenario::Label,
    trace::{NO_TASK, Span},
};

use super::{
    layout::{Hit, Row},
    model::{LaneTrack, Phase, Round, Run, TimelineModel},
    ruler::time_text,
};

/// The keys, for the hint that shows with the focus.
pub const KEYS: &str = "+ and − zoom, ← and → pan, 0 shows everything; ↑ and ↓ choose a row (with Shift: a lane), \
                        , and . step through its spans, Enter gives each worker of a large lane its own row, Esc lets go.";

/// What a tooltip says.
#[derive(Clone, Debug, PartialEq)]
pub struct Words {
    /// The state of the span, for its colour; none for a row.
    pub state: Option<&'static str>,
    /// "task 17 · compute".
    pub title: String,
    /// "1.25 ms", "20.5 ms – 21.75 ms", "browser/async (real), worker 0, slot 3".
    pub lines: Vec<String>,
}

impl Words {
    /// As one sentence, to be read aloud.
    #[must_use]
    pub fn sentence(&self) -> String {
        let mut sentence = self.title.clone();
        for line in &self.lines {
            sentence.push_str(", ");
            sentence.push_str(line);
        }
        sentence
    }
}

/// What is at a place.
#[must_use]
pub fn hit(model: &TimelineModel, hit: &Hit) -> Option<Words> {
    let lane = model.lanes().get(hit.row.lane)?;
    Some(match &hit.span {
        Some(span) => span_words(lane, hit.row, span),
        None => row_words(lane, hit.row),
    })
}

fn span_words(lane: &LaneTrack, row: Row, span: &Span) -> Words {
    let whose = if span.task == NO_TASK { "worker".to_owned() } else { format!("task {}", span.task) };
    let duration_ns = span.duration_ns() as f64;
    // Exact to a thousandth of the span, so that start and end can be told apart.
    let step_ns = 10f64.powf((duration_ns / 1000.0).max(1.0).log10().floor());
    let at = |time_ns: u64| time_text(time_ns as f64, step_ns);
    let mut lines = vec![
        duration(span.duration_ns()),
        format!("{} – {}", at(span.start_ns), at(span.end_ns)),
        format!("{}, {}", name(lane), place(lane, row)),
    ];
    lines.extend(lane.run().failed.reason(span.task));
    Words { state: Some(span.state.id()), title: format!("{whose} · {}", span.state.id()), lines }
}

fn row_words(lane: &LaneTrack, row: Row) -> Words {
    let spans = lane.run().track(row.worker, row.slot).map_or(0, |track| track.bars().len());
    Words { state: None, title: name(lane), lines: vec![place(lane, row), of(spans as u64, "span", "spans")] }
}

fn name(lane: &LaneTrack) -> String {
    match lane.head.label {
        Label::Real => format!("{} (real)", lane.head.lane),
        Label::Modelled => format!("{} (modelled)", lane.head.lane),
    }
}

fn place(lane: &LaneTrack, row: Row) -> String {
    let slots = lane.run().workers().get(usize::from(row.worker)).map_or(0, Vec::len);
    let worker = lane.head.role(row.worker);
    if slots > 1 { format!("{worker}, slot {}", row.slot) } else { worker.to_string() }
}

/// What stands at the right end of a lane's header: the app's words, or how far the run is; which run that is, where
/// there are several; what failed; and what is missing.
#[must_use]
pub fn status(lane: &LaneTrack) -> String {
    let run = lane.run();
    let mut parts = Vec::new();
    match (lane.status.as_str(), run.phase) {
        ("", Phase::Empty) => {}
        ("", Phase::Live { now_ns }) => parts.push(format!("{} done · {}", count(run.ended), duration(now_ns))),
        ("", Phase::Over { wall_ns }) if which(run).is_none() => parts.push(duration(wall_ns)),
        ("", Phase::Over { .. }) => {}
        (said, _) => parts.push(said.to_owned()),
    }
    parts.extend(which(run));
    if run.failed.count() > 0 {
        let unmarked = match run.failed.unnamed() {
            0 => String::new(),
            some => format!(", {} of them not marked", count(some)),
        };
        parts.push(format!("{} failed{unmarked}", of(run.failed.count(), "task", "tasks")));
    }
    if run.dropped > 0 {
        parts.push(format!("{} not drawn", of(run.dropped, "span", "spans")));
    }
    parts.join(" · ")
}

/// Which run a lane shows, once it is over, where it is one of several: "shown: repeat 2 of 3, 148 ms".
fn which(run: &Run) -> Option<String> {
    match (run.phase, run.round) {
        (Phase::Over { wall_ns }, Round::Repeat { index, of }) if of != Some(1) => {
            let of = of.map(|repeats| format!(" of {repeats}")).unwrap_or_default();
            Some(format!("shown: repeat {}{of}, {}", index + 1, duration(wall_ns)))
        }
        (Phase::Over { wall_ns }, Round::Warmup) => Some(format!("shown: warm-up, {}", duration(wall_ns))),
        _ => None,
    }
}

/// All lanes in a few sentences.
#[must_use]
pub fn summary(model: &TimelineModel) -> String {
    let mut text = format!("{} on one time axis.", of(model.lanes().len() as u64, "lane", "lanes"));
    for lane in model.lanes() {
        let run = lane.run();
        let how_far = match run.phase {
            Phase::Empty => "not run yet".to_owned(),
            Phase::Live { .. } => "running".to_owned(),
            Phase::Over { .. } => format!("{}, {}", status(lane), of(run.spans() as u64, "span", "spans")),
        };
        let workers = run.workers().iter().filter(|slots| !slots.is_empty()).count() as u64;
        let workers = of(workers, "worker", "workers");
        text.push_str(&format!(" {}: {how_far}, {workers}.", name(lane)));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::{
        super::{
            failures::FailedTasks,
            model::tests::{frame, pictured, spans_of},
        },
        *,
    };

    #[test]
    fn spans_and_rows_have_words() {
        let mut model = pictured("0.0 ccccwwww\n0.1 ........s");
        let span = model.lanes()[0].run().track(0, 0).unwrap().bars()[1].span(0, 0);
        let row = Row { lane: 0, worker: 0, slot: 0 };
        assert_eq!(
            hit(&model, &Hit { row, span: Some(span) }).unwrap().sentence(),
            "task 1 · wait-io, 4.00 µs, 4 µs – 8 µs, native/async (real), worker 0, slot 0"
        );
        assert_eq!(
            hit(&model, &Hit { row, span: None }).unwrap().sentence(),
            "native/async (real), worker 0, slot 0, 2 spans"
        );
        model.finish_run(0, Some(9000), FailedTasks::default());
        assert_eq!(summary(&model), "1 lane on one time axis. native/async (real): 9.00 µs, 3 spans, 1 worker.");
    }

    #[test]
    fn a_late_short_span_has_a_start_and_an_end() {
        let model = pictured("0.0 c");
        let span = Span {
            start_ns: 1_234_567_000,
            end_ns: 1_234_569_000,
            ..model.lanes()[0].run().track(0, 0).unwrap().bars()[0].span(0, 0)
        };
        let words = span_words(&model.lanes()[0], Row { lane: 0, worker: 0, slot: 0 }, &span);
        assert_eq!(words.lines[1], "1.234567 s – 1.234569 s");
    }

    #[test]
    fn a_header_says_which_run_is_shown_and_what_is_missing() {
        let mut model = pictured("0.0 c");
        assert_eq!(status(&model.lanes()[0]), "1 done · 1.00 µs");
        model.begin_run(0, 2, Round::Repeat { index: 1, of: Some(3) });
        model.push_frame(0, &lanes_core::wire::Frame { dropped: 7, ..frame(2, spans_of("0.0 cc")) });
        let mut tally = lanes_core::trace::Tally::new(0);
        tally.task_done(1, 1);
        (0..6).for_each(|task| tally.task_failed(task, "refused".to_owned(), 1));
        model.finish_run(0, Some(148_000_000), FailedTasks::of(&[tally]));
        model.set_status(0, "153 ± 5 ms".to_owned());
        assert_eq!(
            status(&model.lanes()[0]),
            "153 ± 5 ms · shown: repeat 2 of 3, 148 ms · 6 tasks failed, 1 of them not marked · 7 spans not drawn"
        );
        let span = model.lanes()[0].run().track(0, 0).unwrap().bars()[0].span(0, 0);
        let words = hit(&model, &Hit { row: Row { lane: 0, worker: 0, slot: 0 }, span: Some(span) }).unwrap();
        assert_eq!(words.lines.last().unwrap(), "failed: refused");
    }
}
