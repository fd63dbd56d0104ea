//! `lanes predict`: what each lane would take, worked out from what this machine was measured at, without running the job.
//!
//! ```text
//! arguments ─▶ scenario ─▶ calibrate what is not known yet ─▶ what if … ─▶ core's predict ─▶ table, verdict, result file
//! ```

use std::{
    fmt::Write,
    path::PathBuf,
    time::{Duration, Instant},
};

use lanes_core::{
    export::chrome::LaneTrace,
    predict::{
        Asked, BreakEven, NotPredicted, Prediction, can_be_known,
        forecast::{changes, far},
        what_if::WhatIf,
        worth::{LESS, Worth},
    },
    present::{duration, list, of, times},
    report::{LaneResult, speedup},
    result::{Machine, reference, result_file},
    scenario::{Interpreter, Lane, Model, ValidScenario},
    verdict,
};
use serde_json::{Value, json};

use super::{
    failure::Failure,
    interruption::Interruption,
    job,
    output::Output,
    run::Prepared,
    source::SourceError,
    style::{self, BAD, BAR, FAINT, STRONG, paint, wrapped},
    table::bar,
    target::Extent,
    timeline::{self, timeline},
};
use crate::{
    calibration::{Calibrator, Kept, default_path},
    machine::machine,
    python as interpreters, terminal,
};

/// `lanes predict`
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    job: job::Arguments,
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
    /// Measure this machine anew, instead of using what is kept of it
    #[arg(long)]
    calibrate: bool,
    /// Where what this machine was measured at is kept, instead of in your cache folder
    #[arg(long, value_name = "FILE")]
    calibration: Option<PathBuf>,
    /// Predict for another machine: the file in which “lanes predict” keeps what it has measured there. Nothing is measured here
    #[arg(long, value_name = "FILE", conflicts_with_all = ["calibrate", "calibration"])]
    machine: Option<PathBuf>,
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
pub(super) const MOST_CORES: i64 = 1_024;

/// Break-evens are looked for so long.
pub(super) const LONGEST_SEARCH: Duration = Duration::from_secs(2);

/// What came of one lane.
struct Predicted {
    lane: Lane,
    outcome: Result<Prediction, NotPredicted>,
    worth: Option<Worth>,
}

pub(super) fn command(arguments: &Arguments) -> Result<(), Failure> {
    let output = Output::at("--json", arguments.json.as_deref())?;
    let Prepared { scenario, options, .. } = arguments.job.prepare(None)?;
    let scenario = what_if(&scenario, arguments)?;
    let asked = Asked { scenario: &scenario, cores: arguments.cores, file_bytes: arguments.job.file_bytes() };
    let interruption = Interruption::listen()?;
    let candidates = interpreters::find(&options.python.interpreters);
    let path = arguments.calibration.clone().or_else(default_path);
    let kept = match (&arguments.machine, &path) {
        (Some(other), _) => Kept::of_another(other)?,
        (None, Some(path)) if !arguments.calibrate => Kept::read(path, &machine()),
        _ => Kept::default(),
    };
    let mut calibrator = Calibrator::new(options, &candidates, interruption.cancel.clone(), kept);
    let mut notes = Vec::new();
    let mut say = |what: &str| {
        if !arguments.quiet {
            terminal::print_aside(&format!("measuring {what}\n"));
        }
    };
    // What can nowhere be known is not measured for, and another machine is not here.
    let is_measured = arguments.machine.is_none() && can_be_known(&scenario).is_ok();
    for lane in scenario.lanes.iter().filter(|_| is_measured) {
        let measured = calibrator.calibrate(&asked, *lane, &mut say);
        interruption.check()?;
        notes.extend(measured.err().map(|error| format!("{lane} could not be measured here: {error}")));
    }
    notes.extend(calibrator.keep(path.as_deref()).err());
    let measured = calibrator.kept.machine().cloned().unwrap_or_else(machine);
    if let Some(path) = &arguments.machine {
        notes.push(format!(
            "Predicted for the machine of {}: {}, {}.",
            path.display(),
            of(measured.cores.into(), "core", "cores"),
            if measured.cpu.is_empty() { &measured.os } else { &measured.cpu },
        ));
    }
    let predicted: Vec<Predicted> = scenario
        .lanes
        .iter()
        .map(|lane| Predicted {
            lane: *lane,
            outcome: calibrator.predict(&asked, *lane),
            worth: calibrator.worth(&asked, *lane).ok(),
        })
        .collect();
    if let Some(cores) = arguments.cores.filter(|cores| *cores != measured.cores) {
        notes.push(format!(
            "The machine has {} and was asked about {cores}: how much they get in each other's way is carried on from \
             what its own do.",
            of(measured.cores.into(), "core", "cores")
        ));
    }
    let results: Vec<LaneResult> =
        predicted.iter().filter_map(|one| Some(one.outcome.as_ref().ok()?.result(one.lane))).collect();
    let until = Instant::now() + LONGEST_SEARCH;
    let changes = changes(&asked, |varied, lane| calibrator.wall_ns(varied, lane).ok(), || Instant::now() < until);
    let without_lock = free_threads(&asked, &mut calibrator);
    interruption.check()?;
    let report = text(&scenario, &predicted, &results, &changes, &notes, without_lock, arguments.timeline);
    let file = file(&scenario, &measured, &predicted, &results, &changes);
    output.write(&report, &format!("{file:#}\n"), Extent::Whole)?;
    if results.is_empty() {
        return Err(Failure::NothingPredicted);
    }
    Ok(())
}

/// The scenario as it is asked about.
fn what_if(scenario: &ValidScenario, arguments: &Arguments) -> Result<ValidScenario, Failure> {
    let Arguments { cores, tasks, latency_ms, size, .. } = *arguments;
    let what_if = WhatIf { cores, tasks, size, latency_ms, ..WhatIf::default() };
    let invalid = |problems| SourceError::Invalid { from: "the scenario that is asked about".into(), problems };
    Ok(what_if.apply(scenario).map_err(invalid)?)
}

fn text(
    scenario: &ValidScenario,
    predicted: &[Predicted],
    results: &[LaneResult],
    changes: &[BreakEven],
    notes: &[String],
    without_lock: Option<String>,
    axis: Option<timeline::Axis>,
) -> String {
    let width = style::width();
    let mut text = String::new();
    let fastest_ns = results.iter().filter_map(|result| result.wall).map(|wall| wall.median).min().unwrap_or(1);
    let rows: Vec<[String; 5]> = predicted
        .iter()
        .map(|Predicted { lane, outcome, .. }| match outcome {
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
            .filter_map(|Predicted { lane, outcome, .. }| {
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
    let changes = changes.iter().map(sentence_of).chain(without_lock);
    let sentences: String = changes.map(|change| wrapped("  - ", &change, width)).collect();
    if !sentences.is_empty() {
        let _ = write!(text, "\n{}\n{sentences}", paint(FAINT, "What would change it"));
    }
    text.push_str(&worths(predicted));
    let mut lines: Vec<String> = notes.to_vec();
    for Predicted { lane, outcome, .. } in predicted {
        match outcome {
            Ok(prediction) => lines.extend(far(*lane, prediction.reach)),
            Err(why) => lines.push(format!("{lane}: {why}.")),
        }
    }
    let never_run: Vec<Lane> = results.iter().map(|result| result.lane).collect();
    if !never_run.is_empty() {
        lines.push(format!(
            "Worked out for {} in virtual time; “lanes run” measures {}.",
            of(scenario.tasks().into(), "task", "tasks"),
            list(&never_run)
        ));
    }
    let lines: String = lines.iter().map(|line| wrapped("  - ", line, width)).collect();
    let _ = write!(text, "\n{}\n{lines}", paint(FAINT, "What it rests on"));
    text
}

/// What threads would take in a Python without the lock, where lanes of threads are asked about and none of it is.
fn free_threads(asked: &Asked<'_>, calibrator: &mut Calibrator<'_>) -> Option<String> {
    let threads = Lane::python(Model::Threads);
    let lanes = &asked.scenario.lanes;
    let locked = *lanes.iter().find(|lane| lane.base() == threads)?;
    if lanes.iter().any(|lane| lane.interpreter.is_free_threaded()) {
        return None;
    }
    let free = Lane { interpreter: Interpreter::FreeThreaded, ..locked };
    let with_ns = calibrator.wall_ns(asked, locked).ok()?;
    let without_ns = calibrator.wall_ns(asked, free).ok()?;
    Some(format!(
        "In a Python without the lock {locked} would take ≈ {}, {} as fast, if that computes as fast on one core and its cores do not \
         get in each other's way; where there is one, --lanes python/free-threads measures it.",
        duration(without_ns as u64),
        times(with_ns / without_ns.max(1.0)),
    ))
}

/// What each part of the job is worth, a row for each lane.
fn worths(predicted: &[Predicted]) -> String {
    let known: Vec<(Lane, Worth)> = predicted.iter().filter_map(|one| Some((one.lane, one.worth?))).collect();
    if known.is_empty() {
        return String::new();
    }
    let width = known.iter().map(|(lane, _)| lane.to_string().chars().count()).max().unwrap_or(0);
    let heading =
        format!("\n{}\n", paint(FAINT, format!("With {:.0} % less of a part, a lane takes less by", LESS * 100.0)));
    let heads = format!("{:width$}  {:>9}  {:>9}  {:>9}\n", "", "waiting", "computing", "own work");
    let percent = |gain: Option<f64>| match gain {
        None => "–".to_owned(),
        Some(gain) if gain < 0.005 => "nothing".to_owned(),
        Some(gain) => format!("{:.0} %", gain * 100.0),
    };
    let row = |(lane, worth): &(Lane, Worth)| {
        let [waiting, computing, own] = [worth.waiting, worth.computing, Some(worth.own_work)].map(percent);
        let name = format!("{:width$}", lane.to_string());
        format!("{}  {waiting:>9}  {computing:>9}  {own:>9}\n", paint(STRONG, name))
    };
    heading + &paint(FAINT, heads.trim_end()) + "\n" + &known.iter().map(row).collect::<String>()
}

/// A break-even as a sentence of its own.
pub(super) fn sentence_of(change: &BreakEven) -> String {
    let sentence = change.sentence();
    let mut letters = sentence.chars();
    let first = letters.next().map(|letter| letter.to_ascii_uppercase());
    first.into_iter().chain(letters).chain(['.']).collect()
}

/// The result file, in which nothing looks like a measurement.
fn file(
    scenario: &ValidScenario,
    of: &Machine,
    predicted: &[Predicted],
    results: &[LaneResult],
    changes: &[BreakEven],
) -> Value {
    let mut file = result_file(scenario, of, results);
    file["predicted"] = true.into();
    let change = |change: &BreakEven| {
        let BreakEven { axis, now, at, best, beyond } = change;
        json!({ "axis": axis, "now": now, "at": at, "best": best, "beyond": beyond, "sentence": change.sentence() })
    };
    file["break_evens"] = changes.iter().map(change).collect();
    if let Some(lanes) = file["lanes"].as_array_mut() {
        let known = predicted.iter().filter_map(|one| Some((one.outcome.as_ref().ok()?, one.worth)));
        for (entry, (prediction, worth)) in lanes.iter_mut().zip(known) {
            entry["worth"] = json!(worth);
            entry["predicted"] = true.into();
            entry["interval_ns"] = json!(prediction.interval_ns);
            entry["reach"] = json!(prediction.reach);
            for measured in ["checksum", "agreement", "mad_ns", "clock_resolution_ns"] {
                entry[measured] = Value::Null;
            }
            entry["wall_ns"] = json!([prediction.report.wall_ns]);
        }
        for Predicted { lane, outcome, .. } in predicted {
            if let Err(why) = outcome {
                lanes.push(json!({ "lane": lane, "predicted": true, "why": why.to_string() }));
            }
        }
    }
    file
}
