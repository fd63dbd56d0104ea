//! The timeline in text: a row for each worker, a column for each slice of time, a sign for what filled most of it.
//!
//! ```text
//! native/threads                     202 ms
//!   worker 0  ^████████████░░░░████████▒▒█
//!   worker 1  ^░░░░████████████▒▒████████
//! ```
//!
//! The places of an event loop are folded into one row: computing is shown where the loop computed for most of the
//! slice, because then nothing else could go on; otherwise what most places were in.

use std::collections::BTreeMap;

use lanes_core::{
    export::chrome::LaneTrace,
    present::{count, duration, of, palette, words},
    scenario::Label,
    trace::{Span, State},
};

use super::style::{self, FAINT, STRONG, paint};

/// Least columns of time; narrower terminals wrap.
const LEAST: usize = 20;

/// Workers of a lane that get a row; more would be a wall of text.
const MOST_ROWS: usize = 64;

/// What the lanes share.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Axis {
    /// One time axis for all lanes: lengths can be compared
    #[default]
    Shared,
    /// Each lane over the whole width: short ones can be looked into
    Each,
}

/// The timelines of some runs with their legend, `width` columns wide.
pub(super) fn timeline(lanes: &[LaneTrace<'_>], axis: Axis, width: usize) -> String {
    let ends_ns: Vec<u64> = lanes.iter().map(end_ns).collect();
    let longest_ns = ends_ns.iter().copied().max().unwrap_or(0);
    let workers: Vec<BTreeMap<u16, Vec<&Span>>> = lanes.iter().map(|lane| workers(lane.spans)).collect();
    let most = workers.iter().filter_map(|workers| workers.keys().last()).max().copied().unwrap_or(0);
    let label_width = format!("  worker {most}  ").len();
    let columns = width.saturating_sub(label_width).max(LEAST);
    let mut used = [false; State::ALL.len()];
    let mut text = String::new();
    for ((lane, workers), end_ns) in lanes.iter().zip(&workers).zip(ends_ns) {
        let axis_ns = if axis == Axis::Shared { longest_ns } else { end_ns };
        let slice_ns = axis_ns.max(1) as f64 / columns as f64;
        let columns = ((end_ns as f64 / slice_ns).ceil() as usize).clamp(1, columns);
        text.push_str(&heading(lane));
        for (worker, spans) in workers.iter().take(MOST_ROWS) {
            let label = format!("  worker {worker}");
            text.push_str(&format!("{label:<label_width$}{}\n", row(spans, slice_ns, columns, &mut used)));
        }
        if let Some(more @ 1..) = workers.len().checked_sub(MOST_ROWS) {
            let more = of(more as u64, "more worker", "more workers");
            text.push_str(&format!("  {}\n", paint(FAINT, format!("and {more}"))));
        }
        if lane.spans.is_empty() {
            text.push_str(&format!("  {}\n", paint(FAINT, "nothing was recorded")));
        }
        text.push('\n');
    }
    text + &legend(&used)
}

fn heading(lane: &LaneTrace<'_>) -> String {
    let label = match lane.lane.label() {
        Label::Real => "",
        Label::Modelled => ", modelled",
    };
    let gaps = match lane.dropped {
        0 => String::new(),
        dropped => format!(", {} missing", of(dropped, "span", "spans")),
    };
    let about = format!("run {}, {}{label}{gaps}", count(lane.repeat as u64 + 1), duration(lane.wall_ns));
    format!("{}  {}\n", paint(STRONG, lane.lane), paint(FAINT, about))
}

fn end_ns(lane: &LaneTrace<'_>) -> u64 {
    lane.spans.iter().map(|span| span.end_ns).max().unwrap_or(0).max(lane.wall_ns)
}

fn workers(spans: &[Span]) -> BTreeMap<u16, Vec<&Span>> {
    let mut workers: BTreeMap<u16, Vec<&Span>> = BTreeMap::new();
    for span in spans {
        workers.entry(span.worker).or_default().push(span);
    }
    workers
}

/// The row of one worker. Signs of the same state in a row are painted together.
fn row(spans: &[&Span], slice_ns: f64, columns: usize, used: &mut [bool; State::ALL.len()]) -> String {
    let filled = filled(spans, slice_ns, columns);
    let states: Vec<State> = filled.iter().map(shown).collect();
    let mut text = String::new();
    for run in states.chunk_by(|a, b| a == b) {
        used[run[0] as usize] = true;
        let signs: String = run.iter().map(|state| palette::state(*state).glyph).collect();
        text.push_str(&if run[0] == State::Idle { signs } else { paint(style::of_state(run[0]), signs) });
    }
    text.trim_end().to_owned()
}

/// How much of each slice each state fills, where 1 is one place for the whole slice.
fn filled(spans: &[&Span], slice_ns: f64, columns: usize) -> Vec<[f64; State::ALL.len()]> {
    let mut filled = vec![[0.0; State::ALL.len()]; columns];
    for span in spans {
        let (start, end) = (span.start_ns as f64 / slice_ns, span.end_ns as f64 / slice_ns);
        let first = (start as usize).min(columns - 1);
        let last = (end.ceil() as usize).clamp(first + 1, columns);
        for (column, shares) in filled.iter_mut().enumerate().take(last).skip(first) {
            let share = end.min(column as f64 + 1.0) - start.max(column as f64);
            shares[span.state as usize] += share.max(0.0);
        }
    }
    filled
}

/// What is shown of a slice.
fn shown(shares: &[f64; State::ALL.len()]) -> State {
    if shares[State::Lost as usize] > 0.0 {
        return State::Lost; // rare and short, and what one is looking for
    }
    if shares[State::Compute as usize] >= 0.5 {
        return State::Compute;
    }
    let mut busy = State::ALL.into_iter().filter(|state| *state != State::Idle && *state != State::Queued);
    let first = busy.next().unwrap_or(State::Idle);
    let most =
        busy.fold(first, |most, state| if shares[state as usize] > shares[most as usize] { state } else { most });
    let busy_share: f64 = shares[most as usize];
    match busy_share {
        share if share >= 0.25 => most,
        _ if shares[State::Queued as usize] >= 0.5 => State::Queued,
        share if share > 0.0 && shares[State::Idle as usize] < 0.5 => most,
        _ => State::Idle,
    }
}

fn legend(used: &[bool; State::ALL.len()]) -> String {
    let signs: Vec<String> = State::ALL
        .into_iter()
        .filter(|state| used[*state as usize] && *state != State::Idle)
        .map(|state| {
            format!("{} {}", paint(style::of_state(state), palette::state(state).glyph), words::state_title(state))
        })
        .collect();
    format!("{}\n", signs.join("   "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;
    use lanes_core::scenario::{Lane, Model};

    fn span(worker: u16, slot: u16, state: State, start_ns: u64, end_ns: u64) -> Span {
        Span { worker, slot, task: 0, state, start_ns, end_ns }
    }

    fn draw(axis: Axis) -> String {
        let threads = [
            span(0, 0, State::StartUp, 0, 50),
            span(0, 0, State::Compute, 50, 400),
            span(1, 0, State::WaitIo, 0, 250),
            span(1, 0, State::WaitLock, 250, 300),
            span(1, 0, State::Compute, 300, 350),
        ];
        let events = [
            span(0, 0, State::WaitIo, 0, 100),
            span(0, 1, State::WaitIo, 0, 150),
            span(0, 2, State::WaitIo, 0, 200),
            span(0, 0, State::Compute, 100, 150),
            span(0, 1, State::Lost, 150, 151),
        ];
        let lane =
            |model, spans, wall_ns| LaneTrace { lane: Lane::native(model), repeat: 0, wall_ns, spans, dropped: 0 };
        let lanes = [lane(Model::Gil, threads.as_slice(), 400), lane(Model::Async, events.as_slice(), 200)];
        anstream::adapter::strip_str(&timeline(&lanes, axis, 52)).to_string()
    }

    #[test]
    fn one_axis_for_all() {
        expect![[r#"
            native/gil  run 1, 400 ns, modelled
              worker 0  ^^^^^███████████████████████████████████
              worker 1  ░░░░░░░░░░░░░░░░░░░░░░░░░▒▒▒▒▒█████

            native/async  run 1, 200 ns
              worker 0  ░░░░░░░░░░█████x░░░░

            ^ starting up   █ computing   ░ waiting for data   ▒ waiting for a lock   x lost
        "#]]
        .assert_eq(&draw(Axis::Shared));
    }

    #[test]
    fn an_axis_for_each() {
        expect![[r#"
            native/gil  run 1, 400 ns, modelled
              worker 0  ^^^^^███████████████████████████████████
              worker 1  ░░░░░░░░░░░░░░░░░░░░░░░░░▒▒▒▒▒█████

            native/async  run 1, 200 ns
              worker 0  ░░░░░░░░░░░░░░░░░░░░██████████x░░░░░░░░░

            ^ starting up   █ computing   ░ waiting for data   ▒ waiting for a lock   x lost
        "#]]
        .assert_eq(&draw(Axis::Each));
    }

    #[test]
    fn nothing_is_drawn_too() {
        let empty = LaneTrace { lane: Lane::native(Model::Async), repeat: 0, wall_ns: 0, spans: &[], dropped: 0 };
        assert!(timeline(&[empty], Axis::Shared, 40).contains("nothing was recorded"));
    }
}
