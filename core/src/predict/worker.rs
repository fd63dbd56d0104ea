//! One worker in virtual time: what `run::task`, `run::worker` and `run::blocking` do, without doing it.

use std::{
    cell::{Cell, RefCell},
    sync::Mutex,
};

use super::{
    clock::Clock,
    costs::{Costs, Profile},
    lock::Lock,
};
use crate::{
    fetch::{FetchError, Simulated},
    payload::Piece,
    plan::{Action, Answer, ComputeAction, FetchAction, Origin, Plan, SetupAction},
    run::{
        attempts::again,
        gate::{Gate, May},
        world::StepError,
    },
    scenario::{Kernel, Lane, Place, Source, Step},
    server::{Kept, Simulation, State as ServerState},
    trace::{NO_TASK, Recorder, State},
};

/// The longest stretch of computing between two changes of a lock that is held for a part of it, in nanoseconds, as
/// [`crate::run`]'s kernels have it.
const SLICE_NS: f64 = 75_000.0;
/// The most such stretches of one step.
const MOST_SLICES: f64 = 400.0;

/// What everybody of a run shares.
pub(super) struct Scene<'a> {
    pub(super) clock: Clock,
    pub(super) plan: &'a Plan,
    pub(super) lane: Lane,
    pub(super) costs: Costs,
    pub(super) profile: &'a Profile,
    pub(super) server: Mutex<ServerState>,
    pub(super) file_bytes: u64,
    pub(super) lock: Option<Lock>,
    pub(super) gate: Gate,
    /// Who waits for a group to end.
    pub(super) held_back: RefCell<Vec<usize>>,
    /// The next task that nobody has taken.
    pub(super) next: Cell<u32>,
    /// When the last task ended so far.
    pub(super) ended_ns: Cell<u64>,
}

/// The server's state, lent to a client.
#[derive(Debug)]
pub(super) struct Shared<'a>(&'a Mutex<ServerState>);

impl Kept for Shared<'_> {
    fn with(&self, change: &mut dyn FnMut(&mut ServerState)) -> Result<(), String> {
        self.0.with(change)
    }
}

/// One client of the server: a process, however many threads it has.
pub(super) type Client<'a> = Simulation<Shared<'a>>;

impl<'a> Scene<'a> {
    /// A client of its own.
    pub(super) fn client(&'a self) -> Client<'a> {
        Simulation::new(self.plan.scenario().server, Shared(&self.server))
    }

    /// How long a kernel takes for a step of a task, in nanoseconds.
    fn kernel_ns(&self, task: u32, action: &ComputeAction, body_bytes: u64) -> f64 {
        let bytes = match action.input {
            Source::Size => return self.time_of(action.kernel, action.size as f64),
            Source::Body => body_bytes,
            Source::File => {
                let share = self.plan.share_of(task, self.file_bytes);
                share.end - share.start
            }
        };
        self.time_of(action.kernel, size_of(action.kernel, bytes))
    }

    fn time_of(&self, kernel: Kernel, size: f64) -> f64 {
        self.profile.kernel(kernel).map_or(0.0, |times| times.time_of(size))
    }

    /// Takes the next task for one worker, once it may begin; `None` where there is none.
    pub(super) async fn take(&self, row: &Row) -> Option<u32> {
        let number = self.next.get();
        if number >= self.plan.tasks() {
            return None;
        }
        self.next.set(number + 1);
        if self.plan.holds_back() {
            self.wait_for(number, row).await;
        }
        Some(number)
    }

    async fn wait_for(&self, number: u32, row: &Row) {
        let since_ns = self.clock.now_ns();
        loop {
            match self.gate.look(self.plan, number, self.clock.now_ns()) {
                May::Begin => break,
                May::At(due_ns) => {
                    self.clock.until(due_ns).await;
                    self.clock.pass(self.costs.late).await;
                }
                May::AfterOthers => {
                    self.held_back.borrow_mut().push(self.clock.agent());
                    self.clock.woken().await;
                }
            }
        }
        row.span(0, NO_TASK, State::Idle, since_ns, self.clock.now_ns());
    }

    /// A task has ended.
    pub(super) fn ended(&self, number: u32) {
        self.ended_ns.set(self.ended_ns.get().max(self.clock.now_ns()));
        if self.gate.ended(self.plan, number) {
            self.held_back.take().into_iter().for_each(|agent| self.clock.wake(agent));
        }
    }
}

/// The size, in a kernel's unit, of so many bytes.
pub(super) fn size_of(kernel: Kernel, bytes: u64) -> f64 {
    bytes as f64 / f64::from(kernel.about().unit_bytes.max(1))
}

/// A row of the timeline.
pub(super) struct Row(pub(super) RefCell<Recorder>);

impl Row {
    /// Records a span, unless it is empty.
    pub(super) fn span(&self, slot: u16, task: u32, state: State, start_ns: u64, end_ns: u64) {
        if end_ns > start_ns {
            self.0.borrow_mut().span(slot, task, state, start_ns, end_ns);
        }
    }
}

/// A worker: a thread, or the thread of a loop in one of its slots.
pub(super) struct Worker<'a> {
    pub(super) scene: &'a Scene<'a>,
    pub(super) row: &'a Row,
    pub(super) slot: u16,
    pub(super) client: &'a Client<'a>,
    /// Whether memory is shared with whoever hands out tasks.
    pub(super) is_isolated: bool,
    pub(super) holds_lock: &'a Cell<bool>,
}

impl Worker<'_> {
    fn clock(&self) -> &Clock {
        &self.scene.clock
    }

    fn thread(&self) -> u16 {
        self.row.0.borrow().worker()
    }

    /// Waits for the interpreter lock, where there is one and this worker does not hold it.
    pub(super) async fn take_lock(&self, task: u32) {
        let Some(lock) = self.scene.lock.as_ref().filter(|_| !self.is_isolated && !self.holds_lock.get()) else {
            return;
        };
        let since_ns = self.clock().now_ns();
        lock.take(self.clock(), self.thread()).await;
        self.holds_lock.set(true);
        self.row.span(self.slot, task, State::WaitLock, since_ns, self.clock().now_ns());
    }

    /// Gives it back.
    pub(super) async fn drop_lock(&self) {
        if let Some(lock) = self.scene.lock.as_ref().filter(|_| self.holds_lock.get()) {
            self.holds_lock.set(false);
            lock.give(self.clock(), self.thread()).await;
        }
    }

    /// Computes for so long, under the lock for this share of it; nothing is recorded where there is no state.
    pub(super) async fn compute(&self, task: u32, ns: f64, share: f64, state: Option<State>) {
        let lock = self.scene.lock.as_ref().filter(|_| !self.is_isolated);
        let Some(lock) = lock else {
            let since_ns = self.clock().now_ns();
            self.clock().compute(ns).await;
            self.record(task, state, since_ns);
            return;
        };
        let slices = if share > 0.0 && share < 1.0 { (ns / SLICE_NS).clamp(1.0, MOST_SLICES).ceil() } else { 1.0 };
        for _ in 0..slices as u32 {
            let (held_ns, free_ns) = (ns / slices * share, ns / slices * (1.0 - share));
            if held_ns > 0.0 {
                self.take_lock(task).await;
                let turn = |computes, since_ns| {
                    let state = if computes { state } else { Some(State::WaitLock) };
                    self.record(task, state, since_ns);
                };
                lock.compute(self.clock(), self.thread(), held_ns, turn).await;
            }
            if free_ns > 0.0 {
                self.drop_lock().await;
                let since_ns = self.clock().now_ns();
                self.clock().compute(free_ns).await;
                self.record(task, state, since_ns);
            }
        }
        self.take_lock(task).await;
    }

    fn record(&self, task: u32, state: Option<State>, since_ns: u64) {
        if let Some(state) = state {
            self.row.span(self.slot, task, state, since_ns, self.clock().now_ns());
        }
    }

    /// Does what a worker does before its first task.
    pub(super) async fn set_up(&self) {
        let begun_ns = self.clock().now_ns();
        match self.scene.plan.setup() {
            None => return,
            Some(SetupAction::Wait(ns)) => {
                self.drop_lock().await;
                self.clock().pass(ns as f64 + self.scene.costs.late).await;
                self.record(NO_TASK, Some(State::StartUp), begun_ns);
                self.take_lock(NO_TASK).await;
            }
            Some(SetupAction::Compute(action)) => {
                let ns = self.scene.time_of(action.kernel, action.size as f64);
                self.compute(NO_TASK, ns, action.lock_share, Some(State::StartUp)).await;
            }
        }
        self.row.0.borrow_mut().tally().ready_ns += self.clock().now_ns() - begun_ns;
    }

    /// Does a task with blocking calls, from start to end.
    pub(super) async fn task(&self, number: u32) {
        self.take_lock(number).await;
        let started_ns = self.clock().now_ns();
        self.compute(number, self.scene.costs.task, 1.0, None).await;
        let (mut body_bytes, mut failure) = (0, None);
        for step in 0..self.scene.plan.steps(number) {
            match self.step(number, step, body_bytes).await {
                Ok(bytes) => body_bytes = bytes.unwrap_or(body_bytes),
                Err(error) => {
                    failure = Some(error);
                    break;
                }
            }
        }
        self.finish(number, started_ns, failure);
    }

    /// Does one step with blocking calls; the length of the body that it fetched, if it did.
    pub(super) async fn step(&self, number: u32, step: usize, body_bytes: u64) -> Result<Option<u64>, StepError> {
        match self.scene.plan.action(number, step) {
            Action::Fetch(action) => return self.fetch_blocking(number, action).await.map(Some),
            Action::Compute(action) => {
                let share = self.lock_share(number, step, &action);
                let ns = self.scene.kernel_ns(number, &action, body_bytes);
                self.compute(number, ns, share, Some(State::Compute)).await;
                let length = |piece: &Option<Piece>| piece.as_ref().map_or(0, Piece::length);
                let mut row = self.row.0.borrow_mut();
                row.tally().bytes_in += length(&action.takes);
                row.tally().bytes_out += length(&action.gives);
            }
            Action::Bump { times, .. } => {
                self.compute(number, f64::from(times) * self.scene.costs.bump, 1.0, Some(State::Compute)).await;
                self.row.0.borrow_mut().tally().bumps += u64::from(times);
            }
            Action::Call => {}
        }
        Ok(None)
    }

    fn lock_share(&self, number: u32, step: usize, action: &ComputeAction) -> f64 {
        if self.scene.lane.place != Place::Python {
            return action.lock_share;
        }
        match &self.scene.plan.scenario().groups[self.scene.plan.place(number).0].steps[step] {
            Step::Compute(compute) => compute.python_lock_share(),
            _ => 1.0,
        }
    }

    /// A fetch by calls that block; the length of its body.
    async fn fetch_blocking(&self, number: u32, mut action: FetchAction<'_>) -> Result<u64, StepError> {
        let keeps = action.keeps_lock;
        if !keeps {
            self.drop_lock().await;
        }
        let ended = loop {
            let since_ns = self.clock().now_ns();
            let ended = self.attempt(&action).await;
            self.row.span(self.slot, number, State::WaitIo, since_ns, self.clock().now_ns());
            let wait_ns = again(&mut action, &ended, &mut self.row.0.borrow_mut().tally().met);
            let Some(wait_ns) = wait_ns else { break ended };
            let since_ns = self.clock().now_ns();
            self.clock().pass(wait_ns as f64 + self.scene.costs.late).await;
            self.row.span(self.slot, number, State::WaitIo, since_ns, self.clock().now_ns());
        };
        let bytes = answer(&action).map_or(0, |answer| u64::from(answer.bytes));
        self.take_lock(number).await;
        let body_ns = bytes as f64 * self.scene.costs.body_byte;
        self.compute(number, self.scene.costs.fetch + body_ns, 1.0, None).await;
        ended.map(|()| {
            self.row.0.borrow_mut().tally().fetched_bytes += bytes;
            bytes
        })
    }

    /// The waits of one attempt.
    pub(super) async fn attempt(&self, action: &FetchAction<'_>) -> Result<(), StepError> {
        let Some(answer) = answer(action) else { return Ok(()) };
        let fetch = Simulated::new(answer, action.timeout_ms).as_attempt(action.attempt);
        let mut exchange = self.client.begin(fetch);
        while let Some(wait) = exchange.wait(|| self.clock().now_ns()) {
            self.clock().until(self.clock().now_ns() + wait.as_nanos() as u64).await;
            self.clock().pass(self.scene.costs.late).await;
        }
        exchange.ended().map_err(|error: FetchError| error.into())
    }

    /// A task has ended, well or not.
    pub(super) fn finish(&self, number: u32, started_ns: u64, failure: Option<StepError>) {
        let Scene { plan, clock, .. } = self.scene;
        let latency_ns = plan.latency_ns(number, started_ns, clock.now_ns());
        let mut row = self.row.0.borrow_mut();
        let tally = row.tally();
        tally.came(plan.is_behind(number, started_ns));
        match failure {
            // What it came to is not computed.
            None => tally.task_done(0, latency_ns),
            Some(error) => tally.task_failed(number, error.to_string(), latency_ns),
        }
    }
}

/// The answer that is known beforehand.
pub(super) fn answer(action: &FetchAction<'_>) -> Option<Answer> {
    match action.origin {
        Origin::Simulated(answer) | Origin::Server(answer) | Origin::Page(answer) => Some(answer),
        Origin::Url(_) => None,
    }
}
