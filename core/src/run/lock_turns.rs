//! Which slices of a kernel are computed under the interpreter lock, where only a share of them is. It takes no lock and
//! reads no clock.
//!
//! The turns are as short as a kernel's slices, 50 to 100 µs: about what C code called from Python computes at a time. What
//! one step had too much or too little of the lock, the worker's next one makes up for, so that the share is right however
//! short the steps are.

/// One worker's turns with the lock and without it.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct LockTurns {
    /// Nanoseconds under the lock beyond the share.
    ahead_ns: f64,
}

/// Whether some of a step is computed under the lock and some of it is not.
pub(super) fn is_partly(share: f64) -> bool {
    share > 0.0 && share < 1.0
}

impl LockTurns {
    /// Whether the next slice of a step with this share is computed under the lock.
    pub(super) fn holds(self, share: f64) -> bool {
        if is_partly(share) { self.ahead_ns <= 0.0 } else { share > 0.0 }
    }

    /// A slice of a step with this share took so long, with the lock held or not.
    pub(super) fn spent(&mut self, share: f64, held: bool, ns: u64) {
        if is_partly(share) {
            self.ahead_ns += ns as f64 * if held { 1.0 - share } else { -share };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_share_is_kept_over_slices_of_any_length() {
        for share in [0.0, 0.01, 0.3, 0.5, 0.97, 1.0] {
            let mut turns = LockTurns::default();
            let (mut held_ns, mut all_ns) = (0, 0);
            for slice in 0..10_000 {
                let (holds, ns) = (turns.holds(share), 40_000 + crate::rng::nth(7, slice) % 70_000);
                held_ns += if holds { ns } else { 0 };
                all_ns += ns;
                turns.spent(share, holds, ns);
            }
            let seen = held_ns as f64 / all_ns as f64;
            assert!((seen - share).abs() < 0.001, "{seen} for {share}");
        }
    }
}
