//! Which tasks of a run failed, as far as its report names them. The totals keep the number of all failures and the
//! first few of each worker; where not one task went well, that is every task.

use lanes_core::trace::{Failure, NO_TASK, Tally};

/// The tasks of a run that failed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FailedTasks {
    /// By task, each once.
    named: Vec<Failure>,
    count: u64,
    is_all: bool,
}

impl FailedTasks {
    /// What the totals of a run's workers say.
    #[must_use]
    pub fn of(workers: &[Tally]) -> Self {
        let (done, count) =
            workers.iter().fold((0, 0), |(done, failed), tally| (done + tally.done, failed + tally.failed));
        let mut named: Vec<Failure> = workers.iter().flat_map(|tally| tally.failures.iter().cloned()).collect();
        named.sort_by_key(|failure| failure.task);
        named.dedup_by_key(|failure| failure.task);
        Self { named, count, is_all: count > 0 && done == 0 }
    }

    /// How many failed.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.count
    }

    /// How many failed without being named.
    #[must_use]
    pub fn unnamed(&self) -> u64 {
        if self.is_all { 0 } else { self.count.saturating_sub(self.named.len() as u64) }
    }

    /// Whether a task is known to have failed.
    #[must_use]
    pub fn has(&self, task: u32) -> bool {
        task != NO_TASK && (self.is_all || self.named(task).is_some())
    }

    /// Whether one of the tasks from `least` to `greatest` is known to have failed.
    #[must_use]
    pub fn has_between(&self, least: u32, greatest: u32) -> bool {
        self.is_all || {
            let first = self.named.partition_point(|failure| failure.task < least);
            self.named.get(first).is_some_and(|failure| failure.task <= greatest)
        }
    }

    /// Why a task failed: its own reason, or else that of the first one.
    #[must_use]
    pub fn reason(&self, task: u32) -> Option<String> {
        if !self.has(task) {
            return None;
        }
        let own = self.named(task).map(|failure| format!("failed: {}", failure.why));
        let first = || self.named.first().map(|first| format!("failed, as task {} did: {}", first.task, first.why));
        Some(own.or_else(first).unwrap_or_else(|| "failed".to_owned()))
    }

    fn named(&self, task: u32) -> Option<&Failure> {
        self.named.binary_search_by_key(&task, |failure| failure.task).ok().map(|index| &self.named[index])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn workers(done: u64, failed: &[u32]) -> FailedTasks {
        let mut workers = [Tally::new(0), Tally::new(1)];
        (0..done).for_each(|task| workers[0].task_done(task, 1));
        failed.iter().for_each(|task| workers[1].task_failed(*task, format!("HTTP {task}"), 1));
        FailedTasks::of(&workers)
    }

    #[test]
    fn where_nothing_went_well_every_task_failed() {
        let failed = workers(0, &[9, 8, 7, 6, 5, 4]);
        assert_eq!((failed.count(), failed.unnamed()), (6, 0));
        assert!(failed.has(4) && failed.has(9) && !failed.has(NO_TASK) && failed.has_between(100, 200));
        assert_eq!(failed.reason(9).unwrap(), "failed: HTTP 9");
        assert_eq!(failed.reason(4).unwrap(), "failed, as task 5 did: HTTP 5");
    }

    #[test]
    fn of_some_the_named_ones_are_known_and_the_others_counted() {
        let failed = workers(10, &[30, 20, 40, 50, 60, 70, 80]);
        assert_eq!((failed.count(), failed.unnamed()), (7, 2));
        assert_eq!([20, 21, 60, 70].map(|task| failed.has(task)), [true, false, true, false]);
        assert_eq!([(21, 29), (21, 30), (61, 90)].map(|(from, to)| failed.has_between(from, to)), [false, true, false]);
        assert_eq!(failed.reason(21), None);
        assert_eq!(FailedTasks::of(&[Tally::new(0)]), FailedTasks::default(), "a run without tasks has no failures");
    }
}
