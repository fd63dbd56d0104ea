//! The body of a simulated or test answer: text that anyone can make again from a seed.
//!
//! A xorshift generator of 32 bits (Marsaglia, "Xorshift RNGs", 2003), one step a byte, because the same few lines
//! have to stand in the service worker's JavaScript and in Python.

use crate::crc::crc32;

/// What a body is made of: 64 characters in about the frequency of English, so that counting its words makes sense.
pub const ALPHABET: &[u8; 64] = b"eeeeeettttaaaooiiinnsshhrrddllcumwfgypbvk        \n  eationshrdlu";

/// Fills `bytes` with the body of `seed`.
pub fn fill(seed: u32, bytes: &mut [u8]) {
    let mut x = seed | 1;
    for byte in bytes {
        x ^= x << 13;
        x ^= x >> 17;
        x ^= x << 5;
        *byte = ALPHABET[(x >> 26) as usize];
    }
}

/// The digest of a body: its CRC-32 (IEEE), as `zlib.crc32` has it.
#[must_use]
pub fn digest(bytes: &[u8]) -> u64 {
    u64::from(crc32(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_is_words() {
        let mut body = [0; 4096];
        fill(42, &mut body);
        let words = body.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty()).count();
        assert!((300..900).contains(&words), "{words}");
    }
}
