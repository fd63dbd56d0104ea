//! What a program needs to be run: its folder, its files, its environment.

use std::{
    fs, io,
    path::{Path, PathBuf},
    process::Command,
};

use lanes_core::{export::program::Program, plan::Plan};
use tempfile::TempDir;

use super::find;

/// Reads the clock; imported by every process and interpreter of the program.
const TRACE: &str = include_str!("lanes_trace.py");
/// What is started.
const RUN: &str = include_str!("lanes_run.py");
/// The module that stands for the program: whoever imports it, gets the program with its steps timed.
const STAND_IN: &str = "import lanes_trace\n\nlanes_trace.load(globals())\n";

/// Records that one thread's file has room for, at the most: 128 MiB, of which only what is written takes room.
const MOST_ROOM: u64 = 1 << 22;
/// Records beside those of the tasks: messages, lag.
const SPARE_ROOM: u64 = 1 << 15;

/// The private folder of one run; gone when it is dropped.
#[derive(Debug)]
pub(super) struct Stage {
    folder: TempDir,
    module: String,
}

impl Stage {
    /// Writes the files.
    ///
    /// # Errors
    /// When there is no room, or no folder for temporary files.
    pub(super) fn set(program: &Program) -> io::Result<Self> {
        let folder = tempfile::Builder::new().prefix("lanes-python-").tempdir()?;
        let module = program.file_name.strip_suffix(".py").unwrap_or(&program.file_name).to_owned();
        let stage = Self { folder, module };
        fs::create_dir(stage.spans())?;
        fs::create_dir(stage.path("program"))?;
        fs::write(stage.program(), &program.code)?;
        fs::write(stage.path("lanes_trace.py"), TRACE)?;
        fs::write(stage.path("lanes_run.py"), RUN)?;
        fs::write(stage.path(&format!("{}.py", stage.module)), STAND_IN)?;
        Ok(stage)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn program(&self) -> PathBuf {
        self.path("program").join(format!("{}.py", self.module))
    }

    /// Where the program's threads write what they do.
    pub(super) fn spans(&self) -> PathBuf {
        self.path("spans")
    }

    /// The command that runs the program, with its steps timed or as it is.
    pub(super) fn command(&self, python: &Path, plan: &Plan, model: &str, is_timed: bool) -> Command {
        let steps = plan.scenario().groups.iter().map(|group| group.steps.len() as u64).max().unwrap_or(1);
        // A record for each step and one for the task; with processes, one for each of its messages.
        let room = (u64::from(plan.tasks()) * (steps + 3) + SPARE_ROOM).min(MOST_ROOM);
        let mut command = find::command(python);
        // As in the other lanes: straight to the address, whoever asks, with no password from elsewhere.
        for proxy in ["http_proxy", "https_proxy", "all_proxy"] {
            command.env_remove(proxy).env_remove(proxy.to_uppercase());
        }
        command
            .envs([("no_proxy", "*"), ("NO_PROXY", "*"), ("NETRC", "/dev/null")])
            .arg(self.path("lanes_run.py"))
            .current_dir(self.folder.path())
            .env("LANES_TRACE", if is_timed { "on" } else { "off" })
            .env("LANES_TRACE_FOLDER", self.spans())
            .env("LANES_TRACE_ROOM", room.to_string())
            .env("LANES_MODEL", model)
            .env("LANES_PROGRAM", &self.module)
            .env("LANES_PROGRAM_PATH", self.program());
        command
    }
}
