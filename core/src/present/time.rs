//! Durations for people, with their deviation: three significant digits, and the unit that leaves no leading zeros.

use super::number::{decimals, digits};

/// The units, each with its length in nanoseconds and the first duration that is written in a longer one: 999.5 of it,
/// because that would be rounded to `1000`.
const UNITS: [(&str, f64, u64); 6] = [
    ("ns", 1.0, 1_000),
    ("µs", 1e3, 999_500),
    ("ms", 1e6, 999_500_000),
    ("s", 1e9, 999_500_000_000),
    ("min", 60e9, 59_970_000_000_000),
    ("h", 3_600e9, u64::MAX),
];

/// The unit that suits `ns` nanoseconds, and how many nanoseconds it has.
fn unit(ns: u64) -> (&'static str, f64) {
    let suits = |(_, _, end): &&(&str, f64, u64)| ns < *end;
    let (unit, scale, _) = UNITS.iter().find(suits).unwrap_or(&UNITS[UNITS.len() - 1]);
    (unit, *scale)
}

/// The number of a duration without its unit, and the unit: `12.3` and `ms`.
#[must_use]
pub fn duration_parts(ns: u64) -> (String, &'static str) {
    let (unit, scale) = unit(ns);
    (if unit == "ns" { ns.to_string() } else { digits(ns as f64 / scale) }, unit)
}

/// A duration: `850 ns`, `412 µs`, `12.3 ms`, `1.24 s`, `18.2 min`, `2.50 h`.
#[must_use]
pub fn duration(ns: u64) -> String {
    let (number, unit) = duration_parts(ns);
    format!("{number} {unit}")
}

/// A deviation in the unit and with the decimals of what it deviates from: the `0.4` of `12.3 ± 0.4 ms`.
#[must_use]
pub fn deviation(of_ns: u64, by_ns: u64) -> String {
    let (unit, scale) = unit(of_ns);
    let decimals = if unit == "ns" { 0 } else { decimals(of_ns as f64 / scale) };
    format!("{:.decimals$}", by_ns as f64 / scale)
}

/// A duration with its deviation in the same unit: `12.3 ± 0.4 ms`.
#[must_use]
pub fn deviating(ns: u64, by_ns: u64) -> String {
    let (number, unit) = duration_parts(ns);
    format!("{number} ± {} {unit}", deviation(ns, by_ns))
}

/// How far another clock is from one's own, with the error of that, both in microseconds: `+1.20 ± 0.08 ms`.
#[must_use]
pub fn offset(offset_us: f64, error_us: f64) -> String {
    let ns = |us: f64| (us.abs() * 1e3).round() as u64;
    let sign = if offset_us < 0.0 { '−' } else { '+' };
    format!("{sign}{}", deviating(ns(offset_us), ns(error_us)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A year and a day; no lane may take longer.
    const LONGEST_NS: u64 = 366 * 24 * 3_600 * 1_000_000_000;

    #[test]
    fn durations_keep_three_digits() {
        for (ns, text) in [
            (0, "0 ns"),
            (850, "850 ns"),
            (1_000, "1.00 µs"),
            (412_345, "412 µs"),
            (999_499, "999 µs"),
            (999_500, "1.00 ms"),
            (9_994_999, "9.99 ms"),
            (12_345_678, "12.3 ms"),
            (99_960_000, "100 ms"),
            (999_600_000, "1.00 s"),
            (1_240_000_000, "1.24 s"),
            (59_900_000_000, "59.9 s"),
            (125_000_000_000, "125 s"),
            (1_092_000_000_000, "18.2 min"),
            (90_000_000_000_000, "25.0 h"),
        ] {
            assert_eq!(duration(ns), text);
        }
    }

    #[test]
    fn a_deviation_is_written_like_its_value() {
        for (ns, by, text) in [
            (8, 1, "8 ± 1 ns"),
            (12_345_678, 400_000, "12.3 ± 0.4 ms"),
            (1_240_000_000, 8_000_000, "1.24 ± 0.01 s"),
            (671_000_000, 11_200_000, "671 ± 11 ms"),
            (125_000_000_000, 3_000_000_000, "125 ± 3 s"),
            (1_092_000_000_000, 30_000_000_000, "18.2 ± 0.5 min"),
        ] {
            assert_eq!(deviating(ns, by), text);
        }
    }

    #[test]
    fn offsets_say_their_sign_and_their_error() {
        assert_eq!(offset(118.0, 79.0), "+118 ± 79 µs");
        assert_eq!(offset(-1500.0, 40.0), "−1.50 ± 0.04 ms");
    }

    fn significant(number: &str) -> usize {
        number.replace('.', "").trim_start_matches('0').len()
    }

    fn decimals_of(number: &str) -> usize {
        number.split_once('.').map_or(0, |(_, decimals)| decimals.len())
    }

    proptest! {
        #[test]
        fn a_duration_has_at_most_three_digits_and_is_never_a_thousand_of_its_unit(ns in 0..LONGEST_NS) {
            // All magnitudes alike.
            for ns in [ns, ns >> 10, ns >> 20, ns >> 30, ns >> 40, ns >> 50] {
                let (number, unit) = duration_parts(ns);
                let most = if unit == "h" { 4 } else { 3 };
                prop_assert!(significant(&number) <= most, "{} {}", number, unit);
                let value: f64 = number.parse().expect("a number");
                prop_assert!(value < 1000.0 || unit == "h", "{} {}", number, unit);
                let scale = UNITS.iter().find(|(name, ..)| *name == unit).expect("a unit").1;
                prop_assert!((value * scale - ns as f64).abs() <= 0.005 * ns as f64 + 0.5, "{} {} is not {}", number, unit, ns);
            }
        }

        #[test]
        fn a_deviation_has_the_decimals_of_its_value(ns in 0..LONGEST_NS, part in 0.0..=1.0f64, shift in 0..50u32) {
            let ns = ns >> shift;
            let by = (ns as f64 * part) as u64;
            let (number, _) = duration_parts(ns);
            let by = deviation(ns, by);
            prop_assert_eq!(decimals_of(&number), decimals_of(&by), "{} ± {}", number, by);
            prop_assert!(significant(&by) <= 4);
        }
    }
}
