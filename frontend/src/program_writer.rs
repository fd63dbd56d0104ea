//! What writes the programs of lanes: a module beside the page's (`bin/programs/`), loaded when the first one is wanted.

use js_sys::{Object, Reflect};
use lanes_core::{
    export::{
        listing::{Comparison, Line},
        program::{Language, Program},
    },
    scenario::{Lane, ValidScenario},
    wire,
};
use wasm_bindgen::prelude::*;

use crate::{
    js_error::describe,
    on_demand::{address_of, import_module},
};

#[wasm_bindgen]
extern "C" {
    #[derive(Clone, Debug)]
    type Programs;

    /// Its own module of WebAssembly, loaded the first time.
    #[wasm_bindgen(method, catch, js_name = default)]
    async fn start(this: &Programs, from: &Object) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(method, catch)]
    fn write(this: &Programs, order: &[u8]) -> Result<Vec<u8>, JsValue>;

    #[wasm_bindgen(method, catch)]
    fn lines(this: &Programs, program: &[u8]) -> Result<Vec<u8>, JsValue>;

    #[wasm_bindgen(method)]
    fn compare(this: &Programs, left: &str, right: &str) -> Vec<u8>;
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
        let programs = async {
            let programs: Programs = import_module("lanes-programs.js").await?.unchecked_into();
            let from = Object::new();
            Reflect::set(&from, &"module_or_path".into(), &address_of("lanes-programs_bg.wasm").into())?;
            programs.start(&from).await?;
            Ok(programs)
        };
        programs.await.map(Self).map_err(|error: JsValue| {
            let why = describe(&error);
            format!("what writes programs could not be loaded ({why}): is the host there, and is nothing blocked? Try again then")
        })
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
    /// The lines of a program, with the kinds of their pieces.
    pub fn lines(&self, program: &Program) -> Vec<Line> {
        let answer = self.0.lines(&wire::encode(program)).ok();
        answer.and_then(|answer| wire::decode(&answer).ok()).unwrap_or_default()
    }

    /// Two programs side by side.
    pub fn compare(&self, left: &Program, right: &Program) -> Comparison {
        wire::decode(&self.0.compare(&left.code, &right.code)).unwrap_or_default()
    }
}
