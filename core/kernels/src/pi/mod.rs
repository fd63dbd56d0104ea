//! Darts at a quarter circle: no memory, no branches to guess, nothing to share. The job that
//! scales if any does.

use std::ops::{ControlFlow, Range};

use super::{
    about::{About, Call, Code},
    job::{Context, Input, Job},
};
use crate::rng::nth;

/// Throws `size` darts at a square; dart `i` lands at x = the high and y = the low 32 bits of
/// `nth(seed, i)`, and hits if x² + y² < 2^64. Four times the hits over `size` tends to π.
///
/// Digest: the number of hits.
#[derive(Clone, Copy, Debug)]
pub struct Pi {
    darts: u64,
    seed: u64,
}

impl Job<'_> for Pi {
    type Part = u64;

    const ABOUT: About = About {
        id: "pi",
        title: "Monte Carlo π",
        unit: "samples",
        what: "Estimates π by the share of random points that fall inside a quarter circle.",
        default_size: 4_000_000,
        max_size: 10_000_000_000,
        releases_gil: false,
        takes_bytes: false,
        unit_bytes: 0,
    };

    const CODE: Code = Code {
        python: include_str!("pi.py"),
        rust: include_str!("pi.rs.txt"),
        on_generated: Call { python: "hits = throw_darts(darts, seed)", rust: "pi(size, seed)" },
        on_bytes: None,
    };

    fn new(input: Input<'_>) -> Self {
        let (darts, seed) = input.generated(Self::ABOUT.max_size);
        Self { darts, seed }
    }

    fn units(&self) -> u64 {
        self.darts
    }

    fn grain(&self) -> u64 {
        1 << 15
    }

    fn part(&self, range: Range<u64>, _: &mut Context<'_>) -> ControlFlow<(), u64> {
        ControlFlow::Continue(count(range, self.seed))
    }

    fn merge(&self, left: u64, right: u64, _: &mut Context<'_>) -> ControlFlow<(), u64> {
        ControlFlow::Continue(left + right)
    }

    fn digest(&self, all: u64, _: &mut Context<'_>) -> ControlFlow<(), u64> {
        ControlFlow::Continue(all)
    }
}

/// How many of these darts hit. A function of its own, also for the compiler: as part of a larger one, the loop took Chromium a
/// tenth longer.
#[inline(never)]
fn count(darts: Range<u64>, seed: u64) -> u64 {
    darts.filter(|&dart| hits(nth(seed, dart))).count() as u64
}

/// Each square fits in 64 bits; the sum reaches 2^64 exactly when the addition carries.
fn hits(bits: u64) -> bool {
    let (x, y) = (bits >> 32, bits & 0xFFFF_FFFF);
    let (_, outside) = (x * x).overflowing_add(y * y);
    !outside
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::job::check;

    #[test]
    fn known_answers() {
        for (size, seed, hits) in [(0, 1, 0), (1, 1, 1), (1_000, 42, 795), (100_000, 7, 78_470)] {
            assert_eq!(check::digest::<Pi>(Input::Generated { size, seed }, 3), hits, "{size} from {seed}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn any_split_agrees(size in 0..100_000u64, seed: u64, parts in 1..40u64) {
            check::digest::<Pi>(Input::Generated { size, seed }, parts);
        }

        #[test]
        fn a_carry_is_2_to_the_64(bits: u64) {
            let (x, y) = (u128::from(bits >> 32), u128::from(bits & 0xFFFF_FFFF));
            prop_assert_eq!(hits(bits), x * x + y * y < 1 << 64);
        }
    }
}
