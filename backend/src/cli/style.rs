//! Colours, the terminal's width, and lines that fit it. It prints nothing.

use std::{
    io::{self, IsTerminal},
    sync::LazyLock,
};

use anstyle::{AnsiColor, Color, RgbColor, Style};
use lanes_core::{
    present::{
        NBSP,
        palette::{self, Rgb},
        unbroken,
    },
    trace::State,
};

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

/// What the terminal says of its colours.
struct Terminal {
    /// Whether it shows every colour, and not only the nearest of 256.
    shows_all: bool,
    is_light: bool,
}

static TERMINAL: LazyLock<Terminal> = LazyLock::new(|| {
    let said = |name| std::env::var(name).unwrap_or_default();
    Terminal::of(&said("COLORTERM"), &said("COLORFGBG"))
});

impl Terminal {
    /// From `COLORTERM` (`truecolor`) and `COLORFGBG` (`0;15`: the text's colour, the background's). Most are dark, so
    /// one that says nothing is taken for dark.
    fn of(color_term: &str, foreground_background: &str) -> Self {
        let background = foreground_background.rsplit(';').next().and_then(|number| number.parse::<u8>().ok());
        Self {
            shows_all: matches!(color_term, "truecolor" | "24bit"),
            is_light: background.is_some_and(|number| number == 7 || number == 15),
        }
    }

    fn colour(&self, state: State) -> Color {
        let looks = palette::state(state);
        let Rgb(red, green, blue) = if self.is_light { looks.light } else { looks.dark };
        let colour = RgbColor(red, green, blue);
        if self.shows_all { colour.into() } else { anstyle_lossy::rgb_to_xterm(colour).into() }
    }
}

/// A state's colour, the one that the page has for it.
pub(super) fn of_state(state: State) -> Style {
    match state {
        State::Queued | State::Idle => FAINT,
        state => Style::new().fg_color(Some(TERMINAL.colour(state))),
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
    for word in unbroken(text).split(' ') {
        let length = word.chars().count();
        if column > indent && column + 1 + length > width {
            wrapped.push('\n');
            wrapped.extend(std::iter::repeat_n(' ', indent));
            column = indent;
        } else if column > indent {
            wrapped.push(' ');
            column += 1;
        }
        wrapped.push_str(&word.replace(NBSP, " "));
        column += length;
    }
    wrapped.push('\n');
    wrapped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_have_the_pages_colours_as_far_as_the_terminal_has_them() {
        let compute = |terminal: Terminal| terminal.colour(State::Compute);
        assert_eq!(compute(Terminal::of("truecolor", "")), RgbColor(0x86, 0xb7, 0xff).into());
        assert_eq!(compute(Terminal::of("24bit", "0;default;15")), RgbColor(0x1a, 0x45, 0xa8).into());
        assert_eq!(compute(Terminal::of("", "15;0")), anstyle::Ansi256Color(111).into());
    }

    #[test]
    fn lines_are_wrapped_under_their_beginning() {
        assert_eq!(wrapped("- ", "one two three", 9), "- one two\n  three\n");
        assert_eq!(wrapped("", "in 12 ms, then", 6), "in\n12 ms,\nthen\n");
        assert_eq!(wrapped("", "incomprehensibilities are long", 5), "incomprehensibilities\nare\nlong\n");
    }
}
