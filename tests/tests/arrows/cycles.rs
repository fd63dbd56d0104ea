//! No file of a crate uses one that uses it back, directly or through others.
//!
//! How a file uses another is read in `modules`. `cargo test -p lanes-tests --test arrows cycle -- --nocapture` prints
//! every cycle there is, the shortest first.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    fmt::Write as _,
    path::{Path, PathBuf},
};

use lanes_tests::root;

use crate::{
    modules::{Sources, Uses, uses},
    rust_files,
};

/// The roots of all crates: what lies below another root is a crate of its own.
const ROOTS: [&str; 7] = [
    "core/kernels/src/lib.rs",
    "core/src/lib.rs",
    "backend/src/lib.rs",
    "backend/src/main.rs",
    "frontend/src/lib.rs",
    "frontend/src/main.rs",
    "tests/src/lib.rs",
];

#[test]
fn files_use_each_other_in_one_direction() {
    let mut sources = Sources::new();
    for folder in ["core/kernels/src", "core/src", "backend/src", "frontend/src", "tests/src"] {
        for file in rust_files(&root().join(folder)) {
            let source = std::fs::read_to_string(&file).expect("a readable source file");
            sources.insert(file.strip_prefix(root()).expect("it lies below").to_owned(), source);
        }
    }
    let (mut told, mut found) = (String::new(), BTreeSet::new());
    for crate_root in ROOTS.iter().filter(|file| sources.contains_key(Path::new(file))) {
        let uses = uses(&sources, Path::new(crate_root));
        for cycle in cycles(&uses) {
            found.extend(cycle.iter().map(|file| file.to_string_lossy().into_owned()));
            writeln!(told, "{}\n", describe(&cycle, &uses)).expect("a string takes all");
        }
    }
    println!("{told}");
    assert!(found.is_empty(), "{} files use each other in a cycle (listed above): {found:#?}", found.len());
}

/// The shortest cycle through each use that lies on one, each cycle once, the shortest first.
fn cycles(uses: &Uses) -> Vec<Vec<PathBuf>> {
    let mut cycles = BTreeSet::new();
    for (user, used) in uses {
        for file in used.keys() {
            if let Some(mut cycle) = shortest_way(uses, file, user) {
                // From the file that is first by name, so that one cycle looks the same from all of its files.
                let first = (0..cycle.len()).min_by_key(|index| &cycle[*index]).expect("it has files");
                cycle.rotate_left(first);
                cycles.insert((cycle.len(), cycle));
            }
        }
    }
    cycles.into_iter().map(|(_, cycle)| cycle).collect()
}

/// The files on the shortest way from one to another, both included.
fn shortest_way(uses: &Uses, from: &PathBuf, to: &PathBuf) -> Option<Vec<PathBuf>> {
    let mut came_from: BTreeMap<&PathBuf, &PathBuf> = BTreeMap::new();
    let mut open = VecDeque::from([from]);
    while let Some(file) = open.pop_front() {
        if file == to {
            let mut way = vec![file.clone()];
            let mut at = file;
            while at != from {
                at = came_from[at];
                way.push(at.clone());
            }
            way.reverse();
            return Some(way);
        }
        for next in uses.get(file).into_iter().flat_map(BTreeMap::keys) {
            if next != from && !came_from.contains_key(next) {
                came_from.insert(next, file);
                open.push_back(next);
            }
        }
    }
    None
}

/// `a -> b -> a`, and below it the line of each use.
fn describe(cycle: &[PathBuf], uses: &Uses) -> String {
    let files: Vec<_> = cycle.iter().chain(&cycle[..1]).map(|file| file.display().to_string()).collect();
    let mut text = files.join(" -> ");
    for (index, user) in cycle.iter().enumerate() {
        let used = &cycle[(index + 1) % cycle.len()];
        write!(text, "\n    {}:{} uses {}", user.display(), uses[user][used], used.display())
            .expect("a string takes all");
    }
    text
}

fn example(files: &[(&str, &str)]) -> Uses {
    let sources = files.iter().map(|(path, source)| (PathBuf::from(path), (*source).to_owned())).collect();
    uses(&sources, Path::new("lib.rs"))
}

fn cycles_of(files: &[(&str, &str)]) -> Vec<String> {
    let uses = example(files);
    cycles(&uses).iter().map(|cycle| describe(cycle, &uses)).collect()
}

#[test]
fn cycles_are_found_however_a_path_is_written() {
    let found = "a.rs -> b.rs -> a.rs\n    a.rs:1 uses b.rs\n    b.rs:2 uses a.rs";
    let cases = [
        "use crate::a;",
        "use super::a::X;",
        "use super::{a::{self as other, Y}};",
        "use crate::a::*;",
        "fn f(x: crate::a::X) {}",
        "fn f() { super::a::g(); }",
        "fn f() { use crate::a::g; }",
        "fn f() { call!(1, [crate::a::X { y: 2 }]); }",
        "mod inner { use super::super::a::X; }",
        "impl X { fn f(self) -> Option<crate::a::X> { None } }",
    ];
    for case in cases {
        let files = [
            ("lib.rs", "mod a; pub mod b; mod c;"),
            ("a.rs", "use crate::b::Z;"),
            ("b.rs", &format!("//! Uses a.\n{case}")),
            ("c.rs", "use crate::b; fn f() { b::g(); }"),
        ];
        assert_eq!(cycles_of(&files), [found], "{case}");
    }
}

#[test]
fn a_parent_and_its_child_are_two_files() {
    let files = [
        ("lib.rs", "mod a; use a::X;"),
        ("a/mod.rs", "mod child;\npub use child::X;"),
        ("a/child.rs", "mod deep;\n\nuse super::Y;"),
        ("a/child/deep.rs", "fn f() -> u8 { 1 }"),
    ];
    let found = "a/child.rs -> a/mod.rs -> a/child.rs\n    a/child.rs:3 uses a/mod.rs\n    a/mod.rs:2 uses a/child.rs";
    assert_eq!(cycles_of(&files), [found]);
}

#[test]
fn a_name_that_a_use_line_brings_in_leads_on() {
    let files = [("lib.rs", "mod a; mod b;"), ("a/mod.rs", ""), ("b.rs", "use crate::a::deep;"), ("a/deep.rs", "")];
    let with = |parent: &'static str| example(&[files[0], ("a/mod.rs", parent), files[2], files[3]]);
    assert_eq!(with("pub mod deep;")[Path::new("b.rs")].keys().collect::<Vec<_>>(), [Path::new("a/deep.rs")]);
    let inner = with("pub mod deep { pub mod er { } }");
    assert_eq!(inner[Path::new("b.rs")].keys().collect::<Vec<_>>(), [Path::new("a/mod.rs")]);
}

#[test]
fn tests_and_declarations_and_other_crates_make_no_cycle() {
    let files = [
        ("lib.rs", "pub mod a; pub mod b;"),
        ("a.rs", "pub mod child; use crate::b::X; use std::fmt; use serde_json; pub(in crate::a) fn f() { fmt::f(); }"),
        ("a/child.rs", "pub(super) fn f() { a.b(); let b = c; }"),
        (
            "b.rs",
            "#[cfg(test)] use crate::a; #[cfg(test)] mod tests { use super::super::a::*; } #[test] fn f() { crate::a::f() }",
        ),
    ];
    assert_eq!(cycles_of(&files), [""; 0]);
}
