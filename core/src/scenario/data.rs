//! The scenario as plain data, field by field, and how it is written.
//!
//! Nothing here knows what is a valid scenario nor how JSON is read.

use serde::{Deserialize, Serialize, Serializer};

use super::{
    arrive::Arrive, call::Call, chunk::Chunk, goal::Goal, lane::Lane, model::Model, repeats::Repeats, server::Server,
    setup::Setup, spread::Spread,
};
use crate::kernels::Kernel;

/// The version this build writes as `lanes_scenario`, and the newest one it reads.
pub const VERSION: u64 = 2;

/// The budget of a lane where nothing is said.
const DEFAULT_BUDGET_S: f64 = 5.0;

/// An experiment as plain data, free to be changed. What is to be run is a [`ValidScenario`].
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Scenario {
    /// Always [`VERSION`]; first in the JSON so that a reader sees it at once.
    pub lanes_scenario: u64,
    /// What the experiment is called.
    pub title: String,
    /// The job: groups of equal tasks that run together.
    pub groups: Vec<Group>,
    /// The lanes to run it in, in the order they are shown.
    pub lanes: Vec<Lane>,
    /// What each worker does once, before its first task; not written where it does nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub setup: Option<Setup>,
    /// Workers (threads or processes) of the lanes that have them.
    pub workers: u32,
    /// Tasks in flight at once on an event loop.
    pub concurrency: u32,
    /// Tasks handed to a process at a time.
    pub chunk: Chunk,
    /// Switch interval of the modelled interpreter lock, in milliseconds; CPython's default is 5.
    pub gil_switch_ms: f64,
    /// The longest that one run of a lane may take, in seconds; a lane that takes longer is ended and the others go on.
    /// 0, which is not written, is no limit.
    #[serde(skip_serializing_if = "is_zero")]
    pub deadline_s: f64,
    /// What the server can do that answers its fetches; not written where it can do everything at once.
    #[serde(skip_serializing_if = "Server::is_default")]
    pub server: Server,
    /// By what lanes are to be chosen; not written where it is by wall time.
    #[serde(skip_serializing_if = "Goal::is_wall")]
    pub goal: Goal,
    /// The most memory that a lane may take, in MiB; one that takes more is not ranked. 0, which is not written, is no limit.
    #[serde(skip_serializing_if = "is_zero")]
    pub memory_limit_mb: f64,
    /// Measured runs of each lane, interleaved between the lanes.
    pub repeats: Repeats,
    /// With [`Repeats::Auto`]: the time that the measured runs may take, in seconds for each lane; all lanes share it. Not
    /// written when it is the default.
    #[serde(skip_serializing_if = "is_default_budget")]
    pub budget_s: f64,
    /// Unmeasured rounds before them.
    pub warmup: u32,
    /// Where all chance comes from. Written as a string when it is too large for a JavaScript number.
    #[serde(serialize_with = "write_seed")]
    pub seed: u64,
}

impl Default for Scenario {
    fn default() -> Self {
        Self {
            lanes_scenario: VERSION,
            title: String::new(),
            groups: Vec::new(),
            lanes: Model::ALL.map(Lane::browser).to_vec(),
            setup: None,
            workers: 4,
            concurrency: 100,
            chunk: Chunk::Auto,
            gil_switch_ms: 5.0,
            deadline_s: 0.0,
            server: Server::default(),
            goal: Goal::Wall,
            memory_limit_mb: 0.0,
            repeats: Repeats::default(),
            budget_s: DEFAULT_BUDGET_S,
            warmup: 1,
            seed: 1,
        }
    }
}

impl Scenario {
    /// The scenario as one of its lanes runs it: with that lane's own settings in the place of everybody's, and no other lane,
    /// which may not have as many workers.
    #[must_use]
    pub fn for_lane(&self, lane: Lane) -> Self {
        let own = lane.settings;
        Self {
            workers: own.workers.unwrap_or(self.workers),
            concurrency: own.concurrency.unwrap_or(self.concurrency),
            chunk: own.chunk.unwrap_or(self.chunk),
            gil_switch_ms: own.gil_switch_ms().unwrap_or(self.gil_switch_ms),
            lanes: vec![lane.base()],
            ..self.clone()
        }
    }

    /// Workers of a lane that has several.
    #[must_use]
    pub fn workers_of(&self, lane: Lane) -> u32 {
        lane.settings.workers.unwrap_or(self.workers)
    }

    /// Tasks in flight at once on a lane's event loop.
    #[must_use]
    pub fn concurrency_of(&self, lane: Lane) -> u32 {
        lane.settings.concurrency.unwrap_or(self.concurrency)
    }

    /// The scenario as indented JSON, every field spelled out.
    #[must_use]
    pub fn to_json_pretty(&self) -> String {
        serde_json::to_string_pretty(self).expect("a scenario is plain data")
    }

    /// The scenario as JSON on one line, every field spelled out.
    #[must_use]
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).expect("a scenario is plain data")
    }
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde hands it a reference")]
fn is_default_budget(seconds: &f64) -> bool {
    *seconds == DEFAULT_BUDGET_S
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde hands it a reference")]
fn is_zero(number: &f64) -> bool {
    *number == 0.0
}

/// Tasks of the same steps.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Group {
    /// What the tasks are, for people.
    pub name: String,
    /// How many there are.
    pub tasks: u32,
    /// What each of them does, in order.
    pub steps: Vec<Step>,
    /// How they come over time; not written where all of them are there at t = 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub arrive: Option<Arrive>,
    /// The name of an earlier group: every task of that one ends before any of this one begins. Not written, and empty,
    /// where they wait for nobody.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub after: String,
    /// Memory that each of them takes up from its beginning to its end, in MiB; not written where that is none.
    #[serde(skip_serializing_if = "is_zero")]
    pub memory_mb: f64,
}

impl Default for Group {
    fn default() -> Self {
        Self { name: String::new(), tasks: 1, steps: Vec::new(), arrive: None, after: String::new(), memory_mb: 0.0 }
    }
}

/// One thing a task does.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Step {
    /// Wait for bytes.
    Fetch(Fetch),
    /// Run a kernel.
    Compute(Compute),
    /// Increment a counter shared by all workers.
    Bump(Bump),
    /// Call a function of the user's own.
    Call(Call),
}

/// Waiting for bytes.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Fetch {
    /// Where they come from.
    pub from: From,
    /// Mean time until the answer, in milliseconds; for `simulated`, `server` and `page`.
    pub latency_ms: f64,
    /// How unevenly the latencies are dealt around it.
    pub spread: Spread,
    /// Length of the body, in bytes; for `simulated`, `server` and `page`.
    pub bytes: u32,
    /// Make it a blocking call even on an event loop, as `requests` inside a coroutine does.
    pub blocking: bool,
    /// Give up an attempt after this many milliseconds.
    pub timeout_ms: u32,
    /// Keep an interpreter's lock while it waits, as a C extension that blocks without letting it go; for `simulated`. It
    /// is a blocking call then, on an event loop too.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub keeps_lock: bool,
    /// Further attempts where the server refuses or fails.
    #[serde(skip_serializing_if = "is_none")]
    pub retries: u32,
    /// The wait before the first of them, in milliseconds; each further one waits twice as long.
    #[serde(skip_serializing_if = "is_usual_backoff")]
    pub backoff_ms: f64,
}

/// What `backoff_ms` is where nothing else is said.
const USUAL_BACKOFF_MS: f64 = 100.0;

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde hands it a reference")]
fn is_usual_backoff(ms: &f64) -> bool {
    *ms == USUAL_BACKOFF_MS
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde hands it a reference")]
fn is_none(number: &u32) -> bool {
    *number == 0
}

impl Default for Fetch {
    fn default() -> Self {
        Self {
            from: From::Simulated,
            latency_ms: 50.0,
            spread: Spread::Even,
            bytes: 2048,
            blocking: false,
            timeout_ms: 30_000,
            keeps_lock: false,
            retries: 0,
            backoff_ms: USUAL_BACKOFF_MS,
        }
    }
}

impl Fetch {
    /// Whether it blocks whoever makes it, an event loop too.
    #[must_use]
    pub fn blocks(&self) -> bool {
        self.blocking || self.keeps_lock
    }

    /// The longest that its answer is dealt to take, in milliseconds, rounded to microseconds.
    pub(super) fn longest_ms(&self) -> f64 {
        (self.latency_ms * 1000.0 * self.spread.largest() + 0.5).floor() / 1000.0
    }
}

/// Where the bytes of a fetch come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum From {
    /// A timer, and a body made on the spot: the same in every place. Needs no server.
    Simulated,
    /// The backend's own endpoint: a real request.
    Server,
    /// The page's own service worker: what a real request costs a browser, without a network. Only a browser has it.
    Page,
    /// These addresses in turn: task `i` of the group asks the `i mod n`-th.
    Urls(Vec<String>),
}

impl Serialize for From {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Simulated => to.serialize_str("simulated"),
            Self::Server => to.serialize_str("server"),
            Self::Page => to.serialize_str("page"),
            Self::Urls(urls) => urls.serialize(to),
        }
    }
}

/// Running a kernel.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Compute {
    /// Which one.
    pub kernel: Kernel,
    /// How much, in the kernel's own unit (see [`Kernel::about`]).
    pub size: u64,
    /// How unevenly the sizes are dealt around it.
    pub spread: Spread,
    /// What it works on.
    pub input: Source,
    /// The share of the computing, 0 to 1, that is done with an interpreter's lock held; `None`, which is not written, is
    /// the kernel's own: 0 for what lets go of it in CPython, 1 for everything else.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub holds_lock: Option<f64>,
    /// Bytes of data that whoever hands the task out gives it. Threads share them; to processes they are sent.
    #[serde(skip_serializing_if = "no_bytes")]
    pub bytes_in: u32,
    /// Bytes of data that it makes and gives back, likewise.
    #[serde(skip_serializing_if = "no_bytes")]
    pub bytes_out: u32,
    /// What these data are.
    #[serde(skip_serializing_if = "is_bytes")]
    pub shape: Shape,
}

impl Default for Compute {
    fn default() -> Self {
        Self::of(Kernel::Primes)
    }
}

impl Compute {
    /// A step that runs this kernel, everything else at its default.
    #[must_use]
    pub fn of(kernel: Kernel) -> Self {
        Self {
            kernel,
            size: kernel.about().default_size,
            spread: Spread::Even,
            input: Source::Size,
            holds_lock: None,
            bytes_in: 0,
            bytes_out: 0,
            shape: Shape::Bytes,
        }
    }

    /// The share of the computing that is to be done under the lock.
    #[must_use]
    pub fn lock_share(&self) -> f64 {
        self.holds_lock.unwrap_or_else(|| self.kernel.about().own_lock_share())
    }

    /// Whether some of the computing is done under the lock and some of it is not.
    #[must_use]
    pub fn is_partly_locked(&self) -> bool {
        (0.0..1.0).contains(&self.lock_share()) && self.lock_share() > 0.0
    }

    /// The share that CPython does under the lock: it lets go of it in the middle of what is not Python code alone.
    #[must_use]
    pub fn python_lock_share(&self) -> f64 {
        if self.kernel.about().releases_gil { self.lock_share() } else { 1.0 }
    }
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde hands it a reference")]
fn no_bytes(bytes: &u32) -> bool {
    *bytes == 0
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde hands it a reference")]
fn is_bytes(shape: &Shape) -> bool {
    *shape == Shape::Bytes
}

/// What the data are that a task is given and gives back. It matters to whoever turns them into messages.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, strum::EnumIter, strum::EnumString, strum::IntoStaticStr,
)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
pub enum Shape {
    /// One piece of memory.
    #[default]
    Bytes,
    /// A list of whole numbers, 8 bytes each.
    Numbers,
    /// A list of pairs of whole numbers, 16 bytes each.
    Objects,
}

/// What a kernel works on.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    Serialize,
    Deserialize,
    strum::EnumIter,
    strum::EnumString,
    strum::IntoStaticStr,
)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
pub enum Source {
    /// Data made from the seed, `size` units of it.
    #[default]
    Size,
    /// The task's share of the user's file.
    File,
    /// The body of the task's last fetch.
    Body,
}

/// Incrementing the shared counter.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Bump {
    /// How often.
    pub times: u32,
    /// What keeps the increments apart.
    pub guard: Guard,
}

impl Default for Bump {
    fn default() -> Self {
        Self { times: 1000, guard: Guard::None }
    }
}

/// What keeps increments of the shared counter apart.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    Serialize,
    Deserialize,
    strum::EnumIter,
    strum::EnumString,
    strum::IntoStaticStr,
)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
pub enum Guard {
    /// Nothing: read, add, write.
    #[default]
    None,
    /// The interpreter lock, held over the whole increment.
    Gil,
    /// A mutex of its own.
    Lock,
    /// One atomic instruction.
    Atomic,
}

/// The largest integer that a JavaScript number holds exactly.
const MAX_SAFE_INTEGER: u64 = (1 << 53) - 1;

fn write_seed<S: Serializer>(seed: &u64, to: S) -> Result<S::Ok, S::Error> {
    if *seed <= MAX_SAFE_INTEGER { to.serialize_u64(*seed) } else { to.collect_str(seed) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_large_seed_survives_javascript() {
        let scenario = Scenario { seed: u64::MAX, ..Scenario::default() };
        assert!(scenario.to_json().contains(r#""seed":"18446744073709551615""#));
    }
}
