//! Programs put together from parts: pieces of source text, of which a program gets those that are reached by name from
//! its `main`, with the imports whose names they use. It knows two languages, and no scenario or model.
//!
//! A file of parts is a source file of its language with marks in comments (`#` in Python, `//` in Rust):
//!
//! ```text
//! # requests                  a first block may hold imports: this is a package that they come from,
//! import requests             this is taken by a program that uses the name,
//! use std::io::Read; // for .read_exact      and this by one that calls the method
//!
//!
//! #== The network             two blank lines end a piece; this is a heading for those that follow, `#==` ends it
//!
//!
//! #? threads & !file          the piece below is only for programs of which this is said
//! def open_it(number):
//!     return $SIZE  #? fails  so is this line; and a word is put in
//!     #? if fails | file      so are the lines from here
//!     close_it()
//!     #? else                 (which is optional)
//!     #? end                  to here
//! ```

use std::collections::{BTreeMap, BTreeSet};

use super::language::Language;

/// What is said of a program, and the words that are put into its parts.
#[derive(Debug, Default)]
pub(super) struct Facts {
    said: BTreeSet<&'static str>,
    words: BTreeMap<&'static str, String>,
}

impl Facts {
    /// Says something of the program, if it is true.
    pub(super) fn set(&mut self, fact: &'static str, is_true: bool) {
        if is_true {
            self.said.insert(fact);
        }
    }

    /// Names what stands for `$word` in the parts. No word may be the beginning of another.
    pub(super) fn put(&mut self, word: &'static str, text: impl Into<String>) {
        self.words.insert(word, text.into());
    }

    pub(super) fn has(&self, fact: &str) -> bool {
        self.said.contains(fact)
    }

    /// Whether a condition holds: `a & !b | c`.
    fn allow(&self, condition: &str) -> bool {
        condition.split('|').any(|all| {
            all.split('&')
                .map(str::trim)
                .all(|fact| fact.strip_prefix('!').map_or(self.has(fact), |not| !self.has(not)))
        })
    }

    fn fill(&self, text: &str) -> String {
        self.words.iter().fold(text.to_owned(), |text, (word, by)| text.replace(&format!("${word}"), by))
    }
}

/// A top-level item or a few that belong together.
#[derive(Clone, Debug)]
pub(super) struct Piece {
    /// The heading it stands under, or nothing.
    pub(super) heading: &'static str,
    /// Its text, without a newline at the end.
    pub(super) text: String,
    /// What it defines.
    names: Vec<String>,
}

/// An import, and the name whose use asks for it: of an item, or of a method with a full stop before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Import {
    /// The whole line in Python, the path in Rust.
    pub(super) text: &'static str,
    asked_by: &'static str,
}

/// Everything that a program may be put together from, in the order in which it would stand there.
#[derive(Debug)]
pub(super) struct Parts {
    language: Language,
    pieces: Vec<Piece>,
    imports: BTreeSet<Import>,
    packages: BTreeSet<&'static str>,
}

impl Parts {
    pub(super) fn new(language: Language) -> Self {
        Self { language, pieces: Vec::new(), imports: BTreeSet::new(), packages: BTreeSet::new() }
    }

    /// Appends a piece that was written for this very program.
    pub(super) fn push(&mut self, text: String) {
        self.pieces.push(Piece { heading: "", names: defined(&text, self.language), text });
    }

    /// Appends the pieces of a file that apply.
    pub(super) fn read(&mut self, file: &'static str, facts: &Facts) {
        self.read_under("", file, facts);
    }

    /// The same under a heading.
    pub(super) fn read_under(&mut self, heading: &'static str, file: &'static str, facts: &Facts) {
        let comment = comment(self.language);
        let mut heading = heading;
        let blocks = file.trim_end().split("\n\n\n");
        for (index, block) in blocks.enumerate() {
            if index == 0 && self.read_imports(block) {
                continue;
            }
            let mark = |kind: &str| block.strip_prefix(comment).and_then(|rest| rest.strip_prefix(kind));
            if let Some(text) = mark("==") {
                heading = text.trim();
                continue;
            }
            let (condition, body) = match mark("? ") {
                Some(rest) if !rest.starts_with("if ") => rest.split_once('\n').unwrap_or((rest, "")),
                _ => ("", block),
            };
            if condition.is_empty() || facts.allow(condition) {
                let text = facts.fill(&applying(body, comment, facts));
                self.pieces.push(Piece { heading, names: defined(&text, self.language), text });
            }
        }
    }

    /// Takes the imports of a block, if it is one of imports.
    fn read_imports(&mut self, block: &'static str) -> bool {
        let comment = comment(self.language);
        let is_import = |line: &str| ["import ", "from ", "use "].iter().any(|word| line.starts_with(word));
        if !block.lines().any(is_import) {
            return false;
        }
        for line in block.lines() {
            if let Some(package) = line.strip_prefix(comment) {
                self.packages.insert(package.trim());
                continue;
            }
            let (line, method) = match line.split_once(comment) {
                Some((line, note)) => (line.trim_end(), note.trim().strip_prefix("for ")),
                None => (line, None),
            };
            let (text, name) = match line.strip_prefix("use ") {
                Some(path) => {
                    let path = path.trim_end_matches(';');
                    (path, path.rsplit("::").next())
                }
                // `import http.client` makes `http` known, `from operator import mul` only `mul`.
                None if line.starts_with("from ") => (line, line.split(' ').next_back()),
                None => (line, line.trim_start_matches("import ").split('.').next()),
            };
            self.imports.insert(Import { text, asked_by: method.or(name).unwrap_or_default() });
        }
        true
    }

    /// Gives a function another name, by what stands between `def` and the rest of its parameters.
    pub(super) fn rename(&mut self, function: &str, head: &str) {
        let was = format!("def {function}(");
        for piece in self.pieces.iter_mut().filter(|piece| piece.text.contains(&was)) {
            piece.text = piece.text.replacen(&was, &format!("def {head}"), 1);
            piece.names = defined(&piece.text, self.language);
        }
    }

    /// What is reached from `main`.
    pub(super) fn reached(self) -> Reached {
        let mut wanted = vec!["main".to_owned()];
        let mut names = BTreeSet::new();
        while let Some(name) = wanted.pop() {
            if !names.contains(&name) {
                for piece in self.pieces.iter().filter(|piece| piece.names.contains(&name)) {
                    wanted.extend(identifiers(&piece.text, self.language));
                }
                names.insert(name);
            }
        }
        let is_reached = |piece: &Piece| piece.names.iter().any(|name| names.contains(name));
        let pieces = self.pieces.into_iter().filter(is_reached).collect();
        let imports: Vec<Import> = self.imports.into_iter().filter(|import| names.contains(import.asked_by)).collect();
        Reached { pieces, names, imports, packages: self.packages }
    }
}

/// What a program is made of.
#[derive(Debug)]
pub(super) struct Reached {
    /// The pieces, in their order.
    pub(super) pieces: Vec<Piece>,
    /// Every name in them; those of methods with a full stop before them.
    pub(super) names: BTreeSet<String>,
    /// The imports that they need.
    pub(super) imports: Vec<Import>,
    /// All packages that there are, as the files of parts name them.
    pub(super) packages: BTreeSet<&'static str>,
}

fn comment(language: Language) -> &'static str {
    match language {
        Language::Python => "#",
        Language::Rust => "//",
    }
}

/// The lines of a piece whose conditions hold.
fn applying(body: &str, comment: &str, facts: &Facts) -> String {
    let (alone, behind) = (format!("{comment}? "), format!("  {comment}? "));
    let mut lines = Vec::new();
    // For each block that is open, whether its lines apply.
    let mut open: Vec<bool> = Vec::new();
    for line in body.lines() {
        match line.trim_start().strip_prefix(&alone) {
            Some("end") => drop(open.pop()),
            Some("else") => {
                if let Some(applies) = open.last_mut() {
                    *applies = !*applies;
                }
            }
            Some(mark) => open.push(facts.allow(mark.strip_prefix("if ").unwrap_or(mark))),
            None if open.contains(&false) => {}
            None => match line.split_once(&behind) {
                Some((line, condition)) => lines.extend(facts.allow(condition).then_some(line)),
                None => lines.push(line),
            },
        }
    }
    lines.join("\n")
}

/// The names that a piece defines at the top level.
fn defined(text: &str, language: Language) -> Vec<String> {
    let of_python = |line: &'_ str| -> Option<String> {
        let line = line.strip_prefix("async ").unwrap_or(line);
        let name = match line.strip_prefix("def ").or_else(|| line.strip_prefix("class ")) {
            Some(function) => function.split_once('(').map(|(name, _)| name),
            None => line.split_once(" = ").map(|(name, _)| name),
        };
        name.map(str::to_owned)
    };
    let of_rust = |line: &'_ str| -> Option<String> {
        let line = line.strip_prefix("async ").unwrap_or(line);
        let (keyword, rest) = line.split_once(' ')?;
        let is_item = matches!(keyword, "fn" | "static" | "const" | "struct" | "enum" | "type");
        let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
        is_item.then(|| rest[..end].to_owned())
    };
    let lines = text.lines().filter(|line| line.starts_with(|c: char| c.is_ascii_alphabetic()));
    match language {
        Language::Python => lines.filter_map(of_python).collect(),
        Language::Rust => lines.filter_map(of_rust).collect(),
    }
}

/// The identifiers of a piece of source, those in format strings included; not what is in other texts, in comments and,
/// in Rust, behind `::` or naming an attribute. Those of fields and methods have a full stop before them.
fn identifiers(text: &str, language: Language) -> BTreeSet<String> {
    let comment = comment(language);
    let is_rust = language == Language::Rust;
    let mut found = BTreeSet::new();
    let mut at = 0;
    while let Some(first) = text[at..].chars().next() {
        let (before, rest) = text.split_at(at);
        let length = if rest.starts_with(comment) {
            rest.find('\n').unwrap_or(rest.len())
        } else if first == '"' {
            let (inner, length) = quoted(rest);
            if if is_rust { !before.ends_with('b') } else { before.ends_with('f') } {
                for field in inner.split('{').skip(1) {
                    let end = field.find(['}', ':']).unwrap_or(field.len());
                    found.append(&mut identifiers(&field[..end], language));
                }
            }
            length
        } else if first.is_ascii_alphabetic() || first == '_' {
            let length = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
            let name = &rest[..length];
            if before.ends_with('.') && !before.ends_with("..") {
                found.insert(format!(".{name}"));
            } else if !(is_rust && (before.ends_with("::") || before.ends_with("#["))) {
                found.insert(name.to_owned());
            }
            length
        } else {
            first.len_utf8()
        };
        at += length;
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
    use strum::IntoEnumIterator;

    use super::*;
    use crate::kernels::Kernel;

    fn found(text: &str, language: Language) -> Vec<String> {
        identifiers(text, language).into_iter().collect()
    }

    #[test]
    fn identifiers_are_told_from_texts() {
        let python = r#"a = b.c("d \" e", f"g {h:016x}")  # i"#;
        assert_eq!(found(python, Language::Python), [".c", "a", "b", "f", "h"]);
        let rust = r#"#[i(c)] a::b(0..c, b"d {e}").f("{g:016x} \" h"); // j"#;
        assert_eq!(found(rust, Language::Rust), [".f", "a", "b", "c", "g"]);
    }

    #[test]
    fn lines_and_pieces_apply_or_do_not() {
        let file = "#== H\n\n\n#? a & !b\ndef f():\n    x  #? b | c\n    y = $Z\n\n\n#==\n\n\n#? b\nh = 1\n\n\ng = 1\n";
        let mut facts = Facts::default();
        facts.set("a", true);
        facts.put("Z", "2");
        let mut parts = Parts::new(Language::Python);
        parts.read(file, &facts);
        let pieces: Vec<_> = parts.pieces.iter().map(|piece| (piece.heading, piece.text.as_str())).collect();
        assert_eq!(pieces, [("H", "def f():\n    y = 2"), ("", "g = 1")]);
    }

    #[test]
    fn blocks_of_lines_apply_or_do_not() {
        let body = "1\n//? if a\n2\n  //? if !a\n3\n  //? else\n4\n  //? end\n//? else\n5\n//? end\n6";
        let mut facts = Facts::default();
        assert_eq!(applying(body, "//", &facts), "1\n5\n6");
        facts.set("a", true);
        assert_eq!(applying(body, "//", &facts), "1\n2\n4\n6");
    }

    /// Every kernel is there to be called, and none takes a name from another.
    #[test]
    fn kernels_are_parts() {
        let facts = Facts::default();
        for (language, define) in [(Language::Python, "def"), (Language::Rust, "fn")] {
            let mut parts = Parts::new(language);
            for code in Kernel::iter().map(Kernel::code) {
                let text = if language == Language::Python { code.python } else { code.rust };
                parts.read(text, &facts);
                for call in [Some(code.on_generated), code.on_bytes].into_iter().flatten() {
                    let call = match language {
                        Language::Python => call.python.split_once(" = ").expect("a statement").1,
                        Language::Rust => call.rust,
                    };
                    let (function, _) = call.split_once('(').expect("a call");
                    assert!(text.contains(&format!("{define} {function}(")), "{function} in\n{text}");
                }
            }
            let names: Vec<&String> = parts.pieces.iter().flat_map(|piece| &piece.names).collect();
            let distinct: BTreeSet<_> = names.iter().collect();
            assert!(!names.is_empty() && distinct.len() == names.len(), "{names:?}");
        }
    }

    #[test]
    fn what_main_reaches_comes_with_its_imports() {
        let file = "// far = \"1\"\nuse far::Away;\nuse near::By; // for .walk\nuse un::used;\n\n\n\
                    fn main() {\n    run().walk();\n}\n\n\nfn run() -> Away {}\n\n\nfn rest() {}\n";
        let mut parts = Parts::new(Language::Rust);
        parts.read(file, &Facts::default());
        let reached = parts.reached();
        assert_eq!(reached.pieces.len(), 2);
        let imports: Vec<_> = reached.imports.iter().map(|import| import.text).collect();
        assert_eq!(imports, ["far::Away", "near::By"]);
        assert_eq!(reached.packages.into_iter().collect::<Vec<_>>(), ["far = \"1\""]);
    }
}
