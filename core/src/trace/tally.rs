//! What a worker's spans and tasks add up to.

use hdrhistogram::Histogram;
use serde::{Deserialize, Serialize};

use super::span::State;
use crate::{payload::Data, rng::mix};

/// Failures that are kept with their reason; the others are only counted.
const FAILURES_KEPT: usize = 5;

/// A task that failed, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// Its number.
    pub task: u32,
    /// One sentence.
    pub why: String,
    /// Of a function of the user's own, where in its file.
    pub at: Option<FailedAt>,
}

/// Where in the user's own file something failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FailedAt {
    /// The line, from 1.
    pub line: u32,
    /// The exception, without where that was.
    pub error: String,
}

/// Increments of the shared counter: what should be there, and what is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counter {
    /// Increments that were made.
    pub expected: u64,
    /// What the counter says at the end; less where updates were lost.
    pub observed: u64,
}

impl Counter {
    /// Increments that left no trace.
    #[must_use]
    pub fn lost(&self) -> u64 {
        self.expected.saturating_sub(self.observed)
    }
}

/// What a client met of a server that has limits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Met {
    /// Attempts that were refused (429 or 503).
    pub refusals: u64,
    /// Attempts that the server failed at (any other status from 500 on).
    pub errors: u64,
    /// Further attempts that were made.
    pub retries: u64,
    /// Waiting before them, in nanoseconds.
    pub backed_off_ns: u64,
}

impl Met {
    /// Adds another client's.
    pub fn add(&mut self, other: Self) {
        self.refusals += other.refusals;
        self.errors += other.errors;
        self.retries += other.retries;
        self.backed_off_ns += other.backed_off_ns;
    }
}

/// The totals of one worker, or of several added up.
///
/// Checksums are added with wrap-around, so the order in which tasks end does not matter.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Tally {
    /// Whose totals these are.
    pub worker: u16,
    /// Tasks that ended well.
    pub done: u64,
    /// Tasks that ended with a failure.
    pub failed: u64,
    /// Which tasks those were: a wrapping sum over their numbers. The same sum, the same tasks.
    #[serde(default, with = "hexadecimal")]
    pub failed_tasks: u64,
    /// Wrapping sum of the digests of the tasks done; in JSON a hexadecimal text.
    #[serde(with = "hexadecimal")]
    pub checksum: u64,
    /// Nanoseconds in each state, by the state's number.
    pub states_ns: [u64; State::ALL.len()],
    /// Time from a task's start to its end, in nanoseconds; where tasks come over time, of those alone, and from when each
    /// was due.
    pub latency: Latency,
    /// Tasks that came over time and have ended.
    #[serde(default)]
    pub arrived: u64,
    /// Those of them that were still waiting when the last one was due.
    #[serde(default)]
    pub behind: u64,
    /// Spans offered to the ring.
    pub recorded: u64,
    /// Bytes that were received by fetches.
    pub fetched_bytes: u64,
    /// Bytes of messages between isolated workers, both ways.
    pub payload_bytes: u64,
    /// Bytes of the data that tasks were given, as the scenario counts them.
    #[serde(default)]
    pub bytes_in: u64,
    /// Bytes of the data that tasks gave back and somebody received, likewise.
    #[serde(default)]
    pub bytes_out: u64,
    /// Increments of the shared counter made.
    pub bumps: u64,
    /// Of the computing, what needed no interpreter lock in a lane that has one, in nanoseconds.
    pub outside_gil_ns: u64,
    /// From when the worker was asked for until it could do its first task, in nanoseconds: its start-up, with what it waited for
    /// a lock meanwhile. Of several that had its place one after another, all of them.
    #[serde(default)]
    pub ready_ns: u64,
    /// Of the waiting for data and of the start-up, what kept the interpreter lock in a lane that has one, in nanoseconds.
    #[serde(default)]
    pub kept_gil_ns: u64,
    /// Of the waiting for a lock, what was for another one than the interpreter's, in nanoseconds.
    pub other_lock_ns: u64,
    /// How long the worker was seen waiting for the interpreter's lock, by whoever looked at it from outside again and again, in
    /// nanoseconds; within its steps and between them.
    #[serde(default)]
    pub seen_lock_ns: Option<u64>,
    /// How late an event loop came back to a timer that was due; empty where there is no loop or nobody measured.
    pub loop_lag: Latency,
    /// The most memory that the worker's process held resident, where that can be known. Workers that share a process
    /// have it in one of their tallies only, so that it can be added up.
    pub peak_rss_bytes: Option<u64>,
    /// The most memory that its tasks held at once for themselves (`memory_mb`), in bytes; of workers that share a process in one
    /// of their tallies only.
    #[serde(default)]
    pub held_bytes: u64,
    /// The processor time that the worker's process spent on the run, in nanoseconds, where that can be known; as with memory,
    /// of workers that share a process in one of their tallies only.
    #[serde(default)]
    pub processor_ns: Option<u64>,
    /// Of the tasks' time, what watching them cost, in nanoseconds, where somebody tried it out.
    #[serde(default)]
    pub watching_ns: u64,
    /// The first failures.
    pub failures: Vec<Failure>,
    /// What the client met of the server.
    #[serde(default)]
    pub met: Met,
    /// Why the user's file could not be read any more in the middle of the run, which then is no measurement.
    #[serde(default)]
    pub unreadable: Option<String>,
}

/// 64 bits as a hexadecimal text where people and JavaScript read them, whose numbers do not hold as many.
mod hexadecimal {
    use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

    pub(super) fn serialize<S: Serializer>(bits: &u64, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            serializer.collect_str(&format_args!("{bits:016x}"))
        } else {
            bits.serialize(serializer)
        }
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
        if deserializer.is_human_readable() {
            let text = String::deserialize(deserializer)?;
            u64::from_str_radix(&text, 16).map_err(|_| D::Error::custom(format!("“{text}” is no hexadecimal number")))
        } else {
            u64::deserialize(deserializer)
        }
    }
}

impl Tally {
    /// Nothing yet.
    #[must_use]
    pub fn new(worker: u16) -> Self {
        Self {
            worker,
            done: 0,
            failed: 0,
            failed_tasks: 0,
            checksum: 0,
            states_ns: [0; State::ALL.len()],
            latency: Latency::default(),
            arrived: 0,
            behind: 0,
            recorded: 0,
            fetched_bytes: 0,
            payload_bytes: 0,
            bytes_in: 0,
            bytes_out: 0,
            bumps: 0,
            outside_gil_ns: 0,
            ready_ns: 0,
            kept_gil_ns: 0,
            other_lock_ns: 0,
            seen_lock_ns: None,
            loop_lag: Latency::default(),
            peak_rss_bytes: None,
            held_bytes: 0,
            processor_ns: None,
            watching_ns: 0,
            failures: Vec::new(),
            met: Met::default(),
            unreadable: None,
        }
    }

    /// A task ended well with this digest after this long; `None` where its latency does not count.
    pub fn task_done(&mut self, digest: u64, latency_ns: impl Into<Option<u64>>) {
        self.done += 1;
        self.checksum = self.checksum.wrapping_add(digest);
        latency_ns.into().into_iter().for_each(|ns| self.latency.record(ns));
    }

    /// A task failed after this long; `None` where its latency does not count.
    pub fn task_failed(&mut self, task: u32, why: String, latency_ns: impl Into<Option<u64>>) {
        self.task_failed_so(Failure { task, why, at: None }, latency_ns);
    }

    /// The same with where in the user's own file that was.
    pub fn task_failed_so(&mut self, failure: Failure, latency_ns: impl Into<Option<u64>>) {
        let task = failure.task;
        self.failed += 1;
        self.failed_tasks = self.failed_tasks.wrapping_add(mix(u64::from(task) + 1));
        latency_ns.into().into_iter().for_each(|ns| self.latency.record(ns));
        if self.failures.len() < FAILURES_KEPT {
            self.failures.push(failure);
        }
    }

    /// A task that ended had come over time, and was behind or not; or it had not, which is `None`.
    pub fn came(&mut self, is_behind: Option<bool>) {
        self.arrived += u64::from(is_behind.is_some());
        self.behind += u64::from(is_behind == Some(true));
    }

    /// Somebody received what a task gave back.
    pub fn received(&mut self, data: Data<'_>) {
        self.bytes_out += data.bytes();
        self.checksum = self.checksum.wrapping_add(data.stamp());
    }

    /// Adds time in a state.
    pub fn add_state(&mut self, state: State, ns: u64) {
        self.states_ns[state as usize] += ns;
    }

    /// Time in a state, in nanoseconds.
    #[must_use]
    pub fn state_ns(&self, state: State) -> u64 {
        self.states_ns[state as usize]
    }

    /// Adds another worker's totals, or this one's later ones.
    pub fn merge(&mut self, other: &Self) {
        self.done += other.done;
        self.failed += other.failed;
        self.failed_tasks = self.failed_tasks.wrapping_add(other.failed_tasks);
        self.checksum = self.checksum.wrapping_add(other.checksum);
        for (mine, theirs) in self.states_ns.iter_mut().zip(other.states_ns) {
            *mine += theirs;
        }
        self.latency.merge(&other.latency);
        self.arrived += other.arrived;
        self.behind += other.behind;
        self.recorded += other.recorded;
        self.fetched_bytes += other.fetched_bytes;
        self.payload_bytes += other.payload_bytes;
        self.bytes_in += other.bytes_in;
        self.bytes_out += other.bytes_out;
        self.bumps += other.bumps;
        self.outside_gil_ns += other.outside_gil_ns;
        self.ready_ns += other.ready_ns;
        self.kept_gil_ns += other.kept_gil_ns;
        self.other_lock_ns += other.other_lock_ns;
        self.loop_lag.merge(&other.loop_lag);
        self.held_bytes += other.held_bytes;
        self.watching_ns += other.watching_ns;
        let sum = |mine: Option<u64>, theirs: Option<u64>| match (mine, theirs) {
            (Some(mine), Some(theirs)) => Some(mine + theirs),
            (mine, theirs) => mine.or(theirs),
        };
        self.peak_rss_bytes = sum(self.peak_rss_bytes, other.peak_rss_bytes);
        self.processor_ns = sum(self.processor_ns, other.processor_ns);
        self.seen_lock_ns = sum(self.seen_lock_ns, other.seen_lock_ns);
        let room = FAILURES_KEPT.saturating_sub(self.failures.len());
        self.failures.extend(other.failures.iter().take(room).cloned());
        self.met.add(other.met);
        if self.unreadable.is_none() {
            self.unreadable.clone_from(&other.unreadable);
        }
    }
}

/// Latencies from 1 µs to 1 h, to three significant digits.
///
/// The first [`FEW`] are kept as they are: a histogram takes 100 KB, and a chunk of a few tiny tasks, whose tally
/// travels between processes, would otherwise cost a hundred times what it computes.
#[derive(Clone, Debug, Default)]
pub struct Latency {
    few: Vec<u64>,
    many: Option<Box<Histogram<u32>>>,
}

/// Latencies that are kept singly before a histogram is made.
const FEW: usize = 128;

impl Latency {
    const LOWEST_NS: u64 = 1_000;
    const HIGHEST_NS: u64 = 3_600_000_000_000;

    /// The histogram, with what was kept singly in it.
    fn histogram(&mut self) -> &mut Histogram<u32> {
        let Self { few, many } = self;
        let histogram = many.get_or_insert_with(|| {
            let histogram = Histogram::new_with_bounds(Self::LOWEST_NS, Self::HIGHEST_NS, 3);
            Box::new(histogram.expect("the bounds and digits are within what the histogram takes"))
        });
        few.drain(..).for_each(|ns| histogram.saturating_record(ns));
        histogram
    }

    /// Records one latency.
    pub fn record(&mut self, ns: u64) {
        if self.many.is_none() && self.few.len() < FEW {
            self.few.push(ns);
        } else {
            self.histogram().saturating_record(ns);
        }
    }

    /// Adds another's.
    pub fn merge(&mut self, other: &Self) {
        if let Some(theirs) = &other.many {
            self.histogram().add(&**theirs).expect("all histograms have the same bounds");
        }
        other.few.iter().for_each(|ns| self.record(*ns));
    }

    /// Everything as a histogram; `None` when there is nothing.
    fn whole(&self) -> Option<Box<Histogram<u32>>> {
        let mut all = self.clone();
        if !all.few.is_empty() {
            all.histogram();
        }
        all.many
    }

    /// Whether nothing was recorded.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.few.is_empty() && self.many.is_none()
    }

    /// The latency below which `q` of all lie, in nanoseconds; 0 when there are none.
    #[must_use]
    pub fn quantile_ns(&self, q: f64) -> u64 {
        self.whole().map_or(0, |histogram| histogram.value_at_quantile(q))
    }

    /// The longest, in nanoseconds.
    #[must_use]
    pub fn max_ns(&self) -> u64 {
        self.whole().map_or(0, |histogram| histogram.max())
    }

    /// The mean, in nanoseconds; 0 when there are none.
    #[must_use]
    pub fn mean_ns(&self) -> u64 {
        self.whole().map_or(0, |histogram| histogram.mean() as u64)
    }

    /// Pairs of a value in nanoseconds and how often it was recorded.
    fn pairs(&self) -> Vec<(u64, u32)> {
        let Some(histogram) = &self.many else { return self.few.iter().map(|ns| (*ns, 1)).collect() };
        let recorded = histogram.iter_recorded();
        recorded.map(|value| (value.value_iterated_to(), value.count_at_value())).collect()
    }
}

impl PartialEq for Latency {
    fn eq(&self, other: &Self) -> bool {
        let whole = |latency: &Self| Self { few: Vec::new(), many: latency.whole() }.pairs();
        whole(self) == whole(other)
    }
}

impl Serialize for Latency {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        self.pairs().serialize(to)
    }
}

impl<'de> Deserialize<'de> for Latency {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let pairs = Vec::<(u64, u32)>::deserialize(from)?;
        let mut latency = Self::default();
        if pairs.len() <= FEW && pairs.iter().all(|(_, count)| *count == 1) {
            latency.few.extend(pairs.iter().map(|(ns, _)| *ns));
        } else {
            pairs.iter().for_each(|(ns, count)| latency.histogram().saturating_record_n(*ns, *count));
        }
        Ok(latency)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_checksum_keeps_its_64_bits_in_json_and_its_size_in_frames() {
        let mut tally = Tally::new(0);
        tally.checksum = u64::MAX - 1;
        let json = serde_json::to_value(&tally).expect("plain data");
        assert_eq!(json["checksum"], "fffffffffffffffe");
        assert_eq!(serde_json::from_value::<Tally>(json).expect("as it was"), tally);
        let bytes = postcard::to_allocvec(&tally).expect("plain data");
        assert_eq!(postcard::from_bytes::<Tally>(&bytes).expect("as it was"), tally);
    }

    #[test]
    fn merging_in_any_order_gives_the_same() {
        let mut parts: Vec<Tally> = (0..4).map(Tally::new).collect();
        for i in 0..100u64 {
            parts[(i % 4) as usize].task_done(crate::rng::mix(i), 1_000 * (i + 1));
        }
        let sum = |order: &[usize]| {
            let mut sum = Tally::new(0);
            for &i in order {
                sum.merge(&parts[i]);
            }
            sum
        };
        assert_eq!(sum(&[0, 1, 2, 3]), sum(&[3, 1, 0, 2]));
        assert_eq!(sum(&[0, 1, 2, 3]).done, 100);
    }

    #[test]
    fn percentiles_are_within_a_thousandth_and_survive_the_wire() {
        let mut latency = Latency::default();
        for i in 1..=1000u64 {
            latency.record(i * 100_000);
        }
        let p99 = latency.quantile_ns(0.99) as f64;
        assert!((p99 / 99_000_000.0 - 1.0).abs() < 0.001, "{p99}");
        let bytes = postcard::to_allocvec(&latency).expect("encodes");
        let back: Latency = postcard::from_bytes(&bytes).expect("decodes");
        assert_eq!(back, latency);
        assert_eq!(back.quantile_ns(0.5), latency.quantile_ns(0.5));
    }
}
