//! What there is to say about a lane beside its numbers, for the table of the page and that of the command line.
//!
//! It says what happened, and judges nothing: that is the verdict's.

use super::{
    number::{count, list, of},
    server,
    time::duration,
};
use crate::{
    report::{Agreement, Ending, LaneResult},
    scenario::Model,
    spread,
};

/// From when p50 and p99 count, in words; to be said wherever they stand.
pub const LATENCY_COUNTS_FROM: &str = "p50 and p99 count from the moment that a worker, or a free slot of the event loop, \
                                       takes the task; how long it waited for that is in the median alone.";

/// The same of lanes whose tasks came over time.
pub const LATENCY_COUNTS_FROM_DUE: &str = "p50 and p99 are of the tasks that came over time and count from the moment that \
                                           each was due, so what it waited for a worker is in them.";

/// How many tasks of a lane waited although they were due, where it did not keep up with those that came.
#[must_use]
pub fn fell_behind(lane: &LaneResult) -> Option<String> {
    let (behind, all) = lane.fell_behind()?;
    Some(format!(
        "{} fell behind: {} of {} tasks were still waiting when the last was due.",
        lane.lane,
        count(behind),
        count(all)
    ))
}

/// Footnotes, numbered from 1; the same text has the same number.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Footnotes(Vec<String>);

impl Footnotes {
    /// The numbers of these texts, which are added where they are new.
    pub fn number(&mut self, texts: Vec<String>) -> Vec<usize> {
        texts.into_iter().map(|text| self.number_of(text)).collect()
    }

    fn number_of(&mut self, text: String) -> usize {
        match self.0.iter().position(|other| *other == text) {
            Some(index) => index + 1,
            None => {
                self.0.push(text);
                self.0.len()
            }
        }
    }

    /// All of them, the first with the number 1.
    #[must_use]
    pub fn texts(&self) -> &[String] {
        &self.0
    }
}

/// How a lane ended, where it did not run to its end.
#[must_use]
pub fn ending(lane: &LaneResult) -> Option<String> {
    let name = lane.lane;
    match &lane.ending {
        Ending::Complete => None,
        Ending::Cancelled => Some(format!("{name} was cancelled before its end.")),
        Ending::Broken(why) => Some(format!("{name}: {}.", why.trim_end_matches('.'))),
    }
}

/// Everything else that there is to say about a lane beside its numbers.
#[must_use]
pub fn remarks(lane: &LaneResult, agreement: Agreement) -> Vec<String> {
    let name = lane.lane;
    let tasks = lane.tasks();
    let mut remarks = Vec::new();
    if agreement == Agreement::Differs {
        remarks.push(format!("{name} came to another answer than most lanes: it is wrong, and not compared."));
    }
    if !lane.steady && (tasks.failed == 0 || !lane.steady_beside_failures) {
        remarks.push(format!("{name} came to different answers in its repeats."));
    }
    if tasks.failed > 0 {
        let first = lane.failures().first();
        let first = first.map(|failure| format!(", first task {}: {}", failure.task, failure.why)).unwrap_or_default();
        let first = first.trim_end_matches('.');
        remarks.push(format!("{name}: {} of {} tasks failed{first}.", count(tasks.failed), count(tasks.total())));
    }
    if tasks.retried > 0 {
        remarks.push(format!("{name} lost a worker; {} done again.", of(tasks.retried, "task was", "tasks were")));
    }
    remarks.extend(fell_behind(lane));
    remarks.extend(server::met(lane));
    let Some(run) = &lane.shown else { return remarks };
    if let Some(counter) = run.counter.filter(|counter| counter.lost() > 0) {
        let (lost, expected) = (count(counter.lost()), count(counter.expected));
        remarks.push(format!("{name} lost {lost} of {expected} updates of the shared counter."));
    }
    remarks.extend(outliers(lane));
    if let Some(most) = lane.blocked_loop_ns() {
        remarks.push(format!(
            "{name}: its event loop was busy for up to {} at a time: something on it computed or blocked.",
            duration(most)
        ));
    }
    if run.dropped > 0 {
        let dropped = of(run.dropped, "span", "spans");
        remarks.push(format!(
            "{name}: {dropped} did not fit into the recorder; its picture has gaps, its numbers are complete."
        ));
    }
    remarks.extend(run.notes.iter().cloned());
    if let Some(start_up) = lane.start_up_ns.filter(|_| name.model == Model::Processes) {
        remarks.push(format!("{name} took {} to start its workers.", duration(start_up)));
    }
    remarks
}

/// Repeats that stand out from the others.
fn outliers(lane: &LaneResult) -> Option<String> {
    let wall = lane.wall?;
    let outliers = spread::outliers(&lane.wall_ns);
    let each: Vec<String> =
        outliers.iter().map(|repeat| format!("{} ({})", repeat + 1, duration(lane.wall_ns[*repeat]))).collect();
    let repeats = if each.len() == 1 { "repeat" } else { "repeats" };
    (!each.is_empty()).then(|| {
        format!(
            "{}: {repeats} {} stood out from a median of {}: something else may have been running.",
            lane.lane,
            list(&each),
            duration(wall.median),
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        report::{RunReport, TaskCounts},
        scenario::Lane,
        trace::{Met, Tally},
    };

    fn lane(change: impl Fn(&mut RunReport)) -> LaneResult {
        let mut tally = Tally::new(0);
        tally.task_done(1, 10);
        let mut run = RunReport {
            lane: Lane::native(Model::Async),
            ending: Ending::Complete,
            wall_ns: 1_000_000,
            tasks: TaskCounts { done: 1, ..TaskCounts::default() },
            workers: vec![tally],
            dropped: 0,
            counter: None,
            clock_resolution_ns: 1,
            notes: Vec::new(),
            gil: None,
            broke_at: None,
        };
        change(&mut run);
        LaneResult::new(run.lane, &[], &[run])
    }

    #[test]
    fn equal_texts_have_one_number() {
        let mut footnotes = Footnotes::default();
        assert_eq!(footnotes.number(vec!["a".into(), "b".into()]), [1, 2]);
        assert_eq!(footnotes.number(vec!["b".into(), "c".into()]), [2, 3]);
        assert_eq!(footnotes.texts(), ["a", "b", "c"]);
    }

    #[test]
    fn a_lane_that_went_well_has_nothing_to_be_said_of_it() {
        let lane = lane(|_| ());
        assert_eq!((ending(&lane), remarks(&lane, Agreement::Agrees)), (None, Vec::new()));
    }

    #[test]
    fn failures_and_endings_are_said_with_their_reason() {
        let failed = lane(|run| {
            run.workers[0].task_failed(7, "connection refused.".into(), 10);
            run.tasks = TaskCounts { done: 1, failed: 1, ..TaskCounts::default() };
        });
        assert_eq!(
            remarks(&failed, Agreement::Unknown),
            ["native/async: 1 of 2 tasks failed, first task 7: connection refused."]
        );
        let refused = lane(|run| {
            run.workers[0].met = Met { refusals: 12, errors: 1, retries: 13, backed_off_ns: 1_300_000_000 };
        });
        assert_eq!(
            remarks(&refused, Agreement::Agrees),
            [
                "native/async: the server refused 12 requests and failed at 1 request; it asked again 13 times, after waiting \
              1.30 s altogether."
            ]
        );
        let broken = lane(|run| run.ending = Ending::Broken("no memory.".into()));
        assert_eq!(ending(&broken).as_deref(), Some("native/async: no memory."));
    }
}
