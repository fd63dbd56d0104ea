//! Where things stand, in CSS pixels.
//!
//! ```text
//! 0     plot_x                                      width
//! ├───────────────────────────────────────────────────┤ 0
//! │ browser/hybrid (real)              200 of 200 · 1 s│   header, HEADER_PX
//! │ 0   ▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇                            │ ┐ band of worker 0: all its slots
//! │     ▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇                             │ ┘
//! │ 1   ▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇                     │   band of worker 1
//! │                                                   │   GAP_PX
//! │ native/threads (real)                             │   next lane
//! ```
//!
//! A lane's bands share at most [`BODY_MAX_PX`]: a band gets what its slots want, or its share of what there is. The
//! slots of a band are equally tall, possibly less than a pixel.

use super::{model::TimelineModel, viewport::Viewport};

/// Height of a lane's header.
pub const HEADER_PX: f64 = 20.0;
/// Height of the ruler, which has a canvas of its own that stays in sight.
pub const RULER_PX: f64 = 24.0;
/// Tallest that all rows of a lane get.
pub const BODY_MAX_PX: f64 = 100.0;
/// Space below a lane.
pub const GAP_PX: f64 = 10.0;
/// Space to the right of the plot, so that its end is seen.
pub const RIGHT_PX: f64 = 8.0;
/// Space between two bands, where they are tall enough to afford it.
const BAND_GAP_PX: f64 = 2.0;
const ONE_SLOT_PX: f64 = 14.0;
const SLOT_PX: f64 = 8.0;

/// The rows of one worker.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Band {
    /// The worker.
    pub worker: u16,
    /// How many slots it has; none for a worker that was never heard of.
    pub slots: u16,
    /// Its upper edge.
    pub y: f64,
    /// Its height, without the gap to the next.
    pub height: f64,
}

impl Band {
    /// Upper edge and height of a slot.
    #[must_use]
    pub fn slot(&self, slot: u16) -> (f64, f64) {
        let height = self.height / f64::from(self.slots.max(1));
        (self.y + f64::from(slot) * height, height)
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
    pub span: Option<lanes_core::trace::Span>,
}

impl Layout {
    /// The layout of a model in a width.
    #[must_use]
    pub fn new(model: &TimelineModel, width: f64) -> Self {
        let plot_x = if width < 480.0 { 20.0 } else { 32.0 };
        let mut y = 0.0;
        let lanes = model.lanes().iter().map(|lane| {
            let top = y;
            let slots: Vec<u16> = lane.workers().iter().map(|slots| slots.len() as u16).collect();
            let (bands, bottom) = bands(&slots, top + HEADER_PX);
            y = bottom + GAP_PX;
            LaneBox { y: top, height: y - top, bands }
        });
        let lanes = lanes.collect();
        Self { width, height: y, plot_x, plot_width: (width - plot_x - RIGHT_PX).max(1.0), lanes }
    }

    /// Where a row is: upper edge and height.
    #[must_use]
    pub fn row(&self, row: Row) -> Option<(f64, f64)> {
        let band = self.lanes.get(row.lane)?.bands.iter().find(|band| band.worker == row.worker)?;
        (row.slot < band.slots).then(|| band.slot(row.slot))
    }

    /// All rows, from top to bottom.
    pub fn rows(&self) -> impl DoubleEndedIterator<Item = Row> + '_ {
        self.lanes.iter().enumerate().flat_map(|(lane, of)| {
            let row = move |band: Band| (0..band.slots).map(move |slot| Row { lane, worker: band.worker, slot });
            of.bands.iter().copied().flat_map(row)
        })
    }

    /// The row and span at a place, within 2 pixels of it. Where several rows share a pixel, one that has a span
    /// there is preferred.
    #[must_use]
    pub fn hit(&self, model: &TimelineModel, view: &Viewport, x: f64, y: f64) -> Option<Hit> {
        const NEAR_PX: f64 = 2.0;
        let (lane, of) = self.lanes.iter().enumerate().find(|(_, of)| y >= of.y && y < of.y + of.height)?;
        let band = of.bands.iter().find(|band| {
            band.slots > 0 && y >= band.y - BAND_GAP_PX / 2.0 && y <= band.y + band.height + BAND_GAP_PX / 2.0
        })?;
        let slot_px = band.slot(0).1;
        let at = |y: f64| ((y - band.y) / slot_px).floor().clamp(0.0, f64::from(band.slots - 1)) as u16;
        let under = Row { lane, worker: band.worker, slot: at(y) };
        let near = if slot_px < 1.0 { at(y - 0.5)..=at(y + 0.5) } else { under.slot..=under.slot };
        let on_plot = x >= self.plot_x - NEAR_PX && x <= self.plot_x + self.plot_width + NEAR_PX;
        let (time_ns, near_ns) = (view.time_from_x(x - self.plot_x), NEAR_PX * view.ns_per_px());
        let found = |tolerance_ns: f64| {
            near.clone().find_map(|slot| {
                let bar = model.lanes().get(lane)?.track(band.worker, slot)?.nearest(time_ns, tolerance_ns)?;
                Some(Hit { row: Row { slot, ..under }, span: Some(bar.span(band.worker, slot)) })
            })
        };
        let span = if on_plot { found(0.0).or_else(|| found(near_ns)) } else { None };
        Some(span.unwrap_or(Hit { row: under, span: None }))
    }
}

/// The bands of a lane whose rows begin at `top`, and where they end.
fn bands(slots: &[u16], top: f64) -> (Vec<Band>, f64) {
    let wanted = |slots: u16| match slots {
        0 => 0.0,
        1 => ONE_SLOT_PX,
        many => (SLOT_PX * f64::from(many)).clamp(ONE_SLOT_PX, BODY_MAX_PX),
    };
    let total: f64 = slots.iter().map(|slots| wanted(*slots)).sum();
    let scale = (BODY_MAX_PX / total.max(1.0)).min(1.0);
    let mut y = top;
    let bands = slots.iter().zip(0u16..).map(|(&slots, worker)| {
        let share = wanted(slots) * scale;
        let gap = if share >= 6.0 { BAND_GAP_PX } else { 0.0 };
        let band = Band { worker, slots, y, height: (share - gap).max(0.0) };
        y += share;
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

    fn with_rows(rows: &[&[u16]]) -> TimelineModel {
        let mut model = TimelineModel::default();
        let head = |rows: &&[u16]| LaneHead::new("native/hybrid".parse().unwrap()).with_rows(rows.to_vec());
        model.set_lanes(rows.iter().map(head).collect());
        model
    }

    #[test]
    fn a_lane_is_neither_tiny_nor_endless() {
        for rows in [&[][..], &[1], &[1; 4], &[64], &[10_000], &[1; 64], &[64, 1, 1, 1, 1], &[0, 0, 3]] {
            let layout = Layout::new(&with_rows(&[rows]), 800.0);
            let lane = &layout.lanes[0];
            assert!((28.0..=131.0).contains(&lane.height), "{rows:?}: {}", lane.height);
            let ends = lane.bands.windows(2).all(|pair| pair[0].y + pair[0].height <= pair[1].y + 1e-9);
            assert!(ends, "bands of {rows:?} overlap");
            assert!(lane.bands.iter().all(|band| band.height > 0.0 || band.slots == 0));
        }
    }

    #[test]
    fn the_pool_of_a_hybrid_lane_stays_readable() {
        let layout = Layout::new(&with_rows(&[&[64, 1, 1, 1, 1]]), 800.0);
        let heights: Vec<f64> = layout.lanes[0].bands.iter().map(|band| band.height.round()).collect();
        assert_eq!(heights, [62.0, 7.0, 7.0, 7.0, 7.0]);
    }

    #[test]
    fn every_row_is_hit_where_it_is() {
        let model = with_rows(&[&[1; 4], &[64, 1], &[3]]);
        let layout = Layout::new(&model, 800.0);
        let view = Viewport::fit(1e6, layout.plot_width);
        assert_eq!(layout.rows().count(), 4 + 65 + 3);
        for row in layout.rows() {
            let (y, height) = layout.row(row).unwrap();
            let hit = layout.hit(&model, &view, 300.0, y + height / 2.0).unwrap();
            assert_eq!(hit, Hit { row, span: None });
        }
        assert_eq!(layout.hit(&model, &view, 300.0, 5.0), None, "a header");
        assert_eq!(layout.hit(&model, &view, 300.0, 1e4), None, "below");
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
    fn of_rows_that_share_a_pixel_the_one_with_a_span_is_hit() {
        let model = pictured("0.0 ........\n0.507 ..cc....\n0.999 i.......");
        let layout = Layout::new(&model, 840.0);
        let view = Viewport::fit(8000.0, layout.plot_width);
        let (y, _) = layout.row(Row { lane: 0, worker: 0, slot: 503 }).unwrap();
        let hit = layout.hit(&model, &view, 32.0 + 300.0, y).unwrap();
        assert_eq!((hit.row.slot, hit.span.map(|span| span.task)), (507, Some(0)));
    }
}
