//! The small buttons of groups and steps, and where the focus goes when something is taken away.

use leptos::prelude::*;
use wasm_bindgen::JsCast;

use crate::ui::icons::{Icon, icon};

/// A small button with an icon and a name.
#[component]
pub(super) fn Tool(
    /// The drawing.
    drawing: Icon,
    /// What it does.
    #[prop(into)]
    name: String,
    /// Whether it can do that now.
    #[prop(optional, into)]
    disabled: Signal<bool>,
    #[prop(into)] act: Callback<()>,
) -> impl IntoView {
    view! {
        <button
            type="button"
            class="button button-quiet button-icon button-small"
            aria-label=name.clone()
            title=name
            disabled=move || disabled.get()
            on:click=move |_| act.run(())
        >
            {icon(drawing)}
        </button>
    }
}

/// Puts the focus on the element of this `id` once the page is drawn again.
pub(crate) fn focus(id: impl Into<String>) {
    let id = id.into();
    request_animation_frame(move || {
        let element =
            document().get_element_by_id(&id).and_then(|element| element.dyn_into::<web_sys::HtmlElement>().ok());
        if let Some(element) = element {
            // It fails only for what cannot have the focus, which then stays where it is.
            let _ = element.focus();
        }
    });
}
