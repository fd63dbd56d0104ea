//! The exported Rust programs: built as they are, without a warning, and run; they come to core's own checksums.
//!
//! All programs are the binaries of one package in cargo's folder for such things, which is kept: a second run
//! compiles only what changed.

mod generated;
mod scenarios;
mod server;
mod wanted;

use std::{
    collections::BTreeSet,
    fmt::Write as _,
    fs,
    path::Path,
    process::Command,
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    thread,
};

use lanes_core::{
    export::program::{Language, Program, program},
    scenario::{Guard, Lane, Model, Scenario, Step},
};
use lanes_tests::root;

use self::{
    scenarios::{scenarios, wide},
    server::{Server, TOKEN},
    wanted::Wanted,
};

/// Programs that run at the same time: most of them wait most of the time.
const AT_ONCE: usize = 6;

/// What the programs name, without TLS: the requests here go to this machine. The versions are the lock file's.
const DEPENDENCIES: &str = r#"
anyhow = "1"
crc32fast = "1"
flate2 = "1"
postcard = { version = "1", default-features = false, features = ["alloc"] }
rayon = "1"
reqwest = { version = "0.13", default-features = false }
sha2 = "0.11"
thiserror = "2"
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

#[test]
fn every_program_comes_to_the_checksum_of_lanes() {
    let package = Path::new(env!("CARGO_TARGET_TMPDIR")).join("rust-programs");
    let server = Server::start(&package);
    let mut cases = Vec::new();
    for (name, scenario, models) in scenarios(&server.base).into_iter().chain(generated::to_run()) {
        let wanted = Wanted::of(&package, &scenario, &server.base);
        cases.extend(models.into_iter().map(|model| Case::of(&name, &scenario, model, &wanted)));
    }
    write_package(&package, &cases);
    for Program { file_name, code, .. } in wide().into_iter().chain(generated::to_format()) {
        write(&package.join("wide").join(file_name), code.as_bytes());
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
    // Whoever is a client of one program has met one server, and that of no other program.
    let limited = cases.iter().filter(|case| case.program.code.contains("LIMITS")).count();
    assert_eq!(server.runs(), limited);
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
    // Not optimised: that would take four times as long as it saves when they run.
    let mut manifest = String::from(
        "[package]\nname = \"rust-programs\"\nversion = \"0.0.0\"\nedition = \"2024\"\npublish = false\n\n[workspace]\n\n\
         [profile.dev]\ndebug = false\nincremental = false\n\n[lints.rust]\nwarnings = \"deny\"\n\n[dependencies]",
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
    let whys = ["404", "ms (timeout_ms); raise", "the simulated server answered 500"];
    let is_reason = |line: &str| line.starts_with("failed: ") && whys.iter().any(|why| line.contains(why));
    let reasons = complaint.lines().filter(|line| is_reason(line)).count();
    let wall_s = lines.get(2).and_then(|line| line.split(' ').nth(1)).and_then(|n| n.parse().ok()).unwrap_or(0.0);
    let is_right = output.status.success()
        // It prints milliseconds.
        && wall_s + 0.001 >= case.wanted.least_s
        && said.starts_with(&format!("{expected}\nwall "))
        && case.counter.as_deref().is_none_or(|counter| lines.get(3) == Some(&counter))
        && reasons == case.wanted.failed.min(5)
        && complaint.lines().count() == reasons;
    let least_s = case.wanted.least_s;
    is_right.then_some(()).ok_or_else(|| {
        format!("should begin with\n{expected}\nand take {least_s} s at least, but printed\n{said}{complaint}")
    })
}
