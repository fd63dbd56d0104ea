//! The speed-up of lanes that were run with several numbers of workers, or in flight: a row for each, a column for each number.

use lanes_core::{
    present::{count, times},
    report::{Agreement, LaneResult, agreement, speedup},
    result::reference,
    scenario::{Lane, Scenario, Settings},
};

use super::style::{BAR, FAINT, STRONG, paint};

/// From nothing to as fast as the fastest.
const HEIGHTS: [&str; 8] = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"];

/// What a lane is compared with itself in.
type Number = fn(&Scenario, Lane) -> u32;

/// The curves; nothing where no lane was run with several numbers.
pub(super) fn curve(scenario: &Scenario, results: &[LaneResult]) -> String {
    let workers: Number = |scenario, lane| scenario.workers_of(lane);
    let in_flight: Number = |scenario, lane| scenario.concurrency_of(lane);
    let without_workers = |settings: Settings| Settings { workers: None, name: None, ..settings };
    let without_flight = |settings: Settings| Settings { concurrency: None, name: None, ..settings };
    block(scenario, results, "workers", workers, without_workers)
        + &block(scenario, results, "in flight", in_flight, without_flight)
}

fn block(
    scenario: &Scenario,
    results: &[LaneResult],
    unit: &str,
    number: Number,
    without: fn(Settings) -> Settings,
) -> String {
    let ranked: Vec<(Lane, u32, f64)> = results
        .iter()
        .zip(agreement(results))
        .filter(|(_, agreement)| *agreement == Agreement::Agrees)
        .filter_map(|(lane, _)| {
            let base = Lane { settings: without(lane.lane.settings), ..lane.lane };
            Some((base, number(scenario, lane.lane), speedup(lane, reference(lane, results)?)?))
        })
        .collect();
    let mut bases: Vec<Lane> = Vec::new();
    for (base, ..) in &ranked {
        if !bases.contains(base) && ranked.iter().filter(|(other, ..)| other == base).count() > 1 {
            bases.push(*base);
        }
    }
    if bases.is_empty() {
        return String::new();
    }
    let mut numbers: Vec<u32> =
        ranked.iter().filter(|(base, ..)| bases.contains(base)).map(|(_, number, _)| *number).collect();
    numbers.sort_unstable();
    numbers.dedup();
    let most = ranked.iter().map(|(.., speed)| *speed).fold(f64::MIN_POSITIVE, f64::max);
    let name = format!("speed-up by {unit}");
    let width = bases.iter().map(|base| base.to_string().chars().count()).chain([name.len()]).max().unwrap_or(0);
    let heads: String = numbers.iter().map(|number| format!("  {:>9}", count((*number).into()))).collect();
    let mut text = format!("\n{}\n", paint(FAINT, format!("{name:width$}{heads}")));
    for base in bases {
        text.push_str(&paint(STRONG, format!("{:width$}", base.to_string())));
        for number in &numbers {
            let speed = ranked.iter().find(|(other, of, _)| *other == base && of == number).map(|(.., speed)| *speed);
            text.push_str(&match speed {
                None => format!("  {:>9}", "–"),
                Some(speed) => {
                    let height = ((speed / most * 8.0).ceil() as usize).clamp(1, 8) - 1;
                    format!("  {:>7} {}", times(speed), paint(BAR, HEIGHTS[height]))
                }
            });
        }
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use lanes_core::{
        report::{Ending, RunReport, TaskCounts},
        scenario::Model,
        trace::Tally,
    };

    use super::*;

    fn lane(model: Model, workers: Option<u32>, wall_ns: u64) -> LaneResult {
        let settings = Settings { workers, ..Settings::default() };
        let lane = Lane { settings, ..Lane::python(model) };
        let mut tally = Tally::new(0);
        tally.checksum = 7;
        let run = RunReport {
            lane,
            ending: Ending::Complete,
            wall_ns,
            tasks: TaskCounts { done: 1, ..TaskCounts::default() },
            workers: vec![tally],
            dropped: 0,
            counter: None,
            clock_resolution_ns: 1,
            notes: Vec::new(),
            gil: None,
            broke_at: None,
        };
        LaneResult::new(lane, &[], &[run])
    }

    #[test]
    fn a_lane_with_several_numbers_of_workers_has_a_row_with_one_column_for_each() {
        let results = [
            lane(Model::Sequential, None, 800),
            lane(Model::Threads, Some(1), 800),
            lane(Model::Threads, Some(4), 400),
            lane(Model::Processes, Some(4), 100),
        ];
        let text = anstream::adapter::strip_str(&curve(&Scenario::default(), &results)).to_string();
        let lines: Vec<&str> = text.lines().skip(1).collect();
        assert_eq!(lines, ["speed-up by workers          1          4", "python/threads         1.00× ▁    2.00× ▂"]);
        assert_eq!(curve(&Scenario::default(), &results[..2]), "");
    }
}
