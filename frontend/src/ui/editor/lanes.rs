//! Which lanes are run: a chip for each model.

use lanes_core::scenario::{Lane, Model, Place as Where};
use leptos::prelude::*;
use serde_json::Value;

use super::{edit_list, path, place::Place};
use crate::{
    state::Page,
    ui::{badge::badge, words},
};

/// The lanes of a draft that can be read; all models in the browser where it names none.
fn chosen(draft: &Value) -> Vec<Lane> {
    match path::get(draft, "lanes").and_then(Value::as_array) {
        None => Model::ALL.map(Lane::browser).to_vec(),
        Some(list) => list.iter().filter_map(|lane| lane.as_str()?.parse().ok()).collect(),
    }
}

/// Adds or removes a lane, keeping what else is in the list and the order of models where there is one.
fn toggle(draft: &mut Value, lane: Lane, on: bool) {
    if path::get(draft, "lanes").is_none_or(|lanes| !lanes.is_array()) {
        let all = chosen(draft).iter().map(|lane| Value::from(lane.to_string())).collect::<Vec<_>>();
        path::set(draft, "lanes", Value::from(all));
    }
    let read = |value: &Value| value.as_str().and_then(|text| text.parse::<Lane>().ok());
    edit_list(draft, "lanes", |lanes| {
        lanes.retain(|other| read(other) != Some(lane));
        if on {
            let after = lanes.iter().position(|other| read(other).is_some_and(|other| other > lane));
            lanes.insert(after.unwrap_or(lanes.len()), Value::from(lane.to_string()));
        }
    });
}

/// The chips.
#[component]
pub(super) fn LaneChips() -> impl IntoView {
    let page = expect_context::<Page>();
    let place = Place::at("lanes");
    let lanes = Memo::new(move |_| page.draft.with(chosen));
    let elsewhere = Memo::new(move |_| {
        lanes.with(|lanes| lanes.iter().filter(|lane| lane.place != Where::Browser).copied().collect::<Vec<_>>())
    });
    let browser = Model::ALL.map(|model| view! { <Chip lane=Lane::browser(model) lanes /> });
    view! {
        <fieldset class="lanes" id="field-lanes" tabindex="-1">
            <legend class="row-label">"Lanes"</legend>
            <div class="chips">{browser}</div>
            <Show when=move || elsewhere.with(|lanes| !lanes.is_empty())>
                <div class="chips">
                    <For each=move || elsewhere.get() key=|lane| *lane let:lane><Chip lane lanes /></For>
                </div>
            </Show>
            {move || place.problem().map(|text| view! { <p class="row-problem" id="field-lanes-problem">"The lanes " {text}</p> })}
            <p class="row-hint">"Native and CPython lanes run through the local program, not in the page alone."</p>
        </fieldset>
    }
}

#[component]
fn Chip(lane: Lane, lanes: Memo<Vec<Lane>>) -> impl IntoView {
    let page = expect_context::<Page>();
    let id = format!("lane-{}-{}", lane.place.id(), lane.model.id());
    view! {
        <label class="chip" title=words::model_about(lane.model)>
            <input
                type="checkbox"
                id=id
                prop:checked=move || lanes.with(|lanes| lanes.contains(&lane))
                on:change=move |event| {
                    let on = event_target_checked(&event);
                    page.draft.update(|draft| toggle(draft, lane, on));
                }
            />
            <span class="chip-text">
                <span class="chip-name">{words::lane_title(lane)} {badge(lane)}</span>
                <span class="chip-gist">{words::model_gist(lane.model)}</span>
            </span>
        </label>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_lane_comes_back_where_it_was() {
        let mut draft = json!({});
        toggle(&mut draft, Lane::browser(Model::Async), false);
        assert_eq!(draft["lanes"].as_array().map(Vec::len), Some(5));
        toggle(&mut draft, Lane::browser(Model::Async), true);
        assert_eq!(draft["lanes"][1], "browser/async");
        assert_eq!(chosen(&draft), Model::ALL.map(Lane::browser));
    }

    #[test]
    fn what_is_no_lane_is_left_for_the_reader_to_name() {
        let mut draft = json!({ "lanes": ["browser/fibers", "browser/async"] });
        toggle(&mut draft, Lane::browser(Model::Async), false);
        assert_eq!(draft["lanes"], json!(["browser/fibers"]));
    }
}
