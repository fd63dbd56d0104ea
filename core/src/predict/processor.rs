//! The cores that agents compute on: shared equally among all that compute, as a fair scheduler does.
//!
//! Who computes does so at the same speed as everybody else, so that all that has to be known is how much each has been served
//! so far: a job ends when that has grown by what it needs (processor sharing by virtual time; Parekh and Gallager, IEEE/ACM
//! Transactions on Networking 1(3), 1993).

use std::{
    cell::{Cell, RefCell},
    collections::BTreeMap,
};

/// The number of an agent.
pub(super) type Number = usize;

/// Cores, and how much they get in each other's way.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cores {
    /// How many.
    pub count: u32,
    /// The share by which each further core that computes slows down all of them: memory, caches, siblings.
    pub contention: f64,
}

impl Cores {
    /// How many times as much as one core alone is done by `computing` threads together.
    ///
    /// `k / (1 + contention × (k − 1))` for the k cores that are busy.
    #[must_use]
    pub fn speed(self, computing: usize) -> f64 {
        let busy = (computing as f64).min(f64::from(self.count.max(1)));
        busy / (1.0 + self.contention * (busy - 1.0).max(0.0))
    }

    /// The contention by which so many cores did so many times as much as one.
    #[must_use]
    pub fn contention_of(cores: u32, speed: f64) -> f64 {
        if cores < 2 || speed <= 0.0 {
            return 0.0;
        }
        let cores = f64::from(cores);
        ((cores / speed - 1.0) / (cores - 1.0)).clamp(0.0, 1.0)
    }
}

/// A job: how much everybody will have been served when it ends, and its number.
pub(super) type Job = (u64, u64);

#[derive(Debug)]
pub(super) struct Processor {
    cores: Cores,
    /// What each job has been served so far that is there from the beginning, in nanoseconds of a core.
    served: Cell<f64>,
    /// By the bits of a number that is never negative, which are in the order of the numbers.
    jobs: RefCell<BTreeMap<Job, Number>>,
    begun: Cell<u64>,
    since_ns: Cell<u64>,
}

/// What is less than this is done, in nanoseconds: moments are whole numbers.
const DONE_NS: f64 = 0.5;

impl Processor {
    pub(super) fn new(cores: Cores) -> Self {
        Self { cores, served: Cell::new(0.0), jobs: RefCell::default(), begun: Cell::new(0), since_ns: Cell::new(0) }
    }

    /// What each job is served in a nanosecond.
    fn rate(&self) -> f64 {
        let jobs = self.jobs.borrow().len().max(1);
        self.cores.speed(jobs) / jobs as f64
    }

    /// Serves everybody until this moment.
    fn serve(&self, now_ns: u64) {
        let ns = now_ns.saturating_sub(self.since_ns.replace(now_ns));
        self.served.set(self.served.get() + ns as f64 * self.rate());
    }

    /// An agent begins to compute for so long.
    pub(super) fn begin(&self, ns: f64, agent: Number, now_ns: u64) -> Job {
        self.serve(now_ns);
        self.begun.set(self.begun.get() + 1);
        let job = ((self.served.get() + ns).to_bits(), self.begun.get());
        self.jobs.borrow_mut().insert(job, agent);
        job
    }

    /// Whether a job is not done yet.
    pub(super) fn has(&self, job: Job) -> bool {
        self.jobs.borrow().contains_key(&job)
    }

    /// A job is broken off; what is left of it.
    pub(super) fn stop(&self, job: Job, now_ns: u64) -> f64 {
        self.serve(now_ns);
        self.jobs.borrow_mut().remove(&job);
        (f64::from_bits(job.0) - self.served.get()).max(0.0)
    }

    /// When the next job is done, if nobody else begins.
    pub(super) fn next_end_ns(&self, now_ns: u64) -> Option<u64> {
        let first = f64::from_bits(self.jobs.borrow().first_key_value()?.0.0);
        let left = (first - self.served.get()).max(0.0) / self.rate();
        Some(now_ns + left.ceil() as u64)
    }

    /// Time goes on; the agents whose jobs are done by that.
    pub(super) fn pass(&self, to_ns: u64) -> Vec<Number> {
        self.serve(to_ns);
        let done = (self.served.get() + DONE_NS).to_bits();
        let mut jobs = self.jobs.borrow_mut();
        let later = jobs.split_off(&(done, u64::MAX));
        std::mem::replace(&mut *jobs, later).into_values().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contention_is_found_again_from_the_speed() {
        for contention in [0.0, 0.03, 0.5] {
            let cores = Cores { count: 8, contention };
            assert!((Cores::contention_of(8, cores.speed(8)) - contention).abs() < 1e-12);
            assert!((cores.speed(1) - 1.0).abs() < 1e-12);
            assert!((cores.speed(64) - cores.speed(8)).abs() < 1e-12, "no more than there are cores");
        }
        assert!((Cores::contention_of(1, 0.5)).abs() < 1e-12, "one core has nobody beside it");
    }

    #[test]
    fn cores_are_shared_equally_and_a_job_ends_when_it_has_had_its_time() {
        let processor = Processor::new(Cores { count: 2, contention: 0.0 });
        let jobs: Vec<Job> =
            [100.0, 100.0, 300.0].iter().zip(0..).map(|(ns, agent)| processor.begin(*ns, agent, 0)).collect();
        assert_eq!(processor.next_end_ns(0), Some(150), "three on two cores");
        assert_eq!(processor.pass(150), [0, 1]);
        assert!(processor.has(jobs[2]) && !processor.has(jobs[0]));
        assert_eq!(processor.next_end_ns(150), Some(350), "alone it has a core to itself");
        assert!((processor.stop(jobs[2], 250) - 100.0).abs() < 1e-6);
        assert_eq!(processor.next_end_ns(250), None);
    }
}
