//! Starts an engine's rayon pool: a Web Worker for each thread, with an instance of the module that shares the engine's memory.
//!
//! The workers are started as all others are, with `worker.js`. It knows nothing of lanes.
//!
//! ```text
//! engine ── new Worker, { memory } ──▶ worker.js ──▶ instance in the same memory
//!        ◀────────── ready ──────────
//!        ── ThreadBuilder through STARTING ────────▶ run_pool_thread: never comes back
//! ```

use std::sync::{Condvar, Mutex, PoisonError};

use futures::{
    StreamExt,
    channel::mpsc::{UnboundedSender, unbounded},
};
use rayon::{ThreadBuilder, ThreadPoolBuilder};
use wasm_bindgen::{JsCast, prelude::*};
use web_sys::{ErrorEvent, MessageEvent, Worker, WorkerOptions, WorkerType};

use super::{reporter::error_text, settings::Settings};
use crate::js_error::{describe, without_stack};

/// The threads that rayon has made and no worker has taken yet. In memory, because a worker that blocks gets no messages.
static STARTING: Mutex<Vec<ThreadBuilder>> = Mutex::new(Vec::new());
static ADDED: Condvar = Condvar::new();

/// Why the threads could not be started.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the {threads} threads could not be started ({why}); try fewer workers, or another browser profile")]
pub struct ThreadsError {
    threads: u16,
    why: String,
}

/// Starts the pool, which lives as long as the engine: only once.
///
/// # Errors
/// When the browser refuses a worker, or one of them breaks.
pub async fn start(settings: &Settings, threads: u16) -> Result<(), ThreadsError> {
    let failed = |why: String| ThreadsError { threads, why };
    let (told, mut ready) = unbounded();
    let starting: Result<Vec<_>, JsValue> = (0..threads).map(|_| PoolWorker::start(settings, &told)).collect();
    let workers = starting.map_err(|error| failed(describe(&error)))?;
    for _ in 0..threads {
        // The sender lives here, so something comes.
        if let Some(Err(why)) = ready.next().await {
            workers.iter().for_each(|worker| worker.worker.terminate());
            return Err(failed(why));
        }
    }
    let built = ThreadPoolBuilder::new()
        .num_threads(usize::from(threads))
        .spawn_handler(|thread| {
            STARTING.lock().unwrap_or_else(PoisonError::into_inner).push(thread);
            ADDED.notify_one();
            Ok(())
        })
        .build_global();
    built.map_err(|error| failed(error.to_string()))?;
    for worker in workers {
        worker.worker.set_onmessage(None);
        worker.worker.set_onerror(None);
        // Firefox would end a worker that nothing refers to.
        std::mem::forget(worker.worker);
    }
    Ok(())
}

/// The entry of a pool's worker: runs one thread of the pool, and so never returns while the engine lives.
#[wasm_bindgen]
#[allow(clippy::disallowed_methods, reason = "a worker of its own comes here, which may block")]
pub fn run_pool_thread() {
    let mut starting = STARTING.lock().unwrap_or_else(PoisonError::into_inner);
    let thread = loop {
        match starting.pop() {
            Some(thread) => break thread,
            None => starting = ADDED.wait(starting).unwrap_or_else(PoisonError::into_inner),
        }
    };
    drop(starting);
    thread.run();
}

struct PoolWorker {
    worker: Worker,
    _on_message: Closure<dyn FnMut(MessageEvent)>,
    _on_error: Closure<dyn FnMut(ErrorEvent)>,
}

impl PoolWorker {
    fn start(settings: &Settings, told: &UnboundedSender<Result<(), String>>) -> Result<Self, JsValue> {
        let options = WorkerOptions::new();
        options.set_type(WorkerType::Module);
        let worker = Worker::new_with_options(&settings.worker, &options)?;
        let messages = told.clone();
        let on_message = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
            let broken = js_sys::Reflect::get(&event.data(), &"broken".into()).ok().and_then(|why| why.as_string());
            let answer = broken.map_or(Ok(()), |why| Err(without_stack(&why)));
            // Nobody listens any more once another one has failed.
            let _ = messages.unbounded_send(answer);
        });
        let errors = told.clone();
        let on_error = Closure::<dyn FnMut(ErrorEvent)>::new(move |event: ErrorEvent| {
            let _ = errors.unbounded_send(Err(without_stack(&error_text(&event))));
        });
        worker.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        worker.set_onerror(Some(on_error.as_ref().unchecked_ref()));
        let boot = js_sys::Object::new();
        let entries: [(&str, JsValue); 4] = [
            ("main", JsValue::from_str(&settings.main)),
            ("module", settings.module.clone()),
            ("memory", wasm_bindgen::memory()),
            ("entry", JsValue::from_str("run_pool_thread")),
        ];
        for (key, value) in entries {
            js_sys::Reflect::set(&boot, &key.into(), &value)?;
        }
        worker.post_message(&boot)?;
        Ok(Self { worker, _on_message: on_message, _on_error: on_error })
    }
}
