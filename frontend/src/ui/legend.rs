//! What the colours mean.

use lanes_core::{present::words, trace::State};
use leptos::prelude::*;

/// One entry for each state: its colour, its name, and what it means as a hint. With the keyboard the whole list is
/// reached at once, and says it all.
#[component]
pub(crate) fn Legend() -> impl IntoView {
    let entries = State::ALL.map(|state| {
        view! {
            <li class="legend-entry" title=words::state_about(state)>
                <span class=format!("swatch swatch-{}", state.id()) aria-hidden="true"></span>
                <span class="legend-name">{state.id()}</span>
                <span class="legend-about">{words::state_about(state)}</span>
            </li>
        }
    });
    view! { <ul class="legend" role="list" tabindex="0" aria-label="What the colours mean">
        {entries}
        <li class="legend-entry" title=FAILED_ABOUT>
            <span class="swatch swatch-failed" aria-hidden="true"></span>
            <span class="legend-name">"failed"</span>
            <span class="legend-about">{FAILED_ABOUT}</span>
        </li>
    </ul> }
}

/// What hatching means.
const FAILED_ABOUT: &str = "Hatched, whatever the colour: the task ended with a failure. Its description says why.";
