//! A scenario's job under one model as a Rust program of one file, as short as the scenario allows.
//!
//! ```text
//! parts/run.rs.txt         main, and the job under each model  ┐
//! parts/processes.rs.txt   the same in processes               │
//! tasks.rs, times.rs       task(), when tasks are due          │ parts, of which
//! functions.rs, setup.rs   fetch(), compute(), set_up()        │ a program gets those
//! parts/steps.rs.txt       the file, the counter, clients      │ that it names
//! server.rs, parts/server   a simulated server with limits     │
//! payload.rs, parts/data   what tasks are given and give back  │ (../parts.rs)
//! core/kernels/src         the kernels                         │
//! parts/numbers.rs.txt     digests, chance, simulated answers  ┘
//! ```
//!
//! The programs come to Lanes' own checksums; `tests/tests/rust_programs/` builds and runs them all.

mod bumps;
mod form;
mod functions;
mod imports;
mod layout;
mod payload;
mod requests;
mod server;
mod setup;
mod tasks;
mod times;

#[cfg(test)]
mod tests;

use strum::IntoEnumIterator;

use super::{
    language::{Language, NoProgram, Program, file_name},
    parts::{Parts, Piece},
};
use crate::scenario::{Kernel, Lane, Model, Scenario, limits};
use bumps::Bumps;
use form::Form;
use functions::{Urls, addresses, functions};
use layout::{line_of_list, title, underscored};
use payload::Payload;
use tasks::Writer;

/// The program that does a scenario under a model.
pub(super) fn program(scenario: &Scenario, lane: Lane) -> Result<Program, NoProgram> {
    let model = lane.model;
    let form = Form::of(scenario, model)?;
    let (urls, bumps) = (addresses(scenario), Bumps::of(scenario, &form));
    let mut facts = form.facts();
    bumps.describe(scenario, &mut facts);
    let payload = Payload::of(scenario);
    payload.describe(scenario, &form, &mut facts);
    server::describe(scenario, model, &form, &mut facts);

    let mut parts = Parts::new(Language::Rust);
    parts.read(include_str!("parts/run.rs.txt"), &facts);
    parts.read(include_str!("parts/processes.rs.txt"), &facts);
    let functions = functions(scenario, &form, &urls);
    let writer = Writer { scenario, form: &form, functions: &functions, bumps: &bumps, payload: &payload };
    writer.tasks().into_iter().for_each(|task| parts.push(task));
    for function in &functions {
        parts.push(function.write(&form));
    }
    setup::function(scenario, &form).into_iter().for_each(|function| parts.push(function));
    parts.read(include_str!("parts/steps.rs.txt"), &facts);
    parts.read(include_str!("parts/server.rs.txt"), &facts);
    parts.read(include_str!("parts/data.rs.txt"), &facts);
    for kernel in Kernel::iter() {
        parts.read(kernel.code().rust, &facts);
    }
    parts.read(include_str!("parts/numbers.rs.txt"), &facts);

    let reached = parts.reached();
    let needs = imports::needs(&reached);
    let code = assemble(&reached.pieces);
    let constants = constants(scenario, model, &form, &urls, &code);
    let imports = [imports::lines(&reached), constants];
    let imports: Vec<&str> = imports.iter().map(String::as_str).filter(|block| !block.is_empty()).collect();
    Ok(Program {
        language: Language::Rust,
        file_name: file_name(scenario, model, lane.settings, "rs"),
        code: format!("{}\n{}\n{code}", head(scenario, &form, model, &needs), imports.join("\n")),
        needs,
    })
}

/// Everything in its order, a line apart.
fn assemble(pieces: &[Piece]) -> String {
    let mut blocks: Vec<String> = Vec::new();
    let mut heading = "";
    for piece in pieces {
        if piece.heading != heading {
            heading = piece.heading;
            blocks.extend((!heading.is_empty()).then(|| format!("// {heading}.")));
        }
        blocks.push(piece.text.clone());
    }
    blocks.join("\n\n") + "\n"
}

/// The first comment: what it is, what it needs, how to run it.
fn head(scenario: &Scenario, form: &Form, model: Model, needs: &[String]) -> String {
    let workers = match scenario.workers {
        1 => "1 thread".to_owned(),
        n => format!("{n} threads"),
    };
    let how = match model {
        Model::Sequential => "one after another".to_owned(),
        Model::Async => "on one event loop".to_owned(),
        Model::Threads => format!("on {workers}"),
        Model::Gil if form.gil => format!("on {workers} under a global interpreter lock"),
        Model::Gil => format!("on {workers}; nothing here would hold an interpreter lock"),
        Model::Processes => format!("in {}", workers.replace("thread", "process").replace("processs", "processes")),
        Model::Hybrid if form.pool => {
            let what = match (form.works, form.blocks) {
                (true, false) => "computing",
                (true, true) => "computing and blocking",
                (false, _) => "blocking",
            };
            format!("waiting on one event loop, {what} on {workers}")
        }
        Model::Hybrid => "on one event loop; there is nothing to compute beside it".to_owned(),
        Model::Interpreters => String::new(),
    };
    let tasks = match scenario.tasks() {
        1 => "1 task".to_owned(),
        n => format!("{} tasks", underscored(n.into()).replace('_', ",")),
    };
    let mut head = format!("//! {}: {tasks} {how}.\n//!\n", title(&scenario.title));
    if !needs.is_empty() {
        head += "//! ```toml\n//! [dependencies]\n";
        head.extend(needs.iter().map(|line| format!("//! {line}\n")));
        head += "//! ```\n//!\n";
    }
    let server = if scenario.wants_server() { "LANES_SERVER=http://…/ LANES_TOKEN=… " } else { "" };
    let file = if form.file { " -- FILE" } else { "" };
    head + &format!("//! Run it with `{server}cargo run --release{file}`.\n")
}

/// The constants that the code names.
fn constants(scenario: &Scenario, model: Model, form: &Form, urls: &Urls, code: &str) -> String {
    let mut lines = String::new();
    let mut constant = |name: &str, kind: &str, value: String| {
        if code.contains(name) {
            lines += &format!("const {name}: {kind} = {value};\n");
        }
    };
    constant("TASKS", "u32", underscored(scenario.tasks().into()));
    constant("WORKERS", "usize", underscored(scenario.workers.into()));
    constant("CONCURRENCY", "usize", underscored(scenario.concurrency.into()));
    if form.processes {
        constant("CHUNK", "u32", underscored(form.chunk.into()));
    }
    constant("SEED", "u64", underscored(scenario.seed));
    constant("MOST_BYTES", "u64", underscored(limits::MAX_BODY_BYTES));
    constant("BUMPS", "u64", underscored(form.bumps));
    server::constants(scenario, model, &mut constant);
    let groups: Vec<String> = scenario.groups.iter().map(|group| underscored(group.tasks.into())).collect();
    let kind = format!("[u32; {}]", groups.len());
    constant("GROUPS", &kind, line_of_list(&groups, format!("const GROUPS: {kind} = ").len()));
    let stages: Vec<String> = scenario.stages().iter().map(u8::to_string).collect();
    let kind = format!("[u8; {}]", stages.len());
    constant("STAGES", &kind, line_of_list(&stages, format!("const STAGES: {kind} = ").len()));
    for (name, urls) in urls {
        let urls: Vec<String> = urls.iter().map(|url| format!("{url:?}")).collect();
        let kind = format!("[&str; {}]", urls.len());
        constant(name, &kind, line_of_list(&urls, format!("const {name}: {kind} = ").len()));
    }
    if code.contains(": Spread") {
        lines += "\n/// How a quantity is dealt: its mean and random bits give its value.\ntype Spread = fn(f64, u64) -> u64;\n";
    }
    lines
}
