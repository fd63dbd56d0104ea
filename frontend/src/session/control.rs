//! How a session is told to end, and to kill a worker, while it runs.
//!
//! It knows neither lanes nor who listens.

use std::{cell::RefCell, rc::Rc};

use futures::channel::oneshot;

/// Cancels a session at most once and asks for workers to be killed; heard wherever the session waits. Clones are the
/// same control.
#[derive(Clone, Default)]
pub struct SessionControl(Rc<RefCell<Requests>>);

#[derive(Default)]
struct Requests {
    is_cancelled: bool,
    kills: Vec<u16>,
    waiting: Vec<oneshot::Sender<()>>,
}

impl Requests {
    fn wake(&mut self) {
        for waiter in self.waiting.drain(..) {
            // Whoever waited has gone on by itself.
            let _ = waiter.send(());
        }
    }
}

impl SessionControl {
    /// Asks the session to end.
    pub fn cancel(&self) {
        let mut requests = self.0.borrow_mut();
        requests.is_cancelled = true;
        requests.wake();
    }

    /// Asks for a worker to be killed.
    pub fn kill(&self, worker: u16) {
        let mut requests = self.0.borrow_mut();
        requests.kills.push(worker);
        requests.wake();
    }

    /// The workers to be killed since the last time.
    pub(super) fn take_kills(&self) -> Vec<u16> {
        std::mem::take(&mut self.0.borrow_mut().kills)
    }

    /// Whether it has been cancelled.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.0.borrow().is_cancelled
    }

    /// Waits until it is cancelled, or a worker is to be killed.
    pub(super) async fn requested(&self) {
        let (waiter, woken) = oneshot::channel();
        {
            let mut requests = self.0.borrow_mut();
            if requests.is_cancelled || !requests.kills.is_empty() {
                return;
            }
            requests.waiting.push(waiter);
        }
        // An error would mean that the control is gone, and with it whoever could ask for anything.
        let _ = woken.await;
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt;

    use super::*;

    #[test]
    fn a_cancel_is_heard_by_who_waits_already_and_by_who_waits_later() {
        let control = SessionControl::default();
        let mut early = Box::pin(control.requested());
        assert_eq!(early.as_mut().now_or_never(), None);
        control.clone().cancel();
        assert_eq!(early.now_or_never(), Some(()));
        assert_eq!(control.requested().now_or_never(), Some(()));
        assert!(control.is_cancelled());
    }

    #[test]
    fn a_kill_is_taken_once_and_cancels_nothing() {
        let control = SessionControl::default();
        control.kill(3);
        assert_eq!(control.requested().now_or_never(), Some(()));
        assert_eq!(control.take_kills(), [3]);
        assert_eq!(control.requested().now_or_never(), None);
        assert!(!control.is_cancelled());
    }
}
