//! What was measured of an experiment beside what was guessed, and what is learned from it.

use lanes_core::{
    experiments::{Experiment, Outcome as Ranked},
    present::{unbroken, words},
    scenario::Scenario,
};
use leptos::prelude::*;

use crate::page::{Outcome, Page, Quiz, Stage};

/// The answer, once it is known.
#[component]
pub(super) fn Reveal() -> impl IntoView {
    let quiz = expect_context::<Quiz>();
    let page = expect_context::<Page>();
    move || {
        let (experiment, outcome) = (quiz.experiment.get()?, quiz.outcome()?);
        let guess = quiz.stage.with(|stage| match stage {
            Stage::Guessed(guess) => Some(guess.clone()),
            Stage::Guessing(_) | Stage::Skipped => None,
        });
        Some(answer(page, quiz, experiment, &outcome, guess.as_deref()))
    }
}

fn answer(
    page: Page,
    quiz: Quiz,
    experiment: &'static Experiment,
    outcome: &Outcome,
    guess: Option<&[usize]>,
) -> impl IntoView + use<> {
    let ranked = Ranked::of(experiment.measure, &outcome.lanes);
    let guess = guess.filter(|guess| guess.len() == outcome.lanes.len());
    let says = guess.map(|guess| view! { <p class="quiz-points">{unbroken(&ranked.says(guess))}</p> });
    let rows = ranked
        .order()
        .into_iter()
        .map(|lane| {
            let place = ranked.place(lane);
            let value = ranked.values()[lane].map_or_else(|| "–".to_owned(), |value| experiment.measure.says(value));
            let guessed = guess.map(|guess| {
                let at = guess.iter().position(|at| *at == lane).map(|at| at + 1);
                view! { <td class="num">{at}</td> }
            });
            view! {
                <tr>
                    <td class="num">{place}</td>
                    <th scope="row">{words::lane_title(outcome.lanes[lane].lane)}</th>
                    <td class="num">{value}</td>
                    {guessed}
                </tr>
            }
        })
        .collect_view();
    let next = {
        let scenario: Scenario = (*outcome.scenario).clone();
        move |_| page.load(&experiment.changed(&scenario))
    };
    view! {
        <section class="quiz" aria-labelledby="answer-title">
            <div class="section-head">
                <h2 id="answer-title">{if guess.is_some() { "Your guess" } else { "What came out" }}</h2>
                <p class="section-note">{experiment.measure.asks()}</p>
            </div>
            {says}
            <div class="quiz-answer">
                <table class="quiz-table">
                    <thead>
                        <tr>
                            <th scope="col" class="num">"Place"</th>
                            <th scope="col">"Lane"</th>
                            <th scope="col" class="num">{experiment.measure.title()}</th>
                            {guess.is_some().then(|| view! { <th scope="col" class="num">"You said"</th> })}
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
                <div class="quiz-learned">
                    <p class="quiz-rule">{experiment.rule}</p>
                    <p>
                        {experiment.next.why} " "
                        <button type="button" class="link-button" on:click=next>"Change that one thing"</button>
                    </p>
                    <p>
                        <button type="button" class="link-button" on:click=move |_| quiz.again()>
                            {if guess.is_some() { "Guess again" } else { "Guess, and run it again" }}
                        </button>
                    </p>
                    <p class="quiz-test">"How we know: the test " <code>{experiment.test()}</code> " shows it natively."</p>
                </div>
            </div>
        </section>
    }
}
