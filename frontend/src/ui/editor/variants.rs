//! Variants: the chosen lanes with several numbers of workers, in flight and so on, side by side.

use lanes_core::scenario::{Lane, Setting, Settings, variants::expand};
use leptos::prelude::*;
use serde_json::{Value, json};

use super::lane_list::{chosen, put};
use crate::page::Page;

/// A setting that lanes can be compared in.
struct Compared {
    setting: Setting,
    title: &'static str,
    /// What is there at first.
    example: &'static str,
}

const COMPARED: [Compared; 6] = [
    Compared { setting: Setting::Workers, title: "Workers", example: "1, 2, 4, 8" },
    Compared { setting: Setting::Concurrency, title: "In flight", example: "1, 10, 100" },
    Compared { setting: Setting::Chunk, title: "Tasks a chunk", example: "1, 16, auto" },
    Compared { setting: Setting::GilSwitchMs, title: "GIL hand-over, in ms", example: "1, 5, 20" },
    Compared { setting: Setting::Start, title: "Start of Python’s processes", example: "fork, spawn, forkserver" },
    Compared { setting: Setting::Pool, title: "Pool of processes", example: "warm, cold" },
];

fn compared(id: &str) -> &'static Compared {
    COMPARED.iter().find(|compared| compared.setting.id() == id).unwrap_or(&COMPARED[0])
}

/// The lanes with a variant of each that cares for every value in `text`; or what is wrong.
fn with_variants(lanes: &[Lane], setting: Setting, text: &str) -> Result<Vec<Lane>, String> {
    let Some(model) = lanes.iter().find(|lane| setting.matters(lane.place, lane.model)) else {
        return Err(format!("None of the chosen lanes cares; this is for {}.", setting.who()));
    };
    let mut values: Vec<Settings> = Vec::new();
    for word in text.split([',', ' ']).map(str::trim).filter(|word| !word.is_empty()) {
        let value = serde_json::from_str(word).unwrap_or_else(|_| Value::from(word));
        let lane: Lane = serde_json::from_value(json!({ "lane": model.base(), setting.id(): value }))
            .map_err(|error| format!("“{word}”: {error}."))?;
        values.push(lane.settings);
    }
    if values.is_empty() {
        return Err("Name the values to compare, with commas between them.".to_owned());
    }
    Ok(expand(lanes, setting, &values))
}

/// Asks what to compare, and adds the lanes for it.
#[component]
pub(super) fn Variants() -> impl IntoView {
    let page = expect_context::<Page>();
    let id = RwSignal::new(COMPARED[0].setting.id());
    let text = RwSignal::new(COMPARED[0].example.to_owned());
    let wrong = RwSignal::new(None::<String>);
    let has_variants = Memo::new(move |_| page.draft.with(|draft| chosen(draft).iter().any(|lane| lane.is_variant())));
    let change = move |event| {
        let compared = compared(&event_target_value(&event));
        id.set(compared.setting.id());
        text.set(compared.example.to_owned());
        wrong.set(None);
    };
    let compare = move |_| {
        let setting = compared(id.get_untracked()).setting;
        let lanes = page.draft.with_untracked(chosen);
        match with_variants(&lanes, setting, &text.get_untracked()) {
            Ok(lanes) => {
                wrong.set(None);
                page.draft.update(|draft| put(draft, &lanes));
            }
            Err(why) => wrong.set(Some(why)),
        }
    };
    let drop_them = move |_| {
        wrong.set(None);
        page.draft.update(|draft| {
            let mut bases: Vec<Lane> = Vec::new();
            for lane in chosen(draft).iter().map(|lane| lane.base()) {
                if !bases.contains(&lane) {
                    bases.push(lane);
                }
            }
            put(draft, &bases);
        });
    };
    let options = COMPARED.iter().map(|compared| {
        let own = compared.setting.id();
        view! { <option value=own prop:selected=move || id.get() == own>{compared.title}</option> }
    });
    let options = options.collect_view();
    let described = move || wrong.with(Option::is_some).then_some("variants-wrong");
    view! {
        <details class="more">
            <summary>
                <span class="more-word">"Variants"</span> " "
                <span class="more-what">"the same lanes with 1, 2, 4, 8 workers, and the like"</span>
            </summary>
            <div class="variants">
                <label class="sr-only" for="variants-setting">"What to compare"</label>
                <select class="select" id="variants-setting" on:change=change>{options}</select>
                <label class="sr-only" for="variants-values">"Values to compare, with commas between them"</label>
                <input
                    class="text"
                    type="text"
                    id="variants-values"
                    autocomplete="off"
                    spellcheck="false"
                    prop:value=move || text.get()
                    aria-invalid=move || wrong.with(Option::is_some).then_some("true")
                    aria-describedby=described
                    on:input=move |event| text.set(event_target_value(&event))
                />
                <button type="button" class="button button-small" id="variants-add" on:click=compare>"Compare"</button>
                <Show when=move || has_variants.get()>
                    <button type="button" class="link-button" id="variants-drop" on:click=drop_them>"No variants"</button>
                </Show>
            </div>
            {move || wrong.get().map(|why| view! { <p class="row-problem" id="variants-wrong">{why}</p> })}
        </details>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use lanes_core::scenario::Model;

    #[test]
    fn lanes_that_care_are_multiplied_and_nonsense_is_named() {
        let lanes = [Lane::browser(Model::Async), Lane::browser(Model::Threads)];
        let made = with_variants(&lanes, Setting::Workers, "1, 2,4").expect("numbers");
        let names: Vec<String> = made.iter().map(ToString::to_string).collect();
        assert_eq!(
            names,
            [
                "browser/async",
                "browser/threads (1 worker)",
                "browser/threads (2 workers)",
                "browser/threads (4 workers)"
            ]
        );
        let wrong = |setting, text| with_variants(&lanes, setting, text).expect_err("nonsense");
        assert!(wrong(Setting::Workers, "1, many").contains("“many”"));
        assert!(wrong(Setting::Workers, "65").contains("from 1 to 64"));
        assert!(wrong(Setting::Workers, " , ").contains("commas"));
        assert!(wrong(Setting::Start, "spawn").contains("python/processes"));
    }
}
