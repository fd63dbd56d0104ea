//! An isolated worker: the browser's process. Its own instance, its own memory, nothing but messages.
//!
//! What it does is [`lanes_core::run::isolated`]'s; here are the messages.

use lanes_core::{
    run::isolated::{Answer, Chunk, IsolatedWorker, Setup},
    scenario::Model,
    wire,
};
use serde::{Deserialize, Serialize};
use wasm_bindgen::{JsCast, prelude::*};
use web_sys::MessageEvent;

use super::{
    clock::Clock,
    messages::scope,
    settings::Settings,
    world::{BrowserWorld, FileShares},
};

/// From the parent to an isolated worker. The shares of a file travel beside it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) enum ToWorker {
    /// A new run: t = 0 of its clock is the place's part, in milliseconds of the Unix epoch.
    Setup(Setup<f64>),
    /// Do these tasks.
    Chunk(Chunk),
}

/// From an isolated worker to its parent.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) enum FromWorker {
    /// It has started.
    Ready,
    /// A chunk is done.
    Answer(Box<Answer>),
}

struct WorkerEnd {
    settings: Settings,
    job: Option<IsolatedWorker<BrowserWorld>>,
}

/// The entry of an isolated worker. `config` is as for an engine.
#[wasm_bindgen]
pub fn start_isolated(config: JsValue) {
    std::panic::set_hook(Box::new(|info| {
        console_error_panic_hook::hook(info);
        let message = js_sys::Object::new();
        let _ = js_sys::Reflect::set(&message, &"broken".into(), &info.to_string().into());
        let _ = scope().post_message(&message);
    }));
    let mut worker = WorkerEnd { settings: Settings::read(&config), job: None };
    let on_message = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| worker.receive(&event));
    scope().set_onmessage(Some(on_message.as_ref().unchecked_ref()));
    on_message.forget();
    send(&FromWorker::Ready);
}

fn send(message: &FromWorker) {
    let array = js_sys::Uint8Array::new_from_slice(&wire::encode(message));
    let _ = scope().post_message_with_transfer(&array, &js_sys::Array::of1(&array.buffer()));
}

impl WorkerEnd {
    fn receive(&mut self, event: &MessageEvent) {
        let received_ns = self.job.as_ref().map_or(0, IsolatedWorker::now_ns);
        let message: js_sys::Array = event.data().unchecked_into();
        let bytes = js_sys::Uint8Array::new(&message.get(0)).to_vec();
        match wire::decode::<ToWorker>(&bytes) {
            Ok(ToWorker::Setup(setup)) => {
                let network = self.settings.network.clone();
                self.job = Some(IsolatedWorker::new(setup, |epoch_ms, plan| {
                    BrowserWorld::new(Clock { epoch_ms }, network, FileShares::default(), Model::Processes, plan)
                }));
            }
            Ok(ToWorker::Chunk(chunk)) => {
                let job = self.job.as_mut().expect("a job comes before its chunks");
                let beside = message.get(1);
                let answer = job.chunk(&chunk, received_ns, |bytes| {
                    if let Some(array) = beside.dyn_ref::<js_sys::Uint8Array>() {
                        bytes.resize(array.length() as usize, 0);
                        array.copy_to(bytes);
                    }
                });
                match answer {
                    Ok(answer) => send(&FromWorker::Answer(Box::new(answer))),
                    Err(error) => wasm_bindgen::throw_str(&error.to_string()),
                }
                job.answered();
            }
            Err(error) => wasm_bindgen::throw_str(&error.to_string()),
        }
    }
}
