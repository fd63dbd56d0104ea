//! What a step calls: a function of the user's own, to be read here and to be run on the command line.

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
    let lines = move || {
        let lines = python.with_value(|python| python().lines().count());
        of(lines as u64, "line", "lines")
    };
    view! {
        <p class="hint">
            "Calls " <code>{function} "(item)"</code> " of " <code>{module} ".py"</code> " for each of " <code>{items}</code>
            ". It runs in lanes of " {Place::Python.id()} " alone, and never from a page: run it with " <code>"lanes run"</code>
            " on the command line."
        </p>
        <details>
            <summary>"Its code: " {lines}</summary>
            <pre class="code" tabindex="0">{move || python.with_value(|python| python())}</pre>
        </details>
    }
}
