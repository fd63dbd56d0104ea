//! The trace collector: makes rows, spans and totals out of what the threads of a program in Python have written, wherever it
//! runs. It starts no program, reads no file and knows no listener.
//!
//! ```text
//! sequential, async   everything in row 0; on a loop a slot for each step that runs at the same time
//! threads             a row for each thread, in the order in which they began
//! hybrid              row 0 is the loop, then as threads
//! processes           a row for each worker process; the parent is the last, with a slot for each of its threads
//! ```

mod alone;
pub mod log;
mod planned;
pub mod told;

use std::collections::HashSet;

pub use alone::Alone;
use log::{HAS_RUN_DELAY, Header, IS_BUMP, IS_OWN, Kind, Record, TAKES_BACK};
use planned::{all_keep_lock, bumps, lock_share, setup_lock_share};

use crate::{
    plan::Plan,
    scenario::{Guard, Model, Step},
    trace::{Failure, Met, NO_TASK, Span, State, Tally},
};

/// A computation that was blocked for less is taken for one that was not: reading the clocks takes as long.
pub const LEAST_WAIT_NS: u64 = 20_000;

/// What is known of one thread.
#[derive(Debug)]
struct Thread {
    header: Header,
    /// Its number in the system, by the name of its file.
    number: u32,
    row: u16,
    slot: u16,
    ended: u64,
    /// When its last task ended, in nanoseconds from t = 0, and which that was.
    last: Option<(u64, u32)>,
}

/// Steps that compute, and how long they were blocked, as far as that was seen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ComputeSteps {
    /// Their number.
    pub count: u64,
    /// Those of them for which Linux said how long the thread was kept from a processor.
    pub exact: u64,
    /// Their time from start to end, in nanoseconds.
    pub whole_ns: u64,
    /// What of it the thread was blocked.
    pub blocked_ns: u64,
}

/// The time of threads between the end of one step and the begin of the next, where `lanes_steps.py` measures it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BetweenSteps {
    /// All of it, in nanoseconds.
    pub whole_ns: u64,
    /// What of it the threads had a processor, in nanoseconds.
    pub cpu_ns: u64,
}

/// The collector of one run.
#[derive(Debug)]
pub struct TraceCollector {
    model: Model,
    workers: u16,
    leader: u32,
    plan: Plan,
    has_bumps: bool,
    /// Whether increments wait for a lock of their own.
    is_guarded: bool,
    /// Whether being blocked while computing means waiting for the interpreter's lock.
    has_lock: bool,
    /// Whether the user's own function is a coroutine on the loop.
    awaits: bool,
    /// t = 0 on the program's clock.
    zero_ns: u64,
    threads: Vec<Thread>,
    tallies: Vec<Tally>,
    failed: Vec<(u16, u32, Option<u64>)>,
    /// The process that has a row now.
    holders: Vec<Option<u32>>,
    dead: Vec<u32>,
    /// Tasks that have ended.
    pub ended: u64,
    /// Steps that compute, in models where threads share an interpreter.
    pub steps: ComputeSteps,
    /// How long the user's own function waits for each item where nothing else is done.
    alone: Alone,
    /// What of the blocked time of items was for the lock, by what they wait alone, in nanoseconds.
    pub inferred_lock_ns: u64,
    /// The rows in which items were done, where one may have to be taken back.
    done_in: Option<Vec<Option<u16>>>,
    /// Whether whatever computes holds the lock: in the page, where one thread of the system does everything.
    all_under_lock: bool,
}

impl TraceCollector {
    /// Collects what a program does under this model, whose first process has the number `leader`.
    #[must_use]
    pub fn new(model: Model, leader: u32, plan: &Plan, alone: &Alone) -> Self {
        let workers = u16::try_from(plan.scenario().workers).unwrap_or(u16::MAX).max(1);
        let rows = rows(model, workers);
        Self {
            model,
            workers,
            leader,
            plan: plan.clone(),
            has_bumps: plan.scenario().steps().any(|step| matches!(step, Step::Bump(_))),
            is_guarded: plan
                .scenario()
                .steps()
                .any(|step| matches!(step, Step::Bump(bump) if bump.guard != Guard::None)),
            awaits: plan.scenario().call().is_some_and(|call| !call.coroutine.is_empty()),
            has_lock: matches!(model, Model::Threads | Model::Gil | Model::Hybrid),
            zero_ns: 0,
            threads: Vec::new(),
            tallies: (0..rows).map(Tally::new).collect(),
            failed: Vec::new(),
            holders: vec![None; usize::from(rows)],
            dead: Vec::new(),
            ended: 0,
            steps: ComputeSteps::default(),
            alone: alone.clone(),
            inferred_lock_ns: 0,
            done_in: plan.scenario().call().map(|_| vec![None; plan.tasks() as usize]),
            all_under_lock: false,
        }
    }

    /// Whatever computes holds the lock, whatever the scenario says of it.
    #[must_use]
    pub fn all_under_lock(self) -> Self {
        Self { all_under_lock: true, ..self }
    }

    /// Whether the threads that call the user's own function share an interpreter's lock.
    #[must_use]
    pub fn shares_lock(&self) -> bool {
        self.done_in.is_some() && (self.has_lock || self.model == Model::Async && !self.awaits)
    }

    /// The run has begun at this moment of the program's clock.
    pub fn begin(&mut self, zero_ns: u64) {
        self.zero_ns = zero_ns;
    }

    /// The process whose row this is.
    #[must_use]
    pub fn holder(&self, row: u16) -> Option<u32> {
        self.holders.get(usize::from(row)).copied().flatten().filter(|process| !self.dead.contains(process))
    }

    /// The row of a process, which another one may have by now.
    #[must_use]
    pub fn row_of(&self, process: u32) -> Option<u16> {
        let mut threads = self.threads.iter();
        threads.find(|thread| thread.header.process == process).map(|thread| thread.row)
    }

    /// A thread has been seen, by what its log begins with; gives back what it is called from now on. `number` is what the
    /// system calls it; `is_there` knows whether a process still exists.
    pub fn add(&mut self, header: Header, number: u32, is_there: impl Fn(u32) -> bool) -> usize {
        let (row, slot) = self.place(&header, is_there);
        self.holders[usize::from(row)] = Some(header.process);
        self.threads.push(Thread { header, number, row, slot, ended: 0, last: None });
        self.threads.len() - 1
    }

    /// What the log of a thread begins with by now.
    pub fn update(&mut self, thread: usize, header: Header) {
        self.threads[thread].header = header;
    }

    /// The threads that have been seen: what the system calls each, and its row.
    pub fn threads(&self) -> impl Iterator<Item = (u32, u16)> {
        self.threads.iter().map(|thread| (thread.number, thread.row))
    }

    /// Whether what is run is a function of the user's own.
    #[must_use]
    pub fn calls_own(&self) -> bool {
        self.done_in.is_some()
    }

    /// When a thread began its first task, if that is what it is still at. A function of the user's own may never end.
    #[must_use]
    pub fn begun_first(&self, header: &Header) -> Option<u64> {
        (self.done_in.is_some() && header.begun == 1).then_some(header.last_begun)
    }

    /// The row and the first slot of a thread that has just been seen.
    fn place(&self, new: &Header, is_there: impl Fn(u32) -> bool) -> (u16, u16) {
        let rows = self.tallies.len() as u16;
        let (process, is_main) = (new.process, new.is_main);
        // Threads beyond those that were expected share the rows, in slots of their own.
        let shared = |nth: u16, first: u16| {
            let room = (rows - first).max(1);
            (first + nth % room, nth / room)
        };
        let others = self.threads.iter().filter(|thread| !thread.header.is_main).count() as u16;
        match self.model {
            Model::Sequential | Model::Async if is_main => (0, 0),
            // Its loop only hands the user's own function to threads, and does nothing that has a slot.
            Model::Async if self.done_in.is_some() && !self.awaits => (0, others),
            // Far above the slots of the loop.
            Model::Sequential | Model::Async => (0, 20_000 + others),
            Model::Hybrid if is_main => (0, 0),
            Model::Hybrid => shared(others, 1),
            Model::Threads | Model::Gil | Model::Interpreters => shared(self.threads.len() as u16, 0),
            Model::Processes => {
                let of_process = |thread: &&Thread| thread.header.process == process;
                let threads = self.threads.iter().filter(of_process).count() as u16;
                if process == self.leader {
                    return (self.workers, threads);
                }
                let row = self.row_of(process).unwrap_or_else(|| self.free_row(is_there));
                (row, threads)
            }
        }
    }

    /// A row for a new worker process: one that nobody had, else that of one who is gone.
    fn free_row(&self, is_there: impl Fn(u32) -> bool) -> u16 {
        let workers = &self.holders[..usize::from(self.workers)];
        let is_gone = |holder: &Option<u32>| match holder {
            None => true,
            Some(process) => self.dead.contains(process) || !is_there(*process),
        };
        let never = workers.iter().position(Option::is_none);
        never.or_else(|| workers.iter().position(is_gone)).unwrap_or(0) as u16
    }

    /// Takes in a record of a thread. `lock_part` knows, where somebody looked, which part of a blocked time of a thread (by the
    /// system's number) was for the interpreter's lock.
    pub fn take(
        &mut self,
        thread: usize,
        record: &Record,
        lock_part: impl Fn(u32, u64, u64) -> Option<f64>,
        spans: &mut Vec<Span>,
    ) {
        let shares_lock = self.shares_lock();
        let Thread { row, slot, .. } = self.threads[thread];
        let (start_ns, end_ns) = (record.start.saturating_sub(self.zero_ns), record.end.saturating_sub(self.zero_ns));
        let tally = &mut self.tallies[usize::from(row)];
        let state = match record.kind {
            Kind::Met => {
                let times = |at: u32| record.extra >> at & 0xFFFF;
                let backed_off_ns = end_ns - start_ns;
                let met = Met { refusals: times(0), errors: times(16), retries: times(32), backed_off_ns };
                return tally.met.add(met);
            }
            Kind::Lag => return tally.loop_lag.record(end_ns - start_ns),
            Kind::Done => {
                self.ended += 1;
                self.threads[thread].ended += 1;
                tally.task_done(record.extra, self.plan.latency_ns(record.task, start_ns, end_ns));
                if let Some(place) = self.done_in.as_mut().and_then(|rows| rows.get_mut(record.task as usize)) {
                    *place = Some(row);
                }
                tally.came(self.plan.is_behind(record.task, start_ns));
                self.note_idle(thread, record.task, start_ns, end_ns, spans);
                let tally = &mut self.tallies[usize::from(row)];
                let (taken, given) = self.plan.data_of(record.task);
                tally.bytes_in += taken;
                tally.bytes_out += given;
                if self.has_bumps {
                    tally.bumps += bumps(&self.plan, record.task);
                }
                return;
            }
            Kind::Failed if record.flags & TAKES_BACK != 0 => {
                // It was done, and what came of it did not arrive; or it never began.
                match self.done_in.as_mut().and_then(|rows| rows.get_mut(record.task as usize)).and_then(Option::take) {
                    Some(row) => self.tallies[usize::from(row)].done -= 1,
                    None => self.ended += 1,
                }
                return self.failed.push((row, record.task, None));
            }
            Kind::Failed => {
                self.ended += 1;
                self.threads[thread].ended += 1;
                tally.came(self.plan.is_behind(record.task, start_ns));
                self.note_idle(thread, record.task, start_ns, end_ns, spans);
                // Its reason is in another file.
                return self.failed.push((row, record.task, self.plan.latency_ns(record.task, start_ns, end_ns)));
            }
            Kind::In(state) => state,
        };
        let is_worker = self.model == Model::Processes && row < self.workers;
        match state {
            State::WaitIo => tally.fetched_bytes += record.extra,
            // Each message is packed on one side and unpacked on the other; the workers' side counts.
            State::Serialise if is_worker => tally.payload_bytes += record.extra,
            _ => {}
        }
        let mut add = |state, start_ns, end_ns| {
            let span = Span {
                worker: row,
                slot: slot.saturating_add(record.slot),
                task: record.task,
                state,
                start_ns,
                end_ns,
            };
            tally.add_state(state, span.duration_ns());
            tally.recorded += 1;
            spans.push(span);
        };
        if record.flags & IS_OWN != 0 {
            let whole_ns = end_ns - start_ns;
            let blocked_ns = record.extra.min(whole_ns);
            let blocked_ns = if blocked_ns >= LEAST_WAIT_NS { blocked_ns } else { 0 };
            // Of a coroutine, what blocks it is not what it waits for when it is alone.
            let lock_ns = if shares_lock {
                let inferred_ns = self.alone.lock_wait_ns(record.task, blocked_ns);
                self.inferred_lock_ns += inferred_ns;
                let seen = lock_part(self.threads[thread].number, record.start, record.end);
                seen.map_or(inferred_ns, |part| (blocked_ns as f64 * part) as u64)
            } else {
                0
            };
            let data_ns = blocked_ns - lock_ns;
            if self.model == Model::Sequential {
                self.alone.waited(record.task, data_ns);
            }
            self.steps.count += 1;
            self.steps.exact += u64::from(record.flags & HAS_RUN_DELAY != 0);
            self.steps.whole_ns += whole_ns - data_ns;
            self.steps.blocked_ns += lock_ns;
            let (locked_from, computes_from) = (start_ns + data_ns, start_ns + blocked_ns);
            for (state, from, to) in [
                (State::WaitIo, start_ns, locked_from),
                (State::WaitLock, locked_from, computes_from),
                (State::Compute, computes_from, end_ns),
            ] {
                if to > from {
                    add(state, from, to);
                }
            }
            return;
        }
        if state == State::Compute && self.has_lock {
            let lock_share = if self.all_under_lock { 1.0 } else { lock_share(&self.plan, record.task) };
            let has_own_lock = record.flags & IS_BUMP != 0 && self.is_guarded;
            let whole_ns = end_ns - start_ns;
            let blocked_ns = record.extra.min(whole_ns);
            self.steps.count += 1;
            self.steps.exact += u64::from(record.flags & HAS_RUN_DELAY != 0);
            self.steps.whole_ns += whole_ns;
            self.steps.blocked_ns += blocked_ns;
            let waits_ns = if blocked_ns >= LEAST_WAIT_NS { blocked_ns } else { 0 };
            if waits_ns > 0 {
                add(State::WaitLock, start_ns, start_ns + waits_ns);
            }
            add(State::Compute, start_ns + waits_ns, end_ns);
            if has_own_lock {
                tally.other_lock_ns += waits_ns;
            }
            tally.outside_gil_ns += ((whole_ns - waits_ns) as f64 * (1.0 - lock_share)).round() as u64;
            return;
        }
        if state == State::StartUp {
            // Of a start-up that computes, what the thread was blocked it waited for the lock.
            let setup_share = setup_lock_share(&self.plan).filter(|_| self.has_lock);
            let waits_ns = record.extra.min(end_ns - start_ns);
            let waits_ns = if setup_share.is_some() && waits_ns >= LEAST_WAIT_NS { waits_ns } else { 0 };
            if waits_ns > 0 {
                add(State::WaitLock, start_ns, start_ns + waits_ns);
            }
            add(State::StartUp, start_ns + waits_ns, end_ns);
            tally.ready_ns += end_ns - start_ns;
            tally.kept_gil_ns += ((end_ns - start_ns - waits_ns) as f64 * setup_share.unwrap_or(0.0)).round() as u64;
            return;
        }
        add(state, start_ns, end_ns);
        if state == State::WaitIo && self.has_lock && all_keep_lock(&self.plan, record.task) {
            tally.kept_gil_ns += end_ns - start_ns;
        }
    }

    /// A thread has done a task that began at `start_ns`. What passed since its last one, until this one was due or the stage
    /// of this one began, it had nothing to do. On an event loop nobody waits for tasks: they are made when they are due.
    fn note_idle(&mut self, thread: usize, task: u32, start_ns: u64, end_ns: u64, spans: &mut Vec<Span>) {
        if !self.plan.holds_back() || matches!(self.model, Model::Async | Model::Hybrid) {
            return;
        }
        let Thread { row, slot, ref mut last, .. } = self.threads[thread];
        let from_start = (self.model == Model::Sequential).then_some((0, task));
        let before = last.replace((end_ns, task)).or(from_start);
        let Some((since_ns, last_task)) = before else { return };
        let until_ns = match self.plan.due_us(task) {
            Some(due_us) => start_ns.min(due_us * 1_000),
            None if self.plan.waits_for(task) != self.plan.waits_for(last_task) => start_ns,
            None => return,
        };
        if until_ns > since_ns {
            let span =
                Span { worker: row, slot, task: NO_TASK, state: State::Idle, start_ns: since_ns, end_ns: until_ns };
            let tally = &mut self.tallies[usize::from(row)];
            tally.add_state(State::Idle, span.duration_ns());
            tally.recorded += 1;
            spans.push(span);
        }
    }

    /// A worker process has died: draws what it was at.
    pub fn record_death(&mut self, process: u32, now_ns: u64, spans: &mut Vec<Span>) -> Option<u32> {
        self.dead.push(process);
        let of_process = |thread: &&Thread| thread.header.process == process;
        let thread = self.threads.iter().filter(of_process).find(|thread| thread.header.begun > thread.ended)?;
        let (row, task) = (thread.row, thread.header.last_task);
        let start_ns = thread.header.last_begun.saturating_sub(self.zero_ns).min(now_ns);
        let span = Span { worker: row, slot: thread.slot, task, state: State::Lost, start_ns, end_ns: now_ns };
        let tally = &mut self.tallies[usize::from(row)];
        tally.add_state(State::Lost, span.duration_ns());
        tally.recorded += 1;
        spans.push(span);
        Some(task)
    }

    /// Whether a worker process that is alive is at a task.
    #[must_use]
    pub fn is_at_work(&self) -> bool {
        let is_alive = |thread: &&Thread| !self.dead.contains(&thread.header.process);
        self.threads.iter().filter(is_alive).any(|thread| thread.header.begun > thread.ended)
    }

    /// The task that has been under way for longest, in which process, and since when, in nanoseconds from t = 0; of threads
    /// that do several at once, the one that they began last.
    #[must_use]
    pub fn longest(&self) -> Option<(u32, u32, u64)> {
        let at_work = self.threads.iter().filter(|thread| thread.header.begun > thread.ended);
        let since = |thread: &Thread| {
            let header = &thread.header;
            (header.last_task, header.process, header.last_begun.saturating_sub(self.zero_ns))
        };
        at_work.map(since).min_by_key(|(.., since_ns)| *since_ns)
    }

    /// The processes that have done something.
    #[must_use]
    pub fn processes(&self) -> HashSet<u32> {
        self.threads.iter().map(|thread| thread.header.process).filter(|process| !self.dead.contains(process)).collect()
    }

    /// Tasks that were begun and have not ended.
    #[must_use]
    pub fn in_flight(&self) -> u64 {
        self.threads.iter().map(|thread| thread.header.begun.saturating_sub(thread.ended)).sum()
    }

    /// Records that had no room.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        self.threads.iter().map(|thread| thread.header.dropped).sum()
    }

    /// What passed between the steps of all threads.
    #[must_use]
    pub fn between_steps(&self) -> BetweenSteps {
        let headers = self.threads.iter().map(|thread| &thread.header);
        headers.fold(BetweenSteps::default(), |sum, header| BetweenSteps {
            whole_ns: sum.whole_ns + header.between_ns,
            cpu_ns: sum.cpu_ns + header.between_cpu_ns,
        })
    }

    /// The totals, at the end. `memory` is what the first process said of its own peak; `reasons` is why tasks failed, as far as
    /// it was written down.
    #[must_use]
    pub fn tallies(mut self, memory: u64, reasons: &mut [Failure]) -> Vec<Tally> {
        reasons.sort_by_key(|reason| reason.task);
        for (row, task, latency_ns) in std::mem::take(&mut self.failed) {
            let known = reasons.binary_search_by_key(&task, |reason| reason.task);
            let unknown = || Failure { task, why: "for a reason that was not kept".into(), at: None };
            let failure = known.map_or_else(|_| unknown(), |at| reasons[at].clone());
            self.tallies[usize::from(row)].task_failed_so(failure, latency_ns);
        }
        let mut peaks: Vec<(u32, u16, u64)> = Vec::new();
        for thread in &self.threads {
            let header = &thread.header;
            let tally = &mut self.tallies[usize::from(thread.row)];
            tally.done += header.overflow_done;
            tally.failed += header.overflow_failed;
            tally.checksum = tally.checksum.wrapping_add(header.overflow_checksum);
            match peaks.iter_mut().find(|(process, ..)| *process == header.process) {
                Some((_, _, peak)) => *peak = (*peak).max(header.peak_bytes),
                None => peaks.push((header.process, thread.row, header.peak_bytes)),
            }
        }
        let own_row = if self.model == Model::Processes { self.workers } else { 0 };
        peaks.push((self.leader, own_row, memory));
        for (process, row, peak) in peaks {
            let row = if process == self.leader { own_row } else { row };
            if peak == 0 {
                continue;
            }
            // Of several processes that had a row one after another, the largest.
            let known = &mut self.tallies[usize::from(row)].peak_rss_bytes;
            *known = Some(known.unwrap_or(0).max(peak));
        }
        self.tallies
    }
}

/// Rows of a lane.
#[must_use]
pub fn rows(model: Model, workers: u16) -> u16 {
    match model {
        Model::Sequential | Model::Async => 1,
        Model::Threads | Model::Gil | Model::Interpreters => workers,
        Model::Processes | Model::Hybrid => workers + 1,
    }
}
