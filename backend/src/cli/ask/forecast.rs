//! How long each lane would take, by the same simulation as `lanes predict`: one run of it, and all of its rounds.

use std::{
    fmt::Write,
    time::{Duration, Instant},
};

use lanes_core::{
    predict::{Asked, Prediction, forecast::changes},
    present::{duration, of},
    report::LaneResult,
    scenario::{Lane, Scenario},
    verdict,
};

use crate::{
    calibration::Calibrator,
    cli::{
        predict::{LONGEST_SEARCH, sentence_of},
        style,
    },
};

/// The most that one lane may take over all of its rounds.
pub(super) const BUDGET: Duration = Duration::from_secs(60);

/// What a lane would take.
pub(super) struct Forecast {
    pub(super) lane: Lane,
    /// One run of it, or why nobody can say.
    outcome: Result<Prediction, String>,
    rounds: u32,
}

impl Forecast {
    /// How long all of its rounds take; nothing where nobody can say.
    fn together(&self) -> Option<Duration> {
        let prediction = self.outcome.as_ref().ok()?;
        Some(Duration::from_nanos(prediction.report.wall_ns.saturating_mul(self.rounds.into())))
    }

    /// Whether it takes longer than a lane may. One of which nobody can say is run.
    pub(super) fn is_too_long(&self) -> bool {
        self.together().is_some_and(|time| time > BUDGET)
    }
}

/// The forecast of each lane of a scenario. What has to be known of this machine is measured first; `say` is told what.
pub(super) fn forecasts(
    asked: &Asked<'_>,
    calibrator: &mut Calibrator<'_>,
    say: &mut dyn FnMut(&str),
) -> Vec<Forecast> {
    let rounds = asked.scenario.repeats.least() + asked.scenario.warmup;
    let of_lane = |lane: &Lane| {
        let measured = calibrator.calibrate(asked, *lane, say).map_err(|why| why.to_string());
        let outcome = measured.and_then(|()| calibrator.predict(asked, *lane).map_err(|why| why.to_string()));
        Forecast { lane: *lane, outcome, rounds }
    };
    asked.scenario.lanes.iter().map(of_lane).collect()
}

/// The forecasts as a table, and what they come to.
pub(super) fn table(scenario: &Scenario, forecasts: &[Forecast], cores: usize) -> String {
    let rounds = of((scenario.repeats.least() + scenario.warmup).into(), "run", "runs");
    let cores = of(cores as u64, "core", "cores");
    let mut text = format!("Forecast for {rounds} of each lane on {cores}, from what this machine was measured at:\n");
    let _ = writeln!(text, "  {:<20} {:>10} {:>21} {:>10}", "", "one run", "9 of 10", "in all");
    for forecast in forecasts {
        let name = forecast.lane.to_string();
        let _ = match (&forecast.outcome, forecast.together()) {
            (Ok(prediction), Some(together)) => {
                let [from, to] = prediction.interval_ns.map(duration);
                let run = format!("≈ {}", duration(prediction.report.wall_ns));
                let note = if forecast.is_too_long() { "  left out" } else { "" };
                let interval = format!("{from} – {to}");
                writeln!(text, "  {name:<20} {run:>10} {interval:>21} {:>10}{note}", written(together))
            }
            (outcome, _) => {
                let why = outcome.as_ref().err().map_or("", String::as_str);
                writeln!(text, "  {name:<20} not known: {why}")
            }
        };
    }
    let together = forecasts.iter().filter(|one| !one.is_too_long()).filter_map(Forecast::together).sum();
    let _ = writeln!(text, "  {:<20} {:>10} {:>21} {:>10}", "together", "", "", written(together));
    let results: Vec<LaneResult> =
        forecasts.iter().filter_map(|one| Some(one.outcome.as_ref().ok()?.result(one.lane))).collect();
    if let Some(best) = verdict::verdict(scenario, &results).overall {
        let ties: String = best.ties.iter().map(|lane| format!(" or {lane}")).collect();
        let sentence = format!("Predicted, not measured: take {}{ties}.", best.lane);
        text.push_str(&style::wrapped("", &sentence, style::width()));
    }
    text
}

/// From where on another lane would be the one to take.
pub(super) fn would_change(asked: &Asked<'_>, calibrator: &mut Calibrator<'_>) -> String {
    let until = Instant::now() + LONGEST_SEARCH;
    let found = changes(asked, |varied, lane| calibrator.wall_ns(varied, lane).ok(), || Instant::now() < until);
    let sentences: String =
        found.iter().map(|change| style::wrapped("  - ", &sentence_of(change), style::width())).collect();
    if sentences.is_empty() { sentences } else { format!("What would change it\n{sentences}") }
}

fn written(time: Duration) -> String {
    duration(u64::try_from(time.as_nanos()).unwrap_or(u64::MAX))
}

/// What brings the slowest lane within the budget.
pub(super) fn advice(scenario: &Scenario, forecasts: &[Forecast]) -> String {
    let slowest = forecasts.iter().filter_map(Forecast::together).max().unwrap_or_default();
    match tasks_within_budget(scenario.tasks(), slowest) {
        Some(first) => format!("run fewer of the tasks with --first {first}"),
        None => "measure less often with --repeats 1, or ask for shorter tasks".to_owned(),
    }
}

/// How many of the tasks a lane that takes `slowest` for all of them does within the budget; none if not even one.
fn tasks_within_budget(tasks: u32, slowest: Duration) -> Option<u32> {
    let fits = (f64::from(tasks) * BUDGET.as_secs_f64() / slowest.as_secs_f64()) as u32;
    // A round number is easier to type; none is larger than what fits.
    let unit = 10_u32.pow(fits.checked_ilog10()?.saturating_sub(1));
    Some(fits / unit * unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tasks_that_fit_are_a_round_number() {
        assert_eq!(tasks_within_budget(500, Duration::from_secs(330)), Some(90));
        assert_eq!(tasks_within_budget(100_000, Duration::from_secs(700)), Some(8_500));
        assert_eq!(tasks_within_budget(8, Duration::from_secs(120)), Some(4));
        assert_eq!(tasks_within_budget(1, Duration::from_secs(61)), None);
    }
}
