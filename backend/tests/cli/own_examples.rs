//! The examples of `docs/your-own-code.md`, each run as it stands there.

use std::{
    fs,
    io::{BufRead, BufReader},
    path::Path,
    process::Stdio,
};

use serde_json::Value;

use crate::{command, json, succeeds, text};

const WORDS: &str = include_str!("../../../docs/your-own-code.md");

/// The file of this name, as it stands in the docs.
fn example(name: &str) -> &'static str {
    let head = format!("```python\n# {name}\n");
    let begin = WORDS.find(&head).unwrap_or_else(|| panic!("{name} is in the docs")) + "```python\n".len();
    let end = WORDS[begin..].find("```").expect("its end");
    &WORDS[begin..begin + end]
}

/// A folder with the example in it.
fn folder(name: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join(name), example(name)).expect("room");
    folder
}

/// The interpreter that the Python lanes are run in.
fn python() -> String {
    let list = json(&succeeds(&["list", "--json"], ""));
    let lanes = list["lanes"].as_array().expect("lanes");
    let threads = lanes.iter().find(|lane| lane["lane"] == "python/threads").expect("a Python");
    let about = threads["version"].as_str().expect("what it is");
    about.rsplit(", ").next().expect("a path").to_owned()
}

fn runs_in_python(program: &str, folder: &Path) -> bool {
    let output = std::process::Command::new(python()).args(["-c", program]).current_dir(folder).output();
    output.expect("it starts").status.success()
}

/// Runs an example; every lane comes to the same.
fn run(folder: &Path, arguments: &[&str], variables: &[(&str, &str)]) -> Value {
    let mut command = command(&[&["run"], arguments, &["--repeats", "1", "--quiet", "--json", "-"]].concat());
    command.current_dir(folder).stdin(Stdio::null()).envs(variables.iter().copied());
    let output = command.output().expect("lanes ends");
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let result = json(&text(&output.stdout));
    let lanes = result["lanes"].as_array().expect("lanes");
    let sums: Vec<&Value> = lanes.iter().map(|lane| &lane["checksum"]).collect();
    assert!(sums.len() >= 4 && sums.iter().all(|sum| *sum == sums[0] && sum.is_string()), "{sums:?}");
    assert!(result["verdict"]["code"].as_array().is_some_and(|code| !code.is_empty()), "{}", result["verdict"]);
    result
}

#[test]
fn the_first_one_is_run() {
    run(folder("squares.py").path(), &["squares.py"], &[]);
}

#[test]
fn thumbnails_are_made_where_pillow_is() {
    let folder = folder("thumbs.py");
    fs::create_dir(folder.path().join("photos")).expect("room");
    let make =
        "from PIL import Image\nfor n in range(8): Image.effect_noise((640, 480), 9 + n).save(f'photos/{n}.jpg')";
    if runs_in_python(make, folder.path()) {
        run(folder.path(), &["thumbs.py"], &[]);
        assert_eq!(fs::read_dir(folder.path().join("out")).expect("made").count(), 8);
    }
}

#[test]
fn requests_are_made_on_a_loop_and_by_threads() {
    let folder = folder("ask.py");
    if !runs_in_python("import aiohttp, requests", folder.path()) {
        return;
    }
    let dist = tempfile::tempdir().expect("a folder");
    fs::write(dist.path().join("index.html"), "<!doctype html><title>A page</title>").expect("room");
    let dist = dist.path().to_str().expect("text");
    let arguments = ["serve", "--bind", "127.0.0.1:0", "--no-open", "--dist", dist];
    let mut server = command(&arguments).stdin(Stdio::null()).spawn().expect("it starts");
    let lines = BufReader::new(server.stdout.take().expect("piped")).lines();
    let link = lines.map_while(Result::ok).find_map(|line| {
        let begin = line.find("http://127.0.0.1:")?;
        line[begin..].split_whitespace().next().map(str::to_owned)
    });
    let link = link.expect("the link that it prints");
    let (address, token) = link.split_once("#token=").expect("its token");
    let result = run(folder.path(), &["ask.py"], &[("LANES_SERVER", address), ("LANES_TOKEN", token)]);
    let _ = server.kill();
    let _ = server.wait();
    let lanes = result["lanes"].as_array().expect("lanes");
    assert!(lanes.iter().any(|lane| lane["lane"] == "python/hybrid"), "both functions are there");
}

#[test]
fn a_parser_in_plain_python_is_run() {
    run(folder("parse.py").path(), &["parse.py"], &[]);
}

#[test]
fn numpy_is_run_where_it_is() {
    let folder = folder("matrix.py");
    if runs_in_python("import numpy", folder.path()) {
        run(folder.path(), &["matrix.py"], &[]);
    }
}

#[test]
fn files_are_hashed() {
    let folder = folder("hashes.py");
    fs::create_dir(folder.path().join("files")).expect("room");
    for number in 0..12_u8 {
        fs::write(folder.path().join(format!("files/{number}")), vec![number; 3 << 20]).expect("room");
    }
    let result = run(folder.path(), &["hashes.py"], &[]);
    assert_eq!(result["scenario"]["groups"][0]["tasks"], 12);
}
