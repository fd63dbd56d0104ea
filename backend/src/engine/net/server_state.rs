//! Where the state of a run's simulated server is kept: in memory for threads, in a file that they lock for processes.
//!
//! All workers of a run meet one server. A file is the least that processes can share and that one of them can be killed
//! over: its lock goes with it. It stays in the page cache, and costs a few microseconds a request.

use std::{
    fs::{File, OpenOptions},
    io,
    os::unix::fs::FileExt,
    path::{Path, PathBuf},
    sync::Mutex,
};

use lanes_core::server::{Kept, State};

use crate::temporary::{TemporaryError, TemporaryFolder};

/// The file of one run; removed when it is dropped.
#[derive(Debug)]
pub(crate) struct ServerFile {
    _folder: TemporaryFolder,
    path: PathBuf,
}

impl ServerFile {
    /// A server that has not been asked yet.
    pub(crate) fn create() -> Result<Self, TemporaryError> {
        let folder = TemporaryFolder::create("lanes-server-")?;
        let path = folder.write("state", [])?;
        Ok(Self { _folder: folder, path })
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }
}

/// Where a worker finds the server.
#[derive(Debug)]
pub(crate) enum ServerState {
    /// In this process.
    Here(Mutex<State>),
    /// In a file, or why that could not be opened.
    File(Result<File, String>),
}

impl ServerState {
    /// The server of this process, or the one in this file.
    pub(crate) fn open(path: Option<&Path>) -> Self {
        match path {
            None => Self::Here(Mutex::default()),
            Some(path) => {
                Self::File(OpenOptions::new().read(true).write(true).open(path).map_err(|error| unreachable(&error)))
            }
        }
    }
}

impl Kept for ServerState {
    fn with(&self, change: &mut dyn FnMut(&mut State)) -> Result<(), String> {
        match self {
            Self::Here(state) => state.with(change),
            Self::File(Err(why)) => Err(why.clone()),
            Self::File(Ok(file)) => with_file(file, change).map_err(|error| unreachable(&error)),
        }
    }
}

fn with_file(file: &File, change: &mut dyn FnMut(&mut State)) -> io::Result<()> {
    file.lock()?;
    let changed = (|| {
        let mut bytes = vec![0; file.metadata()?.len() as usize];
        file.read_exact_at(&mut bytes, 0)?;
        // Nothing yet; what an earlier, longer state has left behind it is ignored.
        let mut state = postcard::take_from_bytes(&bytes).map(|(state, _)| state).unwrap_or_default();
        change(&mut state);
        let bytes = postcard::to_allocvec(&state).map_err(io::Error::other)?;
        file.write_all_at(&bytes, 0)
    })();
    file.unlock()?;
    changed
}

fn unreachable(error: &io::Error) -> String {
    format!("the state that its clients share could not be read ({error})")
}

#[cfg(test)]
mod tests {
    use lanes_core::{
        scenario::Server,
        server::{Reply, Request},
    };

    use super::*;

    #[test]
    fn who_opens_the_same_file_meets_the_same_server() {
        let server = Server { capacity: 1, ..Server::default() };
        let file = ServerFile::create().expect("room");
        let clients: Vec<ServerState> = (0..4).map(|_| ServerState::open(Some(file.path()))).collect();
        let ask = |client: &ServerState| {
            let request = Request { latency_ns: 10, bytes: 0, seed: 0, attempt: 0 };
            let mut reply = None;
            client.with(&mut |state| reply = Some(state.ask(&server, 5, request))).expect("a file");
            reply.expect("asked")
        };
        let mut ends: Vec<Reply> = std::thread::scope(|scope| {
            let asked: Vec<_> = clients.iter().map(|client| scope.spawn(|| ask(client))).collect();
            asked.into_iter().map(|client| client.join().expect("no panic")).collect()
        });
        ends.sort_by_key(|reply| if let Reply::Answered(at) = reply { *at } else { 0 });
        assert_eq!(ends, [15, 25, 35, 45].map(Reply::Answered));
        let path = file.path().to_owned();
        drop(file);
        assert!(!path.exists());
        assert!(ServerState::open(Some(&path)).with(&mut |_| {}).is_err());
    }
}
