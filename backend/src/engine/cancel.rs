//! A cancel token: a flag, and a way to wake whoever sleeps. It knows nothing of what is cancelled.

use std::{
    collections::HashMap,
    fmt,
    sync::{
        Arc, Condvar, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};

/// Cancelled at most once; clones are the same token.
#[derive(Clone, Default)]
pub struct CancelToken(Arc<Inner>);

#[derive(Default)]
struct Inner {
    cancelled: AtomicBool,
    hooks: Mutex<Hooks>,
    sleepers: Condvar,
}

#[derive(Default)]
struct Hooks {
    next: u64,
    by_number: HashMap<u64, Box<dyn Fn() + Send>>,
}

/// Keeps a hook in place as long as it lives.
pub struct Hook {
    token: CancelToken,
    number: u64,
}

impl CancelToken {
    /// A token that is not cancelled.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Cancels: calls every hook and wakes whoever sleeps.
    pub fn cancel(&self) {
        let hooks = self.hooks();
        if !self.0.cancelled.swap(true, Relaxed) {
            hooks.by_number.values().for_each(|hook| hook());
            self.0.sleepers.notify_all();
        }
    }

    /// Makes it a token that is not cancelled.
    pub(crate) fn reset(&self) {
        self.0.cancelled.store(false, Relaxed);
    }

    /// Whether it has been cancelled: one relaxed load.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.0.cancelled.load(Relaxed)
    }

    /// Sleeps until the time is over or it is cancelled; whether the time was slept to its end.
    #[must_use]
    pub fn sleep(&self, time: Duration) -> bool {
        let until = Instant::now() + time;
        let mut hooks = self.hooks();
        while !self.is_cancelled() {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return true;
            }
            hooks = self.0.sleepers.wait_timeout(hooks, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        false
    }

    /// Calls `hook` when it is cancelled (at once if it has been), for as long as what is returned lives. It is
    /// called with a lock held: it may wake somebody, and nothing else.
    #[must_use]
    pub fn on_cancel(&self, hook: impl Fn() + Send + 'static) -> Hook {
        let mut hooks = self.hooks();
        if self.is_cancelled() {
            hook();
        }
        let number = hooks.next;
        hooks.next += 1;
        hooks.by_number.insert(number, Box::new(hook));
        Hook { token: self.clone(), number }
    }

    fn hooks(&self) -> MutexGuard<'_, Hooks> {
        self.0.hooks.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Hook {
    fn drop(&mut self) {
        self.token.hooks().by_number.remove(&self.number);
    }
}

impl fmt::Debug for CancelToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("CancelToken").field(&self.is_cancelled()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_press_ends_a_sleep_and_calls_the_hooks_that_are_left() {
        let token = CancelToken::new();
        let called = Arc::new(Mutex::new(Vec::new()));
        let note = |name: &'static str| {
            let called = Arc::clone(&called);
            move || called.lock().expect("whole").push(name)
        };
        let _kept = token.on_cancel(note("kept"));
        drop(token.on_cancel(note("dropped")));
        std::thread::scope(|scope| {
            let sleeper = scope.spawn(|| token.sleep(Duration::from_secs(3600)));
            token.cancel();
            assert!(!sleeper.join().expect("no panic"), "woken before its time");
        });
        let _late = token.on_cancel(note("late"));
        token.cancel();
        assert_eq!(*called.lock().expect("whole"), ["kept", "late"]);
        assert!(!token.sleep(Duration::from_secs(3600)));
        assert!(CancelToken::new().sleep(Duration::from_micros(1)));
    }
}
