//! What people ask of a program next, each a button that changes the code or one field, and changes it back.

use lanes_core::scenario::articles::{Standing, WhatIf};
use leptos::prelude::*;

use crate::page::Page;

/// What is asked of the article that the draft began as.
#[component]
pub(super) fn WhatIfs() -> impl IntoView {
    let page = expect_context::<Page>();
    let asked = Memo::new(move |_| page.draft.with(|draft| WhatIf::of(draft).collect::<Vec<_>>()));
    view! {
        <Show when=move || asked.with(|asked| !asked.is_empty())>
            <div class="what-ifs" role="group" aria-label="What if">
                <span class="what-ifs-label">"What if …"</span>
                <For each=move || asked.get() key=|what_if| what_if.question let:what_if>
                    <Button what_if />
                </For>
            </div>
        </Show>
    }
}

#[component]
fn Button(what_if: &'static WhatIf) -> impl IntoView {
    let page = expect_context::<Page>();
    let standing = Memo::new(move |_| page.draft.with(|draft| what_if.standing(draft)));
    let click = move |_| match standing.get_untracked() {
        Standing::Not(draft) | Standing::Is(draft) => page.draft.set(draft),
        Standing::Neither => {}
    };
    view! {
        <button
            type="button"
            class="chip-button"
            aria-pressed=move || standing.with(|standing| matches!(standing, Standing::Is(_))).to_string()
            disabled=move || standing.with(|standing| *standing == Standing::Neither)
            on:click=click
        >
            {what_if.question}
        </button>
    }
}
