//! One run of a pool of isolated workers, without the workers: what happens to them goes in, with the time; what is to be
//! done comes out. Spawning, sending and killing are the place's.
//!
//! [`Supervisor`] decides who does which tasks; this adds what takes time and patience: workers that are to be replaced after
//! so many tasks, tasks and runs beyond their deadline, workers that never start.

use std::ops::Range;

use super::{
    gate::Release,
    supervisor::{Order as Assign, Supervisor},
};
use crate::scenario::Chunk;

/// Starts in a row that may fail before the pool gives up on starting a worker.
const FAILED_STARTS: u32 = 3;

/// A chunk may take so many times what it should by what was learnt, besides the deadline of one of its tasks.
const PATIENCE: u64 = 10;

/// What limits a run of a pool. Times in nanoseconds.
#[derive(Clone, Debug)]
pub struct Limits {
    /// How many workers.
    pub workers: u16,
    /// How many tasks a worker gets at a time.
    pub chunk: Chunk,
    /// A worker gets no more than this at a time, whatever the chunk says: [`Plan::most_in_message`].
    ///
    /// [`Plan::most_in_message`]: crate::plan::Plan::most_in_message
    pub most_in_message: u32,
    /// The longest that one task may take; a worker that takes longer is taken for lost.
    pub task_deadline_ns: Option<u64>,
    /// The longest that the whole run may take.
    pub run_deadline_ns: Option<u64>,
    /// Replaces a worker after so many tasks and those that are on their way to it then.
    pub recycle_after: Option<u64>,
}

/// What the place is to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Order {
    /// Start this worker, or start it again.
    Spawn(u16),
    /// Let this worker, which has nothing to do, end well, and start it again.
    Recycle(u16),
    /// Send it these tasks.
    Send(u16, Range<u32>),
}

/// Why a run of a pool cannot go on.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PoolError {
    /// A worker does not come to life.
    #[error("worker {worker} cannot be started: {why}")]
    NoStart {
        /// Which.
        worker: u16,
        /// How its last start ended.
        why: String,
    },
    /// Workers die, whatever they do.
    #[error("workers keep dying, whatever they are given; the last one: {0}")]
    Hopeless(String),
    /// The run took longer than it may.
    #[error("the run took longer than it may (its time limit)")]
    Overdue,
    /// Something of the place's.
    #[error("{0}")]
    Place(String),
}

/// What a run knows of one worker.
#[derive(Clone, Debug)]
struct WorkerState {
    /// Since when it has had its chunk in hand.
    busy_since_ns: u64,
    /// Tasks it has done since it was started.
    done: u64,
    /// It is to be replaced when it has nothing in hand.
    is_retiring: bool,
    failed_starts: u32,
}

/// The bookkeeping of one run of a pool.
#[derive(Debug)]
pub struct Dispatcher {
    supervisor: Supervisor,
    release: Release,
    released: u32,
    workers: Vec<WorkerState>,
    limits: Limits,
    started_ns: u64,
    broken: Option<PoolError>,
}

/// A worker that was lost.
#[derive(Debug)]
pub struct Loss {
    /// The tasks it had in hand.
    pub in_hand: Option<Range<u32>>,
    /// Since when.
    pub since_ns: u64,
    /// What is to be done about it; nothing when the run is [broken](Dispatcher::is_over).
    pub orders: Vec<Order>,
}

/// What a run of a pool came to.
#[derive(Clone, Debug)]
pub struct PoolEnd {
    /// Why it could not go on.
    pub broken: Option<PoolError>,
    /// Tasks in the hands of workers when it ended; what only waited behind them was never begun.
    pub in_hand: u64,
    /// Tasks done again because their worker was lost.
    pub retried: u64,
    /// Tasks that took every worker with them.
    pub quarantined: Vec<u32>,
    /// The longest chunk, in tasks.
    pub longest_chunk: u32,
}

fn len(tasks: &Range<u32>) -> u32 {
    tasks.end - tasks.start
}

impl Dispatcher {
    /// A run of these tasks that begins now; no worker is ready yet. `now_ns` counts from the t = 0 that tasks are due by.
    #[must_use]
    pub fn new(tasks: impl Into<Release>, limits: Limits, now_ns: u64) -> Self {
        let idle = WorkerState { busy_since_ns: now_ns, done: 0, is_retiring: false, failed_starts: 0 };
        let mut release = tasks.into();
        let mut supervisor =
            Supervisor::new(release.tasks(), limits.workers, limits.chunk).at_most(limits.most_in_message);
        let released = release.look(now_ns);
        // Nobody is there to be sent anything yet.
        supervisor.release(released);
        Self {
            supervisor,
            release,
            released,
            workers: vec![idle; usize::from(limits.workers)],
            limits,
            started_ns: now_ns,
            broken: None,
        }
    }

    /// The workers' numbers.
    #[must_use]
    pub fn workers(&self) -> Range<u16> {
        0..self.limits.workers
    }

    /// Whether nothing more is to come: every task has ended (or every one that will after a cancel), or the run is broken.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.broken.is_some() || self.supervisor.is_over()
    }

    /// Whether it cannot go on.
    #[must_use]
    pub fn is_broken(&self) -> bool {
        self.broken.is_some()
    }

    /// It cannot go on, for a reason of the place's; the first one counts.
    pub fn fail(&mut self, error: PoolError) {
        self.broken.get_or_insert(error);
    }

    /// Sends nothing more; what is in hand may end.
    pub fn cancel(&mut self) {
        self.supervisor.cancel();
    }

    /// Tasks that have ended, those in quarantine among them.
    #[must_use]
    pub fn ended(&self) -> u64 {
        self.supervisor.ended()
    }

    /// The chunk in a worker's hands.
    #[must_use]
    pub fn in_hand(&self, worker: u16) -> Option<&Range<u32>> {
        self.supervisor.in_hand(worker)
    }

    /// Since when it has had that.
    #[must_use]
    pub fn busy_since_ns(&self, worker: u16) -> u64 {
        self.workers[usize::from(worker)].busy_since_ns
    }

    /// Whether a worker has nothing in its hands or on its way to it.
    #[must_use]
    pub fn is_idle(&self, worker: u16) -> bool {
        self.supervisor.is_idle(worker)
    }

    /// Whether a worker is to be replaced rather than kept for the next run.
    #[must_use]
    pub fn is_retiring(&self, worker: u16) -> bool {
        self.workers[usize::from(worker)].is_retiring
    }

    /// A worker has greeted: its start did not fail.
    pub fn greeted(&mut self, worker: u16) {
        self.workers[usize::from(worker)].failed_starts = 0;
    }

    /// A worker has been told what the run is about, and can be sent to.
    pub fn ready(&mut self, worker: u16, now_ns: u64) -> Vec<Order> {
        self.workers[usize::from(worker)].busy_since_ns = now_ns;
        orders(self.supervisor.ready(worker))
    }

    /// Looks at the clock: hands out what is due by now and was not before.
    pub fn look(&mut self, now_ns: u64) -> Vec<Order> {
        let released = self.release.look(now_ns);
        if released == std::mem::replace(&mut self.released, released) {
            return Vec::new();
        }
        orders(self.supervisor.release(released))
    }

    /// When [`Dispatcher::look`] has to be called at the latest, in nanoseconds from t = 0; `None` where no task waits for
    /// the clock alone.
    #[must_use]
    pub fn next_due_ns(&self) -> Option<u64> {
        self.release.next_due_ns()
    }

    /// These tasks are being sent to a worker.
    pub fn sends(&mut self, worker: u16, tasks: &Range<u32>, now_ns: u64) {
        if self.supervisor.in_hand(worker) == Some(tasks) {
            self.workers[usize::from(worker)].busy_since_ns = now_ns;
        }
    }

    /// A worker has done the chunk in its hands, in so many nanoseconds.
    pub fn answered(&mut self, worker: u16, took_ns: u64, now_ns: u64) -> Vec<Order> {
        let tasks = self.supervisor.in_hand(worker).map_or(0, len);
        let state = &mut self.workers[usize::from(worker)];
        state.busy_since_ns = now_ns;
        state.done += u64::from(tasks);
        if !state.is_retiring && self.limits.recycle_after.is_some_and(|most| state.done >= most) {
            state.is_retiring = true;
            self.supervisor.retire(worker);
        }
        let (done, assigned) = self.supervisor.done(worker, took_ns);
        self.release.ended(done.unwrap_or_default());
        let mut orders = orders(assigned);
        orders.extend(self.look(now_ns));
        let state = &mut self.workers[usize::from(worker)];
        if state.is_retiring && self.supervisor.is_idle(worker) && !self.supervisor.is_over() {
            (state.done, state.is_retiring) = (0, false);
            orders.push(Order::Recycle(worker));
        }
        orders
    }

    /// A worker is gone, for this reason.
    pub fn lost(&mut self, worker: u16, why: &str) -> Loss {
        let state = &mut self.workers[usize::from(worker)];
        let since_ns = state.busy_since_ns;
        let has_started = state.done > 0 || self.supervisor.in_hand(worker).is_some();
        state.failed_starts = if has_started { 0 } else { state.failed_starts + 1 };
        let never_starts = state.failed_starts > FAILED_STARTS;
        (state.done, state.is_retiring) = (0, false);
        let quarantined = self.supervisor.quarantined().len();
        let (in_hand, mut assigned) = self.supervisor.died(worker);
        if let Some(task) = self.supervisor.quarantined().get(quarantined) {
            // Set aside is ended too: nobody waits for it.
            self.release.ended(*task..*task + 1);
            self.released = self.release.look(since_ns);
            assigned.extend(self.supervisor.release(self.released));
        }
        if never_starts {
            self.fail(PoolError::NoStart { worker, why: why.to_owned() });
        }
        if self.supervisor.is_hopeless() {
            self.fail(PoolError::Hopeless(why.to_owned()));
        }
        let orders = if self.broken.is_some() { Vec::new() } else { orders(assigned) };
        Loss { in_hand, since_ns, orders }
    }

    /// Looks at the clock: breaks a run beyond its deadline.
    pub fn look_at_run(&mut self, now_ns: u64) {
        if self.limits.run_deadline_ns.is_some_and(|most| now_ns.saturating_sub(self.started_ns) > most) {
            self.fail(PoolError::Overdue);
        }
    }

    /// Why a worker is to be killed for having its tasks too long, if it is.
    #[must_use]
    pub fn overdue(&self, worker: u16, now_ns: u64) -> Option<String> {
        let tasks = self.supervisor.in_hand(worker)?;
        let most = patience_ns(self.limits.task_deadline_ns?, self.supervisor.task_ns(), len(tasks));
        let is_overdue = now_ns.saturating_sub(self.busy_since_ns(worker)) > most;
        is_overdue.then(|| format!("it had tasks {}..{} in hand beyond their deadline", tasks.start, tasks.end))
    }

    /// What the run came to.
    #[must_use]
    pub fn end(self) -> PoolEnd {
        let in_hand = self.workers().filter_map(|worker| self.supervisor.in_hand(worker));
        PoolEnd {
            in_hand: in_hand.map(|tasks| u64::from(len(tasks))).sum(),
            retried: self.supervisor.retried(),
            quarantined: self.supervisor.quarantined().to_vec(),
            longest_chunk: self.supervisor.longest_chunk(),
            broken: self.broken,
        }
    }
}

fn orders(assigned: Vec<Assign>) -> Vec<Order> {
    let order = |assign| match assign {
        Assign::Spawn(worker) => Order::Spawn(worker),
        Assign::Send(worker, tasks) => Order::Send(worker, tasks),
    };
    assigned.into_iter().map(order).collect()
}

/// The longest that a chunk may take whose tasks may take `most` each and took `learnt` nanoseconds so far. Not as long as
/// if each took the most: a hang in a chunk of a thousand short tasks would go unnoticed. A chunk that is taken for lost
/// too early is done again in halves, so no task is lost by it.
fn patience_ns(most: u64, learnt: Option<f64>, tasks: u32) -> u64 {
    let all = most.saturating_mul(u64::from(tasks));
    let learnt = learnt.map(|ns| ((ns * f64::from(tasks)) as u64).saturating_mul(PATIENCE));
    learnt.map_or(all, |learnt| most.saturating_add(learnt).min(all))
}

#[cfg(test)]
mod tests {
    use super::*;

    const S: u64 = 1_000_000_000;

    #[test]
    fn a_chunk_of_short_tasks_may_not_take_as_long_as_so_many_long_ones() {
        let most = 2 * S;
        assert_eq!(patience_ns(most, None, 3), 6 * S, "nothing is known yet");
        assert_eq!(patience_ns(most, Some(1_000.0), 2_000), 2_020_000_000);
        assert_eq!(patience_ns(most, Some(1e9), 4), 8 * S, "never longer than all of them may");
        assert_eq!(patience_ns(u64::MAX, Some(1e9), 4), u64::MAX);
    }

    fn limits() -> Limits {
        Limits {
            workers: 1,
            chunk: Chunk::Fixed(2),
            most_in_message: u32::MAX,
            task_deadline_ns: Some(S),
            run_deadline_ns: Some(9 * S),
            recycle_after: None,
        }
    }

    #[test]
    fn deadlines_are_of_the_chunk_in_hand_and_of_the_run() {
        let mut run = Dispatcher::new(4, limits(), 0);
        assert_eq!(run.overdue(0, 8 * S), None, "it has nothing");
        run.ready(0, S);
        assert_eq!(run.overdue(0, 3 * S), None);
        assert_eq!(run.overdue(0, 3 * S + 1).expect("two tasks"), "it had tasks 0..2 in hand beyond their deadline");
        run.look_at_run(9 * S);
        assert!(!run.is_over());
        run.look_at_run(9 * S + 1);
        assert_eq!(run.end().broken, Some(PoolError::Overdue));
    }

    #[test]
    fn a_worker_is_replaced_after_its_tasks_and_not_after_the_last() {
        let mut run = Dispatcher::new(6, Limits { recycle_after: Some(2), chunk: Chunk::Fixed(1), ..limits() }, 0);
        let mut orders = run.ready(0, 0);
        let mut recycled = 0;
        while !run.is_over() {
            let recycles = orders.iter().any(|order| matches!(order, Order::Recycle(0)));
            orders = if recycles { run.ready(0, 0) } else { run.answered(0, 1, 0) };
            recycled += u32::from(recycles);
        }
        assert!(run.is_over());
        assert!((1..=3).contains(&recycled), "{recycled}");
        assert_eq!(run.ended(), 6);
    }

    #[test]
    fn a_worker_that_never_starts_breaks_the_run_with_its_last_words() {
        let mut run = Dispatcher::new(4, limits(), 0);
        for attempt in 1..=FAILED_STARTS {
            assert_eq!(run.lost(0, "no such program").orders, [Order::Spawn(0)], "{attempt}");
        }
        assert_eq!(run.lost(0, "no such program").orders, []);
        assert_eq!(run.end().broken.expect("broken").to_string(), "worker 0 cannot be started: no such program");
    }
}
