//! One worker at work: a thread, a process, or an event loop. It computes, holds the interpreter lock where there is one,
//! and records what it does.

use std::ops::ControlFlow;

pub use super::error::Cancelled;
use super::{
    lock_turns::{LockTurns, is_partly},
    work::Computed,
    world::{BlockingWorld, World},
};
use crate::{
    kernels::{Input, Scratch},
    plan::{BUMPS_PER_SPAN, ComputeAction, Plan, SetupAction},
    scenario::{Guard, Source},
    trace::{NO_TASK, Recorder, State},
};

/// One worker at work: its recorder, its buffers, and whether it holds the interpreter lock.
#[derive(Debug)]
pub struct Worker {
    /// Records what this worker does.
    pub recorder: Recorder,
    scratch: Scratch,
    holds_gil: bool,
    turns: LockTurns,
    is_set_up: bool,
}

impl Worker {
    /// A worker that has done nothing yet.
    #[must_use]
    pub fn new(recorder: Recorder) -> Self {
        Self { recorder, scratch: Scratch::default(), holds_gil: false, turns: LockTurns::default(), is_set_up: false }
    }

    /// Records the start-up of this worker.
    pub fn started_up(&mut self, start_ns: u64, end_ns: u64) {
        self.recorder.span(0, NO_TASK, State::StartUp, start_ns, end_ns);
        self.recorder.tally().ready_ns += end_ns.saturating_sub(start_ns);
    }

    /// Does what a worker has to do before its first task, once, recorded as start-up; nothing the next time.
    ///
    /// # Errors
    /// When the run is cancelled before the end.
    pub fn set_up(&mut self, world: &impl BlockingWorld, plan: &Plan) -> Result<(), Cancelled> {
        if std::mem::replace(&mut self.is_set_up, true) {
            return Ok(());
        }
        let Some(action) = plan.setup() else { return Ok(()) };
        let begun_ns = world.now_ns();
        match action {
            SetupAction::Wait(ns) => {
                self.drop_gil(world);
                let start = world.now_ns();
                world.block_for(ns);
                self.recorder.span(0, NO_TASK, State::StartUp, start, world.now_ns());
                self.take_gil(world, 0, NO_TASK);
            }
            SetupAction::Compute(ref action) => {
                let before_ns = self.recorder.tally().state_ns(State::StartUp);
                let computed = self.kernel(world, (0, NO_TASK, State::StartUp), action, (plan, &[]))?;
                // Nobody wants its digest, and it is computed all the same.
                std::hint::black_box(computed.digest);
                let tally = self.recorder.tally();
                if world.gil().is_some() && action.lock_share > 0.0 {
                    tally.kept_gil_ns += tally.state_ns(State::StartUp) - before_ns;
                }
            }
        }
        self.recorder.tally().ready_ns += world.now_ns().saturating_sub(begun_ns);
        if world.is_cancelled() { Err(Cancelled) } else { Ok(()) }
    }

    /// Waits for the interpreter lock, where there is one and this worker does not hold it. One that holds it hands it
    /// over where somebody wants it: a kernel of a single slice does not look, and the tasks of a worker follow one
    /// another under the lock.
    pub(super) fn take_gil(&mut self, world: &impl World, slot: u16, task: u32) {
        self.pass_gil(world, slot, task);
        let Some(gil) = world.gil().filter(|_| !self.holds_gil) else { return };
        if !gil.try_acquire() {
            let start = world.now_ns();
            gil.acquire();
            self.recorder.span(slot, task, State::WaitLock, start, world.now_ns());
        }
        self.holds_gil = true;
    }

    /// Gives the interpreter lock back before something that waits, and at the end of the run.
    pub fn drop_gil(&mut self, world: &impl World) {
        if let Some(gil) = world.gil().filter(|_| self.holds_gil) {
            gil.release();
            self.holds_gil = false;
        }
    }

    /// Runs a kernel for a task, recording it; hands the interpreter lock over whenever somebody wants it, and lets go of it
    /// for the share of the kernel that needs none. `bytes` are those of a body or of a file.
    ///
    /// # Errors
    /// When the run is cancelled before the end.
    pub fn compute(
        &mut self,
        world: &impl World,
        slot: u16,
        task: u32,
        action: &ComputeAction,
        of: (&Plan, &[u8]),
    ) -> Result<Computed, Cancelled> {
        self.kernel(world, (slot, task, State::Compute), action, of)
    }

    /// The same, recorded as whatever it is done for.
    fn kernel(
        &mut self,
        world: &impl World,
        (slot, task, state): (u16, u32, State),
        action: &ComputeAction,
        (plan, bytes): (&Plan, &[u8]),
    ) -> Result<Computed, Cancelled> {
        let share = action.lock_share;
        if self.turns.holds(share) {
            self.take_gil(world, slot, task);
        } else {
            self.drop_gil(world);
        }
        let Self { recorder, scratch, holds_gil, turns, .. } = self;
        let input = match action.input {
            Source::Size => Input::Generated { size: action.size, seed: action.seed },
            Source::File | Source::Body => Input::Bytes(bytes),
        };
        let mut start = world.now_ns();
        // Since when the lock has been held, or has not, and how long it was not before.
        let (mut since, mut outside_ns) = (start, 0);
        let stamp = action.takes.as_ref().map(|piece| {
            let given = world.arrived(task, piece).unwrap_or_else(|| plan.given(piece));
            recorder.tally().bytes_in += given.bytes();
            given.stamp()
        });
        let digest = action.kernel.run(input, scratch, &mut || {
            if let Some(gil) = world.gil().filter(|_| is_partly(share)) {
                let now = world.now_ns();
                let slice_ns = now.saturating_sub(since);
                turns.spent(share, *holds_gil, slice_ns);
                outside_ns += if *holds_gil { 0 } else { slice_ns };
                since = now;
                if *holds_gil && !turns.holds(share) {
                    gil.release();
                    *holds_gil = false;
                } else if !*holds_gil && turns.holds(share) {
                    *holds_gil = true;
                    if !gil.try_acquire() {
                        recorder.span(slot, task, state, start, now);
                        gil.acquire();
                        (start, since) = (world.now_ns(), world.now_ns());
                        recorder.span(slot, task, State::WaitLock, now, start);
                    }
                }
            }
            if let Some(gil) = world.gil().filter(|gil| *holds_gil && gil.is_wanted()) {
                let now = world.now_ns();
                recorder.span(slot, task, state, start, now);
                gil.release();
                gil.acquire();
                start = world.now_ns();
                since = start;
                recorder.span(slot, task, State::WaitLock, now, start);
            }
            if world.is_cancelled() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        });
        let made = action.gives.as_ref().filter(|_| digest.is_some()).map(|piece| plan.make(piece));
        let end = world.now_ns();
        recorder.span(slot, task, state, start, end);
        if world.gil().is_some() {
            let slice_ns = end.saturating_sub(since);
            turns.spent(share, *holds_gil, slice_ns);
            if state == State::Compute {
                recorder.tally().outside_gil_ns += outside_ns + if *holds_gil { 0 } else { slice_ns };
            }
            if !*holds_gil {
                // What comes next is the interpreter's again.
                self.take_gil(world, slot, task);
            }
        }
        digest.map(|digest| Computed { digest, stamp, made }).ok_or(Cancelled)
    }

    /// Increments the shared counter for a task, recording it.
    ///
    /// Time spent waiting for the counter's own lock is drawn as one `wait-lock` span in front of each batch of
    /// increments: single waits are far shorter than a span is worth.
    ///
    /// # Errors
    /// When the run is cancelled before the end.
    pub fn bump(
        &mut self,
        world: &impl World,
        slot: u16,
        task: u32,
        times: u32,
        guard: Guard,
    ) -> Result<(), Cancelled> {
        let counter = world.counter();
        self.take_gil(world, slot, task);
        let mut left = times;
        while left > 0 {
            let batch = left.min(BUMPS_PER_SPAN);
            left -= batch;
            let start = world.now_ns();
            let mut waited = 0;
            for _ in 0..batch {
                match guard {
                    Guard::Atomic => counter.bump_atomic(),
                    // Under the interpreter lock nothing can come in between, unless it is let go in between.
                    Guard::Gil if world.gil().is_some() => counter.bump_unguarded(|| {}),
                    Guard::None => counter.bump_unguarded(|| self.pass_gil(world, slot, task)),
                    Guard::Gil | Guard::Lock => {
                        let guard = counter.try_lock().unwrap_or_else(|| {
                            let before = world.now_ns();
                            let guard = counter.lock();
                            waited += world.now_ns().saturating_sub(before);
                            guard
                        });
                        counter.bump_unguarded(|| {});
                        drop(guard);
                    }
                }
            }
            let end = world.now_ns();
            let turn = (start + waited).min(end);
            if waited > 0 {
                self.recorder.span(slot, task, State::WaitLock, start, turn);
                self.recorder.tally().other_lock_ns += turn - start;
            }
            self.recorder.span(slot, task, State::Compute, turn, end);
            self.recorder.tally().bumps += u64::from(batch);
            if guard != Guard::None {
                self.pass_gil(world, slot, task);
            }
            if world.is_cancelled() {
                return Err(Cancelled);
            }
        }
        Ok(())
    }

    /// Hands the interpreter lock over and takes it again, where somebody wants it.
    fn pass_gil(&mut self, world: &impl World, slot: u16, task: u32) {
        if let Some(gil) = world.gil().filter(|gil| self.holds_gil && gil.is_wanted()) {
            let start = world.now_ns();
            gil.release();
            gil.acquire();
            self.recorder.span(slot, task, State::WaitLock, start, world.now_ns());
        }
    }
}
