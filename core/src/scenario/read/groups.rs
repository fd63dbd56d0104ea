//! The groups of a scenario: what its tasks are.

use serde_json::Value;

use super::{
    call::check_calls,
    fields::Fields,
    memory,
    steps::{check_body, check_payload, read_step},
    times::{check_stages, read_arrive},
    values::{kind, name, whole32},
};
use crate::scenario::problem::Problem;
use crate::scenario::{data::Group, limits};

pub(super) fn read_groups(fields: &mut Fields<'_>, problems: &mut Vec<Problem>) -> Vec<Group> {
    fields.known.push("groups");
    let Some(value) = fields.map.get("groups") else {
        problems.push(Problem {
            field: "groups".into(),
            message: "is missing: a scenario needs at least one group of tasks".into(),
        });
        return Vec::new();
    };
    let Value::Array(items) = value else {
        problems.push(Problem {
            field: "groups".into(),
            message: format!("should be a list in brackets, not {}", kind(value)),
        });
        return Vec::new();
    };
    if items.is_empty() || items.len() > limits::MAX_GROUPS {
        problems.push(Problem {
            field: "groups".into(),
            message: format!("should hold 1 to {} groups, not {}", limits::MAX_GROUPS, items.len()),
        });
    }
    let groups: Vec<Group> = items
        .iter()
        .take(limits::MAX_GROUPS)
        .enumerate()
        .map(|(i, item)| read_group(item, format!("groups[{i}]"), problems))
        .collect();
    check_stages(&groups, problems);
    let total: u64 = groups.iter().map(|group| u64::from(group.tasks)).sum();
    if total > limits::MAX_TASKS {
        problems.push(Problem {
            field: "groups".into(),
            message: format!("hold {total} tasks together; the most is {}", limits::MAX_TASKS),
        });
    }
    check_payload(&groups, problems);
    check_calls(&groups, problems);
    groups
}

pub(super) fn read_group(value: &Value, path: String, problems: &mut Vec<Problem>) -> Group {
    let default = Group::default();
    let Some(mut fields) = Fields::of(value, path, problems) else { return default };
    let name = fields.take("name", default.name, problems, name);
    let tasks = fields.take("tasks", default.tasks, problems, |v| whole32(v, 1, limits::MAX_TASKS));
    fields.known.push("steps");
    let path = fields.at("steps");
    let mut steps = Vec::new();
    match fields.map.get("steps") {
        Some(Value::Array(items)) if (1..=limits::MAX_STEPS).contains(&items.len()) => {
            for (i, item) in items.iter().enumerate() {
                let path = format!("{path}[{i}]");
                if let Some(step) = read_step(item, &path, problems) {
                    check_body(&step, &steps, &path, problems);
                    steps.push(step);
                }
            }
        }
        Some(Value::Array(items)) => problems.push(Problem {
            field: path,
            message: format!("should hold 1 to {} steps, not {}", limits::MAX_STEPS, items.len()),
        }),
        Some(other) => problems
            .push(Problem { field: path, message: format!("should be a list in brackets, not {}", kind(other)) }),
        None => problems
            .push(Problem { field: path, message: "is missing: say what a task does, such as {\"fetch\": {}}".into() }),
    }
    let arrive = read_arrive(&mut fields, problems);
    let after = fields.take("after", default.after, problems, super::values::name);
    let memory_mb = memory::take(&mut fields, "memory_mb", limits::MAX_MEMORY_MB, problems);
    fields.finish(problems);
    Group { name, tasks, steps, arrive, after, memory_mb }
}
