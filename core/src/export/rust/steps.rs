//! What a scenario's tasks do, as sections of a program: `task`, and the functions it calls.
//!
//! A value that is the same wherever a function is called stands in the function; one that differs is an argument.

use std::collections::BTreeSet;

use super::{
    Form,
    layout::{call, fits, float, signature, snake, underscored},
};
use crate::{
    kernels::Kernel,
    scenario::{Bump, Compute, Fetch, From, Group, Guard, Scenario, Source, Spread, Step},
};

/// The sections that depend on the scenario.
pub(super) struct Steps {
    /// Their text.
    pub(super) text: String,
    /// The lists of addresses, by the names of their constants.
    pub(super) urls: Vec<(String, Vec<String>)>,
    /// What the functions that increment are called.
    pub(super) bump_names: Vec<(&'static str, String)>,
    /// The counter lies in a lock of its own.
    pub(super) mutex_counter: bool,
}

impl Steps {
    pub(super) fn write(scenario: &Scenario, form: &Form) -> Self {
        let urls = addresses(scenario);
        let guards: BTreeSet<&str> = scenario.steps().filter_map(|step| guard(step, form)).collect();
        let functions = functions(scenario, form, &urls);
        let writer = Writer { scenario, form, functions: &functions, guards: &guards };
        let mut text = writer.tasks();
        for function in &functions {
            text += &function.write(form);
        }
        let bump_names = ["none", "gil", "atomic", "lock"]
            .into_iter()
            .map(|kind| (bump_word(kind), bump_name(kind, &guards).to_owned()))
            .collect();
        Self { text, urls, bump_names, mutex_counter: guards.len() == 1 && guards.contains("lock") }
    }
}

fn addresses(scenario: &Scenario) -> Vec<(String, Vec<String>)> {
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

/// What guards the increments of a step, if it makes any: without an interpreter lock, a lock of their own.
fn guard(step: &Step, form: &Form) -> Option<&'static str> {
    let Step::Bump(bump) = step else { return None };
    Some(match bump.guard {
        Guard::None => "none",
        Guard::Gil if form.gil => "gil",
        Guard::Gil | Guard::Lock => "lock",
        Guard::Atomic => "atomic",
    })
}

fn bump_word(kind: &str) -> &'static str {
    match kind {
        "none" => "bump_none",
        "gil" => "bump_gil",
        "atomic" => "bump_atomic",
        _ => "bump_lock",
    }
}

fn bump_name(kind: &str, guards: &BTreeSet<&str>) -> &'static str {
    match kind {
        _ if guards.len() == 1 => "bump",
        "none" => "bump_unguarded",
        "gil" => "bump_with_gil",
        "atomic" => "bump_atomic",
        _ => "bump_locked",
    }
}

/// What a function of the program does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Does {
    Simulated { blocks: bool },
    Server { blocks: bool },
    Urls { blocks: bool },
    Compute(Kernel),
}

impl Does {
    /// What a step calls a function for, if it does.
    fn of(step: &Step, form: &Form) -> Option<Self> {
        match step {
            Step::Fetch(fetch) => {
                let blocks = fetch.blocking || !form.is_async;
                Some(match fetch.from {
                    From::Simulated => Self::Simulated { blocks },
                    From::Server => Self::Server { blocks },
                    From::Urls(_) => Self::Urls { blocks },
                })
            }
            Step::Compute(Compute { kernel, input: Source::Size, .. }) => Some(Self::Compute(*kernel)),
            Step::Compute(_) | Step::Bump(_) => None,
        }
    }

    fn awaits(self) -> bool {
        matches!(
            self,
            Self::Simulated { blocks: false } | Self::Server { blocks: false } | Self::Urls { blocks: false }
        )
    }

    fn fails(self) -> bool {
        matches!(self, Self::Server { .. } | Self::Urls { .. })
    }

    fn is_fetch(self) -> bool {
        !matches!(self, Self::Compute(_))
    }

    /// The name among functions of the same kind.
    fn long_name(self, form: &Form) -> String {
        let (name, blocks) = match self {
            Self::Simulated { blocks } => ("fetch_simulated", blocks),
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
struct Function {
    does: Does,
    name: String,
    /// What it is given first: the task's number, its place in its group, or nothing.
    subject: Option<&'static str>,
    values: Vec<Value>,
    /// Some step has another spread than even.
    is_spread: bool,
    /// Group and step of the callers, in the order of the literals.
    callers: Vec<(usize, usize)>,
}

fn functions(scenario: &Scenario, form: &Form, urls: &[(String, Vec<String>)]) -> Vec<Function> {
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
        let values = values(*does, &steps, callers, is_spread, urls, subject.is_some());
        Function { does: *does, name, subject, values, is_spread, callers: callers.clone() }
    };
    found.iter().map(describe).collect()
}

fn spread(step: &Step) -> Spread {
    match step {
        Step::Fetch(fetch) => fetch.spread,
        Step::Compute(compute) => compute.spread,
        Step::Bump(_) => Spread::Even,
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
    !matches!(kernel, Kernel::Primes | Kernel::Mandelbrot)
}

fn values(
    does: Does,
    steps: &[&Step],
    callers: &[(usize, usize)],
    is_spread: bool,
    urls: &[(String, Vec<String>)],
    is_seeded: bool,
) -> Vec<Value> {
    let value = |name, kind, of: &dyn Fn(&Step) -> String| Value {
        name,
        kind,
        literals: steps.iter().map(|step| of(step)).collect(),
    };
    let fetch = |step: &Step, of: &dyn Fn(&Fetch) -> String| match step {
        Step::Fetch(fetch) => of(fetch),
        Step::Compute(_) | Step::Bump(_) => String::new(),
    };
    let size = |step: &Step| if let Step::Compute(compute) = step { compute.size } else { 0 };
    let number =
        || Value { name: "step", kind: "u64", literals: callers.iter().map(|(_, step)| step.to_string()).collect() };
    let spread = || value("spread", "Spread", &|step| spread_name(spread(step)).to_owned());
    let timeout =
        || value("timeout", "Duration", &|step| fetch(step, &|fetch| duration(u64::from(fetch.timeout_ms) * 1000)));
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
            values.push(timeout());
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
                let latency = |fetch: &Fetch| duration((micros(fetch) + 0.5).floor() as u64);
                values.push(value("latency", "Duration", &|step| fetch(step, &latency)));
            }
            values.push(bytes());
            if matches!(does, Does::Server { .. }) {
                values.push(timeout());
            }
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

/// So many microseconds as a literal of type `Duration`.
fn duration(micros: u64) -> String {
    if micros.is_multiple_of(1_000_000) {
        format!("Duration::from_secs({})", underscored(micros / 1_000_000))
    } else if micros.is_multiple_of(1000) {
        format!("Duration::from_millis({})", underscored(micros / 1000))
    } else {
        format!("Duration::from_micros({})", underscored(micros))
    }
}

impl Function {
    fn said(&self, name: &str) -> String {
        self.values.iter().find(|value| value.name == name).map(Value::said).unwrap_or_default()
    }

    /// The call from a step.
    fn called(&self, caller: (usize, usize)) -> String {
        let index = self.callers.iter().position(|known| *known == caller).unwrap_or_default();
        let differing = self.values.iter().filter(|value| !value.is_shared());
        let argument =
            |value: &Value| format!("{}{}", if value.name == "urls" { "&" } else { "" }, value.literals[index]);
        let subject = self.subject.map(str::to_owned).into_iter();
        call(&self.name, &subject.chain(differing.map(argument)).collect::<Vec<_>>())
    }

    /// Its section.
    fn write(&self, form: &Form) -> String {
        let mut section = format!("//// {}\n", self.name);
        let mut directive = |text: &str| section += &format!("//// {text}\n");
        let words: BTreeSet<&String> =
            self.values.iter().filter(|value| value.name == "spread").flat_map(|value| &value.literals).collect();
        for spread in [Spread::Even, Spread::Uniform, Spread::Heavy].map(spread_name) {
            if words.iter().any(|word| *word == spread) {
                directive(&format!("calls {spread}"));
            }
        }
        if self.values.iter().any(|value| value.kind == "Duration") || matches!(self.does, Does::Simulated { .. }) {
            directive("use std::time::Duration");
        }
        let seed = self.said("step");
        let dealt = |mean: &str| format!("{}({}, nth(seed, 0))", self.said("spread"), self.said(mean));
        let mut body = String::new();
        let mut doc = Vec::new();
        match self.does {
            Does::Simulated { blocks } => {
                directive("calls seed, nth, body");
                directive(if blocks { "use std::thread" } else { "use tokio::time::sleep" });
                if !blocks {
                    directive("crate tokio time");
                }
                doc.push("Waits as long as the network would, then makes the answer on the spot.");
                if blocks && form.is_async {
                    doc.push("It blocks, so the whole event loop stands still meanwhile.");
                }
                body += &format!("    let seed = seed_of(number, {seed});\n");
                let latency = if self.is_spread {
                    body += &format!("    let latency = {};\n", dealt("latency_us"));
                    "Duration::from_micros(latency)".to_owned()
                } else {
                    self.said("latency")
                };
                let sleep = if blocks { "thread::sleep" } else { "sleep" };
                body += &format!("    {sleep}({latency}){};\n", if blocks { "" } else { ".await" });
                body += &format!("    make_body(nth(seed, 1), {})\n", self.said("bytes"));
            }
            Does::Server { blocks } => {
                directive("calls seed, nth");
                directive("use std::env");
                directive("use anyhow::Context");
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
                body += &request("&url", blocks, true, &self.said("timeout"));
            }
            Does::Urls { blocks } => {
                if blocks {
                    directive("use anyhow::Context");
                }
                doc.push("Asks the next of the addresses.");
                let (urls, subject) = (self.said("urls"), self.subject.unwrap_or_default());
                body += &format!("    let url = {urls}[{subject} as usize % {urls}.len()];\n");
                body += &request("url", blocks, false, &self.said("timeout"));
            }
            Does::Compute(kernel) => {
                doc.push(match (self.is_spread, takes_seed(kernel)) {
                    (true, _) => "Every task has a size of its own.",
                    (false, true) => "Every task has data of its own.",
                    (false, false) => "The same for every task.",
                });
                if self.subject.is_some() {
                    directive("calls seed, nth");
                    body += &format!("    let seed = seed_of(number, {seed});\n");
                }
                let size = if self.is_spread {
                    body += &format!("    let size = {};\n", dealt("mean"));
                    "size".to_owned()
                } else {
                    self.said("size")
                };
                let (calls, call) = kernel_call(kernel, &size);
                directive(&format!("calls {calls}"));
                body += &format!("    {call}\n");
            }
        }
        if self.does.fails() {
            directive("crate anyhow");
            directive("use anyhow::Result");
            directive(if self.does.awaits() { "calls client" } else { "calls agent" });
            if self.does.is_fetch() && !self.does.awaits() && form.is_async {
                doc.push("It blocks, so the whole event loop stands still meanwhile.");
            }
        }
        let result = match self.does {
            Does::Compute(_) => " -> u64",
            Does::Simulated { .. } => " -> Vec<u8>",
            Does::Server { .. } | Does::Urls { .. } => " -> Result<Vec<u8>>",
        };
        let parameters: Vec<String> = self
            .subject
            .map(|subject| format!("{subject}: u32"))
            .into_iter()
            .chain(self.values.iter().filter(|value| !value.is_shared()).map(|v| format!("{}: {}", v.name, v.kind)))
            .collect();
        let head = format!("{}fn {}", if self.does.awaits() { "async " } else { "" }, self.name);
        for line in doc {
            section += &format!("/// {line}\n");
        }
        section + &signature(&head, &parameters, result) + &body + "}\n"
    }
}

/// Makes a request and takes the body of its answer.
fn request(url: &str, blocks: bool, bears_token: bool, timeout: &str) -> String {
    if blocks {
        let header = if bears_token { "        .header(\"Authorization\", format!(\"Bearer {token}\"))\n" } else { "" };
        return format!(
            "    let request = AGENT
        .get({url})
{header}        .config()
        .timeout_global(Some({timeout}))
        .build();
    let mut answer = request.call().context(url)?;
    let body = answer.body_mut().with_config().limit(u64::MAX);
    Ok(body.read_to_vec()?)\n"
        );
    }
    let url = url.trim_start_matches('&');
    let token = if bears_token { "    let request = request.bearer_auth(token);\n" } else { "" };
    format!(
        "    let request = CLIENT.get({url}).timeout({timeout});
{token}    let answer = request.send().await?.error_for_status()?;
    Ok(answer.bytes().await?.into())\n"
    )
}

/// The sections of a kernel over data made from the seed, and its call.
fn kernel_call(kernel: Kernel, size: &str) -> (&'static str, String) {
    match kernel {
        Kernel::Primes => ("primes", format!("primes({size})")),
        Kernel::Mandelbrot => ("mandelbrot", format!("mandelbrot({size})")),
        Kernel::Sha256 => ("sha256-blocks", format!("sha256_blocks({size}, nth(seed, 1))")),
        Kernel::Wordcount => ("wordcount, text", format!("wordcount(&make_text({size}, nth(seed, 1)))")),
        Kernel::Matmul => ("matmul", format!("matmul({size}, nth(seed, 1))")),
        Kernel::Sort => ("sort, numbers", format!("sort(make_numbers({size}, nth(seed, 1)))")),
        Kernel::Pi => ("pi", format!("pi({size}, nth(seed, 1))")),
    }
}

/// The sections of a kernel over bytes, and its call.
fn kernel_over(kernel: Kernel, bytes: &str) -> (&'static str, String) {
    match kernel {
        Kernel::Sha256 => ("sha256", format!("sha256(&{bytes})")),
        Kernel::Sort => ("sort, numbers-in", format!("sort(numbers_in(&{bytes}))")),
        // No other takes bytes, and no valid scenario asks it to.
        _ => ("wordcount", format!("wordcount(&{bytes})")),
    }
}

/// Writes the tasks themselves.
struct Writer<'a> {
    scenario: &'a Scenario,
    form: &'a Form,
    functions: &'a [Function],
    guards: &'a BTreeSet<&'a str>,
}

impl Writer<'_> {
    fn tasks(&self) -> String {
        let groups = &self.scenario.groups;
        if let [group] = &groups[..] {
            return self.task(0, group, "task");
        }
        let mut names: Vec<String> = Vec::new();
        for (index, group) in groups.iter().enumerate() {
            let name = snake(&group.name);
            let name = format!("task_{}", if name.is_empty() { index.to_string() } else { name });
            names.push(if names.contains(&name) { format!("{name}_{index}") } else { name });
        }
        let mut dispatcher = format!("//// task\n//// calls order, {}\n", names.join(", "));
        if self.form.fails {
            dispatcher += "//// use anyhow::Result\n//// crate anyhow\n";
        }
        dispatcher += "/// Does a task of whatever group it belongs to.\n";
        dispatcher += &format!(
            "{}fn task(number: u32) -> {} {{\n    match ORDER[number as usize] {{\n",
            if self.form.is_async { "async " } else { "" },
            if self.form.fails { "Result<u64>" } else { "u64" }
        );
        let mut text = String::new();
        for (index, (group, name)) in groups.iter().zip(&names).enumerate() {
            let takes_place = self.takes_place(index, group);
            let pattern = match (index + 1 == groups.len(), takes_place) {
                (true, false) => "_".to_owned(),
                (true, true) => "(_, place)".to_owned(),
                (false, true) => format!("({index}, place)"),
                (false, false) => format!("({index}, _)"),
            };
            let call = format!(
                "{name}(number{}){}",
                if takes_place { ", place" } else { "" },
                if self.awaits(group) { ".await" } else { "" }
            );
            let call = if self.form.fails && !self.fails(group) { format!("Ok({call})") } else { call };
            dispatcher += &format!("        {pattern} => {call},\n");
            text += &self.task(index, group, name);
        }
        dispatcher + "    }\n}\n" + &text
    }

    fn fails(&self, group: &Group) -> bool {
        group.steps.iter().filter_map(|step| Does::of(step, self.form)).any(Does::fails)
    }

    /// Whether its tasks wait on the event loop.
    fn awaits(&self, group: &Group) -> bool {
        let reads = group.steps.iter().any(|step| matches!(step, Step::Compute(c) if c.input == Source::File));
        let works = group.steps.iter().any(|step| !matches!(step, Step::Fetch(_)));
        let waits = group.steps.iter().filter_map(|step| Does::of(step, self.form)).any(Does::awaits);
        self.form.is_async && (waits || reads || (works && self.form.pool))
    }

    /// Whether its tasks are told their number within the group.
    fn takes_place(&self, index: usize, group: &Group) -> bool {
        let reads = group.steps.iter().any(|step| matches!(step, Step::Compute(c) if c.input == Source::File));
        let is_given = |function: &&Function| {
            function.subject == Some("place") && function.callers.iter().any(|(caller, _)| *caller == index)
        };
        reads || self.functions.iter().any(|function| is_given(&function))
    }

    fn task(&self, index: usize, group: &Group, name: &str) -> String {
        let (form, several) = (self.form, self.scenario.groups.len() > 1);
        let fails = self.fails(group);
        let is_async = if several { self.awaits(group) } else { form.is_async };
        let mut section = format!("//// {name}\n//// calls mix, add-step\n");
        let mut body = Body { lines: String::new(), folds: 0, last: group.steps.len(), fails };
        // The variable with the bytes that kernels work on, and whether they are the file's.
        let (mut bytes, mut has_file) = ("body", false);
        for (s, step) in group.steps.iter().enumerate() {
            let called = Does::of(step, form)
                .and_then(|does| self.functions.iter().find(|function| function.does == does))
                .map(|function| (function, function.called((index, s))));
            if let Some((function, _)) = &called {
                section += &format!("//// calls {}\n", function.name);
            }
            match (step, called) {
                (Step::Fetch(_), Some((function, call))) => {
                    (bytes, has_file) = ("body", false);
                    section += "//// crate crc32fast\n";
                    body.line(&format!(
                        "let body = {call}{}{};",
                        if function.does.awaits() { ".await" } else { "" },
                        if function.does.fails() { "?" } else { "" }
                    ));
                    body.fold("crc32fast::hash(&body).into()");
                }
                (Step::Compute(compute), called) => {
                    if compute.input == Source::File && !has_file {
                        (bytes, has_file) = ("share", true);
                        section += "//// calls read\n";
                        section += &self.read(&mut body, group, several);
                    }
                    let call = match called {
                        Some((_, call)) => call,
                        None => {
                            let is_last = !group.steps[s + 1..].iter().any(|step| self.reuses(step));
                            let given = if form.pool && !is_last {
                                body.line(&format!("let copy = {bytes}.clone();"));
                                "copy"
                            } else {
                                bytes
                            };
                            let (calls, call) = kernel_over(compute.kernel, given);
                            section += &format!("//// calls {calls}\n");
                            call
                        }
                    };
                    let takes_gil = form.gil && !compute.kernel.about().releases_gil;
                    match self.wrapped(&call, takes_gil) {
                        Some(wrapped) => {
                            body.line(&format!("let answer = {wrapped};"));
                            body.fold("answer");
                        }
                        None if fits(&format!("digest, {call}")) => body.fold(&call),
                        None => {
                            body.line(&format!("let answer = {call};"));
                            body.fold("answer");
                        }
                    }
                }
                (Step::Bump(Bump { times, .. }), _) => {
                    let kind = guard(step, form).unwrap_or_default();
                    let mutex = self.guards.len() == 1 && kind == "lock";
                    section += match (kind, mutex) {
                        ("none", _) => "//// calls counter-atomic, bump-none\n",
                        ("gil", _) => "//// calls counter-atomic, bump-gil\n",
                        ("atomic", _) => "//// calls counter-atomic, bump-atomic\n",
                        (_, true) => "//// calls counter-mutex, bump-mutex\n",
                        _ => "//// calls counter-atomic, bump-lock\n",
                    };
                    let call = format!("{}({})", bump_name(kind, self.guards), underscored((*times).into()));
                    body.line(&format!("{};", self.wrapped(&call, form.gil).unwrap_or(call)));
                    body.fold("0");
                }
                (Step::Fetch(_), None) => {}
            }
        }
        if fails {
            section += "//// use anyhow::Result\n//// crate anyhow\n";
        }
        let place = (several && self.takes_place(index, group)).then(|| "place: u32".to_owned());
        let parameters: Vec<String> = ["number: u32".to_owned()].into_iter().chain(place).collect();
        section += if several { "" } else { "/// Does a task and returns its digest.\n" };
        let head = format!("{}fn {name}", if is_async { "async " } else { "" });
        section += &signature(&head, &parameters, if fails { " -> Result<u64>" } else { " -> u64" });
        let binding = if body.folds > 1 { "let mut digest" } else { "let digest" };
        section + &format!("    {binding} = mix(u64::from(number) + 1);\n{}}}\n", body.lines)
    }

    /// Whether a step works on the bytes that are there before it. (After a fetch they are others, under the same
    /// name; a copy too many does no harm.)
    fn reuses(&self, step: &Step) -> bool {
        matches!(step, Step::Compute(compute) if compute.input != Source::Size)
    }

    /// Work as this model does it, where that is not just calling it.
    fn wrapped(&self, call: &str, takes_gil: bool) -> Option<String> {
        if self.form.pool {
            Some(format!("in_pool(move || {call}).await"))
        } else if takes_gil {
            Some(format!("with_gil(|| {call})"))
        } else {
            None
        }
    }

    /// Reads the share of a file; returns directives.
    fn read(&self, body: &mut Body, group: &Group, several: bool) -> String {
        let share = if several {
            format!("read_share(place, {})", underscored(group.tasks.into()))
        } else {
            "read_share(number, TASKS)".to_owned()
        };
        if self.form.is_async {
            // Files cannot be awaited: tokio keeps threads for what blocks.
            body.line(&format!("let share = spawn_blocking(move || {share}).await;"));
            body.line("let share = share.expect(\"reading does not panic\");");
            body.line("let share = share.expect(\"the file can be read\");");
            return "//// use tokio::task::spawn_blocking\n//// crate tokio rt\n".into();
        }
        body.line(&format!("let share = {share}.expect(\"the file can be read\");"));
        String::new()
    }
}

/// The lines of a task as they are written.
struct Body {
    lines: String,
    folds: usize,
    /// How many times it will fold.
    last: usize,
    fails: bool,
}

impl Body {
    fn line(&mut self, line: &str) {
        self.lines += &format!("    {line}\n");
    }

    /// Takes the digest of a step in; the last one is what the task returns.
    fn fold(&mut self, step: &str) {
        self.folds += 1;
        let line = match (self.folds == self.last, self.fails) {
            (false, _) => format!("digest = add_step(digest, {step});"),
            (true, false) => format!("add_step(digest, {step})"),
            (true, true) => format!("Ok(add_step(digest, {step}))"),
        };
        self.line(&line);
    }
}
