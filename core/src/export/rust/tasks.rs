//! The tasks: `task` itself, step by step.

use super::{
    Form,
    bumps::Bumps,
    functions::{Does, Function},
    layout::{fits, signature, snake, underscored},
};
use crate::scenario::{Bump, Group, Kernel, Scenario, Source, Step};

/// The sections of a kernel over bytes, and its call.
fn kernel_over(kernel: Kernel, bytes: &str) -> (&'static str, String) {
    match kernel {
        Kernel::Sha256 => ("sha256", format!("sha256(&{bytes})")),
        Kernel::Sort => ("sort, numbers-in", format!("sort(numbers_in(&{bytes}))")),
        // No other takes bytes, and no valid scenario asks it to.
        _ => ("wordcount", format!("wordcount(&{bytes})")),
    }
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
}

impl Writer<'_> {
    /// The sections of `task`, and of a function for each group where there are several.
    pub(super) fn tasks(&self) -> String {
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
        let mut has_share = false;
        for (s, step) in group.steps.iter().enumerate() {
            let called = Does::of(step, form)
                .and_then(|does| self.functions.iter().find(|function| function.does == does))
                .map(|function| (function, function.called((index, s))));
            if let Some((function, _)) = &called {
                section += &format!("//// calls {}\n", function.name);
            }
            match (step, called) {
                (Step::Fetch(_), Some((function, call))) => {
                    section += "//// crate crc32fast\n";
                    body.line(&format!(
                        "let body = {call}{}{};",
                        if function.does.awaits() { ".await" } else { "" },
                        if function.does.fails() { "?" } else { "" }
                    ));
                    body.fold("crc32fast::hash(&body).into()");
                }
                (Step::Compute(compute), called) => {
                    if compute.input == Source::File && !has_share {
                        has_share = true;
                        section += "//// calls read\n";
                        section += &self.read(&mut body, group, several);
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
                (Step::Bump(Bump { times, guard }), _) => {
                    section += &format!("//// calls {}\n", self.bumps.sections(*guard));
                    let call = format!("{}({})", self.bumps.function(*guard), underscored((*times).into()));
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

    /// Work as this model does it, where that is not just calling it.
    fn wrapped(&self, call: &str, takes_gil: bool) -> Option<String> {
        let (plain, moving) = match call.strip_suffix("()") {
            Some(function) => (function.to_owned(), function.to_owned()),
            None => (format!("|| {call}"), format!("move || {call}")),
        };
        if self.form.pool {
            Some(format!("in_pool({moving}).await"))
        } else if takes_gil {
            Some(format!("with_gil({plain})"))
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
