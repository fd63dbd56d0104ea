//! The pipe that wakes the thread of a pool. It does not know what that thread waits for besides.

use std::{
    io::{self, PipeReader, PipeWriter, Write},
    sync::Arc,
};

use rustix::io::ioctl_fionbio;

/// Wakes the thread that waits for a pool.
#[derive(Clone, Debug)]
pub struct Waker(Arc<PipeWriter>);

impl Waker {
    /// Wakes it, or keeps it from falling asleep the next time.
    pub fn wake(&self) {
        // Full means that it has been woken often enough already.
        let _ = (&*self.0).write(&[1]);
    }
}

/// A wake pipe, whose ends never block: a byte at the reading end is a wake-up.
pub(super) fn pipe() -> io::Result<(PipeReader, Waker)> {
    let (reader, writer) = io::pipe()?;
    ioctl_fionbio(&reader, true)?;
    ioctl_fionbio(&writer, true)?;
    Ok((reader, Waker(Arc::new(writer))))
}
