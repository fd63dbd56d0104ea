//! Older versions of the format, brought up to the present one. It knows JSON, not how a link or a file carries it.
//!
//! To make version n + 1: raise [`VERSION`], append to [`UPGRADERS`] the function that turns the JSON of version n
//! into that of n + 1, and append links of version n + 1 to `link/golden.rs`. Fields that hold their default are left out
//! of links, so a default that changes is spelled out by the upgrader with its *old* value.

use serde_json::Value;

use super::{data::VERSION, problem::Problem};

/// Turns the JSON of a scenario of one version into that of the next. `lanes_scenario` is looked after by the caller.
pub type Upgrader = fn(Value) -> Result<Value, Vec<Problem>>;

/// The upgraders: the first makes version 2 of version 1, and so on. Append only.
pub const UPGRADERS: &[Upgrader] = &[
    // Version 2 adds fields. Left out they mean what there was before, and every field of version 1 means what it did.
    Ok,
];

const _: () = assert!(UPGRADERS.len() as u64 + 1 == VERSION, "every version but the present one has an upgrader");

/// Brings the JSON of a scenario of version `from` up to [`VERSION`].
///
/// # Errors
/// What an upgrader finds wrong; or that there is no such version.
pub fn to_current(value: Value, from: u64) -> Result<Value, Vec<Problem>> {
    upgrade(value, from, UPGRADERS)
}

/// Brings `value` from version `from` to the version after the last of `table`.
///
/// # Errors
/// As [`to_current`].
pub fn upgrade(value: Value, from: u64, table: &[Upgrader]) -> Result<Value, Vec<Problem>> {
    let known = 1..=table.len() as u64 + 1;
    if !known.contains(&from) {
        let message = format!("is version {from}; this build reads 1 to {}", known.end());
        return Err(vec![Problem { field: "lanes_scenario".into(), message }]);
    }
    (from..*known.end()).try_fold(value, |value, version| {
        let mut value = table[version as usize - 1](value)?;
        if let Some(fields) = value.as_object_mut() {
            fields.insert("lanes_scenario".into(), (version + 1).into());
        }
        Ok(value)
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// Version 2 renames a field; version 3 has a new default for another.
    const TABLE: &[Upgrader] = &[
        |mut value| {
            let fields = value.as_object_mut().expect("an object");
            if let Some(threads) = fields.remove("threads") {
                fields.insert("workers".into(), threads);
            }
            Ok(value)
        },
        |mut value| {
            let fields = value.as_object_mut().expect("an object");
            if fields.get("workers") == Some(&json!(13)) {
                return Err(vec![Problem { field: "workers".into(), message: "is no longer lucky".into() }]);
            }
            fields.entry("repeats").or_insert(json!(3));
            Ok(value)
        },
    ];

    #[test]
    fn each_version_passes_through_all_that_follow() {
        let newest = json!({"lanes_scenario": 3, "workers": 8, "repeats": 3});
        assert_eq!(upgrade(json!({"lanes_scenario": 1, "threads": 8}), 1, TABLE), Ok(newest.clone()));
        assert_eq!(upgrade(json!({"lanes_scenario": 2, "workers": 8}), 2, TABLE), Ok(newest.clone()));
        assert_eq!(upgrade(newest.clone(), 3, TABLE), Ok(newest));
    }

    #[test]
    fn what_cannot_be_upgraded_is_named() {
        assert_eq!(upgrade(json!({"threads": 13}), 1, TABLE).expect_err("unlucky")[0].field, "workers");
        for version in [0, 4, u64::MAX] {
            let problems = upgrade(json!({}), version, TABLE).expect_err("no such version");
            assert!(problems[0].to_string().contains(&version.to_string()));
        }
    }
}
