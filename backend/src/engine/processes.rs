//! Processes: workers that get their work in chunks and share nothing.
//!
//! Everything that can happen to a process is [`crate::pool`]'s; this file turns chunks of tasks into messages and
//! answers into totals and spans. The parent has a row of its own in the timeline, after the workers': making
//! messages and reading files is work.

use std::{
    ops::Range,
    sync::{Arc, atomic::Ordering::Relaxed},
    time::{Duration, Instant},
};

use lanes_core::{
    scenario::limits,
    trace::{NO_TASK, Recorder, Span, State, Tally},
    work::World,
};

use super::{Done, Shared, memory};
use crate::{
    pool::{self, Pool, Settings},
    worker::{About, Answer, Request},
};

/// Sentences on lost workers that a report has room for.
const MOST_LOSSES: usize = 10;

struct Parent<'a> {
    shared: &'a Shared,
    recorder: Recorder,
    tallies: Vec<Tally>,
    broken_off: u64,
    losses: Vec<String>,
    more_losses: u64,
}

pub(crate) fn run(shared: &Arc<Shared>, recorder: Recorder, pool: &mut Pool, settings: &Settings) -> Done {
    if let Some(file) = &shared.world.file
        && let Some(task) = (0..shared.plan.tasks()).find(|t| file.share_bytes(*t) > limits::MAX_FILE_CHUNK_BYTES)
    {
        let most = limits::MAX_FILE_CHUNK_BYTES >> 20;
        let why = format!("the share of task {task} is more than {most} MiB, the most that one may be: use more tasks");
        return Done { broken: Some(why), ..Done::default() };
    }
    let workers = settings.workers;
    for worker in 0..workers {
        if let Some(process) = pool.process_id(worker) {
            memory::reset_peak(&process.to_string());
        }
    }
    let mut parent = Parent {
        shared,
        recorder,
        tallies: (0..workers).map(Tally::new).collect(),
        broken_off: 0,
        losses: Vec::new(),
        more_losses: 0,
    };
    let waker = pool.waker();
    let _hook = shared.world.cancel.on_cancel(move || waker.wake());
    let outcome = pool.run(shared.plan.tasks(), settings, &mut parent, || shared.world.is_cancelled());
    parent.end(outcome)
}

impl Parent<'_> {
    fn end(mut self, outcome: pool::Outcome) -> Done {
        let wall_ns = self.ns(outcome.ended);
        for task in &outcome.quarantined {
            let why = format!("task {task} took every worker with it that it was given to, and was set aside");
            self.tallies[0].task_failed(*task, why, 0);
        }
        let longest = outcome.longest_chunk;
        let mut notes = self.losses;
        if self.more_losses > 0 {
            notes.push(format!("{} more workers were lost and replaced", self.more_losses));
        }
        notes.push(format!("chunks of up to {longest} {}", if longest == 1 { "task" } else { "tasks" }));
        self.tallies.push(self.recorder.take_tally());
        Done {
            wall_ns,
            workers: self.tallies,
            in_flight: outcome.in_flight + self.broken_off,
            retried: outcome.retried,
            notes,
            broken: match outcome.ending {
                pool::Ending::Broken(why) => Some(why),
                pool::Ending::Complete | pool::Ending::Cancelled => None,
            },
        }
    }

    /// A moment on the run's clock.
    fn ns(&self, moment: Instant) -> u64 {
        self.shared.world.now_ns().saturating_sub(moment.elapsed().as_nanos() as u64)
    }

    fn add(&mut self, span: Span) {
        let tally = &mut self.tallies[usize::from(span.worker)];
        tally.add_state(span.state, span.duration_ns());
        tally.recorded += 1;
        if self.shared.recording {
            self.shared.board.add(&[span], 0);
        }
    }
}

impl pool::Job for Parent<'_> {
    fn about(&mut self, worker: u16) -> Vec<u8> {
        let about = About {
            worker,
            scenario: self.shared.plan.scenario().to_json(),
            zero_ns: self.shared.world.clock.zero_ns,
            network: self.shared.world.network.clone(),
            recording: self.shared.recording,
        };
        postcard::to_allocvec(&about).expect("plain data, and the buffer grows")
    }

    fn request(&mut self, worker: u16, tasks: Range<u32>, out: &mut Vec<u8>) -> Result<(), String> {
        let Shared { world, .. } = self.shared;
        let (start, length_before) = (world.now_ns(), out.len());
        let mut payload = Vec::new();
        let mut shares = Vec::new();
        if let Some(file) = &world.file {
            for task in tasks.clone() {
                shares.push(file.share_bytes(task) as u32);
                file.read(task, &mut payload)?;
            }
        }
        let request = Request { first: tasks.start, end: tasks.end, posted_ns: world.now_ns(), shares };
        *out = postcard::to_extend(&request, std::mem::take(out)).expect("plain data, and the buffer grows");
        out.extend_from_slice(&payload);
        self.tallies[usize::from(worker)].payload_bytes += (out.len() - length_before) as u64;
        self.recorder.span(0, NO_TASK, State::Serialise, start, world.now_ns());
        Ok(())
    }

    fn answer(&mut self, worker: u16, _: Range<u32>, answer: &[u8]) -> Result<u64, String> {
        let start = self.shared.world.now_ns();
        let Answer { took_ns, broken_off, tally, spans, dropped } =
            postcard::from_bytes(answer).map_err(|error| format!("damaged ({error})"))?;
        let mine = &mut self.tallies[usize::from(worker)];
        mine.merge(&tally);
        mine.payload_bytes += answer.len() as u64;
        self.broken_off += u64::from(broken_off);
        self.shared.board.add(&spans, dropped);
        self.recorder.span(0, NO_TASK, State::Serialise, start, self.shared.world.now_ns());
        Ok(took_ns)
    }

    fn started(&mut self, worker: u16, process: u32, took: Duration) {
        let end_ns = self.shared.world.now_ns();
        let start_ns = end_ns.saturating_sub(took.as_nanos() as u64);
        self.add(Span { worker, slot: 0, task: NO_TASK, state: State::StartUp, start_ns, end_ns });
        let _ = process;
    }

    fn lost(&mut self, worker: u16, in_hand: Option<Range<u32>>, since: Instant, why: &str) {
        if let Some(tasks) = in_hand {
            let (start_ns, end_ns) = (self.ns(since), self.shared.world.now_ns());
            self.add(Span { worker, slot: 0, task: tasks.start, state: State::Lost, start_ns, end_ns });
        }
        if self.losses.len() < MOST_LOSSES {
            self.losses.push(format!("worker {worker} was lost ({why}) and replaced"));
        } else {
            self.more_losses += 1;
        }
    }

    fn leaves(&mut self, worker: u16, process: u32) {
        // Of several processes that had a worker's place one after another, the largest.
        let peak = memory::peak_rss_bytes(&process.to_string());
        let tally = &mut self.tallies[usize::from(worker)];
        tally.peak_rss_bytes = tally.peak_rss_bytes.max(peak);
    }

    fn progress(&mut self, ended: u64) {
        self.shared.board.ended.store(ended, Relaxed);
    }
}
