//! What the server behind simulated answers can do.

use lanes_core::scenario::Server;
use leptos::prelude::*;
use serde_json::Value;

use super::{
    choice::{TextSegments, choices},
    field::{NumberField, Switch},
    more::{More, PartProblem},
    place::Place,
};

/// The fields of the server, behind a line that names them.
#[component]
pub(super) fn ServerFields() -> impl IntoView {
    let default = Server::default();
    let at = |field: &str| Place::at(format!("server.{field}"));
    let capacity = at("capacity");
    let is_limited = Memo::new(move |_| capacity.value().is_some_and(|value| value != 0));
    let rate = at("rate_per_s");
    let has_rate = Memo::new(move |_| rate.value().as_ref().and_then(Value::as_f64).is_some_and(|rate| rate != 0.0));
    let (full, burst) = (at("full"), at("burst"));
    view! {
        <More what="the server's limits, for simulated answers" fields=vec!["server".to_owned()]>
            <PartProblem place=Place::at("server") label="The server" path="server".to_owned() />
            <NumberField
                place=capacity
                hint="Requests that it serves at once. 0: all of them."
                unit="requests"
                default=default.capacity
                step=1.0
            />
            <Show when=move || is_limited.get()>
                <TextSegments
                    place=full
                    hint="What becomes of requests beyond that."
                    choices=choices(&[("queue", "Wait for their turn"), ("refuse", "Refused (503)")])
                    default="queue"
                />
            </Show>
            <NumberField
                place=rate
                hint="Requests that it lets in each second; it refuses the others (429). 0: no limit."
                unit="requests"
                default=default.rate_per_s
                step=1.0
            />
            <Show when=move || has_rate.get()>
                <NumberField
                    place=burst
                    hint="Requests that it lets in at once after a quiet time."
                    unit="requests"
                    default=default.burst
                    step=1.0
                />
            </Show>
            <NumberField
                place=at("errors")
                hint="Share of the requests that it fails at (500), from 0 to 1: the same ones in every lane."
                default=default.errors
                step=0.01
            />
            <NumberField
                place=at("bandwidth_mbit")
                hint="What all its answers share, in megabits a second. 0: no limit."
                unit="Mbit/s"
                default=default.bandwidth_mbit
                step=10.0
            />
            <NumberField
                place=at("connect_ms")
                hint="What a new connection costs."
                unit="ms"
                default=default.connect_ms
                step=1.0
            />
            <Switch place=at("keep_alive") on=default.keep_alive hint="A connection can be used again for the next request." />
            <NumberField
                place=at("slows")
                hint="How much slower an answer gets for each other one that is served at once: 0.5 is half as long again."
                default=default.slows
                step=0.1
            />
        </More>
    }
}
