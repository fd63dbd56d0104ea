//! How a program is built, decided once from the scenario and the model.

use super::{
    super::{language::NoProgram, parts::Facts},
    times,
};
use crate::scenario::{Chunk, Fetch, From, Group, Model, Scenario, Setup, Step};

/// What the parts of a program are chosen by.
#[derive(Debug)]
pub(super) struct Form {
    /// Which `run`, as the parts call it.
    run: &'static str,
    /// `main` and `task` are async.
    pub(super) is_async: bool,
    /// What computes or blocks goes to a pool beside the event loop.
    pub(super) pool: bool,
    /// Something blocks although there is an event loop.
    pub(super) blocks: bool,
    /// Something wants the interpreter lock.
    pub(super) gil: bool,
    /// Simulated answers can take longer than they may.
    pub(super) late: bool,
    /// Answers are simulated, and the server behind them has limits.
    pub(super) limited: bool,
    /// That server can refuse a request or fail.
    pub(super) refused: bool,
    /// Lanes' own endpoint is asked to have these limits.
    pub(super) restrained: bool,
    /// Which attempt a request of it is decides whether it fails.
    pub(super) attempts: bool,
    /// Tasks can fail.
    pub(super) fails: bool,
    /// Tasks handed to a process at a time.
    pub(super) chunk: u32,
    pub(super) processes: bool,
    pub(super) file: bool,
    /// Tasks wait for answers.
    waits: bool,
    /// Tasks compute.
    pub(super) works: bool,
    /// Increments over all tasks.
    pub(super) bumps: u64,
    /// Tasks come over time.
    timed: bool,
    /// Tasks wait for those of other groups.
    staged: bool,
    grouped: bool,
    /// Workers have something to do before their first tasks.
    sets_up: bool,
    /// When tasks are due, as the parts want it.
    arrivals: String,
}

impl Form {
    pub(super) fn of(scenario: &Scenario, model: Model) -> Result<Self, NoProgram> {
        let steps = || scenario.steps();
        let waits = steps().any(|step| matches!(step, Step::Fetch(_)));
        let works = steps().any(|step| !matches!(step, Step::Fetch(_)));
        let blocks = steps().any(|step| matches!(step, Step::Fetch(fetch) if fetch.blocks()));
        let locks = steps().any(|step| match step {
            Step::Fetch(fetch) => fetch.keeps_lock,
            Step::Compute(compute) => compute.lock_share() > 0.0,
            Step::Bump(_) => true,
            Step::Call(_) => false,
        });
        let sets_up = matches!(scenario.setup, Some(Setup::Compute(of)) if of.kernel.about().own_lock_share() > 0.0);
        let gil = model == Model::Gil && (locks || sets_up || scenario.takes_memory());
        let is_async = matches!(model, Model::Async | Model::Hybrid);
        let late = steps().any(|step| matches!(step, Step::Fetch(fetch) if scenario.can_time_out(fetch)));
        let simulates = |step: &Step| matches!(step, Step::Fetch(fetch) if fetch.from == From::Simulated);
        let limited = steps().any(simulates) && !scenario.server.is_default();
        let refused = limited && scenario.server.can_fail();
        let retries = |step: &Step| simulates(step) && matches!(step, Step::Fetch(fetch) if fetch.retries > 0);
        let tasks = scenario.tasks();
        let (timed, staged) = (scenario.has_arrivals(), scenario.has_stages());
        let run = match model {
            Model::Sequential => "sequential",
            Model::Async | Model::Hybrid if timed || staged => "in_time",
            Model::Async | Model::Hybrid if scenario.concurrency >= tasks => "unlimited",
            Model::Async | Model::Hybrid => "limited",
            Model::Threads | Model::Gil if waits || gil || timed || staged => "threads",
            Model::Threads | Model::Gil => "rayon",
            Model::Processes => "processes",
            Model::Interpreters => return Err(NoProgram::NoInterpreters),
        };
        let most = scenario.most_in_message(scenario.chunk);
        let times = |step: &Step| if let Step::Bump(bump) = step { u64::from(bump.times) } else { 0 };
        let bumps = |group: &Group| u64::from(group.tasks) * group.steps.iter().map(times).sum::<u64>();
        Ok(Self {
            run,
            is_async,
            pool: model == Model::Hybrid && (works || blocks),
            blocks: is_async && blocks,
            gil,
            late,
            limited,
            refused,
            restrained: scenario.wants_server() && !scenario.server.is_default(),
            attempts: limited && scenario.server.errors > 0.0 && steps().any(retries),
            fails: scenario.wants_addresses() || scenario.wants_server() || late || refused,
            chunk: match scenario.chunk {
                // A chunk would wait for the last of its tasks to be due.
                _ if timed || staged => 1,
                Chunk::Fixed(tasks) => tasks.min(most),
                // Large enough for many short tasks, small enough for an even end.
                Chunk::Auto => (tasks / (scenario.workers * 32)).clamp(1, 100).min(most),
            },
            processes: model == Model::Processes,
            file: scenario.wants_file(),
            waits,
            works,
            bumps: scenario.groups.iter().map(bumps).sum(),
            timed,
            staged,
            grouped: scenario.groups.len() > 1,
            sets_up: scenario.setup.is_some(),
            arrivals: times::arrivals(scenario),
        })
    }

    /// Whether a fetch asks again where the server refuses or fails, which not every one can.
    pub(super) fn asks_again(&self, fetch: &Fetch) -> bool {
        fetch.retries > 0 && (fetch.from != From::Simulated || self.refused)
    }

    /// The same, as the parts ask for it.
    pub(super) fn facts(&self) -> Facts {
        let mut facts = Facts::default();
        facts.set(self.run, true);
        facts.set("async", self.is_async);
        facts.set("processes", self.processes);
        facts.set("fails", self.fails);
        facts.set("bumps", self.bumps > 0);
        facts.set("pool", self.pool);
        facts.set("gil", self.gil);
        // Several threads make requests.
        facts.set("shared", self.run == "threads" || self.pool && self.blocks);
        facts.set("chunks", self.chunk > 1);
        facts.set("file", self.file);
        facts.set("works", self.works);
        facts.set("holds", self.works && !self.pool);
        facts.set("waits", self.waits || self.pool || self.file);
        facts.set("timed", self.timed);
        facts.set("staged", self.staged);
        facts.set("held", self.timed || self.staged);
        facts.set("grouped", self.grouped);
        facts.set("setup", self.sets_up);
        facts.put("arrivals", &*self.arrivals);
        facts.put("sum", if self.fails { "total" } else { "checksum" });
        facts.put("await", if self.is_async { ".await" } else { "" });
        facts.put("try", if self.processes { "?" } else { "" });
        facts.put("worker_at", if self.file { "2" } else { "1" });
        facts.put("hands", if self.chunk > 1 { "CHUNK tasks at a time," } else { "one task after another" });
        facts
    }
}
