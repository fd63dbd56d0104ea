//! The exported Rust programs: built as they are, without a warning, and run; they come to core's own checksums.
//!
//! All programs are the binaries of one package in cargo's folder for such things, which is kept: a second run
//! compiles only what changed.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
    process::Command,
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    thread,
};

use axum::{
    Router,
    extract::{Query, Request},
    http::{HeaderMap, StatusCode, header},
    routing::get,
};
use lanes_core::{
    body,
    export::program::{Language, Program, program},
    kernels::{Input, Kernel, Scratch},
    plan::{Action, Origin, Plan, fold_digest, task_digest},
    scenario::{Guard, Lane, Model, Scenario, Step, presets::PRESETS},
};
use lanes_tests::{compressed, reference, root};

/// Programs that run at the same time: most of them wait most of the time.
const AT_ONCE: usize = 6;

/// What the programs name, without TLS: the requests here go to this machine. The versions are the lock file's.
const DEPENDENCIES: &str = r#"
anyhow = "1"
crc32fast = "1"
flate2 = "1"
rayon = "1"
reqwest = { version = "0.13", default-features = false }
sha2 = "0.11"
tokio = { version = "1", features = ["macros", "rt", "sync", "time"] }
ureq = { version = "3", default-features = false }
"#;

/// All kernels, with sizes of a few milliseconds at the most.
const KERNELS: [(Kernel, u64); 7] = [
    (Kernel::Primes, 3000),
    (Kernel::Mandelbrot, 30),
    (Kernel::Sha256, 3),
    (Kernel::Wordcount, 3001),
    (Kernel::Matmul, 17),
    (Kernel::Sort, 999),
    (Kernel::Pi, 5000),
];

/// A program and what it should print.
struct Case {
    name: String,
    program: Program,
    wanted: Wanted,
    /// What the counter should say, where that is certain.
    counter: Option<String>,
}

/// What every program of a scenario is given and should come to.
#[derive(Clone)]
struct Wanted {
    file: Option<PathBuf>,
    checksum: String,
    failed: usize,
    bumps: u64,
}

#[test]
fn every_program_comes_to_the_checksum_of_lanes() {
    let package = Path::new(env!("CARGO_TARGET_TMPDIR")).join("rust-programs");
    let server = Server::start(&package);
    let mut cases = Vec::new();
    for (name, scenario, models) in scenarios(&server.base) {
        let wanted = Wanted::of(&package, &scenario, &server.base);
        cases.extend(models.into_iter().map(|model| Case::of(&name, &scenario, model, &wanted)));
    }
    write_package(&package, &cases);
    for program in wide() {
        write(&package.join("wide").join(&program.file_name), program.code.as_bytes());
    }
    assert_well_formatted(&package);
    build(&package);

    let next = AtomicUsize::new(0);
    let problems = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                while let Some(case) = cases.get(next.fetch_add(1, Relaxed)) {
                    if let Err(problem) = run(&package, case, &server.base) {
                        problems.lock().expect("nobody panics").push(format!("{}: {problem}", case.name));
                    }
                }
            });
        }
    });
    let problems = problems.into_inner().expect("nobody panics");
    assert!(problems.is_empty(), "{} of {} programs:\n{}", problems.len(), cases.len(), problems.join("\n"));
}

/// Scenarios that together need every part of a program, and the models to try each of them under.
#[rustfmt::skip]
fn scenarios(base: &str) -> Vec<(String, Scenario, Vec<Model>)> {
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
    all
}

/// Programs with the longest names and numbers, to be formatted but not run: it would take hours.
fn wide() -> Vec<Program> {
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

impl Wanted {
    fn of(package: &Path, scenario: &Scenario, base: &str) -> Self {
        let (mut file, mut bytes) = (None, Vec::new());
        if scenario.wants_file() {
            // Bytes of every kind, so no UTF-8, and a length that the tasks do not divide.
            bytes = (0..150_001u32).map(|i| (i.wrapping_mul(i) % 251) as u8).collect();
            write(&package.join("file.bin"), &bytes);
            file = Some(package.join("file.bin"));
        }
        if scenario.wants_addresses() {
            let (checksum, failed) = asked(scenario, base);
            return Self { file, checksum, failed, bumps: 0 };
        }
        let totals = reference::totals(scenario, &bytes);
        let (checksum, failed) = (format!("{:016x}", totals.checksum), totals.failed as usize);
        Self { file, checksum, failed, bumps: totals.bumps }
    }
}

impl Case {
    fn of(name: &str, scenario: &Scenario, model: Model, wanted: &Wanted) -> Self {
        let program = program(scenario, Lane::native(model), Language::Rust).expect("a program for every model");
        let bumps = wanted.bumps;
        let loses = scenario.steps().any(|step| matches!(step, Step::Bump(bump) if bump.guard == Guard::None));
        let counter = match model {
            _ if bumps == 0 => None,
            Model::Processes => Some(format!("counter 0 of {bumps}")),
            Model::Threads | Model::Hybrid if loses => None,
            _ => Some(format!("counter {bumps} of {bumps}")),
        };
        Self { name: format!("{name}_{}", model.id()), program, wanted: wanted.clone(), counter }
    }
}

/// What a scenario of addresses should come to, which core alone cannot know: the checksum of the tasks whose pages
/// are there, and how many are not.
fn asked(scenario: &Scenario, base: &str) -> (String, usize) {
    let plan = Plan::new(scenario.clone().validate().expect("a valid scenario"));
    let (mut sum, mut failed) = (0u64, 0);
    for number in 0..plan.tasks() {
        let mut digest = Some(task_digest(number));
        for step in 0..plan.steps(number) {
            let done = match plan.action(number, step) {
                Action::Fetch(fetch) => match fetch.origin {
                    Origin::Url(url) => {
                        let page = url.strip_prefix(base).unwrap_or_default().trim_start_matches("page/");
                        (page != "missing").then(|| body::digest(page_text(page).as_bytes()))
                    }
                    _ => unreachable!("only addresses"),
                },
                Action::Compute(action) => {
                    let input = Input::Generated { size: action.size, seed: action.seed };
                    Some(action.kernel.digest(input, &mut Scratch::new()))
                }
                Action::Bump { .. } => Some(0),
                Action::Call => unreachable!("a Rust program calls no Python"),
            };
            digest = digest.zip(done).map(|(digest, done)| fold_digest(digest, done));
        }
        match digest {
            Some(digest) => sum = sum.wrapping_add(digest),
            None => failed += 1,
        }
    }
    (format!("{sum:016x}"), failed)
}

/// Writes what changed, so that cargo compiles only that.
fn write(path: &Path, bytes: &[u8]) {
    if fs::read(path).ok().as_deref() != Some(bytes) {
        fs::write(path, bytes).expect("a file that can be written");
    }
}

fn write_package(package: &Path, cases: &[Case]) {
    let bin = package.join("src/bin");
    for folder in [&bin, &package.join("wide")] {
        fs::create_dir_all(folder).expect("a folder for the programs");
    }
    let mut manifest = String::from(
        "[package]\nname = \"rust-programs\"\nversion = \"0.0.0\"\nedition = \"2024\"\npublish = false\n\n[workspace]\n\n\
         [profile.dev]\nopt-level = 1\ndebug = false\nincremental = false\n\n[lints.rust]\nwarnings = \"deny\"\n\n[dependencies]",
    );
    manifest.push_str(DEPENDENCIES);
    write(&package.join("Cargo.toml"), manifest.as_bytes());
    // Lanes' own line width is not what others have.
    write(&package.join("rustfmt.toml"), b"style_edition = \"2024\"\n");
    fs::copy(root().join("Cargo.lock"), package.join("Cargo.lock")).expect("the lock file of Lanes");
    let mut names = BTreeSet::new();
    for case in cases {
        let name = format!("{}.rs", case.name);
        write(&bin.join(&name), case.program.code.as_bytes());
        names.insert(name);
    }
    for entry in fs::read_dir(&bin).expect("the folder of the programs").flatten() {
        if !names.contains(&*entry.file_name().to_string_lossy()) {
            fs::remove_file(entry.path()).expect("a program of before");
        }
    }
}

fn assert_well_formatted(package: &Path) {
    let folder = |name: &str| fs::read_dir(package.join(name)).expect("a folder of programs").flatten();
    let files = folder("src/bin").chain(folder("wide")).map(|entry| entry.path());
    let output = Command::new("rustfmt").args(["--check", "--edition", "2024"]).args(files).output().expect("rustfmt");
    let differences = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "rustfmt would write this otherwise:\n{differences}");
}

fn build(package: &Path) {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["build", "--quiet", "--bins", "--manifest-path"]).arg(package.join("Cargo.toml"));
    cargo.arg("--target-dir").arg(package.join("target")).env_remove("RUSTFLAGS");
    let output = cargo.output().expect("cargo can be started");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

fn run(package: &Path, case: &Case, base: &str) -> Result<(), String> {
    let mut command = Command::new(package.join("target/debug").join(&case.name));
    command.args(&case.wanted.file).env("LANES_SERVER", base).env("LANES_TOKEN", TOKEN);
    for proxy in ["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"] {
        command.env_remove(proxy);
    }
    let output = command.output().map_err(|error| error.to_string())?;
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let complaint = String::from_utf8_lossy(&output.stderr).into_owned();
    let lines: Vec<&str> = said.lines().collect();
    let tasks: usize = lines.get(1).and_then(|line| line.split(' ').nth(1)).and_then(|n| n.parse().ok()).unwrap_or(0);
    let mut expected = format!("checksum {}\ntasks {tasks} done", case.wanted.checksum);
    if case.wanted.failed > 0 {
        write!(expected, ", {} failed", case.wanted.failed).expect("a text grows");
    }
    let is_reason =
        |line: &str| line.starts_with("failed: ") && (line.contains("404") || line.contains("ms (timeout_ms); raise"));
    let reasons = complaint.lines().filter(|line| is_reason(line)).count();
    let is_right = output.status.success()
        && said.starts_with(&format!("{expected}\nwall "))
        && case.counter.as_deref().is_none_or(|counter| lines.get(3) == Some(&counter))
        && reasons == case.wanted.failed.min(5)
        && complaint.lines().count() == reasons;
    is_right.then_some(()).ok_or_else(|| format!("should begin with\n{expected}\nbut printed\n{said}{complaint}"))
}

const TOKEN: &str = "a-token";

/// A server like that of Lanes, and a few pages, until the test ends.
struct Server {
    base: String,
    _stop: tokio::sync::oneshot::Sender<()>,
}

impl Server {
    /// At the address it had the last time, if that is free: it stands in programs, which are compiled again otherwise.
    fn start(package: &Path) -> Self {
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        let last = fs::read_to_string(package.join("address")).unwrap_or_default();
        let listener = std::net::TcpListener::bind(&*last)
            .or_else(|_| std::net::TcpListener::bind("127.0.0.1:0"))
            .expect("a free port");
        let address = listener.local_addr().expect("a bound listener").to_string();
        fs::create_dir_all(package).expect("a folder for the package");
        write(&package.join("address"), address.as_bytes());
        listener.set_nonblocking(true).expect("a listener for an event loop");
        let base = format!("http://{address}/");
        thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("an event loop");
            runtime.block_on(async {
                let listener = tokio::net::TcpListener::from_std(listener).expect("a listener");
                let ended = async { stopped.await.unwrap_or_default() };
                axum::serve(listener, pages()).with_graceful_shutdown(ended).await.expect("a server");
            });
        });
        Self { base, _stop: stop }
    }
}

fn pages() -> Router {
    let answer = async |Query(asked): Query<BTreeMap<String, String>>, request: Request| {
        let token = request.headers().get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        if token != Some(&format!("Bearer {TOKEN}")) {
            return (StatusCode::UNAUTHORIZED, Vec::new());
        }
        let number = |name: &str| asked.get(name).and_then(|text| text.parse::<f64>().ok()).expect("a number");
        tokio::time::sleep(std::time::Duration::from_secs_f64(number("ms") / 1000.0)).await;
        let mut bytes = vec![0; number("bytes") as usize];
        body::fill(number("seed") as u32, &mut bytes);
        (StatusCode::OK, bytes)
    };
    let page = async |axum::extract::Path(name): axum::extract::Path<String>| match &*name {
        "missing" => (StatusCode::NOT_FOUND, HeaderMap::new(), Vec::new()),
        name @ ("gzip" | "deflate") => {
            let text = page_text(name).into_bytes();
            let bytes = if name == "gzip" { compressed::gzip(&text) } else { compressed::deflate(&text) };
            let coding = header::HeaderValue::from_str(name).expect("a word");
            (StatusCode::OK, HeaderMap::from_iter([(header::CONTENT_ENCODING, coding)]), bytes)
        }
        name => (StatusCode::OK, HeaderMap::new(), page_text(name).into_bytes()),
    };
    Router::new().route("/api/body", get(answer)).route("/page/{name}", get(page))
}

fn page_text(name: &str) -> String {
    format!("This is page {name}.\n").repeat(100)
}
