//! One lane's row, and the one below it that opens with the details.

use std::collections::BTreeSet;

use lanes_core::{
    present::{bytes, duration, rate, words},
    scenario::Lane,
};
use leptos::prelude::*;

use super::{
    cells::{answer, state_bar, wall},
    details::details,
    model::{Columns, Content, Measured, Row, speedup_text},
};
use crate::ui::{
    badge::badge,
    icons::{self, icon},
    own_lines::{GoToLine, first_line},
};

/// The row of a lane.
pub(super) fn row(row: &Row, columns: Columns, open: RwSignal<BTreeSet<Lane>>) -> AnyView {
    match &row.content {
        Content::Coming(word) => coming(row.lane, word, columns).into_any(),
        Content::Result(measured) => measured_row(measured, columns, open).into_any(),
    }
}

fn coming(lane: Lane, word: &'static str, columns: Columns) -> impl IntoView {
    view! {
        <tr role="row" class="row-coming">
            <th scope="row" role="rowheader" class="col-lane">
                <span class="lane-name">{words::lane_title(lane)}</span>
                {badge(lane)}
            </th>
            <td role="cell" colspan=columns.count() - 1>{word}</td>
        </tr>
    }
}

fn measured_row(measured: &Measured, columns: Columns, open: RwSignal<BTreeSet<Lane>>) -> impl IntoView + use<> {
    let result = &measured.result;
    let lane = result.lane;
    let id = format!("details-{}", words::lane_id(lane));
    let is_open = move || open.with(|open| open.contains(&lane));
    let toggle = move |_| {
        open.update(|open| {
            if !open.remove(&lane) {
                open.insert(lane);
            }
        });
    };
    let notes = measured
        .notes
        .iter()
        .map(|number| view! { <a class="note-mark" href=format!("#note-{number}") aria-label=format!("Note {number}")>{*number}</a> })
        .collect_view();
    let cells = match &measured.trouble {
        Some(why) if measured.is_void => {
            let line = first_line(result).map(|line| view! { <GoToLine line /> });
            view! { <td role="cell" class="trouble" colspan=columns.count() - 1>{why.clone()} {line}</td> }.into_any()
        }
        _ => cells(measured, columns).into_any(),
    };
    let inside = {
        let measured = measured.clone();
        move || is_open().then(|| details(&measured))
    };
    view! {
        <tr role="row" class="row-lane" class:is-open=is_open>
            <th scope="row" role="rowheader" class="col-lane">
                <button
                    type="button"
                    class="lane-button"
                    aria-expanded=move || is_open().to_string()
                    aria-controls=id.clone()
                    on:click=toggle
                >
                    {icon(icons::CHEVRON)}
                    <span class="lane-name">{words::lane_title(lane)}</span>
                    <span class="sr-only">", details"</span>
                </button>
                {badge(lane)}
                {notes}
            </th>
            {cells}
        </tr>
        <tr role="row" class="row-details" id=id hidden=move || !is_open()>
            <td role="cell" colspan=columns.count()>{inside}</td>
        </tr>
    }
}

fn cells(measured: &Measured, columns: Columns) -> impl IntoView + use<> {
    let result = &measured.result;
    let total = result.total();
    let latency = result.latency();
    let number = |label: &'static str, value: Option<String>| {
        let is_none = value.is_none();
        let value = value.unwrap_or_else(|| "–".to_owned());
        view! { <td role="cell" class="num" class:is-none=is_none data-label=label>{value}</td> }
    };
    let time = |ns: u64| (ns > 0).then(|| duration(ns));
    let messages = (total.payload_bytes > 0).then(|| bytes(total.payload_bytes));
    view! {
        <td role="cell" class="col-wall" data-label="Wall time">{wall(measured)}</td>
        <td role="cell" class="num strong" data-label="Speed-up">{speedup_text(measured)}</td>
        <td role="cell" class="col-states" data-label="Where the time went">{state_bar(&total.states_ns)}</td>
        {number("Rate", result.throughput().map(rate))}
        {number("p50", time(latency.p50))}
        {number("p99", time(latency.p99))}
        <td role="cell" class="col-answer" data-label="Answer">{answer(measured)}</td>
        {number("Start-up", result.start_up_ns.map(duration))}
        {columns.messages.then(|| number("Messages", messages))}
    }
}
