//! The lanes in an order that can be changed: by dragging, by the arrow keys on a lane, by its two buttons.

use lanes_core::{present::words, scenario::Lane};
use leptos::{html, prelude::*};

use crate::{
    page::{Page, Phase, Quiz, Stage},
    ui::badge::badge,
};

/// The guess.
#[component]
pub(super) fn Guess() -> impl IntoView {
    let page = expect_context::<Page>();
    let quiz = expect_context::<Quiz>();
    let order = move || {
        quiz.stage.with(|stage| match stage {
            Stage::Guessing(order) => order.clone(),
            Stage::Guessed(_) | Stage::Skipped => Vec::new(),
        })
    };
    let lanes =
        Memo::new(move |_| page.checked.with(|checked| checked.as_ref().map(|s| s.lanes.clone()).unwrap_or_default()));
    let asks = move || quiz.experiment.get().map(|experiment| experiment.measure.asks());
    let cannot = move || !page.is_ready.get() || page.phase.with(|phase| *phase != Phase::Idle);
    let dragged = RwSignal::new(None::<usize>);
    view! {
        <section class="quiz" aria-labelledby="quiz-title">
            <div class="section-head">
                <h2 id="quiz-title">"Guess first"</h2>
                <p class="section-note">{asks} " Put it on top: drag, or use the arrow keys."</p>
            </div>
            <p class="quiz-question">{move || quiz.experiment.get().map(|experiment| experiment.question)}</p>
            <ol class="guess" role="list">
                <For each=order key=|lane| *lane let:lane>
                    {move || lanes.with(|lanes| lanes.get(lane).copied()).map(|of| view! { <Item lane of dragged /> })}
                </For>
            </ol>
            <div class="quiz-actions">
                <button
                    type="button"
                    class="button"
                    aria-disabled=move || cannot().then_some("true")
                    on:click=move |_| quiz.say()
                >
                    "That is my guess: run it"
                </button>
                <button
                    type="button"
                    class="link-button"
                    aria-disabled=move || cannot().then_some("true")
                    on:click=move |_| if !cannot() { quiz.skip() }
                >
                    "Run without a guess"
                </button>
            </div>
        </section>
    }
}

/// One lane at its place.
#[component]
fn Item(lane: usize, of: Lane, dragged: RwSignal<Option<usize>>) -> impl IntoView {
    let quiz = expect_context::<Quiz>();
    let handle = NodeRef::<html::Button>::new();
    let place = move || {
        quiz.stage.with(|stage| match stage {
            Stage::Guessing(order) => order.iter().position(|at| *at == lane).map(|at| (at, order.len())),
            Stage::Guessed(_) | Stage::Skipped => None,
        })
    };
    // A node that is put elsewhere loses the focus; it gets it back when the list is drawn as it is now.
    let has_moved = StoredValue::new(false);
    Effect::new(move |_| {
        if place().is_some() && has_moved.get_value() {
            has_moved.set_value(false);
            set_timeout(
                move || {
                    // The list may be gone by then.
                    if let Some(handle) = handle.try_get_untracked().flatten() {
                        let _ = handle.focus();
                    }
                },
                std::time::Duration::from_millis(20),
            );
        }
    });
    let to = move |to: Option<usize>| {
        if let (Some((from, _)), Some(to)) = (untrack(place), to) {
            has_moved.set_value(true);
            quiz.move_to(from, to);
        }
    };
    let up = move || to(untrack(place).and_then(|(at, _)| at.checked_sub(1)));
    let down = move || to(untrack(place).map(|(at, _)| at + 1));
    let key = move |event: web_sys::KeyboardEvent| {
        match event.key().as_str() {
            "ArrowUp" => up(),
            "ArrowDown" => down(),
            "Home" => to(Some(0)),
            "End" => to(untrack(place).map(|(_, of)| of - 1)),
            _ => return,
        }
        event.prevent_default();
        event.stop_propagation();
    };
    let title = words::lane_title(of);
    let label = {
        let title = title.clone();
        move || place().map(|(at, of)| format!("{title}, place {} of {of}; arrow keys move it", at + 1))
    };
    let over = move |event: web_sys::DragEvent| {
        event.prevent_default();
        if let (Some(from), Some((here, _))) = (dragged.get_untracked(), untrack(place)) {
            let from = quiz.stage.with_untracked(|stage| match stage {
                Stage::Guessing(order) => order.iter().position(|at| *at == from),
                Stage::Guessed(_) | Stage::Skipped => None,
            });
            if let Some(from) = from.filter(|from| *from != here) {
                quiz.move_to(from, here);
            }
        }
    };
    let begin = move |event: web_sys::DragEvent| {
        dragged.set(Some(lane));
        // Firefox drags nothing that carries nothing.
        if let Some(data) = event.data_transfer() {
            let _ = data.set_data("text/plain", &lane.to_string());
        }
    };
    view! {
        <li
            class="guess-lane"
            class:is-dragged=move || dragged.get() == Some(lane)
            draggable="true"
            on:dragstart=begin
            on:dragover=over
            on:drop=move |event: web_sys::DragEvent| event.prevent_default()
            on:dragend=move |_| dragged.set(None)
        >
            <span class="guess-place" aria-hidden="true">{move || place().map(|(at, _)| at + 1)}</span>
            <button type="button" class="guess-handle" node_ref=handle aria-label=label on:keydown=key>
                <span class="lane-name">{title.clone()}</span>
            </button>
            {badge(of)}
            <span class="guess-moves">
                <button type="button" class="button button-quiet button-small" tabindex="-1" aria-hidden="true" on:click=move |_| up()>"↑"</button>
                <button type="button" class="button button-quiet button-small" tabindex="-1" aria-hidden="true" on:click=move |_| down()>"↓"</button>
            </span>
        </li>
    }
}
