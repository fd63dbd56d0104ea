//! Messages from a worker of the page's to whoever made it.

use lanes_core::wire::{self, Event};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{DedicatedWorkerGlobalScope, ErrorEvent};

/// Sends an event to whoever made this worker.
pub(super) fn post(event: &Event) {
    let bytes = wire::encode(event);
    let array = js_sys::Uint8Array::new_from_slice(&bytes);
    let transfer = js_sys::Array::of1(&array.buffer());
    // Fails only when the worker is being ended, and then nobody listens.
    let _ = scope().post_message_with_transfer(&array, &transfer);
}

/// This worker's global scope.
pub(super) fn scope() -> DedicatedWorkerGlobalScope {
    js_sys::global().unchecked_into()
}

/// Sends a plain JavaScript message to whoever made this worker.
pub(super) fn post_js(message: &JsValue) {
    let _ = scope().post_message(message);
}

/// What an error of a worker says; nothing where its script could not be loaded: the event has no message then, although
/// its type says so.
#[must_use]
pub fn error_text(event: &ErrorEvent) -> String {
    js_sys::Reflect::get(event, &"message".into()).ok().and_then(|text| text.as_string()).unwrap_or_default()
}
