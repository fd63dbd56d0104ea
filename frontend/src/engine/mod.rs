//! The browser's engine: a dedicated Web Worker that runs one lane at a time.
//!
//! It has its own instance and memory of the page's module, may block, and is disposable: the page throws it away
//! whenever it is to stop at once, when it breaks, or when another number of threads is wanted (a rayon pool can be
//! neither resized nor stopped).
//!
//! ```text
//! page ──Command──▶ engine ──┬── itself: sequential, async          (one thread)
//!      ◀──Event───           ├── rayon pool: threads, gil, hybrid   (Web Workers sharing the engine's memory)
//!                            └── isolated workers: processes        (Web Workers with memories of their own)
//! ```

mod clock;
mod event_loop;
mod isolated;
mod net;
mod pool;
mod processes;
mod reporter;
mod sequential;
mod settings;
mod threads;
mod world;

pub use clock::epoch_ms;
pub use reporter::error_text;
pub use settings::Settings;
pub use world::Network;

use std::{cell::RefCell, rc::Rc, sync::atomic::Ordering::Relaxed};

use futures::{
    StreamExt,
    channel::mpsc::{UnboundedReceiver, UnboundedSender, unbounded},
};
use lanes_core::{
    gil_use::GilSeen,
    plan::Plan,
    report::{Ending, RunReport, TaskCounts},
    scenario::{Lane, Model, Scenario, Step},
    trace::{Counter, Tally},
    wire::{self, Command, Event, Order},
    work::World,
};
use wasm_bindgen::{JsCast, prelude::*};
use wasm_bindgen_futures::spawn_local;
use web_sys::{BroadcastChannel, MessageEvent};

use self::{
    clock::Clock,
    processes::Pool,
    reporter::{Reporter, post, post_js, scope},
    world::{BrowserWorld, CANCEL, FileShares, file_shares},
};

/// An engine's state between runs.
struct Engine {
    settings: Settings,
    /// Threads of the rayon pool, once it has been started.
    threads: u16,
    /// The isolated workers, kept warm between runs.
    processes: Pool,
    clock_resolution_ns: u64,
}

/// One run: everything a lane needs.
pub(crate) struct Run {
    pub(crate) order: Order,
    pub(crate) plan: Plan,
    pub(crate) file: Option<web_sys::File>,
    pub(crate) settings: Settings,
    pub(crate) clock_resolution_ns: u64,
    /// Addresses to be given back when the run is over.
    pub(crate) blobs: RefCell<Vec<String>>,
}

/// What a lane hands back: the rest of the report follows from the plan.
pub(crate) struct Done {
    pub(crate) ending: Ending,
    pub(crate) wall_ns: u64,
    pub(crate) workers: Vec<Tally>,
    pub(crate) in_flight: u64,
    pub(crate) retried: u64,
    pub(crate) dropped: u64,
    pub(crate) counted: u64,
    pub(crate) notes: Vec<String>,
}

/// The entry of an engine's worker. `config` is [`Settings`] as JSON, then the compiled module.
#[wasm_bindgen]
pub fn start_engine(config: JsValue) {
    let settings = Settings::read(&config);
    tell_of_panics(&settings.channel);
    let (commands_in, commands) = unbounded::<(Command, Option<web_sys::File>)>();
    listen(commands_in);
    let engine =
        Engine { settings, threads: 0, processes: Pool::default(), clock_resolution_ns: clock::resolution_ns() };
    // The page sets the flag through shared memory, where it may have it.
    let hello = js_sys::Object::new();
    let set = |key: &str, value: &JsValue| js_sys::Reflect::set(&hello, &key.into(), value).is_ok();
    set("ready", &JsValue::TRUE);
    set("cancel", &JsValue::from(CANCEL.as_ptr() as u32));
    set("memory", &wasm_bindgen::memory());
    if scope().post_message(&hello).is_err() {
        set("memory", &JsValue::UNDEFINED);
        post_js(&hello);
    }
    spawn_local(serve(engine, commands));
}

/// Every thread of the engine can panic, and most of them at a time when nobody listens to their messages: a
/// broadcast reaches the page from any of them.
fn tell_of_panics(channel: &str) {
    let channel = channel.to_owned();
    std::panic::set_hook(Box::new(move |info| {
        console_error_panic_hook::hook(info);
        if let Ok(page) = BroadcastChannel::new(&channel) {
            let _ = page.post_message(&JsValue::from_str(&info.to_string()));
        }
    }));
}

fn listen(commands: UnboundedSender<(Command, Option<web_sys::File>)>) {
    let on_message = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
        let message: js_sys::Array = event.data().unchecked_into();
        let bytes = js_sys::Uint8Array::new(&message.get(0)).to_vec();
        let file = message.get(1).dyn_into::<web_sys::File>().ok();
        match wire::decode::<Command>(&bytes) {
            Ok(command) => {
                if command == Command::Cancel {
                    CANCEL.store(true, Relaxed);
                }
                let _ = commands.unbounded_send((command, file));
            }
            Err(error) => post(&Event::Broken(error.to_string())),
        }
    });
    scope().set_onmessage(Some(on_message.as_ref().unchecked_ref()));
    on_message.forget();
}

/// Takes one command after another. While a lane runs on the event loop, what else arrives goes to it.
async fn serve(mut engine: Engine, commands: UnboundedReceiver<(Command, Option<web_sys::File>)>) {
    let commands = Rc::new(RefCell::new(commands));
    loop {
        // One receiver for this loop and for a lane that listens meanwhile; never borrowed by both.
        let next = futures::future::poll_fn(|cx| commands.borrow_mut().poll_next_unpin(cx)).await;
        let Some((command, file)) = next else { break };
        // Cancel and kill concern a run; there is none.
        if let Command::Run(order) = command {
            CANCEL.store(false, Relaxed);
            let run_number = order.run;
            let report = engine.run(order, file, &commands).await;
            post(&Event::Finished { run: run_number, report: Box::new(report) });
        }
    }
}

type Commands = Rc<RefCell<UnboundedReceiver<(Command, Option<web_sys::File>)>>>;

impl Engine {
    async fn run(&mut self, order: Order, file: Option<web_sys::File>, commands: &Commands) -> RunReport {
        let lane = order.lane;
        let scenario = match Scenario::from_json(&order.scenario) {
            Ok(scenario) => scenario,
            Err(problems) => {
                let why = problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ");
                return self.broken(lane, 0, format!("the scenario does not validate: {why}"));
            }
        };
        let tasks = scenario.tasks();
        if scenario.wants_file() && file.is_none() {
            return self.broken(lane, tasks, "no file was chosen: choose one beside the scenario".into());
        }
        let workers = u16::try_from(scenario.workers).unwrap_or(u16::MAX);
        let needs_threads = matches!(lane.model, Model::Threads | Model::Gil | Model::Hybrid);
        if needs_threads && let Err(why) = self.start_threads(workers).await {
            return self.broken(lane, tasks, why);
        }
        let run = Run {
            order,
            plan: Plan::new(scenario),
            file,
            settings: self.settings.clone(),
            clock_resolution_ns: self.clock_resolution_ns,
            blobs: RefCell::default(),
        };
        let done = match lane.model {
            Model::Sequential => sequential::run(&run),
            Model::Async => event_loop::run(run.share(), None).await,
            Model::Hybrid => event_loop::run(run.share(), Some(workers)).await,
            Model::Threads | Model::Gil => pool::run(run.share(), workers).await,
            Model::Processes => processes::run(&run, &mut self.processes, workers, commands).await,
            Model::Interpreters => return self.broken(lane, tasks, "a browser has no Python interpreters".into()),
        };
        for url in run.blobs.borrow().iter().filter(|url| !url.is_empty()) {
            let _ = web_sys::Url::revoke_object_url(url);
        }
        run.report(done)
    }

    /// Starts the rayon pool, once: an engine lives with one number of threads.
    async fn start_threads(&mut self, threads: u16) -> Result<(), String> {
        if self.threads == threads {
            return Ok(());
        }
        if self.threads > 0 {
            return Err(format!("this engine has {} threads and cannot have {threads}", self.threads));
        }
        if !self.settings.shared_memory {
            return Err(settings::NO_SHARED_MEMORY.into());
        }
        threads::start(&self.settings, threads).await.map_err(|error| error.to_string())?;
        self.threads = threads;
        Ok(())
    }

    fn broken(&self, lane: Lane, tasks: u32, why: String) -> RunReport {
        RunReport {
            lane,
            ending: Ending::Broken(why),
            wall_ns: 0,
            tasks: TaskCounts { cancelled: u64::from(tasks), ..TaskCounts::default() },
            workers: Vec::new(),
            dropped: 0,
            counter: None,
            clock_resolution_ns: self.clock_resolution_ns,
            notes: Vec::new(),
            gil: None,
        }
    }
}

impl Run {
    /// The run where several owners need it.
    fn share(&self) -> std::sync::Arc<Shared> {
        let clock = Clock::start();
        let world = self.world(clock);
        std::sync::Arc::new(Shared { run: self.order.run, plan: self.plan.clone(), world })
    }

    /// A world for this run.
    fn world(&self, clock: Clock) -> BrowserWorld {
        let file = self.file_urls();
        BrowserWorld::new(clock, self.settings.network.clone(), file, self.order.lane.model, &self.plan)
    }

    /// One `blob:` address for each task's share of the file: any thread can read such an address, whereas the
    /// file's handle belongs to one.
    fn file_urls(&self) -> FileShares {
        let Some(file) = &self.file else { return FileShares::default() };
        let url = |share: std::ops::Range<u64>| {
            if share.is_empty() {
                return String::new();
            }
            let blob = file.slice_with_f64_and_f64(share.start as f64, share.end as f64);
            blob.and_then(|blob| web_sys::Url::create_object_url_with_blob(&blob)).unwrap_or_default()
        };
        let urls: Vec<String> = file_shares(&self.plan, file.size() as u64).into_iter().map(url).collect();
        self.blobs.replace(urls.clone());
        FileShares { urls }
    }

    /// The report of what a lane handed back.
    fn report(&self, done: Done) -> RunReport {
        let ended: u64 = done.workers.iter().map(|worker| worker.done + worker.failed).sum();
        let bumps: u64 = done.workers.iter().map(|worker| worker.bumps).sum();
        let mut total = Tally::new(0);
        done.workers.iter().for_each(|worker| total.merge(worker));
        let has_bumps = self.plan.scenario().steps().any(|step| matches!(step, Step::Bump(_)));
        let mut notes = done.notes;
        let simulates = self
            .plan
            .scenario()
            .steps()
            .any(|step| matches!(step, Step::Fetch(f) if f.from == lanes_core::scenario::From::Simulated));
        if simulates && !self.settings.network.service_worker {
            notes.push("no service worker here: simulated answers come from a timer in each worker".into());
        }
        RunReport {
            lane: self.order.lane,
            ending: done.ending,
            wall_ns: done.wall_ns,
            tasks: TaskCounts {
                done: total.done,
                failed: total.failed,
                abandoned: done.in_flight,
                cancelled: u64::from(self.plan.tasks()).saturating_sub(ended + done.in_flight),
                retried: done.retried,
            },
            counter: has_bumps.then_some(Counter { expected: bumps, observed: done.counted }),
            workers: done.workers,
            dropped: done.dropped,
            clock_resolution_ns: self.clock_resolution_ns,
            notes,
            gil: (self.order.lane.model == Model::Gil).then_some(GilSeen::Recorded),
        }
    }

    fn reporter(&self, clock: Clock, drains: Vec<lanes_core::trace::Drain>) -> Reporter {
        Reporter::new(self.order.run, clock, drains)
    }
}

/// What all threads of a run share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) run: u32,
    pub(crate) plan: Plan,
    pub(crate) world: BrowserWorld,
}

/// How a run ended, going by the cancel flag.
pub(crate) fn ending(world: &impl World) -> Ending {
    if world.is_cancelled() { Ending::Cancelled } else { Ending::Complete }
}
