//! One event loop: async, and hybrid, where a pool of threads does what would block.
//!
//! ```text
//! slot 0: task ─await fetch─ compute ─┐        As many slots as `concurrency` says, each doing one task after
//! slot 1: task ─await fetch─ …        ├─ one   another. On the loop a compute step blocks all of them, which is
//! slot …                              ┘ thread the lesson; in the hybrid lane it goes to the pool and is awaited.
//! lag:    asks to be woken every few ms, and records how late that was
//! ```

use std::{
    cell::{Cell, RefCell},
    pin::pin,
};

use futures_util::future::{Either, join_all, select};

use super::{
    attempts,
    blocking::blocking_fetch,
    gate::{Gate, May},
    seats::Seats,
    task::Task,
    worker::{Cancelled, Worker},
    world::{AsyncWorld, Fetched, StepError, World},
};
use crate::{
    fetch::Arrival,
    plan::{Action, FetchAction, Plan},
    trace::{NO_TASK, Recorder, State, Tally},
};

/// How often the loop's lag is measured.
const LAG_EVERY_NS: u64 = 5_000_000;

/// What a loop came to.
#[derive(Debug)]
pub struct LoopEnd<S> {
    /// Its totals, without those of its pool.
    pub tally: Tally,
    /// When the last task had ended, in nanoseconds from t = 0.
    pub wall_ns: u64,
    /// Tasks that were begun and not ended.
    pub abandoned: u64,
    /// What ended the loop before its tasks were done.
    pub stopped: Option<S>,
}

/// The loop's own state; it never leaves its thread.
struct EventLoop<'a, W, F> {
    world: &'a W,
    plan: &'a Plan,
    worker: RefCell<Worker>,
    next: Cell<u32>,
    gate: Gate,
    seats: Seats,
    in_flight: Cell<u64>,
    ended: Cell<u64>,
    /// When the loop is to look next how late it is.
    lag_due_ns: Cell<u64>,
    after_task: F,
}

/// Runs every task on one loop, or until `stop` is ready: requests under way do not hold up a cancel. `after_task` is told
/// after each task how many have ended.
pub async fn run<W: AsyncWorld, S>(
    world: &W,
    plan: &Plan,
    recorder: Recorder,
    after_task: impl Fn(u64),
    stop: impl Future<Output = S>,
) -> LoopEnd<S> {
    let event_loop = EventLoop {
        world,
        plan,
        worker: RefCell::new(Worker::new(recorder)),
        next: Cell::new(0),
        gate: Gate::new(plan),
        seats: Seats::default(),
        in_flight: Cell::new(0),
        ended: Cell::new(0),
        lag_due_ns: Cell::new(0),
        after_task,
    };
    if !world.has_pool() || !plan.scenario().needs_pool() {
        // It is the only worker, and nobody waits for anything yet. Cancelled meanwhile, its slots find that out.
        let _ = event_loop.worker.borrow_mut().set_up(world.thread(), plan);
    }
    let slots = plan.scenario().concurrency.min(plan.tasks());
    let stopped = {
        let all = std::pin::pin!(join_all((0..slots).map(|slot| event_loop.slot(slot as u16))));
        event_loop.lag_due_ns.set(world.thread().now_ns() + LAG_EVERY_NS);
        let lag = std::pin::pin!(event_loop.lag());
        let stop = std::pin::pin!(stop);
        match select(all, select(stop, lag)).await {
            Either::Left(_) => None,
            Either::Right((Either::Left((stopped, _)), _)) => Some(stopped),
            Either::Right((Either::Right((never, _)), _)) => match never {},
        }
    };
    let wall_ns = world.thread().now_ns();
    // A task that kept the loop to the end left it no time to say so.
    if wall_ns > event_loop.lag_due_ns.get() {
        event_loop.woken(wall_ns);
    }
    let tally = event_loop.worker.borrow_mut().recorder.take_tally();
    LoopEnd { tally, wall_ns, abandoned: event_loop.in_flight.get(), stopped }
}

impl<W: AsyncWorld, F: Fn(u64)> EventLoop<'_, W, F> {
    /// Measures how late the loop is; never ends.
    async fn lag(&self) -> std::convert::Infallible {
        loop {
            // It is due from the start of the loop on: the first task may keep the loop before this is polled.
            let until_due_ns = self.lag_due_ns.get().saturating_sub(self.world.thread().now_ns());
            self.world.sleep(until_due_ns).await;
            let now_ns = self.world.thread().now_ns();
            self.woken(now_ns);
            self.lag_due_ns.set(now_ns + LAG_EVERY_NS);
        }
    }

    /// Records how late the loop is.
    fn woken(&self, now_ns: u64) {
        let late_ns = now_ns.saturating_sub(self.lag_due_ns.get());
        self.worker.borrow_mut().recorder.tally().loop_lag.record(late_ns);
    }

    /// One place on the loop: one task after another.
    async fn slot(&self, slot: u16) {
        let (mut bytes, mut made) = (Vec::new(), Vec::new());
        while !self.world.thread().is_cancelled() {
            let Some(number) = self.take(slot).await else { break };
            self.in_flight.set(self.in_flight.get() + 1);
            let mut task = Task::start(self.plan, number, self.world.thread().now_ns(), std::mem::take(&mut bytes));
            task.take_memory(self.world.thread(), slot, &mut self.worker.borrow_mut());
            match self.task(slot, &mut task).await {
                Ok(()) => {
                    let mut worker = self.worker.borrow_mut();
                    bytes = task.finish(worker.recorder.tally(), self.world.thread().now_ns(), &mut made);
                    made.drain(..).for_each(|made| worker.recorder.tally().received(made.data()));
                }
                // It stays in flight: neither done nor failed.
                Err(Cancelled) => break,
            }
            self.in_flight.set(self.in_flight.get() - 1);
            self.ended.set(self.ended.get() + 1);
            if self.gate.ended(self.plan, number) {
                self.seats.ring();
            }
            (self.after_task)(self.ended.get());
        }
    }

    /// The next task, once it may begin; `None` where there is none.
    async fn take(&self, slot: u16) -> Option<u32> {
        if !self.plan.holds_back() {
            return self.take_next();
        }
        let (seat, thread) = (self.seats.enter(slot), self.world.thread());
        let since_ns = thread.now_ns();
        let mut has_waited = false;
        loop {
            seat.is_first().await;
            let (now_ns, heard) = (thread.now_ns(), self.seats.heard());
            if self.next.get() >= self.plan.tasks() || thread.is_cancelled() {
                return None;
            }
            match self.gate.look(self.plan, self.next.get(), now_ns) {
                May::Begin => break,
                May::At(due_ns) => {
                    select(pin!(self.world.sleep(due_ns - now_ns)), pin!(seat.is_to_look(heard))).await;
                }
                May::AfterOthers => seat.is_to_look(heard).await,
            }
            has_waited = true;
        }
        if has_waited {
            self.worker.borrow_mut().recorder.span(slot, NO_TASK, State::Idle, since_ns, thread.now_ns());
        }
        self.take_next()
    }

    fn take_next(&self) -> Option<u32> {
        let number = self.next.get();
        (number < self.plan.tasks()).then(|| {
            self.next.set(number + 1);
            number
        })
    }

    /// Does a task to its end. It stays where it is: moving it in and out would cost more than a small step.
    async fn task(&self, slot: u16, task: &mut Task<'_>) -> Result<(), Cancelled> {
        let (world, thread) = (self.world, self.world.thread());
        let number = task.number();
        loop {
            match task.next() {
                Some(Action::Fetch(action)) if !action.blocking => {
                    let ended = self.fetch(slot, action, task).await;
                    task.fetched(self.worker.borrow_mut().recorder.tally(), ended);
                }
                Some(Action::Compute(ref action)) if task.lacks_share(action) => {
                    task.bytes.clear();
                    let start = thread.now_ns();
                    let ended = world.read_async(number, &mut task.bytes).await;
                    self.worker.borrow_mut().recorder.span(slot, number, State::WaitIo, start, thread.now_ns());
                    task.read(ended);
                }
                Some(Action::Fetch(_) | Action::Compute(_) | Action::Bump { .. }) if world.has_pool() => {
                    self.offload(slot, task).await?;
                }
                Some(Action::Fetch(ref action)) => {
                    blocking_fetch(thread, action, task, slot, &mut self.worker.borrow_mut());
                }
                Some(Action::Compute(ref action)) => {
                    let input = (self.plan, &**task.input(action.input));
                    let computed = self.worker.borrow_mut().compute(thread, slot, number, action, input)?;
                    task.computed(computed);
                }
                Some(Action::Bump { times, guard }) => {
                    self.worker.borrow_mut().bump(thread, slot, number, times, guard)?;
                    task.stepped(0);
                }
                Some(Action::Call) | None => return Ok(()),
            }
            if thread.is_cancelled() {
                return Err(Cancelled);
            }
        }
    }

    /// A fetch that the loop waits for, in however many attempts it takes.
    async fn fetch(&self, slot: u16, mut action: FetchAction<'_>, task: &mut Task<'_>) -> Result<(), StepError> {
        let (thread, number) = (self.world.thread(), task.number());
        loop {
            task.bytes.clear();
            let start = thread.now_ns();
            let Fetched { ended, woken } = self.world.fetch_async(&action, &mut task.bytes).await;
            let end = thread.now_ns();
            let wait_ns = {
                let mut worker = self.worker.borrow_mut();
                let rest = woken.map_or(start, |woken| woke::<W>(&mut worker, slot, number, start, woken));
                worker.recorder.span(slot, number, State::WaitIo, rest, end);
                attempts::again(&mut action, &ended, &mut worker.recorder.tally().met)
            };
            let Some(wait_ns) = wait_ns else { return attempts::ended(&action, ended) };
            self.world.sleep(wait_ns).await;
            self.worker.borrow_mut().recorder.span(slot, number, State::WaitIo, end, thread.now_ns());
        }
    }

    /// Hands the next step to the pool and waits for what comes out. The thread that takes it records it.
    async fn offload(&self, slot: u16, task: &mut Task<'_>) -> Result<(), Cancelled> {
        let handed_over_ns = self.world.thread().now_ns();
        // The pool is gone only when the run is as well.
        let worked = self.world.offload(task.offload()).await.ok_or(Cancelled)?;
        let mut worker = self.worker.borrow_mut();
        worker.recorder.span(slot, task.number(), State::Queued, handed_over_ns, worked.started_ns);
        task.offloaded(worker.recorder.tally(), worked)
    }
}

/// Records that the loop has waited for an answer that was there at `due_ns`, and came back to it at `woke_ns`: in between
/// the task could go on, and something else had the loop. Returns from when on the rest of the fetch is still to be
/// recorded; `start_ns` where the loop was not late.
fn woke<W: AsyncWorld>(worker: &mut Worker, slot: u16, task: u32, start_ns: u64, woken: Arrival) -> u64 {
    let Arrival { due_ns, woke_ns } = woken;
    if woke_ns.saturating_sub(due_ns) < W::LATE_NS {
        return start_ns;
    }
    worker.recorder.span(slot, task, State::WaitIo, start_ns, due_ns);
    worker.recorder.span(slot, task, State::Queued, due_ns, woke_ns);
    woke_ns
}
