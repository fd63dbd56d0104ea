//! The programs as texts. That they are built, run and right is `tests/tests/rust_programs/`.

use std::collections::BTreeMap;

use expect_test::expect_file;
use strum::IntoEnumIterator;

use super::*;
use crate::scenario::presets::{PRESETS, Preset};

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

/// A job with a setting of its own, in one group.
fn job(title: &str, settings: &str, group: &str) -> Scenario {
    let json = format!(r#"{{"lanes_scenario":2,"title":"{title}",{settings}"groups":[{{{group}}}]}}"#);
    Scenario::from_json(&json).unwrap_or_else(|problems| panic!("{problems:?} in {json}"))
}

#[test]
fn what_workers_do_first_and_what_tasks_hold_is_in_the_program() {
    let settings = r#""setup":{"compute":{"kernel":"sort","size":2000}},"#;
    let group = r#""tasks":8,"memory_mb":1.5,"steps":[{"fetch":{}},{"compute":{"kernel":"sort","size":10}}]"#;
    let scenario = job("Set up", settings, group);
    expect_file!["golden/set_up_processes.rs.txt"].assert_eq(&code(&scenario, Model::Processes));
    // Whoever computes first holds the interpreter's lock; whoever waits does not.
    assert!(code(&scenario, Model::Gil).contains("with_gil(|| black_box(sort(make_numbers(2000, seed))));"));
    let waits = job("Set up", r#""setup":{"ms":12.5},"#, group);
    assert!(code(&waits, Model::Gil).contains("\n    thread::sleep(Duration::from_micros(12_500));\n"));
}

#[test]
fn what_tasks_are_given_and_give_back_is_in_the_program() {
    let group = r#""tasks":40,"steps":[{"compute":{
        "kernel":"primes","size":20000,"bytes_in":400000,"bytes_out":20000,"shape":"numbers"}}]"#;
    let scenario = job("Data", r#""workers":2,"#, group);
    for model in [Model::Threads, Model::Processes] {
        let golden = format!("golden/data_{}.rs.txt", model.id());
        expect_file![golden].assert_eq(&code(&scenario, model));
    }
    // As many tasks in a message as make about a MiB of it.
    let many = job("Data", r#""workers":1,"#, &group.replace("40,", "9000,"));
    assert!(code(&many, Model::Processes).contains("const CHUNK: u32 = 2;\n"));
}

#[test]
fn a_server_with_limits_is_in_the_program() {
    let settings = r#""workers":8,"concurrency":50,
        "server":{"capacity":10,"rate_per_s":200,"burst":20,"errors":0.01,"connect_ms":5},"#;
    let group = r#""tasks":100,"steps":[{"fetch":{"latency_ms":20,"retries":5}}]"#;
    let scenario = job("Limits", settings, group);
    for model in [Model::Async, Model::Processes] {
        let golden = format!("golden/limits_{}.rs.txt", model.id());
        expect_file![golden].assert_eq(&code(&scenario, model));
    }
}

/// Each with something that the others do not have.
fn each() -> Vec<Scenario> {
    let fetch = r#"{"fetch":{"latency_ms":2}},{"fetch":{"latency_ms":3,"blocking":true,"retries":2,"timeout_ms":9}}"#;
    let asks = r#"{"fetch":{"latency_ms":2,"retries":3,"spread":"heavy"}},{"fetch":{"retries":10,"keeps_lock":true}}"#;
    let compute = r#"{"compute":{"kernel":"primes","size":99,"holds_lock":0.5}}"#;
    let mut jobs = Vec::new();
    for limit in [
        r#""capacity":2"#,
        r#""capacity":2,"full":"refuse""#,
        r#""rate_per_s":300,"burst":3"#,
        r#""errors":0.2"#,
        r#""bandwidth_mbit":20"#,
        r#""connect_ms":1"#,
        r#""connect_ms":1,"keep_alive":false"#,
        r#""slows":0.5"#,
        r#""keep_alive":false"#,
        r#""capacity":2,"full":"refuse","rate_per_s":300,"errors":0.2,"bandwidth_mbit":20,"connect_ms":1,"slows":0.5"#,
    ] {
        for steps in [fetch, asks, r#"{"fetch":{"latency_ms":2,"bytes":99}}"#] {
            let settings = format!(r#""server":{{{limit}}},"chunk":3,"#);
            jobs.push(job("Limits", &settings, &format!(r#""tasks":9,"steps":[{steps},{compute}]"#)));
        }
    }
    let server = r#""server":{"rate_per_s":50},"#;
    for (settings, from) in [(server, r#""server""#), ("", r#""server""#), ("", r#"["https://a.example/"]"#)] {
        for blocking in [false, true] {
            let fetch = format!(r#"{{"fetch":{{"from":{from},"retries":3,"blocking":{blocking}}}}}"#);
            jobs.push(job("Real", settings, &format!(r#""tasks":9,"steps":[{fetch}]"#)));
        }
    }
    let data = |step: &str| job("Data", "", &format!(r#""tasks":9,"steps":[{step}]"#));
    for shape in ["bytes", "numbers", "objects"] {
        for bytes in [r#""bytes_in":9000"#, r#""bytes_out":70000"#, r#""bytes_in":9000,"bytes_out":70000"#] {
            let step = |shape: &str| format!(r#"{{"compute":{{"kernel":"primes",{bytes},"shape":"{shape}"}}}}"#);
            let one = step(shape);
            jobs.push(data(&one));
            jobs.push(data(&format!("{fetch},{one},{one}")));
            jobs.extend(["bytes", "numbers", "objects"].map(|other| data(&format!("{one},{}", step(other)))));
        }
    }
    for kernel in Kernel::iter() {
        let setup = format!(r#""setup":{{"compute":{{"kernel":"{kernel}","size":10}}}},"#);
        jobs.push(job("Set up", &setup, &format!(r#""tasks":9,"memory_mb":0.5,"steps":[{fetch}]"#)));
        jobs.push(job("Set up", &setup, &format!(r#""tasks":9,"arrive":{{"every_ms":1}},"steps":[{compute}]"#)));
    }
    // The same beside another group, which holds memory and waits for the first.
    let beside = |first: &Scenario| {
        let mut groups = first.groups.clone();
        groups[0].name = "first".into();
        groups.push(job("", "", &format!(r#""name":"b","memory_mb":1,"steps":[{asks},{compute}]"#)).groups.remove(0));
        groups[1].after = "first".into();
        Scenario { groups, ..first.clone() }
    };
    let beside: Vec<Scenario> = jobs.iter().map(beside).collect();
    jobs.extend(beside.into_iter().filter(|job| job.clone().validate().is_ok()));
    jobs
}

/// No mark of a part is left, no line too wide, and nothing in a program that it does not use.
#[test]
fn programs_are_whole_and_tidy() {
    for scenario in each() {
        for model in Model::ALL {
            let code = code(&scenario, model);
            let what = format!("{} as {}:\n{code}", scenario.to_json(), model.id());
            assert!(!code.contains("//?") && !code.contains("//==") && !code.contains('$'), "{what}");
            assert!(!code.contains("\n\n\n") && !code.contains(" \n"), "{what}");
            assert!(code.lines().all(|line| line.chars().count() <= 100), "{what}");
            let mut times: BTreeMap<&str, u32> = BTreeMap::new();
            for word in code.split(|c: char| !c.is_ascii_alphanumeric() && c != '_') {
                *times.entry(word).or_default() += 1;
            }
            for line in code.lines().filter(|line| line.starts_with(|c: char| c.is_ascii_lowercase())) {
                let mut of = line.strip_prefix("async ").unwrap_or(line).split([' ', '(', ':', '<', ';']);
                let keyword = of.next().unwrap_or_default();
                let Some(name) =
                    of.next().filter(|name| !matches!((keyword, *name), ("use" | "impl", _) | (_, "main")))
                else {
                    continue;
                };
                assert!(times[name] > 1, "{name} in {what}");
            }
        }
    }
}

#[test]
fn who_holds_the_lock_is_in_the_program() {
    let json = r#"{"lanes_scenario":2,"title":"The lock","groups":[{"tasks":8,"steps":[
        {"fetch":{"keeps_lock":true}},{"compute":{"kernel":"sha256","size":10,"holds_lock":0.3}}]}]}"#;
    let scenario = Scenario::from_json(json).expect("valid");
    expect_file!["golden/the_lock_gil.rs.txt"].assert_eq(&code(&scenario, Model::Gil));
    assert!(code(&scenario, Model::Threads).contains("It is to keep an interpreter's lock meanwhile: Rust has none."));
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
            for (path, feature) in
                [("[tokio::main", "macros"), ("tokio::task", "rt"), ("tokio::sync", "sync"), ("tokio::time", "time")]
            {
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
