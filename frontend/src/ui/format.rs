//! Numbers for people: durations, rates, bytes, ratios.
//!
//! Pure. A number and its unit are kept together by a no-break space; three digits are enough for anything here.

/// Keeps a number and its unit on one line.
pub(crate) const NBSP: char = '\u{a0}';

/// `value` with about three digits: `1.24`, `12.3`, `123`.
fn digits(value: f64) -> String {
    let decimals = decimals(value);
    format!("{value:.decimals$}")
}

/// So many decimals leave about three digits; a whole number below ten thousand is shown whole.
fn decimals(value: f64) -> usize {
    match value.abs() {
        v if v == 0.0 || v >= 99.95 => 0,
        v if v >= 9.995 => 1,
        _ => 2,
    }
}

/// The unit that suits `ns` nanoseconds, and how many of them it is.
fn unit(ns: u64) -> (&'static str, f64) {
    match ns {
        0..1_000 => ("ns", 1.0),
        1_000..999_500 => ("µs", 1e3),
        999_500..999_500_000 => ("ms", 1e6),
        _ => ("s", 1e9),
    }
}

/// A duration: `850 ns`, `412 µs`, `12.3 ms`, `1.24 s`, `2 min 05 s`.
pub(crate) fn duration(ns: u64) -> String {
    if ns >= 100_000_000_000 {
        let seconds = ns.div_ceil(500_000_000) / 2;
        return format!("{}{NBSP}min{NBSP}{:02}{NBSP}s", seconds / 60, seconds % 60);
    }
    let (unit, scale) = unit(ns);
    let value = ns as f64 / scale;
    if unit == "ns" { format!("{ns}{NBSP}ns") } else { format!("{}{NBSP}{unit}", digits(value)) }
}

/// A deviation written in the unit and with the decimals of what it deviates from: the `0.4` of `12.3 ± 0.4 ms`.
pub(crate) fn deviation(of_ns: u64, by_ns: u64) -> String {
    if of_ns >= 100_000_000_000 {
        return duration(by_ns);
    }
    let (_, scale) = unit(of_ns);
    let decimals = decimals(of_ns as f64 / scale);
    format!("{:.decimals$}", by_ns as f64 / scale)
}

/// The unit that [`duration`] and [`deviation`] use for `ns`.
pub(crate) fn duration_parts(ns: u64) -> (String, &'static str) {
    let text = duration(ns);
    if ns >= 100_000_000_000 {
        return (text, "");
    }
    let (unit, _) = unit(ns);
    (text.trim_end_matches(unit).trim_end_matches(NBSP).to_owned(), unit)
}

/// Tasks each second: `0.42/s`, `19.2/s`, `1.2 k/s`, `3.4 M/s`.
pub(crate) fn rate(per_second: f64) -> String {
    match per_second {
        r if !r.is_finite() => "–".to_owned(),
        r if r >= 999_500.0 => format!("{}{NBSP}M/s", digits(r / 1e6)),
        r if r >= 999.5 => format!("{}{NBSP}k/s", digits(r / 1e3)),
        r => format!("{}/s", digits(r)),
    }
}

/// How many times faster: `8.23×`.
pub(crate) fn times(ratio: f64) -> String {
    format!("{}×", digits(ratio))
}

/// A share of a whole: `62 %`, `<1 %`.
pub(crate) fn share(part: u64, whole: u64) -> String {
    if whole == 0 || part == 0 {
        return format!("0{NBSP}%");
    }
    match part as f64 * 100.0 / whole as f64 {
        p if p < 1.0 => format!("<1{NBSP}%"),
        p if p > 99.0 && part < whole => format!(">99{NBSP}%"),
        p => format!("{p:.0}{NBSP}%"),
    }
}

/// A quantity of bytes: `512 B`, `2 KiB`, `1.5 MiB`.
pub(crate) fn bytes(count: u64) -> String {
    const UNITS: [&str; 4] = ["KiB", "MiB", "GiB", "TiB"];
    if count < 1024 {
        return format!("{count}{NBSP}B");
    }
    let mut value = count as f64 / 1024.0;
    let mut unit = 0;
    while value >= 999.5 && unit + 1 < UNITS.len() {
        value /= 1024.0;
        unit += 1;
    }
    let text = digits(value);
    let text = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
    format!("{text}{NBSP}{}", UNITS[unit])
}

/// A count with its thousands set apart: `999`, `1 000 000`.
pub(crate) fn count(number: u64) -> String {
    let plain = number.to_string();
    let mut text = String::with_capacity(plain.len() * 2);
    for (i, digit) in plain.chars().enumerate() {
        if i > 0 && (plain.len() - i).is_multiple_of(3) && plain.len() > 4 {
            text.push('\u{202f}');
        }
        text.push(digit);
    }
    text
}

/// `count` of a thing, in the singular or the plural: `1 task`, `100 tasks`.
pub(crate) fn of(number: u64, one: &str, many: &str) -> String {
    format!("{}{NBSP}{}", count(number), if number == 1 { one } else { many })
}

/// A number as a person would type it: no trailing zeros.
pub(crate) fn plain(number: f64) -> String {
    format!("{number}")
}

/// How far another clock is from the page's: `+0.12 ms ± 0.08 ms`.
pub(crate) fn clock_offset(offset_us: f64, error_us: f64) -> String {
    let sign = if offset_us < 0.0 { '−' } else { '+' };
    format!("{sign}{:.2}{NBSP}ms ±{NBSP}{:.2}{NBSP}ms", offset_us.abs() / 1e3, error_us / 1e3)
}

/// A clause as the beginning of a sentence: with a capital.
pub(crate) fn sentence(clause: &str) -> String {
    let mut letters = clause.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_say_their_sign_and_their_error() {
        assert_eq!(spaced(&clock_offset(118.0, 79.0)), "+0.12 ms ± 0.08 ms");
        assert_eq!(spaced(&clock_offset(-1500.0, 40.0)), "−1.50 ms ± 0.04 ms");
        assert_eq!(sentence("übrig bleibt nichts"), "Übrig bleibt nichts");
        assert_eq!(sentence(""), "");
    }

    fn spaced(text: &str) -> String {
        text.replace([NBSP, '\u{202f}'], " ")
    }

    #[test]
    fn durations_keep_three_digits() {
        let cases = [
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
            (125_000_000_000, "2 min 05 s"),
        ];
        for (ns, text) in cases {
            assert_eq!(spaced(&duration(ns)), text, "{ns}");
        }
    }

    #[test]
    fn a_deviation_is_written_like_its_median() {
        assert_eq!(deviation(12_345_678, 400_000), "0.4");
        assert_eq!(deviation(1_240_000_000, 8_000_000), "0.01");
        assert_eq!(deviation(671_000_000, 11_200_000), "11");
        assert_eq!(duration_parts(12_345_678), ("12.3".to_owned(), "ms"));
    }

    #[test]
    fn rates_bytes_shares_and_ratios() {
        assert_eq!(spaced(&rate(0.4211)), "0.42/s");
        assert_eq!(spaced(&rate(19.18)), "19.2/s");
        assert_eq!(spaced(&rate(1234.0)), "1.23 k/s");
        assert_eq!(rate(f64::INFINITY), "–");
        assert_eq!(times(8.234), "8.23×");
        assert_eq!(times(83.56), "83.6×");
        assert_eq!(spaced(&bytes(512)), "512 B");
        assert_eq!(spaced(&bytes(2048)), "2 KiB");
        assert_eq!(spaced(&bytes(1_572_864)), "1.5 MiB");
        assert_eq!(spaced(&bytes(262_144)), "256 KiB");
        assert_eq!(spaced(&share(1, 1000)), "<1 %");
        assert_eq!(spaced(&share(999, 1000)), ">99 %");
        assert_eq!(spaced(&share(62, 100)), "62 %");
        assert_eq!(spaced(&share(0, 0)), "0 %");
    }

    #[test]
    fn counts_are_set_apart_by_thousands() {
        assert_eq!(spaced(&count(48)), "48");
        assert_eq!(spaced(&count(1000)), "1000");
        assert_eq!(spaced(&count(100_000)), "100 000");
        assert_eq!(spaced(&count(1_000_000)), "1 000 000");
        assert_eq!(spaced(&of(1, "task", "tasks")), "1 task");
        assert_eq!(spaced(&of(0, "task", "tasks")), "0 tasks");
    }
}
