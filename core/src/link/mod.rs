//! A scenario as the part of an address after `#`, and back. A link is for ever, and needs no server.
//!
//! ```text
//! link     = scenario *( "&" key "=" part )     parts that are not known are skipped
//! scenario = version "."  text [ check ]        readable; without the check when written by hand
//!          | version "z." base64url check       the text, deflated (raw), where that saves a fifth
//! version  = 1*3DIGIT                           of the format, as `lanes_scenario` in a file
//! check    = "~" 6 of 0-9 a-z without i l o u   the low 30 bits of the CRC-32 of all that is before it
//! ```
//!
//! The text is that of `text.rs`: the scenario's JSON without `lanes_scenario` and without every field that holds its
//! default. So **the defaults belong to the version**: a build that changes one, of a kernel's size too, raises
//! [`VERSION`] and adds an upgrader that spells the old one out (see [`upgrade`](crate::scenario::upgrade)).
//!
//! Mail and chat programs encode more of a link than they must, or less. So a link means what it says once all
//! `%XX` are decoded, however often they were encoded: decoded, it holds no `%`, no `#`, and `&` only between parts.
//! What is checked is that decoded form. A link ends in a letter or digit, because a full stop or bracket at the end
//! of an address is often taken for the sentence's, and its brackets balance, for Markdown.
//!
//! A part after `&` may only add what a reader can do without; what cannot be skipped needs a new version.

#[cfg(test)]
mod arbitrary;
mod encoding;
mod error;
#[cfg(test)]
pub(crate) mod golden;
mod limits;
#[cfg(test)]
mod sentences;
#[cfg(test)]
mod tests;
mod text;

pub use error::LinkError;
pub use limits::{MAX_LINK_BYTES, MAX_TEXT_BYTES};

use serde::Serialize;
use serde_json::{Map, Value};

use crate::scenario::{Bump, Call, Compute, Fetch, Group, Problem, Scenario, Step, VERSION, upgrade};

/// The part of an address after `#` that holds `scenario`.
///
/// What it returns decodes to an equal scenario, if the scenario is valid.
///
/// # Errors
/// [`LinkError::TooLarge`] where there is more text than [`MAX_TEXT_BYTES`], as with thousands of addresses.
pub fn encode(scenario: &Scenario) -> Result<String, LinkError> {
    let readable = text::write(&Value::Object(without_defaults(scenario)));
    let plain = encoding::plain(&readable)?;
    if plain.len() > MAX_TEXT_BYTES {
        return Err(LinkError::TooLarge);
    }
    let packed = encoding::pack(&plain);
    let saves_a_fifth = packed.len() * 5 <= readable.len() * 4;
    let (head, body) = if saves_a_fifth { (format!("{VERSION}z."), packed) } else { (format!("{VERSION}."), readable) };
    let check = encoding::check(&encoding::plain(&format!("{head}{body}"))?);
    Ok(format!("{head}{body}~{check}"))
}

/// The address that opens `scenario` in the page at `base`. What `base` has after `#` (a token, say) is left out.
///
/// # Errors
/// As [`encode`].
pub fn url(base: &str, scenario: &Scenario) -> Result<String, LinkError> {
    let page = base.split('#').next().unwrap_or_default();
    Ok(format!("{page}#{}", encode(scenario)?))
}

/// The scenario in `link`: a fragment with or without its `#`, or a whole address.
///
/// # Errors
/// A [`LinkError`] whose text says what is wrong with the link and what to do about it.
pub fn decode(link: &str) -> Result<Scenario, LinkError> {
    let link = link.trim();
    if link.len() > MAX_LINK_BYTES {
        return Err(LinkError::TooLarge);
    }
    let is_address = link.starts_with("http://") || link.starts_with("https://");
    if is_address && !link.contains('#') && !link.contains("%23") {
        return Err(LinkError::Empty);
    }
    let plain = encoding::plain(after_hash(link))?;
    let (scenario, parts) = match after_hash(&plain).split_once('&') {
        Some((scenario, parts)) => (scenario, Some(parts)),
        None => (after_hash(&plain), None),
    };
    let head = Head::of(scenario)?;
    let value = if head.is_packed { unpacked(scenario, head.body)? } else { readable(scenario, head.body)? };
    if let Some(part) = parts.into_iter().flat_map(|parts| parts.split('&')).find(|part| !is_part(part)) {
        return Err(LinkError::garbled("a part such as “r=…” after “&”", part));
    }
    scenario_of(value, head.version)
}

/// Whether a link that [`decode`] opens ends in a check. One that was written by hand has none; of one that was copied,
/// nobody can tell without it whether all of it was.
#[must_use]
pub fn has_check(link: &str) -> bool {
    let plain = encoding::plain(after_hash(link.trim())).unwrap_or_default();
    let scenario = after_hash(&plain).split('&').next().unwrap_or_default();
    encoding::split_check(scenario).is_some_and(|(.., after)| after.is_empty())
}

/// What stands before the text of a scenario.
struct Head<'a> {
    version: u64,
    is_packed: bool,
    body: &'a str,
}

impl<'a> Head<'a> {
    fn of(link: &'a str) -> Result<Self, LinkError> {
        let after_digits = link.trim_start_matches(|c: char| c.is_ascii_digit());
        let after_letters = after_digits.trim_start_matches(|c: char| c.is_ascii_lowercase());
        let digits = &link[..link.len() - after_digits.len()];
        let letters = &after_digits[..after_digits.len() - after_letters.len()];
        if link.is_empty() {
            return Err(LinkError::Empty);
        }
        let version =
            digits.parse().ok().filter(|version| *version >= 1 && digits.len() <= 3).ok_or(LinkError::Foreign)?;
        let Some(body) = after_letters.strip_prefix('.') else {
            let stops_here = after_letters.is_empty() && matches!(letters, "" | "z");
            return Err(if stops_here { LinkError::Truncated } else { LinkError::Foreign });
        };
        match (version, letters) {
            (newer, _) if newer > VERSION => Err(LinkError::Newer(newer)),
            (_, "" | "z") => Ok(Self { version, is_packed: letters == "z", body }),
            _ => Err(LinkError::Damaged),
        }
    }
}

/// The value of a readable link, which may have been written or changed by hand.
fn readable(scenario: &str, body: &str) -> Result<Value, LinkError> {
    let text = checked(scenario, body)?.unwrap_or(body);
    if text.len() > MAX_TEXT_BYTES {
        return Err(LinkError::TooLarge);
    }
    let (value, rest) = text::read(text)?;
    match rest.strip_prefix('~') {
        _ if rest.is_empty() => Ok(value),
        Some(check) if encoding::is_start_of_check(check) => Err(LinkError::Truncated),
        _ => Err(LinkError::garbled("its end", rest)),
    }
}

/// The value of a packed link. Nobody writes one by hand, so it must have its check.
fn unpacked(scenario: &str, body: &str) -> Result<Value, LinkError> {
    let packed = checked(scenario, body).map_err(|error| match error {
        LinkError::Edited { .. } => LinkError::Damaged,
        other => other,
    })?;
    let Some(packed) = packed else {
        let is_cut = body.rsplit_once('~').is_none_or(|(_, check)| encoding::is_start_of_check(check));
        return Err(if is_cut { LinkError::Truncated } else { LinkError::Damaged });
    };
    match text::read(&encoding::unpack(packed)?)? {
        (value, "") => Ok(value),
        (_, rest) => Err(LinkError::garbled("its end", rest)),
    }
}

/// The body without its check, if it has one that fits; `None` if it has none.
fn checked<'a>(scenario: &str, body: &'a str) -> Result<Option<&'a str>, LinkError> {
    let Some((before, check, after)) = encoding::split_check(scenario) else {
        return Ok(None);
    };
    match (encoding::check(before) == check, after) {
        (true, "") => Ok(Some(&body[..body.len() - (scenario.len() - before.len())])),
        (true, after) => Err(LinkError::garbled("its end", after)),
        (false, "") => Err(LinkError::Edited { check: check.to_owned() }),
        (false, _) => Ok(None),
    }
}

/// Reads the value as the scenario of its version.
fn scenario_of(mut value: Value, version: u64) -> Result<Scenario, LinkError> {
    if value.as_object_mut().is_some_and(|fields| fields.insert("lanes_scenario".into(), version.into()).is_some()) {
        return Err(LinkError::Invalid(vec![Problem {
            field: "lanes_scenario".into(),
            message: "has no place in a link, which says its version before the first full stop".into(),
        }]));
    }
    let value = upgrade::to_current(value, version).map_err(LinkError::Invalid)?;
    Scenario::from_value(&value).map_err(LinkError::Invalid)
}

fn after_hash(link: &str) -> &str {
    link.rsplit_once('#').map_or(link, |(_, fragment)| fragment)
}

fn is_part(part: &str) -> bool {
    part.split_once('=').is_some_and(|(key, _)| !key.is_empty())
}

/// The scenario's fields without those that hold their defaults, and without the version.
fn without_defaults(scenario: &Scenario) -> Map<String, Value> {
    let mut fields = differing(scenario, &Scenario::default());
    if let Some(seed) = fields.get_mut("seed") {
        *seed = scenario.seed.into(); // a number even where files have a text for JavaScript's sake
    }
    fields.insert("groups".into(), scenario.groups.iter().map(group).collect());
    fields
}

fn group(group: &Group) -> Value {
    let mut fields = differing(group, &Group::default());
    fields.insert("steps".into(), group.steps.iter().map(step).collect());
    Value::Object(fields)
}

fn step(step: &Step) -> Value {
    let (name, fields) = match step {
        Step::Fetch(fetch) => ("fetch", differing(fetch, &Fetch::default())),
        Step::Compute(compute) => {
            // Written out, so that the kernel of a link is seen even where it is the default one.
            let mut fields = differing(compute, &Compute::of(compute.kernel));
            fields.insert("kernel".into(), json(&compute.kernel));
            ("compute", fields)
        }
        Step::Bump(bump) => ("bump", differing(bump, &Bump::default())),
        Step::Call(call) => {
            // There is no default for it.
            let mut fields = differing(call, &Call::default());
            fields.insert("python".into(), json(&call.python));
            ("call", fields)
        }
    };
    Value::Object(Map::from_iter([(name.to_owned(), Value::Object(fields))]))
}

/// The fields of `value` that are not as in `default`.
fn differing<T: Serialize>(value: &T, default: &T) -> Map<String, Value> {
    let (Value::Object(fields), Value::Object(defaults)) = (json(value), json(default)) else {
        unreachable!("only structs are compared");
    };
    fields.into_iter().filter(|(key, value)| defaults.get(key) != Some(value)).collect()
}

fn json<T: Serialize>(value: &T) -> Value {
    serde_json::to_value(value).expect("a scenario is plain data")
}
