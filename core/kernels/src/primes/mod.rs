//! Counting primes: integer division and nothing else. Splitting by ranges is uneven on purpose:
//! larger numbers cost more, which is what scheduling has to cope with.

use std::ops::{ControlFlow, Range};

use super::{
    about::{About, Call, Code},
    job::{Context, Input, Job},
};

/// Counts the primes below `size`. The seed does not matter.
///
/// Digest: the count, that is #{p prime : p < size}.
#[derive(Clone, Copy, Debug)]
pub struct Primes {
    below: u64,
}

impl Job<'_> for Primes {
    type Part = u64;

    const ABOUT: About = About {
        id: "primes",
        title: "Primes",
        unit: "numbers tested",
        what: "Counts the primes below a number by trial division.",
        default_size: 200_000,
        max_size: 50_000_000,
        releases_gil: false,
        takes_bytes: false,
        unit_bytes: 0,
    };

    const CODE: Code = Code {
        python: include_str!("primes.py"),
        rust: include_str!("primes.rs.txt"),
        on_generated: Call { python: "primes = count_primes(below)", rust: "primes(size)" },
        on_bytes: None,
    };

    fn new(input: Input<'_>) -> Self {
        let (below, _) = input.generated(Self::ABOUT.max_size);
        Self { below }
    }

    fn units(&self) -> u64 {
        self.below
    }

    fn grain(&self) -> u64 {
        // Near n one number in ln n is prime and takes √n / 2 divisions; √n / 12 ns on average fits
        // what was measured.
        1_000_000 / (self.below.isqrt() + 100)
    }

    fn part(&self, range: Range<u64>, _: &mut Context<'_>) -> ControlFlow<(), u64> {
        ControlFlow::Continue(range.filter(|&n| is_prime(n as u32)).count() as u64)
    }

    fn merge(&self, left: u64, right: u64, _: &mut Context<'_>) -> ControlFlow<(), u64> {
        ControlFlow::Continue(left + right)
    }

    fn digest(&self, all: u64, _: &mut Context<'_>) -> ControlFlow<(), u64> {
        ControlFlow::Continue(all)
    }
}

/// 32 bits, because 64-bit division is several times slower on many CPUs; `max_size` is far below
/// 2^32, so that `divisor * divisor` cannot overflow.
fn is_prime(n: u32) -> bool {
    if n < 2 || n.is_multiple_of(2) {
        return n == 2;
    }
    let mut divisor = 3;
    while divisor * divisor <= n {
        if n.is_multiple_of(divisor) {
            return false;
        }
        divisor += 2;
    }
    true
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::job::check;

    #[test]
    fn known_answers() {
        for (size, count) in [(0, 0), (2, 0), (3, 1), (4, 2), (10, 4), (121, 30), (10_000, 1_229), (100_000, 9_592)] {
            for seed in [0, 1] {
                assert_eq!(check::digest::<Primes>(Input::Generated { size, seed }, 3), count, "below {size}");
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn any_split_agrees(size in 0..20_000u64, parts in 1..40u64) {
            check::digest::<Primes>(Input::Generated { size, seed: 0 }, parts);
        }
    }
}
