//! The clock of the native lanes: the machine's monotonic one, which all its processes read alike.

use std::{
    sync::OnceLock,
    time::{SystemTime, UNIX_EPOCH},
};

use lanes_core::trace;
use rustix::time::{ClockId, Timespec, clock_gettime};

/// A run's clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Clock {
    /// When the run began, on the machine's monotonic clock.
    pub zero_ns: u64,
}

fn ns(time: Timespec) -> u64 {
    time.tv_sec as u64 * 1_000_000_000 + time.tv_nsec as u64
}

fn monotonic_ns() -> u64 {
    ns(clock_gettime(ClockId::Monotonic))
}

/// The processor time that all threads of this process have had so far, in nanoseconds.
#[must_use]
pub fn processor_ns() -> u64 {
    ns(clock_gettime(ClockId::ProcessCPUTime))
}

impl Clock {
    /// A clock that starts now.
    #[must_use]
    pub fn start() -> Self {
        Self { zero_ns: monotonic_ns() }
    }

    /// Nanoseconds since t = 0; 0 before it.
    #[must_use]
    pub fn now_ns(&self) -> u64 {
        monotonic_ns().saturating_sub(self.zero_ns)
    }

    /// What tells this run from others on this machine: all its processes have the same clock.
    #[must_use]
    pub fn run_name(&self) -> String {
        format!("{:x}", self.zero_ns)
    }

    /// t = 0 in nanoseconds of the Unix epoch.
    #[must_use]
    pub fn epoch_ns(&self) -> u64 {
        let unix = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_nanos() as u64);
        unix.saturating_sub(self.now_ns())
    }
}

/// What recording a span costs this process, in nanoseconds; tried out once.
#[must_use]
pub fn span_cost_ns() -> f64 {
    static COST_NS: OnceLock<f64> = OnceLock::new();
    let clock = Clock::start();
    *COST_NS.get_or_init(|| trace::span_cost_ns(|| clock.now_ns()))
}

/// The smallest step of the clock, in nanoseconds: the least difference of some readings that differ.
#[must_use]
pub fn resolution_ns() -> u64 {
    let clock = Clock::start();
    let readings: Vec<u64> = (0..1_000).map(|_| clock.now_ns()).collect();
    readings.windows(2).map(|pair| pair[1] - pair[0]).filter(|step| *step > 0).min().unwrap_or(1)
}
