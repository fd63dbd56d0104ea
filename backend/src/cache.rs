//! The user's folder for what can be made again: what this machine was measured at, which experiments were guessed.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use serde::Serialize;

/// A file of Lanes' own in that folder; `None` where the system names no such folder.
pub(crate) fn file(name: &str) -> Option<PathBuf> {
    let folder = |name: &str| std::env::var_os(name).filter(|path| !path.is_empty()).map(PathBuf::from);
    let home = || {
        folder("HOME")
            .map(|home| if cfg!(target_os = "macos") { home.join("Library/Caches") } else { home.join(".cache") })
    };
    let cache = folder("XDG_CACHE_HOME").filter(|path| path.is_absolute()).or_else(home)?;
    Some(cache.join("lanes").join(name))
}

/// Writes it as JSON. Whoever reads it meanwhile finds the old one or the new one.
///
/// # Errors
/// What the system says.
pub(crate) fn write(path: &Path, value: &impl Serialize) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    serde_json::to_writer_pretty(&mut file, value)?;
    file.persist(path).map_err(|error| error.error)?;
    Ok(())
}
