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
    /// In CPython in the page: an interpreter that is compiled to WebAssembly.
    Pyodide,
}

impl Place {
    /// All of them, in the order they are shown.
    pub const ALL: [Self; 4] = [Self::Browser, Self::Native, Self::Python, Self::Pyodide];

    /// Its name in lanes and links.
    #[must_use]
    pub fn id(self) -> &'static str {
        self.into()
    }

    /// Whether its lanes run in the page, without a backend.
    #[must_use]
    pub fn is_in_page(self) -> bool {
        matches!(self, Self::Browser | Self::Pyodide)
    }

    /// Whether its lanes run programs in Python.
    #[must_use]
    pub fn is_python(self) -> bool {
        matches!(self, Self::Python | Self::Pyodide)
    }

    /// Whether it has lanes of a model.
    #[must_use]
    pub fn has(self, model: Model) -> bool {
        match self {
            Self::Browser | Self::Native => model != Model::Interpreters,
            Self::Python => model != Model::Gil,
            Self::Pyodide => !matches!(model, Model::Gil | Model::Interpreters),
        }
    }
}
