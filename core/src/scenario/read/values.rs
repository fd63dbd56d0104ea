//! Single values, and the sentence for one that is not right.

use std::str::FromStr;

use serde_json::Value;
use strum::IntoEnumIterator;

use crate::scenario::{limits, spread::Spread};

pub(super) fn name(value: &Value) -> Result<String, String> {
    let text = value.as_str().ok_or_else(|| format!("should be a text, not {}", kind(value)))?;
    let chars = text.chars().count();
    if chars > limits::MAX_NAME_CHARS {
        return Err(format!("has {chars} characters; the most is {}", limits::MAX_NAME_CHARS));
    }
    Ok(text.to_owned())
}

pub(super) fn spread(value: &Value) -> Result<Spread, String> {
    one_of::<Spread>(value)
}

pub(super) fn seed(value: &Value) -> Result<u64, String> {
    let read = match value {
        Value::String(text) => text.parse().ok(),
        other => other.as_u64(),
    };
    read.ok_or_else(|| {
        "should be a whole number from 0 to 18446744073709551615 (as a text in quotes if it is past 2^53)".into()
    })
}

/// A whole number in a range. A number such as `4.0` counts: JavaScript knows no other.
pub(super) fn whole(value: &Value, least: u64, most: u64) -> Result<u64, String> {
    let wanted = || format!("should be a whole number from {least} to {most}");
    let number = match value {
        Value::Number(n) => {
            n.as_u64().or_else(|| n.as_f64().filter(|f| f.fract() == 0.0 && (0.0..1e15).contains(f)).map(|f| f as u64))
        }
        other => return Err(format!("{}, not {}", wanted(), kind(other))),
    };
    number.filter(|n| (least..=most).contains(n)).ok_or_else(|| format!("{}, not {value}", wanted()))
}

pub(super) fn whole32(value: &Value, least: u64, most: u64) -> Result<u32, String> {
    whole(value, least, most).map(|n| u32::try_from(n).expect("every limit of this kind fits 32 bits"))
}

pub(super) fn number(value: &Value, least: f64, most: f64) -> Result<f64, String> {
    let wanted = || format!("should be a number from {least} to {most}");
    let number = value.as_f64().ok_or_else(|| format!("{}, not {}", wanted(), kind(value)))?;
    if (least..=most).contains(&number) { Ok(number) } else { Err(format!("{}, not {value}", wanted())) }
}

pub(super) fn flag(value: &Value) -> Result<bool, String> {
    value.as_bool().ok_or_else(|| format!("should be true or false, not {}", kind(value)))
}

/// One of an enum's names, with the nearest one named when there is none such.
pub(super) fn one_of<T: FromStr + IntoEnumIterator + Into<&'static str>>(value: &Value) -> Result<T, String> {
    let names = || T::iter().map(Into::into).collect::<Vec<&'static str>>();
    let text = value.as_str().ok_or_else(|| format!("should be one of {}, not {}", names().join(", "), kind(value)))?;
    text.parse()
        .map_err(|_| format!("“{text}” is not one of {}{}", names().join(", "), nearest(text, names().into_iter())))
}

/// ` (did you mean X?)` where some name is near enough.
pub(super) fn nearest(text: &str, names: impl Iterator<Item = &'static str>) -> String {
    names
        .map(|name| (strsim::damerau_levenshtein(text, name), name))
        .filter(|(distance, name)| *distance <= name.len().min(text.len()) / 2)
        .min()
        .map(|(_, name)| format!(" (did you mean {name}?)"))
        .unwrap_or_default()
}

/// What a JSON value is, in words.
pub(super) fn kind(value: &Value) -> String {
    match value {
        Value::Null => "null".into(),
        Value::Bool(b) => b.to_string(),
        Value::Number(n) => n.to_string(),
        Value::String(s) if s.chars().count() <= 40 => format!("the text “{s}”"),
        Value::String(_) => "a long text".into(),
        Value::Array(items) if items.is_empty() => "an empty list".into(),
        Value::Array(_) => "a list".into(),
        Value::Object(_) => "an object".into(),
    }
}
