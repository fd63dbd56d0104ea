//! A program drawn as text: by itself, or beside another one.

use lanes_core::export::{
    listing::{Kind, Line, Row},
    program::Program,
};
use leptos::prelude::*;

/// A program, line by line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Listed {
    pub(super) program: Program,
    pub(super) lines: Vec<Line>,
}

/// A program by itself. The numbers of the lines are drawn, not written, so that a copy does not have them.
pub(super) fn listing(listed: &Listed) -> impl IntoView + use<> {
    let lines =
        listed.lines.iter().map(|line| view! { <span class="code-line">{pieces(line)}"\n"</span> }).collect_view();
    view! {
        <div class="code-frame" tabindex="0" role="region" aria-label=format!("The program {}", listed.program.file_name)>
            <pre class="code-listing"><code>{lines}</code></pre>
        </div>
    }
}

/// Two programs side by side, row by row.
pub(super) fn comparison(
    left: &Listed,
    right: &Listed,
    titles: [&'static str; 2],
    rows: &[Row],
) -> impl IntoView + use<> {
    let sides = [&left.lines, &right.lines];
    let [left_title, right_title] = titles;
    let drawn = rows
        .iter()
        .map(|row| match *row {
            Row::Same { left, right } => view! {
                <tr class="diff-row">
                    {cell(sides[0], Some(left), "")}
                    {cell(sides[1], Some(right), "diff-again")}
                </tr>
            }
            .into_any(),
            Row::Differs { left, right } => view! {
                <tr class="diff-row diff-differs">
                    {cell(sides[0], left, "diff-left")}
                    {cell(sides[1], right, "diff-right")}
                </tr>
            }
            .into_any(),
            Row::Fold(lines) => view! {
                <tr class="diff-fold"><td colspan="2">{format!("{lines} equal lines")}</td></tr>
            }
            .into_any(),
        })
        .collect_view();
    view! {
        <div class="code-frame" tabindex="0" role="region" aria-label=format!("{left_title} beside {right_title}")>
            <table class="diff">
                <thead>
                    <tr><th scope="col">{left_title}</th><th scope="col">{right_title}</th></tr>
                </thead>
                <tbody>{drawn}</tbody>
            </table>
        </div>
    }
}

fn cell(side: &[Line], line: Option<usize>, class: &'static str) -> AnyView {
    match line.and_then(|at| side.get(at).map(|line| (at, line))) {
        None => view! { <td class=format!("{class} diff-none")></td> }.into_any(),
        Some((at, line)) => view! { <td class=class data-line=at + 1><code>{pieces(line)}</code></td> }.into_any(),
    }
}

/// The pieces of a line. Titles of scenarios stand in programs: everything is set as text, nothing as markup.
fn pieces(line: &Line) -> impl IntoView + use<> {
    line.iter()
        .map(|(kind, text)| match class(*kind) {
            None => text.clone().into_any(),
            Some(class) => view! { <span class=class>{text.clone()}</span> }.into_any(),
        })
        .collect_view()
}

/// The class a piece is drawn with; plain text has none.
fn class(kind: Kind) -> Option<&'static str> {
    Some(match kind {
        Kind::Plain => return None,
        Kind::Keyword => "tok-keyword",
        Kind::Defined => "tok-defined",
        Kind::Type => "tok-type",
        Kind::Macro => "tok-macro",
        Kind::String => "tok-string",
        Kind::Number => "tok-number",
        Kind::Comment => "tok-comment",
    })
}
