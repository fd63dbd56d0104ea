//! Files that a run writes: whole or not at all.
//!
//! The bytes go to a file beside the target, which then takes its name; so a full disk, a crash or Ctrl-C leaves what
//! was there before. Devices and pipes (`/dev/stdout`, a FIFO) are written to directly. What an interrupted run has
//! measured never takes the place of a file that is there already: it goes beside it.

use std::{
    ffi::OsString,
    fmt,
    fs::{self, File, OpenOptions},
    io::{self, BufWriter, Write},
    os::unix::fs::{FileTypeExt, MetadataExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

use tempfile::NamedTempFile;

use crate::terminal;

/// What the name of a file has at its end that holds what an interrupted run has measured.
const INTERRUPTED: &str = ".interrupted";

/// Something cannot be written.
#[derive(Debug, thiserror::Error)]
#[error("{target}: cannot write: {}; {} ({consequence})", reason(cause), advice(cause))]
pub(super) struct TargetError {
    /// The option and the file.
    target: String,
    cause: io::Error,
    /// What that means for the results.
    consequence: &'static str,
}

/// A file to be written at the end.
#[derive(Debug)]
pub(super) struct Target {
    /// What it is for, as the argument is called.
    option: &'static str,
    /// As the user wrote it.
    shown: PathBuf,
    /// Where it really is, links resolved.
    path: PathBuf,
    kind: Kind,
}

/// What there is at a target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// A file, or nothing yet.
    File,
    /// A pipe: opening it waits for a reader, and closing it ends the reader's input.
    Pipe,
    /// A device, such as `/dev/null`.
    Device,
}

/// How much of a run there is to be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Extent {
    /// All of it.
    Whole,
    /// What there was when it was interrupted.
    Interrupted,
}

/// Where something was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Written {
    /// To the target.
    There,
    /// To this file beside it: the target is as it was.
    Beside(PathBuf),
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.option, self.shown.display())
    }
}

impl Target {
    /// The target at `path`, once it is sure that something can be written there: before hours of measuring.
    ///
    /// # Errors
    /// When nothing can be written there.
    pub(super) fn at(option: &'static str, path: &Path) -> Result<Self, TargetError> {
        let about = fs::metadata(path);
        let kind = match about.as_ref().map(fs::Metadata::file_type) {
            Ok(kind) if kind.is_fifo() => Kind::Pipe,
            Ok(kind) if !kind.is_file() && !kind.is_dir() => Kind::Device,
            _ => Kind::File,
        };
        let target = Self { option, shown: path.to_owned(), path: real_path(path), kind };
        let probe = match about {
            Ok(about) if about.is_dir() => Err(io::Error::from(io::ErrorKind::IsADirectory)),
            // Not opened: that would wait for a reader, and closing it would send the reader away.
            Ok(_) if kind == Kind::Pipe => Ok(()),
            Ok(_) if kind == Kind::Device => target.open(false).map(drop),
            Ok(about) if about.permissions().readonly() => Err(io::Error::from(io::ErrorKind::PermissionDenied)),
            _ => target.beside().map(drop),
        };
        probe.map_err(|cause| target.error(cause, "nothing was run"))?;
        Ok(target)
    }

    /// Whether this and the other one are the same file or pipe; both may well be the same device.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        self.kind != Kind::Device && is_same_file(&self.path, &other.path)
    }

    /// Writes it; into a pipe only once somebody reads it. An interrupted run does not wait for that, and leaves a file
    /// that is there as it is.
    ///
    /// # Errors
    /// When the disk is full, the reader is gone, or nothing may be written there any more.
    pub(super) fn write(
        &self,
        extent: Extent,
        write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    ) -> Result<Written, TargetError> {
        let is_interrupted = extent == Extent::Interrupted;
        let keeps = is_interrupted && fs::metadata(&self.path).is_ok_and(|about| about.len() > 0);
        let all = || -> io::Result<Written> {
            if self.kind != Kind::File {
                let mut file = BufWriter::new(self.open(!is_interrupted)?);
                write(&mut file)?;
                return file.flush().map(|()| Written::There);
            }
            let mut file = BufWriter::with_capacity(1 << 16, self.beside()?);
            write(&mut file)?;
            let file = file.into_inner().map_err(io::IntoInnerError::into_error)?;
            // A disk may say only now that it is full.
            file.as_file().sync_all()?;
            let path = if keeps { with_ending(&self.path, INTERRUPTED) } else { self.path.clone() };
            file.persist(&path).map_err(|error| error.error)?;
            Ok(if keeps { Written::Beside(path) } else { Written::There })
        };
        let consequence = match self.kind {
            Kind::File => "the results above are whole, and nothing was changed there",
            _ => "the results above are whole",
        };
        all().map_err(|cause| self.error(cause, consequence))
    }

    /// Opens a pipe or device.
    fn open(&self, may_wait: bool) -> io::Result<File> {
        if self.kind == Kind::Pipe {
            let at_once = OpenOptions::new()
                .write(true)
                .custom_flags(i32::try_from(rustix::fs::OFlags::NONBLOCK.bits()).unwrap_or_default())
                .open(&self.path);
            match at_once {
                // There is a reader: now it may be waited for, as it reads.
                Ok(file) => {
                    rustix::fs::fcntl_setfl(&file, rustix::fs::OFlags::empty())?;
                    return Ok(file);
                }
                Err(error) if error.raw_os_error() == Some(rustix::io::Errno::NXIO.raw_os_error()) && may_wait => {
                    terminal::print_aside(&format!("{self} waits for somebody to read it; Ctrl-C gives up.\n"));
                }
                Err(error) => return Err(error),
            }
        }
        OpenOptions::new().write(true).open(&self.path)
    }

    fn beside(&self) -> io::Result<NamedTempFile> {
        let folder = self.path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let mut builder = tempfile::Builder::new();
        builder.prefix(".lanes-");
        // As a new file would have; the umask still counts.
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
        builder.tempfile_in(folder)
    }

    fn error(&self, cause: io::Error, consequence: &'static str) -> TargetError {
        TargetError { target: self.to_string(), cause, consequence }
    }
}

/// Whether two paths are one file, by whatever links and names; one that is to be made counts by its name.
pub(super) fn is_same_file(one: &Path, other: &Path) -> bool {
    match (fs::metadata(one), fs::metadata(other)) {
        (Ok(one), Ok(other)) => (one.dev(), one.ino()) == (other.dev(), other.ino()),
        (Err(_), Err(_)) => real_path(one) == real_path(other),
        _ => false,
    }
}

/// The path without links, also of a file that is not there yet.
fn real_path(path: &Path) -> PathBuf {
    let of_new_file = || {
        let parent = path.parent().map(|parent| if parent.as_os_str().is_empty() { Path::new(".") } else { parent });
        Some(fs::canonicalize(parent?).ok()?.join(path.file_name()?))
    };
    fs::canonicalize(path).ok().or_else(of_new_file).unwrap_or_else(|| path.to_owned())
}

fn with_ending(path: &Path, ending: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(ending);
    name.into()
}

fn advice(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => "make room or name a file on another disk",
        io::ErrorKind::NotFound => "create its folder first",
        io::ErrorKind::IsADirectory => "name a file in it",
        io::ErrorKind::BrokenPipe => "let it read to the end",
        _ if is_without_reader(error) => "start who is to read it",
        _ => "name a file in a folder that you may write to",
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
        io::ErrorKind::BrokenPipe => "who read this pipe has gone".into(),
        _ if is_without_reader(error) => "nobody reads this pipe".into(),
        _ => error.to_string(),
    }
}

fn is_without_reader(error: &io::Error) -> bool {
    error.raw_os_error() == Some(rustix::io::Errno::NXIO.raw_os_error())
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
        target.write(Extent::Whole, |out| out.write_all(b"first")).expect("written");
        let failed = target.write(Extent::Whole, |out| {
            out.write_all(b"second")?;
            Err(io::ErrorKind::StorageFull.into())
        });
        let message = failed.expect_err("full").to_string();
        assert!(message.contains("the disk is full") && message.contains("result.json"), "{message}");
        assert_eq!(fs::read(&path).expect("there"), b"first");
        assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 1, "nothing is left beside it");
    }

    #[test]
    fn an_interrupted_run_replaces_nothing() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("result.json");
        let target = Target::at("--json", &path).expect("writable");
        let write =
            |text: &'static [u8]| target.write(Extent::Interrupted, |out| out.write_all(text)).expect("written");
        assert_eq!(write(b"part"), Written::There, "where there was nothing, a part is better");
        let beside = folder.path().join("result.json.interrupted");
        assert_eq!(
            write(b"less"),
            Written::Beside(fs::canonicalize(folder.path()).expect("there").join("result.json.interrupted"))
        );
        assert_eq!(
            (fs::read(&path).expect("there"), fs::read(beside).expect("there")),
            (b"part".to_vec(), b"less".to_vec())
        );
    }

    #[test]
    fn one_file_by_two_names_is_one_file() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = |name: &str| folder.path().join(name);
        fs::write(path("one"), "1").expect("written");
        fs::hard_link(path("one"), path("hard")).expect("linked");
        std::os::unix::fs::symlink(path("one"), path("soft")).expect("linked");
        std::os::unix::fs::symlink(folder.path(), path("folder")).expect("linked");
        for other in ["one", "hard", "soft", "folder/one"] {
            assert!(is_same_file(&path("one"), &path(other)), "{other}");
        }
        assert!(is_same_file(&path("new"), &path("folder/new")), "one that is not there yet");
        assert!(!is_same_file(&path("one"), &path("new")) && !is_same_file(&path("new"), &path("newer")));
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
