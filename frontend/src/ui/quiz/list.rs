//! The experiments to guess first, with what the first guesses were worth.

use lanes_core::experiments;
use leptos::prelude::*;

use crate::page::Quiz;

/// The list.
#[component]
pub(crate) fn Experiments() -> impl IntoView {
    let quiz = expect_context::<Quiz>();
    let all = experiments::all().count();
    let score = move || {
        quiz.points.with(|points| {
            if points.is_empty() {
                return format!("{all} questions people get wrong. Rank the lanes, run it, see.");
            }
            let mean = f64::from(points.values().sum::<u32>()) / points.len() as f64;
            format!("{} of {all} guessed, {mean:.0} points on average. Guessing at random gets 50.", points.len())
        })
    };
    let entries = experiments::all()
        .map(|experiment| {
            let is_chosen = move || quiz.experiment.get().is_some_and(|chosen| chosen.id == experiment.id);
            let got =
                move || quiz.points.with(|points| points.get(experiment.id).map(|points| format!("{points} points")));
            view! {
                <li>
                    <button
                        type="button"
                        class="preset"
                        aria-pressed=move || is_chosen().to_string()
                        on:click=move |_| quiz.choose(experiment)
                    >
                        <span class="preset-question">{experiment.question}</span>
                        <span class="preset-what">{got}</span>
                    </button>
                </li>
            }
        })
        .collect_view();
    view! {
        <section class="panel-section" aria-labelledby="guess-title">
            <details class="quiz-list">
                <summary><h2 id="guess-title" class="panel-title">"Guess first"</h2></summary>
                <ul class="presets" role="list">{entries}</ul>
            </details>
            <p class="quiz-score">{score}</p>
        </section>
    }
}
