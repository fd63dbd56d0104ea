//! Doing a task: the steps in order, each taken down as a span.
//!
//! One implementation for every lane of every place. A [`Task`] says what comes next ([`Next`]); the lane decides how
//! to do it (block, await, hand it to a pool) and tells the task how it went:
//!
//! ```text
//!            ┌────────── Fetch ──▶ block or await ──▶ fetched() ──┐
//! next() ────┼────────── Read  ──▶ block or await ──▶ read()   ───┼──▶ next() … End ──▶ finish()
//!            └─ Compute / Bump ──▶ compute(), bump() ─▶ stepped() ┘
//! ```

use std::{
    ops::ControlFlow,
    sync::{
        Mutex, PoisonError, TryLockError,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
};

use crate::{
    body,
    gil::Gil,
    kernels::{Input, Scratch},
    plan::{Action, ComputeAction, FetchAction, Plan, fold_digest, task_digest},
    scenario::{Guard, Source},
    trace::{NO_TASK, Recorder, State, Tally},
};

/// Increments between two looks at the cancel flag.
const BUMPS_PER_SLICE: u32 = 1_000;

/// An event loop that comes back to an answer later than this was busy; timers are no more exact than that.
const LATE_NS: u64 = 200_000;

/// What work needs from outside.
pub trait World {
    /// Nanoseconds since the run's t = 0.
    fn now_ns(&self) -> u64;
    /// Whether the run has been cancelled.
    fn is_cancelled(&self) -> bool;
    /// The interpreter lock, in the lanes that have one.
    fn gil(&self) -> Option<&Gil>;
    /// The counter that `bump` steps share.
    fn counter(&self) -> &SharedCounter;
}

/// The counter that `bump` steps share, with the lock of its own.
#[derive(Debug, Default)]
pub struct SharedCounter {
    value: AtomicU64,
    lock: Mutex<()>,
}

impl SharedCounter {
    /// What it says.
    #[must_use]
    pub fn value(&self) -> u64 {
        self.value.load(Relaxed)
    }

    /// Back to 0, for the next run.
    pub fn reset(&self) {
        self.value.store(0, Relaxed);
    }

    /// Reads, and later writes one more: two of these at once lose an update. `between` runs in the middle.
    fn bump_unguarded(&self, between: impl FnOnce()) {
        let seen = self.value.load(Relaxed);
        between();
        self.value.store(seen + 1, Relaxed);
    }
}

/// One worker at work: its recorder, its buffers, and whether it holds the interpreter lock.
#[derive(Debug)]
pub struct Hand {
    /// Takes down what this worker does.
    pub recorder: Recorder,
    scratch: Scratch,
    holds_gil: bool,
}

/// The run was cancelled in the middle of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cancelled;

impl Hand {
    /// A worker that has done nothing yet.
    #[must_use]
    pub fn new(recorder: Recorder) -> Self {
        Self { recorder, scratch: Scratch::default(), holds_gil: false }
    }

    /// Records that an event loop has waited for an answer that was there at `due_ns`, and came back to it at `woke_ns`:
    /// in between the task could go on, and something else had the loop. Returns from when on the rest of the fetch is
    /// still to be recorded; `start_ns` where the loop was not late.
    pub fn woke_on_loop(&mut self, slot: u16, task: u32, start_ns: u64, due_ns: u64, woke_ns: u64) -> u64 {
        if woke_ns.saturating_sub(due_ns) < LATE_NS {
            return start_ns;
        }
        self.recorder.span(slot, task, State::WaitIo, start_ns, due_ns);
        self.recorder.span(slot, task, State::Queued, due_ns, woke_ns);
        woke_ns
    }

    /// Waits for the interpreter lock, where there is one and this worker does not hold it. One that holds it hands it
    /// over where somebody wants it: a kernel of a single slice does not look, and the tasks of a worker follow one
    /// another under the lock.
    fn take_gil(&mut self, world: &impl World, slot: u16, task: u32) {
        self.pass_gil(world, slot, task);
        let Some(gil) = world.gil().filter(|_| !self.holds_gil) else { return };
        if !gil.try_acquire() {
            let start = world.now_ns();
            gil.acquire();
            self.recorder.span(slot, task, State::WaitLock, start, world.now_ns());
        }
        self.holds_gil = true;
    }

    /// Gives the interpreter lock back before something that waits, and at the end of the run.
    pub fn drop_gil(&mut self, world: &impl World) {
        if let Some(gil) = world.gil().filter(|_| self.holds_gil) {
            gil.release();
            self.holds_gil = false;
        }
    }

    /// Runs a kernel for a task, recording it; hands the interpreter lock over whenever somebody wants it.
    ///
    /// # Errors
    /// When the run is cancelled before the end.
    pub fn compute(
        &mut self,
        world: &impl World,
        slot: u16,
        task: u32,
        action: ComputeAction,
        bytes: &[u8],
    ) -> Result<u64, Cancelled> {
        if action.kernel.about().releases_gil {
            self.drop_gil(world);
        } else {
            self.take_gil(world, slot, task);
        }
        let Self { recorder, scratch, holds_gil } = self;
        let input = match action.input {
            Source::Size => Input::Generated { size: action.size, seed: action.seed },
            Source::File | Source::Body => Input::Bytes(bytes),
        };
        let mut start = world.now_ns();
        let digest = action.kernel.run(input, scratch, &mut || {
            if let Some(gil) = world.gil().filter(|gil| *holds_gil && gil.is_wanted()) {
                let now = world.now_ns();
                recorder.span(slot, task, State::Compute, start, now);
                gil.release();
                gil.acquire();
                start = world.now_ns();
                recorder.span(slot, task, State::WaitLock, now, start);
            }
            if world.is_cancelled() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        });
        let end = world.now_ns();
        recorder.span(slot, task, State::Compute, start, end);
        if action.kernel.about().releases_gil && world.gil().is_some() {
            recorder.tally().outside_gil_ns += end.saturating_sub(start);
            // What comes next is the interpreter's again.
            self.take_gil(world, slot, task);
        }
        digest.ok_or(Cancelled)
    }

    /// Increments the shared counter for a task, recording it.
    ///
    /// Time spent waiting for the counter's own lock is drawn as one `wait-lock` span in front of each batch of
    /// increments: single waits are far shorter than a span is worth.
    ///
    /// # Errors
    /// When the run is cancelled before the end.
    pub fn bump(
        &mut self,
        world: &impl World,
        slot: u16,
        task: u32,
        times: u32,
        guard: Guard,
    ) -> Result<(), Cancelled> {
        let counter = world.counter();
        self.take_gil(world, slot, task);
        let mut left = times;
        while left > 0 {
            let batch = left.min(BUMPS_PER_SLICE);
            left -= batch;
            let start = world.now_ns();
            let mut waited = 0;
            for _ in 0..batch {
                match guard {
                    Guard::Atomic => {
                        counter.value.fetch_add(1, Relaxed);
                    }
                    // Under the interpreter lock nothing can come in between, unless it is let go in between.
                    Guard::Gil if world.gil().is_some() => counter.bump_unguarded(|| {}),
                    Guard::None => counter.bump_unguarded(|| self.pass_gil(world, slot, task)),
                    Guard::Gil | Guard::Lock => {
                        let guard = counter.lock.try_lock().unwrap_or_else(|error| match error {
                            TryLockError::Poisoned(poisoned) => poisoned.into_inner(),
                            TryLockError::WouldBlock => {
                                let before = world.now_ns();
                                let guard = counter.lock.lock().unwrap_or_else(PoisonError::into_inner);
                                waited += world.now_ns().saturating_sub(before);
                                guard
                            }
                        });
                        counter.bump_unguarded(|| {});
                        drop(guard);
                    }
                }
            }
            let end = world.now_ns();
            let turn = (start + waited).min(end);
            if waited > 0 {
                self.recorder.span(slot, task, State::WaitLock, start, turn);
                self.recorder.tally().other_lock_ns += turn - start;
            }
            self.recorder.span(slot, task, State::Compute, turn, end);
            self.recorder.tally().bumps += u64::from(batch);
            if guard != Guard::None {
                self.pass_gil(world, slot, task);
            }
            if world.is_cancelled() {
                return Err(Cancelled);
            }
        }
        Ok(())
    }

    /// Hands the interpreter lock over and takes it again, where somebody wants it.
    fn pass_gil(&mut self, world: &impl World, slot: u16, task: u32) {
        if let Some(gil) = world.gil().filter(|gil| self.holds_gil && gil.is_wanted()) {
            let start = world.now_ns();
            gil.release();
            gil.acquire();
            self.recorder.span(slot, task, State::WaitLock, start, world.now_ns());
        }
    }
}

/// What a task needs next.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Next<'p> {
    /// Bytes from the network, into [`Task::bytes`]; then [`Task::fetched`].
    Fetch(FetchAction<'p>),
    /// Its share of the user's file, into [`Task::bytes`]; then [`Task::read`].
    Read,
    /// A kernel over [`Task::input`] or over data of its own.
    Compute(ComputeAction),
    /// Increments.
    Bump(u32, Guard),
    /// Nothing: [`Task::finish`] it.
    End,
}

/// A task being done.
#[derive(Debug)]
pub struct Task<'p> {
    plan: &'p Plan,
    number: u32,
    step: usize,
    digest: u64,
    started_ns: u64,
    failure: Option<String>,
    has_share: bool,
    /// The body of the last fetch.
    body: Vec<u8>,
    /// The share of the user's file.
    share: Vec<u8>,
    /// Where what is fetched or read arrives.
    pub bytes: Vec<u8>,
}

impl<'p> Task<'p> {
    /// Starts a task. `bytes` is a buffer to be used again, so that nothing is allocated for each task.
    #[must_use]
    pub fn start(plan: &'p Plan, number: u32, now_ns: u64, bytes: Vec<u8>) -> Self {
        Self {
            plan,
            number,
            step: 0,
            digest: task_digest(number),
            started_ns: now_ns,
            failure: None,
            has_share: false,
            body: Vec::new(),
            share: Vec::new(),
            bytes,
        }
    }

    /// Its number.
    #[must_use]
    pub fn number(&self) -> u32 {
        self.number
    }

    /// What comes next.
    #[must_use]
    pub fn next(&self) -> Next<'p> {
        if self.failure.is_some() || self.step >= self.plan.steps(self.number) {
            return Next::End;
        }
        match self.plan.action(self.number, self.step) {
            Action::Fetch(fetch) => Next::Fetch(fetch),
            Action::Compute(compute) if compute.input == Source::File && !self.has_share => Next::Read,
            Action::Compute(compute) => Next::Compute(compute),
            Action::Bump { times, guard } => Next::Bump(times, guard),
        }
    }

    /// The share of a file of this length that [`Next::Read`] wants.
    #[must_use]
    pub fn file_share(&self, file_bytes: u64) -> std::ops::Range<u64> {
        self.plan.file_share(self.number, file_bytes)
    }

    /// The fetch ended: its body is in [`Task::bytes`], or it failed for this reason.
    pub fn fetched(&mut self, tally: &mut Tally, ended: Result<(), String>) {
        match ended {
            Ok(()) => {
                std::mem::swap(&mut self.bytes, &mut self.body);
                tally.fetched_bytes += self.body.len() as u64;
                self.stepped(body::digest(&self.body));
            }
            Err(why) => self.failure = Some(why),
        }
    }

    /// The share of the file is in [`Task::bytes`], or could not be read for this reason.
    pub fn read(&mut self, ended: Result<(), String>) {
        match ended {
            Ok(()) => {
                std::mem::swap(&mut self.bytes, &mut self.share);
                self.has_share = true;
            }
            Err(why) => self.failure = Some(why),
        }
    }

    /// What a kernel with this input works on. Free to be lent to another thread, and to be put back.
    pub fn input(&mut self, source: Source) -> &mut Vec<u8> {
        match source {
            Source::File => &mut self.share,
            Source::Body | Source::Size => &mut self.body,
        }
    }

    /// The step ended with this digest (0 for increments).
    pub fn stepped(&mut self, digest: u64) {
        self.digest = fold_digest(self.digest, digest);
        self.step += 1;
    }

    /// The task has ended: adds it to the tally and gives the buffer back.
    pub fn finish(self, tally: &mut Tally, now_ns: u64) -> Vec<u8> {
        let latency_ns = now_ns.saturating_sub(self.started_ns);
        match self.failure {
            None => tally.task_done(self.digest, latency_ns),
            Some(why) => tally.task_failed(self.number, why, latency_ns),
        }
        // The one that was used most.
        [self.bytes, self.body, self.share].into_iter().max_by_key(Vec::capacity).unwrap_or_default()
    }
}

/// A world that can also wait: what a lane of blocking calls needs.
pub trait BlockingWorld: World {
    /// Fetches into `body`, which is empty before.
    ///
    /// # Errors
    /// One sentence on what went wrong.
    fn fetch(&self, action: &FetchAction<'_>, body: &mut Vec<u8>) -> Result<(), String>;

    /// Reads the share of the user's file that a task wants into `bytes`, which is empty before.
    ///
    /// # Errors
    /// One sentence on what went wrong.
    fn read_file(&self, task: u32, bytes: &mut Vec<u8>) -> Result<(), String>;
}

/// Does a task with blocking calls, from start to end.
///
/// # Errors
/// When the run is cancelled; the task is then neither done nor failed.
pub fn do_task(
    world: &impl BlockingWorld,
    plan: &Plan,
    number: u32,
    hand: &mut Hand,
    bytes: &mut Vec<u8>,
) -> Result<(), Cancelled> {
    let mut task = Task::start(plan, number, world.now_ns(), std::mem::take(bytes));
    loop {
        match task.next() {
            Next::Fetch(action) => {
                blocking_fetch(world, &action, &mut task, 0, hand);
                if world.is_cancelled() {
                    return Err(Cancelled);
                }
            }
            Next::Read => {
                hand.drop_gil(world);
                task.bytes.clear();
                let start = world.now_ns();
                let ended = world.read_file(number, &mut task.bytes);
                hand.recorder.span(0, number, State::WaitIo, start, world.now_ns());
                hand.take_gil(world, 0, number);
                task.read(ended);
            }
            Next::Compute(action) => {
                let digest = hand.compute(world, 0, number, action, task.input(action.input))?;
                task.stepped(digest);
            }
            Next::Bump(times, guard) => {
                hand.bump(world, 0, number, times, guard)?;
                task.stepped(0);
            }
            Next::End => break,
        }
    }
    *bytes = task.finish(hand.recorder.tally(), world.now_ns());
    Ok(())
}

/// A fetch that blocks whoever makes it, recorded.
pub fn blocking_fetch(
    world: &impl BlockingWorld,
    action: &FetchAction<'_>,
    task: &mut Task<'_>,
    slot: u16,
    hand: &mut Hand,
) {
    hand.drop_gil(world);
    task.bytes.clear();
    let start = world.now_ns();
    let ended = world.fetch(action, &mut task.bytes);
    hand.recorder.span(slot, task.number(), State::WaitIo, start, world.now_ns());
    // As in CPython, where a thread that comes back from a blocking call needs the lock to go on at all.
    hand.take_gil(world, slot, task.number());
    task.fetched(hand.recorder.tally(), ended);
}

/// Takes down the start-up of a worker.
pub fn record_start_up(hand: &mut Hand, start_ns: u64, end_ns: u64) {
    hand.recorder.span(0, NO_TASK, State::StartUp, start_ns, end_ns);
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;
    use crate::{plan::Origin, scenario::Scenario, trace::recorder};

    /// A world whose clock steps by 1 µs whenever it is read, and whose answers come at once.
    struct Still {
        clock: Cell<u64>,
        counter: SharedCounter,
        gil: Option<Gil>,
        cancel_at: u64,
    }

    impl World for Still {
        fn now_ns(&self) -> u64 {
            self.clock.set(self.clock.get() + 1_000);
            self.clock.get()
        }
        fn is_cancelled(&self) -> bool {
            self.clock.get() >= self.cancel_at
        }
        fn gil(&self) -> Option<&Gil> {
            self.gil.as_ref()
        }
        fn counter(&self) -> &SharedCounter {
            &self.counter
        }
    }

    impl BlockingWorld for Still {
        fn fetch(&self, action: &FetchAction<'_>, into: &mut Vec<u8>) -> Result<(), String> {
            match action.origin {
                Origin::Simulated(answer) => {
                    into.resize(answer.bytes as usize, 0);
                    body::fill(answer.seed, into);
                    Ok(())
                }
                _ => Err("no network here".into()),
            }
        }
        fn read_file(&self, _: u32, bytes: &mut Vec<u8>) -> Result<(), String> {
            bytes.extend_from_slice(b"one two three");
            Ok(())
        }
    }

    fn still() -> Still {
        Still { clock: Cell::new(0), counter: SharedCounter::default(), gil: None, cancel_at: u64::MAX }
    }

    fn plan(steps: &str) -> Plan {
        let json = format!(r#"{{"lanes_scenario":1,"groups":[{{"tasks":3,"steps":{steps}}}]}}"#);
        Plan::new(Scenario::from_json(&json).expect("valid"))
    }

    fn run(world: &Still, plan: &Plan) -> (Tally, Vec<State>) {
        let (recorder, mut drain) = recorder(0, 100);
        let mut hand = Hand::new(recorder);
        let mut bytes = Vec::new();
        for task in 0..plan.tasks() {
            if do_task(world, plan, task, &mut hand, &mut bytes).is_err() {
                break;
            }
        }
        hand.drop_gil(world);
        let mut spans = Vec::new();
        drain.drain(&mut spans, 100);
        (hand.recorder.take_tally(), spans.iter().map(|span| span.state).collect())
    }

    #[test]
    fn steps_are_done_in_order_and_recorded() {
        let plan =
            plan(r#"[{"fetch":{"bytes":100}},{"compute":{"kernel":"wordcount","input":"body"}},{"bump":{"times":5}}]"#);
        let world = still();
        let (tally, states) = run(&world, &plan);
        assert_eq!((tally.done, tally.failed, tally.fetched_bytes, tally.bumps), (3, 0, 300, 15));
        assert_eq!(states[..3], [State::WaitIo, State::Compute, State::Compute]);
        assert_eq!(world.counter.value(), 15);
        assert_eq!(tally.latency.quantile_ns(1.0) / 1000, tally.latency.max_ns() / 1000);
    }

    #[test]
    fn a_share_of_the_file_does_not_take_the_bodys_place() {
        let sum = |steps: &str| run(&still(), &plan(steps)).0.checksum;
        let words = |input: &str| format!(r#"{{"compute":{{"kernel":"wordcount","input":"{input}"}}}}"#);
        let [file, body] = [words("file"), words("body")];
        let both = |first: &str, then: &str| sum(&format!(r#"[{{"fetch":{{"bytes":300}}}},{first},{then}]"#));
        let digest = |input: &str| {
            let mut scratch = crate::kernels::Scratch::new();
            crate::kernels::Kernel::Wordcount.digest(Input::Bytes(input.as_bytes()), &mut scratch)
        };
        let mut body_text = vec![0; 300];
        let expected: u64 = (0..3)
            .map(|task| {
                let plan = plan(r#"[{"fetch":{"bytes":300}}]"#);
                let Action::Fetch(FetchAction { origin: Origin::Simulated(answer), .. }) = plan.action(task, 0) else {
                    panic!("a simulated fetch")
                };
                body::fill(answer.seed, &mut body_text);
                let text = std::str::from_utf8(&body_text).expect("text");
                [body::digest(&body_text), digest("one two three"), digest(text)]
                    .into_iter()
                    .fold(task_digest(task), fold_digest)
            })
            .fold(0, u64::wrapping_add);
        assert_eq!(both(&file, &body), expected);
        assert_ne!(both(&body, &file), expected, "the order of steps counts");
    }

    #[test]
    fn the_same_job_has_the_same_checksum_with_and_without_the_lock() {
        let plan = plan(
            r#"[{"fetch":{}},{"compute":{"kernel":"primes","size":5000}},{"compute":{"kernel":"sha256","size":2}}]"#,
        );
        let locked = Still { gil: Some(Gil::new(std::time::Duration::from_millis(5))), ..still() };
        let (with, _) = run(&locked, &plan);
        let (without, _) = run(&still(), &plan);
        assert_eq!(with.checksum, without.checksum);
        assert!(locked.gil.as_ref().expect("set").try_acquire(), "given back at the end");
    }

    #[test]
    fn tasks_too_short_to_look_hand_the_lock_over_all_the_same() {
        let plan = plan(r#"[{"compute":{"kernel":"primes","size":1}}]"#);
        let world = Still { gil: Some(Gil::new(std::time::Duration::from_micros(50))), ..still() };
        let gil = world.gil.as_ref().expect("set");
        let mut hand = Hand::new(recorder(0, 100).0);
        do_task(&world, &plan, 0, &mut hand, &mut Vec::new()).expect("nobody cancels");
        #[allow(clippy::disallowed_methods, reason = "a lock is tested with threads")]
        std::thread::scope(|scope| {
            scope.spawn(|| {
                gil.acquire();
                gil.release();
            });
            // Ends only when the other thread has asked.
            while !gil.is_wanted() {
                std::thread::yield_now();
            }
            do_task(&world, &plan, 1, &mut hand, &mut Vec::new()).expect("nobody cancels");
            assert_eq!(gil.switches(), 3, "the other had it in between");
            hand.drop_gil(&world);
        });
        assert_eq!(hand.recorder.take_tally().done, 2);
    }

    #[test]
    fn a_failure_ends_its_task_only() {
        let plan = plan(r#"[{"fetch":{"from":["https://a.example/"]}},{"compute":{"kernel":"primes","size":5000}}]"#);
        let (tally, states) = run(&still(), &plan);
        assert_eq!((tally.done, tally.failed), (0, 3));
        assert_eq!(tally.failures[0].why, "no network here");
        assert!(!states.contains(&State::Compute));
    }

    #[test]
    fn a_cancelled_task_is_neither_done_nor_failed() {
        let plan = plan(r#"[{"compute":{"kernel":"primes","size":2000000}}]"#);
        let world = Still { cancel_at: 1, ..still() };
        let (tally, _) = run(&world, &plan);
        assert_eq!((tally.done, tally.failed), (0, 0));
    }
}
