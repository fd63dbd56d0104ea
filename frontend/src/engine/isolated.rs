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
    net::{ServerState, SharedState},
    settings::Settings,
    world::{BrowserWorld, FileShares},
};

/// From the parent to an isolated worker. The shares of a file, and what tasks are given, travel beside it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) enum ToWorker {
    /// A new run: t = 0 of its clock is the place's part, in milliseconds of the Unix epoch.
    Setup(Setup<f64>),
    /// Do these tasks.
    Chunk(Chunk),
}

/// From an isolated worker to its parent. What tasks give back travels beside it.
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
    send(&FromWorker::Ready, &[]);
}

fn send(message: &FromWorker, beside: &[u8]) {
    let array = js_sys::Uint8Array::new_from_slice(&wire::encode(message));
    let transfer = js_sys::Array::of1(&array.buffer());
    let beside = if beside.is_empty() {
        JsValue::UNDEFINED
    } else {
        let beside = js_sys::Uint8Array::new_from_slice(beside);
        transfer.push(&beside.buffer());
        beside.into()
    };
    let _ = scope().post_message_with_transfer(&js_sys::Array::of2(&array, &beside), &transfer);
}

/// The bytes of a message, and those beside it.
pub(super) fn parts(message: &JsValue) -> (Vec<u8>, Vec<u8>) {
    let message: &js_sys::Array = message.unchecked_ref();
    let bytes = |at| message.get(at).dyn_ref::<js_sys::Uint8Array>().map(js_sys::Uint8Array::to_vec);
    (bytes(0).unwrap_or_default(), bytes(1).unwrap_or_default())
}

/// The memory that comes with a setup.
fn shared_memory(message: &JsValue) -> JsValue {
    message.unchecked_ref::<js_sys::Array>().get(2)
}

impl WorkerEnd {
    fn receive(&mut self, event: &MessageEvent) {
        let received_ns = self.job.as_ref().map_or(0, IsolatedWorker::now_ns);
        let (bytes, beside) = parts(&event.data());
        match wire::decode::<ToWorker>(&bytes) {
            Ok(ToWorker::Setup(setup)) => {
                let network = self.settings.network.clone();
                SharedState::meet(&shared_memory(&event.data()), setup.worker);
                self.job = Some(IsolatedWorker::new(setup, |epoch_ms, plan| {
                    let client = (network, ServerState::Shared);
                    BrowserWorld::new(Clock { epoch_ms }, client, FileShares::default(), Model::Processes, plan)
                }));
            }
            Ok(ToWorker::Chunk(chunk)) => {
                let job = self.job.as_mut().expect("a job comes before its chunks");
                match job.chunk(&chunk, received_ns, &beside) {
                    Ok((answer, made)) => {
                        let mut beside = Vec::new();
                        made.iter().for_each(|made| made.data().write(&mut beside));
                        send(&FromWorker::Answer(Box::new(answer)), &beside);
                    }
                    Err(error) => wasm_bindgen::throw_str(&error.to_string()),
                }
                job.answered();
            }
            Err(error) => wasm_bindgen::throw_str(&error.to_string()),
        }
    }
}
