//! `lanes predict`: what each lane would take, worked out from what this machine was measured at, without running the job.
//!
//! ```text
//! arguments ─▶ scenario ─▶ calibrate what is not known yet ─▶ what if … ─▶ core's predict ─▶ table, verdict, result file
//! ```

use std::{fmt::Write, path::PathBuf};

use lanes_core::{
    export::chrome::LaneTrace,
    predict::{NotPredicted, Prediction},
    present::{count, duration, list, times},
    report::{LaneResult, speedup},
    result::{reference, result_file},
    scenario::{Lane, Scenario, Step, ValidScenario},
    sweep::Axis,
    verdict,
};
use serde_json::{Value, json};

use super::{
    failure::Failure,
    run::{self, Prepared, prepare, settings},
    source::SourceError,
    style::{self, BAD, BAR, FAINT, STRONG, paint, wrapped},
    table::bar,
    target::{Extent, Target},
    timeline::{self, timeline},
};
use crate::{
    arguments::python,
    calibration::{CalibrationError, Calibrator, Kept, default_path},
    machine::machine,
    python as interpreters,
    runner::CancelToken,
    signals::on_signal,
    terminal,
};

/// `lanes predict`
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The name of a preset or an experiment (see “lanes list”), a JSON file, a link or “-” for standard input
    scenario: String,
    /// Predict these lanes instead of the scenario's, such as native/async,python/threads
    #[arg(long, value_name = "LANES", value_delimiter = ',')]
    lanes: Vec<String>,
    #[command(flatten)]
    settings: settings::Arguments,
    /// What if the machine had so many cores
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=MOST_CORES))]
    cores: Option<u32>,
    /// What if there were so many tasks, in the same proportions where there are several groups
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    tasks: Option<u32>,
    /// What if every fetch took so many milliseconds
    #[arg(long, value_name = "MS")]
    latency_ms: Option<f64>,
    /// What if every kernel had this size
    #[arg(long, value_name = "SIZE", value_parser = clap::value_parser!(u64).range(1..))]
    size: Option<u64>,
    /// Set any other field of the scenario, as “lanes run --set” does
    #[arg(long = "set", value_name = "FIELD=VALUE", value_parser = run::field)]
    fields: Vec<run::Field>,
    /// The file that the tasks would work on
    #[arg(long, value_name = "PATH")]
    file: Option<PathBuf>,
    #[command(flatten)]
    python: python::Arguments,
    /// Measure this machine anew, instead of using what is kept of it
    #[arg(long)]
    calibrate: bool,
    /// Where what this machine was measured at is kept, instead of in your cache folder
    #[arg(long, value_name = "FILE")]
    calibration: Option<PathBuf>,
    /// Write the predictions there, as a result file whose lanes say "predicted": true
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Draw what every worker would do
    #[arg(long, value_enum, value_name = "AXIS", num_args = 0..=1, require_equals = true, default_missing_value = "shared")]
    timeline: Option<timeline::Axis>,
    /// No progress and no notices
    #[arg(long, short)]
    quiet: bool,
}

/// Past this nothing that is known of a machine means anything.
const MOST_CORES: i64 = 1_024;

/// Beyond so many times what was measured, a prediction says how far it goes.
const FAR: f64 = 2.0;

/// What came of one lane.
struct Predicted {
    lane: Lane,
    outcome: Result<Prediction, NotPredicted>,
}

pub(super) fn command(arguments: &Arguments) -> Result<(), Failure> {
    let json = arguments.json.as_deref().filter(|path| path.as_os_str() != "-");
    let target = json.map(|path| Target::at("--json", path)).transpose()?;
    let run_arguments = run::Arguments::of_prediction(
        arguments.scenario.clone(),
        arguments.lanes.clone(),
        (arguments.settings.clone(), arguments.fields.clone()),
        arguments.file.clone(),
        arguments.python.clone(),
    );
    let Prepared { scenario, options, .. } = prepare(&run_arguments)?;
    let file_bytes = arguments.file.as_deref().and_then(|path| path.metadata().ok()).map_or(0, |about| about.len());
    // Measured as it is; what if comes after, so that it does not change what is known.
    let cancel = CancelToken::default();
    let token = cancel.clone();
    on_signal(move |_| token.cancel())?;
    let candidates = interpreters::find(&options.python.interpreters);
    let path = arguments.calibration.clone().or_else(default_path);
    let kept = match &path {
        Some(path) if !arguments.calibrate => Kept::read(path, &machine()),
        _ => Kept::default(),
    };
    let asked = what_if(&scenario, arguments)?;
    let mut calibrator = Calibrator::new(options, &candidates, cancel, kept);
    let mut notes = Vec::new();
    let mut say = |what: &str| {
        if !arguments.quiet {
            terminal::print_aside(&format!("measuring {what}\n"));
        }
    };
    let mut broken: Vec<(Lane, CalibrationError)> = Vec::new();
    for lane in &asked.lanes {
        match calibrator.calibrate(&asked, *lane, file_bytes, &mut say) {
            Ok(()) => {}
            Err(CalibrationError::Cancelled) => return Err(Failure::NotMeasured(CalibrationError::Cancelled)),
            Err(error) => broken.push((*lane, error)),
        }
    }
    if let Some(path) = &path
        && let Err(cause) = calibrator.kept.write(path)
    {
        notes.push(format!("What was measured could not be kept in {}: {cause}.", path.display()));
    }
    notes.extend(broken.iter().map(|(lane, error)| format!("{lane} could not be measured here: {error}")));
    let measured = machine();
    let predicted: Vec<Predicted> = asked
        .lanes
        .iter()
        .map(|lane| Predicted { lane: *lane, outcome: calibrator.predict(&asked, *lane, arguments.cores, file_bytes) })
        .collect();
    if let Some(cores) = arguments.cores.filter(|cores| *cores != measured.cores) {
        notes.push(format!(
            "This machine has {} cores and was asked about {cores}: how much they get in each other's way is carried on from \
             what its own do.",
            measured.cores
        ));
    }
    let results: Vec<LaneResult> = predicted.iter().filter_map(result).collect();
    let report = text(&asked, &predicted, &results, &notes, arguments.timeline);
    let file = file(&asked, &predicted, &results);
    match (&arguments.json, target) {
        (_, Some(target)) => {
            terminal::print(&report)?;
            target.write(Extent::Whole, |out| out.write_all(format!("{file:#}\n").as_bytes()))?;
        }
        (Some(_), None) => {
            terminal::print_aside(&report);
            terminal::print_json(&format!("{file:#}\n"))?;
        }
        (None, None) => terminal::print(&report)?,
    }
    if results.is_empty() {
        return Err(Failure::NothingPredicted);
    }
    Ok(())
}

/// The scenario as it is asked about.
fn what_if(scenario: &ValidScenario, arguments: &Arguments) -> Result<ValidScenario, Failure> {
    let mut asked: Scenario = (**scenario).clone();
    let tasks = arguments.tasks.map(u64::from);
    for (axis, value) in [(Axis::Tasks, tasks), (Axis::Size, arguments.size)] {
        value.into_iter().for_each(|value| axis.set(&mut asked, value));
    }
    for step in asked.groups.iter_mut().flat_map(|group| &mut group.steps) {
        if let Step::Fetch(fetch) = step {
            fetch.latency_ms = arguments.latency_ms.unwrap_or(fetch.latency_ms);
        }
    }
    let invalid = |problems| SourceError::Invalid { from: "the scenario that is asked about".into(), problems };
    Ok(asked.validate().map_err(invalid)?)
}

/// A prediction as the result of a lane, whose repeats are all alike.
fn result(predicted: &Predicted) -> Option<LaneResult> {
    let report = predicted.outcome.as_ref().ok()?.report.clone();
    Some(LaneResult::new(predicted.lane, &[], &[report.clone(), report]))
}

fn text(
    scenario: &ValidScenario,
    predicted: &[Predicted],
    results: &[LaneResult],
    notes: &[String],
    axis: Option<timeline::Axis>,
) -> String {
    let width = style::width();
    let mut text = String::new();
    let fastest_ns = results.iter().filter_map(|result| result.wall).map(|wall| wall.median).min().unwrap_or(1);
    let rows: Vec<[String; 5]> = predicted
        .iter()
        .map(|Predicted { lane, outcome }| match outcome {
            Ok(prediction) => {
                let wall_ns = prediction.report.wall_ns;
                let [from, to] = prediction.interval_ns;
                let own = results.iter().find(|result| result.lane == *lane);
                let ratio = own.and_then(|own| speedup(own, reference(own, results)?));
                [
                    lane.to_string(),
                    format!("≈ {}", duration(wall_ns)),
                    format!("{} – {}", duration(from), duration(to)),
                    ratio.map_or_else(|| "–".into(), times),
                    bar(fastest_ns as f64 / wall_ns.max(1) as f64),
                ]
            }
            Err(_) => [lane.to_string(), "not predicted".into(), "–".into(), "–".into(), String::new()],
        })
        .collect();
    let headings = ["lane", "predicted", "9 of 10 runs", "speed-up", ""];
    let widths: Vec<usize> = (0..headings.len())
        .map(|at| rows.iter().map(|row| row[at].chars().count()).chain([headings[at].len()]).max().unwrap_or(0))
        .collect();
    let cell = |text: &str, at: usize, style| {
        let blanks = " ".repeat(widths[at].saturating_sub(text.chars().count()));
        let painted = paint(style, text);
        if (1..=3).contains(&at) { format!("{blanks}{painted}") } else { format!("{painted}{blanks}") }
    };
    let heading: Vec<String> = headings.iter().enumerate().map(|(at, text)| cell(text, at, FAINT)).collect();
    let _ = writeln!(text, "{}", heading.join("  ").trim_end());
    for (row, Predicted { outcome, .. }) in rows.iter().zip(predicted) {
        let styles = [STRONG, if outcome.is_ok() { style::PLAIN } else { BAD }, FAINT, style::PLAIN, BAR];
        let cells: Vec<String> = row.iter().enumerate().map(|(at, text)| cell(text, at, styles[at])).collect();
        let _ = writeln!(text, "{}", cells.join("  ").trim_end());
    }
    if let Some(axis) = axis {
        let traces: Vec<LaneTrace<'_>> = predicted
            .iter()
            .filter_map(|Predicted { lane, outcome }| {
                let prediction = outcome.as_ref().ok()?;
                Some(LaneTrace {
                    lane: *lane,
                    repeat: 0,
                    wall_ns: prediction.report.wall_ns,
                    spans: &prediction.spans,
                    dropped: prediction.report.dropped,
                })
            })
            .collect();
        let _ = write!(text, "\n{}", timeline(&traces, axis, width));
    }
    if let Some(best) = verdict::verdict(scenario, results).overall {
        let _ = write!(
            text,
            "\n{}",
            paint(STRONG, wrapped("", &format!("Predicted, not measured: take {}.", best.lane), width))
        );
    }
    let mut lines: Vec<String> = notes.to_vec();
    for Predicted { lane, outcome } in predicted {
        match outcome {
            Ok(prediction) if prediction.reach > FAR => lines.push(format!(
                "{lane}: what it computes is {} as large or as small as anything that was tried, so the interval says too little.",
                times(prediction.reach)
            )),
            Ok(_) => {}
            Err(why) => lines.push(format!("{lane}: {why}.")),
        }
    }
    let never_run: Vec<Lane> = results.iter().map(|result| result.lane).collect();
    if !never_run.is_empty() {
        lines.push(format!(
            "Worked out for {} tasks in virtual time; “lanes run” measures {}.",
            count(u64::from(scenario.tasks())),
            list(&never_run)
        ));
    }
    let lines: String = lines.iter().map(|line| wrapped("  - ", line, width)).collect();
    let _ = write!(text, "\n{}\n{lines}", paint(FAINT, "What it rests on"));
    text
}

/// The result file, in which nothing looks like a measurement.
fn file(scenario: &ValidScenario, predicted: &[Predicted], results: &[LaneResult]) -> Value {
    let mut file = result_file(scenario, &machine(), results);
    file["predicted"] = true.into();
    if let Some(lanes) = file["lanes"].as_array_mut() {
        for (entry, prediction) in lanes.iter_mut().zip(predicted.iter().filter_map(|one| one.outcome.as_ref().ok())) {
            entry["predicted"] = true.into();
            entry["interval_ns"] = json!(prediction.interval_ns);
            entry["reach"] = json!(prediction.reach);
            for measured in ["checksum", "agreement", "mad_ns", "clock_resolution_ns"] {
                entry[measured] = Value::Null;
            }
            entry["wall_ns"] = json!([prediction.report.wall_ns]);
        }
        for Predicted { lane, outcome } in predicted {
            if let Err(why) = outcome {
                lanes.push(json!({ "lane": lane, "predicted": true, "why": why.to_string() }));
            }
        }
    }
    file
}
