//! How busy the machine is with other work than ours, from what Linux counts in `/proc`: a comparison that was made on
//! a busy machine says so. Elsewhere nothing is known, and nothing is said.
//!
//! ```text
//! other work = (processor time of everybody − ours and that of the processes that we waited for) ÷ (cores × time)
//! ```

use std::{fs, thread, time::Duration};

/// From this share of the machine on it is said, in percent: on two cores, a fifth of one.
pub const WORTH_SAYING_PERCENT: u8 = 10;

/// Clock ticks of all cores that must have passed for a share to mean something: counters step by whole ticks, so a
/// fiftieth of this is one step.
const LEAST_TICKS: u64 = 50;

/// How often the runnable tasks are counted before a run, and how far apart.
const COUNTS: u32 = 5;
const BETWEEN_COUNTS: Duration = Duration::from_millis(4);

/// Processor time since the machine was started, in clock ticks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Ticks {
    /// Of all cores, idle or not.
    all: u64,
    /// Of all cores, idle.
    idle: u64,
    /// Of this process and of the ended ones that it has waited for.
    own: u64,
}

/// A measurement that has begun.
#[derive(Clone, Copy, Debug)]
pub struct OtherWork(Option<Ticks>);

impl OtherWork {
    /// Measures from now on.
    #[must_use]
    pub fn begin() -> Self {
        Self(Ticks::now())
    }

    /// The share of the machine that others had since then, in percent; `None` where that is not known, and for spans
    /// that are too short to tell.
    #[must_use]
    pub fn percent(self) -> Option<u8> {
        share(self.0?, Ticks::now()?)
    }
}

impl Ticks {
    fn now() -> Option<Self> {
        let (all, idle) = everybody(&fs::read_to_string("/proc/stat").ok()?)?;
        Some(Self { all, idle, own: own(&fs::read_to_string("/proc/self/stat").ok()?)? })
    }
}

/// All ticks and the idle ones, of `/proc/stat`.
fn everybody(stat: &str) -> Option<(u64, u64)> {
    // user, nice, system, idle, iowait, irq, softirq, steal; guests count as user.
    let fields = stat.lines().find_map(|line| line.strip_prefix("cpu "))?.split_whitespace().take(8);
    let ticks: Vec<u64> = fields.map_while(|field| field.parse().ok()).collect();
    (ticks.len() >= 5).then(|| (ticks.iter().sum(), ticks[3] + ticks[4]))
}

/// A process's own ticks and those of the children it has waited for, of `/proc/self/stat`.
fn own(stat: &str) -> Option<u64> {
    // After the name, which is in brackets and may hold anything: state first, utime to cstime from the twelfth on.
    let fields = stat.rsplit_once(')')?.1.split_whitespace().skip(11).take(4);
    let ticks: Vec<u64> = fields.map_while(|field| field.parse().ok()).collect();
    (ticks.len() == 4).then(|| ticks.iter().sum())
}

fn share(before: Ticks, after: Ticks) -> Option<u8> {
    let passed = |field: fn(&Ticks) -> u64| field(&after).saturating_sub(field(&before));
    let all = passed(|ticks| ticks.all);
    let busy = all.saturating_sub(passed(|ticks| ticks.idle));
    let others = busy.saturating_sub(passed(|ticks| ticks.own));
    (all >= LEAST_TICKS).then(|| u8::try_from(others * 100 / all).unwrap_or(100).min(100))
}

/// How many other tasks than the caller want a processor right now, on average over some milliseconds; `None` where
/// that is not known.
pub(crate) fn runnable_now() -> Option<f64> {
    let mut sum = 0;
    for count in 0..COUNTS {
        if count > 0 {
            thread::sleep(BETWEEN_COUNTS);
        }
        sum += runnable(&fs::read_to_string("/proc/loadavg").ok()?)?;
    }
    Some(f64::from(sum) / f64::from(COUNTS))
}

/// The runnable tasks of `/proc/loadavg` without the one that reads it.
fn runnable(loadavg: &str) -> Option<u32> {
    let (running, _) = loadavg.split_whitespace().nth(3)?.split_once('/')?;
    Some(running.parse::<u32>().ok()?.saturating_sub(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_linux_counts_is_read() {
        let stat = "cpu  100 5 50 800 20 1 2 3 40 0\ncpu0 50 2 25 400 10 0 1 1 20 0\nintr 1\n";
        assert_eq!(everybody(stat), Some((981, 820)));
        assert_eq!(everybody("intr 1\n"), None);
        let stat = "7 (a) b) S 1 7 7 0 -1 4194560 1 2 3 4 11 12 13 14 20 0 1 0\n";
        assert_eq!(own(stat), Some(50));
        assert_eq!(own("7 (a) S 1"), None);
        assert_eq!(runnable("0.50 0.40 0.30 3/512 99\n"), Some(2));
        assert_eq!(runnable("0.50 0.40 0.30 0/512 99\n"), Some(0));
    }

    #[test]
    fn what_others_had_is_what_is_neither_idle_nor_ours() {
        let at = |all, idle, own| Ticks { all, idle, own };
        assert_eq!(share(at(1000, 500, 10), at(1200, 550, 60)), Some(50));
        assert_eq!(share(at(1000, 500, 10), at(1200, 700, 10)), Some(0), "all idle");
        assert_eq!(share(at(1000, 500, 10), at(1200, 500, 230)), Some(0), "counters that disagree by a step");
        assert_eq!(share(at(1000, 500, 10), at(1010, 500, 10)), None, "too short");
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn this_machine_says_it() {
        let before = Ticks::now().expect("counted");
        let after = Ticks::now().expect("counted");
        assert!(after.all >= before.all && after.idle >= before.idle && after.own >= before.own);
        assert!(before.all > before.idle);
        assert!(runnable_now().is_some());
    }
}
