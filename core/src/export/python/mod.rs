//! A scenario's job under one model as a Python program: what a good engineer would write, as short as the scenario
//! allows.
//!
//! ```text
//! call.rs             the program around a function of the user's own, another one altogether
//! job.rs, times.rs    task(), addresses, when tasks are due: the scenario's  ┐
//! parts/steps.py      fetch(), compute(), bump() and what they need          │ parts, of which a
//! parts/server.py     asking again, a simulated server that has limits       │ program gets those
//! parts/run.py        run() for each model, main()                           │ that it names
//! core/kernels/src    the kernels                                            │ (../parts.rs)
//! parts/numbers.py    digests, chance, order of tasks, simulated network     ┘
//! ```
//!
//! What every program keeps to, so that it can be run by itself and measured from outside:
//!
//! - Importing it does nothing. `main()` does everything; `prepare()`, where there is one, comes before the clock starts.
//! - `run()` does the whole job and returns the checksum. A coroutine under `async` and `hybrid`.
//! - `task`, `fetch`, `compute` and `bump` each do what they are called, take the task's number first, and call each
//!   other by their global names, so that they can be replaced by ones that take the time. So does `fetch_blocking`,
//!   the fetch that `hybrid` hands to a thread.
//!
//! `tests/tests/python_programs/` runs them all.

mod body;
mod call;
mod job;
mod layout;
mod payload;
mod server;
mod setup;
mod times;

use strum::IntoEnumIterator;

use super::{
    language::{Language, Program, file_name},
    parts::{Facts, Parts},
};
use crate::scenario::{
    Chunk, Fetch, From, Guard, Kernel, Lane, Model, Scenario, Setup, Source, StartMethod, Step, limits,
};
use job::Job;

/// The program that does a scenario under a model.
pub(super) fn program(scenario: &Scenario, lane: Lane) -> Program {
    // CPython's threads are the threads under a lock.
    let model = if lane.model == Model::Gil { Model::Threads } else { lane.model };
    if let Some(call) = scenario.call() {
        return call::program(scenario, call, lane, model);
    }
    let file_name = file_name(scenario, model, lane.settings, "py");
    let mut facts = facts(scenario, model);
    facts.set("starts", lane.settings.start.is_some());
    facts.put("START_METHOD", lane.settings.start.map_or("", StartMethod::id));
    let mut job = Job::of(scenario, &facts);
    let asks_again = facts.has("retries");
    facts.set("sources", job.has_sources && !asks_again);
    facts.set("blocking_sources", job.has_blocking_sources && !asks_again);
    facts.set("kernels", job.has_kernels);
    let is_loop = facts.has("loop");
    facts.put("DEF", if is_loop { "async def" } else { "def" });
    facts.put("WAIT", if is_loop { "await " } else { "" });
    facts.put("NOW", if is_loop && !facts.has("hybrid") { "await " } else { "" });
    facts.put("PAUSE", if is_loop { "await asyncio.sleep" } else { "time.sleep" });
    server::put_arguments(&mut facts);
    facts.put("OFSTEP", if facts.has("many") { "step".to_owned() } else { job.first_simulated.to_string() });
    for (word, text) in job.words.drain(..) {
        facts.put(word, text);
    }

    // As it is read: what a task is, how its steps are done, how all tasks are run. Many kernels would be in the way.
    let mut parts = Parts::new(Language::Python);
    for function in job.functions.drain(..) {
        parts.push(function);
    }
    parts.read(include_str!("parts/steps.py"), &facts);
    let run = include_str!("parts/run.py");
    let heading = if job.has_kernels { "The kernels" } else { "" };
    if job.has_kernels {
        parts.read(run, &facts);
    }
    for kernel in Kernel::iter() {
        parts.read_under(heading, kernel.code().python, &facts);
    }
    if !job.has_kernels {
        parts.read(run, &facts);
    }
    parts.read(include_str!("parts/server.py"), &facts);
    parts.read(include_str!("parts/numbers.py"), &facts);
    for (function, head) in &job.renamed {
        parts.rename(function, head);
    }

    let reached = parts.reached();
    let (imports, needs) = layout::imports(&reached);
    let constants = constants(scenario, model, &job, &reached.names);
    let head = layout::head(scenario, model, &facts, &file_name, &needs);
    Program {
        language: Language::Python,
        code: layout::assemble(&head, &imports, &constants, &reached.pieces),
        file_name,
        needs: needs.into_iter().map(str::to_owned).collect(),
    }
}

/// What is to be known of the scenario and the model to choose the parts and their lines.
fn facts(scenario: &Scenario, model: Model) -> Facts {
    let is_loop = matches!(model, Model::Async | Model::Hybrid);
    let fetches = || scenario.steps().filter_map(|step| if let Step::Fetch(fetch) = step { Some(fetch) } else { None });
    let guards =
        || scenario.steps().filter_map(|step| if let Step::Bump(bump) = step { Some(bump.guard) } else { None });
    let is_real = |fetch: &Fetch| fetch.from != From::Simulated;
    let can_time_out = fetches().any(|fetch| scenario.can_time_out(fetch));
    let simulated = fetches().filter(|fetch| fetch.from == From::Simulated).count();
    let is_limited = simulated > 0 && !scenario.server.is_default();
    let fails = fetches().any(is_real) || can_time_out || (is_limited && scenario.server.can_fail());

    let mut facts = Facts::default();
    facts.set(if is_loop { "loop" } else { model.id() }, true);
    let is_hybrid = model == Model::Hybrid;
    let blocks = is_loop && fetches().any(Fetch::blocks);
    let uses_requests =
        fetches().any(|fetch| is_real(fetch) && (!is_loop || fetch.blocks())) && model != Model::Interpreters;
    let has_sessions = uses_requests && (is_hybrid || model == Model::Threads);
    let works = scenario.steps().any(|step| !matches!(step, Step::Fetch(_)));
    // Threads beside the loop: what computes goes there, and what blocks.
    facts.set("pool", is_hybrid && scenario.needs_pool());
    facts.set("works", works);
    facts.set("blocks", blocks);
    facts.set("hybrid", model == Model::Hybrid);
    facts.set("switch", (scenario.gil_switch_ms - Scenario::default().gil_switch_ms).abs() > f64::EPSILON);
    let (timed, by_stage) = (scenario.has_arrivals(), scenario.has_stages() && model != Model::Sequential);
    // A chunk would wait for the last of its tasks to be due.
    facts.set("chunked", matches!(scenario.chunk, Chunk::Fixed(_)) && !timed);
    facts.set("timed", timed);
    facts.set("staged", scenario.has_stages());
    facts.set("by_stage", by_stage);
    facts.set("held", timed || scenario.has_stages());
    let numbers = if by_stage { "numbers" } else { "range(TASKS)" };
    let numbers = if timed { format!("when_due({numbers}, start)") } else { numbers.to_owned() };
    facts.put("NUMBERS", numbers.clone());
    let at_once = "asyncio.gather(*map(when_free, range(TASKS)))";
    facts.put("RESULTS", if timed || by_stage { "in_time(when_free)" } else { at_once });
    facts.put("ARRIVALS", times::arrivals(scenario));
    facts.set("grouped", scenario.groups.len() > 1);
    facts.set("file", scenario.wants_file());
    facts.set("server", scenario.wants_server());
    facts.set("urls", scenario.wants_addresses());
    facts.set("fails", fails);
    facts.set("aiohttp", is_loop && fetches().any(|fetch| is_real(fetch) && !fetch.blocks()));
    facts.set("requests", uses_requests);
    facts.set("sessions", has_sessions);
    facts.put("SESSION", if has_sessions { "local.session" } else { "web" });
    let is_both = scenario.wants_server() && scenario.wants_addresses();
    facts.put("HEADERS", if is_both { "headers" } else { "HEADERS" });
    facts.set("simulated", simulated > 0);
    facts.set("late", can_time_out);
    facts.set("restrained", scenario.wants_server() && !scenario.server.is_default());
    facts.set("retries", fetches().any(|fetch| fetch.retries > 0));
    if is_limited {
        server::describe(scenario, model, can_time_out, &mut facts);
    }
    facts.set("many", simulated > 0 && (simulated > 1 || scenario.groups.len() > 1));
    facts.set("bumps", guards().next().is_some());
    facts.set("unguarded", guards().any(|guard| guard == Guard::None));
    facts.set("locked", guards().any(|guard| guard != Guard::None));
    facts.set("substitute", guards().any(|guard| matches!(guard, Guard::Gil | Guard::Atomic)));
    // `blocking` is a call that lets go of the lock; this one does not, whoever makes it.
    facts.set("keeps", fetches().any(|fetch| fetch.keeps_lock));
    facts.set("locked_hashes", scenario.steps().any(job::has_share));
    let mixes = |kernel: Kernel| kernel.code().python.contains("random_bytes(");
    let mixes_many = |step: &Step| matches!(step, Step::Compute(c) if c.input == Source::Size && mixes(c.kernel));
    let mixes_first = matches!(scenario.setup, Some(Setup::Compute(of)) if mixes(of.kernel));
    facts.set("lanes", scenario.has_payload() || mixes_first || scenario.steps().any(mixes_many));
    payload::describe(scenario, model, &numbers, &mut facts);
    setup::describe(scenario, &mut facts);
    facts
}

/// The constants at the top that the program names.
fn constants(scenario: &Scenario, model: Model, job: &Job, names: &std::collections::BTreeSet<String>) -> Vec<String> {
    let tasks: Vec<String> = scenario.groups.iter().map(|group| layout::number(group.tasks.into())).collect();
    let grouped = tasks.len() > 1;
    let bumps: u64 = scenario
        .groups
        .iter()
        .flat_map(|group| group.steps.iter().map(|step| (group.tasks, step)))
        .map(|(tasks, step)| if let Step::Bump(bump) = step { u64::from(tasks) * u64::from(bump.times) } else { 0 })
        .sum();
    let mut constants = Vec::new();
    let mut add = |name: &str, value: String| {
        if names.contains(name) {
            constants.push(format!("{name} = {value}"));
        }
    };
    if grouped {
        add("GROUPS", format!("({})  # tasks of each", tasks.join(", ")));
        add("TASKS", "sum(GROUPS)".into());
    } else {
        add("TASKS", tasks.concat());
    }
    add("STAGES", times::stages(scenario));
    add("WORKERS", scenario.workers.to_string());
    add("CONCURRENCY", format!("{}  # tasks in flight at once", scenario.concurrency));
    if let Chunk::Fixed(tasks) = scenario.chunk {
        add("CHUNK", format!("{}  # tasks handed to a process at a time", layout::number(tasks.into())));
    }
    add("LIMITS", format!("\"{}\"  # of the server", scenario.server.query(String::new)));
    add("MOST_BYTES", format!("{}  # of an answer", layout::number(limits::MAX_BODY_BYTES)));
    add("BUMPS", layout::number(bumps));
    add("SWITCH_INTERVAL", format!("{}  # seconds until a thread asks for the lock", scenario.gil_switch_ms / 1e3));
    server::constants(scenario, model, &mut add);
    add("SEED", scenario.seed.to_string());
    constants.extend(job.addresses.iter().cloned());
    constants
}

#[cfg(test)]
mod tests {
    use expect_test::expect_file;
    use strum::IntoEnumIterator;

    use super::*;
    use crate::scenario::{
        Group, SetupKernel,
        presets::{PRESETS, Preset},
    };

    const MODELS: [Model; 7] = [
        Model::Sequential,
        Model::Async,
        Model::Threads,
        Model::Gil,
        Model::Processes,
        Model::Hybrid,
        Model::Interpreters,
    ];

    fn preset(id: &str, model: Model) -> String {
        program(&Preset::find(id).expect("a preset").scenario(), Lane::python(model)).code
    }

    /// Every program with one step of every kind.
    fn each() -> Vec<(String, Program)> {
        let mut scenarios: Vec<Scenario> = PRESETS.iter().map(Preset::scenario).collect();
        let read = |steps: &str| {
            let json = format!(
                r#"{{"lanes_scenario":1,"title":"A","groups":[{{"name":"g","tasks":3,"steps":[{steps}]}},
                {{"name":"class","tasks":12345,"steps":[{steps},{steps}]}}]}}"#
            );
            Scenario::from_json(&json).expect("valid")
        };
        for kernel in Kernel::iter() {
            scenarios.push(read(&format!(r#"{{"compute":{{"kernel":"{kernel}","spread":"uniform"}}}}"#)));
            if kernel.about().takes_bytes {
                scenarios.push(read(&format!(
                    r#"{{"fetch":{{"blocking":true}}}},{{"compute":{{"kernel":"{kernel}","input":"body"}}}}"#
                )));
                scenarios.push(read(&format!(r#"{{"compute":{{"kernel":"{kernel}","input":"file"}}}}"#)));
            }
        }
        for guard in Guard::iter() {
            let guard: &str = guard.into();
            scenarios.push(read(&format!(r#"{{"bump":{{"guard":"{guard}"}}}}"#)));
        }
        scenarios.push(read(r#"{"bump":{}},{"bump":{"guard":"lock"}}"#));
        for shape in crate::scenario::Shape::iter() {
            let shape: &str = shape.into();
            for data in [r#""bytes_in":9000"#, r#""bytes_out":70000"#, r#""bytes_in":9000,"bytes_out":70000"#] {
                scenarios.push(read(&format!(r#"{{"compute":{{{data},"shape":"{shape}"}}}}"#)));
            }
        }
        scenarios.push(read(
            r#"{"fetch":{"latency_ms":900,"timeout_ms":40}},{"compute":{"bytes_in":8,"bytes_out":8}},
            {"compute":{"kernel":"sort","bytes_in":80,"bytes_out":8,"shape":"objects"}}"#,
        ));
        scenarios.push(read(r#"{"fetch":{"latency_ms":900,"timeout_ms":40}}"#));
        scenarios.extend(times::examples());
        // What each worker does first, beside everything that begins a worker too.
        let first = |setup: Setup, of: &Scenario| Scenario { setup: Some(setup), ..of.clone() };
        let before: Vec<Scenario> = scenarios.iter().step_by(3).cloned().collect();
        scenarios.extend(before.iter().map(|of| first(Setup::Ms(12.5), of)));
        for kernel in Kernel::iter() {
            let setup = Setup::Compute(SetupKernel { kernel, size: 10 });
            scenarios.push(first(setup, &before[0]));
            scenarios.push(first(setup, &read(r#"{"fetch":{}},{"compute":{"kernel":"sha256","holds_lock":0.5}}"#)));
        }
        let holding = read(r#"{"fetch":{}},{"compute":{"spread":"uniform"}}"#);
        let group = |group: &Group| Group { memory_mb: 1.5, ..group.clone() };
        scenarios.push(Scenario { groups: holding.groups.iter().map(group).collect(), ..holding });
        let real = r#"{"fetch":{"from":"server","blocking":true}},{"compute":{}}"#;
        scenarios.push(first(Setup::Ms(1.0), &read(real)));
        scenarios.push(read(
            r#"{"fetch":{"timeout_ms":60,"spread":"uniform"}},{"fetch":{"spread":"heavy","blocking":true}}"#,
        ));
        scenarios.push(read(r#"{"fetch":{"keeps_lock":true,"latency_ms":900,"timeout_ms":40}},{"fetch":{}}"#));
        scenarios.push(read(r#"{"fetch":{"keeps_lock":true}},{"compute":{"kernel":"sha256","holds_lock":0.25}}"#));
        scenarios.push(read(r#"{"fetch":{}},{"compute":{"kernel":"sha256","input":"body","holds_lock":1}}"#));
        for from in [r#""server""#, r#"["https://a.example/"]"#, r#"["https://a.example/","https://b.example/"]"#] {
            scenarios.push(read(&format!(r#"{{"fetch":{{"from":{from},"spread":"heavy","timeout_ms":2500}}}}"#)));
            scenarios.push(read(&format!(r#"{{"fetch":{{"from":{from},"blocking":true}}}},{{"fetch":{{}}}}"#)));
        }
        let limited = |server: &str, fetch: &str| {
            let json = format!(
                r#"{{"lanes_scenario":2,"server":{server},"groups":[{{"name":"g","tasks":300,"steps":[
                {{"fetch":{fetch}}}]}}]}}"#
            );
            Scenario::from_json(&json).expect("valid")
        };
        let all = r#"{"capacity":2,"full":"refuse","rate_per_s":3,"burst":2,"errors":0.1,"bandwidth_mbit":8,"connect_ms":9,
            "slows":0.5}"#;
        for server in [r#"{"capacity":2}"#, r#"{"rate_per_s":3}"#, r#"{"bandwidth_mbit":8,"keep_alive":false}"#, all] {
            for fetch in ["{}", r#"{"retries":3,"timeout_ms":90}"#, r#"{"retries":3,"blocking":true}"#] {
                scenarios.push(limited(server, fetch));
                let mut several = limited(server, fetch);
                let mut other = several.groups[0].clone();
                other.steps.extend_from_within(..);
                several.groups.push(other);
                scenarios.push(several);
            }
        }
        let models = |scenario: &Scenario| {
            let is_limited = !scenario.server.is_default();
            MODELS.into_iter().filter(move |model| !(is_limited && *model == Model::Interpreters))
        };
        let all = scenarios.iter().flat_map(|scenario| models(scenario).map(move |model| (scenario, model)));
        all.map(|(scenario, model)| {
            (format!("{} as {model:?}", scenario.to_json()), program(scenario, Lane::python(model)))
        })
        .collect()
    }

    #[test]
    fn these_are_the_programs() {
        expect_file!["golden/web_requests_async.py"].assert_eq(&preset("web-requests", Model::Async));
        expect_file!["golden/crunch_processes.py"].assert_eq(&preset("crunch", Model::Processes));
        for (name, model) in [("threads", Model::Threads), ("async", Model::Async)] {
            let code = program(&times::examples()[2], Lane::python(model)).code;
            expect_file![format!("golden/in_time_{name}.py")].assert_eq(&code);
        }
        expect_file!["golden/fetch_and_parse_hybrid.py"].assert_eq(&preset("fetch-and-parse", Model::Hybrid));
    }

    #[test]
    fn what_workers_do_first_and_what_tasks_hold_is_in_the_program() {
        let json = r#"{"lanes_scenario":2,"title":"Set up","setup":{"compute":{"kernel":"sort","size":2000}},"groups":[
            {"tasks":8,"memory_mb":1.5,"steps":[{"fetch":{}},{"compute":{"kernel":"sort","size":10}}]}]}"#;
        let code = program(&Scenario::from_json(json).expect("valid"), Lane::python(Model::Processes)).code;
        expect_file!["golden/set_up_processes.py"].assert_eq(&code);
    }

    #[test]
    fn who_holds_the_lock_is_in_the_program() {
        let json = r#"{"lanes_scenario":2,"title":"The lock","groups":[{"tasks":8,"steps":[
            {"fetch":{"keeps_lock":true}},{"compute":{"kernel":"sha256","size":10,"holds_lock":0.3}}]}]}"#;
        let code = program(&Scenario::from_json(json).expect("valid"), Lane::python(Model::Threads)).code;
        expect_file!["golden/the_lock_threads.py"].assert_eq(&code);
    }

    #[test]
    fn programs_are_whole_and_tidy() {
        for (what, program) in each() {
            let code = &program.code;
            assert!(code.ends_with("\n\nif __name__ == \"__main__\":\n    main()\n"), "{what}");
            assert!(!code.contains("#?") && !code.contains("#==") && !code.contains('$'), "{what}:\n{code}");
            assert!(!code.contains("\n\n\n\n") && !code.contains(" \n"), "{what}:\n{code}");
            for line in code.lines() {
                assert!(line.chars().count() <= layout::WIDTH, "{what}: {line}");
            }
        }
    }

    /// A program has nothing that it does not use: each function and constant is named again.
    #[test]
    fn nothing_is_left_over() {
        for (what, program) in each() {
            for line in program.code.lines().filter(|line| !line.starts_with([' ', '#', '"'])) {
                let name = line
                    .strip_prefix("async ")
                    .unwrap_or(line)
                    .strip_prefix("def ")
                    .and_then(|function| function.split_once('('))
                    .or_else(|| line.split_once(" = "))
                    .map(|(name, _)| name);
                let Some(name) = name else { continue };
                let times = program.code.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| *word == name);
                assert!(times.count() > 1, "{what}: {name}\n{}", program.code);
            }
        }
    }

    #[test]
    fn a_simple_job_is_a_short_program() {
        let lines = |id, model| preset(id, model).lines().filter(|line| !line.is_empty()).count();
        let network = |id, model| {
            let code = preset(id, model);
            let (program, _) = code.split_once("# Digests").expect("a heading");
            program.lines().filter(|line| !line.is_empty()).count()
        };
        assert!(network("web-requests", Model::Async) <= 45, "{}", network("web-requests", Model::Async));
        assert!(lines("crunch", Model::Sequential) <= 45, "{}", lines("crunch", Model::Sequential));
        for (preset, model) in PRESETS.iter().flat_map(|preset| MODELS.map(|model| (preset, model))) {
            assert!(lines(preset.id, model) <= 140, "{} {model:?}: {}", preset.id, lines(preset.id, model));
        }
    }

    #[test]
    fn needs_are_named() {
        let read = |from: &str| {
            let json =
                format!(r#"{{"lanes_scenario":1,"groups":[{{"tasks":3,"steps":[{{"fetch":{{"from":{from}}}}}]}}]}}"#);
            Scenario::from_json(&json).expect("valid")
        };
        let real = read(r#"["https://a.example/"]"#);
        assert_eq!(program(&real, Lane::python(Model::Async)).needs, ["aiohttp"]);
        assert_eq!(program(&real, Lane::python(Model::Gil)).needs, ["requests"]);
        assert!(program(&real, Lane::python(Model::Interpreters)).needs.is_empty());
        assert!(program(&read(r#""simulated""#), Lane::python(Model::Async)).needs.is_empty());
    }

    #[test]
    fn what_a_person_typed_cannot_break_out_of_its_place() {
        let scenario = Scenario {
            title: "\"\"\" \\\n".repeat(9),
            ..Scenario::from_json(
                r#"{"lanes_scenario":1,"groups":[{"name":"import os","tasks":1,"steps":[
                    {"fetch":{"from":["https://a.example/\"+x+\"\\"]}}]}]}"#,
            )
            .expect("valid")
        };
        let code = program(&scenario, Lane::python(Model::Sequential)).code;
        assert_eq!(code.matches("\"\"\"").count() % 2, 0, "{code}");
        assert!(code.contains(r#"URL = "https://a.example/\"+x+\"\\""#), "{code}");
    }
}
