//! The server as a whole program: what only sockets, signals and processes show.

mod offers;

use std::{
    collections::HashSet,
    fs,
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use lanes_core::{
    api::{Hello, NDJSON, TOKEN_PART},
    report::Ending,
    scenario::{Lane, Model, Place, ValidScenario},
    wire::Event,
};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};

/// Longer than anything here takes, however busy the machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// `lanes serve` on a port of its own, ended when it is dropped.
struct Server {
    child: Child,
    base: String,
    token: String,
    _dist: tempfile::TempDir,
}

impl Server {
    fn start(arguments: &[&str]) -> Self {
        Self::start_with(arguments, &[])
    }

    fn start_with(arguments: &[&str], environment: &[(&str, &str)]) -> Self {
        let dist = tempfile::tempdir().expect("a folder");
        fs::write(dist.path().join("index.html"), "<p>the page").expect("written");
        let mut child = Command::new(env!("CARGO_BIN_EXE_lanes"))
            .args(["serve", "--bind", "127.0.0.1:0", "--no-open", "--dist"])
            .arg(dist.path())
            .args(arguments)
            .env_remove("LANES_TOKEN")
            .envs(environment.iter().copied())
            .stdout(Stdio::piped())
            .spawn()
            .expect("lanes can be started");
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("piped")).read_line(&mut line).expect("a line");
        let link = line.split_whitespace().find(|word| word.starts_with("http://")).expect("a link");
        let (base, token) = link.split_once(&format!("#{TOKEN_PART}=")).expect("a token");
        Self { base: base.to_owned(), token: token.to_owned(), child, _dist: dist }
    }

    fn address(&self) -> &str {
        self.base.trim_start_matches("http://").trim_end_matches('/')
    }

    fn get(&self, path: &str) -> Value {
        let answer = ureq::get(format!("{}{path}", self.base)).header("Authorization", self.bearer()).call();
        answer
            .expect("an answer")
            .body_mut()
            .read_to_string()
            .map(|text| serde_json::from_str(&text).expect("JSON"))
            .expect("text")
    }

    fn bearer(&self) -> String {
        format!("Bearer {}", self.token)
    }

    /// What a request for a run is refused with.
    fn refused(&self, request: &Value) -> (u16, String) {
        let agent = ureq::Agent::new_with_config(ureq::Agent::config_builder().http_status_as_error(false).build());
        let request = agent
            .post(format!("{}api/runs", self.base))
            .header("Authorization", self.bearer())
            .header("Content-Type", "application/json")
            .send(request.to_string());
        let mut answer = request.expect("an answer");
        let why: Value =
            serde_json::from_str(&answer.body_mut().read_to_string().expect("text")).expect("a refusal in JSON");
        (answer.status().as_u16(), why["error"].as_str().unwrap_or_default().to_owned())
    }

    fn post(&self, path: &str) -> u16 {
        let agent = ureq::Agent::new_with_config(ureq::Agent::config_builder().http_status_as_error(false).build());
        let answer = agent.post(format!("{}{path}", self.base)).header("Authorization", self.bearer()).send_empty();
        answer.expect("an answer").status().as_u16()
    }

    /// Starts a run and reads its events; the socket closes when the reader is dropped.
    fn run(&self, lane: Lane, scenario: &Value) -> Events {
        self.order(&json!({ "run": 5, "lane": lane, "scenario": scenario }))
    }

    fn order(&self, request: &Value) -> Events {
        let body = request.to_string();
        let mut socket = TcpStream::connect(self.address()).expect("connected");
        socket.set_read_timeout(Some(PATIENCE)).expect("a time");
        write!(
            socket,
            "POST /api/runs HTTP/1.0\r\nHost: {}\r\nAuthorization: {}\r\nAccept: {NDJSON}\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            self.address(),
            self.bearer(),
            body.len(),
        )
        .expect("sent");
        let mut lines = BufReader::new(socket);
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            assert!(lines.read_line(&mut head).expect("a head") > 0, "{head}");
        }
        assert!(head.starts_with("HTTP/1.0 200") || head.starts_with("HTTP/1.1 200"), "{head}");
        Events(lines)
    }

    fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Sends a signal and waits for the end; the exit code, if it had one.
    fn end_by(&mut self, signal: Signal) -> Option<i32> {
        let pid = i32::try_from(self.pid()).ok().and_then(Pid::from_raw).expect("a process");
        kill_process(pid, signal).expect("sent");
        self.child.wait().expect("ended").code()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The events of a run. HTTP/1.0, so that there are no chunks in between.
struct Events(BufReader<TcpStream>);

impl Iterator for Events {
    type Item = Event;

    fn next(&mut self) -> Option<Event> {
        let mut line = String::new();
        let length = self.0.read_line(&mut line).expect("a line in time");
        (length > 0).then(|| serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line}")))
    }
}

impl Events {
    fn until(&mut self, is: impl FnMut(&Event) -> bool) -> Event {
        self.find(is).expect("the stream goes on")
    }

    /// The id that the server gave the run, and how many are before it.
    fn queued(&mut self) -> (u64, u32) {
        match self.next() {
            Some(Event::Queued { run: 5, id, position }) => (id, position),
            other => panic!("{other:?}"),
        }
    }
}

fn has_ended_some(event: &Event) -> bool {
    matches!(event, Event::Frame(frame) if frame.ended > 0)
}

/// A job that keeps every core busy for longer than any test waits.
fn endless() -> Value {
    json!({ "lanes_scenario": 1, "workers": 2, "concurrency": 2, "groups": [{ "tasks": 1_000_000, "steps": [
        { "compute": { "kernel": "primes", "size": 100_000 } }] }] })
}

fn short() -> Value {
    json!({ "lanes_scenario": 1, "workers": 2, "groups": [{ "tasks": 20, "steps": [
        { "fetch": { "from": "server", "latency_ms": 2, "bytes": 100 } },
        { "compute": { "kernel": "primes", "size": 1000 } }] }] })
}

/// Waits until a condition holds; how long that took.
fn within(most: Duration, what: &str, mut holds: impl FnMut() -> bool) -> Duration {
    let begun = Instant::now();
    while !holds() {
        assert!(begun.elapsed() < most, "not within {most:?}: {what}");
        thread::yield_now();
    }
    begun.elapsed()
}

/// The worker processes that a process has started; it also starts interpreters, to ask what they are.
fn children(of: u32) -> HashSet<u32> {
    let is_worker = |pid: &u32| {
        fs::read(format!("/proc/{pid}/cmdline"))
            .is_ok_and(|line| line.split(|byte| *byte == 0).nth(1) == Some(b"worker"))
    };
    let tasks = fs::read_dir(format!("/proc/{of}/task")).into_iter().flatten().flatten();
    let lists = tasks.filter_map(|task| fs::read_to_string(task.path().join("children")).ok());
    lists
        .flat_map(|list| list.split_whitespace().filter_map(|pid| pid.parse().ok()).collect::<Vec<u32>>())
        .filter(is_worker)
        .collect()
}

/// The names of a process's threads that belong to runs.
fn run_threads(of: u32) -> Vec<String> {
    let tasks = fs::read_dir(format!("/proc/{of}/task")).into_iter().flatten().flatten();
    let names = tasks.filter_map(|task| fs::read_to_string(task.path().join("comm")).ok());
    names.filter(|name| name.starts_with("run ") || name.starts_with("lane ")).collect()
}

fn exists(pid: u32) -> bool {
    // A zombie that nobody has waited for is gone as far as it matters here: only its parent can do that.
    fs::read_to_string(format!("/proc/{pid}/stat")).is_ok_and(|stat| !stat.contains(") Z "))
}

#[test]
fn every_native_lane_runs_over_http_with_the_same_checksum() {
    let server = Server::start(&[]);
    let hello: Hello = serde_json::from_value(server.get("api/")).expect("a hello");
    for model in Model::ALL {
        let lane = Lane::native(model);
        assert!(hello.lanes.iter().any(|here| here.lane == lane && here.missing.is_none()), "{lane}");
    }
    assert!(hello.limits.iter().any(|limit| limit.name == "workers" && limit.most == 64));
    let sums: HashSet<u64> = Model::ALL
        .into_iter()
        .map(|model| {
            let mut events = server.run(Lane::native(model), &short());
            events.queued();
            events.until(|event| matches!(event, Event::Started { run: 5, .. }));
            let Event::Finished { report, .. } = events.until(|event| matches!(event, Event::Finished { .. })) else {
                unreachable!()
            };
            assert_eq!((report.tasks.done, &report.ending), (20, &lanes_core::report::Ending::Complete), "{model:?}");
            assert!(events.next().is_none(), "the end is the end");
            report.total().checksum
        })
        .collect();
    assert_eq!(sums.len(), 1, "{sums:?}");
}

/// The endpoint's server is one for all workers of a run, processes too, and obeys the limits that a simulated one would.
#[test]
fn the_endpoint_has_the_limits_of_the_run_that_asks() {
    let server = Server::start(&[]);
    let finished = |lane: Lane, scenario: &Value| {
        let end = server.run(lane, scenario).until(|event| matches!(event, Event::Finished { .. }));
        let Event::Finished { report, .. } = end else { unreachable!() };
        report
    };
    // Two at once, so 12 turns of 20 ms.
    let full = json!({ "lanes_scenario": 2, "workers": 8, "concurrency": 24, "server": { "capacity": 2 }, "groups": [
        { "tasks": 24, "steps": [{ "fetch": { "from": "server", "latency_ms": 20, "bytes": 64 } }] }] });
    let failing = json!({ "lanes_scenario": 2, "workers": 4, "concurrency": 8,
        "server": { "rate_per_s": 300, "burst": 3, "errors": 0.3, "bandwidth_mbit": 8, "slows": 0.1 }, "groups": [
        { "tasks": 12, "steps": [{ "fetch": { "from": "server", "latency_ms": 3, "bytes": 64, "retries": 10, "backoff_ms": 4 } }] }] });
    let natively = Model::ALL.map(Lane::native);
    let in_python = [Model::Async, Model::Threads, Model::Processes].map(Lane::python);
    let mut sums = HashSet::new();
    for lane in natively.into_iter().chain(in_python) {
        let report = finished(lane, &full);
        if lane.place == Place::Python && matches!(report.ending, Ending::Broken(_)) {
            // Real requests need aiohttp and requests; the tests of Python's lanes say so where they are not there.
            continue;
        }
        assert_eq!((&report.ending, report.tasks.done), (&Ending::Complete, 24), "{report:?}");
        assert!(report.wall_ns >= 240_000_000, "{lane}: {} ns", report.wall_ns);
        let report = finished(lane, &failing);
        assert_eq!((&report.ending, report.tasks.done), (&Ending::Complete, 12), "{report:?}");
        let met = report.total().met;
        assert!(met.retries > 0 && met.retries == met.refusals + met.errors, "{lane}: {met:?}");
        sums.insert(report.checksum());
    }
    assert_eq!(sums.len(), 1, "{sums:?}");
}

#[test]
fn a_run_that_is_not_to_be_watched_has_totals_and_no_spans() {
    let server = Server::start(&[]);
    let spans = |unwatched: bool| {
        let lane = Lane::native(Model::Threads);
        let mut events = server.order(&json!({ "lane": lane, "scenario": short(), "unwatched": unwatched }));
        let mut spans = 0;
        let end = events.until(|event| {
            if let Event::Frame(frame) = event {
                spans += frame.spans.len();
            }
            matches!(event, Event::Finished { .. })
        });
        let Event::Finished { report, .. } = end else { unreachable!() };
        assert_eq!(report.tasks.done, 20);
        spans
    };
    assert!(spans(false) > 0);
    assert_eq!(spans(true), 0);
}

#[test]
fn closing_the_socket_leaves_nothing_running() {
    for model in Model::ALL {
        let server = Server::start(&[]);
        let mut events = server.run(Lane::native(model), &endless());
        events.until(has_ended_some);
        let workers = children(server.pid());
        assert_eq!(workers.len(), if model == Model::Processes { 2 } else { 0 }, "{model:?}");
        drop(events);
        within(Duration::from_secs(1), "threads and processes are gone", || {
            run_threads(server.pid()).is_empty() && workers.iter().all(|pid| !exists(*pid))
        });
        // And the next one is served.
        assert_eq!(server.run(Lane::native(Model::Async), &short()).queued().1, 0);
    }
}

#[test]
fn runs_wait_for_each_other_and_are_told_their_place() {
    let server = Server::start(&[]);
    let mut first = server.run(Lane::native(Model::Threads), &endless());
    let (first_id, position) = first.queued();
    assert_eq!(position, 0);
    first.until(has_ended_some);
    let mut second = server.run(Lane::native(Model::Threads), &endless());
    assert_eq!(second.queued().1, 1);
    let mut third = server.run(Lane::native(Model::Async), &short());
    assert_eq!(third.queued().1, 2);
    let mut given_up = server.run(Lane::native(Model::Async), &short());
    let (id, position) = given_up.queued();
    assert_eq!(position, 3);

    // Who waits says so, can be called off, and has no workers to be killed.
    third.until(|event| *event == Event::Alive);
    assert_eq!(server.post(&format!("api/runs/{id}/workers/0/kill")), 409);
    assert_eq!(server.post(&format!("api/runs/{id}/cancel")), 204);
    let end = given_up.until(|event| matches!(event, Event::Finished { .. }));
    let Event::Finished { report, .. } = end else { unreachable!() };
    assert_eq!((&report.ending, report.tasks.cancelled), (&lanes_core::report::Ending::Cancelled, 20));

    // The second one's socket closes while it waits; the third moves up when the first is cancelled.
    drop(second);
    third.until(|event| matches!(event, Event::Queued { position: 1, .. }));
    assert_eq!(server.post(&format!("api/runs/{first_id}/cancel")), 204);
    first.until(|event| matches!(event, Event::Finished { .. }));
    third.until(|event| matches!(event, Event::Queued { position: 0, .. }));
    third.until(|event| matches!(event, Event::Finished { .. }));
    assert_eq!(server.post(&format!("api/runs/{first_id}/cancel")), 404, "it is over");
}

#[test]
fn a_killed_worker_is_replaced_and_nothing_is_lost() {
    let server = Server::start(&[]);
    let mut scenario = endless();
    scenario["groups"][0]["tasks"] = json!(400);
    let mut events = server.run(Lane::native(Model::Processes), &scenario);
    let (id, _) = events.queued();
    events.until(has_ended_some);
    let before = children(server.pid());
    let workers = scenario["workers"].as_u64().expect("it says how many");
    assert_eq!(server.post(&format!("api/runs/{id}/workers/{workers}/kill")), 404);
    assert_eq!(server.post(&format!("api/runs/{id}/workers/1/kill")), 204);
    within(PATIENCE, "another process", || children(server.pid()).difference(&before).next().is_some());
    let Event::Finished { report, .. } = events.until(|event| matches!(event, Event::Finished { .. })) else {
        unreachable!()
    };
    assert_eq!((report.tasks.done, report.tasks.failed), (400, 0));
    let lost = report.total().state_ns(lanes_core::trace::State::Lost);
    assert!(lost > 0 || report.tasks.retried > 0 || !report.notes.is_empty(), "the loss is told: {report:?}");
    let wanted = lanes_core::plan::Plan::new(ValidScenario::from_value(&scenario).expect("valid"));
    assert_eq!(wanted.tasks(), 400);
}

#[test]
fn who_does_not_read_slows_nobody() {
    let server = Server::start(&[]);
    let scenario = json!({ "lanes_scenario": 1, "workers": 2, "groups": [{ "tasks": 400_000, "steps": [
        { "bump": { "times": 1, "guard": "atomic" } }] }] });
    // Far more spans than any buffer between here and there holds, and nobody reads them.
    let mut unread = server.run(Lane::native(Model::Threads), &scenario);
    unread.queued();
    let mut next = server.run(Lane::native(Model::Async), &short());
    next.until(|event| matches!(event, Event::Finished { .. }));
    // The first was over before the second began, and its end is told all the same.
    let events: Vec<Event> = unread.collect();
    let [.., Event::Finished { report, .. }] = &events[..] else { panic!("no end") };
    assert_eq!(report.tasks.done, 400_000);
    let told: u64 = events.iter().map(|event| if let Event::Frame(f) = event { f.spans.len() as u64 } else { 0 }).sum();
    assert_eq!(told + report.dropped, report.total().recorded, "what is missing is counted");
}

#[test]
fn told_to_end_it_ends_and_takes_everything_with_it() {
    for signal in [Signal::INT, Signal::TERM, Signal::HUP] {
        let mut server = Server::start(&[]);
        let mut events = server.run(Lane::native(Model::Processes), &endless());
        events.until(has_ended_some);
        let workers = children(server.pid());
        assert_eq!(workers.len(), 2);
        let begun = Instant::now();
        assert_eq!(server.end_by(signal), Some(0), "{signal:?}");
        assert!(begun.elapsed() < PATIENCE);
        within(Duration::from_secs(1), "no process is left", || workers.iter().all(|pid| !exists(*pid)));
    }
}

#[test]
fn killed_it_takes_its_processes_with_it() {
    let mut server = Server::start(&[]);
    let mut events = server.run(Lane::native(Model::Processes), &endless());
    events.until(has_ended_some);
    let workers = children(server.pid());
    assert_eq!(workers.len(), 2);
    assert_eq!(server.end_by(Signal::KILL), None);
    within(Duration::from_secs(1), "no process is left", || workers.iter().all(|pid| !exists(*pid)));
}

#[test]
fn files_of_a_killed_server_are_removed_by_the_next() {
    let temporary = tempfile::tempdir().expect("a folder");
    let path = temporary.path().to_str().expect("text");
    let left = || -> Vec<_> {
        let entries = fs::read_dir(path).expect("a folder").flatten();
        entries.map(|entry| entry.path()).filter(|path| path.to_string_lossy().contains("lanes-file-")).collect()
    };
    let hand_over = |server: &Server| {
        let put = ureq::put(format!("{}api/file", server.base)).header("Authorization", server.bearer());
        assert_eq!(put.send(&b"some bytes"[..]).expect("an answer").status().as_u16(), 200);
    };
    let mut killed = Server::start_with(&[], &[("TMPDIR", path)]);
    hand_over(&killed);
    let of_killed = left();
    assert_eq!(of_killed.len(), 1, "{of_killed:?}");
    assert_eq!(killed.end_by(Signal::KILL), None);
    assert_eq!(left(), of_killed, "who is killed removes nothing");

    let mut next = Server::start_with(&[], &[("TMPDIR", path)]);
    assert_eq!(left(), Vec::<std::path::PathBuf>::new());
    hand_over(&next);
    let other = Server::start_with(&[], &[("TMPDIR", path)]);
    assert_eq!(left().len(), 1, "that of a server that lives stays");
    drop(other);
    assert_eq!(next.end_by(Signal::INT), Some(0));
    assert!(left().is_empty(), "who ends removes its own");
}

#[test]
fn bytes_that_are_no_request_hurt_nobody() {
    let server = Server::start(&[]);
    let answer = |bytes: &[u8]| {
        let mut socket = TcpStream::connect(server.address()).expect("connected");
        socket.set_read_timeout(Some(PATIENCE)).expect("a time");
        // It may have hung up before everything is sent.
        let _ = socket.write_all(bytes);
        let mut answer = Vec::new();
        let _ = socket.read_to_end(&mut answer);
        String::from_utf8_lossy(&answer[..answer.len().min(12)]).into_owned()
    };
    for bytes in [
        &b"\0\x01\x02 nonsense\r\n\r\n"[..],
        b"GET\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nHost\r\n\r\n",
    ] {
        let answer = answer(bytes);
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 4") || answer.starts_with("HTTP/1.0 4"), "{answer}");
    }
    let endless_head = [b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX: ".to_vec(), vec![b'x'; 1 << 20]].concat();
    assert!(answer(&endless_head).contains(" 431") || answer(&endless_head).is_empty());
    // Longer than is allowed, and shorter than what the connection reads ahead.
    let long_head = [
        b"GET /index.html HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nX: ".to_vec(),
        vec![b'x'; 100_000],
        b"\r\n\r\n".to_vec(),
    ]
    .concat();
    assert!(answer(&long_head).contains(" 431"), "{}", answer(&long_head));
    let head = format!(
        "POST /api/runs HTTP/1.1\r\nHost: {}\r\nAuthorization: {}\r\nContent-Type: application/json\r\n\
         Transfer-Encoding: chunked\r\n\r\n",
        server.address(),
        server.bearer()
    );
    let chunk = [b"10000\r\n".to_vec(), vec![b' '; 0x10000], b"\r\n".to_vec()].concat();
    let never_ending = [head.into_bytes(), chunk.repeat(64)].concat();
    assert!(answer(&never_ending).starts_with("HTTP/1.1 413"), "a body without an end is cut off");
    assert_eq!(server.get("api/")["lanes_api"], 1, "it is still there");
}

#[test]
fn what_cannot_be_served_is_said() {
    let says = |arguments: &[&str], code: i32, words: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_lanes")).arg("serve").args(arguments).output().expect("runs");
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(code), "{text}");
        assert!(words.iter().all(|word| text.contains(word)), "{text}");
    };
    let server = Server::start(&[]);
    let dist = server._dist.path().to_str().expect("text");
    says(&["--bind", server.address(), "--dist", dist], 1, &["somebody listens there already", "another port"]);
    says(&["--bind", "0.0.0.0:0", "--dist", dist], 2, &["only addresses of this machine"]);
    says(&["--dist", "/nowhere"], 1, &["no built page", "./dev"]);
    says(&["--dist", dist, "--token", "short"], 2, &["--token", "16"]);
    says(&["--dist", dist, "--errors", "2"], 2, &["--errors"]);
    says(&["--dist", dist, "--log", "=="], 2, &["--log"]);
}
