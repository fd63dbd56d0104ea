//! The isolated workers of an engine: started, written to, heard and ended. They are kept from run to run.

use std::task::{Context, Poll};

use futures::{
    StreamExt,
    channel::mpsc::{UnboundedReceiver, UnboundedSender, unbounded},
};
use wasm_bindgen::{JsCast, prelude::*};
use web_sys::{ErrorEvent, MessageEvent, Worker, WorkerOptions, WorkerType};

use super::{messages::error_text, settings::Settings};
use crate::js_error::{describe, without_stack};

/// Memory of an isolated worker, in pages of 64 KiB: at first, and at the most. Browsers reserve address space for
/// the most, so it is far below the page's.
const MEMORY_PAGES: [u32; 2] = [64, 4096];

/// The workers by their numbers, and the channel on which they are heard.
pub(super) struct WorkerSet {
    workers: Vec<Option<IsolatedWorker>>,
    births: u32,
    heard: UnboundedSender<(u32, HeardOf)>,
    events: UnboundedReceiver<(u32, HeardOf)>,
}

/// Something heard of a worker.
pub(super) struct HeardOf {
    /// Which.
    pub(super) worker: u16,
    /// What.
    pub(super) heard: Heard,
}

pub(super) enum Heard {
    Message(JsValue),
    /// It is broken, for this reason.
    Error(String),
}

/// The browser does not start a worker.
#[derive(Debug, thiserror::Error)]
#[error(
    "the browser refused to start a worker ({0}): a policy of the page's host may forbid it, or too many run already"
)]
pub(super) struct WorkerRefused(String);

struct IsolatedWorker {
    worker: Worker,
    /// Tells this worker's messages from those of one that had its place before.
    birth: u32,
    is_ready: bool,
    born_ns: u64,
    _on_message: Closure<dyn FnMut(MessageEvent)>,
    _on_error: Closure<dyn FnMut(ErrorEvent)>,
}

impl Drop for IsolatedWorker {
    fn drop(&mut self) {
        self.worker.terminate();
    }
}

impl Default for WorkerSet {
    fn default() -> Self {
        let (heard, events) = unbounded();
        Self { workers: Vec::new(), births: 0, heard, events }
    }
}

impl WorkerSet {
    /// Makes room for so many workers. Those above stay, idle, for a lane that wants more again.
    pub(super) fn make_room(&mut self, workers: u16) {
        self.workers.resize_with(usize::from(workers).max(self.workers.len()), || None);
    }

    /// Ends all of them.
    pub(super) fn clear(&mut self) {
        self.workers.clear();
    }

    fn get(&self, worker: u16) -> Option<&IsolatedWorker> {
        self.workers.get(usize::from(worker))?.as_ref()
    }

    /// Whether there is such a worker, greeted or not.
    pub(super) fn is_there(&self, worker: u16) -> bool {
        self.get(worker).is_some()
    }

    /// Whether it is there and has greeted.
    pub(super) fn is_ready(&self, worker: u16) -> bool {
        self.get(worker).is_some_and(|worker| worker.is_ready)
    }

    /// It has greeted; when it was started, in nanoseconds of the run's clock.
    pub(super) fn greeted(&mut self, worker: u16) -> Option<u64> {
        let worker = self.workers.get_mut(usize::from(worker))?.as_mut()?;
        worker.is_ready = true;
        Some(worker.born_ns)
    }

    /// Ends a worker and forgets it; whether it had greeted.
    pub(super) fn remove(&mut self, worker: u16) -> bool {
        let there = self.workers.get_mut(usize::from(worker)).and_then(Option::take);
        there.is_some_and(|worker| worker.is_ready)
    }

    /// Starts a worker with an instance of its own; one that is there is ended first.
    pub(super) fn spawn(&mut self, settings: &Settings, number: u16, born_ns: u64) -> Result<(), WorkerRefused> {
        self.births += 1;
        let worker = start(settings).map_err(|error| WorkerRefused(describe(&error)))?;
        let birth = self.births;
        let messages = self.heard.clone();
        let on_message = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
            let heard = HeardOf { worker: number, heard: Heard::Message(event.data()) };
            let _ = messages.unbounded_send((birth, heard));
        });
        let errors = self.heard.clone();
        let on_error = Closure::<dyn FnMut(ErrorEvent)>::new(move |event: ErrorEvent| {
            let heard = HeardOf { worker: number, heard: Heard::Error(without_stack(&error_text(&event))) };
            let _ = errors.unbounded_send((birth, heard));
        });
        worker.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        worker.set_onerror(Some(on_error.as_ref().unchecked_ref()));
        let worker =
            IsolatedWorker { worker, birth, is_ready: false, born_ns, _on_message: on_message, _on_error: on_error };
        self.workers[usize::from(number)] = Some(worker);
        Ok(())
    }

    /// Sends a message, and bytes beside it that are given away; whether the browser took it.
    pub(super) fn post(
        &self,
        worker: u16,
        message: &[u8],
        (beside, memory): (Option<js_sys::Uint8Array>, Option<&js_sys::SharedArrayBuffer>),
    ) -> bool {
        let Some(worker) = self.get(worker) else { return true };
        let array = js_sys::Uint8Array::new_from_slice(message);
        let transfer = js_sys::Array::of1(&array.buffer());
        let beside = beside.map_or(JsValue::UNDEFINED, |beside| {
            transfer.push(&beside.buffer());
            beside.into()
        });
        let memory = memory.map_or(JsValue::UNDEFINED, Into::into);
        worker.worker.post_message_with_transfer(&js_sys::Array::of3(&array, &beside, &memory), &transfer).is_ok()
    }

    /// The next thing that is heard of a worker that is still there.
    pub(super) fn poll_heard(&mut self, cx: &mut Context<'_>) -> Poll<HeardOf> {
        while let Poll::Ready(Some((birth, heard))) = self.events.poll_next_unpin(cx) {
            if self.get(heard.worker).is_some_and(|worker| worker.birth == birth) {
                return Poll::Ready(heard);
            }
        }
        Poll::Pending
    }
}

fn start(settings: &Settings) -> Result<Worker, JsValue> {
    let options = WorkerOptions::new();
    options.set_type(WorkerType::Module);
    let worker = Worker::new_with_options(&settings.worker, &options)?;
    let boot = js_sys::Object::new();
    let pages = js_sys::Array::of2(&MEMORY_PAGES[0].into(), &MEMORY_PAGES[1].into());
    let entries: [(&str, JsValue); 5] = [
        ("main", JsValue::from_str(&settings.main)),
        ("module", settings.module.clone()),
        ("entry", JsValue::from_str("start_isolated")),
        ("pages", pages.into()),
        ("config", settings.write()),
    ];
    for (key, value) in entries {
        js_sys::Reflect::set(&boot, &key.into(), &value)?;
    }
    worker.post_message(&boot)?;
    Ok(worker)
}
