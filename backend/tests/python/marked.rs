//! An interpreter whose processes can be told from all others, whoever started them.

use std::{fs, os::unix::fs::PermissionsExt, path::PathBuf};

use lanes_backend::{python, runner::PythonOptions};
use tempfile::TempDir;

/// A script that starts the machine's own interpreter with a mark in its environment.
pub struct Marked {
    folder: TempDir,
    mark: String,
}

impl Marked {
    /// `before` is done by the shell before the interpreter is started.
    pub fn new(before: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let mark = format!("LANES_TEST_MARK={}", folder.path().display());
        let found = python::find(&[]);
        let python = found.iter().find_map(|candidate| candidate.python.as_ref().ok()).expect("one was found");
        let text = format!("#!/bin/sh\nexport {mark}\n{before}\nexec '{}' \"$@\"\n", python.path.display());
        let marked = Self { folder, mark };
        fs::write(marked.path(), text).expect("room");
        fs::set_permissions(marked.path(), fs::Permissions::from_mode(0o700)).expect("ours");
        marked
    }

    pub fn path(&self) -> PathBuf {
        self.folder.path().join("python3")
    }

    pub fn mark(&self) -> &str {
        &self.mark
    }

    /// Options that prefer it.
    pub fn options(&self) -> PythonOptions {
        PythonOptions { interpreters: vec![self.path()], ..PythonOptions::default() }
    }
}

/// Processes with this mark that run and have not ended.
pub fn processes(mark: &str) -> Vec<u32> {
    let numbers = fs::read_dir("/proc").expect("this is Linux").flatten();
    let numbers = numbers.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    let is_marked = |process: &u32| {
        let environment = fs::read(format!("/proc/{process}/environ")).unwrap_or_default();
        environment.split(|byte| *byte == 0).any(|variable| variable == mark.as_bytes())
    };
    let is_alive = |process: &u32| {
        let stat = fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
        stat.rsplit_once(')').is_some_and(|(_, rest)| !rest.trim_start().starts_with(['Z', 'X']))
    };
    numbers.filter(is_marked).filter(is_alive).collect()
}
