//! The queue of runs: one at a time, first come first served. Two runs at once would measure each other.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::sync::watch;

/// Most runs that wait.
pub(super) const MAX_WAITING: usize = 32;

/// The runs in their order; the first one is under way.
#[derive(Clone, Debug)]
pub(super) struct RunQueue(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    waiting: Mutex<VecDeque<u64>>,
    changed: watch::Sender<()>,
}

/// A run's place in the queue, given up when it is dropped.
#[derive(Debug)]
pub(super) struct Slot {
    queue: RunQueue,
    id: u64,
    /// The position that was told last.
    told: usize,
    changed: watch::Receiver<()>,
}

impl RunQueue {
    pub(super) fn new() -> Self {
        Self(Arc::new(Inner { waiting: Mutex::default(), changed: watch::channel(()).0 }))
    }

    /// A slot at the end; `None` when the queue is full.
    pub(super) fn join(&self, id: u64) -> Option<Slot> {
        let mut waiting = self.waiting();
        if waiting.len() > MAX_WAITING {
            return None;
        }
        waiting.push_back(id);
        let told = waiting.len() - 1;
        drop(waiting);
        Some(Slot { queue: self.clone(), id, told, changed: self.0.changed.subscribe() })
    }

    fn waiting(&self) -> MutexGuard<'_, VecDeque<u64>> {
        self.0.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Slot {
    /// How many were before this one when it was asked last.
    pub(super) fn position(&self) -> usize {
        self.told
    }

    /// Waits until somebody before this one has left since then; returns the new position.
    pub(super) async fn moved(&mut self) -> usize {
        loop {
            // Asked for before looking, so that nothing is missed.
            self.changed.mark_unchanged();
            let now = self.queue.waiting().iter().position(|id| *id == self.id).unwrap_or(0);
            if now != self.told {
                self.told = now;
                return now;
            }
            // Cannot fail: the queue, and with it the sender, is held by this slot.
            let _ = self.changed.changed().await;
        }
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        self.queue.waiting().retain(|id| *id != self.id);
        self.queue.0.changed.send_replace(());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn who_leaves_lets_the_others_up() {
        let queue = RunQueue::new();
        let first = queue.join(1).expect("room");
        let second = queue.join(2).expect("room");
        let mut third = queue.join(3).expect("room");
        assert_eq!((first.position(), second.position(), third.position()), (0, 1, 2));
        drop(second);
        assert_eq!(third.moved().await, 1);
        let waiting = tokio::spawn(async move { third.moved().await });
        drop(first);
        assert_eq!(waiting.await.expect("no panic"), 0);
    }

    #[test]
    fn a_queue_has_an_end() {
        let queue = RunQueue::new();
        let slots: Vec<_> = (0..100).map_while(|id| queue.join(id)).collect();
        assert_eq!(slots.len(), MAX_WAITING + 1, "one is under way, the others wait");
        drop(slots);
        assert!(queue.join(7).is_some());
    }
}
