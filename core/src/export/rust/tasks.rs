//! The tasks: `task` itself, step by step.

use super::{
    bumps::Bumps,
    form::Form,
    functions::{Does, Function},
    layout::{awaited, bound, fits, float, in_pool, signature, snake, underscored, with_gil},
    payload::Payload,
};
use crate::scenario::{Bump, Compute, Group, Scenario, Source, Step};

/// The steps of a group that are given data.
fn taken(group: &Group) -> impl Iterator<Item = &Compute> {
    group.computes().map(|(_, compute)| compute).filter(|compute| compute.bytes_in > 0)
}

fn takes_data(group: &Group) -> bool {
    taken(group).next().is_some()
}

/// Whether one of the steps that follow works on the same bytes; a fetch replaces the body.
fn is_wanted_again(input: Source, following: &[Step]) -> bool {
    following
        .iter()
        .take_while(|step| input == Source::File || !matches!(step, Step::Fetch(_)))
        .any(|step| matches!(step, Step::Compute(compute) if compute.input == input))
}

/// Writes the tasks themselves.
pub(super) struct Writer<'a> {
    pub(super) scenario: &'a Scenario,
    pub(super) form: &'a Form,
    pub(super) functions: &'a [Function],
    pub(super) bumps: &'a Bumps<'a>,
    pub(super) payload: &'a Payload,
}

impl Writer<'_> {
    /// `task`, and a function for each group where there are several.
    pub(super) fn tasks(&self) -> Vec<String> {
        let groups = &self.scenario.groups;
        if let [group] = &groups[..] {
            return vec![self.task(0, group, "task")];
        }
        let mut names: Vec<String> = Vec::new();
        for (index, group) in groups.iter().enumerate() {
            let name = snake(&group.name);
            let name = format!("task_{}", if name.is_empty() { index.to_string() } else { name });
            names.push(if names.contains(&name) { format!("{name}_{index}") } else { name });
        }
        let mut dispatcher = "/// Does a task of whatever group it belongs to.\n".to_owned();
        let parameters =
            ["number: u32".to_owned()].into_iter().chain(self.payload.takes.then(|| self.payload.parameter()));
        let head = if self.form.is_async { "async fn task" } else { "fn task" };
        dispatcher += &signature(head, &parameters.collect::<Vec<_>>(), &self.result(self.form.fails));
        dispatcher += "    match ORDER[number as usize] {\n";
        let mut functions = Vec::new();
        for (index, (group, name)) in groups.iter().zip(&names).enumerate() {
            let takes_place = self.takes_place(index, group);
            let pattern = match (index + 1 == groups.len(), takes_place) {
                (true, false) => "_".to_owned(),
                (true, true) => "(_, place)".to_owned(),
                (false, true) => format!("({index}, place)"),
                (false, false) => format!("({index}, _)"),
            };
            let call = format!(
                "{name}(number{}{}){}",
                if takes_place { ", place" } else { "" },
                if takes_data(group) { ", data" } else { "" },
                if self.awaits(group) { ".await" } else { "" }
            );
            let call = if self.form.fails && !self.fails(group) { format!("Ok({call})") } else { call };
            dispatcher += &format!("        {pattern} => {call},\n");
            functions.push(self.task(index, group, name));
        }
        functions.insert(0, dispatcher + "    }\n}");
        functions
    }

    fn fails(&self, group: &Group) -> bool {
        group.steps.iter().filter_map(|step| Does::of(step, self.form)).any(Does::fails)
    }

    /// What a task returns, as the end of its head.
    fn result(&self, fails: bool) -> String {
        let result = self.payload.result();
        if fails { format!(" -> Result<{result}>") } else { format!(" -> {result}") }
    }

    /// Whether its tasks wait on the event loop.
    fn awaits(&self, group: &Group) -> bool {
        let reads = group.steps.iter().any(|step| matches!(step, Step::Compute(c) if c.input == Source::File));
        let works = group.steps.iter().any(|step| !matches!(step, Step::Fetch(_)));
        let waits = group.steps.iter().filter_map(|step| Does::of(step, self.form)).any(Does::awaits);
        let blocks = group.steps.iter().any(|step| matches!(step, Step::Fetch(fetch) if fetch.blocks()));
        self.form.is_async && (waits || reads || ((works || blocks) && self.form.pool))
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
        // The last digest is not what the task returns where it gives data back too.
        let last = if self.payload.gives { usize::MAX } else { group.steps.len() + taken(group).count() };
        let mut body = Body { lines: String::new(), folds: 0, last, fails };
        let (mut given, mut outputs) = (0, Vec::new());
        let mut has_share = false;
        for (s, step) in group.steps.iter().enumerate() {
            let called = Does::of(step, form)
                .and_then(|does| self.functions.iter().find(|function| function.does == does))
                .map(|function| (function, function.called((index, s))));
            match (step, called) {
                (Step::Fetch(fetch), Some((function, call))) => {
                    let question = if function.does.fails() { "?" } else { "" };
                    body.line(&match (function.does.awaits(), form.pool) {
                        (true, _) => awaited("let body", &call, question),
                        (false, true) => in_pool("let body", &call, question),
                        (false, false) if fetch.keeps_lock && form.gil => with_gil("let body", &call, question),
                        (false, false) => bound("let body", &call, question),
                    });
                    body.fold("crc32fast::hash(&body).into()");
                }
                (Step::Compute(compute), called) => {
                    if compute.input == Source::File && !has_share {
                        has_share = true;
                        self.read(&mut body, group, several);
                    }
                    let call = match called {
                        Some((_, call)) => call,
                        None => {
                            let bytes = if compute.input == Source::File { "share" } else { "body" };
                            let given = if form.pool && is_wanted_again(compute.input, &group.steps[s + 1..]) {
                                body.line(&format!("let copy = {bytes}.clone(); // The pool wants bytes of its own."));
                                "copy"
                            } else {
                                bytes
                            };
                            let code = compute.kernel.code();
                            code.on_bytes.unwrap_or(code.on_generated).rust.replace("data", given)
                        }
                    };
                    let share = if form.gil { compute.lock_share() } else { 0.0 };
                    match self.wrapped(&call, share) {
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
                    if compute.bytes_in > 0 {
                        body.fold(&format!("stamp({})", self.payload.given(given)));
                        given += 1;
                    }
                    if compute.bytes_out > 0 {
                        outputs.push(self.output(&mut body, (s, compute), share, outputs.len()));
                    }
                }
                (Step::Bump(Bump { times, guard }), _) => {
                    let call = format!("{}({})", self.bumps.function(*guard), underscored((*times).into()));
                    body.line(&format!("{};", self.wrapped(&call, if form.gil { 1.0 } else { 0.0 }).unwrap_or(call)));
                    body.fold("0");
                }
                (Step::Fetch(_), None) | (Step::Call(_), _) => {}
            }
        }
        let place = (several && self.takes_place(index, group)).then(|| "place: u32".to_owned());
        if self.payload.gives {
            let returned = format!("(digest, {})", self.payload.outputs(&outputs));
            body.line(&if fails { format!("Ok({returned})") } else { returned });
        }
        let data = takes_data(group).then(|| self.payload.parameter());
        let parameters: Vec<String> = ["number: u32".to_owned()].into_iter().chain(place).chain(data).collect();
        let about = match (several, self.payload.gives) {
            (true, _) => "",
            (false, false) => "/// Does a task and returns its digest.\n",
            (false, true) => "/// Does a task and returns its digest and what it gives back.\n",
        };
        let head = format!("{}fn {name}", if is_async { "async " } else { "" });
        let head = signature(&head, &parameters, &self.result(fails));
        let binding = if body.folds > 1 || self.payload.gives { "let mut digest" } else { "let digest" };
        let memory = self.memory(group);
        format!("{about}{head}{memory}    {binding} = mix(u64::from(number) + 1);\n{}}}", body.lines)
    }

    /// Makes what a step gives back; the variable that has it.
    fn output(&self, body: &mut Body, (step, compute): (usize, &Compute), lock_share: f64, before: usize) -> String {
        let mut bits = format!("nth(seed_of(number, {step}), 3)");
        if self.form.gil && compute.is_partly_locked() {
            // There is no room for it in the call.
            body.line(&format!("let bits = {bits};"));
            bits = "bits".to_owned();
        }
        let made = self.payload.make(compute.shape, &bits, compute.bytes_out);
        let name = if before == 0 { "output".to_owned() } else { format!("output_{}", before + 1) };
        body.line(&format!("let {name} = {};", self.wrapped(&made, lock_share).unwrap_or(made)));
        name
    }

    /// Takes up the memory of a task, where it has some.
    fn memory(&self, group: &Group) -> String {
        let held = format!("hold({})", underscored(group.memory_bytes() as u64));
        let held = if self.form.gil { format!("with_gil(|| {held})") } else { held };
        match group.memory_bytes() {
            0 => String::new(),
            _ => format!("    let _memory = {held}; // Until the task has ended.\n"),
        }
    }

    /// Work as this model does it, where that is not just calling it; this share of it under the interpreter lock.
    fn wrapped(&self, call: &str, lock_share: f64) -> Option<String> {
        let (plain, moving) = match call.strip_suffix("()") {
            Some(function) => (function.to_owned(), function.to_owned()),
            None => (format!("|| {call}"), format!("move || {call}")),
        };
        if self.form.pool {
            Some(format!("in_pool({moving}).await"))
        } else if lock_share >= 1.0 {
            Some(format!("with_gil({plain})"))
        } else if lock_share > 0.0 {
            Some(format!("with_gil_for({}, number, {plain})", float(lock_share)))
        } else {
            None
        }
    }

    /// Reads the share of a file.
    fn read(&self, body: &mut Body, group: &Group, several: bool) {
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
        } else {
            body.line(&format!("let share = {share}.expect(\"the file can be read\");"));
        }
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
