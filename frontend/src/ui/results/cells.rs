//! The drawn parts of the table: bars, with their numbers as text beside them.

use lanes_core::{
    present::{count, share},
    trace::State,
};
use leptos::prelude::*;

use super::model::{Answer, Measured, states};
use crate::ui::{
    icons::{self, icon},
    wall::WallTime,
};

/// Wall time as a number with its deviation, and as a bar on the scale that all lanes share.
pub(super) fn wall(measured: &Measured) -> impl IntoView + use<> {
    let Some(WallTime { number, deviation, unit }) = WallTime::of(&measured.result) else {
        return view! { <span class="none">"–"</span> }.into_any();
    };
    let mad = deviation.map(|by| view! { <span class="mad">{by}</span> });
    let (length, by) = measured.bar.unwrap_or_default();
    let whisker = (by > 0.002).then(|| {
        let (left, width) = (percent((length - by).max(0.0)), percent(by * 2.0));
        view! { <span class="wall-whisker" style:left=left style:width=width></span> }
    });
    view! {
        <div class="wall">
            <span class="wall-number"><strong>{number}</strong>{mad}<span class="wall-unit">{unit}</span></span>
            <span class="wall-track" aria-hidden="true">
                <span class="wall-bar" style:width=percent(length)></span>
                {whisker}
            </span>
        </div>
    }
    .into_any()
}

fn percent(share: f64) -> String {
    format!("{:.2}%", share * 100.0)
}

/// A stacked bar of states, which says the same in words.
pub(super) fn state_bar(states_ns: &[u64; State::ALL.len()]) -> impl IntoView + use<> {
    let (some, all) = states(states_ns);
    if all == 0 {
        return view! { <span class="none">"–"</span> }.into_any();
    }
    let mut by_size = some.clone();
    by_size.sort_by_key(|(_, ns)| std::cmp::Reverse(*ns));
    let text =
        by_size.iter().map(|(state, ns)| format!("{} {}", state.id(), share(*ns, all))).collect::<Vec<_>>().join(", ");
    let title = text.clone();
    let most = by_size.first().map(|(state, ns)| format!("{} {}", share(*ns, all), state.id()));
    let parts = some
        .into_iter()
        .map(|(state, ns)| {
            let grow = (ns as f64 / all as f64 * 1000.0).to_string();
            view! { <span class=format!("state-part swatch-{}", state.id()) style:flex-grow=grow></span> }
        })
        .collect_view();
    view! {
        <div class="state-cell" title=title>
            <span class="state-bar" role="img" aria-label=text>{parts}</span>
            <span class="state-most" aria-hidden="true">{most}</span>
        </div>
    }
    .into_any()
}

/// Whether the lane came to the others' answer, and how its tasks ended.
pub(super) fn answer(measured: &Measured) -> impl IntoView + use<> {
    let (class, drawing, word, why) = match measured.answer {
        Answer::Agrees => ("answer answer-agrees", Some(icons::CHECK), "agrees", "The same answer as the other lanes"),
        Answer::Differs => {
            ("answer answer-differs", Some(icons::CLOSE), "differs", "Another answer than the other lanes: it is wrong")
        }
        Answer::Varies => {
            ("answer", None, "varies", "Addresses may answer differently each time, so answers are not compared")
        }
        Answer::Unsteady => {
            ("answer answer-differs", Some(icons::CLOSE), "unsteady", "Its own repeats came to different answers")
        }
        Answer::Incomplete => {
            ("answer answer-unknown", None, "incomplete", "Not every task ended well, so there is no answer to compare")
        }
    };
    let tasks = measured.result.tasks();
    let others = [
        (tasks.failed, "failed"),
        (tasks.cancelled, "cancelled"),
        (tasks.abandoned, "abandoned"),
        (tasks.retried, "done again"),
    ];
    let mut ended = format!("{} done", count(tasks.done));
    for (number, word) in others.into_iter().filter(|(number, _)| *number > 0) {
        ended.push_str(&format!(", {} {word}", count(number)));
    }
    let lost = measured.lost_updates.filter(|(lost, _)| *lost > 0).map(|(lost, expected)| {
        view! { <span class="answer-lost">{format!("{} of {} updates lost", count(lost), count(expected))}</span> }
    });
    view! {
        <span class=class title=why>{drawing.map(icon)} {word}</span>
        <span class="answer-tasks" class:is-bad=tasks.failed + tasks.abandoned != 0>{ended}</span>
        {lost}
    }
}
