//! Threads that share memory: rayon on Web Workers, with or without the modelled interpreter lock.
//!
//! ```text
//! engine's thread ── spawn_broadcast ──▶ worker k: take the next number, do the task, again
//!        └── wakes every few ms: drains the rings, sends a frame
//! ```
//!
//! The engine's own thread does no task. It sleeps between frames, so K workers have K threads.

use std::{
    sync::{
        Arc, Condvar, Mutex, PoisonError,
        atomic::{AtomicU32, AtomicU64, Ordering::Relaxed},
    },
    time::Duration,
};

use lanes_core::{
    trace::{Recorder, Tally, recorder},
    work::{Hand, World, do_task},
};

use super::{Done, Shared, ending, reporter::Reporter};

/// How often the engine's thread looks at the rings.
const WAKE: Duration = Duration::from_millis(20);

/// What the workers of a run share beside its world.
struct Team {
    shared: Arc<Shared>,
    /// The next task that nobody has.
    next: AtomicU32,
    ended: AtomicU64,
    in_flight: AtomicU64,
    /// Each worker's recorder, until it takes it.
    recorders: Mutex<Vec<Option<Recorder>>>,
    /// The tallies of the workers that have ended, and when the last one did.
    finished: Mutex<(Vec<Tally>, u64)>,
    /// One more has ended.
    one_more: Condvar,
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

pub(crate) async fn run(shared: Arc<Shared>, workers: u16) -> Done {
    let ring = shared.plan.ring_capacity(workers);
    let (recorders, drains): (Vec<_>, Vec<_>) =
        (0..workers).map(|worker| recorder(worker, ring)).map(|(r, d)| (Some(r), d)).unzip();
    let mut shared = shared;
    // Nobody else has it yet: t = 0 is when the work begins, not when the rings were being made.
    if let Some(only) = Arc::get_mut(&mut shared) {
        only.world.clock = super::clock::Clock::start();
    }
    let team = Arc::new(Team {
        next: AtomicU32::new(0),
        ended: AtomicU64::new(0),
        in_flight: AtomicU64::new(0),
        recorders: Mutex::new(recorders),
        finished: Mutex::new((Vec::new(), 0)),
        one_more: Condvar::new(),
        shared: Arc::clone(&shared),
    });
    let world = &shared.world;
    let mut reporter = Reporter::new(shared.run, world.clock, drains);
    reporter.started(workers);
    let members = Arc::clone(&team);
    rayon::spawn_broadcast(move |context| members.work(context.index()));

    let mut finished = lock(&team.finished);
    while finished.0.len() < usize::from(workers) {
        finished = team.one_more.wait_timeout(finished, WAKE).unwrap_or_else(PoisonError::into_inner).0;
        reporter.tick(world.now_ns(), team.ended.load(Relaxed));
    }
    let (mut tallies, wall_ns) = std::mem::take(&mut *finished);
    drop(finished);
    tallies.sort_by_key(|tally| tally.worker);
    reporter.finish(wall_ns, team.ended.load(Relaxed));
    Done {
        ending: ending(world),
        wall_ns,
        workers: tallies,
        in_flight: team.in_flight.load(Relaxed),
        retried: 0,
        dropped: reporter.dropped(),
        counted: world.counter().value(),
        notes: Vec::new(),
    }
}

impl Team {
    /// One worker, from its first task to its last.
    fn work(&self, worker: usize) {
        let Some(recorder) = lock(&self.recorders)[worker].take() else { return };
        let Shared { plan, world, .. } = &*self.shared;
        let mut hand = Hand::new(recorder);
        let mut bytes = Vec::new();
        while !world.is_cancelled() {
            let task = self.next.fetch_add(1, Relaxed);
            if task >= plan.tasks() {
                break;
            }
            if do_task(world, plan, task, &mut hand, &mut bytes).is_err() {
                self.in_flight.fetch_add(1, Relaxed);
                break;
            }
            self.ended.fetch_add(1, Relaxed);
        }
        hand.drop_gil(world);
        let now = world.now_ns();
        let mut finished = lock(&self.finished);
        finished.0.push(hand.recorder.take_tally());
        finished.1 = finished.1.max(now);
        self.one_more.notify_one();
    }
}
