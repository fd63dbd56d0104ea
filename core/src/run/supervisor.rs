//! Who of a pool of isolated workers does what, and what happens when one dies.
//!
//! Pure bookkeeping: events go in, orders come out; spawning, sending and killing are the caller's. The browser's
//! workers and the machine's processes obey the same one.
//!
//! - Each worker has a *credit window*: so many chunks may be on their way to it, no more. A million tasks need no
//!   more memory than the window.
//! - No lock is shared between workers and nothing is counted in tokens that a dying worker could take with it.
//! - When a worker dies, the chunk in its hands is taken back and cut in two, so that a task which kills its workers
//!   ends up alone; after [`MAX_DEATHS`] deaths a task alone is put in quarantine and the others go on. What was
//!   still waiting in the window goes back without blame.

use std::{
    collections::{HashMap, VecDeque},
    ops::Range,
};

use super::chunking::Chunker;
use crate::scenario::Chunk;

/// Chunks on their way to one worker: one in its hands, one waiting so that it never stands still.
pub const WINDOW: usize = 2;

/// The most, when chunks are so short that two of them are done before an answer has come back.
pub const WIDEST: usize = 64;

/// How much work is to be on its way to a worker, in nanoseconds: some round trips of a message.
const AHEAD_NS: f64 = 300_000.0;

/// How many workers a single task may take with it: its first and three retries.
pub const MAX_DEATHS: u32 = 4;

/// Deaths in a row without any chunk ending, for each worker, after which the pool gives up: something kills every
/// worker, whatever it does.
const HOPELESS: u32 = 8;
/// So many times as many where tasks were put in quarantine meanwhile.
const HEALING: u32 = 8;

/// What the caller is to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Order {
    /// Start worker `0` (or start it again).
    Spawn(u16),
    /// Send it these tasks.
    Send(u16, Range<u32>),
}

/// The bookkeeping of one run.
#[derive(Debug)]
pub struct Supervisor {
    workers: Vec<Worker>,
    chunker: Chunker,
    returned: VecDeque<Range<u32>>,
    deaths: HashMap<u32, u32>,
    quarantined: Vec<u32>,
    ended: u64,
    retried: u64,
    barren_deaths: u32,
    cancelled: bool,
}

#[derive(Debug, Default)]
struct Worker {
    ready: bool,
    /// Sent and not answered, oldest first: the first is in its hands.
    sent: VecDeque<Range<u32>>,
}

fn len(tasks: &Range<u32>) -> u32 {
    tasks.end - tasks.start
}

impl Supervisor {
    /// A pool of `workers` for the tasks from 0 to `tasks`; no worker is ready yet.
    #[must_use]
    pub fn new(tasks: u32, workers: u16, policy: Chunk) -> Self {
        Self {
            workers: (0..workers).map(|_| Worker::default()).collect(),
            chunker: Chunker::new(tasks, u32::from(workers), policy),
            returned: VecDeque::new(),
            deaths: HashMap::new(),
            quarantined: Vec::new(),
            ended: 0,
            retried: 0,
            barren_deaths: 0,
            cancelled: false,
        }
    }

    /// Tasks before this one may begin, those from it on may not yet. What may begin by that goes to whoever has least.
    pub fn release(&mut self, until: u32) -> Vec<Order> {
        self.chunker.release(until);
        let mut orders = Vec::new();
        for room in 1..=WIDEST {
            let before = orders.len();
            for worker in 0..self.workers.len() {
                orders.extend(self.fill_up_to(worker as u16, room));
            }
            if room > 1 && orders.len() == before {
                break;
            }
        }
        orders
    }

    /// Never more tasks at a time than this.
    #[must_use]
    pub fn at_most(mut self, tasks: u32) -> Self {
        self.chunker = self.chunker.at_most(tasks);
        self
    }

    /// A worker is there and can be sent to.
    pub fn ready(&mut self, worker: u16) -> Vec<Order> {
        self.workers[usize::from(worker)].ready = true;
        self.fill(worker)
    }

    /// Sends a worker nothing more until it is [`ready`](Self::ready) again: it is to be replaced once it
    /// [is idle](Self::is_idle).
    pub fn retire(&mut self, worker: u16) {
        self.workers[usize::from(worker)].ready = false;
    }

    /// Whether a worker has nothing in its hands or on its way to it.
    #[must_use]
    pub fn is_idle(&self, worker: u16) -> bool {
        self.workers[usize::from(worker)].sent.is_empty()
    }

    /// The chunk in a worker's hands.
    #[must_use]
    pub fn in_hand(&self, worker: u16) -> Option<&Range<u32>> {
        self.workers[usize::from(worker)].sent.front()
    }

    /// A worker has done the chunk in its hands, in so many nanoseconds. Returns the tasks of it.
    pub fn done(&mut self, worker: u16, took_ns: u64) -> (Option<Range<u32>>, Vec<Order>) {
        let Some(tasks) = self.workers[usize::from(worker)].sent.pop_front() else { return (None, Vec::new()) };
        self.ended += u64::from(len(&tasks));
        self.barren_deaths = 0;
        self.chunker.learn(len(&tasks), took_ns);
        (Some(tasks), self.fill(worker))
    }

    /// A worker is gone. Returns the tasks that it had in its hands.
    pub fn died(&mut self, worker: u16) -> (Option<Range<u32>>, Vec<Order>) {
        let dead = &mut self.workers[usize::from(worker)];
        dead.ready = false;
        let mut sent = std::mem::take(&mut dead.sent);
        let in_hand = sent.pop_front();
        // What was only waiting goes back in front, in its old order.
        for tasks in sent.into_iter().rev() {
            self.returned.push_front(tasks);
        }
        if let Some(tasks) = &in_hand {
            self.take_back(tasks);
        }
        self.barren_deaths += 1;
        let more = !self.is_over() && !self.cancelled;
        let mut orders = Vec::new();
        if more {
            orders.push(Order::Spawn(worker));
            // What came back may go to workers that have room.
            for other in 0..self.workers.len() {
                orders.extend(self.fill(other as u16));
            }
        }
        (in_hand, orders)
    }

    fn take_back(&mut self, tasks: &Range<u32>) {
        if len(tasks) > 1 {
            let middle = tasks.start + len(tasks) / 2;
            self.returned.push_back(tasks.start..middle);
            self.returned.push_back(middle..tasks.end);
            self.retried += u64::from(len(tasks));
            return;
        }
        let deaths = self.deaths.entry(tasks.start).or_default();
        *deaths += 1;
        if *deaths >= MAX_DEATHS {
            self.quarantined.push(tasks.start);
            self.ended += 1;
        } else {
            self.returned.push_back(tasks.clone());
            self.retried += 1;
        }
    }

    /// Sends a worker as much as its window has room for.
    fn fill(&mut self, worker: u16) -> Vec<Order> {
        self.fill_up_to(worker, WIDEST)
    }

    /// The same, but no more than `most` chunks.
    fn fill_up_to(&mut self, worker: u16, most: usize) -> Vec<Order> {
        let mut orders = Vec::new();
        while !self.cancelled {
            let to = &self.workers[usize::from(worker)];
            if !to.ready || to.sent.len() >= self.window().min(most) {
                break;
            }
            // Suspects travel alone: behind one, another chunk would only be lost with it.
            let suspect_ahead = to.sent.iter().any(|tasks| self.is_suspect(tasks));
            if suspect_ahead
                || (!to.sent.is_empty() && self.returned.front().is_some_and(|tasks| self.is_suspect(tasks)))
            {
                break;
            }
            let Some(tasks) = self.returned.pop_front().or_else(|| self.chunker.take()) else { break };
            self.workers[usize::from(worker)].sent.push_back(tasks.clone());
            orders.push(Order::Send(worker, tasks));
        }
        orders
    }

    /// How many chunks may be on their way to a worker now: two, or more where they are short and plenty are left. The
    /// last ones do not wait behind another while a worker may be free: only one, unless they are short.
    fn window(&self) -> usize {
        let left = self.chunker.chunks_left() as usize;
        let by_time = self.chunker.chunk_ns().map_or(0, |ns| (AHEAD_NS / ns.max(1.0)) as usize);
        if left < self.workers.len() && by_time == 0 {
            return 1;
        }
        by_time.min(left / (2 * self.workers.len())).clamp(WINDOW, WIDEST)
    }

    fn is_suspect(&self, tasks: &Range<u32>) -> bool {
        len(tasks) == 1 && self.deaths.contains_key(&tasks.start)
    }

    /// Sends nothing more; what is in hand may end.
    pub fn cancel(&mut self) {
        self.cancelled = true;
    }

    /// Whether every task has ended, or every one that will after a cancel.
    #[must_use]
    pub fn is_over(&self) -> bool {
        let in_flight = self.workers.iter().any(|worker| !worker.sent.is_empty());
        !in_flight && (self.cancelled || (self.chunker.left() == 0 && self.returned.is_empty()))
    }

    /// Whether workers die without any chunk ever ending.
    #[must_use]
    pub fn is_hopeless(&self) -> bool {
        let workers = self.workers.len() as u32;
        // Quarantine is progress of a kind, but not for ever.
        let is_healing = self.deaths.values().any(|deaths| *deaths >= MAX_DEATHS);
        self.barren_deaths > HOPELESS * workers * if is_healing { HEALING } else { 1 }
    }

    /// Tasks that have ended, those in quarantine among them.
    #[must_use]
    pub fn ended(&self) -> u64 {
        self.ended
    }

    /// Tasks done again because their worker was lost.
    #[must_use]
    pub fn retried(&self) -> u64 {
        self.retried
    }

    /// Tasks that took every worker with them.
    #[must_use]
    pub fn quarantined(&self) -> &[u32] {
        &self.quarantined
    }

    /// Tasks in the hands of workers or on their way to them.
    #[must_use]
    pub fn in_flight(&self) -> u64 {
        self.workers.iter().flat_map(|worker| &worker.sent).map(|tasks| u64::from(len(tasks))).sum()
    }

    /// What a task takes by what was learnt, in nanoseconds; `None` before anything was.
    #[must_use]
    pub fn task_ns(&self) -> Option<f64> {
        self.chunker.task_ns()
    }

    /// The longest chunk so far.
    #[must_use]
    pub fn longest_chunk(&self) -> u32 {
        self.chunker.longest()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::rng;

    /// Runs a pool in which chance decides who answers and who dies; how often each task was done.
    fn simulate(
        tasks: u32,
        workers: u16,
        policy: Chunk,
        seed: u64,
        deaths_per_mille: u64,
        poison: &[u32],
    ) -> (Supervisor, Vec<u32>) {
        let mut supervisor = Supervisor::new(tasks, workers, policy);
        let mut done = vec![0; tasks as usize];
        let mut alive: Vec<bool> = vec![true; usize::from(workers)];
        let mut orders: Vec<Order> = (0..workers).flat_map(|worker| supervisor.ready(worker)).collect();
        for step in 0.. {
            for order in std::mem::take(&mut orders) {
                if let Order::Spawn(worker) = order {
                    alive[usize::from(worker)] = true;
                    orders.extend(supervisor.ready(worker));
                }
            }
            if supervisor.is_over() {
                break;
            }
            assert!(step < 200_000, "never ends");
            let chance = rng::nth(seed, step);
            let worker = (chance % u64::from(workers)) as u16;
            let in_hand = supervisor.workers[usize::from(worker)].sent.front().cloned();
            assert!(supervisor.workers[usize::from(worker)].sent.len() <= WIDEST);
            let Some(in_hand) = in_hand else { continue };
            let kills = poison.iter().any(|task| in_hand.contains(task));
            let more = if kills || (chance >> 20) % 1000 < deaths_per_mille {
                supervisor.died(worker).1
            } else {
                in_hand.for_each(|task| done[task as usize] += 1);
                supervisor.done(worker, 1_000).1
            };
            orders.extend(more);
        }
        (supervisor, done)
    }

    proptest! {
        #[test]
        fn every_task_is_done_once_whoever_dies(
            tasks in 1u32..400, workers in 1u16..6, fixed in 0u32..40, seed: u64, deaths in 0u64..200,
        ) {
            let policy = if fixed == 0 { Chunk::Auto } else { Chunk::Fixed(fixed) };
            let (supervisor, done) = simulate(tasks, workers, policy, seed, deaths, &[]);
            let quarantined = supervisor.quarantined().len() as u64;
            prop_assert_eq!(done.iter().filter(|n| **n == 1).count() as u64 + quarantined, u64::from(tasks));
            prop_assert!(done.iter().all(|n| *n <= 1));
            prop_assert_eq!(supervisor.ended(), u64::from(tasks));
        }

        #[test]
        fn a_poisonous_task_is_found_and_the_rest_completes(
            tasks in 1u32..300, workers in 1u16..5, seed: u64, poison in 0u32..300, fixed in 0u32..64,
        ) {
            let policy = if fixed == 0 { Chunk::Auto } else { Chunk::Fixed(fixed) };
            let poison = poison % tasks;
            let (supervisor, done) = simulate(tasks, workers, policy, seed, 0, &[poison]);
            prop_assert_eq!(supervisor.quarantined(), &[poison][..]);
            prop_assert_eq!(done.iter().sum::<u32>(), tasks - 1);
        }
    }

    #[test]
    fn where_every_task_kills_its_worker_the_run_is_given_up() {
        let mut supervisor = Supervisor::new(100_000, 2, Chunk::Fixed(1));
        let mut deaths = 0;
        while !supervisor.is_hopeless() {
            for worker in [0, 1] {
                supervisor.ready(worker);
                supervisor.died(worker);
                deaths += 1;
            }
            assert!(deaths < 1_000, "{} tasks in quarantine", supervisor.quarantined().len());
        }
        assert!(supervisor.quarantined().len() > 8, "a few bad tasks in a row are not the end");
    }

    #[test]
    fn a_cancel_lets_what_is_in_hand_end_and_sends_nothing_more() {
        let mut supervisor = Supervisor::new(10, 1, Chunk::Fixed(1));
        assert_eq!(supervisor.ready(0), [Order::Send(0, 0..1), Order::Send(0, 1..2)]);
        supervisor.cancel();
        assert_eq!(supervisor.done(0, 5), (Some(0..1), vec![]));
        assert!(!supervisor.is_over());
        assert_eq!(supervisor.in_flight(), 1);
        supervisor.done(0, 5);
        assert!(supervisor.is_over());
        assert_eq!(supervisor.ended(), 2);
    }

    #[test]
    fn what_is_released_goes_to_whoever_has_nothing() {
        let mut supervisor = Supervisor::new(9, 3, Chunk::Fixed(1));
        supervisor.release(0);
        assert!((0..3).all(|worker| supervisor.ready(worker).is_empty()));
        assert_eq!(supervisor.release(2), [Order::Send(0, 0..1), Order::Send(1, 1..2)]);
        // Beside what is in hand nobody is given a second one while another has none.
        assert_eq!(supervisor.release(3), [Order::Send(2, 2..3)]);
        assert!(!supervisor.is_over());
        assert_eq!(supervisor.release(9).len(), 3, "a window is not wider for it");
    }

    #[test]
    fn a_death_costs_only_what_was_in_hand() {
        let mut supervisor = Supervisor::new(16, 2, Chunk::Fixed(2));
        supervisor.ready(0);
        supervisor.ready(1);
        let (lost, orders) = supervisor.died(0);
        assert_eq!(lost, Some(0..2));
        assert_eq!(orders[0], Order::Spawn(0));
        assert_eq!(supervisor.retried(), 2);
        assert_eq!(supervisor.ready(0), [Order::Send(0, 2..4), Order::Send(0, 0..1)]);
    }
}
