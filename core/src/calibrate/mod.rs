//! The size of a kernel that takes a given time in a place: tried at a first guess, then nearer, a few times. It knows no clock:
//! whoever measures is told sizes, and tells how many nanoseconds they took.
//!
//! ```text
//! Calibration::new ─▶ next_size() ─▶ a Trial of that size is run ─▶ took(ns) ─▶ next_size() … None ─▶ speed().size_for(ns)
//! ```

mod trial;

pub use trial::Trial;

use crate::scenario::{Kernel, Place};

/// Most trials.
const TRIALS: usize = 3;
/// The longest that a trial is meant to take, in nanoseconds: what takes longer is found by how the kernel grows.
const LONGEST_TRIAL_NS: f64 = 30e6;
/// How near is near enough, as a ratio.
const NEAR: f64 = 1.05;

/// A size that keeps CPython busy for some 10 ms, and the power of the size that a kernel's time grows with.
#[must_use]
pub fn python_sample(kernel: Kernel) -> (u64, f64) {
    match kernel {
        Kernel::Primes => (8_000, 1.5),
        Kernel::Mandelbrot => (24, 2.0),
        Kernel::Sha256 => (40, 1.0),
        Kernel::Wordcount => (64 << 10, 1.0),
        Kernel::Matmul => (32, 3.0),
        Kernel::Sort => (8_000, 1.0),
        Kernel::Pi => (16_000, 1.0),
    }
}

/// How long a kernel takes somewhere at one size, and so at others.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Speed {
    size: u64,
    ns: f64,
    /// The power of the size that the time grows with.
    growth: f64,
}

impl Speed {
    /// How long this size takes, about, in nanoseconds.
    #[must_use]
    pub fn time_of(self, size: u64) -> f64 {
        self.ns * (size as f64 / self.size as f64).powf(self.growth)
    }

    /// The size that takes so long, about: at least 1.
    #[must_use]
    pub fn size_for(self, ns: f64) -> u64 {
        ((self.size as f64 * (ns / self.ns).powf(1.0 / self.growth)).round() as u64).max(1)
    }
}

/// A kernel that is tried out at sizes that come nearer and nearer to a time.
#[derive(Clone, Copy, Debug)]
pub struct Calibration {
    kernel: Kernel,
    aim_ns: f64,
    growth: f64,
    next_size: Option<u64>,
    speed: Option<Speed>,
    trials: usize,
}

impl Calibration {
    /// Nothing is tried yet; the first size should take some 10 ms there.
    #[must_use]
    pub fn new(kernel: Kernel, place: Place, aim_ns: f64) -> Self {
        let (sample, growth) = python_sample(kernel);
        let is_python = matches!(place, Place::Python | Place::Pyodide);
        let first = if is_python { sample } else { kernel.about().default_size };
        let aim_ns = aim_ns.min(LONGEST_TRIAL_NS);
        Self { kernel, aim_ns, growth, next_size: Some(first), speed: None, trials: 0 }
    }

    /// One trial, of at most this size, wherever that leads.
    #[must_use]
    pub fn once(kernel: Kernel, place: Place, most: u64) -> Self {
        let new = Self::new(kernel, place, LONGEST_TRIAL_NS);
        Self { next_size: new.next_size.map(|size| size.min(most)), trials: TRIALS - 1, ..new }
    }

    /// The size that is to be tried next; `None` where enough is known.
    #[must_use]
    pub fn next_size(&self) -> Option<u64> {
        self.next_size
    }

    /// What was to be tried took so many nanoseconds.
    pub fn took(&mut self, ns: f64) {
        let Some(size) = self.next_size.take() else { return };
        let speed = Speed { size, ns: ns.max(1.0), growth: self.growth };
        self.speed = Some(speed);
        self.trials += 1;
        let next = speed.size_for(self.aim_ns).min(self.kernel.about().max_size);
        let is_near = (speed.ns / self.aim_ns).max(self.aim_ns / speed.ns) <= NEAR;
        self.next_size = (self.trials < TRIALS && !is_near && next != size).then_some(next);
    }

    /// What was found; `None` before the first trial.
    #[must_use]
    pub fn speed(&self) -> Option<Speed> {
        self.speed
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::{Lane, Model};

    /// How a kernel was tried where a size takes as long as `clock` says.
    fn tried(kernel: Kernel, place: Place, aim_ns: f64, clock: impl Fn(u64) -> f64) -> (Speed, Vec<f64>) {
        let mut calibration = Calibration::new(kernel, place, aim_ns);
        let mut took = Vec::new();
        while let Some(size) = calibration.next_size() {
            took.push(clock(size));
            calibration.took(clock(size));
        }
        (calibration.speed().expect("tried once"), took)
    }

    #[test]
    fn the_size_takes_what_was_asked_on_fast_and_slow_machines() {
        for kernel in [Kernel::Primes, Kernel::Sha256] {
            let guess = python_sample(kernel);
            for machine in [0.05, 1.0, 20.0] {
                // A kernel also takes a while to begin, and grows a little faster than it is thought to.
                let clock = |size: u64| machine * (2e4 + 9e6 * (size as f64 / guess.0 as f64).powf(guess.1 * 1.05));
                for aim in [15e6, 120e6, 900e6] {
                    let (speed, trials) = tried(kernel, Place::Python, aim, clock);
                    let taken = clock(speed.size_for(aim));
                    assert!(taken / aim < 1.5 && aim / taken < 1.5, "{kernel} × {machine}: {taken} for {aim}");
                    let longest = trials.iter().fold(0.0, |most: f64, ns| most.max(*ns));
                    assert!(
                        trials.len() <= TRIALS && longest <= clock(guess.0).max(2.0 * LONGEST_TRIAL_NS),
                        "{longest}"
                    );
                }
            }
        }
    }

    #[test]
    fn what_no_size_is_small_enough_for_gets_the_smallest() {
        let (speed, _) = tried(Kernel::Sha256, Place::Browser, 1e3, |_| 5e6);
        assert_eq!(speed.size_for(1e3), 1);
    }

    #[test]
    fn a_trial_is_one_run_and_begins_small_in_cpython() {
        for (place, size) in [(Place::Browser, 200_000), (Place::Python, 8_000), (Place::Pyodide, 8_000)] {
            let first = Calibration::new(Kernel::Primes, place, 1e7).next_size();
            assert_eq!(first, Some(size), "{place:?}");
            let trial =
                Trial::new(Kernel::Primes, size, Lane::new(place, Model::Sequential)).expect("a size that it has");
            assert_eq!(trial.scenario().most_rounds(), 1, "its times are added up");
        }
    }

    #[test]
    fn one_trial_is_of_at_most_the_size_that_is_allowed() {
        let mut once = Calibration::once(Kernel::Primes, Place::Python, 100);
        assert_eq!((once.next_size(), once.speed()), (Some(100), None));
        once.took(2e3);
        assert_eq!((once.next_size(), once.speed().map(|speed| speed.time_of(400))), (None, Some(16e3)));
    }
}
