//! Break-evens: from which size, number of tasks, latency or number of workers on another lane would be the fastest. It predicts
//! nothing itself: whoever asks says what each lane takes.

use std::cmp::Ordering;

use crate::{
    present::count,
    scenario::{Lane, Scenario, ValidScenario},
    sweep::Axis,
};

/// A lane must be faster by this share to be called the faster one.
const WORTH: f64 = 0.05;
/// How many times as much or as little is looked at.
const FARTHEST: f64 = 64.0;
/// Steps of the search for the moment of equality, each of which halves the distance.
const STEPS: usize = 7;

/// Where another lane becomes the fastest.
#[derive(Clone, Debug, PartialEq)]
pub struct BreakEven {
    /// Of what.
    pub axis: Axis,
    /// What it is in the scenario.
    pub now: u64,
    /// Where both lanes take equally long.
    pub at: u64,
    /// The fastest on this side.
    pub best: Lane,
    /// The fastest beyond it.
    pub beyond: Lane,
}

impl BreakEven {
    /// In words: `from about 1,200 tasks on (now 100), native/threads would be faster than native/sequential`.
    #[must_use]
    pub fn sentence(&self) -> String {
        let Self { axis, now, at, best, beyond } = self;
        let about = axis.amount(*at);
        let where_ = match at.cmp(now) {
            Ordering::Equal => format!("at about {about}, which is where it is now,"),
            Ordering::Greater => format!("from about {about} on (now {})", count(*now)),
            Ordering::Less => format!("below about {about} (now {})", count(*now)),
        };
        format!("{where_} {beyond} would be faster than {best}")
    }
}

/// What a value is in a scenario; `None` where it has none, or several.
fn value_of(axis: Axis, scenario: &Scenario) -> Option<u64> {
    use crate::scenario::Step;
    let mut found: Vec<u64> = match axis {
        Axis::Workers => vec![scenario.workers.into()],
        Axis::Concurrency => vec![scenario.concurrency.into()],
        Axis::Tasks => vec![scenario.groups.iter().map(|group| u64::from(group.tasks)).sum()],
        Axis::Chunk => Vec::new(),
        Axis::Size | Axis::LatencyMs => scenario
            .groups
            .iter()
            .flat_map(|group| &group.steps)
            .filter_map(|step| match (axis, step) {
                (Axis::Size, Step::Compute(compute)) => Some(compute.size),
                (Axis::LatencyMs, Step::Fetch(fetch)) => Some(fetch.latency_ms.round() as u64),
                _ => None,
            })
            .collect(),
    };
    found.dedup();
    match found[..] {
        [only] if only > 0 => Some(only),
        _ => None,
    }
}

/// The break-evens of a scenario along these axes. `walls` says how long each of its lanes takes, as far as that is known.
pub fn break_evens(
    scenario: &Scenario,
    axes: &[Axis],
    mut walls: impl FnMut(&ValidScenario) -> Vec<(Lane, f64)>,
) -> Vec<BreakEven> {
    let mut found = Vec::new();
    for axis in axes.iter().copied().filter(|axis| axis.applies_to(scenario)) {
        let Some(now) = value_of(axis, scenario) else { continue };
        let mut at = |value: f64| {
            let mut varied = scenario.clone();
            axis.set(&mut varied, value.round().max(1.0) as u64);
            varied.validate().map(|valid| walls(&valid)).unwrap_or_default()
        };
        let Some((best, _)) = fastest(&at(now as f64)) else { continue };
        for up in [true, false] {
            found.extend(search(axis, now, best, up, &mut at));
        }
    }
    found
}

fn fastest(walls: &[(Lane, f64)]) -> Option<(Lane, f64)> {
    walls.iter().copied().min_by(|(_, a), (_, b)| a.total_cmp(b))
}

fn wall(walls: &[(Lane, f64)], lane: Lane) -> Option<f64> {
    walls.iter().find(|(other, _)| *other == lane).map(|(_, ns)| *ns)
}

/// The first other lane that is faster by what is worth having, in one direction, and where it becomes as fast.
fn search(
    axis: Axis,
    now: u64,
    best: Lane,
    up: bool,
    at: &mut impl FnMut(f64) -> Vec<(Lane, f64)>,
) -> Option<BreakEven> {
    let factor = if up { 2.0 } else { 0.5 };
    let mut near = now as f64;
    while near / now as f64 * factor <= FARTHEST && near / now as f64 * factor >= 1.0 / FARTHEST {
        let far = (near * factor).round();
        if far < 1.0 || far == near {
            return None;
        }
        let walls = at(far);
        let own = wall(&walls, best)?;
        let (beyond, ns) = fastest(&walls)?;
        if beyond != best && ns < own * (1.0 - WORTH) {
            // Between the two the one overtakes the other.
            let (mut near, mut far) = (near, far);
            for _ in 0..STEPS {
                let middle = (near * far).sqrt();
                let walls = at(middle);
                // Whoever ran out of time in the middle does not know where it is.
                if wall(&walls, beyond)? < wall(&walls, best)? {
                    far = middle;
                } else {
                    near = middle;
                }
            }
            let at = (near * far).sqrt().round() as u64;
            // Fewer than one there never are.
            return (up || at > 1).then_some(BreakEven { axis, now, at, best, beyond });
        }
        near = far;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::{Model, presets::Preset};

    #[test]
    fn a_break_even_lies_where_both_take_equally_long() {
        let scenario = Preset::find("crunch").expect("a preset").scenario();
        let (threads, sequential) = (Lane::native(Model::Threads), Lane::native(Model::Sequential));
        // Threads cost 3 ms to start; a task takes 1 ms.
        let walls = |valid: &ValidScenario| {
            let tasks = f64::from(valid.tasks());
            vec![(sequential, tasks * 1e6), (threads, 3e6 + tasks * 0.5e6)]
        };
        let found = break_evens(&scenario, &[Axis::Tasks, Axis::LatencyMs], walls);
        assert_eq!(found.len(), 1, "it fetches nothing, and with more tasks nothing changes: {found:?}");
        assert_eq!((found[0].best, found[0].beyond, found[0].now), (threads, sequential, 48));
        assert!((5..=7).contains(&found[0].at), "{found:?}");
        assert_eq!(
            found[0].sentence(),
            format!("below about {} tasks (now 48) native/sequential would be faster than native/threads", found[0].at)
        );
        let mut looks = 0;
        let cut_off = break_evens(&scenario, &[Axis::Tasks], |valid| {
            looks += 1;
            if looks > 6 { Vec::new() } else { walls(valid) }
        });
        assert!(cut_off.is_empty(), "half a search finds nothing: {cut_off:?}");
        let nobody = break_evens(&scenario, &[Axis::Tasks], |_| Vec::new());
        assert!(nobody.is_empty());
    }
}
