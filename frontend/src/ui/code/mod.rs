//! The program behind every lane: complete, to be copied and run, and beside that of another model.
//!
//! It shows what `core::export` writes for the edited scenario and writes no code of its own.

mod choice;
mod listing;

pub(crate) use choice::Chosen;

use lanes_core::{
    export::{
        listing::Comparison,
        program::{Language, Program},
    },
    present::of,
    report::{Agreement, agreement},
    scenario::{Lane, Model, ValidScenario},
};
use leptos::{html, prelude::*, task::spawn_local};

use self::{
    choice::{commands, offered, relation, title},
    listing::{Listed, comparison, listing},
};
use super::{
    editor::to_fix,
    icons::{self, icon},
    in_view::when_near,
};
use crate::{page::Page, program_writer::ProgramWriter};

/// Which program is shown, for whoever wants to point at one.
#[derive(Clone, Copy)]
pub(crate) struct CodeShown(pub(crate) RwSignal<Chosen>);

impl CodeShown {
    /// Shows the program of a lane and goes there.
    pub(crate) fn go_to(self, lane: lanes_core::scenario::Lane) {
        self.0.update(|chosen| chosen.turn_to(lane));
        let title = web_sys::window().and_then(|window| window.document()?.get_element_by_id("code-title"));
        if let Some(title) = title {
            title.scroll_into_view();
            if let Ok(title) = wasm_bindgen::JsCast::dyn_into::<web_sys::HtmlElement>(title) {
                let _ = title.focus();
            }
        }
    }
}

/// What writes the programs, as far as it has been wanted.
#[derive(Clone, Debug)]
enum Writer {
    /// Nobody has come near them.
    Unwanted,
    Loading,
    Here(ProgramWriter),
    /// Why it did not come, and what to do.
    Missing(String),
}

/// The two programs, or why there are none.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Shown {
    program: Listed,
    beside: Option<(Listed, Comparison)>,
    relation: String,
    commands: Vec<String>,
    wants_file: bool,
}

/// The section with the programs.
#[component]
pub(crate) fn Code() -> impl IntoView {
    let page = expect_context::<Page>();
    let CodeShown(chosen) = expect_context::<CodeShown>();
    let sound = Memo::new(move |_| chosen.get().sound());
    // While the scenario is being mended, the last one that was whole.
    let scenario = Memo::new(move |last: Option<&Option<ValidScenario>>| {
        let now = page.checked.with(|checked| checked.as_ref().ok().cloned());
        now.or_else(|| last.cloned().flatten())
    });
    let writer = RwSignal::new_local(Writer::Unwanted);
    let load = move || {
        if matches!(writer.get_untracked(), Writer::Loading | Writer::Here(_)) {
            return;
        }
        writer.set(Writer::Loading);
        spawn_local(async move { writer.set(ProgramWriter::load().await.map_or_else(Writer::Missing, Writer::Here)) });
    };
    let section = NodeRef::<html::Section>::new();
    when_near(section, load);
    let shown = Memo::new(move |_| {
        let Writer::Here(writer) = writer.get() else { return None };
        scenario.with(|scenario| of_scenario(&writer, scenario.as_ref()?, sound.get()))
    });
    let folded = RwSignal::new(true);
    let is_stale = Memo::new(move |_| {
        page.outcome.with(|outcome| {
            let ran = outcome.as_ref().map(|outcome| &outcome.scenario);
            ran.is_some_and(|ran| scenario.with(|now| now.as_ref().is_some_and(|now| now != ran)))
        })
    });
    let note = move || match page.checked.with(|checked| checked.as_ref().err().map(Vec::len)) {
        Some(problems) if scenario.with(Option::is_none) => format!("{} first.", to_fix(problems)),
        Some(problems) => format!("Of the scenario as it last was; {} first.", to_fix(problems)),
        None if is_stale.get() => "Of the scenario as it is now; the results above are of an earlier one.".to_owned(),
        None => shown.with(|shown| shown.as_ref().map(|shown| shown.relation.clone()).unwrap_or_default()),
    };
    view! {
        <section class="code" aria-labelledby="code-title" node_ref=section>
            <div class="section-head">
                <h2 id="code-title" tabindex="-1">"Code"</h2>
                <p class="section-note">{note}</p>
                <Take sound shown />
            </div>
            <Bar chosen sound folded />
            {move || writer.with(|writer| waiting(writer, load))}
            {move || shown.with(|shown| shown.as_ref().map(|shown| programs(shown, sound.get_untracked(), folded.get())))}
            <Footer shown />
        </section>
    }
}

/// What stands in the place of the programs until they can be written.
fn waiting(writer: &Writer, load: impl Fn() + Copy + 'static) -> Option<AnyView> {
    match writer {
        Writer::Here(_) => None,
        Writer::Unwanted | Writer::Loading => Some(
            view! { <p class="code-frame code-waiting" role="status">"Loading what writes the programs…"</p> }
                .into_any(),
        ),
        Writer::Missing(why) => Some(
            view! {
                <div class="code-frame code-waiting" role="alert">
                    <p>"The programs are not there: " {why.clone()} "."</p>
                    <button type="button" class="button button-small" on:click=move |_| load()>"Try again"</button>
                </div>
            }
            .into_any(),
        ),
    }
}

fn of_scenario(writer: &ProgramWriter, scenario: &ValidScenario, chosen: Chosen) -> Option<Shown> {
    // Whichever lane runs it: the program is that of the model.
    let of = |model| writer.program(scenario, Lane::browser(model), chosen.language).ok();
    let listed = |program| Listed { lines: writer.lines(&program), program };
    let program = of(chosen.model)?;
    let beside = chosen.beside.and_then(of).map(|beside| {
        let compared = writer.compare(&program, &beside);
        (listed(beside), compared)
    });
    Some(Shown {
        beside,
        relation: relation(scenario, chosen.model, chosen.language),
        commands: commands(&program, scenario),
        wants_file: scenario.wants_file(),
        program: listed(program),
    })
}

fn programs(shown: &Shown, chosen: Chosen, folded: bool) -> AnyView {
    match (&shown.beside, chosen.beside) {
        (Some((beside, compared)), Some(model)) => {
            let rows = if folded { &compared.folded } else { &compared.rows };
            let titles = [chosen.model, model].map(|model| title(model, chosen.language));
            comparison(&shown.program, beside, titles, rows).into_any()
        }
        _ => listing(&shown.program).into_any(),
    }
}

/// What is shown, and what can be done with it.
#[component]
fn Bar(chosen: RwSignal<Chosen>, sound: Memo<Chosen>, folded: RwSignal<bool>) -> impl IntoView {
    let language = Memo::new(move |_| sound.get().language);
    let models = move || {
        offered(language.get())
            .into_iter()
            .map(|model| {
                view! {
                    <Segment
                        group="code-model"
                        id=model.id()
                        title=title(model, language.get())
                        is_chosen=Signal::derive(move || sound.get().model == model)
                        choose=Callback::new(move |()| chosen.update(|chosen| chosen.model = model))
                    />
                }
            })
            .collect_view()
    };
    let languages = [(Language::Python, "Python"), (Language::Rust, "Rust")].map(|(this, title)| {
        view! {
            <Segment
                group="code-language"
                id=title
                title=title
                is_chosen=Signal::derive(move || language.get() == this)
                choose=Callback::new(move |()| chosen.update(|chosen| chosen.language = this))
            />
        }
    });
    let others = move || {
        let Chosen { model, language, beside } = sound.get();
        let option = |other: Model| {
            view! { <option value=other.id() prop:selected=beside == Some(other)>{title(other, language)}</option> }
        };
        offered(language).into_iter().filter(|other| *other != model).map(option).collect_view()
    };
    let compare = move |event| {
        let beside = event_target_value(&event).parse().ok();
        chosen.update(|chosen| chosen.beside = beside);
    };
    view! {
        <div class="code-bar">
            <div class="segments code-models" role="radiogroup" aria-label="Model">{models}</div>
            <div class="segments" role="radiogroup" aria-label="Language">{languages}</div>
            <label class="code-beside">
                <span>"Beside"</span>
                <select class="select" on:change=compare>
                    <option value="" prop:selected=move || sound.get().beside.is_none()>"nothing"</option>
                    {others}
                </select>
            </label>
            <Show when=move || sound.get().beside.is_some()>
                <label class="code-fold">
                    <input type="checkbox" id="code-fold" prop:checked=move || folded.get() on:change=move |event| folded.set(event_target_checked(&event)) />
                    <span>"Differences only"</span>
                </label>
            </Show>
        </div>
    }
}

/// Copies or saves the program that is shown.
#[component]
fn Take(sound: Memo<Chosen>, shown: Memo<Option<Shown>>) -> impl IntoView {
    let page = expect_context::<Page>();
    let take = move |how: fn(Page, &Program)| {
        move |_| {
            if let Some(shown) = shown.get_untracked() {
                how(page, &shown.program.program);
            }
        }
    };
    // Of two programs the first, which the tabs name.
    let which = move || sound.with(|sound| title(sound.model, sound.language));
    view! {
        <div class="code-take">
            <button type="button" class="button button-small" title=move || format!("Copy the program for {}", which()) on:click=take(copy)>{icon(icons::COPY)} "Copy"</button>
            <button type="button" class="button button-small" title=move || format!("Save the program for {}", which()) on:click=take(save)>{icon(icons::DOWNLOAD)} "Download"</button>
        </div>
    }
}

fn copy(page: Page, program: &Program) {
    page.copy_program(&program.file_name, program.code.clone());
}

fn save(page: Page, program: &Program) {
    page.save_program(&program.file_name, &program.code);
}

#[component]
fn Segment(
    group: &'static str,
    id: &'static str,
    title: &'static str,
    is_chosen: Signal<bool>,
    choose: Callback<()>,
) -> impl IntoView {
    view! {
        <label class="segment">
            <input
                type="radio"
                name=group
                id=format!("{group}-{}", id.to_ascii_lowercase())
                prop:checked=move || is_chosen.get()
                on:change=move |_| choose.run(())
            />
            <span>{title}</span>
        </label>
    }
}

/// How to run it, what it should print, how much two programs have in common.
#[component]
fn Footer(shown: Memo<Option<Shown>>) -> impl IntoView {
    let page = expect_context::<Page>();
    // What the lanes came to, as long as it is of this very scenario.
    let checksum = Memo::new(move |_| {
        page.outcome.with(|outcome| {
            let outcome = outcome.as_ref()?;
            page.checked
                .with(|checked| {
                    checked
                        .as_ref()
                        .is_ok_and(|now| now.groups == outcome.scenario.groups && now.seed == outcome.scenario.seed)
                })
                .then_some(())?;
            let agreeing =
                outcome.lanes.iter().zip(agreement(&outcome.lanes)).find(|(_, how)| *how == Agreement::Agrees);
            agreeing?.0.checksum()
        })
    });
    let differing = move || {
        shown.with(|shown| {
            let shown = shown.as_ref()?;
            let (_, compared) = shown.beside.as_ref()?;
            Some(format!("{} of {} differ.", of(compared.differing() as u64, "line", "lines"), compared.rows.len()))
        })
    };
    let run = move || {
        shown.with(|shown| {
            let commands = shown.as_ref()?.commands.clone();
            let commands = commands.into_iter().map(|command| view! { <code class="code-command">{command}</code> });
            Some(view! { <p>"Run it: " {commands.collect_view()}</p> })
        })
    };
    let with_file = move || shown.with(|shown| shown.as_ref().is_some_and(|shown| shown.wants_file));
    view! {
        <div class="code-foot">
            <p class="code-differing">{differing}</p>
            {run}
            {move || checksum.get().map(|sum| view! {
                <p>"It prints " <code>{format!("checksum {sum:016x}")}</code> {move || if with_file() { " with your file" } else { "" }} ", as the lanes above do."</p>
            })}
        </div>
    }
}
