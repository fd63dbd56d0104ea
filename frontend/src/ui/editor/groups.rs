//! The job: groups of equal tasks, added, copied, moved and removed.

use leptos::prelude::*;
use serde_json::{Value, json};

use super::{
    field::NumberField,
    more::PartProblem,
    path::{self, edit_list},
    place::Place,
    steps::Steps,
    times::Times,
    tools::{Tool, focus},
};
use crate::{page::Page, ui::icons};

const ADD: &str = "add-group";

/// All groups.
#[component]
pub(super) fn Groups() -> impl IntoView {
    let page = expect_context::<Page>();
    let count = Memo::new(move |_| page.draft.with(|draft| list_len(draft, "groups")));
    // A call is all that a scenario does.
    let calls = Memo::new(move |_| page.draft.with(has_call));
    let add = move |_| {
        page.draft.update(|draft| {
            edit_list(draft, "groups", |groups| {
                groups.push(json!({ "name": "", "tasks": 10, "steps": [{ "fetch": { "from": "simulated", "latency_ms": 50 } }] }));
            });
        });
    };
    view! {
        <div class="groups">
            <For each=move || 0..count.get() key=|index| *index let:index>
                <GroupCard index count />
            </For>
            <PartProblem place=Place::at("groups") label="The groups" path="groups".to_owned() />
            <Show when=move || !calls.get()>
                <button type="button" class="link-button" id=ADD on:click=add>"Add a group of other tasks"</button>
            </Show>
        </div>
    }
}

/// Whether some step calls a function.
fn has_call(draft: &Value) -> bool {
    let groups = draft.get("groups").and_then(Value::as_array);
    let steps = groups.into_iter().flatten().filter_map(|group| group.get("steps")?.as_array()).flatten();
    steps.into_iter().any(|step| step.get("call").is_some())
}

/// How long the list at `path` is.
pub(super) fn list_len(draft: &Value, path: &str) -> usize {
    path::get(draft, path).and_then(Value::as_array).map_or(0, Vec::len)
}

#[component]
fn GroupCard(index: usize, count: Memo<usize>) -> impl IntoView {
    let page = expect_context::<Page>();
    let path = format!("groups[{index}]");
    let change = move |edit: fn(&mut Vec<Value>, usize)| {
        page.draft.update(|draft| edit_list(draft, "groups", |groups| edit(groups, index)));
    };
    let remove = move |()| {
        change(|groups, index| drop(groups.remove(index)));
        focus(ADD);
    };
    let name = Place::at(format!("{path}.name"));
    let name_text = super::field::text_of(name, Value::from(""), |text| Value::from(text));
    view! {
        <fieldset class="group" id=Place::at(path.clone()).id()>
            <legend class="sr-only">"Group " {index + 1}</legend>
            <div class="group-head">
                <input
                    type="text"
                    class="group-name"
                    id=name.id()
                    placeholder="Name these tasks"
                    aria-label=format!("Name of group {}", index + 1)
                    autocomplete="off"
                    spellcheck="false"
                    prop:value=move || name_text.get()
                    aria-invalid=move || name.invalid()
                    aria-describedby=move || name.described_by(false)
                    on:input=move |event| {
                        let new = event_target_value(&event);
                        name.set(new.clone());
                        name_text.set(new);
                    }
                />
                <div class="tools">
                    <Show when=move || { count.get() > 1 }>
                        <Tool
                            drawing=icons::UP
                            name="Move the group up"
                            disabled=Signal::derive(move || index == 0)
                            act=move |()| change(|groups, index| groups.swap(index - 1, index))
                        />
                        <Tool
                            drawing=icons::DOWN
                            name="Move the group down"
                            disabled=Signal::derive(move || index + 1 >= count.get())
                            act=move |()| change(|groups, index| groups.swap(index, index + 1))
                        />
                    </Show>
                    <Tool
                        drawing=icons::COPY
                        name="Duplicate the group"
                        act=move |()| change(|groups, index| groups.insert(index + 1, groups[index].clone()))
                    />
                    <Show when=move || { count.get() > 1 }>
                        <Tool drawing=icons::BIN name="Remove the group" act=remove />
                    </Show>
                </div>
            </div>
            {move || name.problem().map(|text| view! {
                <p class="row-problem" id=format!("{}-problem", name.id())>"The name " {text}</p>
            })}
            <NumberField place=Place::at(format!("{path}.tasks")) default=1 step=1.0 />
            <Steps path=format!("{path}.steps") />
            <Times path=path.clone() index />
        </fieldset>
    }
}
