//! The CPU jobs: what each computes, how it is cut into parts, and the digest that proves the
//! answer.
//!
//! A kernel is a pure function from an [`Input`] to 64 bits, the same in wasm, natively and in
//! Python: integers, or `f64` with nothing but `+ - * /`. It knows no worker, lock or clock;
//! whoever runs it is called *between* slices and may cancel there, or hand over a lock. Each file
//! states its digest as a formula that fits in a few lines of any language; `nth`, `mix` and
//! `derive` are those of [`crate::rng`], and every sum wraps at 2^64.

mod job;
mod mandelbrot;
mod matmul;
mod pi;
mod primes;
mod scratch;
mod sha256;
mod sort;
mod wordcount;

use std::ops::ControlFlow;

use serde::{Deserialize, Serialize};

pub use job::{Between, Context, Job, split};
pub use mandelbrot::Mandelbrot;
pub use matmul::Matmul;
pub use pi::Pi;
pub use primes::Primes;
pub use scratch::Scratch;
pub use sha256::Sha256;
pub use sort::Sort;
pub use wordcount::Wordcount;

/// The name of a CPU job.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Hash,
    Serialize,
    Deserialize,
    strum::EnumIter,
    strum::EnumString,
    strum::IntoStaticStr,
    strum::Display,
)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
pub enum Kernel {
    /// Counts primes by trial division: [`Primes`].
    Primes,
    /// Iterates z² + c over a square of the complex plane: [`Mandelbrot`].
    Mandelbrot,
    /// Hashes 64 KiB blocks: [`Sha256`].
    Sha256,
    /// Counts and hashes the words of a text: [`Wordcount`].
    Wordcount,
    /// Multiplies two matrices: [`Matmul`].
    Matmul,
    /// Sorts 32-bit numbers: [`Sort`].
    Sort,
    /// Throws darts at a quarter circle: [`Pi`].
    Pi,
}

/// What a kernel works on.
#[derive(Clone, Copy, Debug)]
pub enum Input<'a> {
    /// Data made from a seed.
    Generated {
        /// How much, in the kernel's own unit ([`About::unit`]); above [`About::max_size`] it
        /// counts as `max_size`, so that a caller who forgot to validate cannot ask for unbounded
        /// memory.
        size: u64,
        /// Where the data starts in the one source of chance.
        seed: u64,
    },
    /// The user's own data. A kernel that takes none ([`About::takes_bytes`]) treats it as a size
    /// of 0.
    Bytes(&'a [u8]),
}

impl Input<'_> {
    /// `(size, seed)` for the kernels that can only work on generated data.
    fn generated(self, max_size: u64) -> (u64, u64) {
        match self {
            Input::Generated { size, seed } => (size.min(max_size), seed),
            Input::Bytes(_) => (0, 0),
        }
    }
}

/// A kernel introduced to people and to validation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct About {
    /// The name in scenarios, links and on the command line.
    pub id: &'static str,
    /// The name for people.
    pub title: &'static str,
    /// What `size` counts.
    pub unit: &'static str,
    /// What is computed, in one sentence.
    pub what: &'static str,
    /// A size, in `unit`s, that keeps one native core busy for 5 to 10 ms.
    pub default_size: u64,
    /// The largest size, in `unit`s: under a minute and under 64 MiB of scratch per task.
    pub max_size: u64,
    /// Whether CPython lets go of its global lock while its standard library does this.
    pub releases_gil: bool,
    /// Whether [`Input::Bytes`] means anything to it.
    pub takes_bytes: bool,
}

impl Kernel {
    /// What there is to say about this kernel.
    #[must_use]
    pub fn about(self) -> &'static About {
        match self {
            Kernel::Primes => &Primes::ABOUT,
            Kernel::Mandelbrot => &Mandelbrot::ABOUT,
            Kernel::Sha256 => &Sha256::ABOUT,
            Kernel::Wordcount => &Wordcount::ABOUT,
            Kernel::Matmul => &Matmul::ABOUT,
            Kernel::Sort => &Sort::ABOUT,
            Kernel::Pi => &Pi::ABOUT,
        }
    }

    /// The serial reference: the digest of the whole input computed in one piece.
    pub fn digest(self, input: Input<'_>, scratch: &mut Scratch) -> u64 {
        let mut never = || ControlFlow::Continue(());
        let mut cx = Context { scratch, between: &mut never };
        self.drive(input, &mut cx, |_, _| 1).continue_value().expect("nothing breaks off")
    }

    /// The same digest slice by slice. `between` is called between slices and, where one step is
    /// long, inside them: 50 to 100 µs apart on a 3 GHz core, never over about 1 ms. `None` when it
    /// broke off; the scratch is then still fit for any other run. An input of a single slice is
    /// finished without asking.
    pub fn run(self, input: Input<'_>, scratch: &mut Scratch, between: Between<'_>) -> Option<u64> {
        let mut cx = Context { scratch, between };
        self.drive(input, &mut cx, |units, grain| units.div_ceil(grain)).continue_value()
    }

    /// The one place that goes from names to types. `parts` is told the units and the grain.
    fn drive(self, input: Input<'_>, cx: &mut Context<'_>, parts: fn(u64, u64) -> u64) -> ControlFlow<(), u64> {
        match self {
            Kernel::Primes => job::drive::<Primes>(input, cx, parts),
            Kernel::Mandelbrot => job::drive::<Mandelbrot>(input, cx, parts),
            Kernel::Sha256 => job::drive::<Sha256<'_>>(input, cx, parts),
            Kernel::Wordcount => job::drive::<Wordcount<'_>>(input, cx, parts),
            Kernel::Matmul => job::drive::<Matmul>(input, cx, parts),
            Kernel::Sort => job::drive::<Sort<'_>>(input, cx, parts),
            Kernel::Pi => job::drive::<Pi>(input, cx, parts),
        }
    }
}

#[cfg(test)]
mod tests {
    use strum::IntoEnumIterator;

    use super::*;

    /// Breaks off at the given call, counted from 1.
    fn break_at(mut call: u32) -> impl FnMut() -> ControlFlow<()> {
        move || {
            call -= 1;
            if call > 0 { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        }
    }

    #[test]
    fn every_kernel_is_introduced_under_its_own_name() {
        for kernel in Kernel::iter() {
            let about = kernel.about();
            assert_eq!(kernel.to_string(), about.id);
            assert_eq!(about.id.parse(), Ok(kernel));
            assert!(about.default_size <= about.max_size, "{kernel}");
        }
    }

    #[test]
    fn nothing_to_do_is_done() {
        let mut scratch = Scratch::new();
        for kernel in Kernel::iter() {
            for size in [0, 1] {
                let input = Input::Generated { size, seed: 7 };
                let serial = kernel.digest(input, &mut scratch);
                let sliced = kernel.run(input, &mut scratch, &mut || ControlFlow::Continue(()));
                assert_eq!(sliced, Some(serial), "{kernel} of {size}");
            }
            kernel.digest(Input::Bytes(&[]), &mut scratch);
        }
    }

    #[test]
    fn breaking_off_leaves_the_scratch_fit_for_the_next_run() {
        let mut scratch = Scratch::new();
        for kernel in Kernel::iter() {
            let input = Input::Generated { size: kernel.about().default_size, seed: 7 };
            // Buffers grow in the first run only, and growing calls `between` too.
            let serial = kernel.digest(input, &mut scratch);
            let mut calls = 0;
            let whole = kernel.run(input, &mut scratch, &mut || {
                calls += 1;
                ControlFlow::Continue(())
            });
            assert_eq!(whole, Some(serial), "{kernel}");
            assert!(calls > 10, "{kernel} called between only {calls} times");
            for stop in [1, 2, calls / 2, calls] {
                let broken = kernel.run(input, &mut scratch, &mut break_at(stop));
                assert_eq!(broken, None, "{kernel} stopped at call {stop} of {calls}");
            }
            assert_eq!(Some(kernel.digest(input, &mut scratch)), whole, "{kernel}");
        }
    }

    #[test]
    fn the_largest_task_stays_under_64_mib_of_scratch() {
        for kernel in Kernel::iter() {
            let mut scratch = Scratch::new();
            let input = Input::Generated { size: u64::MAX, seed: 7 };
            // Late enough to be past everything that grows.
            kernel.run(input, &mut scratch, &mut break_at(100));
            assert!(scratch.bytes() < 64 << 20, "{kernel} holds {} bytes", scratch.bytes());
        }
    }
}
