//! The interpreter lock in virtual time: its algorithm is [`crate::gil`]'s, the waiting is the virtual clock's.

use std::{
    cell::{Cell, RefCell},
    collections::VecDeque,
    future::poll_fn,
    task::Poll,
};

use super::{clock::Clock, processor::Number};
use crate::gil::State;

/// The lock.
#[derive(Debug)]
pub(super) struct Lock {
    state: RefCell<State>,
    /// Who waits until it is free, in the order in which they began to.
    waiting: RefCell<VecDeque<Number>>,
    /// Who was told that it is free and has not looked yet.
    told: RefCell<Vec<Number>>,
    holder: Cell<Option<Number>>,
    /// Who let it go because others wanted it, and waits until one of them has it.
    yielded: Cell<Option<Number>>,
    interval_ns: u64,
    /// How long it takes to wake a thread.
    wake_ns: f64,
}

impl Lock {
    /// A free lock with this switch interval.
    pub(super) fn new(interval_ns: u64, wake_ns: f64) -> Self {
        Self {
            state: RefCell::default(),
            waiting: RefCell::default(),
            told: RefCell::default(),
            holder: Cell::new(None),
            yielded: Cell::new(None),
            interval_ns,
            wake_ns,
        }
    }

    /// Takes it for a thread, which the agent that is going on now is, waiting for it as CPython does. Whether it had to wait.
    pub(super) async fn take(&self, clock: &Clock, thread: u16) -> bool {
        let agent = clock.agent();
        let mut has_waited = false;
        while self.state.borrow().is_held() {
            has_waited = true;
            let seen = self.state.borrow().switches();
            let until_ns = clock.now_ns() + self.interval_ns;
            self.waiting.borrow_mut().push_back(agent);
            clock.wake_at(until_ns);
            poll_fn(|_| {
                let is_told = self.told.borrow().contains(&agent);
                if is_told || clock.now_ns() >= until_ns { Poll::Ready(()) } else { Poll::Pending }
            })
            .await;
            let is_told = self.is_told(agent);
            if is_told {
                // Until it runs, others may come before it.
                clock.pass(self.wake_ns).await;
            } else {
                self.interval_passed(clock, agent, seen);
            }
        }
        self.state.borrow_mut().take(u64::from(thread));
        self.holder.set(Some(agent));
        if let Some(yielded) = self.yielded.take() {
            clock.wake(yielded);
        }
        has_waited
    }

    /// Whether this agent was told that it is free; it is asked once.
    fn is_told(&self, agent: Number) -> bool {
        let mut told = self.told.borrow_mut();
        let at = told.iter().position(|number| *number == agent);
        at.map(|at| told.remove(at)).is_some()
    }

    /// An agent has waited for an interval that began with this holder.
    fn interval_passed(&self, clock: &Clock, agent: Number, seen: u64) {
        self.waiting.borrow_mut().retain(|number| *number != agent);
        self.state.borrow_mut().interval_passed(seen);
        if self.is_wanted()
            && let Some(holder) = self.holder.get()
        {
            clock.wake(holder);
        }
    }

    /// Whether the holder is asked to let it go.
    pub(super) fn is_wanted(&self) -> bool {
        self.state.borrow().is_wanted()
    }

    /// Gives it back. Where somebody has asked for it, waits until another one has it.
    pub(super) async fn give(&self, clock: &Clock, thread: u16) {
        let is_asked = self.state.borrow_mut().release();
        self.holder.set(None);
        let next = self.waiting.borrow_mut().pop_front();
        if let Some(next) = next {
            self.told.borrow_mut().push(next);
            clock.wake(next);
        }
        if is_asked {
            self.yielded.set(Some(clock.agent()));
            poll_fn(|_| {
                if self.state.borrow().has_switched_from(u64::from(thread)) { Poll::Ready(()) } else { Poll::Pending }
            })
            .await;
        }
    }

    /// Computes under it, handing it over whenever somebody wants it; it is held at the end. `turn` is told of each stretch of
    /// computing and of each wait, with when it began.
    pub(super) async fn compute(&self, clock: &Clock, thread: u16, ns: f64, mut turn: impl FnMut(bool, u64)) {
        let mut left = ns;
        loop {
            let begun_ns = clock.now_ns();
            left = clock.compute_unless(left, || self.is_wanted()).await;
            turn(true, begun_ns);
            if !self.is_wanted() || left <= 0.0 {
                return;
            }
            let waits_ns = clock.now_ns();
            self.give(clock, thread).await;
            self.take(clock, thread).await;
            turn(false, waits_ns);
        }
    }
}
