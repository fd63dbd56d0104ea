//! Reads the thread logs of a program that runs on this machine, as they are written, for core's trace collector.

use std::{
    collections::HashSet,
    ffi::OsString,
    fs, io,
    ops::{Deref, DerefMut},
    path::PathBuf,
};

use lanes_core::{
    collector::{self, Alone},
    plan::Plan,
    scenario::Model,
    trace::{Span, Tally},
};
use rustix::process::{Pid, test_kill_process};

use super::{sampler::Sampler, thread_log::ThreadLog};

/// Fewer looks say little of what they are taken of.
const FEW_LOOKS: u64 = 4;

/// The collector of one run, with the files that it is fed from.
#[derive(Debug)]
pub(super) struct TraceCollector {
    collector: collector::TraceCollector,
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
            folder,
            known: HashSet::new(),
            logs: Vec::new(),
            sampler: None,
        }
    }

    /// Somebody looks at the threads from now on.
    pub(super) fn watch(&mut self, sampler: Option<Sampler>) {
        self.sampler = sampler;
    }

    /// How often a second the threads were looked at, and how often one of them was found blocked; nothing where nobody looked.
    pub(super) fn looks(&self) -> Option<(f64, u64)> {
        let sampler = self.sampler.as_ref()?;
        let blocked: u64 = self.collector.numbers().map(|number| sampler.all(number).blocked).sum();
        Some((sampler.rate(), blocked))
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
        self.collector.tallies(memory, &mut reasons)
    }

    /// Why tasks failed, as far as it was written down.
    fn reasons(&self) -> Vec<(u32, String)> {
        let files = fs::read_dir(&self.folder).into_iter().flatten().flatten();
        let texts = files
            .filter(|entry| entry.file_name().to_string_lossy().ends_with(".failures"))
            .filter_map(|entry| fs::read_to_string(entry.path()).ok());
        let mut reasons = Vec::new();
        for text in texts {
            let lines = text.lines().filter_map(|line| line.split_once('\t'));
            reasons.extend(lines.filter_map(|(task, why)| Some((task.parse().ok()?, why.to_owned()))));
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
