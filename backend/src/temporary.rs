//! Private folders for temporary files, which do not outlive the program for long, however it ends.
//!
//! A folder is removed when it is dropped. A program that is killed drops nothing: therefore each folder holds a file
//! that is locked for as long as its program lives, and whoever makes a folder first removes those whose lock is free.

use std::{
    fs::{self, File},
    io,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
};

use tempfile::TempDir;

/// The file in each folder that is locked while its program lives.
const LOCK: &str = "lock";

/// Why there is no folder for temporary files, or no room in it.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TemporaryError {
    /// None could be made.
    #[error("no folder for temporary files could be made in {}: {cause}; set TMPDIR to a folder where there is room and \
             you may write", .parent.display())]
    NotMade {
        /// Where it should have been.
        parent: PathBuf,
        /// What the system says.
        cause: io::Error,
    },
    /// A file could not be written into it.
    #[error("{} could not be written: {cause}; set TMPDIR to a folder where there is room", .path.display())]
    NotWritten {
        /// The file.
        path: PathBuf,
        /// What the system says.
        cause: io::Error,
    },
}

/// A folder of this program's own; removed when it is dropped.
#[derive(Debug)]
pub(crate) struct TemporaryFolder {
    folder: TempDir,
    _lock: File,
}

impl TemporaryFolder {
    /// Makes one whose name begins with this prefix, where the system keeps temporary files, and removes those with the
    /// same prefix that programs have left behind which were killed.
    ///
    /// # Errors
    /// When there is no room, or no such folder.
    pub(crate) fn create(prefix: &str) -> Result<Self, TemporaryError> {
        Self::create_in(&std::env::temp_dir(), prefix)
    }

    fn create_in(parent: &Path, prefix: &str) -> Result<Self, TemporaryError> {
        remove_abandoned(parent, prefix);
        let make = || {
            let folder = tempfile::Builder::new().prefix(prefix).tempdir_in(parent)?;
            let path = folder.path().join(LOCK);
            // It has its name only once it is locked: nobody finds it free in between.
            let unnamed = path.with_extension("new");
            let lock = File::create_new(&unnamed)?;
            lock.lock()?;
            fs::rename(&unnamed, &path)?;
            Ok(Self { folder, _lock: lock })
        };
        make().map_err(|cause| TemporaryError::NotMade { parent: parent.to_owned(), cause })
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Writes a file into it and says where that is.
    ///
    /// # Errors
    /// When there is no room.
    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) -> Result<PathBuf, TemporaryError> {
        let path = self.path().join(name);
        let make = || {
            path.parent().map_or(Ok(()), fs::create_dir_all)?;
            fs::write(&path, content)
        };
        make().map_err(|cause| TemporaryError::NotWritten { path: path.clone(), cause })?;
        Ok(path)
    }
}

/// Removes the folders of this user whose programs are gone.
fn remove_abandoned(parent: &Path, prefix: &str) {
    let user = rustix::process::geteuid().as_raw();
    for entry in fs::read_dir(parent).into_iter().flatten().flatten() {
        if !entry.file_name().to_string_lossy().starts_with(prefix) {
            continue;
        }
        // Of the entry itself, not of what a link leads to.
        let is_own = entry.metadata().is_ok_and(|about| about.is_dir() && about.uid() == user);
        let lock = File::open(entry.path().join(LOCK)).ok().filter(|_| is_own);
        if lock.is_some_and(|lock| lock.try_lock().is_ok()) {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_killed_program_has_left_is_removed_and_nothing_else() {
        let parent = tempfile::tempdir().expect("a folder");
        let path = |name: &str| parent.path().join(name);
        // The lock of a program that is gone is free.
        for name in ["lanes-test-dead", "other-dead"] {
            fs::create_dir(path(name)).expect("room");
            fs::write(path(name).join(LOCK), "").expect("room");
            fs::write(path(name).join("spans"), "much").expect("room");
        }
        fs::create_dir(path("lanes-test-without-lock")).expect("room");
        let living = TemporaryFolder::create_in(parent.path(), "lanes-test-").expect("room");
        let second = TemporaryFolder::create_in(parent.path(), "lanes-test-").expect("room");
        assert!(!path("lanes-test-dead").exists());
        assert!(path("other-dead").exists() && path("lanes-test-without-lock").exists());
        assert!(living.path().exists() && second.path().exists());
        let gone = living.path().to_owned();
        drop(living);
        assert!(!gone.exists());
    }

    #[test]
    fn a_wrong_place_is_named() {
        let why =
            TemporaryFolder::create_in(Path::new("/nonexistent"), "lanes-test-").expect_err("not there").to_string();
        assert!(why.contains("could be made in /nonexistent: No such file") && why.contains("set TMPDIR"), "{why}");
    }
}
