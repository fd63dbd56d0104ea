//! A size by the time that it takes: people think in milliseconds, a scenario holds the size.

use lanes_core::{
    present::{count, duration, words},
    scenario::{Kernel, Lane, Place as Where},
};
use leptos::{prelude::*, task::spawn_local};
use serde_json::Value;

use super::place::{Place, typed};
use crate::page::{Page, Phase, Runner};

/// The longest that can be asked for, in milliseconds.
const LONGEST_MS: f64 = 60_000.0;

/// The places of the lanes that are chosen; the browser where none is.
fn places(draft: &Value) -> Vec<Where> {
    let lanes = draft.get("lanes").and_then(Value::as_array).into_iter().flatten();
    let chosen: Vec<Where> =
        lanes.filter_map(|lane| serde_json::from_value::<Lane>(lane.clone()).ok()).map(|lane| lane.place).collect();
    let all: Vec<Where> = Where::ALL.into_iter().filter(|place| chosen.contains(place)).collect();
    if all.is_empty() { vec![Where::Browser] } else { all }
}

/// Milliseconds, a place and a button: tries the kernel out there, and puts the size that takes so long into the field.
#[component]
pub(super) fn TimedSize(kernel: Memo<Kernel>, size: Place) -> impl IntoView {
    let page = expect_context::<Page>();
    let runner = expect_context::<Runner>();
    let (ms, place) = (RwSignal::new("10".to_owned()), RwSignal::new(None::<Where>));
    // What came out of it, or what is wrong.
    let said = RwSignal::new(None::<Result<String, String>>);
    let offered = Memo::new(move |_| page.draft.with(places));
    let chosen = move || place.get().filter(|place| offered.get().contains(place)).unwrap_or(offered.get()[0]);
    let id = size.id() + "-ms";
    let busy = move || page.phase.with(|phase| *phase != Phase::Idle);
    let find = move |_| {
        let Some(wanted) = ms.with_untracked(|ms| typed(ms).as_f64()).filter(|ms| *ms > 0.0 && *ms <= LONGEST_MS)
        else {
            return said
                .set(Some(Err(format!("between 0 and {} milliseconds are possible", count(LONGEST_MS as u64)))));
        };
        let (kernel, place) = (kernel.get_untracked(), untrack(chosen));
        said.set(None);
        spawn_local(async move {
            let aim_ns = wanted * 1e6;
            said.set(Some(match runner.try_out(kernel, place, aim_ns).await {
                Ok(speed) => {
                    let most = kernel.about().max_size;
                    let found = speed.size_for(aim_ns).min(most);
                    size.set(found);
                    let largest = if found == most { ", the largest size" } else { "" };
                    let time = duration(speed.time_of(found) as u64);
                    Ok(format!("Takes about {time} here, one at a time, {}{largest}.", words::in_place(place)))
                }
                Err(why) => Err(why.to_string()),
            }));
        });
    };
    let wrong_id = format!("{id}-said");
    let described = {
        let wrong_id = wrong_id.clone();
        move || said.with(Option::is_some).then(|| wrong_id.clone())
    };
    let select = move || {
        let options = offered.get();
        (options.len() > 1).then(|| {
            let option = |own: Where| {
                view! { <option value=own.id() prop:selected=move || chosen() == own>{words::in_place(own)}</option> }
            };
            view! {
                <select
                    class="select"
                    aria-label="Where it takes so long"
                    on:change=move |event| place.set(event_target_value(&event).parse().ok())
                >
                    {options.into_iter().map(option).collect_view()}
                </select>
            }
        })
    };
    view! {
        <div class="row">
            <label class="row-label" for=id.clone()>"By time"</label>
            <div class="row-control timed-size">
                <div class="number">
                    <input
                        type="text"
                        inputmode="decimal"
                        autocomplete="off"
                        id=id
                        prop:value=move || ms.get()
                        aria-invalid=move || said.with(|said| matches!(said, Some(Err(_))).then_some("true"))
                        aria-describedby=described
                        on:input=move |event| ms.set(event_target_value(&event))
                    />
                    <span class="unit">"ms"</span>
                </div>
                <button type="button" class="button button-small" disabled=busy on:click=find>"Find the size"</button>
                {select}
            </div>
            {move || said.get().map(|said| {
                let class = if said.is_ok() { "row-hint" } else { "row-problem" };
                let text = said.unwrap_or_else(|why| why);
                view! { <p class=class id=wrong_id.clone() role="status">{text}</p> }
            })}
        </div>
    }
}
