//! What if: the numbers of the job and of the machine that can be another ones, each empty while it is as it is.

use lanes_core::{
    predict::what_if::WhatIf,
    scenario::{Scenario, Step},
    typed::number,
};
use leptos::prelude::*;

use crate::page::{Page, Predictions};

/// Past this nothing that is known of a machine means anything.
const MOST_CORES: u32 = 1_024;

/// The numbers.
#[component]
pub(super) fn Changes() -> impl IntoView {
    let page = expect_context::<Page>();
    let predictions = expect_context::<Predictions>();
    let what_if = predictions.what_if;
    let now = Memo::new(move |_| page.checked.with(|checked| checked.as_ref().ok().map(|scenario| Now::of(scenario))));
    let now_of = move |get: fn(&Now) -> Option<String>| now.with(|now| now.as_ref().and_then(get));
    let cores = move || Some(page.abilities.with(|abilities| abilities.cores.to_string()));
    let is_changed = move || what_if.with(|what_if| what_if.words().is_some());
    view! {
        <fieldset class="changes">
            <legend>"What if"</legend>
            <Number name="cores" now=Signal::derive(cores) most=f64::from(MOST_CORES)
                set=move |to| what_if.update(|what_if| what_if.cores = to.map(|to| to as u32)) />
            <Number name="workers" now=Signal::derive(move || now_of(|now| Some(now.workers.to_string())))
                set=move |to| what_if.update(|what_if| what_if.workers = to.map(|to| to as u32)) />
            <Number name="in flight" now=Signal::derive(move || now_of(|now| Some(now.concurrency.to_string())))
                set=move |to| what_if.update(|what_if| what_if.concurrency = to.map(|to| to as u32)) />
            <Number name="tasks" now=Signal::derive(move || now_of(|now| Some(now.tasks.to_string())))
                set=move |to| what_if.update(|what_if| what_if.tasks = to.map(|to| to as u32)) />
            <Show when=move || now_of(|now| now.latency.clone()).is_some()>
                <Number name="latency, ms" now=Signal::derive(move || now_of(|now| now.latency.clone())) whole=false
                    set=move |to| what_if.update(|what_if| what_if.latency_ms = to) />
            </Show>
            <Show when=move || now_of(|now| now.size.clone()).is_some()>
                <Number name="size" now=Signal::derive(move || now_of(|now| now.size.clone()))
                    set=move |to| what_if.update(|what_if| what_if.size = to.map(|to| to as u64)) />
            </Show>
            <button
                type="button"
                class="link-button"
                hidden=move || !is_changed()
                on:click=move |_| what_if.set(WhatIf::default())
            >
                "As it is"
            </button>
        </fieldset>
    }
}

/// What the job has now, in the words of its fields.
#[derive(Clone, Debug, PartialEq)]
struct Now {
    workers: u32,
    concurrency: u32,
    tasks: u64,
    /// Of every fetch; where they differ, all of them.
    latency: Option<String>,
    /// Of every kernel, likewise.
    size: Option<String>,
}

impl Now {
    fn of(scenario: &Scenario) -> Self {
        let steps = || scenario.groups.iter().flat_map(|group| &group.steps);
        let latencies = steps().filter_map(|step| match step {
            Step::Fetch(fetch) => Some(fetch.latency_ms.to_string()),
            Step::Compute(_) | Step::Bump(_) | Step::Call(_) => None,
        });
        let sizes = steps().filter_map(|step| match step {
            Step::Compute(compute) => Some(compute.size.to_string()),
            Step::Fetch(_) | Step::Bump(_) | Step::Call(_) => None,
        });
        Self {
            workers: scenario.workers,
            concurrency: scenario.concurrency,
            tasks: scenario.groups.iter().map(|group| u64::from(group.tasks)).sum(),
            latency: all(latencies),
            size: all(sizes),
        }
    }
}

/// The values, each once.
fn all(values: impl Iterator<Item = String>) -> Option<String> {
    let mut all: Vec<String> = Vec::new();
    values.for_each(|value| {
        if !all.contains(&value) {
            all.push(value)
        }
    });
    (!all.is_empty()).then(|| all.join(", "))
}

/// A number that is empty while nothing is changed; what it is now stands in its place.
#[component]
fn Number(
    name: &'static str,
    now: Signal<Option<String>>,
    set: impl Fn(Option<f64>) + Copy + Send + Sync + 'static,
    #[prop(default = f64::from(u32::MAX))] most: f64,
    #[prop(default = true)] whole: bool,
) -> impl IntoView {
    let what_if = expect_context::<Predictions>().what_if;
    let typed = RwSignal::new(String::new());
    let value = move || {
        let text = typed.with(|typed| typed.trim().to_owned());
        let value = number(&text).filter(|value| *value <= most);
        let value = value.filter(|value| if whole { *value >= 1.0 && value.fract() == 0.0 } else { *value >= 0.0 });
        (text.is_empty(), value)
    };
    let is_wrong = move || matches!(value(), (false, None));
    // “As it is” empties all of them.
    Effect::new(move |_| {
        let is_as_it_is = what_if.with(|what_if| *what_if == WhatIf::default());
        if is_as_it_is && !typed.with_untracked(String::is_empty) {
            typed.set(String::new());
        }
    });
    let input = move |event| {
        typed.set(event_target_value(&event));
        match untrack(value) {
            (true, _) => set(None),
            (false, Some(value)) => set(Some(value)),
            // Until it means something, the last one holds.
            (false, None) => {}
        }
    };
    view! {
        <label class="change" class:has-problem=is_wrong>
            <span>{name}</span>
            <input
                type="text"
                inputmode=if whole { "numeric" } else { "decimal" }
                autocomplete="off"
                placeholder=move || now.get().unwrap_or_default()
                prop:value=move || typed.get()
                aria-invalid=move || is_wrong().then_some("true")
                title=move || if is_wrong() { format!("a number from {} to {most}", if whole { 1 } else { 0 }) } else { String::new() }
                on:input=input
            />
        </label>
    }
}
