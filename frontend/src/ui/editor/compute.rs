//! The fields of a step that runs a kernel.

use lanes_core::{
    present::count,
    scenario::{Kernel, Source},
};
use leptos::prelude::*;
use serde_json::Value;
use strum::IntoEnumIterator;

use super::{
    choice::{Choice, Select, TextSegments, choices},
    fetch::SPREADS,
    field::NumberField,
    more::More,
    path,
    place::Place,
    timed_size::TimedSize,
};
use crate::page::Page;

/// What data are made of, for people.
const SHAPES: [(&str, &str); 3] = [("bytes", "Bytes"), ("numbers", "Numbers"), ("objects", "Objects")];

/// The fields of the computation at `path`, the `index`-th of `steps`.
#[component]
pub(super) fn ComputeFields(path: String, steps: String, index: usize) -> impl IntoView {
    let at = |field: &str| format!("{path}.{field}");
    let page = expect_context::<Page>();
    let place = Place::at(at("kernel"));
    let (size, spread, input) = (Place::at(at("size")), Place::at(at("spread")), Place::at(at("input")));
    let holds_lock = Place::at(at("holds_lock"));
    let (taken, given, shape) = (Place::at(at("bytes_in")), Place::at(at("bytes_out")), Place::at(at("shape")));
    let kernel = Memo::new(move |_| place.text().and_then(|text| text.parse().ok()).unwrap_or(Kernel::Primes));
    let choose = move |id: String| {
        let old = kernel.get_untracked();
        if let Ok(new) = id.parse::<Kernel>() {
            // A size of the old kernel means nothing in the unit of the new one.
            if new != old {
                size.set(new.about().default_size);
            }
            if !new.about().takes_bytes && input.now().is_some() {
                input.set("size");
            }
        }
        place.set(id);
    };
    let fetched = Memo::new(move |_| {
        let before = |draft: &Value| {
            let steps = path::get(draft, &steps).and_then(Value::as_array);
            steps.is_some_and(|steps| steps.iter().take(index).any(|step| step.get("fetch").is_some()))
        };
        page.draft.with(before)
    });
    let kernels = Kernel::iter().map(|kernel| kernel.about()).map(|about| (about.id, about.title)).collect::<Vec<_>>();
    let unit = Signal::derive(move || kernel.get().about().unit.to_owned());
    let of_size = Memo::new(move |_| !matches!(input.text().as_deref(), Some("file" | "body")));
    view! {
        <Select place choices=choices(&kernels) default="primes" choose />
        <p class="row-note">{move || kernel.get().about().what}</p>
        <Show when=move || of_size.get()>
            <NumberField place=size unit default=kernel.get_untracked().about().default_size step=1000.0 />
            <TimedSize kernel size />
        </Show>
        <More
            what="input, spread, lock, data"
            fields=["spread", "input", "holds_lock", "bytes_in", "bytes_out", "shape"].map(at).to_vec()
        >
            <TextSegments
                place=input
                choices=Signal::derive(move || inputs(kernel.get(), fetched.get()))
                default="size"
            />
            <p class="row-note">{move || inputs_note(kernel.get(), fetched.get())}</p>
            <TextSegments place=spread choices=choices(&SPREADS) default="even" />
            <NumberField
                place=holds_lock
                hint="The share that keeps the interpreter’s lock: 0 is C code that lets go of it, 1 is Python code. \
                      CPython itself can share it out in SHA-256 alone."
                unit="of 1"
                default=kernel.get_untracked().about().own_lock_share()
                step=0.1
            />
            <p class="row-note">
                {move || {
                    let about = kernel.get().about();
                    format!("At most {} {} for one task.", count(about.max_size), about.unit)
                }}
            </p>
            <NumberField place=taken unit="bytes" default=0 step=1000.0 />
            <NumberField place=given unit="bytes" default=0 step=1000.0 />
            <TextSegments place=shape choices=choices(&SHAPES) default="bytes" />
            <p class="row-note">
                "Data that a task is given and gives back, in bytes: threads share them, to processes they are sent. What \
                they are made of matters to whoever makes messages of them."
            </p>
        </More>
    }
}

/// What a kernel can work on here, with the reason where it cannot.
fn inputs(kernel: Kernel, fetched: bool) -> Vec<Choice> {
    let numbers = || Some(format!("{} makes its own numbers and takes no bytes", kernel.about().title));
    Source::iter()
        .map(|source| {
            let takes_bytes = kernel.about().takes_bytes;
            let (title, not_now) = match source {
                Source::Size => ("Made-up data", None),
                Source::File => ("Your file", if takes_bytes { None } else { numbers() }),
                Source::Body if !takes_bytes => ("The answer", numbers()),
                Source::Body => {
                    ("The answer", (!fetched).then(|| "No step before this one waits for an answer".to_owned()))
                }
            };
            Choice { id: source.into(), title, not_now }
        })
        .collect()
}

/// The reason, once, for people who do not hover.
fn inputs_note(kernel: Kernel, fetched: bool) -> Option<String> {
    inputs(kernel, fetched).into_iter().find_map(|choice| choice.not_now).map(|why| format!("{why}."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_offered_to_those_who_take_them() {
        let open = |kernel, fetched| {
            let inputs = inputs(kernel, fetched);
            inputs.iter().filter(|choice| choice.not_now.is_none()).map(|choice| choice.id).collect::<Vec<_>>()
        };
        assert_eq!(open(Kernel::Primes, true), ["size"]);
        assert_eq!(open(Kernel::Wordcount, false), ["size", "file"]);
        assert_eq!(open(Kernel::Wordcount, true), ["size", "file", "body"]);
    }
}
