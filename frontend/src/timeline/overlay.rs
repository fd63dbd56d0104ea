//! What lies over the canvas as HTML, so that a moving pointer repaints nothing: cursor, tooltip, selection.

use super::{
    control::Control,
    describe::{self, Words},
    layout::{BODY_PX, Hit, RULER_PX},
    ruler::time_text,
};

/// The line over all lanes at the pointer.
#[derive(Clone, Debug, PartialEq)]
pub struct Cursor {
    /// From the left edge of the picture, in CSS pixels.
    pub x: f64,
    /// How far its label is moved to the left, as a share of the label's width: at the edges it stays inside.
    pub shift: f64,
    /// The time there.
    pub time: String,
}

/// The tooltip.
#[derive(Clone, Debug, PartialEq)]
pub struct Tip {
    /// From the left edge.
    pub x: f64,
    /// From the upper edge of the ruler.
    pub y: f64,
    /// As for the cursor.
    pub shift: f64,
    /// Whether it stands above its place, because there is no room below.
    pub above: bool,
    /// What it says.
    pub words: Words,
}

/// The frame around what is selected.
#[derive(Clone, Debug, PartialEq)]
pub struct Selection {
    /// From the left edge.
    pub x: f64,
    /// From the upper edge of the lanes.
    pub y: f64,
    /// Its width.
    pub width: f64,
    /// Its height.
    pub height: f64,
}

/// All of it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Overlay {
    /// The line at the pointer.
    pub cursor: Option<Cursor>,
    /// What is there or selected.
    pub tip: Option<Tip>,
    /// The frame around what is selected.
    pub selection: Option<Selection>,
}

/// Where the pointer is, and how much of the lanes is to be seen.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Sight {
    /// From the left edge and from the upper edge of the lanes; the ruler is above 0.
    pub pointer: Option<(f64, f64)>,
    /// The last `y` of the lanes that is inside the window.
    pub bottom: f64,
}

impl Overlay {
    /// The overlay of a timeline.
    #[must_use]
    pub fn new(control: &Control, sight: Sight) -> Self {
        let cursor = sight.pointer.and_then(|(x, _)| cursor(control, x));
        let selection = control.selected().and_then(|hit| selection(control, hit));
        let hovered = sight.pointer.and_then(|(x, y)| {
            let hit = control.hit(x, y).filter(|hit| hit.span.is_some())?;
            Some((hit, x, y, 18.0))
        });
        let chosen = || {
            let (hit, frame) = (control.selected()?, selection.as_ref()?);
            Some((*hit, frame.x + frame.width.min(160.0) / 2.0, frame.y + frame.height, 6.0))
        };
        let tip = hovered.or_else(chosen).and_then(|(hit, x, y, away)| {
            let above = y + BODY_PX + away > sight.bottom && y > BODY_PX;
            let y = if above { y - away } else { y + away };
            let shift = x / control.layout().width.max(1.0);
            Some(Tip { x, y: RULER_PX + y, shift, above, words: describe::hit(control.model(), &hit)? })
        });
        Self { cursor, tip, selection }
    }
}

fn cursor(control: &Control, x: f64) -> Option<Cursor> {
    let (layout, view) = (control.layout(), control.view());
    let on_plot = x >= layout.plot_x && x <= layout.plot_x + layout.plot_width;
    let time_ns = view.time_from_x(x - layout.plot_x);
    // Exact to about a pixel.
    let step_ns = 10f64.powf(view.ns_per_px().max(1.0).log10().floor());
    on_plot.then(|| Cursor { x, shift: x / layout.width.max(1.0), time: time_text(time_ns, step_ns) })
}

fn selection(control: &Control, hit: &Hit) -> Option<Selection> {
    let (layout, view) = (control.layout(), control.view());
    let (y, height) = layout.row(hit.row)?;
    let (from, to) = match hit.span {
        Some(span) => (view.x_from_time(span.start_ns as f64), view.x_from_time(span.end_ns as f64)),
        None => (0.0, view.width_px),
    };
    if to < 0.0 || from > view.width_px {
        return None;
    }
    let (from, to) = (from.max(0.0), to.min(view.width_px));
    let (width, tall) = ((to - from).max(2.0), height.max(3.0));
    Some(Selection { x: layout.plot_x + from, y: y - (tall - height) / 2.0, width, height: tall })
}

#[cfg(test)]
mod tests {
    use super::{super::model::tests::pictured, *};

    fn control() -> Control {
        let mut control = Control::default();
        *control.model_mut() = pictured("0.0 ccccwwww\n1.0 ....cccc");
        control.model_mut().finish_run(0, Some(8000), super::super::failures::FailedTasks::default());
        control.refresh(856.0); // plot: 32..848, with 2 % of room
        control
    }

    #[test]
    fn the_pointer_has_a_line_with_its_time() {
        let control = control();
        let at = |x| Overlay::new(&control, Sight { pointer: Some((x, -5.0)), bottom: 900.0 });
        assert_eq!(at(232.0).cursor.unwrap().time, "2 µs");
        assert_eq!(at(10.0).cursor, None, "the gutter has no time");
        assert_eq!(at(232.0).tip, None, "the ruler has no spans");
    }

    #[test]
    fn a_tooltip_stays_where_it_can_be_read() {
        let control = control();
        let tip = |x, y, bottom| Overlay::new(&control, Sight { pointer: Some((x, y)), bottom }).tip;
        let there = tip(232.0, 25.0, 900.0).unwrap();
        assert_eq!((there.words.title.as_str(), there.above), ("task 0 · compute", false));
        assert_eq!(there.shift, 232.0 / 856.0, "at the left edge it hangs to the right, at the right edge to the left");
        assert!(!tip(232.0, 25.0, 40.0).unwrap().above, "no room above either");
        assert_eq!(tip(100.0, 40.0, 900.0), None);
    }

    #[test]
    fn what_is_selected_is_framed_as_far_as_it_is_seen() {
        let mut control = control();
        control.key("ArrowDown", false);
        let frame = |control: &Control| Overlay::new(control, Sight::default()).selection;
        assert_eq!(frame(&control), Some(Selection { x: 32.0, y: 20.0, width: 816.0, height: 12.0 }));
        control.key(".", false);
        assert_eq!(frame(&control), Some(Selection { x: 32.0, y: 20.0, width: 400.0, height: 12.0 }));
        assert_eq!(Overlay::new(&control, Sight::default()).tip.unwrap().words.title, "task 0 · compute");
        control.zoom_at(848.0, 4.0);
        assert_eq!(frame(&control), None, "off screen");
    }
}
