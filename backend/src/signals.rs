//! The signals that ask the program to end: Ctrl-C, being told to end, the terminal being closed. What to do then is the
//! listener's business.

use std::{fmt, io, thread};

use tokio::signal::unix::{Signal, SignalKind, signal};

/// A signal that asks the program to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum EndSignal {
    /// SIGINT, as Ctrl-C sends it.
    Interrupt,
    /// SIGTERM, as `kill` and service managers send it.
    Terminate,
    /// SIGHUP: the terminal is closed.
    HangUp,
}

impl EndSignal {
    /// The exit code of a program that a signal has ended, as shells know it: 128 and the signal's number.
    pub(crate) fn exit_code(self) -> u8 {
        128 + match self {
            Self::HangUp => 1,
            Self::Interrupt => 2,
            Self::Terminate => 15,
        }
    }
}

impl fmt::Display for EndSignal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Interrupt => "Ctrl-C (SIGINT)",
            Self::Terminate => "SIGTERM",
            Self::HangUp => "SIGHUP",
        })
    }
}

/// Signals cannot be listened to.
#[derive(Debug, thiserror::Error)]
#[error("signals such as Ctrl-C cannot be listened to: {0}")]
pub(crate) struct SignalError(#[from] io::Error);

/// Listens to the signals from when it is made.
#[derive(Debug)]
pub(crate) struct Signals {
    interrupt: Signal,
    terminate: Signal,
    hang_up: Signal,
}

impl Signals {
    /// Listens from now on; inside a tokio runtime.
    ///
    /// # Errors
    /// When the system does not let it.
    pub(crate) fn listen() -> Result<Self, SignalError> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hang_up: signal(SignalKind::hangup())?,
        })
    }

    /// Waits for the next one.
    pub(crate) async fn next(&mut self) -> EndSignal {
        tokio::select! {
            _ = self.interrupt.recv() => EndSignal::Interrupt,
            _ = self.terminate.recv() => EndSignal::Terminate,
            _ = self.hang_up.recv() => EndSignal::HangUp,
        }
    }
}

/// Calls `handle` on a thread of its own at every signal, from now on and for as long as the program runs.
///
/// # Errors
/// When the system does not let it listen, or gives it no thread.
pub(crate) fn on_signal(mut handle: impl FnMut(EndSignal) + Send + 'static) -> Result<(), SignalError> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build()?;
    let mut signals = {
        let _inside = runtime.enter();
        Signals::listen()?
    };
    let listen = move || {
        runtime.block_on(async {
            loop {
                handle(signals.next().await);
            }
        })
    };
    thread::Builder::new().name("signals".into()).spawn(listen)?;
    Ok(())
}
