//! Numbers for people: durations, ratios, shares, counts, lists. Three digits are enough for anything here.

/// `value` with about three digits: `1.24`, `12.3`, `123`.
#[must_use]
pub fn digits(value: f64) -> String {
    let decimals = decimals(value);
    format!("{value:.decimals$}")
}

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
#[must_use]
pub fn duration(ns: u64) -> String {
    if ns >= 100_000_000_000 {
        let seconds = (ns + 500_000_000) / 1_000_000_000;
        return format!("{} min {:02} s", seconds / 60, seconds % 60);
    }
    let (unit, scale) = unit(ns);
    if unit == "ns" { format!("{ns} ns") } else { format!("{} {unit}", digits(ns as f64 / scale)) }
}

/// A duration with its deviation in the same unit: `12.3 ± 0.4 ms`.
#[must_use]
pub fn deviating(ns: u64, by_ns: u64) -> String {
    if ns >= 100_000_000_000 {
        return format!("{} ± {}", duration(ns), duration(by_ns));
    }
    let (unit, scale) = unit(ns);
    let decimals = if unit == "ns" { 0 } else { decimals(ns as f64 / scale) };
    format!("{:.decimals$} ± {:.decimals$} {unit}", ns as f64 / scale, by_ns as f64 / scale)
}

/// How many times faster: `8.23×`.
#[must_use]
pub fn times(ratio: f64) -> String {
    format!("{}×", digits(ratio))
}

/// Tasks each second: `0.42/s`, `19.2/s`, `1.23 k/s`, `3.40 M/s`.
#[must_use]
pub fn rate(per_second: f64) -> String {
    match per_second {
        r if !r.is_finite() => "–".to_owned(),
        r if r >= 999_500.0 => format!("{} M/s", digits(r / 1e6)),
        r if r >= 999.5 => format!("{} k/s", digits(r / 1e3)),
        r => format!("{}/s", digits(r)),
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

/// Things in a row: `a`, `a and b`, `a, b and c`.
#[must_use]
pub fn list<T: std::fmt::Display>(items: &[T]) -> String {
    match items {
        [] => String::new(),
        [one] => one.to_string(),
        [first @ .., last] => {
            let first: Vec<String> = first.iter().map(ToString::to_string).collect();
            format!("{} and {last}", first.join(", "))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_digits_are_kept() {
        let cases = [
            (0, "0 ns"),
            (850, "850 ns"),
            (412_345, "412 µs"),
            (999_500, "1.00 ms"),
            (12_345_678, "12.3 ms"),
            (1_240_000_000, "1.24 s"),
            (125_000_000_000, "2 min 05 s"),
        ];
        for (ns, text) in cases {
            assert_eq!(duration(ns), text);
        }
        assert_eq!(deviating(12_345_678, 400_000), "12.3 ± 0.4 ms");
        assert_eq!((times(8.234), rate(1234.0)), ("8.23×".to_owned(), "1.23 k/s".to_owned()));
        assert_eq!((share(1, 1000), share(999, 1000), share(62, 100)), ("<1 %".into(), ">99 %".into(), "62 %".into()));
        assert_eq!(
            (count(1000), count(1_000_000), of(1, "task", "tasks")),
            ("1000".into(), "1,000,000".into(), "1 task".into())
        );
        assert_eq!((list(&["a"]), list(&["a", "b", "c"])), ("a".into(), "a, b and c".into()));
    }
}
