//! How the job is run: workers, lanes, repeats and what else holds for all groups.

use lanes_core::scenario::{Chunk, Repeats, Scenario, limits};
use leptos::prelude::*;
use serde_json::Value;

use super::{
    choice::{Segments, Select, choices},
    field::{NumberField, NumberInput, TextField},
    lanes::LaneChips,
    more::More,
    place::Place,
    server::ServerFields,
    setup::SetupFields,
};
use crate::{
    page::Page,
    ui::icons::{self, icon},
};

/// What a lane may be chosen by, for people.
const GOALS: [(&str, &str); 6] = [
    ("wall", "Wall time"),
    ("responsiveness", "Responsiveness"),
    ("latency", "Latency"),
    ("memory", "Memory"),
    ("processor", "Processor time"),
    ("refused", "Refused requests"),
];

/// The settings.
#[component]
pub(super) fn Settings() -> impl IntoView {
    let default = Scenario::default();
    let more = [
        "title",
        "setup",
        "chunk",
        "gil_switch_ms",
        "deadline_s",
        "goal",
        "memory_limit_mb",
        "budget_s",
        "warmup",
        "seed",
    ]
    .map(str::to_owned)
    .to_vec();
    let goal = Place::at("goal");
    view! {
        <div class="settings">
            <Workers default=default.workers />
            <NumberField
                place=Place::at("concurrency")
                hint="Tasks an event loop keeps going at once."
                default=default.concurrency
                step=1.0
            />
            <RepeatsField />
            <LaneChips />
            <More what="set-up, warm-up, time limits, goal, memory, chunks, lock, seed, title" fields=more>
                <SetupFields />
                <NumberField place=Place::at("warmup") hint="Run first and not measured." default=default.warmup />
                <NumberField
                    place=Place::at("deadline_s")
                    hint="A lane whose run takes longer is ended, and the others go on. 0: no limit."
                    unit="s"
                    default=default.deadline_s
                    step=1.0
                />
                <NumberField
                    place=Place::at("budget_s")
                    hint="Where repeats go on until the order is clear: the time that they may take for each lane, shared by all."
                    unit="s"
                    default=default.budget_s
                    step=1.0
                />
                <Select place=goal choices=choices(&GOALS) default="wall" choose=move |id: String| goal.set(id) />
                <p class="row-note">"By what the lane to take is chosen."</p>
                <NumberField
                    place=Place::at("memory_limit_mb")
                    hint="A lane that takes more memory is not ranked. 0: no limit."
                    unit="MiB"
                    default=default.memory_limit_mb
                    step=64.0
                />
                <ChunkField />
                <NumberField
                    place=Place::at("gil_switch_ms")
                    hint="How long one thread may keep the lock. CPython: 5 ms."
                    unit="ms"
                    default=default.gil_switch_ms
                    step=1.0
                />
                <Seed default=default.seed />
                <TextField place=Place::at("title") placeholder="What the experiment is called" />
            </More>
            <ServerFields />
        </div>
    }
}

/// Positions of the slider up to which each one is a worker more; past it, each one is four.
const FINE: u64 = 16;

/// The slider's position for a number of workers.
fn position(workers: u64) -> u64 {
    if workers <= FINE { workers } else { FINE + (workers - FINE).div_ceil(4) }
}

/// The number of workers at a position of the slider.
fn workers_at(position: u64) -> u64 {
    if position <= FINE { position } else { FINE + (position - FINE) * 4 }
}

#[component]
fn Workers(default: u32) -> impl IntoView {
    let page = expect_context::<Page>();
    let place = Place::at("workers");
    let workers = move || place.value().map_or(u64::from(default), |value| value.as_u64().unwrap_or(1));
    let note = move || {
        let cores = page.abilities.with(|abilities| u64::from(abilities.cores));
        let text = match workers() {
            _ if cores == 0 => "Threads or processes of the lanes that have them.".to_owned(),
            n if n > cores => format!("More than the {cores} cores this browser reports: they take turns."),
            _ => format!("This browser reports {}.", lanes_core::present::of(cores, "core", "cores")),
        };
        view! { <p class="row-note">{text}</p> }
    };
    view! {
        <NumberField place default>
            <input
                type="range"
                class="slider"
                aria-label="Workers"
                min="1"
                max=position(limits::MAX_WORKERS).to_string()
                step="1"
                prop:value=move || position(workers().clamp(1, limits::MAX_WORKERS)).to_string()
                aria-valuetext=move || workers().to_string()
                on:input=move |event| {
                    if let Ok(position) = event_target_value(&event).parse() {
                        place.set(workers_at(position));
                    }
                }
            />
        </NumberField>
        {note}
    }
}

#[component]
fn RepeatsField() -> impl IntoView {
    let place = Place::at("repeats");
    let is_auto = Memo::new(move |_| place.value().is_some_and(|value| value == "auto"));
    let default = Repeats::default().most();
    let last = StoredValue::new(Value::from(default));
    let choose = move |id: &'static str| {
        if let Some(value) = place.now().filter(|value| value != "auto") {
            last.set_value(value);
        }
        place.set(if id == "auto" { Value::from("auto") } else { last.get_value() });
    };
    view! {
        <Segments
            place
            hint="Measured runs of each lane: so many, or until it is clear which lane is the fastest."
            choices=choices(&[("fixed", "A number"), ("auto", "Until it is clear")])
            chosen=Signal::derive(move || if is_auto.get() { "auto" } else { "fixed" }.to_owned())
            choose
        />
        <Show when=move || !is_auto.get()>
            <div class="row-alone"><NumberInput place hint=false unit="runs" default /></div>
        </Show>
    }
}

#[component]
fn ChunkField() -> impl IntoView {
    let place = Place::at("chunk");
    let fixed = Memo::new(move |_| place.value().is_some_and(|value| value != "auto"));
    let last = StoredValue::new(Value::from(16));
    let choose = move |id: &'static str| {
        if let Some(value) = place.now().filter(|value| value != "auto") {
            last.set_value(value);
        }
        place.set(if id == "auto" { Value::from("auto") } else { last.get_value() });
    };
    let default = match Chunk::default() {
        Chunk::Auto => 16,
        Chunk::Fixed(tasks) => tasks,
    };
    view! {
        <Segments
            place
            choices=choices(&[("auto", "Automatic"), ("fixed", "Always the same")])
            chosen=Signal::derive(move || if fixed.get() { "fixed" } else { "auto" }.to_owned())
            choose
        />
        <Show when=move || fixed.get()>
            <div class="row-alone"><NumberInput place hint=false unit="tasks" default /></div>
        </Show>
    }
}

#[component]
fn Seed(default: u64) -> impl IntoView {
    let place = Place::at("seed");
    // Six digits are easy to read aloud and plenty of experiments.
    let roll = move |_| place.set((js_sys::Math::random() * 1e6) as u64);
    view! {
        <NumberField place hint="All chance comes from it: same seed, same job." default>
            <button
                type="button"
                class="button button-quiet button-icon button-small"
                aria-label="Another seed"
                title="Another seed"
                on:click=roll
            >
                {icon(icons::DICE)}
            </button>
        </NumberField>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_slider_reaches_every_end() {
        assert_eq!(workers_at(position(1)), 1);
        assert_eq!(workers_at(position(16)), 16);
        assert_eq!(workers_at(position(limits::MAX_WORKERS)), limits::MAX_WORKERS);
        for at in 1..=position(limits::MAX_WORKERS) {
            assert_eq!(position(workers_at(at)), at);
        }
    }
}
