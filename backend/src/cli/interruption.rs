//! A command that a signal ends before its time: what is cancelled then, and which signal came first.

use std::sync::{Arc, OnceLock};

use super::failure::Failure;
use crate::{
    runner::CancelToken,
    signals::{EndSignal, SignalError, on_signal},
};

/// What is cancelled when a signal comes, and which one came first.
#[derive(Clone, Default)]
pub(super) struct Interruption {
    /// To be handed to whatever runs.
    pub(super) cancel: CancelToken,
    first: Arc<OnceLock<EndSignal>>,
}

impl Interruption {
    /// Listens to the signals that ask it to end.
    ///
    /// # Errors
    /// When they cannot be listened to.
    pub(super) fn listen() -> Result<Self, SignalError> {
        Self::listen_and(|_| {})
    }

    /// The same, where there is something else to be done besides.
    ///
    /// # Errors
    /// When they cannot be listened to.
    pub(super) fn listen_and(then: impl Fn(EndSignal) + Send + 'static) -> Result<Self, SignalError> {
        let interruption = Self::default();
        let Self { cancel, first } = interruption.clone();
        on_signal(move |signal| {
            // In this order: who was cancelled asks by what.
            first.get_or_init(|| signal);
            cancel.cancel();
            then(signal);
        })?;
        Ok(interruption)
    }

    /// The signal that came, if one did.
    pub(super) fn signal(&self) -> Option<EndSignal> {
        self.first.get().copied()
    }

    /// Nothing, or that a signal ended it.
    ///
    /// # Errors
    /// Where one did.
    pub(super) fn check(&self) -> Result<(), Failure> {
        self.signal().map_or(Ok(()), |signal| Err(Failure::Ended(signal)))
    }
}
