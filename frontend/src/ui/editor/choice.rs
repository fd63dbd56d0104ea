//! One of a few: side by side as segments, or in a list where there are many.

use leptos::prelude::*;

use super::{field::Row, place::Place};

/// One thing to choose.
#[derive(Clone, PartialEq)]
pub(crate) struct Choice {
    /// Its name in the draft.
    pub(crate) id: &'static str,
    /// Its name for people.
    pub(crate) title: &'static str,
    /// Why it cannot be chosen now.
    pub(crate) not_now: Option<String>,
}

/// Choices that can all be chosen.
pub(crate) fn choices(all: &[(&'static str, &'static str)]) -> Vec<Choice> {
    all.iter().map(|(id, title)| Choice { id, title, not_now: None }).collect()
}

/// A choice among segments that stand side by side. `chosen` and `choose` say what the segments mean in the draft.
#[component]
pub(crate) fn Segments(
    place: Place,
    #[prop(optional)] hint: &'static str,
    #[prop(into)] choices: Signal<Vec<Choice>>,
    /// The `id` of the choice that holds.
    #[prop(into)]
    chosen: Signal<String>,
    #[prop(into)] choose: Callback<&'static str>,
) -> impl IntoView {
    let name = place.id();
    let segments = move || {
        let name = name.clone();
        choices
            .get()
            .into_iter()
            .enumerate()
            .map(|(index, choice)| {
                let id = choice.id;
                // The first one has the field's own id, so that a problem's link finds it.
                let element = if index == 0 { name.clone() } else { format!("{name}-{id}") };
                view! {
                    <label class="segment" title=choice.not_now.clone()>
                        <input
                            type="radio"
                            name=name.clone()
                            id=element
                            value=id
                            disabled=choice.not_now.is_some()
                            prop:checked=move || chosen.with(|chosen| chosen == id)
                            aria-invalid=move || place.invalid()
                            on:change=move |_| choose.run(id)
                        />
                        <span>{choice.title}</span>
                    </label>
                }
            })
            .collect_view()
    };
    view! {
        <Row place hint group=true stacked=true>
            <div
                class="segments"
                role="radiogroup"
                aria-labelledby=format!("{}-label", place.id())
                aria-describedby=move || place.described_by(!hint.is_empty())
            >
                {segments}
            </div>
        </Row>
    }
}

/// [`Segments`] over a field that holds the choice's `id` as a text.
#[component]
pub(crate) fn TextSegments(
    place: Place,
    #[prop(optional)] hint: &'static str,
    #[prop(into)] choices: Signal<Vec<Choice>>,
    /// What holds where the field is left out.
    default: &'static str,
) -> impl IntoView {
    let chosen = Signal::derive(move || match place.value() {
        None => default.to_owned(),
        Some(_) => place.text().unwrap_or_default(),
    });
    view! { <Segments place hint choices chosen choose=move |id: &'static str| place.set(id) /> }
}

/// A choice from a list.
#[component]
pub(crate) fn Select(
    place: Place,
    choices: Vec<Choice>,
    /// What holds where the field is left out.
    default: &'static str,
    /// Told what was chosen.
    #[prop(into)]
    choose: Callback<String>,
) -> impl IntoView {
    let known: Vec<&str> = choices.iter().map(|choice| choice.id).collect();
    let chosen =
        Memo::new(move |_| place.value().map_or_else(|| default.to_owned(), |_| place.text().unwrap_or_default()));
    let unknown = move || Some(chosen.get()).filter(|chosen| !known.contains(&chosen.as_str()));
    let options = choices.into_iter().map(|choice| {
        let id = choice.id;
        view! { <option value=id prop:selected=move || chosen.get() == id>{choice.title}</option> }
    });
    let options = options.collect_view();
    view! {
        <Row place>
            <select
                class="select"
                id=place.id()
                aria-invalid=move || place.invalid()
                aria-describedby=move || place.described_by(false)
                on:change=move |event| choose.run(event_target_value(&event))
            >
                {move || unknown().map(|text| view! { <option selected=true value=text.clone()>"“" {text.clone()} "”"</option> })}
                {options}
            </select>
        </Row>
    }
}
