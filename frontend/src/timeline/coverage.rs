//! Spans narrower than a pixel, and rows thinner than one: what a row of pixels shows when much happens in each.
//!
//! ```text
//! spans   c.c.c.c.cwwwwwwwwwwww|c|wwwwwwwww      one device pixel is ────
//! cells   ▒▒▒▒▒▒▒▒▓▓▓▓██████████████████████      its state: the one that took longest; its strength: the share
//! ```
//!
//! What lies within a pixel costs one sum (see `track`), so a row costs about as much as it has pixels, however many
//! spans it has. Four rules keep the picture honest: a pixel in which anything happened is never empty; a pixel that saw
//! work lost says so; one that saw a failed task is reported beside the cells; and two spans of one state that touch
//! are told apart by an empty pixel where they are wide enough for it.

use std::ops::Range;

use lanes_core::trace::State;

use super::{
    failures::FailedTasks,
    track::{Bar, CHUNK, Sum, TRACE_NS, Track},
    viewport::Viewport,
};

/// A cell's strength goes from 1 to this.
pub const STRENGTHS: u8 = 15;
/// The least strength of a pixel in which anything happened.
const LEAST_STRENGTH: u8 = 4;
/// From this width on, a span loses a pixel to tell it from its neighbour.
const PARTED_PX: f64 = 5.0;
const STATES: usize = State::ALL.len();

/// What one pixel of a row shows, in one byte; 0 is nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cell(u8);

impl Cell {
    /// Nothing happened.
    pub const EMPTY: Self = Self(0);

    /// The state and its strength, from 1 to [`STRENGTHS`].
    #[cfg(test)]
    pub fn show(self) -> Option<(State, u8)> {
        if self == Self::EMPTY { None } else { Some((*State::ALL.get(usize::from(self.0 >> 4))?, self.0 & 15)) }
    }

    /// Its byte: state in the upper half, strength in the lower.
    #[must_use]
    pub fn byte(self) -> u8 {
        self.0
    }
}

/// Time in each state that a pixel shows, as a share of the pixel; and whether one of its tasks failed.
#[derive(Clone, Copy, Debug, Default)]
struct Pixel {
    cover: [f32; STATES],
    failed: bool,
}

/// Adds up spans over a row of device pixels. One is enough for a whole picture.
#[derive(Debug, Default)]
pub struct Coverage {
    pixels: Vec<Pixel>,
    /// The pixels in which something may be.
    touched: Range<usize>,
}

/// How the tracks of a row are to be added up.
#[derive(Clone, Copy, Debug)]
pub struct Adding<'a> {
    /// The stretch of time, over as many pixels as the row has.
    pub view: &'a Viewport,
    /// Whether to leave a pixel between two spans of one state.
    pub is_parted: bool,
    /// The tasks that failed.
    pub failed: &'a FailedTasks,
}

impl Coverage {
    /// For rows of so many pixels.
    #[must_use]
    pub fn new(width: usize) -> Self {
        Self { pixels: vec![Pixel::default(); width], touched: width..0 }
    }

    /// Adds the spans of one track that are on screen.
    pub fn add(&mut self, track: &Track, how: Adding<'_>) {
        let Adding { view, is_parted, failed } = how;
        let width = self.pixels.len() as f64;
        let (per_ns, start_ns) = (view.width_px / view.span_ns(), view.start_ns);
        let x_of = |time_ns: u64| ((time_ns as f64 - start_ns) * per_ns).clamp(0.0, width);
        let Range { start, end } = track.range(view.start_ns, view.end_ns);
        let bars = &track.bars()[..end];
        let mut index = start;
        while let Some(bar) = bars.get(index) {
            if index + CHUNK <= end
                && let Some(sum) = track.sum_from(index)
                && let first = x_of(sum.start_ns) as usize
                && x_of(sum.end_ns) - first as f64 <= 1.0
                && !sum.tasks.is_some_and(|(least, greatest)| failed.has_between(least, greatest))
            {
                self.add_sum(first, sum, per_ns as f32);
                index += CHUNK;
                continue;
            }
            index += 1;
            if bar.state == State::Idle || (bar.end_ns as f64) < start_ns {
                continue;
            }
            let (from, to) = (x_of(bar.start_ns), x_of(bar.end_ns));
            let first = from as usize;
            let did_fail = failed.has(bar.task);
            if is_parted && to - from >= PARTED_PX {
                let touched = |next: &Bar| next.state == bar.state && x_of(next.start_ns) - to < 1.0;
                let gap = usize::from(bars.get(index).is_some_and(touched));
                self.fill(from.round() as usize, (to.round() as usize).saturating_sub(gap), bar.state, did_fail);
            } else if to - first as f64 <= 1.0 {
                // Within one pixel, as most are when there are many. One of no length leaves a trace, too.
                self.cover(first, bar.state, ((to - from) as f32).max(TRACE_NS * per_ns as f32), did_fail);
            } else {
                let last = to as usize;
                self.cover(first, bar.state, (first as f64 + 1.0 - from) as f32, did_fail);
                self.fill(first + 1, last, bar.state, did_fail);
                self.cover(last, bar.state, (to - last as f64) as f32, did_fail);
            }
        }
    }

    /// Writes what `rows` tracks came to and which pixels saw a failed task, and starts anew. Whether there was anything.
    pub fn flush(&mut self, rows: usize, into: &mut Vec<Cell>, failed: &mut Vec<Range<usize>>) -> bool {
        let share = f32::from(STRENGTHS) / rows.max(1) as f32;
        let before = into.len();
        into.resize(before + self.pixels.len(), Cell::EMPTY);
        let Range { start, end } = std::mem::replace(&mut self.touched, self.pixels.len()..0);
        let mut any = false;
        for (x, pixel) in self.pixels.iter_mut().enumerate().take(end).skip(start) {
            let cell = cell(&pixel.cover, share);
            if cell == Cell::EMPTY {
                continue;
            }
            any = true;
            into[before + x] = cell;
            if pixel.failed {
                match failed.last_mut() {
                    Some(last) if last.end == x => last.end = x + 1,
                    _ => failed.push(x..x + 1),
                }
            }
            *pixel = Pixel::default();
        }
        any
    }

    fn add_sum(&mut self, x: usize, sum: &Sum, per_ns: f32) {
        let Some(pixel) = self.pixels.get_mut(x) else { return };
        for (cover, state_ns) in pixel.cover.iter_mut().zip(sum.states_ns) {
            *cover += state_ns * per_ns;
        }
        self.touch(x, x + 1);
    }

    fn cover(&mut self, x: usize, state: State, cover: f32, failed: bool) {
        let Some(pixel) = self.pixels.get_mut(x) else { return };
        pixel.cover[state as usize] += cover;
        // A pixel that is only bordered on shows nothing.
        pixel.failed |= failed && cover > 0.0;
        self.touch(x, x + 1);
    }

    fn fill(&mut self, from: usize, to: usize, state: State, failed: bool) {
        let Some(pixels) = self.pixels.get_mut(from..to) else { return };
        for pixel in pixels {
            pixel.cover[state as usize] += 1.0;
            pixel.failed |= failed;
        }
        self.touch(from, to);
    }

    fn touch(&mut self, from: usize, to: usize) {
        self.touched = self.touched.start.min(from)..self.touched.end.max(to);
    }
}

/// The cell of a pixel, given the strength of one pixel of cover.
fn cell(pixel: &[f32; STATES], share: f32) -> Cell {
    let (mut total, mut most, mut longest) = (0.0, 0.0, 0u8);
    for (&cover, state) in pixel.iter().zip(0u8..) {
        total += cover;
        if cover > most {
            (most, longest) = (cover, state);
        }
    }
    if total == 0.0 {
        return Cell::EMPTY;
    }
    if pixel[State::Lost as usize] > 0.0 {
        longest = State::Lost as u8;
    }
    let strength = (total * share + 0.5) as u8;
    Cell(longest << 4 | strength.clamp(LEAST_STRENGTH, STRENGTHS))
}

#[cfg(test)]
pub(super) mod tests {
    use super::{super::model::tests::pictured, *};
    use proptest::prelude::*;

    /// The letter of the state, capital where the strength is full; `.` for nothing.
    pub(in crate::timeline) fn letters(cells: &[Cell]) -> String {
        let letter = |cell: &Cell| match cell.show() {
            None => '.',
            Some((state, strength)) => {
                let letter = match state {
                    State::Queued => 'q',
                    State::StartUp => 'u',
                    State::Compute => 'c',
                    State::WaitIo => 'w',
                    State::WaitLock => 'l',
                    State::Serialise => 's',
                    State::Transfer => 't',
                    State::Lost => 'x',
                    State::Idle => 'i',
                };
                if strength == STRENGTHS { letter.to_ascii_uppercase() } else { letter }
            }
        };
        cells.iter().map(letter).collect()
    }

    /// Draws the rows of a picture into one row of `width` pixels.
    fn drawn(picture: &str, microseconds: f64, width: usize, parted: bool) -> String {
        let model = pictured(picture);
        let view = Viewport::fit(microseconds * 1000.0, width as f64);
        let mut coverage = Coverage::new(width);
        let tracks = &model.lanes()[0].run().workers()[0];
        let how = Adding { view: &view, is_parted: parted, failed: &FailedTasks::default() };
        tracks.iter().for_each(|track| coverage.add(track, how));
        let mut cells = Vec::new();
        coverage.flush(tracks.len(), &mut cells, &mut Vec::new());
        letters(&cells)
    }

    fn track(bars: impl IntoIterator<Item = Bar>) -> Track {
        let mut track = Track::default();
        bars.into_iter().for_each(|bar| track.append(bar));
        track.settle();
        track
    }

    #[test]
    fn pictures() {
        // picture, microseconds, pixels, parted, cells
        for (picture, microseconds, width, parted, cells) in [
            ("0.0 ccww..ss", 8.0, 8, true, "CCWW..SS"),
            ("0.0 ccww..ss", 8.0, 4, true, "CW.S"),
            ("0.0 cc.wwwww", 8.0, 4, true, "CwWW"),
            ("0.0 c.c.c.c.", 8.0, 2, true, "cc"),
            ("0.0 cwwwcccw", 8.0, 2, true, "WC"),
            ("0.0 ...c....", 8.0, 1, true, "c"),
            ("0.0 cccccccx", 8.0, 1, true, "X"),
            ("0.0 cw", 2.0, 12, true, "CCCCCCWWWWWW"),
            ("0.0 cccc\n0.1 iiii", 4.0, 2, false, "cc"),
            ("0.0 ccww\n0.1 wwww", 4.0, 2, false, "CW"),
        ] {
            assert_eq!(drawn(picture, microseconds, width, parted), cells, "{picture}");
        }
    }

    #[test]
    fn spans_of_one_state_that_touch_are_parted() {
        let bar = |start_ns, end_ns, task| Bar { start_ns, end_ns, task, state: State::Compute };
        let track = track([bar(0, 1000, 0), bar(1000, 2000, 1), bar(2400, 3000, 2)]);
        let view = Viewport::fit(3000.0, 24.0);
        let mut coverage = Coverage::new(24);
        for (parted, expected) in [(true, "CCCCCCC.CCCCCCCC...cCCCC"), (false, "CCCCCCCCCCCCCCCC...cCCCC")] {
            coverage.add(&track, Adding { view: &view, is_parted: parted, failed: &FailedTasks::default() });
            let mut cells = Vec::new();
            assert!(coverage.flush(1, &mut cells, &mut Vec::new()));
            assert_eq!(letters(&cells), expected);
        }
    }

    #[test]
    fn pixels_that_saw_a_failed_task_are_told() {
        let model = pictured("0.0 ccwwccww");
        let mut tally = lanes_core::trace::Tally::new(0);
        tally.task_done(0, 1);
        tally.task_failed(1, "refused".to_owned(), 1);
        let failed = FailedTasks::of(&[tally]);
        let mut coverage = Coverage::new(16);
        let view = Viewport::fit(8000.0, 16.0);
        coverage
            .add(model.lanes()[0].run().track(0, 0).unwrap(), Adding { view: &view, is_parted: true, failed: &failed });
        let (mut cells, mut ranges) = (Vec::new(), Vec::new());
        coverage.flush(1, &mut cells, &mut ranges);
        assert_eq!((letters(&cells).as_str(), ranges.len()), ("CCCCWWWWCCCCWWWW", 1));
        assert_eq!(ranges[0], 4..8);
    }

    proptest! {
        /// Sums instead of single spans change nothing that is seen: neither which pixels are empty nor, but for what
        /// single precision loses, any cell.
        #[test]
        fn sums_show_what_the_spans_show(spans in proptest::collection::vec((0u64..30, 0u64..60, 0usize..9), 300..900), zoom in 1.0..2000.0f64, at in 0.0..0.9f64) {
            let mut now = 0;
            let bars: Vec<Bar> = spans.iter().zip(0u32..).map(|((gap, long, state), task)| {
                let start_ns = now + gap;
                now = start_ns + long;
                Bar { start_ns, end_ns: now, task, state: State::ALL[*state] }
            }).collect();
            let whole = now as f64;
            let view = Viewport { start_ns: whole * at, end_ns: whole * at + whole / zoom + 1000.0, width_px: 40.0 };
            let drawn = |track: &[Track]| {
                let mut coverage = Coverage::new(40);
                let how = Adding { view: &view, is_parted: false, failed: &FailedTasks::default() };
                track.iter().for_each(|track| coverage.add(track, how));
                let mut cells = Vec::new();
                coverage.flush(1, &mut cells, &mut Vec::new());
                cells
            };
            let with_sums = drawn(&[track(bars.clone())]);
            let without: Vec<Track> = bars.chunks(CHUNK - 1).map(|part| track(part.to_vec())).collect();
            for (a, b) in with_sums.iter().zip(drawn(&without)) {
                prop_assert_eq!(*a == Cell::EMPTY, b == Cell::EMPTY);
                let strength = |cell: Cell| i32::from(cell.byte() & 15);
                prop_assert!((strength(*a) - strength(b)).abs() <= 1, "{:?} {:?}", a, b);
            }
        }

        /// A pixel is empty exactly when nothing happened in it, at any zoom.
        #[test]
        fn nothing_is_hidden(spans in proptest::collection::vec((0u64..900, 1u64..300), 0..60), from in 0.0..9000.0f64, long in 1000.0..20000.0f64, width in 1usize..300) {
            let mut at = 0;
            let bars: Vec<Bar> = spans.iter().map(|(gap, long)| {
                let start_ns = at + gap;
                at = start_ns + long;
                Bar { start_ns, end_ns: at, task: 0, state: State::Compute }
            }).collect();
            let view = Viewport { start_ns: from, end_ns: from + long, width_px: width as f64 };
            let mut coverage = Coverage::new(width);
            coverage.add(&track(bars.clone()), Adding { view: &view, is_parted: false, failed: &FailedTasks::default() });
            let mut cells = Vec::new();
            coverage.flush(1, &mut cells, &mut Vec::new());
            for (x, cell) in cells.iter().enumerate() {
                let (left, right) = (view.time_from_x(x as f64), view.time_from_x(x as f64 + 1.0));
                let margin = view.ns_per_px() * 1e-3;
                let inside = bars.iter().any(|bar| (bar.end_ns as f64) > left + margin && (bar.start_ns as f64) < right - margin);
                let near = bars.iter().any(|bar| (bar.end_ns as f64) >= left - margin && (bar.start_ns as f64) <= right + margin);
                prop_assert!(!inside || *cell != Cell::EMPTY, "pixel {} is empty", x);
                prop_assert!(near || *cell == Cell::EMPTY, "pixel {} is not empty", x);
            }
        }
    }
}
