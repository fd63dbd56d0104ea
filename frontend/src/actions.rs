//! What a person can make the page do, and what then happens to its state.

use std::{cell::RefCell, rc::Rc};

use gloo_timers::future::TimeoutFuture;
use lanes_core::{
    link,
    report::{Ending, LaneResult, RunReport},
    scenario::{
        Lane, Model, Scenario,
        presets::{PRESETS, Preset},
    },
    wire::Frame,
};
use leptos::{prelude::*, task::spawn_local};
use serde_json::Value;
use wasm_bindgen::{JsCast, prelude::*};
use web_sys::DragEvent;

use crate::{
    backend::{Backend, BackendState},
    boot,
    files::{check_file, sniff},
    handover::{elsewhere, sentence},
    scripting,
    session::{CancelButton, Conductor, Viewer},
    state::{Abilities, ChosenFile, LaneProgress, LaneStatus, Notice, NoticeKind, Outcome, Page, Phase},
    timeline::{LaneHead, Round, TimelineHandle},
    ui::wall_text,
};

/// Time between two drawings of the timeline while a lane runs, in milliseconds: the page must not take much of the
/// cores that are being measured.
const RUNNING_FRAME_MS: f64 = 200.0;

/// What only this file touches: it lives as long as the page.
#[derive(Clone, Copy)]
pub struct Machinery {
    conductor: StoredValue<Rc<RefCell<Option<Conductor>>>, LocalStorage>,
    button: StoredValue<CancelButton, LocalStorage>,
    timeline: StoredValue<Option<TimelineHandle>, LocalStorage>,
}

impl Page {
    /// The state of a page that has just been opened.
    #[must_use]
    pub fn new() -> Self {
        let draft = RwSignal::new(first_look());
        let checked = Memo::new(move |_| {
            draft.with(|draft| match draft {
                // JSON that could not be read, kept as it was typed.
                Value::String(text) => Scenario::from_json(text),
                value => Scenario::from_value(value),
            })
        });
        let preset = Memo::new(move |_| {
            let scenario = checked.get().ok()?;
            PRESETS.iter().find(|preset| preset.scenario() == scenario)
        });
        Self {
            draft,
            checked,
            preset,
            file: RwSignal::new_local(None),
            phase: RwSignal::new(Phase::Idle),
            lanes: RwSignal::new(Vec::new()),
            outcome: RwSignal::new(None),
            notices: RwSignal::new(Vec::new()),
            abilities: RwSignal::new(boot::abilities()),
            backend: Backend::new(boot::base()),
            is_ready: RwSignal::new(false),
            machinery: Machinery {
                conductor: StoredValue::new_local(Rc::default()),
                button: StoredValue::new_local(CancelButton::default()),
                timeline: StoredValue::new_local(None),
            },
        }
    }

    /// Reads the address, finds out what this browser can do, and then runs a first example by itself, unless the
    /// address carries a scenario: a stranger's is never run unasked.
    pub fn start(self, timeline: TimelineHandle) {
        self.machinery.timeline.set_value(Some(timeline));
        let has_link = self.read_address();
        self.listen_to_history();
        self.take_dropped_files();
        scripting::offer(self);
        spawn_local(async move {
            let is_busy = move || self.phase.get_untracked() != Phase::Idle;
            let (found, ()) = futures::join!(boot::service_worker(), self.backend.start(is_busy));
            let abilities = Abilities { service_worker: found.is_ok(), ..boot::abilities() };
            self.abilities.set(abilities.clone());
            let conductor = Conductor::new(boot::settings(&abilities), self.backend);
            self.machinery.conductor.with_value(|cell| cell.borrow_mut().replace(conductor));
            if !abilities.shared_memory {
                let why = found.err().map(|why| format!(" ({why})")).unwrap_or_default();
                self.notify(
                    NoticeKind::Hint,
                    format!(
                        "Threads are not available here: the page is not cross-origin isolated{why}. Sequential, async and \
                         processes run all the same. It helps to open Lanes over https or localhost, outside a private window."
                    ),
                );
            }
            self.is_ready.set(true);
            if !has_link && !asks_for_quiet() {
                self.run();
            }
        });
    }

    /// Whether nothing runs and the page is ready to run something.
    #[must_use]
    pub fn is_idle(self) -> bool {
        self.is_ready.get_untracked() && self.phase.get_untracked() == Phase::Idle
    }

    /// Runs the edited scenario, if it is valid and nothing runs.
    pub fn run(self) {
        let scenario = match self.checked.get_untracked() {
            Ok(scenario) => scenario,
            Err(problems) => {
                return self.notify(NoticeKind::Error, format!("Not run: {}", sentence(&problems)));
            }
        };
        spawn_local(async move {
            if let Err(why) = self.run_scenario(scenario).await {
                self.notify(NoticeKind::Error, why);
            }
        });
    }

    /// Runs a scenario and returns when it is over.
    ///
    /// # Errors
    /// One sentence on why it was not started.
    pub async fn run_scenario(self, scenario: Scenario) -> Result<(), String> {
        if self.phase.get_untracked() != Phase::Idle {
            return Err("A run is going on; cancel it first.".into());
        }
        let file = self.file.get_untracked();
        check_file(&scenario, file.as_ref())?;
        if scenario.wants_server()
            && let Some(why) = self.backend.state.with_untracked(BackendState::why_not)
        {
            return Err(format!(
                "This scenario asks the local backend for its answers, and {why}. Or let them be simulated, or give \
                 addresses of your own."
            ));
        }
        let cell = self.machinery.conductor.get_value();
        let Some(mut conductor) = cell.borrow_mut().take() else {
            return Err("The page is still starting; try again in a moment.".into());
        };
        let button = CancelButton::default();
        self.machinery.button.set_value(button.clone());
        let tasks = u64::from(scenario.tasks());
        let waiting = |lane: &Lane| LaneProgress { lane: *lane, status: LaneStatus::Waiting, ended: 0, tasks };
        self.lanes.set(scenario.lanes.iter().map(waiting).collect());
        self.outcome.set(None);
        self.phase.set(Phase::Running {
            round: 1,
            rounds: scenario.warmup + scenario.repeats,
            warmup: scenario.warmup > 0,
            lane: 0,
        });
        if self.edit(&scenario) {
            // A script's scenario: the editor is drawn anew, in a task of its own.
            TimeoutFuture::new(0).await;
        }
        push_address(&scenario);
        let timeline = self.machinery.timeline.get_value();
        if let Some(timeline) = timeline {
            timeline.clear();
            timeline.set_lanes(
                scenario.lanes.iter().map(|lane| LaneHead::new(*lane).with_rows(rows(*lane, &scenario))).collect(),
            );
            timeline.reset_view();
        }
        let viewer = PageViewer { page: self, scenario: scenario.clone(), timeline, was_hidden: RefCell::new(false) };
        let handle = file.as_ref().map(|file| file.handle.clone());
        let lanes = conductor.session(&scenario, handle.as_ref(), &button, &viewer).await;
        cell.borrow_mut().replace(conductor);
        if *viewer.was_hidden.borrow() {
            self.notify(
                NoticeKind::Hint,
                "The tab was in the background for a while: browsers slow such tabs down, so measure again with it in front.".into(),
            );
        }
        let elsewhere = self.backend.state.with_untracked(|state| elsewhere(state, &lanes));
        if self.backend.state.with_untracked(|state| matches!(state, BackendState::Lost(_))) {
            // Nothing is measured any more: it may be looked for.
            self.backend.look_again();
        }
        let cancelled = button.is_pressed();
        for (i, lane) in lanes.iter().enumerate() {
            if lane.ending == Ending::Cancelled {
                self.lanes.update(|lanes| lanes[i].status = LaneStatus::Cancelled);
            }
        }
        self.outcome.set(Some(Outcome { scenario, lanes, cancelled, elsewhere }));
        self.phase.set(Phase::Idle);
        Ok(())
    }

    /// Ends the run that is going on.
    pub fn cancel(self) {
        if self.phase.get_untracked() == Phase::Idle {
            return;
        }
        self.phase.set(Phase::Cancelling);
        self.machinery.button.with_value(CancelButton::press);
    }

    /// Kills a worker of the lane of processes that runs, to see the pool heal.
    pub fn kill_worker(self, worker: u16) {
        self.machinery.button.with_value(|button| button.kill(worker));
    }

    /// Takes a preset to edit and run.
    pub fn load_preset(self, preset: &'static Preset) {
        let scenario = preset.scenario();
        self.edit(&scenario);
        push_address(&scenario);
    }

    /// Takes a file to work on.
    pub fn choose_file(self, handle: web_sys::File) {
        spawn_local(async move {
            let bytes = handle.size() as u64;
            let name = handle.name();
            if bytes == 0 {
                return self.notify(NoticeKind::Error, format!("{name} is empty; choose a file with something in it."));
            }
            match sniff(&handle).await {
                Some(is_text) => self.file.set(Some(ChosenFile { handle, name, bytes, is_text })),
                None => self.notify(
                    NoticeKind::Error,
                    format!(
                        "{name} could not be read. If it is a folder, choose a file; if it was moved, choose it again."
                    ),
                ),
            }
        });
    }

    /// Lets go of the file.
    pub fn forget_file(self) {
        self.file.set(None);
    }

    /// Takes a notice away.
    pub fn dismiss(self, index: usize) {
        self.notices.update(|notices| {
            if index < notices.len() {
                notices.remove(index);
            }
        });
    }

    /// Adds a notice, unless it is there.
    pub fn notify(self, kind: NoticeKind, text: String) {
        self.notices.update(|notices| {
            notices.retain(|notice| notice.text != text && notice.kind != NoticeKind::Done);
            notices.push(Notice { kind, text });
        });
    }

    /// Makes a scenario the edited one; whether it was not.
    fn edit(self, scenario: &Scenario) -> bool {
        let value = serde_json::to_value(scenario).unwrap_or_default();
        let is_new = self.draft.with_untracked(|draft| *draft != value);
        if is_new {
            self.draft.set(value);
        }
        is_new
    }

    /// Takes the scenario in the address; whether there was a link, sound or not.
    fn read_address(self) -> bool {
        let hash = web_sys::window().and_then(|window| window.location().hash().ok()).unwrap_or_default();
        if hash.len() < 2 {
            return false;
        }
        match link::decode(&hash) {
            Ok(scenario) => {
                self.edit(&scenario);
            }
            Err(error) => self.notify(NoticeKind::Error, format!("This link could not be opened: {error}")),
        }
        true
    }

    /// Takes a file that is dropped anywhere: next to the drop zone the browser would leave the page to show it.
    fn take_dropped_files(self) {
        let on_drag = Closure::<dyn Fn(DragEvent)>::new(|event: DragEvent| event.prevent_default());
        let on_drop = Closure::<dyn Fn(DragEvent)>::new(move |event: DragEvent| {
            if event.default_prevented() {
                return;
            }
            event.prevent_default();
            let files = event.data_transfer().and_then(|transfer| transfer.files());
            if let Some(file) = files.and_then(|files| files.get(0)) {
                self.choose_file(file);
            }
        });
        if let Some(window) = web_sys::window() {
            let _ = window.add_event_listener_with_callback("dragover", on_drag.as_ref().unchecked_ref());
            let _ = window.add_event_listener_with_callback("drop", on_drop.as_ref().unchecked_ref());
        }
        on_drag.forget();
        on_drop.forget();
    }

    /// Follows Back, Forward and a link pasted over this one.
    fn listen_to_history(self) {
        let on_change = Closure::<dyn Fn()>::new(move || {
            let is_token = self.backend.take_token();
            if !self.read_address() && !is_token {
                self.edit(&Scenario::from_value(&first_look()).unwrap_or_default());
            }
        });
        if let Some(window) = web_sys::window() {
            // `popstate` comes for pasted links too, and for entries that were pushed.
            let _ = window.add_event_listener_with_callback("popstate", on_change.as_ref().unchecked_ref());
        }
        on_change.forget();
    }
}

/// The scenario of a page that was opened without a link.
fn first_look() -> Value {
    serde_json::to_value(PRESETS[0].scenario()).unwrap_or_default()
}

/// Whether the address asks for no example: `?quiet`, for tests and embedding.
fn asks_for_quiet() -> bool {
    let search = web_sys::window().and_then(|window| window.location().search().ok()).unwrap_or_default();
    search.contains("quiet")
}

/// Puts a scenario into the address, as a new entry of the history unless it is there already.
pub(crate) fn push_address(scenario: &Scenario) {
    let Some(window) = web_sys::window() else { return };
    // A scenario too long for a link keeps the address it has.
    let Ok(link) = link::encode(scenario) else { return };
    let fragment = format!("#{link}");
    if window.location().hash().is_ok_and(|hash| link::decode(&hash).as_ref() == Ok(scenario)) {
        return;
    }
    if let Ok(history) = window.history() {
        let _ = history.push_state_with_url(&JsValue::NULL, "", Some(&fragment));
    }
}

/// The rows a lane will have in the timeline, by worker, so that they are there before anything happens in them.
fn rows(lane: Lane, scenario: &Scenario) -> Vec<u16> {
    let workers = scenario.workers as usize;
    let slots = scenario.concurrency.min(scenario.tasks()) as u16;
    match lane.model {
        Model::Sequential => vec![1],
        Model::Async => vec![slots],
        Model::Threads | Model::Gil | Model::Interpreters => vec![1; workers],
        // One more: the parent makes and reads the messages.
        Model::Processes => vec![1; workers + 1],
        Model::Hybrid => std::iter::once(slots).chain(std::iter::repeat_n(1, workers)).collect(),
    }
}

/// Puts what happens in a session into the page's state.
struct PageViewer {
    page: Page,
    scenario: Scenario,
    timeline: Option<TimelineHandle>,
    was_hidden: RefCell<bool>,
}

impl PageViewer {
    fn look_at_tab(&self) {
        let hidden = web_sys::window().and_then(|window| window.document()).is_some_and(|document| document.hidden());
        if hidden {
            self.was_hidden.replace(true);
        }
    }
}

impl Viewer for PageViewer {
    fn begins(&self, lane: usize, round: u32, run: u32) {
        self.look_at_tab();
        let rounds = self.scenario.warmup + self.scenario.repeats;
        if self.page.phase.get_untracked() != Phase::Cancelling {
            self.page.phase.set(Phase::Running {
                round: round + 1,
                rounds,
                warmup: round < self.scenario.warmup,
                lane,
            });
        }
        self.page.lanes.update(|lanes| {
            lanes[lane].status = LaneStatus::Running;
            lanes[lane].ended = 0;
        });
        if let Some(timeline) = self.timeline {
            timeline.set_min_frame_ms(RUNNING_FRAME_MS);
            let repeat = round.checked_sub(self.scenario.warmup);
            let of = self.scenario.repeats;
            timeline.begin_run(lane, run, repeat.map_or(Round::Warmup, |index| Round::Repeat { index, of }));
        }
    }

    fn held(&self, lane: usize, why: Option<String>) {
        let is_held = |lanes: &Vec<LaneProgress>| matches!(lanes[lane].status, LaneStatus::Held(_));
        if why.is_none() && !self.page.lanes.with_untracked(is_held) {
            return;
        }
        if let Some(timeline) = self.timeline {
            timeline.set_status(lane, why.clone().unwrap_or_default());
        }
        self.page.lanes.update(|lanes| lanes[lane].status = why.map_or(LaneStatus::Running, LaneStatus::Held));
    }

    fn frame(&self, lane: usize, frame: &Frame) {
        self.look_at_tab();
        self.page.lanes.update(|lanes| lanes[lane].ended = frame.ended);
        if let Some(timeline) = self.timeline {
            timeline.push_frame(lane, frame);
        }
    }

    fn ended(&self, lane: usize, report: &RunReport, results: &[LaneResult]) {
        let status = match &report.ending {
            Ending::Complete => LaneStatus::Ran { wall_ns: report.wall_ns },
            Ending::Cancelled => LaneStatus::Cancelled,
            Ending::Broken(why) => LaneStatus::Failed(why.clone()),
        };
        self.page.lanes.update(|lanes| {
            lanes[lane].status = status;
            lanes[lane].ended = report.tasks.done + report.tasks.failed;
        });
        // The others have not had their turn yet.
        let lanes = results.iter().filter(|lane| lane.shown.is_some()).cloned().collect();
        let scenario = self.scenario.clone();
        let outcome = Outcome { scenario, lanes, cancelled: false, elsewhere: Vec::new() };
        self.page.outcome.set(Some(outcome));
        if let Some(timeline) = self.timeline {
            // Drawn at once, before the next run begins.
            timeline.set_min_frame_ms(0.0);
            timeline.finish_run(lane, report, &results[lane]);
            let status = match report.ending {
                Ending::Complete => wall_text(&results[lane]),
                Ending::Cancelled => "cancelled".to_owned(),
                Ending::Broken(_) if report.tasks.done > 0 => "broke off".to_owned(),
                Ending::Broken(_) => "could not run".to_owned(),
            };
            timeline.set_status(lane, status);
        }
    }
}
