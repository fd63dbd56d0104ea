//! The user's file, handed over by the page so that native lanes can work on it. It stays on this machine, in a
//! temporary file that goes with the server.

use std::{
    collections::VecDeque,
    io,
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use axum::{body::Body, http::StatusCode};
use futures::StreamExt;
use lanes_core::api::Stored;
use tempfile::TempPath;
use tokio::io::AsyncWriteExt;

use super::refusal::Refusal;
use crate::temporary::{TemporaryError, TemporaryFolder};

/// The largest file that is taken, in bytes.
pub(super) const MAX_BYTES: u64 = 8 << 30;

/// Files that are kept; an older one goes when another comes.
pub(super) const MAX_FILES: usize = 4;

/// The longest that a sender may say nothing.
const SENDER_TIMEOUT: Duration = Duration::from_secs(30);

/// What the names of the folders begin with that files lie in.
const PREFIX: &str = "lanes-file-";

/// Files that were handed over.
#[derive(Debug, Default)]
pub(super) struct Files {
    kept: Mutex<VecDeque<(String, TempPath)>>,
    /// Where they lie; made when the first one comes.
    folder: Mutex<Option<Arc<TemporaryFolder>>>,
}

impl Files {
    /// Removes the files of servers that were killed, where they can be removed.
    pub(super) fn remove_abandoned() {
        // Making a folder does that; where none can be made, that is said when a file comes.
        drop(TemporaryFolder::create(PREFIX));
    }

    /// Takes a file.
    pub(super) async fn store(&self, body: Body) -> Result<Stored, Refusal> {
        let folder = self.folder().map_err(|error| no_room(error.to_string()))?;
        let full = |error: io::Error| {
            no_room(format!(
                "the file cannot be kept in {}: {error}; make room, or set TMPDIR",
                folder.path().display()
            ))
        };
        let made = tempfile::NamedTempFile::with_prefix_in("file-", folder.path());
        let (file, path) = made.map_err(full)?.into_parts();
        let mut file = tokio::fs::File::from_std(file);
        let mut bytes = 0;
        let mut parts = body.into_data_stream();
        loop {
            let part = tokio::time::timeout(SENDER_TIMEOUT, parts.next())
                .await
                .map_err(|_| Refusal::new(StatusCode::REQUEST_TIMEOUT, "the file stopped coming; send it again"))?;
            let Some(part) = part else { break };
            let part = part.map_err(|_| {
                Refusal::new(StatusCode::BAD_REQUEST, "the file broke off in the middle; send it again")
            })?;
            bytes += part.len() as u64;
            if bytes > MAX_BYTES {
                return Err(Refusal::new(
                    StatusCode::PAYLOAD_TOO_LARGE,
                    format!("the file is longer than {} GiB; use lanes run --file instead", MAX_BYTES >> 30),
                ));
            }
            file.write_all(&part).await.map_err(full)?;
        }
        file.flush().await.map_err(full)?;
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.push_back((name.clone(), path));
        if kept.len() > MAX_FILES {
            kept.pop_front();
        }
        Ok(Stored { file: name, bytes })
    }

    /// The folder that files lie in. Making it removes those of servers that were killed.
    fn folder(&self) -> Result<Arc<TemporaryFolder>, TemporaryError> {
        let mut folder = self.folder.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(folder) = &*folder {
            return Ok(Arc::clone(folder));
        }
        let made = Arc::new(TemporaryFolder::create(PREFIX)?);
        *folder = Some(Arc::clone(&made));
        Ok(made)
    }

    /// Where a file is that was stored under this name.
    pub(super) fn find(&self, name: &str) -> Result<PathBuf, Refusal> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let found = kept.iter().find(|(kept, _)| kept == name);
        found.map(|(_, path)| path.to_path_buf()).ok_or_else(|| {
            Refusal::new(StatusCode::NOT_FOUND, "file: the server does not have it (any more); hand it over again")
        })
    }
}

fn no_room(why: String) -> Refusal {
    Refusal::new(StatusCode::INSUFFICIENT_STORAGE, why)
}
