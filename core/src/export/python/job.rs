//! What a task does: `task()`, written for the scenario, and what the parts have to be called and filled with.

use std::collections::BTreeSet;

use super::{
    super::parts::Facts,
    body::Body,
    layout::{self, call, seconds},
    payload,
};
use crate::scenario::{Bump, Compute, Fetch, From, Group, Guard, Scenario, Setup, Source, Spread, Step};

/// The scenario's own functions.
#[derive(Debug)]
pub(super) struct Job {
    /// `task()`, and a function for each group where there are several.
    pub functions: Vec<String>,
    /// Functions of the parts that go by another name here: the only way to fetch is `fetch` itself, on threads beside
    /// an event loop `fetch_blocking`.
    pub renamed: Vec<(&'static str, String)>,
    /// Words in the parts and what they stand for.
    pub words: Vec<(&'static str, String)>,
    /// Constants: the addresses to be fetched.
    pub addresses: Vec<String>,
    /// Whether there are several ways to fetch, so that `fetch` only calls them.
    pub has_sources: bool,
    /// The same of those that threads beside an event loop make.
    pub has_blocking_sources: bool,
    /// Whether there are several kernels, so that `compute` only calls them.
    pub has_kernels: bool,
    /// The step of the first simulated answer.
    pub first_simulated: usize,
}

impl Job {
    /// The job of a scenario.
    pub fn of(scenario: &Scenario, facts: &Facts) -> Self {
        let of = |on_thread: bool| -> BTreeSet<_> {
            let fetches = fetches(scenario).filter(|(.., fetch)| is_on_thread(fetch, facts) == on_thread);
            fetches.map(|(.., fetch)| source(fetch, facts)).collect()
        };
        let (sources, blocking_sources) = (of(false), of(true));
        let kernels: BTreeSet<_> = computes(scenario).map(kernel).map(|kernel| kernel.function).collect();
        // What a worker sets up with is called by its own name.
        let has_kernels = kernels.len() > 1 || !kernels.is_empty() && matches!(scenario.setup, Some(Setup::Compute(_)));
        let timeout = fetches(scenario).find(|(.., fetch)| fetch.from != From::Simulated);
        let asks_again = facts.has("retries");
        let mut renamed = Vec::new();
        if sources.len() == 1 && !asks_again {
            renamed.extend(sources.iter().map(|only| (*only, "fetch(".to_owned())));
        }
        if blocking_sources.len() == 1 && !asks_again {
            renamed.extend(blocking_sources.iter().map(|only| (*only, "fetch_blocking(".to_owned())));
        }
        if kernels.len() == 1 && !has_kernels {
            renamed.extend(kernels.iter().map(|only| (*only, "compute(number, ".to_owned())));
        }
        let mut writer = Writer {
            facts,
            has_sources: sources.len() > 1 || asks_again,
            has_blocking_sources: blocking_sources.len() > 1 || asks_again,
            has_kernels,
            timeout_ms: timeout.map_or(0, |(.., fetch)| fetch.timeout_ms),
            addresses: Vec::new(),
            explained: false,
        };
        let mut functions = writer.functions(scenario);
        functions.extend(facts.has("takes").then(|| payload::make_input(scenario)));
        let words = vec![
            ("TIMEOUT", seconds(writer.timeout_ms.into())),
            ("STEP", simulated(scenario).next().map_or(0, |(_, step, _)| step).to_string()),
            ("LENGTH", layout::number(simulated(scenario).next().map_or(0, |(.., fetch)| fetch.bytes.into()))),
            ("ANSWERS", answers(scenario, facts)),
            ("MAKE", payload::maker(scenario)),
            ("GROUP", if writer.wants_places(scenario) { "PLACES[number][0]" } else { "GROUP[number]" }.into()),
        ];
        Self {
            functions,
            renamed,
            words,
            addresses: writer.addresses,
            has_sources: sources.len() > 1,
            has_blocking_sources: blocking_sources.len() > 1,
            has_kernels,
            first_simulated: simulated(scenario).next().map_or(0, |(_, step, _)| step),
        }
    }
}

/// Every fetch with the numbers of its group and step.
fn fetches(scenario: &Scenario) -> impl Iterator<Item = (usize, usize, &Fetch)> {
    scenario.groups.iter().enumerate().flat_map(|(g, group)| {
        group.steps.iter().enumerate().filter_map(move |(s, step)| match step {
            Step::Fetch(fetch) => Some((g, s, fetch)),
            _ => None,
        })
    })
}

fn simulated(scenario: &Scenario) -> impl Iterator<Item = (usize, usize, &Fetch)> {
    fetches(scenario).filter(|(.., fetch)| fetch.from == From::Simulated)
}

fn computes(scenario: &Scenario) -> impl Iterator<Item = &Compute> {
    scenario.steps().filter_map(|step| if let Step::Compute(compute) = step { Some(compute) } else { None })
}

/// The simulated answers to be made, as a list of (group, step, length), or of (step, length) if there is one group.
fn answers(scenario: &Scenario, facts: &Facts) -> String {
    let answers = simulated(scenario).map(|(group, step, fetch)| {
        let bytes = layout::number(fetch.bytes.into());
        if facts.has("grouped") { format!("({group}, {step}, {bytes})") } else { format!("({step}, {bytes})") }
    });
    let answers: Vec<_> = answers.collect();
    let (one_line, lines) = (answers.join(", "), answers.join(",\n        "));
    if one_line.len() <= 40 { format!("[{one_line}]") } else { format!("[\n        {lines},\n    ]") }
}

/// Whether a step computes under the lock for a share that it has been told. In CPython that is for hashes, which can let
/// go of it; Python code cannot.
pub(super) fn has_share(step: &Step) -> bool {
    let Step::Compute(compute) = step else { return false };
    let own = compute.kernel.about().own_lock_share();
    compute.kernel.about().releases_gil && (compute.python_lock_share() - own).abs() > 0.0
}

/// The function that makes such a fetch.
fn source(fetch: &Fetch, facts: &Facts) -> &'static str {
    match (&fetch.from, fetch.blocks() && facts.has("loop")) {
        _ if fetch.keeps_lock => "simulated_holding",
        (From::Simulated, false) => "simulated",
        (From::Simulated, true) => "simulated_blocking",
        (_, false) => "download",
        (_, true) => "download_blocking",
    }
}

/// Whether a thread beside the event loop makes such a fetch.
fn is_on_thread(fetch: &Fetch, facts: &Facts) -> bool {
    fetch.blocks() && facts.has("hybrid")
}

/// How a kernel is called.
pub(super) struct Call {
    pub(super) function: &'static str,
    /// What its size is called.
    size: &'static str,
    /// What comes out is called.
    result: &'static str,
    pub(super) has_seed: bool,
}

/// As the kernel says: `result = function(size, seed)`.
pub(super) fn kernel(compute: &Compute) -> Call {
    let code = compute.kernel.code();
    let on_bytes = code.on_bytes.filter(|_| compute.input != Source::Size);
    let statement = on_bytes.unwrap_or(code.on_generated).python;
    let (result, call) = statement.split_once(" = ").unwrap_or(("result", statement));
    let (function, arguments) = call.trim_end_matches(')').split_once('(').unwrap_or((call, ""));
    let (size, has_seed) = arguments.split_once(", ").map_or((arguments, false), |(size, _)| (size, true));
    Call { function, size, result, has_seed }
}

/// Writes the functions of the tasks.
struct Writer<'a> {
    facts: &'a Facts,
    has_sources: bool,
    has_blocking_sources: bool,
    has_kernels: bool,
    /// The time-out that goes without saying.
    timeout_ms: u32,
    addresses: Vec<String>,
    /// Whether it has been said why the loop stands still.
    explained: bool,
}

impl Writer<'_> {
    fn def(&self) -> &'static str {
        if self.facts.has("loop") { "async def" } else { "def" }
    }

    /// Whether some task must know its number within its group.
    fn wants_places(&self, scenario: &Scenario) -> bool {
        let many = fetches(scenario).any(|(.., fetch)| matches!(&fetch.from, From::Urls(urls) if urls.len() > 1));
        self.facts.has("grouped") && (many || self.facts.has("file"))
    }

    fn functions(&mut self, scenario: &Scenario) -> Vec<String> {
        let def = self.def();
        if let [only] = scenario.groups.as_slice() {
            let data = if self.facts.has("takes") { ", data" } else { "" };
            let returns = if self.facts.has("gives") { "its digest and what it gives back" } else { "its digest" };
            let head = format!("{def} task(number{data}):\n    \"\"\"Does one task and returns {returns}.\"\"\"");
            return vec![self.function(&head, only, "number")];
        }
        let wait = if self.facts.has("loop") { "await " } else { "" };
        let places = self.wants_places(scenario);
        let names = function_names(&scenario.groups);
        let (find, extra) =
            if places { ("group, place = PLACES[number]", ", place") } else { ("group = GROUP[number]", "") };
        let data = if self.facts.has("takes") { ", data" } else { "" };
        let all = names.join(", ");
        let one_line = format!("    steps = ({all})[group]");
        let choice = if one_line.len() <= layout::WIDTH {
            one_line
        } else {
            format!("    steps = (\n        {},\n    )[group]", names.join(",\n        "))
        };
        let task = format!(
            "{def} task(number{data}):\n    \"\"\"Does one task, of whichever group, and returns its digest.\"\"\"\n    \
             {find}\n{choice}\n    return {wait}steps(number{extra}{data})"
        );
        let mut functions = vec![task];
        for (group, name) in scenario.groups.iter().zip(&names) {
            let head = format!("{def} {name}(number{extra}{data}):");
            functions.push(self.function(&head, group, "place"));
        }
        functions
    }

    fn function(&mut self, head: &str, group: &Group, place: &str) -> String {
        let mut body = Body::default();
        let mut digests = vec!["number".to_owned()];
        let mut given = payload::unpack(&mut body, group).into_iter();
        let mut outputs = Vec::new();
        if group.memory_bytes() > 0 {
            let size = layout::number(group.memory_bytes() as u64);
            body.lines.push(format!("    memory = hold(number, {size})  # until the task has ended"));
        }
        for (index, step) in group.steps.iter().enumerate() {
            digests.push(match step {
                Step::Fetch(fetch) => self.fetch(&mut body, fetch, index, place),
                Step::Compute(compute) => self.compute(&mut body, compute, index, place, group.tasks),
                Step::Bump(bump) => self.bump(&mut body, bump),
                // Its program is another one (`call.rs`).
                Step::Call(_) => continue,
            });
            let Step::Compute(compute) = step else { continue };
            if compute.bytes_in > 0 {
                digests.extend(given.next().map(|data| format!("stamp({data})")));
            }
            if compute.bytes_out > 0 {
                outputs.push(self.output(&mut body, compute, index));
            }
        }
        if self.facts.has("gives") {
            let output = payload::outputs(&outputs, self.facts.has("several"));
            body.lines.push(call("    proof = ", "digest", &digests));
            body.lines.push(format!("    return proof, {output}"));
        } else {
            body.lines.push(call("    return ", "digest", &digests));
        }
        format!("{head}\n{}", body.lines.join("\n"))
    }

    fn fetch(&mut self, body: &mut Body, fetch: &Fetch, index: usize, place: &str) -> String {
        let is_on_thread = is_on_thread(fetch, self.facts);
        let mut arguments = vec!["number".to_owned()];
        if if is_on_thread { self.has_blocking_sources } else { self.has_sources } {
            arguments.push(source(fetch, self.facts).to_owned());
        }
        match &fetch.from {
            // There is no program for a page (`NoProgram`).
            From::Simulated | From::Page => {
                if self.facts.has("many") {
                    arguments.push(index.to_string());
                }
                arguments.push(dealt(fetch.spread, index, &seconds(fetch.latency_ms)));
                if self.facts.has("late") {
                    arguments.push(layout::number(fetch.timeout_ms.into()));
                }
            }
            From::Server => {
                let ms = dealt(fetch.spread, index, &layout::decimal(fetch.latency_ms));
                let bytes = layout::number(fetch.bytes.into());
                let url = body.name("url");
                let of = [ms, bytes, format!("random_bits(number, {index}) >> 32")];
                body.lines.push(call(&format!("    {url} = "), "body_url", &of));
                arguments.push(url);
            }
            From::Urls(urls) => arguments.push(self.address(urls, place)),
        }
        if fetch.from != From::Simulated && fetch.timeout_ms != self.timeout_ms {
            arguments.push(seconds(fetch.timeout_ms.into()));
        }
        if fetch.retries > 0 {
            arguments.push(format!("retries={}", fetch.retries));
            arguments.push(format!("backoff={}", seconds(fetch.backoff_ms)));
        }
        let wait = if self.facts.has("loop") { "await " } else { "" };
        let fetched = body.name("body");
        let before = format!("    {fetched} = {wait}");
        body.lines.push(if is_on_thread {
            arguments.insert(0, "fetch_blocking".to_owned());
            call(&before, "asyncio.to_thread", &arguments)
        } else {
            let blocks = fetch.blocking && self.facts.has("loop") && self.facts.has("retries");
            call(&before, if blocks { "fetch_blocking" } else { "fetch" }, &arguments)
        });
        body.fetched = Some(fetched.clone());
        format!("zlib.crc32({fetched})")
    }

    /// What names one of these addresses, which become a constant.
    fn address(&mut self, urls: &[String], place: &str) -> String {
        let number = self.addresses.len() + 1;
        let name = |name: &str| if number == 1 { name.to_owned() } else { format!("{name}_{number}") };
        match urls {
            [only] => {
                let name = name("URL");
                self.addresses.push(format!("{name} = {}", layout::text(only)));
                name
            }
            many => {
                let name = name("URLS");
                let lines: String = many.iter().map(|url| format!("    {},\n", layout::text(url))).collect();
                self.addresses.push(format!("{name} = (\n{lines})"));
                format!("{name}[{place} % len({name})]")
            }
        }
    }

    fn compute(&mut self, body: &mut Body, compute: &Compute, index: usize, place: &str, tasks: u32) -> String {
        let of = kernel(compute);
        let mut arguments = vec!["number".to_owned()];
        if self.has_kernels {
            arguments.push(of.function.to_owned());
        }
        match compute.input {
            Source::Size => {
                let size = layout::number(compute.size);
                arguments.push(if compute.spread == Spread::Even {
                    size
                } else {
                    let name = body.name(of.size);
                    body.lines.push(format!("    {name} = int({} + 0.5)", dealt(compute.spread, index, &size)));
                    name
                });
                if of.has_seed {
                    arguments.push(format!("random_bits(number, {index})"));
                }
            }
            Source::File => arguments.push(self.share(body, place, tasks)),
            Source::Body => arguments.push(body.fetched.clone().unwrap_or_else(|| "b\"\"".into())),
        }
        if self.facts.has("locked_hashes") && compute.kernel.about().releases_gil {
            arguments.push(layout::decimal(compute.python_lock_share()));
        }
        let result = body.name(of.result);
        self.work(body, &format!("    {result} = "), "compute", arguments);
        result
    }

    /// The variable with the data that a step gives back.
    fn output(&mut self, body: &mut Body, compute: &Compute, index: usize) -> String {
        let mut arguments = vec!["number".to_owned()];
        if self.facts.has("makes") {
            arguments.push(payload::make(compute.shape).to_owned());
        }
        arguments.extend([index.to_string(), layout::number(compute.bytes_out.into())]);
        let output = body.name("output");
        self.work(body, &format!("    {output} = "), "make_output", arguments);
        output
    }

    /// The variable with the task's share of the file.
    fn share(&self, body: &mut Body, place: &str, tasks: u32) -> String {
        if let Some(share) = &body.share {
            return share.clone();
        }
        let of = if self.facts.has("grouped") {
            format!("{place}, {}", layout::number(tasks.into()))
        } else {
            "number".to_owned()
        };
        body.lines.push(if self.facts.has("pool") {
            format!("    share = await asyncio.to_thread(read_share, {of})")
        } else if self.facts.has("loop") {
            format!("    share = read_share({of})  # files cannot be awaited")
        } else {
            format!("    share = read_share({of})")
        });
        body.share = Some("share".to_owned());
        "share".to_owned()
    }

    fn bump(&mut self, body: &mut Body, bump: &Bump) -> String {
        let mut arguments = vec!["number".to_owned(), layout::number(bump.times.into())];
        if self.facts.has("locked") && self.facts.has("unguarded") {
            arguments.push(if bump.guard == Guard::None { "False" } else { "True" }.to_owned());
        }
        self.work(body, "    ", "bump", arguments);
        // What it counted to depends on who came in between: it proves nothing.
        "0".to_owned()
    }

    /// Something that keeps a processor busy.
    fn work(&mut self, body: &mut Body, before: &str, function: &str, mut arguments: Vec<String>) {
        if self.facts.has("pool") {
            arguments.insert(0, function.to_owned());
            body.lines.push(call(&format!("{before}await "), "asyncio.to_thread", &arguments));
            return;
        }
        if self.facts.has("loop") && !self.explained {
            body.lines.push("    # Nothing is awaited here: meanwhile the loop does nothing else.".to_owned());
            self.explained = true;
        }
        body.lines.push(call(before, function, &arguments));
    }
}

/// A quantity with its spread around the mean.
fn dealt(spread: Spread, index: usize, mean: &str) -> String {
    match spread {
        Spread::Even => mean.to_owned(),
        Spread::Uniform => format!("uniform(number, {index}, {mean})"),
        Spread::Heavy => format!("heavy(number, {index}, {mean})"),
    }
}

/// A name for the function of each group. They end in `_task`, so none is a word of the language.
fn function_names(groups: &[Group]) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for (group, number) in groups.iter().zip(1..) {
        let words = group.name.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
        let mut name = words.map(str::to_ascii_lowercase).collect::<Vec<_>>().join("_");
        name.truncate(30);
        let mut name = format!("{}_task", name.trim_end_matches('_'));
        if !name.starts_with(|c: char| c.is_ascii_alphabetic()) || names.contains(&name) {
            name = format!("group_{number}_task");
        }
        names.push(name);
    }
    names
}
