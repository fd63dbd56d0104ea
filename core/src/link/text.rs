//! JSON written so that it can stand in an address and still be read by people. It knows nothing of scenarios,
//! but for the order in which their fields are shown.
//!
//! ```text
//! (tasks:200,steps:!((fetch:(from:!(https://a.example/))),(bump:())),title:what's+this?)
//!
//! object  (key:value,…)     keys are a-z 0-9 _
//! list    !(value,…)
//! number  as in JSON, without “+” and without needless “.0”
//! true, false, null
//! text    bare, where it looks like none of the above, otherwise with “!.” before it; “+” is a space, and
//!         !!  !+  !,  !(  !)  !p  !a  !h   stand for   !  +  ,  (  )  %  &  #
//! ```
//!
//! So the text never holds `%`, `&` or `#`. Whatever else an address does not carry well is percent-encoded as it is
//! written, and decoded before it is read; so are the brackets of texts, which leaves the others balanced.

use std::fmt::Write;

use serde_json::{Map, Number, Value};

use crate::typed;

use super::error::LinkError;

/// Deepest nesting that is read. A scenario needs seven.
const MAX_DEPTH: usize = 32;

/// The order of fields; others follow by name.
const ORDER: &[&str] = &[
    "title",
    "name",
    "tasks",
    "groups",
    "steps",
    "fetch",
    "compute",
    "bump",
    "call",
    "from",
    "latency_ms",
    "kernel",
    "size",
    "spread",
    "bytes",
    "blocking",
    "timeout_ms",
    "keeps_lock",
    "input",
    "holds_lock",
    "times",
    "guard",
    "module",
    "function",
    "coroutine",
    "items",
    "python",
    "lanes",
    "setup",
    "workers",
    "concurrency",
    "chunk",
    "gil_switch_ms",
    "deadline_s",
    "goal",
    "memory_limit_mb",
    "repeats",
    "budget_s",
    "warmup",
    "seed",
];

/// Writes a value, percent-encoded where it must be.
pub(super) fn write(value: &Value) -> String {
    let mut out = String::new();
    push(value, &mut out);
    out
}

fn push(value: &Value, out: &mut String) {
    match value {
        Value::Null | Value::Bool(_) => push_display(value, out),
        Value::Number(number) => {
            let digits = number.to_string();
            out.push_str(digits.strip_suffix(".0").unwrap_or(&digits));
        }
        Value::String(text) => push_text(text, out),
        Value::Array(items) => {
            out.push_str("!(");
            for (i, item) in items.iter().enumerate() {
                out.push_str(if i > 0 { "," } else { "" });
                push(item, out);
            }
            out.push(')');
        }
        Value::Object(fields) => {
            let mut fields: Vec<_> = fields.iter().collect();
            fields.sort_by_key(|(key, _)| (ORDER.iter().position(|known| known == key).unwrap_or(ORDER.len()), *key));
            out.push('(');
            for (i, (key, value)) in fields.into_iter().enumerate() {
                debug_assert!(is_key(key), "{key:?} cannot be written as a key");
                out.push_str(if i > 0 { "," } else { "" });
                out.push_str(key);
                out.push(':');
                push(value, out);
            }
            out.push(')');
        }
    }
}

fn push_text(text: &str, out: &mut String) {
    if text.is_empty() || text.starts_with('(') || literal(text).is_some() {
        out.push_str("!.");
    }
    for char in text.chars() {
        match char {
            'a'..='z' | 'A'..='Z' | '0'..='9' | '-' | '.' | '_' | '~' | '/' | ':' | '?' | '=' | '@' => out.push(char),
            ' ' => out.push('+'),
            '(' => out.push_str("!%28"),
            ')' => out.push_str("!%29"),
            '!' | '+' | ',' => out.extend(['!', char]),
            '%' => out.push_str("!p"),
            '&' => out.push_str("!a"),
            '#' => out.push_str("!h"),
            other => {
                for byte in other.encode_utf8(&mut [0; 4]).bytes() {
                    push_display(format_args!("%{byte:02X}"), out);
                }
            }
        }
    }
}

fn push_display(value: impl std::fmt::Display, out: &mut String) {
    write!(out, "{value}").expect("a String takes all that is written to it");
}

/// Reads one object from the start of `text`, which has been percent-decoded, and returns what follows it.
pub(super) fn read(text: &str) -> Result<(Value, &str), LinkError> {
    let mut reader = Reader { rest: text };
    if !text.is_empty() && !text.starts_with('(') {
        return Err(reader.wanted("“(”"));
    }
    let value = reader.value(0)?;
    Ok((value, reader.rest))
}

struct Reader<'a> {
    rest: &'a str,
}

impl Reader<'_> {
    /// The error at this place: cut short where nothing follows, otherwise garbled.
    fn wanted(&self, wanted: &'static str) -> LinkError {
        if self.rest.is_empty() { LinkError::Truncated } else { LinkError::garbled(wanted, self.rest) }
    }

    fn skip(&mut self, token: &str) -> bool {
        let rest = self.rest.strip_prefix(token);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    fn value(&mut self, depth: usize) -> Result<Value, LinkError> {
        if depth > MAX_DEPTH {
            return Err(self.wanted("fewer brackets inside each other"));
        }
        if self.skip("(") {
            let mut fields = Map::new();
            self.separated(|reader| {
                let Some((key, _)) = reader.rest.split_once(':').filter(|(key, _)| is_key(key)) else {
                    let is_cut = reader.rest.is_empty() || is_key(reader.rest);
                    return Err(if is_cut { LinkError::Truncated } else { reader.wanted("a field and “:”") });
                };
                if fields.contains_key(key) {
                    return Err(reader.wanted("a field that is not there already"));
                }
                let key = key.to_owned();
                reader.rest = &reader.rest[key.len() + 1..];
                fields.insert(key, reader.value(depth + 1)?);
                Ok(())
            })?;
            Ok(Value::Object(fields))
        } else if self.skip("!(") {
            let mut items = Vec::new();
            self.separated(|reader| {
                items.push(reader.value(depth + 1)?);
                Ok(())
            })?;
            Ok(Value::Array(items))
        } else {
            self.scalar()
        }
    }

    /// Reads items between commas up to the closing bracket.
    fn separated(&mut self, mut item: impl FnMut(&mut Self) -> Result<(), LinkError>) -> Result<(), LinkError> {
        if self.skip(")") {
            return Ok(());
        }
        loop {
            item(self)?;
            if self.skip(")") {
                return Ok(());
            }
            if !self.skip(",") {
                return Err(self.wanted("“,” or “)”"));
            }
        }
    }

    /// A text, or what is written like one: a number, true, false, null.
    fn scalar(&mut self) -> Result<Value, LinkError> {
        let is_marked = self.skip("!.");
        let start = self.rest;
        let mut text = String::new();
        let mut chars = start.char_indices();
        loop {
            let Some((at, char)) = chars.next() else {
                return Err(LinkError::Truncated);
            };
            self.rest = &start[at..];
            text.push(match char {
                ',' | ')' => break,
                '(' => return Err(self.wanted("“!(” for a bracket in a text")),
                '+' => ' ',
                '!' => match chars.next().map(|(_, escaped)| escaped) {
                    Some(same @ ('!' | '+' | ',' | '(' | ')')) => same,
                    Some('p') => '%',
                    Some('a') => '&',
                    Some('h') => '#',
                    Some(_) => return Err(self.wanted("one of !! !+ !, !( !) !p !a !h")),
                    None => return Err(LinkError::Truncated),
                },
                other => other,
            });
        }
        if is_marked {
            return Ok(Value::String(text));
        }
        if text.is_empty() {
            return Err(self.wanted("a value (“!.” for an empty text)"));
        }
        let written = &start[..start.len() - self.rest.len()];
        match literal(written) {
            Some(Some(value)) => Ok(value),
            Some(None) => Err(LinkError::garbled("a smaller number", written)),
            None => Ok(Value::String(text)),
        }
    }
}

fn is_key(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'_'))
}

/// The number or word that `text` is, if it is written as one; `Some(None)` for a number that is too large.
fn literal(text: &str) -> Option<Option<Value>> {
    match text {
        "true" => return Some(Some(Value::Bool(true))),
        "false" => return Some(Some(Value::Bool(false))),
        "null" => return Some(Some(Value::Null)),
        _ if !is_number(text) => return None,
        _ => {}
    }
    let whole = text.parse::<u64>().map(Number::from).or_else(|_| text.parse::<i64>().map(Number::from));
    let number = whole.ok().or_else(|| typed::number(text).and_then(Number::from_f64));
    Some(number.map(Value::Number))
}

/// Whether `text` is a number of JSON's, without `+`.
fn is_number(text: &str) -> bool {
    fn digits(text: &str) -> Option<&str> {
        let rest = text.trim_start_matches(|c: char| c.is_ascii_digit());
        (rest.len() < text.len()).then_some(rest)
    }
    let text = text.strip_prefix('-').unwrap_or(text);
    let has_leading_zero = text.starts_with('0') && digits(&text[1..]).is_some();
    let Some(mut rest) = digits(text) else { return false };
    if let Some(fraction) = rest.strip_prefix('.') {
        let Some(after) = digits(fraction) else { return false };
        rest = after;
    }
    if let Some(exponent) = rest.strip_prefix(['e', 'E']) {
        let Some(after) = digits(exponent.strip_prefix('-').unwrap_or(exponent)) else {
            return false;
        };
        rest = after;
    }
    rest.is_empty() && !has_leading_zero
}
