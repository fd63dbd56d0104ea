//! Numbers for people: counts, shares, ratios, rates, bytes, lists. Three significant digits are enough for anything here.

use std::fmt::Display;

/// `value` with about three digits: `0.012`, `1.24`, `12.3`, `123`.
#[must_use]
pub fn digits(value: f64) -> String {
    let decimals = decimals(value);
    format!("{value:.decimals$}")
}

/// So many decimals leave about three digits of `value`, and no more than four decimals.
pub(super) fn decimals(value: f64) -> usize {
    match value.abs() {
        0.0 => 0,
        v if v >= 99.95 => 0,
        v if v >= 9.995 => 1,
        v if v >= 0.0995 => 2,
        v if v >= 0.00995 => 3,
        _ => 4,
    }
}

/// How many times faster or as long: `8.23×`.
#[must_use]
pub fn times(ratio: f64) -> String {
    match ratio {
        r if r > 0.0 && r < 0.0001 => "<0.0001×".to_owned(),
        r if r >= 999_500.0 => format!("{}M×", digits(r / 1e6)),
        r if r >= 9_999.5 => format!("{}k×", digits(r / 1e3)),
        r => format!("{}×", digits(r)),
    }
}

/// So many of a thing each second, in the unit that leaves few digits: `0.42/s`, `19.2/s`, `1.23 k/s`, `3.40 M/s`; of
/// what takes longer than a minute or an hour, `2.50/min` or `1.20/h`.
#[must_use]
pub fn rate(per_second: f64) -> String {
    const PER_MIN: f64 = 1.0 / 60.0;
    match per_second {
        r if !r.is_finite() => "–".to_owned(),
        r if r >= 999_500_000.0 => format!("{} G/s", digits(r / 1e9)),
        r if r >= 999_500.0 => format!("{} M/s", digits(r / 1e6)),
        r if r >= 999.5 => format!("{} k/s", digits(r / 1e3)),
        r if r >= PER_MIN || r <= 0.0 => format!("{}/s", digits(r)),
        r if r * 60.0 >= PER_MIN => format!("{}/min", digits(r * 60.0)),
        r => format!("{}/h", digits(r * 3600.0)),
    }
}

/// A share of a whole: `62 %`, `<1 %`, `>99 %`.
#[must_use]
pub fn share(part: u64, whole: u64) -> String {
    if whole == 0 || part == 0 {
        return "0 %".to_owned();
    }
    match part as f64 * 100.0 / whole as f64 {
        p if p < 1.0 => "<1 %".to_owned(),
        p if p > 99.0 && part < whole => ">99 %".to_owned(),
        p => format!("{p:.0} %"),
    }
}

/// A quantity of bytes: `512 B`, `2 KiB`, `1.5 MiB`.
#[must_use]
pub fn bytes(count: u64) -> String {
    const UNITS: [&str; 6] = ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
    if count < 1024 {
        return format!("{count} B");
    }
    let mut value = count as f64 / 1024.0;
    let mut unit = 0;
    while value >= 999.5 && unit + 1 < UNITS.len() {
        value /= 1024.0;
        unit += 1;
    }
    let text = digits(value);
    let text = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
    format!("{text} {}", UNITS[unit])
}

/// A count with its thousands set apart: `999`, `1000`, `1,000,000`.
#[must_use]
pub fn count(number: u64) -> String {
    let plain = number.to_string();
    if plain.len() < 5 {
        return plain;
    }
    let mut text = String::with_capacity(plain.len() * 4 / 3);
    for (i, digit) in plain.chars().enumerate() {
        if i > 0 && (plain.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// So many of a thing: `1 task`, `100 tasks`.
#[must_use]
pub fn of(number: u64, one: &str, many: &str) -> String {
    format!("{} {}", count(number), if number == 1 { one } else { many })
}

/// A number as a person would type it: no trailing zeros.
#[must_use]
pub fn plain(number: f64) -> String {
    format!("{number}")
}

/// Things in a row: `a`, `a and b`, `a, b and c`.
#[must_use]
pub fn list<T: Display>(items: &[T]) -> String {
    match items {
        [] => String::new(),
        [one] => one.to_string(),
        [first @ .., last] => {
            let first: Vec<String> = first.iter().map(ToString::to_string).collect();
            format!("{} and {last}", first.join(", "))
        }
    }
}

/// A clause as the beginning of a sentence: with a capital.
#[must_use]
pub fn sentence(clause: &str) -> String {
    let mut letters = clause.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn rates_ratios_shares_and_bytes() {
        for (per_second, text) in
            [(0.4211, "0.42/s"), (19.18, "19.2/s"), (1234.0, "1.23 k/s"), (3_400_000.0, "3.40 M/s"), (0.0, "0/s")]
        {
            assert_eq!(rate(per_second), text);
        }
        assert_eq!((rate(2.5 / 60.0), rate(0.36 / 3600.0)), ("0.042/s".into(), "0.36/h".into()));
        assert_eq!((rate(0.01), rate(f64::INFINITY)), ("0.60/min".into(), "–".into()));
        assert_eq!((times(8.234), times(83.56), times(0.0123)), ("8.23×".into(), "83.6×".into(), "0.012×".into()));
        for (count, text) in [(512, "512 B"), (2048, "2 KiB"), (1_572_864, "1.5 MiB"), (262_144, "256 KiB")] {
            assert_eq!(bytes(count), text);
        }
        for (part, whole, text) in [(1, 1000, "<1 %"), (999, 1000, ">99 %"), (62, 100, "62 %"), (0, 0, "0 %")] {
            assert_eq!(share(part, whole), text);
        }
    }

    #[test]
    fn counts_and_lists() {
        assert_eq!((count(48), count(1000), count(100_000)), ("48".into(), "1000".into(), "100,000".into()));
        assert_eq!((count(1_000_000), of(1, "task", "tasks")), ("1,000,000".into(), "1 task".into()));
        assert_eq!((list(&["a"]), list(&["a", "b", "c"])), ("a".into(), "a, b and c".into()));
        assert_eq!((sentence("übrig bleibt nichts"), sentence("")), ("Übrig bleibt nichts".into(), String::new()));
    }

    /// Digits from the first that is not 0 on.
    fn significant(text: &str) -> usize {
        let digits: String = text.chars().filter(char::is_ascii_digit).collect();
        digits.trim_start_matches('0').len()
    }

    proptest! {
        #[test]
        fn no_quantity_has_more_than_four_significant_digits(
            value in 1e-9..9.9e11f64, part in any::<u64>(), whole in any::<u64>(),
        ) {
            for text in [rate(value), share(part.min(whole), whole), bytes(part)] {
                prop_assert!(significant(&text) <= 4, "{}", text);
            }
            prop_assert!(value > 9e8 || significant(&times(value)) <= 4, "{}", times(value));
        }

        #[test]
        fn no_ratio_is_rounded_away(value in 1e-9..9_999.0f64) {
            let text = times(value);
            let read: f64 = text.trim_matches(['<', '×']).parse().expect("a number");
            prop_assert!(text.starts_with('<') || (read / value - 1.0).abs() < 0.5, "{} {}", text, value);
            prop_assert!(value < 0.1 || (read / value - 1.0).abs() < 0.05, "{} {}", text, value);
        }

        #[test]
        fn thousands_are_set_apart_and_no_digit_is_lost(number in any::<u64>()) {
            let text = count(number);
            prop_assert_eq!(text.replace(',', ""), number.to_string());
            let mut parts = text.split(',').rev().peekable();
            while let Some(part) = parts.next() {
                prop_assert!(part.len() == 3 || parts.peek().is_none(), "{}", text);
            }
        }
    }
}
