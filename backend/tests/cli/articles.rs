//! The programs of every guide on this machine: their code is ours, so nobody has to allow it, and what they ask answers.

use std::{fs, process::Stdio};

use lanes_core::scenario::articles::ARTICLES;
use serde_json::Value;

use crate::{command, json, lanes, succeeds, text};

fn all_agree(said: &str) -> Vec<Value> {
    let result = json(said);
    let lanes = result["lanes"].as_array().expect("lanes").clone();
    for lane in &lanes {
        assert_eq!((&lane["ending"], &lane["tasks"]["failed"]), (&"complete".into(), &0.into()), "{lane:#}");
        assert_eq!(lane["checksum"], lanes[0]["checksum"], "{lane:#}");
    }
    lanes
}

#[test]
fn a_pool_of_processes_is_run_here_without_being_asked_for_its_code() {
    let said = succeeds(&["run", "article-pool", "--quiet", "--json", "-"], "");
    let lanes = all_agree(&said);
    let names: Vec<&str> = lanes.iter().filter_map(|lane| lane["lane"].as_str()).collect();
    assert_eq!(names, ["python/sequential", "python/async", "python/threads", "python/processes"]);
    // The same code from elsewhere is somebody else's.
    let refused = lanes_of(&ARTICLES[2].scenario().to_json());
    assert!(refused.contains("--run-code"), "{refused}");
}

fn lanes_of(scenario: &str) -> String {
    let output = lanes(&["run", "-"], scenario);
    assert_eq!(output.status.code(), Some(2));
    text(&output.stderr)
}

/// Asks as the articles do, by what every Python has.
const ASK: &str = r#"import os
import urllib.request

ANSWERS = os.environ.get("LANES_ANSWERS", "https://answers.test/")
ITEMS = [f"{ANSWERS}?ms=20&bytes=200&seed={page}" for page in range(4)]


def task(url):
    with urllib.request.urlopen(url) as response:
        return response.status, response.read()
"#;

#[test]
fn what_a_program_asks_under_the_name_of_the_variable_is_answered() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("ask.py"), ASK).expect("room");
    let run = |answers: Option<&str>| {
        let arguments =
            ["run", "ask.py", "--lanes", "threads,processes,sequential", "--repeats", "1", "--quiet", "--json", "-"];
        let mut command = command(&arguments);
        command.current_dir(folder.path()).stdin(Stdio::null()).env_remove("LANES_ANSWERS");
        command.envs(answers.map(|answers| ("LANES_ANSWERS", answers))).output().expect("lanes ends")
    };
    let output = run(None);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    all_agree(&text(&output.stdout));
    // Whoever has said where, is asked there.
    let elsewhere = run(Some("http://127.0.0.1:1/"));
    assert_ne!(elsewhere.status.code(), Some(0));
}
