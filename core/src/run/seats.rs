//! Which of the free places on an event loop takes the next task, where tasks may not all begin at once: the lowest. So a
//! loop with little to do is drawn in few rows, and one place alone waits for the clock.

use std::{
    cell::{Cell, RefCell},
    collections::BTreeMap,
    future::poll_fn,
    task::{Poll, Waker},
};

/// The free places.
#[derive(Debug, Default)]
pub(super) struct Seats {
    free: RefCell<BTreeMap<u16, Waker>>,
    rung: Cell<u64>,
}

/// One of them, until it is dropped.
#[derive(Debug)]
pub(super) struct Seat<'a> {
    seats: &'a Seats,
    slot: u16,
}

impl Seats {
    /// A place becomes free.
    pub(super) fn enter(&self, slot: u16) -> Seat<'_> {
        self.free.borrow_mut().insert(slot, Waker::noop().clone());
        Seat { seats: self, slot }
    }

    /// Lets the lowest one look again.
    pub(super) fn ring(&self) {
        self.rung.set(self.rung.get() + 1);
        self.wake_first();
    }

    /// How often that was.
    pub(super) fn heard(&self) -> u64 {
        self.rung.get()
    }

    fn first(&self) -> Option<u16> {
        self.free.borrow().keys().next().copied()
    }

    fn wake_first(&self) {
        if let Some((_, waker)) = self.free.borrow().first_key_value() {
            waker.wake_by_ref();
        }
    }
}

impl Seat<'_> {
    /// Waits until no lower place is free.
    pub(super) async fn is_first(&self) {
        self.until(|| self.seats.first() == Some(self.slot)).await;
    }

    /// Waits until there has been a ring since `heard`, or a lower place is free.
    pub(super) async fn is_to_look(&self, heard: u64) {
        self.until(|| self.seats.heard() != heard || self.seats.first() != Some(self.slot)).await;
    }

    async fn until(&self, is_so: impl Fn() -> bool) {
        poll_fn(|cx| {
            if is_so() {
                return Poll::Ready(());
            }
            self.seats.free.borrow_mut().insert(self.slot, cx.waker().clone());
            Poll::Pending
        })
        .await;
    }
}

impl Drop for Seat<'_> {
    fn drop(&mut self) {
        let was_first = self.seats.first() == Some(self.slot);
        self.seats.free.borrow_mut().remove(&self.slot);
        if was_first {
            self.seats.wake_first();
        }
    }
}
