//! `lanes list`: what there is.

use lanes_core::{
    result::Machine,
    scenario::{Label, Lane, Model, limits, presets::PRESETS},
};
use serde_json::{Value, json};

use super::{Failure, machine::machine, style, words};

/// `lanes list`
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// As JSON, for programs
    #[arg(long)]
    json: bool,
}

/// The limits of a scenario: the field or thing, the most (or the range), the unit.
const LIMITS: [(&str, u64, &str); 16] = [
    ("tasks", limits::MAX_TASKS, "tasks over all groups"),
    ("groups", limits::MAX_GROUPS as u64, "groups"),
    ("steps", limits::MAX_STEPS as u64, "steps of a group"),
    ("workers", limits::MAX_WORKERS, "workers of a lane"),
    ("concurrency", limits::MAX_CONCURRENCY, "tasks in flight on an event loop"),
    ("chunk", limits::MAX_CHUNK, "tasks in a chunk"),
    ("repeats", limits::MAX_REPEATS, "measured repeats"),
    ("warmup", limits::MAX_WARMUP, "unmeasured rounds before them"),
    ("latency_ms", limits::MAX_LATENCY_MS as u64, "milliseconds until an answer"),
    ("timeout_ms", limits::MAX_TIMEOUT_MS, "milliseconds until a fetch is given up"),
    ("bytes", limits::MAX_BODY_BYTES, "bytes of a simulated body"),
    ("from", limits::MAX_ADDRESSES as u64, "addresses of a fetch"),
    ("address", limits::MAX_ADDRESS_CHARS as u64, "characters of an address"),
    ("times", limits::MAX_BUMPS, "increments of a task"),
    ("title", limits::MAX_NAME_CHARS as u64, "characters of a title or name"),
    ("file_chunk", limits::MAX_FILE_CHUNK_BYTES, "bytes of a task's share of a file"),
];

/// The lanes that this machine has.
pub(super) fn lanes() -> Vec<Lane> {
    Model::ALL.map(Lane::native).to_vec()
}

pub(super) fn command(arguments: &Arguments) -> Result<(), Failure> {
    let machine = machine();
    if arguments.json {
        return style::print(&format!("{:#}\n", as_json(&machine)));
    }
    style::print(&as_text(&machine))
}

fn as_json(machine: &Machine) -> Value {
    let presets: Vec<Value> = PRESETS
        .iter()
        .map(|preset| json!({ "id": preset.id, "question": preset.question, "what": preset.what }))
        .collect();
    let lanes: Vec<Value> = lanes()
        .into_iter()
        .map(|lane| json!({ "lane": lane, "label": lane.label(), "about": words::about(lane.model), "version": lane_version(lane) }))
        .collect();
    let limits: serde_json::Map<String, Value> =
        LIMITS.iter().map(|(name, most, unit)| ((*name).to_owned(), json!({ "most": most, "unit": unit }))).collect();
    json!({ "lanes_list": 1, "presets": presets, "lanes": lanes, "machine": machine, "limits": limits })
}

/// What runs a lane, with its version.
fn lane_version(_native: Lane) -> String {
    format!("lanes {}", env!("CARGO_PKG_VERSION"))
}

fn as_text(machine: &Machine) -> String {
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
            words::about(lane.model),
            width,
        ));
    }
    text.push_str(&style::wrapped("  ", "Browser lanes run in the page: lanes serve opens it.", width));
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
    for (name, most, unit) in LIMITS {
        text.push_str(&format!("  {name:<18}{:>12}  {unit}\n", lanes_core::verdict::format::count(most)));
    }
    text
}
