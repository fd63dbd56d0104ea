//! How to read the page: what the models are, what is simulated, what the numbers mean.

use lanes_core::{
    present::words,
    scenario::{Lane, Model},
    trace::State,
};
use leptos::prelude::*;

use super::badge::badge;

/// The explanation at the end of the page.
#[component]
pub(crate) fn About() -> impl IntoView {
    let models = Model::ALL.map(|model| {
        view! {
            <div class="about-model">
                <dt>{words::model_title(model)} {badge(Lane::browser(model))}</dt>
                <dd>{words::model_about(model)}</dd>
            </div>
        }
    });
    let states = State::ALL.map(|state| {
        view! {
            <div class="about-state">
                <dt><span class=format!("swatch swatch-{}", state.id()) aria-hidden="true"></span>{state.id()}</dt>
                <dd>{words::state_about(state)}</dd>
            </div>
        }
    });
    view! {
        <section class="about" aria-labelledby="about-title">
            <h2 id="about-title">"How to read this"</h2>
            <dl class="about-models">{models}</dl>
            <div class="about-colours">
                <h3>"The colours"</h3>
                <dl class="about-states">{states}</dl>
            </div>
            <div class="about-texts">
                <div>
                    <h3>"What is real"</h3>
                    <p>
                        "Every lane runs the same tasks, for real, on this machine: in the browser WebAssembly on Web Workers, "
                        "natively and in CPython through the local backend. "
                        "Only the GIL lane is a model: real threads under a lock that changes hands as CPython's does."
                    </p>
                </div>
                <div>
                    <h3>"What is simulated"</h3>
                    <p>
                        "Requests from “Simulated” are never sent: the lane's own worker waits by a timer for the time you set, and makes the answer. "
                        "Those from “Page” are sent, and the page's service worker answers them after that time. "
                        "Neither goes over the network, so nothing disturbs the comparison. The local server and your own addresses are asked for real."
                    </p>
                </div>
                <div>
                    <h3>"Reading the timeline"</h3>
                    <p>
                        "Every lane starts at zero on the same axis. A row is a worker, or one place on an event loop. "
                        "A colour is what it was doing. Shorter is better; much waiting for a lock, packing or idling says why it is not."
                    </p>
                </div>
                <div>
                    <h3>"Reading the numbers"</h3>
                    <p>
                        "Times are the median of the repeats; ± is the median distance from it, so a smaller difference is noise. "
                        "p50 and p99: half, and 99 of 100 tasks, were faster than that, from when a worker took the task, or "
                        "of tasks that come over time from when each was due. "
                        "All lanes must come to the same answer; one that does not is wrong, however fast."
                    </p>
                </div>
            </div>
        </section>
    }
}
