//! `--set FIELD=VALUE`: any field of a scenario, by the name that problems give it.

use lanes_core::scenario::{Problem, Scenario, ValidScenario, path};
use serde_json::Value;

/// A field and what it is set to.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Field {
    path: String,
    value: Value,
}

/// Why a text sets no field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NoField {
    #[error("a field and a value are wanted, such as groups[0].tasks=500")]
    Shape,
}

/// Reads `FIELD=VALUE`. What is no JSON is a text: `groups[0].name=pages` needs no quotes.
pub(crate) fn field(text: &str) -> Result<Field, NoField> {
    let (path, value) = text.split_once('=').ok_or(NoField::Shape)?;
    let path = path.trim();
    if path.is_empty() {
        return Err(NoField::Shape);
    }
    let value = serde_json::from_str(value).unwrap_or_else(|_| Value::from(value));
    Ok(Field { path: path.to_owned(), value })
}

/// The scenario with these fields set, checked.
///
/// # Errors
/// Every problem; a field that is not there is one.
pub(super) fn set(scenario: &Scenario, fields: &[Field]) -> Result<ValidScenario, Vec<Problem>> {
    let mut whole = serde_json::to_value(scenario).expect("a scenario is plain data");
    for Field { path, value } in fields {
        path::set(&mut whole, path, value.clone());
        if path::get(&whole, path) != Some(value) {
            let message = "is past the end of its list: there are fewer groups, steps or lanes".to_owned();
            return Err(vec![Problem { field: path.clone(), message }]);
        }
    }
    ValidScenario::from_value(&whole)
}

#[cfg(test)]
mod tests {
    use super::*;
    use lanes_core::scenario::presets::PRESETS;

    #[test]
    fn fields_are_set_by_the_names_of_problems() {
        let scenario = PRESETS[0].scenario();
        let set = |text: &str| super::set(&scenario, &[field(text).expect("a field")]);
        assert_eq!(set("groups[0].tasks=7").expect("valid").groups[0].tasks, 7);
        assert_eq!(set("groups[0].name=some pages").expect("valid").groups[0].name, "some pages");
        for (wrong, field) in [
            ("groups[0].tasks=many", "groups[0].tasks"),
            ("groups[7].tasks=1", "groups[7].tasks"),
            ("groups[0].taks=1", "groups[0].taks"),
        ] {
            assert_eq!(set(wrong).expect_err(wrong)[0].field, field);
        }
        assert_eq!((field("tasks"), field("=3")), (Err(NoField::Shape), Err(NoField::Shape)));
    }
}
