//! Whoever works out what a job would take: a worker (`js/predictor.js`), started when the first question is asked.

use lanes_core::{predict::forecast::Question, wire};
use serde::de::DeserializeOwned;
use wasm_bindgen::prelude::*;

use crate::{js_error::describe, on_demand::address_of};

#[wasm_bindgen(inline_js = "let worker;
let last = 0;
const waiting = new Map();
function end(error) {
  worker?.terminate();
  worker = undefined;
  for (const { reject } of waiting.values()) reject(error);
  waiting.clear();
}
export function askPredictor(address, question, forMs) {
  if (!worker) {
    worker = new Worker(address, { type: 'module', name: 'predictor' });
    worker.onerror = (event) => end(event.message ?? 'it could not be loaded');
    worker.onmessage = ({ data: { id, answer, broken } }) => {
      if (broken !== undefined) return end(broken);
      waiting.get(id)?.resolve(answer);
      waiting.delete(id);
    };
  }
  const id = ++last;
  return new Promise((resolve, reject) => {
    waiting.set(id, { resolve, reject });
    worker.postMessage({ id, question, forMs });
  });
}
export function stopPredictor() {
  end('it was stopped');
}")]
extern "C" {
    #[wasm_bindgen(js_name = askPredictor, catch)]
    async fn ask_predictor(address: &str, question: &[u8], for_ms: f64) -> Result<JsValue, JsValue>;

    /// Ends it with whatever it is at: the next question finds a new one.
    #[wasm_bindgen(js_name = stopPredictor)]
    pub fn stop();
}

/// The answer to a question; what has no end is given up after so many milliseconds.
///
/// # Errors
/// When it could not be loaded, or broke: a sentence that says what to do.
pub async fn ask<T: DeserializeOwned>(question: &Question, for_ms: f64) -> Result<T, String> {
    let answer =
        ask_predictor(&address_of("predictor.js"), &wire::encode(question), for_ms).await.map_err(|error| {
            let why = describe(&error);
            format!("What predicts could not answer ({why}): is the host there, and is nothing blocked? Try again then")
        })?;
    wire::decode(&js_sys::Uint8Array::new(&answer).to_vec()).map_err(|error| error.to_string())
}
