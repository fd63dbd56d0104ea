//! What is refused or said: wrong arguments, hostile texts, full disks, no threads.

use std::{
    io::Write,
    process::{Command, Stdio},
};

use expect_test::expect;

use super::{TINY, command, fails, json, lanes, succeeds, text};

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
