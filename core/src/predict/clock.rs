//! Virtual time: agents that wait for moments, signals and processor time, woken in the order in which that comes.
//!
//! An agent is a future that belongs to one worker, loop or slot. Nothing here waits: the clock jumps to the next moment that
//! anybody waits for. Agents that wait for the same moment go on in the order in which they began to wait, so that a run is
//! the same whenever and wherever it is made.

use std::{
    cell::{Cell, RefCell},
    cmp::Reverse,
    collections::{BinaryHeap, VecDeque},
    future::poll_fn,
    pin::Pin,
    task::{Context, Poll, Waker},
};

use super::processor::{Number, Processor};

/// A worker, a loop or a slot of it.
pub(super) type Agent<'a> = Pin<Box<dyn Future<Output = ()> + 'a>>;

/// The time, and who waits for what.
#[derive(Debug)]
pub(super) struct Clock {
    now_ns: Cell<u64>,
    /// How many waits have begun: ties are decided by it.
    waits: Cell<u64>,
    timers: RefCell<BinaryHeap<Reverse<(u64, u64, Number)>>>,
    ready: RefCell<VecDeque<Number>>,
    current: Cell<Number>,
    /// The processor that agents compute on.
    processor: Processor,
}

/// More wake-ups were needed than a prediction may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TooLong;

impl Clock {
    /// A clock at 0.
    pub(super) fn new(processor: Processor) -> Self {
        Self {
            now_ns: Cell::new(0),
            waits: Cell::new(0),
            timers: RefCell::default(),
            ready: RefCell::default(),
            current: Cell::new(0),
            processor,
        }
    }

    /// Nanoseconds since the run's t = 0.
    pub(super) fn now_ns(&self) -> u64 {
        self.now_ns.get()
    }

    /// The agent that is going on now.
    pub(super) fn agent(&self) -> Number {
        self.current.get()
    }

    /// Lets an agent look again whether it can go on.
    pub(super) fn wake(&self, agent: Number) {
        self.ready.borrow_mut().push_back(agent);
    }

    /// Waits until this moment.
    pub(super) async fn until(&self, at_ns: u64) {
        if at_ns <= self.now_ns() {
            return;
        }
        self.wake_at(at_ns);
        poll_fn(|_| if self.now_ns() >= at_ns { Poll::Ready(()) } else { Poll::Pending }).await;
    }

    /// Waits for so long.
    pub(super) async fn pass(&self, ns: f64) {
        self.until(self.now_ns() + ns.round() as u64).await;
    }

    /// Waits until somebody wakes the agent that is going on now.
    pub(super) async fn woken(&self) {
        let mut is_woken = false;
        poll_fn(|_| if std::mem::replace(&mut is_woken, true) { Poll::Ready(()) } else { Poll::Pending }).await;
    }

    /// Lets the agent that is going on now look again at this moment.
    pub(super) fn wake_at(&self, at_ns: u64) {
        self.waits.set(self.waits.get() + 1);
        self.timers.borrow_mut().push(Reverse((at_ns, self.waits.get(), self.agent())));
    }

    /// Computes for so many nanoseconds of a core of its own, however long that takes beside others.
    pub(super) async fn compute(&self, ns: f64) {
        self.compute_unless(ns, || false).await;
    }

    /// The same until `stop` says so, which is asked whenever the agent is woken. Returns what is left to be computed.
    pub(super) async fn compute_unless(&self, ns: f64, stop: impl Fn() -> bool) -> f64 {
        if ns <= 0.0 {
            return 0.0;
        }
        let job = self.processor.begin(ns, self.agent(), self.now_ns());
        poll_fn(|_| {
            if !self.processor.has(job) {
                Poll::Ready(0.0)
            } else if stop() {
                Poll::Ready(self.processor.stop(job, self.now_ns()))
            } else {
                Poll::Pending
            }
        })
        .await
    }

    /// Runs agents until nobody can go on any more.
    ///
    /// # Errors
    /// When that takes more than `most` wake-ups.
    pub(super) fn run(&self, mut agents: Vec<Agent<'_>>, most: u64) -> Result<(), TooLong> {
        self.ready.borrow_mut().extend(0..agents.len());
        let mut context = Context::from_waker(Waker::noop());
        let mut is_over = vec![false; agents.len()];
        for _ in 0..most {
            let next = self.ready.borrow_mut().pop_front();
            let Some(agent) = next.or_else(|| self.jump()) else { return Ok(()) };
            if is_over[agent] {
                continue;
            }
            self.current.set(agent);
            is_over[agent] = agents[agent].as_mut().poll(&mut context).is_ready();
        }
        Err(TooLong)
    }

    /// Goes on to the next moment that anybody waits for; who that is.
    fn jump(&self) -> Option<Number> {
        let by_time = self.timers.borrow().peek().map(|Reverse((at_ns, ..))| *at_ns);
        let by_work = self.processor.next_end_ns(self.now_ns());
        let at_ns = by_time.into_iter().chain(by_work).min()?;
        let ended = self.processor.pass(at_ns);
        self.now_ns.set(at_ns);
        let mut ready = self.ready.borrow_mut();
        ready.extend(ended);
        let mut timers = self.timers.borrow_mut();
        while timers.peek().is_some_and(|Reverse((timer_ns, ..))| *timer_ns <= at_ns) {
            ready.extend(timers.pop().map(|Reverse((.., agent))| agent));
        }
        ready.pop_front()
    }
}

/// Something that happens once to whoever waits for it, or before.
#[derive(Debug, Default)]
pub(super) struct Signal {
    is_set: Cell<bool>,
    waiting: Cell<Option<Number>>,
}

impl Signal {
    /// It happens.
    pub(super) fn set(&self, clock: &Clock) {
        self.is_set.set(true);
        if let Some(agent) = self.waiting.take() {
            clock.wake(agent);
        }
    }

    /// Whether it has happened and nobody has waited for it since.
    pub(super) fn is_set(&self) -> bool {
        self.is_set.get()
    }

    /// It has not happened.
    pub(super) fn clear(&self) {
        self.is_set.set(false);
    }

    /// Waits for it, at the longest until `until_ns`; whether it has happened.
    pub(super) async fn wait_until(&self, clock: &Clock, until_ns: Option<u64>) -> bool {
        if let Some(at_ns) = until_ns.filter(|_| !self.is_set()) {
            clock.wake_at(at_ns);
        }
        poll_fn(|_| {
            if self.is_set.take() {
                self.waiting.take();
                Poll::Ready(true)
            } else if until_ns.is_some_and(|at_ns| clock.now_ns() >= at_ns) {
                self.waiting.take();
                Poll::Ready(false)
            } else {
                self.waiting.set(Some(clock.agent()));
                Poll::Pending
            }
        })
        .await
    }

    /// Waits for it.
    pub(super) async fn wait(&self, clock: &Clock) {
        self.wait_until(clock, None).await;
    }
}

/// Something that one agent has at a time; the others get it in the order in which they asked.
#[derive(Debug, Default)]
pub(super) struct Turn {
    holder: Cell<Option<Number>>,
    waiting: RefCell<VecDeque<Number>>,
}

impl Turn {
    /// Waits until it is this agent's turn.
    pub(super) async fn take(&self, clock: &Clock) {
        let agent = clock.agent();
        if self.holder.get().is_none() {
            self.holder.set(Some(agent));
            return;
        }
        self.waiting.borrow_mut().push_back(agent);
        poll_fn(|_| if self.holder.get() == Some(agent) { Poll::Ready(()) } else { Poll::Pending }).await;
    }

    /// Whether it is anybody's turn.
    pub(super) fn is_taken(&self) -> bool {
        self.holder.get().is_some()
    }

    /// Whether somebody waits for it.
    pub(super) fn is_wanted(&self) -> bool {
        !self.waiting.borrow().is_empty()
    }

    /// The next one's turn.
    pub(super) fn give(&self, clock: &Clock) {
        let next = self.waiting.borrow_mut().pop_front();
        self.holder.set(next);
        next.into_iter().for_each(|agent| clock.wake(agent));
    }
}
