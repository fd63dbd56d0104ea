//! A scenario's job under one model as a Rust program of one file, as short as the scenario allows.
//!
//! ```text
//! parts/run.rs.txt      main, and the job under each model    ┐
//! tasks.rs, times.rs    task(), when tasks are due            │ parts, of which
//! functions.rs          fetch(), compute()                    │ a program gets those
//! parts/steps.rs.txt    the file, the counter, clients        │ that it names
//! core/kernels/src      the kernels                           │ (../parts.rs)
//! parts/numbers.rs.txt  digests, chance, simulated answers    ┘
//! ```
//!
//! The programs come to Lanes' own checksums; `tests/tests/rust_programs.rs` builds and runs them all.

mod bumps;
mod form;
mod functions;
mod imports;
mod layout;
mod setup;
mod tasks;
mod times;

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
use tasks::Writer;

/// The program that does a scenario under a model.
pub(super) fn program(scenario: &Scenario, lane: Lane) -> Result<Program, NoProgram> {
    if scenario.has_payload() {
        return Err(NoProgram::NoData);
    }
    let model = lane.model;
    let form = Form::of(scenario, model)?;
    let (urls, bumps) = (addresses(scenario), Bumps::of(scenario, &form));
    let mut facts = form.facts();
    bumps.describe(scenario, &mut facts);

    let mut parts = Parts::new(Language::Rust);
    parts.read(include_str!("parts/run.rs.txt"), &facts);
    let functions = functions(scenario, &form, &urls);
    for task in (Writer { scenario, form: &form, functions: &functions, bumps: &bumps }).tasks() {
        parts.push(task);
    }
    for function in &functions {
        parts.push(function.write(&form));
    }
    setup::function(scenario, &form).into_iter().for_each(|function| parts.push(function));
    parts.read(include_str!("parts/steps.rs.txt"), &facts);
    for kernel in Kernel::iter() {
        parts.read(kernel.code().rust, &facts);
    }
    parts.read(include_str!("parts/numbers.rs.txt"), &facts);

    let reached = parts.reached();
    let needs = imports::needs(&reached);
    let code = assemble(&reached.pieces);
    let constants = constants(scenario, &form, &urls, &code);
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
    constant("MOST_BYTES", "u64", underscored(limits::MAX_BODY_BYTES));
    constant("BUMPS", "u64", underscored(form.bumps));
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::presets::{PRESETS, Preset};
    use expect_test::expect_file;

    fn code(scenario: &Scenario, model: Model) -> String {
        program(scenario, Lane::native(model)).expect("a program").code
    }

    #[test]
    fn these_are_the_programs() {
        let preset = |id| Preset::find(id).expect("a preset").scenario();
        expect_file!["golden/web_requests_async.rs.txt"].assert_eq(&code(&preset("web-requests"), Model::Async));
        for model in [Model::Threads, Model::Async] {
            let golden = format!("golden/in_time_{}.rs.txt", model.id());
            expect_file![golden].assert_eq(&code(&times::example(), model));
        }
        expect_file!["golden/crunch_processes.rs.txt"].assert_eq(&code(&preset("crunch"), Model::Processes));
    }

    #[test]
    fn what_it_cannot_do_yet_is_said() {
        let of = |rest: &str, group: &str, step: &str| {
            let json = format!(r#"{{"lanes_scenario":2{rest},"groups":[{{"steps":[{step}]{group}}}]}}"#);
            let scenario = Scenario::from_json(&json).expect("valid");
            program(&scenario, Lane::native(Model::Threads)).map(|_| ())
        };
        let compute = r#"{"compute":{}}"#;
        assert_eq!(of("", "", r#"{"compute":{"bytes_in":8}}"#), Err(NoProgram::NoData));
        assert_eq!(of("", "", compute), Ok(()));
    }

    #[test]
    fn who_holds_the_lock_is_in_the_program() {
        let json = r#"{"lanes_scenario":2,"title":"The lock","groups":[{"tasks":8,"steps":[
            {"fetch":{"keeps_lock":true}},{"compute":{"kernel":"sha256","size":10,"holds_lock":0.3}}]}]}"#;
        let scenario = Scenario::from_json(json).expect("valid");
        expect_file!["golden/the_lock_gil.rs.txt"].assert_eq(&code(&scenario, Model::Gil));
        assert!(
            code(&scenario, Model::Threads).contains("It is to keep an interpreter's lock meanwhile: Rust has none.")
        );
    }

    #[test]
    fn a_program_names_what_it_needs_and_nothing_else() {
        for scenario in PRESETS.iter().map(Preset::scenario) {
            for model in Model::ALL {
                let Program { code, needs, .. } = program(&scenario, Lane::native(model)).expect("a program");
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
                assert!(!code.contains("//?") && !code.contains("//==") && !code.contains('$'), "{what}");
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

    /// Only programs whose answers can come too late are ready for it.
    #[test]
    fn an_answer_that_can_time_out_is_a_failure() {
        let fetch = |rest: &str| {
            let json = format!(
                r#"{{"lanes_scenario":1,"groups":[{{"tasks":3,"steps":[{{"fetch":{{"latency_ms":50{rest}}}}}]}}]}}"#
            );
            Scenario::from_json(&json).expect("valid")
        };
        for (rest, is_late) in [
            (r#","timeout_ms":50"#, false),
            (r#","timeout_ms":49"#, true),
            (r#","timeout_ms":75,"spread":"uniform""#, false),
            (r#","timeout_ms":74,"spread":"uniform""#, true),
            (r#","timeout_ms":499,"spread":"heavy""#, true),
        ] {
            for model in Model::ALL {
                let code = code(&fetch(rest), model);
                assert_eq!(code.contains("check_in_time(latency, timeout)?;"), is_late, "{rest}: {code}");
                assert_eq!(code.contains("-> Result<u64>"), is_late, "{rest}: {code}");
                assert!(code.lines().all(|line| line.chars().count() <= 100), "{code}");
            }
        }
    }

    #[test]
    fn interpreters_are_not_rusts() {
        assert_eq!(program(&PRESETS[0].scenario(), Lane::python(Model::Interpreters)), Err(NoProgram::NoInterpreters));
    }
}
