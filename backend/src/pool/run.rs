//! One run of a pool: the dispatcher's orders carried out, and everything that can go wrong with a process noticed.

use std::{
    ops::Range,
    time::{Duration, Instant},
};

use lanes_core::run::{
    dispatch::{Dispatcher, Limits, Order, PoolError},
    gate::Release,
};

use super::{
    frame::TooLong,
    process_pool::Pool,
    protocol,
    terms::{Ending, Job, Outcome, Settings},
    worker_set::Heard,
};

/// How often deadlines are looked at while nothing is heard.
const LOOK: Duration = Duration::from_millis(50);

struct Run<'a, J> {
    pool: &'a mut Pool,
    settings: &'a Settings,
    job: &'a mut J,
    dispatcher: Dispatcher,
    started: Instant,
}

impl Pool {
    /// Does these tasks, each of which may begin when it is released on a clock that began at `zero`, and returns when all have
    /// ended, `is_cancelled` says so (wake the pool then, see [`Pool::waker`]) or the pool cannot go on. Workers that are
    /// there are used again.
    pub fn run<J: Job>(
        &mut self,
        tasks: impl Into<Release>,
        zero: Instant,
        settings: &Settings,
        job: &mut J,
        is_cancelled: impl Fn() -> bool,
    ) -> Outcome {
        let ns = |time: Duration| u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
        let limits = Limits {
            workers: settings.workers,
            chunk: settings.chunk,
            most_in_message: settings.most_in_message,
            task_deadline_ns: settings.task_deadline.map(ns),
            run_deadline_ns: settings.run_deadline.map(ns),
            recycle_after: settings.recycle_after,
        };
        let dispatcher = Dispatcher::new(tasks, limits, ns(zero.elapsed()));
        Run { dispatcher, started: zero, pool: self, settings, job }.run(is_cancelled)
    }
}

impl<J: Job> Run<'_, J> {
    fn run(mut self, is_cancelled: impl Fn() -> bool) -> Outcome {
        self.open();
        let mut answer = Vec::new();
        let mut is_cancelled_now = is_cancelled();
        while !self.dispatcher.is_over() && !is_cancelled_now {
            self.turn(&mut answer);
            is_cancelled_now = is_cancelled();
        }
        let mut ended = Instant::now();
        if is_cancelled_now && !self.dispatcher.is_broken() {
            self.give_up(&mut answer);
            ended = Instant::now();
        }
        self.close();
        let end = self.dispatcher.end();
        let ending = match &end.broken {
            Some(error) => Ending::Broken(error.clone()),
            None if is_cancelled_now => Ending::Cancelled,
            None => Ending::Complete,
        };
        Outcome { ending, ended, end }
    }

    /// Nanoseconds since t = 0.
    fn now_ns(&self) -> u64 {
        self.started.elapsed().as_nanos() as u64
    }

    /// A moment of the run.
    fn at(&self, ns: u64) -> Instant {
        self.started + Duration::from_nanos(ns)
    }

    /// Takes over the workers that are there and starts the others.
    fn open(&mut self) {
        self.pool.workers.make_room(self.settings.workers);
        self.pool.killer.take();
        // Those that died since the last run are noticed now and blamed for nothing.
        self.drop_dead();
        for worker in self.dispatcher.workers() {
            match self.pool.workers.get(worker) {
                Some(process) if process.is_ready => self.begin(worker),
                // Not started to the end when the last run was over: it will greet.
                Some(_) => {}
                None => self.spawn(worker),
            }
        }
    }

    fn drop_dead(&mut self) {
        self.wait(Duration::ZERO);
        for worker in self.dispatcher.workers() {
            if self.pool.workers.get(worker).is_some_and(|process| process.is_over) {
                self.pool.workers.remove(worker);
            }
        }
    }

    fn wait(&mut self, time: Duration) {
        if let Err(error) = self.pool.workers.wait(time) {
            self.dispatcher.fail(PoolError::Place(format!("the pipes cannot be waited for: {error}")));
        }
    }

    /// One look at everything.
    fn turn(&mut self, answer: &mut Vec<u8>) {
        let until_due =
            self.dispatcher.next_due_ns().map(|due_ns| Duration::from_nanos(due_ns.saturating_sub(self.now_ns())));
        self.wait(until_due.map_or(LOOK, |time| time.min(LOOK)));
        for worker in self.pool.killer.take() {
            if let Some(process) = self.pool.workers.get_mut(worker) {
                process.kill("it was killed on request".into());
            }
        }
        self.hear_all(answer, true);
        let orders = self.dispatcher.look(self.now_ns());
        self.obey(orders);
        self.job.progress(self.dispatcher.ended());
        self.look_at_clocks();
    }

    /// Takes what the workers have said. Whoever greets after a cancel waits for the next run.
    fn hear_all(&mut self, answer: &mut Vec<u8>, greetings: bool) {
        for worker in self.dispatcher.workers() {
            while let Some(heard) = self.pool.workers.next(worker, answer) {
                if greetings || heard != Heard::Ready {
                    self.hear(worker, heard, answer);
                }
            }
        }
    }

    fn hear(&mut self, worker: u16, heard: Heard, answer: &[u8]) {
        match heard {
            Heard::Ready => {
                if let Some(process) = self.pool.workers.get(worker) {
                    self.job.started(worker, process.id(), process.born);
                }
                self.dispatcher.greeted(worker);
                self.begin(worker);
            }
            Heard::OtherBuild(other) => {
                self.pool.workers.remove(worker);
                self.dispatcher.fail(PoolError::Place(format!(
                    "worker {worker} is another build ({other}): the program was replaced while it ran; start it again"
                )));
            }
            Heard::Answer => self.answered(worker, answer),
            Heard::Lost(why) => self.lost(worker, &why),
        }
    }

    fn answered(&mut self, worker: u16, answer: &[u8]) {
        let Some(tasks) = self.dispatcher.in_hand(worker).cloned() else {
            self.fail(worker, "it answered what nobody had asked");
            return;
        };
        // Behind what kind of message it is.
        match self.job.answer(worker, tasks, answer.get(1..).unwrap_or_default()) {
            Ok(took_ns) => {
                let orders = self.dispatcher.answered(worker, took_ns, self.now_ns());
                self.obey(orders);
            }
            Err(error) => self.fail(worker, &format!("its answer was none: {error}")),
        }
    }

    fn fail(&mut self, worker: u16, why: &str) {
        if let Some(process) = self.pool.workers.get_mut(worker) {
            process.fail(why.to_owned());
        }
    }

    fn lost(&mut self, worker: u16, why: &str) {
        let loss = self.dispatcher.lost(worker, why);
        self.job.lost(worker, loss.in_hand, self.at(loss.since_ns), why);
        self.obey(loss.orders);
    }

    fn obey(&mut self, orders: Vec<Order>) {
        for order in orders {
            match order {
                Order::Spawn(worker) => self.spawn(worker),
                Order::Recycle(worker) => {
                    if let Some(process) = self.pool.workers.get(worker) {
                        self.job.leaves(worker, process.id());
                    }
                    self.spawn(worker);
                }
                Order::Send(worker, tasks) => self.send(worker, tasks),
            }
        }
    }

    fn spawn(&mut self, worker: u16) {
        if let Err(error) = self.pool.workers.spawn(worker) {
            self.dispatcher.fail(PoolError::Place(error.to_string()));
        }
    }

    /// Tells a worker of the job and sends it its first chunks.
    fn begin(&mut self, worker: u16) {
        let setup = self.job.setup(worker);
        if let Some(process) = self.pool.workers.get_mut(worker) {
            process.put_bytes(protocol::SETUP, &setup);
        }
        let orders = self.dispatcher.ready(worker, self.now_ns());
        self.obey(orders);
    }

    fn send(&mut self, worker: u16, tasks: Range<u32>) {
        self.dispatcher.sends(worker, &tasks, self.now_ns());
        let Some(process) = self.pool.workers.get_mut(worker) else { return };
        let job = &mut self.job;
        let written = process.put(protocol::CHUNK, |out| job.chunk(worker, tasks, out).map_err(Unsent::Job));
        match written {
            Ok(_) => {}
            Err(Unsent::Job(error)) => self.dispatcher.fail(error),
            Err(Unsent::TooLong(error)) => self.dispatcher.fail(PoolError::Place(format!(
                "a chunk is too large for a message ({error}); choose a smaller chunk"
            ))),
        }
    }

    /// Ends what takes too long, and asks those who have been silent whether they are there.
    fn look_at_clocks(&mut self) {
        let (now, now_ns) = (Instant::now(), self.now_ns());
        self.dispatcher.look_at_run(now_ns);
        for worker in self.dispatcher.workers() {
            let busy_since = self.at(self.dispatcher.busy_since_ns(worker));
            let Some(process) = self.pool.workers.get_mut(worker) else { continue };
            if process.killed.is_some() {
                continue;
            }
            if !process.is_ready {
                if now - process.born > self.settings.start_deadline {
                    process.kill(format!("it did not start within {} s", self.settings.start_deadline.as_secs()));
                }
                continue;
            }
            if self.dispatcher.in_hand(worker).is_none() {
                continue;
            }
            if let Some(why) = self.dispatcher.overdue(worker, now_ns) {
                process.kill(why);
                continue;
            }
            let patience = self.settings.silence / 2;
            match process.pinged {
                Some(pinged) if now - pinged.max(process.last_heard) > patience => process.kill(format!(
                    "nothing was heard of it for {:.1} s: it is stopped or stuck",
                    self.settings.silence.as_secs_f64()
                )),
                Some(_) => {}
                None if now.saturating_duration_since(process.last_heard.max(busy_since)) > patience => process.ping(),
                None => {}
            }
        }
    }

    /// Asks the workers to give up what they have in hand, waits a little, and ends those that did not.
    fn give_up(&mut self, answer: &mut Vec<u8>) {
        self.dispatcher.cancel();
        for worker in self.dispatcher.workers() {
            if !self.dispatcher.is_idle(worker)
                && let Some(process) = self.pool.workers.get_mut(worker)
            {
                process.put_bytes(protocol::CANCEL, &[]);
            }
        }
        let until = Instant::now() + self.settings.grace;
        while !self.dispatcher.is_over() && Instant::now() < until {
            if self.pool.workers.wait(Duration::from_millis(5)).is_err() {
                break;
            }
            self.hear_all(answer, false);
        }
    }

    /// Ends the workers that still have something in hand; the others wait for the next run.
    fn close(&mut self) {
        for worker in self.dispatcher.workers() {
            if let Some(process) = self.pool.workers.get(worker) {
                self.job.leaves(worker, process.id());
            }
            let is_kept = self.dispatcher.is_idle(worker) && !self.dispatcher.is_retiring(worker);
            if !is_kept || self.dispatcher.is_broken() {
                self.pool.workers.remove(worker);
            }
        }
        // What is left to be written is a request to give up that nobody needs any more, or nothing.
        let _ = self.pool.workers.wait(Duration::ZERO);
    }
}

/// Why a chunk was not sent.
enum Unsent {
    Job(PoolError),
    TooLong(TooLong),
}

impl From<TooLong> for Unsent {
    fn from(error: TooLong) -> Self {
        Self::TooLong(error)
    }
}
