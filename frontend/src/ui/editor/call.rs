//! What a step calls: a function of the user's own, to be read and changed here. It runs in the page's CPython, which is a sandbox,
//! when somebody presses Run, and on this machine by the command line alone.

use lanes_core::{
    present::of,
    scenario::{Call, Place},
};
use leptos::prelude::*;

use super::place::Place as Field;

/// The call at `path`: which function of what, and its source.
#[component]
pub(super) fn CallFields(path: String) -> impl IntoView {
    let default = Call::default();
    let text = |field: &str, default: String| {
        let field = Field::at(format!("{path}.{field}"));
        move || field.text().filter(|text| !text.is_empty()).unwrap_or_else(|| default.clone())
    };
    let function = text("function", default.function);
    let module = text("module", default.module);
    let items = text("items", "ITEMS".to_owned());
    let python = StoredValue::new(text("python", String::new()));
    let source = Field::at(format!("{path}.python"));
    let lines = move || {
        let lines = python.with_value(|python| python().lines().count());
        of(lines as u64, "line", "lines")
    };
    view! {
        <p class="hint">
            "Calls " <code>{function} "(item)"</code> " of " <code>{module} ".py"</code> " for each of " <code>{items}</code>
            ". In lanes of " {Place::Pyodide.id()} " it runs here, in a sandbox that reaches nothing, when you press Run. Lanes of "
            {Place::Python.id()} " run it on your machine, from the command line alone: " <code>"lanes run"</code> "."
        </p>
        <p class="hint">"Code that came with a link is whoever's made the link: it is shown, and runs when you say so."</p>
        <details prop:open=true>
            <summary>"Its code: " {lines}</summary>
            <textarea
                class="text mono"
                wrap="off"
                rows="16"
                spellcheck="false"
                autocapitalize="off"
                aria-label="The code, in Python"
                prop:value=move || python.with_value(|python| python())
                on:input=move |event| source.set(event_target_value(&event))
            ></textarea>
        </details>
    }
}
