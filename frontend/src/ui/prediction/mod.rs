//! What the edited job would take in each lane, here or on another machine: worked out, not run.
//!
//! Nothing here looks like a result: it has a section and columns of its own, and says ≈.

mod changes;
mod table;

use lanes_core::present::unbroken;
use leptos::prelude::*;

use self::changes::Changes;
use crate::page::{Page, Phase, Predictions, Said, Standing};

/// The section.
#[component]
pub(crate) fn Prediction() -> impl IntoView {
    let page = expect_context::<Page>();
    let predictions = expect_context::<Predictions>();
    let standing = predictions.standing;
    let is_changed = move || predictions.what_if.with(|what_if| what_if.words().is_some());
    let note = move || {
        standing.with(|standing| match standing {
            Standing::Unmeasured | Standing::Failed(_) => String::new(),
            Standing::Measuring(what) => format!("Measuring {what} …"),
            Standing::Working => "Working it out …".to_owned(),
            Standing::Said(_) => "Worked out in virtual time. Nothing of it was run.".to_owned(),
        })
    };
    let is_stale = move || {
        standing.with(|standing| match standing {
            Standing::Said(said) => {
                predictions.what_if.with(|what_if| *what_if != said.what_if)
                    || page.checked.with(|checked| checked.as_ref().is_ok_and(|scenario| *scenario != said.scenario))
            }
            _ => false,
        })
    };
    let content = move || {
        standing.with(|standing| match standing {
            Standing::Unmeasured => ask().into_any(),
            Standing::Failed(why) => view! {
                <p class="prediction-failed" role="alert">{why.clone()}</p>
                <Show when=move || !is_changed()>{ask()}</Show>
            }
            .into_any(),
            Standing::Measuring(_) | Standing::Working => {
                view! { <div class="prediction-busy" aria-hidden="true"></div> }.into_any()
            }
            Standing::Said(said) => said_view(said).into_any(),
        })
    };
    // What no job can have is changed back where it was typed.
    let can_change = move || {
        standing.with(|standing| match standing {
            Standing::Said(_) => true,
            Standing::Failed(_) => is_changed(),
            Standing::Unmeasured | Standing::Measuring(_) | Standing::Working => false,
        })
    };
    view! {
        <section class="prediction" aria-labelledby="prediction-title">
            <div class="section-head">
                <h2 id="prediction-title">"Prediction"</h2>
                <p class="section-note" aria-live="polite">{note}</p>
            </div>
            <Show when=can_change>
                <Changes />
            </Show>
            <div class:is-stale=is_stale>{content}</div>
        </section>
    }
}

/// What one may ask for.
fn ask() -> impl IntoView {
    let page = expect_context::<Page>();
    let predictions = expect_context::<Predictions>();
    let cannot = move || {
        page.phase.with(|phase| *phase != Phase::Idle) || !page.is_ready.get() || page.checked.with(Result::is_err)
    };
    view! {
        <div class="prediction-ask">
            <p>
                "What would this job take on 16 cores, with ten times the tasks, with half the latency? Worked out from what this machine "
                "was measured at, without running the job. What is not known yet is measured first, in a few seconds."
            </p>
            <button
                type="button"
                class="button"
                aria-disabled=move || cannot().then_some("true")
                on:click=move |_| if !cannot() { predictions.measure(false) }
            >
                "Predict this job"
            </button>
        </div>
    }
}

fn said_view(said: &Said) -> impl IntoView + use<> {
    let page = expect_context::<Page>();
    let predictions = expect_context::<Predictions>();
    let forecast = &said.forecast;
    let with = said.what_if.words();
    let sentence = forecast.best.map(|best| {
        let take = format!("take {}", best);
        match &with {
            Some(words) => format!("With {words}, {take}."),
            None => format!("Predicted, not measured: {take}."),
        }
    });
    let is_idle = move || page.phase.with(|phase| *phase == Phase::Idle);
    let changes = (!forecast.changes.is_empty()).then(|| {
        let items = forecast.changes.iter().map(|change| view! { <li>{unbroken(change)}</li> }).collect_view();
        view! {
            <details class="verdict-why">
                <summary>"What would change it"</summary>
                <ul class="prediction-changes">{items}</ul>
            </details>
        }
    });
    view! {
        {sentence.map(|sentence| view! { <p class="verdict-sentence">{sentence}</p> })}
        {changes}
        {table::table(said, page)}
        <p class="prediction-foot">
            "≈ is a prediction; nine of ten runs are expected within the range beside it. Workers and pools are taken to be there "
            "already, as from the second run on. "
            <button
                type="button"
                class="link-button"
                aria-disabled=move || (!is_idle()).then_some("true")
                on:click=move |_| if is_idle() { predictions.measure(true) }
            >
                "Measure this machine again"
            </button>
        </p>
    }
}
