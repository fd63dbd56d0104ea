//! Spans narrower than a pixel, and rows thinner than one: what a row of pixels shows when much happens in each.
//!
//! ```text
//! spans   c.c.c.c.cwwwwwwwwwwww|c|wwwwwwwww      one device pixel is ────
//! cells   ▒▒▒▒▒▒▒▒▓▓▓▓██████████████████████      its state: the one that took longest; its strength: the share
//! ```
//!
//! A hundred thousand spans cost one pass over them and as many cells as the row has pixels. Three rules keep the
//! picture honest: a pixel in which anything happened is never empty; a pixel that saw work lost says so; and two
//! spans of one state that touch are told apart by an empty pixel where they are wide enough for it.

use lanes_core::trace::State;

use super::{model::Bar, viewport::Viewport};

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

/// Adds up spans over a row of device pixels. One is enough for a whole picture.
#[derive(Debug, Default)]
pub struct Coverage {
    pixels: Vec<[f32; STATES]>,
}

impl Coverage {
    /// For rows of so many pixels.
    #[must_use]
    pub fn new(width: usize) -> Self {
        Self { pixels: vec![[0.0; STATES]; width] }
    }

    /// Adds the spans of one track. The viewport's width is that of the row. `parted`: leave a pixel between spans.
    pub fn add(&mut self, bars: &[Bar], view: &Viewport, parted: bool) {
        let width = self.pixels.len() as f64;
        let (per_ns, start_ns) = (view.width_px / view.span_ns(), view.start_ns);
        let x_of = |time_ns: u64| ((time_ns as f64 - start_ns) * per_ns).clamp(0.0, width);
        for (index, bar) in bars.iter().enumerate() {
            if bar.state == State::Idle || (bar.end_ns as f64) < start_ns {
                continue;
            }
            let (from, to) = (x_of(bar.start_ns), x_of(bar.end_ns));
            let state = bar.state as usize;
            let first = from as usize;
            if parted && to - from >= PARTED_PX {
                let touched = |next: &Bar| next.state == bar.state && x_of(next.start_ns) - to < 1.0;
                let gap = usize::from(bars.get(index + 1).is_some_and(touched));
                self.fill(from.round() as usize, (to.round() as usize).saturating_sub(gap), state);
            } else if to - first as f64 <= 1.0 {
                // Within one pixel, as most are when there are many. One of no length leaves a trace, too.
                if let Some(pixel) = self.pixels.get_mut(first) {
                    pixel[state] += ((to - from) as f32).max(1e-6);
                }
            } else {
                let last = to as usize;
                self.pixels[first][state] += (first as f64 + 1.0 - from) as f32;
                self.fill(first + 1, last, state);
                if let Some(pixel) = self.pixels.get_mut(last) {
                    pixel[state] += (to - last as f64) as f32;
                }
            }
        }
    }

    /// Writes what `rows` tracks came to, and starts anew. Says whether there was anything.
    pub fn flush(&mut self, rows: usize, into: &mut Vec<Cell>) -> bool {
        let share = f32::from(STRENGTHS) / rows.max(1) as f32;
        let mut any = false;
        into.extend(self.pixels.iter_mut().map(|pixel| {
            let cell = cell(pixel, share);
            if cell != Cell::EMPTY {
                any = true;
                *pixel = [0.0; STATES];
            }
            cell
        }));
        any
    }

    fn fill(&mut self, from: usize, to: usize, state: usize) {
        for pixel in self.pixels.get_mut(from..to).unwrap_or_default() {
            pixel[state] += 1.0;
        }
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
        let tracks = &model.lanes()[0].workers()[0];
        tracks.iter().for_each(|track| coverage.add(track.bars(), &view, parted));
        let mut cells = Vec::new();
        coverage.flush(tracks.len(), &mut cells);
        letters(&cells)
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
        let bars = [bar(0, 1000, 0), bar(1000, 2000, 1), bar(2400, 3000, 2)];
        let view = Viewport::fit(3000.0, 24.0);
        let mut coverage = Coverage::new(24);
        for (parted, expected) in [(true, "CCCCCCC.CCCCCCCC...cCCCC"), (false, "CCCCCCCCCCCCCCCC...cCCCC")] {
            coverage.add(&bars, &view, parted);
            let mut cells = Vec::new();
            assert!(coverage.flush(1, &mut cells));
            assert_eq!(letters(&cells), expected);
        }
    }

    proptest! {
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
            coverage.add(&bars, &view, false);
            let mut cells = Vec::new();
            coverage.flush(1, &mut cells);
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
