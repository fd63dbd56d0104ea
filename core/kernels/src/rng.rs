//! The one source of chance: counter-based, so that any value can be had without the ones before it.
//!
//! SplitMix64 (Steele, Lea, Flood: "Fast splittable pseudorandom number generators", OOPSLA 2014). Ten lines in any
//! language, which matters here: the same numbers must come out in wasm, natively and in Python.

/// The increment of SplitMix64: 2^64 divided by the golden ratio.
const GAMMA: u64 = 0x9E37_79B9_7F4A_7C15;

/// Scrambles 64 bits: the output function of SplitMix64. A bijection, so different inputs never collide.
#[inline]
#[must_use]
pub const fn mix(x: u64) -> u64 {
    let x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    x ^ (x >> 31)
}

/// The `index`-th value (from 0) of the SplitMix64 stream that starts at `seed`.
#[inline]
#[must_use]
pub const fn nth(seed: u64, index: u64) -> u64 {
    mix(seed.wrapping_add(GAMMA.wrapping_mul(index.wrapping_add(1))))
}

/// A new seed from a seed and a label: streams for different purposes do not overlap in practice.
#[inline]
#[must_use]
pub const fn derive(seed: u64, label: u64) -> u64 {
    mix(mix(seed).wrapping_add(GAMMA.wrapping_mul(label.wrapping_add(1))))
}

/// 53 random bits as a number in `[0, 1)`; exact in an IEEE double, hence the same in every language.
#[inline]
#[must_use]
pub fn unit(bits: u64) -> f64 {
    (bits >> 11) as f64 / (1u64 << 53) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn matches_the_published_stream() {
        // The first outputs of SplitMix64 for seed 1234567, as published with the reference implementation.
        let got: Vec<u64> = (0..5).map(|i| nth(1_234_567, i)).collect();
        assert_eq!(
            got,
            [
                6_457_827_717_110_365_317,
                3_203_168_211_198_807_973,
                9_817_491_932_198_370_423,
                4_593_380_528_125_082_431,
                16_408_922_859_458_223_821
            ]
        );
    }

    #[test]
    fn unit_stays_below_one() {
        assert_eq!(unit(0), 0.0);
        assert!(unit(u64::MAX) < 1.0);
    }
}
