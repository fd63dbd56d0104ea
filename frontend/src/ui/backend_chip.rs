//! How the page stands to the local backend: a chip in the bar, and what there is to know behind it.

use std::sync::Arc;

use lanes_core::{
    api::Limit,
    present::{bytes, count, of, offset, sentence},
    scenario::Place,
};
use leptos::prelude::*;

use crate::{
    backend::{BackendState, Found},
    page::Page,
};

/// The chip. What is behind it opens below the bar.
#[component]
pub(crate) fn BackendChip() -> impl IntoView {
    let page = expect_context::<Page>();
    let state = page.backend.state;
    let title = move || format!("Local backend: {}", state.with(said));
    view! {
        <button
            type="button"
            class="button button-quiet button-shrinks backend-chip"
            title=title
            aria-label=title
            popovertarget="backend"
        >
            <span class=move || format!("dot dot-{}", state.with(BackendState::id)) aria-hidden="true"></span>
            <span class="button-label">"Backend"</span>
        </button>
        <div id="backend" class="popover" popover="auto" role="dialog" aria-label="Local backend">
            <h2 class="popover-title">"Local backend"</h2>
            {move || match state.get() {
                BackendState::Ready(found) => facts(&found).into_any(),
                state => absent(page, &state).into_any(),
            }}
        </div>
    }
}

/// Its state in a word or two.
fn said(state: &BackendState) -> &'static str {
    match state {
        BackendState::None => "none here",
        BackendState::Connecting => "looking for it",
        BackendState::Locked(_) => "there, but locked for this page",
        BackendState::Foreign(_) => "there, but of another version",
        BackendState::Ready(_) => "ready",
        BackendState::Lost(_) => "does not answer any more",
    }
}

fn absent(page: Page, state: &BackendState) -> impl IntoView + use<> {
    let why = state.why_not().map(|why| format!("{}.", sentence(&why)));
    let detail = match state {
        BackendState::Lost(why) => Some(view! { <p class="popover-note">{sentence(why)}"."</p> }),
        _ => None,
    };
    view! {
        <p>{why}</p>
        {detail}
        <p class="popover-note">
            "It adds native and CPython lanes and a server for real requests. The lanes in the browser need none."
        </p>
        <button type="button" class="button button-small" on:click=move |_| page.backend.probe_again()>"Look again"</button>
    }
}

fn facts(found: &Arc<Found>) -> impl IntoView + use<> {
    let hello = &found.hello;
    let fact = |name: &'static str, value: String| {
        (!value.is_empty()).then(|| view! { <div class="fact"><dt>{name}</dt><dd>{value}</dd></div> })
    };
    let lanes = |place| {
        let here: Vec<_> = hello.lanes.iter().filter(|here| here.lane.place == place).collect();
        match (here.len(), here.iter().filter(|here| here.missing.is_some()).count()) {
            (0, _) => "none".to_owned(),
            (all, 0) => all.to_string(),
            (all, missing) => format!("{} of {all}", all - missing),
        }
    };
    let clock = found.clock.map_or_else(|| "not known".to_owned(), |clock| offset(clock.offset_us, clock.error_us));
    let addresses = if hello.allow_private { "any" } else { "public ones" };
    let limits = hello.limits.iter().map(limit).collect_view();
    view! {
        <dl class="facts">
            {fact("machine", hello.machine.os.clone())}
            {fact("processor", hello.machine.cpu.clone())}
            {fact("cores", count(u64::from(hello.machine.cores)))}
            {fact("version", hello.version.clone())}
            {fact("native lanes", lanes(Place::Native))}
            {fact("CPython lanes", lanes(Place::Python))}
            {fact("clock", clock)}
            {fact("asks addresses", addresses.to_owned())}
        </dl>
        <details class="popover-limits">
            <summary>"Limits"</summary>
            <dl class="facts">{limits}</dl>
        </details>
    }
}

fn limit(limit: &Limit) -> impl IntoView + use<> {
    let most = match limit.unit.as_str() {
        "" => count(limit.most),
        "bytes" => bytes(limit.most),
        unit => of(limit.most, unit, unit),
    };
    view! { <div class="fact"><dt>{limit.name.clone()}</dt><dd>{most}</dd></div> }
}
