//! Which tasks may begin: those that are due, of groups that wait for nobody any more. It knows no clock and no worker.
//!
//! Tasks begin in the order of the plan. One that may not begin yet holds up only those behind it, which may not either:
//! they are due later, or wait for a group that stands before them.

use std::{
    ops::Range,
    sync::{
        Condvar, Mutex, PoisonError,
        atomic::{
            AtomicU32,
            Ordering::{AcqRel, Acquire},
        },
    },
    time::Duration,
};

use crate::plan::Plan;

/// Whether a task may begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum May {
    /// Now.
    Begin,
    /// Not before this moment, in nanoseconds from t = 0.
    At(u64),
    /// Not before another group has ended.
    AfterOthers,
}

/// What of each group has ended, where groups wait for each other.
#[derive(Debug)]
pub(crate) struct Gate {
    /// By group; empty where no group waits.
    left: Vec<AtomicU32>,
}

impl Gate {
    pub(crate) fn new(plan: &Plan) -> Self {
        let groups = if plan.has_stages() { &plan.scenario().groups[..] } else { &[] };
        Self { left: groups.iter().map(|group| AtomicU32::new(group.tasks)).collect() }
    }

    /// Whether a task may begin now.
    pub(crate) fn look(&self, plan: &Plan, task: u32, now_ns: u64) -> May {
        if let Some(due_ns) = plan.due_us(task).map(|us| us * 1_000).filter(|due_ns| *due_ns > now_ns) {
            return May::At(due_ns);
        }
        // What the others have done is to be seen by whoever begins after them.
        let is_closed = plan.waits_for(task).is_some_and(|group| self.left[group].load(Acquire) > 0);
        if is_closed { May::AfterOthers } else { May::Begin }
    }

    /// A task has ended, well or not; whether others may begin by that.
    pub(crate) fn ended(&self, plan: &Plan, task: u32) -> bool {
        !self.left.is_empty() && self.left[plan.place(task).0].fetch_sub(1, AcqRel) == 1
    }
}

/// Tells those who wait that they should look again. It blocks, and reads no clock; it works wherever `std`'s condition
/// variable does.
#[derive(Debug, Default)]
pub struct Bell {
    rung: Mutex<u64>,
    rings: Condvar,
}

impl Bell {
    /// Wakes whoever waits.
    pub fn ring(&self) {
        *self.rung.lock().unwrap_or_else(PoisonError::into_inner) += 1;
        self.rings.notify_all();
    }

    /// How often it has rung: to be asked before looking whether one has to wait.
    #[must_use]
    pub fn heard(&self) -> u64 {
        *self.rung.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for so long, or until it has rung since `heard`.
    pub(super) fn wait(&self, time: Duration, heard: u64) {
        let rung = self.rung.lock().unwrap_or_else(PoisonError::into_inner);
        if *rung == heard {
            // Woken too early is no harm: whoever waits looks again.
            drop(self.rings.wait_timeout(rung, time).unwrap_or_else(PoisonError::into_inner));
        }
    }
}

/// The tasks of a run that may be handed to isolated workers so far: a beginning of all of them.
#[derive(Debug)]
pub struct Release {
    tasks: u32,
    held_back: Option<(Plan, Gate)>,
    /// Tasks before this one are released.
    next: u32,
    now_ns: u64,
}

impl From<u32> for Release {
    /// So many tasks, all there from the beginning.
    fn from(tasks: u32) -> Self {
        Self { tasks, held_back: None, next: tasks, now_ns: 0 }
    }
}

impl From<&Plan> for Release {
    fn from(plan: &Plan) -> Self {
        if !plan.holds_back() {
            return plan.tasks().into();
        }
        Self { held_back: Some((plan.clone(), Gate::new(plan))), next: 0, ..plan.tasks().into() }
    }
}

impl Release {
    /// How many tasks there are.
    pub(super) fn tasks(&self) -> u32 {
        self.tasks
    }

    /// The first task that is not released by now; once all are, how many there are.
    pub(super) fn look(&mut self, now_ns: u64) -> u32 {
        self.now_ns = self.now_ns.max(now_ns);
        while self.next_may() == Some(May::Begin) {
            self.next += 1;
        }
        self.next
    }

    /// These tasks have ended.
    pub(super) fn ended(&mut self, tasks: Range<u32>) {
        if let Some((plan, gate)) = &self.held_back {
            for task in tasks {
                gate.ended(plan, task);
            }
        }
    }

    /// When the next task is due, in nanoseconds from t = 0, where time is all that it waits for.
    pub(super) fn next_due_ns(&self) -> Option<u64> {
        if let May::At(due_ns) = self.next_may()? { Some(due_ns) } else { None }
    }

    /// Whether the next task may begin; `None` where all are released.
    fn next_may(&self) -> Option<May> {
        let (plan, gate) = self.held_back.as_ref().filter(|_| self.next < self.tasks)?;
        Some(gate.look(plan, self.next, self.now_ns))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::ValidScenario;

    #[test]
    fn tasks_are_released_when_they_are_due_and_stages_when_they_open() {
        let json = r#"{"lanes_scenario":2,"groups":[
            {"name":"pages","tasks":2,"arrive":{"every_ms":5},"steps":[{"bump":{}}]},
            {"tasks":3,"after":"pages","steps":[{"bump":{}}]}]}"#;
        let plan = Plan::new(ValidScenario::from_json(json).expect("valid"));
        let mut release = Release::from(&plan);
        assert_eq!((release.look(0), release.next_due_ns()), (1, Some(5_000_000)));
        assert_eq!(release.look(4_999_999), 1);
        assert_eq!((release.look(5_000_000), release.next_due_ns()), (2, None), "the stage waits for nothing in time");
        release.ended(0..1);
        assert_eq!(release.look(9_000_000), 2);
        release.ended(1..2);
        assert_eq!((release.look(0), release.next_due_ns()), (5, None), "time does not run backwards");
        let mut all = Release::from(7);
        assert_eq!((all.look(0), all.next_due_ns()), (7, None));
    }

    #[test]
    fn who_waits_for_the_bell_hears_it_and_one_that_has_rung_is_not_waited_for() {
        let bell = Bell::default();
        let heard = bell.heard();
        bell.ring();
        // An hour, were it not for the ring before.
        bell.wait(Duration::from_secs(3_600), heard);
        assert_eq!(bell.heard(), heard + 1);
    }
}
