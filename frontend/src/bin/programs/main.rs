//! Writes the programs of lanes and what is shown of them, and works out what a job would take: a module of its own, which the page loads when the first of
//! either is wanted.
//!
//! Most of what the page does needs none of it.

mod compare;
mod highlight;

use lanes_core::{
    export::program::{Language, Program, program},
    predict::forecast::Question,
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

/// The lines of a program, each with the kinds of its pieces, in the form of [`wire`].
///
/// # Errors
/// When the program cannot be read: the page is of another build.
#[wasm_bindgen]
pub fn lines(program: &[u8]) -> Result<Vec<u8>, JsError> {
    let program: Program = wire::decode(program)?;
    Ok(wire::encode(&highlight::lines(&program.code, program.language)))
}

/// Two texts side by side, in the form of [`wire`].
#[wasm_bindgen]
#[must_use]
pub fn compare(left: &str, right: &str) -> Vec<u8> {
    wire::encode(&compare::compare(left, right))
}

/// The answer to a [`Question`] in the form of [`wire`]; what is looked for is given up after so many milliseconds.
///
/// # Errors
/// When the question cannot be read: the page is of another build.
#[wasm_bindgen]
pub fn answer(question: &[u8], for_ms: f64) -> Result<Vec<u8>, JsError> {
    let question: Question = wire::decode(question)?;
    let until = js_sys::Date::now() + for_ms;
    Ok(question.answer(|| js_sys::Date::now() < until))
}
