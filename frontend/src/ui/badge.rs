//! Whether a lane is real or modelled, said on every lane.

use lanes_core::{
    present::words,
    scenario::{Label, Lane},
};
use leptos::prelude::*;

/// The badge of a lane.
pub(crate) fn badge(lane: Lane) -> impl IntoView {
    let class = match lane.label() {
        Label::Real => "badge",
        Label::Modelled => "badge badge-modelled",
    };
    view! { <span class=class title=words::label_about(lane)>{words::label_title(lane.label())}</span> }
}
