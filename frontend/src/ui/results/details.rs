//! Everything else there is to know of a lane: time by state, workers, percentiles, repeats, failures.

use lanes_core::{
    present::{bytes, count, duration, share},
    report::RunReport,
    scenario::Lane,
    trace::{Failure, Tally},
};
use leptos::prelude::*;

use super::{
    cells::state_bar,
    model::{Measured, states},
};
use crate::{
    page::Page,
    timeline::{Role, Round, TimelineHandle},
    ui::{code::CodeShown, own_lines::GoToLine},
};

/// So many failures are listed with their reason.
const FAILURES_SHOWN: usize = 5;

/// The details of a lane.
pub(super) fn details(measured: &Measured) -> impl IntoView + use<> {
    let Some(run) = measured.result.shown.clone() else {
        let why = measured.trouble.clone().unwrap_or_else(|| "It did not run.".to_owned());
        return view! { <p class="details-none">{why}</p> }.into_any();
    };
    let lane = run.lane;
    let trouble = measured.trouble.clone().map(|why| view! { <p class="details-none">{why}</p> });
    let in_timeline = InTimeline::of(lane);
    // A run that was cut off has no totals of its own; the spans that came until then have.
    let recorded = if run.total().recorded == 0 { in_timeline.totals() } else { Vec::new() };
    let is_cut = recorded.iter().any(|total| total.recorded > 0);
    let workers_of = if is_cut { recorded } else { run.workers.clone() };
    let mut total = Tally::new(0);
    workers_of.iter().for_each(|worker| total.merge(worker));
    let cut = is_cut.then(|| {
        view! { <p class="details-none">"Its report is missing: these are the spans in the timeline, added up."</p> }
    });
    view! {
        {trouble}
        {cut}
        <div class="details">
            <section><h3>"Time by state"</h3>{by_state(&total)}</section>
            <section><h3>"Workers"</h3>{workers(lane, &workers_of)}</section>
            <section><h3>"Task times"</h3>{latencies(measured)}</section>
            <section><h3>"This lane"</h3>{facts(measured, &run, &total, in_timeline)}</section>
        </div>
        {failures(measured.result.failures().to_vec(), run.tasks.failed)}
    }
    .into_any()
}

/// A lane in the timeline.
#[derive(Clone, Copy)]
struct InTimeline(Option<(TimelineHandle, usize)>);

impl InTimeline {
    fn of(lane: Lane) -> Self {
        let lanes = expect_context::<Page>().lanes;
        let index = lanes.with_untracked(|lanes| lanes.iter().position(|progress| progress.lane == lane));
        Self(use_context::<TimelineHandle>().zip(index))
    }

    fn totals(self) -> Vec<Tally> {
        self.0.map(|(timeline, lane)| timeline.totals(lane)).unwrap_or_default()
    }

    fn shown(self) -> Option<Round> {
        self.0.and_then(|(timeline, lane)| timeline.shown(lane))
    }
}

/// Which repeat (from 0) the numbers come from, and whether the timeline shows the same.
fn shown_text(repeat: usize, repeats: usize, in_timeline: Option<Round>) -> String {
    let own = format!("repeat {} of {repeats}", repeat + 1);
    match in_timeline {
        Some(Round::Repeat { index, .. }) if index as usize == repeat => format!("{own}, as in the timeline"),
        Some(Round::Repeat { index, .. }) => format!("{own}; the timeline shows repeat {}", index + 1),
        Some(Round::Warmup) | None => own,
    }
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

fn workers(lane: Lane, workers: &[Tally]) -> impl IntoView + use<> {
    let all = workers.len();
    let rows = workers
        .iter()
        .map(|worker| {
            view! {
                <tr>
                    <th scope="row">{Role::of(lane, worker.worker, all).to_string()}</th>
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
    if measured.result.total().latency.is_empty() {
        return view! { <p class="facts-none">"No task ended."</p> }.into_any();
    }
    let latency = measured.result.latency();
    view! {
        <dl class="facts">
            {fact("half under (p50)", duration(latency.p50))}
            {fact("p90", duration(latency.p90))}
            {fact("p99", duration(latency.p99))}
            {fact("p99.9", duration(latency.p999))}
            {fact("longest", duration(latency.max))}
            {fact("from when", if measured.result.counts_from_due() {
                "each task was due".to_owned()
            } else {
                "a worker took the task".to_owned()
            })}
        </dl>
    }
    .into_any()
}

fn facts(measured: &Measured, run: &RunReport, total: &Tally, in_timeline: InTimeline) -> impl IntoView + use<> {
    let result = &measured.result;
    let (lane, code) = (result.lane, expect_context::<CodeShown>());
    let repeats = result.wall_ns.iter().map(|ns| duration(*ns)).collect::<Vec<_>>().join(", ");
    let shown = (result.wall_ns.len() > 1)
        .then(|| fact("shown here", shown_text(result.shown_repeat, result.wall_ns.len(), in_timeline.shown())));
    let counter = run
        .counter
        .map(|counter| fact("counter", format!("{} of {}", count(counter.observed), count(counter.expected))));
    view! {
        <dl class="facts">
            {(!repeats.is_empty()).then(|| fact("repeats", repeats))}
            {shown}
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
            {(run.clock_resolution_ns > 0).then(|| fact("clock step", duration(run.clock_resolution_ns)))}
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
            .map(|failure| {
                let line = failure.at.map(|at| view! { <GoToLine line=at.line /> });
                view! { <li><span class="failure-task">"Task " {failure.task}</span> {failure.why} {line}</li> }
            })
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn details_say_whether_the_timeline_shows_the_same_run() {
        let round = |index| Some(Round::Repeat { index, of: Some(3) });
        assert_eq!(shown_text(1, 3, round(1)), "repeat 2 of 3, as in the timeline");
        assert_eq!(shown_text(1, 3, round(2)), "repeat 2 of 3; the timeline shows repeat 3");
        assert_eq!(shown_text(0, 3, None), "repeat 1 of 3");
    }
}
