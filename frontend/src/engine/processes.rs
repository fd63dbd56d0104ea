//! Processes: isolated workers that get their work in chunks and share nothing.
//!
//! Who does what is decided by [`lanes_core::supervisor`]; this file only spawns, sends, receives and kills.
//!
//! ```text
//! parent (the engine's event loop) ──Chunk, at most two on their way──▶ worker k
//!                                  ◀──Answer: digests, totals, spans──
//! ```
//!
//! The parent has a row of its own in the timeline, after the workers': making messages and reading files is work.

use std::{fmt, ops::Range, task::Poll};

use futures::{
    FutureExt, StreamExt,
    channel::mpsc::{UnboundedReceiver, UnboundedSender, unbounded},
};
use gloo_timers::future::TimeoutFuture;
use lanes_core::{
    report::Ending,
    supervisor::{Order, Supervisor},
    trace::{NO_TASK, Recorder, Span, State, Tally, recorder},
    wire::{self, Command},
    work::World,
};
use wasm_bindgen::{JsCast, prelude::*};
use web_sys::{ErrorEvent, FileReaderSync, MessageEvent, Worker, WorkerOptions, WorkerType};

use super::{
    Commands, Done, Run,
    clock::Clock,
    isolated::{FromChild, ToChild},
    net,
    reporter::{Reporter, error_text},
    settings::Settings,
    world::{BrowserWorld, CANCEL, file_shares},
};

/// How often frames are looked after while nothing is heard of the workers.
const WAKE_MS: u32 = 30;

/// Memory of an isolated worker, in pages of 64 KiB: at first, and at the most. Browsers reserve address space for
/// the most, so it is far below the page's.
const CHILD_PAGES: [u32; 2] = [64, 4096];

/// The isolated workers, kept between runs, and the channel on which they are heard.
pub(crate) struct Pool {
    children: Vec<Option<Child>>,
    births: u32,
    heard: UnboundedSender<Heard>,
    events: UnboundedReceiver<Heard>,
}

impl Default for Pool {
    fn default() -> Self {
        let (heard, events) = unbounded();
        Self { children: Vec::new(), births: 0, heard, events }
    }
}

struct Child {
    worker: Worker,
    /// Tells this worker's messages from those of one that had its place before.
    birth: u32,
    is_ready: bool,
    born_ns: u64,
    _on_message: Closure<dyn FnMut(MessageEvent)>,
    _on_error: Closure<dyn FnMut(ErrorEvent)>,
}

/// Something heard of a worker.
enum Heard {
    Message(u16, u32, JsValue),
    Error(u16, u32, String),
}

/// Why a worker is gone.
enum Loss {
    /// Somebody wanted to see the pool heal.
    Killed,
    /// By itself, for this reason.
    Died(String),
}

impl fmt::Display for Loss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Killed => "killed on request",
            Self::Died(why) => why,
        })
    }
}

enum Happening {
    Heard(Heard),
    Command(Command),
    Tick,
}

impl Drop for Child {
    fn drop(&mut self) {
        self.worker.terminate();
    }
}

/// One run of the lane.
struct Parent<'a> {
    run: &'a Run,
    pool: &'a mut Pool,
    world: BrowserWorld,
    supervisor: Supervisor,
    reporter: Reporter,
    recorder: Recorder,
    tallies: Vec<Tally>,
    /// Since when each worker has had its chunk in hand.
    in_hand_since: Vec<u64>,
    shares: Vec<Range<u64>>,
    broken: Option<String>,
    notes: Vec<String>,
}

pub(crate) async fn run(run: &Run, pool: &mut Pool, workers: u16, commands: &Commands) -> Done {
    let (recorder, drain) = recorder(workers, run.plan.ring_capacity(4));
    let shares = run.file.as_ref().map(|file| file_shares(&run.plan, file.size() as u64)).unwrap_or_default();
    let clock = Clock::start();
    let world = BrowserWorld::new(
        clock,
        run.settings.network.clone(),
        super::FileShares::default(),
        run.order.lane.model,
        &run.plan,
    );
    let reporter = run.reporter(clock, vec![drain]);
    reporter.started(workers);
    let parent = Parent {
        run,
        pool,
        world,
        supervisor: Supervisor::new(run.plan.tasks(), workers, run.plan.scenario().chunk),
        reporter,
        recorder,
        tallies: (0..workers).map(Tally::new).collect(),
        in_hand_since: vec![0; usize::from(workers)],
        shares,
        broken: None,
        notes: Vec::new(),
    };
    parent.serve(workers, commands).await
}

impl Parent<'_> {
    async fn serve(mut self, workers: u16, commands: &Commands) -> Done {
        self.pool.children.resize_with(usize::from(workers), || None);
        for worker in 0..workers {
            let is_warm = self.pool.children[usize::from(worker)].as_ref().is_some_and(|child| child.is_ready);
            if is_warm {
                self.start_job(worker);
            } else {
                self.spawn(worker);
            }
        }
        let mut timer = TimeoutFuture::new(WAKE_MS);
        while !self.supervisor.is_over() && self.broken.is_none() {
            match next(&mut self.pool.events, commands, &mut timer).await {
                Happening::Heard(Heard::Message(worker, birth, message)) => self.message(worker, birth, &message),
                Happening::Heard(Heard::Error(worker, birth, why)) => self.lost(worker, birth, &Loss::Died(why)),
                Happening::Command(Command::KillWorker(worker)) => self.kill(worker),
                Happening::Command(_) | Happening::Tick => {}
            }
            if self.world.is_cancelled() {
                self.supervisor.cancel();
                break;
            }
            self.reporter.tick(self.world.now_ns(), self.supervisor.ended());
        }
        self.end()
    }

    fn end(mut self) -> Done {
        let wall_ns = self.world.now_ns();
        let in_flight = self.supervisor.in_flight();
        if in_flight > 0 {
            // The only way to stop what computes; the next run starts new ones.
            self.pool.children.clear();
        }
        let ending = match self.broken.take() {
            Some(why) => Ending::Broken(why),
            None if CANCEL.load(std::sync::atomic::Ordering::Relaxed) => Ending::Cancelled,
            None => Ending::Complete,
        };
        for task in self.supervisor.quarantined() {
            let why = format!("task {task} took every worker with it that it was given to, and was set aside");
            self.tallies[0].task_failed(*task, why, 0);
        }
        let longest = self.supervisor.longest_chunk();
        self.notes.push(format!("chunks of up to {longest} {}", if longest == 1 { "task" } else { "tasks" }));
        self.tallies.push(self.recorder.take_tally());
        self.reporter.finish(wall_ns, self.supervisor.ended());
        Done {
            ending,
            wall_ns,
            workers: self.tallies,
            in_flight,
            retried: self.supervisor.retried(),
            dropped: self.reporter.dropped(),
            // The parent's own counter: no worker can reach it, which is what the number shows.
            counted: self.world.counter().value(),
            notes: self.notes,
        }
    }

    fn spawn(&mut self, worker: u16) {
        self.pool.births += 1;
        let birth = self.pool.births;
        let born_ns = self.world.now_ns();
        match make(&self.run.settings) {
            Ok(started) => {
                let child = listen(started, worker, birth, born_ns, &self.pool.heard);
                self.pool.children[usize::from(worker)] = Some(child);
            }
            Err(why) => self.broken = Some(why),
        }
    }

    /// Tells a worker of the run and sends it its first chunks.
    fn start_job(&mut self, worker: u16) {
        let job =
            ToChild::Job { worker, scenario: self.run.order.scenario.clone(), epoch_ms: self.world.clock.epoch_ms };
        self.post(worker, &job, None);
        let orders = self.supervisor.ready(worker);
        self.obey(orders);
    }

    fn obey(&mut self, orders: Vec<Order>) {
        for order in orders {
            match order {
                Order::Spawn(worker) => self.spawn(worker),
                Order::Send(worker, tasks) => self.send(worker, &tasks),
            }
        }
    }

    fn send(&mut self, worker: u16, tasks: &Range<u32>) {
        let start = self.world.now_ns();
        let payload = self.payload(tasks);
        let lengths = |task| self.shares.get(task as usize).map(|share: &Range<u64>| (share.end - share.start) as u32);
        let shares: Vec<u32> = tasks.clone().filter_map(lengths).collect();
        let posted_ns = self.world.now_ns();
        let chunk = ToChild::Chunk { first: tasks.start, end: tasks.end, posted_ns, shares };
        self.post(worker, &chunk, payload);
        self.recorder.span(0, NO_TASK, State::Serialise, start, self.world.now_ns());
    }

    /// The file's bytes for these tasks, read here because the workers share nothing with anyone.
    fn payload(&mut self, tasks: &Range<u32>) -> Option<js_sys::Uint8Array> {
        let file = self.run.file.as_ref()?;
        let share = |task: u32| &self.shares[task as usize];
        let wanted: Vec<&Range<u64>> = tasks.clone().map(share).filter(|share| !share.is_empty()).collect();
        let total: u64 = wanted.iter().map(|share| share.end - share.start).sum();
        let all = js_sys::Uint8Array::new_with_length(total as u32);
        let mut at = 0;
        for share in wanted {
            let blob = file.slice_with_f64_and_f64(share.start as f64, share.end as f64).ok();
            let read = blob.and_then(|blob| FileReaderSync::new().ok()?.read_as_array_buffer(&blob).ok());
            let Some(buffer) = read else {
                self.broken = Some(net::unreadable_file());
                return None;
            };
            let bytes = js_sys::Uint8Array::new(&buffer);
            all.set(&bytes, at);
            at += bytes.length();
        }
        Some(all)
    }

    fn post(&mut self, worker: u16, message: &ToChild, payload: Option<js_sys::Uint8Array>) {
        let Some(child) = &self.pool.children[usize::from(worker)] else { return };
        let bytes = wire::encode(message);
        let array = js_sys::Uint8Array::new_from_slice(&bytes);
        let transfer = js_sys::Array::of1(&array.buffer());
        self.tallies[usize::from(worker)].payload_bytes += bytes.len() as u64;
        let payload = payload.map_or(JsValue::UNDEFINED, |payload| {
            self.tallies[usize::from(worker)].payload_bytes += u64::from(payload.length());
            transfer.push(&payload.buffer());
            payload.into()
        });
        let envelope = js_sys::Array::of2(&array, &payload);
        if child.worker.post_message_with_transfer(&envelope, &transfer).is_err() {
            self.broken = Some(format!("a message to worker {worker} could not be sent"));
        }
    }

    fn is_current(&self, worker: u16, birth: u32) -> bool {
        self.pool.children.get(usize::from(worker)).and_then(Option::as_ref).is_some_and(|child| child.birth == birth)
    }

    fn message(&mut self, worker: u16, birth: u32, message: &JsValue) {
        if !self.is_current(worker, birth) {
            return;
        }
        if let Some(why) = js_sys::Reflect::get(message, &"broken".into()).ok().and_then(|why| why.as_string()) {
            return self.lost(worker, birth, &Loss::Died(why));
        }
        let start = self.world.now_ns();
        let bytes = js_sys::Uint8Array::new(message).to_vec();
        match wire::decode::<FromChild>(&bytes) {
            Ok(FromChild::Ready) => self.born(worker),
            Ok(FromChild::Answer { took_ns, tally, spans, dropped }) => {
                self.tallies[usize::from(worker)].merge(&tally);
                self.tallies[usize::from(worker)].payload_bytes += bytes.len() as u64;
                self.reporter.add(&spans, dropped);
                let now = self.world.now_ns();
                self.in_hand_since[usize::from(worker)] = now;
                self.recorder.span(0, NO_TASK, State::Serialise, start, now);
                let (_, orders) = self.supervisor.done(worker, took_ns);
                self.obey(orders);
            }
            Err(error) => self.lost(worker, birth, &Loss::Died(error.to_string())),
        }
    }

    fn born(&mut self, worker: u16) {
        let now = self.world.now_ns();
        let Some(child) = &mut self.pool.children[usize::from(worker)] else { return };
        child.is_ready = true;
        self.reporter.add_start_up(worker, child.born_ns, now);
        let tally = &mut self.tallies[usize::from(worker)];
        tally.add_state(State::StartUp, now - child.born_ns);
        tally.recorded += 1;
        self.in_hand_since[usize::from(worker)] = now;
        self.start_job(worker);
    }

    fn kill(&mut self, worker: u16) {
        if let Some(birth) = self.pool.children.get(usize::from(worker)).and_then(|child| Some(child.as_ref()?.birth)) {
            self.lost(worker, birth, &Loss::Killed);
        }
    }

    /// A worker is gone, or to be taken for gone.
    fn lost(&mut self, worker: u16, birth: u32, why: &Loss) {
        if !self.is_current(worker, birth) {
            return;
        }
        let was_ready = self.pool.children[usize::from(worker)].take().is_some_and(|child| child.is_ready);
        // One that dies before it has ever started would do so again.
        if !was_ready && matches!(why, Loss::Died(_)) && !self.world.is_cancelled() {
            self.broken = Some(format!(
                "worker {worker} could not start: {why}. A policy of the browser or of the page's host may forbid workers"
            ));
            return;
        }
        let now = self.world.now_ns();
        let (in_hand, orders) = self.supervisor.died(worker);
        if let Some(tasks) = in_hand {
            let start_ns = self.in_hand_since[usize::from(worker)].min(now);
            let span = Span { worker, slot: 0, task: tasks.start, state: State::Lost, start_ns, end_ns: now };
            self.reporter.add(&[span], 0);
            let tally = &mut self.tallies[usize::from(worker)];
            tally.add_state(State::Lost, now - start_ns);
            tally.recorded += 1;
        }
        self.notes.push(format!("worker {worker} was lost ({why}) and replaced"));
        if self.supervisor.is_hopeless() {
            self.broken = Some(format!("workers keep dying, whatever they are given; the last one: {why}"));
            return;
        }
        self.obey(orders);
    }
}

/// Starts a worker with an instance of its own.
fn make(settings: &Settings) -> Result<Worker, String> {
    let refused = |error: JsValue| {
        format!(
            "the browser refused to start a worker ({error:?}): a policy of the page's host may forbid it, or too many run already"
        )
    };
    let options = WorkerOptions::new();
    options.set_type(WorkerType::Module);
    let worker = Worker::new_with_options(&settings.worker, &options).map_err(refused)?;
    let boot = js_sys::Object::new();
    let pages = js_sys::Array::of2(&CHILD_PAGES[0].into(), &CHILD_PAGES[1].into());
    let entries: [(&str, JsValue); 5] = [
        ("main", JsValue::from_str(&settings.main)),
        ("module", settings.module.clone()),
        ("entry", JsValue::from_str("start_isolated")),
        ("pages", pages.into()),
        ("config", settings.write()),
    ];
    for (key, value) in entries {
        js_sys::Reflect::set(&boot, &key.into(), &value).map_err(refused)?;
    }
    worker.post_message(&boot).map_err(refused)?;
    Ok(worker)
}

fn listen(worker: Worker, number: u16, birth: u32, born_ns: u64, heard: &UnboundedSender<Heard>) -> Child {
    let messages = heard.clone();
    let on_message = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
        let _ = messages.unbounded_send(Heard::Message(number, birth, event.data()));
    });
    let errors = heard.clone();
    let on_error = Closure::<dyn FnMut(ErrorEvent)>::new(move |event: ErrorEvent| {
        let _ = errors.unbounded_send(Heard::Error(number, birth, error_text(&event)));
    });
    worker.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
    worker.set_onerror(Some(on_error.as_ref().unchecked_ref()));
    Child { worker, birth, is_ready: false, born_ns, _on_message: on_message, _on_error: on_error }
}

/// The next thing that happens. The timer runs on from call to call.
async fn next(events: &mut UnboundedReceiver<Heard>, commands: &Commands, timer: &mut TimeoutFuture) -> Happening {
    futures::future::poll_fn(|cx| {
        if let Poll::Ready(Some(heard)) = events.poll_next_unpin(cx) {
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
