//! What is special about a lane that calls a function of the user's own: which file it is, in what surroundings it runs, and
//! where in it something went wrong.

use std::{
    env, io,
    path::{Path, PathBuf},
    process::Command,
};

use lanes_core::scenario::{Call, NotCalled};

use super::{options::OwnCode, run_directory::RunDirectory};
use crate::{answers, temporary::TemporaryError};

/// Why a function of a scenario's own is not called.
#[derive(Debug, thiserror::Error)]
pub(super) enum OwnError {
    /// Nobody has said that it may be.
    #[error(
        "the scenario brings {} of Python of its own, and code is run only where the command line says so: read it, and run \
         it with lanes run --run-code",
        lanes_core::present::of(*.0 as u64, "line", "lines")
    )]
    Refused(usize),
    /// It is named, and its code is elsewhere.
    #[error(transparent)]
    Named(#[from] NotCalled),
    /// The file is not what it was.
    #[error("{} was changed since it was read: run it again", .0.display())]
    Changed(PathBuf),
    /// It is not there any more.
    #[error("{}: {cause}", .path.display())]
    Unreadable { path: PathBuf, cause: io::Error },
}

/// Whether the code of a call may be run, and from which file of the user's, if there is one.
///
/// # Errors
/// When it may not, or the file does not hold it any more.
pub(super) fn admit<'a>(call: &Call, own_code: &'a OwnCode) -> Result<Option<&'a Path>, OwnError> {
    match own_code {
        _ if call.source().is_none() => Err(call.not_called().into()),
        OwnCode::Refused => Err(OwnError::Refused(call.lines())),
        OwnCode::Allowed => Ok(None),
        OwnCode::File(path) => match std::fs::read_to_string(path) {
            Ok(text) if call.source() == Some(&*text) => Ok(Some(path)),
            Ok(_) => Err(OwnError::Changed(path.clone())),
            Err(cause) => Err(OwnError::Unreadable { path: path.clone(), cause }),
        },
    }
}

/// What the user's own interpreter would heed, and nothing else of Python's variables.
const KEPT: [&str; 4] = ["PYTHONPATH", "PYTHONUTF8", "PYTHONIOENCODING", "PYTHONWARNINGS"];

/// Lets a command run a function, whose file holds this, as if its file had been started by itself: in the folder where we are,
/// with the user's variables, and with texts hashed alike in every process.
pub(super) fn surround(command: &mut Command, source: &str) {
    for name in KEPT {
        if let Some(value) = env::var_os(name) {
            command.env(name, value);
        }
    }
    for name in ["http_proxy", "https_proxy", "all_proxy", "no_proxy", "netrc"] {
        for name in [name.to_owned(), name.to_uppercase()] {
            match env::var_os(&name) {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
    }
    if let Ok(here) = env::current_dir() {
        command.current_dir(here);
    }
    if env::var_os(answers::VARIABLE).is_none()
        && source.contains(answers::VARIABLE)
        && let Some(address) = answers::address()
    {
        command.env(answers::VARIABLE, address);
    }
    command.env("PYTHONHASHSEED", "0");
}

/// The same for a run of a lane, which has to know what it calls.
///
/// # Errors
/// When the code has to be written to a file first, and there is no room.
pub(super) fn prepare(
    command: &mut Command,
    directory: &RunDirectory,
    (call, tasks): (&Call, u32),
    file: Option<&Path>,
) -> Result<PathBuf, TemporaryError> {
    surround(command, call.source().unwrap_or_default());
    let file = match file {
        Some(path) => std::path::absolute(path).unwrap_or_else(|_| path.to_owned()),
        None => directory.write_own(&call.module, call.source().unwrap_or_default())?,
    };
    command
        .env("LANES_OWN_FILE", &file)
        .env("LANES_OWN_MODULE", &call.module)
        .env("LANES_OWN_FUNCTION", &call.function)
        .env("LANES_OWN_TASKS", tasks.to_string());
    Ok(file)
}

/// `thumbs.py, line 5, in task`: the innermost line of the user's own in the stacks that the interpreter printed last. The
/// last ones that stand there are taken: those of a fatal signal, or those that were asked for.
pub(super) fn place_in(stderr_tail: &str, file: &Path) -> Option<String> {
    let folder = file.parent()?.to_str()?;
    let begin = stderr_tail.rfind("Fatal Python error").or_else(|| stderr_tail.find(" (most recent call first):"))?;
    stderr_tail[begin..].lines().find_map(|line| {
        let (path, rest) = line.trim_start().strip_prefix("File \"")?.split_once("\", line ")?;
        let (number, function) = rest.split_once(" in ")?;
        let name = path.strip_prefix(folder)?.strip_prefix('/').filter(|_| !path.contains("site-packages"))?;
        Some(format!("{name}, line {number}, in {function}"))
    })
}

#[cfg(test)]
mod tests {
    use lanes_core::scenario::Code;

    use super::*;

    #[test]
    fn the_innermost_line_of_the_users_own_is_found() {
        let said = "12 photos\nFatal Python error: Segmentation fault\n\nCurrent thread 0x00007f (most recent call first):\n  \
                    File \"/usr/lib/python3.11/ctypes/__init__.py\", line 519 in string_at\n  File \"/home/me/thumbs.py\", \
                    line 7 in task\n  File \"/tmp/lanes-python-1/lanes_owntime.py\", line 9 in task\n";
        assert_eq!(place_in(said, Path::new("/home/me/thumbs.py")).as_deref(), Some("thumbs.py, line 7, in task"));
        assert_eq!(place_in("nothing of it", Path::new("/home/me/thumbs.py")), None);
    }

    #[test]
    fn code_is_run_where_somebody_said_so_and_a_file_that_was_changed_is_not() {
        let call = Call { python: Code::Source("a\nb\n".into()), ..Call::default() };
        let refused = admit(&call, &OwnCode::Refused).expect_err("nobody said so").to_string();
        assert!(refused.contains("2 lines of Python") && refused.contains("--run-code"), "{refused}");
        assert!(admit(&call, &OwnCode::Allowed).expect("allowed").is_none());
        let named = admit(&call.named("job.py"), &OwnCode::Allowed).expect_err("nobody has it").to_string();
        assert!(named.contains("“lanes serve job.py”"), "{named}");
        let file = tempfile::NamedTempFile::new().expect("a folder");
        std::fs::write(file.path(), "a\nb\n").expect("room");
        let of_file = OwnCode::File(file.path().to_owned());
        assert_eq!(admit(&call, &of_file).expect("the same"), Some(file.path()));
        std::fs::write(file.path(), "a\nc\n").expect("room");
        assert!(admit(&call, &of_file).expect_err("another").to_string().contains("was changed"));
    }
}
