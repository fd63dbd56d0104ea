//! A scenario's job under one model as a Rust program of one file, as short as the scenario allows.
//!
//! ```text
//! parts/run.rs.txt   main, and the job under each model      ┐
//! steps.rs           task(), fetch(), compute() as text      │ sections, of which
//! parts/steps.rs.txt the file, the counter, clients          │ a program gets those
//! parts/kernels…     one section for each kernel             │ that it needs
//! parts/numbers…     digests, chance, simulated answers      ┘
//! ```
//!
//! The programs come to Lanes' own checksums; `tests/tests/rust_programs.rs` builds and runs them all.

mod layout;
mod sections;
mod steps;

use super::program::{Language, NoProgram, Program, file_name};
use crate::scenario::{Bump, Chunk, Group, Guard, Model, Scenario, Step};
use layout::{line_of_list, title, underscored};
use sections::{Assembled, Choices, assemble};
use steps::Steps;

/// The program that does a scenario under a model.
pub(super) fn program(scenario: &Scenario, model: Model) -> Result<Program, NoProgram> {
    let form = Form::of(scenario, model)?;
    let steps = Steps::write(scenario, &form);
    let source = [
        include_str!("parts/run.rs.txt"),
        &steps.text,
        include_str!("parts/steps.rs.txt"),
        include_str!("parts/kernels.rs.txt"),
        include_str!("parts/numbers.rs.txt"),
    ]
    .join("\n");
    let mut roots = vec!["main", form.run];
    roots.extend(form.fails.then_some("total"));
    roots.extend(form.gil.then_some("gil"));
    roots.push("task");
    let mut assembled = assemble(&source, &roots, &form.choices(scenario, &steps));
    let constants = constants(scenario, &form, &steps, &assembled.code);
    if assembled.imports.is_empty() {
        assembled.imports = constants;
    } else if !constants.is_empty() {
        assembled.imports = format!("{}\n{constants}", assembled.imports);
    }
    let Assembled { imports, code, needs } = assembled;
    Ok(Program {
        language: Language::Rust,
        file_name: file_name(scenario, model.id(), "rs"),
        code: format!("{}\n{imports}\n{code}", head(scenario, &form, model, &needs)),
        needs,
    })
}

/// How a program is built, decided once from the scenario and the model.
#[derive(Debug)]
pub(super) struct Form {
    /// The section of `run`.
    run: &'static str,
    /// `main` and `task` are async.
    is_async: bool,
    /// Computing goes to a pool beside the event loop.
    pool: bool,
    /// Computing wants the interpreter lock.
    gil: bool,
    /// Several threads make requests.
    shared: bool,
    /// Tasks can fail.
    fails: bool,
    /// Tasks handed to a process at a time.
    chunk: u32,
    processes: bool,
    file: bool,
    waits: bool,
    works: bool,
    bumps: u64,
}

impl Form {
    fn of(scenario: &Scenario, model: Model) -> Result<Self, NoProgram> {
        let steps = || scenario.steps();
        let waits = steps().any(|step| matches!(step, Step::Fetch(_)));
        let works = steps().any(|step| !matches!(step, Step::Fetch(_)));
        let locks = steps().any(|step| match step {
            Step::Fetch(_) => false,
            Step::Compute(compute) => !compute.kernel.about().releases_gil,
            Step::Bump(_) => true,
        });
        let looping = if scenario.concurrency >= scenario.tasks() { "run-loop-unlimited" } else { "run-loop-limited" };
        let gil = model == Model::Gil && locks;
        let run = match model {
            Model::Sequential => "run-sequential",
            Model::Async | Model::Hybrid => looping,
            Model::Threads | Model::Gil if waits || gil => "run-threads",
            Model::Threads | Model::Gil => "run-rayon",
            Model::Processes => "run-processes",
            Model::Interpreters => return Err(NoProgram::NoInterpreters),
        };
        let tasks = scenario.tasks();
        let times = |step: &Step| if let Step::Bump(bump) = step { u64::from(bump.times) } else { 0 };
        let bumps = |group: &Group| u64::from(group.tasks) * group.steps.iter().map(times).sum::<u64>();
        Ok(Self {
            run,
            is_async: matches!(model, Model::Async | Model::Hybrid),
            pool: model == Model::Hybrid && works,
            gil,
            shared: run == "run-threads",
            fails: scenario.wants_addresses() || scenario.wants_server(),
            chunk: match scenario.chunk {
                Chunk::Fixed(tasks) => tasks,
                // Large enough for many short tasks, small enough for an even end.
                Chunk::Auto => (tasks / (scenario.workers * 32)).clamp(1, 100),
            },
            processes: model == Model::Processes,
            file: scenario.wants_file(),
            waits,
            works,
            bumps: scenario.groups.iter().map(bumps).sum(),
        })
    }

    fn choices(&self, scenario: &Scenario, steps: &Steps) -> Choices {
        let guarded_by_gil = scenario.steps().any(|step| matches!(step, Step::Bump(Bump { guard: Guard::Gil, .. })));
        let flags = [
            ("async", self.is_async),
            ("threads", !self.is_async && !self.processes),
            ("processes", self.processes),
            ("fails", self.fails),
            ("bumps", self.bumps > 0),
            ("pool", self.pool),
            ("gil", self.gil),
            ("shared", self.shared),
            ("chunks", self.chunk > 1),
            ("file", self.file),
            ("holds", self.works && !self.pool),
            ("waits", self.waits || self.pool || self.file),
            ("no_gil", guarded_by_gil && !self.gil),
        ];
        let text = |text: &str| text.to_owned();
        let words = [
            ("await", text(if self.is_async { ".await" } else { "" })),
            ("try", text(if self.processes { "?" } else { "" })),
            ("worker_at", text(if self.file { "2" } else { "1" })),
            ("counter", text(if steps.mutex_counter { "COUNTER.lock().unwrap()" } else { "COUNTER.load(Relaxed)" })),
            ("hands", text(if self.chunk > 1 { "CHUNK tasks at a time," } else { "one task after another" })),
        ];
        let words = words.into_iter().chain(steps.bump_names.clone()).collect();
        Choices { flags: flags.into_iter().filter(|(_, set)| *set).map(|(flag, _)| flag).collect(), words }
    }
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
        Model::Hybrid if form.pool => format!("waiting on one event loop, computing on {workers}"),
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
fn constants(scenario: &Scenario, form: &Form, steps: &Steps, code: &str) -> String {
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
    constant("BUMPS", "u64", underscored(form.bumps));
    let groups: Vec<String> = scenario.groups.iter().map(|group| underscored(group.tasks.into())).collect();
    let kind = format!("[u32; {}]", groups.len());
    constant("GROUPS", &kind, line_of_list(&groups, format!("const GROUPS: {kind} = ").len()));
    for (name, urls) in &steps.urls {
        let urls: Vec<String> = urls.iter().map(|url| format!("{url:?}")).collect();
        let kind = format!("[&str; {}]", urls.len());
        constant(name, &kind, line_of_list(&urls, format!("const {name}: {kind} = ").len()));
    }
    if code.contains(": Spread") {
        lines += "\n/// How a quantity is dealt: its mean and random bits give its value.\ntype Spread = fn(f64, u64) -> u64;\n";
    }
    lines
}
