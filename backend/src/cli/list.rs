//! `lanes list`: what there is.

use std::path::PathBuf;

use lanes_core::{
    api::LaneHere,
    present::words,
    result::Machine,
    scenario::{Label, Lane, Model, limits, presets::PRESETS},
};
use serde_json::{Value, json};

use super::{Failure, machine::machine, style};
use crate::{
    engine::net::{MAX_BODY, MAX_REDIRECTS},
    python::{self, Candidate, Module, Python},
    runner::{Options, PythonOptions},
    server,
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

/// The limits of a scenario: the field or thing, the most (or the range), the unit.
pub(crate) const LIMITS: [(&str, u64, &str); 19] = [
    ("tasks", limits::MAX_TASKS, "tasks over all groups"),
    ("groups", limits::MAX_GROUPS as u64, "groups"),
    ("steps", limits::MAX_STEPS as u64, "steps of a group"),
    ("workers", limits::MAX_WORKERS, "workers of a lane"),
    ("concurrency", limits::MAX_CONCURRENCY, "tasks in flight on an event loop"),
    ("chunk", limits::MAX_CHUNK, "tasks in a chunk"),
    ("repeats", limits::MAX_REPEATS, "measured repeats"),
    ("warmup", limits::MAX_WARMUP, "unmeasured rounds before them"),
    ("deadline_s", limits::MAX_DEADLINE_S as u64, "seconds that one run of a lane may be given"),
    ("latency_ms", limits::MAX_LATENCY_MS as u64, "milliseconds until an answer"),
    ("timeout_ms", limits::MAX_TIMEOUT_MS, "milliseconds until a fetch is given up"),
    ("bytes", limits::MAX_BODY_BYTES, "bytes of a simulated body"),
    ("body", MAX_BODY, "bytes of a real answer"),
    ("redirects", MAX_REDIRECTS as u64, "redirects of a real request"),
    ("from", limits::MAX_ADDRESSES as u64, "addresses of a fetch"),
    ("address", limits::MAX_ADDRESS_CHARS as u64, "characters of an address"),
    ("times", limits::MAX_BUMPS, "increments of a task"),
    ("title", limits::MAX_NAME_CHARS as u64, "characters of a title or name"),
    ("file_chunk", limits::MAX_FILE_CHUNK_BYTES, "bytes of a task's share of a file"),
];

/// The lanes that this machine has, as the page is told of them.
pub(crate) async fn lanes_here(options: &Options) -> Vec<LaneHere> {
    let interpreters = options.python.interpreters.clone();
    // They are asked by being run, which takes a while the first time.
    let all = tokio::task::spawn_blocking(move || all_lanes(&python::find(&interpreters)));
    all.await.unwrap_or_else(|_| all_lanes(&[]))
}

/// The native lanes and those of these interpreters.
fn all_lanes(interpreters: &[Candidate]) -> Vec<LaneHere> {
    let here = |lane: Lane| LaneHere { lane, label: lane.label(), version: lane_version(lane), missing: None };
    let native = lanes().into_iter().map(here);
    native.chain(python::lanes(interpreters)).collect()
}

/// The native lanes.
pub(super) fn lanes() -> Vec<Lane> {
    Model::ALL.map(Lane::native).to_vec()
}

pub(super) fn command(arguments: &Arguments) -> Result<(), Failure> {
    let machine = machine();
    let interpreters = python::find(&arguments.python);
    if arguments.json {
        return style::print(&format!("{:#}\n", as_json(&machine, &interpreters)));
    }
    style::print(&as_text(&machine, &interpreters))
}

fn as_json(machine: &Machine, interpreters: &[Candidate]) -> Value {
    let presets: Vec<Value> = PRESETS
        .iter()
        .map(|preset| json!({ "id": preset.id, "question": preset.question, "what": preset.what }))
        .collect();
    let lanes: Vec<Value> = all_lanes(interpreters)
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
            Err(why) => json!({ "path": candidate.path, "why_not": why }),
        })
        .collect();
    let limits: serde_json::Map<String, Value> = LIMITS
        .iter()
        .chain(&server::LIMITS)
        .chain(&PythonOptions::default().limits())
        .map(|(name, most, unit)| ((*name).to_owned(), json!({ "most": most, "unit": unit })))
        .collect();
    json!({
        "lanes_list": 1, "presets": presets, "lanes": lanes, "interpreters": interpreters, "machine": machine,
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
        text.push_str(&style::wrapped("  ", &format!("Not used: {} {why}.", candidate.path.display()), width));
    }
    text
}

/// What runs a lane, with its version.
fn lane_version(_native: Lane) -> String {
    format!("lanes {}", env!("CARGO_PKG_VERSION"))
}

fn as_text(machine: &Machine, interpreters: &[Candidate]) -> String {
    let (strong, faint) = (style::STRONG, style::FAINT);
    let width = style::width();
    let mut text = format!("{strong}Presets{strong:#}  {faint}lanes run NAME{faint:#}\n");
    for preset in &PRESETS {
        text.push_str(&style::wrapped(&format!("  {:<18}", preset.id), preset.question, width));
        text.push_str(&style::wrapped(&" ".repeat(20), preset.what, width));
    }
    text.push_str(&format!("\n{strong}Lanes of this machine{strong:#}\n"));
    for lane in lanes() {
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
    text.push_str(&style::wrapped("  ", "Browser lanes run in the page: lanes serve opens it.", width));
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
    for (name, most, unit) in LIMITS.iter().chain(&server::LIMITS).chain(&PythonOptions::default().limits()) {
        text.push_str(&format!("  {name:<18}{:>12}  {unit}\n", lanes_core::present::count(*most)));
    }
    text
}
