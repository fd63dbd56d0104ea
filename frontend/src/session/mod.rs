//! A session: one press of Run. Orders every lane in turn, round after round, and keeps what comes back.
//!
//! ```text
//! round 1 (warm-up):  lane a, lane b, lane c        Interleaved, so that a machine that slows down or speeds up
//! round 2:            lane a, lane b, lane c        does so to all lanes alike.
//! round 3:            lane a, lane b, lane c
//!
//! browser lanes ──▶ the page's engine (engine.rs)  ┐
//! native, python ─▶ the backend       (remote.rs)  ┴─▶ the same events, one loop (conduct.rs)
//! ```

mod button;
mod conduct;
mod engine;
mod remote;

pub use button::CancelButton;

use futures::future::{Either, select};
use gloo_timers::future::TimeoutFuture;
use lanes_core::{
    api::RunRequest,
    report::{Ending, LaneResult, RunReport, TaskCounts},
    scenario::{Lane, Place, Scenario},
    trace::Tally,
    wire::{Command, Frame, Order},
};
use leptos::prelude::*;

use self::{
    conduct::{Conducted, Listener, Performer, conduct},
    engine::Engine,
    remote::Remote,
};
use crate::{
    backend::{Backend, BackendState, Trouble},
    engine::Settings,
};

/// Time between two runs in which the page draws what came out, in milliseconds: done while the next lane runs, it would
/// take part of the cores that are being measured.
const SETTLE_MS: u32 = 40;

/// Who is told what happens.
pub trait Viewer {
    /// A run of the `lane`-th lane is about to begin in this round (from 0).
    fn begins(&self, lane: usize, round: u32, run: u32);
    /// The run cannot begin yet, for this reason; with `None` it can.
    fn held(&self, lane: usize, why: Option<String>);
    /// Something was recorded.
    fn frame(&self, lane: usize, frame: &Frame);
    /// The run is over; `results` are all lanes so far.
    fn ended(&self, lane: usize, report: &RunReport, results: &[LaneResult]);
}

/// What makes runs: an engine that is kept between sessions, and the backend.
pub struct Conductor {
    settings: Settings,
    backend: Backend,
    engine: Option<Warm>,
    handed: Option<Handed>,
    runs: u32,
}

struct Warm {
    engine: Engine,
    /// The number of workers of its first run: its pool cannot be resized.
    workers: u32,
}

/// A file that the backend has.
struct Handed {
    file: web_sys::File,
    /// When it was handed over: a backend that was found again is another one.
    finds: u32,
    /// What the backend calls it.
    name: String,
}

/// What a run is made of, besides its lane.
#[derive(Clone, Copy)]
struct Job<'a> {
    scenario: &'a Scenario,
    file: Option<&'a web_sys::File>,
    button: &'a CancelButton,
}

/// One lane's end of a [`Viewer`].
struct LaneView<'a, V> {
    viewer: &'a V,
    lane: usize,
}

impl<V: Viewer> LaneView<'_, V> {
    fn held(&self, why: Option<String>) {
        self.viewer.held(self.lane, why);
    }
}

impl<V: Viewer> Listener for LaneView<'_, V> {
    fn queued(&self, before: Option<u32>) {
        self.held(before.map(|before| format!("queued, {before} before it")));
    }

    fn frame(&self, frame: &Frame) {
        self.viewer.frame(self.lane, frame);
    }
}

impl Conductor {
    /// A conductor whose engine is started when it is first needed.
    #[must_use]
    pub fn new(settings: Settings, backend: Backend) -> Self {
        Self { settings, backend, engine: None, handed: None, runs: 0 }
    }

    /// Runs every lane of a scenario, round after round. Returns the results of all lanes, whatever happened.
    pub async fn session(
        &mut self,
        scenario: &Scenario,
        file: Option<&web_sys::File>,
        button: &CancelButton,
        viewer: &impl Viewer,
    ) -> Vec<LaneResult> {
        let lanes = &scenario.lanes;
        self.take_token();
        if lanes.iter().any(|lane| lane.place == Place::Browser)
            && let Ok(warm) = self.warm(scenario.workers).await
        {
            // Before anything is measured, and while the host that it comes from is there: that may be the backend.
            self.engine = Some(warm);
        }
        let mut reports: Vec<(Vec<RunReport>, Vec<RunReport>)> = vec![(Vec::new(), Vec::new()); lanes.len()];
        for round in 0..scenario.warmup + scenario.repeats {
            for (i, lane) in lanes.iter().enumerate() {
                let broke = |runs: &[RunReport]| matches!(runs.last().map(|run| &run.ending), Some(Ending::Broken(_)));
                if button.is_pressed() || broke(&reports[i].0) || broke(&reports[i].1) {
                    continue;
                }
                self.runs += 1;
                viewer.begins(i, round, self.runs);
                let job = Job { scenario, file, button };
                let view = LaneView { viewer, lane: i };
                let report = match lane.place {
                    Place::Browser => self.run_here(*lane, job, &view).await,
                    Place::Native | Place::Python => self.run_there(*lane, job, &view).await,
                };
                let is_warmup = round < scenario.warmup;
                if is_warmup { &mut reports[i].0 } else { &mut reports[i].1 }.push(report.clone());
                viewer.ended(i, &report, &results(lanes, &reports));
                TimeoutFuture::new(SETTLE_MS).await;
            }
        }
        // Lanes whose turn never came: all their tasks were cancelled.
        for (lane, (warmup, repeats)) in lanes.iter().zip(&mut reports) {
            let broke = matches!(warmup.last().map(|run| &run.ending), Some(Ending::Broken(_)));
            if repeats.is_empty() && !broke {
                repeats.push(lost(*lane, scenario.tasks(), &Frame::default(), Ending::Cancelled));
            }
        }
        results(lanes, &reports)
    }

    /// The engine knows the backend's token from its start: with another one it must be another engine.
    fn take_token(&mut self) {
        let token = self.backend.client().token().map(str::to_owned);
        if self.settings.network.token != token {
            self.settings.network.token = token;
            self.engine = None;
        }
    }

    /// The engine that is there, or a new one where none is or another number of workers is wanted.
    async fn warm(&mut self, workers: u32) -> Result<Warm, String> {
        match self.engine.take().filter(|warm| warm.workers == workers) {
            Some(warm) => Ok(warm),
            None => Ok(Warm { engine: Engine::start(&self.settings).await?, workers }),
        }
    }

    /// One run in the page's engine.
    async fn run_here(&mut self, lane: Lane, job: Job<'_>, listener: &impl Listener) -> RunReport {
        let (tasks, workers) = (job.scenario.tasks(), job.scenario.workers);
        let scenario = match job.scenario.clone().validate() {
            Ok(scenario) => scenario,
            Err(problems) => return lost(lane, tasks, &Frame::default(), Ending::Broken(format!("{problems:?}"))),
        };
        let mut warm = match self.warm(workers).await {
            Ok(warm) => warm,
            Err(why) => return lost(lane, tasks, &Frame::default(), Ending::Broken(why)),
        };
        let run = self.runs;
        warm.engine.tell(&Command::Run(Order { run, lane, scenario }), job.file);
        let most_ms = job.scenario.deadline().map(|most| u32::try_from(most.as_millis()).unwrap_or(u32::MAX).max(1));
        match conduct(&mut warm.engine, run, most_ms, job.button, listener).await {
            Conducted::Finished(report) => {
                self.engine = Some(warm);
                *report
            }
            Conducted::TooLong(report, last) => {
                // A new one, as after anything that did not end by itself.
                drop(warm);
                if let Ok(engine) = Engine::start(&self.settings).await {
                    self.engine = Some(Warm { engine, workers });
                }
                let why = format!("the run took longer than the {} s it may (its time limit)", job.scenario.deadline_s);
                match report {
                    Some(report) => RunReport { ending: Ending::Broken(why), ..*report },
                    None => lost(lane, tasks, &last, Ending::Broken(why)),
                }
            }
            Conducted::Broken(why, last) => {
                lost(lane, tasks, &last, Ending::Broken(format!("the engine broke and was replaced: {why}")))
            }
            // It does not listen: away with it, and a new one at once, so that the next run need not wait.
            Conducted::Overdue(last) => {
                drop(warm);
                if let Ok(engine) = Engine::start(&self.settings).await {
                    self.engine = Some(Warm { engine, workers });
                }
                lost(lane, tasks, &last, Ending::Cancelled)
            }
        }
    }

    /// One run in the backend.
    async fn run_there(&mut self, lane: Lane, job: Job<'_>, view: &LaneView<'_, impl Viewer>) -> RunReport {
        let tasks = job.scenario.tasks();
        let unsaid = |ending| lost(lane, tasks, &Frame::default(), ending);
        let is_lost = self.backend.state.with_untracked(|state| matches!(state, BackendState::Lost(_)));
        if is_lost {
            // It may have come back since.
            self.backend.look().await;
        }
        if let Some(why) = self.backend.state.with_untracked(|state| state.unavailable(lane)) {
            let away = if is_lost { "the backend went away before this run could begin: " } else { "" };
            return unsaid(Ending::Broken(format!("{away}{why}")));
        }
        let file = match self.hand_over(job, view).await {
            Ok(file) => file,
            Err(ending) => return unsaid(ending),
        };
        let scenario = serde_json::to_value(job.scenario).unwrap_or_default();
        let request = RunRequest { run: self.runs, lane, scenario, file };
        let started = unless_cancelled(job.button, Remote::start(self.backend.client(), &request)).await;
        let mut remote = match started {
            None => return unsaid(Ending::Cancelled),
            Some(Err(trouble)) => {
                // Whatever it knew may be what it has forgotten.
                self.handed = None;
                return unsaid(self.trouble("the run was not begun", &trouble));
            }
            Some(Ok(remote)) => remote,
        };
        // The backend knows how long it may take.
        let conducted = conduct(&mut remote, self.runs, None, job.button, view).await;
        view.held(None);
        if let Some(why) = remote.gone() {
            self.backend.lost(why);
        }
        match conducted {
            Conducted::Finished(report) => *report,
            Conducted::Broken(why, last) => lost(lane, tasks, &last, Ending::Broken(why)),
            Conducted::TooLong(_, last) => lost(lane, tasks, &last, Ending::Cancelled),
            // Its stream is closed now, which ends the run in the backend as well.
            Conducted::Overdue(last) => lost(lane, tasks, &last, Ending::Cancelled),
        }
    }

    /// Sees to it that the backend has the user's file, if the scenario wants one; what it calls it.
    async fn hand_over(&mut self, job: Job<'_>, view: &LaneView<'_, impl Viewer>) -> Result<Option<String>, Ending> {
        let Some(file) = job.file.filter(|_| job.scenario.wants_file()) else { return Ok(None) };
        let finds = self.backend.finds();
        let handed = self.handed.as_ref().filter(|handed| handed.finds == finds && handed.file == *file);
        if let Some(handed) = handed {
            return Ok(Some(handed.name.clone()));
        }
        view.held(Some("handing over the file".into()));
        let client = self.backend.client();
        let stored = unless_cancelled(job.button, client.put_file(file)).await;
        view.held(None);
        match stored {
            None => Err(Ending::Cancelled),
            Some(Err(trouble)) => Err(self.trouble("the file was not taken", &trouble)),
            Some(Ok(stored)) => {
                self.handed = Some(Handed { file: file.clone(), finds, name: stored.file.clone() });
                Ok(Some(stored.file))
            }
        }
    }

    /// What trouble with the backend means for the run that was to be, and for the backend's state.
    fn trouble(&self, what: &str, trouble: &Trouble) -> Ending {
        if trouble.is_absence() {
            self.backend.lost(trouble.why());
            return Ending::Broken(format!("the backend went away, and {what}: {}", trouble.why()));
        }
        if let Trouble::Refused { status: 401, .. } = trouble {
            self.backend.locked();
        }
        Ending::Broken(trouble.why().to_owned())
    }
}

/// Does something with the backend unless the session is cancelled meanwhile; then it is dropped, which ends it.
async fn unless_cancelled<T>(button: &CancelButton, work: impl Future<Output = T>) -> Option<T> {
    let pressed = async {
        while !button.is_pressed() {
            button.touched().await;
            // There is nobody to be killed yet.
            button.take_kills();
        }
    };
    futures::pin_mut!(work, pressed);
    match select(work, pressed).await {
        Either::Left((done, _)) => Some(done),
        Either::Right(_) => None,
    }
}

/// The report of a run that nobody reported: what its frames said.
fn lost(lane: Lane, tasks: u32, last: &Frame, ending: Ending) -> RunReport {
    let mut notes = Vec::new();
    if last.run > 0 {
        notes.push("the run was cut off, so only what its last frame said is known".into());
    }
    let mut tally = Tally::new(0);
    tally.done = last.ended;
    RunReport {
        lane,
        ending,
        wall_ns: last.now_ns,
        tasks: TaskCounts {
            done: last.ended,
            cancelled: u64::from(tasks).saturating_sub(last.ended),
            ..TaskCounts::default()
        },
        workers: vec![tally],
        dropped: last.dropped,
        counter: None,
        clock_resolution_ns: 0,
        notes,
        gil: None,
    }
}

fn results(lanes: &[Lane], reports: &[(Vec<RunReport>, Vec<RunReport>)]) -> Vec<LaneResult> {
    lanes.iter().zip(reports).map(|(lane, (warmup, repeats))| LaneResult::new(*lane, warmup, repeats)).collect()
}
