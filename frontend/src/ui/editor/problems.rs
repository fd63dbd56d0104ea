//! Everything that is wrong with the draft, in one list that leads to each field.

use lanes_core::scenario::Problem;
use leptos::prelude::*;
use wasm_bindgen::JsCast;

use super::{json::flaw, path::element_id, tools::focus};
use crate::{
    page::{Page, field_name},
    ui::{
        icons::{self, icon},
        panel_open::PanelOpen,
    },
};

/// So many are listed; more would push the form out of sight.
const LISTED: usize = 6;

/// `1 thing to fix`, `3 things to fix`.
pub(crate) fn to_fix(problems: usize) -> String {
    format!("{problems} {} to fix", if problems == 1 { "thing" } else { "things" })
}

/// Opens the panel and puts the focus on the list.
pub(crate) fn show(open: PanelOpen) {
    open.0.set(true);
    focus("problems");
}

/// The list; nothing while there is nothing wrong.
#[component]
pub(super) fn ProblemList(
    /// Whether the JSON is shown: there a field is named by its path, in the form by its label.
    by_path: Signal<bool>,
) -> impl IntoView {
    let page = expect_context::<Page>();
    let problems = Memo::new(move |_| {
        // A text that is no JSON has one problem, and its place in the text is what helps.
        if let Some(message) = page.draft.with(flaw) {
            return vec![Problem { field: String::new(), message }];
        }
        page.checked.with(|checked| checked.as_ref().err().cloned().unwrap_or_default())
    });
    let list = move || {
        let problems = problems.get();
        let named = |problem: Problem| entry(page, problem, by_path.get());
        let count = problems.len();
        (count > 0).then(|| {
            let more = count.saturating_sub(LISTED);
            view! {
                <div class="problems" id="problems" tabindex="-1">
                    <p class="problems-title">{icon(icons::WARN)} {to_fix(count)} " before it can run"</p>
                    <ul role="list">
                        {problems.into_iter().take(LISTED).map(named).collect_view()}
                    </ul>
                    {(more > 0).then(|| view! { <p class="problems-more">"and " {more} " more"</p> })}
                </div>
            }
        })
    };
    view! { <div role="status">{list}</div> }
}

fn entry(page: Page, problem: Problem, by_path: bool) -> impl IntoView {
    let Problem { field, message } = problem;
    if field.is_empty() {
        return view! { <li>{message}</li> }.into_any();
    }
    let target = field.clone();
    let name = if by_path {
        view! { <code>{field}</code> }.into_any()
    } else {
        let name = page.draft.with_untracked(|draft| field_name(&field, draft));
        view! { <strong>{name}</strong> }.into_any()
    };
    view! {
        <li>
            <button type="button" class="problem-link" on:click=move |_| go_to(&target)>
                {name}
                " "
                {message}
            </button>
        </li>
    }
    .into_any()
}

/// Puts the focus on the field, or on the nearest thing around it that the form has.
fn go_to(field: &str) {
    let mut path = field;
    loop {
        let id = element_id(path);
        let element =
            document().get_element_by_id(&id).and_then(|element| element.dyn_into::<web_sys::HtmlElement>().ok());
        if let Some(element) = element {
            if let Some(closed) = element.closest("details:not([open])").ok().flatten() {
                // Setting an attribute fails only for a name that is none.
                let _ = closed.set_attribute("open", "");
            }
            focus(id);
            return;
        }
        match path.rfind(['.', '[']) {
            Some(end) => path = &path[..end],
            None => return focus("tab-json-button"),
        }
    }
}
