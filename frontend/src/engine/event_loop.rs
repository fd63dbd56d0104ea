//! One event loop: async, and hybrid, where a pool of threads does the computing.
//!
//! ```text
//! slot 0: task ─await fetch─ compute ─┐        As many slots as `concurrency` says, each doing one task after
//! slot 1: task ─await fetch─ …        ├─ one   another. On the loop a compute step blocks all of them, which is
//! slot …                              ┘ thread the lesson; in the hybrid lane it goes to the pool and is awaited.
//! ```

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
    sync::{Arc, Mutex, PoisonError},
};

use futures::{
    channel::oneshot,
    future::{Either, join_all, select},
};
use gloo_timers::future::TimeoutFuture;
use lanes_core::{
    plan::ComputeAction,
    scenario::Guard,
    trace::{State, recorder},
    work::{Cancelled, Hand, Next, Task, World, blocking_fetch},
};

use super::{
    Done, Shared,
    clock::Clock,
    ending,
    net::{self, Timer},
    reporter::Reporter,
};

/// How often frames are looked after while every slot waits.
const WAKE_MS: u32 = 30;

/// The loop's own state; it never leaves its thread.
struct Loop {
    shared: Arc<Shared>,
    hand: RefCell<Hand>,
    reporter: RefCell<Reporter>,
    timer: Timer,
    next: Cell<u32>,
    ended: Cell<u64>,
    in_flight: Cell<u64>,
    /// The hands of the pool's threads, in the hybrid lane.
    pool: Option<Arc<Vec<Mutex<Hand>>>>,
}

pub(crate) async fn run(shared: Arc<Shared>, threads: Option<u16>) -> Done {
    let mut shared = shared;
    let (loop_recorder, drain) = recorder(0, shared.plan.ring_capacity(2));
    let mut drains = vec![drain];
    let pool = threads.map(|threads| {
        let hands = (1..=threads).map(|worker| {
            let (recorder, drain) = recorder(worker, shared.plan.ring_capacity(2 * threads));
            drains.push(drain);
            Mutex::new(Hand::new(recorder))
        });
        Arc::new(hands.collect::<Vec<_>>())
    });
    if let Some(only) = Arc::get_mut(&mut shared) {
        only.world.clock = Clock::start();
    }
    let reporter = Reporter::new(shared.run, shared.world.clock, drains);
    reporter.started(1 + threads.unwrap_or(0));
    let slots = shared.plan.scenario().concurrency.min(shared.plan.tasks());
    let event_loop = Rc::new(Loop {
        hand: RefCell::new(Hand::new(loop_recorder)),
        reporter: RefCell::new(reporter),
        timer: Timer::new(shared.world.clock),
        next: Cell::new(0),
        ended: Cell::new(0),
        in_flight: Cell::new(0),
        pool,
        shared,
    });

    let all = join_all((0..slots).map(|slot| event_loop.clone().slot(slot as u16)));
    let frames = event_loop.clone().frames();
    futures::pin_mut!(all);
    futures::pin_mut!(frames);
    match select(all, frames).await {
        Either::Left(_) | Either::Right(_) => {}
    }

    let world = &event_loop.shared.world;
    let wall_ns = world.now_ns();
    let mut workers = vec![event_loop.hand.borrow_mut().recorder.take_tally()];
    for hand in event_loop.pool.iter().flat_map(|pool| pool.iter()) {
        workers.push(hand.lock().unwrap_or_else(PoisonError::into_inner).recorder.take_tally());
    }
    let mut reporter = event_loop.reporter.borrow_mut();
    reporter.finish(wall_ns, event_loop.ended.get());
    Done {
        ending: ending(world),
        wall_ns,
        workers,
        in_flight: event_loop.in_flight.get(),
        retried: 0,
        dropped: reporter.dropped(),
        counted: world.counter().value(),
        notes: Vec::new(),
    }
}

impl Loop {
    /// Sends frames while the slots wait; ends only when the run is cancelled, so that requests under way do not
    /// hold up a cancel.
    async fn frames(self: Rc<Self>) {
        while !self.shared.world.is_cancelled() {
            TimeoutFuture::new(WAKE_MS).await;
            self.tick();
        }
    }

    fn tick(&self) {
        self.reporter.borrow_mut().tick(self.shared.world.now_ns(), self.ended.get());
    }

    /// One place on the loop: one task after another.
    async fn slot(self: Rc<Self>, slot: u16) {
        let mut bytes = Vec::new();
        let Shared { plan, world, .. } = &*self.shared;
        while !world.is_cancelled() {
            let number = self.next.get();
            if number >= plan.tasks() {
                break;
            }
            self.next.set(number + 1);
            self.in_flight.set(self.in_flight.get() + 1);
            let task = Task::start(plan, number, world.now_ns(), std::mem::take(&mut bytes));
            match self.task(slot, task).await {
                Ok(task) => bytes = task.finish(self.hand.borrow_mut().recorder.tally(), world.now_ns()),
                // It stays in flight: neither done nor failed.
                Err(Cancelled) => break,
            }
            self.in_flight.set(self.in_flight.get() - 1);
            self.ended.set(self.ended.get() + 1);
            self.tick();
        }
    }

    async fn task<'p>(&self, slot: u16, mut task: Task<'p>) -> Result<Task<'p>, Cancelled> {
        let world = &self.shared.world;
        let number = task.number();
        loop {
            match task.next() {
                Next::Fetch(action) if action.blocking => {
                    blocking_fetch(world, &action, &mut task, slot, &mut self.hand.borrow_mut());
                }
                Next::Fetch(action) => {
                    task.bytes.clear();
                    let start = world.now_ns();
                    let (ended, arrival) = net::fetch(&world.network, &self.timer, &action, &mut task.bytes).await;
                    let mut hand = self.hand.borrow_mut();
                    let start = arrival.map_or(start, |arrival| {
                        hand.woke_on_loop(slot, number, start, arrival.due_ns, arrival.woke_ns)
                    });
                    let ended = ended.map_err(|error| error.to_string());
                    hand.recorder.span(slot, number, State::WaitIo, start, world.now_ns());
                    task.fetched(hand.recorder.tally(), ended);
                }
                Next::Read => {
                    let start = world.now_ns();
                    let ended = match world.file.urls.get(number as usize).filter(|url| !url.is_empty()) {
                        Some(url) => net::read(url, &mut task.bytes).await,
                        None => Ok(()),
                    };
                    self.hand.borrow_mut().recorder.span(slot, number, State::WaitIo, start, world.now_ns());
                    task.read(ended);
                }
                Next::Compute(action) => {
                    let digest = match &self.pool {
                        Some(pool) => {
                            let bytes = std::mem::take(task.input(action.input));
                            let (digest, bytes) =
                                self.hand_in(pool, slot, number, Work::Compute(action, bytes)).await?;
                            *task.input(action.input) = bytes;
                            digest
                        }
                        None => {
                            self.hand.borrow_mut().compute(world, slot, number, action, task.input(action.input))?
                        }
                    };
                    task.stepped(digest);
                }
                Next::Bump(times, guard) => {
                    match &self.pool {
                        Some(pool) => {
                            self.hand_in(pool, slot, number, Work::Bump(times, guard)).await?;
                        }
                        None => self.hand.borrow_mut().bump(world, slot, number, times, guard)?,
                    }
                    task.stepped(0);
                }
                Next::End => return Ok(task),
            }
            if world.is_cancelled() {
                return Err(Cancelled);
            }
        }
    }

    /// Hands work to the pool and waits for its answer; the buffer comes back with it.
    async fn hand_in(
        &self,
        pool: &Arc<Vec<Mutex<Hand>>>,
        slot: u16,
        task: u32,
        work: Work,
    ) -> Result<(u64, Vec<u8>), Cancelled> {
        let (answer, answered) = oneshot::channel();
        let (pool, shared) = (Arc::clone(pool), Arc::clone(&self.shared));
        let handed_in = self.shared.world.now_ns();
        rayon::spawn(move || {
            let started = shared.world.now_ns();
            let thread = rayon::current_thread_index().expect("spawned on the pool");
            let mut hand = pool[thread].lock().unwrap_or_else(PoisonError::into_inner);
            let done = work.run(&shared, task, &mut hand);
            drop(hand);
            let _ = answer.send((started, done));
        });
        // The sender is dropped without an answer only when the pool is gone, and then the engine is.
        let (started, done) = answered.await.map_err(|_| Cancelled)?;
        self.hand.borrow_mut().recorder.span(slot, task, State::Queued, handed_in, started);
        done
    }
}

/// What the pool does for the loop.
enum Work {
    Compute(ComputeAction, Vec<u8>),
    Bump(u32, Guard),
}

impl Work {
    fn run(self, shared: &Shared, task: u32, hand: &mut Hand) -> Result<(u64, Vec<u8>), Cancelled> {
        match self {
            Self::Compute(action, bytes) => Ok((hand.compute(&shared.world, 0, task, action, &bytes)?, bytes)),
            Self::Bump(times, guard) => hand.bump(&shared.world, 0, task, times, guard).map(|()| (0, Vec::new())),
        }
    }
}
