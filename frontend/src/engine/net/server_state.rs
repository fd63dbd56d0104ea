//! Where the state of a run's simulated server is kept.

use std::sync::Mutex;

use lanes_core::server::{Kept, State};

/// Where a worker finds the server.
#[derive(Debug)]
pub enum ServerState {
    /// In the memory that the engine's threads share.
    Here(Mutex<State>),
}

impl ServerState {
    /// The server of this memory.
    #[must_use]
    pub fn here() -> Self {
        Self::Here(Mutex::default())
    }
}

impl Kept for ServerState {
    fn with(&self, change: &mut dyn FnMut(&mut State)) -> Result<(), String> {
        match self {
            Self::Here(state) => state.with(change),
        }
    }
}
