//! Everything else there is to know of a lane: time by state, workers, percentiles, repeats, failures.

use lanes_core::{
    report::RunReport,
    trace::{Failure, Tally},
};
use leptos::prelude::*;

use super::{
    cells::state_bar,
    model::{Measured, states},
};
use crate::ui::{
    code::CodeShown,
    format::{bytes, count, duration, share},
};

/// So many failures are listed with their reason.
const FAILURES_SHOWN: usize = 5;

/// The details of a lane.
pub(super) fn details(measured: &Measured) -> impl IntoView + use<> {
    let Some(run) = measured.result.shown.clone() else {
        let why = measured.trouble.clone().unwrap_or_else(|| "It did not run.".to_owned());
        return view! { <p class="details-none">{why}</p> }.into_any();
    };
    let trouble = measured.trouble.clone().map(|why| view! { <p class="details-none">{why}</p> });
    view! {
        {trouble}
        <div class="details">
            <section><h3>"Time by state"</h3>{by_state(measured.result.total())}</section>
            <section><h3>"Workers"</h3>{workers(&run)}</section>
            <section><h3>"Task times"</h3>{latencies(measured)}</section>
            <section><h3>"This lane"</h3>{facts(measured, &run)}</section>
        </div>
        {failures(measured.result.failures().to_vec(), run.tasks.failed)}
    }
    .into_any()
}

fn by_state(total: &Tally) -> impl IntoView + use<> {
    let (some, all) = states(&total.states_ns);
    let rows = some
        .into_iter()
        .map(|(state, ns)| {
            view! {
                <div class="fact">
                    <dt><span class=format!("swatch swatch-{}", state.id()) aria-hidden="true"></span>{state.id()}</dt>
                    <dd>{duration(ns)} <span class="fact-share">{share(ns, all)}</span></dd>
                </div>
            }
        })
        .collect_view();
    view! { <dl class="facts">{rows}</dl> }
}

fn workers(run: &RunReport) -> impl IntoView + use<> {
    let rows = run
        .workers
        .iter()
        .map(|worker| {
            view! {
                <tr>
                    <th scope="row">{worker.worker}</th>
                    <td class="num">{count(worker.done + worker.failed)}</td>
                    <td>{state_bar(&worker.states_ns)}</td>
                </tr>
            }
        })
        .collect_view();
    view! {
        <div class="workers">
            <table class="small-table">
                <thead><tr><th scope="col">"Worker"</th><th scope="col" class="num">"Tasks"</th><th scope="col">"Its time"</th></tr></thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
}

fn fact(name: &'static str, value: String) -> impl IntoView {
    view! { <div class="fact"><dt>{name}</dt><dd>{value}</dd></div> }
}

fn latencies(measured: &Measured) -> impl IntoView + use<> {
    let latency = measured.result.latency();
    view! {
        <dl class="facts">
            {fact("half under (p50)", duration(latency.p50))}
            {fact("p90", duration(latency.p90))}
            {fact("p99", duration(latency.p99))}
            {fact("p99.9", duration(latency.p999))}
            {fact("longest", duration(latency.max))}
        </dl>
    }
}

fn facts(measured: &Measured, run: &RunReport) -> impl IntoView + use<> {
    let result = &measured.result;
    let (lane, code) = (result.lane, expect_context::<CodeShown>());
    let total = result.total();
    let repeats = result.wall_ns.iter().map(|ns| duration(*ns)).collect::<Vec<_>>().join(", ");
    let shown = format!("{} of {}", result.shown_repeat + 1, result.wall_ns.len().max(1));
    let counter = run
        .counter
        .map(|counter| fact("counter", format!("{} of {}", count(counter.observed), count(counter.expected))));
    view! {
        <dl class="facts">
            {fact("repeats", repeats)}
            {fact("shown here", shown)}
            {result.start_up_ns.map(|ns| fact("start-up", duration(ns)))}
            {(total.fetched_bytes > 0).then(|| fact("received", bytes(total.fetched_bytes)))}
            {(total.payload_bytes > 0).then(|| fact("messages", bytes(total.payload_bytes)))}
            {counter}
            {result.loop_lag_ns().map(|(mean, most)| fact("loop late by", format!("{}, at most {}", duration(mean), duration(most))))}
            {fact("spans", if run.dropped > 0 {
                format!("{}, {} not drawn", count(total.recorded), count(run.dropped))
            } else {
                count(total.recorded)
            })}
            {fact("clock step", duration(run.clock_resolution_ns))}
            {result.checksum().map(|sum| view! {
                <div class="fact"><dt>"checksum"</dt><dd class="mono">{format!("{sum:016x}")}</dd></div>
            })}
        </dl>
        <button type="button" class="link-button" on:click=move |_| code.go_to(lane)>"Show its program"</button>
    }
}

fn failures(failures: Vec<Failure>, failed: u64) -> impl IntoView {
    (!failures.is_empty()).then(|| {
        let shown = failures.len().min(FAILURES_SHOWN) as u64;
        let more = failed.saturating_sub(shown);
        let rows = failures
            .into_iter()
            .take(FAILURES_SHOWN)
            .map(|failure| view! { <li><span class="failure-task">"Task " {failure.task}</span> {failure.why}</li> })
            .collect_view();
        view! {
            <section class="failures">
                <h3>"Failures"</h3>
                <ul role="list">{rows}</ul>
                {(more > 0).then(|| view! { <p>"and " {count(more)} " more"</p> })}
            </section>
        }
    })
}
