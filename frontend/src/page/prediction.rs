//! Predictions of the edited job: what is known of this machine, what has to be measured first, and what came out.
//!
//! ```text
//! draft, what if ─▶ is all known? ─yes─▶ the predictor's worker ─▶ Said
//!                        └─no─▶ Unmeasured ─somebody asks─▶ measure: runs in the session runner ─┘
//! ```

use std::cell::RefCell;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use gloo_timers::future::TimeoutFuture;
use lanes_core::{
    predict::{
        forecast::{Forecast, Known, Question, place},
        measure::{Measured, Measurement, NotMeasured, Watch},
        what_if::WhatIf,
    },
    report::{LaneResult, RunReport},
    run::rounds::Turn,
    scenario::{Lane, ValidScenario},
    wire::{self, Frame},
};
use leptos::{prelude::*, task::spawn_local};
use serde::{Deserialize, Serialize};

use super::{
    run::Runner,
    state::{NoticeKind, Page, Phase},
};
use crate::{
    kept,
    predictor::{self, ask},
    session::{SessionControl, SessionObserver, SessionRunner},
};

/// Where this browser keeps what it was measured at.
const KEY: &str = "lanes-calibration";

/// As long as somebody types, nothing is worked out, in milliseconds.
const TYPING_MS: u32 = 150;
/// The longest that is looked for break-evens, in milliseconds.
const LONGEST_SEARCH_MS: f64 = 2_000.0;

/// Where a prediction stands.
#[derive(Clone, Debug, PartialEq)]
pub enum Standing {
    /// Nobody has asked for one, or the job is another one now, for which this machine was not measured.
    Unmeasured,
    /// This is measured now.
    Measuring(String),
    /// It is being worked out.
    Working,
    /// It is there.
    Said(Box<Said>),
    /// There is none; the sentence says why.
    Failed(String),
}

/// A prediction, and what it is of.
#[derive(Clone, Debug, PartialEq)]
pub struct Said {
    /// The job.
    pub scenario: ValidScenario,
    /// What was changed of it.
    pub what_if: WhatIf,
    /// What came out.
    pub forecast: Forecast,
}

/// The page's predictions; `Copy`, handed down as a context.
#[derive(Clone, Copy)]
pub struct Predictions {
    page: Page,
    runner: Runner,
    /// What is changed of the edited job.
    pub what_if: RwSignal<WhatIf>,
    /// Where the prediction stands.
    pub standing: RwSignal<Standing>,
    /// Somebody has asked for one: from then on it follows the draft.
    is_on: RwSignal<bool>,
    machine: StoredValue<Machine, LocalStorage>,
    /// Counts what was asked, so that an answer that came too late is known for one.
    question: StoredValue<u32>,
    is_busy: StoredValue<bool>,
}

/// What is known of this machine.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Machine {
    /// The browser, by the name that it gives itself: what another one was measured at says nothing of this one.
    browser: String,
    cores: u32,
    /// What is known of its places, by [`place`].
    places: Vec<(String, Known)>,
    /// Lanes that could not be measured, and why.
    #[serde(skip)]
    failed: Vec<(Lane, String)>,
}

impl Machine {
    /// Nothing of it is known.
    fn new(page: Page) -> Self {
        let browser = window().navigator().user_agent().unwrap_or_default();
        Self { browser, cores: page.abilities.with_untracked(|abilities| abilities.cores), ..Self::default() }
    }

    /// What this browser keeps of it; nothing where it keeps nothing, or of another one.
    fn kept(page: Page) -> Self {
        let new = Self::new(page);
        let bytes = kept::read(KEY).and_then(|text| URL_SAFE_NO_PAD.decode(text).ok());
        let kept = bytes.and_then(|bytes| wire::decode::<Self>(&bytes).ok());
        kept.filter(|kept| kept.browser == new.browser && kept.cores == new.cores).unwrap_or(new)
    }

    fn keep(&self) {
        kept::write(KEY, &URL_SAFE_NO_PAD.encode(wire::encode(self)));
    }

    fn of(&self, lane: Lane) -> Known {
        let name = place(lane);
        let known = self.places.iter().find(|(known, _)| *known == name);
        known.map_or_else(|| Known { cores: self.cores, profile: Vec::new() }, |(_, of)| of.clone())
    }

    fn set(&mut self, lane: Lane, known: Known) {
        let name = place(lane);
        self.places.retain(|(place, _)| *place != name);
        self.places.push((name, known));
    }
}

impl Predictions {
    /// None yet.
    #[must_use]
    pub fn new(page: Page, runner: Runner) -> Self {
        Self {
            page,
            runner,
            what_if: RwSignal::new(WhatIf::default()),
            standing: RwSignal::new(Standing::Unmeasured),
            is_on: RwSignal::new(false),
            machine: StoredValue::new_local(Machine::default()),
            question: StoredValue::new(0),
            is_busy: StoredValue::new(false),
        }
    }

    /// From now on it follows the draft, once somebody has asked.
    pub fn follow(self) {
        Effect::new(move |_| {
            let is_wanted = self.is_on.get() && self.page.phase.with(|phase| *phase == Phase::Idle);
            self.page.checked.track();
            self.what_if.track();
            self.question.update_value(|question| *question += 1);
            if is_wanted {
                self.work_out();
            } else if self.page.phase.with_untracked(|phase| matches!(phase, Phase::Running { .. })) {
                // It would take a core away from what is measured.
                predictor::stop();
            }
        });
    }

    /// Measures what is not known yet for the edited job, and predicts it. With `anew`, nothing counts as known.
    pub fn measure(self, anew: bool) {
        let Ok(scenario) = self.page.checked.get_untracked() else { return };
        let (mut session, control) = match self.runner.take_session(Phase::Trying) {
            Ok(taken) => taken,
            Err(why) => return self.page.notify(NoticeKind::Error, why.to_string()),
        };
        let mut machine = if anew { Machine::new(self.page) } else { Machine::kept(self.page) };
        let file_bytes = self.file_bytes();
        spawn_local(async move {
            let mut stopped = None;
            for lane in scenario.lanes.iter().copied() {
                let say = |what: &str| self.standing.set(Standing::Measuring(what.to_owned()));
                match measure(&mut session, &control, &mut machine, (&scenario, file_bytes), lane, say).await {
                    Ok(()) => {}
                    Err(Stopped::Lane(why)) => machine.failed.push((lane, why)),
                    Err(Stopped::All(why)) => {
                        stopped = Some(why);
                        break;
                    }
                }
            }
            machine.keep();
            self.machine.set_value(machine);
            match stopped {
                None => {
                    self.standing.set(Standing::Working);
                    self.is_on.set(true);
                }
                Some(why) => {
                    self.standing.set(why.map_or(Standing::Unmeasured, Standing::Failed));
                    self.is_on.set(false);
                }
            }
            self.runner.put_back(session);
        });
    }

    fn file_bytes(self) -> u64 {
        self.page.file.with_untracked(|file| file.as_ref().map_or(0, |file| file.bytes))
    }

    /// Works out what is edited now, unless it is being worked out: what is edited then comes next.
    fn work_out(self) {
        if self.is_busy.get_value() {
            return;
        }
        self.is_busy.set_value(true);
        spawn_local(async move {
            loop {
                let question = self.question.get_value();
                TimeoutFuture::new(TYPING_MS).await;
                let is_old = || self.question.get_value() != question;
                if is_old() {
                    continue;
                }
                let standing = self.answer(is_old).await;
                if !is_old() {
                    if let Some(standing) = standing {
                        self.standing.set(standing);
                    }
                    break;
                }
                if self.page.phase.with_untracked(|phase| *phase != Phase::Idle) {
                    // It is asked again when that is over.
                    break;
                }
            }
            self.is_busy.set_value(false);
        });
    }

    async fn answer(self, is_old: impl Fn() -> bool) -> Option<Standing> {
        // What is wrong with the job is said where it is edited.
        let scenario = self.page.checked.get_untracked().ok()?;
        let what_if = self.what_if.get_untracked();
        let file_bytes = self.file_bytes();
        let machine = self.machine.get_value();
        for lane in
            scenario.lanes.iter().copied().filter(|lane| !machine.failed.iter().any(|(failed, _)| failed == lane))
        {
            let scenario = scenario.clone();
            let next = Question::Next { known: machine.of(lane), scenario, lane, file_bytes };
            match ask::<Option<Measurement>>(&next, 0.0).await {
                Ok(None) => {}
                Ok(Some(_)) => return Some(Standing::Unmeasured),
                Err(why) => return Some(Standing::Failed(why)),
            }
            if is_old() {
                return None;
            }
        }
        let known = machine.places;
        let question = Question::Forecast { known, scenario: scenario.clone(), what_if, file_bytes };
        let answer = ask::<Result<Forecast, String>>(&question, LONGEST_SEARCH_MS).await;
        Some(match answer.and_then(|answer| answer) {
            Ok(mut forecast) => {
                for (lane, said) in &mut forecast.lanes {
                    if let Some((_, why)) = machine.failed.iter().find(|(failed, _)| failed == lane) {
                        *said = Err(why.clone());
                    }
                }
                Standing::Said(Box::new(Said { scenario, what_if, forecast }))
            }
            Err(why) => Standing::Failed(why),
        })
    }
}

/// Why it was not measured further: of a lane, or of any; there without a reason when somebody wanted that.
enum Stopped {
    Lane(String),
    All(Option<String>),
}

/// Measures what is not known yet of a lane.
async fn measure(
    session: &mut SessionRunner,
    control: &SessionControl,
    machine: &mut Machine,
    (scenario, file_bytes): (&ValidScenario, u64),
    lane: Lane,
    say: impl Fn(&str),
) -> Result<(), Stopped> {
    let all = |why| Stopped::All(Some(why));
    loop {
        let known = machine.of(lane);
        let next = Question::Next { known: known.clone(), scenario: scenario.clone(), lane, file_bytes };
        let Some(measurement) = ask::<Option<Measurement>>(&next, 0.0).await.map_err(all)? else { return Ok(()) };
        say(&measurement.says());
        let measured = run(session, control, &measurement).await.map_err(|why| match why {
            NotMeasured::Cancelled => Stopped::All(None),
            NotMeasured::Broken { why, .. } => Stopped::Lane(why),
        })?;
        let took = Question::Took { known, measurement, measured };
        machine.set(lane, ask(&took, 0.0).await.map_err(all)?);
    }
}

/// Runs what is to be measured.
async fn run(
    session: &mut SessionRunner,
    control: &SessionControl,
    measurement: &Measurement,
) -> Result<Vec<Measured>, NotMeasured> {
    let mut measured = Vec::new();
    for repeated in &measurement.runs {
        let watcher = Watcher { watch: RefCell::new(measurement.watch(repeated)), wrong: RefCell::default() };
        for _ in 0..repeated.times {
            session.run(&repeated.scenario, None, control, &watcher).await;
            if control.is_cancelled() {
                return Err(NotMeasured::Cancelled);
            }
            if let Some(wrong) = watcher.wrong.take() {
                return Err(wrong);
            }
        }
        measured.push(watcher.watch.into_inner().measured());
    }
    Ok(measured)
}

/// Tells a measurement what is recorded; nothing of it is shown.
struct Watcher {
    watch: RefCell<Watch>,
    wrong: RefCell<Option<NotMeasured>>,
}

impl SessionObserver for Watcher {
    fn begins(&self, _turn: &Turn) {}

    fn held(&self, _lane: usize, _why: Option<String>) {}

    fn frame(&self, _lane: usize, frame: &Frame) {
        self.watch.borrow_mut().saw(frame);
    }

    fn ended(&self, _lane: usize, report: &RunReport, _results: &[LaneResult]) {
        if let Err(wrong) = self.watch.borrow_mut().ended(report) {
            self.wrong.replace(Some(wrong));
        }
    }

    fn draws(&self) -> bool {
        false
    }
}
