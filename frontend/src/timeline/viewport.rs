//! Which stretch of time is on screen: a value, with the two maps between time and pixels.
//!
//! Times are nanoseconds in `f64`: exact to the nanosecond for the first hundred days of a run.

/// The narrowest stretch of time that can be shown.
pub const MIN_SPAN_NS: f64 = 1_000.0;

/// A stretch of time laid over a width in CSS pixels. `x` counts from the left edge of the plot.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Viewport {
    /// Time at the left edge.
    pub start_ns: f64,
    /// Time at the right edge; always later than the start.
    pub end_ns: f64,
    /// Width of the plot.
    pub width_px: f64,
}

impl Viewport {
    /// All of `[0, extent_ns]` over a width.
    #[must_use]
    pub fn fit(extent_ns: f64, width_px: f64) -> Self {
        Self { start_ns: 0.0, end_ns: extent_ns.max(MIN_SPAN_NS), width_px: width_px.max(1.0) }
    }

    /// How much time is on screen.
    #[must_use]
    pub fn span_ns(&self) -> f64 {
        self.end_ns - self.start_ns
    }

    /// How much time one pixel is.
    #[must_use]
    pub fn ns_per_px(&self) -> f64 {
        self.span_ns() / self.width_px
    }

    /// Where a time is, which may be off screen.
    #[must_use]
    pub fn x_from_time(&self, time_ns: f64) -> f64 {
        (time_ns - self.start_ns) / self.span_ns() * self.width_px
    }

    /// The time at a place.
    #[must_use]
    pub fn time_from_x(&self, x_px: f64) -> f64 {
        self.start_ns + x_px / self.width_px * self.span_ns()
    }

    /// Shows `factor` times the detail (below 1: less), keeping the time at `x_px` where it is. The span never goes
    /// below [`MIN_SPAN_NS`].
    #[must_use]
    pub fn zoom_at(&self, x_px: f64, factor: f64) -> Self {
        let anchor_ns = self.time_from_x(x_px);
        let span_ns = (self.span_ns() / factor).max(MIN_SPAN_NS);
        let start_ns = anchor_ns - x_px / self.width_px * span_ns;
        Self { start_ns, end_ns: start_ns + span_ns, ..*self }
    }

    /// Moves to later times by so many pixels (negative: to earlier ones).
    #[must_use]
    pub fn pan_px(&self, dx_px: f64) -> Self {
        let by_ns = dx_px * self.ns_per_px();
        Self { start_ns: self.start_ns + by_ns, end_ns: self.end_ns + by_ns, ..*self }
    }

    /// The nearest viewport inside `[0, extent_ns]`: moved if it fits, narrowed if it does not.
    #[must_use]
    pub fn clamped(&self, extent_ns: f64) -> Self {
        let extent_ns = extent_ns.max(MIN_SPAN_NS);
        let span_ns = self.span_ns().clamp(MIN_SPAN_NS, extent_ns);
        if span_ns >= extent_ns {
            return Self { start_ns: 0.0, end_ns: extent_ns, ..*self };
        }
        if self.start_ns <= 0.0 {
            return Self { start_ns: 0.0, end_ns: span_ns, ..*self };
        }
        if self.start_ns + span_ns >= extent_ns {
            return Self { start_ns: extent_ns - span_ns, end_ns: extent_ns, ..*self };
        }
        // Written so that a viewport that is inside already comes back bit for bit.
        let end_ns = if span_ns == self.span_ns() { self.end_ns } else { self.start_ns + span_ns };
        Self { end_ns, ..*self }
    }

    /// Moved as little as possible so that a stretch of time is on screen, with a margin; a stretch too long for the
    /// screen is shown from its start.
    #[must_use]
    pub fn revealing(&self, from_ns: f64, to_ns: f64) -> Self {
        let margin_ns = self.span_ns() * 0.05;
        let to_its_start_ns = from_ns - margin_ns - self.start_ns;
        let fits = to_ns - from_ns <= self.span_ns() - 2.0 * margin_ns;
        let by_ns = match () {
            () if from_ns < self.start_ns => to_its_start_ns,
            () if to_ns <= self.end_ns => 0.0,
            () if fits => to_ns + margin_ns - self.end_ns,
            () if from_ns > self.end_ns - margin_ns => to_its_start_ns,
            () => 0.0,
        };
        Self { start_ns: self.start_ns + by_ns, end_ns: self.end_ns + by_ns, ..*self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const HOUR_NS: f64 = 3.6e12;

    fn viewports() -> impl Strategy<Value = Viewport> {
        (0.0..HOUR_NS, 0.0..9.0f64, 100.0..4000.0f64).prop_map(|(start_ns, digits, width_px)| Viewport {
            start_ns,
            end_ns: start_ns + MIN_SPAN_NS * 10f64.powf(digits),
            width_px,
        })
    }

    proptest! {
        #[test]
        fn there_and_back(view in viewports(), x in -1000.0..5000.0f64) {
            prop_assert!((view.x_from_time(view.time_from_x(x)) - x).abs() < 1e-2);
            let time = view.time_from_x(x);
            prop_assert!((view.time_from_x(view.x_from_time(time)) - time).abs() <= view.ns_per_px() * 1e-2);
        }

        #[test]
        fn zoom_keeps_its_anchor(view in viewports(), at in 0.0..1.0f64, factor in 0.05..20.0f64) {
            let x = at * view.width_px;
            let zoomed = view.zoom_at(x, factor);
            prop_assert!((zoomed.x_from_time(view.time_from_x(x)) - x).abs() < 1e-2);
            prop_assert!(zoomed.span_ns() >= MIN_SPAN_NS * 0.999);
        }

        #[test]
        fn clamping_twice_is_clamping_once(view in viewports(), extent in 0.0..HOUR_NS, dx in -9e3..9e3f64, zoom in 0.1..10.0f64) {
            let once = view.pan_px(dx).zoom_at(7.0, zoom).clamped(extent);
            prop_assert_eq!(once.clamped(extent), once);
            prop_assert!(once.start_ns >= 0.0 && once.end_ns <= extent.max(MIN_SPAN_NS));
            prop_assert!(once.start_ns < once.end_ns);
        }

        #[test]
        fn what_is_revealed_starts_on_screen(view in viewports(), from in 0.0..HOUR_NS, long in 0.0..1e10f64) {
            let shown = view.revealing(from, from + long);
            prop_assert!(shown.x_from_time(from) > -1e-2 && shown.x_from_time(from) <= view.width_px);
            prop_assert!((shown.span_ns() - view.span_ns()).abs() <= view.span_ns() * 1e-3);
        }
    }

    #[test]
    fn a_fitted_viewport_shows_everything() {
        let view = Viewport::fit(2e9, 1000.0);
        assert_eq!((view.x_from_time(0.0), view.x_from_time(1e9), view.x_from_time(2e9)), (0.0, 500.0, 1000.0));
        assert_eq!(view.clamped(2e9), view);
        assert_eq!(view.pan_px(50.0).clamped(2e9), view, "nothing beyond the ends");
    }

    #[test]
    fn an_empty_timeline_has_a_viewport_too() {
        let view = Viewport::fit(0.0, 0.0);
        assert!(view.x_from_time(0.0).is_finite() && view.ns_per_px().is_finite());
    }
}
