//! The list of lanes in a draft. What is no lane is left in it, for the reader to name.

use lanes_core::scenario::{Lane, Model};
use serde_json::Value;

use super::path::{self, edit_list};

/// The lanes of a draft that can be read; all models in the browser where it names none.
pub(super) fn chosen(draft: &Value) -> Vec<Lane> {
    match path::get(draft, "lanes").and_then(Value::as_array) {
        None => Model::ALL.map(Lane::browser).to_vec(),
        Some(list) => list.iter().filter_map(read).collect(),
    }
}

/// Puts these lanes into the draft.
pub(super) fn put(draft: &mut Value, lanes: &[Lane]) {
    path::set(draft, "lanes", lanes.iter().map(write).collect());
}

/// Adds or removes a lane, keeping what else is in the list and the order of models where there is one.
pub(super) fn toggle(draft: &mut Value, lane: Lane, on: bool) {
    if path::get(draft, "lanes").is_none_or(|lanes| !lanes.is_array()) {
        let all = chosen(draft);
        put(draft, &all);
    }
    edit_list(draft, "lanes", |lanes| {
        lanes.retain(|other| read(other) != Some(lane));
        if on {
            let after = lanes.iter().position(|other| read(other).is_some_and(|other| other > lane));
            lanes.insert(after.unwrap_or(lanes.len()), write(&lane));
        }
    });
}

fn read(value: &Value) -> Option<Lane> {
    serde_json::from_value(value.clone()).ok()
}

fn write(lane: &Lane) -> Value {
    serde_json::to_value(lane).expect("a lane is plain data")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_lane_comes_back_where_it_was() {
        let mut draft = json!({});
        toggle(&mut draft, Lane::browser(Model::Async), false);
        assert_eq!(draft["lanes"].as_array().map(Vec::len), Some(5));
        toggle(&mut draft, Lane::browser(Model::Async), true);
        assert_eq!(draft["lanes"][1], "browser/async");
        assert_eq!(chosen(&draft), Model::ALL.map(Lane::browser));
    }

    #[test]
    fn what_is_no_lane_is_left_for_the_reader_to_name() {
        let mut draft = json!({ "lanes": ["browser/fibers", "browser/async"] });
        toggle(&mut draft, Lane::browser(Model::Async), false);
        assert_eq!(draft["lanes"], json!(["browser/fibers"]));
    }
}
