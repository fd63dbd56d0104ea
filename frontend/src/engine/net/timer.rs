//! A timer for what an event loop waits for: one heap of all that sleep, and one alarm for whoever is due first.
//!
//! The alarm is `Atomics.waitAsync` with a time-out on a word that nobody changes: it is exact to a fraction of a
//! millisecond. Where a browser does not have it, it is `setTimeout`, which counts whole milliseconds and, set from
//! within another time-out, at least 4: then sleepers are late by that, which their caller sees, because it knows when
//! they were due. It knows nothing of requests.

use std::{
    cell::RefCell,
    future::poll_fn,
    rc::{Rc, Weak},
    sync::atomic::AtomicI32,
    task::{Poll, Waker},
    time::Duration,
};

use js_sys::{Atomics, Int32Array, Promise, Reflect, WebAssembly::Memory};
use lanes_core::{fetch::Arrival, run::sleepers::Sleepers};
use wasm_bindgen::{JsCast, prelude::*};
use wasm_bindgen_futures::{JsFuture, spawn_local};

use crate::engine::{clock::Clock, messages::scope};

/// The word that alarms wait for in vain.
static NEVER: AtomicI32 = AtomicI32::new(0);

/// Waits on behalf of one event loop; clones are the same timer.
#[derive(Clone)]
pub struct Timer(Rc<Inner>);

struct Inner {
    clock: Clock,
    due: RefCell<Due>,
    /// For the alarms, which go off even when the timer is gone.
    own: Weak<Self>,
}

#[derive(Default)]
struct Due {
    sleepers: Sleepers,
    /// The moments of the alarms that are set, the earliest last. There are more than one when somebody came who is
    /// due before all others.
    alarms: Vec<u64>,
}

impl Due {
    /// Somebody sleeps until `at_ns`; whether an alarm has to be set for it.
    fn enter(&mut self, at_ns: u64, waker: Waker) -> bool {
        self.sleepers.enter(at_ns, waker);
        let is_first = self.alarms.last().is_none_or(|first| at_ns < *first);
        if is_first {
            self.alarms.push(at_ns);
        }
        is_first
    }

    /// The earliest alarm went off: whoever is due by now is moved to `woken`. Returns for when another one has to be
    /// set, where those that are set would be too late.
    fn ring(&mut self, now_ns: u64, woken: &mut Vec<Waker>) -> Option<u64> {
        self.alarms.pop();
        woken.extend(std::iter::from_fn(|| self.sleepers.take_due(now_ns)));
        let at_ns = self.sleepers.first_due_ns()?;
        let is_first = self.alarms.last().is_none_or(|first| at_ns < *first);
        is_first.then(|| {
            self.alarms.push(at_ns);
            at_ns
        })
    }
}

impl Timer {
    /// A timer for the loop of the thread that this is called on, which counts in the time of `clock`.
    #[must_use]
    pub fn new(clock: Clock) -> Self {
        Self(Rc::new_cyclic(|own| Inner { clock, due: RefCell::default(), own: own.clone() }))
    }

    /// Waits this long. Returns when that was over and when the loop came back to it.
    pub async fn sleep(&self, time: Duration) -> Arrival {
        let at_ns = self.0.clock.now_ns() + time.as_nanos() as u64;
        let mut is_entered = false;
        poll_fn(|cx| {
            let now_ns = self.0.clock.now_ns();
            if now_ns >= at_ns {
                return Poll::Ready(Arrival { due_ns: at_ns, woke_ns: now_ns });
            }
            // Its waker stays the same from poll to poll: one place on the loop is one task.
            if !std::mem::replace(&mut is_entered, true) {
                let is_first = self.0.due.borrow_mut().enter(at_ns, cx.waker().clone());
                if is_first {
                    self.0.set_alarm(at_ns);
                }
            }
            Poll::Pending
        })
        .await
    }
}

impl Inner {
    fn ring(&self) {
        let mut woken = Vec::new();
        let next = self.due.borrow_mut().ring(self.clock.now_ns(), &mut woken);
        if let Some(at_ns) = next {
            self.set_alarm(at_ns);
        }
        woken.into_iter().for_each(Waker::wake);
    }

    fn set_alarm(&self, at_ns: u64) {
        let ms = at_ns.saturating_sub(self.clock.now_ns()) as f64 / 1e6;
        let own = self.own.clone();
        // Each alarm goes off once, perhaps after the run that set it: its closure must outlive the timer.
        let ring = move || {
            if let Some(timer) = own.upgrade() {
                timer.ring();
            }
        };
        match passed(ms) {
            Some(passed) => spawn_local(async move {
                let _ = JsFuture::from(passed).await;
                ring();
            }),
            None => {
                scope()
                    .set_timeout_with_callback_and_timeout_and_arguments_0(
                        Closure::once_into_js(ring).unchecked_ref(),
                        ms.ceil() as i32,
                    )
                    .expect("every worker has timers");
            }
        }
    }
}

/// A promise that is kept after so many milliseconds; `None` where there is no `Atomics.waitAsync`.
fn passed(ms: f64) -> Option<Promise> {
    let memory: Memory = wasm_bindgen::memory().unchecked_into();
    let words = Int32Array::new(&memory.buffer());
    let index = NEVER.as_ptr() as usize / size_of::<i32>();
    let waits = Atomics::wait_async_with_timeout(&words, u32::try_from(index).ok()?, 0, ms).ok()?;
    // It is no promise where the time is over already.
    let value = Reflect::get(&waits, &"value".into()).ok()?;
    Some(value.dyn_into().unwrap_or_else(|over| Promise::resolve(&over)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Enters `at`, and notes the alarm that is set for it.
    fn enter(due: &mut Due, at: u64, alarms: &mut Vec<u64>) {
        if due.enter(at, Waker::noop().clone()) {
            alarms.push(at);
        }
    }

    #[test]
    fn one_alarm_is_set_for_all_that_sleep() {
        let (mut due, mut alarms) = (Due::default(), Vec::new());
        for at in [50, 60, 50, 70] {
            enter(&mut due, at, &mut alarms);
        }
        assert_eq!(alarms, [50]);
        let mut woken = Vec::new();
        assert_eq!(due.ring(50, &mut woken), Some(60));
        assert_eq!(woken.len(), 2);
        // Late: both are due.
        assert_eq!(due.ring(75, &mut woken), None);
        assert_eq!(woken.len(), 4);
        assert!(due.alarms.is_empty());
    }

    #[test]
    fn who_is_due_earlier_gets_an_earlier_alarm_and_nobody_is_forgotten() {
        let (mut due, mut alarms) = (Due::default(), Vec::new());
        for at in [50, 20, 30] {
            enter(&mut due, at, &mut alarms);
        }
        assert_eq!(alarms, [50, 20]);
        let mut woken = Vec::new();
        assert_eq!(due.ring(20, &mut woken), Some(30), "before the alarm at 50");
        assert_eq!(due.ring(30, &mut woken), None, "the one at 50 is set");
        assert_eq!(woken.len(), 2);
        // An alarm that goes off too early is set again.
        assert_eq!(due.ring(49, &mut woken), Some(50));
        assert_eq!(due.ring(50, &mut woken), None);
        assert_eq!(woken.len(), 3);
    }
}
