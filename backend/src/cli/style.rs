//! Colours, the terminal's width, and lines that fit it. It prints nothing.

use std::io::{self, IsTerminal};

use anstyle::{AnsiColor, Style};
use lanes_core::trace::State;

pub(super) const PLAIN: Style = Style::new();
pub(super) const STRONG: Style = Style::new().bold();
pub(super) const FAINT: Style = Style::new().dimmed();
pub(super) const GOOD: Style = AnsiColor::Green.on_default();
pub(super) const BAD: Style = AnsiColor::Red.on_default().bold();
pub(super) const WARN: Style = AnsiColor::Yellow.on_default();
pub(super) const BAR: Style = AnsiColor::Cyan.on_default();

/// Columns where the output is no terminal: what fits a side-by-side view.
const WIDTH_ELSEWHERE: usize = 120;
/// Wider lines are hard to read.
const WIDEST: usize = 200;

/// A state's colour.
pub(super) const fn of_state(state: State) -> Style {
    match state {
        State::Queued | State::Idle => FAINT,
        State::StartUp => AnsiColor::Magenta.on_default(),
        State::Compute => AnsiColor::Green.on_default(),
        State::WaitIo => AnsiColor::Blue.on_default(),
        State::WaitLock => AnsiColor::Red.on_default(),
        State::Serialise => AnsiColor::Yellow.on_default(),
        State::Transfer => AnsiColor::Cyan.on_default(),
        State::Lost => BAD,
    }
}

/// `text` in a style.
pub(super) fn paint(style: Style, text: impl std::fmt::Display) -> String {
    if style == PLAIN { text.to_string() } else { format!("{style}{text}{style:#}") }
}

/// Columns of what is printed to.
pub(super) fn width() -> usize {
    let terminal = terminal_size::terminal_size_of(io::stdout()).map(|(width, _)| usize::from(width.0));
    let stated = || std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
    terminal.or_else(stated).unwrap_or(WIDTH_ELSEWHERE).clamp(40, WIDEST)
}

/// Whether progress can be drawn over itself.
pub(super) fn can_redraw() -> bool {
    io::stderr().is_terminal() && std::env::var_os("TERM").is_none_or(|term| term != "dumb")
}

/// `text` in lines of at most `width` columns, the first after `first`, the others after as many blanks. A number and
/// its unit stay on one line.
pub(super) fn wrapped(first: &str, text: &str, width: usize) -> String {
    let indent = first.chars().count();
    let mut wrapped = first.to_owned();
    let mut column = indent;
    let words: Vec<&str> = text.split(' ').collect();
    for words in words.chunk_by(|_, next| is_unit(next)) {
        let words = words.join(" ");
        let length = words.chars().count();
        if column > indent && column + 1 + length > width {
            wrapped.push('\n');
            wrapped.extend(std::iter::repeat_n(' ', indent));
            column = indent;
        } else if column > indent {
            wrapped.push(' ');
            column += 1;
        }
        wrapped.push_str(&words);
        column += length;
    }
    wrapped.push('\n');
    wrapped
}

fn is_unit(word: &str) -> bool {
    matches!(word.trim_end_matches(['.', ',', ';', ':', ')']), "ns" | "µs" | "ms" | "s" | "min" | "%")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_wrapped_under_their_beginning() {
        assert_eq!(wrapped("- ", "one two three", 9), "- one two\n  three\n");
        assert_eq!(wrapped("", "in 12 ms, then", 6), "in\n12 ms,\nthen\n");
        assert_eq!(wrapped("", "incomprehensibilities are long", 5), "incomprehensibilities\nare\nlong\n");
    }
}
