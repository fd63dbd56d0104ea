//! Which lanes are run: a chip for each, by the place where it runs.

use lanes_core::{
    present::{sentence, words},
    scenario::{Interpreter, Lane, Model, Place as Where},
};
use leptos::prelude::*;

use super::{
    lane_list::{chosen, toggle},
    place::Place,
    variants::Variants,
};
use crate::{backend::BackendState, page::Page, ui::badge::badge};

/// The lanes of a place that are offered: those that every such place has, those that the backend has, and those that
/// the scenario names already.
fn offered(place: Where, backend: &BackendState, chosen: &[Lane]) -> Vec<Lane> {
    let mut lanes = match place {
        Where::Browser => Model::ALL.map(Lane::browser).to_vec(),
        Where::Native => Model::ALL.map(Lane::native).to_vec(),
        // Which there are depends on the machine.
        Where::Python => Vec::new(),
        Where::Pyodide => Model::ALL.into_iter().filter(|model| place.has(*model)).map(Lane::pyodide).collect(),
    };
    let more = backend.lanes(place).into_iter().chain(chosen.iter().copied().filter(|lane| lane.place == place));
    for lane in more {
        if !lanes.contains(&lane) {
            lanes.push(lane);
        }
    }
    lanes
}

/// The lanes of a place that can run, are not chosen, and name no version: what “add all” adds.
fn missing(place: Where, backend: &BackendState, chosen: &[Lane]) -> Vec<Lane> {
    let is_addable = |lane: &Lane| !is_exact(*lane) && !chosen.contains(lane) && backend.unavailable(*lane).is_none();
    offered(place, backend, chosen).into_iter().filter(is_addable).collect()
}

/// Whether a lane names the version that it runs in.
fn is_exact(lane: Lane) -> bool {
    matches!(lane.interpreter, Interpreter::Exact { .. })
}

/// The chips.
#[component]
pub(super) fn LaneChips() -> impl IntoView {
    let page = expect_context::<Page>();
    let place = Place::at("lanes");
    let lanes = Memo::new(move |_| page.draft.with(chosen));
    let why_not = Memo::new(move |_| page.backend.state.with(BackendState::why_not));
    view! {
        <fieldset class="lanes" id="field-lanes" tabindex="-1">
            <legend class="row-label">"Lanes"</legend>
            <Chips place=Where::Browser title="In this browser" lanes />
            <Chips place=Where::Native title="On this machine" lanes />
            <Chips place=Where::Python title="In CPython" lanes />
            <Chips place=Where::Pyodide title="In CPython in the page" lanes />
            <Show when=move || lanes.with(|lanes| lanes.iter().any(|lane| lane.place == Where::Pyodide))>
                <p class="row-hint">"CPython in the page is loaded when it is first run: about 5 MB, which the browser keeps."</p>
            </Show>
            <Variants />
            {move || place.problem().map(|text| view! { <p class="row-problem" id="field-lanes-problem">"The lanes " {text}</p> })}
            {move || why_not.get().map(|why| view! {
                <p class="row-hint">"For native and CPython lanes: " {why} "."</p>
            })}
        </fieldset>
    }
}

/// The chips of one place; nothing where it has none.
#[component]
fn Chips(place: Where, title: &'static str, lanes: Memo<Vec<Lane>>) -> impl IntoView {
    let page = expect_context::<Page>();
    let here = Memo::new(move |_| {
        let all = page.backend.state.with(|state| lanes.with(|lanes| offered(place, state, lanes)));
        // A machine may have a dozen versions: they are there for whoever looks for them.
        all.into_iter().partition::<Vec<_>, _>(|lane| !is_exact(*lane))
    });
    let is_exact_chosen =
        Memo::new(move |_| lanes.with(|lanes| lanes.iter().any(|lane| lane.place == place && is_exact(*lane))));
    let heading = format!("lanes-{}", place.id());
    let addable = Memo::new(move |_| page.backend.state.with(|state| lanes.with(|lanes| missing(place, state, lanes))));
    let add_all = move |_| {
        let addable = addable.get_untracked();
        page.draft.update(|draft| addable.iter().for_each(|lane| toggle(draft, *lane, true)));
    };
    view! {
        <Show when=move || here.with(|(plain, exact)| !plain.is_empty() || !exact.is_empty())>
            <div role="group" aria-labelledby=heading.clone()>
                <div class="chips-head">
                    <h3 class="chips-title" id=heading.clone()>{title}</h3>
                    <Show when=move || !addable.with(Vec::is_empty)>
                        <button type="button" class="link-button" id=format!("lanes-{}-all", place.id()) on:click=add_all>
                            {move || match addable.with(Vec::len) {
                                1 => "Add the other lane".to_owned(),
                                count => format!("Add all {count} lanes"),
                            }}
                            <span class="sr-only">{format!(": {title}")}</span>
                        </button>
                    </Show>
                </div>
                <div class="chips">
                    <For each=move || here.get().0 key=|lane| *lane let:lane><Chip lane lanes /></For>
                </div>
                <Show when=move || here.with(|(_, exact)| !exact.is_empty())>
                    <details class="more" prop:open=move || is_exact_chosen.get()>
                        <summary><span class="more-word">"By version"</span></summary>
                        <div class="chips">
                            <For each=move || here.get().1 key=|lane| *lane let:lane><Chip lane lanes /></For>
                        </div>
                    </details>
                </Show>
            </div>
        </Show>
    }
}

#[component]
fn Chip(lane: Lane, lanes: Memo<Vec<Lane>>) -> impl IntoView {
    let page = expect_context::<Page>();
    let is_chosen = Memo::new(move |_| lanes.with(|lanes| lanes.contains(&lane)));
    let why_not = Memo::new(move |_| page.backend.state.with(|state| state.unavailable(lane)));
    let runs_on = Memo::new(move |_| page.backend.state.with(|state| Some(state.lane(lane)?.version.clone())));
    let title = move || match (why_not.get(), runs_on.get()) {
        (Some(why), _) => format!("{}.", sentence(&why)),
        (None, Some(version)) if !version.is_empty() => format!("{} ({version})", words::model_about(lane.model)),
        (None, _) => words::model_about(lane.model).to_owned(),
    };
    // Under the heading of its place only the interpreter is still to be said: what it is, up to its path.
    let gist = move || match (lane.place, runs_on.get()) {
        _ if lane.is_variant() => lane.settings.to_string(),
        (Where::Browser | Where::Native | Where::Pyodide, _) => words::model_gist(lane.model).to_owned(),
        (Where::Python, Some(version)) if !is_exact(lane) && !version.is_empty() => {
            version.split(',').next().unwrap_or_default().to_owned()
        }
        (Where::Python, _) => words::where_title(lane),
    };
    view! {
        <label class="chip" class:is-missing=move || why_not.with(Option::is_some) title=title>
            <input
                type="checkbox"
                id=format!("lane-{}", words::lane_id(lane))
                aria-label=words::lane_title(lane)
                // What is chosen already can be taken away again.
                disabled=move || why_not.with(Option::is_some) && !is_chosen.get()
                prop:checked=move || is_chosen.get()
                on:change=move |event| {
                    let on = event_target_checked(&event);
                    page.draft.update(|draft| toggle(draft, lane, on));
                }
            />
            <span class="chip-text">
                <span class="chip-name">{words::model_title(lane.model)} {badge(lane)}</span>
                <span class="chip-gist">{gist}</span>
            </span>
        </label>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use lanes_core::{api::LaneHere, scenario::Label};

    #[test]
    fn all_lanes_of_a_place_are_those_that_can_run_and_name_no_version() {
        let here = |text: &str, missing: Option<&str>| LaneHere {
            lane: text.parse().expect("a lane"),
            label: Label::Real,
            version: String::new(),
            missing: missing.map(str::to_owned),
        };
        let lanes = vec![
            here("python/async", Some("no aiohttp")),
            here("python/threads", None),
            here("python/processes", None),
            here("python3.13/threads", None),
        ];
        let backend = BackendState::of_lanes(lanes);
        let chosen = ["python/processes".parse().expect("a lane")];
        let names = |lanes: Vec<Lane>| lanes.iter().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(names(missing(Where::Python, &backend, &chosen)), ["python/threads"]);
        assert_eq!(names(missing(Where::Native, &BackendState::None, &[])), [""; 0]);
    }

    #[test]
    fn without_a_backend_only_python_lanes_that_are_named_are_offered() {
        let named: Lane = "python3.13t/threads".parse().expect("a lane");
        assert_eq!(offered(Where::Python, &BackendState::None, &[]), []);
        assert_eq!(offered(Where::Python, &BackendState::None, &[named]), [named]);
        assert_eq!(offered(Where::Native, &BackendState::None, &[named]), Model::ALL.map(Lane::native));
    }
}
