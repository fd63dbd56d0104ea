//! The user's own file: chosen, dropped, shown, forgotten, and made into a job. It is read where it lies; only for
//! lanes outside the page is it uploaded, to the local backend.

use lanes_core::present::bytes;
use leptos::{ev, html, prelude::*};
use serde_json::{Value, json};

use super::{
    editor::edit_list,
    icons::{self, icon},
};
use crate::page::{ChosenFile, Page};

/// A task works on about this much of a file, so that there are enough of them to share out.
const SHARE: u64 = 256 * 1024;

/// Picks a file, by button or by dropping it.
#[component]
pub(crate) fn FilePicker() -> impl IntoView {
    let page = expect_context::<Page>();
    let input = NodeRef::<html::Input>::new();
    let over = RwSignal::new(false);
    let wanted =
        Memo::new(move |_| page.checked.with(|checked| checked.as_ref().is_ok_and(|scenario| scenario.wants_file())));
    let goes_out = Memo::new(move |_| {
        page.checked.with(|checked| {
            checked.as_ref().is_ok_and(|scenario| {
                scenario.wants_file() && scenario.lanes.iter().any(|lane| !lane.place.is_in_page())
            })
        })
    });
    let choose = move |_| {
        let Some(input) = input.get_untracked() else { return };
        if let Some(file) = input.files().and_then(|files| files.get(0)) {
            page.choose_file(file);
        }
        // So that choosing the same file again is a change.
        input.set_value("");
    };
    let drop = move |event: ev::DragEvent| {
        event.prevent_default();
        over.set(false);
        if let Some(file) = event.data_transfer().and_then(|data| data.files()).and_then(|files| files.get(0)) {
            page.choose_file(file);
        }
    };
    let class = move || match (page.file.with(Option::is_some), wanted.get(), over.get()) {
        (_, _, true) => "file is-over",
        (false, true, _) => "file is-wanted",
        _ => "file",
    };
    view! {
        <section class="panel-section panel-section-tight" aria-label="Your own file">
            <div
                class=class
                on:dragover=move |event| { event.prevent_default(); over.set(true); }
                on:dragleave=move |_| over.set(false)
                on:drop=drop
            >
                {icon(icons::FILE)}
                <div class="file-text">{move || match page.file.get() {
                    Some(file) => chosen(page, file, wanted).into_any(),
                    None => view! {
                        <p>
                            {move || if wanted.get() { "This scenario works on a file of yours. " } else { "Work on your own file: " }}
                            <button type="button" class="link-button" on:click=move |_| { input.get_untracked().inspect(|input| input.click()); }>
                                "choose one"
                            </button>
                            <span class="hide-touch">" or drop it here"</span>
                        </p>
                    }.into_any(),
                }}
                <Show when=move || goes_out.get()>
                    <p class="file-note">
                        "For the lanes outside the browser the file is handed to the local backend on this machine, and nowhere else."
                    </p>
                </Show>
                </div>
                <input type="file" class="sr-only" tabindex="-1" aria-label="Your own file" node_ref=input on:change=choose />
            </div>
        </section>
    }
}

/// The file that was chosen, and what can be done with it.
fn chosen(page: Page, file: ChosenFile, wanted: Memo<bool>) -> impl IntoView {
    let (name, length, is_text) = (file.name.clone(), file.bytes, file.is_text);
    let act = move |kernel: &'static str| {
        let name = name.clone();
        move |_| page.draft.update(|draft| work_on(draft, &name, length, kernel))
    };
    let count = is_text.then(|| {
        view! {
            <button type="button" class="button button-small" on:click=act("wordcount")>"Count its words"</button>
        }
    });
    view! {
        <div class="file-chosen">
            <span class="file-name" title=file.name.clone()>{file.name.clone()}</span>
            <span class="file-size">{bytes(file.bytes)}</span>
            <button
                type="button"
                class="button button-quiet button-icon button-small"
                aria-label="Forget the file"
                title="Forget the file"
                on:click=move |_| page.forget_file()
            >
                {icon(icons::CLOSE)}
            </button>
        </div>
        <div class="button-row" class:is-quiet=move || wanted.get()>
            {count}
            <button type="button" class="button button-small" on:click=act("sha256")>"Hash it"</button>
        </div>
    }
}

/// Turns the job into `kernel` over the shares of a file.
fn work_on(draft: &mut Value, name: &str, length: u64, kernel: &str) {
    let name: String = name.chars().take(60).collect();
    let verb = if kernel == "wordcount" { "Count the words of" } else { "Hash" };
    if !draft.is_object() {
        *draft = json!({ "lanes_scenario": 1 });
    }
    draft["title"] = Value::from(format!("{verb} {name}"));
    let step = json!({ "compute": { "kernel": kernel, "input": "file" } });
    edit_list(draft, "groups", |groups| {
        *groups = vec![json!({ "name": name, "tasks": tasks_for(length), "steps": [step] })];
    });
}

/// So many tasks share a file of this length.
fn tasks_for(length: u64) -> u64 {
    length.div_ceil(SHARE).clamp(16, 4096).min(length.max(1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use lanes_core::scenario::{Scenario, limits};

    #[test]
    fn a_file_becomes_a_job_that_can_run() {
        for length in [1, 100, 5_000_000, 40_000_000_000] {
            for kernel in ["wordcount", "sha256"] {
                let mut draft = Value::from("not even an object");
                work_on(&mut draft, &"very long name ".repeat(20), length, kernel);
                let scenario = Scenario::from_value(&draft).expect("valid");
                assert!(scenario.wants_file());
                assert!(u64::from(scenario.tasks()) <= length);
                assert!(length.div_ceil(u64::from(scenario.tasks())) <= limits::MAX_FILE_CHUNK_BYTES);
            }
        }
    }
}
