//! Files that a run writes: whole or not at all.
//!
//! The bytes go to a file beside the target, which then takes its name; so a full disk, a crash or Ctrl-C leaves what
//! was there before. Devices and pipes (`/dev/stdout`, `/dev/null`) are written to directly.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, BufWriter, Write},
    path::{Path, PathBuf},
};

use tempfile::NamedTempFile;

use super::Failure;

/// A file to be written at the end.
#[derive(Debug)]
pub(super) struct Target {
    /// What it is for, as the argument is called.
    option: &'static str,
    /// As the user wrote it.
    shown: PathBuf,
    /// Where it really is, links resolved.
    path: PathBuf,
    is_special: bool,
}

impl Target {
    /// The target at `path`, once it is sure that something can be written there: before hours of measuring.
    pub(super) fn at(option: &'static str, path: &Path) -> Result<Self, Failure> {
        let target = Self {
            option,
            shown: path.to_owned(),
            path: fs::canonicalize(path).unwrap_or_else(|_| path.to_owned()),
            is_special: fs::metadata(path).is_ok_and(|data| !data.is_file() && !data.is_dir()),
        };
        let probe = match fs::metadata(path) {
            Ok(data) if data.is_dir() => Err(io::Error::from(io::ErrorKind::IsADirectory)),
            Ok(_) if target.is_special => target.open().map(drop),
            Ok(data) if data.permissions().readonly() => Err(io::Error::from(io::ErrorKind::PermissionDenied)),
            _ => target.beside().map(drop),
        };
        match probe {
            Ok(()) => Ok(target),
            Err(error) => Err(target.failure(&error, "nothing was run")),
        }
    }

    /// Writes it.
    pub(super) fn write(&self, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<(), Failure> {
        let all = || -> io::Result<()> {
            if self.is_special {
                let mut file = BufWriter::new(self.open()?);
                write(&mut file)?;
                return file.flush();
            }
            let mut file = BufWriter::with_capacity(1 << 16, self.beside()?);
            write(&mut file)?;
            let file = file.into_inner().map_err(io::IntoInnerError::into_error)?;
            // A disk may say only now that it is full.
            file.as_file().sync_all()?;
            file.persist(&self.path).map_err(|error| error.error)?;
            Ok(())
        };
        let consequence = if self.is_special {
            "the results above are whole"
        } else {
            "the results above are whole, and nothing was changed there"
        };
        all().map_err(|error| self.failure(&error, consequence))
    }

    fn open(&self) -> io::Result<File> {
        OpenOptions::new().write(true).open(&self.path)
    }

    fn beside(&self) -> io::Result<NamedTempFile> {
        let folder = self.path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let mut builder = tempfile::Builder::new();
        builder.prefix(".lanes-");
        // As a new file would have; the umask still counts.
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
        builder.tempfile_in(folder)
    }

    fn failure(&self, error: &io::Error, consequence: &str) -> Failure {
        let advice = match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => "make room or name a file on another disk",
            io::ErrorKind::NotFound => "create its folder first",
            io::ErrorKind::IsADirectory => "name a file in it",
            _ => "name a file in a folder that you may write to",
        };
        Failure::other(format!(
            "{} {}: cannot write: {}; {advice} ({consequence})",
            self.option,
            self.shown.display(),
            reason(error),
        ))
    }
}

/// What the system says, without the path that some of its messages repeat.
fn reason(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::StorageFull => "the disk is full".into(),
        io::ErrorKind::ReadOnlyFilesystem => "the file system is read-only".into(),
        io::ErrorKind::PermissionDenied => "it may not be changed by you".into(),
        io::ErrorKind::NotFound => "its folder does not exist".into(),
        io::ErrorKind::IsADirectory => "it is a folder".into(),
        _ => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_whole_or_as_it_was() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("result.json");
        let target = Target::at("--json", &path).expect("writable");
        assert!(!path.exists(), "looking changes nothing");
        target.write(|out| out.write_all(b"first")).expect("written");
        let failed = target.write(|out| {
            out.write_all(b"second")?;
            Err(io::ErrorKind::StorageFull.into())
        });
        let message = failed.expect_err("full").to_string();
        assert!(message.contains("the disk is full") && message.contains("result.json"), "{message}");
        assert_eq!(fs::read(&path).expect("there"), b"first");
        assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 1, "nothing is left beside it");
    }

    #[test]
    fn what_cannot_be_written_is_said_before_the_run() {
        let folder = tempfile::tempdir().expect("a folder");
        let message = |path: &Path| Target::at("--json", path).expect_err("not writable").to_string();
        assert!(message(folder.path()).contains("it is a folder"));
        assert!(message(&folder.path().join("no/result.json")).contains("its folder does not exist"));
        let path = folder.path().join("kept.json");
        fs::write(&path, "kept").expect("written");
        let mut permissions = fs::metadata(&path).expect("there").permissions();
        permissions.set_readonly(true);
        fs::set_permissions(&path, permissions).expect("changed");
        assert!(message(&path).contains("may not be changed"));
    }
}
