//! The functions that wait and compute: `fetch` and `compute`, or several of each.
//!
//! A value that is the same wherever a function is called stands in the function; one that differs is an argument.

use super::{
    form::Form,
    layout::{call, duration, float, signature, underscored},
    requests::{self, Again},
};
use crate::scenario::{Compute, Fetch, From, Kernel, Scenario, Source, Spread, Step};

/// The lists of addresses, by the names of their constants.
pub(super) type Urls = Vec<(String, Vec<String>)>;

/// Finds the lists of addresses.
pub(super) fn addresses(scenario: &Scenario) -> Urls {
    let mut lists: Vec<&Vec<String>> = Vec::new();
    for step in scenario.steps() {
        if let Step::Fetch(Fetch { from: From::Urls(urls), .. }) = step
            && !lists.contains(&urls)
        {
            lists.push(urls);
        }
    }
    let name = |index: usize| if lists.len() == 1 { "URLS".to_owned() } else { format!("URLS_{}", index + 1) };
    lists.iter().enumerate().map(|(index, urls)| (name(index), (*urls).clone())).collect()
}

/// What a function of the program does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Does {
    /// `fails`: there may be no answer; `keeps`: it is to keep an interpreter lock.
    Simulated {
        blocks: bool,
        fails: bool,
        keeps: bool,
    },
    Server {
        blocks: bool,
    },
    Urls {
        blocks: bool,
    },
    Compute(Kernel),
}

impl Does {
    /// What a step calls a function for, if it does.
    pub(super) fn of(step: &Step, form: &Form) -> Option<Self> {
        match step {
            Step::Fetch(fetch) => {
                let blocks = fetch.blocks() || !form.is_async;
                Some(match fetch.from {
                    // There is no program for a page (`NoProgram`).
                    From::Simulated | From::Page => {
                        Self::Simulated { blocks, fails: form.late || form.refused, keeps: fetch.keeps_lock }
                    }
                    From::Server => Self::Server { blocks },
                    From::Urls(_) => Self::Urls { blocks },
                })
            }
            Step::Compute(Compute { kernel, input: Source::Size, .. }) => Some(Self::Compute(*kernel)),
            // A call has no program in Rust (`NoProgram`).
            Step::Compute(_) | Step::Bump(_) | Step::Call(_) => None,
        }
    }

    pub(super) fn awaits(self) -> bool {
        matches!(
            self,
            Self::Simulated { blocks: false, .. } | Self::Server { blocks: false } | Self::Urls { blocks: false }
        )
    }

    pub(super) fn fails(self) -> bool {
        matches!(self, Self::Simulated { fails: true, .. } | Self::Server { .. } | Self::Urls { .. })
    }

    fn is_fetch(self) -> bool {
        !matches!(self, Self::Compute(_))
    }

    /// The name among functions of the same kind.
    fn long_name(self, form: &Form) -> String {
        let (name, blocks) = match self {
            Self::Simulated { blocks, keeps: false, .. } => ("fetch_simulated", blocks),
            Self::Simulated { keeps: true, .. } => return "fetch_keeping_lock".to_owned(),
            Self::Server { blocks } => ("fetch_server", blocks),
            Self::Urls { blocks } => ("fetch_url", blocks),
            Self::Compute(kernel) => return format!("compute_{kernel}"),
        };
        format!("{name}{}", if blocks && form.is_async { "_blocking" } else { "" })
    }
}

/// A value that a function works with: one for each step that calls it.
#[derive(Clone, Debug)]
struct Value {
    name: &'static str,
    kind: &'static str,
    literals: Vec<String>,
}

impl Value {
    fn is_shared(&self) -> bool {
        self.literals.windows(2).all(|pair| pair[0] == pair[1])
    }

    /// What the function's body says.
    fn said(&self) -> String {
        if self.is_shared() { self.literals[0].clone() } else { self.name.to_owned() }
    }
}

/// A function of the program and the steps that call it.
pub(super) struct Function {
    pub(super) does: Does,
    pub(super) name: String,
    /// What it is given first: the task's number, its place in its group, or nothing.
    pub(super) subject: Option<&'static str>,
    values: Vec<Value>,
    /// Some step has another spread than even.
    is_spread: bool,
    /// Group and step of the callers, in the order of the literals.
    pub(super) callers: Vec<(usize, usize)>,
}

/// The functions that the steps of a scenario need.
pub(super) fn functions(scenario: &Scenario, form: &Form, urls: &Urls) -> Vec<Function> {
    let mut found: Vec<(Does, Vec<(usize, usize)>)> = Vec::new();
    for (g, group) in scenario.groups.iter().enumerate() {
        for (s, step) in group.steps.iter().enumerate() {
            let Some(does) = Does::of(step, form) else { continue };
            match found.iter_mut().find(|(known, _)| *known == does) {
                Some((_, callers)) => callers.push((g, s)),
                None => found.push((does, vec![(g, s)])),
            }
        }
    }
    let alone = |does: Does| found.iter().filter(|(other, _)| other.is_fetch() == does.is_fetch()).count() == 1;
    let describe = |(does, callers): &(Does, Vec<(usize, usize)>)| {
        let name = match does {
            _ if !alone(*does) => does.long_name(form),
            Does::Compute(_) => "compute".to_owned(),
            _ => "fetch".to_owned(),
        };
        let steps: Vec<&Step> = callers.iter().map(|&(g, s)| &scenario.groups[g].steps[s]).collect();
        let is_spread = steps.iter().any(|step| spread(step) != Spread::Even);
        let subject = match does {
            Does::Urls { .. } if scenario.groups.len() > 1 => Some("place"),
            Does::Compute(kernel) if !is_spread && !takes_seed(*kernel) => None,
            _ => Some("number"),
        };
        let mut values = values(*does, &steps, callers, is_spread, urls, subject.is_some());
        if matches!(does, Does::Server { .. } | Does::Urls { .. }) || (form.late && does.is_fetch()) {
            values.push(timeout(&steps));
        }
        values.extend(again(&steps, form));
        Function { does: *does, name, subject, values, is_spread, callers: callers.clone() }
    };
    found.iter().map(describe).collect()
}

fn spread(step: &Step) -> Spread {
    match step {
        Step::Fetch(fetch) => fetch.spread,
        Step::Compute(compute) => compute.spread,
        Step::Bump(_) | Step::Call(_) => Spread::Even,
    }
}

/// The function of the program that deals this spread.
fn spread_name(spread: Spread) -> &'static str {
    match spread {
        Spread::Even => "even",
        Spread::Uniform => "uniform",
        Spread::Heavy => "heavy",
    }
}

fn takes_seed(kernel: Kernel) -> bool {
    kernel.code().on_generated.rust.contains("seed")
}

fn values(
    does: Does,
    steps: &[&Step],
    callers: &[(usize, usize)],
    is_spread: bool,
    urls: &Urls,
    is_seeded: bool,
) -> Vec<Value> {
    let value = |name, kind, of: &dyn Fn(&Step) -> String| Value {
        name,
        kind,
        literals: steps.iter().map(|step| of(step)).collect(),
    };
    let fetch = |step: &Step, of: &dyn Fn(&Fetch) -> String| match step {
        Step::Fetch(fetch) => of(fetch),
        Step::Compute(_) | Step::Bump(_) | Step::Call(_) => String::new(),
    };
    let size = |step: &Step| if let Step::Compute(compute) = step { compute.size } else { 0 };
    let number =
        || Value { name: "step", kind: "u64", literals: callers.iter().map(|(_, step)| step.to_string()).collect() };
    let spread = || value("spread", "Spread", &|step| spread_name(spread(step)).to_owned());
    let bytes = || {
        value("bytes", if matches!(does, Does::Server { .. }) { "u32" } else { "usize" }, &|step| {
            fetch(step, &|fetch| underscored(fetch.bytes.into()))
        })
    };
    let mut values = Vec::new();
    match does {
        Does::Urls { .. } => {
            values.push(value("urls", "&[&'static str]", &|step| {
                fetch(step, &|fetch| {
                    let From::Urls(list) = &fetch.from else { return String::new() };
                    urls.iter().find(|(_, known)| known == list).map(|(name, _)| name.clone()).unwrap_or_default()
                })
            }));
        }
        Does::Simulated { .. } | Does::Server { .. } => {
            values.push(number());
            let micros = |fetch: &Fetch| fetch.latency_ms * 1000.0;
            if is_spread {
                values.push(spread());
                values.push(value("latency_us", "f64", &|step| fetch(step, &|fetch| float(micros(fetch)))));
            } else if matches!(does, Does::Server { .. }) {
                let millis = |fetch: &Fetch| float((micros(fetch) + 0.5).floor() / 1000.0);
                values.push(value("latency_ms", "f64", &|step| fetch(step, &millis)));
            } else {
                let latency = |fetch: &Fetch| duration((micros(fetch) + 0.5).floor() as u64 * 1000);
                values.push(value("latency", "Duration", &|step| fetch(step, &latency)));
            }
            values.push(bytes());
        }
        Does::Compute(_) => {
            if is_seeded {
                values.push(number());
            }
            if is_spread {
                values.push(spread());
                values.push(value("mean", "f64", &|step| float(size(step) as f64)));
            } else {
                values.push(value("size", "u64", &|step| underscored(size(step))));
            }
        }
    }
    values
}

/// After how long each of these steps gives up.
fn timeout(steps: &[&Step]) -> Value {
    let of = |step: &&Step| if let Step::Fetch(fetch) = step { u64::from(fetch.timeout_ms) * 1_000_000 } else { 0 };
    Value { name: "timeout", kind: "Duration", literals: steps.iter().map(|step| duration(of(step))).collect() }
}

/// How often each of these steps asks again, and after how long, if some do.
fn again(steps: &[&Step], form: &Form) -> Vec<Value> {
    let retries = |step: &&Step| match step {
        Step::Fetch(fetch) if form.asks_again(fetch) => Some((fetch.retries, (fetch.backoff_ms * 1e6) as u64)),
        _ => None,
    };
    let Some((_, first_ns)) = steps.iter().find_map(retries) else { return Vec::new() };
    let all = || steps.iter().map(retries);
    let counts = all().map(|again| again.map_or(0, |(retries, _)| retries).to_string()).collect();
    let waits = all().map(|again| duration(again.map_or(first_ns, |(_, ns)| ns))).collect();
    vec![
        Value { name: "retries", kind: "u32", literals: counts },
        Value { name: "backoff", kind: "Duration", literals: waits },
    ]
}

impl Function {
    fn said(&self, name: &str) -> String {
        self.values.iter().find(|value| value.name == name).map(Value::said).unwrap_or_default()
    }

    /// The call from a step.
    pub(super) fn called(&self, caller: (usize, usize)) -> String {
        let index = self.callers.iter().position(|known| *known == caller).unwrap_or_default();
        let differing = self.values.iter().filter(|value| !value.is_shared());
        let argument =
            |value: &Value| format!("{}{}", if value.name == "urls" { "&" } else { "" }, value.literals[index]);
        let subject = self.subject.map(str::to_owned).into_iter();
        call(&self.name, &subject.chain(differing.map(argument)).collect::<Vec<_>>())
    }

    /// How it asks again, if it does.
    fn again(&self, form: &Form) -> Option<Again> {
        let retries = self.said("retries");
        (!retries.is_empty()).then(|| Again {
            retries,
            backoff: self.said("backoff"),
            attempt: if form.attempts { "attempt" } else { "" },
            beside_loop: form.is_async && !self.does.awaits(),
        })
    }

    /// Its text.
    pub(super) fn write(&self, form: &Form) -> String {
        let seed = self.said("step");
        let dealt = |mean: &str| format!("{}({}, nth(seed, 0))", self.said("spread"), self.said(mean));
        let mut body = String::new();
        let mut doc = Vec::new();
        let again = self.again(form);
        let late = form.late;
        match self.does {
            Does::Simulated { blocks, fails, keeps } => {
                doc.push(if form.limited {
                    "Asks the simulated server for an answer of this length after this time."
                } else {
                    "Waits as long as the network would, then makes the answer on the spot."
                });
                if keeps && !form.gil {
                    doc.push("It is to keep an interpreter's lock meanwhile: Rust has none.");
                }
                if blocks && form.is_async && !fails {
                    doc.push(blocking(form));
                }
                body += &format!("    let seed = seed_of(number, {seed});\n");
                let latency = match (self.is_spread, late || form.limited) {
                    (true, true) => format!("Duration::from_micros({})", dealt("latency_us")),
                    (true, false) => {
                        body += &format!("    let latency = {};\n", dealt("latency_us"));
                        "Duration::from_micros(latency)".to_owned()
                    }
                    (false, _) => self.said("latency"),
                };
                let (sleep, wait) = if blocks { ("thread::sleep", "") } else { ("sleep", ".await") };
                let made = format!("make_body(nth(seed, 1), {})", self.said("bytes"));
                if form.limited {
                    let bytes = self.said("bytes");
                    let timeout = late.then(|| self.said("timeout"));
                    let (awaits, is_async, attempts) = (!blocks, form.is_async, form.attempts);
                    let of = requests::Simulated { latency, bytes, timeout, awaits, is_async, attempts };
                    body += &requests::simulated(&of, again.as_ref());
                } else if late {
                    for (name, value) in [("latency", latency), ("timeout", self.said("timeout"))] {
                        // One that differs between the steps is an argument of this name.
                        if value != name {
                            body += &format!("    let {name} = {value};\n");
                        }
                    }
                    body +=
                        &format!("    {sleep}(latency.min(timeout)){wait};\n    check_in_time(latency, timeout)?;\n");
                    body += &format!("    Ok({made})\n");
                } else {
                    body += &format!("    {sleep}({latency}){wait};\n    {made}\n");
                }
            }
            Does::Server { blocks } => {
                doc.push("Asks the server of Lanes for an answer of this length after this time.");
                body += "    let base = env::var(\"LANES_SERVER\").context(\"LANES_SERVER\")?;\n";
                body += "    let token = env::var(\"LANES_TOKEN\").context(\"LANES_TOKEN\")?;\n";
                body += &format!("    let seed = seed_of(number, {seed});\n");
                if self.is_spread {
                    body += &format!("    let ms = {} as f64 / 1000.0;\n", dealt("latency_us"));
                } else {
                    body += &format!("    let ms = {};\n", self.said("latency_ms"));
                }
                body += &format!("    let (bytes, seed) = ({}, nth(seed, 1) >> 32);\n", self.said("bytes"));
                body += "    let url = format!(\"{base}api/body?ms={ms}&bytes={bytes}&seed={seed}\");\n";
                if form.restrained {
                    body += "    let url = url + LIMITS + &RUN;\n";
                }
                body += &requests::real("&url", !blocks, true, &self.said("timeout"), again.as_ref());
            }
            Does::Urls { blocks } => {
                doc.push("Asks the next of the addresses.");
                let (urls, subject) = (self.said("urls"), self.subject.unwrap_or_default());
                body += &format!("    let url = {urls}[{subject} as usize % {urls}.len()];\n");
                body += &requests::real("url", !blocks, false, &self.said("timeout"), again.as_ref());
            }
            Does::Compute(kernel) => {
                doc.push(match (self.is_spread, takes_seed(kernel)) {
                    (true, _) => "Every task has a size of its own.",
                    (false, true) => "Every task has data of its own.",
                    (false, false) => "The same for every task.",
                });
                if self.subject.is_some() {
                    body += &format!("    let seed = seed_of(number, {seed});\n");
                }
                let size = if self.is_spread {
                    body += &format!("    let size = {};\n", dealt("mean"));
                    "size".to_owned()
                } else {
                    self.said("size")
                };
                let call = kernel.code().on_generated.rust.replace("seed", "nth(seed, 1)").replace("size", &size);
                body += &format!("    {call}\n");
            }
        }
        if self.does.fails() && !self.does.awaits() && form.is_async {
            doc.push(blocking(form));
        }
        let result = match self.does {
            Does::Compute(_) => " -> u64",
            Does::Simulated { fails: false, .. } => " -> Vec<u8>",
            Does::Simulated { .. } | Does::Server { .. } | Does::Urls { .. } => " -> Result<Vec<u8>>",
        };
        let parameters: Vec<String> = self
            .subject
            .map(|subject| format!("{subject}: u32"))
            .into_iter()
            .chain(self.values.iter().filter(|value| !value.is_shared()).map(|v| format!("{}: {}", v.name, v.kind)))
            .collect();
        let head = format!("{}fn {}", if self.does.awaits() { "async " } else { "" }, self.name);
        let doc: String = doc.iter().map(|line| format!("/// {line}\n")).collect();
        doc + &signature(&head, &parameters, result) + &body + "}"
    }
}

/// What is said of a function that blocks although there is an event loop.
fn blocking(form: &Form) -> &'static str {
    if form.pool {
        "It blocks, so it is for the pool."
    } else {
        "It blocks, so the whole event loop stands still meanwhile."
    }
}
