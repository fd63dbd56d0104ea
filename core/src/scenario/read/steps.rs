//! The steps of a task.

use serde_json::Value;
use strum::IntoEnumIterator;

use super::{
    call::read_call,
    fields::Fields,
    values::{flag, kind, nearest, number, one_of, spread, whole, whole32},
};
use crate::scenario::problem::Problem;
use crate::{
    kernels::Kernel,
    scenario::{
        data::{Bump, Compute, Fetch, From, Group, Guard, Shape, Source, Step},
        limits,
    },
};

/// A kernel over "the body" needs a fetch before it.
pub(super) fn check_body(step: &Step, before: &[Step], path: &str, problems: &mut Vec<Problem>) {
    let wants_body = matches!(step, Step::Compute(compute) if compute.input == Source::Body);
    if wants_body && !before.iter().any(|step| matches!(step, Step::Fetch(_))) {
        problems.push(Problem {
            field: format!("{path}.compute.input"),
            message: "is \"body\", but no fetch comes before it; put a fetch step first".into(),
        });
    }
}

pub(super) fn read_step(value: &Value, path: &str, problems: &mut Vec<Problem>) -> Option<Step> {
    const STEPS: [&str; 4] = ["fetch", "compute", "bump", "call"];
    let fields = Fields::of(value, path.to_owned(), problems)?;
    let mut entries = fields.map.iter();
    let (Some((key, inner)), None) = (entries.next(), entries.next()) else {
        problems.push(Problem {
            field: path.to_owned(),
            message: format!("should hold exactly one of {}, not {} fields", STEPS.join(", "), fields.map.len()),
        });
        return None;
    };
    let path = format!("{path}.{key}");
    match key.as_str() {
        "fetch" => Some(Step::Fetch(read_fetch(inner, path, problems))),
        "compute" => Some(Step::Compute(read_compute(inner, path, problems))),
        "bump" => Some(Step::Bump(read_bump(inner, path, problems))),
        "call" => Some(Step::Call(read_call(inner, path, problems))),
        other => {
            let hint = nearest(other, STEPS.into_iter());
            problems.push(Problem {
                field: path,
                message: format!("is not a step{hint}; the steps are {}", STEPS.join(", ")),
            });
            None
        }
    }
}

pub(super) fn read_fetch(value: &Value, path: String, problems: &mut Vec<Problem>) -> Fetch {
    let default = Fetch::default();
    let Some(mut fields) = Fields::of(value, path, problems) else { return default };
    let fetch = Fetch {
        from: fields.take("from", default.from, problems, |v| match v {
            Value::String(s) if s == "simulated" => Ok(From::Simulated),
            Value::String(s) if s == "server" => Ok(From::Server),
            Value::String(s) if s == "page" => Ok(From::Page),
            Value::Array(items) => addresses(items),
            _ => Err("should be \"simulated\", \"server\", \"page\" or a list of addresses".into()),
        }),
        latency_ms: fields.take("latency_ms", default.latency_ms, problems, |v| number(v, 0.0, limits::MAX_LATENCY_MS)),
        spread: fields.take("spread", default.spread, problems, spread),
        bytes: fields.take("bytes", default.bytes, problems, |v| whole32(v, 0, limits::MAX_BODY_BYTES)),
        blocking: fields.take("blocking", default.blocking, problems, flag),
        timeout_ms: fields.take("timeout_ms", default.timeout_ms, problems, |v| whole32(v, 1, limits::MAX_TIMEOUT_MS)),
        keeps_lock: fields.take("keeps_lock", default.keeps_lock, problems, flag),
        retries: fields.take("retries", default.retries, problems, |v| whole32(v, 0, limits::MAX_RETRIES)),
        backoff_ms: fields.take("backoff_ms", default.backoff_ms, problems, |v| number(v, 0.0, limits::MAX_BACKOFF_MS)),
    };
    if fetch.keeps_lock && fetch.from != From::Simulated {
        problems.push(Problem {
            field: fields.at("keeps_lock"),
            message: "is for simulated answers: whatever makes a real request lets go of the lock while it waits, in \
                      CPython too; leave it out, or use \"from\": \"simulated\""
                .into(),
        });
    }
    fields.finish(problems);
    fetch
}

pub(super) fn read_compute(value: &Value, path: String, problems: &mut Vec<Problem>) -> Compute {
    let default = Compute::default();
    let Some(mut fields) = Fields::of(value, path, problems) else { return default };
    let kernel = fields.take("kernel", default.kernel, problems, one_of::<Kernel>);
    let about = kernel.about();
    let spread = fields.take("spread", default.spread, problems, spread);
    // A heavy tail deals sizes above the mean, and the kernel's limit is for each task.
    let most = (about.max_size as f64 / spread.largest()) as u64;
    let given = fields.take("size", None, problems, |v| {
        whole(v, 1, about.max_size).map(Some).map_err(|m| format!("{m} {} for {}", about.unit, about.id))
    });
    let input = fields.take("input", default.input, problems, |v| {
        let input = one_of::<Source>(v)?;
        if input == Source::Size || about.takes_bytes {
            return Ok(input);
        }
        let able: Vec<_> = Kernel::iter().filter(|k| k.about().takes_bytes).map(|k| k.about().id).collect();
        Err(format!("{} cannot work on bytes; choose one of {}, or \"size\"", about.id, able.join(", ")))
    });
    let holds_lock = fields.take("holds_lock", default.holds_lock, problems, |v| number(v, 0.0, 1.0).map(Some));
    let size = given.unwrap_or(about.default_size.min(most));
    // What is worked on decides whether the size is used at all: the bytes of a file or a body are as many as they are.
    if input == Source::Size && size > most {
        let message = format!(
            "should be a whole number from 1 to {most}, not {size} {} for {} with this spread",
            about.unit, about.id
        );
        problems.push(Problem { field: fields.at("size"), message });
    }
    let shape = fields.take("shape", default.shape, problems, one_of::<Shape>);
    let most = most_payload(shape);
    let bytes_in = fields.take("bytes_in", default.bytes_in, problems, |v| whole32(v, 0, most));
    let bytes_out = fields.take("bytes_out", default.bytes_out, problems, |v| whole32(v, 0, most));
    fields.finish(problems);
    Compute { kernel, size, spread, input, holds_lock, bytes_in, bytes_out, shape }
}

/// The most bytes that the data of one step may have.
fn most_payload(shape: Shape) -> u64 {
    if shape == Shape::Bytes { limits::MAX_PAYLOAD_BYTES } else { limits::MAX_PAYLOAD_ITEM_BYTES }
}

/// The data of all steps lie ready while a lane runs, so there is a limit for all of them together.
pub(super) fn check_payload(groups: &[Group], problems: &mut Vec<Problem>) {
    type Bytes = fn(&Compute) -> u32;
    let all: [(&str, Bytes); 2] =
        [("bytes_in", |compute| compute.bytes_in), ("bytes_out", |compute| compute.bytes_out)];
    let steps = || groups.iter().flat_map(|group| &group.steps);
    let computes = || steps().filter_map(|step| if let Step::Compute(compute) = step { Some(compute) } else { None });
    for (field, bytes) in all {
        // What counts more in Python counts more here.
        let weighed =
            |compute: &Compute| u64::from(bytes(compute)) * (limits::MAX_PAYLOAD_BYTES / most_payload(compute.shape));
        if computes().map(weighed).sum::<u64>() > limits::MAX_PAYLOAD_BYTES {
            problems.push(Problem {
                field: "groups".into(),
                message: format!(
                    "hold more data in the {field} of all their steps than may lie ready at once: the most is {} MiB of bytes, \
                     or {} MiB of numbers or objects",
                    limits::MAX_PAYLOAD_BYTES >> 20,
                    limits::MAX_PAYLOAD_ITEM_BYTES >> 20
                ),
            });
        }
    }
}

pub(super) fn read_bump(value: &Value, path: String, problems: &mut Vec<Problem>) -> Bump {
    let default = Bump::default();
    let Some(mut fields) = Fields::of(value, path, problems) else { return default };
    let bump = Bump {
        times: fields.take("times", default.times, problems, |v| whole32(v, 1, limits::MAX_BUMPS)),
        guard: fields.take("guard", default.guard, problems, one_of::<Guard>),
    };
    fields.finish(problems);
    bump
}

fn addresses(items: &[Value]) -> Result<From, String> {
    if items.is_empty() || items.len() > limits::MAX_ADDRESSES {
        return Err(format!("should list 1 to {} addresses, not {}", limits::MAX_ADDRESSES, items.len()));
    }
    let mut urls = Vec::with_capacity(items.len());
    for (i, item) in items.iter().enumerate() {
        let text =
            item.as_str().ok_or_else(|| format!("address {} should be a text, not {}", i + 1, kind(item)))?.trim();
        // The page and the backend parse it in full; here only what would be refused everywhere.
        let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
        match rest {
            Some(rest) if !rest.is_empty() && !rest.starts_with('/') && !text.contains(char::is_whitespace) => {}
            _ => {
                return Err(format!(
                    "address {} (“{text}”) should start with https:// or http:// and name a host",
                    i + 1
                ));
            }
        }
        if text.chars().count() > limits::MAX_ADDRESS_CHARS {
            return Err(format!("address {} is longer than {} characters", i + 1, limits::MAX_ADDRESS_CHARS));
        }
        urls.push(text.to_owned());
    }
    Ok(From::Urls(urls))
}
