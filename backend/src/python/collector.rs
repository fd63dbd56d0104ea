//! Reads the thread logs of a program that runs on this machine, as they are written, for core's trace collector.

use std::{
    collections::HashSet,
    ffi::OsString,
    fs, io,
    ops::{Deref, DerefMut},
    path::PathBuf,
};

use lanes_core::{
    collector::{self, Alone, told},
    plan::Plan,
    scenario::Model,
    trace::{Failure, Span, Tally},
};
use rustix::process::{Pid, test_kill_process};

use super::{
    sampler::{Sampler, Wanted},
    thread_log::ThreadLog,
};

/// Fewer looks say little of what they are taken of.
const FEW_LOOKS: u64 = 4;

/// From so many looks on, and so many a second, they say more of a run than the threads' own clocks.
const ENOUGH_LOOKS: u64 = 200;
const ENOUGH_A_SECOND: f64 = 500.0;

/// How threads were looked at from outside.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Looked {
    /// Times a second.
    pub(super) rate: f64,
    /// The part of a processor's time that it took.
    pub(super) cost: f64,
    /// How often one of them was found blocked in an item.
    pub(super) blocked: u64,
}

/// The collector of one run, with the files that it is fed from.
#[derive(Debug)]
pub(super) struct TraceCollector {
    collector: collector::TraceCollector,
    model: Model,
    folder: PathBuf,
    known: HashSet<OsString>,
    logs: Vec<ThreadLog>,
    /// What looks at its threads meanwhile, where they share a lock and that can be seen.
    sampler: Option<Sampler>,
}

impl Deref for TraceCollector {
    type Target = collector::TraceCollector;

    fn deref(&self) -> &Self::Target {
        &self.collector
    }
}

impl DerefMut for TraceCollector {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.collector
    }
}

impl TraceCollector {
    /// Collects what is written into `folder`.
    pub(super) fn new(folder: PathBuf, model: Model, leader: u32, plan: &Plan, alone: &Alone) -> Self {
        Self {
            collector: collector::TraceCollector::new(model, leader, plan, alone),
            model,
            folder,
            known: HashSet::new(),
            logs: Vec::new(),
            sampler: None,
        }
    }

    /// What is to be seen of the threads from outside, if anything.
    pub(super) fn wants_looks(&self) -> Option<Wanted> {
        match self.model {
            _ if self.collector.shares_lock() => Some(Wanted::Moments),
            Model::Threads if !self.collector.calls_own() => Some(Wanted::Total),
            _ => None,
        }
    }

    /// Whether the lanes' own steps were looked at often enough to say how long each thread waited for the lock.
    pub(super) fn sees_lock(&self) -> bool {
        let is_enough = |sampler: &Sampler| sampler.count() >= ENOUGH_LOOKS && sampler.rate() >= ENOUGH_A_SECOND;
        self.wants_looks() == Some(Wanted::Total) && self.sampler.as_ref().is_some_and(is_enough)
    }

    /// Somebody looks at the threads from now on.
    pub(super) fn watch(&mut self, sampler: Option<Sampler>) {
        self.sampler = sampler;
    }

    /// How the threads were looked at; nothing where nobody looked.
    pub(super) fn looks(&self) -> Option<Looked> {
        let sampler = self.sampler.as_ref()?;
        let blocked: u64 = self.collector.threads().map(|(number, _)| sampler.all(number).blocked).sum();
        Some(Looked { rate: sampler.rate(), cost: sampler.cost(), blocked })
    }

    /// Reads what is new, to the end of `spans`; whether there was anything.
    ///
    /// # Errors
    /// When a file cannot be read.
    pub(super) fn look(&mut self, spans: &mut Vec<Span>) -> io::Result<bool> {
        self.open_new()?;
        let Self { collector, logs, sampler, .. } = self;
        let lock_part = |number, start_ns, end_ns| sampled_part(sampler.as_ref()?, number, start_ns, end_ns);
        let mut any = false;
        for (thread, log) in logs.iter_mut().enumerate() {
            log.read_header()?;
            collector.update(thread, log.header);
            log.read(|record| {
                any = true;
                collector.take(thread, &record, lock_part, spans);
            })?;
        }
        Ok(any)
    }

    fn open_new(&mut self) -> io::Result<()> {
        let mut new = Vec::new();
        for entry in fs::read_dir(&self.folder)? {
            let entry = entry?;
            let name = entry.file_name();
            if self.known.contains(&name) || !name.to_string_lossy().ends_with(".spans") {
                continue;
            }
            let mut log = ThreadLog::open(&entry.path())?;
            if log.read_header()?
                && let Some(start) = log.first_start().or_else(|| self.collector.begun_first(&log.header))
            {
                new.push((start, name, log));
            }
        }
        // In the order of what they did first, however they are listed.
        new.sort_by_key(|(start, ..)| *start);
        for (_, name, log) in new {
            let number = name.to_string_lossy().split('-').nth(1).and_then(|number| number.parse().ok()).unwrap_or(0);
            self.collector.add(log.header, number, is_there);
            self.logs.push(log);
            self.known.insert(name);
        }
        Ok(())
    }

    /// The totals, at the end. `memory` is what the first process said of its own peak.
    pub(super) fn tallies(self, memory: u64) -> Vec<Tally> {
        let mut reasons = self.reasons();
        let sampler = self.sampler.as_ref().filter(|_| self.sees_lock());
        let seen: Vec<(u16, u64)> = sampler.map_or_else(Vec::new, |sampler| {
            self.collector.threads().map(|(number, row)| (row, sampler.lock_ns(number).unwrap_or(0))).collect()
        });
        let mut tallies = self.collector.tallies(memory, &mut reasons);
        for (row, ns) in seen {
            *tallies[usize::from(row)].seen_lock_ns.get_or_insert(0) += ns;
        }
        tallies
    }

    /// Why tasks failed, as far as it was written down.
    fn reasons(&self) -> Vec<Failure> {
        let files = fs::read_dir(&self.folder).into_iter().flatten().flatten();
        let texts = files
            .filter(|entry| entry.file_name().to_string_lossy().ends_with(".failures"))
            .filter_map(|entry| fs::read_to_string(entry.path()).ok());
        let mut reasons = Vec::new();
        for text in texts {
            reasons.extend(text.lines().filter_map(told::failure));
        }
        reasons
    }
}

/// The part of a blocked time in which a thread waited for the lock; of a time in which it was hardly looked at, that of all
/// times before.
fn sampled_part(sampler: &Sampler, thread: u32, start_ns: u64, end_ns: u64) -> Option<f64> {
    let looks = sampler.between(thread, start_ns, end_ns);
    let enough = if looks.blocked >= FEW_LOOKS { looks } else { sampler.all(thread) };
    enough.lock_part()
}

fn is_there(process: u32) -> bool {
    let pid = i32::try_from(process).ok().and_then(Pid::from_raw);
    pid.is_some_and(|pid| test_kill_process(pid).is_ok())
}

#[cfg(test)]
mod tests;
