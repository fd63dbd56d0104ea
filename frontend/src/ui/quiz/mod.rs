//! Guess first: the lanes of an experiment are ranked before it is run, and stand beside what was measured afterwards.

mod guess;
mod list;
mod reveal;

use leptos::prelude::*;

pub(crate) use self::list::Experiments;
use self::{guess::Guess, reveal::Reveal};
use crate::page::{Quiz, Stage};

/// What belongs to the experiment that is edited, if it is one.
#[component]
pub(crate) fn QuizOfIt() -> impl IntoView {
    let quiz = expect_context::<Quiz>();
    let is_guessing = move || quiz.stage.with(|stage| matches!(stage, Stage::Guessing(_)));
    view! {
        <Show when=move || quiz.experiment.get().is_some()>
            <Show when=is_guessing fallback=|| view! { <Reveal /> }>
                <Guess />
            </Show>
        </Show>
    }
}
