//! Where results go: files, pipes, standard output; and what is never overwritten.

use std::{
    fs,
    io::{BufRead, BufReader, Read, Write},
    path::Path,
    process::Command,
};

use super::{ENDLESS, TINY, command, json, lanes, start, text};

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
