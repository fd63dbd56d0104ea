//! One event loop of tokio's on the lane's thread: async, and hybrid with a pool of threads beside it.
//!
//! What is done on the loop is [`lanes_core::run::event_loop`]'s; here are the runtime, the timer and the pool.
//!
//! ```text
//! lane's thread ── tokio, current thread ── slots ──Job──▶ channel ──▶ thread k: Work::run
//!                                             └──◀── oneshot ◀────────────┘
//! ```

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        mpsc::{self, Receiver, Sender},
    },
    thread,
    time::Duration,
};

use lanes_core::{
    plan::FetchAction,
    run::{
        event_loop,
        outcome::LaneEnd,
        task::{Work, Worked},
        worker::Worker,
        world::{AsyncWorld, BlockingWorld, Fetched, StepError, World},
    },
    trace::{Recorder, Tally},
};
use tokio::sync::{Notify, oneshot};

use super::{
    net::{LoopClient, Timer},
    shared::Shared,
    threads::ThreadError,
    world::NativeWorld,
};

/// Something for the pool to do, and where to say what came out.
struct Job {
    work: Work,
    answer: oneshot::Sender<Worked>,
}

/// The machine's world as the loop sees it; it never leaves its thread.
struct LoopWorld<'a> {
    shared: &'a Arc<Shared>,
    client: LoopClient,
    timer: Timer,
    /// The way to the pool's threads, in the hybrid lane.
    pool: Option<Sender<Job>>,
}

/// The first recorder is the loop's; the others are those of the pool's threads, if there is one.
pub(super) fn run(shared: &Arc<Shared>, recorders: Vec<Recorder>) -> LaneEnd {
    let mut recorders = recorders.into_iter();
    let Some(own) = recorders.next() else { return LaneEnd::default() };
    let pool: Vec<Recorder> = recorders.collect();
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return LaneEnd::broken(format!("no event loop: {error}")),
    };
    thread::scope(|scope| {
        let (to_pool, jobs) = mpsc::channel();
        let jobs = Arc::new(Mutex::new(jobs));
        let has_pool = !pool.is_empty();
        let mut threads = Vec::new();
        for recorder in pool {
            let (jobs, asked_ns) = (Arc::clone(&jobs), shared.world.now_ns());
            let builder = thread::Builder::new().name(format!("lane-{}", recorder.worker()));
            match builder.spawn_scoped(scope, move || serve(shared, recorder, &jobs, asked_ns)) {
                Ok(thread) => threads.push(thread),
                Err(error) => return LaneEnd::broken(ThreadError::NotStarted(error).to_string()),
            }
        }
        let mut lane = runtime.block_on(run_loop(shared, own, has_pool.then_some(to_pool)));
        // The loop has dropped its end of the channel, so the threads end.
        for thread in threads {
            match thread.join() {
                Ok(tally) => lane.workers.push(tally),
                Err(_) => lane.broken = Some(ThreadError::Panicked.to_string()),
            }
        }
        lane
    })
}

async fn run_loop(shared: &Arc<Shared>, own: Recorder, pool: Option<Sender<Job>>) -> LaneEnd {
    let cancelled = Arc::new(Notify::new());
    let notify = Arc::clone(&cancelled);
    let _hook = shared.world.cancel.on_cancel(move || notify.notify_one());
    let world = LoopWorld {
        client: LoopClient::new(shared.world.network.clone(), shared.world.clock, Arc::clone(&shared.world.server)),
        timer: Timer::new(shared.world.clock),
        pool,
        shared,
    };
    let stop = async {
        tokio::select! {
            () = cancelled.notified() => None,
            ended = world.timer.run() => ended.err(),
        }
    };
    let end = event_loop::run(&world, &shared.plan, own, |ended| shared.queue.set_ended(ended), stop).await;
    LaneEnd {
        wall_ns: end.wall_ns,
        workers: vec![end.tally],
        abandoned: end.abandoned,
        broken: end.stopped.flatten().map(|error| format!("the loop's timer broke: {error}")),
        ..LaneEnd::default()
    }
}

/// One thread of the pool, from its first job to the end of the loop.
fn serve(shared: &Shared, recorder: Recorder, jobs: &Mutex<Receiver<Job>>, asked_ns: u64) -> Tally {
    let mut worker = Worker::new(recorder);
    worker.started_up(asked_ns, shared.world.now_ns());
    loop {
        // Whoever waits for a job holds the lock, and the others wait for it.
        let job = jobs.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(Job { work, answer }) = job else { break };
        // Fails when the run was cancelled and the slot is gone.
        let _ = answer.send(work.run(&shared.plan, &shared.world, &mut worker));
    }
    worker.recorder.take_tally()
}

impl AsyncWorld for LoopWorld<'_> {
    type Thread = NativeWorld;

    fn thread(&self) -> &NativeWorld {
        &self.shared.world
    }

    async fn fetch_async(&self, action: &FetchAction<'_>, body: &mut Vec<u8>) -> Fetched {
        let (ended, woken) = self.client.fetch(&self.timer, action, body).await;
        Fetched { ended: ended.map_err(StepError::Fetch), woken }
    }

    /// On a thread kept for such calls: files cannot be waited for on a loop.
    async fn read_async(&self, task: u32, bytes: &mut Vec<u8>) -> Result<(), StepError> {
        let shared = Arc::clone(self.shared);
        let mut buffer = std::mem::take(bytes);
        let read = tokio::task::spawn_blocking(move || (shared.world.read_file(task, &mut buffer), buffer));
        let (ended, buffer) =
            read.await.unwrap_or_else(|error| (Err(StepError::Unreadable(error.to_string())), Vec::new()));
        *bytes = buffer;
        ended
    }

    async fn sleep(&self, ns: u64) {
        self.timer.sleep(Duration::from_nanos(ns)).await;
    }

    fn has_pool(&self) -> bool {
        self.pool.is_some()
    }

    async fn offload(&self, work: Work) -> Option<Worked> {
        let (answer, answered) = oneshot::channel();
        self.pool.as_ref()?.send(Job { work, answer }).ok()?;
        // The sender is dropped without an answer only when a thread panicked, which its join tells.
        answered.await.ok()
    }
}
