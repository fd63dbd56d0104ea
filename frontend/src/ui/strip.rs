//! The lanes side by side: where each one stands, and how long its last run took.

use lanes_core::scenario::{Lane, Model, Place};
use leptos::prelude::*;

use super::{
    badge::badge,
    format::{count, duration_parts},
    words,
};
use crate::page::{LaneProgress, LaneStatus, Page, Runner};

/// One cell for each lane of the run that goes on, or of the last one; before the first, of the scenario.
#[component]
pub(crate) fn Strip() -> impl IntoView {
    let page = expect_context::<Page>();
    let lanes = Memo::new(move |_| {
        let run: Vec<Lane> = page.lanes.with(|lanes| lanes.iter().map(|progress| progress.lane).collect());
        if run.is_empty() {
            return page
                .checked
                .with(|checked| checked.as_ref().map(|scenario| scenario.lanes.clone()).unwrap_or_default());
        }
        run
    });
    view! {
        <ul class="strip" class:is-many=move || lanes.with(|lanes| lanes.len() > 6) role="list" aria-label="Lanes">
            <For each=move || lanes.get() key=|lane| *lane let:lane>
                <Cell lane />
            </For>
        </ul>
    }
}

#[component]
fn Cell(lane: Lane) -> impl IntoView {
    let page = expect_context::<Page>();
    let progress =
        Memo::new(move |_| page.lanes.with(|lanes| lanes.iter().find(|progress| progress.lane == lane).cloned()));
    let class = move || match progress.with(|progress| progress.as_ref().map(|p| p.status.clone())) {
        None | Some(LaneStatus::Waiting | LaneStatus::Held(_)) => "cell",
        Some(LaneStatus::Running) => "cell is-running",
        Some(LaneStatus::Ran { .. }) => "cell is-done",
        Some(LaneStatus::Failed(_)) => "cell is-failed",
        Some(LaneStatus::Cancelled) => "cell is-cancelled",
    };
    let reason = move || match progress.with(|progress| progress.as_ref().map(|p| p.status.clone())) {
        Some(LaneStatus::Failed(why)) => why,
        _ => words::model_about(lane.model).to_owned(),
    };
    let filled = move || {
        let longest = page.lanes.with(|lanes| lanes.iter().filter_map(wall_ns).max());
        progress.with(|progress| progress.as_ref().map_or(0.0, |progress| filled(progress, longest)))
    };
    view! {
        <li class=class title=reason>
            <div class="cell-head">
                <span class="cell-name">{words::model_title(lane.model)}</span>
                {badge(lane)}
            </div>
            <div class="cell-value">
                {move || progress.with(|progress| value(progress.as_ref()))}
                {(lane.place != Place::Browser).then(|| view! { <span class="cell-place">{words::where_title(lane)}</span> })}
            </div>
            {(lane.model == Model::Processes).then(|| view! { <Kill place=lane.place progress /> })}
            <div class="cell-track" aria-hidden="true">
                <div class="cell-fill" style:transform=move || format!("scaleX({:.4})", filled())></div>
            </div>
        </li>
    }
}

/// While a lane of processes runs: ends one of its workers, so that one can see the pool heal, or Python's hang.
#[component]
fn Kill(place: Place, progress: Memo<Option<LaneProgress>>) -> impl IntoView {
    let page = expect_context::<Page>();
    let runner = expect_context::<Runner>();
    let runs = Memo::new(move |_| {
        progress.with(|progress| progress.as_ref().is_some_and(|progress| progress.status == LaneStatus::Running))
    });
    let kill = move |_| {
        let workers = page.checked.with_untracked(|checked| checked.as_ref().map_or(1, |scenario| scenario.workers));
        runner.kill_worker((js_sys::Math::random() * f64::from(workers)) as u16);
    };
    view! {
        <Show when=move || runs.get()>
            <button
                type="button"
                class="cell-kill"
                title=match place {
                    Place::Python => "Ends one of the workers in the middle of its work: multiprocessing.Pool does not notice, and waits for ever; Lanes does, and says so",
                    _ => "Ends one of the workers in the middle of its work: what it had in hand is done again by another",
                }
                on:click=kill
            >
                "Kill a worker"
            </button>
        </Show>
    }
}

fn wall_ns(progress: &LaneProgress) -> Option<u64> {
    match progress.status {
        LaneStatus::Ran { wall_ns } => Some(wall_ns),
        _ => None,
    }
}

/// From 0 to 1: while a lane runs, the part of its tasks that have ended; then its time as a part of the longest.
fn filled(progress: &LaneProgress, longest_ns: Option<u64>) -> f64 {
    match progress.status {
        LaneStatus::Ran { wall_ns } => longest_ns.filter(|ns| *ns > 0).map_or(0.0, |ns| wall_ns as f64 / ns as f64),
        LaneStatus::Running | LaneStatus::Cancelled if progress.tasks > 0 => {
            progress.ended as f64 / progress.tasks as f64
        }
        _ => 0.0,
    }
}

fn value(progress: Option<&LaneProgress>) -> AnyView {
    let Some(progress) = progress else { return view! { <span class="cell-quiet">"not run yet"</span> }.into_any() };
    match &progress.status {
        LaneStatus::Waiting => view! { <span class="cell-quiet">"waiting"</span> }.into_any(),
        LaneStatus::Held(why) => {
            view! { <span class="cell-quiet cell-held" title=why.clone()>{why.clone()}</span> }.into_any()
        }
        LaneStatus::Running => view! {
            <span class="cell-number">{count(progress.ended)}</span>
            <span class="cell-unit">"of " {count(progress.tasks)}</span>
        }
        .into_any(),
        LaneStatus::Ran { wall_ns } => {
            let (number, unit) = duration_parts(*wall_ns);
            view! {
                <span class="cell-number">{number}</span>
                <span class="cell-unit">{unit}</span>
            }
            .into_any()
        }
        LaneStatus::Failed(_) => {
            let word = if progress.ended > 0 { "broke off" } else { "could not run" };
            view! { <span class="cell-quiet">{word}</span> }.into_any()
        }
        LaneStatus::Cancelled => view! { <span class="cell-quiet">"cancelled"</span> }.into_any(),
    }
}
