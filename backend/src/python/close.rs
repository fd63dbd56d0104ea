//! The report of a run that is over.

use std::{io, time::Duration};

use lanes_core::{
    gil_use::GilSeen,
    present::{duration, of},
    report::{Ending, RunReport, TaskCounts},
    scenario::{Model, Step},
    trace::{Counter, Tally},
};

use super::{
    Python,
    run::{End, LEAVING, Loss, Running, STUCK, Said},
    words::{self, Facts},
};
use crate::engine::CancelToken;

/// Sentences on lost workers that a report has room for.
const MOST_LOSSES: usize = 10;

impl Running<'_> {
    /// Ends what is left of the program, reads the last of what it wrote, and adds everything up.
    pub(super) fn close(mut self, end: End, python: &Python, cancel: &CancelToken) -> io::Result<RunReport> {
        let stopped_ns = self.now_ns();
        if matches!(end, End::Done) {
            let _ = self.group.wait(LEAVING);
        }
        self.kill.set(None);
        self.group.end()?;
        // Whatever they wrote stays, however they ended.
        let read = self.look();
        let tasks = u64::from(self.order.plan.tasks());
        let in_flight = self.book.in_flight();
        let (lock, dropped) = (self.book.lock, self.book.dropped());
        let memory = self.done.as_ref().map_or(0, |said| said.memory);
        let mut workers = self.book.close(memory);
        if !self.order.recording {
            count_printed(&mut workers, self.done.as_ref(), &self.lines);
        }
        let mut total = Tally::new(0);
        workers.iter().for_each(|worker| total.merge(worker));
        let is_whole = total.done + total.failed == tasks;
        let ending = match end {
            End::Cancelled => Ending::Cancelled,
            End::Broken(why) => Ending::Broken(why),
            End::Done => match (read, &self.done) {
                (Err(error), _) => Ending::Broken(format!("what the program did could not be read: {error}")),
                (_, Some(said)) if said.checksum != total.checksum => Ending::Broken(format!(
                    "the program says {:016x}, and its tasks add up to {:016x}: not all of them were seen",
                    said.checksum, total.checksum
                )),
                _ if !is_whole && cancel.is_cancelled() => Ending::Cancelled,
                _ if !is_whole => Ending::Broken(format!(
                    "the program says that it is done, and of its {} only {} were seen",
                    of(tasks, "task", "tasks"),
                    total.done + total.failed
                )),
                _ => Ending::Complete,
            },
        };
        let zero_ns = self.clock.map_or(0, |(_, perf_ns)| perf_ns);
        let wall_ns = self.done.as_ref().map_or(stopped_ns, |said| said.end_ns.saturating_sub(zero_ns));
        let until_begun = self
            .clock
            .filter(|_| self.order.recording)
            .map(|(clock, _)| Duration::from_nanos(clock.zero_ns.saturating_sub(self.spawned.zero_ns)));
        let mut notes = words::notes(&Facts {
            python,
            model: self.order.lane.model,
            until_begun,
            cost_ns: self.cost_ns,
            mean_task_ns: total.latency.mean_ns(),
            lock,
        });
        if python.free_threaded && !python.gil && self.done.as_ref().is_some_and(|said| said.gil) {
            notes.push("the lock was switched on by a module that cannot do without it".into());
        }
        notes.extend(self.losses.iter().take(MOST_LOSSES).map(lost));
        if !self.order.recording {
            notes.push("recording was off: the program ran as it is, so there are totals and no spans".into());
        }
        if matches!(ending, Ending::Broken(_)) {
            let words = self.group.last_words();
            if !words.is_empty() {
                notes.push(format!("the end of what it said: {words}"));
            }
        }
        let has_bumps = self.order.plan.scenario().steps().any(|step| matches!(step, Step::Bump(_)));
        let is_on = self.done.as_ref().map_or(python.gil, |said| said.gil);
        let gil = (self.order.lane.model == Model::Threads && self.order.recording && is_on)
            .then_some(GilSeen::Inferred { steps: lock.spans, exact: lock.exact });
        let observed = self.done.as_ref().and_then(|said| said.counter);
        let in_flight = in_flight.min(tasks.saturating_sub(total.done + total.failed));
        Ok(RunReport {
            lane: self.order.lane,
            ending,
            wall_ns,
            tasks: TaskCounts {
                done: total.done,
                failed: total.failed,
                abandoned: in_flight,
                cancelled: tasks.saturating_sub(total.done + total.failed + in_flight),
                retried: 0,
            },
            counter: observed.filter(|_| has_bumps).map(|observed| Counter { expected: total.bumps, observed }),
            workers,
            dropped,
            clock_resolution_ns: self.order.clock_resolution_ns,
            notes,
            gil,
        })
    }
}

/// The totals of a program that ran as it is: `tasks 47 done, 1 failed`.
fn count_printed(workers: &mut [Tally], said: Option<&Said>, lines: &[String]) {
    let (Some(first), Some(said)) = (workers.first_mut(), said) else { return };
    let line = lines.iter().find_map(|line| line.strip_prefix("tasks ")).unwrap_or_default();
    let mut numbers = line.split(|c: char| !c.is_ascii_digit()).filter_map(|number| number.parse().ok());
    first.done = numbers.next().unwrap_or_default();
    first.failed = numbers.next().unwrap_or_default();
    first.checksum = said.checksum;
}

fn lost(loss: &Loss) -> String {
    let Loss { process, how, row, task } = loss;
    let who = row.map_or_else(|| format!("process {process}"), |row| format!("worker {row} (process {process})"));
    let what = task.map_or_else(String::new, |task| format!(", task {task} with it"));
    format!("{who} was lost by {how}{what}; multiprocessing.Pool starts another, but does nobody's work again")
}

/// Why a pool is taken for stuck.
pub(super) fn stuck(loss: &Loss) -> String {
    let Loss { process, how, task, .. } = loss;
    let what = task.map_or_else(|| "while it had no task".into(), |task| format!("with task {task}"));
    format!(
        "worker process {process} was lost by {how} {what}, and multiprocessing.Pool does not notice: it would wait for \
         ever (cpython#96062). Ended {} after the last sign of progress; native/processes survives this",
        duration(u64::try_from(STUCK.as_nanos()).unwrap_or(u64::MAX))
    )
}
