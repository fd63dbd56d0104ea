//! A global interpreter lock as CPython has it (`take_gil` and `drop_gil` in `Python/ceval_gil.c`, 3.2 to 3.13).
//!
//! ```text
//! holder  ▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓ next safe point: release, wait until somebody else has taken it ░░░ acquire
//! waiter  ░░ one interval ░ same holder: drop request ░░░▓▓▓▓▓▓▓▓▓▓▓▓
//! ```
//!
//! Whoever computes holds it. A thread that wants it waits one *switch interval*. If the holder has not changed by then,
//! it sets a drop request; the holder releases the lock at its next safe point, and goes on only when another thread has
//! taken it ("forced switching"). So the lock changes hands about once in an interval however short the tasks are, and
//! a thread that comes back from a blocking call may wait a whole interval for a thread that computes: the convoy effect.
//!
//! What counts as a change is decisive: a holder that releases the lock and takes it again itself has not changed. Were
//! that counted, nobody would ever set the request against tasks that are shorter than the interval.
//!
//! [`State`] is the algorithm, and neither waits nor knows threads; [`Gil`] adds the waiting. It blocks, but it reads no
//! clock: the interval is a duration handed to the condition variable. It works wherever `std`'s does, in WebAssembly
//! with shared memory too. It knows nothing of tasks or of what is computed.

use std::{
    sync::{
        Condvar, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering::Relaxed},
    },
    time::Duration,
};

/// The lock. Threads are told apart by a number that each gets when it first comes here.
#[derive(Debug)]
pub struct Gil {
    interval: Duration,
    state: Mutex<State>,
    /// [`State::drop_request`], to be read without the mutex.
    drop_request: AtomicBool,
    /// The lock became free (CPython's `gil->cond`).
    released: Condvar,
    /// The lock was taken (CPython's `gil->switch_cond`).
    switched: Condvar,
}

impl Gil {
    /// A free lock with this switch interval.
    #[must_use]
    pub fn new(interval: Duration) -> Self {
        Self {
            interval,
            state: Mutex::default(),
            drop_request: AtomicBool::new(false),
            released: Condvar::new(),
            switched: Condvar::new(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing panics while the mutex is held, so a poisoned one is still consistent.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes the lock without waiting; whether it was free.
    #[must_use]
    pub fn try_acquire(&self) -> bool {
        let mut state = self.lock();
        let is_free = !state.is_held;
        if is_free {
            self.take(&mut state);
        }
        is_free
    }

    /// Takes the lock, waiting for it, and asking the holder to drop it when an interval has passed.
    pub fn acquire(&self) {
        let mut state = self.lock();
        while state.is_held {
            let seen = state.switches;
            let (guard, ended) =
                self.released.wait_timeout(state, self.interval).unwrap_or_else(PoisonError::into_inner);
            state = guard;
            if ended.timed_out() {
                state.interval_passed(seen);
                self.drop_request.store(state.drop_request, Relaxed);
            }
        }
        self.take(&mut state);
    }

    fn take(&self, state: &mut State) {
        state.take(this_thread());
        self.drop_request.store(false, Relaxed);
        self.switched.notify_one();
    }

    /// Gives the lock back: before a call that blocks, at the end, and where [`Gil::is_wanted`], followed by
    /// [`Gil::acquire`]. Where somebody has asked for it, returns when another thread has taken it.
    pub fn release(&self) {
        let mut state = self.lock();
        let is_asked = state.release();
        self.drop_request.store(false, Relaxed);
        self.released.notify_one();
        // Whoever asked does not stop waiting before it has the lock, so this ends.
        while is_asked && !state.has_switched_from(this_thread()) {
            state = self.switched.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Whether the holder is asked to drop the lock: to be looked at often, so one relaxed load.
    #[must_use]
    pub fn is_wanted(&self) -> bool {
        self.drop_request.load(Relaxed)
    }

    /// How often another thread than the last holder has taken the lock.
    #[must_use]
    pub fn switches(&self) -> u64 {
        self.lock().switches
    }
}

/// A number of its own for each thread.
fn this_thread() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    thread_local! {
        static NUMBER: u64 = NEXT.fetch_add(1, Relaxed);
    }
    NUMBER.with(|number| *number)
}

/// Who has the lock and whether it is asked for: the algorithm by itself.
#[derive(Debug, Default)]
pub(crate) struct State {
    is_held: bool,
    /// The thread that has it, or had it last.
    last_holder: Option<u64>,
    /// How often `last_holder` changed (CPython's `switch_number`).
    switches: u64,
    /// Somebody has waited a whole interval for this holder (CPython's `gil_drop_request`).
    drop_request: bool,
}

impl State {
    /// A waiter's interval ended by the clock; `seen` was [`State::switches`] when it began. A holder that is new gets
    /// an interval of its own first.
    pub(crate) fn interval_passed(&mut self, seen: u64) {
        if self.is_held && self.switches == seen {
            self.drop_request = true;
        }
    }

    /// `thread` takes the lock, which is free. Whoever else has asked asks again when its next interval is over.
    pub(crate) fn take(&mut self, thread: u64) {
        debug_assert!(!self.is_held, "taken twice");
        self.is_held = true;
        self.drop_request = false;
        if self.last_holder != Some(thread) {
            self.last_holder = Some(thread);
            self.switches += 1;
        }
    }

    /// The holder releases the lock; whether it must wait until [`State::has_switched_from`] it.
    pub(crate) fn release(&mut self) -> bool {
        debug_assert!(self.is_held, "released twice");
        self.is_held = false;
        std::mem::take(&mut self.drop_request)
    }

    /// Whether another thread has taken the lock since `thread` released it.
    pub(crate) fn has_switched_from(&self, thread: u64) -> bool {
        self.last_holder != Some(thread)
    }

    /// Whether somebody has it.
    pub(crate) fn is_held(&self) -> bool {
        self.is_held
    }

    /// Whether whoever has it is asked to let it go.
    pub(crate) fn is_wanted(&self) -> bool {
        self.drop_request
    }

    /// How often another thread than the last holder has taken it.
    pub(crate) fn switches(&self) -> u64 {
        self.switches
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::disallowed_methods, reason = "a lock is tested with threads; only the tests start them")]

    use std::{
        collections::VecDeque,
        sync::atomic::{AtomicU32, Ordering::SeqCst},
    };

    use super::*;

    #[test]
    fn a_holder_that_takes_it_again_is_no_new_holder() {
        let mut state = State::default();
        state.take(1);
        let seen = state.switches;
        // As before and after a short blocking call.
        assert!(!state.release(), "nobody has asked");
        state.take(1);
        assert_eq!(state.switches, seen);
        state.interval_passed(seen);
        assert!(state.drop_request, "the waiter has waited its interval");
        assert!(state.release(), "so the holder waits");
        assert!(!state.has_switched_from(1));
        state.take(2);
        assert!(state.has_switched_from(1));
        assert_eq!((state.switches, state.drop_request), (2, false));
    }

    #[test]
    fn a_new_holder_has_an_interval_of_its_own() {
        let mut state = State::default();
        state.take(1);
        let seen = state.switches;
        state.release();
        state.take(2);
        state.interval_passed(seen);
        assert!(!state.drop_request);
        state.interval_passed(state.switches);
        assert!(state.drop_request);
    }

    #[test]
    fn a_free_lock_is_not_asked_for() {
        let mut state = State::default();
        state.take(1);
        state.release();
        state.interval_passed(state.switches);
        assert!(!state.drop_request);
    }

    #[test]
    fn whoever_takes_it_is_not_asked_yet() {
        let mut state = State::default();
        state.take(1);
        state.interval_passed(state.switches);
        assert!(state.release());
        state.take(2);
        assert!(!state.release(), "the request was for the holder before");
    }

    /// What came out of a [`simulate`]d run: time held by each thread in ns, and hand-overs.
    struct Held {
        by_thread: Vec<u64>,
        hand_overs: u64,
    }

    /// Runs the algorithm on a clock of its own: `threads` threads that always compute, with a safe point every
    /// `point_ns`. Every `call_ns` of computing the holder makes a blocking call that takes no time, and is back
    /// before anybody whom it woke.
    fn simulate(threads: u64, interval_ns: u64, point_ns: u64, call_ns: u64, end_ns: u64) -> Held {
        let mut state = State::default();
        let mut held = Held { by_thread: vec![0; threads as usize], hand_overs: 0 };
        // Whoever waits, in the order of the condition variable: until when, and the switches that it has seen.
        let mut waiting: VecDeque<(u64, u64, u64)> = VecDeque::new();
        let mut holder = 0;
        state.take(holder);
        waiting.extend((1..threads).map(|thread| (thread, interval_ns, state.switches)));
        let (mut now, mut computed) = (0, 0);
        while now < end_ns {
            now += point_ns;
            computed += point_ns;
            held.by_thread[holder as usize] += point_ns;
            while let Some(at) = waiting.iter().position(|(_, until, _)| *until <= now) {
                let (thread, until, seen) = waiting.remove(at).expect("found");
                state.interval_passed(seen);
                waiting.push_back((thread, until + interval_ns, state.switches));
            }
            let calls = computed >= call_ns;
            if calls {
                computed = 0;
            }
            if !(calls || state.drop_request) {
                continue;
            }
            let is_asked = state.release();
            let woken = waiting.pop_front();
            if is_asked {
                let (thread, ..) = woken.expect("whoever asked waits");
                waiting.push_back((holder, now + interval_ns, state.switches + 1));
                held.hand_overs += 1;
                holder = thread;
                computed = 0;
                state.take(holder);
            } else {
                state.take(holder);
                waiting.extend(woken.map(|(thread, ..)| (thread, now + interval_ns, state.switches)));
            }
        }
        held
    }

    #[test]
    fn all_get_the_same_however_long_the_tasks_are() {
        const MS: u64 = 1_000_000;
        for point_ns in [1_000, 10_000, 100_000, MS, 10 * MS, 100 * MS] {
            let end_ns = 4_000 * point_ns.max(5 * MS);
            let held = simulate(4, 5 * MS, point_ns, u64::MAX, end_ns);
            for ns in &held.by_thread {
                let share = *ns as f64 / end_ns as f64;
                assert!((share - 0.25).abs() < 0.01, "{point_ns} ns: {:?}", held.by_thread);
            }
            let each = end_ns / held.hand_overs;
            assert!(each.abs_diff(point_ns.max(5 * MS)) <= point_ns, "{point_ns} ns: handed over every {each} ns");
        }
    }

    #[test]
    fn calls_that_come_back_at_once_do_not_keep_it() {
        const MS: u64 = 1_000_000;
        // Of two threads one is woken by every call, and its interval begins anew; a third is not.
        let held = simulate(3, 5 * MS, 10_000, 3 * MS, 30_000 * MS);
        for ns in &held.by_thread {
            assert!(*ns > 5_000 * MS, "{:?}", held.by_thread);
        }
    }

    #[test]
    fn one_holds_it_at_a_time_and_all_get_their_turn() {
        let gil = Gil::new(Duration::from_micros(100));
        let inside = AtomicU32::new(0);
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    gil.acquire();
                    for _ in 0..2_000 {
                        assert_eq!(inside.fetch_add(1, SeqCst), 0, "two threads hold the lock");
                        std::hint::black_box((0..200u64).sum::<u64>());
                        inside.fetch_sub(1, SeqCst);
                        if gil.is_wanted() {
                            gil.release();
                            gil.acquire();
                        }
                    }
                    gil.release();
                });
            }
        });
        assert!(gil.try_acquire(), "free at the end");
    }

    #[test]
    fn the_holder_is_asked_to_let_go_and_another_gets_it() {
        let gil = Gil::new(Duration::from_micros(50));
        assert!(gil.try_acquire());
        assert!(!gil.try_acquire());
        std::thread::scope(|scope| {
            scope.spawn(|| {
                gil.acquire();
                gil.release();
            });
            // Ends only when the other thread has asked.
            while !gil.is_wanted() {
                std::thread::yield_now();
            }
            gil.release();
            assert_eq!(gil.switches(), 2, "the other had it in between");
            gil.acquire();
            gil.release();
        });
        assert_eq!(gil.switches(), 3);
    }
}
