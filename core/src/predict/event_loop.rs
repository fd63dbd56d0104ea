//! One event loop in virtual time: async, and hybrid with its pool.

use std::{
    cell::{Cell, RefCell},
    collections::VecDeque,
};

use super::{
    clock::{Agent, Signal, Turn},
    processor::Number,
    worker::{Client, Row, Scene, Worker, answer},
};
use crate::{
    plan::{Action, FetchAction},
    run::{
        attempts::again,
        world::{LATE_NS, StepError},
    },
    trace::State,
};

/// What a loop and its pool share.
#[derive(Default)]
pub(super) struct Loop {
    /// Whose turn it is on the loop's thread.
    turn: Turn,
    /// Whether that thread holds the interpreter lock.
    holds_lock: Cell<bool>,
    /// The same of each thread of the pool.
    pool_holds_lock: Vec<Cell<bool>>,
    work: RefCell<VecDeque<usize>>,
    idle: RefCell<Vec<Number>>,
    /// By slot: what it has handed to the pool.
    handed: Vec<RefCell<Option<Handed>>>,
    back: Vec<Signal>,
    is_over: Cell<bool>,
    slots_left: Cell<usize>,
}

/// A step on its way to the pool.
struct Handed {
    task: u32,
    step: usize,
    body_bytes: u64,
    started_ns: u64,
    ended: Result<Option<u64>, StepError>,
}

impl Loop {
    pub(super) fn new(slots: usize, pool: usize) -> Self {
        Self {
            pool_holds_lock: (0..pool).map(|_| Cell::default()).collect(),
            handed: (0..slots).map(|_| RefCell::default()).collect(),
            back: (0..slots).map(|_| Signal::default()).collect(),
            slots_left: Cell::new(slots),
            ..Self::default()
        }
    }
}

/// The agents of such a lane: a slot each, and the threads of its pool.
pub(super) fn agents<'a>(
    scene: &'a Scene<'a>,
    rows: &'a [Row],
    client: &'a Client<'a>,
    own: &'a Loop,
) -> Vec<Agent<'a>> {
    let slots = (0..own.handed.len()).map(|slot| -> Agent<'a> {
        let worker =
            Worker { scene, row: &rows[0], slot: slot as u16, client, is_isolated: false, holds_lock: &own.holds_lock };
        Box::pin(async move {
            if slot == 0 {
                own.turn.take(&scene.clock).await;
                scene.clock.pass(scene.costs.start).await;
                if rows.len() == 1 || !scene.plan.scenario().needs_pool() {
                    worker.set_up().await;
                }
                own.turn.give(&scene.clock);
            }
            Slot { worker, own, number: slot }.run().await;
            own.slots_left.set(own.slots_left.get() - 1);
            if own.slots_left.get() == 0 {
                own.is_over.set(true);
                own.idle.take().into_iter().for_each(|agent| scene.clock.wake(agent));
            }
        })
    });
    let pool = rows[1..].iter().zip(&own.pool_holds_lock).map(|(row, holds_lock)| -> Agent<'a> {
        let worker = Worker { scene, row, slot: 0, client, is_isolated: false, holds_lock };
        Box::pin(async move { pool_thread(&worker, own).await })
    });
    slots.chain(pool).collect()
}

/// A thread of the pool.
async fn pool_thread(worker: &Worker<'_>, own: &Loop) {
    let clock = &worker.scene.clock;
    let mut is_set_up = false;
    loop {
        let next = own.work.borrow_mut().pop_front();
        let Some(slot) = next else {
            if own.is_over.get() {
                break;
            }
            worker.drop_lock().await;
            // Something may have come while it gave the lock back.
            if own.work.borrow().is_empty() && !own.is_over.get() {
                own.idle.borrow_mut().push(clock.agent());
                clock.woken().await;
                clock.pass(worker.scene.costs.wake).await;
            }
            continue;
        };
        if !std::mem::replace(&mut is_set_up, true) {
            clock.compute(worker.scene.costs.worker).await;
            worker.set_up().await;
        }
        let Some(mut handed) = own.handed[slot].take() else { continue };
        worker.take_lock(handed.task).await;
        handed.started_ns = clock.now_ns();
        handed.ended = worker.step(handed.task, handed.step, handed.body_bytes).await;
        own.handed[slot].replace(Some(handed));
        own.back[slot].set(clock);
    }
}

/// One place on the loop.
struct Slot<'a> {
    worker: Worker<'a>,
    own: &'a Loop,
    number: usize,
}

impl Slot<'_> {
    async fn run(&self) {
        let scene = self.worker.scene;
        self.enter().await;
        loop {
            let is_held_back = scene.plan.holds_back();
            if is_held_back {
                self.leave().await;
            }
            let next = scene.take(self.worker.row).await;
            if is_held_back {
                self.enter().await;
            }
            let Some(number) = next else { break };
            self.task(number).await;
            scene.ended(number);
        }
        self.leave().await;
    }

    /// Waits until it is this slot's turn on the loop's thread.
    async fn enter(&self) {
        self.own.turn.take(&self.worker.scene.clock).await;
        self.worker.take_lock(crate::trace::NO_TASK).await;
    }

    /// Lets the others have the loop.
    async fn leave(&self) {
        // The lock is let go only where the loop has nothing else to do: it goes on with the next slot otherwise.
        if !self.own.turn.is_wanted() {
            self.worker.drop_lock().await;
        }
        self.own.turn.give(&self.worker.scene.clock);
    }

    async fn task(&self, number: u32) {
        let scene = self.worker.scene;
        let started_ns = scene.clock.now_ns();
        self.worker.compute(number, scene.costs.task, 1.0, None).await;
        let (mut body_bytes, mut failure) = (0, None);
        let has_pool = !self.own.pool_holds_lock.is_empty();
        for step in 0..scene.plan.steps(number) {
            let ended = match scene.plan.action(number, step) {
                Action::Fetch(action) if !action.blocking => self.fetch(number, action).await.map(Some),
                _ if has_pool => self.offload(number, step, body_bytes).await,
                _ => self.worker.step(number, step, body_bytes).await,
            };
            match ended {
                Ok(bytes) => body_bytes = bytes.unwrap_or(body_bytes),
                Err(error) => {
                    failure = Some(error);
                    break;
                }
            }
        }
        self.worker.finish(number, started_ns, failure);
    }

    /// A fetch that the loop waits for; the length of its body.
    async fn fetch(&self, number: u32, mut action: FetchAction<'_>) -> Result<u64, StepError> {
        let Worker { scene, row, slot, .. } = &self.worker;
        let clock = &scene.clock;
        let bytes = answer(&action).map_or(0, |answer| u64::from(answer.bytes));
        loop {
            let start_ns = clock.now_ns();
            self.leave().await;
            let ended = self.worker.attempt(&action).await;
            let due_ns = clock.now_ns();
            self.enter().await;
            let woke_ns = clock.now_ns();
            if woke_ns - due_ns < LATE_NS {
                row.span(*slot, number, State::WaitIo, start_ns, woke_ns);
            } else {
                row.span(*slot, number, State::WaitIo, start_ns, due_ns);
                row.span(*slot, number, State::Queued, due_ns, woke_ns);
            }
            let body_ns = bytes as f64 * scene.costs.body_byte;
            self.worker.compute(number, scene.costs.fetch + body_ns, 1.0, None).await;
            let wait_ns = again(&mut action, &ended, &mut row.0.borrow_mut().tally().met);
            let Some(wait_ns) = wait_ns else {
                return ended.map(|()| {
                    row.0.borrow_mut().tally().fetched_bytes += bytes;
                    bytes
                });
            };
            let since_ns = clock.now_ns();
            self.leave().await;
            clock.pass(wait_ns as f64 + scene.costs.late).await;
            self.enter().await;
            row.span(*slot, number, State::WaitIo, since_ns, clock.now_ns());
        }
    }

    /// Hands a step to the pool and waits for what comes out.
    async fn offload(&self, task: u32, step: usize, body_bytes: u64) -> Result<Option<u64>, StepError> {
        let Worker { scene, row, slot, .. } = &self.worker;
        let clock = &scene.clock;
        self.worker.compute(task, scene.costs.offload, 1.0, None).await;
        let handed_ns = clock.now_ns();
        self.own.handed[self.number].replace(Some(Handed {
            task,
            step,
            body_bytes,
            started_ns: handed_ns,
            ended: Ok(None),
        }));
        self.own.work.borrow_mut().push_back(self.number);
        let idle = self.own.idle.borrow_mut().pop();
        idle.into_iter().for_each(|agent| clock.wake(agent));
        self.leave().await;
        self.own.back[self.number].wait(clock).await;
        // Somebody else may have the loop meanwhile; it is woken by a message where nobody has.
        if !self.own.turn.is_taken() {
            clock.pass(scene.costs.wake).await;
        }
        self.enter().await;
        let handed = self.own.handed[self.number].take();
        let Some(handed) = handed else { return Ok(None) };
        row.span(*slot, task, State::Queued, handed_ns, handed.started_ns);
        handed.ended
    }
}
