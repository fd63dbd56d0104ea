//! The step that calls a function of the user's own.

use serde_json::Value;

use super::{fields::Fields, values::kind};
use crate::scenario::{
    call::{Call, is_identifier},
    data::{Group, Step},
    limits,
    problem::Problem,
};

pub(super) fn read_call(value: &Value, path: String, problems: &mut Vec<Problem>) -> Call {
    let default = Call::default();
    let Some(mut fields) = Fields::of(value, path, problems) else { return default };
    let python = fields.take("python", default.python, problems, |v| text(v, limits::MAX_CODE_BYTES));
    if !fields.map.contains_key("python") {
        problems.push(Problem {
            field: fields.at("python"),
            message: "is missing: the source that the function is in, such as \"def task(item):\\n    return item\""
                .into(),
        });
    }
    let call = Call {
        python,
        function: fields.take("function", default.function, problems, identifier),
        coroutine: fields.take("coroutine", default.coroutine, problems, |v| match v.as_str() {
            Some("") => Ok(String::new()),
            _ => identifier(v),
        }),
        items: fields.take("items", default.items, problems, |v| text(v, limits::MAX_ITEMS_BYTES)),
        module: fields.take("module", default.module, problems, identifier),
    };
    fields.finish(problems);
    call
}

/// A function of one's own does all that a task does, and nobody knows how long that is: so it stands alone.
pub(super) fn check_calls(groups: &[Group], problems: &mut Vec<Problem>) {
    let is_call = |step: &Step| matches!(step, Step::Call(_));
    let steps: usize = groups.iter().map(|group| group.steps.len()).sum();
    for (number, group) in groups.iter().enumerate().filter(|(_, group)| group.steps.iter().any(is_call)) {
        if steps > 1 {
            problems.push(Problem {
                field: format!("groups[{number}].steps"),
                message:
                    "hold a call, which has to be the only step of the scenario: what else a task does belongs into \
                          its function"
                        .into(),
            });
        }
        if group.arrive.is_some() {
            problems.push(Problem {
                field: format!("groups[{number}].arrive"),
                message: "is not for calls: their items are all there when a run begins".into(),
            });
        }
    }
}

fn identifier(value: &Value) -> Result<String, String> {
    let text = value.as_str().ok_or_else(|| format!("should be a name, not {}", kind(value)))?;
    if is_identifier(text) && text.len() <= limits::MAX_NAME_CHARS {
        return Ok(text.to_owned());
    }
    Err(format!("should be a name of Python's (letters, digits and _), not {}", kind(value)))
}

fn text(value: &Value, most: usize) -> Result<String, String> {
    let text = value.as_str().ok_or_else(|| format!("should be a text, not {}", kind(value)))?;
    if text.len() > most {
        return Err(format!("has {} bytes; the most is {most}", text.len()));
    }
    if text.contains('\0') {
        return Err("holds a NUL character, which no source of Python's can".into());
    }
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use crate::scenario::{Place, Scenario};

    fn read(groups: &str) -> Result<Scenario, Vec<String>> {
        Scenario::from_json(&format!(r#"{{"lanes_scenario":2,"groups":[{groups}]}}"#))
            .map_err(|problems| problems.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn a_call_is_read_with_its_defaults_and_runs_in_python_alone() {
        let scenario = read(r#"{"tasks":3,"steps":[{"call":{"python":"def task(n): return n","items":"range(3)"}}]}"#)
            .expect("valid");
        let call = scenario.call().expect("a call");
        assert_eq!((call.function.as_str(), call.module.as_str(), call.lines()), ("task", "job", 1));
        assert!(!call.is_coroutine_only());
        for place in Place::ALL {
            assert_eq!(scenario.check_place(place).is_ok(), place.is_python(), "{place:?}");
        }
        assert_eq!(Scenario::from_json(&scenario.to_json()), Ok(scenario));
    }

    #[test]
    fn every_problem_of_a_call_is_named_by_its_field() {
        let step = r#"{"call":{"function":"not a name","coroutine":3,"module":"9","items":["a"],"pythn":""}}"#;
        let problems = read(&format!(r#"{{"steps":[{step}]}}"#)).expect_err("not valid");
        for field in ["python", "function", "coroutine", "module", "items", "pythn"] {
            let field = format!("groups[0].steps[0].call.{field}");
            assert!(problems.iter().any(|problem| problem.starts_with(&field)), "{field}: {problems:#?}");
        }
        assert!(problems.iter().any(|problem| problem.contains("did you mean python?")), "{problems:#?}");
    }

    #[test]
    fn a_call_stands_alone() {
        let call = r#"{"call":{"python":"x"}}"#;
        let beside = read(&format!(r#"{{"steps":[{call},{{"fetch":{{}}}}]}}"#)).expect_err("two steps");
        assert!(beside[0].starts_with("groups[0].steps: hold a call"), "{beside:?}");
        let groups = read(&format!(r#"{{"steps":[{{"bump":{{}}}}]}},{{"steps":[{call}]}}"#)).expect_err("two groups");
        assert!(groups[0].starts_with("groups[1].steps: hold a call"), "{groups:?}");
        let timed = read(&format!(r#"{{"arrive":{{"every_ms":5}},"steps":[{call}]}}"#)).expect_err("arrivals");
        assert!(timed[0].starts_with("groups[0].arrive: is not for calls"), "{timed:?}");
    }
}
