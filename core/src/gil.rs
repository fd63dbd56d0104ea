//! A global interpreter lock as CPython has it.
//!
//! Whoever computes holds it. A thread that wants it waits one *switch interval*; if the holder has not changed by
//! then, it asks the holder to let go, which the holder does at its next safe point, and then waits until somebody
//! else has really taken it (CPython's "forced switching"; `Python/ceval_gil.c`). So the lock is handed over about
//! once in an interval however short the tasks are, and a thread that comes back from waiting for bytes may have to
//! wait a whole interval for a thread that computes: the convoy effect.
//!
//! One implementation for the browser's lane and the native one. It blocks, but it reads no clock: the interval is a
//! duration handed to the condition variable.

use std::{
    sync::{
        Condvar, Mutex, MutexGuard,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    time::Duration,
};

/// The lock.
#[derive(Debug)]
pub struct Gil {
    interval: Duration,
    inner: Mutex<Inner>,
    /// Somebody has waited a whole interval: the holder is to let go at its next safe point.
    drop_request: AtomicBool,
    /// The lock became free.
    released: Condvar,
    /// The lock was taken by another thread.
    switched: Condvar,
}

#[derive(Debug, Default)]
struct Inner {
    held: bool,
    /// Counts how often the lock was taken.
    switches: u64,
    /// Threads that wait for it: who hands it over waits until one of them has it.
    waiting: u32,
}

impl Gil {
    /// A free lock with this switch interval.
    #[must_use]
    pub fn new(interval: Duration) -> Self {
        Self {
            interval,
            inner: Mutex::new(Inner::default()),
            drop_request: AtomicBool::new(false),
            released: Condvar::new(),
            switched: Condvar::new(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        // Nothing panics while the mutex is held, so a poisoned one is still consistent.
        self.inner.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// Takes the lock without waiting; whether it was free.
    #[must_use]
    pub fn try_acquire(&self) -> bool {
        let mut inner = self.lock();
        if inner.held {
            return false;
        }
        self.take(&mut inner);
        true
    }

    /// Takes the lock, waiting for it.
    pub fn acquire(&self) {
        let mut inner = self.lock();
        inner.waiting += 1;
        while inner.held {
            let seen = inner.switches;
            let (guard, timeout) =
                self.released.wait_timeout(inner, self.interval).unwrap_or_else(std::sync::PoisonError::into_inner);
            inner = guard;
            if timeout.timed_out() && inner.held && inner.switches == seen {
                self.drop_request.store(true, Relaxed);
            }
        }
        inner.waiting -= 1;
        self.take(&mut inner);
    }

    fn take(&self, inner: &mut Inner) {
        inner.held = true;
        inner.switches += 1;
        self.drop_request.store(false, Relaxed);
        self.switched.notify_all();
    }

    /// Gives the lock back, as before a call that waits.
    pub fn release(&self) {
        let mut inner = self.lock();
        inner.held = false;
        self.released.notify_one();
    }

    /// Whether the holder is asked to let go: to be looked at often, so one relaxed load.
    #[must_use]
    pub fn is_wanted(&self) -> bool {
        self.drop_request.load(Relaxed)
    }

    /// Gives the lock to whoever waits and returns when somebody else has taken it; [`Gil::acquire`] then gets it
    /// back. For the holder, where [`Gil::is_wanted`].
    pub fn hand_over(&self) {
        let mut inner = self.lock();
        inner.held = false;
        let seen = inner.switches;
        self.drop_request.store(false, Relaxed);
        self.released.notify_one();
        while inner.waiting > 0 && inner.switches == seen {
            inner = self.switched.wait(inner).unwrap_or_else(std::sync::PoisonError::into_inner);
        }
    }

    /// How often the lock has been taken.
    #[must_use]
    pub fn switches(&self) -> u64 {
        self.lock().switches
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::disallowed_methods, reason = "a lock is tested with threads; only the tests start them")]

    use std::sync::{
        Arc,
        atomic::{AtomicU32, Ordering::SeqCst},
    };

    use super::*;

    #[test]
    fn one_holds_it_at_a_time_and_all_get_their_turn() {
        let gil = Arc::new(Gil::new(Duration::from_micros(100)));
        let inside = Arc::new(AtomicU32::new(0));
        let handed = Arc::new(AtomicU32::new(0));
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    gil.acquire();
                    for _ in 0..2_000 {
                        assert_eq!(inside.fetch_add(1, SeqCst), 0, "two threads hold the lock");
                        std::hint::black_box((0..200u64).sum::<u64>());
                        inside.fetch_sub(1, SeqCst);
                        if gil.is_wanted() {
                            handed.fetch_add(1, SeqCst);
                            gil.hand_over();
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
            gil.hand_over();
            assert!(gil.switches() >= 2, "the other had it in between");
            gil.acquire();
            gil.release();
        });
    }
}
