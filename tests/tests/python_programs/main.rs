//! The exported Python programs, run: every one comes to the checksum that Lanes' own loop comes to.
//!
//! Every CPython from 3.9 on that is found takes part: `python3`, `python3.9` and so on on the PATH, what pyenv
//! installed, and `LANES_PYTHON`. The oldest and the newest run everything, those between one job under each model.

mod special;

use std::{
    collections::{BTreeMap, HashMap},
    io::{BufRead, BufReader, Write},
    net::{TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Command, Output},
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    thread,
    time::Duration,
};

use lanes_core::{
    body,
    export::program::{Language, program},
    plan::{Plan, fold_digest, task_digest},
    scenario::{Lane, Model, Scenario, Step, presets::PRESETS},
};
use lanes_tests::{compressed, reference, root};

use self::special::SPECIAL;

const MODELS: [Model; 5] = [Model::Sequential, Model::Async, Model::Threads, Model::Processes, Model::Hybrid];

/// Not UTF-8, with words, and no multiple of anything.
fn file() -> Vec<u8> {
    let mut bytes: Vec<u8> = (0..3000u32).map(|i| (i * i % 256) as u8).collect();
    bytes.extend_from_slice(b"three \xFFwords\x0Bhere \xC4\xA4");
    bytes
}

/// A preset that takes as many steps and a fraction of the time.
fn shortened(mut scenario: Scenario) -> Scenario {
    for step in scenario.groups.iter_mut().flat_map(|group| &mut group.steps) {
        match step {
            Step::Fetch(fetch) => (fetch.latency_ms, fetch.bytes) = (fetch.latency_ms / 10.0, fetch.bytes / 20),
            Step::Compute(compute) => compute.size = compute.size.div_ceil(100),
            Step::Bump(_) | Step::Call(_) => {}
        }
    }
    scenario
}

fn read(json: &str) -> Scenario {
    Scenario::from_json(json).unwrap_or_else(|problems| panic!("{problems:?} in {json}"))
}

/// What a program should print of its totals.
#[derive(Clone)]
struct Totals {
    begins: String,
    failed: usize,
}

impl Totals {
    /// Of a scenario over the file; some answers come later than their `timeout_ms` by the plan.
    fn of(scenario: &Scenario) -> Self {
        let totals = reference::totals(scenario, &file());
        let failed = if totals.failed > 0 { format!(", {} failed", totals.failed) } else { String::new() };
        let begins = format!("checksum {:016x}\ntasks {} done{failed}\nwall ", totals.checksum, totals.done);
        Self { begins, failed: totals.failed as usize }
    }
}

#[test]
fn every_program_comes_to_the_same_checksum() {
    let pythons = pythons();
    let (first, last) = (&pythons[0], &pythons[pythons.len() - 1]);
    let presets = || PRESETS.iter().map(|preset| (preset.id, preset.scenario()));
    let mut jobs = Vec::new();
    for (what, scenario) in presets().map(|(id, whole)| (id, shortened(whole))).chain(special()) {
        let sum = Totals::of(&scenario);
        for model in MODELS {
            jobs.push((first, what, scenario.clone(), model, sum.clone()));
            jobs.push((last, what, scenario.clone(), model, sum.clone()));
        }
    }
    let (what, scenario) = special().next().expect("there are some");
    let sum = Totals::of(&scenario);
    for python in &pythons[1..pythons.len().max(2) - 1] {
        jobs.extend(MODELS.map(|model| (python, what, scenario.clone(), model, sum.clone())));
    }
    // And the presets as they are.
    for (id, scenario) in presets() {
        let sum = Totals::of(&scenario);
        jobs.push((last, id, scenario, Model::Hybrid, sum));
    }

    let folder = Folder::new("all");
    std::fs::write(folder.0.join("file"), file()).expect("a temporary folder can be written to");
    let wrong = Mutex::new(Vec::new());
    side_by_side(&jobs, |index, (python, what, scenario, model, sum)| {
        let output = folder.run(python, &format!("job_{index}"), scenario, *model, &[]);
        let text = String::from_utf8_lossy(&output.stdout);
        let complaint = String::from_utf8_lossy(&output.stderr);
        let Totals { begins, failed } = sum;
        // Of the reasons, a program prints the first five.
        let reasons = text.lines().filter(|line| line.starts_with("task ")).count();
        let is_right = text.starts_with(begins) && reasons == (*failed).min(5);
        if !output.status.success() || !is_right || !complaint.is_empty() {
            let report = format!("{python}, {model:?}, {what}: should begin with\n{begins}\n{text}{complaint}");
            wrong.lock().expect("nobody panics").push(report);
        }
    });
    let wrong = wrong.into_inner().expect("nobody panics");
    assert!(wrong.is_empty(), "{} of {} programs:\n{}", wrong.len(), jobs.len(), wrong.join("\n"));
}

/// Not only in the same order: at the same moments, to the microsecond.
#[test]
fn tasks_are_due_when_lanes_says_so() {
    let folder = Folder::new("due");
    let python = &pythons()[0];
    let jobs: Vec<_> = SPECIAL.iter().map(|(what, json)| (what, read(json))).collect();
    for (what, scenario) in jobs.into_iter().filter(|(_, scenario)| scenario.has_arrivals()) {
        let path = folder.write("job", &scenario, Model::Sequential);
        let script = format!(
            "import runpy; print(*runpy.run_path({:?}, run_name='job')['DUE'])",
            path.to_str().expect("a path of letters")
        );
        let output = Command::new(&python.path).args(["-c", &script]).output().expect("Python can be started");
        let plan = Plan::new(scenario.validate().expect("valid"));
        let wanted: Vec<String> = (0..plan.tasks()).map(|task| plan.due_us(task).unwrap_or(0).to_string()).collect();
        assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), wanted.join(" "), "{what}");
    }
}

/// The start methods of processes: a pool that inherits nothing must have everything all the same.
#[cfg(unix)]
#[test]
fn processes_that_inherit_nothing_come_to_the_same_checksum() {
    let pythons = pythons();
    let scenarios: Vec<_> = special().take(1).chain([("downloads", shortened(preset("downloads")))]).collect();
    let mut jobs = Vec::new();
    for (what, mut scenario) in scenarios {
        scenario.workers = 2;
        let sum = reference::checksum(&scenario, &file());
        for method in ["fork", "spawn", "forkserver"] {
            jobs.push((what, scenario.clone(), method, sum.clone()));
        }
    }
    let folder = Folder::new("starts");
    std::fs::write(folder.0.join("file"), file()).expect("a temporary folder can be written to");
    for (index, (what, scenario, method, sum)) in jobs.iter().enumerate() {
        let python = &pythons[index % pythons.len()];
        let environment = [("LANES_START_METHOD", *method)];
        let output = folder.run(python, &format!("job_{index}"), scenario, Model::Processes, &environment);
        let text = String::from_utf8_lossy(&output.stdout);
        let complaint = String::from_utf8_lossy(&output.stderr);
        assert!(text.starts_with(&format!("checksum {sum}\n")), "{python}, {method}, {what}: {sum}\n{text}{complaint}");
    }
}

#[test]
fn a_counter_that_is_guarded_loses_nothing() {
    let scenario = read(
        r#"{"lanes_scenario":1,"groups":[{"tasks":20,"steps":[{"bump":{"times":5000,"guard":"lock"}},
            {"bump":{"times":100,"guard":"atomic"}}]}]}"#,
    );
    let folder = Folder::new("counters");
    let newest = pythons().pop().expect("never empty");
    let said = |model: Model| {
        let output = folder.run(&newest, model.id(), &scenario, model, &[]);
        String::from_utf8_lossy(&output.stdout).lines().last().unwrap_or_default().to_owned()
    };
    for model in [Model::Sequential, Model::Async, Model::Threads, Model::Hybrid] {
        assert_eq!(said(model), "counter 102000 of 102000", "{model:?}");
    }
    assert_eq!(said(Model::Processes), "counter 0 of 102000", "no process reaches its parent's counter");
}

#[test]
fn a_program_says_what_it_is_missing() {
    let folder = Folder::new("missing");
    let newest = pythons().pop().expect("never empty");
    let scenario = read(SPECIAL[3].1);
    let path = folder.write("missing_file", &scenario, Model::Sequential);
    let output = Command::new(&newest.path).arg(&path).output().expect("Python can be started");
    assert!(!output.status.success());
    assert!(String::from_utf8_lossy(&output.stderr).contains("FILE"), "{output:?}");
}

/// A simulated answer that takes longer than it may is the failure that it is in the lanes, in their words.
#[test]
fn simulated_answers_beyond_their_time_out_are_failures() {
    let late = |blocking: bool| {
        read(&format!(
            r#"{{"lanes_scenario":1,"workers":2,"groups":[
                {{"tasks":5,"steps":[{{"fetch":{{"latency_ms":5000,"timeout_ms":40,"bytes":64,"blocking":{blocking}}}}}]}},
                {{"tasks":4,"steps":[{{"fetch":{{"latency_ms":1,"bytes":30}}}},{{"compute":{{"size":50}}}}]}}]}}"#
        ))
    };
    let folder = Folder::new("late");
    let pythons = pythons();
    for (blocking, model) in [false, true].into_iter().flat_map(|blocking| MODELS.map(|model| (blocking, model))) {
        let scenario = late(blocking);
        let name = format!("late_{}_{blocking}", model.id());
        let output = folder.run(&pythons[0], &name, &scenario, model, &[]);
        let said = String::from_utf8_lossy(&output.stdout);
        let expected = format!("checksum {}\ntasks 4 done, 5 failed\n", reference::checksum(&scenario, &[]));
        assert!(said.starts_with(&expected), "{model:?}: {expected}{said}{}", String::from_utf8_lossy(&output.stderr));
        assert_eq!(said.matches("did not come within 40 ms (timeout_ms)").count(), 5, "{model:?}: {said}");
    }
}

/// Real requests need aiohttp and requests, so this runs where some Python has them.
#[test]
fn real_requests_are_made_and_their_failures_counted() {
    let able = |python: &&Python| {
        Command::new(&python.path).args(["-c", "import aiohttp, requests"]).output().is_ok_and(|o| o.status.success())
    };
    let pythons = pythons();
    let own = root().join(".venv/bin/python");
    let own = version(&own).map(|version| Python { version, path: own });
    let Some(python) = own.iter().chain(pythons.iter().rev()).find(able) else {
        assert!(std::env::var_os("CI").is_none(), "./dev setup makes an environment with aiohttp and requests");
        eprintln!("not tested: no Python here has aiohttp and requests; name one that has in LANES_PYTHON");
        return;
    };
    let base = serve();
    let server = read(
        r#"{"lanes_scenario":1,"groups":[{"tasks":9,"steps":[{"fetch":{"from":"server","latency_ms":20,"spread":"heavy"}},
            {"compute":{"kernel":"wordcount","input":"body"}},{"fetch":{"latency_ms":1}}]},
            {"tasks":4,"steps":[{"fetch":{"from":"server","latency_ms":2,"bytes":70000,"blocking":true}}]}]}"#,
    );
    // The third is not there, the fourth does not answer in time.
    let address = |path: &str| format!("{base}{path}");
    let urls = ["text/1", "text/2", "status/404", "never"].map(address);
    let urls = serde_json::json!({ "lanes_scenario": 1, "workers": 5, "groups": [{ "tasks": 10, "steps": [
        { "fetch": { "from": urls, "timeout_ms": 700 } }] }] });
    let urls = read(&urls.to_string());
    let sum: u64 = (0..10u32)
        .filter(|task| task % 4 < 2)
        .map(|task| fold_digest(task_digest(task), body::digest(&text(task % 4 + 1, 1000))))
        .fold(0, u64::wrapping_add);

    let folder = Folder::new("requests");
    let environment =
        [("LANES_SERVER", base.as_str()), ("LANES_TOKEN", "sesame"), ("NO_PROXY", "*"), ("no_proxy", "*")];
    for model in MODELS {
        let output = folder.run(python, &format!("server_{}", model.id()), &server, model, &environment);
        let said = String::from_utf8_lossy(&output.stdout);
        let expected = format!("checksum {}\ntasks 13 done\n", reference::checksum(&server, &[]));
        assert!(said.starts_with(&expected), "{model:?}: {expected}{said}{}", String::from_utf8_lossy(&output.stderr));

        let output = folder.run(python, &format!("urls_{}", model.id()), &urls, model, &environment);
        let said = String::from_utf8_lossy(&output.stdout);
        let expected = format!("checksum {sum:016x}\ntasks 6 done, 4 failed\n");
        assert!(said.starts_with(&expected), "{model:?}: {expected}{said}{}", String::from_utf8_lossy(&output.stderr));
        assert!(said.contains("task 2: ") && said.contains("answered 404"), "{said}");
        assert_eq!(said.lines().filter(|line| line.starts_with("task ")).count(), 4, "{said}");
    }

    // An answer that nobody asked to be compressed counts as what it was before; one without end, and one that comes a
    // byte at a time, are failures.
    for (is_blocking, model) in [false, true].into_iter().flat_map(|blocks| MODELS.map(|model| (blocks, model))) {
        let urls = ["gzip/1", "deflate/2", "endless", "drip"].map(address);
        let hard = serde_json::json!({ "lanes_scenario": 1, "workers": 4, "groups": [{ "tasks": 4, "steps": [
            { "fetch": { "from": urls, "timeout_ms": 900, "blocking": is_blocking } }] }] });
        let output = folder.run(python, &format!("hard_{}", model.id()), &read(&hard.to_string()), model, &environment);
        let said = String::from_utf8_lossy(&output.stdout);
        let sum: u64 = (0..2u32)
            .map(|task| fold_digest(task_digest(task), body::digest(&text(task + 1, 1000))))
            .fold(0, u64::wrapping_add);
        let expected = format!("checksum {sum:016x}\ntasks 2 done, 2 failed\n");
        assert!(said.starts_with(&expected), "{model:?}: {expected}{said}{}", String::from_utf8_lossy(&output.stderr));
    }

    let path = folder.write("without_server", &server, Model::Threads);
    let output = Command::new(&python.path).arg(path).env_remove("LANES_SERVER").output().expect("Python starts");
    assert!(String::from_utf8_lossy(&output.stderr).contains("Set LANES_SERVER"), "{output:?}");
}

fn special() -> impl Iterator<Item = (&'static str, Scenario)> {
    SPECIAL.iter().map(|(what, json)| (*what, read(json)))
}

fn preset(id: &str) -> Scenario {
    PRESETS.iter().find(|preset| preset.id == id).expect("a preset").scenario()
}

/// A CPython.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Python {
    version: (u32, u32, u32),
    path: PathBuf,
}

impl std::fmt::Display for Python {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (major, minor, patch) = self.version;
        write!(f, "Python {major}.{minor}.{patch}")
    }
}

/// One of each version from 3.9 on, the oldest first.
fn pythons() -> Vec<Python> {
    let mut paths: Vec<PathBuf> = std::env::var_os("LANES_PYTHON").map(PathBuf::from).into_iter().collect();
    paths.push("python3".into());
    paths.extend((9..=20).map(|minor| PathBuf::from(format!("python3.{minor}"))));
    if let Some(home) = std::env::home_dir() {
        let versions = std::fs::read_dir(home.join(".pyenv/versions")).into_iter().flatten().flatten();
        paths.extend(versions.map(|version| version.path().join("bin/python")));
    }
    let mut found = BTreeMap::new();
    for path in paths {
        if let Some(version) = version(&path).filter(|version| *version >= (3, 9, 0)) {
            found.entry(version).or_insert(path);
        }
    }
    assert!(
        !found.is_empty(),
        "there is no Python from 3.9 on here: install one (`apt install python3`, `brew install python` or `pyenv \
         install 3.13`), or name its executable in LANES_PYTHON"
    );
    found.into_iter().map(|(version, path)| Python { version, path }).collect()
}

fn version(path: &Path) -> Option<(u32, u32, u32)> {
    let output = Command::new(path).args(["-c", "import sys; print(*sys.version_info[:3])"]).output().ok()?;
    let numbers = String::from_utf8(output.stdout).ok()?;
    let numbers: Vec<u32> = numbers.split_whitespace().map(|number| number.parse().ok()).collect::<Option<_>>()?;
    if let [major, minor, patch] = numbers[..] { Some((major, minor, patch)) } else { None }
}

/// A folder that is gone when the test ends.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("lanes-python-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("a temporary folder can be made");
        Self(folder)
    }

    fn write(&self, name: &str, scenario: &Scenario, model: Model) -> PathBuf {
        let program = program(scenario, Lane::browser(model), Language::Python).expect("every model has a program");
        let path = self.0.join(format!("{name}.py"));
        std::fs::write(&path, program.code).expect("a temporary folder can be written to");
        path
    }

    fn run(
        &self,
        python: &Python,
        name: &str,
        scenario: &Scenario,
        model: Model,
        environment: &[(&str, &str)],
    ) -> Output {
        let mut command = Command::new(&python.path);
        command.arg(self.write(name, scenario, model));
        if scenario.wants_file() {
            command.arg(self.0.join("file"));
        }
        command.envs(environment.iter().copied()).output().expect("Python can be started")
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Does the jobs, a few at a time: some compute and some only wait.
fn side_by_side<T: Sync>(jobs: &[T], run: impl Fn(usize, &T) + Sync) {
    let next = AtomicUsize::new(0);
    let at_once = thread::available_parallelism().map_or(2, |cores| cores.get() + 1);
    thread::scope(|scope| {
        for _ in 0..at_once {
            scope.spawn(|| {
                while let Some((index, job)) = {
                    let index = next.fetch_add(1, Relaxed);
                    jobs.get(index).map(|job| (index, job))
                } {
                    run(index, job);
                }
            });
        }
    });
}

/// A server that answers `api/body` as Lanes' own does, `text/SEED`, the same compressed, `status/404`, `never` too late,
/// `endless` and `drip`; its address.
fn serve() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = format!("http://{}/", listener.local_addr().expect("bound"));
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            thread::spawn(move || answer(stream));
        }
    });
    address
}

/// Answers the requests of one connection until it is closed.
fn answer(stream: TcpStream) -> Option<()> {
    let mut lines = BufReader::new(stream.try_clone().ok()?).lines();
    let mut stream = stream;
    loop {
        let request = lines.next()?.ok()?;
        let mut headers = Vec::new();
        loop {
            let line = lines.next()?.ok()?.to_ascii_lowercase();
            if line.is_empty() {
                break;
            }
            headers.push(line);
        }
        let path = request.split(' ').nth(1)?.trim_start_matches('/').to_owned();
        if let "endless" | "drip" = &*path {
            return answer_without_end(&mut stream, &path);
        }
        let (coding, path) = match path.split_once('/') {
            Some((coding @ ("gzip" | "deflate"), seed)) => (Some(coding), format!("text/{seed}")),
            _ => (None, path.clone()),
        };
        let (status, body) = match path.split_once(['?', '/']) {
            Some(("text", seed)) => (200, text(seed.parse().ok()?, 1000)),
            Some(("api", rest)) if headers.iter().any(|line| line == "authorization: bearer sesame") => {
                let query: HashMap<&str, &str> =
                    rest.strip_prefix("body?")?.split('&').filter_map(|pair| pair.split_once('=')).collect();
                let ms: f64 = query.get("ms")?.parse().ok()?;
                thread::sleep(Duration::from_secs_f64(ms / 1000.0));
                (200, text(query.get("seed")?.parse().ok()?, query.get("bytes")?.parse().ok()?))
            }
            Some(("api", _)) => (401, Vec::new()),
            _ if path == "never" => {
                thread::sleep(Duration::from_secs(3));
                (200, Vec::new())
            }
            _ => (404, b"not here".to_vec()),
        };
        let (header, body) = match coding {
            Some("gzip") => ("Content-Encoding: gzip\r\n", compressed::gzip(&body)),
            Some(_) => ("Content-Encoding: deflate\r\n", compressed::deflate(&body)),
            None => ("", body),
        };
        write!(stream, "HTTP/1.1 {status} As asked\r\n{header}Content-Length: {}\r\n\r\n", body.len()).ok()?;
        stream.write_all(&body).ok()?;
    }
}

/// Sends more and more until nobody wants it any more: as fast as it goes, or a byte every now and then.
fn answer_without_end(stream: &mut TcpStream, path: &str) -> Option<()> {
    write!(stream, "HTTP/1.1 200 OK\r\n\r\n").ok()?;
    loop {
        if path == "drip" {
            thread::sleep(Duration::from_millis(20));
            stream.write_all(b"d").ok()?;
        } else {
            stream.write_all(&[b'e'; 1 << 16]).ok()?;
        }
    }
}

/// The body of a seed.
fn text(seed: u32, bytes: usize) -> Vec<u8> {
    let mut text = vec![0; bytes];
    body::fill(seed, &mut text);
    text
}
