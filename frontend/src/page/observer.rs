//! What a session does to the page while it runs: the progress of its lanes, the results so far, the timeline.

use std::cell::Cell;

use lanes_core::{
    report::{Ending, LaneResult, RunReport},
    run::rounds::Turn,
    scenario::{Lane, Model, Repeats, ValidScenario},
    wire::Frame,
};
use leptos::prelude::*;

use super::state::{LaneProgress, LaneStatus, Outcome, Page, Phase};
use crate::{
    session::SessionObserver,
    timeline::{LaneHead, Round, TimelineHandle},
};

/// Time between two drawings of the timeline while a lane runs, in milliseconds: the page must not take much of the
/// cores that are being measured.
const RUNNING_FRAME_MS: f64 = 200.0;

/// The rows a lane will have in the timeline, by worker, so that they are there before anything happens in them.
fn rows(lane: Lane, scenario: &ValidScenario) -> Vec<u16> {
    let workers = scenario.workers_of(lane) as usize;
    let slots = scenario.concurrency_of(lane).min(scenario.tasks()) as u16;
    match lane.model {
        Model::Sequential => vec![1],
        Model::Async => vec![slots],
        Model::Threads | Model::Gil | Model::Interpreters => vec![1; workers],
        // One more: the parent makes and reads the messages.
        Model::Processes => vec![1; workers + 1],
        Model::Hybrid => std::iter::once(slots).chain(std::iter::repeat_n(1, workers)).collect(),
    }
}

/// Puts what happens in a session into the page's state and its timeline.
pub(super) struct PageObserver {
    page: Page,
    scenario: ValidScenario,
    timeline: TimelineHandle,
    was_hidden: Cell<bool>,
    /// Whether the run that is under way is watched.
    is_watched: Cell<bool>,
}

impl PageObserver {
    /// An observer of a session of this scenario. Clears what the timeline shows.
    pub(super) fn new(page: Page, scenario: ValidScenario, timeline: TimelineHandle) -> Self {
        timeline.clear();
        let head = |lane: &Lane| LaneHead::new(*lane).with_rows(rows(*lane, &scenario));
        timeline.set_lanes(scenario.lanes.iter().map(head).collect());
        timeline.reset_view();
        Self { page, scenario, timeline, was_hidden: Cell::new(false), is_watched: Cell::new(true) }
    }

    /// Whether the tab was in the background at some time: browsers slow such tabs down.
    pub(super) fn was_hidden(&self) -> bool {
        self.was_hidden.get()
    }

    fn look_at_tab(&self) {
        let hidden = web_sys::window().and_then(|window| window.document()).is_some_and(|document| document.hidden());
        if hidden {
            self.was_hidden.set(true);
        }
    }
}

impl SessionObserver for PageObserver {
    fn begins(&self, turn: &Turn) {
        let Turn { run, round, rounds, repeat, is_watched, index: lane, .. } = *turn;
        self.is_watched.set(is_watched);
        self.look_at_tab();
        if self.page.phase.get_untracked() != Phase::Cancelling {
            self.page.phase.set(Phase::Running {
                round: round + 1,
                rounds,
                may_be_fewer: self.scenario.repeats == Repeats::Auto,
                warmup: round < self.scenario.warmup,
                lane,
            });
        }
        self.page.lanes.update(|lanes| {
            lanes[lane].status = LaneStatus::Running;
            lanes[lane].ended = 0;
        });
        self.timeline.set_min_frame_ms(RUNNING_FRAME_MS);
        let of = match self.scenario.repeats {
            Repeats::Auto => None,
            Repeats::Fixed(repeats) => Some(repeats),
        };
        let round = repeat.map_or(Round::Warmup, |index| Round::Repeat { index, of });
        // What is shown stays the run that was watched.
        if is_watched {
            self.timeline.begin_run(lane, run, round);
        }
    }

    fn held(&self, lane: usize, why: Option<String>) {
        let is_held = |lanes: &Vec<LaneProgress>| matches!(lanes[lane].status, LaneStatus::Held(_));
        if why.is_none() && !self.page.lanes.with_untracked(is_held) {
            return;
        }
        self.timeline.set_status(lane, why.clone().unwrap_or_default());
        self.page.lanes.update(|lanes| lanes[lane].status = why.map_or(LaneStatus::Running, LaneStatus::Held));
    }

    fn frame(&self, lane: usize, frame: &Frame) {
        self.look_at_tab();
        self.page.lanes.update(|lanes| lanes[lane].ended = frame.ended);
        self.timeline.push_frame(lane, frame);
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
        // Drawn at once, before the next run begins.
        self.timeline.set_min_frame_ms(0.0);
        if self.is_watched.get() {
            self.timeline.finish_run(lane, report, &results[lane]);
        }
    }
}
