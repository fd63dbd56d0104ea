//! Modules of JavaScript beside the page's own, each loaded when it is first wanted.

use wasm_bindgen::prelude::*;

// All are of one build, and a copy of another build may be kept under the same name: an address carries the name of the page's
// module, which no two builds have in common. And a browser that could not load a module never asks for that address again: with
// every attempt there is another one.
#[wasm_bindgen(inline_js = "const attempts = new Map();
export function addressOf(path) {
  const build = document.querySelector('script[data-wasm]').dataset.wasm.replace(/^.*-/, '');
  const attempt = attempts.get(path) ?? 0;
  const address = new URL(path, document.baseURI);
  address.search = attempt > 0 ? `${build}&attempt=${attempt}` : build;
  return address.href;
}
export async function importModule(path) {
  try {
    return await import(addressOf(path));
  } catch (error) {
    attempts.set(path, (attempts.get(path) ?? 0) + 1);
    throw error;
  }
}")]
extern "C" {
    /// Where a file of this build is.
    #[wasm_bindgen(js_name = addressOf)]
    pub fn address_of(path: &str) -> String;

    /// The module at a path below the page; asked for again after an attempt that failed.
    #[wasm_bindgen(js_name = importModule, catch)]
    pub async fn import_module(path: &str) -> Result<JsValue, JsValue>;
}
