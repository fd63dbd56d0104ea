//! Interpreters that are none, that are too old, and that never answer.

use std::{fs, os::unix::fs::PermissionsExt, path::PathBuf};

use lanes_backend::{
    python,
    runner::{CancelToken, PythonOptions},
};
use lanes_core::{
    report::Ending,
    scenario::{Lane, Model},
};
use libtest_mimic::Trial;

use crate::{runner, scenario, trial};

const BAD: [(&str, &str, &str); 8] = [
    ("garbage", "echo 'hello, I am a parrot'", "saying “hello, I am a parrot”"),
    ("half", "echo 'lanes-python {\"version\": [3'", "answers what it should not"),
    ("hanging", "exec sleep 1000", "within 20 s"),
    ("killed", "kill -9 $$", "ended by SIGKILL"),
    ("flooding", "exec yes 'no, no, no' >&2", "within 20 s"),
    ("refusing", "echo 'no licence' >&2; exit 3", "with exit code 3, saying “no licence”"),
    ("pypy", PYPY, "is PyPy, and these lanes are CPython's"),
    ("old", OLD, "is 3.6.15, and the programs need 3.9 or later"),
];

const OLD: &str = r#"echo 'lanes-python {"version": [3, 6, 15], "implementation": "CPython", "executable": "/old/python",
"prefix": "/old", "free_threaded": false, "gil": true, "interpreters": false, "aiohttp": {"state": "missing"},
"requests": {"state": "missing"}}' | tr -d '\n'; echo"#;

const PYPY: &str = r#"echo 'lanes-python {"version": [3, 10, 14], "implementation": "PyPy", "executable": "/pypy/python",
"prefix": "/pypy", "free_threaded": false, "gil": true, "interpreters": false, "aiohttp": {"state": "missing"},
"requests": {"state": "missing"}}' | tr -d '\n'; echo"#;

pub fn trials() -> Vec<Trial> {
    vec![
        trial("bad_interpreters_are_named_and_disturb_nobody", bad_interpreters),
        trial("one_that_was_named_and_is_none_is_an_error_and_no_other_is_run", named),
        trial("a_package_that_cannot_be_imported_is_said_with_its_reason", broken_package),
    ]
}

/// There are others on this machine, and the scenario is right: none of them is run in the named one's place.
fn named() {
    let options = PythonOptions { interpreters: vec!["/nonexist".into()], ..PythonOptions::default() };
    let job = r#"{"lanes_scenario":1,"groups":[{"tasks":1,"steps":[{"compute":{"kernel":"primes","size":10}}]}]}"#;
    for model in [Model::Sequential, Model::Threads, Model::Interpreters] {
        let lane = Lane::python(model);
        let report = runner(options.clone()).run_lane(&scenario(job), lane, 1, &CancelToken::new(), &|_| {});
        let Ending::Broken(why) = &report.ending else { panic!("{report:?}") };
        assert!(why.starts_with("--python /nonexist cannot be started: No such file"), "{model:?}: {why}");
        assert!(report.notes.is_empty() && report.tasks.done == 0, "{report:?}");
    }
}

fn broken_package() {
    let found = python::find(&[]);
    let Some(good) = found.iter().find(|candidate| candidate.python.is_ok()) else { return };
    let folder = tempfile::tempdir().expect("a folder");
    fs::create_dir(folder.path().join("aiohttp")).expect("room");
    fs::write(folder.path().join("aiohttp/__init__.py"), "raise RuntimeError('built for another')\n").expect("room");
    let path = folder.path().join("python3");
    let text = format!("#!/bin/sh\nPYTHONPATH={} exec {} \"$@\"\n", folder.path().display(), good.path.display());
    fs::write(&path, text).expect("room");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o700)).expect("ours");
    let options = PythonOptions { interpreters: vec![path], ..PythonOptions::default() };
    let job = r#"{"lanes_scenario":1,"groups":[{"tasks":1,"steps":[{"fetch":{"from":["http://example.org/"]}}]}]}"#;
    let report = runner(options).run_lane(&scenario(job), Lane::python(Model::Async), 1, &CancelToken::new(), &|_| {});
    let Ending::Broken(why) = report.ending else { panic!("{report:?}") };
    assert!(why.contains("cannot import aiohttp") && why.contains("RuntimeError: built for another"), "{why}");
    assert!(why.contains("install --force-reinstall aiohttp") || why.contains("-m venv"), "{why}");
}

fn bad_interpreters() {
    let folder = tempfile::tempdir().expect("a folder");
    let script = |name: &str, text: &str| -> PathBuf {
        let path = folder.path().join(name);
        fs::write(&path, format!("#!/bin/sh\n{text}\n")).expect("room");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o700)).expect("ours");
        path
    };
    let mut given: Vec<PathBuf> = BAD.iter().map(|(name, text, _)| script(name, text)).collect();
    given.push(folder.path().join("nothing"));
    let found = python::find(&given);
    let why = |path: &PathBuf| {
        let candidate = found.iter().find(|candidate| candidate.path == *path).expect("listed");
        candidate.python.clone().expect_err("not usable").to_string()
    };
    for (path, (name, _, expected)) in given.iter().zip(BAD) {
        let why = why(path);
        assert!(why.contains(expected), "{name}: {why}");
    }
    assert!(why(&given[BAD.len()]).contains("cannot be started"));
    let good = |found: &[python::Candidate]| found.iter().filter(|candidate| candidate.python.is_ok()).count();
    assert_eq!(good(&found), good(&python::find(&[])), "the others are there all the same");
}
