//! The page's end of an engine: a Web Worker that takes commands, sends events, and can be terminated at any time.

use futures::{
    StreamExt,
    channel::mpsc::{UnboundedReceiver, unbounded},
};
use lanes_core::wire::{self, Command, Event};
use wasm_bindgen::{JsCast, prelude::*};
use web_sys::{BroadcastChannel, ErrorEvent, MessageEvent, Worker, WorkerOptions, WorkerType};

use super::follow::RunHandle;
use crate::{
    engine::{Settings, error_text},
    js_error::{describe, without_stack},
};

/// What is said where a worker's script did not arrive.
const NOT_LOADED: &str = "its script could not be loaded: is the server that served this page still running?";

/// Why an engine could not be started.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StartError {
    /// The browser would not start a worker.
    #[error("the browser refused to start a worker ({0}); a policy of the page's host may forbid it")]
    Refused(String),
    /// The worker was started and broke.
    #[error("the engine could not start: {0}")]
    Broken(String),
    /// The worker ended.
    #[error("the engine went away while it started")]
    Gone,
}

/// A running engine. Dropping it ends its worker, and with it all threads and isolated workers it has started.
pub struct Engine {
    worker: Worker,
    events: UnboundedReceiver<Heard>,
    /// The cancel flag in the engine's memory, where that can be shared: an engine that computes reads no messages.
    cancel: Option<(js_sys::WebAssembly::Memory, u32)>,
    panics: BroadcastChannel,
    _on_message: Closure<dyn FnMut(MessageEvent)>,
    _on_error: Closure<dyn FnMut(ErrorEvent)>,
    _on_panic: Closure<dyn FnMut(MessageEvent)>,
}

enum Heard {
    Message(JsValue),
    Error(String),
}

impl Drop for Engine {
    fn drop(&mut self) {
        self.worker.terminate();
        self.panics.close();
    }
}

impl Engine {
    /// Starts an engine and waits until it listens.
    ///
    /// # Errors
    /// One sentence on why it could not be started, and what would help.
    pub async fn start(settings: &Settings) -> Result<Self, StartError> {
        let refused = |error: JsValue| StartError::Refused(describe(&error));
        let options = WorkerOptions::new();
        options.set_type(WorkerType::Module);
        let worker = Worker::new_with_options(&settings.worker, &options).map_err(refused)?;
        let panics = BroadcastChannel::new(&settings.channel).map_err(refused)?;
        let (heard, events) = unbounded();

        let messages = heard.clone();
        let on_message = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
            let _ = messages.unbounded_send(Heard::Message(event.data()));
        });
        let errors = heard.clone();
        let on_error = Closure::<dyn FnMut(ErrorEvent)>::new(move |event: ErrorEvent| {
            let said = error_text(&event);
            let why = if said.is_empty() { NOT_LOADED.to_owned() } else { without_stack(&said) };
            let _ = errors.unbounded_send(Heard::Error(why));
        });
        let on_panic = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
            let _ = heard.unbounded_send(Heard::Error(event.data().as_string().unwrap_or_default()));
        });
        worker.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        worker.set_onerror(Some(on_error.as_ref().unchecked_ref()));
        panics.set_onmessage(Some(on_panic.as_ref().unchecked_ref()));

        let boot = js_sys::Object::new();
        let entries: [(&str, JsValue); 4] = [
            ("main", JsValue::from_str(&settings.main)),
            ("module", settings.module.clone()),
            ("entry", JsValue::from_str("start_engine")),
            ("config", settings.write()),
        ];
        for (key, value) in entries {
            js_sys::Reflect::set(&boot, &key.into(), &value).map_err(refused)?;
        }
        worker.post_message(&boot).map_err(refused)?;
        let mut engine = Self {
            worker,
            events,
            cancel: None,
            panics,
            _on_message: on_message,
            _on_error: on_error,
            _on_panic: on_panic,
        };
        engine.hello().await?;
        Ok(engine)
    }

    /// Waits for the engine's first message.
    async fn hello(&mut self) -> Result<(), StartError> {
        let get = |message: &JsValue, key: &str| js_sys::Reflect::get(message, &key.into()).unwrap_or_default();
        match self.events.next().await {
            Some(Heard::Message(message)) if get(&message, "ready").is_truthy() => {
                let flag = get(&message, "cancel").as_f64().unwrap_or_default() as u32;
                let memory = get(&message, "memory").dyn_into().ok();
                self.cancel = memory.map(|memory| (memory, flag));
                Ok(())
            }
            Some(Heard::Message(message)) => {
                let why = get(&message, "broken").as_string();
                Err(StartError::Broken(
                    why.map_or_else(|| "it started in an unknown way".into(), |why| without_stack(&why)),
                ))
            }
            Some(Heard::Error(why)) => Err(StartError::Broken(why)),
            None => Err(StartError::Gone),
        }
    }

    /// Sends the engine a command; with one that starts a run, the user's file.
    pub fn tell(&self, command: &Command, file: Option<&web_sys::File>) {
        let array = js_sys::Uint8Array::new_from_slice(&wire::encode(command));
        let file = file.map_or(JsValue::UNDEFINED, JsValue::from);
        // Can only fail for a message that cannot be cloned, which these can.
        let _ = self.worker.post_message(&js_sys::Array::of2(&array, &file));
    }
}

impl RunHandle for Engine {
    /// An engine that computes looks at the flag every few milliseconds; one that does not is replaced in less.
    const GRACE_MS: u32 = 120;

    /// The next event; a broken engine says so for ever.
    async fn next(&mut self) -> Event {
        match self.events.next().await {
            Some(Heard::Message(message)) => {
                let bytes = js_sys::Uint8Array::new(&message).to_vec();
                wire::decode(&bytes).unwrap_or_else(|error| Event::Broken(error.to_string()))
            }
            Some(Heard::Error(why)) => Event::Broken(why),
            None => Event::Broken("the engine went away".into()),
        }
    }

    /// Asks the run to end: by a message, and by the flag where memory is shared.
    fn cancel(&mut self) {
        if let Some((memory, flag)) = &self.cancel {
            // A byte of its own, so a plain write is enough: the engine looks at it between two slices of work.
            js_sys::Uint8Array::new(&memory.buffer()).set_index(*flag, 1);
        }
        self.tell(&Command::Cancel, None);
    }

    fn kill(&mut self, worker: u16) {
        self.tell(&Command::KillWorker(worker), None);
    }
}
