//! The limits of a scenario. Each one is named in the message of whoever meets it, and listed in the page.

/// Most tasks over all groups.
pub const MAX_TASKS: u64 = 1_000_000;
/// Most groups.
pub const MAX_GROUPS: usize = 16;
/// Most steps of one group.
pub const MAX_STEPS: usize = 8;
/// Most workers of a lane of a browser, where each has an instance of the page's module, and of a scenario that names none
/// but such lanes.
pub const MAX_WORKERS: u64 = 64;
/// Most threads of a lane of the machine or of CPython.
pub const MAX_THREADS: u64 = 1_024;
/// Most processes, or interpreters, of a lane of the machine or of CPython.
pub const MAX_PROCESSES: u64 = 256;
/// Most interpreters of a lane of CPython in the page: each takes 50 MB.
pub const MAX_PAGE_INTERPRETERS: u64 = 16;
/// Most tasks in flight on an event loop.
pub const MAX_CONCURRENCY: u64 = 10_000;
/// Largest fixed chunk, in tasks.
pub const MAX_CHUNK: u64 = MAX_TASKS;
/// Most measured repeats.
pub const MAX_REPEATS: u64 = 100;
/// Fewest measured repeats where they go on until the order of the lanes is clear.
pub const LEAST_AUTO_REPEATS: u32 = 3;
/// Least and most time for each lane's measured runs where they go on until the order is clear, in seconds.
pub const BUDGET_S: std::ops::RangeInclusive<f64> = 0.1..=3_600.0;
/// Most unmeasured rounds before the first repeat.
pub const MAX_WARMUP: u64 = 20;
/// Shortest and longest time from one task to the next of those that come over time, in milliseconds.
pub const ARRIVE_EVERY_MS: std::ops::RangeInclusive<f64> = 0.01..=60_000.0;
/// Slowest and fastest pace of tasks that come over time, in tasks a second: the same limits.
pub const ARRIVE_RATE_PER_S: std::ops::RangeInclusive<f64> = 0.02..=100_000.0;
/// Most memory that one task may take up, in MiB.
pub const MAX_MEMORY_MB: f64 = 1024.0;
/// Most memory that all tasks may take up that a lane may have in progress at once, in MiB.
pub const MAX_MEMORY_AT_ONCE_MB: f64 = 8.0 * 1024.0;
/// Largest limit of a lane's memory, in MiB.
pub const MAX_MEMORY_LIMIT_MB: f64 = 1024.0 * 1024.0;
/// Longest that a worker may wait before its first task, in milliseconds.
pub const MAX_SETUP_MS: f64 = 60_000.0;
/// Longest latency, in milliseconds.
pub const MAX_LATENCY_MS: f64 = 60_000.0;
/// Longest time-out of one fetch, in milliseconds.
pub const MAX_TIMEOUT_MS: u64 = 300_000;
/// Most further attempts of a fetch that is refused.
pub const MAX_RETRIES: u64 = 10;
/// Longest wait before the first of them, in milliseconds.
pub const MAX_BACKOFF_MS: f64 = 60_000.0;
/// Most requests that a server lets in a second; and the largest burst.
pub const MAX_RATE_PER_S: f64 = 1_000_000.0;
/// Largest bandwidth of a server, in megabits a second.
pub const MAX_BANDWIDTH_MBIT: f64 = 1_000_000.0;
/// Most that an answer becomes slower for each other one that is served at the same time, as a share of its latency.
pub const MAX_SLOWS: f64 = 100.0;
/// Largest simulated body, in bytes.
pub const MAX_BODY_BYTES: u64 = 16 * 1024 * 1024;
/// Most addresses of one fetch step.
pub const MAX_ADDRESSES: usize = 200;
/// Longest address, in characters.
pub const MAX_ADDRESS_CHARS: usize = 2_000;
/// Most increments of one bump step.
pub const MAX_BUMPS: u64 = 10_000_000;
/// Shortest and longest switch interval of the modelled interpreter lock, in milliseconds.
pub const GIL_SWITCH_MS: std::ops::RangeInclusive<f64> = 0.01..=1_000.0;
/// Longest time that one run of a lane may be given, in seconds.
pub const MAX_DEADLINE_S: f64 = 86_400.0;
/// Longest title or group name, in characters.
pub const MAX_NAME_CHARS: usize = 120;
/// Longest source of a call, in bytes.
pub const MAX_CODE_BYTES: usize = 1 << 20;
/// Longest expression for the items of a call, in bytes: they may be spelled out in it.
pub const MAX_ITEMS_BYTES: usize = 16 << 20;
/// Largest chunk of a user's file, in bytes: it is held in memory once for each worker.
pub const MAX_FILE_CHUNK_BYTES: u64 = 64 * 1024 * 1024;
/// Longest name of a lane, in bytes of UTF-8.
pub const MAX_LANE_NAME_BYTES: usize = 40;
/// Most lanes, variants counted.
pub const MAX_LANES: usize = 64;
/// Most bytes of data that the tasks of all groups are given, or give back, each once: they are held in memory for each
/// worker.
pub const MAX_PAYLOAD_BYTES: u64 = 64 * 1024 * 1024;
/// The same where it is numbers or objects: in Python each takes up to eight times its own length.
pub const MAX_PAYLOAD_ITEM_BYTES: u64 = 16 * 1024 * 1024;
