//! The whole page, top to bottom.
use leptos::prelude::*;

/// The page.
#[component]
pub fn App(
    /// The timeline.
    children: Children,
) -> impl IntoView {
    children()
}
