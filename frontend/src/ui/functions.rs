//! The functions of the user's own that the local backend was started with: each a scenario to be chosen. Nothing where it
//! was started with none.

use lanes_core::present::of;
use leptos::prelude::*;

use crate::{backend::OwnFunction, page::Page};

/// The list of them.
#[component]
pub(crate) fn Functions() -> impl IntoView {
    let page = expect_context::<Page>();
    let functions = Memo::new(move |_| page.backend.state.with(|state| state.functions()));
    let entries = move || functions.get().into_iter().map(|function| entry(page, function)).collect_view();
    view! {
        <Show when=move || !functions.with(Vec::is_empty)>
            <section class="panel-section" aria-labelledby="functions-title">
                <h2 id="functions-title" class="panel-title">"Your own code"</h2>
                <ul class="presets" role="list">{entries}</ul>
            </section>
        </Show>
    }
}

fn entry(page: Page, function: OwnFunction) -> impl IntoView {
    let OwnFunction { file, items, scenario } = function;
    match scenario {
        Ok(scenario) => {
            let call = scenario.call().cloned();
            let name = call.as_ref().map(|call| call.function.clone()).unwrap_or_default();
            let how = match call.as_ref().map(|call| (call.is_coroutine_only(), call.coroutine.as_str())) {
                Some((true, _)) => ", a coroutine function".to_owned(),
                Some((false, coroutine)) if !coroutine.is_empty() => format!(", and {coroutine} on event loops"),
                _ => String::new(),
            };
            let tasks = scenario.tasks();
            let some = if tasks < items { format!(" of {items}") } else { String::new() };
            let what = format!("{}{some}{how}", of(tasks.into(), "item", "items"));
            let is_selected = move || {
                page.checked.with(|checked| {
                    checked.as_ref().is_ok_and(|edited| call.is_some() && edited.call() == call.as_ref())
                })
            };
            let is_selected = Memo::new(move |_| is_selected());
            view! {
                <li>
                    <button
                        type="button"
                        class="preset"
                        aria-pressed=move || is_selected.get().to_string()
                        on:click=move |_| page.load(&scenario)
                    >
                        <span class="preset-question">{name} "() of " {file}</span>
                        <span class="preset-what">{what}</span>
                    </button>
                </li>
            }
            .into_any()
        }
        Err(why) => view! {
            <li class="preset is-broken">
                <span class="preset-question">{file}</span>
                <span class="preset-what">{why}</span>
            </li>
        }
        .into_any(),
    }
}
