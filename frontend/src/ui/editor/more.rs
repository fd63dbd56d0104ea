//! Fields that are seldom needed, behind a line that names them; it opens by itself when one of them is wrong.

use leptos::{html, prelude::*};

use super::{path::is_within, place::Place};
use crate::page::Page;

/// A part of the form that is closed at first.
#[component]
pub(super) fn More(
    /// What is inside, in a few words.
    what: &'static str,
    /// The fields inside.
    fields: Vec<String>,
    children: Children,
) -> impl IntoView {
    let page = expect_context::<Page>();
    let node = NodeRef::<html::Details>::new();
    Effect::new(move |_| {
        let wrong = page.checked.with(|checked| {
            let inside = |field: &str| fields.iter().any(|path| is_within(field, path));
            checked.as_ref().err().is_some_and(|problems| problems.iter().any(|problem| inside(&problem.field)))
        });
        if let Some(details) = node.get().filter(|_| wrong) {
            details.set_open(true);
        }
    });
    view! {
        <details class="more" node_ref=node>
            <summary><span class="more-word">"More"</span>" " <span class="more-what">{what}</span></summary>
            <div class="more-body">{children()}</div>
        </details>
    }
}

/// The problem of a whole part, such as a list that is too long: only what no field inside shows.
#[component]
pub(super) fn PartProblem(
    /// The part.
    place: Place,
    /// What it is.
    label: &'static str,
    /// Its own path.
    path: String,
) -> impl IntoView {
    let page = expect_context::<Page>();
    let own = move || {
        let of_part = |problem: &&lanes_core::scenario::Problem| problem.field == path;
        page.checked.with(|checked| checked.as_ref().err()?.iter().find(of_part).map(|problem| problem.message.clone()))
    };
    view! {
        {move || own().map(|text| view! { <p class="row-problem" id=format!("{}-problem", place.id())>{label} " " {text}</p> })}
    }
}
