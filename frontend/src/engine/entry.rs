//! The engine's entry: hears the page's commands one after another and runs lanes. It does not know how a lane is run.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
    sync::atomic::Ordering::Relaxed,
};

use futures::{
    StreamExt,
    channel::mpsc::{UnboundedReceiver, UnboundedSender, unbounded},
};
use lanes_core::{
    fetch::FetchError,
    plan::Plan,
    report::{Ending, RunReport},
    run::outcome::{self, LaneEnd},
    scenario::{Model, PoolStart},
    wire::{self, Command, Event, Order},
};
use wasm_bindgen::{JsCast, prelude::*};
use wasm_bindgen_futures::spawn_local;
use web_sys::{BroadcastChannel, MessageEvent};

use super::{
    clock, event_loop,
    lane::{Commands, Run},
    messages::{post, post_js, scope},
    processes,
    settings::{self, Settings},
    threads,
    worker_set::WorkerSet,
    world::{self, CANCEL},
};
use crate::js_error::describe;

/// An engine's state between runs.
struct Engine {
    settings: Settings,
    /// Threads of the rayon pool, once it has been started.
    threads: u16,
    /// The isolated workers, kept warm between runs.
    processes: WorkerSet,
    clock_resolution_ns: u64,
    /// What recording a span costs, in nanoseconds.
    span_ns: f64,
}

/// Why an engine cannot run threads.
#[derive(Debug, thiserror::Error)]
enum NoThreads {
    #[error("this engine has {there} threads and cannot have {wanted}")]
    Others { there: u16, wanted: u16 },
    #[error("{}", settings::NO_SHARED_MEMORY)]
    NoSharedMemory,
    #[error("the {wanted} threads could not be started ({why}); try fewer workers, or another browser profile")]
    NotStarted { wanted: u16, why: String },
}

/// The entry of an engine's worker. `config` is [`Settings`] as JSON, then the compiled module.
#[wasm_bindgen]
pub fn start_engine(config: JsValue) {
    let settings = Settings::read(&config);
    tell_of_panics(&settings.channel);
    let (commands_in, commands) = unbounded::<(Command, Option<web_sys::File>)>();
    listen(commands_in);
    let engine = Engine {
        settings,
        threads: 0,
        processes: WorkerSet::default(),
        clock_resolution_ns: clock::resolution_ns(),
        span_ns: clock::span_cost_ns(),
    };
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

impl Engine {
    async fn run(&mut self, order: Order, file: Option<web_sys::File>, commands: &Commands) -> RunReport {
        let Order { run: number, lane, scenario, is_watched } = order;
        let scenario = scenario.for_lane(lane);
        let tasks = scenario.tasks();
        let clock_resolution_ns = self.clock_resolution_ns;
        let broken = |why| RunReport { clock_resolution_ns, ..outcome::not_begun(lane, tasks, Ending::Broken(why)) };
        if let Err(why) = scenario.check_place(lane.place) {
            return broken(why.to_string());
        }
        if scenario.wants_file() && file.is_none() {
            return broken(world::NO_FILE.to_string());
        }
        if scenario.wants_page() && !self.settings.network.service_worker {
            return broken(FetchError::NoServiceWorker.to_string());
        }
        let workers = u16::try_from(scenario.workers).unwrap_or(u16::MAX);
        let needs_threads = matches!(lane.model, Model::Threads | Model::Gil | Model::Hybrid);
        if needs_threads && let Err(error) = self.start_threads(workers).await {
            return broken(error.to_string());
        }
        let run = Run {
            number,
            lane,
            is_watched,
            plan: Plan::new(scenario),
            workers,
            file,
            settings: self.settings.clone(),
            blobs: RefCell::default(),
            known: Cell::default(),
        };
        let end = match lane.model {
            Model::Sequential => threads::run_one(&run),
            Model::Threads | Model::Gil => threads::run(&run),
            Model::Async | Model::Hybrid => event_loop::run(&run).await,
            Model::Processes => {
                // The warm ones are kept meanwhile for the lanes that want them.
                let mut fresh = WorkerSet::default();
                let is_cold = lane.settings.pool == Some(PoolStart::Cold);
                let workers = if is_cold { &mut fresh } else { &mut self.processes };
                processes::run(&run, workers, commands).await
            }
            Model::Interpreters => LaneEnd::broken("a browser has no Python interpreters"),
        };
        for url in run.blobs.borrow().iter().filter(|url| !url.is_empty()) {
            let _ = web_sys::Url::revoke_object_url(url);
        }
        run.report(end, clock_resolution_ns, self.span_ns)
    }

    /// Starts the rayon pool, once: an engine lives with one number of threads.
    async fn start_threads(&mut self, wanted: u16) -> Result<(), NoThreads> {
        if self.threads == wanted {
            return Ok(());
        }
        if self.threads > 0 {
            return Err(NoThreads::Others { there: self.threads, wanted });
        }
        if !self.settings.shared_memory {
            return Err(NoThreads::NoSharedMemory);
        }
        let started = wasm_bindgen_rayon::init_thread_pool(usize::from(wanted));
        wasm_bindgen_futures::JsFuture::from(started)
            .await
            .map_err(|error| NoThreads::NotStarted { wanted, why: describe(&error) })?;
        self.threads = wanted;
        Ok(())
    }
}
