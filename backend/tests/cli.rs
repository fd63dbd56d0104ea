//! The command line, from outside: what it prints, what it writes, how it ends.

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
    assert!(link.starts_with("https://lanes.example/play/#1."), "{link}");
    let scenario = succeeds(&["link", link.trim()], "");
    assert_eq!(scenario, succeeds(&["export", "crunch", "--as", "json"], ""));
    assert_eq!(json(&scenario)["title"], "Crunch");
    assert_eq!(succeeds(&["link", "-", "--base", "https://lanes.example/play/"], &scenario), link);
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
          groups[0].steps[0].fetch.latency: is not a field here (did you mean latency_ms?); the fields are from, latency_ms, spread, bytes, blocking, timeout_ms
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
        &["run", "crunch", "--workers", "65", "--repeats", "0"],
        "",
        2,
        &expect![[r#"
        error: the scenario with these arguments is not a valid scenario; correct these fields
          workers: should be a whole number from 1 to 64, not 65
          repeats: should be a whole number from 1 to 100, not 0
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
            error: there is neither a preset nor a file called “crnch” (did you mean crunch?); the presets are first-look, web-requests, downloads, crunch, fetch-and-parse, convoy
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
fn an_interpreter_that_is_none_is_refused_before_anything_runs() {
    for command in [&["run", "-", "--lanes", "python/threads"][..], &["serve", "--no-page", "--bind", "127.0.0.1:0"]] {
        fails(
            &[command, &["--python", "/nonexist"]].concat(),
            TINY,
            2,
            &expect![[r#"
                error: --python /nonexist: there is no such file; name the file of a Python interpreter, or leave it out to use the first that is found
            "#]],
        );
    }
}

#[test]
fn arguments_without_effect_are_said() {
    let arguments =
        ["run", "-", "--lanes", "async", "--task-deadline", "9", "--start-method", "spawn", "--allow-private"];
    let output = lanes(&arguments, TINY);
    assert_eq!(output.status.code(), Some(0));
    let aside = text(&output.stderr);
    for option in ["--task-deadline", "--start-method", "--allow-private"] {
        assert!(aside.contains(&format!("{option} has no effect here: ")), "{aside}");
    }
    fails(
        &["run", "-", "--server", "nonsense"],
        TINY,
        2,
        &expect![[r#"
            error: --server nonsense: the link that lanes serve prints is wanted, such as http://127.0.0.1:8080/#token=…
        "#]],
    );
    let refused = lanes(&["serve", "--no-page", "--capacity", "0"], "");
    assert_eq!(refused.status.code(), Some(2));
    assert!(text(&refused.stderr).contains("--capacity"), "{}", text(&refused.stderr));
}

#[test]
fn no_output_destroys_another_or_what_is_read() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name).to_str().expect("text").to_owned();
    let (job, data, new) = (path("job.json"), path("data"), path("new"));
    fs::write(&job, TINY).expect("written");
    fs::write(&data, "data").expect("written");
    std::os::unix::fs::symlink(&job, path("link")).expect("linked");
    let refused = |arguments: &[&str], words: &[&str]| {
        let output = lanes(&[&["run", &job, "--lanes", "async"], arguments].concat(), "");
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        let said = text(&output.stderr);
        assert!(words.iter().all(|word| said.contains(word)) && said.contains("nothing was run"), "{said}");
    };
    refused(&["--json", &new, "--trace", &new], &["--json and --trace", "new"]);
    refused(&["--json", "-", "--trace", "-"], &["--json and --trace", "standard output"]);
    refused(&["--json", &job], &["--json", "the scenario's own file"]);
    refused(&["--trace", &path("link")], &["--trace", "the scenario's own file"]);
    refused(&["--file", &data, "--json", &data], &["--json", "the file that the tasks work on"]);
    assert_eq!(
        (fs::read_to_string(&job).expect("there"), fs::read_to_string(&data).expect("there")),
        (TINY.into(), "data".into())
    );
    assert!(!Path::new(&new).exists());
}

#[test]
fn a_trace_can_go_to_standard_output() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut run = command(&["run", "-", "--lanes", "async", "--trace", "-", "--quiet"]);
    let mut run = run.current_dir(folder.path()).spawn().expect("lanes can be started");
    run.stdin.take().expect("piped").write_all(TINY.as_bytes()).expect("read");
    let output = run.wait_with_output().expect("lanes ends");
    assert!(json(&text(&output.stdout))["traceEvents"].as_array().is_some_and(|events| !events.is_empty()));
    assert!(text(&output.stderr).contains("native/async"), "the table is there");
    assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 0, "no file called “-”");
}

/// A pipe with a name, and the folder it is in.
fn fifo() -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("fifo").to_str().expect("text").to_owned();
    assert!(Command::new("mkfifo").arg(&path).status().expect("mkfifo is there").success());
    (folder, path)
}

#[test]
fn a_pipe_gets_the_results_whether_it_is_read_before_or_after() {
    for reads_first in [true, false] {
        let (_folder, path) = fifo();
        let read = |path: String| std::thread::spawn(move || fs::read_to_string(path).expect("read"));
        let early = reads_first.then(|| read(path.clone()));
        let child = start(&["run", "-", "--lanes", "async", "--json", &path], TINY);
        let reader = early.unwrap_or_else(|| read(path.clone()));
        let output = child.wait_with_output().expect("lanes ends");
        assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
        assert_eq!(json(&reader.join().expect("no panic"))["lanes_result"], 1);
    }
}

#[test]
fn a_pipe_that_nobody_reads_holds_up_no_signal() {
    use rustix::process::{Pid, Signal, kill_process};
    for (signal, code) in [(Signal::INT, 130), (Signal::TERM, 143), (Signal::HUP, 129)] {
        let (_folder, path) = fifo();
        let mut child = start(&["run", "-", "--lanes", "async", "--json", &path, "--quiet"], TINY);
        let mut aside = BufReader::new(child.stderr.take().expect("piped")).lines();
        let is_waiting = |line: &String| line.contains("waits for somebody to read it");
        aside.by_ref().map(|line| line.expect("text")).find(is_waiting).expect("it says what it waits for");
        kill_process(Pid::from_child(&child), signal).expect("it is there");
        assert_eq!(child.wait().expect("it ends").code(), Some(code));
    }
}

#[test]
fn an_interrupted_run_leaves_an_older_result_as_it_was() {
    use rustix::process::{Pid, Signal, kill_process};
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("result.json");
    fs::write(&path, "an older result").expect("written");
    let mut child = start(&["run", "-", "--json", path.to_str().expect("text")], ENDLESS);
    let mut aside = BufReader::new(child.stderr.take().expect("piped"));
    let mut said = String::new();
    aside.read_line(&mut said).expect("it says what it runs");
    kill_process(Pid::from_child(&child), Signal::INT).expect("it is there");
    aside.read_to_string(&mut said).expect("text");
    assert_eq!(child.wait().expect("it ends").code(), Some(130));
    assert_eq!(fs::read_to_string(&path).expect("there"), "an older result");
    assert!(said.contains("result.json.interrupted"), "{said}");
    let part = fs::read_to_string(folder.path().join("result.json.interrupted")).expect("written");
    assert_eq!(json(&part)["lanes"][0]["ending"], "cancelled");
}

#[test]
fn a_strangers_text_does_not_speak_to_the_terminal() {
    let hostile = "\u{1b}[2J\u{9b}31m\u{202e}\u{7}";
    let job = serde_json::json!({ "lanes_scenario": 1, "title": format!("a{hostile}z"), "repeats": 1, "warmup": 0,
        "groups": [{ "name": format!("g{hostile}"), "steps": [{ "fetch": { "latency_ms": 1 } }] },
                   { "name": "other", "steps": [{ "fetch": { "from": [format!("http://127.0.0.1:9/{hostile}")] } }] }] });
    let is_obeyed = |c: char| (c.is_control() && !matches!(c, '\n' | '\u{1b}')) || c == '\u{202e}';
    let check = |shown: &str| {
        assert!(!shown.contains(is_obeyed) && !shown.contains("\u{1b}[2J"), "{shown:?}");
    };
    let run = |arguments: &[&str], input: &str| {
        // As a terminal would get it.
        let mut child = command(arguments).env("CLICOLOR_FORCE", "1").spawn().expect("lanes can be started");
        child.stdin.take().expect("piped").write_all(input.as_bytes()).expect("read");
        let output = child.wait_with_output().expect("lanes ends");
        (text(&output.stdout), text(&output.stderr))
    };
    let (shown, aside) = run(&["run", "-", "--lanes", "sequential", "--timeline"], &job.to_string());
    check(&shown);
    check(&aside);
    assert!(aside.contains("a\\u{1b}[2J"), "it is spelled out: {aside}");

    // From a link, and in what is said of one that is wrong.
    let link = succeeds(&["link", "-"], &job.to_string());
    let (scenario, aside) = run(&["link", link.trim()], "");
    check(&scenario);
    check(&aside);
    assert_eq!(json(&scenario)["title"], job["title"], "the same document");
    let wrong = job.to_string().replace("\"latency_ms\"", "\"\u{9b}latency\"");
    check(&run(&["run", "-"], &wrong).1);
}

#[test]
fn a_scenario_is_valid_for_every_command_or_for_none() {
    let step = |step: &str| {
        format!(
            r#"{{ "lanes_scenario": 1, "repeats": 1, "warmup": 0, "lanes": ["native/async"], "groups": [{{ "steps": [{step}] }}] }}"#
        )
    };
    let body = r#"{ "fetch": { "latency_ms": 0 } }, { "compute": { "kernel": "wordcount", "spread": "heavy", "input": "body" } }"#;
    for scenario in [
        step(r#"{ "compute": { "kernel": "wordcount", "spread": "heavy" } }"#),
        step(r#"{ "compute": { "kernel": "matmul", "spread": "heavy" } }"#),
        step(body),
        step(r#"{ "fetch": { "latency_ms": 0 } }"#),
    ] {
        let codes: Vec<Option<i32>> = [
            &["run", "-"][..],
            &["link", "-"],
            &["export", "-", "--as", "json"],
            &["export", "-", "--as", "python", "--lane", "python/async"],
        ]
        .into_iter()
        .map(|arguments| lanes(arguments, &scenario).status.code())
        .collect();
        assert!(codes.iter().all(|code| *code == codes[0] && matches!(code, Some(0 | 2))), "{codes:?} for {scenario}");
    }
}

#[test]
#[cfg(target_os = "linux")]
fn no_room_to_write_and_no_thread_are_said_and_no_panic() {
    let shell = |script: &str| {
        let mut shell = Command::new("sh");
        shell.arg("-c").arg(script).env("LANES", env!("CARGO_BIN_EXE_lanes")).stdin(Stdio::null());
        let output = shell.output().expect("a shell");
        (output.status.code(), text(&output.stderr))
    };
    for command in ["list", "list --json", "serve --no-open --no-page --bind 127.0.0.1:0", "export crunch --as python"]
    {
        let (code, said) = shell(&format!("\"$LANES\" {command} > /dev/full"));
        assert_eq!(code, Some(1), "{command}: {said}");
        assert!(said.contains("could not write to standard output") && !said.contains("panicked"), "{command}: {said}");
    }
    // The shell's own exit code is that of the last one; a reader that is gone is none of the program's business.
    let (_, said) = shell("{ \"$LANES\" list; echo \"code $?\" >&2; } | true");
    assert!(!said.contains("panicked") && said.contains("code 0"), "{said}");
}

/// As in a container or for a user with a limit: `ulimit -u 1`, which counts for everybody but root.
#[test]
#[cfg(target_os = "linux")]
fn without_threads_it_says_so_and_does_not_panic() {
    let limited = |arguments: &[&str]| {
        let mut command = Command::new("setpriv");
        // A user who has no other process.
        command.args(["--reuid", "54321", "--clear-groups", "prlimit", "--nproc=1:1", env!("CARGO_BIN_EXE_lanes")]);
        command.args(arguments).stdin(Stdio::null()).output().expect("setpriv is there")
    };
    if !rustix::process::geteuid().is_root() || !limited(&["--version"]).status.success() {
        eprintln!("not tested: only root may become a user who has no process");
        return;
    }
    for (arguments, code) in [
        (&["list"][..], 0),
        (&["serve", "--no-open", "--no-page", "--bind", "127.0.0.1:0"], 1),
        (&["run", "crunch", "--lanes", "threads"], 1),
    ] {
        let output = limited(arguments);
        let said = text(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {said}");
        assert!(!said.contains("panicked") && (code == 0 || said.starts_with("error: ")), "{arguments:?}: {said}");
    }
}

#[test]
fn shells_are_served() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        assert!(succeeds(&["completions", shell], "").contains("lanes"), "{shell}");
    }
    assert!(!succeeds(&["--help"], "").contains("worker"), "what the pool starts is nobody else's business");
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
