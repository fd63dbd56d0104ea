//! A session: one press of Run. Orders every lane in turn, round after round, and keeps what comes back.
//!
//! ```text
//! round 1 (warm-up):  lane a, lane b, lane c        Interleaved, so that a machine that slows down or speeds up
//! round 2:            lane a, lane b, lane c        does so to all lanes alike.
//! round 3:            lane a, lane b, lane c
//! ```

mod engine;

pub use engine::Engine;

use std::{cell::RefCell, rc::Rc};

use futures::{
    FutureExt,
    channel::oneshot,
    future::{Either, select},
};
use gloo_timers::future::TimeoutFuture;
use lanes_core::{
    report::{Ending, LaneResult, RunReport, TaskCounts},
    scenario::{Lane, Place, Scenario},
    trace::Tally,
    wire::{Command, Event, Frame, Order},
};

use crate::engine::Settings;

/// How long an engine may take to end a run that was cancelled before it is thrown away, in milliseconds.
const GRACE_MS: u32 = 120;

/// Time between two runs in which the page draws what came out, in milliseconds: done while the next lane runs, it would
/// take part of the cores that are being measured.
const SETTLE_MS: u32 = 40;

/// Who is told what happens.
pub trait Viewer {
    /// A run of the `lane`-th lane is about to begin in this round (from 0).
    fn begins(&self, lane: usize, round: u32, run: u32);
    /// Something was recorded.
    fn frame(&self, lane: usize, frame: &Frame);
    /// The run is over; `results` are all lanes so far.
    fn ended(&self, lane: usize, report: &RunReport, results: &[LaneResult]);
}

/// What makes runs: an engine that is kept between sessions, and the cancel button.
pub struct Conductor {
    /// Free to be changed between sessions.
    pub settings: Settings,
    engine: Option<Warm>,
    runs: u32,
}

struct Warm {
    engine: Engine,
    /// The number of workers of its first run: its pool cannot be resized.
    workers: u32,
}

/// The button: fired at most once, heard wherever the session waits.
#[derive(Clone, Default)]
pub struct CancelButton(Rc<RefCell<CancelInner>>);

#[derive(Default)]
struct CancelInner {
    pressed: bool,
    waiting: Vec<oneshot::Sender<()>>,
    kills: Vec<u16>,
}

impl CancelButton {
    /// Asks the session to end.
    pub fn press(&self) {
        let mut inner = self.0.borrow_mut();
        inner.pressed = true;
        for waiter in inner.waiting.drain(..) {
            let _ = waiter.send(());
        }
    }

    /// Asks for a worker to be killed.
    pub fn kill(&self, worker: u16) {
        let mut inner = self.0.borrow_mut();
        inner.kills.push(worker);
        for waiter in inner.waiting.drain(..) {
            let _ = waiter.send(());
        }
    }

    fn take_kills(&self) -> Vec<u16> {
        std::mem::take(&mut self.0.borrow_mut().kills)
    }

    /// Whether it has been pressed.
    #[must_use]
    pub fn is_pressed(&self) -> bool {
        self.0.borrow().pressed
    }

    /// Waits for it, or for a worker to be killed.
    async fn touched(&self) {
        let (waiter, pressed) = oneshot::channel();
        {
            let mut inner = self.0.borrow_mut();
            if inner.pressed || !inner.kills.is_empty() {
                return;
            }
            inner.waiting.push(waiter);
        }
        let _ = pressed.await;
    }
}

impl Conductor {
    /// A conductor whose engine is started when it is first needed.
    #[must_use]
    pub fn new(settings: Settings) -> Self {
        Self { settings, engine: None, runs: 0 }
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
        let mut reports: Vec<(Vec<RunReport>, Vec<RunReport>)> = vec![(Vec::new(), Vec::new()); lanes.len()];
        for round in 0..scenario.warmup + scenario.repeats {
            for (i, lane) in lanes.iter().enumerate() {
                let broke = |runs: &[RunReport]| matches!(runs.last().map(|run| &run.ending), Some(Ending::Broken(_)));
                if button.is_pressed() || broke(&reports[i].0) || broke(&reports[i].1) {
                    continue;
                }
                self.runs += 1;
                viewer.begins(i, round, self.runs);
                let report = self.run(*lane, scenario, file, button, |frame| viewer.frame(i, frame)).await;
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

    async fn run(
        &mut self,
        lane: Lane,
        scenario: &Scenario,
        file: Option<&web_sys::File>,
        button: &CancelButton,
        on_frame: impl Fn(&Frame),
    ) -> RunReport {
        let tasks = scenario.tasks();
        if let Some(why) = unavailable(lane) {
            return lost(lane, tasks, &Frame::default(), Ending::Broken(why.into()));
        }
        let workers = scenario.workers;
        if self.engine.as_ref().is_some_and(|warm| warm.workers != workers) {
            self.engine = None;
        }
        let mut warm = match self.engine.take() {
            Some(warm) => warm,
            None => match Engine::start(&self.settings).await {
                Ok(engine) => Warm { engine, workers },
                Err(why) => return lost(lane, tasks, &Frame::default(), Ending::Broken(why)),
            },
        };
        let run = self.runs;
        warm.engine.tell(&Command::Run(Order { run, lane, scenario: scenario.to_json() }), file);
        let mut last = Frame::default();
        let mut deadline = None;
        loop {
            let event = {
                let next = warm.engine.next().fuse();
                let interruption = interruption(button, &mut deadline).fuse();
                futures::pin_mut!(next, interruption);
                match select(next, interruption).await {
                    Either::Left((event, _)) => Ok(event),
                    Either::Right((interruption, _)) => Err(interruption),
                }
            };
            match event {
                Ok(Event::Started { .. } | Event::Queued { .. } | Event::Alive) => {}
                Ok(Event::Frame(frame)) if frame.run == run => {
                    on_frame(&frame);
                    last = Frame { spans: Vec::new(), ..frame };
                }
                Ok(Event::Finished { run: ended, report }) if ended == run => {
                    self.engine = Some(warm);
                    return *report;
                }
                // Of an earlier run.
                Ok(Event::Frame(_) | Event::Finished { .. }) => {}
                Ok(Event::Broken(why)) => {
                    let why = format!("the engine broke and was replaced: {why}");
                    return lost(lane, tasks, &last, Ending::Broken(why));
                }
                Err(Interruption::Kill(workers)) => {
                    workers.into_iter().for_each(|worker| warm.engine.tell(&Command::KillWorker(worker), None));
                }
                Err(Interruption::Cancel) => warm.engine.cancel(),
                // It does not listen: away with it, and a new one at once, so that the next run need not wait.
                Err(Interruption::Overdue) => {
                    drop(warm);
                    if let Ok(engine) = Engine::start(&self.settings).await {
                        self.engine = Some(Warm { engine, workers });
                    }
                    return lost(lane, tasks, &last, Ending::Cancelled);
                }
            }
        }
    }
}

enum Interruption {
    /// The button was pressed: ask the engine to end.
    Cancel,
    /// It was asked, and has not.
    Overdue,
    /// These workers are to be killed.
    Kill(Vec<u16>),
}

/// Waits for the button; once it was pressed, for the end of the engine's grace.
async fn interruption(button: &CancelButton, deadline: &mut Option<TimeoutFuture>) -> Interruption {
    if let Some(timer) = deadline {
        timer.await;
        return Interruption::Overdue;
    }
    button.touched().await;
    let kills = button.take_kills();
    if button.is_pressed() {
        *deadline = Some(TimeoutFuture::new(GRACE_MS));
        Interruption::Cancel
    } else {
        Interruption::Kill(kills)
    }
}

/// Why a lane cannot run in this page.
#[must_use]
pub fn unavailable(lane: Lane) -> Option<&'static str> {
    match lane.place {
        Place::Browser => None,
        Place::Native => Some(
            "native lanes do not run in a page; `lanes run`, the command line of the local backend, takes this page's link",
        ),
        Place::Python => Some("Python lanes do not run in a page; they will come with the local backend"),
    }
}

/// The report of a run that nobody reported: what its frames said.
fn lost(lane: Lane, tasks: u32, last: &Frame, ending: Ending) -> RunReport {
    let mut notes = Vec::new();
    if last.run > 0 {
        notes.push("the engine was thrown away, so only what its last frame said is known".into());
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
    }
}

fn results(lanes: &[Lane], reports: &[(Vec<RunReport>, Vec<RunReport>)]) -> Vec<LaneResult> {
    lanes.iter().zip(reports).map(|(lane, (warmup, repeats))| LaneResult::new(*lane, warmup, repeats)).collect()
}
