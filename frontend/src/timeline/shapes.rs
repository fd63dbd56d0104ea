//! The picture as data: what to paint where, in device pixels.
//!
//! Back to front: `backs` (grid lines, the rows of a run as far as it goes), `strips` (spans, see `coverage`), `hatches`
//! (over failed tasks), `marks` (where a run is or ended, the ground of a number on a hatch), `labels`. Only what is in
//! the window is in the picture. It does not know colours, only inks.

use std::ops::Range;

use lanes_core::{
    scenario::Label as Badge,
    trace::{NO_TASK, State},
};

use super::{
    coverage::{Adding, Cell, Coverage},
    describe,
    layout::{Band, HEADER_PX, LaneBox, Layout, RULER_PX},
    model::{LaneTrack, Phase, Run, TimelineModel},
    ruler::ticks,
    track::{CHUNK, Sum, Track},
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
    OnState(State),
    /// The ground of such a text, where the span is hatched.
    State(State),
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

/// A rectangle to be hatched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hatch {
    /// Left edge.
    pub x: i32,
    /// Upper edge.
    pub y: i32,
    /// Width.
    pub width: i32,
    /// Height.
    pub height: i32,
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
    /// What is hatched: where tasks failed.
    pub hatches: Vec<Hatch>,
    /// Before the spans.
    pub marks: Vec<Fill>,
    /// Before everything.
    pub labels: Vec<Label>,
}

/// Measures a text, in CSS pixels.
pub type Measure<'a> = &'a dyn Fn(&str, Face) -> f64;

/// The lanes, without the ruler, as far as they are in a window: from one height to another, in CSS pixels.
#[must_use]
pub fn lanes(
    model: &TimelineModel,
    layout: &Layout,
    view: &Viewport,
    scale: f64,
    window: Range<f64>,
    measure: Measure<'_>,
) -> Scene {
    let mut draw = Draw::new(layout, view, scale, window.clone(), measure);
    let mut coverage = Coverage::new(draw.scene.strip_width);
    let is_seen = |y: f64, height: f64| y < window.end && y + height > window.start;
    for (lane, of) in model.lanes().iter().zip(&layout.lanes) {
        if !is_seen(of.y, of.height) {
            continue;
        }
        draw.header(lane, of);
        draw.grid_lines(of.y + HEADER_PX, of.y + of.height);
        for band in of.bands.iter().filter(|band| is_seen(band.y, band.height)) {
            draw.band(lane, band, &mut coverage);
        }
        draw.edge(lane.run(), of);
    }
    draw.scene
}

/// The ruler.
#[must_use]
pub fn ruler(layout: &Layout, view: &Viewport, scale: f64, measure: Measure<'_>) -> Scene {
    let mut draw = Draw::new(layout, view, scale, 0.0..RULER_PX, measure);
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
    /// Width of a digit of the numbers on spans: asking costs more than drawing a row.
    digit_px: f64,
    /// The height that the picture begins at.
    top: f64,
    failed: Vec<Range<usize>>,
    scene: Scene,
}

impl<'a> Draw<'a> {
    fn new(layout: &'a Layout, view: &'a Viewport, scale: f64, window: Range<f64>, measure: Measure<'a>) -> Self {
        let pixels = |css: f64| (css * scale).round().max(0.0);
        let scene = Scene {
            width: pixels(layout.width) as u32,
            height: pixels(window.end - window.start) as u32,
            scale,
            strip_x: pixels(layout.plot_x) as i32,
            strip_width: pixels(layout.plot_width) as usize,
            ..Scene::default()
        };
        let digit_px = measure("0", Face::Small);
        Self { layout, view, measure, digit_px, top: window.start, failed: Vec::new(), scene }
    }

    fn px(&self, css: f64) -> i32 {
        (css * self.scene.scale).round() as i32
    }

    /// The same of a height, which the window may have cut.
    fn px_y(&self, css: f64) -> i32 {
        self.px(css - self.top)
    }

    /// Place of a time from the left edge of the picture, in CSS pixels, where it is on the plot.
    fn x(&self, time_ns: f64) -> Option<f64> {
        let x = self.view.x_from_time(time_ns);
        (x >= -0.5 && x <= self.view.width_px + 0.5).then_some(self.layout.plot_x + x)
    }

    fn label(&mut self, x: f64, y: f64, text: String, ink: Ink, face: Face, align: Align) {
        let (scale, y) = (self.scene.scale, y - self.top);
        self.scene.labels.push(Label { x: x * scale, y: y * scale, text, ink, face, align });
    }

    fn fill(&self, x: f64, y: f64, right: f64, bottom: f64, ink: Ink) -> Fill {
        let (x, y) = (self.px(x), self.px_y(y));
        Fill { x, y, width: self.px(right) - x, height: self.px_y(bottom) - y, ink }
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

    /// `▸ browser/async (real)                 200 done · 1.2 s`
    fn header(&mut self, lane: &LaneTrack, of: &LaneBox) {
        const PAD_PX: f64 = 4.0;
        const MARK_PX: f64 = 13.0;
        let middle = of.y + HEADER_PX / 2.0;
        let name = lane.head.lane.to_string();
        let mut name_x = PAD_PX;
        if of.is_expandable {
            let mark = if lane.is_expanded { "▾" } else { "▸" };
            self.label(PAD_PX, middle, mark.to_owned(), Ink::TextMuted, Face::Plain, Align::Start);
            name_x += MARK_PX;
        }
        let badge = match lane.head.label {
            Badge::Real => "real",
            Badge::Modelled => "modelled",
        };
        let badge_x = name_x + (self.measure)(&name, Face::Strong) + 10.0;
        let badge_end = badge_x + (self.measure)(badge, Face::Small);
        let back = self.fill(badge_x - PAD_PX, middle - 7.0, badge_end + PAD_PX, middle + 7.0, Ink::Line);
        self.scene.backs.push(back);
        self.label(name_x, middle, name, Ink::Text, Face::Strong, Align::Start);
        self.label(badge_x, middle, badge.to_owned(), Ink::TextMuted, Face::Small, Align::Start);
        let right = self.layout.width - PAD_PX;
        let status = shortened(describe::status(lane), right - badge_end - 3.0 * PAD_PX, &|text| {
            (self.measure)(text, Face::Plain)
        });
        if !status.is_empty() {
            self.label(right, middle, status, Ink::TextMuted, Face::Plain, Align::End);
        }
    }

    fn band(&mut self, lane: &LaneTrack, band: &Band, coverage: &mut Coverage) {
        if band.rows() == 0 {
            return;
        }
        if band.height >= NUMBERED_BAND_PX {
            let (x, y) = (self.layout.plot_x - 6.0, band.y + band.height / 2.0);
            self.label(x, y, band.name(lane), Ink::TextMuted, Face::Small, Align::End);
        }
        let run = lane.run();
        let top = self.px_y(band.y);
        let height = (self.px_y(band.y + band.height) - top).max(1);
        let ends = self.view.x_from_time(run.extent_ns() as f64).min(self.view.width_px);
        let starts = self.view.x_from_time(0.0).max(0.0);
        if ends > starts {
            let (left, right) = (self.px(self.layout.plot_x + starts), self.px(self.layout.plot_x + ends));
            self.scene.backs.push(Fill { x: left, y: top, width: right - left, height, ink: Ink::Idle });
        }
        for strip in 0..band.strips {
            let y = |strip: u16| top + i32::from(strip) * height / i32::from(band.strips);
            let (from, to) = (y(strip), y(strip + 1));
            // A line between two rows, where they are tall enough to afford it.
            let line = i32::from(strip + 1 < band.strips && to - from >= 4);
            let rows = band.strip(strip);
            let track = |index| {
                let (worker, slot) = band.row(index);
                run.track(worker, slot)
            };
            self.strip(from, to - from - line, rows.len(), rows.clone().filter_map(track), run, coverage);
            if let Some(track) = track(rows.start).filter(|_| rows.len() == 1) {
                let scale = self.scene.scale;
                self.names(self.top + f64::from(from) / scale, f64::from(to - from - line) / scale, track, run);
            }
        }
    }

    fn strip<'t>(
        &mut self,
        y: i32,
        height: i32,
        rows: usize,
        tracks: impl Iterator<Item = &'t Track>,
        run: &Run,
        coverage: &mut Coverage,
    ) {
        let grid = Viewport { width_px: self.scene.strip_width as f64, ..*self.view };
        for track in tracks {
            coverage.add(track, Adding { view: &grid, is_parted: rows == 1 && height >= 3, failed: &run.failed });
        }
        let cells = self.scene.cells.len();
        if coverage.flush(rows, &mut self.scene.cells, &mut self.failed) {
            self.scene.strips.push(Strip { y, height, cells });
        } else {
            self.scene.cells.truncate(cells);
        }
        let hatch = |Range { start, end }: Range<usize>| Hatch {
            x: self.scene.strip_x + start as i32,
            y,
            width: (end - start) as i32,
            height,
        };
        self.scene.hatches.extend(self.failed.drain(..).map(hatch));
    }

    /// The numbers of tasks, in spans wide enough for them.
    fn names(&mut self, y: f64, height: f64, track: &Track, run: &Run) {
        if height < NAMED_ROW_PX {
            return;
        }
        const PAD_PX: f64 = 4.0;
        let narrowest_ns = (self.digit_px + 2.0 * PAD_PX) * self.view.ns_per_px();
        let bars = track.range(self.view.start_ns, self.view.end_ns);
        let mut index = bars.start;
        while index < bars.end {
            // In what is narrower altogether nothing is wide enough.
            let is_narrow = |sum: &Sum| ((sum.end_ns - sum.start_ns) as f64) < narrowest_ns;
            if track.sum_from(index).is_some_and(is_narrow) {
                index += CHUNK;
                continue;
            }
            let bar = track.bars()[index];
            index += 1;
            if ((bar.end_ns - bar.start_ns) as f64) < narrowest_ns || bar.state == State::Idle {
                continue;
            }
            let text = if bar.task == NO_TASK { bar.state.id().to_owned() } else { bar.task.to_string() };
            let left = self.view.x_from_time(bar.start_ns as f64).max(0.0);
            let right = self.view.x_from_time(bar.end_ns as f64).min(self.view.width_px);
            let width = text.len() as f64 * self.digit_px;
            if width + 2.0 * PAD_PX > right - left {
                continue;
            }
            let x = self.layout.plot_x + left + PAD_PX;
            if run.failed.has(bar.task) {
                // Lines behind it would make it hard to read.
                let ground = self.fill(x - 2.0, y, x + width + 2.0, y + height, Ink::State(bar.state));
                self.scene.marks.push(ground);
            }
            self.label(x, y + height / 2.0, text, Ink::OnState(bar.state), Face::Small, Align::Start);
        }
    }

    /// Where the run is, or where it ended.
    fn edge(&mut self, run: &Run, of: &LaneBox) {
        let (time_ns, width, ink) = match run.phase {
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

/// The text, cut and marked with … to fit a width.
fn shortened(text: String, width: f64, measure: &dyn Fn(&str) -> f64) -> String {
    if measure(&text) <= width {
        return text;
    }
    // By halving: measuring is dear, and a status may be long.
    let ends: Vec<usize> = text.char_indices().map(|(at, _)| at).collect();
    let short = |letters: usize| format!("{}…", text[..ends[letters]].trim_end());
    let fitting = ends.partition_point(|at| measure(&format!("{}…", text[..*at].trim_end())) <= width);
    if fitting == 0 { String::new() } else { short(fitting - 1) }
}

#[cfg(test)]
#[path = "shapes_tests.rs"]
mod tests;
