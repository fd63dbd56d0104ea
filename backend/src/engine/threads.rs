//! Threads that share memory, with or without the modelled interpreter lock.
//!
//! ```text
//! lane's thread ── starts K ──▶ thread k: take the next number, do the task, again
//!        └── waits for them
//! ```
//!
//! Plain threads of the operating system, started by the run as `ThreadPoolExecutor` starts its own; how long that
//! takes is drawn.

use std::{
    sync::atomic::{AtomicU32, AtomicU64, Ordering::Relaxed},
    thread,
};

use lanes_core::{
    trace::{Recorder, Tally},
    work::{Hand, World, do_task, record_start_up},
};

use super::{Done, Shared};

/// What the threads of a run share beside its world.
struct Team<'a> {
    shared: &'a Shared,
    /// The next task that nobody has.
    next: AtomicU32,
    in_flight: AtomicU64,
}

pub(crate) fn run(shared: &Shared, recorders: Vec<Recorder>) -> Done {
    let team = &Team { shared, next: AtomicU32::new(0), in_flight: AtomicU64::new(0) };
    let ended: Vec<Result<(Tally, u64), String>> = thread::scope(|scope| {
        let started: Vec<_> = recorders
            .into_iter()
            .map(|recorder| {
                let asked_ns = shared.world.now_ns();
                let name = format!("lane-{}", recorder.worker());
                thread::Builder::new().name(name).spawn_scoped(scope, move || team.work(recorder, asked_ns))
            })
            .collect();
        started
            .into_iter()
            .map(|thread| match thread {
                Ok(thread) => thread.join().map_err(|_| "a thread panicked".to_owned()),
                Err(error) => Err(format!("a thread could not be started ({error}); try fewer workers")),
            })
            .collect()
    });
    let mut done = Done { in_flight: team.in_flight.load(Relaxed), ..Done::default() };
    for thread in ended {
        match thread {
            Ok((tally, ended_ns)) => {
                done.workers.push(tally);
                done.wall_ns = done.wall_ns.max(ended_ns);
            }
            Err(why) => done.broken = Some(why),
        }
    }
    done
}

impl Team<'_> {
    /// One thread, from its first task to its last.
    fn work(&self, recorder: Recorder, asked_ns: u64) -> (Tally, u64) {
        let Shared { plan, world, board, .. } = self.shared;
        let mut hand = Hand::new(recorder);
        record_start_up(&mut hand, asked_ns, world.now_ns());
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
            board.ended.fetch_add(1, Relaxed);
        }
        hand.drop_gil(world);
        (hand.recorder.take_tally(), world.now_ns())
    }
}
