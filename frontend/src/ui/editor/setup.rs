//! What each worker does once, before its first task.

use lanes_core::scenario::Kernel;
use leptos::prelude::*;
use serde_json::{Value, json};
use strum::IntoEnumIterator;

use super::{
    choice::{Segments, Select, choices},
    field::NumberField,
    place::Place,
};

/// What a worker may do first, for people; the first is no field of `setup`.
const KINDS: [(&str, &str); 3] = [("nothing", "Nothing"), ("ms", "Waits"), ("compute", "Computes")];

/// The fields of the set-up.
#[component]
pub(super) fn SetupFields() -> impl IntoView {
    let [setup, ms, compute] = ["setup", "setup.ms", "setup.compute"].map(Place::at);
    let [kernel, size] = ["setup.compute.kernel", "setup.compute.size"].map(Place::at);
    let chosen = Memo::new(move |_| {
        let kind = if compute.value().is_some() { "compute" } else { "ms" };
        if setup.value().is_none_or(|value| value.is_null()) { "nothing" } else { kind }.to_owned()
    });
    let choose = move |id: &'static str| {
        setup.set(match id {
            "ms" => json!({ "ms": 100 }),
            "compute" => json!({ "compute": { "kernel": "primes", "size": Kernel::Primes.about().default_size } }),
            _ => Value::Null,
        });
    };
    let choose_kernel = move |id: String| {
        // A size of the old kernel means nothing in the unit of the new one.
        if let Ok(new) = id.parse::<Kernel>() {
            size.set(new.about().default_size);
        }
        kernel.set(id);
    };
    let kernels = Kernel::iter().map(|kernel| kernel.about()).map(|about| (about.id, about.title)).collect::<Vec<_>>();
    let chosen_kernel = move || kernel.text().and_then(|text| text.parse().ok()).unwrap_or(Kernel::Primes);
    let unit = Signal::derive(move || chosen_kernel().about().unit.to_owned());
    view! {
        <Segments
            place=setup
            hint="What each worker does once, before its first task: in every run, and part of no task."
            choices=choices(&KINDS)
            chosen
            choose
        />
        <Show when=move || chosen.get() == "ms">
            <NumberField place=ms unit="ms" default=100 step=10.0 />
        </Show>
        <Show when=move || chosen.get() == "compute">
            <Select place=kernel choices=choices(&kernels) default="primes" choose=choose_kernel />
            <NumberField place=size unit default=Kernel::Primes.about().default_size step=1000.0 />
        </Show>
    }
}
