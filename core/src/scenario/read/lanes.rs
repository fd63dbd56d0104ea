//! The lanes of a scenario.

use serde_json::Value;

use super::{fields::Fields, values::kind};
use crate::scenario::lane::Lane;
use crate::scenario::problem::Problem;

pub(super) fn read_lanes(fields: &mut Fields<'_>, default: Vec<Lane>, problems: &mut Vec<Problem>) -> Vec<Lane> {
    fields.known.push("lanes");
    let items = match fields.map.get("lanes") {
        None => return default,
        Some(Value::Array(items)) if !items.is_empty() => items,
        Some(other) => {
            let message =
                format!("should be a list of at least one lane such as \"browser/async\", not {}", kind(other));
            problems.push(Problem { field: "lanes".into(), message });
            return default;
        }
    };
    let mut lanes = Vec::new();
    for (i, item) in items.iter().enumerate() {
        let read = item
            .as_str()
            .ok_or_else(|| format!("should be a text such as \"browser/async\", not {}", kind(item)))
            .and_then(|text| text.parse::<Lane>().map_err(|error| error.to_string()));
        match read {
            Ok(lane) if lanes.contains(&lane) => {
                problems.push(Problem { field: format!("lanes[{i}]"), message: format!("{lane} is there already") });
            }
            Ok(lane) => lanes.push(lane),
            Err(message) => problems.push(Problem { field: format!("lanes[{i}]"), message }),
        }
    }
    lanes
}
