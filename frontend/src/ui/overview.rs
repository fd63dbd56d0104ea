//! The question at the top of the main column, what exactly is run to answer it, and how far that is.

use lanes_core::{
    present::{sentence, words},
    report::{Ending, LaneResult},
    scenario::{NotCalled, Scenario},
};
use leptos::prelude::*;

use super::{
    editor::to_fix,
    header::phase_line,
    lane_cards::LaneCards,
    own_lines::{GoToLine, first_line},
};
use crate::page::{LaneProgress, LaneStatus, Outcome, Page, Phase};

/// Why lanes failed, each reason once, with the lanes it holds for.
fn failures(lanes: &[LaneProgress]) -> Vec<(Vec<String>, String)> {
    let mut reasons: Vec<(Vec<String>, String)> = Vec::new();
    for progress in lanes {
        let LaneStatus::Failed(why) = &progress.status else { continue };
        let lane = words::lane_title(progress.lane);
        match reasons.iter_mut().find(|(_, other)| other == why) {
            Some((lanes, _)) => lanes.push(lane),
            None => reasons.push((vec![lane], why.clone())),
        }
    }
    reasons
}

/// The line of the user's own file at which lanes broke for this reason.
fn line_of(outcome: &Outcome, why: &str) -> Option<u32> {
    let broke = |result: &&LaneResult| matches!(&result.ending, Ending::Broken(other) if other == why);
    outcome.lanes.iter().find(broke).and_then(first_line)
}

/// The edited scenario with its function as the backend offers it now.
fn as_offered_now(page: Page) -> Option<Scenario> {
    let scenario = page.checked.with(|checked| checked.as_ref().ok().cloned())?;
    page.backend.state.with(|state| state.as_offered_now(&scenario))
}

/// The question, the job in one line, and the lanes.
#[component]
pub(crate) fn Overview() -> impl IntoView {
    let page = expect_context::<Page>();
    let title = move || match page.preset.get() {
        Some(preset) => preset.question.to_owned(),
        None => page.checked.with(|checked| match checked {
            Ok(scenario) if !scenario.title.trim().is_empty() => scenario.title.clone(),
            _ => "Your own experiment".to_owned(),
        }),
    };
    let summary = move || {
        page.checked.with(|checked| match checked {
            Ok(scenario) => words::unbroken(&words::job(scenario)),
            Err(problems) => format!("{} before it can run", to_fix(problems.len())),
        })
    };
    let stale = Memo::new(move |_| {
        let idle = page.phase.with(|phase| *phase == Phase::Idle);
        idle && page.outcome.with(|outcome| match outcome {
            None => false,
            Some(outcome) => page.checked.with(|checked| checked.as_ref().ok() != Some(&outcome.scenario)),
        })
    });
    let failed = move || {
        page.lanes
            .with(|lanes| failures(lanes))
            .into_iter()
            .map(|(lanes, why)| {
                let line = page.outcome.with(|outcome| line_of(outcome.as_ref()?, &why));
                let line = line.map(|line| view! { <GoToLine line /> });
                view! { <p class="overview-failed"><strong>{lanes.join(", ")}</strong>": "{why} {line}</p> }
            })
            .collect_view()
    };
    let not_called = move || {
        let why = page.checked.with(|checked| {
            let scenario = checked.as_ref().ok()?;
            page.backend.state.with(|state| state.why_not_called(scenario))
        });
        why.map(|why| {
            let is_offered = matches!(why, NotCalled::Changed { .. }) && as_offered_now(page).is_some();
            let take = move |_| {
                if let Some(now) = as_offered_now(page) {
                    page.load(&now);
                }
            };
            view! {
                <div class="overview-note">
                    <p>{sentence(&why.to_string())} "."</p>
                    {is_offered.then(|| view! {
                        <button type="button" class="button button-small" on:click=take>"Choose it as it is now"</button>
                    })}
                </div>
            }
        })
    };
    view! {
        <section class="overview" aria-labelledby="question">
            <div class="overview-head">
                <h1 id="question">{title}</h1>
                <p class="overview-summary" title=summary>{summary}</p>
                <p class="phase-line" aria-live="polite">
                    {move || phase_line(page)}
                    {move || stale.get().then(|| view! { <span class="stale">"Results are from before your last change"</span> })}
                </p>
            </div>
            {not_called}
            <LaneCards />
            {failed}
        </section>
    }
}
