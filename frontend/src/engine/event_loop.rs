//! The engine's event loop: async, and hybrid with rayon's threads beside it.
//!
//! What is done on the loop is [`lanes_core::run::event_loop`]'s; here are the browser's promises, timers and threads.

use std::{
    cell::RefCell,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use futures::channel::oneshot;
use gloo_timers::future::TimeoutFuture;
use lanes_core::{
    plan::FetchAction,
    run::{
        event_loop,
        outcome::LaneEnd,
        task::{Work, Worked},
        worker::Worker,
        world::{AsyncWorld, Fetched, StepError, World},
    },
};

use super::{
    lane::{Run, Shared},
    net::{self, Timer},
    world::BrowserWorld,
};

/// How often frames are looked after while every slot waits.
const WAKE_MS: u32 = 30;

/// The browser's world as the loop sees it; it never leaves its thread.
struct LoopWorld {
    shared: Arc<Shared>,
    timer: Timer,
    /// The pool's threads, in the hybrid lane.
    pool: Option<Arc<Vec<Mutex<Worker>>>>,
}

pub(super) async fn run(run: &Run) -> LaneEnd {
    let (mut shared, recorders, mut reporter) = run.begin();
    shared.start(&mut reporter);
    let mut recorders = recorders.into_iter();
    let Some(own) = recorders.next() else { return LaneEnd::default() };
    let pool: Vec<Mutex<Worker>> = recorders.map(|recorder| Mutex::new(Worker::new(recorder))).collect();
    let timer = Timer::new(shared.world.clock);
    let world = LoopWorld { shared: Arc::new(*shared), timer, pool: (!pool.is_empty()).then(|| Arc::new(pool)) };
    let (reporter, plan) = (RefCell::new(reporter), &world.shared.plan);
    let tick = |ended| {
        world.shared.queue.set_ended(ended);
        reporter.borrow_mut().tick(world.thread().now_ns(), ended);
    };
    // Sends frames while the slots wait; ends only when the run is cancelled.
    let stop = async {
        while !world.thread().is_cancelled() {
            TimeoutFuture::new(WAKE_MS).await;
            tick(world.shared.queue.ended());
        }
    };
    let end = event_loop::run(&world, plan, own, tick, stop).await;
    let mut workers = vec![end.tally];
    for worker in world.pool.iter().flat_map(|pool| pool.iter()) {
        workers.push(worker.lock().unwrap_or_else(PoisonError::into_inner).recorder.take_tally());
    }
    let mut reporter = reporter.into_inner();
    reporter.finish(end.wall_ns, world.shared.queue.ended());
    run.over(&reporter, world.thread().counter().value());
    LaneEnd { wall_ns: end.wall_ns, workers, abandoned: end.abandoned, ..LaneEnd::default() }
}

impl AsyncWorld for LoopWorld {
    type Thread = BrowserWorld;

    /// The standard holds timers that are set by timers to 4 ms, so a loop that had nothing else to do may come back so late.
    const LATE_NS: u64 = 4_000_000;

    fn thread(&self) -> &BrowserWorld {
        &self.shared.world
    }

    async fn fetch_async(&self, action: &FetchAction<'_>, body: &mut Vec<u8>) -> Fetched {
        let world = &self.shared.world;
        let asked = (&world.network, &world.server);
        let (ended, woken) = net::fetch(asked, world.clock, &self.timer, action, body).await;
        Fetched { ended: ended.map_err(StepError::Fetch), woken }
    }

    async fn read_async(&self, task: u32, bytes: &mut Vec<u8>) -> Result<(), StepError> {
        match self.shared.world.file.url(task)? {
            Some(url) => net::read(url, bytes).await,
            None => Ok(()),
        }
    }

    async fn sleep(&self, ns: u64) {
        self.timer.sleep(Duration::from_nanos(ns)).await;
    }

    fn has_pool(&self) -> bool {
        self.pool.is_some()
    }

    async fn offload(&self, work: Work) -> Option<Worked> {
        let (answer, answered) = oneshot::channel();
        let (pool, shared) = (Arc::clone(self.pool.as_ref()?), Arc::clone(&self.shared));
        rayon::spawn(move || {
            let thread = rayon::current_thread_index().expect("spawned on the pool");
            let mut worker = pool[thread].lock().unwrap_or_else(PoisonError::into_inner);
            let worked = work.run(&shared.plan, &shared.world, &mut worker);
            drop(worker);
            let _ = answer.send(worked);
        });
        // The sender is dropped without an answer only when the pool is gone, and then the engine is.
        answered.await.ok()
    }
}
