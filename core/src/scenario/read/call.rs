//! The step that calls a function of the user's own.

use serde_json::Value;

use super::{
    fields::Fields,
    values::{flag, kind, name},
};
use crate::scenario::{
    call::{Call, Code, DIGEST_CHARS, Named, is_identifier},
    data::{Group, Step},
    limits,
    problem::Problem,
};

pub(super) fn read_call(value: &Value, path: String, problems: &mut Vec<Problem>) -> Call {
    let default = Call::default();
    let Some(mut fields) = Fields::of(value, path, problems) else { return default };
    let python = match fields.map.get("python") {
        Some(named @ Value::Object(_)) => {
            fields.known.push("python");
            let at = fields.at("python");
            Code::Named(read_named(named, at, problems))
        }
        _ => fields.take("python", default.python, problems, |v| {
            // What else it may be is in the documentation: nobody writes it by hand.
            text(v, limits::MAX_CODE_BYTES).map(Code::Source)
        }),
    };
    if !fields.map.contains_key("python") {
        problems.push(Problem {
            field: fields.at("python"),
            message: "is missing: the source that the function is in, such as \"def task(item):\\n    return item\""
                .into(),
        });
    }
    let function = fields.take("function", default.function, problems, identifier);
    // Whoever changes the code in the page writes `async def` and no field of a scenario.
    let found = match &python {
        Code::Source(source) => coroutine_in(source, &function),
        Code::Named(_) => String::new(),
    };
    let call = Call {
        coroutine: fields.take("coroutine", found, problems, |v| match v.as_str() {
            Some("") => Ok(String::new()),
            _ => identifier(v),
        }),
        items: fields.take("items", default.items, problems, |v| text(v, limits::MAX_ITEMS_BYTES)),
        module: fields.take("module", default.module, problems, identifier),
        python,
        function,
    };
    fields.finish(problems);
    call
}

/// The coroutine function that a source has for the items of a function, as `lanes run job.py` takes it: `NAME_async`, or
/// `NAME` itself; empty where there is none.
fn coroutine_in(source: &str, function: &str) -> String {
    let is_coroutine = |name: &str| source.lines().any(|line| line.starts_with(&format!("async def {name}(")));
    let names = [format!("{function}_async"), function.to_owned()];
    names.into_iter().find(|name| is_coroutine(name)).unwrap_or_default()
}

/// A function that is named, and not brought along.
fn read_named(value: &Value, path: String, problems: &mut Vec<Problem>) -> Named {
    let empty = || Named { digest: String::new(), file: String::new(), setup: false };
    let Some(mut fields) = Fields::of(value, path, problems) else { return empty() };
    let named = Named {
        digest: fields.take("digest", String::new(), problems, digest),
        file: fields.take("file", String::new(), problems, file),
        setup: fields.take("setup", false, problems, flag),
    };
    for field in ["digest", "file"] {
        if !fields.map.contains_key(field) {
            problems.push(Problem {
                field: fields.at(field),
                message: "is missing: who names a function, without its source, says both its digest and its file"
                    .into(),
            });
        }
    }
    fields.finish(problems);
    named
}

fn digest(value: &Value) -> Result<String, String> {
    let is_digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    match value.as_str() {
        Some(text) if text.len() == DIGEST_CHARS && text.bytes().all(is_digit) => Ok(text.to_owned()),
        _ => Err(format!("should be {DIGEST_CHARS} hexadecimal digits (0 to 9, a to f), not {}", kind(value))),
    }
}

/// The name of a file, without a folder: it is shown, and opened by nobody.
fn file(value: &Value) -> Result<String, String> {
    let text = name(value)?;
    let is_plain = text.len() > ".py".len() && !text.contains(['/', '\\']) && !text.contains(char::is_control);
    if is_plain && text.ends_with(".py") {
        return Ok(text);
    }
    Err(format!("should be the name of a file, such as thumbs.py, without its folder, not {}", kind(value)))
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
    fn a_call_may_name_its_function_instead() {
        let named = r#"{"digest":"00112233445566778899aabbccddeeff","file":"my job.py"}"#;
        let scenario = read(&format!(r#"{{"steps":[{{"call":{{"python":{named}}}}}]}}"#)).expect("valid");
        let call = scenario.call().expect("a call");
        assert_eq!((call.source(), call.has_setup(), call.lines()), (None, false, 0));
        assert_eq!(call.digest(), "00112233445566778899aabbccddeeff");
        assert_eq!(Scenario::from_json(&scenario.to_json()), Ok(scenario));
    }

    #[test]
    fn every_problem_of_a_name_is_named_by_its_field() {
        for (named, field, hint) in [
            (r#"{}"#, "digest", "is missing"),
            (r#"{"digest":"00112233445566778899aabbccddeeff"}"#, "file", "is missing"),
            (r#"{"digest":"0011","file":"a.py"}"#, "digest", "32 hexadecimal digits"),
            (r#"{"digest":"00112233445566778899AABBCCDDEEFF","file":"a.py"}"#, "digest", "a to f"),
            (r#"{"digest":"","file":"/tmp/a.py"}"#, "file", "without its folder"),
            (r#"{"digest":"","file":".py"}"#, "file", "such as thumbs.py"),
            (r#"{"digest":"","file":"a.py\u0007.py"}"#, "file", "such as thumbs.py"),
            (r#"{"digest":"","file":"a.sh"}"#, "file", "such as thumbs.py"),
            (r#"{"digest":"","file":"a.py","setup":1}"#, "setup", "true or false"),
            (r#"{"digest":"","file":"a.py","sourc":"x"}"#, "sourc", "is not a field"),
        ] {
            let problems = read(&format!(r#"{{"steps":[{{"call":{{"python":{named}}}}}]}}"#)).expect_err(named);
            let field = format!("groups[0].steps[0].call.python.{field}");
            let said = problems.iter().find(|problem| problem.starts_with(&field));
            assert!(said.is_some_and(|problem| problem.contains(hint)), "{named}: {problems:#?}");
        }
        let problems = read(r#"{"steps":[{"call":{"python":3}}]}"#).expect_err("neither");
        assert!(problems[0].contains("should be a text"), "{problems:?}");
    }

    #[test]
    fn a_coroutine_function_is_found_in_the_code_unless_it_is_said() {
        let of = |source: &str, more: &str| {
            let source = serde_json::to_string(source).expect("a text");
            let scenario = read(&format!(r#"{{"steps":[{{"call":{{"python":{source}{more}}}}}]}}"#)).expect("valid");
            scenario.call().expect("a call").coroutine.clone()
        };
        let both = "async def task_async(item):\n    ...\n\ndef task(item):\n    ...\n";
        assert_eq!(of(both, ""), "task_async");
        assert_eq!(of("async def task(item):\n    ...\n", ""), "task");
        assert_eq!(of("def task(item):\n    async def task(item): ...\n", ""), "");
        assert_eq!(of(both, r#","coroutine":"other""#), "other");
        assert_eq!(of(both, r#","function":"other""#), "");
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
