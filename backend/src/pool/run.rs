//! One run of a pool: the supervisor's orders carried out, and everything that can go wrong noticed.

use std::{
    ops::Range,
    time::{Duration, Instant},
};

use lanes_core::supervisor::{Order, Supervisor};

use super::{Ending, Job, Outcome, Pool, Settings, crew::Heard, frame::TooLong, protocol};

/// How often deadlines are looked at while nothing is heard.
const LOOK: Duration = Duration::from_millis(50);

/// Starts in a row that may fail before the pool gives up on starting workers.
const FAILED_STARTS: u32 = 3;

/// What a run knows of one worker.
#[derive(Clone, Debug)]
struct Seat {
    /// Since when it has had its chunk in hand.
    since: Instant,
    /// Tasks it has done since it was started.
    done: u64,
    /// It is to be replaced when it has nothing in hand.
    is_retiring: bool,
    failed_starts: u32,
}

struct Run<'a, J> {
    pool: &'a mut Pool,
    settings: &'a Settings,
    job: &'a mut J,
    supervisor: Supervisor,
    seats: Vec<Seat>,
    started: Instant,
    broken: Option<String>,
}

impl Pool {
    /// Does the tasks from 0 to `tasks`, and returns when all have ended, `is_cancelled` says so (wake the pool then,
    /// see [`Pool::waker`]) or the pool cannot go on. Workers that are there are used again.
    pub fn run<J: Job>(
        &mut self,
        tasks: u32,
        settings: &Settings,
        job: &mut J,
        is_cancelled: impl Fn() -> bool,
    ) -> Outcome {
        let now = Instant::now();
        let seat = Seat { since: now, done: 0, is_retiring: false, failed_starts: 0 };
        let run = Run {
            supervisor: Supervisor::new(tasks, settings.workers, settings.chunk),
            seats: vec![seat; usize::from(settings.workers)],
            started: now,
            broken: None,
            pool: self,
            settings,
            job,
        };
        run.run(is_cancelled)
    }
}

impl<J: Job> Run<'_, J> {
    fn run(mut self, is_cancelled: impl Fn() -> bool) -> Outcome {
        self.open();
        let mut answer = Vec::new();
        let mut is_cancelled_now = is_cancelled();
        while !self.supervisor.is_over() && self.broken.is_none() && !is_cancelled_now {
            self.turn(&mut answer);
            is_cancelled_now = is_cancelled();
        }
        let mut ended = Instant::now();
        if is_cancelled_now && self.broken.is_none() {
            self.give_up(&mut answer);
            ended = Instant::now();
        }
        // What only waited behind a chunk in hand was never begun.
        let in_hand = self.workers().filter_map(|worker| self.supervisor.in_hand(worker));
        let in_flight = in_hand.map(|tasks| u64::from(tasks.end - tasks.start)).sum();
        self.close();
        Outcome {
            ending: match self.broken {
                Some(why) => Ending::Broken(why),
                None if is_cancelled_now => Ending::Cancelled,
                None => Ending::Complete,
            },
            ended,
            in_flight,
            retried: self.supervisor.retried(),
            quarantined: self.supervisor.quarantined().to_vec(),
            longest_chunk: self.supervisor.longest_chunk(),
        }
    }

    fn workers(&self) -> Range<u16> {
        0..self.settings.workers
    }

    /// Takes over the workers that are there and starts the others.
    fn open(&mut self) {
        self.pool.crew.resize(self.settings.workers);
        self.pool.killer.take();
        // Those that died since the last run are noticed now and blamed for nothing.
        self.hear_nobody();
        for worker in self.workers() {
            match self.pool.crew.get(worker) {
                Some(process) if process.is_ready => self.begin(worker),
                // Not started to the end when the last run was over: it will greet.
                Some(_) => {}
                None => self.spawn(worker),
            }
        }
    }

    fn hear_nobody(&mut self) {
        if let Err(error) = self.pool.crew.wait(Duration::ZERO) {
            self.broken = Some(format!("the pipes cannot be waited for: {error}"));
        }
        for worker in self.workers() {
            if self.pool.crew.get(worker).is_some_and(|process| process.is_over) {
                self.pool.crew.dismiss(worker);
            }
        }
    }

    /// One look at everything.
    fn turn(&mut self, answer: &mut Vec<u8>) {
        if let Err(error) = self.pool.crew.wait(LOOK) {
            self.broken = Some(format!("the pipes cannot be waited for: {error}"));
            return;
        }
        for worker in self.pool.killer.take() {
            if let Some(process) = self.pool.crew.get_mut(worker) {
                process.kill("it was killed on request".into());
            }
        }
        for worker in self.workers() {
            while let Some(heard) = self.pool.crew.next(worker, answer) {
                self.hear(worker, heard, answer);
            }
        }
        self.job.progress(self.supervisor.ended());
        self.look_at_clocks();
    }

    fn hear(&mut self, worker: u16, heard: Heard, answer: &[u8]) {
        match heard {
            Heard::Ready => {
                if let Some(process) = self.pool.crew.get(worker) {
                    self.job.started(worker, process.id(), process.born.elapsed());
                }
                self.seats[usize::from(worker)].failed_starts = 0;
                self.begin(worker);
            }
            Heard::Stranger(other) => {
                self.pool.crew.dismiss(worker);
                self.broken = Some(format!(
                    "worker {worker} is another build ({other}): the program was replaced while it ran; start it again"
                ));
            }
            Heard::Answer => self.answered(worker, answer),
            Heard::Lost(why) => self.lost(worker, &why),
        }
    }

    fn answered(&mut self, worker: u16, answer: &[u8]) {
        let Some(tasks) = self.supervisor.in_hand(worker).cloned() else {
            self.kill(worker, "it answered what nobody had asked");
            return;
        };
        match self.job.answer(worker, tasks.clone(), answer) {
            Ok(took_ns) => {
                let seat = &mut self.seats[usize::from(worker)];
                seat.since = Instant::now();
                seat.done += u64::from(tasks.end - tasks.start);
                let is_worn = self.settings.recycle_after.is_some_and(|most| seat.done >= most);
                if is_worn && !seat.is_retiring {
                    seat.is_retiring = true;
                    self.supervisor.retire(worker);
                }
                let (_, orders) = self.supervisor.done(worker, took_ns);
                self.obey(orders);
                self.recycle(worker);
            }
            Err(why) => self.kill(worker, &format!("its answer was none: {why}")),
        }
    }

    /// Replaces a worker that is to be replaced, once it has nothing in hand.
    fn recycle(&mut self, worker: u16) {
        let is_due = self.seats[usize::from(worker)].is_retiring && self.supervisor.is_idle(worker);
        if is_due && !self.supervisor.is_over() {
            if let Some(process) = self.pool.crew.get(worker) {
                self.job.leaves(worker, process.id());
            }
            self.spawn(worker);
        }
    }

    fn kill(&mut self, worker: u16, why: &str) {
        if let Some(process) = self.pool.crew.get_mut(worker) {
            process.condemn(why.to_owned());
        }
    }

    fn lost(&mut self, worker: u16, why: &str) {
        let seat = &mut self.seats[usize::from(worker)];
        let since = seat.since;
        seat.failed_starts += 1;
        let has_started = seat.done > 0 || self.supervisor.in_hand(worker).is_some();
        if has_started {
            seat.failed_starts = 0;
        } else if seat.failed_starts > FAILED_STARTS {
            self.broken = Some(format!("worker {worker} cannot be started: {why}"));
        }
        seat.done = 0;
        seat.is_retiring = false;
        let (in_hand, orders) = self.supervisor.died(worker);
        self.job.lost(worker, in_hand, since, why);
        if self.supervisor.is_hopeless() {
            self.broken = Some(format!("workers keep dying, whatever they are given; the last one: {why}"));
        }
        if self.broken.is_none() {
            self.obey(orders);
        }
    }

    fn obey(&mut self, orders: Vec<Order>) {
        for order in orders {
            match order {
                Order::Spawn(worker) => self.spawn(worker),
                Order::Send(worker, tasks) => self.send(worker, tasks),
            }
        }
    }

    fn spawn(&mut self, worker: u16) {
        let seat = &mut self.seats[usize::from(worker)];
        seat.done = 0;
        seat.is_retiring = false;
        if let Err(why) = self.pool.crew.spawn(worker) {
            self.broken = Some(why);
        }
    }

    /// Tells a worker of the job and sends it its first chunks.
    fn begin(&mut self, worker: u16) {
        let about = self.job.about(worker);
        if let Some(process) = self.pool.crew.get_mut(worker) {
            process.put_bytes(protocol::JOB, &about);
        }
        self.seats[usize::from(worker)].since = Instant::now();
        let orders = self.supervisor.ready(worker);
        self.obey(orders);
    }

    fn send(&mut self, worker: u16, tasks: Range<u32>) {
        if self.supervisor.in_hand(worker) == Some(&tasks) {
            self.seats[usize::from(worker)].since = Instant::now();
        }
        let Some(process) = self.pool.crew.get_mut(worker) else { return };
        let job = &mut self.job;
        let written = process.put(protocol::CHUNK, |out| job.request(worker, tasks, out).map_err(Trouble::Job));
        match written {
            Ok(_) => {}
            Err(Trouble::Job(why)) => self.broken = Some(why),
            Err(Trouble::TooLong(error)) => {
                self.broken = Some(format!("a chunk is too large for a message ({error}); choose a smaller chunk"));
            }
        }
    }

    /// Ends what takes too long, and asks those who have been silent whether they are there.
    fn look_at_clocks(&mut self) {
        let now = Instant::now();
        if self.settings.run_deadline.is_some_and(|most| now - self.started > most) {
            self.broken = Some("the run took longer than it may (its time limit)".into());
        }
        let learnt = self.supervisor.task_ns();
        for worker in self.workers() {
            let in_hand = self.supervisor.in_hand(worker).cloned();
            let since = self.seats[usize::from(worker)].since;
            let Some(process) = self.pool.crew.get_mut(worker) else { continue };
            if process.killed.is_some() {
                continue;
            }
            if !process.is_ready {
                if now - process.born > self.settings.start_deadline {
                    process.kill(format!("it did not start within {} s", self.settings.start_deadline.as_secs()));
                }
                continue;
            }
            let Some(tasks) = in_hand else { continue };
            let most = self.settings.task_deadline.map(|most| patience(most, learnt, tasks.end - tasks.start));
            if most.is_some_and(|most| now - since > most) {
                process.kill(format!("it had tasks {}..{} in hand beyond their deadline", tasks.start, tasks.end));
                continue;
            }
            match process.pinged {
                Some(pinged) if now - pinged.max(process.last_heard) > self.settings.silence / 2 => {
                    process.kill(format!(
                        "nothing was heard of it for {:.1} s: it is stopped or stuck",
                        self.settings.silence.as_secs_f64()
                    ))
                }
                Some(_) => {}
                None if now - process.last_heard.max(since) > self.settings.silence / 2 => process.ping(),
                None => {}
            }
        }
    }

    /// Asks the workers to give up what they have in hand, waits a little, and ends those that did not.
    fn give_up(&mut self, answer: &mut Vec<u8>) {
        self.supervisor.cancel();
        for worker in self.workers() {
            if !self.supervisor.is_idle(worker)
                && let Some(process) = self.pool.crew.get_mut(worker)
            {
                process.put_bytes(protocol::CANCEL, &[]);
            }
        }
        let until = Instant::now() + self.settings.grace;
        while !self.supervisor.is_over() && self.broken.is_none() && Instant::now() < until {
            if self.pool.crew.wait(Duration::from_millis(5)).is_err() {
                break;
            }
            for worker in self.workers() {
                while let Some(heard) = self.pool.crew.next(worker, answer) {
                    // Whoever greets now waits for the next run.
                    if heard != Heard::Ready {
                        self.hear(worker, heard, answer);
                    }
                }
            }
        }
    }

    /// Ends the workers that still have something in hand; the others wait for the next run.
    fn close(&mut self) {
        for worker in self.workers() {
            if let Some(process) = self.pool.crew.get(worker) {
                self.job.leaves(worker, process.id());
            }
            let is_worn = self.seats[usize::from(worker)].is_retiring;
            if !self.supervisor.is_idle(worker) || is_worn || self.broken.is_some() {
                self.pool.crew.dismiss(worker);
            }
        }
        // What is left to be written is a request to give up that nobody needs any more, or nothing.
        let _ = self.pool.crew.wait(Duration::ZERO);
    }
}

enum Trouble {
    Job(String),
    TooLong(TooLong),
}

impl From<TooLong> for Trouble {
    fn from(error: TooLong) -> Self {
        Self::TooLong(error)
    }
}

/// A chunk may take so many times what it should by what was learnt, besides the deadline of one of its tasks.
const PATIENCE: u32 = 10;

/// The longest that a chunk may take whose tasks may take `most` each and took `learnt` nanoseconds so far. Not as long as
/// if each took the most: a hang in a chunk of a thousand short tasks would go unnoticed. A chunk that is taken for lost
/// too early is done again in halves, so no task is lost by it.
fn patience(most: Duration, learnt: Option<f64>, tasks: u32) -> Duration {
    let all = most.saturating_mul(tasks);
    let learnt = learnt.map(|ns| Duration::from_nanos((ns * f64::from(tasks)) as u64).saturating_mul(PATIENCE));
    learnt.map_or(all, |learnt| most.saturating_add(learnt).min(all))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chunk_of_short_tasks_may_not_take_as_long_as_so_many_long_ones() {
        let most = Duration::from_secs(2);
        assert_eq!(patience(most, None, 3), Duration::from_secs(6), "nothing is known yet");
        assert_eq!(patience(most, Some(1_000.0), 2_000), Duration::from_millis(2_020));
        assert_eq!(patience(most, Some(1e9), 4), Duration::from_secs(8), "never longer than all of them may");
        assert_eq!(patience(Duration::MAX, Some(1e9), 4), Duration::MAX);
    }
}
