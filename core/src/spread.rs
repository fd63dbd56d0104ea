//! What counts as a tie, and which repeats stand out. It ranks nothing.

use crate::{
    paired::{Order, Pairs},
    report::{LaneResult, spread_of},
};

/// A median absolute deviation times this is the standard deviation, if the repeats are normally distributed.
const SIGMAS_PER_MAD: f64 = 1.4826;
/// Two medians must lie this many standard deviations apart to differ.
const SIGMAS: f64 = 2.0;
/// Fewer repeats than this say nothing about their spread.
const REPEATS_FOR_SPREAD: usize = 3;
/// Least relative difference that is told apart, where the spread was seen: machines are no steadier than that.
const LEAST_SHARE: f64 = 0.02;
/// The same where too few repeats were made to see it.
const LEAST_SHARE_UNSEEN: f64 = 0.1;
/// The same where the only run was also the first: it starts threads, compiles and fills caches as it goes, and two such
/// runs of one lane often differ by more than two warmed-up lanes do.
const LEAST_SHARE_COLD: f64 = 0.25;

/// Modified z-score past which a repeat stands out (Iglewicz and Hoaglin, "How to Detect and Handle Outliers", 1993).
const OUTLIER_SCORE: f64 = 3.5;
/// Repeats that lie closer together than this share of their median do not stand out, however regular the others are.
const OUTLIER_LEAST_SHARE: f64 = 0.02;

/// The least difference that is told apart whatever the spread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Floor {
    /// A share of the longer median; see [`least_share`].
    Share,
    /// At least so many nanoseconds, for jobs where less does not matter.
    Job(u64),
}

/// Two standard deviations of the difference of two lanes' repeats, estimated from their median absolute deviations, in
/// nanoseconds.
#[must_use]
pub fn noise_ns(a: &LaneResult, b: &LaneResult) -> u64 {
    let sigma = |lane: &LaneResult| {
        let mad = lane.wall.map_or(0, |wall| wall.mad);
        SIGMAS_PER_MAD * of_few(lane.wall_ns.len()) * mad as f64 * lane.pace()
    };
    (SIGMAS * sigma(a).hypot(sigma(b))) as u64
}

/// The median absolute deviation of a few repeats is too small on average by this factor (Croux and Rousseeuw, "Time-efficient
/// algorithms for two highly robust estimators of scale", 1992).
fn of_few(repeats: usize) -> f64 {
    const FACTORS: [f64; 10] = [1.0, 1.0, 1.196, 1.495, 1.363, 1.206, 1.2, 1.14, 1.129, 1.107];
    FACTORS.get(repeats).copied().unwrap_or_else(|| repeats as f64 / (repeats as f64 - 0.8))
}

/// The largest difference of two lanes' medians that is a tie however steady they are: the floor, and both clocks' steps
/// together.
fn least_ns(a: &LaneResult, b: &LaneResult, floor: Floor) -> u64 {
    let least = (least_share(a, b) * paced(a).max(paced(b)) as f64) as u64;
    let steps = [a, b].into_iter().filter_map(|lane| lane.shown.as_ref()).map(|run| run.clock_resolution_ns).sum();
    let matters = match floor {
        Floor::Share => 0,
        Floor::Job(ns) => ns,
    };
    least.max(steps).max(matters)
}

/// The least relative difference of two lanes that is told apart: 2 %, 10 % with fewer than three repeats, 25 % with one
/// that nothing had warmed up.
#[must_use]
pub fn least_share(a: &LaneResult, b: &LaneResult) -> f64 {
    match a.wall_ns.len().min(b.wall_ns.len()) {
        REPEATS_FOR_SPREAD.. => LEAST_SHARE,
        _ if a.is_cold || b.is_cold => LEAST_SHARE_COLD,
        _ => LEAST_SHARE_UNSEEN,
    }
}

/// Whether nobody can say which of two lanes is faster, or it does not matter. A lane without a median ties with none.
///
/// Where enough rounds were made for the rounds themselves to tell (see [`crate::paired`]), they decide; else the medians
/// have to differ by more than [`noise_ns`].
#[must_use]
pub fn is_tie(a: &LaneResult, b: &LaneResult, floor: Floor) -> bool {
    if a.wall.is_none() || b.wall.is_none() {
        return false;
    }
    let difference_ns = paced(a).abs_diff(paced(b));
    let by_spread = difference_ns <= noise_ns(a, b);
    difference_ns <= least_ns(a, b, floor)
        || match Pairs::of(a, b).order() {
            Order::Faster => by_spread && paced(a) > paced(b),
            Order::Slower => by_spread && paced(b) > paced(a),
            Order::Same => true,
            Order::Unclear => by_spread,
        }
}

/// Which repeats lie so far from their median that something else must have been going on, counted from 0.
///
/// Needs four repeats: of three, one is always odd.
#[must_use]
pub fn outliers(wall_ns: &[u64]) -> Vec<usize> {
    let Some(spread) = spread_of(wall_ns).filter(|_| wall_ns.len() > REPEATS_FOR_SPREAD) else { return Vec::new() };
    let least = spread.median as f64 * OUTLIER_LEAST_SHARE;
    let far = (OUTLIER_SCORE / 0.6745 * spread.mad as f64).max(least);
    let stands_out = |ns: u64| ns.abs_diff(spread.median) as f64 > far;
    wall_ns.iter().enumerate().filter(|(_, ns)| stands_out(**ns)).map(|(i, _)| i).collect()
}

/// A lane is much slower than the fastest from this share of its median on: one that ties only because its own repeats
/// differ wildly is no better for being simple.
const MUCH_SLOWER: f64 = 0.1;

/// Whether a lane's median is so much longer than the fastest's that only its own spread makes it a tie.
#[must_use]
pub fn much_slower(lane: &LaneResult, fastest: &LaneResult) -> bool {
    let share = least_share(lane, fastest).max(MUCH_SLOWER);
    paced(lane) as f64 > paced(fastest) as f64 * (1.0 + share)
}

/// Whether the repeats of two lanes that tie differ so much that a much slower lane would tie as well.
#[must_use]
pub fn hides_much(lane: &LaneResult, fastest: &LaneResult) -> bool {
    let hidden = noise_ns(lane, fastest) as f64 > paced(fastest) as f64 * MUCH_SLOWER;
    (hidden || much_slower(lane, fastest)) && Pairs::of(lane, fastest).order() != Order::Same
}

/// How far the repeats of a lane lie from their median, as a share of it: half of them are nearer.
#[must_use]
pub fn deviation(lane: &LaneResult) -> f64 {
    lane.wall.map_or(0.0, |wall| wall.mad as f64 / wall.median.max(1) as f64)
}

/// The median wall time in nanoseconds, longer than everything where there is none; lanes that are ranked have one.
#[must_use]
pub fn median(lane: &LaneResult) -> u64 {
    lane.wall.map_or(u64::MAX, |wall| wall.median)
}

/// The median time that a lane would take, at its pace, until as many tasks are done as there are, in nanoseconds: the median
/// wall time where no task failed. Lanes are ranked by it, so that failing fast gains nothing.
#[must_use]
pub fn paced(lane: &LaneResult) -> u64 {
    lane.wall.map_or(u64::MAX, |wall| (wall.median as f64 * lane.pace()) as u64)
}
