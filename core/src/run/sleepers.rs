//! Who sleeps until when on an event loop: what a place's timer keeps. It knows no clock and wakes nobody by itself.

use std::{cmp::Reverse, collections::BinaryHeap, task::Waker};

/// The sleepers of one event loop, by the moments when they are due.
#[derive(Debug, Default)]
pub struct Sleepers {
    entered: u64,
    heap: BinaryHeap<Reverse<Sleeper>>,
}

#[derive(Debug)]
struct Sleeper {
    due_ns: u64,
    /// Of two that are due at once the one that came first is woken first.
    number: u64,
    waker: Waker,
}

impl Ord for Sleeper {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.due_ns, self.number).cmp(&(other.due_ns, other.number))
    }
}

impl PartialOrd for Sleeper {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Sleeper {
    fn eq(&self, other: &Self) -> bool {
        self.number == other.number
    }
}

impl Eq for Sleeper {}

impl Sleepers {
    /// Somebody sleeps until `due_ns`.
    pub fn enter(&mut self, due_ns: u64, waker: Waker) {
        self.entered += 1;
        self.heap.push(Reverse(Sleeper { due_ns, number: self.entered, waker }));
    }

    /// When the first of them is due; `None` where nobody sleeps.
    #[must_use]
    pub fn first_due_ns(&self) -> Option<u64> {
        self.heap.peek().map(|Reverse(first)| first.due_ns)
    }

    /// Takes out one who is due by now; call it until nobody is.
    pub fn take_due(&mut self, now_ns: u64) -> Option<Waker> {
        if self.first_due_ns()? > now_ns {
            return None;
        }
        self.heap.pop().map(|Reverse(sleeper)| sleeper.waker)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_due_is_taken_out_and_the_others_sleep_on() {
        let mut sleepers = Sleepers::default();
        assert!(sleepers.take_due(u64::MAX).is_none());
        for due_ns in [50, 20, 50, 70] {
            sleepers.enter(due_ns, Waker::noop().clone());
        }
        assert!(sleepers.take_due(19).is_none());
        assert_eq!(sleepers.first_due_ns(), Some(20), "nobody was lost by looking too early");
        let woken = std::iter::from_fn(|| sleepers.take_due(50)).count();
        assert_eq!((woken, sleepers.first_due_ns()), (3, Some(70)));
    }
}
