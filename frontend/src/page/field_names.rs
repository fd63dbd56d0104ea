//! The fields of a scenario by the names that the form gives them, and problems told with those names.
//!
//! Pure; it knows nothing of how a field looks or of where it is drawn.

use lanes_core::scenario::Problem;
use serde_json::Value;

/// Every field of a scenario, without the numbers of groups and steps, and its label in the form.
const LABELS: &[(&str, &str)] = &[
    ("lanes_scenario", "Version of the scenario"),
    ("title", "Title"),
    ("groups", "Groups"),
    ("groups.name", "Name"),
    ("groups.tasks", "Tasks"),
    ("groups.after", "After"),
    ("groups.memory_mb", "Memory of each"),
    ("groups.arrive", "Tasks come"),
    ("groups.arrive.every_ms", "One every"),
    ("groups.arrive.rate_per_s", "A second"),
    ("groups.arrive.spread", "Spread of the gaps"),
    ("groups.steps", "Steps"),
    ("groups.steps.fetch", "Fetch"),
    ("groups.steps.fetch.from", "Answers come from"),
    ("groups.steps.fetch.latency_ms", "Takes"),
    ("groups.steps.fetch.spread", "Spread of the waiting times"),
    ("groups.steps.fetch.bytes", "Size of an answer"),
    ("groups.steps.fetch.blocking", "Blocking call"),
    ("groups.steps.fetch.timeout_ms", "Give up after"),
    ("groups.steps.fetch.keeps_lock", "Keeps the lock"),
    ("groups.steps.fetch.retries", "Asks again"),
    ("groups.steps.fetch.backoff_ms", "Waits before"),
    ("groups.steps.compute", "Compute"),
    ("groups.steps.compute.kernel", "Kernel"),
    ("groups.steps.compute.size", "Size"),
    ("groups.steps.compute.input", "Works on"),
    ("groups.steps.compute.spread", "Spread of the sizes"),
    ("groups.steps.compute.holds_lock", "Holds the lock"),
    ("groups.steps.compute.bytes_in", "Given to each task"),
    ("groups.steps.compute.bytes_out", "Given back by each task"),
    ("groups.steps.compute.shape", "Made of"),
    ("groups.steps.bump", "Bump"),
    ("groups.steps.bump.times", "Increments"),
    ("groups.steps.bump.guard", "Kept apart by"),
    ("groups.steps.call", "Call"),
    ("groups.steps.call.python", "Code"),
    ("groups.steps.call.python.digest", "Digest of the code"),
    ("groups.steps.call.python.file", "File of the code"),
    ("groups.steps.call.python.setup", "Whether it has a set-up"),
    ("groups.steps.call.function", "Function"),
    ("groups.steps.call.coroutine", "Coroutine function"),
    ("groups.steps.call.items", "Items"),
    ("groups.steps.call.module", "Module"),
    ("lanes", "Lanes"),
    ("setup", "Set-up"),
    ("setup.ms", "Set-up waits"),
    ("setup.compute", "Set-up computes"),
    ("setup.compute.kernel", "Kernel of the set-up"),
    ("setup.compute.size", "Size of the set-up"),
    ("workers", "Workers"),
    ("concurrency", "In flight"),
    ("chunk", "Tasks handed to a process at a time"),
    ("gil_switch_ms", "GIL hand-over"),
    ("deadline_s", "Time limit"),
    ("server", "Server"),
    ("server.capacity", "Serves at once"),
    ("server.full", "When full"),
    ("server.rate_per_s", "Lets in a second"),
    ("server.burst", "Burst"),
    ("server.errors", "Share of errors"),
    ("server.bandwidth_mbit", "Bandwidth"),
    ("server.connect_ms", "A connection costs"),
    ("server.keep_alive", "Keeps connections"),
    ("server.slows", "Slows down by"),
    ("goal", "Goal"),
    ("memory_limit_mb", "Memory limit"),
    ("repeats", "Repeats"),
    ("budget_s", "Time for repeats"),
    ("warmup", "Warm-up rounds"),
    ("seed", "Seed"),
];

/// The keys of a path, and the numbers of its group and step where it has them.
struct Parts<'a> {
    keys: Vec<&'a str>,
    group: Option<usize>,
    step: Option<usize>,
}

fn parts(path: &str) -> Parts<'_> {
    let mut parts = Parts { keys: Vec::new(), group: None, step: None };
    for part in path.split(['.', '[']).filter(|part| !part.is_empty()) {
        match part.strip_suffix(']').and_then(|index| index.parse().ok()) {
            Some(index) if parts.keys == ["groups"] => parts.group = Some(index),
            Some(index) if parts.keys == ["groups", "steps"] => parts.step = Some(index),
            Some(_) => {}
            None => parts.keys.push(part),
        }
    }
    parts
}

fn label_of(keys: &[&str]) -> Option<&'static str> {
    let path = keys.join(".");
    LABELS.iter().find(|(field, _)| *field == path).map(|(_, label)| *label)
}

/// The label of the field at `path` in the form, or of the nearest one around it; empty where there is none.
#[must_use]
pub fn field_label(path: &str) -> &'static str {
    let keys = parts(path).keys;
    (1..=keys.len()).rev().find_map(|end| label_of(&keys[..end])).unwrap_or_default()
}

/// The field at `path` as a person finds it in the form: by its label, its step and its group. The draft says how many of
/// these there are.
#[must_use]
pub fn field_name(path: &str, draft: &Value) -> String {
    let Parts { keys, group, step } = parts(path);
    let groups = draft.get("groups").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let group_value = group.and_then(|group| groups.get(group));
    let steps = group_value.and_then(|group| group.get("steps")?.as_array()).map_or(0, Vec::len);
    let in_step = step.filter(|_| steps > 1).map(|step| format!("step {}", step + 1));
    let in_group = group.filter(|_| groups.len() > 1).map(|group| {
        let name = group_value.and_then(|value| value.get("name")?.as_str()).filter(|name| !name.trim().is_empty());
        match name {
            Some(name) => format!("group {} (“{name}”)", group + 1),
            None => format!("group {}", group + 1),
        }
    });
    let is_whole =
        |keys: &[&str]| keys == ["groups"] && group.is_some() || keys == ["groups", "steps"] && step.is_some();
    let own = match label_of(&keys) {
        // The group or the step itself.
        Some(_) if is_whole(&keys) => None,
        Some(label) => Some(label.to_owned()),
        None => keys.last().map(|key| format!("“{key}”")),
    };
    let mut names: Vec<String> = own.into_iter().chain(in_step).chain(in_group).collect();
    if names.is_empty() {
        // The only one of its kind.
        names.push(if step.is_some() { "The step" } else { "The group" }.to_owned());
    }
    let name = names.join(" of ");
    let mut characters = name.chars();
    characters.next().map(|first| first.to_uppercase().chain(characters).collect()).unwrap_or_default()
}

/// A problem as a sentence with the form's names.
fn problem_sentence(problem: &Problem, draft: &Value) -> String {
    if problem.field.is_empty() {
        return problem.message.clone();
    }
    format!("{} {}", field_name(&problem.field, draft), problem.message)
}

/// Problems as one sentence: the first, and how many more.
#[must_use]
pub(super) fn sentence(problems: &[Problem], draft: &Value) -> String {
    match problems {
        [] => String::new(),
        [only] => problem_sentence(only, draft),
        [first, rest @ ..] => {
            format!("{} (and {} more, marked in the scenario)", problem_sentence(first, draft), rest.len())
        }
    }
}

#[cfg(test)]
mod tests {
    use lanes_core::scenario::{
        Arrive, Bump, Call, Code, Compute, Fetch, Full, Goal, Kernel, Named, Pace, Scenario, Server, Setup,
        SetupKernel, Spread, Step,
    };
    use serde_json::json;

    use super::*;

    #[test]
    fn every_field_of_a_scenario_has_a_label() {
        fn paths(value: &Value, path: &str, found: &mut Vec<String>) {
            match value {
                Value::Object(map) => map.iter().for_each(|(key, value)| {
                    let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                    found.push(path.clone());
                    paths(value, &path, found);
                }),
                Value::Array(list) => list.iter().for_each(|value| paths(value, path, found)),
                _ => {}
            }
        }
        let group = json!({ "name": "", "tasks": 1, "steps": [{ "bump": {} }] });
        let value = json!({ "lanes_scenario": 1, "groups": [group] });
        let mut scenario = Scenario::from_value(&value).expect("valid");
        scenario.server = Server {
            capacity: 1,
            full: Full::Refuse,
            rate_per_s: 1.0,
            burst: 2,
            errors: 0.1,
            bandwidth_mbit: 1.0,
            connect_ms: 1.0,
            keep_alive: false,
            slows: 1.0,
        };
        let fetch = Fetch { retries: 1, backoff_ms: 1.0, ..Fetch::default() };
        scenario.groups[0].steps =
            vec![Step::Fetch(fetch), Step::Compute(Compute::default()), Step::Bump(Bump::default())];
        let call = Call { coroutine: "a".to_owned(), items: "b".to_owned(), ..Call::default() };
        let named = Named { digest: String::new(), file: String::new(), setup: true };
        let named = Call { python: Code::Named(named), ..call.clone() };
        scenario.groups[0].steps.extend([Step::Call(call), Step::Call(named)]);
        scenario.groups[0].arrive = Some(Arrive { pace: Pace::EveryMs(1.0), spread: Spread::Even });
        scenario.groups[0].after = "another".to_owned();
        (scenario.goal, scenario.memory_limit_mb) = (Goal::Memory, 1.0);
        scenario.groups[0].memory_mb = 1.0;
        scenario.setup = Some(Setup::Compute(SetupKernel { kernel: Kernel::Primes, size: 1 }));
        let mut found = Vec::new();
        paths(&serde_json::to_value(&scenario).expect("plain data"), "", &mut found);
        assert!(found.len() > 20, "{found:?}");
        for path in found {
            assert!(label_of(&parts(&path).keys).is_some(), "{path}");
        }
    }

    #[test]
    fn a_field_is_named_by_as_much_as_tells_it_apart() {
        let one = json!({ "groups": [{ "name": "pages", "steps": [{}] }] });
        assert_eq!(field_name("groups[0].tasks", &one), "Tasks");
        assert_eq!(field_name("groups[0].steps[0].fetch.latency_ms", &one), "Takes");
        assert_eq!(field_name("groups[0]", &one), "The group");
        assert_eq!(field_name("lanes[2]", &one), "Lanes");
        assert_eq!(field_name("worker", &one), "“worker”");
        let two = json!({ "groups": [{ "name": "pages", "steps": [{}, {}] }, { "name": " ", "steps": [{}] }] });
        assert_eq!(field_name("groups[0].tasks", &two), "Tasks of group 1 (“pages”)");
        assert_eq!(field_name("groups[0].steps[1].compute.size", &two), "Size of step 2 of group 1 (“pages”)");
        assert_eq!(field_name("groups[1].steps[0].compute.size", &two), "Size of group 2");
        assert_eq!(field_name("groups[1].colour", &two), "“colour” of group 2");
        assert_eq!(field_name("groups[1]", &two), "Group 2");
        assert_eq!(field_name("groups[7].tasks", &Value::Null), "Tasks");
    }

    #[test]
    fn problems_are_one_sentence_with_the_forms_names() {
        let draft = json!({ "groups": [{ "tasks": 0 }], "workers": 0 });
        let problem = |field: &str, message: &str| Problem { field: field.into(), message: message.into() };
        let problems = [problem("groups[0].tasks", "should be more"), problem("workers", "should be more")];
        assert_eq!(sentence(&problems[..1], &draft), "Tasks should be more");
        assert_eq!(sentence(&problems, &draft), "Tasks should be more (and 1 more, marked in the scenario)");
        assert_eq!(sentence(&[problem("", "this is not JSON")], &draft), "this is not JSON");
    }
}
