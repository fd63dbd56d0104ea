//! The CPU jobs: what each computes, how it is cut into parts, and the digest that proves the
//! answer.
//!
//! A kernel is a pure function from an [`Input`] to 64 bits, the same in wasm, natively and in
//! Python: integers, or `f64` with nothing but `+ - * /`. It knows no worker, lock or clock;
//! whoever runs it is called *between* slices and may cancel there, or hand over a lock. Each
//! states its digest as a formula that fits in a few lines of any language; `nth`, `mix` and
//! `derive` are those of [`crate::rng`], and every sum wraps at 2^64.
//!
//! A kernel is one folder: `mod.rs` with its [`Job`], its known answers and what there is to say
//! about it, and its functions in Python and Rust for the programs that Lanes exports. To add one,
//! make its folder and append it to the list below.

pub mod rng;

mod about;
mod job;
mod scratch;

mod mandelbrot;
mod matmul;
mod pi;
mod primes;
mod sha256;
mod sort;
mod wordcount;

use std::ops::ControlFlow;

use serde::{Deserialize, Serialize};

pub use about::{About, Call, Code};
pub use job::{Between, Context, Input, Job, split};
pub use scratch::Scratch;

/// Makes [`Kernel`] of the list, and is the one place that goes from its names to the types.
macro_rules! kernels {
    ($($(#[$about:meta])* $module:ident::$name:ident,)+) => {
        $(pub use $module::$name;)+

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
            $($(#[$about])* $name,)+
        }

        impl Kernel {
            /// What there is to say about this kernel.
            #[must_use]
            pub fn about(self) -> &'static About {
                match self { $(Self::$name => &$name::ABOUT,)+ }
            }

            /// The same as part of a program of its own.
            #[must_use]
            pub fn code(self) -> &'static Code {
                match self { $(Self::$name => &$name::CODE,)+ }
            }

            fn drive(self, input: Input<'_>, cx: &mut Context<'_>, parts: job::Parts) -> ControlFlow<(), u64> {
                match self { $(Self::$name => job::drive(&$name::new(input), cx, parts),)+ }
            }
        }
    };
}

// The order is that of frames and menus: append.
kernels! {
    /// Counts primes by trial division: [`Primes`].
    primes::Primes,
    /// Iterates z² + c over a square of the complex plane: [`Mandelbrot`].
    mandelbrot::Mandelbrot,
    /// Hashes 64 KiB blocks: [`Sha256`].
    sha256::Sha256,
    /// Counts and hashes the words of a text: [`Wordcount`].
    wordcount::Wordcount,
    /// Multiplies two matrices: [`Matmul`].
    matmul::Matmul,
    /// Sorts 32-bit numbers: [`Sort`].
    sort::Sort,
    /// Throws darts at a quarter circle: [`Pi`].
    pi::Pi,
}

impl Kernel {
    /// The serial reference: the digest of the whole input computed in one piece.
    pub fn digest(self, input: Input<'_>, scratch: &mut Scratch) -> u64 {
        let mut never = || ControlFlow::Continue(());
        let mut cx = Context { scratch, between: &mut never };
        self.drive(input, &mut cx, job::ONE_PART).continue_value().expect("nothing breaks off")
    }

    /// The same digest slice by slice. `between` is called between slices and, where one step is
    /// long, inside them: 50 to 100 µs apart on a 3 GHz core, never over about 1 ms. `None` when it
    /// broke off; the scratch is then still fit for any other run. An input of a single slice is
    /// finished without asking.
    pub fn run(self, input: Input<'_>, scratch: &mut Scratch, between: Between<'_>) -> Option<u64> {
        let mut cx = Context { scratch, between };
        self.drive(input, &mut cx, job::SLICES).continue_value()
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
            assert_eq!(kernel.code().on_bytes.is_some(), about.takes_bytes, "{kernel}");
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
