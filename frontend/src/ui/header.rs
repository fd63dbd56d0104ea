//! The bar at the top: what this is, and the few things one does with the whole page.

use lanes_core::present::words;
use leptos::{html, prelude::*};

use super::{
    backend_chip::BackendChip,
    icons::{self, icon},
    keys,
    theme::ThemeButton,
};
use crate::page::{Page, Phase, Runner};

/// The bar at the top.
#[component]
pub(crate) fn Header(
    /// The dialog that the `?` button opens.
    help: NodeRef<html::Dialog>,
) -> impl IntoView {
    let page = expect_context::<Page>();
    let nothing_to_export = move || page.outcome.with(Option::is_none);
    view! {
        <header class="header">
            <div class="brand">
                {icons::mark()}
                <span class="wordmark">"Lanes"</span>
            </div>
            <p class="promise">"One job, every concurrency model, on one time axis."</p>
            <div class="header-actions">
                <button
                    type="button"
                    class="button button-quiet button-shrinks"
                    title="Copy a link to this scenario"
                    on:click=move |_| page.share()
                >
                    {icon(icons::LINK)}
                    <span class="button-label">"Share"</span>
                </button>
                <button
                    type="button"
                    class="button button-quiet button-shrinks"
                    title="Download the results as a JSON file"
                    disabled=nothing_to_export
                    on:click=move |_| page.download_result()
                >
                    {icon(icons::DOWNLOAD)}
                    <span class="button-label">"Export"</span>
                </button>
                <BackendChip />
                <ThemeButton />
                <button
                    type="button"
                    class="button button-quiet button-icon hide-narrow"
                    aria-label="Keyboard shortcuts"
                    title="Keyboard shortcuts (?)"
                    on:click=move |_| keys::open(help)
                >
                    {icon(icons::KEYS)}
                </button>
                <RunButton />
            </div>
        </header>
    }
}

/// Runs; while something runs, cancels.
#[component]
fn RunButton() -> impl IntoView {
    let page = expect_context::<Page>();
    let runner = expect_context::<Runner>();
    let idle = move || page.phase.with(|phase| *phase == Phase::Idle);
    let cancelling = move || page.phase.with(|phase| *phase == Phase::Cancelling);
    let problems = move || page.checked.with(|checked| checked.as_ref().err().map_or(0, Vec::len));
    let title = move || match (idle(), problems()) {
        (false, _) => "Cancel the run (Esc)".to_owned(),
        _ if !page.is_ready.get() => "Getting ready".to_owned(),
        (true, 0) => "Run the scenario in every lane (R)".to_owned(),
        (true, n) => format!("{} first", super::editor::to_fix(n)),
    };
    let open = expect_context::<super::panel_open::PanelOpen>();
    let act = move |_| match (page.phase.get_untracked(), problems()) {
        (Phase::Idle, 0) if page.is_ready.get_untracked() => runner.run(),
        (Phase::Idle, 0) => {}
        (Phase::Idle, _) => super::editor::show_problems(open),
        (Phase::Running { .. } | Phase::Trying, _) => runner.cancel(),
        (Phase::Cancelling, _) => {}
    };
    view! {
        <button
            type="button"
            class="button button-run"
            class:is-running=move || !idle()
            title=title
            aria-disabled=move || (cancelling() || (idle() && (problems() > 0 || !page.is_ready.get()))).then_some("true")
            on:click=act
        >
            {move || if idle() { icon(icons::PLAY) } else { icon(icons::STOP) }}
            <span>{move || if idle() { "Run" } else if cancelling() { "Cancelling" } else { "Cancel" }}</span>
            <kbd aria-hidden="true">{move || if idle() { "R" } else { "Esc" }}</kbd>
        </button>
    }
}

/// One line on what goes on, for the page and for screen readers.
pub(crate) fn phase_line(page: Page) -> String {
    page.phase.with(|phase| match phase {
        Phase::Idle if !page.is_ready.get() => "Getting ready…".to_owned(),
        Phase::Idle => String::new(),
        Phase::Trying => "Finding out how fast that is here…".to_owned(),
        Phase::Cancelling => "Cancelling…".to_owned(),
        Phase::Running { round, rounds, may_be_fewer, warmup, lane } => {
            let lane = page.lanes.with(|lanes| lanes.get(*lane).map(|lane| words::lane_title(lane.lane)));
            let lane = lane.unwrap_or_default();
            let kind = if *warmup { ", warming up" } else { "" };
            let of = if *may_be_fewer { "of at most" } else { "of" };
            format!("Round {round} {of} {rounds}{kind}: {lane}")
        }
    })
}
