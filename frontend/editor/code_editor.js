// The code editor of the page: CodeMirror with what Python wants, in the page's own colours, behind the few functions that the
// page calls (frontend/src/ui/editor/code_editor.rs). scripts/code_editor.mjs makes one file of it; it is loaded when a
// scenario that brings code is open.
//
// It lives in a shadow root: there CodeMirror's styles are constructed sheets, which the page's Content-Security-Policy lets
// pass, and the page's own styles cannot get in their way. Custom properties can, so the colours are those of tokens.css.

import { defaultKeymap, history, historyKeymap, indentWithTab, isolateHistory } from "@codemirror/commands";
import { pythonLanguage } from "@codemirror/lang-python";
import { bracketMatching, HighlightStyle, indentOnInput, indentUnit, LanguageSupport, syntaxHighlighting } from "@codemirror/language";
import { highlightSelectionMatches, search, searchKeymap } from "@codemirror/search";
import { EditorState, StateEffect, StateField } from "@codemirror/state";
import {
  crosshairCursor, Decoration, drawSelection, EditorView, GutterMarker, gutterLineClass, highlightActiveLine, highlightActiveLineGutter,
  highlightSpecialChars, keymap, lineNumbers, rectangularSelection, WidgetType,
} from "@codemirror/view";
import { tags } from "@lezer/highlight";

// How long Escape lets the next Tab leave the editor, unless another key comes first. Long enough for whoever types slowly.
const LEAVING_MS = 60_000;

const COLOURS = HighlightStyle.define([
  { tag: [tags.keyword, tags.self, tags.operatorKeyword, tags.modifier], color: "var(--code-keyword)" },
  { tag: [tags.function(tags.definition(tags.variableName)), tags.definition(tags.className)], color: "var(--code-defined)", fontWeight: "600" },
  { tag: [tags.className, tags.typeName], color: "var(--code-type)" },
  { tag: [tags.meta, tags.annotation], color: "var(--code-macro)" },
  { tag: [tags.string, tags.special(tags.string), tags.escape], color: "var(--code-string)" },
  { tag: [tags.number, tags.bool, tags.null], color: "var(--code-number)" },
  { tag: tags.comment, color: "var(--text-muted)", fontStyle: "italic" },
  { tag: tags.invalid, color: "var(--danger)" },
]);

const LOOKS = EditorView.theme({
  "&": {
    border: "1px solid var(--line-control)", borderRadius: "var(--radius)", backgroundColor: "var(--surface-raised)", color: "var(--text)",
    fontSize: "var(--size-xs)", overflow: "hidden",
  },
  "&.cm-focused": { outline: "2px solid var(--accent)", outlineOffset: "-1px" },
  ".cm-scroller": {
    fontFamily: "var(--font-mono)", lineHeight: "1.55", minHeight: "8rem", maxHeight: "min(30rem, 65vh)", overflow: "auto", scrollbarWidth: "thin",
  },
  ".cm-content": { caretColor: "var(--text)", padding: "0.4rem 0" },
  ".cm-cursor, .cm-dropCursor": { borderLeftColor: "var(--text)" },
  "& > .cm-scroller > .cm-selectionLayer .cm-selectionBackground": { backgroundColor: "var(--surface-hover)" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground": {
    backgroundColor: "color-mix(in srgb, var(--accent) 28%, transparent)",
  },
  ".cm-gutters": { backgroundColor: "var(--surface-raised)", color: "var(--text-muted)", borderRight: "1px solid var(--line)" },
  ".cm-lineNumbers .cm-gutterElement": { minWidth: "2.2em", padding: "0 0.5em 0 0.4em" },
  ".cm-activeLine": { backgroundColor: "color-mix(in srgb, var(--surface-hover) 45%, transparent)" },
  ".cm-activeLineGutter": { backgroundColor: "var(--surface-hover)", color: "var(--text)" },
  "&.cm-focused .cm-matchingBracket": { backgroundColor: "var(--accent-soft)", outline: "1px solid var(--accent)" },
  "&.cm-focused .cm-nonmatchingBracket": { backgroundColor: "var(--danger-soft)", outline: "1px solid var(--danger)" },
  ".cm-searchMatch": { backgroundColor: "var(--warn-soft)", outline: "1px solid var(--warn)" },
  ".cm-searchMatch-selected, .cm-selectionMatch": { backgroundColor: "var(--accent-soft)" },
  ".cm-specialChar": { color: "var(--danger)" },

  // A line at which something failed: in the gutter by a sign too, not by the colour alone.
  ".cm-lineNumbers .cm-gutterElement.failed-number": { backgroundColor: "var(--danger-soft)", color: "var(--danger)", fontWeight: "600" },
  ".failed-number::before": { content: "'!'", float: "left" },
  ".failed-line": { backgroundColor: "var(--danger-soft)" },
  // As wide as what is seen of the code, so that the sentence is read without scrolling.
  ".failed-why": {
    position: "sticky", left: "0", boxSizing: "border-box", padding: "0.15rem 0.5rem 0.25rem 0.6rem", borderLeft: "3px solid var(--danger)",
    backgroundColor: "var(--danger-soft)", color: "var(--danger)", fontFamily: "var(--font-ui)", lineHeight: "1.4",
    whiteSpace: "pre-wrap", overflowWrap: "anywhere",
  },

  ".cm-panels": { backgroundColor: "var(--surface-sunken)", color: "var(--text)" },
  ".cm-panels.cm-panels-bottom": { borderTop: "1px solid var(--line)" },
  ".cm-panel.cm-search": { fontFamily: "var(--font-ui)", padding: "0.35rem 1.6rem 0.35rem 0.4rem" },
  ".cm-panel.cm-search label": { fontSize: "var(--size-xs)", whiteSpace: "nowrap" },
  ".cm-panel.cm-search [name=close]": { color: "var(--text)", padding: "0 0.4rem", fontSize: "1rem" },
  ".cm-textfield": { border: "1px solid var(--line-control)", borderRadius: "var(--radius-s)", backgroundColor: "var(--surface-raised)", color: "var(--text)" },
  ".cm-button": {
    border: "1px solid var(--line-control)", borderRadius: "var(--radius-s)", backgroundColor: "var(--surface-raised)", backgroundImage: "none",
    color: "var(--text)", "&:active": { backgroundImage: "none", backgroundColor: "var(--surface-hover)" },
  },
});

class Why extends WidgetType {
  constructor(text) {
    super();
    this.text = text;
  }
  eq(other) {
    return other.text === this.text;
  }
  toDOM(view) {
    const element = document.createElement("div");
    element.className = "failed-why";
    element.textContent = this.text;
    fit(element, view);
    return element;
  }
}

/** Makes a sentence as wide as what is seen of the code beside the gutter. */
function fit(element, view) {
  const gutter = view.dom.querySelector(".cm-gutters")?.clientWidth ?? 0;
  const width = view.scrollDOM.clientWidth - gutter;
  if (width > 0) element.style.width = `${width}px`;
}

class FailedNumber extends GutterMarker {
  elementClass = "failed-number";
}
const FAILED_NUMBER = new FailedNumber();

const setFailed = StateEffect.define();
/** The lines at which something failed: `{ line, why }`, in order. They go with the first edit: it may have mended them. */
const failed = StateField.define({
  create: () => [],
  update(marks, transaction) {
    for (const effect of transaction.effects) if (effect.is(setFailed)) return effect.value;
    return transaction.docChanged ? [] : marks;
  },
  provide: (field) => [
    EditorView.decorations.compute([field], (state) => {
      const ranges = state.field(field).flatMap(({ line, why }) => {
        const { from, to } = state.doc.line(line);
        const widget = Decoration.widget({ widget: new Why(why), block: true, side: 1 });
        return [Decoration.line({ class: "failed-line" }).range(from), widget.range(to)];
      });
      return Decoration.set(ranges, true);
    }),
    gutterLineClass.compute([field], (state) => {
      const set = state.field(field).map(({ line }) => FAILED_NUMBER.range(state.doc.line(line).from));
      return Decoration.set(set, true);
    }),
  ],
});

/** The one change that makes `now` of `before`: what is the same at both ends stays, and with it the cursor. */
function change(before, now) {
  const least = Math.min(before.length, now.length);
  let start = 0;
  while (start < least && before[start] === now[start]) start++;
  let end = 0;
  while (end < least - start && before[before.length - 1 - end] === now[now.length - 1 - end]) end++;
  return { from: start, to: before.length - end, insert: now.slice(start, now.length - end) };
}

/** An editor in `parent`, which holds nothing yet. `changed` is called with the text after each edit by hand. */
export function create(parent, text, label, changed) {
  const root = parent.shadowRoot ?? parent.attachShadow({ mode: "open" });
  // What is put there from outside is not told back.
  let isSetting = false;
  // Whether Escape went down in the code; where it closed the search, Tab goes on indenting.
  let hasEscaped = false;
  const state = EditorState.create({
    doc: text,
    extensions: [
      lineNumbers(), highlightActiveLineGutter(), highlightSpecialChars(), history(), drawSelection(), EditorState.allowMultipleSelections.of(true),
      indentOnInput(), indentUnit.of("    "), EditorState.tabSize.of(4), bracketMatching(), rectangularSelection(), crosshairCursor(),
      highlightActiveLine(), highlightSelectionMatches(), search(), new LanguageSupport(pythonLanguage), syntaxHighlighting(COLOURS), LOOKS, failed,
      keymap.of([...searchKeymap, ...defaultKeymap, ...historyKeymap, indentWithTab]),
      EditorView.contentAttributes.of({
        "aria-label": label, "aria-description": "Tab indents. Escape and then Tab leaves the editor.",
        autocapitalize: "off", spellcheck: "false",
      }),
      EditorView.domEventObservers({
        keydown(event) {
          hasEscaped = event.key === "Escape";
        },
        // Later than what CodeMirror itself does, which gives two seconds.
        keyup(event, view) {
          if (hasEscaped && event.key === "Escape") view.setTabFocusMode(LEAVING_MS);
        },
      }),
      EditorView.updateListener.of((update) => {
        if (update.docChanged && !isSetting) changed(update.state.doc.toString());
        if (update.geometryChanged) for (const why of root.querySelectorAll(".failed-why")) fit(why, update.view);
      }),
    ],
  });
  const view = new EditorView({ state, root, parent: root });
  // What is typed here is no key of the page, which sees who holds the shadow root and not where in it that was.
  root.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") event.stopPropagation();
  });
  // Whoever gives the focus to the element means the code.
  parent.focus = () => view.focus();
  return {
    /** Puts another text there, unless it is the same. It can be undone. */
    set(text) {
      const now = text.replace(/\r\n?/g, "\n");
      const before = view.state.doc.toString();
      if (before === now) return;
      isSetting = true;
      try {
        view.dispatch({ changes: change(before, now), annotations: isolateHistory.of("full") });
      } finally {
        isSetting = false;
      }
    },
    /** Marks lines, each with a sentence, in the place of those that were marked. Lines that are not there are left out. */
    mark(lines, sentences) {
      const marks = [...lines].map((line, index) => ({ line, why: sentences[index] }));
      const there = marks.filter(({ line }) => line >= 1 && line <= view.state.doc.lines);
      if (there.length || view.state.field(failed).length) view.dispatch({ effects: setFailed.of(there.sort((a, b) => a.line - b.line)) });
    },
    /** Puts the cursor into a line and shows it. */
    goTo(line) {
      const { from, text: content } = view.state.doc.line(Math.min(Math.max(line, 1), view.state.doc.lines));
      const anchor = from + content.search(/\S|$/);
      view.dispatch({ selection: { anchor }, effects: EditorView.scrollIntoView(anchor, { y: "center" }) });
      view.focus();
    },
    /** Puts the cursor there, counted in UTF-16 units as fields count them, and the focus with it. */
    putCursor(at) {
      view.dispatch({ selection: { anchor: Math.min(at, view.state.doc.length) }, scrollIntoView: true });
      view.focus();
    },
    destroy() {
      view.destroy();
    },
  };
}
