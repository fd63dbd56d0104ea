//! The parts that programs are put together from: top-level pieces of Python, of which a program gets those that it
//! names, and of each the lines that apply to it.
//!
//! ```text
//! #== The network           a heading for what follows
//!
//!
//! #? threads & !file        the piece below is only for programs of this kind
//! def open_it(number):
//!     return 1  #? fails    so is this line
//! ```

use std::collections::BTreeSet;

/// A top-level statement or a few that belong together.
#[derive(Clone, Debug)]
pub(super) struct Piece {
    /// The heading it stands under.
    pub heading: &'static str,
    /// What it defines.
    pub(super) names: Vec<String>,
    /// Its text, without a newline at the end.
    pub text: String,
}

impl Piece {
    /// A piece that was written for this very program.
    pub fn new(text: String) -> Self {
        Self { heading: "", names: defined(&text), text }
    }

    /// The same under another heading.
    pub fn under(self, heading: &'static str) -> Self {
        Self { heading, ..self }
    }

    /// Whether it is a function; otherwise it sets variables.
    pub fn is_function(&self) -> bool {
        self.text.starts_with("def ") || self.text.starts_with("async def ")
    }

    /// Gives a function another name.
    pub fn rename(&mut self, from: &str, head: &str) {
        let call = format!("def {from}(");
        if self.text.contains(&call) {
            self.text = self.text.replacen(&call, &format!("def {head}"), 1);
            self.names = defined(&self.text);
        }
    }
}

/// What is said of a program: its model, what its scenario needs.
#[derive(Debug, Default)]
pub(super) struct Facts(BTreeSet<&'static str>);

impl Facts {
    /// Takes down a fact if it is one.
    pub fn set(&mut self, fact: &'static str, is_true: bool) {
        if is_true {
            self.0.insert(fact);
        }
    }

    pub fn has(&self, fact: &str) -> bool {
        self.0.contains(fact)
    }

    /// Whether a condition holds: `a & !b | c`.
    fn allow(&self, condition: &str) -> bool {
        condition.split('|').any(|all| {
            all.split('&')
                .map(str::trim)
                .all(|fact| fact.strip_prefix('!').map_or(self.has(fact), |not| !self.has(not)))
        })
    }
}

/// The pieces of a file that apply to a program.
pub(super) fn pieces(file: &'static str, facts: &Facts) -> Vec<Piece> {
    let mut heading = "";
    let mut pieces = Vec::new();
    for block in file.trim_end().split("\n\n\n") {
        if let Some(text) = block.strip_prefix("#== ") {
            heading = text;
            continue;
        }
        let (condition, body) = match block.strip_prefix("#? ") {
            Some(rest) => rest.split_once('\n').unwrap_or((rest, "")),
            None => ("", block),
        };
        if !condition.is_empty() && !facts.allow(condition) {
            continue;
        }
        let lines: Vec<&str> = body.lines().filter_map(|line| applying(line, facts)).collect();
        let text = lines.join("\n");
        pieces.push(Piece { heading, names: defined(&text), text });
    }
    pieces
}

/// The line without its condition, if that holds.
fn applying<'a>(line: &'a str, facts: &Facts) -> Option<&'a str> {
    match line.split_once("  #? ") {
        Some((line, condition)) => facts.allow(condition).then_some(line),
        None => Some(line),
    }
}

/// Of all pieces those that are reached from the names that are needed at any rate, in their order.
pub(super) fn reached(pieces: Vec<Piece>, roots: &[&str]) -> Vec<Piece> {
    let mut wanted: Vec<String> = roots.iter().map(ToString::to_string).collect();
    let mut known = BTreeSet::new();
    while let Some(name) = wanted.pop() {
        if known.insert(name.clone()) {
            for piece in pieces.iter().filter(|piece| piece.names.contains(&name)) {
                wanted.extend(identifiers(&piece.text));
            }
        }
    }
    pieces.into_iter().filter(|piece| piece.names.iter().any(|name| known.contains(name))).collect()
}

/// The names that a piece defines at the top level.
fn defined(text: &str) -> Vec<String> {
    text.lines()
        .filter(|line| line.starts_with(|c: char| c.is_ascii_alphabetic()))
        .filter_map(|line| {
            let line = line.strip_prefix("async ").unwrap_or(line);
            match line.strip_prefix("def ") {
                Some(function) => function.split_once('(').map(|(name, _)| name),
                None => line.split_once(" = ").map(|(name, _)| name),
            }
        })
        .map(str::to_owned)
        .collect()
}

/// The identifiers of a piece of Python, those in f-strings included; not attributes, texts and comments.
pub(super) fn identifiers(text: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut rest = text;
    let mut before = ' ';
    while let Some(first) = rest.chars().next() {
        let length = if first == '#' {
            rest.find('\n').unwrap_or(rest.len())
        } else if first == '"' {
            let (inner, length) = quoted(rest);
            if before == 'f' {
                for field in inner.split('{').skip(1) {
                    let end = field.find(['}', ':']).unwrap_or(field.len());
                    found.append(&mut identifiers(&field[..end]));
                }
            }
            length
        } else if first.is_ascii_alphabetic() || first == '_' {
            let length = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
            if before != '.' {
                found.insert(rest[..length].to_owned());
            }
            length
        } else {
            first.len_utf8()
        };
        before = rest[..length].chars().next_back().unwrap_or(' ');
        rest = &rest[length..];
    }
    found
}

/// The inside of the text that `rest` begins with, and the length of the whole.
fn quoted(rest: &str) -> (&str, usize) {
    let mark = if rest.starts_with("\"\"\"") { "\"\"\"" } else { "\"" };
    let mut at = mark.len();
    while at < rest.len() && !rest[at..].starts_with(mark) {
        let step = if rest[at..].starts_with('\\') { 2 } else { rest[at..].chars().next().map_or(1, char::len_utf8) };
        at += step;
    }
    let end = at.min(rest.len());
    (&rest[mark.len()..end], (end + mark.len()).min(rest.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_are_told_from_texts() {
        let python = r#"a = b.c("d \" e", f"g {h:016x}")  # i"#;
        let found: Vec<_> = identifiers(python).into_iter().collect();
        assert_eq!(found, ["a", "b", "f", "h"]);
    }

    #[test]
    fn lines_and_pieces_apply_or_do_not() {
        let file = "#== H\n\n\n#? a & !b\ndef f():\n    x  #? b | c\n    y\n\n\nG = 1\n";
        let mut facts = Facts::default();
        facts.set("a", true);
        let found = pieces(file, &facts);
        assert_eq!(found.len(), 2);
        assert_eq!((found[0].heading, found[0].text.as_str()), ("H", "def f():\n    y"));
        let reached = reached(found, &["G"]);
        assert_eq!(reached.len(), 1);
        assert!(!reached[0].is_function());
    }
}
