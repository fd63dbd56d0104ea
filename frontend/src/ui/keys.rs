//! The page's keys, and the dialog that lists them.
//!
//! Keys typed into a field are the field's own; keys with Ctrl, Alt or ⌘ are the browser's.

use leptos::{ev, html, prelude::*};
use wasm_bindgen::JsCast;

use super::icons::{self, icon};
use crate::page::{Page, Phase, Runner};

/// What each key does anywhere, as the dialog says it.
const ANYWHERE: [(&str, &str); 3] =
    [("R", "Run the scenario in every lane"), ("Esc", "Cancel the run"), ("?", "Show this list")];

/// What each key does while the timeline has the focus.
const IN_THE_TIMELINE: [(&str, &str); 6] = [
    ("+ −", "Zoom"),
    ("← →", "Move along the axis"),
    ("0", "Show everything"),
    ("↑ ↓", "Choose a row; with Shift, a lane"),
    (", .", "Step through the spans of a row"),
    ("Enter", "Give each worker of a large lane its own row"),
];

fn list(keys: &[(&'static str, &'static str)]) -> impl IntoView + use<> {
    let rows = keys
        .iter()
        .map(|(keys, what)| {
            let keys = keys.split(' ').map(|key| view! { <kbd>{key}</kbd> }).collect_view();
            view! {
                <div class="keys-row">
                    <dt>{keys}</dt>
                    <dd>{*what}</dd>
                </div>
            }
        })
        .collect_view();
    view! { <dl>{rows}</dl> }
}

/// Listens for the page's keys until the component that called it is gone.
pub(crate) fn listen(page: Page, runner: Runner, help: NodeRef<html::Dialog>) {
    let handle = window_event_listener(ev::keydown, move |event| {
        if event.default_prevented() || event.ctrl_key() || event.alt_key() || event.meta_key() || event.repeat() {
            return;
        }
        let key = event.key();
        let dialog_open = help.get_untracked().is_some_and(|dialog| dialog.open());
        if key == "Escape" {
            if !dialog_open && page.phase.get_untracked() != Phase::Idle {
                runner.cancel();
            }
            return;
        }
        if dialog_open || takes_keys(&event) {
            return;
        }
        match key.as_str() {
            "r" | "R" if page.phase.get_untracked() == Phase::Idle => runner.run(),
            "?" => open(help),
            _ => return,
        }
        event.prevent_default();
    });
    on_cleanup(move || handle.remove());
}

/// Whether what has the focus wants letters for itself.
fn takes_keys(event: &web_sys::KeyboardEvent) -> bool {
    let Some(target) = event.target().and_then(|target| target.dyn_into::<web_sys::Element>().ok()) else {
        return false;
    };
    match target.tag_name().as_str() {
        "TEXTAREA" | "SELECT" => true,
        "INPUT" => {
            let kind = target.get_attribute("type").unwrap_or_default();
            !matches!(kind.as_str(), "checkbox" | "radio" | "range" | "file" | "button")
        }
        _ => target.get_attribute("contenteditable").is_some(),
    }
}

/// Opens the dialog.
pub(crate) fn open(help: NodeRef<html::Dialog>) {
    if let Some(dialog) = help.get_untracked().filter(|dialog| !dialog.open()) {
        // It fails only for a dialog that is open or not in the page.
        let _ = dialog.show_modal();
    }
}

/// The dialog that lists the keys.
#[component]
pub(crate) fn KeysDialog(
    /// Where to find it.
    node: NodeRef<html::Dialog>,
) -> impl IntoView {
    view! {
        <dialog class="dialog" node_ref=node aria-labelledby="keys-title">
            <form method="dialog" class="dialog-head">
                <h2 id="keys-title">"Keyboard"</h2>
                <button class="button button-quiet button-icon" aria-label="Close" title="Close">
                    {icon(icons::CLOSE)}
                </button>
            </form>
            <div class="keys">
                {list(&ANYWHERE)}
                <h3>"In the timeline"</h3>
                {list(&IN_THE_TIMELINE)}
            </div>
        </dialog>
    }
}
