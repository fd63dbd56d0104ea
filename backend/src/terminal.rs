//! Printing: to standard output and standard error, without a panic when nobody reads on, and without letting a
//! stranger's text speak to the terminal. It knows nothing of what is printed.
//!
//! A title, an address or an interpreter's last line may hold anything, and a terminal obeys what it is sent: an escape
//! sequence clears the screen, a bidi override shows another name than is there. So [`visible`] spells such characters
//! out where a text comes in, and [`print`] and [`print_aside`] let nothing through but text, line ends and this
//! program's own colours.

use std::{
    borrow::Cow,
    io::{self, IsTerminal, Write},
};

/// Standard output cannot be written to.
#[derive(Debug, thiserror::Error)]
#[error("could not write to standard output: {0}")]
pub(crate) struct PrintError(#[from] io::Error);

impl PrintError {
    /// Whether nobody reads on.
    pub(crate) fn is_closed_pipe(&self) -> bool {
        self.0.kind() == io::ErrorKind::BrokenPipe
    }
}

/// The colours and weights that this program uses, as anstyle writes them: all else that begins with an escape is
/// somebody else's.
const OWN_STYLES: [&str; 10] = ["0", "1", "2", "31", "32", "33", "34", "35", "36", "39"];

/// Whether a terminal does something with this character other than showing it where it stands.
fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{061c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

/// A text from elsewhere with everything spelled out that does something to a terminal: `\u{1b}[2J`, `\n`, `\u{202e}`.
pub(crate) fn visible(text: &str) -> Cow<'_, str> {
    if !text.contains(is_hidden) {
        return Cow::Borrowed(text);
    }
    let mut seen = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        if is_hidden(c) { seen.extend(c.escape_default()) } else { seen.push(c) }
    }
    Cow::Owned(seen)
}

/// What may be sent to a terminal of a text that this program has put together: lines and its own colours as they are,
/// all else [`visible`].
fn screened(text: &str) -> Cow<'_, str> {
    if !text.contains(|c| is_hidden(c) && c != '\n') {
        return Cow::Borrowed(text);
    }
    let mut safe = String::with_capacity(text.len() + 16);
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        if let Some(length) = own_style(rest) {
            safe.push_str(&rest[..length]);
            rest = &rest[length..];
            continue;
        }
        if is_hidden(c) && c != '\n' && c != '\t' {
            safe.extend(c.escape_default());
        } else {
            safe.push(c);
        }
        rest = &rest[c.len_utf8()..];
    }
    Cow::Owned(safe)
}

/// The length of one of this program's own style sequences at the beginning of a text.
fn own_style(text: &str) -> Option<usize> {
    let (code, _) = text.strip_prefix("\u{1b}[")?.split_once('m')?;
    (OWN_STYLES.contains(&code) || is_foreground(code)).then_some(code.len() + 3)
}

/// Whether this is a colour of a state: one of 256, or red, green and blue.
fn is_foreground(code: &str) -> bool {
    let numbers = |rest: &str, count| {
        let is_number = |number: &str| !number.starts_with('+') && number.parse::<u8>().is_ok();
        rest.split(';').count() == count && rest.split(';').all(is_number)
    };
    code.strip_prefix("38;5;").is_some_and(|rest| numbers(rest, 1))
        || code.strip_prefix("38;2;").is_some_and(|rest| numbers(rest, 3))
}

/// Prints to standard output. Whoever reads may stop (`| head`) without that being a failure.
///
/// # Errors
/// When it cannot be written to for another reason, such as a full disk.
pub(crate) fn print(text: &str) -> Result<(), PrintError> {
    unless_closed(try_print(text))
}

/// As [`print`], and a closed pipe is an error, too.
///
/// # Errors
/// Whenever it cannot be written to.
pub(crate) fn try_print(text: &str) -> Result<(), PrintError> {
    write(anstream::stdout().lock(), &screened(text))
}

/// Prints to standard error, if anybody listens.
pub(crate) fn print_aside(text: &str) {
    // Who does not listen loses nothing: what was found goes to standard output.
    let _ = write(anstream::stderr().lock(), &screened(text));
}

/// Prints JSON to standard output: the same document, with characters that a terminal would obey escaped.
///
/// # Errors
/// As [`print`].
pub(crate) fn print_json(json: &str) -> Result<(), PrintError> {
    unless_closed(write(io::stdout().lock(), &escaped_json(json)))
}

/// Prints a program or another text for other programs to standard output: to the letter, unless it is a person's
/// terminal that shows it.
///
/// # Errors
/// As [`print`].
pub(crate) fn print_verbatim(text: &str) -> Result<(), PrintError> {
    if io::stdout().is_terminal() { print(text) } else { unless_closed(write(io::stdout().lock(), text)) }
}

fn write(mut out: impl Write, text: &str) -> Result<(), PrintError> {
    out.write_all(text.as_bytes())?;
    Ok(out.flush()?)
}

fn unless_closed(printed: Result<(), PrintError>) -> Result<(), PrintError> {
    printed.or_else(|error| if error.is_closed_pipe() { Ok(()) } else { Err(error) })
}

/// In JSON these characters stand in texts alone, where an escape means the same; serde writes only the first 32 so.
fn escaped_json(json: &str) -> Cow<'_, str> {
    if !json.contains(|c| is_hidden(c) && c != '\n') {
        return Cow::Borrowed(json);
    }
    let mut escaped = String::with_capacity(json.len() + 16);
    for c in json.chars() {
        if is_hidden(c) && c != '\n' {
            escaped.push_str(&format!("\\u{:04x}", u32::from(c)));
        } else {
            escaped.push(c);
        }
    }
    Cow::Owned(escaped)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_would_obey_is_spelled_out() {
        for (text, shown) in [
            ("Größe, 2 ✓ 🧵", "Größe, 2 ✓ 🧵"),
            ("a\u{1b}[2Jb", "a\\u{1b}[2Jb"),
            ("a\nb\tc\r\u{7}\u{7f}", "a\\nb\\tc\\r\\u{7}\\u{7f}"),
            ("\u{9b}2J", "\\u{9b}2J"),
            ("\u{202e}cod.exe\u{2066}", "\\u{202e}cod.exe\\u{2066}"),
        ] {
            assert_eq!(visible(text), shown);
        }
    }

    #[test]
    fn only_own_colours_reach_the_terminal() {
        let own = anstyle::AnsiColor::Red.on_default().bold();
        let painted = format!("{own}lane{own:#}\nnext\n");
        assert_eq!(screened(&painted), painted);
        for state in lanes_core::trace::State::ALL {
            let lanes_core::present::palette::Rgb(red, green, blue) = lanes_core::present::palette::state(state).light;
            let true_colour = anstyle::RgbColor(red, green, blue).on_default();
            let of_256 = anstyle::Ansi256Color(214).on_default();
            for painted in [format!("{true_colour}█{true_colour:#}"), format!("{of_256}█{of_256:#}")] {
                assert_eq!(screened(&painted), painted);
            }
        }
        for foreign in [
            "\u{1b}[2J",
            "\u{1b}[8m",
            "\u{1b}]0;title\u{7}",
            "\u{1b}[48;5;0m",
            "\u{1b}[38;5;300m",
            "\u{1b}[38;2;1;2m",
            "\u{1b}",
            "\u{9b}31m",
            "\r",
        ] {
            let shown = screened(foreign).into_owned();
            assert!(!shown.contains(is_hidden), "{foreign:?} is shown as {shown:?}");
        }
    }

    #[test]
    fn json_stays_the_same_document() {
        let value = serde_json::json!({ "title": "a\u{9b}2J\u{202e}\u{7f} b\nc" });
        let text = format!("{value:#}");
        let escaped = escaped_json(&text);
        assert!(!escaped.contains(|c| is_hidden(c) && c != '\n'), "{escaped}");
        assert_eq!(serde_json::from_str::<serde_json::Value>(&escaped).expect("JSON"), value);
    }
}
