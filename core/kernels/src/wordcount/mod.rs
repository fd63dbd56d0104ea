//! Counting words: a pass over text, one byte after the other, where a cut may fall inside a word.

use std::ops::{ControlFlow, Range};

use super::{
    about::{About, Call, Code},
    job::{Context, Input, Job},
};
use crate::rng::nth;

/// Generated text is made of these, 8 bytes each. Every one ends in whitespace, so no word crosses
/// into the next and any stretch of text can be written without what comes before it.
#[rustfmt::skip]
const VOCABULARY: [&[u8; SLOT]; 16] = [
    b"a       ", b"task    ", b"waits   ", b"for     ", b"the     ", b"Lock    ", b"while   ", b"another ",
    b"thread  ", b"runs    ", b"and     ", b"one     ", b"core    ", b"is      ", b"idle.\n  ", b"Then    ",
];

/// Bytes per entry of the vocabulary.
const SLOT: usize = 8;

/// Bytes of a single word between two calls of `between`: data without any whitespace must not hold
/// up the others.
const PAUSE_BYTES: usize = 64 << 10;

/// Counts and hashes words: the longest runs of bytes other than space, `\t`, `\n`, `\v`, `\f` and
/// `\r`, which is what Python's `bytes.split()` returns. Any bytes will do; only ASCII letters are
/// lowercased.
///
/// Generated: the first `size` bytes of `VOCABULARY[nth(seed, 0) % 16]`, `VOCABULARY[nth(seed, 1) %
/// 16]` and so on, 8 bytes each.
///
/// Digest: `nth(Σ FNV-1a-64(lowercase(word)), number of words)`.
#[derive(Clone, Copy, Debug)]
pub struct Wordcount<'a> {
    input: Input<'a>,
}

/// What the words that start in a range of bytes add up to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Words {
    /// How many words.
    count: u64,
    /// The wrapping sum of their hashes.
    hashes: u64,
}

impl<'a> Job<'a> for Wordcount<'a> {
    type Part = Words;

    const ABOUT: About = About {
        id: "wordcount",
        title: "Word count",
        unit: "bytes of text",
        what: "Splits text at whitespace, counts the words and hashes each of them.",
        default_size: 4 << 20,
        max_size: 32 << 20,
        releases_gil: false,
        takes_bytes: true,
        unit_bytes: 1,
    };

    const CODE: Code = Code {
        python: include_str!("wordcount.py"),
        rust: include_str!("wordcount.rs.txt"),
        on_generated: Call {
            python: "words = count_made_words(length, seed)",
            rust: "wordcount(&make_text(size, seed))",
        },
        on_bytes: Some(Call { python: "words = count_words(data)", rust: "wordcount(&data)" }),
    };

    fn new(input: Input<'a>) -> Self {
        Self { input }
    }

    /// Bytes.
    fn units(&self) -> u64 {
        match self.input {
            Input::Generated { size, .. } => size.min(Self::ABOUT.max_size),
            Input::Bytes(bytes) => bytes.len() as u64,
        }
    }

    fn grain(&self) -> u64 {
        32 << 10
    }

    /// A word belongs to the part it starts in, however far beyond the end it goes.
    fn part(&self, range: Range<u64>, cx: &mut Context<'_>) -> ControlFlow<(), Words> {
        match self.input {
            Input::Generated { seed, .. } => {
                let slots = range.start / SLOT as u64..range.end.div_ceil(SLOT as u64);
                let offset = slots.start * SLOT as u64;
                let text = &mut cx.scratch.text;
                text.clear();
                text.reserve((slots.end - slots.start) as usize * SLOT);
                for slot in slots {
                    text.extend_from_slice(VOCABULARY[(nth(seed, slot) % 16) as usize]);
                }
                text.truncate((self.units() - offset) as usize);
                words(text, (range.start - offset) as usize..(range.end - offset) as usize, cx.between)
            }
            Input::Bytes(bytes) => words(bytes, range.start as usize..range.end as usize, cx.between),
        }
    }

    fn merge(&self, left: Words, right: Words, _: &mut Context<'_>) -> ControlFlow<(), Words> {
        ControlFlow::Continue(Words { count: left.count + right.count, hashes: left.hashes.wrapping_add(right.hashes) })
    }

    fn digest(&self, all: Words, _: &mut Context<'_>) -> ControlFlow<(), u64> {
        ControlFlow::Continue(nth(all.hashes, all.count))
    }
}

/// The words of `text` that start in `range`.
fn words(text: &[u8], range: Range<usize>, between: &mut dyn FnMut() -> ControlFlow<()>) -> ControlFlow<(), Words> {
    let mut found = Words::default();
    let mut at = range.start;
    if at > 0 && !is_space(text[at - 1]) {
        // The rest of a word that started before.
        at += text[range.clone()].iter().take_while(|&&byte| !is_space(byte)).count();
    }
    while at < range.end {
        if is_space(text[at]) {
            at += 1;
            continue;
        }
        let mut hash = 0xCBF2_9CE4_8422_2325_u64;
        while at < text.len() && !is_space(text[at]) {
            hash = (hash ^ u64::from(text[at].to_ascii_lowercase())).wrapping_mul(0x0100_0000_01B3);
            at += 1;
            if at.is_multiple_of(PAUSE_BYTES) {
                between()?;
            }
        }
        found.count += 1;
        found.hashes = found.hashes.wrapping_add(hash);
    }
    ControlFlow::Continue(found)
}

/// The six that Python and C take for whitespace; Rust's own `is_ascii_whitespace` leaves out `\v`.
fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t'..=b'\r')
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
            (0, 1, 16_294_208_416_658_607_535),
            (1, 1, 2_202_037_950_910_544_438),
            (1_000, 42, 5_054_952_458_001_953_516),
            (100_003, 7, 5_204_443_486_097_543_062),
        ] {
            let input = Input::Generated { size, seed };
            assert_eq!(check::digest::<Wordcount<'_>>(input, 7), digest, "{size} bytes from {seed}");
        }
    }

    #[test]
    fn known_answers_for_bytes() {
        let cases: [(&[u8], u64); 4] = [
            (b"", 16_294_208_416_658_607_535),
            (b" The quick\tBROWN fox\njumps\x0Bover\x0Cthe\r\nlazy dog", 8_732_025_850_271_110_110),
            (b"\xFF\xFE\x00 \xC3\x84\x1C\xA0 A\x00b", 16_919_778_137_263_701_149),
            (&[b'x'; 200_000], 13_612_422_507_242_589_363),
        ];
        for (bytes, digest) in cases {
            assert_eq!(check::digest::<Wordcount<'_>>(Input::Bytes(bytes), 7), digest, "{} bytes", bytes.len());
        }
    }

    #[test]
    fn generated_words_do_not_cross_slots() {
        assert!(VOCABULARY.iter().all(|slot| !is_space(slot[0]) && is_space(slot[SLOT - 1])));
    }

    #[test]
    fn one_endless_word_can_be_broken_off() {
        let text = vec![b'x'; 10 * PAUSE_BYTES];
        assert!(words(&text, 0..1, &mut || ControlFlow::Break(())).is_break());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn any_split_agrees(size in 0..70_000u64, seed: u64, parts in 1..40u64) {
            check::digest::<Wordcount<'_>>(Input::Generated { size, seed }, parts);
        }

        #[test]
        fn any_bytes_agree(bytes in vec(any::<u8>(), 0..999), times in 0..70usize, parts in 1..40u64) {
            check::digest::<Wordcount<'_>>(Input::Bytes(&bytes.repeat(times)), parts);
        }

        #[test]
        fn mostly_whitespace_agrees(text in "[ aB\t\n\x0B]{0,60}", parts in 1..70u64) {
            check::digest::<Wordcount<'_>>(Input::Bytes(text.as_bytes()), parts);
        }
    }
}
