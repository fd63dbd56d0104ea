//! What is seldom said of a group: when its tasks may begin (how they come over time, which group they wait for), and how much
//! memory each takes up.

use leptos::prelude::*;
use serde_json::{Value, json};

use super::{
    choice::{Segments, TextSegments, choices},
    fetch::SPREADS,
    field::{NumberField, TextField},
    more::More,
    place::Place,
};

/// How tasks come, for people; the first is no field of `arrive`.
const PACES: [(&str, &str); 3] = [("at-once", "All at once"), ("every_ms", "Every … ms"), ("rate_per_s", "… a second")];

/// The fields of the group at `path`, the `index`-th.
#[component]
pub(super) fn Times(path: String, index: usize) -> impl IntoView {
    let at = |field: &str| format!("{path}.{field}");
    let (arrive, after) = (Place::at(at("arrive")), Place::at(at("after")));
    let (every, rate) = (Place::at(at("arrive.every_ms")), Place::at(at("arrive.rate_per_s")));
    let spread = Place::at(at("arrive.spread"));
    let memory = Place::at(at("memory_mb"));
    let chosen = Signal::derive(move || {
        let pace = if every.value().is_some() { "every_ms" } else { "rate_per_s" };
        if arrive.value().is_none_or(|value| value.is_null()) { "at-once" } else { pace }.to_owned()
    });
    let chosen = Memo::new(move |_| chosen.get());
    let choose = move |id: &'static str| {
        let spread = spread.now().unwrap_or_else(|| "even".into());
        arrive.set(match id {
            "every_ms" => json!({ "every_ms": 10, "spread": spread }),
            "rate_per_s" => json!({ "rate_per_s": 100, "spread": spread }),
            _ => Value::Null,
        });
    };
    view! {
        <More what="tasks over time, stages, memory" fields=vec![at("arrive"), at("after"), at("memory_mb")]>
            <Segments
                place=arrive
                hint="Latency then counts from when each task was due, not from when a worker took it."
                choices=choices(&PACES)
                chosen
                choose
            />
            <Show when=move || chosen.get() == "every_ms">
                <NumberField place=every unit="ms" default=10 step=1.0 />
            </Show>
            <Show when=move || chosen.get() == "rate_per_s">
                <NumberField place=rate unit="tasks" default=100 step=10.0 />
            </Show>
            <Show when=move || chosen.get() != "at-once">
                <TextSegments place=spread choices=choices(&SPREADS) default="even" />
            </Show>
            {(index > 0).then(|| view! {
                <TextField
                    place=after
                    hint="None of these begins before every task of that earlier group has ended."
                    placeholder="Name of an earlier group"
                />
            })}
            <NumberField
                place=memory
                hint="Memory that each task takes up from its beginning to its end, all of it written to."
                unit="MiB"
                default=0
                step=1.0
            />
        </More>
    }
}
