//! The code that a scenario brings, to read and to change: in a code editor, which is loaded when this is shown, and in a plain
//! field until it is there or where it is not.
//!
//! ```text
//! draft ─▶ what the editor shows ─typing─▶ draft      the same text again changes nothing
//! results ─▶ OwnLines ─▶ marks, and the line that somebody wants to see
//! ```

use js_sys::{Array, Function};
use leptos::{html, prelude::*};
use wasm_bindgen::prelude::*;

use super::place::Place as Field;
use crate::ui::own_lines::OwnLines;

#[wasm_bindgen(inline_js = "export async function createCodeEditor(parent, text, label, changed) {
  const { create } = await import(new URL('editor/code_editor.js', document.baseURI));
  return create(parent, text, label, changed);
}")]
extern "C" {
    /// What `frontend/editor/code_editor.js` makes.
    type CodeEditor;

    #[wasm_bindgen(js_name = createCodeEditor, catch)]
    async fn create(
        parent: &web_sys::HtmlElement,
        text: &str,
        label: &str,
        changed: &Function,
    ) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(method)]
    fn set(this: &CodeEditor, text: &str);
    #[wasm_bindgen(method)]
    fn mark(this: &CodeEditor, lines: Array, sentences: Array);
    #[wasm_bindgen(method, js_name = goTo)]
    fn go_to(this: &CodeEditor, line: u32);
    #[wasm_bindgen(method, js_name = putCursor)]
    fn put_cursor(this: &CodeEditor, at: u32);
    #[wasm_bindgen(method)]
    fn destroy(this: &CodeEditor);
}

/// An editor in the page, and what it calls.
struct Shown {
    editor: CodeEditor,
    _changed: Closure<dyn FnMut(String)>,
}

impl Drop for Shown {
    fn drop(&mut self) {
        self.editor.destroy();
    }
}

const LABEL: &str = "The code, in Python";

/// The code in a field of the draft.
#[component]
pub(super) fn OwnCode(source: Field) -> impl IntoView {
    let lines = expect_context::<OwnLines>();
    let host = NodeRef::<html::Div>::new();
    let area = NodeRef::<html::Textarea>::new();
    let shown = StoredValue::new_local(None::<Shown>);
    let is_loaded = RwSignal::new(false);
    let text = move || source.text().unwrap_or_default();

    host.on_load(move |host| {
        let first = untrack(text);
        leptos::task::spawn_local(async move {
            let changed = Closure::<dyn FnMut(String)>::new(move |text: String| source.set(text));
            // Without it, the plain field stays, and does the same.
            let Ok(editor) = create(&host, &first, LABEL, changed.as_ref().unchecked_ref()).await else { return };
            let now = Shown { editor: editor.unchecked_into(), _changed: changed };
            if shown.try_set_value(Some(now)).is_some() {
                // What it was for has gone in the meantime.
                return;
            }
            let cursor = area.get_untracked().and_then(|area| cursor_of(&area));
            is_loaded.set(true);
            // Drawn before, so that what is hidden now has no focus to lose.
            request_animation_frame(move || {
                shown.try_with_value(|shown| {
                    if let (Some(shown), Some(at)) = (shown, cursor) {
                        shown.editor.put_cursor(at);
                    }
                });
            });
        });
    });
    let with_editor = move |act: &dyn Fn(&CodeEditor)| {
        // It may have gone before what waits for the next frame.
        shown.try_with_value(|shown| {
            if let Some(shown) = shown {
                act(&shown.editor);
            }
        });
    };
    Effect::new(move |_| {
        let text = text();
        if is_loaded.get() {
            with_editor(&|editor| editor.set(&text));
        }
    });
    Effect::new(move |_| {
        let (numbers, sentences) = (Array::new(), Array::new());
        lines.failed.with(|failed| {
            for failed in failed {
                numbers.push(&failed.line.into());
                sentences.push(&failed.why.as_str().into());
            }
        });
        if is_loaded.get() {
            with_editor(&|editor| editor.mark(numbers.clone(), sentences.clone()));
        }
    });
    Effect::new(move |_| {
        let Some(line) = lines.wanted.get() else { return };
        // Once the form and what the code is in are drawn.
        request_animation_frame(move || {
            lines.wanted.set(None);
            let Some(is_loaded) = is_loaded.try_get_untracked() else { return };
            let area = area.get_untracked();
            let inside: Option<web_sys::Element> = match is_loaded {
                true => host.get_untracked().map(Into::into),
                false => area.clone().map(Into::into),
            };
            let Some(inside) = inside else { return };
            if let Some(closed) = inside.closest("details:not([open])").ok().flatten() {
                // Setting an attribute fails only for a name that is none.
                let _ = closed.set_attribute("open", "");
            }
            inside.scroll_into_view();
            with_editor(&|editor| editor.go_to(line));
            if let Some(area) = area.filter(|_| !is_loaded) {
                select_line(&area, line);
            }
        });
    });
    let failed = move || {
        let shown = lines.failed.with(|failed| {
            failed.iter().map(|failed| format!("Line {}: {}", failed.line, failed.why)).collect::<Vec<_>>()
        });
        (!is_loaded.get() && !shown.is_empty())
            .then(|| shown.into_iter().map(|text| view! { <p class="row-problem">{text}</p> }).collect_view())
    };
    let problem = move || source.problem().map(|text| view! { <p class="row-problem">{source.label()} " " {text}</p> });
    view! {
        <textarea
            class="text mono own-code"
            wrap="off"
            rows="16"
            spellcheck="false"
            autocapitalize="off"
            aria-label=LABEL
            node_ref=area
            id=move || (!is_loaded.get()).then(|| source.id())
            hidden=move || is_loaded.get()
            prop:value=text
            on:input=move |event| source.set(event_target_value(&event))
        ></textarea>
        <div class="code-editor" node_ref=host id=move || is_loaded.get().then(|| source.id()) hidden=move || !is_loaded.get()></div>
        <p class="row-hint" hidden=move || !is_loaded.get()>
            "Tab indents; " <kbd>"Esc"</kbd> " and then Tab leaves the editor."
        </p>
        {problem}
        {failed}
    }
}

/// Where the cursor is in a field that has the focus.
fn cursor_of(area: &web_sys::HtmlTextAreaElement) -> Option<u32> {
    let has_focus = document().active_element().is_some_and(|active| active.is_same_node(Some(area)));
    if has_focus { area.selection_start().ok().flatten() } else { None }
}

/// Selects a line of a plain field, which shows it.
fn select_line(area: &web_sys::HtmlTextAreaElement, line: u32) {
    let text = area.value();
    let before = text.split('\n').take(line as usize - 1).map(|line| line.encode_utf16().count() + 1).sum::<usize>();
    let length = text.split('\n').nth(line as usize - 1).unwrap_or_default().encode_utf16().count();
    let (begin, end) = (u32::try_from(before).unwrap_or(u32::MAX), u32::try_from(before + length).unwrap_or(u32::MAX));
    // Both fail only for what takes no text.
    let _ = area.set_selection_range(begin, end);
    let _ = area.focus();
}
