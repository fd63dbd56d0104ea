//! Blocking calls: the sequential lane on the engine's own thread, and threads that share memory, which are rayon's on Web
//! Workers, with or without the modelled interpreter lock.
//!
//! ```text
//! engine's thread ── spawn_broadcast ──▶ worker k: lanes_core::run::blocking
//!        └── wakes every few ms: drains the rings, sends a frame
//! ```
//!
//! The engine's own thread does no task of the threads' lanes. It sleeps between frames, so K workers have K threads.

use std::{
    sync::{Arc, Condvar, Mutex, PoisonError},
    time::Duration,
};

use lanes_core::{
    run::{
        blocking::{ThreadEnd, run_tasks},
        outcome::LaneEnd,
        worker::Worker,
        world::World,
    },
    trace::Recorder,
};

use super::lane::{Run, Shared};

/// How often the engine's thread looks at the rings.
const WAKE: Duration = Duration::from_millis(20);

/// What the workers of a run share beside its world.
struct Team {
    shared: Arc<Shared>,
    /// Each worker's recorder, until it takes it.
    recorders: Mutex<Vec<Option<Recorder>>>,
    /// The workers that have ended.
    finished: Mutex<Vec<ThreadEnd>>,
    /// One more has ended.
    one_more: Condvar,
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The sequential lane.
pub(super) fn run_one(run: &Run) -> LaneEnd {
    let (mut shared, mut recorders, mut reporter) = run.begin();
    // Nobody else has it: t = 0 is when the work begins.
    shared.start(&mut reporter);
    let Shared { plan, world, queue, .. } = &*shared;
    let worker = Worker::new(recorders.remove(0));
    let end = run_tasks(world, plan, queue, worker, || reporter.tick(world.now_ns(), queue.ended()));
    reporter.finish(end.ended_ns, queue.ended());
    run.over(&reporter, world.counter().value());
    LaneEnd { wall_ns: end.ended_ns, workers: vec![end.tally], abandoned: queue.abandoned(), ..LaneEnd::default() }
}

/// The threads and gil lanes.
pub(super) fn run(run: &Run) -> LaneEnd {
    let (mut shared, recorders, mut reporter) = run.begin();
    let workers = recorders.len();
    shared.start(&mut reporter);
    let shared = Arc::new(*shared);
    let team = Arc::new(Team {
        recorders: Mutex::new(recorders.into_iter().map(Some).collect()),
        finished: Mutex::default(),
        one_more: Condvar::new(),
        shared: Arc::clone(&shared),
    });
    let members = Arc::clone(&team);
    rayon::spawn_broadcast(move |context| members.work(context.index()));

    let Shared { world, queue, .. } = &*shared;
    let mut finished = lock(&team.finished);
    while finished.len() < workers {
        finished = team.one_more.wait_timeout(finished, WAKE).unwrap_or_else(PoisonError::into_inner).0;
        reporter.tick(world.now_ns(), queue.ended());
    }
    let mut ends = std::mem::take(&mut *finished);
    drop(finished);
    ends.sort_by_key(|end| end.tally.worker);
    let wall_ns = ends.iter().map(|end| end.ended_ns).max().unwrap_or_default();
    reporter.finish(wall_ns, queue.ended());
    run.over(&reporter, world.counter().value());
    LaneEnd {
        wall_ns,
        workers: ends.into_iter().map(|end| end.tally).collect(),
        abandoned: queue.abandoned(),
        ..LaneEnd::default()
    }
}

impl Team {
    /// One worker, from its first task to its last.
    fn work(&self, worker: usize) {
        let Some(recorder) = lock(&self.recorders).get_mut(worker).and_then(Option::take) else { return };
        let Shared { plan, world, queue, .. } = &*self.shared;
        let end = run_tasks(world, plan, queue, Worker::new(recorder), || {});
        lock(&self.finished).push(end);
        self.one_more.notify_one();
    }
}
