//! What each task of a group does, in order.

use leptos::prelude::*;
use serde_json::{Value, json};

use super::{
    bump::BumpFields,
    call::CallFields,
    compute::ComputeFields,
    fetch::FetchFields,
    more::PartProblem,
    path::{self, edit_list},
    place::Place,
    tools::{Tool, focus},
};
use crate::{
    page::Page,
    ui::icons::{self, icon},
};

/// The steps of the group whose list is at `path`.
#[component]
pub(super) fn Steps(path: String) -> impl IntoView {
    let page = expect_context::<Page>();
    let list = StoredValue::new(path.clone());
    let kinds = Memo::new(move |_| page.draft.with(|draft| list.with_value(|path| kinds(draft, path))));
    let count = Memo::new(move |_| kinds.with(Vec::len));
    // Beside one nothing else may stand.
    let calls = Memo::new(move |_| kinds.with(|kinds| kinds.iter().any(|kind| kind == "call")));
    let add_id = format!("{}-add", path::element_id(&path));
    let add = move |step: Value| {
        page.draft.update(|draft| list.with_value(|path| edit_list(draft, path, |steps| steps.push(step))));
    };
    let place = Place::at(path.clone());
    let add_focus = add_id.clone();
    view! {
        <ol class="steps" role="list" id=place.id() tabindex="-1">
            <For each=move || kinds.get().into_iter().enumerate() key=|step| step.clone() let:step>
                <StepCard list index=step.0 kind=step.1 count add_focus=add_focus.clone() />
            </For>
        </ol>
        <PartProblem place label="The steps" path />
        <Show
            when=move || !calls.get()
            fallback=|| view! { <p class="row-note">"A call is all that a task does: what else there is to do belongs into the function."</p> }
        >
            <div class="step-add">
                <span class="step-add-label">"Then"</span>
                <AddStep id=add_id.clone() name="fetch" title="Add a step that waits for bytes" act=move |()| add(json!({ "fetch": {} })) />
                <AddStep name="compute" title="Add a step that runs a kernel" act=move |()| add(json!({ "compute": { "kernel": "primes" } })) />
                <AddStep name="bump" title="Add a step that increments a shared counter" act=move |()| add(json!({ "bump": {} })) />
            </div>
        </Show>
    }
}

#[component]
fn AddStep(
    #[prop(optional)] id: String,
    name: &'static str,
    title: &'static str,
    #[prop(into)] act: Callback<()>,
) -> impl IntoView {
    let id = (!id.is_empty()).then_some(id);
    view! {
        <button type="button" class="chip-button" id=id title=title on:click=move |_| act.run(())>
            {icon(icons::PLUS)}
            {name}
        </button>
    }
}

/// What each step is: `fetch`, `compute`, `bump`, `call`, or whatever else stands there.
fn kinds(draft: &Value, path: &str) -> Vec<String> {
    let steps = path::get(draft, path).and_then(Value::as_array);
    let kind = |step: &Value| step.as_object().and_then(|map| map.keys().next()).cloned().unwrap_or_default();
    steps.into_iter().flatten().map(kind).collect()
}

#[component]
fn StepCard(
    list: StoredValue<String>,
    index: usize,
    kind: String,
    count: Memo<usize>,
    add_focus: String,
) -> impl IntoView {
    let page = expect_context::<Page>();
    let change = move |edit: fn(&mut Vec<Value>, usize)| {
        page.draft.update(|draft| list.with_value(|path| edit_list(draft, path, |steps| edit(steps, index))));
    };
    let remove = move |()| {
        change(|steps, index| drop(steps.remove(index)));
        focus(add_focus.clone());
    };
    let path = format!("{}[{index}].{kind}", list.get_value());
    let steps = list.get_value();
    let (title, gist, fields) = match kind.as_str() {
        "fetch" => ("Fetch", "wait for bytes", view! { <FetchFields path=path.clone() /> }.into_any()),
        "compute" => ("Compute", "run a kernel", view! { <ComputeFields path=path.clone() steps index /> }.into_any()),
        "bump" => ("Bump", "a shared counter", view! { <BumpFields path=path.clone() /> }.into_any()),
        "call" => ("Call", "your own function", view! { <CallFields path=path.clone() /> }.into_any()),
        _ => {
            let text = view! { <p class="row-problem">"This is no step that Lanes knows. Change it in JSON, or remove it."</p> };
            ("Unknown step", "", text.into_any())
        }
    };
    view! {
        <li class="step">
            <div class="step-head">
                <span class="step-number" aria-hidden="true">{index + 1}</span>
                <h3 class="step-title" id=path::element_id(&path) tabindex="-1">{title} " " <span>{gist}</span></h3>
                <div class="tools">
                    <Show when=move || { count.get() > 1 }>
                        <Tool
                            drawing=icons::UP
                            name="Move the step up"
                            disabled=Signal::derive(move || index == 0)
                            act=move |()| change(|steps, index| steps.swap(index - 1, index))
                        />
                        <Tool
                            drawing=icons::DOWN
                            name="Move the step down"
                            disabled=Signal::derive(move || index + 1 >= count.get())
                            act=move |()| change(|steps, index| steps.swap(index, index + 1))
                        />
                        <Tool drawing=icons::BIN name="Remove the step" act=remove.clone() />
                    </Show>
                </div>
            </div>
            {fields}
        </li>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_is_known_by_its_one_key() {
        let draft = json!({ "groups": [{ "steps": [{ "fetch": {} }, { "bump": {} }, 7] }] });
        assert_eq!(kinds(&draft, "groups[0].steps"), ["fetch", "bump", ""]);
        assert!(kinds(&draft, "groups[1].steps").is_empty());
    }
}
