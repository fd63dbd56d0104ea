//! `lanes sweep`: one job at several values of one thing, in every lane, and what the curves say.
//!
//! ```text
//! arguments ─▶ scenario ─▶ a scenario for each value ─▶ predicted, run ─▶ points ─▶ table, sentences, JSON, CSV
//!                                                         └─ Ctrl-C: the points so far, from which --json goes on
//! ```

use std::{fmt::Write, path::PathBuf};

use lanes_core::{
    experiments::{self, Experiment},
    predict::{Asked, can_be_known},
    present::{count, deviating, duration, list, of},
    report::{Agreement, Ending, LaneResult, RunReport, agreement},
    scenario::{Lane, Repeats, Scenario, ValidScenario},
    sweep::{Over, Point, crossings, csv, curves, sentences},
    wire::Frame,
};
use serde_json::{Value, json};

use super::{
    arguments::ArgumentError,
    failure::Failure,
    interruption::Interruption,
    job,
    output::Output,
    run::{self, Prepared},
    source::SourceError,
    style::{self, FAINT, GOOD, STRONG, paint, wrapped},
    target::Extent,
};
use crate::{
    calibration::{Calibrator, Kept, default_path},
    machine::machine,
    python as interpreters,
    runner::{Observer, Runner, Turn},
    terminal,
};

/// `lanes sweep`
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    job: job::Arguments,
    /// What is varied, and to what: workers=1..16, tasks=10,100,1000; also chunk, concurrency, size and latency_ms. An
    /// experiment may have a sweep of its own
    #[arg(long, value_name = "WHAT=VALUES")]
    over: Option<Over>,
    /// Measured runs of each lane at each value, or auto: until the order of the lanes is clear
    #[arg(long, value_name = "N", value_parser = run::repeats)]
    repeats: Option<Repeats>,
    /// Do not predict the points beside measuring them
    #[arg(long)]
    no_predict: bool,
    /// Write the points there, as JSON; a file that holds some points of the same sweep is gone on with
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Write the points there, as CSV
    #[arg(long, value_name = "FILE")]
    csv: Option<PathBuf>,
    /// No progress and no notices
    #[arg(long, short)]
    quiet: bool,
}

/// The version of the file.
const VERSION: u64 = 1;

pub(super) fn command(arguments: &Arguments) -> Result<(), Failure> {
    let (json, table) =
        (Output::at("--json", arguments.json.as_deref())?, Output::at("--csv", arguments.csv.as_deref())?);
    if matches!((&json, &table), (Output::Stdout, Output::Stdout)) {
        let place = "standard output".to_owned();
        return Err(ArgumentError::SamePlace { first: "--json", second: "--csv", place }.into());
    }
    let over = &over(arguments)?;
    let Prepared { scenario, options, .. } = arguments.job.prepare(arguments.repeats)?;
    let from = format!("the scenario whose {} are left to the sweep", over.axis.title());
    let invalid = |problems| SourceError::Invalid { from, problems };
    let scenario = over.axis.left_open(scenario).map_err(invalid)?;
    if !over.axis.applies_to(&scenario) {
        return Err(Failure::NothingVaries(over.axis));
    }
    let file_bytes = arguments.job.file_bytes();
    let interruption = Interruption::listen()?;
    let cancel = &interruption.cancel;
    let candidates = interpreters::find(&options.python.interpreters);
    let path = default_path();
    let kept = path.as_deref().map(|path| Kept::read(path, &machine())).unwrap_or_default();
    let mut calibrator = Calibrator::new(options.clone(), &candidates, cancel.clone(), kept);
    let mut runner = Runner::new(options);
    let earlier = arguments.json.as_deref().map(|path| earlier(path, &scenario, over)).unwrap_or_default();
    let is_continued = !earlier.is_empty();
    let mut points = earlier;
    let say = |text: &str| {
        if !arguments.quiet {
            terminal::print_aside(&format!("{text}\n"));
        }
    };
    if is_continued {
        say(&format!("{} there already and kept.", of(points.len() as u64, "point is", "points are")));
    }
    let axis = over.axis;
    for (at, value) in (1..).zip(&over.values) {
        let is_there = |lane: &Lane| points.iter().any(|point: &Point| point.value == *value && point.lane == *lane);
        if cancel.is_cancelled() || scenario.lanes.iter().all(is_there) {
            continue;
        }
        say(&format!("{at} of {}: {}", over.values.len(), axis.amount(*value)));
        let scenario = match varied(&scenario, over, *value) {
            Ok(scenario) => scenario,
            Err(problem) => {
                let point = |lane: &Lane| Point { why: Some(problem.clone()), ..empty(*value, *lane) };
                points.extend(scenario.lanes.iter().map(point));
                continue;
            }
        };
        let mut predicted = Vec::new();
        if !arguments.no_predict && can_be_known(&scenario).is_ok() {
            let asked = Asked { scenario: &scenario, cores: None, file_bytes };
            for lane in &scenario.lanes {
                // What cannot be calibrated is not predicted; it is measured all the same.
                let known = calibrator.calibrate(&asked, *lane, &mut |what| say(&format!("measuring {what}")));
                let said = known.ok().and_then(|()| calibrator.wall_ns(&asked, *lane).ok());
                predicted.push((*lane, said.map(|ns| ns as u64)));
            }
        }
        let results = runner.session(&scenario, cancel, &Nobody);
        if cancel.is_cancelled() {
            break;
        }
        points.retain(|point| point.value != *value);
        for (result, agreement) in results.iter().zip(agreement(&results)) {
            let predicted_ns = predicted.iter().find(|(lane, _)| *lane == result.lane).and_then(|(_, ns)| *ns);
            points.push(Point { predicted_ns, ..point(*value, result, agreement) });
        }
    }
    calibrator.keep(path.as_deref()).err().into_iter().for_each(|why| say(&why));
    points.sort_by_key(|point| point.value);
    let over = &over.with(points.iter().map(|point| point.value));
    let extent = if interruption.signal().is_some() { Extent::Interrupted } else { Extent::Whole };
    let report = text(over, &scenario, &points);
    let file = format!("{:#}\n", file(&scenario, over, &points));
    // A file that is gone on with has everything that was in it, and is gone on with again.
    let of_json = if is_continued { Extent::Whole } else { extent };
    match &table {
        // The report goes where the table does not.
        Output::Stdout => {
            json.write_alone(&file, of_json)?;
            table.write(&report, &csv(over, &points), extent)?;
        }
        _ => {
            json.write(&report, &file, of_json)?;
            table.write_alone(&csv(over, &points), extent)?;
        }
    }
    interruption.check()?;
    if points.iter().all(|point| point.median_ns.is_none()) {
        return Err(Failure::NotRight("no lane came to an end at any value; the table says why".into()));
    }
    Ok(())
}

/// What is varied: as it was said, or as the experiment has it.
fn over(arguments: &Arguments) -> Result<Over, Failure> {
    let own = || arguments.job.experiment().and_then(Experiment::sweep);
    arguments.over.clone().or_else(own).ok_or_else(|| {
        let with = experiments::all().filter(|experiment| experiment.sweep().is_some());
        Failure::NothingToSweep(list(&with.map(|experiment| experiment.id).collect::<Vec<_>>()))
    })
}

/// Only the results matter.
struct Nobody;

impl Observer for Nobody {
    fn begins(&self, _: &Turn) {}
    fn frame(&self, _: usize, _: &Frame) {}
    fn ended(&self, _: usize, _: &RunReport, _: &[LaneResult]) {}
}

/// The scenario at one value, or what is wrong with it.
fn varied(scenario: &ValidScenario, over: &Over, value: u64) -> Result<ValidScenario, String> {
    let mut varied: Scenario = (**scenario).clone();
    over.axis.set(&mut varied, value);
    varied.validate().map_err(|problems| problems.first().map_or_else(String::new, ToString::to_string))
}

fn empty(value: u64, lane: Lane) -> Point {
    Point { value, lane, median_ns: None, mad_ns: None, predicted_ns: None, why: None }
}

fn point(value: u64, result: &LaneResult, agreement: Agreement) -> Point {
    let why = match &result.ending {
        Ending::Broken(why) => Some(why.clone()),
        Ending::Cancelled => Some("it was cancelled".to_owned()),
        Ending::Complete if agreement == Agreement::Differs => Some("it came to another answer".to_owned()),
        Ending::Complete if result.all_failed() => Some("every task failed".to_owned()),
        Ending::Complete => None,
    };
    let wall = result.wall.filter(|_| why.is_none());
    Point {
        median_ns: wall.map(|wall| wall.median),
        mad_ns: wall.map(|wall| wall.mad),
        why,
        ..empty(value, result.lane)
    }
}

/// The points of an earlier sweep of the same scenario over the same thing, where the file holds one.
fn earlier(path: &std::path::Path, scenario: &ValidScenario, over: &Over) -> Vec<Point> {
    let read = std::fs::read_to_string(path).ok().and_then(|text| serde_json::from_str::<Value>(&text).ok());
    let Some(file) = read.filter(|file| file["lanes_sweep"] == VERSION) else { return Vec::new() };
    let is_same = file["scenario"] == serde_json::to_value(&**scenario).unwrap_or_default()
        && file["over"]["axis"] == json!(over.axis)
        && file["machine"] == machine().written();
    let points: Vec<Point> = serde_json::from_value(file["points"].clone()).unwrap_or_default();
    points.into_iter().filter(|point| is_same && point.why.is_none()).collect()
}

fn file(scenario: &ValidScenario, over: &Over, points: &[Point]) -> Value {
    json!({
        "lanes_sweep": VERSION,
        "scenario": &**scenario,
        "machine": machine().written(),
        "over": over,
        "points": points,
        "curves": curves(over.axis, points),
        "crossings": crossings(points),
        "sentences": sentences(over, points),
    })
}

fn text(over: &Over, scenario: &ValidScenario, points: &[Point]) -> String {
    let width = style::width();
    let lanes = &scenario.lanes;
    let find = |value: u64, lane: Lane| points.iter().find(|point| point.value == value && point.lane == lane);
    let heads: Vec<String> =
        std::iter::once(over.axis.title().to_owned()).chain(lanes.iter().map(ToString::to_string)).collect();
    let is_predicted = points.iter().any(|point| point.predicted_ns.is_some());
    let mut rows: Vec<(Vec<String>, Option<usize>)> = Vec::new();
    for value in &over.values {
        let measured = |lane: &Lane| find(*value, *lane).and_then(|point| point.median_ns);
        let fastest =
            (0..lanes.len()).filter(|at| measured(&lanes[*at]).is_some()).min_by_key(|at| measured(&lanes[*at]));
        let cells = lanes.iter().map(|lane| match find(*value, *lane) {
            Some(Point { median_ns: Some(median), mad_ns, .. }) => deviating(*median, mad_ns.unwrap_or(0)),
            Some(_) => "–".to_owned(),
            None => "not run".to_owned(),
        });
        rows.push((std::iter::once(count(*value)).chain(cells).collect(), fastest));
        if is_predicted {
            let cells = lanes.iter().map(|lane| {
                find(*value, *lane)
                    .and_then(|point| point.predicted_ns)
                    .map_or_else(String::new, |ns| format!("≈ {}", duration(ns)))
            });
            rows.push((std::iter::once(String::new()).chain(cells).collect(), None));
        }
    }
    let widths: Vec<usize> = (0..heads.len())
        .map(|at| {
            rows.iter().map(|(row, _)| row[at].chars().count()).chain([heads[at].chars().count()]).max().unwrap_or(0)
        })
        .collect();
    let mut text = String::new();
    let mut line = |cells: &[String], paint_cell: &dyn Fn(usize, &str) -> String| {
        let cells: Vec<String> = cells
            .iter()
            .enumerate()
            .map(|(at, cell)| format!("{}{}", " ".repeat(widths[at] - cell.chars().count()), paint_cell(at, cell)))
            .collect();
        let _ = writeln!(text, "{}", cells.join("  ").trim_end());
    };
    line(&heads, &|_, cell| paint(FAINT, cell));
    for (row, fastest) in &rows {
        let is_prediction = row[0].is_empty();
        line(row, &|at, cell| match at {
            _ if is_prediction => paint(FAINT, cell),
            0 => paint(STRONG, cell),
            at if fastest.is_some_and(|fastest| fastest + 1 == at) => paint(GOOD, cell),
            _ => cell.to_owned(),
        });
    }
    if is_predicted {
        let _ = write!(
            text,
            "\n{}",
            wrapped("", "≈ is what was predicted before it ran; the fastest of each row is green.", width)
        );
    }
    let said: String = sentences(over, points).iter().map(|line| wrapped("  - ", line, width)).collect();
    if !said.is_empty() {
        let _ = write!(text, "\n{}\n{said}", paint(FAINT, "What the curves say"));
    }
    let mut whys: Vec<String> = Vec::new();
    for point in points {
        if let Some(why) = &point.why {
            let line = format!("{} with {}: {why}.", point.lane, over.axis.amount(point.value));
            whys.push(wrapped("  - ", &line.replace("..", "."), width));
        }
    }
    if !whys.is_empty() {
        let _ = write!(text, "\n{}\n{}", paint(FAINT, "Not in the curves"), whys.concat());
    }
    text
}
