//! The lanes under an interpreter lock side by side, the modelled beside the real one: what each worker did with it.

use lanes_core::{
    gil_use::{GilUse, Share},
    present::{sentence, share, words},
    scenario::Lane,
};
use leptos::prelude::*;

use crate::{page::Outcome, timeline::Role, ui::badge::badge};

/// Workers of a lane that get a row of their own.
const MOST_WORKERS: usize = 16;

/// A card for each lane that has a lock; nothing where none has.
pub(super) fn lock(outcome: &Outcome) -> Option<AnyView> {
    let used: Vec<(Lane, GilUse)> = outcome
        .lanes
        .iter()
        .filter_map(|lane| Some((lane.lane, GilUse::of(lane.shown.as_ref()?)?)))
        .filter(|(_, used)| !used.threads.is_empty())
        .collect();
    if used.is_empty() {
        return None;
    }
    let cards = used.iter().map(|(lane, used)| card(*lane, used)).collect_view();
    Some(
        view! {
            <section class="lock" aria-labelledby="lock-title">
                <h3 id="lock-title">"The interpreter lock"</h3>
                <p class="lock-legend">
                    <span><span class="swatch swatch-compute" aria-hidden="true"></span>"holds it"</span>
                    <span><span class="swatch swatch-wait-lock" aria-hidden="true"></span>"waits for it"</span>
                    <span><span class="swatch swatch-idle" aria-hidden="true"></span>"does without"</span>
                </p>
                <div class="lock-cards">{cards}</div>
            </section>
        }
        .into_any(),
    )
}

fn card(lane: Lane, used: &GilUse) -> impl IntoView + use<> {
    let total = used.total();
    let rows = used
        .threads
        .iter()
        .take(MOST_WORKERS)
        .map(|(worker, share)| row(Role::of(lane, *worker, used.threads.len()).to_string(), *share, false))
        .collect_view();
    let all = (used.threads.len() > 1).then(|| row("all".to_owned(), total, true));
    let more = used.threads.len().saturating_sub(MOST_WORKERS);
    view! {
        <div class="lock-card">
            <table class="lock-table">
                <caption>{words::lane_title(lane)} " " {badge(lane)}</caption>
                <thead>
                    <tr>
                        <th scope="col"><span class="sr-only">"worker"</span></th>
                        <td></td>
                        <th scope="col" class="num">"holds"</th>
                        <th scope="col" class="num">"waits"</th>
                        <th scope="col" class="num">"without"</th>
                    </tr>
                </thead>
                <tbody>{rows}{all}</tbody>
            </table>
            {(more > 0).then(|| view! { <p class="lock-how">{format!("and {more} more workers")}</p> })}
            <p class="lock-how">{sentence(used.seen.how())} "."</p>
        </div>
    }
}

fn row(name: String, worker: Share, is_total: bool) -> impl IntoView {
    let parts = [("compute", worker.holds_ns), ("wait-lock", worker.waits_ns), ("idle", worker.free_ns)]
        .into_iter()
        .filter(|(_, ns)| *ns > 0)
        .map(|(state, ns)| {
            let grow = (ns as f64 / worker.whole_ns() as f64 * 1000.0).to_string();
            view! { <span class=format!("state-part swatch-{state}") style:flex-grow=grow></span> }
        })
        .collect_view();
    let of_whole = move |ns: u64| share(ns, worker.whole_ns());
    view! {
        <tr class:is-total=is_total>
            <th scope="row">{name}</th>
            <td class="lock-bar"><span class="state-bar" aria-hidden="true">{parts}</span></td>
            <td class="num" title="of the time: held the lock">{of_whole(worker.holds_ns)}</td>
            <td class="num" title="of the time: waited for the lock">{of_whole(worker.waits_ns)}</td>
            <td class="num" title="of the time: did without the lock">{of_whole(worker.free_ns)}</td>
        </tr>
    }
}
