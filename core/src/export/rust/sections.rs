//! Programs put together from named sections: only those that are reached from the first one, with their imports.
//!
//! ```text
//! //// name                      begins a section
//! //// calls nth, derive         sections that it needs
//! //// use std::env              what it imports
//! //// crate tokio rt time       a crate that it needs, and the features of it
//! ?waits,!fails let x = 1;       a line (or directive) that is there only with these flags
//! let y = $size;                 a word that is put in
//! ```

use std::collections::{BTreeMap, BTreeSet};

/// The versions that the programs are written for.
const VERSIONS: [(&str, &str); 7] = [
    ("anyhow", "1"),
    ("crc32fast", "1"),
    ("rayon", "1"),
    ("reqwest", "0.13"),
    ("sha2", "0.11"),
    ("tokio", "1"),
    ("ureq", "3"),
];

/// What decides between the variants of a section.
#[derive(Debug, Default)]
pub(super) struct Choices {
    /// Flags that are set.
    pub(super) flags: BTreeSet<&'static str>,
    /// Words and what they stand for.
    pub(super) words: BTreeMap<&'static str, String>,
}

/// A program without its head.
#[derive(Debug, Default)]
pub(super) struct Assembled {
    /// The `use` lines.
    pub(super) imports: String,
    /// The items.
    pub(super) code: String,
    /// The dependencies, as lines of `Cargo.toml`.
    pub(super) needs: Vec<String>,
}

#[derive(Debug, Default)]
struct Section {
    calls: Vec<String>,
    uses: Vec<String>,
    crates: Vec<String>,
    code: String,
}

/// Takes from `source` the sections that are reached from `roots`, in the order in which they stand there.
pub(super) fn assemble(source: &str, roots: &[&str], choices: &Choices) -> Assembled {
    let sections = read(source, choices);
    let mut wanted: Vec<&str> = roots.to_vec();
    let mut reached = BTreeSet::new();
    while let Some(name) = wanted.pop() {
        if reached.insert(name) {
            let (_, section) = sections.iter().find(|(known, _)| known == name).unwrap_or_else(|| panic!("no {name}"));
            wanted.extend(section.calls.iter().map(String::as_str));
        }
    }
    let taken: Vec<&Section> =
        sections.iter().filter(|(name, _)| reached.contains(name.as_str())).map(|(_, section)| section).collect();
    Assembled {
        imports: imports(taken.iter().flat_map(|section| &section.uses)),
        code: taken.iter().map(|section| section.code.trim()).collect::<Vec<_>>().join("\n\n") + "\n",
        needs: needs(taken.iter().flat_map(|section| &section.crates)),
    }
}

fn read(source: &str, choices: &Choices) -> Vec<(String, Section)> {
    let mut sections: Vec<(String, Section)> = Vec::new();
    for line in source.lines().filter_map(|line| choices.line(line)) {
        let Some(directive) = line.strip_prefix("//// ") else {
            let (_, section) = sections.last_mut().expect("a section begins with its name");
            section.code.push_str(&line);
            section.code.push('\n');
            continue;
        };
        let Some(directive) = choices.line(directive) else { continue };
        match (directive.split_once(' '), sections.last_mut()) {
            (Some(("calls", names)), Some((_, section))) => {
                section.calls.extend(names.split(", ").map(str::to_owned));
            }
            (Some(("use", path)), Some((_, section))) => section.uses.push(path.to_owned()),
            (Some(("crate", name)), Some((_, section))) => section.crates.push(name.to_owned()),
            _ => sections.push((directive, Section::default())),
        }
    }
    sections
}

impl Choices {
    /// A line with its words put in; `None` when its flags leave it out.
    fn line(&self, line: &str) -> Option<String> {
        let line = match line.strip_prefix('?') {
            None => line,
            Some(rest) => {
                let (flags, line) = rest.split_once(' ')?;
                let holds = |flag: &str| match flag.strip_prefix('!') {
                    Some(flag) => !self.flags.contains(flag),
                    None => self.flags.contains(flag),
                };
                flags.split(',').all(holds).then_some(line)?
            }
        };
        Some(self.words.iter().fold(line.to_owned(), |line, (word, text)| line.replace(&format!("${word}"), text)))
    }
}

/// The `use` lines: those of the standard library first, one for each module.
fn imports<'a>(paths: impl Iterator<Item = &'a String>) -> String {
    let mut modules: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for path in paths {
        // `std::sync::atomic::Ordering::Relaxed` is an item of `std::sync::atomic`; `std::env` is a module.
        let segments: Vec<&str> = path.split("::").collect();
        let is_item = |segment: &&str| segment.starts_with(|c: char| c.is_uppercase() || c == '*');
        let cut = segments
            .iter()
            .position(is_item)
            .unwrap_or_else(|| if segments[0] == "std" { segments.len() } else { segments.len() - 1 });
        let item = if cut == segments.len() { "self".to_owned() } else { segments[cut..].join("::") };
        modules.entry(segments[..cut].join("::")).or_default().insert(item);
    }
    // As rustfmt wants it: `self` first, lists last among what begins alike.
    let mut lines: Vec<(bool, String, String)> = Vec::new();
    for (module, mut items) in modules {
        let itself = items.take("self");
        let names: Vec<String> = itself.clone().into_iter().chain(items).collect();
        let text = match (&itself, &*names) {
            (Some(_), [_]) => module.clone(),
            (_, [item]) => format!("{module}::{item}"),
            _ => format!("{module}::{{{}}}", names.join(", ")),
        };
        let key = if names.len() > 1 { format!("{module}::~") } else { text.clone() };
        lines.push((!module.starts_with("std"), key, format!("use {text};\n")));
    }
    lines.sort();
    let (ours, theirs): (Vec<_>, Vec<_>) = lines.into_iter().partition(|(foreign, ..)| !foreign);
    let block = |lines: Vec<(bool, String, String)>| lines.into_iter().map(|(.., line)| line).collect::<String>();
    [block(ours), block(theirs)].into_iter().filter(|block| !block.is_empty()).collect::<Vec<_>>().join("\n")
}

fn needs<'a>(crates: impl Iterator<Item = &'a String>) -> Vec<String> {
    let mut all: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for line in crates {
        let mut words = line.split(' ');
        all.entry(words.next().unwrap_or_default()).or_default().extend(words);
    }
    let version = |name: &str| VERSIONS.iter().find(|(known, _)| *known == name).map_or("*", |(_, version)| *version);
    let line = |(name, features): (&str, BTreeSet<&str>)| {
        if features.is_empty() {
            format!("{name} = \"{}\"", version(name))
        } else {
            let features: Vec<_> = features.iter().map(|feature| format!("\"{feature}\"")).collect();
            format!("{name} = {{ version = \"{}\", features = [{}] }}", version(name), features.join(", "))
        }
    };
    all.into_iter().map(line).collect()
}
