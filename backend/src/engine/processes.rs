//! Processes: workers that get their work in chunks and share nothing.
//!
//! Everything that can happen to a process is [`crate::pool`]'s, and what it adds up to [`lanes_core::run::parent`]'s; this
//! file turns chunks of tasks into messages and messages into answers.

use std::{
    ops::Range,
    sync::Arc,
    time::{Duration, Instant},
};

use lanes_core::{
    run::{
        dispatch::PoolError,
        isolated::{Answer, Setup},
        outcome::LaneEnd,
        parent::{self, Parent},
        world::{StepError, World},
    },
    trace::Recorder,
};

use super::{
    memory,
    progress::Progress,
    shared::Shared,
    worker_place::{self, WorkerPlace},
};
use crate::pool::{self, NoAnswer, Pool, Settings};

/// The pool's job in one run.
struct Processes<'a> {
    shared: &'a Shared,
    parent: Parent<&'a Progress>,
}

pub(super) fn run(shared: &Arc<Shared>, recorder: Recorder, pool: &mut Pool, settings: &Settings) -> LaneEnd {
    if let Some(file) = &shared.world.file
        && let Err(error) = parent::check_shares(&shared.plan, file.bytes())
    {
        return LaneEnd::broken(error.to_string());
    }
    let workers = settings.workers;
    for worker in 0..workers {
        if let Some(process) = pool.process_id(worker) {
            memory::reset_peak(&process.to_string());
        }
    }
    let mut job = Processes { shared, parent: Parent::new(workers, recorder, &shared.progress) };
    let waker = pool.waker();
    let _hook = shared.world.cancel.on_cancel(move || waker.wake());
    // The moment that tasks are due by.
    let zero = Instant::now() - Duration::from_nanos(shared.world.now_ns());
    let outcome = pool.run(&shared.plan, zero, settings, &mut job, || shared.world.is_cancelled());
    let wall_ns = job.ns(outcome.ended);
    job.parent.end(outcome.end, wall_ns)
}

impl Processes<'_> {
    /// A moment on the run's clock.
    fn ns(&self, moment: Instant) -> u64 {
        self.shared.world.now_ns().saturating_sub(moment.elapsed().as_nanos() as u64)
    }
}

impl pool::Job for Processes<'_> {
    fn setup(&mut self, worker: u16) -> Vec<u8> {
        let setup = Setup {
            worker,
            scenario: self.shared.plan.scenario().clone(),
            recording: self.shared.recording,
            place: WorkerPlace {
                zero_ns: self.shared.world.clock.zero_ns,
                network: self.shared.world.network.clone(),
                server_file: self.shared.server_file.as_ref().map(|file| file.path().to_owned()),
            },
        };
        postcard::to_allocvec(&setup).expect("plain data, and the buffer grows")
    }

    fn chunk(&mut self, worker: u16, tasks: Range<u32>, out: &mut Vec<u8>) -> Result<(), PoolError> {
        let Shared { plan, world, .. } = self.shared;
        let (start_ns, length_before) = (world.now_ns(), out.len());
        if let Some(file) = &world.file {
            for task in tasks.clone() {
                file.read(task, out).map_err(|error: StepError| PoolError::Place(error.to_string()))?;
            }
        }
        parent::write_payload(plan, tasks.clone(), out);
        let file_bytes = world.file.as_ref().map(super::world::UserFile::bytes);
        // Last, because it says when it was sent: what is in front took its time.
        let head = out.len();
        let chunk = parent::chunk(plan, tasks, file_bytes, world.now_ns());
        *out = postcard::to_extend(&chunk, std::mem::take(out)).expect("plain data, and the buffer grows");
        worker_place::end_chunk(out, head);
        let bytes = (out.len() - length_before) as u64;
        self.parent.sent(worker, bytes, start_ns, world.now_ns());
        Ok(())
    }

    fn answer(&mut self, worker: u16, _: Range<u32>, bytes: &[u8]) -> Result<u64, NoAnswer> {
        let start_ns = self.shared.world.now_ns();
        let damaged = |error: &dyn std::fmt::Display| NoAnswer(format!("damaged ({error})"));
        let (answer, beside): (Answer, &[u8]) = postcard::take_from_bytes(bytes).map_err(|error| damaged(&error))?;
        let (shared, length) = (self.shared, bytes.len() as u64);
        let took_ns = self.parent.answered(worker, (&answer, beside), length, start_ns, || shared.world.now_ns());
        took_ns.map_err(|error| damaged(&error))
    }

    fn started(&mut self, worker: u16, _: u32, since: Instant) {
        let (start_ns, end_ns) = (self.ns(since), self.shared.world.now_ns());
        self.parent.started(worker, start_ns, end_ns);
    }

    fn lost(&mut self, worker: u16, in_hand: Option<Range<u32>>, since: Instant, why: &str) {
        let since_ns = self.ns(since);
        self.parent.lost(worker, in_hand, since_ns, self.shared.world.now_ns(), why);
    }

    fn leaves(&mut self, worker: u16, process: u32) {
        self.parent.held_memory(worker, memory::peak_rss_bytes(&process.to_string()));
    }

    fn progress(&mut self, ended: u64) {
        self.shared.queue.set_ended(ended);
    }
}
