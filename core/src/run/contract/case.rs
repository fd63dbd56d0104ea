//! One case, what a place says of a run, and what must be true of it.

use super::times::Timed;
use crate::{
    body,
    fetch::Simulated,
    gil_use::GilUse,
    kernels::{Input, Scratch},
    plan::{Action, Origin, Plan, fold_digest, task_digest},
    report::{Ending, RunReport, TaskCounts},
    run::rows,
    scenario::{Model, Source, ValidScenario},
    trace::State,
};

/// One case.
#[derive(Clone, Debug)]
pub struct Case {
    /// Its name, in the words of a sentence.
    pub name: &'static str,
    /// The scenario, as JSON, without lanes.
    pub scenario: String,
    /// The user's file.
    pub file: Option<Vec<u8>>,
    /// Whether the run is cancelled once it has begun its first tasks.
    pub cancelled: bool,
    /// What more than the answer is to be true.
    pub also: Also,
}

/// What is to be true of a report besides its answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Also {
    /// Nothing.
    Nothing,
    /// On an event loop that computes, tasks whose answers are there are queued, and its lag is measured.
    LateLoop,
    /// In the hybrid lane the loop itself waits for no blocking call.
    BlockingIsOffloaded,
    /// Of increments with a guard none is lost.
    CounterIsExact,
    /// In a lane whose threads share an interpreter lock, this share of the computing is done under it, in percent.
    LockShare(u32),
    /// In such a lane, so much of the waiting for data keeps the lock, in percent.
    WaitKeepsLock(u32),
    /// Every failure has a reason that says this.
    FailuresSay(&'static str),
    /// Every worker that did something was at start-up before for so many milliseconds, and whoever does all tasks alone was
    /// so once.
    SetsUp {
        /// How long.
        ms: u64,
    },
    /// This of tasks that may not all begin at once.
    Timed(Timed),
}

/// What a place says of a run, however it says it.
#[derive(Clone, Debug)]
pub struct Observed {
    /// How the run ended.
    pub ending: Ending,
    /// How its tasks ended.
    pub tasks: TaskCounts,
    /// The sum of the digests of the tasks done; `None` where the place does not tell it.
    pub checksum: Option<u64>,
    /// Reasons of failures.
    pub failures: Vec<String>,
    /// Nanoseconds in each state, of each row.
    pub rows_ns: Vec<[u64; State::ALL.len()]>,
    /// Whether the event loop's lag was measured.
    pub has_loop_lag: bool,
    /// Increments made, and what the shared counter says.
    pub counter: Option<(u64, u64)>,
    /// Spans that are missing from the picture.
    pub dropped: u64,
    /// How long the run took, in nanoseconds.
    pub wall_ns: u64,
    /// The longest latency, in nanoseconds.
    pub longest_ns: u64,
    /// Tasks that were still waiting when the last was due.
    pub behind: u64,
    /// How long the interpreter lock was held, in nanoseconds; `None` where threads share none, or nobody saw how.
    pub lock_held_ns: Option<u64>,
}

impl From<&RunReport> for Observed {
    fn from(report: &RunReport) -> Self {
        let total = report.total();
        Self {
            ending: report.ending.clone(),
            tasks: report.tasks,
            checksum: Some(total.checksum),
            failures: total.failures.iter().map(|failure| failure.why.clone()).collect(),
            rows_ns: report.workers.iter().map(|worker| worker.states_ns).collect(),
            has_loop_lag: !total.loop_lag.is_empty(),
            counter: report.counter.map(|counter| (counter.expected, counter.observed)),
            dropped: report.dropped,
            wall_ns: report.wall_ns,
            longest_ns: total.latency.max_ns(),
            behind: total.behind,
            lock_held_ns: GilUse::of(report).map(|used| used.total().holds_ns),
        }
    }
}

fn percent_of(part_ns: u64, whole_ns: u64) -> u32 {
    (part_ns as f64 / whole_ns.max(1) as f64 * 100.0).round() as u32
}

/// What the tasks of a case come to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Expected {
    /// Tasks that end well.
    pub done: u64,
    /// Tasks that fail.
    pub failed: u64,
    /// The sum of the digests of those that end well.
    pub checksum: u64,
}

impl Case {
    /// Its scenario.
    ///
    /// # Panics
    /// When it is not valid, which would be a fault of the table.
    #[must_use]
    pub fn valid(&self) -> ValidScenario {
        ValidScenario::from_json(&self.scenario).unwrap_or_else(|problems| panic!("{}: {problems:?}", self.name))
    }

    /// What its tasks come to, worked out step by step from the plan; addresses are taken to fail.
    #[must_use]
    pub fn expected(&self) -> Expected {
        let plan = Plan::new(self.valid());
        let mut scratch = Scratch::default();
        let mut sum = Expected::default();
        for task in 0..plan.tasks() {
            match self.digest(&plan, task, &mut scratch) {
                Some(digest) => {
                    sum.done += 1;
                    sum.checksum = sum.checksum.wrapping_add(digest);
                }
                None => sum.failed += 1,
            }
        }
        sum
    }

    fn digest(&self, plan: &Plan, task: u32, scratch: &mut Scratch) -> Option<u64> {
        let mut body = Vec::new();
        let mut digest = task_digest(task);
        let mut given_back = 0u64;
        for step in 0..plan.steps(task) {
            let of_step = match plan.action(task, step) {
                Action::Fetch(fetch) => match fetch.origin {
                    Origin::Simulated(answer) | Origin::Server(answer) | Origin::Page(answer) => {
                        Simulated::new(answer, fetch.timeout_ms).end(&mut body).ok()?;
                        body::digest(&body)
                    }
                    Origin::Url(_) => return None,
                },
                Action::Compute(compute) => {
                    let file = self.file.as_deref().unwrap_or_default();
                    let share = plan.file_share(task, file.len() as u64);
                    let input = match compute.input {
                        Source::Size => Input::Generated { size: compute.size, seed: compute.seed },
                        Source::File => Input::Bytes(&file[share.start as usize..share.end as usize]),
                        Source::Body => Input::Bytes(&body),
                    };
                    if let Some(piece) = compute.gives {
                        given_back = given_back.wrapping_add(plan.make(&piece).data().stamp());
                    }
                    let of_kernel = compute.kernel.digest(input, scratch);
                    if let Some(piece) = compute.takes {
                        digest = fold_digest(digest, of_kernel);
                        plan.make(&piece).data().stamp()
                    } else {
                        of_kernel
                    }
                }
                Action::Bump { .. } => 0,
                Action::Call => return None,
            };
            digest = fold_digest(digest, of_step);
        }
        // Whoever receives what a task gives back adds that to the checksum.
        Some(digest.wrapping_add(given_back))
    }

    /// Everything that is wrong with what a place says of this case under a model; nothing when it has passed.
    #[must_use]
    pub fn faults(&self, model: Model, seen: &Observed) -> Vec<String> {
        let mut faults = Vec::new();
        let mut check = |holds: bool, what: String| {
            if !holds {
                faults.push(format!("{}, {}: {what}", self.name, model.id()));
            }
        };
        let scenario = self.valid();
        let tasks = u64::from(scenario.tasks());
        check(seen.tasks.total() == tasks, format!("{:?} are not {tasks} tasks", seen.tasks));
        check(seen.dropped == 0, format!("{} spans are missing", seen.dropped));
        if self.cancelled {
            check(seen.ending == Ending::Cancelled, format!("it was cancelled and ended as {:?}", seen.ending));
            check(seen.tasks.done + seen.tasks.failed < tasks, "every task ended before the cancel".into());
            return faults;
        }
        let wanted = self.expected();
        check(seen.ending == Ending::Complete, format!("it ended as {:?}", seen.ending));
        check(
            (seen.tasks.done, seen.tasks.failed) == (wanted.done, wanted.failed),
            format!("{:?}, where {} end well and {} fail", seen.tasks, wanted.done, wanted.failed),
        );
        if let Some(checksum) = seen.checksum {
            check(checksum == wanted.checksum, format!("checksum {checksum:016x}, not {:016x}", wanted.checksum));
        }
        check(wanted.failed == 0 || !seen.failures.is_empty(), "no failure has a reason".into());
        let rows = rows::count(model, u16::try_from(scenario.workers).unwrap_or(u16::MAX));
        check(seen.rows_ns.len() == usize::from(rows), format!("{} rows, not {rows}", seen.rows_ns.len()));
        let in_state = |row: Option<usize>, state: State| -> u64 {
            let rows = seen.rows_ns.iter().enumerate().filter(|(i, _)| row.is_none_or(|row| row == *i));
            rows.map(|(_, states)| states[state as usize]).sum()
        };
        match self.also {
            Also::Nothing => {}
            Also::LateLoop => {
                let on_loop = matches!(model, Model::Async | Model::Hybrid);
                check(seen.has_loop_lag == on_loop, format!("the loop's lag is measured: {}", seen.has_loop_lag));
                if model == Model::Async {
                    let (queued, waits) = (in_state(None, State::Queued), in_state(None, State::WaitIo));
                    check(queued > waits, format!("{queued} ns queued and {waits} ns waiting for bytes"));
                }
            }
            Also::BlockingIsOffloaded => {
                if model == Model::Hybrid {
                    let waits = in_state(Some(0), State::WaitIo);
                    check(waits == 0, format!("the loop itself waited {waits} ns"));
                    check(in_state(None, State::WaitIo) > 0, "nobody waited".into());
                }
            }
            Also::LockShare(percent) => {
                if let Some(held_ns) = seen.lock_held_ns {
                    let held = percent_of(held_ns, in_state(None, State::Compute));
                    // Who loses its processor with the lock in its hand, holds it meanwhile.
                    check(held.abs_diff(percent) <= 20, format!("{held} % of the computing was under the lock"));
                }
            }
            Also::WaitKeepsLock(percent) => {
                let waits = in_state(None, State::WaitIo);
                check(waits >= 9 * 8_000_000, format!("waited {waits} ns"));
                if let Some(held_ns) = seen.lock_held_ns {
                    let kept = percent_of(held_ns, waits + in_state(None, State::Compute));
                    check(kept.abs_diff(percent) <= 10, format!("{kept} % of the waiting kept the lock"));
                }
            }
            Also::FailuresSay(said) => {
                let others: Vec<_> = seen.failures.iter().filter(|why| !why.contains(said)).collect();
                check(others.is_empty(), format!("failed for other reasons than {said}: {others:?}"));
            }
            Also::SetsUp { ms } => {
                // The loop of a hybrid lane may have a pool that does it, the parent of processes has workers.
                let rows = match model {
                    Model::Hybrid => usize::from(scenario.needs_pool())..seen.rows_ns.len(),
                    Model::Processes => 0..seen.rows_ns.len().saturating_sub(1),
                    _ => 0..seen.rows_ns.len(),
                };
                for row in rows {
                    let of = |state| in_state(Some(row), state);
                    let works = of(State::Compute) + of(State::WaitIo);
                    let start_ns = of(State::StartUp);
                    let is_set_up = start_ns > 0 && start_ns >= ms * 1_000_000;
                    check(works == 0 || is_set_up, format!("worker {row} was at start-up for {start_ns} ns"));
                    // Not for each of 16 tasks.
                    let once = ms == 0 || model != Model::Sequential || start_ns < 8 * ms * 1_000_000;
                    check(once, format!("the only worker was at start-up for {start_ns} ns"));
                }
                check(in_state(None, State::StartUp) > 0, "nobody was at start-up".into());
                check(seen.wall_ns >= ms * 1_000_000, format!("it took {} ns", seen.wall_ns));
            }
            Also::Timed(Timed::Arrives { least_ms }) => {
                check(seen.wall_ns >= least_ms * 1_000_000, format!("it took {} ns", seen.wall_ns));
                // On an event loop tasks may be made when they are due, and nobody waits for them.
                let is_idle = in_state(None, State::Idle) > 0 || matches!(model, Model::Async | Model::Hybrid);
                check(is_idle, "nobody was idle while nothing was due".into());
            }
            Also::Timed(Timed::FallsBehind) => {
                // 20 tasks of 12 ms, the last of them due after 38 ms.
                if model == Model::Sequential {
                    check(seen.behind >= 15, format!("{} tasks were behind", seen.behind));
                    check(seen.longest_ns >= 201_000_000, format!("the longest latency is {} ns", seen.longest_ns));
                }
            }
            Also::Timed(Timed::TakesAtLeast { ms }) => {
                check(seen.wall_ns >= ms * 1_000_000, format!("it took {} ns", seen.wall_ns));
            }
            Also::CounterIsExact => {
                let made = wanted.done * 20_000;
                // No worker of its own can reach the parent's counter, which is what that number shows.
                let there = if model == Model::Processes { 0 } else { made };
                check(seen.counter == Some((made, there)), format!("the counter says {:?}, not {there}", seen.counter));
            }
        }
        faults
    }
}
