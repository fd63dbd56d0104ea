//! Writes the programs of lanes: a module of its own, which the page loads when the first program is wanted.
//!
//! What writes them would be a tenth of the page, and most of what the page does needs none.

use lanes_core::{
    export::program::{Language, program},
    scenario::{Lane, ValidScenario},
    wire,
};
use wasm_bindgen::prelude::*;

fn main() {}

/// The program that an order asks for, or the sentence why there is none; both in the form of [`wire`]. The order is a
/// scenario, a lane and a language.
///
/// # Errors
/// When the order cannot be read: the page is of another build.
#[wasm_bindgen]
pub fn write(order: &[u8]) -> Result<Vec<u8>, JsError> {
    let (scenario, lane, language): (ValidScenario, Lane, Language) = wire::decode(order)?;
    Ok(wire::encode(&program(&scenario, lane, language).map_err(|why| why.to_string())))
}
