//! `lanes list`: what there is.

use std::path::PathBuf;

use lanes_core::{
    api::LaneHere,
    experiments,
    present::words,
    result::Machine,
    scenario::{Label, Place, presets},
};
use serde_json::{Value, json};

use super::{failure::Failure, style};
use crate::{
    here, limits,
    machine::machine,
    python::{self, Candidate, Module, Python},
    runner::PythonOptions,
    server,
    terminal::{self, visible},
};

/// `lanes list`
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// As JSON, for programs
    #[arg(long)]
    json: bool,
    /// Look at this Python, too; may be given several times
    #[arg(long, value_name = "PATH")]
    python: Vec<PathBuf>,
}

pub(super) fn command(arguments: &Arguments) -> Result<(), Failure> {
    let machine = machine();
    let interpreters = python::find(&arguments.python);
    if arguments.json {
        return Ok(terminal::print_json(&format!("{:#}\n", as_json(&machine, &interpreters)))?);
    }
    Ok(terminal::print(&as_text(&machine, &interpreters))?)
}

fn as_json(machine: &Machine, interpreters: &[Candidate]) -> Value {
    let presets: Vec<Value> = presets::all()
        .map(|preset| json!({ "id": preset.id, "question": preset.question, "what": preset.what }))
        .collect();
    let experiments: Vec<Value> = experiments::all()
        .map(|experiment| {
            let lanes = |place| experiment.scenario_in(place).map(|scenario| scenario.lanes);
            json!({
                "id": experiment.id, "question": experiment.question, "measure": experiment.measure.id(),
                "lanes": lanes(Place::Native), "python": lanes(Place::Python), "page": lanes(Place::Browser),
                "sweep": experiment.sweep().map(|over| over.to_string()), "code": experiment.code(),
                "next": { "field": experiment.next.field, "command": experiment.next_command(Place::Native) },
                "test": experiment.test(),
            })
        })
        .collect();
    let lanes: Vec<Value> = here::lanes(interpreters)
        .into_iter()
        .map(|LaneHere { lane, label, version, missing }| {
            let about = words::model_about(lane.model);
            json!({ "lane": lane, "label": label, "about": about, "version": version, "missing": missing })
        })
        .collect();
    let interpreters: Vec<Value> = interpreters
        .iter()
        .map(|candidate| match &candidate.python {
            Ok(python) => json!({
                "path": candidate.path, "name": python.name(), "gil": python.gil,
                "free_threaded": python.free_threaded, "packages": packages(python),
            }),
            Err(why) => json!({ "path": candidate.path, "why_not": why.to_string() }),
        })
        .collect();
    let limits: serde_json::Map<String, Value> = limits::SCENARIO
        .iter()
        .chain(&server::LIMITS)
        .chain(&PythonOptions::default().limits())
        .map(|(name, most, unit)| ((*name).to_owned(), json!({ "most": most, "unit": unit })))
        .collect();
    json!({
        "lanes_list": 1, "presets": presets, "experiments": experiments, "lanes": lanes, "interpreters": interpreters,
        "machine": machine.written(),
        "limits": limits,
    })
}

/// What an interpreter has for real requests: `aiohttp 3.9.1, no requests`.
fn packages(python: &Python) -> String {
    let package = |name: &str, module: &Module| match module {
        Module::There { version } => format!("{name} {version}").trim().to_owned(),
        Module::Missing => format!("no {name}"),
        Module::Broken { why } => format!("a broken {name} ({why})"),
    };
    format!("{}, {}", package("aiohttp", &python.aiohttp), package("requests", &python.requests))
}

/// The interpreters, and what is missing for some lanes.
fn python_as_text(interpreters: &[Candidate], width: usize) -> String {
    let mut text = String::new();
    for (candidate, python) in interpreters.iter().filter_map(|one| Some((one, one.python.as_ref().ok()?))) {
        let lock = if python.gil { "with its lock" } else { "without its lock" };
        let about = format!("{lock}; {}; {}", packages(python), candidate.path.display());
        text.push_str(&style::wrapped(&format!("  {:<22}", python.name()), &about, width));
    }
    for lane in python::lanes(interpreters) {
        if let Some(missing) = lane.missing {
            text.push_str(&style::wrapped(&format!("  {:<22}", lane.lane.to_string()), &missing, width));
        }
    }
    for (candidate, why) in interpreters.iter().filter_map(|one| Some((one, one.python.as_ref().err()?))) {
        text.push_str(&style::wrapped(
            "  ",
            &format!("Not used: {} {}.", candidate.path.display(), visible(&why.to_string())),
            width,
        ));
    }
    text
}

fn as_text(machine: &Machine, interpreters: &[Candidate]) -> String {
    let (strong, faint) = (style::STRONG, style::FAINT);
    let width = style::width();
    let mut text = format!("{strong}Presets{strong:#}  {faint}lanes run NAME{faint:#}\n");
    for preset in presets::all() {
        text.push_str(&style::wrapped(&format!("  {:<18}", preset.id), preset.question, width));
        text.push_str(&style::wrapped(&" ".repeat(20), preset.what, width));
    }
    let hint = "lanes quiz NAME: guess first; lanes run NAME, or NAME@python";
    text.push_str(&format!("\n{strong}Experiments{strong:#}  {faint}{hint}{faint:#}\n"));
    for experiment in experiments::all() {
        text.push_str(&style::wrapped(&format!("  {:<22}", experiment.id), experiment.question, width));
    }
    text.push_str(&format!("\n{strong}Lanes of this machine{strong:#}\n"));
    for lane in here::native_lanes() {
        let label = match lane.label() {
            Label::Real => "real",
            Label::Modelled => "modelled",
        };
        text.push_str(&style::wrapped(
            &format!("  {lane:<18}{label:<10}", lane = lane.to_string()),
            words::model_about(lane.model),
            width,
        ));
    }
    text.push_str(&style::wrapped(
        "  ",
        "Browser lanes, and those of CPython in the page (pyodide/MODEL), run there: lanes serve opens it.",
        width,
    ));
    let hint = "python/MODEL is the first, python3.N/MODEL names one";
    text.push_str(&format!("\n{strong}Python{strong:#}  {faint}{hint}{faint:#}\n"));
    text.push_str(&python_as_text(interpreters, width));
    text.push_str(&format!("\n{strong}This machine{strong:#}\n"));
    for (name, value) in [
        ("cores", machine.cores.to_string()),
        ("processor", machine.cpu.clone()),
        ("system", machine.os.clone()),
        ("versions", machine.versions.join(", ")),
    ] {
        let value = if value.is_empty() { "unknown".to_owned() } else { value };
        text.push_str(&style::wrapped(&format!("  {name:<18}"), &value, width));
    }
    text.push_str(&format!("\n{strong}Limits{strong:#}\n"));
    for (name, most, unit) in limits::SCENARIO.iter().chain(&server::LIMITS).chain(&PythonOptions::default().limits()) {
        text.push_str(&format!("  {name:<18}{:>12}  {unit}\n", lanes_core::present::count(*most)));
    }
    text
}
