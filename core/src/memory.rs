//! Memory that tasks take up while they run, and how much of it is taken at once. It does not know whose tasks they are.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
};

/// How much of it is taken now, and the most that was, in bytes.
#[derive(Debug, Default)]
pub struct InUse {
    now: AtomicU64,
    peak: AtomicU64,
}

impl InUse {
    /// The most that was taken at once since the last [`InUse::reset`].
    #[must_use]
    pub fn peak(&self) -> u64 {
        self.peak.load(Relaxed)
    }

    /// Begins to look for the most again, when nothing is taken.
    pub fn reset(&self) {
        self.peak.store(self.now.load(Relaxed), Relaxed);
    }
}

/// There is not so much memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no memory for {} MiB (memory_mb): run fewer tasks at once, or give each less", .bytes >> 20)]
pub struct NoMemory {
    /// So much was asked for.
    bytes: usize,
}

/// Memory that a task has taken up, given back when this is dropped.
pub struct Held {
    bytes: Vec<u8>,
    of: Arc<InUse>,
}

impl Held {
    /// Takes so many bytes, and touches them all: what nobody has touched is not there yet.
    ///
    /// # Errors
    /// When there are not so many.
    pub fn take(bytes: usize, of: &Arc<InUse>) -> Result<Self, NoMemory> {
        let mut room = Vec::new();
        room.try_reserve_exact(bytes).map_err(|_| NoMemory { bytes })?;
        room.resize(bytes, 1);
        // Nobody reads it, and it is written all the same.
        std::hint::black_box(&room);
        let now = of.now.fetch_add(bytes as u64, Relaxed) + bytes as u64;
        of.peak.fetch_max(now, Relaxed);
        Ok(Self { bytes: room, of: Arc::clone(of) })
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.of.now.fetch_sub(self.bytes.len() as u64, Relaxed);
    }
}

impl fmt::Debug for Held {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Held({} bytes)", self.bytes.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_at_once_is_kept_and_what_is_dropped_is_given_back() {
        let in_use = Arc::default();
        let take = |bytes| Held::take(bytes, &in_use).expect("a little");
        let (one, two) = (take(1000), take(200));
        drop(one);
        let three = take(500);
        assert_eq!(in_use.peak(), 1200);
        drop((two, three));
        in_use.reset();
        assert_eq!((in_use.peak(), in_use.now.load(Relaxed)), (0, 0));
        let far_too_much = Held::take(usize::MAX / 2, &in_use).expect_err("more than any machine has");
        assert!(far_too_much.to_string().ends_with("run fewer tasks at once, or give each less"), "{far_too_much}");
        assert_eq!(in_use.peak(), 0);
    }
}
