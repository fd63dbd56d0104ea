//! What writes the programs of lanes: a module beside the page's (`bin/programs.rs`), loaded when the first one is wanted.

use lanes_core::{
    export::program::{Language, Program},
    scenario::{Lane, ValidScenario},
    wire,
};
use wasm_bindgen::prelude::*;

use crate::js_error::describe;

// Both modules are of one build, and a copy of another build may be kept under the same name: its address carries the name of
// the page's module, which no two builds have in common. And a browser that could not load a module never asks for that address
// again: with every attempt there is another one.
#[wasm_bindgen(inline_js = "let programs;
let attempts = 0;
export function loadPrograms() {
  const build = document.querySelector('script[data-wasm]').dataset.wasm.replace(/^.*-/, '');
  const at = (name) => {
    const address = new URL(name, document.baseURI);
    address.search = attempts > 0 ? `${build}&attempt=${attempts}` : build;
    return address;
  };
  programs ??= (async () => {
    const module = await import(at('lanes-programs.js'));
    await module.default({ module_or_path: at('lanes-programs_bg.wasm') });
    return module;
  })().catch((error) => {
    programs = undefined;
    attempts += 1;
    throw error;
  });
  return programs;
}")]
extern "C" {
    #[derive(Clone, Debug)]
    type Programs;

    #[wasm_bindgen(js_name = loadPrograms, catch)]
    async fn load_programs() -> Result<JsValue, JsValue>;

    #[wasm_bindgen(method, catch)]
    fn write(this: &Programs, order: &[u8]) -> Result<Vec<u8>, JsValue>;
}

/// Writes programs.
#[derive(Clone, Debug)]
pub struct ProgramWriter(Programs);

impl ProgramWriter {
    /// Loads it, the first time.
    ///
    /// # Errors
    /// When it does not come, or does not start: a sentence that says what to do.
    pub async fn load() -> Result<Self, String> {
        let module = load_programs().await.map_err(|error| {
            let why = describe(&error);
            format!("what writes programs could not be loaded ({why}): is the host there, and is nothing blocked? Try again then")
        })?;
        Ok(Self(module.unchecked_into()))
    }

    /// The program that does a scenario as a lane does it, in a language.
    ///
    /// # Errors
    /// The sentence why there is none.
    pub fn program(&self, scenario: &ValidScenario, lane: Lane, language: Language) -> Result<Program, String> {
        let order = wire::encode(&(scenario, lane, language));
        let answer = self.0.write(&order).map_err(|error| describe(&error))?;
        wire::decode(&answer).unwrap_or_else(|error| Err(error.to_string()))
    }
}
