//! The experiments that come with Lanes, each by the question it answers.

use lanes_core::scenario::{
    articles::ARTICLES,
    presets::{PRESETS, Preset},
};
use leptos::prelude::*;

use crate::page::Page;

/// So many are shown before the list is opened.
const SHOWN: usize = 5;

/// The list of experiments.
#[component]
pub(crate) fn Presets() -> impl IntoView {
    let page = expect_context::<Page>();
    let is_chosen = move |preset: &Preset| page.preset.get().is_some_and(|chosen| chosen.id == preset.id);
    let all = RwSignal::new(false);
    let entries = PRESETS
        .iter()
        .enumerate()
        .map(|(index, preset)| {
            let selected = move || is_chosen(preset);
            let hidden = move || index >= SHOWN && !all.get() && !selected();
            view! {
                <li hidden=hidden>
                    <PresetButton preset selected=Signal::derive(selected) />
                </li>
            }
        })
        .collect_view();
    let articles = ARTICLES
        .iter()
        .map(|preset| view! { <li><PresetButton preset selected=Signal::derive(move || is_chosen(preset)) /></li> })
        .collect_view();
    let more = (PRESETS.len() > SHOWN).then(|| {
        view! {
            <button
                type="button"
                class="link-button"
                aria-expanded=move || all.get().to_string()
                on:click=move |_| all.update(|all| *all = !*all)
            >
                {move || if all.get() { "Show fewer".to_owned() } else { format!("Show all {} experiments", PRESETS.len()) }}
            </button>
        }
    });
    view! {
        <section class="panel-section" aria-labelledby="presets-title">
            <h2 id="presets-title" class="panel-title">"Experiments"</h2>
            <ul class="presets" role="list">{entries}</ul>
            {more}
        </section>
        <section class="panel-section" aria-labelledby="articles-title">
            <h2 id="articles-title" class="panel-title">"Programs of every guide, in Python"</h2>
            <ul class="presets" role="list">{articles}</ul>
        </section>
    }
}

#[component]
fn PresetButton(preset: &'static Preset, selected: Signal<bool>) -> impl IntoView {
    let page = expect_context::<Page>();
    view! {
        <button
            type="button"
            class="preset"
            aria-pressed=move || selected.get().to_string()
            on:click=move |_| page.load(&preset.scenario())
        >
            <span class="preset-question">{preset.question}</span>
            <span class="preset-what">{preset.what}</span>
        </button>
    }
}
