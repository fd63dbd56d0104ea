//! An object of JSON, taken apart field by field. It knows no field's name.

use serde_json::{Map, Value};

use super::values::{kind, nearest};
use crate::scenario::problem::Problem;

/// An object being taken apart: remembers which fields were asked for.
pub(super) struct Fields<'a> {
    pub(super) map: &'a Map<String, Value>,
    pub(super) path: String,
    pub(super) known: Vec<&'static str>,
}

impl<'a> Fields<'a> {
    pub(super) fn of(value: &'a Value, path: String, problems: &mut Vec<Problem>) -> Option<Self> {
        match value {
            Value::Object(map) => Some(Self { map, path, known: Vec::new() }),
            other => {
                problems.push(Problem {
                    field: path,
                    message: format!("should be an object in braces, not {}", kind(other)),
                });
                None
            }
        }
    }

    pub(super) fn at(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }

    /// Takes one field; `read` says what is wrong with a value that is there.
    pub(super) fn take<T>(
        &mut self,
        key: &'static str,
        default: T,
        problems: &mut Vec<Problem>,
        read: impl FnOnce(&Value) -> Result<T, String>,
    ) -> T {
        self.known.push(key);
        match self.map.get(key).map(read) {
            None => default,
            Some(Ok(value)) => value,
            Some(Err(message)) => {
                problems.push(Problem { field: self.at(key), message });
                default
            }
        }
    }

    /// Names the fields nobody asked for.
    pub(super) fn finish(self, problems: &mut Vec<Problem>) {
        for key in self.map.keys().filter(|key| !self.known.contains(&key.as_str())) {
            let hint = nearest(key, self.known.iter().copied());
            problems.push(Problem {
                field: self.at(key),
                message: format!("is not a field here{hint}; the fields are {}", self.known.join(", ")),
            });
        }
    }
}
