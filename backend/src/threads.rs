//! Whether the system still gives threads: asked before something is begun that panics without them.

use std::{io, sync::mpsc, thread};

/// No thread can be started.
#[derive(Debug, thiserror::Error)]
#[error("no threads can be started: {0}; end other programs, or raise the limit (ulimit -u)")]
pub(crate) struct ThreadError(#[from] io::Error);

/// Whether so many threads can be started now, by starting them.
///
/// # Errors
/// When the system does not give as many.
pub(crate) fn ensure(count: usize) -> Result<(), ThreadError> {
    let mut held = Vec::with_capacity(count);
    for _ in 0..count {
        let (hold, released) = mpsc::channel::<()>();
        // All are there at once: each ends when its sender is dropped.
        let thread = thread::Builder::new().name("probe".into()).spawn(move || {
            let _ = released.recv();
        })?;
        held.push((hold, thread));
    }
    for (hold, thread) in held {
        drop(hold);
        let _ = thread.join();
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn threads_are_there_and_gone_again() {
        ensure(4).expect("a machine that runs tests has four threads");
    }
}
