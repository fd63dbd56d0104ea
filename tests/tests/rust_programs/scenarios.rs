//! What is exported: scenarios that together need every part of a program, and the models to try each of them under.

use lanes_core::{
    export::program::{Language, Program, program},
    kernels::Kernel,
    scenario::{Lane, Model, Scenario, presets::PRESETS},
};

/// All kernels, with sizes of a few milliseconds at the most.
pub(crate) const KERNELS: [(Kernel, u64); 7] = [
    (Kernel::Primes, 3000),
    (Kernel::Mandelbrot, 30),
    (Kernel::Sha256, 3),
    (Kernel::Wordcount, 3001),
    (Kernel::Matmul, 17),
    (Kernel::Sort, 999),
    (Kernel::Pi, 5000),
];

/// Scenarios that together need every part of a program, and the models to try each of them under.
#[rustfmt::skip]
pub(crate) fn scenarios(base: &str) -> Vec<(String, Scenario, Vec<Model>)> {
    use Model::{Async, Gil, Hybrid, Processes, Sequential, Threads};
    let mut all: Vec<_> =
        PRESETS.iter().map(|preset| (preset.id.to_owned(), preset.scenario(), Model::ALL.to_vec())).collect();
    let mut add = |name: &str, models: &[Model], groups: &str, rest: &str| {
        let groups = groups.replace("BASE/", base);
        let json = format!(r#"{{ "lanes_scenario": 1, {rest} "groups": [{groups}] }}"#);
        let value: serde_json::Value = serde_json::from_str(&json).expect("JSON");
        let mut fields = serde_json::json!({ "workers": 2, "seed": 7 });
        fields.as_object_mut().expect("an object").extend(value.as_object().expect("an object").clone());
        let scenario = Scenario::from_value(&fields).unwrap_or_else(|problems| panic!("{name}: {problems:?}"));
        all.push((name.to_owned(), scenario, models.to_vec()));
    };

    for (kernel, size) in KERNELS {
        let group = |tasks: u32, spread: &str| format!(
            r#"{{ "tasks": {tasks}, "steps": [{{ "compute": {{ "kernel": "{kernel}", "size": {size}, "spread": "{spread}" }} }}] }}"#
        );
        add(&format!("{kernel}-even"), &[Sequential], &group(5, "even"), "");
        add(&format!("{kernel}-heavy"), &[Threads], &group(40, "heavy"), "");
    }
    add("lock", &Model::ALL, r#"{ "tasks": 9, "steps": [
        { "fetch": { "latency_ms": 2, "bytes": 300, "keeps_lock": true } },
        { "compute": { "kernel": "sha256", "size": 3, "holds_lock": 0.3 } },
        { "compute": { "kernel": "primes", "size": 900, "holds_lock": 0 } },
        { "compute": { "kernel": "wordcount", "input": "body", "holds_lock": 0.5 } },
        { "fetch": { "latency_ms": 1, "bytes": 30 } }] }"#, "");
    add("lock-late", &[Gil, Async, Hybrid], r#"{ "tasks": 4, "steps": [
        { "fetch": { "latency_ms": 900, "timeout_ms": 3, "keeps_lock": true } }] },
        { "tasks": 3, "steps": [{ "fetch": { "latency_ms": 1, "spread": "uniform" } }] }"#, "");
    add("many-groups", &Model::ALL, r#"
        { "name": "Pages & more", "tasks": 7, "steps": [
            { "fetch": { "latency_ms": 3, "spread": "uniform", "bytes": 300 } },
            { "compute": { "kernel": "wordcount", "input": "body" } }] },
        { "name": "Pages & more", "tasks": 4, "steps": [
            { "fetch": { "latency_ms": 2.5, "spread": "heavy", "bytes": 70000 } },
            { "compute": { "kernel": "pi", "size": 700, "spread": "uniform" } },
            { "compute": { "kernel": "sha256", "input": "body" } },
            { "compute": { "kernel": "sort", "input": "body" } }] },
        { "name": "", "tasks": 11, "steps": [
            { "compute": { "kernel": "primes", "size": 300 } }, { "compute": { "kernel": "mandelbrot", "size": 10 } },
            { "compute": { "kernel": "sha256", "size": 2 } }, { "compute": { "kernel": "wordcount", "size": 333 } },
            { "compute": { "kernel": "matmul", "size": 9 } }, { "compute": { "kernel": "sort", "size": 99 } },
            { "compute": { "kernel": "pi", "size": 999 } }] },
        { "name": "42", "steps": [{ "compute": { "kernel": "primes", "size": 10 } }, { "bump": { "guard": "atomic" } }] }"#,
        r#" "title": "Everything\n\u202Eat once", "workers": 3, "concurrency": 7, "chunk": 3, "seed": "18446744073709551615", "#);
    add("several-fetches", &Model::ALL, r#"{ "tasks": 9, "steps": [
        { "fetch": { "latency_ms": 1.25, "bytes": 0 } },
        { "fetch": { "latency_ms": 4, "blocking": true } },
        { "fetch": { "latency_ms": 0, "bytes": 20000 } },
        { "compute": { "kernel": "sort", "input": "body" } },
        { "fetch": { "latency_ms": 2, "spread": "heavy", "blocking": true, "bytes": 1 } }] }"#, "");
    add("one-task", &[Async, Processes], r#"{ "steps": [{ "fetch": { "latency_ms": 1, "spread": "heavy" } }] }"#, "");
    add("short-tasks", &[Async, Threads, Processes],
        r#"{ "tasks": 20000, "steps": [{ "compute": { "kernel": "primes", "size": 20, "spread": "uniform" } }] }"#, "");
    for guard in ["none", "gil", "lock", "atomic"] {
        let group = format!(r#"{{ "tasks": 20, "steps": [{{ "bump": {{ "times": 2000, "guard": "{guard}" }} }}] }}"#);
        add(&format!("bump-{guard}"), &[Gil, Threads, Processes], &group, "");
    }
    add("bumps", &Model::ALL, r#"{ "tasks": 20, "steps": [
        { "bump": { "guard": "none" } }, { "bump": { "guard": "gil" } }, { "bump": { "guard": "lock" } },
        { "bump": { "guard": "atomic", "times": 12345 } }, { "bump": { "guard": "lock", "times": 1 } }] }"#, "");
    add("bump-locks", &[Async, Gil],
        r#"{ "tasks": 20, "steps": [{ "bump": { "guard": "gil" } }, { "bump": { "guard": "lock" } }] }"#, "");

    add("late", &Model::ALL, r#"
        { "tasks": 4, "steps": [{ "fetch": { "latency_ms": 5000, "timeout_ms": 40, "bytes": 64 } }] },
        { "tasks": 3, "steps": [{ "fetch": { "latency_ms": 1, "bytes": 30 } }, { "compute": { "size": 50 } }] }"#, "");
    add("in-time", &Model::ALL, r#"
        { "name": "asked", "tasks": 40, "arrive": { "rate_per_s": 600, "spread": "heavy" }, "steps": [
            { "fetch": { "latency_ms": 1, "bytes": 30 } }] },
        { "name": "there", "tasks": 7, "steps": [{ "compute": { "size": 50 } }] },
        { "name": "report", "tasks": 5, "after": "asked", "steps": [{ "compute": { "kernel": "pi", "size": 50 } }] },
        { "name": "uneven", "tasks": 15, "arrive": { "every_ms": 3.3, "spread": "uniform" }, "steps": [{ "compute": { "size": 50 } }] }"#,
        r#" "chunk": 3, "concurrency": 5, "#);
    add("in-time-and-late", &Model::ALL, r#"{ "tasks": 9, "arrive": { "every_ms": 2 }, "steps": [
        { "fetch": { "latency_ms": 20, "spread": "uniform", "timeout_ms": 20, "bytes": 64 } }] }"#, "");
    add("stages", &[Sequential, Async, Gil, Processes], r#"
        { "name": "first", "tasks": 9, "steps": [{ "fetch": { "latency_ms": 2, "bytes": 30 } }, { "compute": { "size": 50 } }] },
        { "name": "second", "tasks": 5, "after": "first", "steps": [{ "compute": { "kernel": "pi", "size": 50 } }] }"#, "");
    add("late-and-blocking", &[Async, Hybrid], r#"
        { "tasks": 9, "steps": [
            { "fetch": { "latency_ms": 20, "spread": "uniform", "timeout_ms": 20, "bytes": 64, "blocking": true } }] }"#, "");
    add("file", &Model::ALL, r#"{ "tasks": 6, "steps": [
        { "compute": { "kernel": "wordcount", "input": "file" } }, { "compute": { "kernel": "sha256", "input": "file" } }] }"#, "");
    add("file-and-fetch", &[Sequential, Async, Hybrid, Processes], r#"{ "tasks": 6, "steps": [
        { "compute": { "kernel": "sort", "input": "file" } },
        { "fetch": { "latency_ms": 1, "bytes": 99 } },
        { "compute": { "kernel": "sha256", "input": "body" } },
        { "compute": { "kernel": "wordcount", "input": "file" } },
        { "compute": { "kernel": "sort", "input": "body" } },
        { "fetch": { "latency_ms": 1, "bytes": 9 } },
        { "compute": { "kernel": "wordcount", "input": "body" } }] }"#, "");
    add("file-of-groups", &[Async, Threads, Processes], r#"
        { "name": "words", "tasks": 5, "steps": [{ "compute": { "kernel": "wordcount", "input": "file" } }] },
        { "name": "waits", "tasks": 3, "steps": [{ "fetch": { "latency_ms": 2, "bytes": 10 } }] },
        { "name": "hashes", "tasks": 2, "steps": [
            { "compute": { "kernel": "sha256", "input": "file" } }, { "compute": { "kernel": "sort", "input": "file" } }] }"#, "");

    add("server", &[Sequential, Hybrid], r#"{ "tasks": 6, "steps": [
        { "fetch": { "from": "server", "latency_ms": 2, "bytes": 5000 } },
        { "compute": { "kernel": "wordcount", "input": "body" } }] }"#, "");
    add("server-thrice", &[Async, Threads, Processes], r#"{ "tasks": 6, "steps": [
        { "fetch": { "from": "server", "latency_ms": 2, "spread": "uniform" } },
        { "fetch": { "from": "server", "latency_ms": 1 } },
        { "fetch": { "from": "server", "latency_ms": 1, "blocking": true, "timeout_ms": 1500 } }] }"#, r#" "concurrency": 4, "#);
    let pages = r#"{ "tasks": 7, "steps": [
        { "fetch": { "from": ["BASE/page/a", "BASE/page/b", "BASE/page/missing"], "timeout_ms": 5000 } }] }"#;
    add("pages", &Model::ALL, pages, "");
    let hard = |blocking: bool| format!(r#"{{ "tasks": 6, "steps": [
        {{ "fetch": {{ "from": ["BASE/page/a", "BASE/page/gzip", "BASE/page/deflate"], "timeout_ms": 5000, "blocking": {blocking} }} }}] }}"#);
    add("compressed", &[Sequential, Async, Hybrid], &hard(false), "");
    add("compressed-and-blocking", &[Async, Hybrid], &hard(true), "");
    add("pages-in-chunks", &[Processes], pages, r#" "chunk": 2, "#);
    add("pages-of-groups", &[Sequential, Async, Hybrid], r#"
        { "name": "async", "tasks": 3, "steps": [{ "fetch": { "from": ["BASE/page/a", "BASE/page/missing"] } }] },
        { "name": "self", "tasks": 2, "steps": [{ "compute": { "kernel": "primes", "size": 100 } }] },
        { "name": "blocking", "tasks": 4, "steps": [
            { "fetch": { "from": ["BASE/page/c", "BASE/page/d"], "blocking": true } },
            { "fetch": { "from": ["BASE/page/e"], "timeout_ms": 777 } }] }"#, "");

    add("first-and-limits", &Model::ALL, r#"
        { "name": "asks", "tasks": 8, "memory_mb": 1.5, "steps": [
            { "fetch": { "latency_ms": 4, "bytes": 900, "retries": 10, "backoff_ms": 3 } },
            { "compute": { "kernel": "sort", "size": 300 } },
            { "fetch": { "latency_ms": 2, "bytes": 70, "spread": "uniform", "retries": 9, "backoff_ms": 5, "blocking": true } }] },
        { "name": "holds", "tasks": 5, "memory_mb": 0.5, "steps": [{ "compute": { "size": 50 } }] }"#,
        r#" "workers": 3, "concurrency": 7, "setup": { "compute": { "kernel": "sort", "size": 500 } }, "server": { "capacity": 1,
            "rate_per_s": 300, "burst": 3, "errors": 0.1, "bandwidth_mbit": 2, "connect_ms": 1, "slows": 0.5 }, "#);
    add("refused", &[Async, Processes], r#"{ "tasks": 9, "steps": [
        { "fetch": { "latency_ms": 2, "bytes": 70, "retries": 10, "backoff_ms": 8, "timeout_ms": 5 } }] }"#,
        r#" "workers": 4, "chunk": 2, "server": { "capacity": 3, "full": "refuse", "connect_ms": 1, "keep_alive": false }, "#);
    add("failed", &[Gil, Processes], r#"{ "tasks": 30, "steps": [{ "fetch": { "latency_ms": 1, "bytes": 70 } }] }"#,
        r#" "server": { "errors": 0.3 }, "#);
    add("own-limits", &[Async, Processes], r#"{ "tasks": 6, "steps": [
        { "fetch": { "from": "server", "latency_ms": 2, "bytes": 500, "retries": 2, "backoff_ms": 1 } }] }"#,
        r#" "server": { "capacity": 3 }, "#);
    add("own-limits-and-blocking", &[Hybrid], r#"
        { "name": "waits", "tasks": 6, "steps": [{ "fetch": { "from": "server", "latency_ms": 2, "retries": 1 } }] },
        { "name": "blocks", "tasks": 6, "steps": [
            { "fetch": { "from": "server", "latency_ms": 2, "retries": 2, "backoff_ms": 1, "blocking": true } }] }"#,
        r#" "server": { "capacity": 3 }, "#);
    add("data", &Model::ALL, r#"
        { "name": "late", "tasks": 17, "steps": [
            { "fetch": { "latency_ms": 1, "bytes": 64, "timeout_ms": 3, "spread": "heavy" } },
            { "compute": { "size": 90, "bytes_in": 70001, "bytes_out": 33 } },
            { "compute": { "kernel": "pi", "size": 900, "bytes_in": 4000, "bytes_out": 90000, "shape": "numbers" } }] },
        { "name": "pairs", "tasks": 5, "memory_mb": 2, "steps": [{ "compute": {
            "kernel": "wordcount", "input": "file", "bytes_in": 70000, "bytes_out": 1607, "shape": "objects" } }] },
        { "name": "none", "tasks": 3, "steps": [{ "compute": { "size": 80 } }] }"#,
        r#" "chunk": 4, "setup": { "ms": 12.5 }, "#);
    add("numbers", &[Threads, Hybrid, Processes], r#"{ "tasks": 21, "steps": [
        { "compute": { "size": 900, "bytes_in": 300000, "bytes_out": 20000, "shape": "numbers" } }] }"#, r#" "setup": { "ms": 3 }, "#);
    add("bytes-and-limits", &[Processes], r#"{ "tasks": 21, "steps": [
        { "fetch": { "latency_ms": 3, "bytes": 64 } },
        { "compute": { "size": 900, "bytes_in": 300000, "bytes_out": 90000 } }] }"#, r#" "chunk": 5, "server": { "capacity": 1 }, "#);
    all
}

/// Programs with the longest names and numbers, to be formatted but not run: it would take hours.
pub(crate) fn wide() -> Vec<Program> {
    let step = |kernel: Kernel, spread: &str| {
        let size = kernel.about().max_size / 10;
        format!(r#"{{ "compute": {{ "kernel": "{kernel}", "size": {size}, "spread": "{spread}" }} }}"#)
    };
    let steps = KERNELS.map(|(kernel, _)| step(kernel, "heavy"));
    let more = KERNELS.map(|(kernel, _)| step(kernel, "uniform"));
    let latency = r#"{ "fetch": { "latency_ms": 59999.999, "spread": "heavy", "bytes": 16777216 } }, { "fetch": {} },
        { "fetch": { "from": "server", "blocking": true, "latency_ms": 59999.999, "timeout_ms": 29999, "spread": "heavy" } },
        { "fetch": { "from": "server", "blocking": true, "bytes": 16777216 } },
        { "fetch": { "from": ["https://a.example/"], "blocking": true, "timeout_ms": 29999 } },
        { "fetch": { "from": ["https://b.example/"], "blocking": true } },
        { "fetch": { "blocking": true, "latency_ms": 0.001 } }, { "fetch": { "blocking": true } }"#;
    let json = format!(
        r#"{{ "lanes_scenario": 1, "groups": [
            {{ "name": "the longest name there can be", "steps": [{}] }}, {{ "steps": [{}] }}, {{ "steps": [{latency}] }}] }}"#,
        steps.join(", "),
        more.join(", ")
    );
    let scenario = Scenario::from_json(&json).expect("a valid scenario");
    let write = |model| program(&scenario, Lane::native(model), Language::Rust).expect("a program for every model");
    Model::ALL.map(write).to_vec()
}
