//! Matrix multiplication: the job whose speed depends on caches and memory as much as on the cores.

use std::ops::{ControlFlow, Range};

use super::{
    about::{About, Call, Code},
    job::{Context, Input, Job},
    scratch::grow,
};
use crate::rng::{derive, nth};

/// Multiplications between two calls of `between`, about 0.1 ms.
const PAUSE_PRODUCTS: u64 = 1 << 18;

/// C = A × B for `size` × `size` matrices of `f64` whose entries are the integers -8 to 7: entry p
/// = row × size + column of A is `nth(derive(seed, 0), p) % 16 - 8`, that of B `nth(derive(seed,
/// 1), p) % 16 - 8`. No partial sum is beyond ±64 × size, far below 2^53, so every sum is exact in
/// any order.
///
/// Digest: Σ `nth(C[p], p)` over all entries of C as 64-bit two's complement integers.
#[derive(Clone, Copy, Debug)]
pub struct Matmul {
    side: u64,
    seed: u64,
}

impl Job<'_> for Matmul {
    type Part = u64;

    const ABOUT: About = About {
        id: "matmul",
        title: "Matrix product",
        unit: "rows and columns",
        what: "Multiplies two square matrices of small whole numbers in double precision.",
        default_size: 320,
        max_size: 2_048,
        releases_gil: false,
        takes_bytes: false,
        unit_bytes: 0,
    };

    const CODE: Code = Code {
        python: include_str!("matmul.py"),
        rust: include_str!("matmul.rs.txt"),
        on_generated: Call { python: "product = multiply_matrices(side, seed)", rust: "matmul(size, seed)" },
        on_bytes: None,
    };

    fn new(input: Input<'_>) -> Self {
        let (side, seed) = input.generated(Self::ABOUT.max_size);
        Self { side, seed }
    }

    /// Rows of the result.
    fn units(&self) -> u64 {
        self.side
    }

    fn grain(&self) -> u64 {
        (PAUSE_PRODUCTS / (self.side * self.side).max(1)).max(1)
    }

    /// B is needed whole by every row, so it is made once; A is made row by row where it is used.
    fn prepare(&self, cx: &mut Context<'_>) -> ControlFlow<()> {
        let side = self.side as usize;
        grow(&mut cx.scratch.matrix, side * side, cx.between)?;
        grow(&mut cx.scratch.row, side, cx.between)?;
        grow(&mut cx.scratch.sums, side, cx.between)?;
        let seed = derive(self.seed, 1);
        for (index, entry) in (0..).zip(&mut cx.scratch.matrix[..side * side]) {
            *entry = small(nth(seed, index));
            if index % (1 << 15) == (1 << 15) - 1 {
                (cx.between)()?;
            }
        }
        ControlFlow::Continue(())
    }

    fn part(&self, rows: Range<u64>, cx: &mut Context<'_>) -> ControlFlow<(), u64> {
        let side = self.side as usize;
        let seed = derive(self.seed, 0);
        let (row, sums) = (&mut cx.scratch.row[..side], &mut cx.scratch.sums[..side]);
        let pause = (PAUSE_PRODUCTS / self.side.max(1)) as usize;
        let mut digest = 0u64;
        for number in rows {
            let first = number * self.side;
            for (index, entry) in (first..).zip(row.iter_mut()) {
                *entry = small(nth(seed, index));
            }
            // Row, then inner index, then column: B is read in the order it lies in memory.
            sums.fill(0.0);
            for (inner, &factor) in row.iter().enumerate() {
                if inner % pause == pause - 1 {
                    (cx.between)()?;
                }
                let others = &cx.scratch.matrix[inner * side..][..side];
                for (sum, &other) in sums.iter_mut().zip(others) {
                    *sum += factor * other;
                }
            }
            for (index, &sum) in (first..).zip(sums.iter()) {
                digest = digest.wrapping_add(nth(sum as i64 as u64, index));
            }
        }
        ControlFlow::Continue(digest)
    }

    fn merge(&self, left: u64, right: u64, _: &mut Context<'_>) -> ControlFlow<(), u64> {
        ControlFlow::Continue(left.wrapping_add(right))
    }

    fn digest(&self, all: u64, _: &mut Context<'_>) -> ControlFlow<(), u64> {
        ControlFlow::Continue(all)
    }
}

/// -8 to 7.
fn small(bits: u64) -> f64 {
    (bits % 16) as f64 - 8.0
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::job::check;

    #[test]
    fn known_answers() {
        for (size, seed, digest) in [
            (0, 1, 0),
            (1, 1, 17_824_971_123_127_853_533),
            (10, 42, 10_618_209_868_643_176_149),
            (64, 7, 12_611_443_448_616_512_652),
            (150, 7, 8_111_881_053_207_100_120),
        ] {
            let input = Input::Generated { size, seed };
            assert_eq!(check::digest::<Matmul>(input, 3), digest, "{size} rows from {seed}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]
        #[test]
        fn any_split_agrees(size in 0..48u64, seed: u64, parts in 1..60u64) {
            check::digest::<Matmul>(Input::Generated { size, seed }, parts);
        }
    }
}
