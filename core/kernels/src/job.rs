//! The shape every kernel has: units that can be cut anywhere, parts that merge, a digest at the
//! end.
//!
//! ```text
//! units   |----------------------------------------|
//! split   |------|------|------|------|------|-----|   slices of about `grain` units
//! part       p0     p1     p2     p3     p4    p5       with `between` called at each bar
//! merge      '--01--'      '--23--'      '-45--'        equal heights first, as a binary counter
//!                '----0123----'             |           carries, so that merging n sorted values
//!                       '-----digest--------'           costs n log n
//! ```

use std::ops::{ControlFlow, Range};

use super::{
    about::{About, Code},
    scratch::Scratch,
};

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
    pub(super) fn generated(self, max_size: u64) -> (u64, u64) {
        match self {
            Input::Generated { size, seed } => (size.min(max_size), seed),
            Input::Bytes(_) => (0, 0),
        }
    }
}

/// Called between slices; [`ControlFlow::Break`] makes the kernel give up as soon as it can.
pub type Between<'a> = &'a mut dyn FnMut() -> ControlFlow<()>;

/// What a kernel works with besides its input.
pub struct Context<'a> {
    /// The worker's buffers.
    pub scratch: &'a mut Scratch,
    /// Lets others in.
    pub between: Between<'a>,
}

/// One kernel on one input, for whoever wants to cut it by hand: `prepare` the scratch, compute the
/// `part`s of a [`split`], `merge` neighbours in any grouping but in order, take the `digest`.
/// [`ControlFlow::Break`] comes out only if it came in through [`Context::between`].
pub trait Job<'a>: Sized {
    /// The result of a range of units. It may point into the scratch: one job, one scratch.
    type Part;

    /// What there is to say about this kernel.
    const ABOUT: About;

    /// The same as part of a program of its own.
    const CODE: Code;

    /// The job for an input; cheap, nothing is computed yet.
    fn new(input: Input<'a>) -> Self;

    /// Into how many units the work can be cut.
    fn units(&self) -> u64;

    /// How many units make a slice of 50 to 100 µs on a 3 GHz core; at least 1.
    fn grain(&self) -> u64;

    /// Brings the scratch into the state that `part` expects.
    fn prepare(&self, cx: &mut Context<'_>) -> ControlFlow<()> {
        let _ = cx;
        ControlFlow::Continue(())
    }

    /// The result of `range`, a range inside `0..units()`, possibly empty.
    fn part(&self, range: Range<u64>, cx: &mut Context<'_>) -> ControlFlow<(), Self::Part>;

    /// The result of two neighbouring ranges as one; associative.
    fn merge(&self, left: Self::Part, right: Self::Part, cx: &mut Context<'_>) -> ControlFlow<(), Self::Part>;

    /// The 64 bits that stand for the result of all units.
    fn digest(&self, all: Self::Part, cx: &mut Context<'_>) -> ControlFlow<(), u64>;
}

/// Cuts `0..units` into `parts` neighbouring ranges (0 counts as 1) whose lengths differ by at most
/// one; when there are more parts than units, the last ones are empty.
pub fn split(units: u64, parts: u64) -> impl Iterator<Item = Range<u64>> {
    let parts = parts.max(1);
    let (length, longer) = (units / parts, units % parts);
    let start = move |part: u64| part * length + part.min(longer);
    (0..parts).map(move |part| start(part)..start(part + 1))
}

/// Into how many parts a job of so many units is cut, whose slices are of so many units.
pub(super) type Parts = fn(units: u64, grain: u64) -> u64;

/// Everything in one go.
pub(super) const ONE_PART: Parts = |_, _| 1;

/// A part for each slice.
pub(super) const SLICES: Parts = |units, grain| units.div_ceil(grain);

/// Runs a whole job in parts.
pub(super) fn drive<'a, J: Job<'a>>(job: &J, cx: &mut Context<'_>, parts: Parts) -> ControlFlow<(), u64> {
    job.prepare(cx)?;
    // `pending[h]` is the merge of 2^h slices. An array, because std's allocator is one lock in
    // this wasm build.
    let mut pending = [const { None }; 64];
    for (number, range) in split(job.units(), parts(job.units(), job.grain())).enumerate() {
        if number > 0 {
            (cx.between)()?;
        }
        let mut part = job.part(range, cx)?;
        let mut height = 0;
        while let Some(left) = pending[height].take() {
            part = job.merge(left, part, cx)?;
            height += 1;
        }
        pending[height] = Some(part);
    }
    let mut all = None;
    for left in pending.into_iter().flatten() {
        all = Some(match all {
            Some(right) => job.merge(left, right, cx)?,
            None => left,
        });
    }
    job.digest(all.expect("a split has at least one part"), cx)
}

#[cfg(test)]
pub(super) mod check {
    //! The one property all kernels share, for their own tests to call.

    use super::*;

    /// The digest of `input`, after making sure that every way to compute it agrees.
    pub(crate) fn digest<'a, J: Job<'a>>(input: Input<'a>, parts: u64) -> u64 {
        let mut scratch = Scratch::new();
        let serial = driven::<J>(input, ONE_PART, &mut scratch);
        // The scratch is used again, dirty, on purpose.
        assert_eq!(driven::<J>(input, SLICES, &mut scratch), serial, "in slices");
        assert_eq!(grouped::<J>(input, parts, true, &mut scratch), serial, "merged from the left");
        assert_eq!(grouped::<J>(input, parts, false, &mut scratch), serial, "merged from the right");
        serial
    }

    fn driven<'a, J: Job<'a>>(input: Input<'a>, parts: Parts, scratch: &mut Scratch) -> u64 {
        let mut never = || ControlFlow::Continue(());
        let mut cx = Context { scratch, between: &mut never };
        drive(&J::new(input), &mut cx, parts).continue_value().expect("nothing breaks off")
    }

    fn grouped<'a, J: Job<'a>>(input: Input<'a>, parts: u64, from_left: bool, scratch: &mut Scratch) -> u64 {
        let mut never = || ControlFlow::Continue(());
        let mut cx = Context { scratch, between: &mut never };
        by_hand(&J::new(input), parts, from_left, &mut cx).continue_value().expect("nothing breaks off")
    }

    fn by_hand<'a, J: Job<'a>>(job: &J, parts: u64, from_left: bool, cx: &mut Context<'_>) -> ControlFlow<(), u64> {
        job.prepare(cx)?;
        let mut done = std::collections::VecDeque::new();
        for range in split(job.units(), parts) {
            done.push_back(job.part(range, cx)?);
        }
        while done.len() > 1 {
            if from_left {
                let (left, right) = (done.pop_front().expect("two"), done.pop_front().expect("two"));
                done.push_front(job.merge(left, right, cx)?);
            } else {
                let (right, left) = (done.pop_back().expect("two"), done.pop_back().expect("two"));
                done.push_back(job.merge(left, right, cx)?);
            }
        }
        job.digest(done.pop_front().expect("one part at least"), cx)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_split_covers_everything_once(units in prop_oneof![0..50u64, 0..=u64::MAX], parts in 0..40u64) {
            let ranges: Vec<_> = split(units, parts).collect();
            prop_assert_eq!(ranges.len() as u64, parts.max(1));
            prop_assert_eq!(ranges[0].start, 0);
            prop_assert_eq!(ranges[ranges.len() - 1].end, units);
            prop_assert!(ranges.windows(2).all(|pair| pair[0].end == pair[1].start));
            let filled = ranges.iter().filter(|range| !range.is_empty()).count() as u64;
            prop_assert_eq!(filled, units.min(parts.max(1)));
        }
    }
}
