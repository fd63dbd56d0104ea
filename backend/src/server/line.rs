//! One at a time, first come first served: two runs at once would measure each other.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::sync::watch;

/// Most that wait.
pub(super) const MAX_WAITING: usize = 32;

/// People standing in line; the first one is being served.
#[derive(Clone, Debug)]
pub(super) struct Line(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    standing: Mutex<VecDeque<u64>>,
    moved: watch::Sender<()>,
}

/// A place in the line, given up when it is dropped.
#[derive(Debug)]
pub(super) struct Ticket {
    line: Line,
    id: u64,
    /// The position that was told last.
    told: usize,
    moved: watch::Receiver<()>,
}

impl Line {
    pub(super) fn new() -> Self {
        Self(Arc::new(Inner { standing: Mutex::default(), moved: watch::channel(()).0 }))
    }

    /// A place at the end; `None` when the line is too long.
    pub(super) fn join(&self, id: u64) -> Option<Ticket> {
        let mut standing = self.standing();
        if standing.len() > MAX_WAITING {
            return None;
        }
        standing.push_back(id);
        let told = standing.len() - 1;
        drop(standing);
        Some(Ticket { line: self.clone(), id, told, moved: self.0.moved.subscribe() })
    }

    fn standing(&self) -> MutexGuard<'_, VecDeque<u64>> {
        self.0.standing.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Ticket {
    /// How many were before this one when it was asked last.
    pub(super) fn position(&self) -> usize {
        self.told
    }

    /// Waits until somebody before this one has left since then; returns the new position.
    pub(super) async fn moved(&mut self) -> usize {
        loop {
            // Asked for before looking, so that nothing is missed.
            self.moved.mark_unchanged();
            let now = self.line.standing().iter().position(|id| *id == self.id).unwrap_or(0);
            if now != self.told {
                self.told = now;
                return now;
            }
            // Cannot fail: the line, and with it the sender, is held by this ticket.
            let _ = self.moved.changed().await;
        }
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        self.line.standing().retain(|id| *id != self.id);
        self.line.0.moved.send_replace(());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn who_leaves_lets_the_others_up() {
        let line = Line::new();
        let first = line.join(1).expect("room");
        let second = line.join(2).expect("room");
        let mut third = line.join(3).expect("room");
        assert_eq!((first.position(), second.position(), third.position()), (0, 1, 2));
        drop(second);
        assert_eq!(third.moved().await, 1);
        let waiting = tokio::spawn(async move { third.moved().await });
        drop(first);
        assert_eq!(waiting.await.expect("no panic"), 0);
    }

    #[test]
    fn a_line_has_an_end() {
        let line = Line::new();
        let tickets: Vec<_> = (0..100).map_while(|id| line.join(id)).collect();
        assert_eq!(tickets.len(), MAX_WAITING + 1, "one is served, the others wait");
        drop(tickets);
        assert!(line.join(7).is_some());
    }
}
