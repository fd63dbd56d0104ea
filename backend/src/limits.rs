//! The limits of a scenario, as they are listed for people and told to the page, and the system's, as far as they can be raised.
//! Where the scenario's are kept is `lanes_core::scenario::limits` and the engine's network; this only names them.

use lanes_core::scenario::limits;

use crate::engine::net::{MAX_BODY, MAX_REDIRECTS};

/// One limit: the field or thing, the most (or the range), the unit.
pub(crate) type Limit = (&'static str, u64, &'static str);

/// The limits of a scenario.
pub(crate) const SCENARIO: [Limit; 27] = [
    ("tasks", limits::MAX_TASKS, "tasks over all groups"),
    ("groups", limits::MAX_GROUPS as u64, "groups"),
    ("steps", limits::MAX_STEPS as u64, "steps of a group"),
    ("workers", limits::MAX_WORKERS, "workers of a lane of a browser"),
    ("threads", limits::MAX_THREADS, "threads of a lane of this machine or of CPython"),
    ("processes", limits::MAX_PROCESSES, "processes or interpreters of a lane of this machine or of CPython"),
    ("page_interpreters", limits::MAX_PAGE_INTERPRETERS, "processes of a lane of CPython in the page"),
    ("concurrency", limits::MAX_CONCURRENCY, "tasks in flight on an event loop"),
    ("chunk", limits::MAX_CHUNK, "tasks in a chunk"),
    ("repeats", limits::MAX_REPEATS, "measured repeats"),
    (
        "budget_s",
        *limits::BUDGET_S.end() as u64,
        "seconds for each lane's measured runs, where they go on until the order is clear",
    ),
    ("warmup", limits::MAX_WARMUP, "unmeasured rounds before them"),
    ("deadline_s", limits::MAX_DEADLINE_S as u64, "seconds that one run of a lane may be given"),
    ("setup", limits::MAX_SETUP_MS as u64, "milliseconds that a worker waits before its first task"),
    ("memory_mb", limits::MAX_MEMORY_MB as u64, "MiB that a task takes up"),
    ("memory", limits::MAX_MEMORY_AT_ONCE_MB as u64, "MiB that tasks in progress take up at once"),
    ("memory_limit_mb", limits::MAX_MEMORY_LIMIT_MB as u64, "MiB that a lane may be allowed"),
    ("latency_ms", limits::MAX_LATENCY_MS as u64, "milliseconds until an answer"),
    ("timeout_ms", limits::MAX_TIMEOUT_MS, "milliseconds until a fetch is given up"),
    ("bytes", limits::MAX_BODY_BYTES, "bytes of a simulated body"),
    ("body", MAX_BODY, "bytes of a real answer"),
    ("redirects", MAX_REDIRECTS as u64, "redirects of a real request"),
    ("from", limits::MAX_ADDRESSES as u64, "addresses of a fetch"),
    ("address", limits::MAX_ADDRESS_CHARS as u64, "characters of an address"),
    ("times", limits::MAX_BUMPS, "increments of a task"),
    ("title", limits::MAX_NAME_CHARS as u64, "characters of a title or name"),
    ("file_chunk", limits::MAX_FILE_CHUNK_BYTES, "bytes of a task's share of a file"),
];

/// Most descriptors that are asked for: pipes of processes, files, connections.
const MOST_DESCRIPTORS: u64 = 1 << 16;

/// Lets the process have as many open files as the system allows it; the usual limit is below what a lane of processes, or the
/// requests of a scenario, may have.
pub(crate) fn raise_descriptors() {
    use rustix::process::{Resource, getrlimit, setrlimit};
    let mut limit = getrlimit(Resource::Nofile);
    let most = limit.maximum.unwrap_or(MOST_DESCRIPTORS).min(MOST_DESCRIPTORS);
    limit.current = limit.current.map(|current| current.max(most));
    // Without it the limit is met later, and said then.
    let _ = setrlimit(Resource::Nofile, limit);
}
