//! A sweep: one job at several values of one thing, and what the curves say. It runs nothing.
//!
//! ```text
//! workers=1..16 ─▶ axis ─▶ a scenario for each value ─run elsewhere─▶ points ─▶ best, knee, crossings, laws
//! ```

mod axis;
mod fit;

use serde::{Deserialize, Serialize};

pub use self::{
    axis::{Axis, MOST_POINTS, NoSweep, Over},
    fit::{Amdahl, LEAST_POINTS, Usl, amdahl, usl},
};
use crate::{
    present::times,
    scenario::{Lane, Model},
};

/// What is gained from one value to any later one is not worth having below this share.
const WORTH: f64 = 0.05;

/// One lane at one value.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Point {
    /// The value.
    pub value: u64,
    /// The lane.
    pub lane: Lane,
    /// The median of its wall times, in nanoseconds; `None` where it did not come to an end.
    pub median_ns: Option<u64>,
    /// Their median absolute deviation, in nanoseconds.
    pub mad_ns: Option<u64>,
    /// What was predicted before it ran, in nanoseconds.
    #[serde(default)]
    pub predicted_ns: Option<u64>,
    /// Why it did not come to an end, or came to another answer than the others.
    #[serde(default)]
    pub why: Option<String>,
}

/// What one curve says.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Curve {
    /// Whose.
    pub lane: Lane,
    /// The value at which it is fastest, and the time there.
    pub best: (u64, u64),
    /// The first value from which on no later one is faster by 5 % or more.
    pub knee: u64,
    /// Whether it gets slower again, by 5 % or more, after it was fastest.
    pub turns: bool,
    /// Over workers: Amdahl's law.
    pub amdahl: Option<Amdahl>,
    /// Over workers: the universal scalability law.
    pub usl: Option<Usl>,
}

/// Two curves that cross.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Crossing {
    /// Below it, this lane is faster.
    pub below: Lane,
    /// From it on, this one.
    pub above: Lane,
    /// Where, on the line through the logarithms of the points beside it.
    pub at: f64,
}

/// The points of one lane that came to an end: value and time.
fn of_lane(points: &[Point], lane: Lane) -> Vec<(u64, u64)> {
    let mut own: Vec<(u64, u64)> = points
        .iter()
        .filter(|point| point.lane == lane)
        .filter_map(|point| Some((point.value, point.median_ns?)))
        .collect();
    own.sort_unstable();
    own
}

/// The lanes of some points, each once, in their order.
fn lanes(points: &[Point]) -> Vec<Lane> {
    let mut lanes = Vec::new();
    for point in points {
        if !lanes.contains(&point.lane) {
            lanes.push(point.lane);
        }
    }
    lanes
}

/// What the curves say; nothing of a lane that came to an end at one value or at none.
#[must_use]
pub fn curves(axis: Axis, points: &[Point]) -> Vec<Curve> {
    lanes(points)
        .into_iter()
        .filter_map(|lane| {
            let own = of_lane(points, lane);
            let best = own.iter().copied().min_by_key(|(value, ns)| (*ns, *value))?;
            let last = own.last().copied().filter(|_| own.len() > 1)?;
            // No later point is better than this by what is worth having.
            let is_enough = |ns: u64| best.1 as f64 > ns as f64 * (1.0 - WORTH);
            let knee = own.iter().find(|(_, ns)| is_enough(*ns)).map_or(best.0, |(value, _)| *value);
            let scales = axis == Axis::Workers && !matches!(lane.model, Model::Sequential | Model::Async);
            let by_workers: Vec<(f64, f64)> = own.iter().map(|(value, ns)| (*value as f64, *ns as f64)).collect();
            Some(Curve {
                lane,
                best,
                knee,
                turns: last.1 as f64 * (1.0 - WORTH) > best.1 as f64,
                amdahl: amdahl(&by_workers).filter(|_| scales),
                usl: usl(&by_workers).filter(|_| scales),
            })
        })
        .collect()
}

/// Where the fastest lane changes.
#[must_use]
pub fn crossings(points: &[Point]) -> Vec<Crossing> {
    let mut values: Vec<u64> = points.iter().map(|point| point.value).collect();
    values.sort_unstable();
    values.dedup();
    let time =
        |lane: Lane, value: u64| of_lane(points, lane).into_iter().find(|(at, _)| *at == value).map(|(_, ns)| ns);
    let fastest = |value: u64| {
        lanes(points).into_iter().filter_map(|lane| Some((time(lane, value)?, lane))).min_by_key(|(ns, _)| *ns)
    };
    let mut found = Vec::new();
    for pair in values.windows(2) {
        let (Some((_, below)), Some((_, above))) = (fastest(pair[0]), fastest(pair[1])) else { continue };
        if below == above {
            continue;
        }
        let times = [below, above].map(|lane| [time(lane, pair[0]), time(lane, pair[1])]);
        let [[Some(b0), Some(b1)], [Some(a0), Some(a1)]] = times else { continue };
        // How far apart they are at both ends, the one for and the other against it.
        let (before, after) = ((a0 as f64 / b0 as f64).ln(), (b1 as f64 / a1 as f64).ln());
        // Noise makes curves cross that are one: each must be clearly faster somewhere on its side.
        let clearly = |faster: Lane, slower: Lane, side: &dyn Fn(u64) -> bool| {
            values.iter().filter(|value| side(**value)).any(|value| is_clear(points, *value, faster, slower))
        };
        let is_real =
            clearly(below, above, &|value| value <= pair[0]) && clearly(above, below, &|value| value >= pair[1]);
        if is_real && before + after > 0.0 {
            let (from, to) = ((pair[0] as f64).ln(), (pair[1] as f64).ln());
            found.push(Crossing { below, above, at: (from + (to - from) * before / (before + after)).exp() });
        }
    }
    found
}

/// Whether one lane is faster than another at a value by what is worth having, and by more than they scatter.
fn is_clear(points: &[Point], value: u64, faster: Lane, slower: Lane) -> bool {
    let find = |lane: Lane| points.iter().find(|point| point.value == value && point.lane == lane);
    let (Some(faster), Some(slower)) = (find(faster), find(slower)) else { return false };
    let (Some(fast_ns), Some(slow_ns)) = (faster.median_ns, slower.median_ns) else { return false };
    let scatter_ns = faster.mad_ns.unwrap_or(0) + slower.mad_ns.unwrap_or(0);
    (fast_ns as f64) < slow_ns as f64 * (1.0 - WORTH) && fast_ns + 2 * scatter_ns < slow_ns
}

/// What the curves say, in sentences.
#[must_use]
pub fn sentences(over: &Over, points: &[Point]) -> Vec<String> {
    let axis = over.axis;
    let mut sentences = Vec::new();
    for Crossing { below, above, at } in crossings(points) {
        sentences.push(format!("From about {} on {above} is faster than {below}.", axis.amount(at.round() as u64)));
    }
    for Curve { lane, best, knee, turns, usl, amdahl } in curves(axis, points) {
        if !matches!(axis, Axis::Workers | Axis::Concurrency | Axis::Chunk) {
            continue;
        }
        let own = of_lane(points, lane);
        let (first, last) = (own[0], own[own.len() - 1]);
        let gained = first.1 as f64 / best.1.max(1) as f64;
        let what = |value: u64| axis.amount(value);
        if gained < 1.0 / (1.0 - WORTH) && !turns {
            sentences.push(format!("{lane} gains nothing worth having from {} to {}.", what(first.0), what(last.0)));
            continue;
        }
        let gain = first.1 as f64 / at(&own, knee);
        let mut sentence = format!("{lane}: take {}", what(knee));
        if knee != first.0 {
            sentence += &format!(", {} as fast as {}", times(gain), what(first.0));
        }
        if turns {
            let slower = last.1 as f64 / best.1.max(1) as f64;
            sentence += &format!("; with {} it is {} slower again", what(last.0), times(slower));
        } else if knee < last.0 {
            sentence += "; more gain less than 5 %";
        }
        sentences.push(sentence + ".");
        if let Some(usl) = usl {
            let law = format!(
                "{lane} follows the universal scalability law with σ = {:.3} (waiting in line) and κ = {:.4} (agreeing), {:.1} % off on \
                 average",
                usl.sigma,
                usl.kappa,
                usl.residual * 100.0
            );
            sentences.push(match usl.peak {
                Some(peak) => format!("{law}; its peak is at {peak:.1} workers."),
                None => format!("{law}; no peak within the points."),
            });
        }
        if let Some(amdahl) = amdahl {
            sentences.push(format!(
                "By Amdahl's law {:.0} % of it cannot be shared out ({:.1} % off on average).",
                amdahl.serial * 100.0,
                amdahl.residual * 100.0
            ));
        }
    }
    sentences
}

fn at(own: &[(u64, u64)], value: u64) -> f64 {
    own.iter().find(|(at, _)| *at == value).map_or(1.0, |(_, ns)| *ns as f64)
}

/// The points as CSV, a line for each.
#[must_use]
pub fn csv(over: &Over, points: &[Point]) -> String {
    let mut text = format!("{},lane,median_ns,mad_ns,predicted_ns,why\n", over.axis.id());
    let cell = |ns: Option<u64>| ns.map_or_else(String::new, |ns| ns.to_string());
    for Point { value, lane, median_ns, mad_ns, predicted_ns, why } in points {
        let why = why.as_deref().map_or_else(String::new, |why| format!("\"{}\"", why.replace('"', "\"\"")));
        let [median, mad, predicted] = [median_ns, mad_ns, predicted_ns].map(|ns| cell(*ns));
        text += &format!("{value},\"{lane}\",{median},{mad},{predicted},{why}\n");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn points(lane: Lane, times: &[(u64, u64)]) -> Vec<Point> {
        let point = |(value, ns): &(u64, u64)| Point {
            value: *value,
            lane,
            median_ns: Some(*ns),
            mad_ns: Some(1),
            predicted_ns: None,
            why: None,
        };
        times.iter().map(point).collect()
    }

    #[test]
    fn the_knee_is_where_more_is_not_worth_having() {
        let lane = Lane::native(Model::Threads);
        let all = points(lane, &[(1, 1000), (2, 510), (4, 270), (8, 265), (16, 330)]);
        let curve = &curves(Axis::Workers, &all)[0];
        assert_eq!((curve.best, curve.knee, curve.turns), ((8, 265), 4, true));
        assert!(curve.usl.is_some_and(|usl| usl.peak.is_some_and(|peak| (4.0..16.0).contains(&peak))), "{curve:?}");
        let said = sentences(&"workers=1,2,4,8,16".parse().expect("a sweep"), &all);
        assert!(
            said[0].starts_with("native/threads: take 4 workers, 3.70× as fast as 1 worker; with 16 workers"),
            "{said:?}"
        );
        let flat = points(lane, &[(1, 1000), (2, 990), (4, 1005)]);
        let said = sentences(&"workers=1,2,4".parse().expect("a sweep"), &flat);
        assert_eq!(said, ["native/threads gains nothing worth having from 1 worker to 4 workers."]);
        assert!(curves(Axis::Workers, &flat[..1]).is_empty(), "one point is no curve");
    }

    #[test]
    fn the_fastest_lane_changes_where_the_curves_cross() {
        let (threads, processes) = (Lane::python(Model::Threads), Lane::python(Model::Processes));
        let mut all = points(threads, &[(10, 10), (100, 100), (1000, 1000)]);
        all.extend(points(processes, &[(10, 50), (100, 80), (1000, 500)]));
        let found = crossings(&all);
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].below, found[0].above), (threads, processes));
        assert!((10.0..100.0).contains(&found[0].at), "{found:?}");
        let over: Over = "tasks=10,100,1000".parse().expect("a sweep");
        assert!(sentences(&over, &all)[0].contains("on python/processes is faster than python/threads"));
        // What did not come to an end says nothing.
        all.iter_mut().filter(|point| point.value == 10).for_each(|point| point.median_ns = None);
        assert!(crossings(&all).is_empty());
        assert!(csv(&over, &all).lines().nth(1).is_some_and(|line| line == "10,\"python/threads\",,1,,"));
    }
}
