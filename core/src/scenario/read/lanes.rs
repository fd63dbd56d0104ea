//! The lanes of a scenario, and a lane wherever else it stands as JSON.

use serde::{Deserialize, Deserializer, de::Error};
use serde_json::Value;
use strum::IntoEnumIterator;

use super::{
    fields::Fields,
    values::{kind, number, one_of, whole32},
};
use crate::scenario::{
    chunk::Chunk,
    lane::Lane,
    limits,
    problem::Problem,
    settings::{Name, PoolStart, Setting, Settings, StartMethod},
};

pub(super) fn read_lanes(fields: &mut Fields<'_>, default: Vec<Lane>, problems: &mut Vec<Problem>) -> Vec<Lane> {
    fields.known.push("lanes");
    let items = match fields.map.get("lanes") {
        None => return default,
        Some(Value::Array(items)) if (1..=limits::MAX_LANES).contains(&items.len()) => items,
        Some(Value::Array(items)) if !items.is_empty() => {
            let message = format!("are {}; the most is {}", items.len(), limits::MAX_LANES);
            problems.push(Problem { field: "lanes".into(), message });
            return default;
        }
        Some(other) => {
            let message =
                format!("should be a list of at least one lane such as \"browser/async\", not {}", kind(other));
            problems.push(Problem { field: "lanes".into(), message });
            return default;
        }
    };
    let mut lanes: Vec<Lane> = Vec::new();
    for (i, item) in items.iter().enumerate() {
        let field = format!("lanes[{i}]");
        let Some(lane) = read_lane(item, &field, problems) else { continue };
        if lanes.contains(&lane) {
            problems.push(Problem { field, message: format!("{lane} is there already") });
        } else if let Some(other) = lanes.iter().find(|other| other.to_string() == lane.to_string()) {
            problems
                .push(Problem { field, message: format!("is called as another, {other}; give it a name of its own") });
        } else {
            lanes.push(lane);
        }
    }
    lanes
}

/// A lane as a text, or as an object with settings of its own.
fn read_lane(value: &Value, path: &str, problems: &mut Vec<Problem>) -> Option<Lane> {
    if !value.is_object() {
        return match base(value) {
            Ok(lane) => Some(lane),
            Err(message) => {
                problems.push(Problem { field: path.to_owned(), message });
                None
            }
        };
    }
    let before = problems.len();
    let mut fields = Fields::of(value, path.to_owned(), problems)?;
    let lane = fields.take("lane", None, problems, |v| base(v).map(Some));
    if !fields.map.contains_key("lane") {
        let message = "is missing: say which, such as \"native/threads\"".into();
        problems.push(Problem { field: fields.at("lane"), message });
    }
    let settings = Settings {
        name: fields.take("name", None, problems, |v| {
            let most = limits::MAX_LANE_NAME_BYTES;
            let text = v.as_str().map(str::trim).ok_or_else(|| format!("should be a text, not {}", kind(v)))?;
            Name::new(text).map(Some).ok_or_else(|| format!("should have 1 to {most} bytes, not {}", text.len()))
        }),
        workers: fields.take(Setting::Workers.id(), None, problems, |v| {
            whole32(v, 1, lane.map_or(limits::MAX_WORKERS, Lane::most_workers)).map(Some)
        }),
        concurrency: fields
            .take(Setting::Concurrency.id(), None, problems, |v| whole32(v, 1, limits::MAX_CONCURRENCY).map(Some)),
        chunk: fields.take(Setting::Chunk.id(), None, problems, |v| chunk(v).map(Some)),
        switch_us: fields.take(Setting::GilSwitchMs.id(), None, problems, |v| {
            let ms = number(v, *limits::GIL_SWITCH_MS.start(), *limits::GIL_SWITCH_MS.end())?;
            Ok(Some((ms * 1000.0).round() as u32))
        }),
        start: fields.take(Setting::Start.id(), None, problems, |v| one_of::<StartMethod>(v).map(Some)),
        pool: fields.take(Setting::Pool.id(), None, problems, |v| one_of::<PoolStart>(v).map(Some)),
    };
    if let Some(lane) = lane {
        for setting in Setting::iter().filter(|setting| fields.map.contains_key(setting.id())) {
            if !setting.matters(lane.place, lane.model) {
                let message = format!("changes nothing in {lane}; it is for {}", setting.who());
                problems.push(Problem { field: fields.at(setting.id()), message });
            }
        }
    }
    fields.finish(problems);
    lane.filter(|_| problems.len() == before).map(|lane| Lane { settings, ..lane })
}

fn base(value: &Value) -> Result<Lane, String> {
    let text = value.as_str().ok_or_else(|| {
        format!(
            "should be a text such as \"browser/async\", or an object with settings of its own, not {}",
            kind(value)
        )
    })?;
    text.parse::<Lane>().map_err(|error| error.to_string())
}

/// The most workers that a scenario may give to all of its lanes that have no number of their own.
pub(super) fn most_workers(lanes: &[Lane]) -> u64 {
    let takes = |lane: &&Lane| lane.settings.workers.is_none() && Setting::Workers.matters(lane.place, lane.model);
    lanes.iter().filter(takes).map(|lane| lane.most_workers()).min().unwrap_or(limits::MAX_WORKERS)
}

/// How many tasks are handed to a process at a time.
pub(super) fn chunk(value: &Value) -> Result<Chunk, String> {
    match value.as_str() {
        Some("auto") => Ok(Chunk::Auto),
        _ => whole32(value, 1, limits::MAX_CHUNK).map(Chunk::Fixed).map_err(|m| format!("{m}, or \"auto\"")),
    }
}

impl<'de> Deserialize<'de> for Lane {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let value = if from.is_human_readable() {
            Value::deserialize(from)?
        } else {
            serde_json::from_str(&String::deserialize(from)?).map_err(D::Error::custom)?
        };
        let mut problems = Vec::new();
        let lane = read_lane(&value, "", &mut problems);
        let said = || problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ");
        lane.ok_or_else(|| D::Error::custom(said()))
    }
}
