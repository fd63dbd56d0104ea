//! The experiments on the command line: listed, run, passed on, swept, guessed.

use std::{
    io::Write,
    path::Path,
    process::{Output, Stdio},
};

use expect_test::expect;
use serde_json::Value;

use super::{command, fails, json, succeeds, text};

/// The command with a cache of its own.
fn quiz(cache: &Path, arguments: &[&str], input: &str) -> Output {
    let mut command = command(&[&["quiz", "--quiet"], arguments].concat());
    let mut child = command.env("XDG_CACHE_HOME", cache).stdin(Stdio::piped()).spawn().expect("lanes can be started");
    child.stdin.take().expect("piped").write_all(input.as_bytes()).expect("it reads");
    child.wait_with_output().expect("lanes ends")
}

#[test]
fn experiments_are_listed_run_and_passed_on_by_name() {
    assert!(succeeds(&["list"], "").contains("await-in-a-loop"));
    let list = json(&succeeds(&["list", "--json"], ""));
    let experiments = list["experiments"].as_array().expect("a list");
    assert_eq!(experiments.len(), 24);
    let names: Vec<&str> = experiments.iter().filter_map(|one| one["id"].as_str()).collect();
    assert!(names.contains(&"convoy") && names.contains(&"payload-decides"), "{names:?}");
    for name in ["shared-or-copied", "shared-or-copied@browser", "shared-or-copied@python"] {
        let link = succeeds(&["link", name], "");
        let scenario = succeeds(&["link", link.trim()], "");
        assert_eq!(scenario, succeeds(&["export", name, "--as", "json"], ""), "{name}");
    }
    let result = json(&succeeds(&["run", "shared-or-copied", "--quiet", "--json", "-"], ""));
    let lanes = result["lanes"].as_array().expect("a list");
    let observed: Vec<&Value> = lanes.iter().map(|lane| &lane["counter"]["observed"]).collect();
    assert_eq!(observed, [80_000, 80_000, 80_000, 0], "{result:#}");
    let program = succeeds(&["export", "shared-or-copied", "--lane", "python/processes"], "");
    assert!(program.contains("multiprocessing"), "{program}");
}

#[test]
fn a_sweep_of_its_own_needs_no_values() {
    let folder = tempfile::tempdir().expect("room");
    let csv = folder.path().join("points.csv");
    let to = csv.to_str().expect("a plain path");
    succeeds(&["sweep", "chunk-size", "--no-predict", "--quiet", "--repeats", "1", "--csv", to], "");
    let out = std::fs::read_to_string(&csv).expect("written");
    assert!(out.contains("\n2000,\"native/processes\","), "{out}");
    assert_eq!(out.matches(",\"native/processes\",").count(), 8, "the lanes differ in what is varied alone: {out}");
    fails(
        &["sweep", "convoy@native"],
        "",
        2,
        &expect![[r#"
            error: --over is wanted: what is varied, and to what, such as --over workers=1..16; of the experiments await-in-a-loop, unbounded-gather, shared-bandwidth, threads-and-the-gil, task-too-small, chunk-size and oversubscribed have a sweep of their own
        "#]],
    );
}

#[test]
fn a_guess_is_judged_and_kept() {
    let cache = tempfile::tempdir().expect("room");
    // A word that is no number, then lanes that are missing, then an order: the three that share their memory lose nothing.
    let first = quiz(cache.path(), &["shared-or-copied"], "one\n3 1\n3 1 2 4\n");
    let (out, aside) = (text(&first.stdout), text(&first.stderr));
    assert_eq!(first.status.code(), Some(0), "{aside}");
    for line in [
        "  4  native/processes",
        "4  native/processes   80,000           4",
        "100 points: you have 3 of 3 pairs that could be told apart in the right order.",
        "Guessing at random gets 50",
        "and all 100 in 6 of 24 orders.",
        "lanes run shared-or-copied --set workers=1\n",
        "the test shared_or_copied\n",
        "1 experiment of 24 guessed, 100 points on average",
    ] {
        assert!(out.contains(line), "{line}\n{out}");
    }
    assert!(aside.contains("“one” is no number") && aside.contains("2 of 4 lanes are missing"), "{aside}");
    let kept: Value =
        serde_json::from_slice(&std::fs::read(cache.path().join("lanes/quiz.json")).expect("kept")).expect("JSON");
    assert_eq!(kept["done"]["shared-or-copied"]["guess"][0], "native/gil");
    // What is guessed again does not count, and is no longer among the open ones.
    let again = text(&quiz(cache.path(), &["shared-or-copied"], "4 3 2 1\n").stdout);
    assert!(again.contains("0 points: you have 0 of 3 pairs"), "{again}");
    assert!(again.contains("100 points on average by your first guesses"), "{again}");
    let open = quiz(cache.path(), &[], "\n\n");
    let out = text(&open.stdout);
    assert_eq!(open.status.code(), Some(0));
    assert!(out.contains("web-requests  1 of 23") && out.contains("crunch  3 of 23"), "{out}");
    assert_eq!(out.matches("Skipped;").count(), 3, "two empty lines, and the end of the input: {out}");
}

#[test]
fn what_is_no_experiment_is_named() {
    let cache = tempfile::tempdir().expect("room");
    for (name, why) in [
        ("convoi", "error: there is no experiment called “convoi” (did you mean convoy?); “lanes list” has them all\n"),
        (
            "convoy@browser",
            "error: the page itself asks for a guess of what it runs; “lanes quiz convoy” asks for one of this machine\n",
        ),
        (
            "shared-hot-object@python",
            "error: shared-hot-object has no lanes in python; it has some in browser and native\n",
        ),
    ] {
        let output = quiz(cache.path(), &[name], "");
        assert_eq!((text(&output.stderr).as_str(), output.status.code()), (why, Some(2)));
    }
}
