//! The whole scenario as JSON, to read, to edit and to paste into. What is wrong stands in the list above it.
//!
//! Text that is no JSON object is kept in the draft as a text, so that nothing typed is lost and nothing else is run. It is
//! read when the typing pauses, and text that is far too long for a scenario is not taken at all.

use std::time::Duration;

use lanes_core::{
    present::bytes,
    scenario::limits::{MAX_ADDRESS_CHARS, MAX_ADDRESSES},
};
use leptos::{leptos_dom::helpers::TimeoutHandle, prelude::*};
use serde_json::Value;

use super::place::same;
use crate::page::Page;

/// The longest text that is taken, in UTF-16 units as browsers count them. A fetch with as many addresses as it may have, each
/// as long as it may be, fits; what is longer is no scenario, and reading it would hold up the page.
const MAX_CHARS: u32 = 2 * (MAX_ADDRESSES * MAX_ADDRESS_CHARS) as u32;

/// How long the typing has to pause before the text is read.
const PAUSE: Duration = Duration::from_millis(150);

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

/// Why a text of this length is not taken; `None` when it is.
fn too_long(chars: u32) -> Option<String> {
    (chars > MAX_CHARS).then(|| {
        format!(
            "Not taken: {} of text is more than any scenario is ({}). What stood here before is kept. To work on the \
             text itself, choose it as a file.",
            bytes(u64::from(chars)),
            bytes(u64::from(MAX_CHARS))
        )
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
    let refused = RwSignal::new(None::<String>);
    let pause = StoredValue::new(None::<TimeoutHandle>);
    let read_now = move || {
        if let Some(waiting) = pause.try_update_value(Option::take).flatten() {
            waiting.clear();
            page.draft.set(text.with_untracked(|text| read(text)));
        }
    };
    let read_after_pause = move || {
        pause.update_value(|pause| {
            if let Some(waiting) = pause.take() {
                waiting.clear();
            }
            // Without a timer it is read when the field is left.
            *pause = set_timeout_with_handle(read_now, PAUSE).ok();
        });
    };
    Effect::new(move |_| {
        let is_changed = page.draft.with(|draft| text.with_untracked(|text| !same(&read(text), draft)));
        if active.get() && is_changed {
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
                on:paste=move |event: web_sys::ClipboardEvent| {
                    // Before the browser lays it out, which takes even longer than reading it.
                    let pasted = event.clipboard_data().and_then(|data| data.get_data("text/plain").ok());
                    let why = pasted.and_then(|pasted| too_long(u32::try_from(pasted.len()).unwrap_or(u32::MAX)));
                    if why.is_some() {
                        event.prevent_default();
                        refused.set(why);
                    }
                }
                on:input=move |event| {
                    let area: web_sys::HtmlTextAreaElement = event_target(&event);
                    // Asked for its length first: to have a long text copied takes long.
                    let why = too_long(area.text_length());
                    if why.is_some() {
                        text.with_untracked(|text| area.set_value(text));
                    } else {
                        text.set(area.value());
                        read_after_pause();
                    }
                    refused.set(why);
                }
                on:change=move |_| read_now()
            ></textarea>
            {move || refused.get().map(|why| view! { <p class="row-problem" role="alert">{why}</p> })}
            <p class="row-hint">"The same JSON works on the command line and in links. Fields left out have their defaults."</p>
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn every_scenario_is_taken_and_what_is_far_longer_is_not() {
        let addresses = vec!["x".repeat(MAX_ADDRESS_CHARS); MAX_ADDRESSES];
        let step = json!({ "fetch": { "from": addresses } });
        let value = json!({ "lanes_scenario": 1, "groups": [{ "name": "", "tasks": 1, "steps": [step] }] });
        let pretty = serde_json::to_string_pretty(&value).expect("JSON");
        assert_eq!(too_long(u32::try_from(pretty.encode_utf16().count()).expect("short")), None);
        let why = too_long(8_700_000).expect("too long");
        assert!(why.contains("MB") || why.contains("MiB"), "{why}");
        assert!(why.contains("kept") && why.contains("as a file"), "{why}");
    }

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
