//! SHA-256 over 64 KiB blocks: the job a GIL does not stop, because CPython's `hashlib` lets go of
//! it for any buffer over 2047 bytes.

use std::ops::{ControlFlow, Range};

use sha2::Digest;

use super::{
    about::{About, Call, Code},
    job::{Context, Input, Job},
    scratch::grow,
};
use crate::rng::nth;

/// Bytes hashed per unit.
const BLOCK: usize = 64 << 10;

/// Hashes blocks of 64 KiB; block `i` starts with its number as 8 bytes, little endian.
///
/// - Generated: `size` blocks. Each is the same 65,536 bytes, the little-endian `nth(seed, 0) …
///   nth(seed, 8191)`, with the first 8 *replaced* by the number.
/// - Bytes: the data cut every 65,536 bytes, the last block as short as it comes, with the number
///   put *before* it.
///
/// Digest: the sum, over all blocks, of the first 8 bytes of the SHA-256 read as a little-endian
/// number.
#[derive(Clone, Copy, Debug)]
pub struct Sha256<'a> {
    input: Input<'a>,
}

impl<'a> Job<'a> for Sha256<'a> {
    type Part = u64;

    const ABOUT: About = About {
        id: "sha256",
        title: "SHA-256",
        unit: "blocks of 64 KiB",
        what: "Hashes 64 KiB blocks with SHA-256.",
        default_size: 150,
        max_size: 100_000,
        releases_gil: true,
        takes_bytes: true,
        unit_bytes: BLOCK as u32,
    };

    const CODE: Code = Code {
        python: include_str!("sha256.py"),
        rust: include_str!("sha256.rs.txt"),
        on_generated: Call { python: "hashes = hash_made_blocks(blocks, seed)", rust: "sha256_blocks(size, seed)" },
        on_bytes: Some(Call { python: "hashes = hash_blocks(data)", rust: "sha256(&data)" }),
    };

    fn new(input: Input<'a>) -> Self {
        Self { input }
    }

    /// Blocks.
    fn units(&self) -> u64 {
        match self.input {
            Input::Generated { size, .. } => size.min(Self::ABOUT.max_size),
            Input::Bytes(bytes) => bytes.len().div_ceil(BLOCK) as u64,
        }
    }

    fn grain(&self) -> u64 {
        1
    }

    fn prepare(&self, cx: &mut Context<'_>) -> ControlFlow<()> {
        if let Input::Generated { seed, .. } = self.input {
            grow(&mut cx.scratch.text, BLOCK, cx.between)?;
            for (index, bytes) in (0..).zip(cx.scratch.text[..BLOCK].chunks_exact_mut(8)) {
                bytes.copy_from_slice(&nth(seed, index).to_le_bytes());
            }
        }
        ControlFlow::Continue(())
    }

    fn part(&self, blocks: Range<u64>, cx: &mut Context<'_>) -> ControlFlow<(), u64> {
        ControlFlow::Continue(blocks.fold(0, |sum, number| {
            let mut hash = sha2::Sha256::new_with_prefix(number.to_le_bytes());
            match self.input {
                Input::Generated { .. } => hash.update(&cx.scratch.text[8..BLOCK]),
                Input::Bytes(bytes) => hash.update(bytes.chunks(BLOCK).nth(number as usize).unwrap_or_default()),
            }
            let hash: [u8; 32] = hash.finalize().into();
            let [a, b, c, d, e, f, g, h, ..] = hash;
            u64::from_le_bytes([a, b, c, d, e, f, g, h]).wrapping_add(sum)
        }))
    }

    fn merge(&self, left: u64, right: u64, _: &mut Context<'_>) -> ControlFlow<(), u64> {
        ControlFlow::Continue(left.wrapping_add(right))
    }

    fn digest(&self, all: u64, _: &mut Context<'_>) -> ControlFlow<(), u64> {
        ControlFlow::Continue(all)
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
            (1, 1, 8_955_400_014_786_273_302),
            (5, 42, 9_047_157_694_870_923_786),
            (100, 7, 10_155_589_409_909_104_127),
        ] {
            let input = Input::Generated { size, seed };
            assert_eq!(check::digest::<Sha256<'_>>(input, 3), digest, "{size} blocks from {seed}");
        }
    }

    #[test]
    fn known_answers_for_bytes() {
        let counting: Vec<u8> = (0..200_000u32).map(|i| (i % 251) as u8).collect();
        let cases: [(&[u8], u64); 4] = [
            (b"", 0),
            (b"abc", 11_077_510_283_104_511_475),
            (&counting[..BLOCK], 11_831_867_762_076_496_595),
            (&counting, 2_352_620_576_802_565_443),
        ];
        for (bytes, digest) in cases {
            assert_eq!(check::digest::<Sha256<'_>>(Input::Bytes(bytes), 3), digest, "{} bytes", bytes.len());
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]
        #[test]
        fn any_split_agrees(size in 0..12u64, seed: u64, parts in 1..15u64) {
            check::digest::<Sha256<'_>>(Input::Generated { size, seed }, parts);
        }

        #[test]
        fn any_bytes_agree(bytes in vec(any::<u8>(), 0..999), times in 0..300usize, parts in 1..6u64) {
            check::digest::<Sha256<'_>>(Input::Bytes(&bytes.repeat(times)), parts);
        }
    }
}
