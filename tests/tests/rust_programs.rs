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
    http::{StatusCode, header},
    routing::get,
};
use lanes_core::{
    body,
    export::program::{Language, Program, program},
    kernels::{Input, Scratch},
    plan::{Action, Origin, Plan, fold_digest, task_digest},
    scenario::{Guard, Lane, Model, Scenario, Step, presets::PRESETS},
};
use lanes_tests::{reference, root};
use serde_json::{Value, json};

/// Programs that run at the same time: most of them wait most of the time.
const AT_ONCE: usize = 6;

/// What the programs name, without TLS: the requests here go to this machine. The versions are the lock file's.
const DEPENDENCIES: &str = r#"
anyhow = "1"
crc32fast = "1"
rayon = "1"
reqwest = { version = "0.13", default-features = false }
sha2 = "0.11"
tokio = { version = "1", features = ["macros", "rt", "sync", "time"] }
ureq = { version = "3", default-features = false }
"#;

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
fn scenarios(base: &str) -> Vec<(String, Scenario, Vec<Model>)> {
    let mut all: Vec<_> =
        PRESETS.iter().map(|preset| (preset.id.to_owned(), preset.scenario(), Model::ALL.to_vec())).collect();
    let mut add = |name: &str, models: &[Model], value: Value| {
        let scenario = Scenario::from_value(&value).unwrap_or_else(|problems| panic!("{name}: {problems:?}"));
        all.push((name.to_owned(), scenario, models.to_vec()));
    };
    let compute = |kernel: &str, size: u64, spread: &str| json!({ "compute": { "kernel": kernel, "size": size, "spread": spread } });
    let over = |kernel: &str, input: &str| json!({ "compute": { "kernel": kernel, "input": input } });
    let fetch = |latency: f64, spread: &str, bytes: u32| json!({ "fetch": { "latency_ms": latency, "spread": spread, "bytes": bytes } });
    let bump = |guard: &str| json!({ "bump": { "times": 2000, "guard": guard } });
    let one = |tasks: u32, steps: &[Value]| {
        json!({ "lanes_scenario": 1, "title": "One", "groups": [{ "tasks": tasks, "steps": steps }],
            "workers": 2, "concurrency": 3, "seed": 7 })
    };

    let kernels = [
        ("primes", 3000),
        ("mandelbrot", 30),
        ("sha256", 3),
        ("wordcount", 3001),
        ("matmul", 17),
        ("sort", 999),
        ("pi", 5000),
    ];
    for (kernel, size) in kernels {
        add(&format!("{kernel}-even"), &[Model::Sequential, Model::Hybrid], one(5, &[compute(kernel, size, "even")]));
        add(&format!("{kernel}-heavy"), &[Model::Threads, Model::Gil], one(40, &[compute(kernel, size, "heavy")]));
    }
    add(
        "many-groups",
        &Model::ALL,
        json!({
            "lanes_scenario": 1, "title": "Everything\n\u{202E}at once", "workers": 3, "concurrency": 7, "chunk": 3,
            "seed": "18446744073709551615",
            "groups": [
                { "name": "Pages & more", "tasks": 7, "steps": [fetch(3.0, "uniform", 300), over("wordcount", "body")] },
                { "name": "Pages & more", "tasks": 4, "steps": [fetch(2.5, "heavy", 70_000), compute("pi", 700, "uniform"), over("sha256", "body"), over("sort", "body")] },
                { "name": "", "tasks": 11, "steps": kernels.map(|(kernel, size)| compute(kernel, size, "even")) },
                { "name": "42", "tasks": 1, "steps": [compute("primes", 10, "even"), bump("atomic")] },
            ],
        }),
    );
    add(
        "several-fetches",
        &Model::ALL,
        one(
            9,
            &[
                fetch(1.25, "even", 0),
                json!({ "fetch": { "latency_ms": 4, "blocking": true } }),
                fetch(0.0, "even", 20_000),
                over("sort", "body"),
                json!({ "fetch": { "latency_ms": 2, "spread": "heavy", "blocking": true, "bytes": 1 } }),
            ],
        ),
    );
    add(
        "one-task",
        &Model::ALL,
        json!({ "lanes_scenario": 1, "groups": [{ "tasks": 1, "steps": [fetch(1.0, "heavy", 9)] }] }),
    );
    add(
        "short-tasks",
        &[Model::Processes, Model::Async, Model::Threads],
        json!({ "lanes_scenario": 1, "title": "Short",
        "groups": [{ "tasks": 20_000, "steps": [compute("primes", 20, "uniform")] }], "workers": 2 }),
    );
    for guard in ["none", "gil", "lock", "atomic"] {
        add(
            &format!("bump-{guard}"),
            &[Model::Gil, Model::Threads, Model::Hybrid, Model::Processes],
            one(20, &[bump(guard)]),
        );
    }
    add("bump-mixed", &Model::ALL, one(20, &["none", "gil", "lock", "atomic", "lock"].map(bump)));
    add("bump-locks", &[Model::Sequential, Model::Async, Model::Gil], one(20, &["gil", "lock"].map(bump)));

    add("file", &Model::ALL, one(6, &[over("wordcount", "file"), over("sha256", "file")]));
    add(
        "file-and-fetch",
        &Model::ALL,
        one(6, &[over("sort", "file"), fetch(1.0, "even", 99), over("sha256", "body"), over("wordcount", "file")]),
    );
    add(
        "file-of-groups",
        &Model::ALL,
        json!({ "lanes_scenario": 1, "title": "Two groups", "workers": 2, "concurrency": 4, "groups": [
        { "name": "words", "tasks": 5, "steps": [over("wordcount", "file")] },
        { "name": "waits", "tasks": 3, "steps": [fetch(2.0, "even", 10)] },
        { "name": "hashes", "tasks": 2, "steps": [over("sha256", "file"), over("sort", "file")] }] }),
    );

    let server = |latency: f64, spread: &str| json!({ "fetch": { "from": "server", "latency_ms": latency, "spread": spread, "bytes": 5000 } });
    add("server", &Model::ALL, one(6, &[server(2.0, "even"), over("wordcount", "body")]));
    add(
        "server-twice",
        &Model::ALL,
        one(
            6,
            &[
                server(2.0, "uniform"),
                server(1.0, "even"),
                json!({ "fetch": { "from": "server", "latency_ms": 1, "blocking": true, "timeout_ms": 1500 } }),
            ],
        ),
    );
    let page = |name: &str| format!("{base}page/{name}");
    let urls = json!({ "fetch": { "from": [page("a"), page("b"), page("missing")], "timeout_ms": 5000 } });
    add("urls", &Model::ALL, one(7, &[urls.clone()]));
    let mut chunks = one(7, &[urls.clone()]);
    chunks["chunk"] = json!(2);
    add("urls-chunks", &[Model::Processes], chunks);
    let blocking = json!({ "fetch": { "from": [page("c"), page("d")], "blocking": true } });
    add(
        "urls-of-groups",
        &Model::ALL,
        json!({ "lanes_scenario": 1, "title": "Addresses", "workers": 2, "groups": [
        { "name": "async", "tasks": 3, "steps": [urls] },
        { "name": "self", "tasks": 2, "steps": [compute("primes", 100, "even")] },
        { "name": "blocking", "tasks": 4, "steps": [blocking, json!({ "fetch": { "from": [page("e")], "timeout_ms": 777 } })] }] }),
    );
    all
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
        Self { file, checksum: format!("{:016x}", totals.checksum), failed: 0, bumps: totals.bumps }
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
    let plan = Plan::new(scenario.clone());
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
    fs::create_dir_all(&bin).expect("a folder for the programs");
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
    let files = fs::read_dir(package.join("src/bin")).expect("the programs").flatten().map(|entry| entry.path());
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
    let reasons = complaint.lines().filter(|line| line.starts_with("failed: ") && line.contains("404")).count();
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
        "missing" => (StatusCode::NOT_FOUND, String::new()),
        name => (StatusCode::OK, page_text(name)),
    };
    Router::new().route("/api/body", get(answer)).route("/page/{name}", get(page))
}

fn page_text(name: &str) -> String {
    format!("This is page {name}.\n").repeat(100)
}
