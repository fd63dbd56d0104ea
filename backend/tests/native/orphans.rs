//! Nothing outlives the parent, however it ends.

use std::{
    io::{BufRead, BufReader},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use lanes_backend::runner::{CancelToken, Runner};
use lanes_core::scenario::{Lane, Model};
use libtest_mimic::Trial;

use crate::{
    agreement::{runner, scenario},
    is_alive, trial,
};

pub fn trials() -> Vec<Trial> {
    vec![trial("a_killed_parent_leaves_no_process_behind", || {
        for kernel in ["compute", "fetch"] {
            killed_parent(kernel);
        }
    })]
}

/// The parent: runs a lane of processes that takes for ever, and says so.
pub fn parent() {
    let step = match std::env::args().nth(2).as_deref() {
        Some("fetch") => r#"{"fetch":{"latency_ms":50000}}"#,
        _ => r#"{"compute":{"kernel":"primes","size":20000000}}"#,
    };
    let scenario = scenario(&format!(
        r#"{{"lanes_scenario":1,"groups":[{{"tasks":500,"steps":[{step}]}}],"workers":3,"chunk":1}}"#
    ));
    let mut runner: Runner = runner(|_| {});
    let told = std::cell::Cell::new(0);
    runner.run_lane(&scenario, Lane::native(Model::Processes), 1, &CancelToken::new(), &|frame| {
        // The spans of three starts have come: all are at work.
        told.set(told.get() + frame.spans.len());
        if told.get() >= 3 {
            println!("ready");
        }
    });
}

fn killed_parent(what: &str) {
    let mut parent = Command::new(std::env::current_exe().expect("known"))
        .args(["parent", what])
        .stdout(Stdio::piped())
        .spawn()
        .expect("starts");
    let mut said = BufReader::new(parent.stdout.take().expect("piped"));
    let mut line = String::new();
    while line.trim() != "ready" {
        line.clear();
        assert!(said.read_line(&mut line).expect("reads") > 0, "the parent ended");
    }
    let children = children_of(parent.id());
    assert_eq!(children.len(), 3);
    parent.kill().expect("it is there");
    let killed = Instant::now();
    parent.wait().expect("it ends");
    while children.iter().any(|child| is_alive(*child)) {
        assert!(killed.elapsed() < Duration::from_secs(1), "{children:?} outlive their parent");
        std::thread::yield_now();
    }
}

fn children_of(parent: u32) -> Vec<u32> {
    let processes = std::fs::read_dir("/proc").expect("this is Linux").flatten();
    let numbers = processes.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    let is_child = |process: &u32| {
        let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
        let rest = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
        rest.split_whitespace().nth(1) == Some(parent.to_string().as_str())
    };
    numbers.filter(is_child).collect()
}
