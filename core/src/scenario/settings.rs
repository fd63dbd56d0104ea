//! What one lane does otherwise than its scenario says, so that variants of a model stand side by side.

use std::fmt;

use serde::{Serialize, Serializer};

use super::{
    chunk::Chunk,
    limits,
    model::{Model, Place},
};
use crate::present::number::{count, of, plain};

/// The settings of a lane's own. What is `None` is as in the scenario.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Settings {
    /// Workers: threads, processes or interpreters.
    pub workers: Option<u32>,
    /// Tasks in flight at once on the event loop.
    pub concurrency: Option<u32>,
    /// Tasks handed to a process at a time.
    pub chunk: Option<Chunk>,
    /// Switch interval of the interpreter lock, in microseconds.
    pub switch_us: Option<u32>,
    /// How CPython starts its processes.
    pub start: Option<StartMethod>,
    /// Whether the pool of processes is there before the run.
    pub pool: Option<PoolStart>,
    /// What people call the lane, instead of by its settings.
    pub name: Option<Name>,
}

/// The fields of [`Settings`] as they are called in a scenario, in the order in which they are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, strum::EnumIter, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum Setting {
    /// [`Settings::workers`].
    Workers,
    /// [`Settings::concurrency`].
    Concurrency,
    /// [`Settings::chunk`].
    Chunk,
    /// [`Settings::switch_us`], in milliseconds.
    GilSwitchMs,
    /// [`Settings::start`].
    Start,
    /// [`Settings::pool`].
    Pool,
}

impl Setting {
    /// Its name in a scenario.
    #[must_use]
    pub fn id(self) -> &'static str {
        self.into()
    }

    /// Whether it makes a difference to a model in a place.
    #[must_use]
    pub fn matters(self, place: Place, model: Model) -> bool {
        match self {
            Self::Workers => !matches!(model, Model::Sequential | Model::Async),
            Self::Concurrency => matches!(model, Model::Async | Model::Hybrid),
            Self::Chunk => model == Model::Processes,
            Self::GilSwitchMs if place.is_python() => matches!(model, Model::Threads | Model::Hybrid),
            Self::GilSwitchMs => model == Model::Gil,
            Self::Start => place == Place::Python && model == Model::Processes,
            Self::Pool => !place.is_python() && model == Model::Processes,
        }
    }

    /// The lanes to which it makes a difference, for whoever gave it to another.
    #[must_use]
    pub fn who(self) -> &'static str {
        match self {
            Self::Workers => "lanes with several workers: threads, gil, processes, hybrid and interpreters",
            Self::Concurrency => "lanes with an event loop: async and hybrid",
            Self::Chunk => "lanes of processes",
            Self::GilSwitchMs => "lanes with an interpreter lock: gil, and threads and hybrid in Python",
            Self::Start => "python/processes",
            Self::Pool => "browser/processes and native/processes; a program of CPython starts its pool anew each time",
        }
    }
}

/// How `multiprocessing` starts its processes.
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
    strum::EnumIter,
    strum::EnumString,
    strum::IntoStaticStr,
)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
pub enum StartMethod {
    /// A copy of the parent; fast, and a danger where the parent has threads.
    Fork,
    /// A new interpreter that imports everything again.
    Spawn,
    /// A copy of a process that was started for being copied.
    Forkserver,
}

impl StartMethod {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Fork, Self::Spawn, Self::Forkserver];

    /// Its name in Python.
    #[must_use]
    pub fn id(self) -> &'static str {
        self.into()
    }
}

/// Whether a pool of processes is there before a run.
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
    strum::EnumIter,
    strum::EnumString,
    strum::IntoStaticStr,
)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
pub enum PoolStart {
    /// It is kept from run to run: a warm-up pays for its start.
    Warm,
    /// It is started anew in each run, which pays for it.
    Cold,
}

/// The name of a lane. It holds its text, so that a lane is a value that is copied.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Name {
    bytes: [u8; limits::MAX_LANE_NAME_BYTES],
    len: u8,
}

impl Name {
    /// `None` for a text that is empty, or longer than [`limits::MAX_LANE_NAME_BYTES`].
    #[must_use]
    pub fn new(text: &str) -> Option<Self> {
        let mut bytes = [0; limits::MAX_LANE_NAME_BYTES];
        bytes.get_mut(..text.len())?.copy_from_slice(text.as_bytes());
        let len = u8::try_from(text.len()).ok().filter(|len| *len > 0)?;
        Some(Self { bytes, len })
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.bytes[..usize::from(self.len)]).expect("it was made of a text")
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

impl Serialize for Name {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(self.as_str())
    }
}

impl Settings {
    /// Whether the lane does everything as its scenario says.
    #[must_use]
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }

    /// The switch interval in milliseconds.
    #[must_use]
    pub fn gil_switch_ms(&self) -> Option<f64> {
        self.switch_us.map(|us| f64::from(us) / 1000.0)
    }
}

/// Its name, or else its settings: `16 workers, 10 in flight`.
impl fmt::Display for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(name) = &self.name {
            return f.write_str(name.as_str());
        }
        let parts = [
            self.workers.map(|workers| of(workers.into(), "worker", "workers")),
            self.concurrency.map(|slots| format!("{} in flight", count(slots.into()))),
            self.chunk.map(|chunk| match chunk {
                Chunk::Auto => "chunks by time".to_owned(),
                Chunk::Fixed(tasks) => format!("chunks of {}", count(tasks.into())),
            }),
            self.gil_switch_ms().map(|ms| format!("switch interval {} ms", plain(ms))),
            self.start.map(|start| start.id().to_owned()),
            self.pool.map(|pool| format!("{} pool", <&str>::from(pool))),
        ];
        let parts: Vec<String> = parts.into_iter().flatten().collect();
        f.write_str(&parts.join(", "))
    }
}
