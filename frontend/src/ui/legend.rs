//! What the colours mean.

use lanes_core::trace::State;
use leptos::prelude::*;

use super::words;

/// One entry for each state: its colour, its name, and what it means as a hint.
#[component]
pub(crate) fn Legend() -> impl IntoView {
    let entries = State::ALL.map(|state| {
        view! {
            <li class="legend-entry" title=words::state_about(state)>
                <span class=format!("swatch swatch-{}", state.id()) aria-hidden="true"></span>
                {state.id()}
                <span class="sr-only">": " {words::state_about(state)}</span>
            </li>
        }
    });
    view! { <ul class="legend" role="list" aria-label="What the colours mean">{entries}</ul> }
}
