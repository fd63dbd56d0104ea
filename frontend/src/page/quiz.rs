//! Guessing first: the experiment that is edited, what was guessed of it, and what the first guesses were worth.

use std::{collections::BTreeMap, sync::LazyLock};

use lanes_core::{
    experiments::{self, Experiment, Outcome as Ranked},
    scenario::{Place, Scenario},
};
use leptos::prelude::*;

use crate::kept;

use super::{
    run::Runner,
    state::{Outcome, Page, Phase},
};

/// Where this browser keeps what first guesses were worth.
const KEY: &str = "lanes-guesses";

/// The experiments with their jobs in the page.
static JOBS: LazyLock<Vec<(&Experiment, Scenario)>> = LazyLock::new(|| {
    experiments::all().filter_map(|experiment| Some((experiment, experiment.scenario_in(Place::Browser)?))).collect()
});

/// How far somebody is with an experiment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stage {
    /// The lanes as they are ranked until now, the best first.
    Guessing(Vec<usize>),
    /// This was said, and it is run.
    Guessed(Vec<usize>),
    /// Nobody wanted to guess.
    Skipped,
}

/// The page's quiz; `Copy`, handed down as a context.
#[derive(Clone, Copy)]
pub struct Quiz {
    page: Page,
    runner: Runner,
    /// The experiment that is edited, as it comes.
    pub experiment: Memo<Option<&'static Experiment>>,
    /// How far somebody is with it.
    pub stage: RwSignal<Stage>,
    /// What first guesses were worth, in points, by the experiment's id.
    pub points: RwSignal<BTreeMap<String, u32>>,
}

impl Quiz {
    /// A quiz of the edited scenario.
    #[must_use]
    pub fn new(page: Page, runner: Runner) -> Self {
        let experiment = Memo::new(move |_| {
            page.checked.with(|checked| {
                let checked: &Scenario = checked.as_ref().ok()?;
                JOBS.iter().find(|(_, job)| job == checked).map(|(experiment, _)| *experiment)
            })
        });
        let points = kept::read(KEY).and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default();
        Self { page, runner, experiment, stage: RwSignal::new(Stage::Skipped), points: RwSignal::new(points) }
    }

    /// From now on it follows the draft and what is run.
    pub fn follow(self) {
        Effect::new(move |_| {
            let stage = match self.experiment.get() {
                // What is known already is not guessed.
                Some(_) if self.outcome_untracked().is_none() => Stage::Guessing((0..self.lanes_untracked()).collect()),
                _ => Stage::Skipped,
            };
            self.stage.set(stage);
        });
        Effect::new(move |_| {
            let runs = self.page.phase.with(|phase| matches!(phase, Phase::Running { .. }));
            if runs && self.stage.with_untracked(|stage| matches!(stage, Stage::Guessing(_))) {
                self.stage.set(Stage::Skipped);
            }
        });
        Effect::new(move |_| {
            let Some(outcome) = self.outcome() else { return };
            let (Some(experiment), Stage::Guessed(guess)) = (self.experiment.get(), self.stage.get()) else { return };
            let ranked = Ranked::of(experiment.measure, &outcome.lanes);
            let is_whole = !outcome.cancelled && outcome.lanes.len() == guess.len();
            let Some(points) = ranked.points(&guess).filter(|_| is_whole) else { return };
            // The first counts: the second has seen the answer.
            if !self.points.with_untracked(|known| known.contains_key(experiment.id)) {
                self.points.update(|known| {
                    known.insert(experiment.id.to_owned(), points.round() as u32);
                });
                self.keep();
            }
        });
    }

    /// Edits an experiment.
    pub fn choose(self, experiment: &'static Experiment) {
        if let Some((_, job)) = JOBS.iter().find(|(known, _)| known.id == experiment.id) {
            self.page.load(job);
        }
    }

    /// Moves what is at one place of the guess to another.
    pub fn move_to(self, from: usize, to: usize) {
        self.stage.update(|stage| {
            if let Stage::Guessing(order) = stage
                && from < order.len()
                && to < order.len()
            {
                let lane = order.remove(from);
                order.insert(to, lane);
            }
        });
    }

    /// Says that this is the guess, and runs the experiment.
    pub fn say(self) {
        let Stage::Guessing(order) = self.stage.get_untracked() else { return };
        let can_run =
            self.page.is_ready.get_untracked() && self.page.phase.with_untracked(|phase| *phase == Phase::Idle);
        if can_run {
            self.stage.set(Stage::Guessed(order));
            self.runner.run();
        }
    }

    /// Runs it without a guess.
    pub fn skip(self) {
        self.stage.set(Stage::Skipped);
        self.runner.run();
    }

    /// Guesses again, or for the first time.
    pub fn again(self) {
        self.stage.set(Stage::Guessing((0..self.lanes_untracked()).collect()));
    }

    /// What was measured of the edited experiment; tracked.
    #[must_use]
    pub fn outcome(self) -> Option<Outcome> {
        let is_idle = self.page.phase.with(|phase| matches!(phase, Phase::Idle | Phase::Trying));
        self.page.outcome.with(|outcome| self.is_of_it(outcome.as_ref()?).then(|| outcome.clone()))?.filter(|_| is_idle)
    }

    fn outcome_untracked(self) -> Option<Outcome> {
        untrack(|| self.outcome())
    }

    fn is_of_it(self, outcome: &Outcome) -> bool {
        self.page.checked.with(|checked| checked.as_ref().is_ok_and(|scenario| *scenario == outcome.scenario))
    }

    fn lanes_untracked(self) -> usize {
        self.page.checked.with_untracked(|checked| checked.as_ref().map_or(0, |scenario| scenario.lanes.len()))
    }

    fn keep(self) {
        if let Ok(text) = self.points.with_untracked(serde_json::to_string) {
            kept::write(KEY, &text);
        }
    }
}
