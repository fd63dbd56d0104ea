//! `window.lanes`: the page for scripts and tests.
//!
//! - `run(scenario?)`: a promise of the result file; without a scenario, of the one that is being edited. Rejects
//!   with a text that names every problem.
//! - `plan(scenario?)`: the tasks with everything dealt from the seed, as a JSON text (its seeds have 64 bits).
//! - `cancel()`, `result()` (the last result file or null), `scenario()` (the edited one), `idle` (a boolean).
//!
//! `data-idle` on `<html>` says the same as `idle`, for tests that wait on the document; `data-backend` says how the
//! page stands to the local backend: `none`, `connecting`, `locked`, `foreign`, `ready` or `lost`.

use lanes_core::{plan::Plan, scenario::ValidScenario};
use leptos::prelude::*;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::future_to_promise;

use super::{run::Runner, state::Page};
use crate::backend::BackendState;

/// A JSON value as a JavaScript one.
fn to_js(value: &serde_json::Value) -> JsValue {
    js_sys::JSON::parse(&value.to_string()).unwrap_or(JsValue::NULL)
}

/// Puts `lanes` on the window and keeps `data-idle` right.
pub(super) fn offer(page: Page, runner: Runner) {
    let lanes = js_sys::Object::new();
    let set = |key: &str, value: &JsValue| {
        let _ = js_sys::Reflect::set(&lanes, &key.into(), value);
    };
    let run = Closure::<dyn Fn(JsValue) -> js_sys::Promise>::new(move |scenario: JsValue| {
        // Started in this very call: a `cancel()` right after it is meant for this run.
        let run = read(page, &scenario).map(|scenario| runner.run_scenario(scenario));
        future_to_promise(async move {
            let run = run.map_err(|why| JsValue::from_str(&why))?;
            run.await.map_err(|why| JsValue::from_str(&why.to_string()))?;
            Ok(page.result_file().as_ref().map_or(JsValue::NULL, to_js))
        })
    });
    set("run", run.as_ref());
    run.forget();
    let cancel = Closure::<dyn Fn()>::new(move || runner.cancel());
    set("cancel", cancel.as_ref());
    cancel.forget();
    let result = Closure::<dyn Fn() -> JsValue>::new(move || page.result_file().as_ref().map_or(JsValue::NULL, to_js));
    set("result", result.as_ref());
    result.forget();
    let scenario = Closure::<dyn Fn() -> JsValue>::new(move || to_js(&page.draft.get_untracked()));
    set("scenario", scenario.as_ref());
    scenario.forget();
    let plan = Closure::<dyn Fn(JsValue) -> Result<JsValue, JsValue>>::new(move |scenario: JsValue| {
        let scenario = read(page, &scenario).map_err(|why| JsValue::from_str(&why))?;
        let plan = Plan::new(scenario);
        let steps = |task| (0..plan.steps(task)).map(|step| plan.action(task, step)).collect::<Vec<_>>();
        let tasks: Vec<_> = (0..plan.tasks()).map(steps).collect();
        Ok(serde_json::to_string(&tasks).unwrap_or_default().into())
    });
    set("plan", plan.as_ref());
    plan.forget();
    let idle = Closure::<dyn Fn() -> bool>::new(move || untrack(|| page.is_idle()));
    let property = js_sys::Object::new();
    let _ = js_sys::Reflect::set(&property, &"get".into(), idle.as_ref());
    idle.forget();
    js_sys::Object::define_property(&lanes, &"idle".into(), &property);

    let window = web_sys::window().expect("only the page offers it");
    let _ = js_sys::Reflect::set(&window, &"lanes".into(), &lanes);

    Effect::new(move |_| {
        say("data-idle", if page.is_idle() { "true" } else { "false" });
    });
    Effect::new(move |_| say("data-backend", page.backend.state.with(BackendState::id)));
}

/// Says something on `<html>`.
fn say(attribute: &str, value: &str) {
    if let Some(root) = web_sys::window().and_then(|w| w.document()).and_then(|d| d.document_element()) {
        let _ = root.set_attribute(attribute, value);
    }
}

/// The scenario a script asked for: an object, a JSON text, or none for the edited one.
fn read(page: Page, scenario: &JsValue) -> Result<ValidScenario, String> {
    let problems = |problems: Vec<lanes_core::scenario::Problem>| {
        problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
    };
    if scenario.is_undefined() || scenario.is_null() {
        return page.checked.get_untracked().map_err(problems);
    }
    let json = match scenario.as_string() {
        Some(text) => text,
        None => js_sys::JSON::stringify(scenario).ok().and_then(|text| text.as_string()).unwrap_or_default(),
    };
    ValidScenario::from_json(&json).map_err(problems)
}
