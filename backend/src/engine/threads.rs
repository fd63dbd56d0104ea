//! Threads that share memory, with or without the modelled interpreter lock; one of them is the sequential lane.
//!
//! ```text
//! lane's thread ── starts K ──▶ thread k: lanes_core::run::blocking
//!        └── waits for them
//! ```
//!
//! Plain threads of the operating system, started by the run as `ThreadPoolExecutor` starts its own; how long that
//! takes is drawn.

use std::{io, thread};

use lanes_core::{
    run::{
        blocking::{TaskQueue, ThreadEnd, run_tasks},
        outcome::LaneEnd,
        worker::Worker,
        world::World,
    },
    trace::Recorder,
};

use super::shared::Shared;

/// Why a thread of a lane came to nothing.
#[derive(Debug, thiserror::Error)]
pub(super) enum ThreadError {
    #[error("a thread could not be started ({0}); try fewer workers")]
    NotStarted(io::Error),
    #[error("a thread panicked; please report this")]
    Panicked,
}

/// The sequential lane: everything on the lane's own thread.
pub(super) fn run_one(shared: &Shared, recorder: Recorder) -> LaneEnd {
    let end = run_tasks(&shared.world, &shared.plan, &shared.queue, Worker::new(recorder), || {});
    LaneEnd {
        wall_ns: end.ended_ns,
        workers: vec![end.tally],
        abandoned: shared.queue.abandoned(),
        ..LaneEnd::default()
    }
}

pub(super) fn run(shared: &Shared, recorders: Vec<Recorder>) -> LaneEnd {
    let ended: Vec<Result<ThreadEnd, ThreadError>> = thread::scope(|scope| {
        let started: Vec<_> = recorders
            .into_iter()
            .map(|recorder| {
                let asked_ns = shared.world.now_ns();
                let name = format!("lane-{}", recorder.worker());
                thread::Builder::new().name(name).spawn_scoped(scope, move || {
                    let mut worker = Worker::new(recorder);
                    worker.started_up(asked_ns, shared.world.now_ns());
                    run_tasks(&shared.world, &shared.plan, &shared.queue, worker, || {})
                })
            })
            .collect();
        started
            .into_iter()
            .map(|thread| match thread {
                Ok(thread) => thread.join().map_err(|_| ThreadError::Panicked),
                Err(error) => Err(ThreadError::NotStarted(error)),
            })
            .collect()
    });
    let queue: &TaskQueue = &shared.queue;
    let mut lane = LaneEnd { abandoned: queue.abandoned(), ..LaneEnd::default() };
    for thread in ended {
        match thread {
            Ok(end) => {
                lane.workers.push(end.tally);
                lane.wall_ns = lane.wall_ns.max(end.ended_ns);
            }
            Err(error) => lane.broken = Some(error.to_string()),
        }
    }
    lane
}
