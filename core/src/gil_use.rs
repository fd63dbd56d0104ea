//! How the threads of a lane shared a global interpreter lock: how long each held it, waited for it, and did without.
//!
//! ```text
//! thread 0  ▓▓▓▓▓▓▓▓░░░░░░░░▓▓▓▓▓▓▓▓      ▓ holds    computing steps that need the lock, and waits that keep it
//! thread 1  ░░░░░░░░▓▓▓▓▓▓▓▓░░░░░░··      ░ waits    wait-lock
//!                                         · free     everything else: waiting for bytes, idle, computing without it
//! ```
//!
//! Pure arithmetic over a [`RunReport`]. Holding is counted in the job's own steps alone: what an interpreter does between
//! them (taking the next task, adding up) is in `free`.

use crate::{
    report::{Ending, RunReport},
    trace::{State, Tally},
};

pub use crate::report::GilSeen;

impl GilSeen {
    /// How, in one sentence.
    #[must_use]
    pub fn how(self) -> &'static str {
        match self {
            Self::Recorded => "modelled: every wait for the lock is recorded where it happens",
            Self::Sampled => {
                "from outside: processor time, and what the system said blocked threads were waiting for, asked again and \
                 again; how often stands in the lane's notes"
            }
            Self::Inferred { steps, exact } if exact > 0 || steps == 0 => {
                "from outside: a computation's wall time, less processor time, less (in long ones) the time that the \
                 system kept the thread from a processor; and what simulated answers were late by. Waits after real \
                 answers cannot be told from the network"
            }
            Self::Inferred { .. } => {
                "from outside: a computation's wall time less processor time, so time that the thread was kept from a \
                 processor is in it; and what simulated answers were late by. Waits after real answers cannot be told \
                 from the network"
            }
        }
    }
}

/// What one thread, or all of them together, did with the lock, in nanoseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Share {
    /// Computing under the lock, and waiting for data without letting go of it.
    pub holds_ns: u64,
    /// Waiting for it.
    pub waits_ns: u64,
    /// Not wanting it.
    pub free_ns: u64,
}

impl Share {
    /// All of it.
    #[must_use]
    pub fn whole_ns(self) -> u64 {
        self.holds_ns + self.waits_ns + self.free_ns
    }

    /// The parts of 1 in the order holds, waits, free.
    #[must_use]
    pub fn parts(self) -> [f64; 3] {
        let whole = self.whole_ns().max(1) as f64;
        [self.holds_ns, self.waits_ns, self.free_ns].map(|ns| ns as f64 / whole)
    }

    fn plus(self, other: Self) -> Self {
        Self {
            holds_ns: self.holds_ns + other.holds_ns,
            waits_ns: self.waits_ns + other.waits_ns,
            free_ns: self.free_ns + other.free_ns,
        }
    }
}

/// How a run's threads shared the lock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GilUse {
    /// How it was seen.
    pub seen: GilSeen,
    /// Each thread, by its worker.
    pub threads: Vec<(u16, Share)>,
    /// Where each was seen waiting from outside: how long it waited by its own clocks, in nanoseconds.
    pub inferred_waits_ns: Option<Vec<u64>>,
}

impl GilUse {
    /// That of a run; `None` where there is no such lock, or the run did not end by itself: what its threads were in the
    /// middle of is not known.
    #[must_use]
    pub fn of(run: &RunReport) -> Option<Self> {
        let seen = run.gil.filter(|_| run.ending == Ending::Complete)?;
        let share = |tally: &Tally| {
            let holds_ns = tally.state_ns(State::Compute).saturating_sub(tally.outside_gil_ns) + tally.kept_gil_ns;
            let waits_ns = tally.seen_lock_ns.unwrap_or_else(|| inferred_ns(tally));
            Share { holds_ns, waits_ns, free_ns: run.wall_ns.saturating_sub(holds_ns + waits_ns) }
        };
        let threads = run.workers.iter().map(|tally| (tally.worker, share(tally))).collect();
        let is_seen = run.workers.iter().any(|tally| tally.seen_lock_ns.is_some());
        let inferred_waits_ns = is_seen.then(|| run.workers.iter().map(inferred_ns).collect());
        Some(Self { seen, threads, inferred_waits_ns })
    }

    /// All threads together.
    #[must_use]
    pub fn total(&self) -> Share {
        self.threads.iter().fold(Share::default(), |sum, (_, share)| sum.plus(*share))
    }
}

/// How long a thread waited for the lock within its steps, by what was recorded or its clocks say.
fn inferred_ns(tally: &Tally) -> u64 {
    tally.state_ns(State::WaitLock).saturating_sub(tally.other_lock_ns)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        report::TaskCounts,
        scenario::{Lane, Model},
    };

    fn run(gil: Option<GilSeen>) -> RunReport {
        let worker = |number, compute, outside, waits| {
            let mut tally = Tally::new(number);
            tally.add_state(State::Compute, compute);
            tally.add_state(State::WaitLock, waits);
            tally.outside_gil_ns = outside;
            tally
        };
        RunReport {
            lane: Lane::native(Model::Gil),
            ending: Ending::Complete,
            wall_ns: 100,
            tasks: TaskCounts::default(),
            workers: vec![worker(0, 60, 0, 30), worker(1, 50, 20, 0)],
            dropped: 0,
            counter: None,
            clock_resolution_ns: 1,
            notes: Vec::new(),
            gil,
            broke_at: None,
        }
    }

    #[test]
    fn what_is_not_held_or_waited_for_is_free() {
        let both = GilUse::of(&run(Some(GilSeen::Recorded))).expect("a lock");
        let share = |holds_ns, waits_ns, free_ns| Share { holds_ns, waits_ns, free_ns };
        assert_eq!(both.threads, [(0, share(60, 30, 10)), (1, share(30, 0, 70))]);
        assert_eq!(both.total(), share(90, 30, 80));
        assert_eq!(both.total().parts(), [0.45, 0.15, 0.4]);
    }

    #[test]
    fn what_was_seen_from_outside_counts_and_what_clocks_say_stands_beside_it() {
        let mut looked_at = run(Some(GilSeen::Sampled));
        looked_at.workers[0].seen_lock_ns = Some(35);
        looked_at.workers[1].seen_lock_ns = Some(10);
        let used = GilUse::of(&looked_at).expect("a lock");
        let waits: Vec<u64> = used.threads.iter().map(|(_, share)| share.waits_ns).collect();
        assert_eq!((waits, used.inferred_waits_ns), (vec![35, 10], Some(vec![30, 0])));
        assert_eq!(GilUse::of(&run(Some(GilSeen::Recorded))).expect("a lock").inferred_waits_ns, None);
    }

    #[test]
    fn of_a_run_that_was_cut_off_nothing_is_said() {
        assert_eq!(GilUse::of(&RunReport { ending: Ending::Cancelled, ..run(Some(GilSeen::Recorded)) }), None);
    }

    #[test]
    fn without_a_lock_there_is_nothing_to_say() {
        assert_eq!(GilUse::of(&run(None)), None);
        assert_eq!(Share::default().parts(), [0.0; 3]);
    }
}
