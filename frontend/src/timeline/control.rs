//! The timeline without the web: what it shows, how it is looked at, what is selected, and what keys do.

use super::{
    layout::{Hit, Layout, Row},
    model::TimelineModel,
    ruler::roomy,
    viewport::{MIN_SPAN_NS, Viewport},
};

/// The axis of a timeline in which nothing has happened yet, in nanoseconds: a second, which says something to people.
const EMPTY_AXIS_NS: f64 = 1e9;

/// One press of + or −.
const KEY_ZOOM: f64 = 1.5;
/// One press of ← or →, as a share of the plot.
const KEY_PAN: f64 = 0.1;

/// Everything the timeline knows.
#[derive(Debug)]
pub struct Control {
    model: TimelineModel,
    layout: Layout,
    view: Viewport,
    /// How far the axis goes.
    axis_ns: f64,
    /// Whether the whole axis is shown as it grows, until the user looks closer.
    following: bool,
    selected: Option<Hit>,
}

/// What a key did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyDid {
    /// Nothing: the key is someone else's.
    Nothing,
    /// Another stretch of time is shown.
    Moved,
    /// Something else is selected, which wants to be said aloud.
    Selected,
    /// A lane was expanded or collapsed.
    Expanded(usize),
}

impl Default for Control {
    fn default() -> Self {
        let (model, layout, view) = (TimelineModel::default(), Layout::default(), Viewport::fit(0.0, 1.0));
        Self { model, layout, view, axis_ns: EMPTY_AXIS_NS, following: true, selected: None }
    }
}

impl Control {
    /// What is shown.
    #[must_use]
    pub fn model(&self) -> &TimelineModel {
        &self.model
    }

    /// To change what is shown; [`Control::refresh`] before looking at it again.
    pub fn model_mut(&mut self) -> &mut TimelineModel {
        &mut self.model
    }

    /// Where things stand.
    #[must_use]
    pub fn layout(&self) -> &Layout {
        &self.layout
    }

    /// Which stretch of time is on screen.
    #[must_use]
    pub fn view(&self) -> &Viewport {
        &self.view
    }

    /// What is selected.
    #[must_use]
    pub fn selected(&self) -> Option<&Hit> {
        self.selected.as_ref()
    }

    /// Brings layout, axis and selection up to date with the model, for a picture so many CSS pixels wide.
    pub fn refresh(&mut self, width: f64) {
        self.layout = Layout::new(&self.model, width);
        let extent_ns = self.model.extent_ns() as f64;
        if !self.model.is_live() {
            self.axis_ns = if extent_ns > 0.0 { (extent_ns * 1.02).max(MIN_SPAN_NS) } else { EMPTY_AXIS_NS };
        } else if extent_ns >= self.axis_ns || self.axis_ns == EMPTY_AXIS_NS {
            self.axis_ns = roomy(extent_ns);
        }
        self.view.width_px = self.layout.plot_width;
        self.view = match self.following {
            true => Viewport::fit(self.axis_ns, self.layout.plot_width),
            false => self.view.clamped(self.axis_ns),
        };
        self.selected = self.selected.take().and_then(|hit| self.still_there(hit));
    }

    /// Shows all of the axis, and goes on doing so as it grows.
    pub fn fit(&mut self) {
        self.following = true;
        self.view = Viewport::fit(self.axis_ns, self.layout.plot_width);
    }

    /// Zooms around a place of the picture; says whether that changed anything.
    pub fn zoom_at(&mut self, x: f64, factor: f64) -> bool {
        let x = (x - self.layout.plot_x).clamp(0.0, self.view.width_px);
        self.look(self.view.zoom_at(x, factor))
    }

    /// Moves to later times by so many pixels; says whether that changed anything.
    pub fn pan_px(&mut self, dx: f64) -> bool {
        self.look(self.view.pan_px(dx))
    }

    /// What is at a place of the picture.
    #[must_use]
    pub fn hit(&self, x: f64, y: f64) -> Option<Hit> {
        self.layout.hit(&self.model, &self.view, x, y)
    }

    /// Selects the span at a place, or nothing; on the header of a lane, expands or collapses it instead. Whether the
    /// picture is another one now.
    pub fn click_at(&mut self, x: f64, y: f64) -> bool {
        let header = self.layout.header_at(y).filter(|lane| self.layout.lanes[*lane].is_expandable);
        match header {
            Some(lane) => self.model.toggle_expanded(lane),
            None => self.selected = self.hit(x, y).filter(|hit| hit.span.is_some()),
        }
        header.is_some()
    }

    /// What a key does, given whether Shift is held.
    pub fn key(&mut self, key: &str, shift: bool) -> KeyDid {
        let page = self.view.width_px * if shift { 0.5 } else { KEY_PAN };
        match key {
            "+" | "=" => self.zoom_on_selection(KEY_ZOOM),
            "-" | "_" | "−" => self.zoom_on_selection(1.0 / KEY_ZOOM),
            "ArrowLeft" => self.moved(|control| control.pan_px(-page)),
            "ArrowRight" => self.moved(|control| control.pan_px(page)),
            "0" | "Home" => self.moved(|control| {
                control.fit();
                true
            }),
            "ArrowDown" if shift => self.step_lane(true),
            "ArrowUp" if shift => self.step_lane(false),
            "ArrowDown" => self.step_row(true),
            "ArrowUp" => self.step_row(false),
            "." | "]" | ">" => self.step_span(true),
            "," | "[" | "<" => self.step_span(false),
            "Enter" if self.selected.is_some_and(|hit| self.is_expandable(hit.row.lane)) => {
                let lane = self.selected.map_or(0, |hit| hit.row.lane);
                self.model.toggle_expanded(lane);
                KeyDid::Expanded(lane)
            }
            "Escape" if self.selected.is_some() => {
                self.selected = None;
                KeyDid::Selected
            }
            _ => KeyDid::Nothing,
        }
    }

    fn is_expandable(&self, lane: usize) -> bool {
        self.layout.lanes.get(lane).is_some_and(|of| of.is_expandable)
    }

    fn look(&mut self, view: Viewport) -> bool {
        let view = view.clamped(self.axis_ns);
        let changed = view != self.view;
        self.view = view;
        self.following &= !changed;
        changed
    }

    fn moved(&mut self, how: impl FnOnce(&mut Self) -> bool) -> KeyDid {
        how(self);
        KeyDid::Moved
    }

    fn zoom_on_selection(&mut self, factor: f64) -> KeyDid {
        let span = self.selected.and_then(|hit| hit.span);
        let middle_ns = span.map(|span| (span.start_ns as f64 + span.end_ns as f64) / 2.0);
        let x = middle_ns.map_or(self.view.width_px / 2.0, |time_ns| self.view.x_from_time(time_ns));
        self.moved(|control| control.zoom_at(control.layout.plot_x + x, factor))
    }

    fn select(&mut self, row: Option<Row>) -> KeyDid {
        if let Some(row) = row {
            self.selected = Some(Hit { row, span: None });
        }
        KeyDid::Selected
    }

    fn step_row(&mut self, down: bool) -> KeyDid {
        let at = self.selected.map(|hit| hit.row);
        let row = match (at, down) {
            (None, true) => self.layout.rows().next(),
            (None, false) => self.layout.rows().next_back(),
            (Some(at), true) => self.layout.rows().skip_while(|row| *row != at).nth(1),
            (Some(at), false) => self.layout.rows().rev().skip_while(|row| *row != at).nth(1),
        };
        self.select(row)
    }

    fn step_lane(&mut self, down: bool) -> KeyDid {
        let at = self.selected.map(|hit| hit.row.lane);
        let row = match (at, down) {
            (None, true) => self.layout.rows().next(),
            (None, false) => self.layout.rows().next_back().map(|row| row.lane).and_then(|lane| self.first_row(lane)),
            (Some(at), true) => self.layout.rows().find(|row| row.lane > at),
            (Some(at), false) => (0..at).rev().find_map(|lane| self.first_row(lane)),
        };
        self.select(row)
    }

    fn first_row(&self, lane: usize) -> Option<Row> {
        self.layout.rows().find(|row| row.lane == lane)
    }

    /// To the next span of the row, or to the previous; without a span, to the first on screen. Without a row, to
    /// the first row.
    fn step_span(&mut self, forward: bool) -> KeyDid {
        let Some(Hit { row, span }) = self.selected else { return self.step_row(true) };
        let Some(track) = self.model.lanes().get(row.lane).and_then(|lane| lane.run().track(row.worker, row.slot))
        else {
            return KeyDid::Selected;
        };
        let bars = track.bars();
        let index = match span {
            Some(span) => {
                let first = bars.partition_point(|bar| bar.start_ns < span.start_ns);
                let offset = bars[first..].iter().position(|bar| bar.span(row.worker, row.slot) == span).unwrap_or(0);
                let at = first + offset;
                if forward { Some(at + 1) } else { at.checked_sub(1) }
            }
            None => Some(bars.partition_point(|bar| (bar.end_ns as f64) < self.view.start_ns)),
        };
        let Some(bar) = index.and_then(|index| bars.get(index)).copied() else { return KeyDid::Selected };
        self.selected = Some(Hit { row, span: Some(bar.span(row.worker, row.slot)) });
        let view = self.view.revealing(bar.start_ns as f64, bar.end_ns as f64);
        self.look(view);
        KeyDid::Selected
    }

    /// The selection, as far as it outlives a change of the model.
    fn still_there(&self, hit: Hit) -> Option<Hit> {
        let Hit { row, span } = hit;
        let track = self.model.lanes().get(row.lane)?.run().track(row.worker, row.slot)?;
        let is_there = |span: &lanes_core::trace::Span| {
            let first = track.bars().partition_point(|bar| bar.start_ns < span.start_ns);
            let mut same_start = track.bars()[first..].iter().take_while(|bar| bar.start_ns == span.start_ns);
            same_start.any(|bar| bar.span(row.worker, row.slot) == *span)
        };
        Some(Hit { row, span: span.filter(is_there) })
    }
}

#[cfg(test)]
mod tests {
    use super::{
        super::{
            failures::FailedTasks,
            model::{
                LaneHead, Round,
                tests::{frame, pictured, spans_of},
            },
        },
        *,
    };

    fn control(picture: &str) -> Control {
        let mut control = Control { model: pictured(picture), ..Control::default() };
        control.model.finish_run(0, None, FailedTasks::default());
        control.refresh(840.0);
        control
    }

    fn task(control: &Control) -> Option<u32> {
        control.selected().and_then(|hit| hit.span).map(|span| span.task)
    }

    fn row(control: &Control) -> Option<(u16, u16)> {
        control.selected().map(|hit| (hit.row.worker, hit.row.slot))
    }

    const PICTURE: &str = "0.0 ccc.wwww
                           0.1 ....cccc
                           1.0 .s......";

    #[test]
    fn rows_and_spans_are_reached_by_keys() {
        let mut control = control(PICTURE);
        let mut press = |keys: &str| {
            for key in keys.split(' ') {
                assert_eq!(control.key(key, false), KeyDid::Selected, "{key}");
            }
            (row(&control), task(&control))
        };
        assert_eq!(press("ArrowDown"), (Some((0, 0)), None));
        assert_eq!(press(". ."), (Some((0, 0)), Some(1)));
        assert_eq!(press("."), (Some((0, 0)), Some(1)), "the last stays");
        assert_eq!(press(","), (Some((0, 0)), Some(0)));
        assert_eq!(press("ArrowDown ArrowDown"), (Some((1, 0)), None));
        assert_eq!(press("ArrowDown ."), (Some((1, 0)), Some(3)), "the last row stays");
        assert_eq!(press("ArrowUp"), (Some((0, 1)), None));
        assert_eq!(press("Escape"), (None, None));
        assert_eq!(press("ArrowUp"), (Some((1, 0)), None));
    }

    #[test]
    fn keys_of_others_are_left_to_them() {
        let mut control = control(PICTURE);
        for key in ["r", "Tab", "Escape", "Enter", "PageDown"] {
            assert_eq!(control.key(key, false), KeyDid::Nothing, "{key}");
        }
    }

    #[test]
    fn stepping_to_a_span_brings_it_on_screen() {
        let mut control = control("0.0 c...................c");
        control.zoom_at(control.layout().plot_x, 10.0);
        control.key("ArrowDown", false);
        control.key(".", false);
        control.key(".", false);
        assert_eq!(task(&control), Some(1));
        let view = control.view();
        assert!(view.start_ns <= 20_000.0 && view.end_ns >= 21_000.0, "{view:?}");
    }

    #[test]
    fn a_live_axis_grows_until_the_user_looks_closer() {
        let mut control = Control { model: pictured("0.0 cccc"), ..Control::default() };
        control.refresh(840.0);
        assert_eq!(control.view().end_ns, 1e6, "room for a first frame");
        let late = lanes_core::wire::Frame { now_ns: 1_200_000, ..frame(1, spans_of("0.0 ....cc")) };
        control.model.push_frame(0, &late);
        control.refresh(840.0);
        assert_eq!(control.view().end_ns, 1.5e6);
        assert!(control.zoom_at(100.0, 2.0));
        let looking_at = *control.view();
        control.model.push_frame(0, &lanes_core::wire::Frame { run: 1, now_ns: 9_000_000, ..Default::default() });
        control.refresh(840.0);
        assert_eq!(*control.view(), looking_at);
        control.model.finish_run(0, Some(9_000_000), FailedTasks::default());
        control.refresh(840.0);
        assert_eq!(*control.view(), looking_at);
        control.fit();
        assert_eq!(control.view().end_ns, 9_180_000.0);
    }

    #[test]
    fn what_is_gone_is_no_longer_selected() {
        let mut control = control(PICTURE);
        control.key("ArrowDown", false);
        control.key(".", false);
        control.refresh(600.0);
        assert_eq!(task(&control), Some(0));
        control.model.begin_run(0, 2, Round::Warmup);
        control.refresh(600.0);
        assert_eq!(row(&control), None);
    }

    #[test]
    fn zooming_out_of_everything_changes_nothing() {
        let mut control = control(PICTURE);
        assert!(!control.zoom_at(400.0, 0.5));
        assert!(!control.pan_px(50.0));
        assert!(control.following);
    }

    #[test]
    fn a_large_lane_is_expanded_by_its_header_and_by_a_key() {
        let mut control = Control::default();
        let lane = LaneHead::new("native/threads".parse().unwrap()).with_rows(vec![1; 64]);
        control.model.set_lanes(vec![lane, LaneHead::new("native/async".parse().unwrap()).with_rows(vec![4])]);
        control.refresh(840.0);
        let collapsed = control.layout().height;
        assert!(control.click_at(100.0, 5.0));
        control.refresh(840.0);
        assert!(control.layout().height > collapsed + 500.0);
        let second = control.layout().lanes[1].y + 5.0;
        assert!(!control.click_at(100.0, second), "four rows need no more room");
        control.key("ArrowDown", false);
        assert_eq!(control.key("Enter", false), KeyDid::Expanded(0));
        control.refresh(840.0);
        assert_eq!(control.layout().height, collapsed);
        assert_eq!(row(&control), Some((0, 0)), "what is selected stays selected");
    }
}
