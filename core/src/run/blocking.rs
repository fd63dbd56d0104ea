//! Blocking calls, one after another: what a thread of the sequential, threads and gil lanes does, and an isolated worker
//! for each chunk.

use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering::Relaxed};

use super::{
    attempts::fetch_blocking,
    gate::{Bell, Gate, May},
    task::Task,
    worker::{Cancelled, Worker},
    world::BlockingWorld,
};
use crate::{
    payload::Made,
    plan::{Action, FetchAction, Plan},
    trace::{NO_TASK, State, Tally},
};

/// The longest that whoever waits does not look whether the run was cancelled, in nanoseconds.
const LOOK_NS: u64 = 20_000_000;

/// The tasks of a run, as its threads take them, one by one.
#[derive(Debug)]
pub struct TaskQueue {
    next: AtomicU32,
    ended: AtomicU64,
    abandoned: AtomicU64,
    gate: Gate,
    /// A group that others wait for has ended.
    bell: Bell,
    /// A thread panicked, so some group may never end.
    is_broken: AtomicBool,
}

impl TaskQueue {
    /// The tasks of a plan; none is taken yet.
    #[must_use]
    pub fn new(plan: &Plan) -> Self {
        Self {
            next: AtomicU32::new(0),
            ended: AtomicU64::new(0),
            abandoned: AtomicU64::new(0),
            gate: Gate::new(plan),
            bell: Bell::default(),
            is_broken: AtomicBool::new(false),
        }
    }

    /// Tasks that have ended so far, well or with a failure.
    #[must_use]
    pub fn ended(&self) -> u64 {
        self.ended.load(Relaxed)
    }

    /// So many tasks have ended, where it is not the queue's own threads that do them.
    pub fn set_ended(&self, ended: u64) {
        self.ended.store(ended, Relaxed);
    }

    /// Tasks that were begun and given up in the middle, because the run was cancelled.
    #[must_use]
    pub fn abandoned(&self) -> u64 {
        self.abandoned.load(Relaxed)
    }

    /// Blocks the thread that has taken a task until that may begin, recorded as idle. `meanwhile` is called from time to
    /// time.
    fn wait_for(
        &self,
        world: &impl BlockingWorld,
        plan: &Plan,
        task: u32,
        worker: &mut Worker,
        meanwhile: &mut impl FnMut(),
    ) -> Result<(), Cancelled> {
        let mut since_ns = None;
        let ended = loop {
            let heard = self.bell.heard();
            let now_ns = world.now_ns();
            let ns = match self.gate.look(plan, task, now_ns) {
                May::Begin => break Ok(()),
                May::At(due_ns) => due_ns - now_ns,
                May::AfterOthers => LOOK_NS,
            };
            if since_ns.is_none() {
                since_ns = Some(now_ns);
                worker.drop_gil(world);
            }
            if world.is_cancelled() || self.is_broken.load(Relaxed) {
                break Err(Cancelled);
            }
            world.wait(ns.min(LOOK_NS), &self.bell, heard);
            meanwhile();
        };
        if let Some(since_ns) = since_ns {
            worker.recorder.span(0, NO_TASK, State::Idle, since_ns, world.now_ns());
        }
        ended
    }
}

/// Lets those who wait go, when the thread that holds it panics.
struct HoldsOthersUp<'a>(&'a TaskQueue);

impl Drop for HoldsOthersUp<'_> {
    fn drop(&mut self) {
        self.0.is_broken.store(true, Relaxed);
        self.0.bell.ring();
    }
}

/// What a thread came to.
#[derive(Debug)]
pub struct ThreadEnd {
    /// Its totals.
    pub tally: Tally,
    /// When it had nothing more to do, in nanoseconds from t = 0.
    pub ended_ns: u64,
}

/// One thread, from its first task to its last. `after_task` is called after each, and from time to time while it waits
/// for one that may not begin yet.
pub fn run_tasks(
    world: &impl BlockingWorld,
    plan: &Plan,
    queue: &TaskQueue,
    mut worker: Worker,
    mut after_task: impl FnMut(),
) -> ThreadEnd {
    let (mut bytes, mut made) = (Vec::new(), Vec::new());
    while !world.is_cancelled() {
        let task = queue.next.fetch_add(1, Relaxed);
        if task >= plan.tasks() {
            break;
        }
        if worker.set_up(world, plan).is_err() {
            // Taken and never begun: it counts as cancelled.
            break;
        }
        if plan.holds_back() && queue.wait_for(world, plan, task, &mut worker, &mut after_task).is_err() {
            break;
        }
        let in_hand = plan.has_stages().then(|| HoldsOthersUp(queue));
        let done = do_task(world, plan, task, &mut worker, &mut bytes, &mut made);
        // It came back, well or not.
        std::mem::forget(in_hand);
        if done.is_err() {
            queue.abandoned.fetch_add(1, Relaxed);
            break;
        }
        // Whoever handed it out shares this memory: it has what the task gives back.
        made.drain(..).for_each(|made| worker.recorder.tally().received(made.data()));
        queue.ended.fetch_add(1, Relaxed);
        if queue.gate.ended(plan, task) {
            queue.bell.ring();
        }
        after_task();
    }
    worker.drop_gil(world);
    ThreadEnd { tally: worker.recorder.take_tally(), ended_ns: world.now_ns() }
}

/// Does a task with blocking calls, from start to end; what it gives back is added to `made`. `bytes` is a buffer to be used again.
///
/// # Errors
/// When the run is cancelled; the task is then neither done nor failed.
pub fn do_task(
    world: &impl BlockingWorld,
    plan: &Plan,
    number: u32,
    worker: &mut Worker,
    bytes: &mut Vec<u8>,
    made: &mut Vec<Made>,
) -> Result<(), Cancelled> {
    let mut task = Task::start(plan, number, world.now_ns(), std::mem::take(bytes));
    task.take_memory(world, 0, worker);
    loop {
        match task.next() {
            Some(Action::Fetch(ref action)) => {
                blocking_fetch(world, action, &mut task, 0, worker);
                if world.is_cancelled() {
                    return Err(Cancelled);
                }
            }
            Some(Action::Compute(ref action)) if task.lacks_share(action) => {
                worker.drop_gil(world);
                task.bytes.clear();
                let start = world.now_ns();
                let ended = world.read_file(number, &mut task.bytes);
                worker.recorder.span(0, number, State::WaitIo, start, world.now_ns());
                worker.take_gil(world, 0, number);
                task.read(ended);
            }
            Some(Action::Compute(ref action)) => {
                let computed = worker.compute(world, 0, number, action, (plan, task.input(action.input)))?;
                task.computed(computed);
            }
            Some(Action::Bump { times, guard }) => {
                worker.bump(world, 0, number, times, guard)?;
                task.stepped(0);
            }
            // No place of Rust runs a call; what is left undone fails the task.
            Some(Action::Call) | None => break,
        }
    }
    *bytes = task.finish(worker.recorder.tally(), world.now_ns(), made);
    Ok(())
}

/// A fetch that blocks whoever makes it, recorded. The interpreter lock is let go meanwhile, unless the call keeps it.
pub(super) fn blocking_fetch(
    world: &impl BlockingWorld,
    action: &FetchAction<'_>,
    task: &mut Task<'_>,
    slot: u16,
    worker: &mut Worker,
) {
    if action.keeps_lock {
        worker.take_gil(world, slot, task.number());
    } else {
        worker.drop_gil(world);
    }
    let number = task.number();
    let start = world.now_ns();
    let ended = fetch_blocking(world, *action, &mut task.bytes, (slot, number), worker);
    if action.keeps_lock && world.gil().is_some() {
        worker.recorder.tally().kept_gil_ns += world.now_ns().saturating_sub(start);
    }
    // As in CPython, where a thread that comes back from a blocking call needs the lock to go on at all.
    worker.take_gil(world, slot, task.number());
    task.fetched(worker.recorder.tally(), ended);
}
