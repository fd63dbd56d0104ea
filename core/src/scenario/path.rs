//! A place in a JSON document, written as problems name it: `groups[0].steps[1].fetch.latency_ms`.
//!
//! It knows no field of a scenario.

use serde_json::{Map, Value};

/// One step into a document.
#[derive(Debug, PartialEq, Eq)]
enum Part<'a> {
    Key(&'a str),
    Index(usize),
}

fn parts(path: &str) -> impl Iterator<Item = Part<'_>> {
    path.split(['.', '[']).filter(|part| !part.is_empty()).map(|part| {
        match part.strip_suffix(']').and_then(|index| index.parse().ok()) {
            Some(index) => Part::Index(index),
            None => Part::Key(part),
        }
    })
}

/// The value at `path`, if there is one.
#[must_use]
pub fn get<'a>(value: &'a Value, path: &str) -> Option<&'a Value> {
    parts(path).try_fold(value, |value, part| match part {
        Part::Key(key) => value.get(key),
        Part::Index(index) => value.get(index),
    })
}

/// Puts `new` at `path`. Objects on the way are made where they are missing; past the end of a list it does nothing.
pub fn set(value: &mut Value, path: &str, new: Value) {
    let mut place = value;
    for part in parts(path) {
        let next = match part {
            Part::Key(key) => {
                if !place.is_object() {
                    *place = Value::Object(Map::new());
                }
                place.as_object_mut().map(|map| map.entry(key).or_insert(Value::Null))
            }
            Part::Index(index) => place.get_mut(index),
        };
        match next {
            Some(next) => place = next,
            None => return,
        }
    }
    *place = new;
}

/// Changes the list at `path`; one that is missing, or is no list, counts as empty.
pub fn edit_list(value: &mut Value, path: &str, edit: impl FnOnce(&mut Vec<Value>)) {
    let mut list = get(value, path).and_then(Value::as_array).cloned().unwrap_or_default();
    edit(&mut list);
    set(value, path, Value::Array(list));
}

/// Whether `field` is `path` or lies inside it.
#[must_use]
pub fn is_within(field: &str, path: &str) -> bool {
    field.strip_prefix(path).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_is_set_is_got() {
        let mut value = json!({"groups": [{"steps": [{"fetch": {}}]}]});
        for path in ["seed", "groups[0].tasks", "groups[0].steps[0].fetch.latency_ms", "a.b.c"] {
            set(&mut value, path, json!(path));
            assert_eq!(get(&value, path), Some(&json!(path)));
        }
        set(&mut value, "groups[7].tasks", json!(1));
        assert_eq!(get(&value, "groups[7].tasks"), None);
    }

    #[test]
    fn a_list_that_is_none_counts_as_empty() {
        let mut value = json!({"lanes": "oops"});
        edit_list(&mut value, "lanes", |list| list.push(json!("browser/async")));
        assert_eq!(value, json!({"lanes": ["browser/async"]}));
    }

    #[test]
    fn inside_is_more_than_a_common_beginning() {
        assert!(is_within("lanes[2]", "lanes"));
        assert!(is_within("groups[0].tasks", "groups[0]"));
        assert!(!is_within("groups[10]", "groups[1]"));
        assert!(!is_within("chunks", "chunk"));
    }
}
