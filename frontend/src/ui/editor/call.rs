//! What a step calls: a function of the user's own. One that the scenario brings can be read and changed here, and runs in the
//! page's CPython, which is a sandbox, when somebody presses Run; one that it names runs where the local backend was started
//! with its file.

use lanes_core::{
    present::of,
    scenario::{Call, Code, NotCalled, Place, Scenario, Step},
};
use leptos::prelude::*;

use super::place::Place as Field;
use crate::{backend::OwnFunction, page::Page};

/// The call at `path`: which function of what, where it runs, and its source.
#[component]
pub(super) fn CallFields(path: String) -> impl IntoView {
    let page = expect_context::<Page>();
    let default = Call::default();
    let text = |field: &str, default: String| {
        let field = Field::at(format!("{path}.{field}"));
        move || field.text().filter(|text| !text.is_empty()).unwrap_or_else(|| default.clone())
    };
    let function = text("function", default.function);
    let module = text("module", default.module);
    let items = text("items", "ITEMS".to_owned());
    let source = Field::at(format!("{path}.python"));
    let named = Field::at(format!("{path}.python.file"));
    let file = move || named.text().unwrap_or_else(|| format!("{}.py", module()));
    let is_brought = Memo::new(move |_| source.text().is_some());
    let why_not = Memo::new(move |_| {
        page.checked.with(|checked| {
            let scenario = checked.as_ref().ok()?;
            page.backend.state.with(|state| state.why_not_called(scenario))
        })
    });
    // The file is what it is by now: what else is set stays.
    let take = move |_| {
        let Some(now) = offered_now(page) else { return };
        page.load(&now);
    };
    view! {
        <p class="row-hint">
            "Calls " <code>{function} "(item)"</code> " of " <code>{file}</code> " for each of "
            <code>{move || shortened(&items())}</code> ". What it changes it changes anew in every lane and every repeat."
        </p>
        {move || why_not.get().map(|why| {
            let is_offered = matches!(why, NotCalled::Changed { .. }) && offered_now(page).is_some();
            view! {
                <p class="row-problem">{lanes_core::present::sentence(&why.to_string())} "."</p>
                {is_offered.then(|| view! {
                    <button type="button" class="button button-small" on:click=take>"Choose it as it is now"</button>
                })}
            }
        })}
        <Show when=move || is_brought.get()>
            <p class="row-hint">
                "In lanes of " {Place::Pyodide.id()} " it runs here, in a sandbox that reaches nothing, when you press Run. Code \
                that came with a link is whoever’s made the link."
            </p>
            <details class="more" prop:open=true>
                <summary><span class="more-word">"Its code: " {move || lines(source)}</span></summary>
                <textarea
                    class="text mono own-code"
                    wrap="off"
                    rows="16"
                    spellcheck="false"
                    autocapitalize="off"
                    aria-label="The code, in Python"
                    prop:value=move || source.text().unwrap_or_default()
                    on:input=move |event| source.set(event_target_value(&event))
                ></textarea>
            </details>
        </Show>
    }
}

/// How long the code in a field is.
fn lines(source: Field) -> String {
    of(source.text().unwrap_or_default().lines().count() as u64, "line", "lines")
}

/// The edited scenario with its function as it is offered now, if one of its name is.
fn offered_now(page: Page) -> Option<Scenario> {
    page.checked.with(|checked| {
        let edited = checked.as_ref().ok()?;
        let call = edited.call()?;
        let functions = page.backend.state.with(|state| state.functions());
        with_function(edited, call, &functions)
    })
}

/// A scenario whose function has changed, with the one of the same name in its place: it is done for all of its items,
/// unless it was for a part of them.
fn with_function(edited: &Scenario, call: &Call, functions: &[OwnFunction]) -> Option<Scenario> {
    let Code::Named(named) = &call.python else { return None };
    let is_it = |now: &Call| matches!(&now.python, Code::Named(other) if other.file == named.file);
    let found = functions.iter().find_map(|function| {
        let now = function.call().filter(|now| is_it(now) && now.function == call.function)?;
        Some((now, function.scenario.as_ref().ok()?.tasks()))
    });
    let (now, tasks) = found?;
    let mut scenario = edited.clone();
    for group in &mut scenario.groups {
        group.tasks = tasks;
        group.steps = vec![Step::Call(now.clone())];
    }
    Some(scenario)
}

/// An expression as long as a line has room for.
fn shortened(expression: &str) -> String {
    const MOST: usize = 60;
    if expression.chars().count() <= MOST {
        return expression.to_owned();
    }
    expression.chars().take(MOST - 1).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use lanes_core::scenario::Group;

    use super::*;

    fn scenario(call: Call, tasks: u32) -> Scenario {
        let group = Group { tasks, steps: vec![Step::Call(call)], ..Group::default() };
        Scenario { groups: vec![group], ..Scenario::default() }
    }

    #[test]
    fn a_function_that_changed_takes_its_place_and_leaves_the_rest() {
        let call = |items: &str| Call { items: items.into(), ..Call::default() }.named("job.py");
        let edited = Scenario { workers: 7, ..scenario(call("range(3)"), 3) };
        let now = |file: &str| OwnFunction {
            file: file.into(),
            items: 5,
            scenario: Ok(scenario(Call { items: "range(5)".into(), ..Call::default() }.named(file), 5)),
        };
        let named = edited.call().expect("a call").clone();
        assert_eq!(with_function(&edited, &named, &[now("other.py")]), None);
        let taken = with_function(&edited, &named, &[now("other.py"), now("job.py")]).expect("it is there");
        assert_eq!((taken.workers, taken.tasks(), taken.call()), (7, 5, Some(&call("range(5)"))));
    }
}
