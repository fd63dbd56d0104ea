//! The program around a function of the user's own: a few lines that anybody would write, which import the file.
//!
//! It keeps to what all programs do (see `mod.rs`), but for two things: `task` takes the item behind its number, and `run`
//! returns for each item its result and why there is none. What proves the work is made of that by whoever runs it.

use super::{
    super::{
        language::{Language, Program, file_name},
        parts::{Facts, Parts},
    },
    layout,
};
use crate::{
    present::of,
    scenario::{Call, Chunk, Lane, Model, Scenario, StartMethod, is_identifier},
};

/// What it is put together from.
const PARTS: &str = include_str!("parts/call.py");

/// The program that calls a function under a model.
pub(super) fn program(scenario: &Scenario, call: &Call, lane: Lane, model: Model) -> Program {
    let file_name = file_name(scenario, model, lane.settings, "py");
    let mut parts = Parts::new(Language::Python);
    parts.read(PARTS, &facts(scenario, call, lane, model));
    let reached = parts.reached();
    let (imports, _) = layout::imports(&reached);
    let (module, name) = (&call.module, name_in_program(call));
    let imported = if name == *module { format!("import {module}") } else { format!("import {module} as {name}") };
    let imports = format!("{imports}\n\n{imported}");
    let mut constants = Vec::new();
    let mut add = |name: &str, value: String| {
        if reached.names.contains(name) {
            constants.push(format!("{name} = {value}"));
        }
    };
    add("WORKERS", scenario.workers.to_string());
    add("CONCURRENCY", format!("{}  # items in flight at once", scenario.concurrency));
    if let Chunk::Fixed(items) = scenario.chunk {
        add("CHUNK", format!("{}  # items handed to a process at a time", layout::number(items.into())));
    }
    add("SWITCH_INTERVAL", format!("{}  # seconds until a thread asks for the lock", scenario.gil_switch_ms / 1e3));
    add("EXPRESSION", layout::text(&call.items));
    let head = head(scenario, call, model);
    Program {
        language: Language::Python,
        code: layout::assemble(&head, &imports, &constants, &reached.pieces),
        file_name,
        needs: Vec::new(),
    }
}

fn facts(scenario: &Scenario, call: &Call, lane: Lane, model: Model) -> Facts {
    let is_loop = matches!(model, Model::Async | Model::Hybrid);
    let mut facts = Facts::default();
    facts.set(if is_loop { "loop" } else { model.id() }, true);
    facts.set("awaits", model == Model::Async && !call.coroutine.is_empty());
    facts.set("only_coroutine", call.is_coroutine_only());
    facts.set("setup", call.has_setup());
    facts.set("chunked", matches!(scenario.chunk, Chunk::Fixed(items) if items > 1));
    facts.set("switch", (scenario.gil_switch_ms - Scenario::default().gil_switch_ms).abs() > f64::EPSILON);
    facts.set("starts", lane.settings.start.is_some());
    facts.put("START_METHOD", lane.settings.start.map_or("", StartMethod::id));
    facts.put("AT_ONCE", if model == Model::Hybrid { "WORKERS" } else { "CONCURRENCY" });
    facts.put("MODULE", name_in_program(call));
    facts.put("FUNCTION", &*call.function);
    facts.put("COROUTINE", &*call.coroutine);
    facts.put("ITEMS_OF", items(call));
    facts
}

/// What the program calls the user's module: its own name, unless something else in the program is called so.
fn name_in_program(call: &Call) -> String {
    let mut words = PARTS.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    if words.any(|word| word == call.module) { format!("own_{}", call.module) } else { call.module.clone() }
}

/// What names the items: the file's own name for them, or its words.
fn items(call: &Call) -> String {
    let module = name_in_program(call);
    match call.items.strip_suffix("()").unwrap_or(&call.items) {
        "" => format!("{module}.ITEMS"),
        name if is_identifier(name) => format!("{module}.{}", call.items),
        _ => format!("eval(EXPRESSION, vars({module}))"),
    }
}

fn head(scenario: &Scenario, call: &Call, model: Model) -> String {
    let workers = |one: &str, many: &str| of(scenario.workers.into(), one, many);
    let how = match model {
        Model::Sequential => "one after another".to_owned(),
        Model::Async if call.coroutine.is_empty() => "handed to threads by an event loop".to_owned(),
        Model::Async => "on one event loop".to_owned(),
        Model::Hybrid => format!("handed to {} by an event loop", workers("thread", "threads")),
        Model::Threads | Model::Gil => format!("on {}", workers("thread", "threads")),
        Model::Processes => format!("on {}", workers("process", "processes")),
        Model::Interpreters => {
            format!("on {}", workers("thread with its own interpreter", "threads with an interpreter each"))
        }
    };
    let function = if model == Model::Async && !call.coroutine.is_empty() { &call.coroutine } else { &call.function };
    let module = &call.module;
    let python = if model == Model::Interpreters { "3.14" } else { "3.9" };
    let first = layout::wrapped(&format!("\"\"\"Calls {function}() of {module}.py for each of its items, {how}."));
    let second =
        layout::wrapped(&format!("Needs Python {python} or later, and {module}.py beside it. Written by Lanes."));
    format!("{first}\n\n{second}\n\"\"\"")
}

#[cfg(test)]
mod tests {
    use expect_test::expect_file;

    use super::*;
    use crate::scenario::{Code, Group, Settings, Step};

    fn scenario(call: Call) -> Scenario {
        let group = Group { tasks: 120, steps: vec![Step::Call(call)], ..Group::default() };
        Scenario { title: "thumbs".into(), groups: vec![group], ..Scenario::default() }
    }

    fn thumbs() -> Call {
        Call {
            python: Code::Source(
                "ITEMS = range(9)\n\ndef setup():\n    pass\n\ndef task(item):\n    return item\n".into(),
            ),
            module: "thumbs".into(),
            ..Call::default()
        }
    }

    fn code(scenario: &Scenario, lane: Lane) -> String {
        super::super::program(scenario, lane).code
    }

    #[test]
    fn these_are_the_programs_around_a_function() {
        let settings = Settings { start: Some(StartMethod::Spawn), ..Settings::default() };
        let lane = Lane { settings, ..Lane::python(Model::Processes) };
        expect_file!["golden/own_processes.py"].assert_eq(&code(&scenario(thumbs()), lane));
        let call = Call { coroutine: "task_async".into(), items: "sorted(range(9))".into(), ..thumbs() };
        expect_file!["golden/own_async.py"].assert_eq(&code(&scenario(call), Lane::python(Model::Async)));
    }

    #[test]
    fn a_file_that_is_called_like_something_in_the_program_gets_another_name_there() {
        let call = Call { module: "item".into(), ..thumbs() };
        let code = code(&scenario(call), Lane::python(Model::Threads));
        assert!(code.contains("\nimport item as own_item\n") && code.contains("return own_item.task(item)"), "{code}");
    }

    #[test]
    fn they_are_whole_and_tidy_for_each_model() {
        let only = Call { coroutine: "task".into(), items: "items()".into(), ..thumbs() };
        for call in [thumbs(), only, Call { python: Code::Source(String::new()), ..thumbs() }] {
            for model in
                [Model::Sequential, Model::Async, Model::Threads, Model::Processes, Model::Hybrid, Model::Interpreters]
            {
                let mut scenario = scenario(call.clone());
                for chunk in [Chunk::Auto, Chunk::Fixed(7)] {
                    scenario.chunk = chunk;
                    let code = code(&scenario, Lane::python(model));
                    assert!(code.ends_with("\n\nif __name__ == \"__main__\":\n    main()\n"), "{code}");
                    assert!(!code.contains("#?") && !code.contains("#==") && !code.contains('$'), "{code}");
                    assert!(!code.contains("\n\n\n\n") && !code.contains(" \n"), "{code}");
                    assert!(code.lines().all(|line| line.chars().count() <= layout::WIDTH), "{code}");
                    assert_eq!(code.contains("thumbs.setup()"), call.has_setup(), "{code}");
                }
            }
        }
    }
}
