//! The Mandelbrot set: floating point in registers, and rows that differ a lot in cost.

use std::ops::{ControlFlow, Range};

use super::{
    about::{About, Call, Code},
    job::{Context, Input, Job},
};
use crate::rng::nth;

/// Iterations after which a point counts as inside.
const MAX_ITERATIONS: u64 = 256;

/// Pixels between two calls of `between` inside a long row; at worst 256 × 256 iterations, about
/// 0.2 ms.
const PAUSE_PIXELS: u64 = 256;

/// A `size` × `size` grid of pixel centres over [-2, 0.5] × [-1.25, 1.25]; the seed does not
/// matter. The count n(p) of pixel p = row × size + column is how many times z ← z² + c can be
/// done from z = 0 while |z|² ≤ 4, at most 256; in `f64`, in this order:
///
/// ```text
/// cx = -2 + 2.5 * (column + 0.5) / size;  cy = -1.25 + 2.5 * (row + 0.5) / size;  x = y = n = 0
/// at most 256 times: xx = x*x; yy = y*y; stop if xx + yy > 4; y = 2*x*y + cy; x = xx - yy + cx; n += 1
/// ```
///
/// Digest: `nth(Σ (p + 1) × n(p), Σ n(p))`.
#[derive(Clone, Copy, Debug)]
pub struct Mandelbrot {
    side: u64,
}

/// What a range of rows adds up to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Iterations {
    /// Σ n(p).
    total: u64,
    /// Σ (p + 1) × n(p), wrapping: notices pixels that changed places.
    placed: u64,
}

impl Job<'_> for Mandelbrot {
    type Part = Iterations;

    const ABOUT: About = About {
        id: "mandelbrot",
        title: "Mandelbrot set",
        unit: "pixels along a side",
        what: "Iterates z² + c for every pixel of a square image, at most 256 times.",
        default_size: 192,
        max_size: 8_192,
        releases_gil: false,
        takes_bytes: false,
        unit_bytes: 0,
    };

    const CODE: Code = Code {
        python: include_str!("mandelbrot.py"),
        rust: include_str!("mandelbrot.rs.txt"),
        on_generated: Call { python: "image = draw_mandelbrot(side)", rust: "mandelbrot(size)" },
        on_bytes: None,
    };

    fn new(input: Input<'_>) -> Self {
        let (side, _) = input.generated(Self::ABOUT.max_size);
        Self { side }
    }

    /// Rows.
    fn units(&self) -> u64 {
        self.side
    }

    fn grain(&self) -> u64 {
        (PAUSE_PIXELS / self.side.max(1)).max(1)
    }

    fn part(&self, rows: Range<u64>, cx: &mut Context<'_>) -> ControlFlow<(), Iterations> {
        let mut sum = Iterations::default();
        for row in rows {
            let im = -1.25 + 2.5 * (row as f64 + 0.5) / self.side as f64;
            for column in 0..self.side {
                if column % PAUSE_PIXELS == PAUSE_PIXELS - 1 {
                    (cx.between)()?;
                }
                let re = -2.0 + 2.5 * (column as f64 + 0.5) / self.side as f64;
                let count = iterations(re, im);
                sum.total += count;
                sum.placed = sum.placed.wrapping_add((row * self.side + column + 1).wrapping_mul(count));
            }
        }
        ControlFlow::Continue(sum)
    }

    fn merge(&self, left: Iterations, right: Iterations, _: &mut Context<'_>) -> ControlFlow<(), Iterations> {
        ControlFlow::Continue(Iterations {
            total: left.total + right.total,
            placed: left.placed.wrapping_add(right.placed),
        })
    }

    fn digest(&self, all: Iterations, _: &mut Context<'_>) -> ControlFlow<(), u64> {
        ControlFlow::Continue(nth(all.placed, all.total))
    }
}

fn iterations(cx: f64, cy: f64) -> u64 {
    let (mut x, mut y, mut count) = (0.0, 0.0, 0);
    while count < MAX_ITERATIONS {
        let (xx, yy) = (x * x, y * y);
        if xx + yy > 4.0 {
            break;
        }
        y = 2.0 * x * y + cy;
        x = xx - yy + cx;
        count += 1;
    }
    count
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::job::check;

    #[test]
    fn known_answers() {
        for (size, digest) in [
            (0, 16_294_208_416_658_607_535),
            (1, 7_580_537_196_416_285_606),
            (64, 3_204_798_059_590_877_604),
            (100, 17_468_105_198_640_448_575),
            (600, 3_293_318_173_944_448_933),
        ] {
            let input = Input::Generated { size, seed: 1 };
            assert_eq!(check::digest::<Mandelbrot>(input, 3), digest, "{size} pixels along a side");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]
        #[test]
        fn any_split_agrees(size in 0..48u64, parts in 1..60u64) {
            check::digest::<Mandelbrot>(Input::Generated { size, seed: 0 }, parts);
        }
    }
}
