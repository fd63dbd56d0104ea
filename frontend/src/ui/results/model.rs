//! What the table shows, as plain data made from the results. No page, no markup.

use lanes_core::{
    present::{
        footnotes::{self, Footnotes},
        of, times,
    },
    report::{Agreement, Ending, LaneResult, Spread, agreement, speedup},
    result::reference,
    scenario::{Lane, Model},
    trace::State,
};

use crate::page::{LaneProgress, LaneStatus, Outcome};

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
    /// Median and deviation as parts of the longest one.
    pub(super) bar: Option<(f64, f64)>,
    /// Against the sequential lane; not for a lane that did not do the job.
    pub(super) speedup: Option<f64>,
    pub(super) answer: Answer,
    /// Why there is nothing to measure, or not everything.
    pub(super) trouble: Option<String>,
    /// Whether there is no time to speak of: no repeat ended, or every task failed.
    pub(super) is_void: bool,
    /// Numbers of its footnotes, from 1.
    pub(super) notes: Vec<usize>,
    /// Increments of the shared counter that left no trace.
    pub(super) lost_updates: Option<(u64, u64)>,
}

/// How a lane's answer stands to the others'.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    /// The same.
    Agrees,
    /// Another one: the lane is wrong.
    Differs,
    /// Another one, and nothing is wrong: the addresses answer as they like.
    Varies,
    /// Its own repeats came to different answers.
    Unsteady,
    /// None, because not every task ended well.
    Incomplete,
}

impl Answer {
    fn of(result: &LaneResult, agreement: Agreement, may_vary: bool) -> Self {
        match agreement {
            Agreement::Agrees => Self::Agrees,
            _ if may_vary && result.wall.is_some() && result.tasks().failed == 0 => Self::Varies,
            Agreement::Differs => Self::Differs,
            Agreement::Unknown if !result.steady => Self::Unsteady,
            Agreement::Unknown => Self::Incomplete,
        }
    }
}

/// The lanes of a run that have no result yet, each with a word on why.
pub(super) fn standing(lanes: &[LaneProgress]) -> Vec<(Lane, &'static str)> {
    let word = |status: &LaneStatus| match status {
        LaneStatus::Waiting => "waiting",
        LaneStatus::Held(_) => "held up",
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
        let may_vary = outcome.is_some_and(|outcome| outcome.scenario.wants_addresses());
        let timed = results.iter().filter(|lane| !is_void(lane));
        let longest = timed.filter_map(|lane| Some(lane.wall?.median + lane.wall?.mad)).max().unwrap_or(0);
        let mut footnotes = Footnotes::default();
        let mut rows: Vec<Row> = results
            .iter()
            .zip(agreement(results))
            .map(|(result, agreement)| {
                let measured = measured(result, results, agreement, may_vary, longest, &mut footnotes);
                Row { lane: result.lane, content: Content::Result(Box::new(measured)) }
            })
            .collect();
        let missing = coming.iter().filter(|(lane, _)| results.iter().all(|result| result.lane != *lane));
        rows.extend(missing.map(|(lane, word)| Row { lane: *lane, content: Content::Coming(word) }));
        let columns = Columns { messages: results.iter().any(|result| result.total().payload_bytes > 0) };
        Self { rows, footnotes: footnotes.texts().to_vec(), columns }
    }

    fn answering(&self, answers: &[Answer]) -> usize {
        self.results().filter(|measured| answers.contains(&measured.answer)).count()
    }

    fn results(&self) -> impl Iterator<Item = &Measured> {
        self.rows.iter().filter_map(|row| match &row.content {
            Content::Result(measured) => Some(&**measured),
            Content::Coming(_) => None,
        })
    }

    /// How many lanes come to another answer than most.
    pub(super) fn wrong(&self) -> usize {
        self.answering(&[Answer::Differs, Answer::Unsteady])
    }

    /// The table in one sentence, true whatever else the reader concludes.
    pub(super) fn headline(&self) -> String {
        match self.wrong() {
            0 => {}
            1 => return "One lane comes to a different answer: it is wrong, however fast.".to_owned(),
            more => return format!("{more} lanes come to a different answer: they are wrong, however fast."),
        }
        match (self.answering(&[Answer::Agrees]), self.results().count()) {
            (_, 0) => String::new(),
            (agree, all) if agree == all && all > 1 => format!("All {all} lanes come to the same answer."),
            (agree, all) => match agree + self.answering(&[Answer::Varies]) {
                whole if whole == all => "Every lane finished. Answers from addresses may vary.".to_owned(),
                whole => format!("{whole} of {all} lanes finished the whole job."),
            },
        }
    }
}

/// Whether a lane has no time to speak of.
fn is_void(result: &LaneResult) -> bool {
    result.wall.is_none() || result.all_failed()
}

/// Why there is nothing to measure in a lane, or not everything.
fn trouble(result: &LaneResult) -> Option<String> {
    match &result.ending {
        Ending::Complete if !is_void(result) => None,
        Ending::Complete => {
            let first = result.failures().iter().min_by_key(|failure| failure.task);
            let why = first.map(|first| format!(": {}", first.why)).unwrap_or_default();
            Some(format!("All {} failed{why}", of(result.tasks().failed, "task", "tasks")))
        }
        Ending::Cancelled => Some("Cancelled before its end.".to_owned()),
        Ending::Broken(why) => Some(why.clone()),
    }
}

fn measured(
    result: &LaneResult,
    all: &[LaneResult],
    agreement: Agreement,
    may_vary: bool,
    longest: u64,
    footnotes: &mut Footnotes,
) -> Measured {
    let shown = result.shown.as_ref();
    let answer = Answer::of(result, agreement, may_vary);
    let notes = footnotes.number(footnotes::remarks(result, agreement));
    let part = |ns: u64| if longest == 0 { 0.0 } else { ns as f64 / longest as f64 };
    let is_reference = result.lane.model == Model::Sequential;
    Measured {
        bar: result.wall.map(|Spread { median, mad }| (part(median), part(mad))),
        speedup: reference(result, all)
            // A reference whose tasks failed was quick for another reason.
            .filter(|reference| reference.tasks().done == reference.tasks().total())
            .filter(|_| !is_reference && matches!(answer, Answer::Agrees | Answer::Varies))
            .and_then(|reference| speedup(result, reference)),
        answer,
        trouble: trouble(result),
        is_void: is_void(result),
        notes,
        lost_updates: shown.and_then(|run| run.counter).map(|counter| (counter.lost(), counter.expected)),
        result: result.clone(),
    }
}

/// The states that took time, with it, and all of it together.
pub(super) fn states(states_ns: &[u64; State::ALL.len()]) -> (Vec<(State, u64)>, u64) {
    let some = State::ALL.into_iter().zip(*states_ns).filter(|(_, ns)| *ns > 0).collect();
    (some, states_ns.iter().sum())
}

/// What a speed-up says, or why there is none.
pub(super) fn speedup_text(measured: &Measured) -> String {
    let is_whole = matches!(measured.answer, Answer::Agrees | Answer::Varies);
    match (measured.result.lane.model, measured.speedup) {
        (Model::Sequential, _) if is_whole => "1×".to_owned(),
        (_, Some(ratio)) => times(ratio),
        (_, None) => "–".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use lanes_core::{
        report::{RunReport, TaskCounts},
        scenario::ValidScenario,
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
            gil: None,
            broke_at: None,
        };
        LaneResult::new(Lane::browser(model), &[], &[run])
    }

    fn table(lanes: Vec<LaneResult>) -> Table {
        let scenario =
            ValidScenario::from_json(r#"{"lanes_scenario":1,"groups":[{"steps":[{"fetch":{}}]}]}"#).expect("valid");
        let outcome = Outcome { scenario, lanes, cancelled: false, elsewhere: Vec::new() };
        Table::of(Some(&outcome), &[(Lane::browser(Model::Async), "running"), (Lane::browser(Model::Gil), "waiting")])
    }

    #[test]
    fn equal_notes_are_one_footnote_and_lanes_without_a_result_come_last() {
        let table = table(vec![
            lane(Model::Sequential, 100, 7, "six connections"),
            lane(Model::Async, 50, 7, "six connections"),
        ]);
        assert_eq!(table.footnotes, ["six connections"]);
        assert_eq!(table.rows.len(), 3);
        assert_eq!(table.rows[2].content, Content::Coming("waiting"));
        let Content::Result(measured) = &table.rows[1].content else { panic!("a result") };
        assert_eq!((measured.bar, speedup_text(measured)), (Some((0.5, 0.0)), "2.00×".to_owned()));
        assert_eq!(table.headline(), "All 2 lanes come to the same answer.");
    }

    #[test]
    fn a_lane_in_which_every_task_failed_is_not_successful() {
        let mut tally = Tally::new(0);
        (0..16).for_each(|task| tally.task_failed(task, "the server refused".to_owned(), 1000));
        let failing = |model| {
            let mut run = lane(model, 42_000_000, 0, "").shown.expect("a run");
            (run.tasks, run.workers) = (TaskCounts { failed: 16, ..TaskCounts::default() }, vec![tally.clone()]);
            LaneResult::new(Lane::browser(model), &[], &[run])
        };
        let table = table(vec![failing(Model::Sequential), lane(Model::Threads, 21_000_000, 7, "")]);
        let [Content::Result(first), Content::Result(second)] = [&table.rows[0].content, &table.rows[1].content] else {
            panic!("results")
        };
        assert!(first.is_void && !second.is_void);
        assert_eq!(
            first.trouble.as_deref().map(|why| why.replace('\u{a0}', " ")).as_deref(),
            Some("All 16 tasks failed: the server refused")
        );
        assert_eq!(
            (speedup_text(first), speedup_text(second)),
            ("–".to_owned(), "–".to_owned()),
            "no reference, no speed-up"
        );
        assert_eq!(second.bar, Some((1.0, 0.0)), "what failed is not on the scale");
    }

    #[test]
    fn a_wrong_lane_is_the_headline() {
        let lanes = vec![lane(Model::Sequential, 1, 7, ""), lane(Model::Async, 1, 7, ""), lane(Model::Gil, 1, 8, "")];
        assert_eq!(table(lanes).headline(), "One lane comes to a different answer: it is wrong, however fast.");
    }
}
