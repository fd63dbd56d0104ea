//! `lanes serve job.py`: a function of the user's own that is named by its digest, and every way in which code that the
//! command line does not name stays unrun.

use std::{fs, path::Path, process::Command, thread, time::Instant};

use lanes_core::{
    report::Ending,
    scenario::{Lane, Model, Scenario},
    wire::Event,
};
use serde_json::{Value, json};

use crate::{Events, PATIENCE, Server};

/// A function that tells how often it was called, and by which file.
const JOB: &str = "ITEMS = range(6)\n\n\ndef task(item):\n    with open(CALLS, 'a') as file:\n        file.write('1')\n    return item * item\n";

/// A folder with a file of the user's own in it.
struct Job(tempfile::TempDir);

impl Job {
    fn new() -> Self {
        let job = Self(tempfile::tempdir().expect("a folder"));
        job.write(JOB);
        job
    }

    fn write(&self, source: &str) {
        let calls = format!("CALLS = {:?}\n", self.0.path().join("calls"));
        fs::write(self.path(), calls + source).expect("room");
    }

    fn path(&self) -> String {
        self.0.path().join("job.py").to_string_lossy().into_owned()
    }

    fn calls(&self) -> usize {
        fs::read(self.0.path().join("calls")).map_or(0, |calls| calls.len())
    }

    fn serve(&self) -> Server {
        Server::start(&[&self.path()])
    }
}

/// What the server offers first, once that is so.
fn offered(server: &Server, is_so: impl Fn(&Value) -> bool) -> Value {
    let since = Instant::now();
    loop {
        let offered = server.get("api/")["functions"][0].clone();
        if is_so(&offered) {
            return offered;
        }
        assert!(since.elapsed() < PATIENCE, "{offered:#}");
        thread::yield_now();
    }
}

fn step(scenario: &mut Value) -> &mut Value {
    &mut scenario["groups"][0]["steps"][0]["call"]
}

fn last(events: Events) -> Event {
    events.last().expect("an end")
}

#[test]
fn a_function_is_run_by_its_digest_and_its_code_stays_where_it_is() {
    let job = Job::new();
    let server = job.serve();
    assert_eq!(job.calls(), 1, "the first item, to see how long it takes");
    let offered = offered(&server, |_| true);
    assert_eq!((&offered["file"], &offered["items"]), (&json!("job.py"), &json!(6)), "{offered:#}");
    assert!(!offered.to_string().contains("item * item"), "{offered:#}");
    let scenario = offered["scenario"].clone();
    let read = Scenario::from_value(&scenario).expect("valid");
    assert!(read.lanes.contains(&Lane::python(Model::Threads)) && read.tasks() == 6, "{scenario:#}");
    assert_eq!(job.calls(), 1, "asking what there is calls nothing");

    let order = |lane: Model| json!({ "run": 3, "session": 9, "lane": Lane::python(lane), "scenario": scenario });
    let mut checksums = Vec::new();
    for lane in [Model::Sequential, Model::Threads, Model::Processes] {
        let Event::Finished { report, .. } = last(server.order(&order(lane))) else { panic!("an end is wanted") };
        assert_eq!((&report.ending, report.tasks.done), (&Ending::Complete, 6), "{report:?}");
        checksums.push(report.checksum());
    }
    checksums.dedup();
    assert_eq!(checksums.len(), 1, "{checksums:?}");
    assert_eq!(job.calls(), 1 + 3 * 6);
}

#[test]
fn nothing_is_run_that_the_command_line_does_not_name() {
    let job = Job::new();
    let server = job.serve();
    let offered = offered(&server, |_| true);
    let refused = |change: &dyn Fn(&mut Value)| {
        let mut scenario = offered["scenario"].clone();
        change(step(&mut scenario));
        server.refused(&json!({ "lane": "python/threads", "scenario": scenario }))
    };
    let source = "open('hacked', 'w')\ndef task(n): return n\n";
    let (status, why) = refused(&|call| call["python"] = json!(source));
    assert!(status == 403 && why.contains("brings 2 lines of Python code"), "{status} {why}");
    // The digest of what is offered gets nothing else through.
    for (field, value) in
        [("items", "[open('hacked', 'w')]"), ("function", "open"), ("coroutine", "open"), ("module", "os")]
    {
        let (status, why) = refused(&|call| call[field] = json!(value));
        assert!([404, 409].contains(&status) && why.contains("job.py"), "{field}: {status} {why}");
    }
    let (status, why) = refused(&|call| call["python"]["file"] = json!("other.py"));
    assert!(status == 404 && why.contains("“lanes serve other.py”"), "{status} {why}");
    let (status, why) = refused(&|call| call["python"]["digest"] = json!("0".repeat(32)));
    assert!(status == 409 && why.contains("choose the function again"), "{status} {why}");
    assert_eq!(job.calls(), 1, "nothing was called");
    assert!(!Path::new("hacked").exists());

    let nothing = Server::start(&[]);
    assert_eq!(nothing.get("api/")["functions"], Value::Null);
    let (status, why) = nothing.refused(&json!({ "lane": "python/threads", "scenario": offered["scenario"] }));
    assert!(status == 404 && why.contains("“lanes serve job.py”"), "{status} {why}");
}

#[test]
fn a_file_that_changed_is_offered_anew() {
    let job = Job::new();
    let server = job.serve();
    let first = offered(&server, |_| true);
    job.write(&JOB.replace("range(6)", "range(4)"));
    let second = offered(&server, |offered| offered["items"] == 4);
    let digest = |offered: &Value| step(&mut offered["scenario"].clone())["python"]["digest"].clone();
    assert_ne!(digest(&first), digest(&second));
    let order = |offered: &Value| json!({ "lane": "python/sequential", "scenario": offered["scenario"] });
    let (status, why) = server.refused(&order(&first));
    assert!(status == 409 && why.contains("job.py is not what it was"), "{status} {why}");
    let Event::Finished { report, .. } = last(server.order(&order(&second))) else { panic!("an end is wanted") };
    assert_eq!((&report.ending, report.tasks.done), (&Ending::Complete, 4), "{report:?}");

    // One that cannot be run says why, and comes back.
    job.write("def task(item:\n");
    let broken = offered(&server, |offered| offered["scenario"].is_null());
    let why = broken["problem"].as_str().unwrap_or_default();
    assert!(why.contains("job.py cannot be imported") && why.contains("SyntaxError"), "{broken:#}");
    fs::remove_file(job.path()).expect("there");
    offered(&server, |offered| offered["problem"].as_str().is_some_and(|why| why.contains("no such file")));
    job.write(JOB);
    offered(&server, |offered| offered["items"] == 6);
    assert_eq!(job.calls(), 1 + 4, "a file that changed is imported, and nothing of it called");
}

#[test]
fn what_cannot_be_offered_is_said_before_anything_is_served() {
    let job = Job::new();
    let fails = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_lanes"));
        let output = command.args(["serve", "--bind", "127.0.0.1:0", "--no-page"]).args(arguments).output();
        let output = output.expect("it ends");
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!((output.status.code(), output.stdout.len()), (Some(2), 0), "{arguments:?}: {said}");
        said
    };
    assert!(fails(&["crunch"]).contains("“crunch” is no Python file"));
    assert!(fails(&["missing.py"]).contains("missing.py: there is no such file"));
    let named = format!("{}:tusk", job.path());
    assert!(fails(&[&named]).contains("did you mean job.py:task?"));
    assert!(fails(&["--items", "[1]"]).contains("--items chooses the items of one function, and none is named"));
    let two = fails(&[&job.path(), &job.path(), "--first", "2"]);
    assert!(two.contains("--first chooses the items of one function, and several are named"), "{two}");
    assert_eq!(job.calls(), 0);
    let long = format!("[{}]", "1, ".repeat(30_000));
    assert!(fails(&[&job.path(), "--items", &long]).contains("let the file make them"));
}
