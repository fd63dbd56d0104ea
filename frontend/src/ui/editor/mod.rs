//! The editor: every field of the scenario, as a form and as JSON, checked while one types.
//!
//! `Page::draft` is the truth and the only thing that is written; both views read it. It knows nothing of running.

mod bump;
mod call;
mod choice;
mod code_editor;
mod compute;
mod fetch;
mod field;
mod groups;
mod json;
mod lane_list;
mod lanes;
mod more;
mod path;
mod place;
mod problems;
mod server;
mod settings;
mod setup;
mod steps;
mod timed_size;
mod times;
mod tools;
mod variants;
mod what_if;

pub(crate) use path::edit_list;
pub(crate) use problems::{show as show_problems, to_fix};

use leptos::prelude::*;
use serde_json::Value;

use super::own_lines::OwnLines;
use crate::page::Page;

/// The two views of the draft.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Tab {
    Form,
    Json,
}

/// The scenario's editor.
#[component]
pub(crate) fn Editor() -> impl IntoView {
    let page = expect_context::<Page>();
    let tab = RwSignal::new(Tab::Form);
    let lines = expect_context::<OwnLines>();
    Effect::new(move |_| {
        // Where its lines are shown.
        if lines.wanted.get().is_some() {
            tab.set(Tab::Form);
        }
    });
    view! {
        <section class="panel-section editor" aria-labelledby="editor-title">
            <div class="panel-head">
                <h2 id="editor-title" class="panel-title">"Scenario"</h2>
                <div class="tabs" role="tablist" aria-labelledby="editor-title">
                    <TabButton tab this=Tab::Form title="Form" />
                    <TabButton tab this=Tab::Json title="JSON" />
                </div>
            </div>
            <problems::ProblemList by_path=Signal::derive(move || tab.get() == Tab::Json) />
            <div id="tab-form" role="tabpanel" aria-labelledby="tab-form-button" hidden=move || tab.get() != Tab::Form>
                <Form page tab />
            </div>
            <div id="tab-json" role="tabpanel" aria-labelledby="tab-json-button" hidden=move || tab.get() != Tab::Json>
                <json::JsonView active=Signal::derive(move || tab.get() == Tab::Json) />
            </div>
        </section>
    }
}

#[component]
fn TabButton(tab: RwSignal<Tab>, this: Tab, title: &'static str) -> impl IntoView {
    let (panel, id) = match this {
        Tab::Form => ("tab-form", "tab-form-button"),
        Tab::Json => ("tab-json", "tab-json-button"),
    };
    let other = move |event: web_sys::KeyboardEvent| {
        let (next, id) = match (event.key().as_str(), this) {
            ("ArrowRight" | "ArrowLeft", Tab::Form) => (Tab::Json, "tab-json-button"),
            ("ArrowRight" | "ArrowLeft", Tab::Json) => (Tab::Form, "tab-form-button"),
            _ => return,
        };
        event.prevent_default();
        tab.set(next);
        tools::focus(id);
    };
    view! {
        <button
            type="button"
            role="tab"
            class="tab"
            id=id
            aria-controls=panel
            aria-selected=move || (tab.get() == this).to_string()
            tabindex=move || if tab.get() == this { "0" } else { "-1" }
            on:click=move |_| tab.set(this)
            on:keydown=other
        >
            {title}
        </button>
    }
}

/// The form, or, while the JSON cannot be read, the way back to one.
#[component]
fn Form(page: Page, tab: RwSignal<Tab>) -> impl IntoView {
    let readable = Memo::new(move |_| page.draft.with(Value::is_object));
    let last_good = StoredValue::new(Value::Null);
    Effect::new(move |_| {
        page.draft.with(|draft| {
            if draft.is_object() {
                last_good.set_value(draft.clone());
            }
        });
    });
    let back = move |_| {
        let good = last_good.get_value();
        if good.is_object() {
            page.draft.set(good);
        }
    };
    view! {
        <Show
            when=move || readable.get()
            fallback=move || view! {
                <div class="unreadable">
                    <p>"The JSON cannot be read as it is, so there is no form to show. Your text is kept."</p>
                    <div class="button-row">
                        <button type="button" class="button" on:click=move |_| tab.set(Tab::Json)>"Go on in JSON"</button>
                        <button type="button" class="button" on:click=back>"Drop it, back to the last form"</button>
                    </div>
                </div>
            }
        >
            <groups::Groups />
            <settings::Settings />
        </Show>
    }
}
