//! Models and places: how tasks are run, and where.

use serde::{Deserialize, Serialize};

/// How tasks are run.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    strum::EnumString,
    strum::IntoStaticStr,
)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
pub enum Model {
    /// One after another.
    Sequential,
    /// One event loop.
    Async,
    /// A pool that shares memory.
    Threads,
    /// The same pool under a global interpreter lock.
    Gil,
    /// Isolated memory, messages.
    Processes,
    /// An event loop for waiting, a pool of threads for computing.
    Hybrid,
    /// Isolated interpreters in the threads of one process: CPython's, and nobody else's.
    Interpreters,
}

impl Model {
    /// Those that every place can have, in the order they are shown.
    pub const ALL: [Self; 6] = [Self::Sequential, Self::Async, Self::Threads, Self::Gil, Self::Processes, Self::Hybrid];

    /// Its name in lanes and links.
    #[must_use]
    pub fn id(self) -> &'static str {
        self.into()
    }
}

/// Where a lane runs.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    strum::EnumString,
    strum::IntoStaticStr,
)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
pub enum Place {
    /// In this page: WebAssembly on Web Workers.
    Browser,
    /// On the machine itself, in the backend.
    Native,
    /// In CPython.
    Python,
}

impl Place {
    /// All of them, in the order they are shown.
    pub const ALL: [Self; 3] = [Self::Browser, Self::Native, Self::Python];

    /// Its name in lanes and links.
    #[must_use]
    pub fn id(self) -> &'static str {
        self.into()
    }
}
