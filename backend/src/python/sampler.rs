//! Looks from outside what the threads of a running CPython are at, some two thousand times a second: computing (or ready to), in
//! a wait for the interpreter's lock, or in a wait for something else. The program is not changed, and does nothing for it.
//!
//! Linux says of each thread in which system call it is. A thread that waits for the lock is in a futex whose word lies in the
//! interpreter's own static memory, because the lock does; the locks of a program lie elsewhere.

use std::{
    collections::HashMap,
    fs::{self, File},
    ops::Range,
    os::unix::fs::FileExt,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering::Relaxed},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use rustix::time::{ClockId, clock_gettime};

/// From one look to the next, where moments count, and where only their sum does.
const PERIOD: Duration = Duration::from_micros(450);
const PERIOD_OF_TOTALS: Duration = Duration::from_micros(900);
/// Looking may take one part in so many of the machine's time: with very many threads it looks less often.
const LEAST_PARTS: usize = 25;
/// Looks after which it is asked what they cost.
const COUNTED: u64 = 8;
/// How often it is looked which threads there are: at the beginning, and later on.
const THREADS_EVERY: Duration = Duration::from_millis(10);
const THREADS_AT_LEAST_EVERY: Duration = Duration::from_millis(100);
/// Looks at one thread that are kept until somebody asks for them: those of some minutes.
const MOST_LOOKS: usize = 1 << 19;
/// Most bytes of a file that are read.
const LINE: usize = 200;

/// The number of the system call in which threads wait for each other.
const FUTEX: Option<&str> = if cfg!(target_arch = "x86_64") {
    Some("202")
} else if cfg!(target_arch = "aarch64") {
    Some("98")
} else {
    None
};

/// What a thread was at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum At {
    Computing,
    Lock,
    Data,
}

/// One look at a thread: when, in nanoseconds of the monotonic clock, what it was at, and what time the look stands for: half of
/// that since the look before, and half of that until the next. Whoever looks is late where others want its processor.
#[derive(Clone, Copy, Debug)]
struct Look {
    at_ns: u64,
    at: At,
    stands_for_ns: u64,
}

/// What a thread was seen blocked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Looks {
    /// How often it was.
    pub(super) blocked: u64,
    /// The time of that, in a wait for the interpreter's lock.
    lock_ns: u64,
    /// The time of that, in any other wait.
    data_ns: u64,
}

impl Looks {
    /// The part of it in which it waited for the lock; nothing, where it was never seen blocked.
    pub(super) fn lock_part(self) -> Option<f64> {
        let whole_ns = self.lock_ns + self.data_ns;
        (whole_ns > 0).then(|| self.lock_ns as f64 / whole_ns as f64)
    }

    fn add(&mut self, look: &Look) {
        match look.at {
            At::Computing => return,
            At::Lock => self.lock_ns += look.stands_for_ns,
            At::Data => self.data_ns += look.stands_for_ns,
        }
        self.blocked += 1;
    }
}

/// What somebody wants to know of the threads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    /// What each was at, between any two moments of late.
    Moments,
    /// How long each waited for the lock, all in all.
    Total,
}

/// What was seen of one thread: the looks that nobody has asked for yet, and what all others come to.
#[derive(Debug, Default)]
struct Seen {
    looks: Vec<Look>,
    last: Option<(u64, At)>,
    all: Looks,
    /// The time of all looks, asked for or not, at which it waited for the lock.
    lock_ns: u64,
}

impl Seen {
    fn push(&mut self, at_ns: u64, at: At, wanted: Wanted) {
        let half_ns = self.last.map_or(0, |(last_ns, _)| (at_ns - last_ns) / 2);
        let was_lock = self.last.is_some_and(|(_, last)| last == At::Lock);
        self.lock_ns += half_ns * (u64::from(was_lock) + u64::from(at == At::Lock));
        self.last = Some((at_ns, at));
        if wanted == Wanted::Total {
            return;
        }
        if let Some(last) = self.looks.last_mut() {
            last.stands_for_ns += half_ns;
        }
        self.looks.push(Look { at_ns, at, stands_for_ns: half_ns });
        if self.looks.len() > MOST_LOOKS {
            // Of a thread that does no items, or is at one for ages.
            self.forget(MOST_LOOKS / 2);
        }
    }

    /// Only what its oldest looks come to is kept.
    fn forget(&mut self, oldest: usize) -> Looks {
        let mut looks = Looks::default();
        self.looks.drain(..oldest).for_each(|look| looks.add(&look));
        self.all.blocked += looks.blocked;
        self.all.lock_ns += looks.lock_ns;
        self.all.data_ns += looks.data_ns;
        looks
    }
}

type Threads = Arc<Mutex<HashMap<u32, Seen>>>;

/// A sampler at work; it ends when it is dropped.
#[derive(Debug)]
pub(super) struct Sampler {
    threads: Threads,
    looks: Arc<AtomicU64>,
    spent_ns: Arc<AtomicU64>,
    begun: Instant,
    is_over: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Sampler {
    /// Begins to look at the threads of a process; `None` where its system calls cannot be seen.
    pub(super) fn start(process: u32, wanted: Wanted) -> Option<Self> {
        FUTEX?;
        let first = fs::read_to_string(format!("/proc/{process}/task/{process}/syscall")).ok()?;
        // What may not be seen is empty, or no number.
        first.split_whitespace().next()?;
        let lock = static_memory(process)?;
        let mut sampler = Self {
            threads: Threads::default(),
            looks: Arc::default(),
            spent_ns: Arc::default(),
            begun: Instant::now(),
            is_over: Arc::default(),
            thread: None,
        };
        let work = {
            let (threads, looks) = (Arc::clone(&sampler.threads), Arc::clone(&sampler.looks));
            let (spent_ns, is_over) = (Arc::clone(&sampler.spent_ns), Arc::clone(&sampler.is_over));
            move || look((process, wanted), &lock, &threads, (&looks, &spent_ns), &is_over)
        };
        sampler.thread = Some(thread::Builder::new().name("python-look".into()).spawn(work).ok()?);
        Some(sampler)
    }

    /// What a thread was seen at between two moments of the monotonic clock. What was before them is forgotten.
    pub(super) fn between(&self, thread: u32, start_ns: u64, end_ns: u64) -> Looks {
        let mut threads = self.threads.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(seen) = threads.get_mut(&thread) else { return Looks::default() };
        // Between items is not within them.
        seen.looks.drain(..seen.looks.partition_point(|look| look.at_ns < start_ns));
        seen.forget(seen.looks.partition_point(|look| look.at_ns < end_ns))
    }

    /// How long a thread was seen waiting for the lock, all in all; nothing of one that was never seen.
    pub(super) fn lock_ns(&self, thread: u32) -> Option<u64> {
        let threads = self.threads.lock().unwrap_or_else(PoisonError::into_inner);
        threads.get(&thread).map(|seen| seen.lock_ns)
    }

    /// What a thread was seen at in all that was asked for so far.
    pub(super) fn all(&self, thread: u32) -> Looks {
        let threads = self.threads.lock().unwrap_or_else(PoisonError::into_inner);
        threads.get(&thread).map(|seen| seen.all).unwrap_or_default()
    }

    /// How often the threads were looked at.
    pub(super) fn count(&self) -> u64 {
        self.looks.load(Relaxed)
    }

    /// The part of a processor's time that looking took.
    pub(super) fn cost(&self) -> f64 {
        self.spent_ns.load(Relaxed) as f64 / self.begun.elapsed().as_nanos().max(1) as f64
    }

    /// Looks a second.
    pub(super) fn rate(&self) -> f64 {
        self.count() as f64 / self.begun.elapsed().as_secs_f64().max(1e-3)
    }
}

impl Drop for Sampler {
    fn drop(&mut self) {
        self.is_over.store(true, Relaxed);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn look(
    (process, wanted): (u32, Wanted),
    lock: &[Range<u64>],
    threads: &Threads,
    (looks, spent_ns): (&AtomicU64, &AtomicU64),
    is_over: &AtomicBool,
) {
    let mut files: HashMap<u32, File> = HashMap::new();
    let begun = Instant::now();
    let (mut next, mut next_threads) = (begun, begun);
    let mut seen = Vec::new();
    let period = if wanted == Wanted::Total { PERIOD_OF_TOTALS } else { PERIOD };
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let parts = (LEAST_PARTS / cores).max(2) as u64;
    let (mut before_ns, mut took_ns) = (read_ns(ClockId::ThreadCPUTime), 0);
    while !is_over.load(Relaxed) {
        let now = Instant::now();
        if now >= next_threads {
            let age = now - begun;
            next_threads = now + (age / 20).clamp(THREADS_EVERY, THREADS_AT_LEAST_EVERY);
            open_new(process, &mut files);
        }
        let now_ns = monotonic_ns();
        let mut buffer = [0; LINE];
        seen.clear();
        files.retain(|thread, file| match file.read_at(&mut buffer, 0) {
            Ok(length @ 1..) => {
                seen.push((*thread, at(&buffer[..length], lock)));
                true
            }
            // It has ended.
            _ => false,
        });
        let mut threads = threads.lock().unwrap_or_else(PoisonError::into_inner);
        for (thread, at) in &seen {
            threads.entry(*thread).or_default().push(now_ns, *at, wanted);
        }
        drop(threads);
        if (looks.fetch_add(1, Relaxed) + 1).is_multiple_of(COUNTED) {
            // By the processor's time alone: who waits for a processor takes none of anybody's.
            let after_ns = read_ns(ClockId::ThreadCPUTime);
            let since_ns = after_ns.saturating_sub(before_ns);
            (before_ns, took_ns) = (after_ns, since_ns / COUNTED);
            spent_ns.fetch_add(since_ns, Relaxed);
        }
        next += period.max(Duration::from_nanos(took_ns * parts));
        let now = Instant::now();
        // What was missed is not made up for.
        next = next.max(now);
        thread::sleep(next - now);
    }
}

/// The files of threads that have come since. The first thread does no items while others do.
fn open_new(process: u32, files: &mut HashMap<u32, File>) {
    let entries = fs::read_dir(format!("/proc/{process}/task")).into_iter().flatten().flatten();
    for thread in entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok()) {
        if thread != process
            && !files.contains_key(&thread)
            && let Ok(file) = File::open(format!("/proc/{process}/task/{thread}/syscall"))
        {
            files.insert(thread, file);
        }
    }
}

/// What a thread is at, by the line that Linux has of it: `running`, or the call's number and its arguments.
fn at(line: &[u8], lock: &[Range<u64>]) -> At {
    let Ok(line) = std::str::from_utf8(line) else { return At::Computing };
    let mut words = line.split_whitespace();
    let call = words.next().unwrap_or_default();
    if call == "running" {
        return At::Computing;
    }
    let word = words.next().and_then(|word| u64::from_str_radix(word.trim_start_matches("0x"), 16).ok());
    let is_lock = FUTEX == Some(call) && word.is_some_and(|word| lock.iter().any(|range| range.contains(&word)));
    if is_lock { At::Lock } else { At::Data }
}

/// Where the static data of the interpreter lie: what is written of its file, and what stands behind it without one.
fn static_memory(process: u32) -> Option<Vec<Range<u64>>> {
    let maps = fs::read_to_string(format!("/proc/{process}/maps")).ok()?;
    let program = fs::read_link(format!("/proc/{process}/exe")).ok()?;
    Some(static_data(&maps, program.to_str()?)).filter(|ranges| !ranges.is_empty())
}

fn static_data(maps: &str, program: &str) -> Vec<Range<u64>> {
    let mut ranges: Vec<Range<u64>> = Vec::new();
    for line in maps.lines() {
        let mut words = line.split_whitespace();
        let (Some(range), Some(rights)) = (words.next(), words.next()) else { continue };
        let path = words.nth(3).unwrap_or_default();
        let bounds = range
            .split_once('-')
            .and_then(|(from, to)| Some(u64::from_str_radix(from, 16).ok()?..u64::from_str_radix(to, 16).ok()?));
        let Some(bounds) = bounds.filter(|_| rights.starts_with("rw")) else { continue };
        let is_interpreter =
            path == program || path.rsplit('/').next().is_some_and(|name| name.starts_with("libpython"));
        match ranges.last_mut() {
            Some(last) if path.is_empty() && last.end == bounds.start => last.end = bounds.end,
            _ if is_interpreter => ranges.push(bounds),
            _ => {}
        }
    }
    ranges
}

fn monotonic_ns() -> u64 {
    read_ns(ClockId::Monotonic)
}

fn read_ns(clock: ClockId) -> u64 {
    let now = clock_gettime(clock);
    now.tv_sec as u64 * 1_000_000_000 + now.tv_nsec as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    const MAPS: &str = "55ce17865000-55ce17866000 r--p 00000000 fe:00 18504      /opt/bin/python3.11\n\
                        55ce17869000-55ce1786a000 rw-p 00003000 fe:00 18504      /opt/bin/python3.11\n\
                        55ce3eea2000-55ce3f033000 rw-p 00000000 00:00 0          [heap]\n\
                        7f12fdcc0000-7f12fdd1d000 rw-p 004ea000 fe:00 82744      /opt/lib/libpython3.11.so.1.0\n\
                        7f12fdd1d000-7f12fdd5d000 rw-p 00000000 00:00 0 \n\
                        7f12fde00000-7f12fdf00000 rw-p 00000000 00:00 0 \n";

    #[test]
    fn the_lock_lies_in_the_interpreters_own_memory() {
        let ranges = static_data(MAPS, "/opt/bin/python3.11");
        assert_eq!(ranges, [0x55ce_1786_9000..0x55ce_1786_a000, 0x7f12_fdcc_0000..0x7f12_fdd5_d000]);
        let Some(futex) = FUTEX else { return };
        let of = |line: &str| at(line.as_bytes(), &ranges);
        assert_eq!(of("running"), At::Computing);
        assert_eq!(of(&format!("{futex} 0x7f12fdd4e6f0 0x189 0x0 0x7f12 0x0 0x0 0x1 0x2\n")), At::Lock);
        assert_eq!(of(&format!("{futex} 0x7f12f8000b70 0x189 0x0\n")), At::Data, "a lock of the program's");
        assert_eq!(of("230 0x1 0x7f12fdd4e6f0 0x0\n"), At::Data, "it sleeps");
    }

    #[test]
    fn what_was_seen_is_counted_once() {
        let sampler = Sampler {
            threads: Threads::default(),
            looks: Arc::default(),
            spent_ns: Arc::default(),
            begun: Instant::now(),
            is_over: Arc::default(),
            thread: None,
        };
        let mut seen = Seen::default();
        for (at_ns, at) in
            [(10, At::Data), (20, At::Lock), (30, At::Lock), (50, At::Computing), (60, At::Data), (80, At::Data)]
        {
            seen.push(at_ns, at, Wanted::Moments);
        }
        sampler.threads.lock().expect("whole").insert(7, seen);
        // The second of them stands for the time from 25 to 40.
        assert_eq!(sampler.between(7, 15, 55), Looks { blocked: 2, lock_ns: 10 + 15, data_ns: 0 });
        assert_eq!(sampler.between(7, 15, 90), Looks { blocked: 2, lock_ns: 0, data_ns: 15 + 10 });
        assert_eq!(sampler.all(7).lock_part(), Some(0.5));
        assert_eq!(sampler.lock_ns(7), Some(5 + 10 + 10), "whoever asks for what");
        assert_eq!(sampler.between(8, 0, 60).lock_part(), None);
    }
}
