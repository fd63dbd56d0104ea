//! The picture as data: what to paint where, in device pixels.
//!
//! Back to front: `backs` (grid lines, the rows of a run as far as it goes), `strips` (spans, see `coverage`),
//! `marks` (where a run is or ended), `labels`. It does not know colours, only inks.

use lanes_core::{
    scenario::Label as Badge,
    trace::{NO_TASK, State},
};

use super::{
    coverage::{Cell, Coverage},
    layout::{Band, HEADER_PX, LaneBox, Layout, RULER_PX},
    model::{LaneTrack, Phase, TimelineModel, Track},
    ruler::{duration_text, ticks},
    viewport::Viewport,
};

/// Least distance of two ticks, in CSS pixels.
const TICK_PX: f64 = 84.0;
/// Least height of a row that names its tasks.
const NAMED_ROW_PX: f64 = 11.0;
/// Least height of a band that shows its number.
const NUMBERED_BAND_PX: f64 = 9.0;

/// What something is painted with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ink {
    /// Names.
    Text,
    /// Everything written that matters less.
    TextMuted,
    /// Text on a span.
    OnState,
    /// Grid lines.
    Line,
    /// Where a live run is.
    Accent,
    /// The rows of a run, where nothing happens.
    Idle,
}

/// How something is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Face {
    /// The name of a lane.
    Strong,
    /// What is said of a lane.
    Plain,
    /// Numbers of workers and tasks, times on the ruler.
    Small,
}

impl Face {
    /// Weight and size in CSS pixels.
    #[must_use]
    pub fn weight_and_size(self) -> (u16, f64) {
        match self {
            Self::Strong => (600, 13.0),
            Self::Plain => (400, 12.0),
            Self::Small => (400, 10.5),
        }
    }
}

/// Which end of a text its place is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Align {
    /// The left end.
    Start,
    /// The middle.
    Center,
    /// The right end.
    End,
}

/// A rectangle of one ink.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fill {
    /// Left edge.
    pub x: i32,
    /// Upper edge.
    pub y: i32,
    /// Width.
    pub width: i32,
    /// Height.
    pub height: i32,
    /// Its ink.
    pub ink: Ink,
}

/// A row of cells, one a pixel wide, as tall as the strip.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Strip {
    /// Upper edge.
    pub y: i32,
    /// Height.
    pub height: i32,
    /// Where its cells begin in [`Scene::cells`]; there are [`Scene::strip_width`] of them.
    pub cells: usize,
}

/// A text. Its capitals and digits are centred on its `y`.
#[derive(Clone, Debug, PartialEq)]
pub struct Label {
    /// The end it is aligned to.
    pub x: f64,
    /// Its middle.
    pub y: f64,
    /// What it says.
    pub text: String,
    /// Its ink.
    pub ink: Ink,
    /// How it is written.
    pub face: Face,
    /// Which end `x` is.
    pub align: Align,
}

/// A picture.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Scene {
    /// Width in device pixels.
    pub width: u32,
    /// Height in device pixels.
    pub height: u32,
    /// Device pixels of a CSS pixel.
    pub scale: f64,
    /// Behind the spans.
    pub backs: Vec<Fill>,
    /// Left edge of all strips.
    pub strip_x: i32,
    /// Width of all strips.
    pub strip_width: usize,
    /// The spans.
    pub strips: Vec<Strip>,
    /// The cells of all strips.
    pub cells: Vec<Cell>,
    /// Before the spans.
    pub marks: Vec<Fill>,
    /// Before everything.
    pub labels: Vec<Label>,
}

/// Measures a text, in CSS pixels.
pub type Measure<'a> = &'a dyn Fn(&str, Face) -> f64;

/// The lanes, without the ruler.
#[must_use]
pub fn lanes(model: &TimelineModel, layout: &Layout, view: &Viewport, scale: f64, measure: Measure<'_>) -> Scene {
    let mut draw = Draw::new(layout, view, scale, layout.height, measure);
    let mut coverage = Coverage::new(draw.scene.strip_width);
    for (lane, of) in model.lanes().iter().zip(&layout.lanes) {
        draw.header(lane, of);
        draw.grid_lines(of.y + HEADER_PX, of.y + of.height);
        for (band, tracks) in of.bands.iter().zip(lane.workers()) {
            draw.band(lane, band, tracks, &mut coverage);
        }
        draw.edge(lane, of);
    }
    draw.scene
}

/// The ruler.
#[must_use]
pub fn ruler(layout: &Layout, view: &Viewport, scale: f64, measure: Measure<'_>) -> Scene {
    let mut draw = Draw::new(layout, view, scale, RULER_PX, measure);
    draw.grid_lines(RULER_PX - 6.0, RULER_PX);
    for tick in ticks(view, TICK_PX) {
        let half = measure(&tick.label, Face::Small) / 2.0;
        let x = (layout.plot_x + tick.x_px).clamp(half, (layout.width - half).max(half));
        draw.label(x, RULER_PX / 2.0 - 2.0, tick.label, Ink::TextMuted, Face::Small, Align::Center);
    }
    draw.scene
}

struct Draw<'a> {
    layout: &'a Layout,
    view: &'a Viewport,
    measure: Measure<'a>,
    scene: Scene,
}

impl<'a> Draw<'a> {
    fn new(layout: &'a Layout, view: &'a Viewport, scale: f64, height: f64, measure: Measure<'a>) -> Self {
        let pixels = |css: f64| (css * scale).round().max(0.0);
        let scene = Scene {
            width: pixels(layout.width) as u32,
            height: pixels(height) as u32,
            scale,
            strip_x: pixels(layout.plot_x) as i32,
            strip_width: pixels(layout.plot_width) as usize,
            ..Scene::default()
        };
        Self { layout, view, measure, scene }
    }

    fn px(&self, css: f64) -> i32 {
        (css * self.scene.scale).round() as i32
    }

    /// Place of a time from the left edge of the picture, in CSS pixels, where it is on the plot.
    fn x(&self, time_ns: f64) -> Option<f64> {
        let x = self.view.x_from_time(time_ns);
        (x >= -0.5 && x <= self.view.width_px + 0.5).then_some(self.layout.plot_x + x)
    }

    fn label(&mut self, x: f64, y: f64, text: String, ink: Ink, face: Face, align: Align) {
        let scale = self.scene.scale;
        self.scene.labels.push(Label { x: x * scale, y: y * scale, text, ink, face, align });
    }

    fn fill(&self, x: f64, y: f64, right: f64, bottom: f64, ink: Ink) -> Fill {
        let (x, y) = (self.px(x), self.px(y));
        Fill { x, y, width: self.px(right) - x, height: self.px(bottom) - y, ink }
    }

    fn vertical(&self, x: f64, y: f64, bottom: f64, width: f64, ink: Ink) -> Fill {
        let width = self.px(width).max(1);
        Fill { x: self.px(x) - width / 2, width, ..self.fill(x, y, x, bottom, ink) }
    }

    fn grid_lines(&mut self, top: f64, bottom: f64) {
        for tick in ticks(self.view, TICK_PX) {
            let line = self.vertical(self.layout.plot_x + tick.x_px, top, bottom, 1.0, Ink::Line);
            self.scene.backs.push(line);
        }
    }

    /// `browser/async (real)                   200 done · 1.2 s`
    fn header(&mut self, lane: &LaneTrack, of: &LaneBox) {
        const PAD_PX: f64 = 4.0;
        let middle = of.y + HEADER_PX / 2.0;
        let name = lane.head.lane.to_string();
        let badge = match lane.head.label {
            Badge::Real => "real",
            Badge::Modelled => "modelled",
        };
        let badge_x = PAD_PX + (self.measure)(&name, Face::Strong) + 10.0;
        let badge_end = badge_x + (self.measure)(badge, Face::Small);
        let back = self.fill(badge_x - PAD_PX, middle - 7.0, badge_end + PAD_PX, middle + 7.0, Ink::Line);
        self.scene.backs.push(back);
        self.label(PAD_PX, middle, name, Ink::Text, Face::Strong, Align::Start);
        self.label(badge_x, middle, badge.to_owned(), Ink::TextMuted, Face::Small, Align::Start);
        let right = self.layout.width - PAD_PX;
        let status =
            shortened(status(lane), right - badge_end - 3.0 * PAD_PX, &|text| (self.measure)(text, Face::Plain));
        if !status.is_empty() {
            self.label(right, middle, status, Ink::TextMuted, Face::Plain, Align::End);
        }
    }

    fn band(&mut self, lane: &LaneTrack, band: &Band, tracks: &[Track], coverage: &mut Coverage) {
        if tracks.is_empty() {
            return;
        }
        if band.height >= NUMBERED_BAND_PX {
            let (x, y) = (self.layout.plot_x - 6.0, band.y + band.height / 2.0);
            self.label(x, y, lane.head.worker_name(band.worker), Ink::TextMuted, Face::Small, Align::End);
        }
        let top = self.px(band.y);
        let height = (self.px(band.y + band.height) - top).max(1);
        let ends = self.view.x_from_time(lane.extent_ns() as f64).min(self.view.width_px);
        let starts = self.view.x_from_time(0.0).max(0.0);
        if ends > starts {
            let (left, right) = (self.px(self.layout.plot_x + starts), self.px(self.layout.plot_x + ends));
            self.scene.backs.push(Fill { x: left, y: top, width: right - left, height, ink: Ink::Idle });
        }
        let rows = tracks.len();
        let strips = rows.min(height as usize);
        for strip in 0..strips {
            let y = |strip: usize| top + (strip * height as usize / strips) as i32;
            let (from, to) = (y(strip), y(strip + 1));
            let shared = &tracks[strip * rows / strips..(strip + 1) * rows / strips];
            // A line between two rows, where they are tall enough to afford it.
            let line = i32::from(strip + 1 < strips && to - from >= 4);
            self.strip(from, to - from - line, shared, coverage);
            if let [track] = shared {
                self.names(
                    band.y + (from - top) as f64 / self.scene.scale,
                    f64::from(to - from) / self.scene.scale,
                    track,
                );
            }
        }
    }

    fn strip(&mut self, y: i32, height: i32, tracks: &[Track], coverage: &mut Coverage) {
        let grid = Viewport { width_px: self.scene.strip_width as f64, ..*self.view };
        for track in tracks {
            coverage.add(track.between(grid.start_ns, grid.end_ns), &grid, tracks.len() == 1 && height >= 3);
        }
        let cells = self.scene.cells.len();
        if coverage.flush(tracks.len(), &mut self.scene.cells) {
            self.scene.strips.push(Strip { y, height, cells });
        } else {
            self.scene.cells.truncate(cells);
        }
    }

    /// The numbers of tasks, in spans wide enough for them.
    fn names(&mut self, y: f64, height: f64, track: &Track) {
        if height < NAMED_ROW_PX {
            return;
        }
        const PAD_PX: f64 = 4.0;
        let digit_px = (self.measure)("0", Face::Small);
        let narrowest_ns = (digit_px + 2.0 * PAD_PX) * self.view.ns_per_px();
        for bar in track.between(self.view.start_ns, self.view.end_ns) {
            if ((bar.end_ns - bar.start_ns) as f64) < narrowest_ns || bar.state == State::Idle {
                continue;
            }
            let text = if bar.task == NO_TASK { bar.state.id().to_owned() } else { bar.task.to_string() };
            let left = self.view.x_from_time(bar.start_ns as f64).max(0.0);
            let right = self.view.x_from_time(bar.end_ns as f64).min(self.view.width_px);
            if text.len() as f64 * digit_px + 2.0 * PAD_PX <= right - left {
                let x = self.layout.plot_x + left + PAD_PX;
                self.label(x, y + height / 2.0, text, Ink::OnState, Face::Small, Align::Start);
            }
        }
    }

    /// Where the run is, or where it ended.
    fn edge(&mut self, lane: &LaneTrack, of: &LaneBox) {
        let (time_ns, width, ink) = match lane.phase {
            Phase::Empty => return,
            Phase::Live { now_ns } => (now_ns, 2.0, Ink::Accent),
            Phase::Over { wall_ns } => (wall_ns, 1.0, Ink::TextMuted),
        };
        let bottom = of.bands.last().map_or(of.y, |band| band.y + band.height);
        if let Some(x) = self.x(time_ns as f64) {
            let edge = self.vertical(x, of.y + HEADER_PX - 2.0, bottom + 2.0, width, ink);
            self.scene.marks.push(edge);
        }
    }
}

/// What a header says at its right end: the app's words, or how far the run is; and what is missing.
fn status(lane: &LaneTrack) -> String {
    let mut text = match (lane.status.as_str(), lane.phase) {
        ("", Phase::Empty) => String::new(),
        ("", Phase::Live { now_ns }) => format!("{} done · {}", lane.ended, duration_text(now_ns as f64)),
        ("", Phase::Over { wall_ns }) => duration_text(wall_ns as f64),
        (said, _) => said.to_owned(),
    };
    if lane.dropped > 0 {
        text.push_str(&format!(" · {} spans not drawn", lane.dropped));
    }
    text
}

/// The text, cut and marked with … to fit a width.
fn shortened(text: String, width: f64, measure: &dyn Fn(&str) -> f64) -> String {
    if measure(&text) <= width {
        return text;
    }
    let mut cut: String = text;
    while cut.pop().is_some() {
        let short = format!("{}…", cut.trim_end());
        if measure(&short) <= width {
            return short;
        }
    }
    cut
}

#[cfg(test)]
#[path = "shapes_tests.rs"]
mod tests;
