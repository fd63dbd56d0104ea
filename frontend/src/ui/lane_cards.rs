//! The lanes side by side: where each one stands, and how long it takes.
//!
//! What a card shows is decided by [`Card::of`], which knows no page.

use lanes_core::{
    present::{count, words},
    report::LaneResult,
    scenario::{Lane, Model, Place},
};
use leptos::prelude::*;

use super::{badge::badge, wall::WallTime};
use crate::page::{LaneProgress, LaneStatus, Page, Runner};

/// What a lane has to show for its repeats so far.
#[derive(Clone, Debug, PartialEq)]
struct Measured {
    wall: WallTime,
    median_ns: u64,
    /// Tasks that failed in the run that the numbers come from, and all of them.
    failed: u64,
    tasks: u64,
}

impl Measured {
    fn of(result: &LaneResult) -> Option<Self> {
        let tasks = result.tasks();
        let median_ns = result.wall?.median;
        Some(Self { wall: WallTime::of(result)?, median_ns, failed: tasks.failed, tasks: tasks.total() })
    }

    fn is_void(&self) -> bool {
        self.failed > 0 && self.failed == self.tasks
    }
}

/// What a card says.
#[derive(Clone, Debug, PartialEq)]
enum Card {
    /// A word, and the reason behind it.
    Word(String),
    /// So many tasks of so many have ended.
    Progress(u64, u64),
    /// The median of the repeats, with the number of tasks that failed.
    Measured(WallTime, u64),
    /// So many tasks, and every one failed: there is no time to speak of.
    Void(u64),
}

impl Card {
    fn of(progress: Option<&LaneProgress>, measured: Option<&Measured>) -> Self {
        let Some(progress) = progress else { return Self::Word("not run yet".to_owned()) };
        match (&progress.status, measured) {
            (LaneStatus::Waiting, _) => Self::Word("waiting".to_owned()),
            (LaneStatus::Held(why), _) => Self::Word(why.clone()),
            (LaneStatus::Running, _) => Self::Progress(progress.ended, progress.tasks),
            (LaneStatus::Ran { .. }, None) => Self::Word("warmed up".to_owned()),
            (LaneStatus::Ran { .. }, Some(measured)) if measured.is_void() => Self::Void(measured.failed),
            (LaneStatus::Ran { .. }, Some(measured)) => Self::Measured(measured.wall.clone(), measured.failed),
            (LaneStatus::Failed(_), _) if progress.ended > 0 => Self::Word("broke off".to_owned()),
            (LaneStatus::Failed(_), _) => Self::Word("could not run".to_owned()),
            (LaneStatus::Cancelled, _) => Self::Word("cancelled".to_owned()),
        }
    }
}

/// How much of the bar below is filled, from 0 to 1: while a lane runs, the part of its tasks that have ended; then its
/// median as a part of the longest.
fn filled(progress: &LaneProgress, measured: Option<&Measured>, longest_ns: u64) -> f64 {
    match (&progress.status, measured) {
        (LaneStatus::Ran { .. }, Some(measured)) if longest_ns > 0 && !measured.is_void() => {
            measured.median_ns as f64 / longest_ns as f64
        }
        (LaneStatus::Running | LaneStatus::Cancelled, _) if progress.tasks > 0 => {
            progress.ended as f64 / progress.tasks as f64
        }
        _ => 0.0,
    }
}

/// One card for each lane of the run that goes on, or of the last one; before the first, of the scenario.
#[component]
pub(crate) fn LaneCards() -> impl IntoView {
    let page = expect_context::<Page>();
    let lanes = Memo::new(move |_| {
        let run: Vec<Lane> = page.lanes.with(|lanes| lanes.iter().map(|progress| progress.lane).collect());
        if run.is_empty() {
            return page
                .checked
                .with(|checked| checked.as_ref().map(|scenario| scenario.lanes.clone()).unwrap_or_default());
        }
        run
    });
    let longest_ns = Memo::new(move |_| {
        page.outcome.with(|outcome| {
            let results = outcome.iter().flat_map(|outcome| &outcome.lanes);
            let medians = results.filter_map(Measured::of).filter(|measured| !measured.is_void());
            medians.map(|measured| measured.median_ns).max().unwrap_or(0)
        })
    });
    view! {
        <ul class="strip" class:is-many=move || lanes.with(|lanes| lanes.len() > 6) role="list" aria-label="Lanes">
            <For each=move || lanes.get() key=|lane| *lane let:lane>
                <LaneCard lane longest_ns />
            </For>
        </ul>
    }
}

#[component]
fn LaneCard(lane: Lane, longest_ns: Memo<u64>) -> impl IntoView {
    let page = expect_context::<Page>();
    let progress =
        Memo::new(move |_| page.lanes.with(|lanes| lanes.iter().find(|progress| progress.lane == lane).cloned()));
    let measured = Memo::new(move |_| {
        page.outcome.with(|outcome| {
            let results = outcome.as_ref().map_or(&[][..], |outcome| &outcome.lanes);
            results.iter().find(|result| result.lane == lane).and_then(Measured::of)
        })
    });
    let card = Memo::new(move |_| {
        progress.with(|progress| measured.with(|measured| Card::of(progress.as_ref(), measured.as_ref())))
    });
    let status = Memo::new(move |_| progress.with(|progress| progress.as_ref().map(|p| p.status.clone())));
    let class = move || match status.get() {
        None | Some(LaneStatus::Waiting | LaneStatus::Held(_)) => "cell",
        Some(LaneStatus::Running) => "cell is-running",
        Some(LaneStatus::Ran { .. }) if card.with(|card| matches!(card, Card::Void(_))) => "cell is-failed",
        Some(LaneStatus::Ran { .. }) => "cell is-done",
        Some(LaneStatus::Failed(_)) => "cell is-failed",
        Some(LaneStatus::Cancelled) => "cell is-cancelled",
    };
    let reason = move || match status.get() {
        Some(LaneStatus::Failed(why) | LaneStatus::Held(why)) => why,
        _ => words::model_about(lane.model).to_owned(),
    };
    let filled = move || {
        progress.with(|progress| {
            let of = |progress: &LaneProgress| {
                measured.with(|measured| filled(progress, measured.as_ref(), longest_ns.get()))
            };
            progress.as_ref().map_or(0.0, of)
        })
    };
    view! {
        <li class=class title=reason>
            <div class="cell-head">
                <span class="cell-name">{words::model_title(lane.model)}</span>
                {badge(lane)}
                {(lane.model == Model::Processes && lane.place != Place::Pyodide).then(|| view! { <Kill lane status /> })}
            </div>
            <div class="cell-value">
                {move || card.with(card_view)}
                {(lane.place != Place::Browser).then(|| view! { <span class="cell-place">{words::where_short(lane)}</span> })}
            </div>
            {lane.is_variant().then(|| view! { <div class="cell-settings">{lane.settings.to_string()}</div> })}
            <div class="cell-track" aria-hidden="true">
                <div class="cell-fill" style:transform=move || format!("scaleX({:.4})", filled())></div>
            </div>
        </li>
    }
}

fn card_view(card: &Card) -> AnyView {
    match card.clone() {
        Card::Word(word) => view! { <span class="cell-quiet">{word}</span> }.into_any(),
        Card::Progress(ended, tasks) => view! {
            <span class="cell-number">{count(ended)}</span>
            <span class="cell-unit">"of " {count(tasks)}</span>
        }
        .into_any(),
        Card::Measured(WallTime { number, deviation, unit }, failed) => view! {
            <span class="cell-number">{number}</span>
            <span class="cell-unit">{deviation} " " {unit}</span>
            {(failed > 0).then(|| view! { <span class="cell-bad">{format!("{} failed", count(failed))}</span> })}
        }
        .into_any(),
        Card::Void(failed) => {
            view! { <span class="cell-bad">{format!("all {} failed", count(failed))}</span> }.into_any()
        }
    }
}

/// While a lane of processes runs: ends one of its workers, so that one can see the pool heal, or Python's hang. It takes
/// the place of the badge, so that it covers nothing and moves nothing.
#[component]
fn Kill(lane: Lane, status: Memo<Option<LaneStatus>>) -> impl IntoView {
    let (page, runner) = (expect_context::<Page>(), expect_context::<Runner>());
    let runs = Memo::new(move |_| status.with(|status| *status == Some(LaneStatus::Running)));
    let kill = move |_| {
        let workers =
            page.checked.with_untracked(|checked| checked.as_ref().map_or(1, |scenario| scenario.workers_of(lane)));
        runner.kill_worker((js_sys::Math::random() * f64::from(workers)) as u16);
    };
    view! {
        <Show when=move || runs.get()>
            <button
                type="button"
                class="cell-kill"
                title=match lane.place {
                    Place::Python => "Ends one of the workers in the middle of its work: multiprocessing.Pool does not notice, and waits for ever; Lanes does, and says so",
                    _ => "Ends one of the workers in the middle of its work: the tasks it was doing are done again by another",
                }
                on:click=kill
            >
                "Kill" <span class="cell-kill-what">" a worker"</span>
            </button>
        </Show>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn progress(status: LaneStatus) -> LaneProgress {
        LaneProgress { lane: Lane::browser(Model::Async), status, ended: 12, tasks: 16 }
    }

    fn measured(median_ms: u64, failed: u64) -> Measured {
        let wall = WallTime { number: median_ms.to_string(), deviation: Some("±\u{a0}5".to_owned()), unit: "ms" };
        Measured { wall, median_ns: median_ms * 1_000_000, failed, tasks: 16 }
    }

    const RAN: LaneStatus = LaneStatus::Ran { wall_ns: 246_000_000 };

    #[test]
    fn a_card_shows_the_median_and_not_the_last_run() {
        let card = Card::of(Some(&progress(RAN)), Some(&measured(153, 0)));
        assert_eq!(card, Card::Measured(measured(153, 0).wall, 0));
        assert_eq!(filled(&progress(RAN), Some(&measured(153, 0)), 306_000_000), 0.5);
        assert_eq!(Card::of(Some(&progress(RAN)), None), Card::Word("warmed up".to_owned()));
    }

    #[test]
    fn a_lane_in_which_every_task_failed_has_no_time() {
        assert_eq!(Card::of(Some(&progress(RAN)), Some(&measured(42, 16))), Card::Void(16));
        assert_eq!(filled(&progress(RAN), Some(&measured(42, 16)), 42_000_000), 0.0);
        assert_eq!(Card::of(Some(&progress(RAN)), Some(&measured(42, 3))), Card::Measured(measured(42, 3).wall, 3));
    }

    #[test]
    fn a_card_says_how_far_its_lane_is() {
        let word = |status, measured: Option<&Measured>| Card::of(Some(&progress(status)), measured);
        assert_eq!(Card::of(None, None), Card::Word("not run yet".to_owned()));
        assert_eq!(word(LaneStatus::Running, Some(&measured(153, 0))), Card::Progress(12, 16));
        assert_eq!(word(LaneStatus::Failed("no memory".to_owned()), None), Card::Word("broke off".to_owned()));
        assert_eq!(
            word(LaneStatus::Held("queued, 2 before it".to_owned()), None),
            Card::Word("queued, 2 before it".to_owned())
        );
        assert_eq!(filled(&progress(LaneStatus::Running), None, 0), 0.75);
    }
}
