//! A row for each lane: what it would take, drawn on one scale, and what it took, where that was measured.

use lanes_core::{
    predict::forecast::{Takes, far},
    present::{duration, words},
    scenario::Lane,
};
use leptos::prelude::*;

use crate::{
    page::{Page, Said},
    ui::badge::badge,
};

/// The table of a prediction.
pub(super) fn table(said: &Said, page: Page) -> impl IntoView + use<> {
    let scenario = said.scenario.clone();
    let is_as_it_is = said.what_if.words().is_none();
    // What was measured of this very job.
    let measured = Memo::new(move |_| {
        page.outcome.with(|outcome| {
            let outcome = outcome.as_ref().filter(|outcome| is_as_it_is && outcome.scenario == scenario)?;
            let walls = outcome.lanes.iter().filter_map(|lane| Some((lane.lane, lane.wall?.median)));
            Some(walls.collect::<Vec<(Lane, u64)>>()).filter(|walls| !walls.is_empty())
        })
    });
    let lanes = said.forecast.lanes.clone();
    move || {
        let measured = measured.get();
        let wall_of = |lane: Lane| measured.as_ref()?.iter().find(|(known, _)| *known == lane).map(|(_, ns)| *ns);
        let longest = lanes.iter().flat_map(|(lane, said)| {
            let said = said.as_ref().ok().map(|takes| takes.interval_ns[1]);
            said.into_iter().chain(wall_of(*lane))
        });
        let scale_ns = longest.max().unwrap_or(1).max(1) as f64;
        let has_measured = measured.is_some();
        let rows = lanes
            .iter()
            .map(|(lane, said)| match said {
                Ok(takes) => predicted(*lane, takes, wall_of(*lane), scale_ns, has_measured).into_any(),
                Err(why) => not_predicted(*lane, why, has_measured).into_any(),
            })
            .collect_view();
        let far: Vec<_> = lanes
            .iter()
            .filter_map(|(lane, said)| far(*lane, said.as_ref().ok()?.reach))
            .map(|text| view! { <li>{text}</li> })
            .collect();
        let head = |title: &'static str, hint: &'static str, class: &'static str| {
            view! { <th scope="col" role="columnheader" class=class title=hint>{title}</th> }
        };
        view! {
            <div class="table-scroll" tabindex="0" role="region" aria-label="Table of predictions">
                <table class="table" role="table">
                    <caption class="sr-only">"One row for each lane: what it would take."</caption>
                    <thead role="rowgroup">
                        <tr role="row">
                            {head("Lane", "", "col-lane")}
                            {head("Predicted", "From the start to the end of the last task", "num")}
                            {head("9 of 10 runs", "Nine of ten runs are expected to end within", "num")}
                            {head("", "", "col-forecast")}
                            {has_measured.then(|| head("Measured", "The median of the runs of this very job", "num"))}
                            {has_measured.then(|| head("Off by", "How far the prediction is from what was measured", "num"))}
                        </tr>
                    </thead>
                    <tbody role="rowgroup">{rows}</tbody>
                </table>
            </div>
            {(!far.is_empty()).then(|| view! { <ul class="prediction-notes">{far.collect_view()}</ul> })}
        }
    }
}

fn predicted(
    lane: Lane,
    takes: &Takes,
    measured_ns: Option<u64>,
    scale_ns: f64,
    has_measured: bool,
) -> impl IntoView + use<> {
    let percent = |ns: u64| format!("{:.2}%", ns as f64 / scale_ns * 100.0);
    let [from, to] = takes.interval_ns;
    let tick = measured_ns.map(|ns| {
        let style = format!("left:{}", percent(ns));
        view! { <span class="forecast-measured" style=style></span> }
    });
    let off = measured_ns.map(|ns| (takes.wall_ns as f64 / ns.max(1) as f64 - 1.0) * 100.0);
    let is_outside = measured_ns.is_some_and(|ns| !(from..=to).contains(&ns));
    let measured = has_measured.then(|| {
        let wall = measured_ns.map_or_else(|| "–".to_owned(), duration);
        let off = off.map_or_else(|| "–".to_owned(), |off| format!("{off:+.1} %").replace('-', "−"));
        view! {
            <td role="cell" class="num" data-label="Measured">{wall}</td>
            <td role="cell" class="num" class:is-outside=is_outside data-label="Off by">{off}</td>
        }
    });
    view! {
        <tr role="row" class="row-lane">
            {lane_cell(lane)}
            <td role="cell" class="num strong" data-label="Predicted">"≈ " {duration(takes.wall_ns)}</td>
            <td role="cell" class="num" data-label="9 of 10 runs">{duration(from)} " – " {duration(to)}</td>
            <td role="cell" class="col-forecast" aria-hidden="true">
                <div class="forecast">
                    <span class="forecast-bar" style=format!("width:{}", percent(takes.wall_ns))></span>
                    <span class="forecast-range" style=format!("left:{};width:{}", percent(from), percent(to - from))></span>
                    {tick}
                </div>
            </td>
            {measured}
        </tr>
    }
}

fn not_predicted(lane: Lane, why: &str, has_measured: bool) -> impl IntoView + use<> {
    let columns = if has_measured { 5 } else { 3 };
    view! {
        <tr role="row" class="row-lane">
            {lane_cell(lane)}
            <td role="cell" class="trouble" colspan=columns>"Not predicted: " {why.to_owned()}</td>
        </tr>
    }
}

fn lane_cell(lane: Lane) -> impl IntoView {
    view! {
        <th scope="row" role="rowheader" class="col-lane">
            <span class="lane-name">{words::lane_title(lane)}</span>
            {badge(lane)}
        </th>
    }
}
