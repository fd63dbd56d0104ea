//! What the command line concludes from real runs that are hard to judge, natively and in CPython: repeats that drown every
//! difference, and tasks that fail in every lane.

use std::{
    io::{BufRead, BufReader, Write},
    net::{TcpListener, TcpStream},
    process::{Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    thread,
    time::Duration,
};

use libtest_mimic::Trial;
use serde_json::{Value, json};

use crate::{requests::own_python, trial};

pub fn trials() -> Vec<Trial> {
    let without = own_python().is_none();
    vec![
        trial("repeats_that_drown_the_differences_are_noisy_natively", || noisy("native")),
        trial("repeats_that_drown_the_differences_are_noisy_in_cpython", || noisy("python")).with_ignored_flag(without),
        trial("failures_in_every_lane_do_not_void_the_ranking_natively", || failing("native")),
        trial("failures_in_every_lane_do_not_void_the_ranking_in_cpython", || failing("python"))
            .with_ignored_flag(without),
    ]
}

/// A server that answers the n-th request after the n-th of these times, in milliseconds, and begins again at their end.
fn server(delays_ms: &'static [u64]) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let base = format!("http://{}/", listener.local_addr().expect("bound"));
    let asked = Arc::new(AtomicUsize::new(0));
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let asked = Arc::clone(&asked);
            thread::spawn(move || serve(&stream, &asked, delays_ms));
        }
    });
    base
}

fn serve(stream: &TcpStream, asked: &AtomicUsize, delays_ms: &[u64]) {
    let mut lines = BufReader::new(stream).lines();
    while let Some(Ok(_)) = lines.next() {
        while lines.next().is_some_and(|line| line.is_ok_and(|line| !line.is_empty())) {}
        thread::sleep(Duration::from_millis(delays_ms[asked.fetch_add(1, Relaxed) % delays_ms.len()]));
        let mut to = stream;
        if to.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok").is_err() {
            return;
        }
    }
}

/// An address where nobody listens.
fn dead() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    format!("http://{}/", listener.local_addr().expect("bound"))
}

/// Runs three lanes of a place on the command line, and returns the result file.
fn run(place: &str, tasks: u32, from: &[String], repeats: u32) -> Value {
    let lanes: Vec<String> = ["sequential", "async", "threads"].map(|model| format!("{place}/{model}")).to_vec();
    let job = json!({
        "lanes_scenario": 2, "lanes": lanes, "workers": 2, "repeats": repeats, "warmup": 0,
        "groups": [{ "tasks": tasks, "steps": [{ "fetch": { "from": from, "timeout_ms": 20000 } }] }],
    });
    judged(&job)
}

/// Runs a scenario on the command line, and returns the result file.
pub fn judged(job: &Value) -> Value {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lanes"));
    command.args(["run", "-", "--allow-private", "--quiet", "--json", "-"]);
    if let Some(python) = own_python() {
        command.arg("--python").arg(python);
    }
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("starts");
    child.stdin.take().expect("piped").write_all(job.to_string().as_bytes()).expect("read");
    let output = child.wait_with_output().expect("ends");
    let aside = String::from_utf8_lossy(&output.stderr);
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {aside}"))
}

/// A list of texts, one a line.
pub fn lines(value: &Value) -> String {
    value.as_array().expect("a list").iter().filter_map(Value::as_str).collect::<Vec<_>>().join("\n")
}

/// Each lane makes one request a round, and what that takes has nothing to do with the lane: the medians lie a third apart
/// all the same. The rounds go there and back: sequential, async, threads, threads, async, sequential, and so on.
fn noisy(place: &str) {
    const DELAYS_MS: [u64; 12] = [60, 240, 120, 260, 70, 230, 90, 150, 80, 200, 220, 180];
    let result = run(place, 1, &[server(&DELAYS_MS)], 4);
    let verdict = &result["verdict"];
    assert_eq!(verdict["kind"], "noisy", "{result:#}");
    assert_eq!(verdict["overall"]["rule"], "noisy", "{verdict:#}");
    assert_eq!(verdict["overall"]["lane"], format!("{place}/sequential"), "the simplest: {verdict:#}");
    let sentence = verdict["sentence"].as_str().expect("a text");
    assert!(
        sentence.starts_with("Noisy: one and the same lane took ") && sentence.contains("Measure again"),
        "{sentence}"
    );
    assert!(!sentence.contains("makes no difference"), "{sentence}");
    assert!(lines(&verdict["evidence"]).contains("The repeats took "), "{verdict:#}");
    assert!(lines(&verdict["would_change"]).contains("\"repeats\": \"auto\""), "{verdict:#}");
}

/// Every second address is dead, in every lane.
fn failing(place: &str) {
    let result = run(place, 12, &[server(&[80]), dead()], 3);
    let verdict = &result["verdict"];
    assert_eq!(verdict["excluded"], json!([]), "{result:#}");
    let taken = verdict["overall"]["lane"].as_str().expect("a lane");
    assert_ne!(taken, format!("{place}/sequential"), "which takes six answers one after another: {verdict:#}");
    let sentence = verdict["sentence"].as_str().expect("a text");
    assert!(sentence.contains("the same 6 of 12 tasks failed (the first because: "), "{sentence}");
    assert!(lines(&verdict["evidence"]).contains("Tasks done, those that failed left out: "), "{verdict:#}");
    for lane in result["lanes"].as_array().expect("lanes") {
        assert_eq!((&lane["tasks"]["done"], &lane["tasks"]["failed"]), (&json!(6), &json!(6)), "{lane:#}");
    }
}
