//! The run directory: the private folder of one run with the program, what times it, and the thread logs; and the
//! command that runs the program in it. It starts nothing.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use lanes_core::{export::program::Program, plan::Plan, trace::python};

use super::probe;
use crate::temporary::{TemporaryError, TemporaryFolder};

/// What is there on this machine alone, beside core's modules: a program does not outlive whoever started it.
const LIFELINE: (&str, &str) = ("lanes_lifeline.py", include_str!("lanes_lifeline.py"));
/// The folder of the thread logs.
const LOGS: &str = "logs";

/// Records that one thread's file has room for, at the most: 128 MiB, of which only what is written takes room.
const MOST_ROOM: u64 = 1 << 22;
/// Records beside those of the tasks: messages, lag.
const SPARE_ROOM: u64 = 1 << 15;

/// The private folder of one run; gone when it is dropped.
#[derive(Debug)]
pub(super) struct RunDirectory {
    folder: TemporaryFolder,
    /// What the program's module is called.
    module: String,
    program: PathBuf,
}

impl RunDirectory {
    /// Writes the files.
    ///
    /// # Errors
    /// When there is no room, or no folder for temporary files.
    pub(super) fn create(program: &Program) -> Result<Self, TemporaryError> {
        // lanes_run.py knows the prefix, too.
        let folder = TemporaryFolder::create("lanes-python-")?;
        // Not a name that stands beside a file of the user's own.
        let module = format!("lanes_job_{}", program.file_name.strip_suffix(".py").unwrap_or(&program.file_name));
        folder.write(LIFELINE.0, LIFELINE.1)?;
        for module in python::MODULES {
            folder.write(module.name, module.text)?;
        }
        folder.write(&format!("{module}.py"), python::STAND_IN)?;
        // Which makes the folder, too.
        folder.write(&format!("{LOGS}/about"), "Thread logs of a run of Lanes.\n")?;
        let program = folder.write(&format!("program/{module}.py"), &program.code)?;
        Ok(Self { folder, module, program })
    }

    /// Where the program's threads write their logs.
    pub(super) fn logs(&self) -> PathBuf {
        self.folder.path().join(LOGS)
    }

    /// Writes the code of a scenario's own, where it is in no file of the user's, and says where that is.
    ///
    /// # Errors
    /// When there is no room.
    pub(super) fn write_own(&self, module: &str, python: &str) -> Result<PathBuf, TemporaryError> {
        self.folder.write(&format!("own/{module}.py"), python)
    }

    /// The command that runs the program, with its steps timed, or as it is: then only its begin and its end are told.
    pub(super) fn command(&self, python: &Path, plan: &Plan, model: &str, is_timed: bool) -> Command {
        let steps = plan.scenario().groups.iter().map(|group| group.steps.len() as u64).max().unwrap_or(1);
        // For each step two records, in front of the second of which is a wait; one for reading and one for the task;
        // with processes, one for each of its messages.
        let room = (u64::from(plan.tasks()) * (2 * steps + 4) + SPARE_ROOM).min(MOST_ROOM);
        let mut command = probe::command(python);
        // As in the other lanes: straight to the address, whoever asks, with no password from elsewhere.
        for proxy in ["http_proxy", "https_proxy", "all_proxy"] {
            command.env_remove(proxy).env_remove(proxy.to_uppercase());
        }
        command
            .envs([("no_proxy", "*"), ("NO_PROXY", "*"), ("NETRC", "/dev/null")])
            .arg(self.folder.path().join(python::RUN.name))
            .current_dir(self.folder.path())
            .env("LANES_TRACE", if is_timed { "steps" } else { "ends" })
            .env("LANES_TRACE_FOLDER", self.logs())
            .env("LANES_TRACE_ROOM", room.to_string())
            .env("LANES_MODEL", model)
            .env("LANES_PROGRAM", &self.module)
            .env("LANES_PROGRAM_PATH", &self.program);
        command
    }
}
