//! What a step calls: a function of the user's own, to be read here. It is run where the local backend was started with its
//! file, or on the command line.

use lanes_core::{
    present::of,
    scenario::{Call, Code, NotCalled, Place, Scenario, Step},
};
use leptos::prelude::*;

use crate::{backend::OwnFunction, page::Page};

/// The call of the page's scenario: which function of what, where it runs, and its source.
#[component]
pub(super) fn CallFields() -> impl IntoView {
    let page = expect_context::<Page>();
    let call = Memo::new(move |_| page.checked.with(|checked| checked.as_ref().ok()?.call().cloned()));
    let why_not = Memo::new(move |_| {
        page.checked.with(|checked| {
            let scenario = checked.as_ref().ok()?;
            page.backend.state.with(|state| state.why_not_called(scenario))
        })
    });
    move || call.get().map(|call| fields(page, &call, why_not))
}

fn fields(page: Page, call: &Call, why_not: Memo<Option<NotCalled>>) -> impl IntoView + use<> {
    let function = call.function.clone();
    let file = match &call.python {
        Code::Source(_) => format!("{}.py", call.module),
        Code::Named(named) => named.file.clone(),
    };
    let items = if call.items.is_empty() { "ITEMS".to_owned() } else { shortened(&call.items) };
    let source = call.source().map(|text| {
        let lines = of(call.lines() as u64, "line", "lines");
        view! {
            <details class="more">
                <summary><span class="more-word">"Its code: " {lines}</span></summary>
                <pre class="own-code" tabindex="0">{text.to_owned()}</pre>
            </details>
        }
    });
    // The file is what it is by now: what else is set stays.
    let take = move |_| {
        let Some(now) = offered_now(page) else { return };
        page.load(&now);
    };
    view! {
        <p class="row-hint">
            "Calls " <code>{function} "(item)"</code> " of " <code>{file}</code> " for each of " <code>{items}</code>
            ", in lanes of " {Place::Python.id()} " alone. What it changes it changes anew in every lane and every repeat."
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
        {source}
    }
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
