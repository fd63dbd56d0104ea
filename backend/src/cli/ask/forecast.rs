//! How long each lane would take, by arithmetic: what waits side by side, what computes side by side, and which of both
//! takes longer. It runs nothing and knows neither start-ups nor messages, so lanes take at least this long.

use std::time::Duration;

use lanes_core::scenario::{Lane, Model, Scenario};

/// The most that one lane may take over all of its rounds.
pub(super) const BUDGET: Duration = Duration::from_secs(60);

/// What one task takes, and what there is to do it with.
#[derive(Clone, Copy, Debug)]
pub(super) struct Conditions {
    /// How long a task waits.
    pub(super) wait: Duration,
    /// How long a task computes in the language of the lanes.
    pub(super) compute: Duration,
    /// Whether only one thread of a process computes at a time.
    pub(super) is_locked: bool,
    /// Cores of this machine.
    pub(super) cores: usize,
}

/// How long all rounds of a lane take.
pub(super) fn forecast(lane: Lane, scenario: &Scenario, on: Conditions) -> Duration {
    let (workers, concurrency) = (f64::from(scenario.workers), f64::from(scenario.concurrency));
    let cores = (on.cores as f64).clamp(1.0, workers.max(1.0));
    let shared = if on.is_locked { 1.0 } else { cores };
    let (slots, cores) = match lane.model {
        Model::Sequential => (1.0, 1.0),
        Model::Async => (concurrency, 1.0),
        Model::Threads => (workers, shared),
        Model::Gil => (workers, 1.0),
        Model::Processes | Model::Interpreters => (workers, cores),
        Model::Hybrid => (concurrency, shared),
    };
    let (wait, compute) = (on.wait.as_secs_f64(), on.compute.as_secs_f64());
    let tasks = f64::from(scenario.tasks());
    let by_slots = (tasks / slots).ceil() * (wait + compute);
    let by_cores = wait + tasks * compute / cores;
    let rounds = f64::from(scenario.repeats.least() + scenario.warmup);
    Duration::try_from_secs_f64(rounds * by_slots.max(by_cores)).unwrap_or(Duration::MAX)
}

/// How many of the tasks a lane that takes `slowest` for all of them does within the budget; none if not even one.
pub(super) fn tasks_within_budget(tasks: u32, slowest: Duration) -> Option<u32> {
    let fits = (f64::from(tasks) * BUDGET.as_secs_f64() / slowest.as_secs_f64()) as u32;
    // A round number is easier to type; none is larger than what fits.
    let unit = 10_u32.pow(fits.checked_ilog10()?.saturating_sub(1));
    Some(fits / unit * unit)
}

#[cfg(test)]
mod tests {
    use lanes_core::scenario::{Group, Repeats, Step};

    use super::*;

    const ON: Conditions =
        Conditions { wait: Duration::from_millis(150), compute: Duration::from_millis(15), is_locked: true, cores: 2 };

    fn takes(model: Model, on: Conditions) -> u128 {
        let group =
            Group { tasks: 500, steps: vec![Step::Fetch(lanes_core::scenario::Fetch::default())], ..Group::default() };
        let scenario = Scenario {
            groups: vec![group],
            workers: 20,
            concurrency: 20,
            repeats: Repeats::Fixed(1),
            warmup: 0,
            ..Scenario::default()
        };
        forecast(Lane::python(model), &scenario, on).as_millis()
    }

    #[test]
    fn what_binds_a_lane_is_what_it_takes() {
        assert_eq!(takes(Model::Sequential, ON), 82_500, "one after another");
        assert_eq!(takes(Model::Async, ON), 7_650, "the loop computes");
        assert_eq!(takes(Model::Threads, ON), 7_650, "the lock is held");
        assert_eq!(takes(Model::Hybrid, ON), 7_650, "the lock is held in its pool too");
        assert_eq!(takes(Model::Processes, ON), 4_125, "the slots are full");
        let free = Conditions { is_locked: false, ..ON };
        assert_eq!(takes(Model::Threads, free), 4_125);
        assert_eq!(takes(Model::Async, free), 7_650, "a loop has one core whatever the lock does");
        let heavy = Conditions { compute: Duration::from_millis(150), ..free };
        assert_eq!(takes(Model::Threads, heavy), 37_650, "the cores are busy");
    }

    #[test]
    fn the_tasks_that_fit_are_a_round_number() {
        assert_eq!(tasks_within_budget(500, Duration::from_secs(330)), Some(90));
        assert_eq!(tasks_within_budget(100_000, Duration::from_secs(700)), Some(8_500));
        assert_eq!(tasks_within_budget(8, Duration::from_secs(120)), Some(4));
        assert_eq!(tasks_within_budget(1, Duration::from_secs(61)), None);
    }
}
