//! The results: one row for each lane, with everything the timeline shows said in numbers and words too.
//!
//! It sorts nothing: lanes stand as the scenario lists them. What they mean is concluded by `lanes_core::verdict`.

mod cells;
mod details;
mod lock;
mod model;
mod row;

use std::collections::BTreeSet;

use lanes_core::{
    present::unbroken,
    scenario::Lane,
    verdict::{self, Verdict},
};
use leptos::prelude::*;

use self::model::Table;
use super::own_lines::FailedLines;
use crate::page::{Outcome, Page, Phase};

/// The section with the table.
#[component]
pub(crate) fn Results() -> impl IntoView {
    let page = expect_context::<Page>();
    let running = Memo::new(move |_| page.phase.with(|phase| !matches!(phase, Phase::Idle | Phase::Trying)));
    // Only while something runs do lanes without a result belong to this table.
    let coming =
        Memo::new(move |_| if running.get() { page.lanes.with(|lanes| model::standing(lanes)) } else { Vec::new() });
    // Comparing two tables would cost more than drawing one: each report has a histogram for every worker.
    let table = Memo::new_with_compare(
        move |_| page.outcome.with(|outcome| Table::of(outcome.as_ref(), &coming.get())),
        |_, _| true,
    );
    let open = RwSignal::new(BTreeSet::<Lane>::new());
    let said = move || match (running.get(), page.outcome.with(|outcome| outcome.as_ref().map(|o| o.cancelled))) {
        (true, _) => "Running: medians settle as the repeats come in.".to_owned(),
        (false, Some(true)) => "Cancelled before its end: only what was measured until then.".to_owned(),
        (false, Some(false)) => table.with(Table::headline),
        (false, None) => String::new(),
    };
    view! {
        <section class="results" aria-labelledby="results-title">
            <div class="section-head">
                <h2 id="results-title">"Results"</h2>
                <p class="section-note" class:is-bad=move || !running.get() && table.with(|table| table.wrong() > 0)>{said}</p>
            </div>
            {move || (!running.get()).then(|| page.outcome.with(|outcome| outcome.as_ref().map(verdict)))}
            <FailedLines />
            {move || {
                if table.with(|table| table.rows.is_empty()) {
                    empty().into_any()
                } else {
                    table.with(|table| filled(table, open)).into_any()
                }
            }}
            {move || (!running.get()).then(|| page.outcome.with(|outcome| outcome.as_ref().and_then(lock::lock)))}
        </section>
    }
}

/// Which model fits and why: one sentence, and the evidence for whoever asks.
fn verdict(outcome: &Outcome) -> impl IntoView + use<> {
    let Verdict { sentence, evidence, would_change, by_goal, .. } = verdict::verdict(&outcome.scenario, &outcome.lanes);
    let list = |items: Vec<String>| items.into_iter().map(|item| view! { <li>{unbroken(&item)}</li> }).collect_view();
    let instead: Vec<String> = by_goal.into_iter().filter_map(|best| best.instead).collect();
    let instead = if instead.is_empty() { String::new() } else { format!("Or {}.", instead.join("; ")) };
    view! {
        <div class="verdict">
            <p class="verdict-sentence">{unbroken(&sentence)}</p>
            {(!instead.is_empty()).then(|| view! { <p class="verdict-goals">{unbroken(&instead)}</p> })}
            <details class="verdict-why">
                <summary>"Why, and what would change it"</summary>
                <ul>{list(evidence)}</ul>
                <ul class="verdict-change">{list(would_change)}</ul>
            </details>
        </div>
    }
}

fn empty() -> impl IntoView {
    view! {
        <p class="results-empty">
            "No results yet. Run the scenario to compare the lanes: press " <kbd>"R"</kbd> " or the Run button."
        </p>
    }
}

fn filled(table: &Table, open: RwSignal<BTreeSet<Lane>>) -> impl IntoView + use<> {
    let columns = table.columns;
    let head = |title: &'static str, hint: &'static str, class: &'static str| {
        view! { <th scope="col" role="columnheader" class=class title=hint>{title}</th> }
    };
    let rows = table.rows.iter().map(|row| row::row(row, columns, open)).collect_view();
    let footnotes = table.footnotes.clone();
    view! {
        // The roles are spelled out because a table drawn as cards would lose them.
        <div class="table-scroll" tabindex="0" role="region" aria-label="Table of results">
            <table class="table" role="table">
                <caption class="sr-only">"One row for each lane. Times are medians of the repeats."</caption>
                <thead role="rowgroup">
                    <tr role="row">
                        {head("Lane", "", "col-lane")}
                        {head("Wall time", "From the start to the end of the last task: median ± median deviation", "col-wall")}
                        {head("Speed-up", "How many times faster than the sequential lane", "num")}
                        {head("Where the time went", "All workers' time, by what they did", "col-states")}
                        {head("Rate", "Tasks done each second", "num")}
                        {head("p50", "Half of the tasks took less than this", "num")}
                        {head("p99", "99 of 100 tasks took less than this", "num")}
                        {head("Answer", "Whether the lane comes to the same checksum as the others", "col-answer")}
                        {head("Start-up", "From nothing to workers that are ready", "num")}
                        {columns.messages.then(|| head("Messages", "Bytes sent between workers", "num"))}
                    </tr>
                </thead>
                <tbody role="rowgroup">{rows}</tbody>
            </table>
        </div>
        {(!footnotes.is_empty()).then(|| view! {
            <ol class="footnotes" aria-label="Notes">
                {footnotes.into_iter().enumerate().map(|(index, text)| view! { <li id=format!("note-{}", index + 1)>{text}</li> }).collect_view()}
            </ol>
        })}
    }
}
