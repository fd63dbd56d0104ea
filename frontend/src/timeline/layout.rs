//! Where things stand, in CSS pixels.
//!
//! ```text
//! 0     plot_x                                      width
//! ├───────────────────────────────────────────────────┤ 0
//! │ browser/hybrid (real)              200 of 200 · 1 s│   header, HEADER_PX
//! │ loop ▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇                           │ ┐ band of worker 0: all its slots
//! │      ▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇                            │ ┘
//! │ 1–8  ▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇                     │   band of workers 1 to 8, which share its strips
//! │                                                   │   GAP_PX
//! │ native/threads (real)                             │   next lane
//! ```
//!
//! The bands of a lane share [`BODY_PX`], and none is lower than [`BAND_PX`]: workers for whom that is not enough share a
//! band, until the lane is expanded. Rows share a strip where each would be lower than [`STRIP_PX`].

use lanes_core::trace::Span;

use super::{
    model::{LaneTrack, TimelineModel},
    viewport::Viewport,
    workers::Role,
};

/// Height of a lane's header.
pub const HEADER_PX: f64 = 20.0;
/// Height of the ruler, which has a canvas of its own that stays in sight.
pub const RULER_PX: f64 = 24.0;
/// Tallest that all rows of a lane get, unless it is expanded.
pub const BODY_PX: f64 = 100.0;
/// Space below a lane.
pub const GAP_PX: f64 = 10.0;
/// Space to the right of the plot, so that its end is seen.
pub const RIGHT_PX: f64 = 8.0;
/// Least height of a band with the gap below it: as much as its name needs.
const BAND_PX: f64 = 11.0;
/// Least height of a strip.
const STRIP_PX: f64 = 3.0;
/// Space between two bands.
const BAND_GAP_PX: f64 = 2.0;
const ONE_SLOT_PX: f64 = 14.0;
const SLOT_PX: f64 = 8.0;
/// Bands that the pool beside an event loop gets.
const MOST_BESIDE_LOOP: usize = 4;
/// Tallest that the slots of one worker get in an expanded lane.
const EXPANDED_BAND_PX: f64 = 400.0;
/// Width of a digit of a band's name, and space around the name.
const DIGIT_PX: f64 = 6.2;
const NAME_PAD_PX: f64 = 8.0;

/// The rows of one worker, or of several with one row each.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Band {
    /// The first of its workers.
    pub worker: u16,
    /// How many workers it has; several only where each has one slot.
    pub workers: u16,
    /// How many slots each has; none for a worker that has recorded nothing.
    pub slots: u16,
    /// How many strips its rows share.
    pub strips: u16,
    /// Its upper edge.
    pub y: f64,
    /// Its height, without the gap to the next.
    pub height: f64,
}

impl Band {
    /// How many rows it has.
    #[must_use]
    pub fn rows(&self) -> u16 {
        self.workers.saturating_mul(self.slots)
    }

    /// The worker and slot of one of its rows.
    #[must_use]
    pub fn row(&self, index: u16) -> (u16, u16) {
        if self.workers > 1 { (self.worker + index, 0) } else { (self.worker, index) }
    }

    /// Which of its rows a worker's slot is.
    #[must_use]
    pub fn index(&self, worker: u16, slot: u16) -> Option<u16> {
        let index = if self.workers > 1 { worker.checked_sub(self.worker)? } else { slot };
        (index < self.rows() && self.row(index) == (worker, slot)).then_some(index)
    }

    /// Which rows share a strip: as many in each, except in the last.
    #[must_use]
    pub fn strip(&self, strip: u16) -> std::ops::Range<u16> {
        let each = self.rows().div_ceil(self.strips.max(1));
        (strip * each).min(self.rows())..((strip + 1) * each).min(self.rows())
    }

    /// Upper edge and height of the strip that a row is in.
    #[must_use]
    pub fn place(&self, index: u16) -> (f64, f64) {
        let height = self.height / f64::from(self.strips.max(1));
        let strip = index / self.rows().div_ceil(self.strips.max(1)).max(1);
        (self.y + f64::from(strip) * height, height)
    }

    /// "3", "loop", "8–15".
    #[must_use]
    pub fn name(&self, lane: &LaneTrack) -> String {
        let name = |worker| lane.head.role(worker).short();
        match self.workers {
            0 | 1 => name(self.worker),
            more => format!("{}–{}", name(self.worker), name(self.worker + more - 1)),
        }
    }
}

/// One lane.
#[derive(Clone, Debug, PartialEq)]
pub struct LaneBox {
    /// Upper edge of its header.
    pub y: f64,
    /// Height with header, rows and the space below.
    pub height: f64,
    /// Its workers.
    pub bands: Vec<Band>,
    /// Whether it would be taller if it were expanded, or would be lower if it were not.
    pub is_expandable: bool,
}

/// All lanes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Layout {
    /// Width of the whole.
    pub width: f64,
    /// Height of the whole, without the ruler.
    pub height: f64,
    /// Left edge of the plot: where time begins.
    pub plot_x: f64,
    /// Width of the plot.
    pub plot_width: f64,
    /// The lanes, in order.
    pub lanes: Vec<LaneBox>,
}

/// A row: one slot of one worker of one lane.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    /// The lane's place in the order.
    pub lane: usize,
    /// The worker.
    pub worker: u16,
    /// Its slot.
    pub slot: u16,
}

/// What is at a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hit {
    /// The row.
    pub row: Row,
    /// The span, where there is one.
    pub span: Option<Span>,
}

impl Layout {
    /// The layout of a model in a width.
    #[must_use]
    pub fn new(model: &TimelineModel, width: f64) -> Self {
        let mut y = 0.0;
        let lanes = model.lanes().iter().map(|lane| {
            let top = y;
            let groups = groups(lane);
            let is_expandable =
                groups.iter().any(|group| group.workers > 1 || f64::from(group.slots) * STRIP_PX > BODY_PX);
            let (bands, bottom) = if lane.is_expanded && is_expandable {
                stacked(lane, top + HEADER_PX)
            } else {
                shared(groups, top + HEADER_PX)
            };
            y = bottom + GAP_PX;
            LaneBox { y: top, height: y - top, bands, is_expandable }
        });
        let lanes: Vec<LaneBox> = lanes.collect();
        let names = model.lanes().iter().zip(&lanes).flat_map(|(lane, of)| of.bands.iter().map(|band| band.name(lane)));
        let longest = names.map(|name| name.chars().count()).max().unwrap_or(0);
        let least = if width < 480.0 { 20.0 } else { 32.0 };
        let plot_x = (longest as f64 * DIGIT_PX + NAME_PAD_PX).ceil().max(least);
        Self { width, height: y, plot_x, plot_width: (width - plot_x - RIGHT_PX).max(1.0), lanes }
    }

    /// Where a row is: upper edge and height of its strip.
    #[must_use]
    pub fn row(&self, row: Row) -> Option<(f64, f64)> {
        let bands = &self.lanes.get(row.lane)?.bands;
        bands.iter().find_map(|band| Some(band.place(band.index(row.worker, row.slot)?)))
    }

    /// All rows, from top to bottom.
    pub fn rows(&self) -> impl DoubleEndedIterator<Item = Row> + '_ {
        self.lanes.iter().enumerate().flat_map(|(lane, of)| {
            let row = move |band: Band| {
                (0..band.rows()).map(move |index| {
                    let (worker, slot) = band.row(index);
                    Row { lane, worker, slot }
                })
            };
            of.bands.iter().copied().flat_map(row)
        })
    }

    /// The lane whose header is at a height.
    #[must_use]
    pub fn header_at(&self, y: f64) -> Option<usize> {
        self.lanes.iter().position(|of| y >= of.y && y < of.y + HEADER_PX)
    }

    /// The row and span at a place, within 2 pixels of it. Of rows that share a strip, one that has a span there is
    /// preferred.
    #[must_use]
    pub fn hit(&self, model: &TimelineModel, view: &Viewport, x: f64, y: f64) -> Option<Hit> {
        const NEAR_PX: f64 = 2.0;
        let (lane, of) = self.lanes.iter().enumerate().find(|(_, of)| y >= of.y && y < of.y + of.height)?;
        let band = of.bands.iter().find(|band| {
            band.rows() > 0 && y >= band.y - BAND_GAP_PX / 2.0 && y <= band.y + band.height + BAND_GAP_PX / 2.0
        })?;
        let strips = f64::from(band.strips.max(1));
        let strip = ((y - band.y) / band.height * strips).floor().clamp(0.0, strips - 1.0) as u16;
        // The last strips may have no row of their own where the rows do not come out even.
        let rows = (0..=strip).rev().map(|strip| band.strip(strip)).find(|rows| !rows.is_empty())?;
        let row = |index| {
            let (worker, slot) = band.row(index);
            Row { lane, worker, slot }
        };
        let on_plot = x >= self.plot_x - NEAR_PX && x <= self.plot_x + self.plot_width + NEAR_PX;
        let (time_ns, near_ns) = (view.time_from_x(x - self.plot_x), NEAR_PX * view.ns_per_px());
        let run = model.lanes().get(lane)?.run();
        let found = |tolerance_ns: f64| {
            rows.clone().map(row).find_map(|row| {
                let bar = run.track(row.worker, row.slot)?.nearest(time_ns, tolerance_ns)?;
                Some(Hit { row, span: Some(bar.span(row.worker, row.slot)) })
            })
        };
        let span = if on_plot { found(0.0).or_else(|| found(near_ns)) } else { None };
        Some(span.unwrap_or(Hit { row: row(rows.start), span: None }))
    }
}

/// Workers that share a band.
#[derive(Clone, Copy, Debug)]
struct Group {
    worker: u16,
    workers: u16,
    slots: u16,
}

impl Group {
    /// The height it would like, gap included.
    fn wanted(self) -> f64 {
        match self.slots {
            0 => 0.0,
            1 => ONE_SLOT_PX,
            many => (SLOT_PX * f64::from(many)).clamp(ONE_SLOT_PX, BODY_PX),
        }
    }

    fn band(self, y: f64, height: f64) -> Band {
        let gap = if height >= 2.0 * BAND_GAP_PX { BAND_GAP_PX } else { 0.0 };
        let height = (height - gap).max(0.0);
        let rows = self.workers.saturating_mul(self.slots);
        let most = ((height / STRIP_PX).floor() as u16).max(1);
        // As many rows in every strip, so that none looks busier than another.
        let strips = if rows <= most { rows } else { rows.div_ceil(rows.div_ceil(most)) };
        Band { worker: self.worker, workers: self.workers, slots: self.slots, strips, y, height }
    }
}

/// The workers of a lane: a group each or, where those with one slot are too many, several of these in a group.
fn groups(lane: &LaneTrack) -> Vec<Group> {
    let slots = || (0u16..).zip(lane.run().workers()).map(|(worker, slots)| (worker, slots.len() as u16));
    let is_single = |worker, slots| slots == 1 && matches!(lane.head.role(worker), Role::Worker(_));
    let single = slots().filter(|(worker, slots)| is_single(*worker, *slots)).count();
    let others = slots().filter(|(worker, slots)| *slots > 0 && !is_single(*worker, *slots)).count();
    // An event loop with many slots needs about half of the room.
    let has_loop = slots().any(|(_, slots)| slots > 1);
    let most = if has_loop { MOST_BESIDE_LOOP } else { ((BODY_PX / BAND_PX) as usize).saturating_sub(others).max(1) };
    let together = if single > most { single.div_ceil(most).next_power_of_two() } else { 1 };
    let mut groups: Vec<Group> = Vec::new();
    let mut grows = false;
    for (worker, slots) in slots() {
        let joins = is_single(worker, slots);
        match groups.last_mut().filter(|last| joins && grows && usize::from(last.workers) < together) {
            Some(last) => last.workers += 1,
            None => groups.push(Group { worker, workers: 1, slots }),
        }
        grows = joins;
    }
    groups
}

/// The bands of groups that share the height of a lane, from `top`, and where they end.
fn shared(groups: Vec<Group>, top: f64) -> (Vec<Band>, f64) {
    let seen = groups.iter().filter(|group| group.slots > 0).count() as f64;
    let total: f64 = groups.iter().map(|group| group.wanted()).sum();
    let least = BAND_PX.min(BODY_PX / seen.max(1.0));
    // What is left when everybody has the least goes to those who want more.
    let scale = ((BODY_PX - least * seen) / (total - least * seen).max(1.0)).clamp(0.0, 1.0);
    let height = |group: Group| if group.slots == 0 { 0.0 } else { least + (group.wanted() - least) * scale };
    laid(groups, height, top)
}

/// The bands of an expanded lane: every worker its own.
fn stacked(lane: &LaneTrack, top: f64) -> (Vec<Band>, f64) {
    let workers = (0u16..).zip(lane.run().workers());
    let groups = workers.map(|(worker, slots)| Group { worker, workers: 1, slots: slots.len() as u16 });
    let height = |group: Group| match group.slots {
        0 => 0.0,
        1 => BAND_PX,
        many => (f64::from(many) * (STRIP_PX + 1.0)).clamp(ONE_SLOT_PX, EXPANDED_BAND_PX),
    };
    laid(groups.collect(), height, top)
}

fn laid(groups: Vec<Group>, height: impl Fn(Group) -> f64, top: f64) -> (Vec<Band>, f64) {
    let mut y = top;
    let bands = groups.into_iter().map(|group| {
        let band = group.band(y, height(group));
        y += height(group);
        band
    });
    let bands = bands.collect();
    // An empty lane keeps the height of one row, so that nothing jumps when its first span arrives.
    (bands, y.max(top + ONE_SLOT_PX))
}

#[cfg(test)]
mod tests {
    use super::{
        super::model::{LaneHead, tests::pictured},
        *,
    };

    fn with_rows(lane: &str, rows: &[&[u16]]) -> TimelineModel {
        let mut model = TimelineModel::default();
        let head = |rows: &&[u16]| LaneHead::new(lane.parse().unwrap()).with_rows(rows.to_vec());
        model.set_lanes(rows.iter().map(head).collect());
        model
    }

    fn names(model: &TimelineModel) -> Vec<String> {
        let layout = Layout::new(model, 800.0);
        layout.lanes[0].bands.iter().map(|band| band.name(&model.lanes()[0])).collect()
    }

    const KINDS: [&[u16]; 9] =
        [&[], &[1], &[1; 4], &[64], &[10_000], &[1; 64], &[1; 65], &[64, 1, 1, 1, 1], &[0, 0, 3]];

    #[test]
    fn a_lane_is_neither_tiny_nor_endless_and_its_rows_can_be_read() {
        for rows in KINDS {
            for expanded in [false, true] {
                let mut model = with_rows("native/threads", &[rows]);
                if expanded {
                    model.toggle_expanded(0);
                }
                let layout = Layout::new(&model, 800.0);
                let lane = &layout.lanes[0];
                let most = if expanded { 65.0 * BAND_PX + 31.0 } else { 131.0 };
                assert!((28.0..=most).contains(&lane.height), "{rows:?}: {}", lane.height);
                let ends = lane.bands.windows(2).all(|pair| pair[0].y + pair[0].height <= pair[1].y + 1e-9);
                assert!(ends, "bands of {rows:?} overlap");
                for band in lane.bands.iter().filter(|band| band.slots > 0) {
                    assert!(band.height >= 9.0 - 1e-9, "{rows:?}: a band of {}", band.height);
                    assert!(band.place(0).1 >= STRIP_PX - 1e-9, "{rows:?}: a strip of {}", band.place(0).1);
                }
            }
        }
    }

    #[test]
    fn workers_for_whom_there_is_no_room_share_a_band_that_names_them() {
        let threads = with_rows("native/threads", &[&[1; 64]]);
        assert_eq!(names(&threads), ["0–7", "8–15", "16–23", "24–31", "32–39", "40–47", "48–55", "56–63"]);
        let processes = names(&with_rows("native/processes", &[&[1; 65]]));
        assert_eq!((processes.len(), &*processes[7], &*processes[8]), (9, "56–63", "main"));
        assert_eq!(names(&with_rows("native/threads", &[&[1; 9]])).len(), 9);
        let hybrid: Vec<u16> = std::iter::once(100).chain([1; 16]).collect();
        assert_eq!(names(&with_rows("native/hybrid", &[&hybrid])), ["loop", "1–4", "5–8", "9–12", "13–16"]);
    }

    #[test]
    fn an_expanded_lane_has_a_row_for_each_worker() {
        let mut model = with_rows("native/threads", &[&[1; 64], &[1; 4]]);
        model.toggle_expanded(0);
        let layout = Layout::new(&model, 800.0);
        assert_eq!(names(&model)[63], "63");
        assert!(layout.lanes[0].is_expandable && !layout.lanes[1].is_expandable);
        assert_eq!(layout.lanes[0].height, 64.0 * BAND_PX + HEADER_PX + GAP_PX);
    }

    #[test]
    fn the_pool_of_a_hybrid_lane_stays_readable() {
        let layout = Layout::new(&with_rows("native/hybrid", &[&[64, 1, 1, 1, 1]]), 800.0);
        let heights: Vec<f64> = layout.lanes[0].bands.iter().map(|band| band.height.round()).collect();
        assert_eq!(heights, [49.0, 10.0, 10.0, 10.0, 10.0]);
    }

    #[test]
    fn names_fit_beside_the_plot() {
        let plot_x = |rows: &[u16], width| Layout::new(&with_rows("native/processes", &[rows]), width).plot_x;
        assert_eq!((plot_x(&[], 360.0), plot_x(&[], 800.0)), (20.0, 32.0));
        assert_eq!(plot_x(&[1; 5], 360.0), (4.0 * DIGIT_PX + NAME_PAD_PX).ceil(), "“main”");
        assert_eq!(plot_x(&[1; 65], 360.0), (5.0 * DIGIT_PX + NAME_PAD_PX).ceil(), "“56–63”");
    }

    #[test]
    fn every_row_is_hit_where_it_is() {
        let model = with_rows("native/hybrid", &[&[1; 4], &[12, 1], &[3]]);
        let layout = Layout::new(&model, 800.0);
        let view = Viewport::fit(1e6, layout.plot_width);
        assert_eq!(layout.rows().count(), 4 + 13 + 3);
        for row in layout.rows() {
            let (y, height) = layout.row(row).unwrap();
            let hit = layout.hit(&model, &view, 300.0, y + height / 2.0).unwrap();
            assert_eq!(hit, Hit { row, span: None });
        }
        assert_eq!(layout.hit(&model, &view, 300.0, 5.0), None, "a header");
        assert_eq!(layout.hit(&model, &view, 300.0, 1e4), None, "below");
        assert_eq!((layout.header_at(5.0), layout.header_at(30.0)), (Some(0), None));
    }

    #[test]
    fn every_row_has_a_place_and_every_strip_is_hit() {
        for rows in KINDS {
            let model = with_rows("native/threads", &[rows]);
            let layout = Layout::new(&model, 800.0);
            let view = Viewport::fit(1e6, layout.plot_width);
            let count: usize = rows.iter().map(|slots| usize::from(*slots)).sum();
            assert_eq!(layout.rows().count(), count);
            for row in layout.rows() {
                let (y, height) = layout.row(row).unwrap();
                let hit = layout.hit(&model, &view, 300.0, y + height / 2.0).unwrap();
                assert_eq!(
                    layout.row(hit.row),
                    Some((y, height)),
                    "{rows:?}: {row:?} shares the strip of {:?}",
                    hit.row
                );
            }
        }
    }

    #[test]
    fn a_span_is_hit_where_it_is() {
        let model = pictured(
            "0.0 ccccwwww
             1.0 ....cccc",
        );
        let layout = Layout::new(&model, 840.0); // plot: 32..832, 100 px a microsecond
        let view = Viewport::fit(8000.0, layout.plot_width);
        let task = |x: f64, y: f64| layout.hit(&model, &view, x, y).and_then(|hit| hit.span).map(|span| span.task);
        let (first, second) = (HEADER_PX + 5.0, HEADER_PX + ONE_SLOT_PX + 5.0);
        assert_eq!(task(32.0 + 100.0, first), Some(0));
        assert_eq!(task(32.0 + 500.0, first), Some(1));
        assert_eq!(task(32.0 + 300.0, second), None);
        assert_eq!(task(32.0 + 398.5, second), Some(2), "almost there");
        assert_eq!(task(10.0, first), None, "the gutter");
    }

    #[test]
    fn of_rows_that_share_a_strip_the_one_with_a_span_is_hit() {
        let model = pictured("0.0 ........\n0.507 ..cc....\n0.999 i.......");
        let layout = Layout::new(&model, 840.0);
        let view = Viewport::fit(8000.0, layout.plot_width);
        let (y, height) = layout.row(Row { lane: 0, worker: 0, slot: 503 }).unwrap();
        let hit = layout.hit(&model, &view, 32.0 + 300.0, y + height / 2.0).unwrap();
        assert_eq!((hit.row.slot, hit.span.map(|span| span.task)), (507, Some(0)));
    }
}
