//! `lanes ask`: what it takes, what it would run, what it runs. How fast this machine is, is none of its business.

use std::fs;

use expect_test::expect;
use serde_json::Value;

use crate::{command, fails, json, lanes, succeeds, text};

/// The scenario in the command that a dry run says.
fn scenario_in(plan: &str) -> Value {
    let line = plan.lines().find(|line| line.starts_with("lanes run ")).expect("the command that does the same");
    json(line.split('\'').nth(1).expect("a scenario in quotes"))
}

/// The lanes of the forecast, in its order, and whether each is left out.
fn forecast_in(plan: &str) -> Vec<(String, bool)> {
    let table = plan
        .lines()
        .skip_while(|line| !line.starts_with("Forecast for "))
        .take_while(|line| !line.contains("together"));
    let rows = table.filter(|line| line.contains('/'));
    rows.map(|row| (row.split_whitespace().next().expect("a lane").to_owned(), row.ends_with("left out"))).collect()
}

#[test]
fn what_is_no_question_is_refused_with_what_to_write() {
    fails(
        &["ask", "--tasks", "5"],
        "",
        2,
        &expect![[r#"
            error: a task has to do something: say how long it waits with --wait, such as --wait 150ms, how long it computes with --compute, such as --compute 15ms@python, or both
        "#]],
    );
    fails(
        &["ask", "--tasks", "5", "--wait", "150"],
        "",
        2,
        &expect![[r#"
            error: invalid value '150' for '--wait <TIME>': 150 has no unit: write 150ms for milliseconds, 150us for microseconds, 150s for seconds

            For more information, try '--help'.
        "#]],
    );
    fails(
        &["ask", "--tasks", "5", "--compute", "15ms@go"],
        "",
        2,
        &expect![[r#"
            error: invalid value '15ms@go' for '--compute <TIME[@LANGUAGE]>': “go” is none of the languages here: write 15ms@python or 15ms@native

            For more information, try '--help'.
        "#]],
    );
    fails(
        &["ask", "--tasks", "1", "--wait", "60s", "--in", "native", "--quiet"],
        "",
        2,
        &expect![[r#"
            error: every lane would take longer than 60.0 s in all, and nothing was run: measure less often with --repeats 1, or ask for shorter tasks
        "#]],
    );
    let elsewhere = ["ask", "--tasks", "5", "--wait", "1ms", "--cores", "16"];
    assert!(text(&lanes(&elsewhere, "").stderr).contains("--dry-run"), "another machine cannot be run on");
    for arguments in [&["--wait", "1ms"][..], &["--tasks", "0", "--wait", "1ms"], &["--tasks", "2", "--lock", "held"]] {
        assert_eq!(lanes(&[&["ask"], arguments].concat(), "").status.code(), Some(2), "{arguments:?}");
    }
    let nowhere = lanes(&["ask", "--tasks", "5", "--wait", "1ms", "--python", "/nonexist"], "");
    assert!(text(&nowhere.stderr).contains("--python /nonexist: there is no such file"), "{}", text(&nowhere.stderr));
    assert_eq!(nowhere.status.code(), Some(2));
}

#[test]
fn a_dry_run_says_the_job_the_command_and_the_forecast() {
    let plan = succeeds(
        &[
            "ask",
            "--tasks",
            "2000",
            "--at-once",
            "100",
            "--wait",
            "150ms",
            "--in",
            "native",
            "--repeats",
            "1",
            "--dry-run",
        ],
        "",
    );
    expect![[r#"
        2000 tasks, 100 at once  2000 tasks: fetch 0 B in 150 ms · 64 workers · 100 in flight · 1 repeat after 1 warm-up
        At most 64 threads or processes are tried here: an event loop has 100 tasks at once, and the others 64.
    "#]]
    .assert_eq(plan.split_inclusive('\n').take(2).collect::<String>().as_str());
    let left_out = |lane: &str, is_left_out: bool| (lane.to_owned(), is_left_out);
    assert_eq!(
        forecast_in(&plan),
        [
            left_out("native/sequential", true),
            left_out("native/async", false),
            left_out("native/threads", false),
            left_out("native/processes", false),
            left_out("native/hybrid", false),
        ]
    );
    let after = plan.split_once("together").expect("the sum").1.replace('\n', " ");
    assert!(after.contains("Left out, because it would take longer than 60.0 s in all: native/sequential."), "{plan}");
    let first: u32 =
        after.split("--first ").nth(1).and_then(|rest| rest.split('.').next()?.parse().ok()).expect("a number");
    assert!((150..=200).contains(&first), "200 tasks wait for 30 s a round, and timers are late: {plan}");
    let has_100_in_flight =
        ["native/async", "native/hybrid"].iter().any(|lane| after.contains(&format!("take {lane}")));
    assert!(has_100_in_flight, "the others have 64: {plan}");

    let scenario = scenario_in(&plan);
    assert_eq!((&scenario["workers"], &scenario["concurrency"]), (&64.into(), &100.into()));
    assert_eq!(scenario["groups"][0]["steps"].as_array().map(Vec::len), Some(1), "it only waits");
    assert_eq!(json(&succeeds(&["export", "-", "--as", "json"], &scenario.to_string())), scenario, "it is valid");

    let first = ["ask", "--tasks", "2000", "--wait", "150ms", "--in", "native", "--first", "50", "--dry-run"];
    let plan = succeeds(&first, "");
    assert!(plan.contains("Only the first 50 of 2000 tasks are run."), "{plan}");
    assert!(plan.contains("32 at once, the smaller of the tasks and 32"), "{plan}");
    assert_eq!(scenario_in(&plan)["groups"][0]["tasks"], 50);
}

#[test]
fn what_another_machine_would_take_is_said() {
    let question =
        ["ask", "--tasks", "64", "--at-once", "16", "--compute", "5ms", "--in", "native", "--dry-run", "--quiet"];
    let here = succeeds(&question, "");
    let there = succeeds(&[&question[..], &["--cores", "64"]].concat(), "");
    assert!(there.contains("of each lane on 64 cores"), "{there}");
    for plan in [here, there] {
        assert_eq!(forecast_in(&plan).len(), 5, "{plan}");
        let sentence = plan.split_once("Predicted, not measured: take ").expect("which to take").1;
        // The work holds nothing up but processors.
        assert!(
            ["native/threads", "native/hybrid", "native/processes"].iter().any(|lane| sentence.starts_with(lane)),
            "{plan}"
        );
    }
}

#[test]
fn computing_gets_a_kernel_and_a_size() {
    let steps = |lock: &str| {
        let plan = succeeds(
            &["ask", "--tasks", "4", "--compute", "2ms@native", "--in", "native", "--lock", lock, "--dry-run"],
            "",
        );
        assert!(plan.contains("in machine code."), "{plan}");
        scenario_in(&plan)["groups"][0]["steps"].clone()
    };
    for (lock, kernel) in [("held", "primes"), ("free", "sha256")] {
        let steps = steps(lock);
        assert_eq!(steps.as_array().map(Vec::len), Some(1), "it only computes");
        assert_eq!(steps[0]["compute"]["kernel"], kernel);
        assert!(steps[0]["compute"]["size"].as_u64() >= Some(1), "{steps}");
    }
}

#[test]
fn the_question_is_answered_as_a_run_is() {
    let arguments = ["ask", "--tasks", "6", "--wait", "1ms", "--compute", "200us@native", "--in", "native"];
    let output = lanes(&[&arguments[..], &["--repeats", "1", "--json", "-"]].concat(), "");
    let aside = text(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{aside}");
    for words in ["The same again:", "Forecast for 2 runs of each lane", "speed-up", "Why"] {
        assert!(aside.contains(words), "{words} in {aside}");
    }
    let result = json(&text(&output.stdout));
    assert_eq!(result["scenario"], scenario_in(&aside), "what was said is what was run");
    let lanes = result["lanes"].as_array().expect("lanes");
    assert_eq!(lanes.len(), 5, "the lock of another language is not modelled");
    assert!(lanes.iter().all(|lane| lane["agreement"] == "agrees"), "{result:#}");
}

#[test]
fn python_is_asked_about_where_there_is_one() {
    if lanes_backend::python::find(&[]).iter().all(|candidate| candidate.python.is_err()) {
        eprintln!("not tested: there is no Python here");
        return;
    }
    let plan = succeeds(&["ask", "--tasks", "4", "--wait", "1ms", "--compute", "2ms", "--dry-run"], "");
    assert!(plan.contains("in CPython 3.") && plan.contains("it holds Python's lock"), "{plan}");
    let rows = forecast_in(&plan);
    for model in ["sequential", "async", "threads", "processes", "hybrid"] {
        assert!(rows.contains(&(format!("python/{model}"), false)), "{model} in {plan}");
    }
    let plan = succeeds(&["ask", "--tasks", "4", "--compute", "50us@native", "--lock", "free", "--dry-run"], "");
    let sentence = plan.replace('\n', " ");
    assert!(sentence.contains("in machine code, and about"), "{plan}");
    assert!(sentence.contains("it lets go of Python's lock"), "{plan}");
}

#[test]
fn shells_complete_a_question() {
    for shell in ["bash", "zsh", "fish"] {
        let script = succeeds(&["completions", shell], "");
        for option in ["at-once", "compute", "dry-run"] {
            assert!(script.contains(option), "{option} in {shell}");
        }
    }
}

#[test]
#[cfg(unix)]
fn ctrl_c_while_computing_is_tried_out_leaves_nothing_behind() {
    use rustix::process::{Pid, Signal, kill_process};
    if lanes_backend::python::find(&[]).iter().all(|candidate| candidate.python.is_err()) {
        eprintln!("not tested: there is no Python here");
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let is_empty = || fs::read_dir(folder.path()).expect("it is there").next().is_none();
    let question = ["ask", "--tasks", "20", "--wait", "1s", "--compute", "15ms@python"];
    let mut child = command(&question).env("TMPDIR", folder.path()).spawn().expect("lanes can be started");
    while is_empty() {
        assert!(child.try_wait().expect("it is there").is_none(), "it ended and tried nothing out");
        std::thread::yield_now();
    }
    kill_process(Pid::from_child(&child), Signal::INT).expect("it is there");
    let output = child.wait_with_output().expect("it ends");
    assert!(text(&output.stderr).contains("ended by Ctrl-C"), "{}", text(&output.stderr));
    assert_eq!(output.status.code(), Some(130));
    assert!(is_empty());
}
