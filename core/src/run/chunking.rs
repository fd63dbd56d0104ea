//! How many tasks a process is handed at a time.
//!
//! A message costs far more than a small task, so tasks travel in chunks; a chunk that is too long leaves the other
//! workers idle at the end. The automatic size aims at a fixed time per chunk, learnt from the chunks that came back,
//! and never takes more than half of an even share of what is left, so the tail splits by itself ("guided
//! self-scheduling", Polychronopoulos and Kuck, IEEE Transactions on Computers C-36(12), 1987).

use std::ops::Range;

use crate::scenario::Chunk;

/// What a chunk should take: long beside a message (some 50 to 100 µs), short beside a person's patience.
pub const TARGET_NS: f64 = 2_000_000.0;

/// A chunk may be this many times as long as the longest before it: one lucky short task must not make a huge one.
const GROWTH: u32 = 8;

/// Weight of the newest chunk in the running mean.
const NEWEST: f64 = 0.5;

/// Cuts a range of tasks into chunks.
#[derive(Clone, Debug)]
pub struct Chunker {
    left: Range<u32>,
    /// Tasks from this one on may not begin yet.
    released: u32,
    workers: u32,
    policy: Chunk,
    most: u32,
    task_ns: Option<f64>,
    longest: u32,
}

impl Chunker {
    /// Chunks of the tasks from 0 to `tasks` for so many workers.
    #[must_use]
    pub fn new(tasks: u32, workers: u32, policy: Chunk) -> Self {
        let workers = workers.max(1);
        Self { left: 0..tasks, released: tasks, workers, policy, most: u32::MAX, task_ns: None, longest: 0 }
    }

    /// No chunk of more tasks than this.
    #[must_use]
    pub fn at_most(self, tasks: u32) -> Self {
        Self { most: tasks.max(1), ..self }
    }

    /// Tasks not handed out yet.
    #[must_use]
    pub fn left(&self) -> u32 {
        self.left.end - self.left.start
    }

    /// Hands out tasks before this one, and none from it on.
    pub fn release(&mut self, until: u32) {
        self.released = until;
    }

    /// Tasks that may be handed out now.
    fn ready(&self) -> u32 {
        self.released.min(self.left.end).saturating_sub(self.left.start)
    }

    /// The longest chunk so far.
    #[must_use]
    pub fn longest(&self) -> u32 {
        self.longest
    }

    /// What a task takes by what was learnt, in nanoseconds; `None` before anything was.
    #[must_use]
    pub fn task_ns(&self) -> Option<f64> {
        self.task_ns
    }

    /// What a chunk takes by what was learnt, in nanoseconds; `None` before anything was.
    #[must_use]
    pub fn chunk_ns(&self) -> Option<f64> {
        Some(self.task_ns? * f64::from(self.longest))
    }

    /// About how many chunks could be handed out now: as many as if all were as long as the longest so far.
    #[must_use]
    pub fn chunks_left(&self) -> u32 {
        self.ready() / self.longest.max(1)
    }

    /// The next chunk; `None` when all tasks that may begin are handed out.
    pub fn take(&mut self) -> Option<Range<u32>> {
        let left = self.ready();
        if left == 0 {
            return None;
        }
        let wanted = match self.policy {
            Chunk::Fixed(tasks) => tasks,
            Chunk::Auto => {
                let by_time = self.task_ns.map_or(1, |ns| (TARGET_NS / ns.max(1.0)) as u32);
                let by_share = left.div_ceil(self.workers.saturating_mul(2));
                by_time.min(by_share).min(self.longest.saturating_mul(GROWTH).max(1))
            }
        };
        let tasks = wanted.clamp(1, left.min(self.most));
        self.longest = self.longest.max(tasks);
        let start = self.left.start;
        self.left.start += tasks;
        Some(start..start + tasks)
    }

    /// A chunk of so many tasks took its worker so long.
    pub fn learn(&mut self, tasks: u32, ns: u64) {
        let newest = ns as f64 / f64::from(tasks.max(1));
        self.task_ns = Some(self.task_ns.map_or(newest, |mean| mean + NEWEST * (newest - mean)));
    }

    /// Hands out nothing more.
    pub fn stop(&mut self) {
        self.left.start = self.left.end;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Sizes of all chunks when each task takes `ns`.
    fn sizes(tasks: u32, workers: u32, policy: Chunk, ns: u64) -> Vec<u32> {
        let mut chunker = Chunker::new(tasks, workers, policy);
        let mut sizes = Vec::new();
        while let Some(chunk) = chunker.take() {
            let tasks = chunk.end - chunk.start;
            chunker.learn(tasks, ns * u64::from(tasks));
            sizes.push(tasks);
        }
        sizes
    }

    #[test]
    fn long_tasks_go_one_by_one_and_short_ones_in_chunks_that_shrink_at_the_end() {
        assert_eq!(sizes(5, 2, Chunk::Auto, 10_000_000), [1; 5]);
        let short = sizes(100_000, 4, Chunk::Auto, 1_000);
        assert_eq!(short[..5], [1, 8, 64, 512, 2000]);
        assert_eq!(short.last(), Some(&1));
        assert!(short.len() < 150, "{}", short.len());
    }

    #[test]
    fn a_fixed_size_is_kept() {
        assert_eq!(sizes(10, 4, Chunk::Fixed(4), 1), [4, 4, 2]);
        let mut limited = Chunker::new(7, 4, Chunk::Fixed(4)).at_most(3);
        assert_eq!([limited.take(), limited.take(), limited.take()], [Some(0..3), Some(3..6), Some(6..7)]);
    }

    proptest::proptest! {
        #[test]
        fn chunks_cover_all_tasks_once(tasks in 0u32..10_000, workers in 1u32..20, ns in 1u64..10_000_000, fixed in 0u32..50) {
            let policy = if fixed == 0 { Chunk::Auto } else { Chunk::Fixed(fixed) };
            proptest::prop_assert_eq!(sizes(tasks, workers, policy, ns).iter().sum::<u32>(), tasks);
        }
    }
}
