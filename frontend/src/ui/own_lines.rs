//! Lines of the function that the scenario brings: at which of them the last run failed, and the way there from its results.
//!
//! It knows nothing of how code is edited. What failed belongs to the code that was run, so it counts while the code is still
//! that: one edit, and it may be mended; taken back, and it is there again.

use lanes_core::report::LaneResult;
use leptos::prelude::*;

use super::panel_open::PanelOpen;
use crate::page::Page;

/// A line at which something failed, and what, in a sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FailedLine {
    /// The line, from 1.
    pub(crate) line: u32,
    /// What failed there.
    pub(crate) why: String,
}

/// The lines of the code as it is now, for whoever shows them and whoever wants to point at one.
#[derive(Clone, Copy)]
pub(crate) struct OwnLines {
    /// Where something failed in the last run of this very code, in order.
    pub(crate) failed: Memo<Vec<FailedLine>>,
    /// The line that somebody wants to see, until it is shown.
    pub(crate) wanted: RwSignal<Option<u32>>,
    panel: PanelOpen,
}

impl OwnLines {
    /// Those of the edited scenario.
    pub(crate) fn new(page: Page, panel: PanelOpen) -> Self {
        let failed = Memo::new(move |_| {
            page.outcome.with(|outcome| {
                let Some(outcome) = outcome else { return Vec::new() };
                let ran = outcome.scenario.call().and_then(|call| call.source());
                let is_same = page.checked.with(|checked| {
                    checked.as_ref().is_ok_and(|now| ran.is_some() && now.call().and_then(|call| call.source()) == ran)
                });
                if is_same { failed_lines(&outcome.lanes) } else { Vec::new() }
            })
        });
        Self { failed, wanted: RwSignal::new(None), panel }
    }

    /// Shows a line where it can be edited.
    fn go_to(self, line: u32) {
        self.panel.0.set(true);
        self.wanted.set(Some(line));
    }
}

/// The way to a line of the code; nothing once the code is another one.
#[component]
pub(crate) fn GoToLine(line: u32) -> impl IntoView {
    let lines = expect_context::<OwnLines>();
    let is_there = Memo::new(move |_| lines.failed.with(|failed| failed.iter().any(|failed| failed.line == line)));
    let button = move || {
        is_there.get().then(|| {
            view! {
                <button type="button" class="link-button go-to-line" on:click=move |_| lines.go_to(line)>
                    "Go to line " {line}
                </button>
            }
        })
    };
    view! { " " {button} }
}

/// Where the code failed, with the way there.
#[component]
pub(crate) fn FailedLines() -> impl IntoView {
    let lines = expect_context::<OwnLines>();
    let list = move || {
        let entry =
            |failed: FailedLine| view! { <li>"Your code failed: " {failed.why} "." <GoToLine line=failed.line /></li> };
        let failed = lines.failed.get();
        (!failed.is_empty())
            .then(|| view! { <ul class="failed-lines" role="list">{failed.into_iter().map(entry).collect_view()}</ul> })
    };
    view! { {list} }
}

/// The first line at which a lane failed.
pub(crate) fn first_line(result: &LaneResult) -> Option<u32> {
    result.failed_at().next().map(|(_, at)| at.line)
}

/// Where lanes failed, each line once: with what the first of its tasks met there.
fn failed_lines(results: &[LaneResult]) -> Vec<FailedLine> {
    let mut all: Vec<_> = results.iter().flat_map(LaneResult::failed_at).collect();
    all.sort_by_key(|(task, at)| (at.line, *task));
    all.chunk_by(|(_, one), (_, next)| one.line == next.line)
        .map(|here| {
            let (task, at) = &here[0];
            let mut others: Vec<u32> =
                here.iter().filter_map(|(other, _)| *other).filter(|other| Some(*other) != *task).collect();
            others.dedup();
            let why = match (task, others.as_slice()) {
                (Some(task), []) => format!("item {task}: {}", at.error),
                (Some(task), [other]) => format!("item {task}: {}; item {other} failed here too", at.error),
                (Some(task), _) => format!("item {task}: {}; other items failed here too", at.error),
                (None, _) => at.error.clone(),
            };
            FailedLine { line: at.line, why }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use lanes_core::{
        report::{Ending, LaneResult},
        run::outcome::not_begun,
        scenario::{Lane, Model},
        trace::{FailedAt, Failure, Tally},
    };

    use super::*;

    fn lane(model: Model, broke_at: Option<u32>, failures: &[(u32, u32)]) -> LaneResult {
        let lane = Lane::pyodide(model);
        let at = |line: u32| FailedAt { line, error: format!("E: {line}") };
        let mut tally = Tally::new(0);
        for (task, line) in failures {
            tally.task_failed_so(Failure { task: *task, why: "why".into(), at: Some(at(*line)) }, None);
        }
        let ending = broke_at.map_or(Ending::Complete, |_| Ending::Broken("broke".into()));
        let mut run = not_begun(lane, 8, ending);
        (run.workers, run.broke_at) = (vec![tally], broke_at.map(at));
        LaneResult::new(lane, &[], &[run])
    }

    fn lines(results: &[LaneResult]) -> Vec<(u32, String)> {
        failed_lines(results).into_iter().map(|failed| (failed.line, failed.why)).collect()
    }

    #[test]
    fn each_line_is_named_once_with_the_first_task_that_failed_there() {
        let both = [
            lane(Model::Threads, None, &[(5, 8), (3, 8), (4, 2)]),
            lane(Model::Async, None, &[(3, 8), (5, 8), (4, 2)]),
        ];
        let wanted = [(2, "item 4: E: 2".into()), (8, "item 3: E: 8; item 5 failed here too".into())];
        assert_eq!(lines(&both), wanted);
        let many = [lane(Model::Threads, None, &[(1, 8), (2, 8), (3, 8)])];
        assert_eq!(lines(&many), [(8, "item 1: E: 8; other items failed here too".into())]);
    }

    #[test]
    fn a_lane_that_broke_says_so_before_its_tasks() {
        let broke = [lane(Model::Sequential, Some(3), &[(1, 3)]), lane(Model::Async, Some(3), &[])];
        assert_eq!(lines(&broke), [(3, "E: 3".into())]);
        assert_eq!(first_line(&broke[0]), Some(3));
        assert_eq!(first_line(&lane(Model::Async, None, &[])), None);
    }
}
