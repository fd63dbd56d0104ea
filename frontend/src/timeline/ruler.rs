//! Where the ruler has its ticks, and how times are written.

use super::viewport::Viewport;

/// A tick of the ruler.
#[derive(Clone, Debug, PartialEq)]
pub struct Tick {
    /// Its time.
    pub time_ns: f64,
    /// Its place, in pixels from the left edge of the plot.
    pub x_px: f64,
    /// Its time in words.
    pub label: String,
}

/// The ticks of a viewport, at round times (1, 2, 5 × a power of ten) and at least `spacing_px` apart.
#[must_use]
pub fn ticks(view: &Viewport, spacing_px: f64) -> Vec<Tick> {
    let step_ns = round_step(view.ns_per_px() * spacing_px);
    let first = (view.start_ns / step_ns).ceil();
    let last = (view.end_ns / step_ns).floor();
    let count = (last - first + 1.0).clamp(0.0, 10_000.0) as usize;
    (0..count)
        .map(|index| {
            let time_ns = (first + index as f64) * step_ns;
            Tick { time_ns, x_px: view.x_from_time(time_ns), label: time_text(time_ns, step_ns) }
        })
        .collect()
}

/// The smallest round number of nanoseconds that is no less than `least_ns`, and at least 1.
fn round_step(least_ns: f64) -> f64 {
    let decade = 10f64.powf(least_ns.max(1.0).log10().floor());
    [1.0, 2.0, 5.0]
        .into_iter()
        .map(|digit| digit * decade)
        .find(|step| *step >= least_ns * 0.999_999)
        .unwrap_or(10.0 * decade)
}

/// The smallest end of an axis that leaves room after `extent_ns`: a live run grows into it, and the axis is rescaled
/// a few times instead of at every frame.
#[must_use]
pub fn roomy(extent_ns: f64) -> f64 {
    let decade = 10f64.powf(extent_ns.max(1e6).log10().floor());
    let least = extent_ns * 1.05;
    [1.0, 1.5, 2.0, 3.0, 5.0, 7.5, 10.0]
        .into_iter()
        .map(|digit| digit * decade)
        .find(|end| *end >= least)
        .unwrap_or(15.0 * decade)
}

/// A time, exact to `step_ns`: "0", "20 ms", "1.5 s".
#[must_use]
pub fn time_text(time_ns: f64, step_ns: f64) -> String {
    // Half a step, so that what is zero at this resolution is written as zero.
    if time_ns.abs() < step_ns * 0.5 {
        return "0".to_owned();
    }
    let (unit_ns, unit) = unit_of(time_ns);
    let decimals = (unit_ns / step_ns).log10().ceil().clamp(0.0, 9.0) as usize;
    format!("{} {unit}", without_trailing_zeros(format!("{:.decimals$}", time_ns / unit_ns)))
}

fn unit_of(time_ns: f64) -> (f64, &'static str) {
    [(1e9, "s"), (1e6, "ms"), (1e3, "µs")]
        .into_iter()
        .find(|(ns, _)| time_ns.abs() >= *ns * 0.999_999_9)
        .unwrap_or((1.0, "ns"))
}

fn without_trailing_zeros(number: String) -> String {
    if number.contains('.') { number.trim_end_matches('0').trim_end_matches('.').to_owned() } else { number }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn labels(start_ns: f64, end_ns: f64) -> Vec<String> {
        let view = Viewport { start_ns, end_ns, width_px: 500.0 };
        ticks(&view, 80.0).into_iter().map(|tick| tick.label).collect()
    }

    #[test]
    fn ticks_are_at_round_times() {
        assert_eq!(labels(0.0, 100e6), ["0", "20 ms", "40 ms", "60 ms", "80 ms", "100 ms"]);
        assert_eq!(labels(0.0, 2.4e9), ["0", "500 ms", "1 s", "1.5 s", "2 s"]);
        assert_eq!(labels(0.0, 60e9), ["0", "10 s", "20 s", "30 s", "40 s", "50 s", "60 s"]);
        assert_eq!(labels(0.0, 1e3), ["0", "200 ns", "400 ns", "600 ns", "800 ns", "1 µs"]);
        assert_eq!(labels(1.2345e9, 1.2347e9), ["1.2345 s", "1.23455 s", "1.2346 s", "1.23465 s", "1.2347 s"]);
        assert_eq!(labels(999e6, 1001e6), ["999 ms", "999.5 ms", "1 s", "1.0005 s", "1.001 s"]);
    }

    proptest! {
        #[test]
        fn ticks_are_apart_and_on_screen(start in 0.0..1e12f64, digits in 3.0..12.0f64, width in 200.0..4000.0f64) {
            let view = Viewport { start_ns: start, end_ns: start + 10f64.powf(digits), width_px: width };
            let ticks = ticks(&view, 80.0);
            prop_assert!(ticks.windows(2).all(|pair| pair[1].x_px - pair[0].x_px > 79.9));
            prop_assert!(ticks.windows(2).all(|pair| pair[1].label != pair[0].label), "{:?}", ticks);
            prop_assert!(ticks.iter().all(|tick| tick.x_px > -0.1 && tick.x_px < width + 0.1));
            prop_assert!(ticks.len() as f64 >= (width / 80.0 / 2.5).floor() - 1.0);
        }

        #[test]
        fn a_live_axis_has_room_but_not_too_much(extent in 1e6..1e13f64) {
            let end = roomy(extent);
            prop_assert!(end > extent && end < extent * 2.2);
            prop_assert!(roomy(extent * 0.9) <= end);
        }
    }
}
