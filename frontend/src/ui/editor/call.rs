//! What a step calls: a function of the user's own, to be read here. It is run where the local backend was started with its
//! file, or on the command line.

use lanes_core::{
    present::of,
    scenario::{Call, Code},
};
use leptos::prelude::*;

use crate::page::Page;

/// The call of the page's scenario: which function of what, where it runs, and its source.
#[component]
pub(super) fn CallFields() -> impl IntoView {
    let page = expect_context::<Page>();
    let call = Memo::new(move |_| page.checked.with(|checked| checked.as_ref().ok()?.call().cloned()));
    move || call.get().map(|call| fields(&call))
}

fn fields(call: &Call) -> impl IntoView + use<> {
    let function = call.function.clone();
    let file = match &call.python {
        Code::Source(_) => format!("{}.py", call.module),
        Code::Named(named) => named.file.clone(),
    };
    let items = if call.items.is_empty() { "ITEMS".to_owned() } else { shortened(&call.items) };
    let source = call.source().map(|text| {
        let lines = of(call.lines() as u64, "line", "lines");
        view! {
            <details class="more">
                <summary><span class="more-word">"Its code: " {lines}</span></summary>
                <pre class="own-code" tabindex="0">{text.to_owned()}</pre>
            </details>
        }
    });
    view! {
        <p class="row-hint">
            "Calls " <code>{function} "(item)"</code> " of " <code>{file}</code> " for each of " <code>{items}</code>
            ", in lanes of CPython alone. What it changes it changes anew in every lane and every repeat."
        </p>
        {source}
    }
}

/// An expression as long as a line has room for.
fn shortened(expression: &str) -> String {
    const MOST: usize = 60;
    if expression.chars().count() <= MOST {
        return expression.to_owned();
    }
    expression.chars().take(MOST - 1).chain(['…']).collect()
}
