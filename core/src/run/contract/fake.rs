//! A place made of nothing: time that passes by being looked at, answers made on the spot, workers that are values.

use std::{
    cell::{Cell, RefCell},
    collections::BTreeMap,
    ops::Range,
    pin::pin,
    rc::Rc,
    sync::Mutex,
    task::{Context, Poll, Waker},
    time::Duration,
};

use super::{Case, Observed, cases};
use crate::{
    fetch::{Arrival, FetchError, Simulated},
    gil::Gil,
    plan::{FetchAction, Origin, Plan},
    report::{Ending, RunReport, TaskCounts},
    run::{
        blocking::{TaskQueue, run_tasks},
        dispatch::{Dispatcher, Limits, Order, PoolError},
        event_loop,
        gate::Bell,
        isolated::{Answer, Chunk, IsolatedPlace, IsolatedWorker, Setup},
        outcome::{self, Circumstances, LaneEnd},
        parent::{self, Parent, SpanSink},
        rows::{self, RingBudget},
        task::{Work, Worked},
        worker::Worker,
        world::{AsyncWorld, BlockingWorld, Fetched, SharedCounter, StepError, World},
    },
    scenario::{Lane, Model, ValidScenario},
    server::{Simulation, State},
    trace::{Recorder, Span},
};

const MS: u64 = 1_000_000;

/// How long a slice of computing takes, and a look at the clock.
const SLICE_NS: u64 = MS / 4;
const LOOK_NS: u64 = 100;

/// The world. Clones share it.
#[derive(Clone, Debug)]
struct Fake {
    clock: Rc<Cell<u64>>,
    cancel_at_ns: u64,
    counter: Rc<SharedCounter>,
    gil: Rc<Option<Gil>>,
    file: Rc<Option<Vec<u8>>>,
    /// Tasks from this one on find that the file cannot be read any more.
    unreadable_from: u32,
    plan: Plan,
    /// Who sleeps until when.
    sleepers: Rc<RefCell<BTreeMap<(u64, u64), Waker>>>,
    slept: Rc<Cell<u64>>,
    pool: Option<Rc<RefCell<Vec<Worker>>>>,
    server: Rc<Simulation<Mutex<State>>>,
}

impl Fake {
    fn new(plan: &Plan, model: Model, file: Option<Vec<u8>>, cancel_at_ns: u64, trouble: Trouble) -> Self {
        Self {
            clock: Rc::default(),
            cancel_at_ns,
            counter: Rc::default(),
            gil: Rc::new((model == Model::Gil).then(|| Gil::new(Duration::from_millis(5)))),
            file: Rc::new(file),
            unreadable_from: if let Trouble::Unreadable { from } = trouble { from } else { u32::MAX },
            plan: plan.clone(),
            sleepers: Rc::default(),
            slept: Rc::default(),
            pool: None,
            server: Rc::new(Simulation::new(plan.scenario().server, Mutex::default())),
        }
    }

    fn pass(&self, ns: u64) {
        // Nobody sleeps beyond the cancel.
        self.clock.set((self.clock.get() + ns).min(self.cancel_at_ns.max(self.clock.get())));
    }

    /// Polls a future to its end; when it waits, time passes until somebody is due.
    fn block_on<T>(&self, future: impl Future<Output = T>) -> T {
        let mut future = pin!(future);
        let mut cx = Context::from_waker(Waker::noop());
        loop {
            if let Poll::Ready(value) = future.as_mut().poll(&mut cx) {
                return value;
            }
            let next = self.sleepers.borrow_mut().pop_first();
            let ((due_ns, _), waker) = next.expect("whoever waits has said until when");
            self.clock.set(self.clock.get().max(due_ns.min(self.cancel_at_ns)));
            waker.wake();
        }
    }
}

impl World for Fake {
    fn now_ns(&self) -> u64 {
        self.clock.set(self.clock.get() + LOOK_NS);
        self.clock.get()
    }
    fn is_cancelled(&self) -> bool {
        // Asked between two slices of work.
        self.pass(SLICE_NS);
        self.clock.get() >= self.cancel_at_ns
    }
    fn gil(&self) -> Option<&Gil> {
        self.gil.as_ref().as_ref()
    }
    fn counter(&self) -> &SharedCounter {
        &self.counter
    }
}

/// The answer that an action asks for, as a simulated one; an address has none.
fn simulated(action: &FetchAction<'_>) -> Result<Simulated, FetchError> {
    match action.origin {
        Origin::Simulated(answer) | Origin::Server(answer) | Origin::Page(answer) => {
            Ok(Simulated::new(answer, action.timeout_ms).as_attempt(action.attempt))
        }
        Origin::Url(url) => Err(FetchError::NotAnAddress(url.to_owned())),
    }
}

impl BlockingWorld for Fake {
    fn fetch(&self, action: &FetchAction<'_>, into: &mut Vec<u8>) -> Result<(), StepError> {
        assert!(into.is_empty(), "a buffer that is used again is empty before");
        let mut exchange = self.server.begin(simulated(action)?);
        while let Some(wait) = exchange.wait(|| self.now_ns()) {
            self.pass(wait.as_nanos() as u64);
        }
        Ok(exchange.end(into)?)
    }
    fn block_for(&self, ns: u64) {
        self.pass(ns);
    }
    fn read_file(&self, task: u32, bytes: &mut Vec<u8>) -> Result<(), StepError> {
        assert!(bytes.is_empty(), "a buffer that is used again is empty before");
        if task >= self.unreadable_from {
            return Err(StepError::Unreadable("it is shorter than it was".into()));
        }
        let file = self.file.as_ref().as_ref().ok_or(StepError::NoFile("give one"))?;
        let share = self.plan.share_of(task, file.len() as u64);
        bytes.extend_from_slice(&file[share.start as usize..share.end as usize]);
        Ok(())
    }
    fn wait(&self, ns: u64, _: &Bell, _: u64) {
        self.pass(ns);
    }
}

impl IsolatedPlace for Fake {}

impl AsyncWorld for Fake {
    type Thread = Self;

    fn thread(&self) -> &Self {
        self
    }
    async fn fetch_async(&self, action: &FetchAction<'_>, into: &mut Vec<u8>) -> Fetched {
        assert!(into.is_empty(), "a buffer that is used again is empty before");
        let mut exchange = match simulated(action) {
            Ok(fetch) => self.server.begin(fetch),
            Err(why) => return Fetched { ended: Err(why.into()), woken: None },
        };
        let mut woken = None;
        while let Some(wait) = exchange.wait(|| self.now_ns()) {
            let due_ns = self.now_ns() + wait.as_nanos() as u64;
            self.sleep(due_ns.saturating_sub(self.clock.get())).await;
            woken = Some(Arrival { due_ns, woke_ns: self.now_ns() });
        }
        Fetched { ended: exchange.end(into).map_err(StepError::Fetch), woken }
    }
    async fn read_async(&self, task: u32, bytes: &mut Vec<u8>) -> Result<(), StepError> {
        self.sleep(MS).await;
        self.read_file(task, bytes)
    }
    async fn sleep(&self, ns: u64) {
        let due_ns = self.clock.get() + ns;
        let mut is_entered = false;
        std::future::poll_fn(|cx| {
            if self.clock.get() >= due_ns.min(self.cancel_at_ns) {
                return Poll::Ready(());
            }
            if !std::mem::replace(&mut is_entered, true) {
                self.slept.set(self.slept.get() + 1);
                self.sleepers.borrow_mut().insert((due_ns, self.slept.get()), cx.waker().clone());
            }
            Poll::Pending
        })
        .await;
    }
    fn has_pool(&self) -> bool {
        self.pool.is_some()
    }
    async fn offload(&self, work: Work) -> Option<Worked> {
        self.sleep(MS).await;
        let pool = self.pool.as_ref()?;
        let mut worker = pool.borrow_mut().pop()?;
        let worked = work.run(&self.plan, self, &mut worker);
        pool.borrow_mut().insert(0, worker);
        Some(worked)
    }
}

#[derive(Debug, Default)]
struct Spans(Vec<Span>, u64);

impl SpanSink for Spans {
    fn add(&mut self, spans: &[Span], dropped: u64) {
        self.0.extend_from_slice(spans);
        self.1 += dropped;
    }
}

/// What goes wrong besides what the case says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Trouble {
    Nothing,
    /// This task kills the worker that has it.
    Poison {
        task: u32,
    },
    /// Tasks from this one on find that the file cannot be read any more.
    Unreadable {
        from: u32,
    },
}

fn run(case: &Case, model: Model, trouble: Trouble) -> RunReport {
    let scenario = case.valid();
    let plan = Plan::new(scenario.clone());
    let workers = u16::try_from(scenario.workers).expect("few");
    let budget = RingBudget { all: 1 << 18, least: 16 };
    let (recorders, drains) = rows::recorders(model, workers, &plan, budget, true);
    let cancel_at_ns = if case.cancelled { 50 * MS } else { u64::MAX };
    let world = Fake::new(&plan, model, case.file.clone(), cancel_at_ns, trouble);
    let end = match model {
        Model::Sequential | Model::Threads | Model::Gil => threads(&world, recorders),
        Model::Async | Model::Hybrid => on_loop(world.clone(), recorders),
        _ => processes(&world, workers, recorders, &scenario, trouble),
    };
    let known = Circumstances {
        span_ns: 0.0,
        cancelled: world.clock.get() >= cancel_at_ns,
        recording: true,
        dropped: drains.iter().map(crate::trace::Drain::dropped).sum(),
        counted: world.counter.value(),
        clock_resolution_ns: 1,
    };
    outcome::report(Lane::native(model), &plan, end, known)
}

/// One thread after another: each takes what is left.
fn threads(world: &Fake, recorders: Vec<Recorder>) -> LaneEnd {
    let queue = TaskQueue::new(&world.plan);
    let run = |recorder| run_tasks(world, &world.plan, &queue, Worker::new(recorder), || {});
    let ends: Vec<_> = recorders.into_iter().map(run).collect();
    LaneEnd {
        wall_ns: world.now_ns(),
        workers: ends.into_iter().map(|end| end.tally).collect(),
        abandoned: queue.abandoned(),
        ..LaneEnd::default()
    }
}

fn on_loop(mut world: Fake, recorders: Vec<Recorder>) -> LaneEnd {
    let mut recorders = recorders.into_iter();
    let own = recorders.next().expect("the loop's");
    let pool: Vec<Worker> = recorders.map(Worker::new).collect();
    world.pool = (!pool.is_empty()).then(|| Rc::new(RefCell::new(pool)));
    let stop = async {
        while world.clock.get() < world.cancel_at_ns {
            world.sleep(10 * MS).await;
        }
    };
    let end = world.block_on(event_loop::run(&world, &world.plan, own, |_| {}, stop));
    let mut workers = vec![end.tally];
    for mut worker in world.pool.iter().flat_map(|pool| pool.take()) {
        workers.push(worker.recorder.take_tally());
    }
    LaneEnd { wall_ns: end.wall_ns, workers, abandoned: end.abandoned, ..LaneEnd::default() }
}

/// Messages travel as bytes; the oldest one is heard first.
fn processes(
    world: &Fake,
    workers: u16,
    mut recorders: Vec<Recorder>,
    scenario: &ValidScenario,
    trouble: Trouble,
) -> LaneEnd {
    let limits = Limits {
        workers,
        chunk: scenario.chunk,
        most_in_message: world.plan.most_in_message(scenario.chunk),
        task_deadline_ns: None,
        run_deadline_ns: None,
        recycle_after: None,
    };
    let mut dispatcher = Dispatcher::new(&world.plan, limits, world.now_ns());
    let mut parent = Parent::new(workers, recorders.remove(0), Spans::default());
    let file_bytes = world.file.as_ref().as_ref().map(|file| file.len() as u64);
    let mut there: Vec<Option<IsolatedWorker<Fake>>> = (0..workers).map(|_| None).collect();
    let mut sent: Vec<(u16, Vec<u8>, Vec<u8>)> = Vec::new();
    let mut orders: Vec<Order> = (0..workers).map(Order::Spawn).collect();
    loop {
        while !orders.is_empty() {
            match orders.remove(0) {
                Order::Spawn(worker) | Order::Recycle(worker) => {
                    let setup = Setup { worker, scenario: scenario.clone(), recording: true, place: () };
                    let setup = postcard::to_allocvec(&setup).expect("plain data");
                    let setup: Setup<()> = postcard::from_bytes(&setup).expect("as it was");
                    // Its own counter: nothing is shared.
                    let own = Fake { counter: Rc::default(), ..world.clone() };
                    there[usize::from(worker)] = Some(IsolatedWorker::new(setup, |(), _| own));
                    parent.started(worker, 0, world.now_ns());
                    dispatcher.greeted(worker);
                    orders.extend(dispatcher.ready(worker, world.now_ns()));
                }
                Order::Send(worker, tasks) => {
                    let start_ns = world.now_ns();
                    dispatcher.sends(worker, &tasks, start_ns);
                    let payload = match payload(world, tasks.clone()) {
                        Ok(payload) => payload,
                        Err(error) => {
                            dispatcher.fail(PoolError::Place(error.to_string()));
                            continue;
                        }
                    };
                    let chunk = parent::chunk(&world.plan, tasks, file_bytes, start_ns);
                    let chunk = postcard::to_allocvec(&chunk).expect("plain data");
                    parent.sent(worker, (chunk.len() + payload.len()) as u64, start_ns, world.now_ns());
                    sent.push((worker, chunk, payload));
                }
            }
        }
        if dispatcher.is_over() || world.clock.get() >= world.cancel_at_ns {
            break;
        }
        if sent.is_empty() {
            let due_ns = dispatcher.next_due_ns().expect("whoever waits knows until when");
            world.pass(due_ns.saturating_sub(world.clock.get()));
            orders = dispatcher.look(world.now_ns());
            continue;
        }
        let (worker, chunk, payload) = sent.remove(0);
        let chunk: Chunk = postcard::from_bytes(&chunk).expect("as it was");
        if matches!(trouble, Trouble::Poison { task } if (chunk.first..chunk.end).contains(&task)) {
            there[usize::from(worker)] = None;
            sent.retain(|(to, ..)| *to != worker);
            let lost = dispatcher.lost(worker, "poisoned");
            parent.lost(worker, lost.in_hand, lost.since_ns, world.now_ns(), "poisoned");
            orders = lost.orders;
            continue;
        }
        let isolated = there[usize::from(worker)].as_mut().expect("who is sent to is there");
        let (answer, made) = isolated.chunk(&chunk, world.now_ns(), &payload).expect("tasks that there are");
        let mut bytes = postcard::to_allocvec(&answer).expect("plain data");
        made.iter().for_each(|made| made.data().write(&mut bytes));
        isolated.answered();
        let start_ns = world.now_ns();
        let (answer, beside) = postcard::take_from_bytes::<Answer>(&bytes).expect("as it was");
        let length = bytes.len() as u64;
        let took_ns = parent.answered(worker, (&answer, beside), length, start_ns, || world.now_ns());
        let took_ns = took_ns.expect("what tasks give back");
        orders = dispatcher.answered(worker, took_ns, world.now_ns());
    }
    let Spans(_, dropped) = *parent.sink();
    assert_eq!(dropped, 0);
    parent.end(dispatcher.end(), world.now_ns())
}

fn payload(world: &Fake, tasks: Range<u32>) -> Result<Vec<u8>, StepError> {
    let mut all = Vec::new();
    for task in tasks.clone().filter(|_| world.file.is_some()) {
        let mut share = Vec::new();
        world.read_file(task, &mut share)?;
        all.extend(share);
    }
    parent::write_payload(&world.plan, tasks, &mut all);
    Ok(all)
}

#[test]
fn every_model_keeps_the_contract() {
    let mut faults = Vec::new();
    for case in cases() {
        for model in Model::ALL {
            let report = run(&case, model, Trouble::Nothing);
            faults.extend(case.faults(model, &Observed::from(&report)));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn a_task_that_kills_its_workers_is_set_aside_and_the_rest_completes() {
    for case in cases().iter().filter(|case| !case.cancelled) {
        let report = run(case, Model::Processes, Trouble::Poison { task: 0 });
        assert_eq!(report.ending, Ending::Complete, "{}", case.name);
        let TaskCounts { done, failed, .. } = report.tasks;
        assert_eq!(done + failed, report.tasks.total(), "{}: {:?}", case.name, report.tasks);
        assert!((1..=1 + case.expected().failed).contains(&failed), "{}: {:?}", case.name, report.tasks);
        assert!(report.tasks.retried > 0, "{}", case.name);
        assert!(report.notes.iter().any(|note| note.contains("was lost (poisoned)")), "{:?}", report.notes);
    }
}

#[test]
fn a_file_that_cannot_be_read_any_more_breaks_the_run_in_every_model() {
    let reads = |case: &&Case| case.file.as_ref().is_some_and(|file| !file.is_empty()) && !case.cancelled;
    let cases = cases();
    assert!(cases.iter().any(|case| reads(&case)));
    for case in cases.iter().filter(reads) {
        for model in Model::ALL {
            let report = run(case, model, Trouble::Unreadable { from: 2 });
            let why = format!("{}, {}: {report:?}", case.name, model.id());
            let said = StepError::Unreadable("it is shorter than it was".into()).to_string();
            assert_eq!(report.ending, Ending::Broken(said), "{why}");
            assert_eq!(report.tasks.total(), u64::from(case.valid().tasks()), "{why}");
        }
    }
}

#[test]
fn a_pool_whose_workers_all_die_gives_up() {
    let limits = Limits {
        workers: 2,
        chunk: crate::scenario::Chunk::Fixed(1),
        most_in_message: u32::MAX,
        task_deadline_ns: None,
        run_deadline_ns: None,
        recycle_after: None,
    };
    let mut dispatcher = Dispatcher::new(1_000, limits, 0);
    for death in 0.. {
        assert!(death < 1_000, "it never gives up");
        for worker in 0..2 {
            dispatcher.ready(worker, 0);
            dispatcher.lost(worker, "the last one's reason");
        }
        if dispatcher.is_broken() {
            break;
        }
    }
    let broken = dispatcher.end().broken.expect("it has given up");
    assert_eq!(broken, PoolError::Hopeless("the last one's reason".into()));
}
