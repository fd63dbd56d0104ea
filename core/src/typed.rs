//! Numbers as people type them.

/// The number that a text is: `12`, `.5`, `5.`, `1e3`, `+2`; nothing where it is none, or larger than a number can be.
///
/// The standard library reads the same, `inf` and `NaN` besides, and brings 10 KB of tables along that cannot be compressed. The page has
/// those of JSON already.
#[must_use]
pub fn number(text: &str) -> Option<f64> {
    let is_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let (sign, rest) = match text.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", text.strip_prefix('+').unwrap_or(text)),
    };
    let (mantissa, exponent) = rest.split_once(['e', 'E']).unwrap_or((rest, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    if !is_digits(whole) || !is_digits(fraction) || whole.is_empty() && fraction.is_empty() {
        return None;
    }
    let or_zero = |digits| if str::is_empty(digits) { "0" } else { digits };
    let (whole, fraction) = (or_zero(whole.trim_start_matches('0')), or_zero(fraction));
    serde_json::from_str(&format!("{sign}{whole}.{fraction}e{exponent}")).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What the standard library reads of it, names of numbers and what is too large aside.
    fn std(text: &str) -> Option<f64> {
        text.parse().ok().filter(|number: &f64| number.is_finite())
    }

    #[test]
    fn it_is_read_however_it_is_written() {
        for text in
            ["12", "-12", ".5", "5.", "+5", "007", "1e3", "1E-3", "1e+3", "-0", "0", "00.10", "4.9e-324", "1e308"]
        {
            assert_eq!(number(text).map(f64::to_bits), std(text).map(f64::to_bits), "{text}");
        }
        for text in
            ["", ".", "-", "e5", ".e5", "1e", "1e+", "--1", "+-1", "1 ", "0x10", "inf", "NaN", "1e999", "1,5", "1_0"]
        {
            assert_eq!((number(text), std(text)), (None, None), "{text}");
        }
    }

    proptest! {
        #[test]
        fn it_is_what_the_standard_library_reads(text in "[-+]?[0-9]{0,25}\\.?[0-9]{0,25}([eE][-+]?[0-9]{0,3})?") {
            prop_assert_eq!(number(&text).map(f64::to_bits), std(&text).map(f64::to_bits));
        }

        #[test]
        fn every_number_comes_back(value in any::<f64>().prop_filter("finite", |value| value.is_finite())) {
            prop_assert_eq!(number(&value.to_string()).map(f64::to_bits), Some(value.to_bits()));
        }
    }
}
