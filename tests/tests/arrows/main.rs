//! Who may know whom: `core ← backend`, `core ← frontend`, and `core` knows no clock and no world.
//!
//! The arrows are read from cargo's own dependency trees, so a crate that comes in through another
//! one is seen too. What needs no crate (`std::thread`, `Instant::now`) is looked for in core's
//! source. `core/clippy.toml` bans the same by type; this test also holds where clippy is not run.

mod cycles;
mod modules;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use lanes_tests::root;

const WASM: &str = "wasm32-unknown-unknown";

/// Crates that bring a clock, threads, an event loop, I/O, randomness or the web.
const WORLDLY: &[&str] = &[
    "async-std",
    "axum",
    "chrono",
    "console_error_panic_hook",
    "crossbeam-channel",
    "futures",
    "getrandom",
    "gloo-net",
    "hyper",
    "instant",
    "js-sys",
    "leptos",
    "mio",
    "rayon",
    "reqwest",
    "smol",
    "socket2",
    "time",
    "tokio",
    "ureq",
    "wasm-bindgen",
    "web-sys",
    "web-time",
];

/// Paths and calls of the standard library that do the same.
const WORLDLY_STD: &[&str] =
    &["Instant::now", "SystemTime", "std::env", "std::fs", "std::net", "std::process", "std::thread"];

#[test]
fn core_knows_no_other_room_and_no_world() {
    let core = tree("lanes-core", &["--target", "all"]);
    assert_none(&core, "core", &["lanes-frontend", "lanes-backend", "lanes-tests"]);
    assert_none(&core, "core", WORLDLY);
    assert_none(
        &tree("lanes-kernels", &["--target", "all"]),
        "kernels",
        &["lanes-core", "lanes-frontend", "lanes-backend"],
    );
}

#[test]
fn the_frontend_knows_only_core() {
    let frontend = tree("lanes-frontend", &["--target", WASM]);
    assert!(frontend.contains("lanes-core"), "the frontend should meet the backend in core");
    assert_none(&frontend, "frontend", &["lanes-backend", "lanes-tests", "tokio", "axum"]);
}

#[test]
fn the_backend_knows_core_and_no_page() {
    let backend = tree("lanes-backend", &[]);
    assert!(backend.contains("lanes-core"), "the backend should meet the frontend in core");
    let page = ["lanes-frontend", "lanes-tests", "leptos", "gloo-net", "wasm-bindgen-rayon", "web-sys"];
    assert_none(&backend, "backend", &page);
}

#[test]
fn core_calls_no_clock_no_thread_and_no_io() {
    let mut found = Vec::new();
    let both = ["core/src", "core/kernels/src"].map(|folder| rust_files(&root().join(folder)));
    for file in both.into_iter().flatten() {
        let source = std::fs::read_to_string(&file).expect("a readable source file");
        for (index, line) in without_tests(&code_only(&source)).lines().enumerate() {
            for word in WORLDLY_STD.iter().filter(|word| line.contains(**word)) {
                let file = file.strip_prefix(root()).unwrap_or(&file).display();
                found.push(format!("{file}:{}: {word}", index + 1));
            }
        }
    }
    assert!(found.is_empty(), "core takes time, work and bytes as arguments; this does not:\n{}", found.join("\n"));
}

#[test]
fn comments_and_texts_are_not_code() {
    let code = |source| code_only(source).trim_end().to_owned();
    assert_eq!(code("let a = 1; // std::fs"), "let a = 1;");
    assert_eq!(code("a /* std /* :: */ fs */ b"), "a  b");
    assert_eq!(code(r#"say("std::fs \" // no"); b"#), "say(); b");
    assert_eq!(code("say(r#\"std::\"fs\"#); b"), "say(); b");
    assert_eq!(code("say(br\"\\\"); b"), "say(b); b");
    assert_eq!(code("let quote = '\"'; b"), "let quote = ; b");
    assert_eq!(code("let mark = '\\''; fn f<'a>(x: &'a str) {}"), "let mark = ; fn f<'a>(x: &'a str) {}");
    assert_eq!(without_tests("a\n#[cfg(test)]\nmod tests {}"), "a");
    assert_eq!(code("var\"x\nstd::fs\"\nnext").lines().nth(2), Some("next"), "lines keep their numbers");
}

fn assert_none(tree: &BTreeSet<String>, room: &str, unwanted: &[&str]) {
    let found: Vec<_> = unwanted.iter().filter(|name| tree.contains(**name)).collect();
    assert!(
        found.is_empty(),
        "{room} must not depend on {found:?}; `cargo tree -p lanes-{room} -i NAME` shows how it does"
    );
}

/// The names of all packages that `package` is built from, itself excluded; tests do not count.
fn tree(package: &str, extra: &[&str]) -> BTreeSet<String> {
    let output = Command::new(env!("CARGO"))
        .current_dir(root())
        .args(["tree", "--locked", "--package", package, "--edges", "normal,build"])
        .args(["--prefix", "none", "--format", "{p}"])
        .args(extra)
        .output()
        .expect("cargo can be started");
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "cargo tree -p {package}: {complaint}");
    let names: BTreeSet<String> = String::from_utf8_lossy(&output.stdout)
        .lines()
        .filter_map(|line| line.split_whitespace().next())
        .map(str::to_owned)
        .collect();
    assert!(names.contains(package), "cargo tree -p {package} printed no tree");
    names.into_iter().filter(|name| name != package).collect()
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).expect("a folder of sources") {
        let path = entry.expect("a readable folder").path();
        if path.is_dir() {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files
}

/// A file up to its tests, which stand last and may start threads.
fn without_tests(code: &str) -> &str {
    code.split("\n#[cfg(test)]\nmod ").next().unwrap_or_default()
}

/// The source without comments, strings and characters, line numbers kept: core writes Rust and
/// Python for its reader, and those texts may well sleep and open files.
fn code_only(source: &str) -> String {
    let mut code = String::with_capacity(source.len());
    let mut rest = source;
    while let Some(next) = rest.chars().next() {
        let skipped = comment(rest).or_else(|| raw_string(rest, &code)).or_else(|| quoted(rest));
        let length = skipped.unwrap_or(next.len_utf8());
        let (token, tail) = rest.split_at(length);
        match skipped {
            None => code.push_str(token),
            Some(_) => code.extend(token.chars().filter(|character| *character == '\n')),
        }
        rest = tail;
    }
    code
}

/// The length of the comment that `rest` begins with; block comments nest.
fn comment(rest: &str) -> Option<usize> {
    if rest.starts_with("//") {
        return Some(rest.find('\n').unwrap_or(rest.len()));
    }
    if !rest.starts_with("/*") {
        return None;
    }
    let (mut depth, mut at) = (0, 0);
    while at < rest.len() {
        let here = &rest.as_bytes()[at..];
        let step = if here.starts_with(b"/*") {
            depth += 1;
            2
        } else if here.starts_with(b"*/") {
            depth -= 1;
            2
        } else {
            1
        };
        at += step;
        if depth == 0 {
            return Some(at);
        }
    }
    Some(rest.len())
}

/// The length of the raw string (`r"…"`, `r#"…"#`) that `rest` begins with, unless the `r` only ends
/// a name. A `b` or `c` before it is left in the code.
fn raw_string(rest: &str, before: &str) -> Option<usize> {
    let name = before.trim_end_matches(['b', 'c']);
    if name.ends_with(|character: char| character.is_alphanumeric() || character == '_') {
        return None;
    }
    let hashes = rest.strip_prefix('r')?.bytes().take_while(|byte| *byte == b'#').count();
    let text = 1 + hashes + 1;
    if rest.as_bytes().get(text - 1) != Some(&b'"') {
        return None;
    }
    let end = format!("\"{}", "#".repeat(hashes));
    Some(rest[text..].find(&end).map_or(rest.len(), |at| text + at + end.len()))
}

/// The length of the string or character that `rest` begins with; a lifetime is neither.
fn quoted(rest: &str) -> Option<usize> {
    let quote = rest.chars().next().filter(|quote| matches!(quote, '"' | '\''))?;
    let mut characters = rest.char_indices().skip(1);
    let mut length = 0;
    while let Some((at, character)) = characters.next() {
        length += 1;
        match character {
            '\\' => {
                characters.next();
            }
            _ if character == quote => return Some(at + 1),
            // `'a'` closes after one character, `'\u{1F600}'` after an escape; `'a str` does not.
            _ if quote == '\'' && length > 1 && !rest.starts_with("'\\") => return None,
            _ => {}
        }
    }
    None
}
