//! The left column: functions of one's own, experiments, your own file, the scenario. On a narrow screen it folds away under one line.

use leptos::prelude::*;

use super::{
    editor::Editor,
    file_picker::FilePicker,
    functions::Functions,
    icons::{self, icon},
    panel_open::PanelOpen,
    presets::Presets,
    quiz::Experiments,
};
use crate::page::Page;

/// The left column.
#[component]
pub(crate) fn Panel() -> impl IntoView {
    let page = expect_context::<Page>();
    let open = expect_context::<PanelOpen>().0;
    let title = move || {
        page.checked.with(|checked| match checked {
            Ok(scenario) if !scenario.title.trim().is_empty() => scenario.title.clone(),
            Ok(_) => "Your own experiment".to_owned(),
            Err(problems) => super::editor::to_fix(problems.len()),
        })
    };
    view! {
        <aside class="panel" class:is-open=move || open.get() aria-label="Scenario">
            <button
                type="button"
                class="panel-toggle"
                aria-expanded=move || open.get().to_string()
                aria-controls="panel-body"
                on:click=move |_| open.update(|open| *open = !*open)
            >
                <span class="panel-toggle-label">"Scenario"</span>
                <span class="panel-toggle-title">{title}</span>
                <span class="panel-toggle-act">{move || if open.get() { "Close" } else { "Change" }}</span>
                {icon(icons::CHEVRON)}
            </button>
            <div class="panel-body" id="panel-body">
                <Functions />
                <Presets />
                <Experiments />
                <FilePicker />
                <Editor />
            </div>
        </aside>
    }
}
