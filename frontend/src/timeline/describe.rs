//! The timeline in words: for tooltips, and for those who do not see the canvas.

use lanes_core::{
    scenario::Label,
    trace::{NO_TASK, Span},
};

use super::{
    layout::{Hit, Row},
    model::{LaneTrack, Phase, TimelineModel},
    ruler::{duration_text, time_text},
};

/// The keys, for the hint that shows with the focus.
pub const KEYS: &str = "+ and − zoom, ← and → pan, 0 shows everything; ↑ and ↓ choose a row (with Shift: a lane), \
                        , and . step through its spans, Esc lets go.";

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
    Words {
        state: Some(span.state.id()),
        title: format!("{whose} · {}", span.state.id()),
        lines: vec![
            duration_text(duration_ns),
            format!("{} – {}", at(span.start_ns), at(span.end_ns)),
            format!("{}, {}", name(lane), place(lane, row)),
        ],
    }
}

fn row_words(lane: &LaneTrack, row: Row) -> Words {
    let count = lane.track(row.worker, row.slot).map_or(0, |track| track.bars().len());
    Words { state: None, title: name(lane), lines: vec![place(lane, row), counted(count, "span")] }
}

fn name(lane: &LaneTrack) -> String {
    match lane.head.label {
        Label::Real => format!("{} (real)", lane.head.lane),
        Label::Modelled => format!("{} (modelled)", lane.head.lane),
    }
}

fn place(lane: &LaneTrack, row: Row) -> String {
    let slots = lane.workers().get(usize::from(row.worker)).map_or(0, Vec::len);
    let worker = match lane.head.worker_name(row.worker).as_str() {
        "loop" => "event loop".to_owned(),
        "main" => "main process".to_owned(),
        number => format!("worker {number}"),
    };
    if slots > 1 { format!("{worker}, slot {}", row.slot) } else { worker }
}

fn counted(count: usize, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}

/// All lanes in a few sentences.
#[must_use]
pub fn summary(model: &TimelineModel) -> String {
    let mut text = format!("{} on one time axis.", counted(model.lanes().len(), "lane"));
    for lane in model.lanes() {
        let how_far = match lane.phase {
            Phase::Empty => "not run yet".to_owned(),
            Phase::Live { .. } => "running".to_owned(),
            Phase::Over { wall_ns } => format!("{}, {}", duration_text(wall_ns as f64), counted(lane.spans(), "span")),
        };
        let workers = counted(lane.workers().iter().filter(|slots| !slots.is_empty()).count(), "worker");
        text.push_str(&format!(" {}: {how_far}, {workers}.", name(lane)));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::{super::model::tests::pictured, *};

    #[test]
    fn spans_and_rows_have_words() {
        let mut model = pictured("0.0 ccccwwww\n0.1 ........s");
        let span = model.lanes()[0].track(0, 0).unwrap().bars()[1].span(0, 0);
        let row = Row { lane: 0, worker: 0, slot: 0 };
        assert_eq!(
            hit(&model, &Hit { row, span: Some(span) }).unwrap().sentence(),
            "task 1 · wait-io, 4 µs, 4 µs – 8 µs, native/async (real), worker 0, slot 0"
        );
        assert_eq!(
            hit(&model, &Hit { row, span: None }).unwrap().sentence(),
            "native/async (real), worker 0, slot 0, 2 spans"
        );
        model.finish_run(0, Some(9000));
        assert_eq!(summary(&model), "1 lane on one time axis. native/async (real): 9 µs, 3 spans, 1 worker.");
    }

    #[test]
    fn a_late_short_span_has_a_start_and_an_end() {
        let model = pictured("0.0 c");
        let span = Span {
            start_ns: 1_234_567_000,
            end_ns: 1_234_569_000,
            ..model.lanes()[0].track(0, 0).unwrap().bars()[0].span(0, 0)
        };
        let words = span_words(&model.lanes()[0], Row { lane: 0, worker: 0, slot: 0 }, &span);
        assert_eq!(words.lines[1], "1.234567 s – 1.234569 s");
    }
}
