//! How the rest of the page talks to the timeline, and what a report means for it. It does not know the web.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
};

use lanes_core::{
    present::{deviating, duration},
    report::{Ending, LaneResult, RunReport},
    trace::Tally,
    wire::Frame,
};
use leptos::prelude::*;

use super::{
    control::Control,
    failures::FailedTasks,
    model::{LaneHead, Round, TimelineModel},
    totals::totals,
};

/// What handle and component share.
pub(super) struct Shared {
    pub(super) control: RefCell<Control>,
    /// Set while the component is on the page.
    pub(super) redraw: RefCell<Option<Rc<dyn Fn()>>>,
    pub(super) min_frame_ms: Cell<f64>,
    /// Whether everything told is drawn.
    pub(super) settled: Cell<bool>,
}

impl Shared {
    pub(super) fn request_redraw(&self) {
        self.settled.set(false);
        // Cloned, so that nothing is borrowed while it runs.
        let redraw = self.redraw.borrow().clone();
        if let Some(redraw) = redraw {
            redraw();
        }
    }
}

/// A timeline, to be shown by one [`Timeline`](super::Timeline) and told what happens by whoever has a copy of this.
///
/// It can be told before it is shown and after. It belongs to the reactive owner it was made in; once that is gone,
/// calls do nothing. Lanes are named by their place in the order given to [`set_lanes`](Self::set_lanes).
#[derive(Clone, Copy, Debug)]
pub struct TimelineHandle(StoredValue<Rc<Shared>, LocalStorage>);

impl Default for TimelineHandle {
    fn default() -> Self {
        Self::new()
    }
}

impl TimelineHandle {
    /// A timeline without lanes.
    #[must_use]
    pub fn new() -> Self {
        Self(StoredValue::new_local(Rc::new(Shared {
            control: RefCell::default(),
            redraw: RefCell::default(),
            min_frame_ms: Cell::new(0.0),
            settled: Cell::new(true),
        })))
    }

    /// Shows these lanes. A lane that was there with the same head keeps its run.
    pub fn set_lanes(&self, heads: Vec<LaneHead>) {
        self.change(|model| model.set_lanes(heads));
    }

    /// Starts a run in a lane. What the lane showed is dropped, unless it is a repeat of the same measurement.
    pub fn begin_run(&self, lane: usize, run: u32, round: Round) {
        self.change(|model| model.begin_run(lane, run, round));
    }

    /// Adds a frame, unless it belongs to another run than the lane's; whether it did.
    pub fn push_frame(&self, lane: usize, frame: &Frame) -> bool {
        self.change(|model| model.push_frame(lane, frame)).unwrap_or(false)
    }

    /// Ends a lane's run, and shows the one that the lane's numbers come from from now on.
    pub fn finish_run(&self, lane: usize, report: &RunReport, result: &LaneResult) {
        let wall_ns = (report.ending == Ending::Complete).then_some(report.wall_ns);
        self.change(|model| {
            model.finish_run(lane, wall_ns, FailedTasks::of(&report.workers));
            if result.wall.is_some() {
                model.show_repeat(lane, result.shown_repeat as u32);
            }
            model.set_status(lane, status(report, result));
        });
    }

    /// What the spans of the run that a lane shows add up to, for each worker: all there is to know of a run that was
    /// cut off before it reported. Their `done` are the tasks that were seen.
    #[must_use]
    pub fn totals(&self, lane: usize) -> Vec<Tally> {
        self.with(|shared| shared.control.borrow().model().lanes().get(lane).map(|lane| totals(lane.run())))
            .flatten()
            .unwrap_or_default()
    }

    /// Which run a lane shows.
    #[must_use]
    pub fn shown(&self, lane: usize) -> Option<Round> {
        self.with(|shared| shared.control.borrow().model().lanes().get(lane).map(|lane| lane.run().round)).flatten()
    }

    /// What stands at the right end of a lane's header; empty for progress and time. Reset by the next run.
    pub fn set_status(&self, lane: usize, text: impl Into<String>) {
        self.change(|model| model.set_status(lane, text.into()));
    }

    /// Forgets all runs; the lanes stay. The whole axis is shown again.
    pub fn clear(&self) {
        self.change(TimelineModel::clear);
        self.reset_view();
    }

    /// Shows the whole axis, and goes on doing so while runs grow, until the user zooms or pans.
    pub fn reset_view(&self) {
        self.with(|shared| {
            shared.control.borrow_mut().fit();
            shared.request_redraw();
        });
    }

    /// Draws no more often than this; 0 for every frame. Set it high while something is being measured.
    pub fn set_min_frame_ms(&self, ms: f64) {
        self.with(|shared| shared.min_frame_ms.set(ms));
    }

    /// Whether all that was told is on the canvas. The root element says the same as `data-settled`.
    #[cfg(test)]
    fn is_settled(&self) -> bool {
        self.with(|shared| shared.settled.get()).unwrap_or(true)
    }

    /// How many spans a lane shows.
    #[cfg(test)]
    fn spans(&self, lane: usize) -> usize {
        let of = |shared: &Shared| shared.control.borrow().model().lanes().get(lane).map(|lane| lane.run().spans());
        self.with(of).flatten().unwrap_or(0)
    }

    pub(super) fn shared(&self) -> Option<Rc<Shared>> {
        self.0.try_with_value(Rc::clone)
    }

    fn with<T>(&self, f: impl FnOnce(&Shared) -> T) -> Option<T> {
        // Taken out of the store first: whatever runs inside may use the store itself.
        self.shared().map(|shared| f(&shared))
    }

    fn change<T>(&self, f: impl FnOnce(&mut TimelineModel) -> T) -> Option<T> {
        self.with(|shared| {
            let said = f(shared.control.borrow_mut().model_mut());
            shared.request_redraw();
            said
        })
    }
}

/// What stands in the header of a lane whose run is over: the time that the results have, or how the run ended.
fn status(report: &RunReport, result: &LaneResult) -> String {
    match (&report.ending, result.wall) {
        (Ending::Complete, Some(wall)) if result.wall_ns.len() > 1 => deviating(wall.median, wall.mad),
        (Ending::Complete, Some(wall)) => duration(wall.median),
        (Ending::Complete, None) => String::new(),
        (Ending::Cancelled, _) => "cancelled".to_owned(),
        (Ending::Broken(_), _) if report.tasks.done > 0 => "broke off".to_owned(),
        (Ending::Broken(_), _) => "could not run".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::{
        super::model::tests::{frame, spans_of},
        *,
    };

    #[test]
    fn it_can_be_told_before_it_is_shown() {
        let owner = Owner::new();
        let timeline = owner.with(TimelineHandle::new);
        timeline.set_lanes(vec![LaneHead::new("browser/async".parse().unwrap())]);
        timeline.begin_run(0, 1, Round::Warmup);
        assert!(timeline.push_frame(0, &frame(1, spans_of("0.0 cc.ww"))));
        assert!(!timeline.push_frame(0, &frame(2, spans_of("0.0 cc.ww"))));
        assert_eq!((timeline.spans(0), timeline.is_settled()), (2, false));
        owner.cleanup();
        drop(owner);
        timeline.begin_run(0, 2, Round::Warmup);
        assert_eq!(timeline.spans(0), 0, "gone with its owner, and nobody is hurt");
    }
}
