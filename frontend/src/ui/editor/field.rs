//! The controls of the editor: a number, a text, a choice, a switch, each bound to a [`Place`] in the draft.

use leptos::{ev, prelude::*};
use serde_json::Value;

use super::place::{Place, same, shown, typed};

/// The place's label, its control, a hint, and what is wrong: the frame around every control.
#[component]
pub(crate) fn Row(
    place: Place,
    /// One line on what it does.
    #[prop(optional)]
    hint: &'static str,
    /// The label stands above the control and not beside it.
    #[prop(optional)]
    stacked: bool,
    /// The control is a group of controls, which a `label` element cannot name.
    #[prop(optional)]
    group: bool,
    children: Children,
) -> impl IntoView {
    let (id, label) = (place.id(), place.label());
    let heading = if group {
        view! { <span class="row-label" id=format!("{id}-label")>{label}</span> }.into_any()
    } else {
        view! { <label class="row-label" for=id.clone()>{label}</label> }.into_any()
    };
    let hint = (!hint.is_empty()).then(|| view! { <p class="row-hint" id=format!("{id}-hint")>{hint}</p> });
    let problem = move || {
        let text = place.problem()?;
        Some(view! { <p class="row-problem" id=format!("{}-problem", place.id())>{label} " " {text}</p> })
    };
    view! {
        <div class="row" class:row-stacked=stacked class:has-problem=move || place.problem().is_some()>
            {heading}
            <div class="row-control">{children()}</div>
            {problem}
            {hint}
        </div>
    }
}

/// A signal with what the control shows: it follows the draft, but leaves alone what was typed and means the same.
pub(super) fn text_of(place: Place, default: Value, read: fn(&str) -> Value) -> RwSignal<String> {
    let text = RwSignal::new(shown(&place.now().unwrap_or_else(|| default.clone())));
    Effect::new(move |_| {
        let value = place.value().unwrap_or_else(|| default.clone());
        if !same(&read(&text.get_untracked()), &value) {
            text.set(shown(&value));
        }
    });
    text
}

/// A number with its unit.
#[component]
pub(crate) fn NumberField(
    place: Place,
    #[prop(optional)] hint: &'static str,
    /// Shown inside the field.
    #[prop(optional, into)]
    unit: Signal<String>,
    /// What holds where the field is left out.
    #[prop(into)]
    default: Value,
    /// What the arrow keys add; ten times as much with Shift.
    #[prop(default = 1.0)]
    step: f64,
    /// A control beside the field.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    view! {
        <Row place hint>
            {children.map(|children| children())}
            <NumberInput place hint=!hint.is_empty() unit default step />
        </Row>
    }
}

/// The box of a [`NumberField`].
#[component]
pub(crate) fn NumberInput(
    place: Place,
    /// Whether a hint describes it.
    hint: bool,
    #[prop(optional, into)] unit: Signal<String>,
    #[prop(into)] default: Value,
    #[prop(default = 1.0)] step: f64,
) -> impl IntoView {
    let text = text_of(place, default, typed);
    let put = move |new: String| {
        place.set(typed(&new));
        text.set(new);
    };
    let arrows = move |event: ev::KeyboardEvent| {
        let sign = match event.key().as_str() {
            "ArrowUp" => 1.0,
            "ArrowDown" => -1.0,
            _ => return,
        };
        let Some(now) = typed(&text.get_untracked()).as_f64() else { return };
        event.prevent_default();
        let by = if event.shift_key() { step * 10.0 } else { step };
        // Whole steps from the next lower multiple, so that 57 goes to 60 and not to 67.
        let next = if sign > 0.0 { (now / by).floor() * by + by } else { (now / by).ceil() * by - by };
        put(lanes_core::present::plain(next.max(0.0)));
    };
    view! {
        <div class="number">
            <input
                type="text"
                inputmode=if step.fract() == 0.0 { "numeric" } else { "decimal" }
                autocomplete="off"
                spellcheck="false"
                id=place.id()
                prop:value=move || text.get()
                aria-invalid=move || place.invalid()
                aria-describedby=move || place.described_by(hint)
                on:input=move |event| put(event_target_value(&event))
                on:keydown=arrows
            />
            {move || unit.with(|unit| (!unit.is_empty()).then(|| view! { <span class="unit">{unit.clone()}</span> }))}
        </div>
    }
}

fn as_text(text: &str) -> Value {
    Value::from(text)
}

/// A line of text.
#[component]
pub(crate) fn TextField(
    place: Place,
    #[prop(optional)] hint: &'static str,
    #[prop(optional)] placeholder: &'static str,
) -> impl IntoView {
    let text = text_of(place, Value::from(""), as_text);
    view! {
        <Row place hint stacked=true>
            <input
                type="text"
                class="text"
                autocomplete="off"
                id=place.id()
                placeholder=placeholder
                prop:value=move || text.get()
                aria-invalid=move || place.invalid()
                aria-describedby=move || place.described_by(!hint.is_empty())
                on:input=move |event| {
                    let new = event_target_value(&event);
                    place.set(new.clone());
                    text.set(new);
                }
            />
        </Row>
    }
}

/// On or off.
#[component]
pub(crate) fn Switch(
    place: Place,
    #[prop(optional)] hint: &'static str,
    /// What holds where the field is left out.
    #[prop(optional)]
    on: bool,
) -> impl IntoView {
    view! {
        <Row place hint>
            <input
                type="checkbox"
                role="switch"
                class="switch"
                id=place.id()
                prop:checked=move || place.value().map_or(on, |value| value == true)
                aria-invalid=move || place.invalid()
                aria-describedby=move || place.described_by(!hint.is_empty())
                on:change=move |event| place.set(event_target_checked(&event))
            />
        </Row>
    }
}
