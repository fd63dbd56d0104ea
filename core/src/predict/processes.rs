//! Pools of isolated workers in virtual time: ours, whose bookkeeping is [`crate::run::dispatch`]'s own, and CPython's.

use std::{
    cell::{Cell, RefCell},
    collections::VecDeque,
    ops::Range,
};

use super::{
    clock::{Agent, Signal},
    processor::Number,
    worker::{Client, Row, Scene, Worker},
};
use crate::{
    plan::Plan,
    run::dispatch::{Dispatcher, Limits, Order},
    scenario::{Chunk, Model, Place},
    trace::{NO_TASK, State},
};

/// Half of a message's cost is its sender's, half its receiver's.
const HALF: f64 = 0.5;

/// What a pool shares: messages on their way.
pub(super) struct Pool<'a> {
    /// To each worker, or in CPython to whoever takes it first.
    inboxes: Vec<RefCell<VecDeque<Sent>>>,
    /// Workers that wait for a message, where it is anybody's.
    idle: RefCell<Vec<Number>>,
    arrived: Vec<Signal>,
    /// To the parent.
    answers: RefCell<VecDeque<Answer>>,
    answered: Signal,
    is_over: Cell<bool>,
    clients: Vec<Client<'a>>,
    holds_lock: Vec<Cell<bool>>,
}

struct Sent {
    tasks: Range<u32>,
    sent_ns: u64,
}

struct Answer {
    worker: u16,
    tasks: Range<u32>,
    bytes: u64,
    took_ns: u64,
}

impl<'a> Pool<'a> {
    pub(super) fn new(scene: &'a Scene<'a>, workers: usize) -> Self {
        Self {
            inboxes: (0..workers).map(|_| RefCell::default()).collect(),
            idle: RefCell::default(),
            arrived: (0..workers).map(|_| Signal::default()).collect(),
            answers: RefCell::default(),
            answered: Signal::default(),
            is_over: Cell::new(false),
            clients: (0..workers).map(|_| scene.client()).collect(),
            holds_lock: (0..workers).map(|_| Cell::default()).collect(),
        }
    }
}

/// The agents of such a lane: its parent and its workers. The rows are the workers', and the parent's last, where it has one.
pub(super) fn agents<'a>(scene: &'a Scene<'a>, rows: &'a [Row], own: &'a Pool<'a>) -> Vec<Agent<'a>> {
    let workers = own.inboxes.len();
    // CPython's has no row of its own in every lane.
    let parent_row = rows.get(workers);
    let is_ours = scene.lane.place != Place::Python;
    let parent: Agent<'a> = if is_ours {
        Box::pin(async move { our_parent(scene, parent_row, own).await })
    } else {
        Box::pin(async move { python_parent(scene, parent_row, own).await })
    };
    let workers =
        rows.iter().take(workers).enumerate().map(|(number, row)| -> Agent<'a> {
            Box::pin(async move { worker(scene, row, own, number, is_ours).await })
        });
    std::iter::once(parent).chain(workers).collect()
}

/// How many bytes of data these tasks are given, and how many they give back.
fn data_of(plan: &Plan, tasks: Range<u32>) -> (u64, u64) {
    tasks.map(|task| plan.data_of(task)).fold((0, 0), |(given, made), (g, m)| (given + g, made + m))
}

/// Makes or reads a message on the thread of the parent.
async fn parent_message(scene: &Scene<'_>, row: Option<&Row>, bytes: u64) {
    let since_ns = scene.clock.now_ns();
    let ns = (scene.costs.message + bytes as f64 * scene.costs.byte) * HALF;
    scene.clock.compute(ns).await;
    if let Some(row) = row {
        row.span(0, NO_TASK, State::Serialise, since_ns, scene.clock.now_ns());
    }
}

async fn our_parent(scene: &Scene<'_>, row: Option<&Row>, own: &Pool<'_>) {
    let Scene { clock, plan, costs, .. } = scene;
    let workers = own.inboxes.len() as u16;
    let limits = Limits {
        workers,
        chunk: plan.scenario().chunk,
        most_in_message: plan.most_in_message(plan.scenario().chunk),
        task_deadline_ns: None,
        run_deadline_ns: None,
        recycle_after: None,
    };
    clock.pass(costs.start).await;
    let mut dispatcher = Dispatcher::new(*plan, limits, clock.now_ns());
    let mut orders = VecDeque::new();
    for worker in 0..workers {
        clock.compute(costs.worker).await;
        dispatcher.greeted(worker);
        orders.extend(dispatcher.ready(worker, clock.now_ns()));
        send(scene, row, own, &mut dispatcher, &mut orders).await;
    }
    while !dispatcher.is_over() {
        let until_ns = dispatcher.next_due_ns();
        if own.answers.borrow().is_empty() {
            own.answered.wait_until(clock, until_ns).await;
        }
        own.answered.clear();
        loop {
            let answer = own.answers.borrow_mut().pop_front();
            let Some(answer) = answer else { break };
            parent_message(scene, row, answer.bytes).await;
            answer.tasks.clone().for_each(|task| scene.ended(task));
            orders.extend(dispatcher.answered(answer.worker, answer.took_ns, clock.now_ns()));
            send(scene, row, own, &mut dispatcher, &mut orders).await;
        }
        orders.extend(dispatcher.look(clock.now_ns()));
        send(scene, row, own, &mut dispatcher, &mut orders).await;
    }
    end(scene, own);
}

async fn send(
    scene: &Scene<'_>,
    row: Option<&Row>,
    own: &Pool<'_>,
    dispatcher: &mut Dispatcher,
    orders: &mut VecDeque<Order>,
) {
    while let Some(order) = orders.pop_front() {
        // Nobody dies here.
        let Order::Send(worker, tasks) = order else { continue };
        dispatcher.sends(worker, &tasks, scene.clock.now_ns());
        parent_message(scene, row, data_of(scene.plan, tasks.clone()).0).await;
        let to = usize::from(worker);
        own.inboxes[to].borrow_mut().push_back(Sent { tasks, sent_ns: scene.clock.now_ns() });
        own.arrived[to].set(&scene.clock);
    }
}

fn end(scene: &Scene<'_>, own: &Pool<'_>) {
    own.is_over.set(true);
    own.arrived.iter().for_each(|signal| signal.set(&scene.clock));
}

/// How many tasks CPython's pool hands out at a time: `Pool.map` cuts them into four chunks for each worker, `imap` hands them
/// out one by one, and so does a pool of interpreters.
fn python_chunk(scene: &Scene<'_>, workers: usize) -> u32 {
    let (plan, scenario) = (scene.plan, scene.plan.scenario());
    match scenario.chunk {
        _ if scene.lane.model == Model::Interpreters => 1,
        Chunk::Fixed(tasks) => tasks.max(1),
        Chunk::Auto if scenario.has_payload() || plan.holds_back() => 1,
        Chunk::Auto => plan.tasks().div_ceil(4 * workers.max(1) as u32).max(1),
    }
}

async fn python_parent(scene: &Scene<'_>, row: Option<&Row>, own: &Pool<'_>) {
    let Scene { clock, plan, costs, .. } = scene;
    clock.pass(costs.start).await;
    for begins in &own.arrived {
        clock.compute(costs.worker).await;
        begins.set(clock);
    }
    let chunk = python_chunk(scene, own.arrived.len());
    let (mut next, mut ended) = (0, 0);
    while ended < plan.tasks() {
        if next < plan.tasks() {
            if let Some(due_us) = plan.due_us(next) {
                let due_ns = due_us * 1_000;
                while clock.now_ns() < due_ns {
                    own.answered.wait_until(clock, Some(due_ns)).await;
                    ended += take_answers(scene, row, own).await;
                }
            }
            let is_held_back = plan.waits_for(next).is_some() && ended < next;
            if !is_held_back {
                let tasks = next..(next + chunk).min(plan.tasks());
                next = tasks.end;
                parent_message(scene, row, data_of(plan, tasks.clone()).0).await;
                own.inboxes[0].borrow_mut().push_back(Sent { tasks, sent_ns: clock.now_ns() });
                let idle = own.idle.borrow_mut().pop();
                idle.into_iter().for_each(|agent| clock.wake(agent));
                ended += take_answers(scene, row, own).await;
                continue;
            }
        }
        if own.answers.borrow().is_empty() {
            own.answered.wait(clock).await;
        }
        ended += take_answers(scene, row, own).await;
    }
    own.is_over.set(true);
    own.idle.take().into_iter().for_each(|agent| clock.wake(agent));
}

/// Reads the answers that are there; how many tasks ended by that.
async fn take_answers(scene: &Scene<'_>, row: Option<&Row>, own: &Pool<'_>) -> u32 {
    let mut ended = 0;
    own.answered.clear();
    loop {
        let answer = own.answers.borrow_mut().pop_front();
        let Some(answer) = answer else { return ended };
        parent_message(scene, row, answer.bytes).await;
        ended += answer.tasks.end - answer.tasks.start;
        answer.tasks.for_each(|task| scene.ended(task));
    }
}

async fn worker(scene: &Scene<'_>, row: &Row, own: &Pool<'_>, number: usize, is_ours: bool) {
    let Scene { clock, plan, costs, .. } = scene;
    let worker = Worker {
        scene,
        row,
        slot: 0,
        client: &own.clients[number],
        is_isolated: true,
        holds_lock: &own.holds_lock[number],
    };
    if !is_ours {
        own.arrived[number].wait(clock).await;
        row.span(0, NO_TASK, State::StartUp, 0, clock.now_ns());
    }
    worker.set_up().await;
    let inbox = &own.inboxes[if is_ours { number } else { 0 }];
    loop {
        let sent = inbox.borrow_mut().pop_front();
        let Some(Sent { tasks, sent_ns }) = sent else {
            if own.is_over.get() {
                return;
            }
            let since_ns = clock.now_ns();
            if is_ours {
                own.arrived[number].clear();
                own.arrived[number].wait(clock).await;
            } else {
                own.idle.borrow_mut().push(clock.agent());
                clock.woken().await;
            }
            clock.pass(costs.wake).await;
            row.span(0, NO_TASK, State::Idle, since_ns, clock.now_ns());
            continue;
        };
        let began_ns = clock.now_ns();
        let (given, made) = data_of(plan, tasks.clone());
        let half_ns = |bytes: u64| (costs.message + bytes as f64 * costs.byte) * HALF;
        clock.compute(half_ns(given)).await;
        row.span(0, NO_TASK, State::Transfer, began_ns.max(sent_ns), clock.now_ns());
        for task in tasks.clone() {
            worker.task(task).await;
        }
        let since_ns = clock.now_ns();
        clock.compute(half_ns(made)).await;
        row.span(0, NO_TASK, State::Serialise, since_ns, clock.now_ns());
        row.0.borrow_mut().tally().payload_bytes += given + made;
        let took_ns = clock.now_ns() - began_ns;
        own.answers.borrow_mut().push_back(Answer { worker: number as u16, tasks, bytes: made, took_ns });
        own.answered.set(clock);
    }
}
