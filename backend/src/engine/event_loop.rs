//! One event loop: async, and hybrid, where a pool of threads does the computing.
//!
//! ```text
//! slot 0: task ─await fetch─ compute ─┐        As many slots as `concurrency` says, each doing one task after
//! slot 1: task ─await fetch─ …        ├─ one   another. On the loop a compute step blocks all of them, which is
//! slot …                              ┘ thread the lesson; in the hybrid lane it goes to the pool and is awaited.
//! lag:    asks to be woken every few ms, and takes down how late that was
//! timer:  wakes the slots that wait for simulated answers
//! ```

use std::{
    cell::{Cell, RefCell},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::Ordering::Relaxed,
        mpsc::{self, Receiver, Sender},
    },
    thread,
    time::Duration,
};

use futures::{
    future::{Either, join_all, select},
    pin_mut,
};
use lanes_core::{
    plan::{ComputeAction, FetchAction},
    scenario::Guard,
    trace::{Recorder, State, Tally},
    work::{Cancelled, Hand, Next, Task, World, blocking_fetch, record_start_up},
};
use tokio::sync::{Notify, oneshot};

use super::{
    Done, Shared,
    net::{LoopClient, Timer},
    world::no_file,
};

/// How often the loop's lag is measured.
const LAG_EVERY: Duration = Duration::from_millis(5);

/// The loop's own state; it never leaves its thread.
struct Loop<'a> {
    shared: &'a Arc<Shared>,
    hand: RefCell<Hand>,
    client: LoopClient,
    timer: Timer,
    next: Cell<u32>,
    in_flight: Cell<u64>,
    /// The way to the pool's threads, in the hybrid lane.
    pool: Option<Sender<Job>>,
}

/// The first recorder is the loop's; the others are those of the pool's threads, if there is one.
pub(crate) fn run(shared: &Arc<Shared>, recorders: Vec<Recorder>) -> Done {
    let mut recorders = recorders.into_iter();
    let Some(own) = recorders.next() else { return Done::default() };
    let pool: Vec<Recorder> = recorders.collect();
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return Done { broken: Some(format!("no event loop: {error}")), ..Done::default() },
    };
    thread::scope(|scope| {
        let (to_pool, jobs) = mpsc::channel();
        let jobs = Arc::new(Mutex::new(jobs));
        let has_pool = !pool.is_empty();
        let mut threads = Vec::new();
        for recorder in pool {
            let (jobs, asked_ns) = (Arc::clone(&jobs), shared.world.now_ns());
            let builder = thread::Builder::new().name(format!("lane-{}", recorder.worker()));
            match builder.spawn_scoped(scope, move || serve(shared, recorder, &jobs, asked_ns)) {
                Ok(thread) => threads.push(thread),
                Err(error) => {
                    let why = format!("a thread could not be started ({error}); try fewer workers");
                    return Done { broken: Some(why), ..Done::default() };
                }
            }
        }
        let mut done = runtime.block_on(Loop::run(shared, own, has_pool.then_some(to_pool)));
        // The loop has dropped its end of the channel, so the threads end.
        for thread in threads {
            match thread.join() {
                Ok(tally) => done.workers.push(tally),
                Err(_) => done.broken = Some("a thread of the pool panicked".into()),
            }
        }
        done
    })
}

impl Loop<'_> {
    async fn run(shared: &Arc<Shared>, own: Recorder, pool: Option<Sender<Job>>) -> Done {
        let pressed = Arc::new(Notify::new());
        let bell = Arc::clone(&pressed);
        let _hook = shared.world.cancel.on_cancel(move || bell.notify_one());
        let event_loop = Loop {
            hand: RefCell::new(Hand::new(own)),
            client: LoopClient::new(shared.world.network.clone(), shared.world.clock),
            timer: Timer::new(shared.world.clock),
            next: Cell::new(0),
            in_flight: Cell::new(0),
            pool,
            shared,
        };
        let slots = shared.plan.scenario().concurrency.min(shared.plan.tasks());
        let broken = {
            let all = join_all((0..slots).map(|slot| event_loop.slot(slot as u16)));
            let beside = async {
                tokio::select! {
                    () = pressed.notified() => None,
                    () = event_loop.lag() => None,
                    ended = event_loop.timer.run() => ended.err(),
                }
            };
            pin_mut!(all, beside);
            match select(all, beside).await {
                Either::Left(_) => None,
                Either::Right((trouble, _)) => trouble.map(|error| format!("the loop's timer broke: {error}")),
            }
        };
        let wall_ns = shared.world.now_ns();
        let tally = event_loop.hand.borrow_mut().recorder.take_tally();
        Done { wall_ns, workers: vec![tally], in_flight: event_loop.in_flight.get(), broken, ..Done::default() }
    }

    /// Measures how late the loop is; never ends.
    async fn lag(&self) {
        let world = &self.shared.world;
        loop {
            let due_ns = world.now_ns() + LAG_EVERY.as_nanos() as u64;
            self.timer.sleep(LAG_EVERY).await;
            let late_ns = world.now_ns().saturating_sub(due_ns);
            self.hand.borrow_mut().recorder.tally().loop_lag.record(late_ns);
        }
    }

    /// One place on the loop: one task after another.
    async fn slot(&self, slot: u16) {
        let mut bytes = Vec::new();
        let Shared { plan, world, board, .. } = &**self.shared;
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
            board.ended.fetch_add(1, Relaxed);
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
                    let (ended, start) = self.fetch(slot, number, start, &action, &mut task.bytes).await;
                    let mut hand = self.hand.borrow_mut();
                    hand.recorder.span(slot, number, State::WaitIo, start, world.now_ns());
                    task.fetched(hand.recorder.tally(), ended);
                }
                Next::Read => {
                    let start = world.now_ns();
                    let (ended, bytes) = self.read(number, std::mem::take(&mut task.bytes)).await;
                    task.bytes = bytes;
                    self.hand.borrow_mut().recorder.span(slot, number, State::WaitIo, start, world.now_ns());
                    task.read(ended);
                }
                Next::Compute(action) => {
                    let digest = match &self.pool {
                        Some(pool) => {
                            let bytes = std::mem::take(task.input(action.input));
                            let work = Work::Compute(action, bytes);
                            let (digest, bytes) = self.hand_in(pool, slot, number, work).await?;
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

    /// How a fetch went, and from when on it is still to be recorded.
    async fn fetch(
        &self,
        slot: u16,
        task: u32,
        start_ns: u64,
        action: &FetchAction<'_>,
        into: &mut Vec<u8>,
    ) -> (Result<(), String>, u64) {
        let (ended, arrival) = self.client.fetch(&self.timer, action, into).await;
        let rest_ns = arrival.map_or(start_ns, |arrival| {
            self.hand.borrow_mut().woke_on_loop(slot, task, start_ns, arrival.due_ns, arrival.woke_ns)
        });
        (ended.map_err(|error| error.to_string()), rest_ns)
    }

    /// Reads a task's share of the file on a thread kept for such calls: files cannot be waited for on a loop.
    async fn read(&self, task: u32, mut bytes: Vec<u8>) -> (Result<(), String>, Vec<u8>) {
        let shared = Arc::clone(self.shared);
        bytes.clear();
        let read = tokio::task::spawn_blocking(move || {
            let file = shared.world.file.as_ref().ok_or_else(no_file);
            (file.and_then(|file| file.read(task, &mut bytes)), bytes)
        });
        read.await.unwrap_or_else(|error| (Err(error.to_string()), Vec::new()))
    }

    /// Hands work to the pool and waits for its answer; the buffer comes back with it.
    async fn hand_in(&self, pool: &Sender<Job>, slot: u16, task: u32, work: Work) -> Worked {
        let (answer, answered) = oneshot::channel();
        let handed_in = self.shared.world.now_ns();
        pool.send(Job { task, work, answer }).map_err(|_| Cancelled)?;
        // The sender is dropped without an answer only when a thread panicked, which its join tells.
        let (started, done) = answered.await.map_err(|_| Cancelled)?;
        self.hand.borrow_mut().recorder.span(slot, task, State::Queued, handed_in, started);
        done
    }
}

/// Something for the pool to do, and where to say when it was begun and what came out.
struct Job {
    task: u32,
    work: Work,
    answer: oneshot::Sender<(u64, Worked)>,
}

/// The digest, and the buffer that the work was done on.
type Worked = Result<(u64, Vec<u8>), Cancelled>;

enum Work {
    Compute(ComputeAction, Vec<u8>),
    Bump(u32, Guard),
}

/// One thread of the pool, from its first job to the end of the loop.
fn serve(shared: &Shared, recorder: Recorder, jobs: &Mutex<Receiver<Job>>, asked_ns: u64) -> Tally {
    let world = &shared.world;
    let mut hand = Hand::new(recorder);
    record_start_up(&mut hand, asked_ns, world.now_ns());
    loop {
        // Whoever waits for a job holds the lock, and the others wait for it.
        let job = jobs.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(Job { task, work, answer }) = job else { break };
        let started = world.now_ns();
        let done = match work {
            Work::Compute(action, bytes) => hand.compute(world, 0, task, action, &bytes).map(|digest| (digest, bytes)),
            Work::Bump(times, guard) => hand.bump(world, 0, task, times, guard).map(|()| (0, Vec::new())),
        };
        // Fails when the run was cancelled and the slot is gone.
        let _ = answer.send((started, done));
    }
    hand.recorder.take_tally()
}
