//! Starting a run, ending it, and what it leaves in the page: the session runner as a context of its own.

use std::{cell::RefCell, rc::Rc};

use gloo_timers::future::TimeoutFuture;
use lanes_core::{
    report::Ending,
    scenario::{From, Lane, NotCalled, Repeats, Step, ValidScenario},
};
use leptos::{prelude::*, task::spawn_local};

use super::{
    address, environment,
    field_names::sentence,
    files::{FileError, check_file},
    observer::PageObserver,
    share::elsewhere,
    state::{LaneProgress, LaneStatus, NoticeKind, Outcome, Page, Phase},
};
use crate::{
    backend::BackendState,
    session::{SessionControl, SessionRunner, UnreadableFile, check_readable},
    timeline::TimelineHandle,
};

/// Why a run was not started. Each is a sentence for a person.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RunError {
    /// Another one is going on.
    #[error("A run is going on; cancel it first.")]
    Busy,
    /// The page does not know yet what it can do.
    #[error("The page is still starting; try again in a moment.")]
    NotReady,
    /// The file will not do.
    #[error(transparent)]
    File(#[from] FileError),
    /// The file cannot be read any more.
    #[error(transparent)]
    Unreadable(#[from] UnreadableFile),
    /// The function that it calls is nobody's here to call.
    #[error("Not run: {0}.")]
    NotCalled(NotCalled),
    /// There is no backend to answer; the text says why.
    #[error(
        "This scenario asks the local backend for its answers, and {0}. Or let them be simulated, or give addresses of your own."
    )]
    NoServer(String),
}

/// Runs scenarios for the page; `Copy`, handed down as a context.
#[derive(Clone, Copy)]
pub struct Runner {
    page: Page,
    timeline: TimelineHandle,
    /// Taken out while a session runs; filled when the page is ready.
    session: StoredValue<Rc<RefCell<Option<SessionRunner>>>, LocalStorage>,
    control: StoredValue<SessionControl, LocalStorage>,
}

/// A run that has been started and not carried out yet.
struct StartedRun {
    runner: Runner,
    scenario: ValidScenario,
    control: SessionControl,
    session: SessionRunner,
}

impl Runner {
    /// A runner that is not ready yet.
    #[must_use]
    pub fn new(page: Page, timeline: TimelineHandle) -> Self {
        Self {
            page,
            timeline,
            session: StoredValue::new_local(Rc::default()),
            control: StoredValue::new_local(SessionControl::default()),
        }
    }

    /// From now on it runs sessions by this.
    pub(super) fn make_ready(self, session: SessionRunner) {
        self.session.with_value(|cell| cell.borrow_mut().replace(session));
        self.page.is_ready.set(true);
    }

    /// Runs the edited scenario, if it is valid and nothing runs.
    pub fn run(self) {
        let scenario = match self.page.checked.get_untracked() {
            Ok(scenario) => scenario,
            Err(problems) => {
                let why = self.page.draft.with_untracked(|draft| sentence(&problems, draft));
                return self.page.notify(NoticeKind::Error, format!("Not run: {why}"));
            }
        };
        let run = self.run_scenario(scenario);
        spawn_local(async move {
            if let Err(why) = run.await {
                self.page.notify(NoticeKind::Error, why.to_string());
            }
        });
    }

    /// Starts a run of a scenario at once, so that it can be cancelled from here on; the future carries it out, and ends when
    /// it is over.
    ///
    /// # Errors
    /// The future's: why it was not started, or why its file could not be read.
    pub fn run_scenario(self, scenario: ValidScenario) -> impl Future<Output = Result<(), RunError>> {
        let started = self.start(scenario);
        async move { started?.carry_out().await }
    }

    /// Ends the run that is going on.
    pub fn cancel(self) {
        match self.page.phase.get_untracked() {
            Phase::Idle => return,
            // The page stays as it is.
            Phase::Trying => {}
            Phase::Running { .. } | Phase::Cancelling => self.page.phase.set(Phase::Cancelling),
        }
        self.control.with_value(SessionControl::cancel);
    }

    /// Kills a worker of the lane of processes that runs, to see the pool heal.
    pub fn kill_worker(self, worker: u16) {
        self.control.with_value(|control| control.kill(worker));
    }

    fn start(self, scenario: ValidScenario) -> Result<StartedRun, RunError> {
        let page = self.page;
        if page.phase.get_untracked() != Phase::Idle {
            return Err(RunError::Busy);
        }
        page.file.with_untracked(|file| check_file(&scenario, file.as_ref()))?;
        if let Some(why) = page.backend.state.with_untracked(|state| state.why_not_called(&scenario)) {
            return Err(RunError::NotCalled(why));
        }
        if scenario.wants_server()
            && let Some(why) = page.backend.state.with_untracked(BackendState::why_not)
        {
            return Err(RunError::NoServer(why));
        }
        let (session, control) = self.take_session(Phase::Running {
            round: 1,
            rounds: scenario.most_rounds(),
            may_be_fewer: scenario.repeats == Repeats::Auto,
            warmup: scenario.warmup > 0,
            lane: 0,
        })?;
        Ok(StartedRun { runner: self, scenario, control, session })
    }

    /// Takes the session runner for as long as the page is in this phase, with what cancels it.
    pub(super) fn take_session(self, phase: Phase) -> Result<(SessionRunner, SessionControl), RunError> {
        if self.page.phase.get_untracked() != Phase::Idle {
            return Err(RunError::Busy);
        }
        let session = self.session.with_value(|cell| cell.borrow_mut().take()).ok_or(RunError::NotReady)?;
        let control = SessionControl::default();
        self.control.set_value(control.clone());
        self.page.phase.set(phase);
        Ok((session, control))
    }

    /// Puts the session runner back: the page is idle again.
    pub(super) fn put_back(self, session: SessionRunner) {
        self.session.with_value(|cell| cell.borrow_mut().replace(session));
        self.page.phase.set(Phase::Idle);
    }
}

impl StartedRun {
    async fn carry_out(self) -> Result<(), RunError> {
        let Self { runner, scenario, control, mut session } = self;
        let page = runner.page;
        let file = page.file.get_untracked().filter(|_| scenario.wants_file()).map(|file| file.handle);
        // Before anything of the last run is cleared.
        let readable = match &file {
            Some(file) => check_readable(file).await,
            None => Ok(()),
        };
        if needs_service_worker(&scenario) && environment::service_worker().await.is_ok() {
            page.abilities.update(|abilities| abilities.service_worker = true);
        }
        session.use_service_worker(page.abilities.with_untracked(|abilities| abilities.service_worker));
        let run = async {
            readable?;
            runner.run_session(scenario, file, &control, &mut session).await
        };
        let end = run.await;
        runner.put_back(session);
        end.map_err(RunError::Unreadable)
    }
}

impl Runner {
    /// Runs a session from a page that shows the last one to a page that shows this one.
    async fn run_session(
        self,
        scenario: ValidScenario,
        file: Option<web_sys::File>,
        control: &SessionControl,
        session: &mut SessionRunner,
    ) -> Result<(), UnreadableFile> {
        let page = self.page;
        let tasks = u64::from(scenario.tasks());
        let waiting = |lane: &Lane| LaneProgress { lane: *lane, status: LaneStatus::Waiting, ended: 0, tasks };
        page.lanes.set(scenario.lanes.iter().map(waiting).collect());
        page.outcome.set(None);
        if page.edit(&scenario) {
            // A script's scenario: the editor is drawn anew, in a task of its own.
            TimeoutFuture::new(0).await;
        }
        address::push(&scenario);
        let observer = PageObserver::new(page, scenario.clone(), self.timeline);
        let end = session.run(&scenario, file.as_ref(), control, &observer).await;
        if observer.was_hidden() {
            page.notify(
                NoticeKind::Hint,
                "The tab was in the background for a while: browsers slow such tabs down, so measure again with it in front.".into(),
            );
        }
        let elsewhere = page.backend.state.with_untracked(|state| elsewhere(state, &end.lanes));
        if page.backend.state.with_untracked(|state| matches!(state, BackendState::Lost(_))) {
            // Nothing is measured any more: it may be looked for.
            page.backend.probe_again();
        }
        for (i, lane) in end.lanes.iter().enumerate() {
            if lane.ending == Ending::Cancelled {
                page.lanes.update(|lanes| lanes[i].status = LaneStatus::Cancelled);
            }
        }
        let cancelled = control.is_cancelled();
        page.outcome.set(Some(Outcome { scenario, lanes: end.lanes, cancelled, elsewhere }));
        match end.unreadable {
            None => Ok(()),
            Some(why) => Err(why),
        }
    }
}

/// Whether a scenario wants answers of the page's service worker.
fn needs_service_worker(scenario: &ValidScenario) -> bool {
    scenario.steps().any(|step| matches!(step, Step::Fetch(fetch) if fetch.from == From::Page))
}

#[cfg(test)]
mod tests {
    use wasm_bindgen::JsValue;

    use super::*;
    use crate::{
        backend::{Backend, Client},
        engine::{Network, Settings},
        page::state::Abilities,
    };

    fn scenario() -> ValidScenario {
        ValidScenario::from_json(r#"{"lanes_scenario":1,"groups":[{"steps":[{"fetch":{}}]}]}"#).expect("valid")
    }

    fn ready() -> Runner {
        let backend = Backend::new(Client::new("http://127.0.0.1/".into(), None), BackendState::None);
        let runner = Runner::new(Page::new(Abilities::default(), backend), TimelineHandle::new());
        let network = Network { base: String::new(), service_worker: false, token: None };
        let (main, worker, channel) = (String::new(), String::new(), String::new());
        let settings = Settings { network, shared_memory: false, main, worker, channel, module: JsValue::UNDEFINED };
        runner.make_ready(SessionRunner::new(settings, backend));
        runner.page.has_opened.set(true);
        runner
    }

    #[test]
    fn a_run_can_be_cancelled_as_soon_as_it_was_asked_for() {
        Owner::new().with(|| {
            let runner = ready();
            let started = runner.start(scenario()).expect("nothing runs");
            assert!(matches!(runner.page.phase.get_untracked(), Phase::Running { .. }));
            runner.cancel();
            assert!(started.control.is_cancelled());
            assert_eq!(runner.page.phase.get_untracked(), Phase::Cancelling);
            assert_eq!(runner.start(scenario()).err(), Some(RunError::Busy));
        });
    }

    #[test]
    fn code_that_came_with_a_link_is_never_run() {
        Owner::new().with(|| {
            let runner = ready();
            let call = serde_json::json!({ "call": { "python": "def task(n): ..." } });
            let value = serde_json::json!({ "lanes_scenario": 2, "groups": [{ "steps": [call] }] });
            let brought = ValidScenario::from_value(&value).expect("valid");
            let why = runner.start(brought).err().map(|why| why.to_string()).unwrap_or_default();
            assert!(why.starts_with("Not run: the scenario brings 1 line of Python code"), "{why}");
            assert!(runner.page.is_idle());
        });
    }

    #[test]
    fn what_cannot_be_run_leaves_the_page_idle_and_says_why() {
        Owner::new().with(|| {
            let runner = ready();
            let step = serde_json::json!({ "compute": { "kernel": "sha256", "input": "file" } });
            let group = serde_json::json!({ "name": "", "tasks": 2, "steps": [step] });
            let value = serde_json::json!({ "lanes_scenario": 1, "groups": [group] });
            let on_file = ValidScenario::from_value(&value).expect("valid");
            assert_eq!(runner.start(on_file).err(), Some(RunError::File(FileError::Missing)));
            assert!(runner.page.is_idle());
            assert!(runner.start(scenario()).is_ok());
        });
    }
}
