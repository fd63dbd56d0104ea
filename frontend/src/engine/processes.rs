//! Processes: isolated workers that get their work in chunks and share nothing.
//!
//! Who does what, and what it adds up to, is decided by [`lanes_core::run`] (`dispatch` and `parent`); this file starts workers,
//! sends them messages and hears them.
//!
//! ```text
//! parent (the engine's event loop) ──Chunk──▶ worker k (isolated.rs)
//!                                  ◀──Answer─
//! ```

use std::{ops::Range, pin::pin, task::Poll, time::Duration};

use futures::{
    FutureExt, StreamExt,
    future::{Either, select},
};
use gloo_timers::future::TimeoutFuture;
use lanes_core::{
    run::{
        dispatch::{Dispatcher, Limits, Order, PoolError},
        isolated::Setup,
        outcome::LaneEnd,
        parent::{self, Parent},
        world::{StepError, World},
    },
    wire::{self, Command},
};
use web_sys::FileReaderSync;

use super::{
    isolated::{FromWorker, ToWorker, parts},
    lane::{Commands, Run, Shared},
    net::{self, SharedState, Timer},
    reporter::Reporter,
    worker_set::{Heard, HeardOf, WorkerSet},
};

/// How often frames are looked after while nothing is heard of the workers.
const WAKE_MS: u32 = 30;

/// Why a worker is gone.
enum Loss {
    /// Somebody wanted to see the pool heal.
    Killed,
    /// By itself, for this reason.
    Died(String),
}

impl Loss {
    fn why(&self) -> &str {
        match self {
            Self::Killed => "it was killed on request",
            Self::Died(why) => why,
        }
    }
}

enum Happening {
    Heard(HeardOf),
    Command(Command),
    Tick,
}

/// One run of the lane.
struct Processes<'a> {
    run: &'a Run,
    shared: Shared,
    workers: &'a mut WorkerSet,
    dispatcher: Dispatcher,
    parent: Parent<Reporter>,
    /// What tasks are given, on its way into a message; a buffer to be used again.
    data: Vec<u8>,
    /// Where all workers meet one simulated server, where it has limits.
    server_state: Option<js_sys::SharedArrayBuffer>,
}

pub(super) async fn run(run: &Run, workers: &mut WorkerSet, commands: &Commands) -> LaneEnd {
    if let Some(file) = &run.file
        && let Err(error) = parent::check_shares(&run.plan, file.size() as u64)
    {
        return LaneEnd::broken(error.to_string());
    }
    let server = &run.plan.scenario().server;
    let server_state = if server.is_default() { None } else { SharedState::create(server) };
    if server_state.is_none() && !server.is_default() {
        return LaneEnd::broken(
            "without isolation the workers of this lane share no memory, not even for a simulated server with limits, so \
             each would meet one of its own: serve the page with the headers for isolation, or leave out “server”",
        );
    }
    let (mut shared, mut recorders, mut reporter) = run.begin();
    shared.start(&mut reporter);
    let limits = Limits {
        workers: run.workers,
        chunk: run.plan.scenario().chunk,
        most_in_message: run.plan.most_in_message(run.plan.scenario().chunk),
        task_deadline_ns: None,
        // The page knows how long a run may take.
        run_deadline_ns: None,
        recycle_after: None,
    };
    let processes = Processes {
        dispatcher: Dispatcher::new(&run.plan, limits, shared.world.now_ns()),
        parent: Parent::new(run.workers, recorders.remove(0), reporter),
        shared: *shared,
        workers,
        run,
        data: Vec::new(),
        server_state,
    };
    processes.serve(commands).await
}

impl Processes<'_> {
    async fn serve(mut self, commands: &Commands) -> LaneEnd {
        self.workers.make_room(self.run.workers);
        for worker in self.dispatcher.workers() {
            if self.workers.is_ready(worker) {
                self.begin(worker);
            } else {
                self.spawn(worker);
            }
        }
        let mut timer = TimeoutFuture::new(WAKE_MS);
        let due_timer = Timer::new(self.shared.world.clock);
        while !self.dispatcher.is_over() {
            let due_ns = self.dispatcher.next_due_ns();
            let until_due = due_ns.map(|due_ns| due_ns.saturating_sub(self.shared.world.now_ns()));
            let due = async {
                match until_due {
                    Some(ns) => drop(due_timer.sleep(Duration::from_nanos(ns)).await),
                    None => std::future::pending().await,
                }
            };
            let happening = match select(pin!(next(self.workers, commands, &mut timer)), pin!(due)).await {
                Either::Left((happening, _)) => happening,
                Either::Right(_) => Happening::Tick,
            };
            match happening {
                Happening::Heard(HeardOf { worker, heard }) => self.hear(worker, heard),
                Happening::Command(Command::KillWorker(worker)) => {
                    if self.workers.is_there(worker) {
                        self.lost(worker, &Loss::Killed);
                    }
                }
                Happening::Command(_) | Happening::Tick => {}
            }
            if self.shared.world.is_cancelled() {
                self.dispatcher.cancel();
                break;
            }
            let now_ns = self.shared.world.now_ns();
            let orders = self.dispatcher.look(now_ns);
            self.obey(orders);
            let ended = self.dispatcher.ended();
            self.parent.sink().tick(now_ns, ended);
        }
        self.end()
    }

    fn end(mut self) -> LaneEnd {
        let (wall_ns, ended) = (self.shared.world.now_ns(), self.dispatcher.ended());
        if self.dispatcher.workers().any(|worker| !self.dispatcher.is_idle(worker)) {
            // The only way to stop what computes; the next run starts new ones.
            self.workers.clear();
        }
        let reporter = self.parent.sink();
        reporter.finish(wall_ns, ended);
        self.run.over(reporter, self.shared.world.counter().value());
        self.parent.end(self.dispatcher.end(), wall_ns)
    }

    fn spawn(&mut self, worker: u16) {
        let started_ns = self.shared.world.now_ns();
        if let Err(error) = self.workers.spawn(&self.run.settings, worker, started_ns) {
            self.dispatcher.fail(PoolError::Place(error.to_string()));
        }
    }

    /// Tells a worker of the run and sends it its first chunks.
    fn begin(&mut self, worker: u16) {
        let setup = Setup {
            worker,
            scenario: self.run.plan.scenario().clone(),
            recording: self.run.is_watched,
            place: self.shared.world.clock.epoch_ms,
        };
        self.post(worker, &ToWorker::Setup(setup), None);
        let orders = self.dispatcher.ready(worker, self.shared.world.now_ns());
        self.obey(orders);
    }

    fn obey(&mut self, orders: Vec<Order>) {
        for order in orders {
            match order {
                Order::Spawn(worker) | Order::Recycle(worker) => self.spawn(worker),
                Order::Send(worker, tasks) => self.send(worker, tasks),
            }
        }
    }

    fn send(&mut self, worker: u16, tasks: Range<u32>) {
        let start_ns = self.shared.world.now_ns();
        self.dispatcher.sends(worker, &tasks, start_ns);
        let payload = match self.payload(&tasks) {
            Ok(payload) => payload,
            Err(error) => return self.dispatcher.fail(PoolError::Place(error.to_string())),
        };
        let file_bytes = self.run.file.as_ref().map(|file| file.size() as u64);
        let chunk = parent::chunk(&self.run.plan, tasks, file_bytes, self.shared.world.now_ns());
        let bytes = self.post(worker, &ToWorker::Chunk(chunk), payload);
        self.parent.sent(worker, bytes, start_ns, self.shared.world.now_ns());
    }

    /// What these tasks work on and are given, because the workers share nothing with anyone.
    fn payload(&mut self, tasks: &Range<u32>) -> Result<Option<js_sys::Uint8Array>, StepError> {
        self.data.clear();
        parent::write_payload(&self.run.plan, tasks.clone(), &mut self.data);
        let Some(file) = &self.run.file else {
            let has_some = !self.data.is_empty();
            return Ok(has_some.then(|| js_sys::Uint8Array::new_from_slice(&self.data)));
        };
        let share = |task| self.run.plan.share_of(task, file.size() as u64);
        let wanted: Vec<Range<u64>> = tasks.clone().map(share).filter(|share| !share.is_empty()).collect();
        let total: u64 = wanted.iter().map(|share| share.end - share.start).sum();
        let all = js_sys::Uint8Array::new_with_length(total as u32 + self.data.len() as u32);
        let mut at = 0;
        for share in wanted {
            let blob = file.slice_with_f64_and_f64(share.start as f64, share.end as f64);
            let read =
                blob.and_then(|blob| FileReaderSync::new().and_then(|reader| reader.read_as_array_buffer(&blob)));
            let buffer = read.map_err(|error| net::unreadable(&error))?;
            let bytes = js_sys::Uint8Array::new(&buffer);
            all.set(&bytes, at);
            at += bytes.length();
        }
        all.subarray(at, all.length()).copy_from(&self.data);
        Ok(Some(all))
    }

    /// Sends a message, and bytes beside it; how many bytes travel.
    fn post(&mut self, worker: u16, message: &ToWorker, payload: Option<js_sys::Uint8Array>) -> u64 {
        let bytes = wire::encode(message);
        let length = bytes.len() as u64 + payload.as_ref().map_or(0, |payload| u64::from(payload.length()));
        let memory = self.server_state.as_ref().filter(|_| matches!(message, ToWorker::Setup(_)));
        if !self.workers.post(worker, &bytes, (payload, memory)) {
            let why = format!("a message to worker {worker} could not be sent");
            self.dispatcher.fail(PoolError::Place(why));
        }
        length
    }

    fn hear(&mut self, worker: u16, heard: Heard) {
        let message = match heard {
            Heard::Message(message) => message,
            Heard::Error(why) => return self.lost(worker, &Loss::Died(why)),
        };
        if let Some(why) = js_sys::Reflect::get(&message, &"broken".into()).ok().and_then(|why| why.as_string()) {
            return self.lost(worker, &Loss::Died(why));
        }
        let start_ns = self.shared.world.now_ns();
        let (bytes, beside) = parts(&message);
        match wire::decode::<FromWorker>(&bytes) {
            Ok(FromWorker::Ready) => {
                let now_ns = self.shared.world.now_ns();
                if let Some(born_ns) = self.workers.greeted(worker) {
                    self.parent.started(worker, born_ns, now_ns);
                }
                self.dispatcher.greeted(worker);
                self.begin(worker);
            }
            Ok(FromWorker::Answer(answer)) => {
                let world = &self.shared.world;
                let length = (bytes.len() + beside.len()) as u64;
                match self.parent.answered(worker, (&answer, &beside), length, start_ns, || world.now_ns()) {
                    Ok(took_ns) => {
                        let orders = self.dispatcher.answered(worker, took_ns, self.shared.world.now_ns());
                        self.obey(orders);
                    }
                    Err(error) => self.lost(worker, &Loss::Died(error.to_string())),
                }
            }
            Err(error) => self.lost(worker, &Loss::Died(error.to_string())),
        }
    }

    /// A worker is gone, or to be taken for gone.
    fn lost(&mut self, worker: u16, loss: &Loss) {
        let was_ready = self.workers.remove(worker);
        // One that dies before it has ever started would do so again.
        if !was_ready && matches!(loss, Loss::Died(_)) && !self.shared.world.is_cancelled() {
            self.dispatcher.fail(PoolError::NoStart {
                worker,
                why: format!("{}. A policy of the browser or of the page's host may forbid workers", loss.why()),
            });
            return;
        }
        let lost = self.dispatcher.lost(worker, loss.why());
        self.parent.lost(worker, lost.in_hand, lost.since_ns, self.shared.world.now_ns(), loss.why());
        self.obey(lost.orders);
    }
}

/// The next thing that happens. The timer runs on from call to call.
async fn next(workers: &mut WorkerSet, commands: &Commands, timer: &mut TimeoutFuture) -> Happening {
    futures::future::poll_fn(|cx| {
        if let Poll::Ready(heard) = workers.poll_heard(cx) {
            return Poll::Ready(Happening::Heard(heard));
        }
        if let Poll::Ready(Some((command, _))) = commands.borrow_mut().poll_next_unpin(cx) {
            return Poll::Ready(Happening::Command(command));
        }
        if timer.poll_unpin(cx).is_ready() {
            *timer = TimeoutFuture::new(WAKE_MS);
            return Poll::Ready(Happening::Tick);
        }
        Poll::Pending
    })
    .await
}
