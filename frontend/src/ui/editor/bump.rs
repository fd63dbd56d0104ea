//! The fields of a step that increments the shared counter.

use lanes_core::scenario::Bump;
use leptos::prelude::*;

use super::{
    choice::{TextSegments, choices},
    field::NumberField,
    place::Place,
};

/// The fields of the bump at `path`.
#[component]
pub(super) fn BumpFields(path: String) -> impl IntoView {
    let default = Bump::default();
    view! {
        <NumberField place=Place::at(format!("{path}.times")) default=default.times step=100.0 />
        <TextSegments
            place=Place::at(format!("{path}.guard"))
            hint="With nothing between them, workers overwrite each other's updates."
            choices=choices(&[("none", "Nothing"), ("gil", "GIL"), ("lock", "A lock"), ("atomic", "Atomic")])
            default="none"
        />
    }
}
