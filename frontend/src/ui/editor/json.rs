//! The whole scenario as JSON, to read, to edit and to paste into. What is wrong stands in the list above it.
//!
//! Text that is no JSON object is kept in the draft as a text, so that nothing typed is lost and nothing else is run.

use leptos::prelude::*;
use serde_json::Value;

use super::place::same;
use crate::state::Page;

/// What the draft is for this text.
fn read(text: &str) -> Value {
    match serde_json::from_str::<Value>(text) {
        Ok(value @ Value::Object(_)) => value,
        _ => Value::from(text),
    }
}

/// The text for a draft: the scenario with every field in its order, or whatever is there.
fn write(page: Page) -> String {
    let pretty = |draft: &Value| match draft {
        Value::String(text) => text.clone(),
        draft => serde_json::to_string_pretty(draft).unwrap_or_default(),
    };
    page.checked.with_untracked(|checked| match checked {
        Ok(scenario) => scenario.to_json_pretty(),
        Err(_) => page.draft.with_untracked(pretty),
    })
}

/// Why the text is no JSON, if it is none.
pub(super) fn flaw(draft: &Value) -> Option<String> {
    let Value::String(text) = draft else { return None };
    match serde_json::from_str::<Value>(text) {
        Err(error) => Some(format!("This is not JSON yet: {error}")),
        Ok(_) => Some("A scenario is an object in braces".to_owned()),
    }
}

/// The text and what is wrong with it.
#[component]
pub(super) fn JsonView(
    /// Whether it is the tab that is shown; otherwise it does not follow the draft.
    active: Signal<bool>,
) -> impl IntoView {
    let page = expect_context::<Page>();
    let text = RwSignal::new(String::new());
    Effect::new(move |_| {
        let changed = page.draft.with(|draft| !same(&read(&text.get_untracked()), draft));
        if active.get() && changed {
            text.set(write(page));
        }
    });
    view! {
        <div class="json">
            <label class="sr-only" for="json-text">"The scenario as JSON"</label>
            <textarea
                id="json-text"
                class="text mono json-text"
                spellcheck="false"
                autocapitalize="off"
                autocomplete="off"
                wrap="off"
                prop:value=move || text.get()
                aria-invalid=move || page.checked.with(Result::is_err).then_some("true")
                aria-describedby="problems"
                on:input=move |event| {
                    let new = event_target_value(&event);
                    text.set(new.clone());
                    page.draft.set(read(&new));
                }
            ></textarea>
            <p class="row-hint">"The same JSON works on the command line and in links. Fields left out have their defaults."</p>
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn only_objects_are_drafts_and_the_rest_is_kept_as_text() {
        assert_eq!(read("{\"seed\": 1}"), json!({"seed": 1}));
        assert_eq!(read("{\"seed\": "), json!("{\"seed\": "));
        assert_eq!(read("[1]"), json!("[1]"));
        assert_eq!(flaw(&json!({})), None);
        assert!(flaw(&json!("{")).is_some_and(|text| text.contains("line 1")));
        assert!(flaw(&json!("[1]")).is_some_and(|text| text.contains("braces")));
    }
}
