//! The command line, from outside: what it prints, what it writes, how it ends.

mod adversity;
mod articles;
mod ask;
mod experiments;
mod many;
mod outputs;
mod own;
mod own_doors;
mod own_examples;
mod own_pools;
mod predict;
mod rounds;
mod sizes;

use std::{
    fs,
    io::{BufRead, BufReader, Read, Write},
    path::Path,
    process::{Child, Command, Output, Stdio},
    time::{Duration, Instant},
};

use expect_test::{Expect, expect};
use serde_json::Value;

/// Done in a moment, with something to wait for and something to compute.
const TINY: &str = r#"{ "lanes_scenario": 1, "title": "Tiny",
    "groups": [{ "name": "things", "tasks": 6, "steps": [
        { "fetch": { "from": "simulated", "latency_ms": 1 } }, { "compute": { "kernel": "primes", "size": 500 } }] }],
    "workers": 2, "concurrency": 6, "repeats": 2, "warmup": 0 }"#;

/// Never done by itself.
const ENDLESS: &str = r#"{ "lanes_scenario": 1,
    "groups": [{ "tasks": 1000, "steps": [{ "fetch": { "latency_ms": 20000 } }] }],
    "lanes": ["native/threads", "native/processes", "native/async"], "workers": 2, "concurrency": 4 }"#;

/// Likewise, in processes.
const ENDLESS_IN_PROCESSES: &str = r#"{ "lanes_scenario": 1,
    "groups": [{ "tasks": 1000, "steps": [{ "fetch": { "latency_ms": 20000 } }] }],
    "lanes": ["native/processes"], "workers": 2 }"#;

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lanes"));
    command.args(arguments).env_remove("NO_COLOR").env_remove("CLICOLOR_FORCE").env("COLUMNS", "120");
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn start(arguments: &[&str], input: &str) -> Child {
    let mut child = command(arguments).spawn().expect("lanes can be started");
    // Who does not read its input may be gone before it is written.
    let _ = child.stdin.take().expect("piped").write_all(input.as_bytes());
    child
}

fn lanes(arguments: &[&str], input: &str) -> Output {
    start(arguments, input).wait_with_output().expect("lanes ends")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("text")
}

fn succeeds(arguments: &[&str], input: &str) -> String {
    let output = lanes(arguments, input);
    assert_eq!(output.status.code(), Some(0), "{arguments:?}: {}", text(&output.stderr));
    text(&output.stdout)
}

/// The command ends with this code, and says this on standard error.
fn fails(arguments: &[&str], input: &str, code: i32, expected: &Expect) {
    let output = lanes(arguments, input);
    expected.assert_eq(&text(&output.stderr));
    assert_eq!(output.status.code(), Some(code), "{arguments:?}");
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).expect("JSON")
}

#[test]
fn list_names_presets_lanes_machine_and_limits() {
    let shown = succeeds(&["list"], "");
    for word in ["web-requests", "which model waits best?", "native/gil", "modelled", "cores", "Limits", "1,000,000"] {
        assert!(shown.contains(word), "{word} in {shown}");
    }
    let list = json(&succeeds(&["list", "--json"], ""));
    assert_eq!(list["presets"][0]["id"], "first-look");
    let lanes = list["lanes"].as_array().expect("a list");
    let native = lanes.iter().filter(|lane| lane["lane"].as_str().is_some_and(|lane| lane.starts_with("native/")));
    assert_eq!(native.count(), 6);
    assert!(lanes.iter().any(|lane| lane["lane"] == "python/threads"));
    assert_eq!(list["limits"]["workers"]["most"], 64);
    assert!(list["machine"]["cores"].as_u64() >= Some(1));
}

#[test]
fn a_link_leads_back_to_its_scenario() {
    let link = succeeds(&["link", "crunch", "--base", "https://lanes.example/play/"], "");
    assert!(link.starts_with("https://lanes.example/play/#2."), "{link}");
    let scenario = succeeds(&["link", link.trim()], "");
    assert_eq!(scenario, succeeds(&["export", "crunch", "--as", "json"], ""));
    assert_eq!(json(&scenario)["title"], "Crunch");
    assert_eq!(succeeds(&["link", "-", "--base", "https://lanes.example/play/"], &scenario), link);
}

#[test]
fn lists_of_settings_make_variants_that_keep_their_pools_warm() {
    let arguments = ["run", "crunch", "--lanes", "native/sequential,native/processes", "--set", "groups[0].tasks=12"];
    let more = ["--workers", "1,3", "--pool", "warm,cold", "--repeats", "2", "--quiet", "--json", "-"];
    let result = json(&succeeds(&[&arguments[..], &more].concat(), ""));
    let lanes = result["lanes"].as_array().expect("a list");
    let named: Vec<String> = lanes.iter().map(|lane| lane["lane"].to_string()).collect();
    assert_eq!(
        named,
        [
            r#""native/sequential""#,
            r#"{"lane":"native/processes","pool":"warm","workers":1}"#,
            r#"{"lane":"native/processes","pool":"cold","workers":1}"#,
            r#"{"lane":"native/processes","pool":"warm","workers":3}"#,
            r#"{"lane":"native/processes","pool":"cold","workers":3}"#,
        ]
    );
    let sums: std::collections::BTreeSet<_> = lanes.iter().map(|lane| lane["checksum"].to_string()).collect();
    assert_eq!(sums.len(), 1);
    for lane in &lanes[1..] {
        // The parent has a row of its own.
        let workers = lane["lane"]["workers"].as_u64().expect("a number") as usize;
        assert_eq!(lane["workers"].as_array().map(Vec::len), Some(workers + 1), "{}", lane["lane"]);
        let is_cold = lane["lane"]["pool"] == "cold";
        assert_eq!(lane["states_ns"]["start-up"].is_u64(), is_cold, "{}", lane["lane"]);
    }
}

#[test]
fn problems_of_a_scenario_are_all_named() {
    let wrong = r#"{ "lanes_scenario": 1, "workers": 0, "groups": [{ "steps": [{ "fetch": { "latency": 5 } }] }] }"#;
    fails(
        &["run", "-"],
        wrong,
        2,
        &expect![[r#"
        error: standard input is not a valid scenario; correct these fields
          groups[0].steps[0].fetch.latency: is not a field here (did you mean latency_ms?); the fields are from, latency_ms, spread, bytes, blocking, timeout_ms, keeps_lock, retries, backoff_ms
          workers: should be a whole number from 1 to 64, not 0
    "#]],
    );
    fails(
        &["export", "-", "--as", "json"],
        "{",
        2,
        &expect![[r#"
        error: standard input is not a valid scenario; correct this field
          this is not JSON: EOF while parsing an object at line 1 column 1
    "#]],
    );
    fails(
        &["run", "crunch", "--workers", "257", "--repeats", "0"],
        "",
        2,
        &expect![[r#"
        error: the scenario with these arguments is not a valid scenario; correct these fields
          workers: should be a whole number from 1 to 256, not 257
          repeats: should be a whole number from 1 to 100, not 0, or "auto"
    "#]],
    );
    fails(
        &["link", "#1z.damaged~000000"],
        "",
        2,
        &expect![[r#"
        error: this link has been damaged on its way: what it holds does not fit its check. Copy it again or ask for it anew
    "#]],
    );
}

#[test]
fn other_failures_say_what_to_do() {
    fails(
        &["run", "crnch"],
        "",
        2,
        &expect![[r#"
            error: there is neither a preset, an experiment nor a file called “crnch” (did you mean crunch?); the presets are first-look, web-requests, downloads, crunch, fetch-and-parse, convoy, article-asyncio, article-threads, article-pool, and “lanes list” has the experiments
        "#]],
    );
    fails(
        &["run", "crunch", "--lanes", "browser/async"],
        "",
        2,
        &expect![[r#"
        error: --lanes: browser/async runs in the page; “lanes serve” opens it, and native/async runs here
    "#]],
    );
    fails(
        &["run", "crunch", "--lanes", "native/fibers"],
        "",
        2,
        &expect![[r#"
            error: --lanes: “fibers” is not a model; the models are sequential, async, threads, gil, processes, hybrid, and of Python interpreters and free-threads
        "#]],
    );
    fails(
        &["run", "crunch", "--json", "/no/such/folder/x.json"],
        "",
        1,
        &expect![[r#"
        error: --json /no/such/folder/x.json: cannot write: its folder does not exist; create its folder first (nothing was run)
    "#]],
    );
    let on_file = TINY.replace(r#""size": 500"#, r#""size": 500, "input": "file""#).replace("primes", "sha256");
    fails(
        &["run", "-"],
        &on_file,
        2,
        &expect![[r#"
        error: the scenario works on a file of yours: name it with --file PATH
    "#]],
    );
    assert_eq!(lanes(&["run"], "").status.code(), Some(2), "nothing was done because of what was asked");
}

#[test]
fn a_run_compares_and_judges() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name).to_str().expect("text").to_owned();
    let (result, trace) = (path("result.json"), path("trace.json"));
    let output = lanes(&["run", "-", "--json", &result, "--trace", &trace, "--timeline"], TINY);
    let (shown, aside) = (text(&output.stdout), text(&output.stderr));
    assert_eq!(output.status.code(), Some(0), "{shown}{aside}");
    assert!(aside.contains("running all native lanes instead"), "{aside}");
    assert!(aside.contains("native/processes   run 2 of 2"), "{aside}");
    assert!(!shown.contains('\u{1b}'), "no colours where nobody sees them");
    for word in ["worker 1", "waiting for data", "native/gil", "modelled", "speed-up", "✓", "Why"] {
        assert!(shown.contains(word), "{word} in {shown}");
    }
    let result = json(&std::fs::read_to_string(result).expect("written"));
    assert_eq!(result["lanes"].as_array().map(Vec::len), Some(6));
    assert!(result["lanes"].as_array().expect("lanes").iter().all(|lane| lane["agreement"] == "agrees"));
    assert!(shown.replace('\n', " ").contains(result["verdict"]["sentence"].as_str().expect("a sentence")), "{shown}");
    let trace = json(&std::fs::read_to_string(trace).expect("written"));
    let events = trace["traceEvents"].as_array().expect("events");
    assert_eq!(events.iter().filter(|event| event["name"] == "process_name").count(), 6);
    let waits = events.iter().filter(|event| event["name"] == "wait-io" && event["pid"] == 1);
    assert_eq!(waits.count(), 6, "one for each task of the sequential lane");
}

#[test]
fn a_result_can_be_piped_and_run_again() {
    let output = lanes(&["run", "-", "--lanes", "sequential,async", "--repeats", "1", "--json", "-", "--quiet"], TINY);
    let result = text(&output.stdout);
    assert_eq!(json(&result)["scenario"]["lanes"], serde_json::json!(["native/sequential", "native/async"]));
    let aside = text(&output.stderr);
    assert!(aside.starts_with("lane ") && !aside.contains("run 1 of 1"), "the table, no progress: {aside}");
    assert_eq!(json(&succeeds(&["export", "-", "--as", "json"], &result)), json(&result)["scenario"]);
}

#[test]
fn a_lane_that_cannot_run_is_a_failure_and_the_others_are_shown() {
    let output = lanes(&["run", "-", "--lanes", "native/async,python3.99/threads", "--quiet"], TINY);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stdout).contains("native/async"), "{}", text(&output.stdout));
    assert!(text(&output.stderr).contains("python3.99/threads"), "{}", text(&output.stderr));
}

#[test]
#[cfg(target_os = "linux")]
fn a_full_disk_costs_the_file_and_not_the_results() {
    if !Path::new("/dev/full").exists() {
        return;
    }
    let output = lanes(&["run", "-", "--lanes", "async", "--json", "/dev/full", "--quiet"], TINY);
    assert!(text(&output.stdout).contains("native/async"));
    expect![[r#"
        error: --json /dev/full: cannot write: the disk is full; make room or name a file on another disk (the results above are whole)
    "#]].assert_eq(&text(&output.stderr));
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn the_modelled_lock_and_the_real_one_stand_one_below_the_other() {
    if lanes_backend::python::find(&[]).iter().all(|candidate| candidate.python.is_err()) {
        eprintln!("not tested: there is no Python here");
        return;
    }
    let job = r#"{ "lanes_scenario": 1, "workers": 2, "repeats": 1, "warmup": 0,
        "groups": [{ "tasks": 6, "steps": [{ "compute": { "kernel": "primes", "size": 20000 } }] }] }"#;
    let output = lanes(&["run", "-", "--lanes", "python/threads,native/gil", "--quiet", "--json", "-"], job);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let table = text(&output.stderr);
    assert!(table.contains("interpreter lock") && table.contains("native/gil: modelled"), "{table}");
    let result: Value = serde_json::from_slice(&output.stdout).expect("a result file");
    for lane in [0, 1] {
        let used = &result["lanes"][lane]["gil"];
        assert_eq!(used["threads"].as_array().map(Vec::len), Some(2), "{used:#}");
        assert!(used["all"]["holds"].as_f64() > Some(0.0), "{used:#}");
    }
}

/// Python imports from the folder it is in; whatever lies in a person's folder is none of Lanes' business.
#[test]
fn asking_interpreters_runs_nothing_of_the_folder_one_is_in() {
    let folder = tempfile::tempdir().expect("a folder");
    let trap = folder.path().join("trapped");
    for module in ["json", "platform", "requests", "aiohttp", "sysconfig"] {
        let text = format!("open({:?}, 'w').close()\n", trap.display().to_string());
        fs::write(folder.path().join(format!("{module}.py")), text).expect("room");
    }
    let output = command(&["list", "--json"]).current_dir(folder.path()).output().expect("lanes can be started");
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert!(!trap.exists());
}

#[test]
#[cfg(unix)]
fn ctrl_c_ends_everything_within_a_second() {
    use rustix::process::{Pid, Signal, kill_process};
    let signals = [(Signal::INT, "Ctrl-C", 130), (Signal::TERM, "SIGTERM", 143), (Signal::HUP, "SIGHUP", 129)];
    for ((signal, name, code), job) in signals.into_iter().flat_map(|of| [(of, ENDLESS), (of, ENDLESS_IN_PROCESSES)]) {
        let mut child = start(&["run", "-"], job);
        let mut aside = BufReader::new(child.stderr.take().expect("piped"));
        let mut first = String::new();
        aside.read_line(&mut first).expect("it says what it runs");
        let workers = if job == ENDLESS_IN_PROCESSES { two_workers_of(child.id()) } else { Vec::new() };
        let pressed = Instant::now();
        kill_process(Pid::from_child(&child), signal).expect("it is there");
        let (mut shown, mut rest) = (String::new(), String::new());
        child.stdout.take().expect("piped").read_to_string(&mut shown).expect("text");
        aside.read_to_string(&mut rest).expect("text");
        let ended_with = child.wait().expect("it ends").code();
        assert!(pressed.elapsed() < Duration::from_secs(1), "{:?}", pressed.elapsed());
        assert_eq!(ended_with, Some(code), "{rest}");
        assert!(rest.contains(&format!("ended by {name}")), "{rest}");
        assert!(workers.iter().all(|pid| !is_alive(*pid)), "{signal:?} left a worker: {workers:?}");
    }
}

/// Waits until a process has two worker processes, and says which.
#[cfg(target_os = "linux")]
fn two_workers_of(parent: u32) -> Vec<u32> {
    let of_parent = |pid: &u32| {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        stat.rsplit(") ").next().and_then(|rest| rest.split(' ').nth(1)?.parse().ok()) == Some(parent)
    };
    let is_worker =
        |pid: &u32| fs::read(format!("/proc/{pid}/cmdline")).is_ok_and(|line| line.ends_with(b"\0worker\0"));
    let until = Instant::now() + Duration::from_secs(60);
    while Instant::now() < until {
        let all = fs::read_dir("/proc").into_iter().flatten().flatten();
        let pids = all.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
        let workers: Vec<u32> = pids.filter(|pid| of_parent(pid) && is_worker(pid)).collect();
        if workers.len() == 2 {
            return workers;
        }
        std::thread::yield_now();
    }
    panic!("it has started no two workers");
}

#[cfg(all(unix, not(target_os = "linux")))]
fn two_workers_of(_: u32) -> Vec<u32> {
    Vec::new()
}

/// Whether a process is there and is no zombie.
#[cfg(unix)]
fn is_alive(pid: u32) -> bool {
    fs::read_to_string(format!("/proc/{pid}/stat")).is_ok_and(|stat| !stat.contains(") Z "))
}

#[test]
#[cfg(unix)]
fn a_page_is_served_isolated_and_to_this_machine_only() {
    use rustix::process::{Pid, Signal, kill_process};
    let folder = tempfile::tempdir().expect("a folder");
    let dist = folder.path().to_str().expect("text");
    fails(
        &["serve", "--dist", "no/such/page"],
        "",
        1,
        &expect![[r#"
        error: --dist no/such/page: there is no built page (no index.html); build it with ./dev build
    "#]],
    );
    std::fs::write(folder.path().join("index.html"), "the page").expect("written");
    fails(
        &["serve", "--dist", dist, "--bind", "0.0.0.0:0"],
        "",
        2,
        &expect![[r#"
        error: --bind 0.0.0.0:0: only addresses of this machine itself are served, such as 127.0.0.1:8080
    "#]],
    );
    let mut child = start(&["serve", "--dist", dist, "--bind", "127.0.0.1:0"], "");
    let mut line = String::new();
    BufReader::new(child.stdout.take().expect("piped")).read_line(&mut line).expect("its address");
    let address = line.split(['/', ' ']).find(|word| word.starts_with("127.0.0.1:")).expect("an address");
    let taken = lanes(&["serve", "--dist", dist, "--bind", address], "");
    assert!(text(&taken.stderr).contains("somebody listens there already"), "{}", text(&taken.stderr));
    let mut page = std::net::TcpStream::connect(address).expect("it listens");
    page.write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").expect("asked");
    let mut answer = String::new();
    page.read_to_string(&mut answer).expect("answered");
    for header in ["embedder-policy: require-corp", "opener-policy: same-origin", "resource-policy: same-origin"] {
        assert!(answer.contains(&format!("cross-origin-{header}")), "{answer}");
    }
    assert!(answer.ends_with("the page"), "{answer}");
    kill_process(Pid::from_child(&child), Signal::INT).expect("it is there");
    assert_eq!(child.wait().expect("it ends").code(), Some(0));
}

#[test]
fn shells_are_served() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        assert!(succeeds(&["completions", shell], "").contains("lanes"), "{shell}");
    }
    let help = succeeds(&["--help"], "");
    let is_worker = |line: &str| line.split_whitespace().next() == Some("worker");
    assert!(!help.lines().any(is_worker), "what the pool starts is nobody else's business");
}

#[test]
fn programs_are_exported_whole_and_come_to_the_same_checksum() {
    let program = succeeds(&["export", "-", "--as", "python", "--lane", "python/threads"], TINY);
    assert!(program.contains("ThreadPoolExecutor") && program.contains("def run("), "{program}");
    let rust = succeeds(&["export", "-", "--as", "rust", "--lane", "native/async"], TINY);
    assert!(rust.contains("fn main()") && rust.contains("tokio"), "{rust}");

    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("job.py");
    std::fs::write(&path, program).expect("written");
    let output = Command::new("python3").arg(&path).output().expect("python3 is there: the project's checks need it");
    let said = text(&output.stdout);
    let native = json(&succeeds(&["run", "-", "--lanes", "native/threads", "--quiet", "--json", "-"], TINY));
    let checksum = native["lanes"][0]["checksum"].as_str().expect("a checksum");
    assert!(said.contains(checksum), "{checksum} in {said}{}", text(&output.stderr));

    for (arguments, says) in [
        (&["export", "crunch", "--as", "json", "--lane", "native/async"][..], "--lane"),
        (&["export", "crunch", "--as", "rust", "--lane", "python/interpreters"], "CPython"),
        (&["export", "crunch", "--as", "python", "--lane", "moon/async"], "moon"),
    ] {
        let output = lanes(arguments, "");
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(text(&output.stderr).contains(says), "{arguments:?}: {}", text(&output.stderr));
    }
}
