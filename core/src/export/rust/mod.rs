//! A scenario's job under one model as a Rust program of one file, as short as the scenario allows.
//!
//! ```text
//! parts/run.rs.txt      main, and the job under each model    ┐
//! tasks.rs              task()                                │ sections, of which
//! functions.rs          fetch(), compute()                    │ a program gets those
//! parts/steps.rs.txt    the file, the counter, clients        │ that it needs
//! parts/kernels.rs.txt  one section for each kernel           │
//! parts/numbers.rs.txt  digests, chance, simulated answers    ┘
//! ```
//!
//! The programs come to Lanes' own checksums; `tests/tests/rust_programs.rs` builds and runs them all.

mod bumps;
mod functions;
mod layout;
mod sections;
mod tasks;

use super::program::{Language, NoProgram, Program, file_name};
use crate::scenario::{Bump, Chunk, Group, Guard, Model, Scenario, Step};
use bumps::Bumps;
use functions::{Urls, addresses, functions};
use layout::{line_of_list, title, underscored};
use sections::{Assembled, Choices, assemble};
use tasks::Writer;

/// The program that does a scenario under a model.
pub(super) fn program(scenario: &Scenario, model: Model) -> Result<Program, NoProgram> {
    let form = Form::of(scenario, model)?;
    let (urls, bumps) = (addresses(scenario), Bumps::of(scenario, &form));
    let functions = functions(scenario, &form, &urls);
    let tasks = Writer { scenario, form: &form, functions: &functions, bumps: &bumps }.tasks();
    let source = [
        include_str!("parts/run.rs.txt"),
        &tasks,
        &functions.iter().map(|function| function.write(&form)).collect::<String>(),
        include_str!("parts/steps.rs.txt"),
        include_str!("parts/kernels.rs.txt"),
        include_str!("parts/numbers.rs.txt"),
    ]
    .join("\n");
    let mut roots = vec!["main", form.run];
    roots.extend(form.fails.then_some("total"));
    roots.extend(form.gil.then_some("gil"));
    roots.push("task");
    let mut assembled = assemble(&source, &roots, &form.choices(scenario, &bumps));
    let constants = constants(scenario, &form, &urls, &assembled.code);
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

    fn choices(&self, scenario: &Scenario, bumps: &Bumps<'_>) -> Choices {
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
            ("counter", text(if bumps.is_inside_lock() { "COUNTER.lock().unwrap()" } else { "COUNTER.load(Relaxed)" })),
            ("hands", text(if self.chunk > 1 { "CHUNK tasks at a time," } else { "one task after another" })),
        ];
        let words = words.into_iter().chain(bumps.words()).collect();
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
fn constants(scenario: &Scenario, form: &Form, urls: &Urls, code: &str) -> String {
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

#[cfg(test)]
mod tests {
    use expect_test::expect_file;
    use strum::IntoEnumIterator;

    use super::*;
    use crate::scenario::{
        Kernel,
        presets::{PRESETS, Preset},
    };

    fn code(scenario: &Scenario, model: Model) -> String {
        program(scenario, model).expect("a program").code
    }

    #[test]
    fn these_are_the_programs() {
        let preset = |id| Preset::find(id).expect("a preset").scenario();
        expect_file!["golden/web_requests_async.rs.txt"].assert_eq(&code(&preset("web-requests"), Model::Async));
        expect_file!["golden/crunch_processes.rs.txt"].assert_eq(&code(&preset("crunch"), Model::Processes));
    }

    #[test]
    fn a_program_names_what_it_needs_and_nothing_else() {
        for scenario in PRESETS.iter().map(Preset::scenario) {
            for model in Model::ALL {
                let Program { code, needs, .. } = program(&scenario, model).expect("a program");
                let what = format!("{} as {}:\n{code}", scenario.title, model.id());
                for line in &needs {
                    let name = line.split(' ').next().expect("a name");
                    assert!(code.contains(&format!("{name}::")), "{name}: {what}");
                    assert!(code.contains(&format!("//! {line}\n")), "{line}: {what}");
                }
                let tokio = needs.iter().find(|line| line.starts_with("tokio")).map_or("", String::as_str);
                for (path, feature) in [
                    ("[tokio::main", "macros"),
                    ("tokio::task", "rt"),
                    ("tokio::sync", "sync"),
                    ("tokio::time", "time"),
                ] {
                    assert_eq!(code.contains(path), tokio.contains(&format!("\"{feature}\"")), "{feature}: {what}");
                }
                assert!(!code.contains("\n//// ") && !code.contains('$'), "{what}");
                assert!(code.lines().all(|line| line.chars().count() <= 100), "{what}");
            }
        }
    }

    #[test]
    fn a_title_cannot_leave_its_comment() {
        let scenario = Scenario { title: "a\nfn main() {}\r\u{2028}\u{202E}b  ".into(), ..PRESETS[0].scenario() };
        assert!(code(&scenario, Model::Sequential).starts_with("//! a fn main() {} b: 16 tasks one after another.\n"));
    }

    #[test]
    fn no_line_is_wider_than_rustfmt_allows() {
        let compute = |kernel: Kernel, spread| {
            let size = kernel.about().max_size / 10;
            format!(r#"{{ "compute": {{ "kernel": "{kernel}", "size": {size}, "spread": "{spread}" }} }}"#)
        };
        let steps = Kernel::iter().flat_map(|kernel| ["heavy", "uniform"].map(|spread| compute(kernel, spread)));
        for pair in steps.collect::<Vec<_>>().chunks(2) {
            let json = format!(r#"{{ "lanes_scenario": 1, "groups": [{{ "steps": [{}] }}] }}"#, pair.join(", "));
            for model in Model::ALL {
                let code = code(&Scenario::from_json(&json).expect("valid"), model);
                assert!(code.lines().all(|line| line.chars().count() <= 100), "{code}");
            }
        }
    }

    #[test]
    fn interpreters_are_not_rusts() {
        assert_eq!(program(&PRESETS[0].scenario(), Model::Interpreters), Err(NoProgram::NoInterpreters));
    }
}
