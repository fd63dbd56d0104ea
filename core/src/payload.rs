//! Payload: what a task is given for a step, and what it gives back. It knows no plan and no message's way.
//!
//! ```text
//! pattern   4096 pairs of numbers from the seed, repeated for ever: 64 KiB
//! payload   so many bytes of it, from a pair that is dealt; as bytes, as numbers or as pairs of them
//! stamp     a digest of its length and of four of its numbers
//! ```
//!
//! Whoever hands a task out has its payload lying ready (a [`Stock`]), so that none is made while time is taken; a task makes
//! what it gives back. Threads pass references. Elsewhere a payload is written into a message ([`Data::write`]) and read out of
//! it ([`Pieces`]), each shape as what it is. Whoever works on a payload takes its stamp into the digest of the task, and
//! whoever receives one into the checksum: a place that sends none comes to another answer.

use serde::Serialize;

use crate::{
    digest::fold_digest,
    rng,
    scenario::{Compute, Shape},
};

/// Numbers of the pattern.
const NUMBERS: usize = 2 * PAIRS as usize;
/// Pairs of numbers in it, at each of which a payload can begin.
pub const PAIRS: u64 = 4096;
/// The stream of the seed that the pattern comes from. Those of the tasks have smaller numbers.
const STREAM: u64 = 1 << 32;
/// Numbers have so many bits: what a JavaScript number holds exactly.
const BITS: u32 = 53;
/// How many payloads the tasks of a step are given in turn: as many as Python can hold ready, and two that follow one another
/// differ.
pub const VARIANTS: u32 = 2;

/// One payload, dealt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Piece {
    /// The step that it belongs to.
    pub step: u16,
    /// What it is.
    pub shape: Shape,
    /// Its length, in bytes.
    pub bytes: u32,
    /// The pair of the pattern that it begins with.
    pub pair: u16,
}

impl Piece {
    /// Its length without what is too short to be a number or a pair of them, in bytes.
    #[must_use]
    pub fn length(&self) -> u64 {
        let bytes = u64::from(self.bytes);
        match self.shape {
            Shape::Bytes => bytes,
            Shape::Numbers => bytes / 8 * 8,
            Shape::Objects => bytes / 16 * 16,
        }
    }
}

/// A payload, lent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Data<'a> {
    /// Bytes.
    Bytes(&'a [u8]),
    /// Numbers of 8 bytes.
    Numbers(&'a [u64]),
    /// Pairs of numbers.
    Objects(&'a [(u64, u64)]),
}

/// A payload, owned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Made {
    /// Bytes.
    Bytes(Vec<u8>),
    /// Numbers of 8 bytes.
    Numbers(Vec<u64>),
    /// Pairs of numbers.
    Objects(Vec<(u64, u64)>),
}

impl Made {
    /// The same, lent.
    #[must_use]
    pub fn data(&self) -> Data<'_> {
        match self {
            Self::Bytes(bytes) => Data::Bytes(bytes),
            Self::Numbers(numbers) => Data::Numbers(numbers),
            Self::Objects(objects) => Data::Objects(objects),
        }
    }
}

impl Data<'_> {
    /// Its length, in bytes, not counting what a language or a message adds.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        match self {
            Self::Bytes(bytes) => bytes.len() as u64,
            Self::Numbers(numbers) => 8 * numbers.len() as u64,
            Self::Objects(objects) => 16 * objects.len() as u64,
        }
    }

    /// The number at this place; of bytes each eight are one, the first the lowest.
    fn number(&self, at: usize) -> u64 {
        match self {
            Self::Bytes(bytes) => {
                let eight = bytes.get(8 * at..8 * at + 8).and_then(|eight| eight.try_into().ok());
                u64::from_le_bytes(eight.unwrap_or_default())
            }
            Self::Numbers(numbers) => numbers[at],
            Self::Objects(objects) => {
                let (first, second) = objects[at / 2];
                if at.is_multiple_of(2) { first } else { second }
            }
        }
    }

    /// Proves that it arrived: from its length and four of its numbers.
    #[must_use]
    pub fn stamp(&self) -> u64 {
        let start = rng::mix(self.bytes() + 1);
        let Some(last) = ((self.bytes() / 8) as usize).checked_sub(1) else { return start };
        (0..4).fold(start, |stamp, at| fold_digest(stamp, self.number(at * last / 3)))
    }

    /// Writes it to the end of a message.
    ///
    /// # Panics
    /// Never: plain data, and the message grows.
    pub fn write(&self, message: &mut Vec<u8>) {
        let mut out = std::mem::take(message);
        out.push(match self {
            Self::Bytes(_) => BYTES,
            Self::Numbers(_) => NUMBERS_OF_8,
            Self::Objects(_) => OBJECTS,
        });
        let out = match self {
            Self::Bytes(bytes) => {
                // Not byte by byte, as serde's lists are written.
                let mut out = postcard::to_extend(&(bytes.len() as u32), out).expect("a number");
                out.extend_from_slice(bytes);
                out
            }
            Self::Numbers(numbers) => postcard::to_extend(numbers, out).expect("plain data"),
            Self::Objects(objects) => postcard::to_extend(objects, out).expect("plain data"),
        };
        *message = out;
    }
}

const BYTES: u8 = 0;
const NUMBERS_OF_8: u8 = 1;
const OBJECTS: u8 = 2;

/// A payload out of a message: bytes are where they arrived, the others are made anew.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Arrived<'a> {
    /// Bytes of the message.
    Lent(&'a [u8]),
    /// What the message says.
    Made(Made),
}

impl Arrived<'_> {
    /// The payload.
    #[must_use]
    pub fn data(&self) -> Data<'_> {
        match self {
            Self::Lent(bytes) => Data::Bytes(bytes),
            Self::Made(made) => made.data(),
        }
    }
}

/// Bytes that are no payload.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a payload in it is damaged")]
pub struct Damaged;

/// The payloads at the end of a message, one after another.
#[derive(Clone, Copy, Debug)]
pub struct Pieces<'a>(pub &'a [u8]);

impl<'a> Iterator for Pieces<'a> {
    type Item = Result<Arrived<'a>, Damaged>;

    fn next(&mut self) -> Option<Self::Item> {
        let (kind, rest) = self.0.split_first()?;
        let read = match *kind {
            BYTES => postcard::take_from_bytes::<&[u8]>(rest).map(|(bytes, rest)| (Arrived::Lent(bytes), rest)),
            NUMBERS_OF_8 => {
                postcard::take_from_bytes(rest).map(|(all, rest)| (Arrived::Made(Made::Numbers(all)), rest))
            }
            OBJECTS => postcard::take_from_bytes(rest).map(|(all, rest)| (Arrived::Made(Made::Objects(all)), rest)),
            _ => Err(postcard::Error::DeserializeBadEncoding),
        };
        // Nothing can be read behind what is damaged.
        let (arrived, rest) = read.map_or((Err(Damaged), &[][..]), |(arrived, rest)| (Ok(arrived), rest));
        self.0 = rest;
        Some(arrived)
    }
}

/// The pattern of a seed.
#[derive(Clone, Debug)]
pub struct Pattern(Vec<u64>);

impl Pattern {
    /// The pattern of this seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        let stream = rng::derive(seed, STREAM);
        Self((0..NUMBERS as u64).map(|index| rng::nth(stream, index) >> (u64::BITS - BITS)).collect())
    }

    fn numbers(&self, from: usize, count: usize) -> impl Iterator<Item = u64> {
        // In stretches: a cycle of numbers would ask at each of them whether it is the last.
        let start = from % NUMBERS;
        let first = &self.0[start..(start + count).min(NUMBERS)];
        let left = count - first.len();
        let whole = std::iter::repeat_n(&self.0[..], left / NUMBERS);
        let stretches = std::iter::once(first).chain(whole).chain(std::iter::once(&self.0[..left % NUMBERS]));
        stretches.flatten().copied()
    }

    fn bytes(&self, pair: u16, count: usize) -> Vec<u8> {
        let numbers = self.numbers(2 * usize::from(pair), count.div_ceil(8).min(NUMBERS));
        let mut bytes: Vec<u8> = Vec::with_capacity(count.next_multiple_of(8));
        bytes.extend(numbers.flat_map(u64::to_le_bytes));
        while bytes.len() < count {
            // Repeats itself, in stretches that double.
            let again = bytes.len().min(count - bytes.len());
            bytes.extend_from_within(..again);
        }
        bytes.truncate(count);
        bytes
    }

    fn objects(&self, pair: u16, count: usize) -> Vec<(u64, u64)> {
        let pairs: Vec<(u64, u64)> = self.0.chunks_exact(2).map(|pair| (pair[0], pair[1])).collect();
        pairs.iter().copied().cycle().skip(usize::from(pair)).take(count).collect()
    }

    /// Makes the payload that a task gives back.
    #[must_use]
    pub fn make(&self, piece: &Piece) -> Made {
        let bytes = piece.bytes as usize;
        match piece.shape {
            Shape::Bytes => Made::Bytes(self.bytes(piece.pair, bytes)),
            Shape::Numbers => Made::Numbers(self.numbers(2 * usize::from(piece.pair), bytes / 8).collect()),
            Shape::Objects => Made::Objects(self.objects(piece.pair, bytes / 16)),
        }
    }
}

/// Payloads that lie ready: enough of the pattern in each shape that any piece is a part of it.
#[derive(Clone, Debug)]
pub struct Stock {
    bytes: Vec<u8>,
    numbers: Vec<u64>,
    objects: Vec<(u64, u64)>,
}

impl Stock {
    /// Enough for what these steps are given.
    #[must_use]
    pub fn new<'a>(pattern: &Pattern, steps: impl Iterator<Item = &'a Compute> + Clone) -> Self {
        let longest = |shape| {
            let of_shape = steps.clone().filter(|step| step.shape == shape && step.bytes_in > 0);
            of_shape.map(|step| step.bytes_in as usize + 8 * NUMBERS).max().unwrap_or(0)
        };
        Self {
            bytes: pattern.bytes(0, longest(Shape::Bytes)),
            numbers: pattern.numbers(0, longest(Shape::Numbers) / 8).collect(),
            objects: pattern.objects(0, longest(Shape::Objects) / 16),
        }
    }

    /// The payload that a task is given: a part of what lies ready.
    ///
    /// # Panics
    /// When it is of another scenario and longer than anything in this one.
    #[must_use]
    pub fn piece(&self, piece: &Piece) -> Data<'_> {
        let (pair, bytes) = (usize::from(piece.pair), piece.bytes as usize);
        match piece.shape {
            Shape::Bytes => Data::Bytes(&self.bytes[16 * pair..16 * pair + bytes]),
            Shape::Numbers => Data::Numbers(&self.numbers[2 * pair..2 * pair + bytes / 8]),
            Shape::Objects => Data::Objects(&self.objects[pair..pair + bytes / 16]),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use strum::IntoEnumIterator;

    use super::*;

    fn piece(shape: Shape, bytes: u32, pair: u16) -> Piece {
        Piece { step: 0, shape, bytes, pair }
    }

    #[test]
    fn a_stamp_is_the_same_in_every_shape_and_another_for_each_place_and_length() {
        let pattern = Pattern::new(7);
        let stamp = |shape, bytes, pair| pattern.make(&piece(shape, bytes, pair)).data().stamp();
        for (bytes, pair) in [(16, 0), (4096, 4095), (70_000, 17), (160_000, 4001)] {
            let [first, second, third] =
                [Shape::Bytes, Shape::Numbers, Shape::Objects].map(|of| stamp(of, bytes, pair));
            assert_eq!((first, first), (second, third), "{bytes} bytes from pair {pair}");
            assert_ne!(first, stamp(Shape::Bytes, bytes, (pair + 1) % 4096));
            assert_ne!(first, stamp(Shape::Bytes, bytes + 1, pair));
        }
    }

    proptest! {
        #[test]
        fn what_lies_ready_is_what_a_task_would_make(bytes in 0u32..300_000, pair in 0u16..4096) {
            let pattern = Pattern::new(3);
            let steps: Vec<Compute> = Shape::iter()
                .map(|shape| Compute { bytes_in: bytes, shape, ..Compute::default() })
                .collect();
            let stock = Stock::new(&pattern, steps.iter());
            for shape in Shape::iter().filter(|_| bytes > 0) {
                let piece = piece(shape, bytes, pair);
                let made = pattern.make(&piece);
                prop_assert_eq!(stock.piece(&piece), made.data());
            }
        }

        #[test]
        fn payloads_come_out_of_a_message_as_they_went_in(
            of in prop::collection::vec((0usize..3, 0u32..5_000, 0u16..4096), 0..6), cut in any::<prop::sample::Index>(),
        ) {
            let pattern = Pattern::new(3);
            let shapes = [Shape::Bytes, Shape::Numbers, Shape::Objects];
            let made: Vec<Made> = of.iter().map(|(i, bytes, pair)| pattern.make(&piece(shapes[*i], *bytes, *pair))).collect();
            let mut message = Vec::new();
            made.iter().for_each(|made| made.data().write(&mut message));
            let arrived: Vec<_> = Pieces(&message).map(|piece| piece.expect("as it was")).collect();
            prop_assert_eq!(arrived.len(), made.len());
            for (arrived, made) in arrived.iter().zip(&made) {
                prop_assert_eq!(arrived.data(), made.data());
            }
            // Cut anywhere, nothing panics and nothing is made up.
            if !message.is_empty() {
                let rest = &message[..cut.index(message.len())];
                prop_assert!(Pieces(rest).filter(Result::is_ok).count() <= made.len());
            }
        }
    }
}
