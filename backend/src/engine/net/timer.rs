//! A timer for simulated answers on an event loop, as exact as the operating system's.
//!
//! tokio's own timer counts whole milliseconds and rounds up, which would make the event loop look slower at waiting
//! than threads are. On Linux one timer descriptor is armed for whoever is due first; elsewhere it is tokio's.

use std::{
    cell::RefCell,
    future::poll_fn,
    io,
    task::{Poll, Waker},
    time::Duration,
};

use lanes_core::run::sleepers::Sleepers;

use crate::engine::clock::Clock;

/// Waits for simulated answers; belongs to one event loop.
pub(crate) struct Timer {
    clock: Clock,
    sleepers: RefCell<Sleepers>,
    #[cfg(target_os = "linux")]
    descriptor: Option<tokio::io::unix::AsyncFd<std::os::fd::OwnedFd>>,
}

impl Timer {
    /// A timer for the loop that this is called on. [`Timer::run`] must be polled beside whoever sleeps.
    pub(crate) fn new(clock: Clock) -> Self {
        Self {
            clock,
            sleepers: RefCell::default(),
            #[cfg(target_os = "linux")]
            descriptor: linux::descriptor().ok(),
        }
    }

    /// Waits this long.
    pub(crate) async fn sleep(&self, time: Duration) {
        if !self.is_exact() {
            return tokio::time::sleep(time).await;
        }
        let at_ns = self.clock.now_ns() + time.as_nanos() as u64;
        let mut is_entered = false;
        poll_fn(|cx| {
            if self.clock.now_ns() >= at_ns {
                return Poll::Ready(());
            }
            // Its waker stays the same from poll to poll: one place on the loop is one task.
            if !std::mem::replace(&mut is_entered, true) {
                self.enter(at_ns, cx.waker().clone());
            }
            Poll::Pending
        })
        .await;
    }
}

#[cfg(not(target_os = "linux"))]
impl Timer {
    fn is_exact(&self) -> bool {
        false
    }
    fn enter(&self, _: u64, _: Waker) {}
    /// Wakes whoever is due; never ends.
    pub(crate) async fn run(&self) -> io::Result<()> {
        std::future::pending().await
    }
}

#[cfg(target_os = "linux")]
impl Timer {
    fn is_exact(&self) -> bool {
        self.descriptor.is_some()
    }

    fn enter(&self, at_ns: u64, waker: Waker) {
        let mut sleepers = self.sleepers.borrow_mut();
        let is_first = sleepers.first_due_ns().is_none_or(|first_ns| at_ns < first_ns);
        sleepers.enter(at_ns, waker);
        if is_first {
            self.arm(at_ns);
        }
    }

    fn arm(&self, at_ns: u64) {
        if let Some(descriptor) = &self.descriptor {
            linux::arm(descriptor.get_ref(), self.clock.zero_ns + at_ns);
        }
    }

    /// Wakes whoever is due; ends only with an error.
    pub(crate) async fn run(&self) -> io::Result<()> {
        let Some(descriptor) = &self.descriptor else { return std::future::pending().await };
        loop {
            let mut ready = descriptor.readable().await?;
            linux::acknowledge(descriptor.get_ref());
            ready.clear_ready();
            let now = self.clock.now_ns();
            let mut sleepers = self.sleepers.borrow_mut();
            while let Some(waker) = sleepers.take_due(now) {
                waker.wake();
            }
            if let Some(at_ns) = sleepers.first_due_ns() {
                self.arm(at_ns);
            }
        }
    }
}

#[cfg(target_os = "linux")]
mod linux {
    use std::{
        io,
        os::fd::{AsFd, OwnedFd},
    };

    use rustix::time::{
        Itimerspec, TimerfdClockId, TimerfdFlags, TimerfdTimerFlags, Timespec, timerfd_create, timerfd_settime,
    };
    use tokio::io::{Interest, unix::AsyncFd};

    pub(super) fn descriptor() -> io::Result<AsyncFd<OwnedFd>> {
        let flags = TimerfdFlags::NONBLOCK | TimerfdFlags::CLOEXEC;
        let descriptor = timerfd_create(TimerfdClockId::Monotonic, flags)?;
        // SAFETY: an owned descriptor stays open and the same until it is dropped, and the `AsyncFd` owns it.
        let registered = unsafe { AsyncFd::register_with_interest(descriptor, Interest::READABLE) };
        registered.map_err(io::Error::other)
    }

    /// Arms it for a moment of the monotonic clock; a moment that has passed fires at once.
    pub(super) fn arm(descriptor: impl AsFd, at_ns: u64) {
        let at = at_ns.max(1);
        let it_value = Timespec { tv_sec: (at / 1_000_000_000) as _, tv_nsec: (at % 1_000_000_000) as _ };
        let it_interval = Timespec { tv_sec: 0, tv_nsec: 0 };
        // Fails only for a descriptor that is no timer.
        let _ = timerfd_settime(descriptor, TimerfdTimerFlags::ABSTIME, &Itimerspec { it_interval, it_value });
    }

    /// Takes the count of expirations, so that the descriptor is not readable any more.
    pub(super) fn acknowledge(descriptor: impl AsFd) {
        let _ = rustix::io::read(descriptor, &mut [0u8; 8]);
    }
}
