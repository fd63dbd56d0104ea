//! One field of the draft: where it is, what it holds, what is wrong with it.
//!
//! It knows nothing of how a field looks. What is typed is never thrown away: a text that is no number is kept as a
//! text, and the reader says what it should have been.

use lanes_core::{scenario::Problem, typed::number};
use leptos::prelude::*;
use serde_json::{Number, Value};

use super::path;
use crate::page::{Page, field_label};

/// The largest whole number that is written as a JSON number; JavaScript holds no larger one exactly.
const MAX_SAFE_INTEGER: u64 = (1 << 53) - 1;

/// A place in the draft; `Copy`, as signals are.
#[derive(Clone, Copy)]
pub(crate) struct Place {
    path: StoredValue<String>,
    draft: RwSignal<Value>,
    value: Memo<Option<Value>>,
    problem: Memo<Option<String>>,
}

impl Place {
    /// The place at `path` in the page's draft. Call it inside a component.
    pub(crate) fn at(path: impl Into<String>) -> Self {
        let page = expect_context::<Page>();
        let path = StoredValue::new(path.into());
        let value = Memo::new(move |_| page.draft.with(|draft| path.with_value(|p| path::get(draft, p).cloned())));
        let problem = Memo::new(move |_| {
            let mine = |problems: &Vec<Problem>| {
                let mut within =
                    problems.iter().filter(|problem| path.with_value(|p| path::is_within(&problem.field, p)));
                within.next().map(|problem| problem.message.clone())
            };
            page.checked.with(|checked| checked.as_ref().err().and_then(mine))
        });
        Self { path, draft: page.draft, value, problem }
    }

    /// What it holds; `None` when the field is left out.
    pub(crate) fn value(self) -> Option<Value> {
        self.value.get()
    }

    /// What it holds now, for code that runs once.
    pub(crate) fn now(self) -> Option<Value> {
        self.value.get_untracked()
    }

    /// The text it holds, if it holds one.
    pub(crate) fn text(self) -> Option<String> {
        self.value.with(|value| value.as_ref().and_then(Value::as_str).map(str::to_owned))
    }

    /// Puts a value there.
    pub(crate) fn set(self, value: impl Into<Value>) {
        let value = value.into();
        self.path.with_value(|path| self.draft.update(|draft| path::set(draft, path, value)));
    }

    /// What is wrong with it, or with something in it.
    pub(crate) fn problem(self) -> Option<String> {
        self.problem.get()
    }

    /// What the form calls it.
    pub(crate) fn label(self) -> &'static str {
        self.path.with_value(|path| field_label(path))
    }

    /// The `id` of its control.
    pub(crate) fn id(self) -> String {
        self.path.with_value(|path| path::element_id(path))
    }

    /// The `aria-describedby` of its control.
    pub(crate) fn described_by(self, hint: bool) -> Option<String> {
        let id = self.id();
        match (hint, self.problem.with(Option::is_some)) {
            (false, false) => None,
            (true, false) => Some(format!("{id}-hint")),
            (false, true) => Some(format!("{id}-problem")),
            (true, true) => Some(format!("{id}-problem {id}-hint")),
        }
    }

    /// `"true"` for `aria-invalid` where something is wrong.
    pub(crate) fn invalid(self) -> Option<&'static str> {
        self.problem.with(|problem| problem.is_some().then_some("true"))
    }
}

/// What a field for a number shows for a value.
pub(crate) fn shown(value: &Value) -> String {
    match value {
        Value::Number(number) => match number.as_f64() {
            Some(float) if number.is_f64() => lanes_core::present::plain(float),
            _ => number.to_string(),
        },
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// The value for what was typed into a field for a number: a number if it is one, otherwise the text itself.
pub(crate) fn typed(text: &str) -> Value {
    let bare: String = text.chars().filter(|c| !c.is_whitespace() && *c != '_').collect();
    if let Ok(whole) = bare.parse::<u64>() {
        return if whole <= MAX_SAFE_INTEGER { Value::from(whole) } else { Value::from(bare) };
    }
    let float = number(&bare);
    float.and_then(Number::from_f64).map_or_else(|| Value::from(text), Value::Number)
}

/// Whether two values are the same to a reader, for whom `50` and `50.0` are.
pub(crate) fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => a == b || a.as_f64() == b.as_f64(),
        _ => a == b,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn numbers_are_numbers_and_the_rest_is_kept() {
        assert_eq!(typed("48"), json!(48));
        assert_eq!(typed(" 1 000 000 "), json!(1_000_000));
        assert_eq!(typed("0.25"), json!(0.25));
        assert_eq!(typed("50."), json!(50.0));
        assert_eq!(typed("12 apples"), json!("12 apples"));
        assert_eq!(typed("nan"), json!("nan"));
        assert_eq!(typed(""), json!(""));
        assert_eq!(typed("18446744073709551615"), json!("18446744073709551615"));
    }

    #[test]
    fn what_is_shown_is_what_would_be_typed() {
        for value in [json!(50), json!(50.0), json!(0.25), json!("12 apples"), json!("18446744073709551615")] {
            assert!(same(&typed(&shown(&value)), &value), "{value}");
        }
        assert_eq!(shown(&json!(50.0)), "50");
    }
}
