//! What a step calls: a function of the user's own. One that the scenario brings can be read and changed here, and runs in the
//! page's CPython, which is a sandbox, when somebody presses Run; one that it names runs where the local backend was started
//! with its file.

use lanes_core::{
    present::of,
    scenario::{Call, Place, articles::is_ours},
};
use leptos::prelude::*;

use super::{code_editor::OwnCode, place::Place as Field, what_if::WhatIfs};

/// The call at `path`: which function of what, where it runs, and its source.
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
    let source = Field::at(format!("{path}.python"));
    let named = Field::at(format!("{path}.python.file"));
    let file = move || named.text().unwrap_or_else(|| format!("{}.py", module()));
    let whose = move || match source.text().is_some_and(|text| is_ours(&text)) {
        true => "This code comes with Lanes: change what you like.",
        false => "Code that came with a link is whoever’s made the link.",
    };
    let is_brought = Memo::new(move |_| source.text().is_some());
    view! {
        <p class="row-hint">
            "Calls " <code>{function} "(item)"</code> " of " <code>{file}</code> " for each of "
            <code>{move || shortened(&items())}</code> ". What it changes it changes anew in every lane and every repeat."
        </p>
        <Show when=move || is_brought.get()>
            <p class="row-hint">
                "In lanes of " {Place::Pyodide.id()} " it runs here, in a sandbox that reaches no network but a simulated one, \
                when you press Run. " {whose}
            </p>
            <WhatIfs />
            <details class="more" prop:open=true>
                <summary><span class="more-word">"Its code: " {move || lines(source)}</span></summary>
                <OwnCode source />
            </details>
        </Show>
    }
}

/// How long the code in a field is.
fn lines(source: Field) -> String {
    of(source.text().unwrap_or_default().lines().count() as u64, "line", "lines")
}

/// An expression as long as a line has room for.
fn shortened(expression: &str) -> String {
    const MOST: usize = 60;
    if expression.chars().count() <= MOST {
        return expression.to_owned();
    }
    expression.chars().take(MOST - 1).chain(['…']).collect()
}
