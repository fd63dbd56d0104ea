//! What a sampler's looks at the threads of a run say of them, and whether they are enough to say it.

use super::sampler::Sampler;

/// Fewer looks say little of what they are taken of.
const FEW_LOOKS: u64 = 4;

/// From so many looks on, and so many a second, they say more of a run than the threads' own clocks.
const ENOUGH_LOOKS: u64 = 200;
const ENOUGH_A_SECOND: f64 = 500.0;

/// How threads were looked at from outside.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Looked {
    /// Times a second.
    pub(super) rate: f64,
    /// The part of a processor's time that it took.
    pub(super) cost: f64,
    /// How often one of them was found blocked in an item.
    pub(super) blocked: u64,
}

/// The looks of a run, if somebody looks.
#[derive(Debug, Default)]
pub(super) struct Looks(Option<Sampler>);

impl Looks {
    pub(super) fn by(sampler: Option<Sampler>) -> Self {
        Self(sampler)
    }

    /// How these threads were looked at; nothing where nobody looked.
    pub(super) fn at(&self, threads: impl Iterator<Item = u32>) -> Option<Looked> {
        let sampler = self.0.as_ref()?;
        let blocked = threads.map(|thread| sampler.all(thread).blocked).sum();
        Some(Looked { rate: sampler.rate(), cost: sampler.cost(), blocked })
    }

    /// The part of a blocked time in which a thread waited for the lock; of a time in which it was hardly looked at, that of
    /// all times before. Nothing where nobody looked.
    pub(super) fn lock_part(&self, thread: u32, start_ns: u64, end_ns: u64) -> Option<f64> {
        let sampler = self.0.as_ref()?;
        let looks = sampler.between(thread, start_ns, end_ns);
        let enough = if looks.blocked >= FEW_LOOKS { looks } else { sampler.all(thread) };
        enough.lock_part()
    }

    /// Whether there are enough of them to say how long each thread waited for the lock, all in all.
    pub(super) fn are_enough(&self) -> bool {
        self.0.as_ref().is_some_and(|sampler| sampler.count() >= ENOUGH_LOOKS && sampler.rate() >= ENOUGH_A_SECOND)
    }

    /// How long a thread was seen waiting for the lock, all in all.
    pub(super) fn lock_ns(&self, thread: u32) -> u64 {
        self.0.as_ref().and_then(|sampler| sampler.lock_ns(thread)).unwrap_or(0)
    }
}
