//! Runs a session: which lane runs next, where, and what its results are.
//!
//! It knows nothing of the page; what happens is told to a [`SessionObserver`].

use futures::{
    FutureExt, StreamExt,
    channel::mpsc,
    future::{Either, select},
};
use gloo_timers::future::TimeoutFuture;
use lanes_core::{
    api::RunRequest,
    report::{Ending, LaneResult, RunReport},
    run::{
        outcome::{cut_off, not_begun},
        rounds::{Rounds, Turn},
    },
    scenario::{Lane, Place, ValidScenario},
    wire::{Command, Frame, Order},
};
use leptos::prelude::*;

use super::{
    control::SessionControl,
    engine::Engine,
    file::{UnreadableFile, check_readable},
    follow::{RunEnd, RunObserver, follow_run},
    page_python::{self, PagePython, PageRun},
    remote_run::RemoteRun,
    warm_engines::{WarmEngines, threads_of},
};
use crate::{
    backend::{Backend, BackendState, ClientError},
    engine::Settings,
};

/// Time between two runs in which the page draws what came out, in milliseconds: done while the next lane runs, it would
/// take part of the cores that are being measured.
const SETTLE_MS: u32 = 40;

/// Who is told what happens in a session.
pub trait SessionObserver {
    /// A run is about to begin.
    fn begins(&self, turn: &Turn);
    /// The run cannot begin yet, for this reason; with `None` it can.
    fn held(&self, lane: usize, why: Option<String>);
    /// Something was recorded.
    fn frame(&self, lane: usize, frame: &Frame);
    /// The run is over; `results` are all lanes so far.
    fn ended(&self, lane: usize, report: &RunReport, results: &[LaneResult]);
    /// Whether it draws anything of it, and is given the time for that before the next run begins.
    fn draws(&self) -> bool {
        true
    }
}

/// Runs sessions: in engines that are kept between them, and in the backend.
pub struct SessionRunner {
    settings: Settings,
    backend: Backend,
    engines: WarmEngines,
    page_python: Option<PagePython>,
    uploaded: Option<UploadedFile>,
    runs: u32,
}

/// A file that the backend has.
struct UploadedFile {
    file: web_sys::File,
    /// When it was uploaded: a backend that was found again is another one.
    finds: u32,
    /// What the backend calls it.
    name: String,
}

/// What a run is made of, besides its lane.
#[derive(Clone, Copy)]
struct Job<'a> {
    /// The number of the run.
    run: u32,
    /// Whether it is to be watched, where that takes time.
    is_watched: bool,
    scenario: &'a ValidScenario,
    file: Option<&'a web_sys::File>,
    control: &'a SessionControl,
    /// Of which session it is.
    session: u64,
}

impl Job<'_> {
    /// The longest that the run may take, in milliseconds.
    fn most_ms(&self) -> Option<u32> {
        self.scenario.deadline().map(|most| u32::try_from(most.as_millis()).unwrap_or(u32::MAX).max(1))
    }

    /// What a run comes to that took longer than it may: what it said itself, or what was seen of it until then.
    fn took_too_long(&self, lane: Lane, report: Option<Box<RunReport>>, last: &Frame) -> RunReport {
        let why = format!("the run took longer than the {} s it may (its time limit)", self.scenario.deadline_s);
        match report {
            Some(report) => RunReport { ending: Ending::Broken(why), ..*report },
            None => cut_off(lane, self.scenario.tasks(), last, Ending::Broken(why)),
        }
    }
}

/// A [`SessionObserver`] of one lane.
struct LaneObserver<'a> {
    session: &'a dyn SessionObserver,
    lane: usize,
}

impl LaneObserver<'_> {
    fn held(&self, why: Option<String>) {
        self.session.held(self.lane, why);
    }
}

impl RunObserver for LaneObserver<'_> {
    fn queued(&self, before: Option<u32>) {
        self.held(before.map(|before| format!("queued, {before} before it")));
    }

    fn frame(&self, frame: &Frame) {
        self.session.frame(self.lane, frame);
    }
}

/// What a session comes to.
#[derive(Clone, Debug)]
pub struct SessionEnd {
    /// The results of all lanes, whatever happened.
    pub lanes: Vec<LaneResult>,
    /// Why it ended before its time, where the user's file could not be read any more.
    pub unreadable: Option<UnreadableFile>,
}

impl SessionRunner {
    /// A runner whose engine is started when it is first needed.
    #[must_use]
    pub fn new(settings: Settings, backend: Backend) -> Self {
        Self { settings, backend, engines: WarmEngines::default(), page_python: None, uploaded: None, runs: 0 }
    }

    /// Runs every lane of a scenario, round after round.
    pub async fn run(
        &mut self,
        scenario: &ValidScenario,
        file: Option<&web_sys::File>,
        control: &SessionControl,
        observer: &dyn SessionObserver,
    ) -> SessionEnd {
        let file = file.filter(|_| scenario.wants_file());
        let mut unreadable = None;
        self.take_token();
        if !control.is_cancelled() {
            // Before anything is measured, and while the host that they come from is there: that may be the backend.
            self.engines.prepare(scenario, &self.settings).await;
        }
        let mut rounds = Rounds::new(scenario, self.runs);
        // Another page's sessions have other numbers; JavaScript's are exact up to 2^53.
        let session = (js_sys::Math::random() * (1_u64 << 53) as f64) as u64;
        while !control.is_cancelled()
            && unreadable.is_none()
            && let Some(turn) = rounds.next_turn()
        {
            let Turn { run, index, lane, is_watched, .. } = turn;
            observer.begins(&turn);
            let job = Job { run, is_watched, scenario, file, control, session };
            let view = LaneObserver { session: observer, lane: index };
            let mut report = match lane.place {
                Place::Browser => self.run_here(lane, job, &view).await,
                Place::Native | Place::Python => self.run_there(lane, job, &view).await,
                Place::Pyodide => self.run_in_page_python(lane, job, &view).await,
            };
            let went_wrong = report.tasks.failed > 0 || matches!(report.ending, Ending::Broken(_));
            if let Some(file) = file.filter(|_| went_wrong)
                && let Err(why) = check_readable(file).await
            {
                // Its tasks failed because of the file, and so would every other lane's.
                report.ending = Ending::Broken(why.to_string());
                unreadable = Some(why);
            }
            let results = rounds.ended(report.clone());
            observer.ended(index, &report, &results);
            if observer.draws() {
                TimeoutFuture::new(SETTLE_MS).await;
            }
        }
        self.runs = rounds.last_run();
        SessionEnd { lanes: rounds.finish(), unreadable }
    }

    /// Whether a service worker answers: an engine that was told something else is replaced before the next run.
    pub fn use_service_worker(&mut self, is_there: bool) {
        if self.settings.network.service_worker != is_there {
            self.settings.network.service_worker = is_there;
            self.engines.clear();
        }
    }

    /// The engine knows the backend's token from its start: with another one it must be another engine.
    fn take_token(&mut self) {
        let token = self.backend.client().token().map(str::to_owned);
        if self.settings.network.token != token {
            self.settings.network.token = token;
            self.engines.clear();
        }
    }

    /// One run in the page's engine.
    async fn run_here(&mut self, lane: Lane, job: Job<'_>, observer: &dyn RunObserver) -> RunReport {
        let (tasks, threads) = (job.scenario.tasks(), threads_of(job.scenario, lane));
        let mut engine = match self.engines.take(threads, &self.settings).await {
            Ok(engine) => engine,
            Err(why) => return not_begun(lane, tasks, Ending::Broken(why.to_string())),
        };
        let run = job.run;
        engine.tell(
            &Command::Run(Order { run, lane, scenario: job.scenario.clone(), is_watched: job.is_watched }),
            job.file,
        );
        match follow_run(&mut engine, run, job.most_ms(), job.control, observer).await {
            RunEnd::Finished(report) => {
                self.engines.keep(threads, engine);
                *report
            }
            RunEnd::TooLong(report, last) => {
                // A new one, as after anything that did not end by itself.
                drop(engine);
                if let Ok(engine) = Engine::start(&self.settings).await {
                    self.engines.keep(threads, engine);
                }
                job.took_too_long(lane, report, &last)
            }
            RunEnd::Broken(why, last) => {
                cut_off(lane, tasks, &last, Ending::Broken(format!("the engine broke and was replaced: {why}")))
            }
            // It does not listen: it is replaced at once, so that the next run need not wait.
            RunEnd::Overdue(last) => {
                drop(engine);
                if let Ok(engine) = Engine::start(&self.settings).await {
                    self.engines.keep(threads, engine);
                }
                cut_off(lane, tasks, &last, Ending::Cancelled)
            }
        }
    }

    /// One run in the page's CPython, which is loaded when it is first needed.
    async fn run_in_page_python(&mut self, lane: Lane, job: Job<'_>, view: &LaneObserver<'_>) -> RunReport {
        let tasks = job.scenario.tasks();
        let program = match page_python::program_of(lane, job.scenario).await {
            Ok(program) => program,
            Err(why) => return not_begun(lane, tasks, Ending::Broken(why)),
        };
        if self.page_python.is_none() {
            view.held(Some("loading CPython".into()));
            let (tell, mut told) = mpsc::unbounded();
            let started = async {
                let start = PagePython::start(tell).fuse();
                futures::pin_mut!(start);
                loop {
                    futures::select_biased! {
                        started = start => break started,
                        loaded = told.select_next_some() => view.held(Some(loaded)),
                    }
                }
            };
            let started = unless_cancelled(job.control, started).await;
            view.held(None);
            match started {
                None => return not_begun(lane, tasks, Ending::Cancelled),
                Some(Err(why)) => return not_begun(lane, tasks, Ending::Broken(why)),
                Some(Ok(python)) => self.page_python = Some(python),
            }
        }
        let Some(python) = &mut self.page_python else {
            return not_begun(lane, tasks, Ending::Broken("CPython in the page is not there".into()));
        };
        if let Some(why) = python.lacks(lane.model, job.scenario.call()) {
            return not_begun(lane, tasks, Ending::Broken(why.to_owned()));
        }
        let mut run = PageRun::start(python, job.run, lane, job.scenario, job.is_watched, &program);
        let end = follow_run(&mut run, job.run, job.most_ms(), job.control, view).await;
        match end {
            RunEnd::Finished(report) => *report,
            RunEnd::TooLong(report, last) => job.took_too_long(lane, report, &last),
            RunEnd::Broken(why, last) => {
                self.page_python = None;
                cut_off(lane, tasks, &last, Ending::Broken(why))
            }
            RunEnd::Overdue(last) => {
                self.page_python = None;
                cut_off(lane, tasks, &last, Ending::Cancelled)
            }
        }
    }

    /// One run in the backend.
    async fn run_there(&mut self, lane: Lane, job: Job<'_>, view: &LaneObserver<'_>) -> RunReport {
        let tasks = job.scenario.tasks();
        let unsaid = |ending| not_begun(lane, tasks, ending);
        let is_lost = self.backend.state.with_untracked(|state| matches!(state, BackendState::Lost(_)));
        if is_lost {
            // It may have come back since.
            self.backend.probe().await;
        }
        if let Some(why) = self.backend.state.with_untracked(|state| state.unavailable(lane)) {
            let away = if is_lost { "the backend went away before this run could begin: " } else { "" };
            return unsaid(Ending::Broken(format!("{away}{why}")));
        }
        if let Some(call) = job.scenario.call().filter(|call| call.source().is_some()) {
            // The backend would refuse it, too.
            return unsaid(Ending::Broken(call.not_called().to_string()));
        }
        let file = match self.upload(job, view).await {
            Ok(file) => file,
            Err(ending) => return unsaid(ending),
        };
        let scenario = serde_json::to_value(&**job.scenario).unwrap_or_default();
        let (unwatched, session) = (!job.is_watched, job.session);
        let request = RunRequest { run: job.run, lane, scenario, file, unwatched, session };
        let started = unless_cancelled(job.control, RemoteRun::start(self.backend.client(), &request)).await;
        let mut remote = match started {
            None => return unsaid(Ending::Cancelled),
            Some(Err(error)) => {
                // Whatever it knew may be what it has forgotten.
                self.uploaded = None;
                if job.scenario.call().is_some() {
                    // The file of its function has changed, and what is offered now is not known here yet.
                    self.backend.probe_again();
                }
                return unsaid(self.refused("the run was not begun", &error));
            }
            Some(Ok(remote)) => remote,
        };
        // The backend knows how long it may take.
        let end = follow_run(&mut remote, job.run, None, job.control, view).await;
        view.held(None);
        if let Some(why) = remote.gone() {
            self.backend.lost(why);
        }
        match end {
            RunEnd::Finished(report) => *report,
            RunEnd::Broken(why, last) => cut_off(lane, tasks, &last, Ending::Broken(why)),
            RunEnd::TooLong(_, last) => cut_off(lane, tasks, &last, Ending::Cancelled),
            // Its stream is closed now, which ends the run in the backend as well.
            RunEnd::Overdue(last) => cut_off(lane, tasks, &last, Ending::Cancelled),
        }
    }

    /// Sees to it that the backend has the user's file, if the scenario wants one; what it calls it.
    async fn upload(&mut self, job: Job<'_>, view: &LaneObserver<'_>) -> Result<Option<String>, Ending> {
        let Some(file) = job.file else { return Ok(None) };
        let finds = self.backend.finds();
        let uploaded = self.uploaded.as_ref().filter(|uploaded| uploaded.finds == finds && uploaded.file == *file);
        if let Some(uploaded) = uploaded {
            return Ok(Some(uploaded.name.clone()));
        }
        view.held(Some("sending the file to the backend".into()));
        let client = self.backend.client();
        let stored = unless_cancelled(job.control, client.put_file(file)).await;
        view.held(None);
        match stored {
            None => Err(Ending::Cancelled),
            Some(Err(error)) => Err(self.refused("the file was not taken", &error)),
            Some(Ok(stored)) => {
                self.uploaded = Some(UploadedFile { file: file.clone(), finds, name: stored.file.clone() });
                Ok(Some(stored.file))
            }
        }
    }

    /// What an error of the backend means for the run that was to be, and for the backend's state.
    fn refused(&self, what: &str, error: &ClientError) -> Ending {
        if error.is_absence() {
            self.backend.lost(&error.to_string());
            return Ending::Broken(format!("the backend went away, and {what}: {error}"));
        }
        if let ClientError::Refused { status: 401, .. } = error {
            self.backend.locked();
        }
        Ending::Broken(error.to_string())
    }
}

/// Does something with the backend unless the session is cancelled meanwhile; then it is dropped, which ends it.
async fn unless_cancelled<T>(control: &SessionControl, work: impl Future<Output = T>) -> Option<T> {
    let cancelled = async {
        while !control.is_cancelled() {
            control.requested().await;
            // There is nobody to be killed yet.
            control.take_kills();
        }
    };
    futures::pin_mut!(work, cancelled);
    match select(work, cancelled).await {
        Either::Left((done, _)) => Some(done),
        Either::Right(_) => None,
    }
}
