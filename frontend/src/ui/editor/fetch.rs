//! The fields of a step that waits for bytes.

use lanes_core::{
    present::{self, sentence},
    scenario::Fetch,
};
use leptos::prelude::*;
use serde_json::{Value, json};

use super::{
    choice::{Segments, TextSegments, choices},
    field::{NumberField, Switch, text_of},
    more::More,
    place::Place,
};
use crate::{backend::BackendState, page::Page};

/// The spreads, for people.
pub(super) const SPREADS: [(&str, &str); 3] = [("even", "All equal"), ("uniform", "Varied"), ("heavy", "Heavy tail")];

/// The fields of the fetch at `path`.
#[component]
pub(super) fn FetchFields(path: String) -> impl IntoView {
    let at = |field: &str| format!("{path}.{field}");
    let default = Fetch::default();
    let from = Place::at(at("from"));
    let chosen = Signal::derive(move || match from.value() {
        None => "simulated".to_owned(),
        Some(Value::Array(_)) => "addresses".to_owned(),
        Some(_) => from.text().unwrap_or_default(),
    });
    // The addresses are kept while another source is tried out.
    let addresses = StoredValue::new(json!([]));
    let choose = move |id: &'static str| {
        if let Some(list @ Value::Array(_)) = from.now() {
            addresses.set_value(list);
        }
        from.set(if id == "addresses" { addresses.get_value() } else { Value::from(id) });
    };
    let own = Memo::new(move |_| chosen.get() == "addresses");
    let page = expect_context::<Page>();
    let not_now = Memo::new(move |_| page.backend.state.with(BackendState::why_not));
    let sources = Signal::derive(move || {
        let mut sources =
            choices(&[("simulated", "Simulated"), ("server", "Server"), ("page", "Page"), ("addresses", "Addresses")]);
        sources[1].not_now = not_now.get().map(|why| sentence(&why));
        sources
    });
    let more = ["spread", "bytes", "blocking", "timeout_ms", "retries", "backoff_ms", "keeps_lock"].map(at).to_vec();
    let (latency, spread, bytes) = (Place::at(at("latency_ms")), Place::at(at("spread")), Place::at(at("bytes")));
    let (blocking, timeout) = (Place::at(at("blocking")), Place::at(at("timeout_ms")));
    let (retries, backoff) = (Place::at(at("retries")), Place::at(at("backoff_ms")));
    let keeps_lock = Place::at(at("keeps_lock"));
    let bytes_hint = Signal::derive(move || match bytes.value().as_ref().and_then(Value::as_u64) {
        Some(count) if count >= 1024 => format!("B = {}", present::bytes(count)),
        _ => "bytes".to_owned(),
    });
    view! {
        <Segments
            place=from
            choices=sources
            chosen
            choose
        />
        <Show when=move || chosen.get() == "server" && not_now.with(Option::is_some)>
            <p class="row-problem">{move || not_now.get().map(|why| sentence(&why))}</p>
        </Show>
        <Show when=move || own.get()>
            <Addresses place=from />
        </Show>
        <Show when=move || !own.get()>
            <NumberField place=latency unit="ms" default=default.latency_ms step=1.0 />
        </Show>
        <More what="spread, size, blocking, time-out, retries, lock" fields=more>
            <Show when=move || !own.get()>
                <TextSegments place=spread choices=choices(&SPREADS) default="even" />
                <NumberField place=bytes unit=bytes_hint default=default.bytes step=256.0 />
            </Show>
            <Switch place=blocking hint="Stops an event loop, as “requests” in a coroutine does." />
            <NumberField place=timeout unit="ms" default=default.timeout_ms step=1000.0 />
            <Switch
                place=keeps_lock
                hint="Waits without letting go of the interpreter’s lock, as some C extensions do. For simulated answers."
            />
            <NumberField
                place=retries
                hint="How often it asks again where the server refuses or fails."
                unit="times"
                default=default.retries
                step=1.0
            />
            <NumberField
                place=backoff
                hint="The wait before it asks again; each further one is twice as long."
                unit="ms"
                default=default.backoff_ms
                step=10.0
            />
        </More>
    }
}

/// The addresses, one on each line.
fn lines(text: &str) -> Value {
    Value::from(text.lines().map(str::trim).filter(|line| !line.is_empty()).map(Value::from).collect::<Vec<_>>())
}

#[component]
fn Addresses(place: Place) -> impl IntoView {
    // As text: an address on each line. What is typed stays as it is while it means the same addresses.
    let text = text_of(place, json!([]), lines);
    if let Some(Value::Array(list)) = place.now() {
        text.set(list.iter().map(super::place::shown).collect::<Vec<_>>().join("\n"));
    }
    let id = format!("{}-list", place.id());
    view! {
        <div class="row row-stacked">
            <label class="row-label" for=id.clone()>"Addresses, one on each line"</label>
            <textarea
                class="text mono"
                id=id
                rows="4"
                spellcheck="false"
                autocapitalize="off"
                placeholder="https://example.org/"
                prop:value=move || text.get()
                aria-invalid=move || place.invalid()
                aria-describedby=move || place.described_by(false)
                on:input=move |event| {
                    let new = event_target_value(&event);
                    place.set(lines(&new));
                    text.set(new);
                }
            ></textarea>
            <p class="row-hint">"Asked in turn. A site must allow other pages to read it (CORS)."</p>
        </div>
    }
}
