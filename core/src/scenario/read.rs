//! Reading a scenario from JSON, naming every problem by its field.
//!
//! Serde stops at the first problem; a person who edits a scenario wants all of them at once, each with what would
//! be right. So the fields are taken one by one from the JSON tree, and what is left over is named too.

use std::{fmt, str::FromStr};

use serde_json::{Map, Value};
use strum::IntoEnumIterator;

use super::{
    data::{Bump, Chunk, Compute, Fetch, From, Group, Guard, Scenario, Source, Spread, Step, VERSION},
    lane::Lane,
    limits, tree,
};
use crate::kernels::Kernel;

/// One thing that is wrong with a scenario, and where.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Problem {
    /// The field, as `groups[0].steps[1].compute.size`; empty for the whole document.
    pub field: String,
    /// What is wrong and what would be right.
    pub message: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.field.is_empty() { f.write_str(&self.message) } else { write!(f, "{}: {}", self.field, self.message) }
    }
}

impl Scenario {
    /// Reads and checks a scenario.
    ///
    /// # Errors
    /// Every problem, each named by its field; never an empty list.
    pub fn from_json(text: &str) -> Result<Self, Vec<Problem>> {
        match tree::parse(text) {
            Ok((value, twice)) => {
                let mut problems: Vec<Problem> = twice
                    .into_iter()
                    .map(|field| Problem { field, message: "is there twice; keep the one that is meant".into() })
                    .collect();
                match Self::from_value(&value) {
                    Ok(scenario) if problems.is_empty() => Ok(scenario),
                    read => {
                        problems.extend(read.err().into_iter().flatten());
                        Err(problems)
                    }
                }
            }
            Err(error) => Err(vec![Problem { field: String::new(), message: format!("this is not JSON: {error}") }]),
        }
    }

    /// Reads and checks a scenario that has been parsed as JSON.
    ///
    /// # Errors
    /// As [`Scenario::from_json`].
    pub fn from_value(value: &Value) -> Result<Self, Vec<Problem>> {
        let mut problems = Vec::new();
        let scenario = read_scenario(value, &mut problems);
        if problems.is_empty() { Ok(scenario) } else { Err(problems) }
    }

    /// The problems of a scenario that was put together by hand (an editor's, say).
    #[must_use]
    pub fn problems(&self) -> Vec<Problem> {
        let value = serde_json::to_value(self).expect("a scenario is plain data");
        Self::from_value(&value).err().unwrap_or_default()
    }
}

/// An object being taken apart: remembers which fields were asked for.
struct Fields<'a> {
    map: &'a Map<String, Value>,
    path: String,
    known: Vec<&'static str>,
}

impl<'a> Fields<'a> {
    fn of(value: &'a Value, path: String, problems: &mut Vec<Problem>) -> Option<Self> {
        match value {
            Value::Object(map) => Some(Self { map, path, known: Vec::new() }),
            other => {
                problems.push(Problem {
                    field: path,
                    message: format!("should be an object in braces, not {}", kind(other)),
                });
                None
            }
        }
    }

    fn at(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }

    /// Takes one field; `read` says what is wrong with a value that is there.
    fn take<T>(
        &mut self,
        key: &'static str,
        default: T,
        problems: &mut Vec<Problem>,
        read: impl FnOnce(&Value) -> Result<T, String>,
    ) -> T {
        self.known.push(key);
        match self.map.get(key).map(read) {
            None => default,
            Some(Ok(value)) => value,
            Some(Err(message)) => {
                problems.push(Problem { field: self.at(key), message });
                default
            }
        }
    }

    /// Names the fields nobody asked for.
    fn finish(self, problems: &mut Vec<Problem>) {
        for key in self.map.keys().filter(|key| !self.known.contains(&key.as_str())) {
            let hint = nearest(key, self.known.iter().copied());
            problems.push(Problem {
                field: self.at(key),
                message: format!("is not a field here{hint}; the fields are {}", self.known.join(", ")),
            });
        }
    }
}

fn read_scenario(value: &Value, problems: &mut Vec<Problem>) -> Scenario {
    let default = Scenario::default();
    let Some(mut fields) = Fields::of(value, String::new(), problems) else { return default };
    let version = fields.take("lanes_scenario", VERSION, problems, |v| match v.as_u64() {
        Some(VERSION) => Ok(VERSION),
        Some(newer) if newer > VERSION => {
            Err(format!("is version {newer}; this build reads up to version {VERSION}: open it with a newer Lanes"))
        }
        _ => Err(format!("should be {VERSION}, the version of the format")),
    });
    if !fields.map.contains_key("lanes_scenario") {
        problems.push(Problem {
            field: "lanes_scenario".into(),
            message: format!("is missing; write \"lanes_scenario\": {VERSION} so that every later version can read it"),
        });
    }
    let scenario = Scenario {
        lanes_scenario: version,
        title: fields.take("title", default.title, problems, name),
        groups: read_groups(&mut fields, problems),
        lanes: read_lanes(&mut fields, default.lanes, problems),
        workers: fields.take("workers", default.workers, problems, |v| whole32(v, 1, limits::MAX_WORKERS)),
        concurrency: fields
            .take("concurrency", default.concurrency, problems, |v| whole32(v, 1, limits::MAX_CONCURRENCY)),
        chunk: fields.take("chunk", default.chunk, problems, |v| match v.as_str() {
            Some("auto") => Ok(Chunk::Auto),
            _ => whole32(v, 1, limits::MAX_CHUNK).map(Chunk::Fixed).map_err(|m| format!("{m}, or \"auto\"")),
        }),
        gil_switch_ms: fields.take("gil_switch_ms", default.gil_switch_ms, problems, |v| {
            number(v, *limits::GIL_SWITCH_MS.start(), *limits::GIL_SWITCH_MS.end())
        }),
        deadline_s: fields.take("deadline_s", default.deadline_s, problems, |v| number(v, 0.0, limits::MAX_DEADLINE_S)),
        repeats: fields.take("repeats", default.repeats, problems, |v| whole32(v, 1, limits::MAX_REPEATS)),
        warmup: fields.take("warmup", default.warmup, problems, |v| whole32(v, 0, limits::MAX_WARMUP)),
        seed: fields.take("seed", default.seed, problems, seed),
    };
    fields.finish(problems);
    scenario
}

fn read_groups(fields: &mut Fields<'_>, problems: &mut Vec<Problem>) -> Vec<Group> {
    fields.known.push("groups");
    let Some(value) = fields.map.get("groups") else {
        problems.push(Problem {
            field: "groups".into(),
            message: "is missing: a scenario needs at least one group of tasks".into(),
        });
        return Vec::new();
    };
    let Value::Array(items) = value else {
        problems.push(Problem {
            field: "groups".into(),
            message: format!("should be a list in brackets, not {}", kind(value)),
        });
        return Vec::new();
    };
    if items.is_empty() || items.len() > limits::MAX_GROUPS {
        problems.push(Problem {
            field: "groups".into(),
            message: format!("should hold 1 to {} groups, not {}", limits::MAX_GROUPS, items.len()),
        });
    }
    let groups: Vec<Group> = items
        .iter()
        .take(limits::MAX_GROUPS)
        .enumerate()
        .map(|(i, item)| read_group(item, format!("groups[{i}]"), problems))
        .collect();
    let total: u64 = groups.iter().map(|group| u64::from(group.tasks)).sum();
    if total > limits::MAX_TASKS {
        problems.push(Problem {
            field: "groups".into(),
            message: format!("hold {total} tasks together; the most is {}", limits::MAX_TASKS),
        });
    }
    groups
}

fn read_group(value: &Value, path: String, problems: &mut Vec<Problem>) -> Group {
    let default = Group::default();
    let Some(mut fields) = Fields::of(value, path, problems) else { return default };
    let name = fields.take("name", default.name, problems, name);
    let tasks = fields.take("tasks", default.tasks, problems, |v| whole32(v, 1, limits::MAX_TASKS));
    fields.known.push("steps");
    let path = fields.at("steps");
    let mut steps = Vec::new();
    match fields.map.get("steps") {
        Some(Value::Array(items)) if (1..=limits::MAX_STEPS).contains(&items.len()) => {
            for (i, item) in items.iter().enumerate() {
                let path = format!("{path}[{i}]");
                if let Some(step) = read_step(item, &path, problems) {
                    check_body(&step, &steps, &path, problems);
                    steps.push(step);
                }
            }
        }
        Some(Value::Array(items)) => problems.push(Problem {
            field: path,
            message: format!("should hold 1 to {} steps, not {}", limits::MAX_STEPS, items.len()),
        }),
        Some(other) => problems
            .push(Problem { field: path, message: format!("should be a list in brackets, not {}", kind(other)) }),
        None => problems
            .push(Problem { field: path, message: "is missing: say what a task does, such as {\"fetch\": {}}".into() }),
    }
    fields.finish(problems);
    Group { name, tasks, steps }
}

/// A kernel over "the body" needs a fetch before it.
fn check_body(step: &Step, before: &[Step], path: &str, problems: &mut Vec<Problem>) {
    let wants_body = matches!(step, Step::Compute(compute) if compute.input == Source::Body);
    if wants_body && !before.iter().any(|step| matches!(step, Step::Fetch(_))) {
        problems.push(Problem {
            field: format!("{path}.compute.input"),
            message: "is \"body\", but no fetch comes before it; put a fetch step first".into(),
        });
    }
}

fn read_step(value: &Value, path: &str, problems: &mut Vec<Problem>) -> Option<Step> {
    const STEPS: [&str; 3] = ["fetch", "compute", "bump"];
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

fn read_fetch(value: &Value, path: String, problems: &mut Vec<Problem>) -> Fetch {
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
        blocking: fields.take("blocking", default.blocking, problems, |v| {
            v.as_bool().ok_or_else(|| format!("should be true or false, not {}", kind(v)))
        }),
        timeout_ms: fields.take("timeout_ms", default.timeout_ms, problems, |v| whole32(v, 1, limits::MAX_TIMEOUT_MS)),
    };
    fields.finish(problems);
    fetch
}

fn read_compute(value: &Value, path: String, problems: &mut Vec<Problem>) -> Compute {
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
    let size = given.unwrap_or(about.default_size.min(most));
    // What is worked on decides whether the size is used at all: the bytes of a file or a body are as many as they are.
    if input == Source::Size && size > most {
        let message = format!(
            "should be a whole number from 1 to {most}, not {size} {} for {} with this spread",
            about.unit, about.id
        );
        problems.push(Problem { field: fields.at("size"), message });
    }
    fields.finish(problems);
    Compute { kernel, size, spread, input }
}

fn read_bump(value: &Value, path: String, problems: &mut Vec<Problem>) -> Bump {
    let default = Bump::default();
    let Some(mut fields) = Fields::of(value, path, problems) else { return default };
    let bump = Bump {
        times: fields.take("times", default.times, problems, |v| whole32(v, 1, limits::MAX_BUMPS)),
        guard: fields.take("guard", default.guard, problems, one_of::<Guard>),
    };
    fields.finish(problems);
    bump
}

fn read_lanes(fields: &mut Fields<'_>, default: Vec<Lane>, problems: &mut Vec<Problem>) -> Vec<Lane> {
    fields.known.push("lanes");
    let items = match fields.map.get("lanes") {
        None => return default,
        Some(Value::Array(items)) if !items.is_empty() => items,
        Some(other) => {
            let message =
                format!("should be a list of at least one lane such as \"browser/async\", not {}", kind(other));
            problems.push(Problem { field: "lanes".into(), message });
            return default;
        }
    };
    let mut lanes = Vec::new();
    for (i, item) in items.iter().enumerate() {
        let read = item
            .as_str()
            .ok_or_else(|| format!("should be a text such as \"browser/async\", not {}", kind(item)))
            .and_then(|text| text.parse::<Lane>().map_err(|error| error.to_string()));
        match read {
            Ok(lane) if lanes.contains(&lane) => {
                problems.push(Problem { field: format!("lanes[{i}]"), message: format!("{lane} is there already") });
            }
            Ok(lane) => lanes.push(lane),
            Err(message) => problems.push(Problem { field: format!("lanes[{i}]"), message }),
        }
    }
    lanes
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

fn name(value: &Value) -> Result<String, String> {
    let text = value.as_str().ok_or_else(|| format!("should be a text, not {}", kind(value)))?;
    let chars = text.chars().count();
    if chars > limits::MAX_NAME_CHARS {
        return Err(format!("has {chars} characters; the most is {}", limits::MAX_NAME_CHARS));
    }
    Ok(text.to_owned())
}

fn spread(value: &Value) -> Result<Spread, String> {
    one_of::<Spread>(value)
}

fn seed(value: &Value) -> Result<u64, String> {
    let read = match value {
        Value::String(text) => text.parse().ok(),
        other => other.as_u64(),
    };
    read.ok_or_else(|| {
        "should be a whole number from 0 to 18446744073709551615 (as a text in quotes if it is past 2^53)".into()
    })
}

/// A whole number in a range. A number such as `4.0` counts: JavaScript knows no other.
fn whole(value: &Value, least: u64, most: u64) -> Result<u64, String> {
    let wanted = || format!("should be a whole number from {least} to {most}");
    let number = match value {
        Value::Number(n) => {
            n.as_u64().or_else(|| n.as_f64().filter(|f| f.fract() == 0.0 && (0.0..1e15).contains(f)).map(|f| f as u64))
        }
        other => return Err(format!("{}, not {}", wanted(), kind(other))),
    };
    number.filter(|n| (least..=most).contains(n)).ok_or_else(|| format!("{}, not {value}", wanted()))
}

fn whole32(value: &Value, least: u64, most: u64) -> Result<u32, String> {
    whole(value, least, most).map(|n| u32::try_from(n).expect("every limit of this kind fits 32 bits"))
}

fn number(value: &Value, least: f64, most: f64) -> Result<f64, String> {
    let wanted = || format!("should be a number from {least} to {most}");
    let number = value.as_f64().ok_or_else(|| format!("{}, not {}", wanted(), kind(value)))?;
    if (least..=most).contains(&number) { Ok(number) } else { Err(format!("{}, not {value}", wanted())) }
}

/// One of an enum's names, with the nearest one named when there is none such.
fn one_of<T: FromStr + IntoEnumIterator + Into<&'static str>>(value: &Value) -> Result<T, String> {
    let names = || T::iter().map(Into::into).collect::<Vec<&'static str>>();
    let text = value.as_str().ok_or_else(|| format!("should be one of {}, not {}", names().join(", "), kind(value)))?;
    text.parse()
        .map_err(|_| format!("“{text}” is not one of {}{}", names().join(", "), nearest(text, names().into_iter())))
}

/// ` (did you mean X?)` where some name is near enough.
fn nearest(text: &str, names: impl Iterator<Item = &'static str>) -> String {
    names
        .map(|name| (strsim::damerau_levenshtein(text, name), name))
        .filter(|(distance, name)| *distance <= name.len().min(text.len()) / 2)
        .min()
        .map(|(_, name)| format!(" (did you mean {name}?)"))
        .unwrap_or_default()
}

/// What a JSON value is, in words.
fn kind(value: &Value) -> String {
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

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;
    use crate::scenario::Place;

    /// The problems of `json`, one a line.
    fn check(json: &str, expected: &Expect) {
        let lines = match Scenario::from_json(json) {
            Ok(_) => "valid".to_owned(),
            Err(problems) => problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"),
        };
        expected.assert_eq(&lines);
    }

    #[test]
    fn the_contract_is_read() {
        let scenario = Scenario::from_json(
            r#"{ "lanes_scenario": 1, "title": "fetch and parse",
                 "groups": [ { "name": "pages", "tasks": 200, "steps": [
                   { "fetch": { "from": "simulated", "latency_ms": 50, "spread": "heavy", "bytes": 2048 } },
                   { "compute": { "kernel": "primes", "size": 20000, "spread": "constant" } } ] } ],
                 "lanes": ["browser/async", "browser/threads"],
                 "workers": 4, "concurrency": 100, "chunk": "auto", "gil_switch_ms": 5,
                 "repeats": 3, "warmup": 1, "seed": 1 }"#,
        )
        .expect("valid");
        assert_eq!(scenario.tasks(), 200);
        assert_eq!(scenario.lanes.len(), 2);
        assert!(
            matches!(&scenario.groups[0].steps[1], Step::Compute(c) if c.spread == Spread::Even && c.size == 20_000)
        );
        assert_eq!(Scenario::from_json(&scenario.to_json()), Ok(scenario));
    }

    #[test]
    fn defaults_fill_what_is_left_out() {
        let scenario =
            Scenario::from_json(r#"{"lanes_scenario":1,"groups":[{"steps":[{"fetch":{}}]}]}"#).expect("valid");
        assert_eq!(scenario.tasks(), 1);
        assert_eq!(scenario.lanes.len(), 6);
        assert_eq!(scenario.groups[0].steps[0], Step::Fetch(Fetch::default()));
    }

    #[test]
    fn every_problem_is_named() {
        check(
            r#"{"lanes_scenario":1,"workers":0,"repeats":1.5,"sed":3,"lanes":["browser/async","browser/fibers","moon/async"],
                "groups":[{"tasks":1000000000,"steps":[{"compute":{"kernel":"prime"}},{"fetsh":{}},{"fetch":{"from":"ftp"}},
                {"compute":{"kernel":"pi","input":"file"}},{"bump":{"times":0}}]}]}"#,
            &expect![[r#"
                groups[0].tasks: should be a whole number from 1 to 1000000, not 1000000000
                groups[0].steps[0].compute.kernel: “prime” is not one of primes, mandelbrot, sha256, wordcount, matmul, sort, pi (did you mean primes?)
                groups[0].steps[1].fetsh: is not a step (did you mean fetch?); the steps are fetch, compute, bump
                groups[0].steps[2].fetch.from: should be "simulated", "server", "page" or a list of addresses
                groups[0].steps[3].compute.input: pi cannot work on bytes; choose one of sha256, wordcount, sort, or "size"
                groups[0].steps[4].bump.times: should be a whole number from 1 to 10000000, not 0
                lanes[1]: “fibers” is not a model; the models are sequential, async, threads, gil, processes, hybrid, and of Python interpreters and free-threads
                lanes[2]: “moon” is not a place; the places are browser, native, python, and versions such as python3.13
                workers: should be a whole number from 1 to 64, not 0
                repeats: should be a whole number from 1 to 100, not 1.5
                sed: is not a field here (did you mean seed?); the fields are lanes_scenario, title, groups, lanes, workers, concurrency, chunk, gil_switch_ms, deadline_s, repeats, warmup, seed"#]],
        );
    }

    #[test]
    fn shapes_are_named() {
        check("[1]", &expect![[r#"should be an object in braces, not a list"#]]);
        check(
            r#"{"lanes_scenario":1,"workers":2,"groups":[{"steps":[{"fetch":{"bytes":1,"bytes":2}}]}],"workers":3}"#,
            &expect![[r#"
                groups[0].steps[0].fetch.bytes: is there twice; keep the one that is meant
                workers: is there twice; keep the one that is meant"#]],
        );
        for valid in [
            r#"{"kernel":"wordcount","spread":"heavy","input":"file"}"#,
            r#"{"kernel":"wordcount","spread":"heavy","size":8388608,"input":"file"}"#,
            r#"{"kernel":"matmul","spread":"heavy"}"#,
        ] {
            check(
                &format!(r#"{{"lanes_scenario":1,"groups":[{{"steps":[{{"compute":{valid}}}]}}]}}"#),
                &expect![[r#"valid"#]],
            );
        }
        check("{", &expect![[r#"this is not JSON: EOF while parsing an object at line 1 column 1"#]]);
        check(
            r#"{"lanes_scenario":9,"groups":[]}"#,
            &expect![[r#"
                lanes_scenario: is version 9; this build reads up to version 1: open it with a newer Lanes
                groups: should hold 1 to 16 groups, not 0"#]],
        );
        check(
            r#"{"lanes_scenario":1,"groups":[{"steps":[{"compute":{"kernel":"wordcount","input":"body"}}]}]}"#,
            &expect![[
                r#"groups[0].steps[0].compute.input: is "body", but no fetch comes before it; put a fetch step first"#
            ]],
        );
        check(
            r#"{"lanes_scenario":1,"groups":[{"steps":[{"fetch":{"from":["https://a.example/","gopher://x"]}}]}]}"#,
            &expect![[
                r#"groups[0].steps[0].fetch.from: address 2 (“gopher://x”) should start with https:// or http:// and name a host"#
            ]],
        );
    }

    #[test]
    fn only_a_browser_has_a_page_to_ask() {
        let from = |from: &str| {
            let json = format!(r#"{{"lanes_scenario":1,"groups":[{{"steps":[{{"fetch":{{"from":"{from}"}}}}]}}]}}"#);
            Scenario::from_json(&json).expect("valid")
        };
        let page = from("page");
        assert_eq!(Scenario::from_json(&page.to_json()), Ok(page.clone()));
        for place in Place::ALL {
            assert_eq!(page.check_place(place).is_ok(), place == Place::Browser);
            assert_eq!(from("simulated").check_place(place), Ok(()));
        }
    }

    #[test]
    fn any_seed_is_taken() {
        for (text, seed) in [("0", 0), ("18446744073709551615", u64::MAX), ("\"18446744073709551615\"", u64::MAX)] {
            let json = format!(r#"{{"lanes_scenario":1,"seed":{text},"groups":[{{"steps":[{{"fetch":{{}}}}]}}]}}"#);
            assert_eq!(Scenario::from_json(&json).expect("valid").seed, seed);
        }
    }
}
