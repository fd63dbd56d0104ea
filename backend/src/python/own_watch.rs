//! Watches a lane that calls a function of the user's own: what it may not do, and what is said of it when it does.

use std::{
    fs,
    path::{Path, PathBuf},
    thread,
    time::{Duration, Instant},
};

use lanes_core::present::bytes;

use super::{
    choose::how_to_install,
    collector::TraceCollector,
    events::{Failure, Loss, time},
    interpreter::Python,
    options::Options,
    own::place_in,
    process_group::Group,
};

/// How often it is looked how much memory its processes have.
const MEMORY_EVERY: Duration = Duration::from_millis(200);
/// How long a process has to print where it is.
const PRINTING: Duration = Duration::from_millis(300);
/// The part of the memory that the machine has to give which the processes of a lane may have.
const MOST_OF_MEMORY: f64 = 0.9;

/// The watcher of one run.
pub(super) struct OwnWatch {
    file: PathBuf,
    logs: PathBuf,
    python: Python,
    task_deadline: Option<Duration>,
    memory_limit: Option<u64>,
    next_memory: Instant,
}

impl OwnWatch {
    pub(super) fn new(file: PathBuf, logs: PathBuf, options: &Options, python: &Python) -> Self {
        let most = || available_bytes().map(|bytes| (bytes as f64 * MOST_OF_MEMORY) as u64);
        Self {
            file,
            logs,
            python: python.clone(),
            task_deadline: options.task_deadline,
            memory_limit: options.memory_limit.or_else(most),
            next_memory: Instant::now(),
        }
    }

    /// Where its lanes write what they did.
    pub(super) fn logs(&self) -> &Path {
        &self.logs
    }

    /// Why no worker could begin, if `setup()` failed in one.
    pub(super) fn setup_failure(&self) -> Option<Failure> {
        let text = fs::read_to_string(self.logs.join("setup.failed")).ok()?;
        let why = text.lines().next()?;
        Some(Failure::Own(format!("{}: setup() failed in a worker: {why}", self.name())))
    }

    /// Whether something is to be ended, and why.
    pub(super) fn look(&mut self, group: &Group, collector: &TraceCollector, now_ns: u64) -> Option<Failure> {
        if let (Some(most), Some((task, process, since_ns))) = (self.task_deadline, collector.longest())
            && now_ns.saturating_sub(since_ns) > most.as_nanos() as u64
        {
            let place = self.place_of(group, process);
            return Some(Failure::Own(format!(
                "item {task} took longer than {} (--task-deadline), so the lane was ended{place}; Python can end no thread \
                 by force, so give what waits there a time-out",
                time(most)
            )));
        }
        self.memory(group, collector)
    }

    fn memory(&mut self, group: &Group, collector: &TraceCollector) -> Option<Failure> {
        let limit = self.memory_limit?;
        if Instant::now() < self.next_memory {
            return None;
        }
        self.next_memory = Instant::now() + MEMORY_EVERY;
        let leader = group.leader().as_raw_pid().unsigned_abs();
        let mut processes = collector.processes();
        processes.insert(leader);
        let sum = |of: fn(u32) -> Option<u64>| processes.iter().filter_map(|process| of(*process)).sum::<u64>();
        let held = Some(sum(resident_bytes)).filter(|held| *held > limit).map(|held| match sum(own_bytes) {
            0 => held,
            own => own,
        });
        held.filter(|held| *held > limit).map(|held| {
            let item = collector.longest().map_or_else(String::new, |(task, ..)| format!(" (it was at item {task})"));
            Failure::Own(format!(
                "its processes held {} of memory, and {} is what they may{item}, so the lane was ended before the machine had \
                 none left; let an item take less at a time, or allow more with --memory-limit",
                bytes(held),
                bytes(limit)
            ))
        })
    }

    /// The whole run took too long: with an item that does not end, that is said.
    pub(super) fn overdue(&self, group: &Group, collector: &TraceCollector, limit: &Failure) -> Option<Failure> {
        let (task, process, _) = collector.longest()?;
        let place = self.place_of(group, process);
        Some(Failure::Own(format!("{limit}; it was at item {task}{place}; --run-deadline allows more, in seconds")))
    }

    /// The interpreter has ended in the middle of an item.
    pub(super) fn ended(&self, how: &str, task: Option<u32>, stderr_tail: &str) -> Failure {
        let item = task.map_or_else(|| "something".to_owned(), |task| format!("item {task}"));
        let place = place_in(stderr_tail, &self.file).map_or_else(String::new, |place| format!(" ({place})"));
        Failure::Own(format!(
            "{item} ended the whole interpreter {how}{place} before the others were done; {}",
            if how.contains("exit code") { "let it return, or raise an exception, instead" } else { WHAT_CRASHES }
        ))
    }

    /// A worker process has ended in the middle of an item, and its pool waits for it.
    pub(super) fn lost(&self, group: &Group, loss: &Loss) -> Failure {
        let place = place_in(&group.stderr_tail(), &self.file).map_or_else(String::new, |place| format!(" ({place})"));
        let item = loss.task.map_or_else(|| "something".to_owned(), |task| format!("item {task}"));
        let is_signal = !loss.how.contains("exit code");
        Failure::Own(format!(
            "{item} ended its worker process {}{place}, and multiprocessing.Pool would wait for it for ever \
             (cpython#96062), so the lane was ended; {}",
            if is_signal { format!("by {}", loss.how) } else { format!("with {}", loss.how) },
            if is_signal { WHAT_CRASHES } else { "let it return, or raise an exception, instead" }
        ))
    }

    /// The program ended with an exception: before it began its job, the file could not be imported or has no items.
    pub(super) fn broke(&self, why: &str, missing: Option<&str>, has_begun: bool) -> Failure {
        let name = self.name();
        Failure::Own(match missing {
            Some(module) => lacks(&self.python, &name, module),
            None if has_begun => format!("{name}: {why}"),
            None => format!("{name} could not be imported, or its items not be made: {why}"),
        })
    }

    fn name(&self) -> String {
        self.file.file_name().unwrap_or_default().to_string_lossy().into_owned()
    }

    /// ` (it was in thumbs.py, line 5, in task)`, once a process has been asked.
    fn place_of(&self, group: &Group, process: u32) -> String {
        let before = group.stderr_bytes();
        group.ask_for_stacks(process);
        let until = Instant::now() + PRINTING;
        let mut seen = before;
        while Instant::now() < until {
            thread::sleep(Duration::from_millis(20));
            let now = group.stderr_bytes();
            if now > before && now == seen {
                break;
            }
            seen = now;
        }
        let place = place_in(&group.stderr_tail(), &self.file);
        place.map_or_else(String::new, |place| format!(" (it was in {place})"))
    }
}

const WHAT_CRASHES: &str = "what crashes is code in C: try that item by itself, with python -X faulthandler, and with another version of its package";

/// That a file imports what an interpreter has not, and what would help.
pub(crate) fn lacks(python: &Python, file: &str, module: &str) -> String {
    format!(
        "{} lacks {module}, which {file} imports: {}; a file of your own has to stand in the same folder",
        python.name(),
        how_to_install(python, package(module))
    )
}

/// The package that a module comes from, where it is called otherwise.
fn package(module: &str) -> &str {
    match module {
        "PIL" => "pillow",
        "bs4" => "beautifulsoup4",
        "Crypto" => "pycryptodome",
        "cv2" => "opencv-python",
        "dateutil" => "python-dateutil",
        "dotenv" => "python-dotenv",
        "fitz" => "pymupdf",
        "skimage" => "scikit-image",
        "sklearn" => "scikit-learn",
        "yaml" => "pyyaml",
        "zmq" => "pyzmq",
        module => module,
    }
}

/// The memory of one process that is in no file, in bytes. What was shared when it was forked counts in each.
fn resident_bytes(process: u32) -> Option<u64> {
    in_file(&format!("/proc/{process}/status"), "RssAnon:")
}

/// The same, with its part of what it shares. It takes a while.
fn own_bytes(process: u32) -> Option<u64> {
    in_file(&format!("/proc/{process}/smaps_rollup"), "Pss_Anon:")
}

/// What the machine has to give, in bytes.
fn available_bytes() -> Option<u64> {
    in_file("/proc/meminfo", "MemAvailable:")
}

/// A line of Linux' files, which say KiB, in bytes; nothing elsewhere.
fn in_file(path: &str, name: &str) -> Option<u64> {
    let text = fs::read_to_string(path).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    Some(line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()? * 1024)
}
