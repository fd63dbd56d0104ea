//! The plan: a scenario expanded into tasks, the same on every machine.
//!
//! A task is computed when it is asked for, from the seed and its number alone, so a plan of a million tasks costs
//! little memory and any worker can make any task by itself.

use std::sync::{Arc, OnceLock};

use serde::Serialize;

pub use crate::digest::{fold_digest, task_digest};
use crate::{
    due::Flow,
    memory::InUse,
    payload::{Data, Made, PAIRS, Pattern, Piece, Stock, VARIANTS},
    rng,
    scenario::{
        Bump, Chunk, Compute, Fetch, From, Group, Guard, Kernel, Scenario, Setup, SetupKernel, Source, Step,
        ValidScenario,
    },
};

/// Increments between two looks at the cancel flag, and in one span.
pub const BUMPS_PER_SPAN: u32 = 1_000;

/// A task that a worker takes so soon after the last one was due did not wait for it, in nanoseconds: it takes a moment to
/// wake somebody.
const LATE_NS: u64 = 1_000_000;

/// The tasks of a scenario.
#[derive(Clone, Debug)]
pub struct Plan {
    scenario: ValidScenario,
    /// Group and number within the group of each task; empty when there is only one group.
    order: Vec<(u8, u32)>,
    tasks: u32,
    /// How the tasks of each group come over time; empty where none do.
    flows: Vec<Option<Flow>>,
    /// The group that each group waits for; empty where none does.
    stages: Vec<Option<u8>>,
    last_due_us: Option<u64>,
    /// The memory that tasks have taken up, where they take up any.
    memory: Option<Arc<InUse>>,
    /// What tasks are given and give back is made from it; nothing where there is none.
    payload: Option<Arc<Supply>>,
}

/// What payloads are taken from.
#[derive(Debug)]
struct Supply {
    pattern: Pattern,
    /// Made by whoever hands tasks out, not by an isolated worker.
    stock: OnceLock<Stock>,
}

/// One step of one task, with everything dealt.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Action<'a> {
    /// Wait for bytes.
    Fetch(FetchAction<'a>),
    /// Run a kernel.
    Compute(ComputeAction),
    /// Increment the shared counter.
    Bump {
        /// How often.
        times: u32,
        /// What keeps the increments apart.
        guard: Guard,
    },
    /// Call the function of the user's own: CPython's matter alone.
    Call,
}

/// A fetch, dealt.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct FetchAction<'a> {
    /// Where the bytes come from.
    pub origin: Origin<'a>,
    /// Make it a blocking call even on an event loop.
    pub blocking: bool,
    /// Give up an attempt after this many milliseconds.
    pub timeout_ms: u32,
    /// Keep the interpreter lock meanwhile, where there is one; it is `blocking` then.
    pub keeps_lock: bool,
    /// Further attempts where the server refuses or fails.
    pub retries: u32,
    /// The wait before the first of them, in milliseconds.
    pub backoff_ms: f64,
    /// Which attempt this is, from 0.
    pub attempt: u32,
}

/// Where the bytes of one fetch come from.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Origin<'a> {
    /// A simulated answer.
    Simulated(Answer),
    /// The backend's endpoint, asked for this answer.
    Server(Answer),
    /// The page's own service worker, asked for this answer.
    Page(Answer),
    /// This address.
    Url(&'a str),
}

/// An answer that is known beforehand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Answer {
    /// Time until it comes, in microseconds.
    pub latency_us: u64,
    /// Length of its body, in bytes.
    pub bytes: u32,
    /// What the body is made from (see [`crate::body`]).
    pub seed: u32,
}

/// A kernel to be run, dealt.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct ComputeAction {
    /// Which one.
    pub kernel: Kernel,
    /// How much, in the kernel's unit.
    pub size: u64,
    /// Seed of its data.
    pub seed: u64,
    /// What it works on.
    pub input: Source,
    /// The share of it, 0 to 1, that is done under the interpreter lock, where there is one.
    pub lock_share: f64,
    /// The data that it is given, if any.
    pub takes: Option<Piece>,
    /// The data that it gives back, if any.
    pub gives: Option<Piece>,
}

/// What each worker does before its first task, dealt; the same for all.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum SetupAction {
    /// A wait of so many nanoseconds, as for a connection.
    Wait(u64),
    /// A kernel whose digest counts for nothing.
    Compute(ComputeAction),
}

impl Plan {
    /// The plan of a scenario.
    #[must_use]
    pub fn new(scenario: ValidScenario) -> Self {
        let tasks = scenario.tasks();
        let groups = || scenario.groups.iter().enumerate();
        let flow = |(number, group): (usize, &Group)| {
            group.arrive.map(|arrive| Flow::new(arrive, number, group.tasks, scenario.seed))
        };
        let flows: Vec<_> = if scenario.has_arrivals() { groups().map(flow).collect() } else { Vec::new() };
        let stage = |(number, _)| scenario.waits_for(number).map(|group| group as u8);
        let stages: Vec<_> = if scenario.has_stages() { groups().map(stage).collect() } else { Vec::new() };
        let last = |(flow, group): (&Option<Flow>, &Group)| Some(flow.as_ref()?.due_us(group.tasks - 1));
        let last_due_us = flows.iter().zip(&scenario.groups).filter_map(last).max();
        let order = match scenario.groups.len() {
            1 => Vec::new(),
            _ if flows.is_empty() && stages.is_empty() => interleave(&scenario),
            _ => in_time(&scenario, &flows),
        };
        let supply = || Arc::new(Supply { pattern: Pattern::new(scenario.seed), stock: OnceLock::new() });
        let payload = scenario.has_payload().then(supply);
        let memory = scenario.takes_memory().then(Arc::default);
        Self { scenario, order, tasks, flows, stages, last_due_us, memory, payload }
    }

    /// The scenario it came from.
    #[must_use]
    pub fn scenario(&self) -> &ValidScenario {
        &self.scenario
    }

    /// How many tasks there are; they are numbered from 0.
    #[must_use]
    pub fn tasks(&self) -> u32 {
        self.tasks
    }

    /// The group of a task and its number within the group.
    ///
    /// # Panics
    /// When there is no such task.
    #[must_use]
    pub fn place(&self, task: u32) -> (usize, u32) {
        assert!(task < self.tasks, "task {task} of {}", self.tasks);
        match self.order.get(task as usize) {
            Some(&(group, number)) => (usize::from(group), number),
            None => (0, task),
        }
    }

    /// When a task is due, in microseconds from t = 0; `None` where its group is all there from the beginning.
    #[must_use]
    pub fn due_us(&self, task: u32) -> Option<u64> {
        if self.flows.is_empty() {
            return None;
        }
        let (group, number) = self.place(task);
        self.flows[group].as_ref().map(|flow| flow.due_us(number))
    }

    /// When the last of all tasks that come over time is due, in microseconds from t = 0; `None` where none do.
    #[must_use]
    pub fn last_due_us(&self) -> Option<u64> {
        self.last_due_us
    }

    /// The latency of a task that a worker took at `taken_ns` and that ended at `ended_ns`, in nanoseconds: from when it was
    /// due where it came over time, so that what it waited for a worker counts. Beside such tasks, those of other groups
    /// have none; in a scenario in which no task comes over time it counts from when the task was taken.
    #[must_use]
    pub fn latency_ns(&self, task: u32, taken_ns: u64, ended_ns: u64) -> Option<u64> {
        let from_ns = if self.flows.is_empty() { taken_ns } else { self.due_us(task)? * 1_000 };
        Some(ended_ns.saturating_sub(from_ns))
    }

    /// Whether a task that was taken at `taken_ns` was still waiting when the last of all that come over time was due; `None`
    /// of one that does not come over time.
    #[must_use]
    pub fn is_behind(&self, task: u32, taken_ns: u64) -> Option<bool> {
        self.due_us(task)?;
        self.last_due_us.map(|last_us| taken_ns > last_us * 1_000 + LATE_NS)
    }

    /// The group all of whose tasks end before a task may begin, if there is one.
    #[must_use]
    pub fn waits_for(&self, task: u32) -> Option<usize> {
        if self.stages.is_empty() { None } else { self.stages[self.place(task).0].map(usize::from) }
    }

    /// Whether some group waits for another one.
    #[must_use]
    pub fn has_stages(&self) -> bool {
        !self.stages.is_empty()
    }

    /// Whether some task may not begin at t = 0, whoever is free: it is not due yet, or its group waits for another.
    #[must_use]
    pub fn holds_back(&self) -> bool {
        !self.flows.is_empty() || !self.stages.is_empty()
    }

    /// How many steps a task has.
    #[must_use]
    pub fn steps(&self, task: u32) -> usize {
        self.scenario.groups[self.place(task).0].steps.len()
    }

    /// A step of a task, dealt from the seed.
    ///
    /// # Panics
    /// When there is no such task or step.
    #[must_use]
    pub fn action(&self, task: u32, step: usize) -> Action<'_> {
        let (group, number) = self.place(task);
        let seed = rng::derive(rng::derive(self.scenario.seed, u64::from(task)), step as u64);
        match &self.scenario.groups[group].steps[step] {
            Step::Fetch(fetch) => {
                let answer = Answer {
                    latency_us: round(fetch.spread.deal(fetch.latency_ms * 1000.0, rng::unit(rng::nth(seed, 0)))),
                    bytes: fetch.bytes,
                    seed: (rng::nth(seed, 1) >> 32) as u32,
                };
                let origin = match &fetch.from {
                    From::Simulated => Origin::Simulated(answer),
                    From::Server => Origin::Server(answer),
                    From::Page => Origin::Page(answer),
                    From::Urls(urls) => Origin::Url(&urls[number as usize % urls.len()]),
                };
                let Fetch { timeout_ms, keeps_lock, retries, backoff_ms, .. } = *fetch;
                let blocking = fetch.blocks();
                Action::Fetch(FetchAction { origin, blocking, timeout_ms, keeps_lock, retries, backoff_ms, attempt: 0 })
            }
            Step::Compute(compute) => Action::Compute(ComputeAction {
                kernel: compute.kernel,
                size: round(compute.spread.deal(compute.size as f64, rng::unit(rng::nth(seed, 0)))).max(1),
                seed: rng::nth(seed, 1),
                input: compute.input,
                lock_share: compute.lock_share(),
                takes: piece(compute, compute.bytes_in, step, || {
                    let seed = rng::derive(self.scenario.seed, u64::from(task % VARIANTS));
                    rng::nth(rng::derive(seed, step as u64), 2)
                }),
                gives: piece(compute, compute.bytes_out, step, || rng::nth(seed, 3)),
            }),
            Step::Bump(Bump { times, guard }) => Action::Bump { times: *times, guard: *guard },
            Step::Call(_) => Action::Call,
        }
    }

    /// What each worker does before its first task, if anything.
    #[must_use]
    pub fn setup(&self) -> Option<SetupAction> {
        self.scenario.setup.map(|setup| match setup {
            Setup::Ms(ms) => SetupAction::Wait(round(ms * 1e6)),
            Setup::Compute(SetupKernel { kernel, size }) => SetupAction::Compute(ComputeAction {
                kernel,
                size,
                // Of no task.
                seed: rng::derive(self.scenario.seed, u64::MAX),
                input: Source::Size,
                lock_share: kernel.about().own_lock_share(),
                takes: None,
                gives: None,
            }),
        })
    }

    /// How much memory a task takes up, in bytes, and what that is counted in; `None` where it takes none.
    #[must_use]
    pub fn memory(&self, task: u32) -> Option<(usize, &Arc<InUse>)> {
        let in_use = self.memory.as_ref()?;
        let bytes = self.scenario.groups[self.place(task).0].memory_bytes();
        (bytes > 0).then_some((bytes, in_use))
    }

    /// The most memory that tasks held at once in this process, as counted since a run began; 0 where they take up none.
    #[must_use]
    pub fn held_bytes(&self) -> u64 {
        self.memory.as_ref().map_or(0, |in_use| in_use.peak())
    }

    /// Makes what tasks are given, so that it lies ready when a run begins, and forgets what was counted in the last one. Where
    /// nobody has done so, the first task does.
    pub fn stock_up(&self) {
        if let Some(in_use) = &self.memory {
            in_use.reset();
        }
        if let Some(supply) = &self.payload {
            self.stock(supply);
        }
    }

    fn stock<'a>(&self, supply: &'a Supply) -> &'a Stock {
        supply.stock.get_or_init(|| Stock::new(&supply.pattern, self.scenario.computes()))
    }

    /// What a task is given for a step, as it lies ready.
    #[must_use]
    pub fn given(&self, piece: &Piece) -> Data<'_> {
        self.payload.as_deref().map_or(Data::Bytes(&[]), |supply| self.stock(supply).piece(piece))
    }

    /// Makes what a task gives back for a step.
    #[must_use]
    pub fn make(&self, piece: &Piece) -> Made {
        self.payload.as_deref().map_or_else(|| Made::Bytes(Vec::new()), |supply| supply.pattern.make(piece))
    }

    /// What a task is given for its steps, in their order.
    pub fn taken(&self, task: u32) -> impl Iterator<Item = Piece> + '_ {
        // Of a plan without any payload nothing is dealt.
        let steps = if self.payload.is_some() { self.steps(task) } else { 0 };
        (0..steps).filter_map(move |step| match self.action(task, step) {
            Action::Compute(compute) => compute.takes,
            Action::Fetch(_) | Action::Bump { .. } | Action::Call => None,
        })
    }

    /// How many bytes of data a task is given, and how many it gives back.
    #[must_use]
    pub fn data_of(&self, task: u32) -> (u64, u64) {
        if self.payload.is_none() {
            return (0, 0);
        }
        let bytes = |piece: Option<Piece>| piece.map_or(0, |piece| piece.length());
        let of_step = |(taken, given): (u64, u64), step| match self.action(task, step) {
            Action::Compute(compute) => (taken + bytes(compute.takes), given + bytes(compute.gives)),
            Action::Fetch(_) | Action::Bump { .. } | Action::Call => (taken, given),
        };
        (0..self.steps(task)).fold((0, 0), of_step)
    }

    /// The most tasks in one message: [`Scenario::most_in_message`].
    #[must_use]
    pub fn most_in_message(&self, chunk: Chunk) -> u32 {
        self.scenario.most_in_message(chunk)
    }

    /// The most spans that a run of it records in one process, about: each step, the wait before it, and what else its worker
    /// did.
    #[must_use]
    pub fn most_spans(&self) -> u64 {
        let of_step = |step: &Step| match step {
            // It takes the lock again and again, and may wait each time.
            Step::Compute(compute) if compute.is_partly_locked() => 400,
            // Each attempt, and the wait before the next.
            Step::Fetch(fetch) => 2 + 2 * u64::from(fetch.retries),
            Step::Compute(_) | Step::Call(_) => 2,
            Step::Bump(bump) => 2 * u64::from(bump.times.div_ceil(BUMPS_PER_SPAN)),
        };
        let of_group = |group: &Group| u64::from(group.tasks) * (1 + group.steps.iter().map(of_step).sum::<u64>());
        self.scenario.groups.iter().map(of_group).sum()
    }

    /// Whether a task works on the user's file.
    #[must_use]
    pub fn wants_file(&self, task: u32) -> bool {
        let steps = &self.scenario.groups[self.place(task).0].steps;
        steps.iter().any(|step| matches!(step, Step::Compute(compute) if compute.input == Source::File))
    }

    /// A task's share of a file of this length; nothing for a task that does not work on it.
    #[must_use]
    pub fn share_of(&self, task: u32, file_bytes: u64) -> std::ops::Range<u64> {
        if self.wants_file(task) { self.file_share(task, file_bytes) } else { 0..0 }
    }

    /// The bytes of a file that a task works on: contiguous shares, in the order of the tasks that want one.
    ///
    /// Of a scenario with several groups, each group that wants the file shares all of it out among its own tasks.
    #[must_use]
    pub fn file_share(&self, task: u32, file_bytes: u64) -> std::ops::Range<u64> {
        let (group, number) = self.place(task);
        let tasks = u64::from(self.scenario.groups[group].tasks);
        let at = |n: u64| (u128::from(file_bytes) * u128::from(n) / u128::from(tasks)) as u64;
        at(u64::from(number))..at(u64::from(number) + 1)
    }
}

/// So many bytes of data for a step, if it has any.
fn piece(of: &Compute, bytes: u32, step: usize, bits: impl FnOnce() -> u64) -> Option<Piece> {
    (bytes > 0).then(|| Piece { step: step as u16, shape: of.shape, bytes, pair: (bits() % PAIRS) as u16 })
}

/// Rounds half up, as `floor(x + 0.5)` does in any language.
fn round(x: f64) -> u64 {
    (x + 0.5).floor() as u64
}

/// Mixes the groups so that they really run together: task `k` of a group of `n` comes at `k / n` of the way, the
/// earlier group first. Exact, by cross-multiplication.
fn interleave(scenario: &Scenario) -> Vec<(u8, u32)> {
    let mut order: Vec<(u8, u32)> =
        scenario.groups.iter().zip(0u8..).flat_map(|(group, g)| (0..group.tasks).map(move |k| (g, k))).collect();
    let tasks = |g: u8| u64::from(scenario.groups[usize::from(g)].tasks);
    order.sort_by(|&(g, k), &(h, l)| (u64::from(k) * tasks(h)).cmp(&(u64::from(l) * tasks(g))).then(g.cmp(&h)));
    order
}

/// The order of tasks that are not all there at once: by when they are due, and groups that wait for others behind all
/// that they might wait for. Tasks that are due at once are mixed as ever.
fn in_time(scenario: &Scenario, flows: &[Option<Flow>]) -> Vec<(u8, u32)> {
    let stages = scenario.stages();
    let when = |(group, number): (u8, u32)| {
        let group = usize::from(group);
        let flow = flows.get(group).and_then(Option::as_ref);
        (stages[group], flow.map_or(0, |flow| flow.due_us(number)))
    };
    let mut order: Vec<_> = interleave(scenario).into_iter().map(|place| (when(place), place)).collect();
    // Stable: what is due at once stays as it was.
    order.sort_by_key(|(when, _)| *when);
    order.into_iter().map(|(_, place)| place).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::{Compute, Spread};

    fn groups(sizes: &[u32]) -> Plan {
        let group = |tasks: &u32| Group {
            tasks: *tasks,
            steps: vec![
                Step::Fetch(Fetch { spread: Spread::Heavy, ..Fetch::default() }),
                Step::Compute(Compute::default()),
            ],
            ..Group::default()
        };
        let scenario = Scenario { groups: sizes.iter().map(group).collect(), ..Scenario::default() };
        Plan::new(scenario.validate().expect("valid"))
    }

    #[test]
    fn groups_run_together() {
        let plan = groups(&[4, 2, 1]);
        let order: Vec<_> = (0..7).map(|task| plan.place(task)).collect();
        assert_eq!(order, [(0, 0), (1, 0), (2, 0), (0, 1), (0, 2), (1, 1), (0, 3)]);
    }

    #[test]
    fn a_task_is_dealt_from_its_number_alone() {
        let plan = groups(&[100]);
        let again = groups(&[100]);
        for task in (0..100).rev() {
            assert_eq!(plan.action(task, 0), again.action(task, 0));
        }
        assert_ne!(plan.action(0, 0), plan.action(1, 0));
    }

    #[test]
    fn tasks_stand_in_the_order_in_which_they_may_begin() {
        let json = r#"{"lanes_scenario":2,"groups":[
            {"name":"pages","tasks":2,"steps":[{"bump":{}}]},
            {"name":"asked","tasks":3,"arrive":{"rate_per_s":100},"steps":[{"bump":{}}]},
            {"name":"report","tasks":1,"after":"pages","steps":[{"bump":{}}]},
            {"tasks":1,"after":"report","steps":[{"bump":{}}]}]}"#;
        let plan = Plan::new(ValidScenario::from_json(json).expect("valid"));
        let order: Vec<_> = (0..7).map(|task| plan.place(task)).collect();
        assert_eq!(order, [(0, 0), (1, 0), (0, 1), (1, 1), (1, 2), (2, 0), (3, 0)]);
        let due: Vec<_> = (0..7).map(|task| plan.due_us(task)).collect();
        assert_eq!(due, [None, Some(0), None, Some(10_000), Some(20_000), None, None]);
        assert_eq!(plan.last_due_us(), Some(20_000));
        assert_eq!([0, 4, 5, 6].map(|task| plan.waits_for(task)), [None, None, Some(0), Some(2)]);
    }

    proptest::proptest! {
        #[test]
        fn every_task_of_every_group_comes_once(sizes in proptest::collection::vec(1u32..50, 1..6)) {
            let plan = groups(&sizes);
            let mut seen: Vec<_> = (0..plan.tasks()).map(|task| plan.place(task)).collect();
            seen.sort_unstable();
            let all: Vec<_> = sizes.iter().enumerate().flat_map(|(g, n)| (0..*n).map(move |k| (g, k))).collect();
            proptest::prop_assert_eq!(seen, all);
        }

        #[test]
        fn shares_of_a_file_cover_it_once(tasks in 1u32..200, bytes in 0u64..1_000_000_000_000) {
            let plan = groups(&[tasks]);
            let mut end = 0;
            for task in 0..tasks {
                let share = plan.file_share(task, bytes);
                proptest::prop_assert_eq!(share.start, end);
                end = share.end;
            }
            proptest::prop_assert_eq!(end, bytes);
        }
    }
}
