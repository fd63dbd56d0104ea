//! Blocking calls, one after another: what a thread of the sequential, threads and gil lanes does, and an isolated worker
//! for each chunk.

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering::Relaxed};

use super::{
    task::{Next, Task},
    worker::{Cancelled, Worker},
    world::BlockingWorld,
};
use crate::{
    plan::{FetchAction, Plan},
    trace::{State, Tally},
};

/// The tasks of a run, as its threads take them, one by one.
#[derive(Debug, Default)]
pub struct TaskQueue {
    next: AtomicU32,
    ended: AtomicU64,
    abandoned: AtomicU64,
}

impl TaskQueue {
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
}

/// What a thread came to.
#[derive(Debug)]
pub struct ThreadEnd {
    /// Its totals.
    pub tally: Tally,
    /// When it had nothing more to do, in nanoseconds from t = 0.
    pub ended_ns: u64,
}

/// One thread, from its first task to its last. `after_task` is called after each.
pub fn run_tasks(
    world: &impl BlockingWorld,
    plan: &Plan,
    queue: &TaskQueue,
    mut worker: Worker,
    mut after_task: impl FnMut(),
) -> ThreadEnd {
    let mut bytes = Vec::new();
    while !world.is_cancelled() {
        let task = queue.next.fetch_add(1, Relaxed);
        if task >= plan.tasks() {
            break;
        }
        if do_task(world, plan, task, &mut worker, &mut bytes).is_err() {
            queue.abandoned.fetch_add(1, Relaxed);
            break;
        }
        queue.ended.fetch_add(1, Relaxed);
        after_task();
    }
    worker.drop_gil(world);
    ThreadEnd { tally: worker.recorder.take_tally(), ended_ns: world.now_ns() }
}

/// Does a task with blocking calls, from start to end. `bytes` is a buffer to be used again.
///
/// # Errors
/// When the run is cancelled; the task is then neither done nor failed.
pub fn do_task(
    world: &impl BlockingWorld,
    plan: &Plan,
    number: u32,
    worker: &mut Worker,
    bytes: &mut Vec<u8>,
) -> Result<(), Cancelled> {
    let mut task = Task::start(plan, number, world.now_ns(), std::mem::take(bytes));
    loop {
        match task.next() {
            Next::Fetch(action) => {
                blocking_fetch(world, &action, &mut task, 0, worker);
                if world.is_cancelled() {
                    return Err(Cancelled);
                }
            }
            Next::Read => {
                worker.drop_gil(world);
                task.bytes.clear();
                let start = world.now_ns();
                let ended = world.read_file(number, &mut task.bytes);
                worker.recorder.span(0, number, State::WaitIo, start, world.now_ns());
                worker.take_gil(world, 0, number);
                task.read(ended);
            }
            Next::Compute(action) => {
                let digest = worker.compute(world, 0, number, action, task.input(action.input))?;
                task.stepped(digest);
            }
            Next::Bump(times, guard) => {
                worker.bump(world, 0, number, times, guard)?;
                task.stepped(0);
            }
            Next::End => break,
        }
    }
    *bytes = task.finish(worker.recorder.tally(), world.now_ns());
    Ok(())
}

/// A fetch that blocks whoever makes it, recorded.
pub(super) fn blocking_fetch(
    world: &impl BlockingWorld,
    action: &FetchAction<'_>,
    task: &mut Task<'_>,
    slot: u16,
    worker: &mut Worker,
) {
    worker.drop_gil(world);
    task.bytes.clear();
    let start = world.now_ns();
    let ended = world.fetch(action, &mut task.bytes);
    worker.recorder.span(slot, task.number(), State::WaitIo, start, world.now_ns());
    // As in CPython, where a thread that comes back from a blocking call needs the lock to go on at all.
    worker.take_gil(world, slot, task.number());
    task.fetched(worker.recorder.tally(), ended);
}
