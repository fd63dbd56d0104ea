//! The cancel button of a session, and the button that kills a worker.

use std::{cell::RefCell, rc::Rc};

use futures::channel::oneshot;

/// The button: fired at most once, heard wherever the session waits.
#[derive(Clone, Default)]
pub struct CancelButton(Rc<RefCell<CancelInner>>);

#[derive(Default)]
struct CancelInner {
    pressed: bool,
    waiting: Vec<oneshot::Sender<()>>,
    kills: Vec<u16>,
}

impl CancelButton {
    /// Asks the session to end.
    pub fn press(&self) {
        let mut inner = self.0.borrow_mut();
        inner.pressed = true;
        for waiter in inner.waiting.drain(..) {
            let _ = waiter.send(());
        }
    }

    /// Asks for a worker to be killed.
    pub fn kill(&self, worker: u16) {
        let mut inner = self.0.borrow_mut();
        inner.kills.push(worker);
        for waiter in inner.waiting.drain(..) {
            let _ = waiter.send(());
        }
    }

    /// The workers to be killed since the last time.
    pub(super) fn take_kills(&self) -> Vec<u16> {
        std::mem::take(&mut self.0.borrow_mut().kills)
    }

    /// Whether it has been pressed.
    #[must_use]
    pub fn is_pressed(&self) -> bool {
        self.0.borrow().pressed
    }

    /// Waits for it, or for a worker to be killed.
    pub(super) async fn touched(&self) {
        let (waiter, pressed) = oneshot::channel();
        {
            let mut inner = self.0.borrow_mut();
            if inner.pressed || !inner.kills.is_empty() {
                return;
            }
            inner.waiting.push(waiter);
        }
        let _ = pressed.await;
    }
}
