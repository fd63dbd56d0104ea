//! A lane's wall time as it stands in the cards, the table and the timeline alike: the median of its repeats, and how
//! far they are from it.

use lanes_core::{
    present::{NBSP, deviation, duration_parts},
    report::LaneResult,
};

/// The parts of `153 ± 5 ms`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct WallTime {
    /// The median, in the unit.
    pub(crate) number: String,
    /// `± 5`, where there are several repeats.
    pub(crate) deviation: Option<String>,
    /// Its unit; empty where the number has its own.
    pub(crate) unit: &'static str,
}

impl WallTime {
    /// That of a lane; none before a repeat has run to its end.
    pub(crate) fn of(result: &LaneResult) -> Option<Self> {
        let wall = result.wall?;
        let (number, unit) = duration_parts(wall.median);
        let deviation = (result.wall_ns.len() > 1).then(|| format!("±{NBSP}{}", deviation(wall.median, wall.mad)));
        Some(Self { number, deviation, unit })
    }
}

#[cfg(test)]
mod tests {
    use lanes_core::{
        report::{Ending, RunReport, TaskCounts},
        scenario::{Lane, Model},
        trace::Tally,
    };

    use super::*;

    fn result(walls_ns: &[u64]) -> LaneResult {
        let run = |wall_ns: &u64| RunReport {
            lane: Lane::browser(Model::Async),
            ending: Ending::Complete,
            wall_ns: *wall_ns,
            tasks: TaskCounts::default(),
            workers: vec![Tally::new(0)],
            dropped: 0,
            counter: None,
            clock_resolution_ns: 1,
            notes: Vec::new(),
            gil: None,
            broke_at: None,
        };
        LaneResult::new(Lane::browser(Model::Async), &[], &walls_ns.iter().map(run).collect::<Vec<_>>())
    }

    #[test]
    fn it_is_the_median_and_its_deviation() {
        let text = |walls: &[u64]| {
            let wall = WallTime::of(&result(walls))?;
            Some(format!("{} {} {}", wall.number, wall.deviation.unwrap_or_default(), wall.unit).replace(NBSP, " "))
        };
        assert_eq!(text(&[148_000_000, 153_000_000, 246_000_000]), Some("153 ± 5 ms".to_owned()));
        assert_eq!(text(&[153_000_000]), Some("153  ms".to_owned()), "one repeat has no deviation");
        assert_eq!(text(&[]), None);
    }
}
