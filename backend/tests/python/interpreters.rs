//! Interpreters that are none, that are too old, and that never answer.

use std::{fs, os::unix::fs::PermissionsExt, path::PathBuf};

use lanes_backend::python;
use libtest_mimic::Trial;

use crate::trial;

const BAD: [(&str, &str, &str); 7] = [
    ("garbage", "echo 'hello, I am a parrot'", "saying “hello, I am a parrot”"),
    ("half", "echo 'lanes-python {\"version\": [3'", "answers what it should not"),
    ("hanging", "exec sleep 1000", "within 8 s"),
    ("killed", "kill -9 $$", "ended by SIGKILL"),
    ("flooding", "exec yes 'no, no, no' >&2", "within 8 s"),
    ("refusing", "echo 'no licence' >&2; exit 3", "with exit code 3, saying “no licence”"),
    ("old", OLD, "is 3.6.15, and the programs need 3.9 or later"),
];

const OLD: &str = r#"echo 'lanes-python {"version": [3, 6, 15], "implementation": "CPython", "executable": "/old/python",
"prefix": "/old", "free_threaded": false, "gil": true, "interpreters": false, "aiohttp": {"state": "missing"},
"requests": {"state": "missing"}}' | tr -d '\n'; echo"#;

pub fn trials() -> Vec<Trial> {
    vec![trial("bad_interpreters_are_named_and_disturb_nobody", bad_interpreters)]
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
        candidate.python.clone().expect_err("not usable")
    };
    for (path, (name, _, expected)) in given.iter().zip(BAD) {
        let why = why(path);
        assert!(why.contains(expected), "{name}: {why}");
    }
    assert!(why(&given[BAD.len()]).contains("cannot be started"));
    let good = |found: &[python::Candidate]| found.iter().filter(|candidate| candidate.python.is_ok()).count();
    assert_eq!(good(&found), good(&python::find(&[])), "the others are there all the same");
}
