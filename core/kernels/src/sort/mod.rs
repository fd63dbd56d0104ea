//! Sorting: the job whose parts are as large as the data, so that merging them is work too.

use std::ops::{ControlFlow, Range};

use super::{
    about::{About, Call, Code},
    job::{Context, Input, Job},
    scratch::grow,
};
use crate::rng::nth;

/// Values moved between two calls of `between`; about 0.1 ms.
const PAUSE_VALUES: usize = 1 << 15;

/// Sorts unsigned 32-bit numbers in ascending order.
///
/// - Generated: `size` values; value `i` is the high 32 bits of `nth(seed, i)`.
/// - Bytes: every 4 bytes are a little-endian number, the last 1 to 3 filled up with zeros.
///
/// Digest: Σ `nth(value, i)` over the sorted values, `i` counting from 0.
#[derive(Clone, Copy, Debug)]
pub struct Sort<'a> {
    input: Input<'a>,
}

/// A sorted run: where it lies in the scratch it was computed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run(Range<usize>);

impl<'a> Job<'a> for Sort<'a> {
    type Part = Run;

    const ABOUT: About = About {
        id: "sort",
        title: "Merge sort",
        unit: "numbers",
        what: "Sorts 32-bit numbers: short runs first, then merged two by two.",
        default_size: 300_000,
        max_size: 8_000_000,
        releases_gil: false,
        takes_bytes: true,
        unit_bytes: 4,
    };

    const CODE: Code = Code {
        python: include_str!("sort.py"),
        rust: include_str!("sort.rs.txt"),
        on_generated: Call { python: "order = sort_made_numbers(count, seed)", rust: "sort(make_numbers(size, seed))" },
        on_bytes: Some(Call { python: "order = sort_numbers(data)", rust: "sort(numbers_in(&data))" }),
    };

    fn new(input: Input<'a>) -> Self {
        Self { input }
    }

    /// Values.
    fn units(&self) -> u64 {
        match self.input {
            Input::Generated { size, .. } => size.min(Self::ABOUT.max_size),
            Input::Bytes(bytes) => bytes.len().div_ceil(4) as u64,
        }
    }

    fn grain(&self) -> u64 {
        4096
    }

    fn prepare(&self, cx: &mut Context<'_>) -> ControlFlow<()> {
        grow(&mut cx.scratch.values, self.units() as usize, cx.between)?;
        grow(&mut cx.scratch.left, self.units() as usize, cx.between)
    }

    fn part(&self, range: Range<u64>, cx: &mut Context<'_>) -> ControlFlow<(), Run> {
        let run = range.start as usize..range.end as usize;
        let values = &mut cx.scratch.values[run.clone()];
        match self.input {
            Input::Generated { seed, .. } => {
                for (index, value) in range.zip(values.iter_mut()) {
                    *value = (nth(seed, index) >> 32) as u32;
                }
            }
            Input::Bytes(bytes) => {
                for (four, value) in bytes.chunks(4).skip(run.start).zip(values.iter_mut()) {
                    let mut padded = [0; 4];
                    padded[..four.len()].copy_from_slice(four);
                    *value = u32::from_le_bytes(padded);
                }
            }
        }
        values.sort_unstable();
        ControlFlow::Continue(Run(run))
    }

    /// In place but for a copy of the left run: the write position never overtakes the right run's
    /// read position.
    fn merge(&self, Run(a): Run, Run(b): Run, cx: &mut Context<'_>) -> ControlFlow<(), Run> {
        let (values, left) = (&mut cx.scratch.values[..b.end], &mut cx.scratch.left[..a.len()]);
        for (to, from) in left.chunks_mut(PAUSE_VALUES).zip(values[a.clone()].chunks(PAUSE_VALUES)) {
            to.copy_from_slice(from);
            (cx.between)()?;
        }
        let (mut i, mut j, mut out) = (0, b.start, a.start);
        while i < left.len() && j < values.len() {
            // Selecting instead of branching: which side is smaller cannot be predicted.
            let take_right = values[j] < left[i];
            values[out] = if take_right { values[j] } else { left[i] };
            j += usize::from(take_right);
            i += usize::from(!take_right);
            out += 1;
            if out.is_multiple_of(PAUSE_VALUES) {
                (cx.between)()?;
            }
        }
        // What is left of the right run is in its place already.
        for (to, from) in values[out..].chunks_mut(PAUSE_VALUES).zip(left[i..].chunks(PAUSE_VALUES)) {
            to[..from.len()].copy_from_slice(from);
            (cx.between)()?;
        }
        ControlFlow::Continue(Run(a.start..b.end))
    }

    fn digest(&self, Run(all): Run, cx: &mut Context<'_>) -> ControlFlow<(), u64> {
        let mut digest = 0u64;
        for (index, &value) in (0..).zip(&cx.scratch.values[all]) {
            digest = digest.wrapping_add(nth(u64::from(value), index));
            if index % PAUSE_VALUES as u64 == PAUSE_VALUES as u64 - 1 {
                (cx.between)()?;
            }
        }
        ControlFlow::Continue(digest)
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;
    use crate::job::check;

    #[test]
    fn known_answers() {
        for (size, seed, digest) in [
            (0, 1, 0),
            (1, 1, 4_961_061_154_120_534_724),
            (1_000, 42, 14_155_416_153_732_856_878),
            (100_000, 7, 15_163_092_540_456_785_534),
        ] {
            let input = Input::Generated { size, seed };
            assert_eq!(check::digest::<Sort<'_>>(input, 7), digest, "{size} numbers from {seed}");
        }
    }

    #[test]
    fn known_answers_for_bytes() {
        let counting: Vec<u8> = (0..20_001u32).map(|i| (i % 251) as u8).collect();
        let cases: [(&[u8], u64); 4] = [
            (b"", 0),
            (b"\x01", 10_451_216_379_200_822_465),
            (b"edcba", 11_608_921_079_112_925_131),
            (&counting, 5_130_537_015_010_353_241),
        ];
        for (bytes, digest) in cases {
            assert_eq!(check::digest::<Sort<'_>>(Input::Bytes(bytes), 7), digest, "{} bytes", bytes.len());
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn any_split_agrees(size in 0..20_000u64, seed: u64, parts in 1..40u64) {
            check::digest::<Sort<'_>>(Input::Generated { size, seed }, parts);
        }

        #[test]
        fn any_bytes_agree(bytes in vec(any::<u8>(), 0..999), times in 0..40usize, parts in 1..40u64) {
            check::digest::<Sort<'_>>(Input::Bytes(&bytes.repeat(times)), parts);
        }
    }
}
