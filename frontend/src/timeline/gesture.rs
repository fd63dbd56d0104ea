//! Pointers that are down, and what they mean together: one drags, two pinch, one that did not move has clicked.
//! And wheels, of which most are meant for the page.

/// How far a pointer may move and still click, in CSS pixels.
const STILL_PX: f64 = 4.0;

/// What the pointers ask for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Meaning {
    /// Nothing.
    Nothing,
    /// The picture follows the pointer by so many pixels to the right.
    Drag(f64),
    /// The picture grows around a place by a factor, and follows it to the right.
    Pinch {
        /// The place.
        x: f64,
        /// The factor.
        factor: f64,
        /// How far to the right.
        dx: f64,
    },
    /// A click at a place.
    Click {
        /// From the left.
        x: f64,
        /// From above.
        y: f64,
    },
}

#[derive(Clone, Copy, Debug)]
struct Pointer {
    id: i32,
    x: f64,
    from: (f64, f64),
}

/// The pointers that are down.
#[derive(Debug, Default)]
pub struct Gesture {
    pointers: Vec<Pointer>,
    /// Whether one of them has moved, so that none of them clicks any more.
    moved: bool,
}

impl Gesture {
    /// A pointer went down.
    pub fn down(&mut self, id: i32, x: f64, y: f64) {
        // The first one may yet click, a further one pinches.
        self.moved = !self.pointers.is_empty();
        self.pointers.retain(|pointer| pointer.id != id);
        self.pointers.push(Pointer { id, x, from: (x, y) });
    }

    /// A pointer moved, up or down.
    pub fn moved(&mut self, id: i32, x: f64, y: f64) -> Meaning {
        let Some(index) = self.pointers.iter().position(|pointer| pointer.id == id) else { return Meaning::Nothing };
        let before = self.pointers[index];
        if !self.moved && (x - before.from.0).hypot(y - before.from.1) <= STILL_PX {
            return Meaning::Nothing;
        }
        self.moved = true;
        self.pointers[index].x = x;
        match self.pointers.as_slice() {
            [_] => Meaning::Drag(x - before.x),
            [a, b] => {
                let other = if index == 0 { b } else { a };
                let (was, is) = ((before.x - other.x).abs(), (x - other.x).abs());
                // Fingers above each other say nothing of time.
                let factor = if was < 16.0 || is < 16.0 { 1.0 } else { is / was };
                Meaning::Pinch { x: (x + other.x) / 2.0, factor, dx: (x - before.x) / 2.0 }
            }
            _ => Meaning::Nothing,
        }
    }

    /// A pointer went up.
    pub fn up(&mut self, id: i32, x: f64, y: f64) -> Meaning {
        let was_down = self.pointers.iter().any(|pointer| pointer.id == id);
        let clicked = was_down && !self.moved && self.pointers.len() == 1;
        self.pointers.retain(|pointer| pointer.id != id);
        if clicked { Meaning::Click { x, y } } else { Meaning::Nothing }
    }

    /// A pointer was taken away, by the browser's own scrolling for instance.
    pub fn cancel(&mut self, id: i32) {
        self.pointers.retain(|pointer| pointer.id != id);
    }

    /// Whether the picture is being dragged or pinched.
    #[must_use]
    pub fn is_moving(&self) -> bool {
        self.moved && !self.pointers.is_empty()
    }
}

/// A turn of the wheel, in CSS pixels.
#[derive(Clone, Copy, Debug, Default)]
pub struct Wheel {
    /// To the right.
    pub dx: f64,
    /// Down.
    pub dy: f64,
    /// Whether Ctrl or ⌘ is held, or two fingers pinch a trackpad, which browsers report likewise.
    pub ctrl: bool,
    /// Whether Shift is held.
    pub shift: bool,
    /// Whether the timeline was clicked or reached by keyboard, and the pointer has not left it since.
    pub armed: bool,
}

/// What a wheel asks for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum WheelMeaning {
    /// So many times the detail.
    Zoom(f64),
    /// To later times, by so many pixels.
    Pan(f64),
    /// The page is to scroll.
    Page,
}

impl Wheel {
    /// What it asks for.
    #[must_use]
    pub fn meaning(self) -> WheelMeaning {
        let sideways = self.dx.abs() > self.dy.abs();
        if self.ctrl || (self.armed && !sideways && !self.shift) {
            // A pinch comes in small steps, a wheel in steps of a hundred.
            let per_px = if self.ctrl && self.dy.abs() < 40.0 { 0.01 } else { 0.002 };
            return WheelMeaning::Zoom((-self.dy.clamp(-400.0, 400.0) * per_px).exp());
        }
        match () {
            () if sideways => WheelMeaning::Pan(self.dx),
            () if self.shift => WheelMeaning::Pan(self.dy),
            () => WheelMeaning::Page,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plain_wheel_is_the_pages_until_the_timeline_is_clicked() {
        let down = Wheel { dy: 100.0, ..Wheel::default() };
        assert_eq!(down.meaning(), WheelMeaning::Page);
        assert!(matches!(Wheel { armed: true, ..down }.meaning(), WheelMeaning::Zoom(factor) if factor < 1.0));
        assert!(matches!(Wheel { ctrl: true, dy: -3.0, ..down }.meaning(), WheelMeaning::Zoom(factor) if factor > 1.0));
        assert_eq!(Wheel { shift: true, armed: true, ..down }.meaning(), WheelMeaning::Pan(100.0));
        assert_eq!(Wheel { dx: -120.0, armed: true, ..down }.meaning(), WheelMeaning::Pan(-120.0));
    }

    #[test]
    fn a_still_pointer_clicks() {
        let mut gesture = Gesture::default();
        gesture.down(1, 100.0, 50.0);
        assert_eq!(gesture.moved(1, 102.0, 51.0), Meaning::Nothing);
        assert_eq!(gesture.up(1, 102.0, 51.0), Meaning::Click { x: 102.0, y: 51.0 });
        assert_eq!(gesture.up(1, 102.0, 51.0), Meaning::Nothing, "only once");
    }

    #[test]
    fn one_pointer_drags_and_then_does_not_click() {
        let mut gesture = Gesture::default();
        gesture.down(1, 100.0, 50.0);
        assert_eq!(gesture.moved(1, 110.0, 50.0), Meaning::Drag(10.0), "nothing is lost to the threshold");
        assert_eq!(gesture.moved(1, 108.0, 50.0), Meaning::Drag(-2.0));
        assert!(gesture.is_moving());
        assert_eq!(gesture.up(1, 108.0, 50.0), Meaning::Nothing);
        gesture.down(1, 100.0, 50.0);
        assert_eq!(gesture.up(1, 100.0, 50.0), Meaning::Click { x: 100.0, y: 50.0 }, "the next one may");
    }

    #[test]
    fn two_pointers_pinch() {
        let mut gesture = Gesture::default();
        gesture.down(1, 100.0, 50.0);
        gesture.down(2, 200.0, 50.0);
        assert_eq!(gesture.moved(2, 300.0, 50.0), Meaning::Pinch { x: 200.0, factor: 2.0, dx: 50.0 });
        assert_eq!(gesture.up(1, 100.0, 50.0), Meaning::Nothing);
        assert_eq!(gesture.moved(2, 310.0, 50.0), Meaning::Drag(10.0), "the one that is left drags");
    }

    #[test]
    fn a_pointer_that_is_not_down_means_nothing() {
        let mut gesture = Gesture::default();
        assert_eq!(gesture.moved(1, 5.0, 5.0), Meaning::Nothing);
        gesture.down(1, 5.0, 5.0);
        gesture.cancel(1);
        assert_eq!(gesture.moved(1, 50.0, 5.0), Meaning::Nothing);
    }
}
