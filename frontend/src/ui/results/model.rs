//! What the table shows, as plain data made from the results. No page, no markup.

use lanes_core::{
    report::{Agreement, Ending, LaneResult, Spread, agreement, speedup},
    result::reference,
    scenario::{Lane, Model},
    trace::State,
};

use crate::{
    state::{LaneProgress, LaneStatus, Outcome},
    ui::{
        format::{count, times},
        words,
    },
};

/// The table.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Table {
    pub(super) rows: Vec<Row>,
    /// What a reader should know, numbered from 1 by the rows.
    pub(super) footnotes: Vec<String>,
    pub(super) columns: Columns,
}

/// The columns that are there only when some lane has something in them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Columns {
    pub(super) messages: bool,
}

impl Columns {
    /// How many columns the table has.
    pub(super) fn count(self) -> usize {
        9 + usize::from(self.messages)
    }
}

/// A lane's row.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Row {
    pub(super) lane: Lane,
    pub(super) content: Content,
}

/// What there is to say about a lane.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Content {
    /// No result yet; the word says why.
    Coming(&'static str),
    /// A result.
    Result(Box<Measured>),
}

/// A lane's result, prepared.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Measured {
    pub(super) result: LaneResult,
    /// Median and deviation as parts of the longest median.
    pub(super) bar: Option<(f64, f64)>,
    pub(super) speedup: Option<f64>,
    pub(super) agreement: Agreement,
    /// Why there is nothing to measure, or not everything.
    pub(super) trouble: Option<String>,
    /// Numbers of its footnotes, from 1.
    pub(super) notes: Vec<usize>,
    /// Increments of the shared counter that left no trace.
    pub(super) lost_updates: Option<(u64, u64)>,
}

/// The lanes of a run that have no result yet, each with a word on why.
pub(super) fn standing(lanes: &[LaneProgress]) -> Vec<(Lane, &'static str)> {
    let word = |status: &LaneStatus| match status {
        LaneStatus::Waiting => "waiting",
        LaneStatus::Running => "running",
        LaneStatus::Ran { .. } => "warmed up",
        LaneStatus::Failed(_) => "could not run",
        LaneStatus::Cancelled => "cancelled",
    };
    lanes.iter().map(|progress| (progress.lane, word(&progress.status))).collect()
}

impl Table {
    /// The table of an outcome, with the lanes that are still to come.
    pub(super) fn of(outcome: Option<&Outcome>, coming: &[(Lane, &'static str)]) -> Self {
        let results: &[LaneResult] = outcome.map_or(&[], |outcome| &outcome.lanes);
        let longest = results.iter().filter_map(|lane| Some(lane.wall?.median + lane.wall?.mad)).max().unwrap_or(0);
        let mut footnotes = Vec::new();
        let mut rows: Vec<Row> = results
            .iter()
            .zip(agreement(results))
            .map(|(result, agreement)| Row {
                lane: result.lane,
                content: Content::Result(Box::new(measured(result, results, agreement, longest, &mut footnotes))),
            })
            .collect();
        let missing = coming.iter().filter(|(lane, _)| results.iter().all(|result| result.lane != *lane));
        rows.extend(missing.map(|(lane, word)| Row { lane: *lane, content: Content::Coming(word) }));
        let columns = Columns { messages: results.iter().any(|result| result.total().payload_bytes > 0) };
        Self { rows, footnotes, columns }
    }

    /// The table in one sentence, true whatever else the reader concludes.
    pub(super) fn headline(&self) -> String {
        let results = || {
            self.rows.iter().filter_map(|row| match &row.content {
                Content::Result(measured) => Some(measured),
                Content::Coming(_) => None,
            })
        };
        let wrong = results().filter(|measured| measured.agreement == Agreement::Differs).count();
        if wrong > 0 {
            return format!("{} to a different answer. Do not compare it.", if wrong == 1 { "One lane comes".into() } else { format!("{wrong} lanes come") });
        }
        let agree = results().filter(|measured| measured.agreement == Agreement::Agrees).count();
        match (agree, results().count()) {
            (_, 0) => String::new(),
            (agree, all) if agree == all && all > 1 => format!("All {all} lanes come to the same answer."),
            (agree, all) => format!("{agree} of {all} lanes finished the whole job."),
        }
    }
}

fn measured(
    result: &LaneResult,
    all: &[LaneResult],
    agreement: Agreement,
    longest: u64,
    footnotes: &mut Vec<String>,
) -> Measured {
    let shown = result.shown.as_ref();
    let mut texts: Vec<String> = shown.map(|run| run.notes.clone()).unwrap_or_default();
    if let Some(dropped) = shown.map(|run| run.dropped).filter(|dropped| *dropped > 0) {
        let lane = words::lane_title(result.lane);
        texts.push(format!(
            "{lane}: {} spans did not fit into the recorder, so its picture has gaps; its numbers are complete.",
            count(dropped)
        ));
    }
    if !result.steady {
        texts.push(format!("{}: its repeats came to different answers.", words::lane_title(result.lane)));
    }
    let notes = texts.into_iter().map(|text| number(footnotes, text)).collect();
    let part = |ns: u64| if longest == 0 { 0.0 } else { ns as f64 / longest as f64 };
    let is_reference = result.lane.model == Model::Sequential;
    Measured {
        bar: result.wall.map(|Spread { median, mad }| (part(median), part(mad))),
        speedup: reference(result, all).filter(|_| !is_reference).and_then(|reference| speedup(result, reference)),
        agreement,
        trouble: match &result.ending {
            Ending::Complete => None,
            Ending::Cancelled => Some("Cancelled before its end.".to_owned()),
            Ending::Broken(why) => Some(why.clone()),
        },
        notes,
        lost_updates: shown.and_then(|run| run.counter).map(|counter| (counter.lost(), counter.expected)),
        result: result.clone(),
    }
}

/// The number of a footnote; the same text has the same number.
fn number(footnotes: &mut Vec<String>, text: String) -> usize {
    match footnotes.iter().position(|other| *other == text) {
        Some(index) => index + 1,
        None => {
            footnotes.push(text);
            footnotes.len()
        }
    }
}

/// The states that took time, with it, and all of it together.
pub(super) fn states(states_ns: &[u64; State::ALL.len()]) -> (Vec<(State, u64)>, u64) {
    let some = State::ALL.into_iter().zip(*states_ns).filter(|(_, ns)| *ns > 0).collect();
    (some, states_ns.iter().sum())
}

/// What a speed-up says, or why there is none.
pub(super) fn speedup_text(measured: &Measured) -> String {
    match (measured.result.lane.model, measured.speedup) {
        (Model::Sequential, _) => "1×".to_owned(),
        (_, Some(ratio)) => times(ratio),
        (_, None) => "–".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use lanes_core::{
        report::{RunReport, TaskCounts},
        scenario::Scenario,
        trace::Tally,
    };

    fn lane(model: Model, wall_ns: u64, answer: u64, note: &str) -> LaneResult {
        let mut tally = Tally::new(0);
        tally.task_done(answer, wall_ns);
        let run = RunReport {
            lane: Lane::browser(model),
            ending: Ending::Complete,
            wall_ns,
            tasks: TaskCounts { done: 1, ..TaskCounts::default() },
            workers: vec![tally],
            dropped: 0,
            counter: None,
            clock_resolution_ns: 1,
            notes: vec![note.to_owned()],
        };
        LaneResult::new(Lane::browser(model), &[], &[run])
    }

    fn table(lanes: Vec<LaneResult>) -> Table {
        let outcome = Outcome { scenario: Scenario::default(), lanes, cancelled: false };
        Table::of(Some(&outcome), &[(Lane::browser(Model::Async), "running"), (Lane::browser(Model::Gil), "waiting")])
    }

    #[test]
    fn equal_notes_are_one_footnote_and_lanes_without_a_result_come_last() {
        let table = table(vec![lane(Model::Sequential, 100, 7, "six connections"), lane(Model::Async, 50, 7, "six connections")]);
        assert_eq!(table.footnotes, ["six connections"]);
        assert_eq!(table.rows.len(), 3);
        assert_eq!(table.rows[2].content, Content::Coming("waiting"));
        let Content::Result(measured) = &table.rows[1].content else { panic!("a result") };
        assert_eq!((measured.bar, speedup_text(measured)), (Some((0.5, 0.0)), "2.00×".to_owned()));
        assert_eq!(table.headline(), "All 2 lanes come to the same answer.");
    }

    #[test]
    fn a_wrong_lane_is_the_headline() {
        let lanes = vec![lane(Model::Sequential, 1, 7, ""), lane(Model::Async, 1, 7, ""), lane(Model::Gil, 1, 8, "")];
        assert_eq!(table(lanes).headline(), "One lane comes to a different answer. Do not compare it.");
    }
}
