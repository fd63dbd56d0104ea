//! Every way in which a lane can end before its job does, after which no process is left.

use std::{
    cell::RefCell,
    io::{BufRead, BufReader},
    path::Path,
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use lanes_backend::runner::{CancelToken, Options, PythonOptions, Runner};
use lanes_core::{
    report::{Ending, RunReport},
    scenario::{Lane, Model},
    trace::{Span, State},
};
use libtest_mimic::Trial;

use crate::{
    marked::{Marked, processes},
    runner, scenario, trial,
};

/// Tasks of about a tenth of a second, far more than anybody waits for.
const LONG: &str = r#"{"lanes_scenario":1,"workers":3,"chunk":1,"groups":[
    {"tasks":2000,"steps":[{"compute":{"kernel":"primes","size":40000}}]}]}"#;

/// As long as it takes: the limit is not what is tested here.
const NO_LIMIT: Duration = Duration::from_secs(1_000_000);

pub fn trials() -> Vec<Trial> {
    vec![
        trial("a_cancelled_lane_leaves_no_process_behind", cancelled),
        trial("a_killed_parent_leaves_no_python_behind", killed_parent),
        trial("a_killed_worker_is_noticed_where_the_pool_does_not", killed_worker),
        trial("a_lane_that_takes_too_long_is_ended", overdue),
        trial("an_interpreter_that_dies_is_named", died),
        trial("a_wrong_folder_for_temporary_files_is_named", wrong_temporary_folder),
    ]
}

fn none_is_left(marked: &Marked) {
    // They have been killed; a process takes a moment to be gone.
    let since = Instant::now();
    while !processes(marked.mark()).is_empty() {
        assert!(since.elapsed() < Duration::from_secs(2), "{:?} are left", processes(marked.mark()));
        thread::yield_now();
    }
}

fn all_accounted_for(report: &RunReport) {
    assert_eq!(report.tasks.total(), 2000, "{:?}", report.tasks);
}

fn cancelled() {
    for model in [Model::Sequential, Model::Async, Model::Threads, Model::Processes, Model::Hybrid] {
        let marked = Marked::new("");
        let cancel = CancelToken::new();
        let cancelled_at = RefCell::new(None);
        let mut runner = runner(PythonOptions { limit: NO_LIMIT, ..marked.options() });
        let report = runner.run_lane(&scenario(LONG), Lane::python(model), 1, &cancel, &|frame| {
            // The job has begun: the trial of its kernel is run by another number.
            if frame.run == 1 && frame.ended > 2 && cancelled_at.borrow().is_none() {
                *cancelled_at.borrow_mut() = Some(Instant::now());
                cancel.cancel();
            }
        });
        let took = cancelled_at.into_inner().expect("it was cancelled").elapsed();
        assert_eq!(report.ending, Ending::Cancelled, "{model:?}");
        assert!(report.tasks.done > 2 && report.tasks.abandoned <= 100, "{model:?}: {:?}", report.tasks);
        all_accounted_for(&report);
        assert!(took < Duration::from_secs(5), "{model:?}: it took {took:?} to end");
        none_is_left(&marked);
    }
}

/// The parent: runs a lane that takes for ever, and says so when it is at work, or how it ended.
pub fn parent(python: &Path) {
    let options = PythonOptions { interpreters: vec![python.to_owned()], limit: NO_LIMIT, ..PythonOptions::default() };
    let mut runner = Runner::new(Options { python: options, ..Options::default() });
    let is_told = RefCell::new(false);
    let report = runner.run_lane(&scenario(LONG), Lane::python(Model::Processes), 1, &CancelToken::new(), &|frame| {
        if frame.run == 1 && frame.ended > 2 && !is_told.replace(true) {
            println!("ready");
        }
    });
    println!("{:?}", report.ending);
}

fn wrong_temporary_folder() {
    let marked = Marked::new("");
    let output = Command::new(std::env::current_exe().expect("known"))
        .arg("parent")
        .arg(marked.path())
        .env("TMPDIR", "/nonexistent")
        .output()
        .expect("starts");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(said.contains("no folder for temporary files could be made in /nonexistent: No such file"), "{said}");
    assert!(said.contains("set TMPDIR") && !said.contains("could not be run"), "{said}");
}

fn killed_parent() {
    let marked = Marked::new("");
    let temporary = tempfile::tempdir().expect("a folder");
    let mut parent = Command::new(std::env::current_exe().expect("known"))
        .arg("parent")
        .arg(marked.path())
        .env("TMPDIR", temporary.path())
        .stdout(Stdio::piped())
        .spawn()
        .expect("starts");
    let mut said = BufReader::new(parent.stdout.take().expect("piped"));
    let mut line = String::new();
    while line.trim() != "ready" {
        line.clear();
        assert!(said.read_line(&mut line).expect("reads") > 0, "the parent ended");
    }
    assert!(processes(marked.mark()).len() >= 4, "the parent of the pool and three workers");
    parent.kill().expect("it is there");
    parent.wait().expect("it ends");
    none_is_left(&marked);
    let files: Vec<_> = temporary.path().read_dir().expect("there").flatten().collect();
    assert!(files.is_empty(), "{files:?} are left");
}

fn killed_worker() {
    // In between two tasks it takes nothing with it: then the pool heals, and the next try is needed.
    assert!((0..5).any(|_| is_a_killed_worker_noticed()), "no worker was ever killed at work");
}

fn is_a_killed_worker_noticed() -> bool {
    let marked = Marked::new("");
    let mut runner = runner(PythonOptions { limit: NO_LIMIT, ..marked.options() });
    // Few tasks, in chunks of one: the pool does all the others, and then waits for ever for one that is lost.
    let scenario = scenario(&LONG.replace("2000", "20"));
    let cancel = CancelToken::new();
    let controls = runner.controls(&cancel);
    let (is_killed, spans) = (RefCell::new(false), RefCell::new(Vec::<Span>::new()));
    let report = runner.run_lane(&scenario, Lane::python(Model::Processes), 1, &cancel, &|frame| {
        spans.borrow_mut().extend(&frame.spans);
        let is_at_work = spans.borrow().iter().any(|span| span.worker == 1 && span.state == State::Compute);
        if frame.run == 1 && is_at_work && !is_killed.replace(true) {
            controls.kill(1);
        }
    });
    if report.ending == Ending::Complete {
        return false;
    }
    let Ending::Broken(why) = &report.ending else { panic!("{:?}, {:?}", report.ending, report.notes) };
    assert!(why.contains("SIGKILL") && why.contains("cpython#96062"), "{why}");
    if why.contains("while it had no task") {
        // It was fetching one, and took the lock of the pool's queue with it.
        return false;
    }
    let lost: Vec<Span> = spans.into_inner().into_iter().filter(|span| span.state == State::Lost).collect();
    assert!(lost.len() == 1 && lost[0].worker == 1, "{lost:?}");
    assert_eq!((report.tasks.done, report.tasks.abandoned), (19, 1), "{:?}", report.tasks);
    assert!(
        report.notes.iter().any(|note| note.contains("worker 1") && note.contains("SIGKILL")),
        "{:?}",
        report.notes
    );
    none_is_left(&marked);
    true
}

fn overdue() {
    let marked = Marked::new("");
    let deadline = Duration::from_secs(1);
    let mut runner = runner(PythonOptions { limit: NO_LIMIT, ..marked.options() });
    runner.options().run_deadline = Some(deadline);
    let report = runner.run_lane(&scenario(LONG), Lane::python(Model::Threads), 1, &CancelToken::new(), &|_| {});
    let Ending::Broken(why) = &report.ending else { panic!("{:?}", report.ending) };
    assert!(why.contains("time limit"), "{why}");
    all_accounted_for(&report);
    none_is_left(&marked);
}

fn died() {
    // It says what it is, and then cannot run anything.
    let marked = Marked::new("case \"$*\" in *lanes_run.py*) echo 'out of luck' >&2; kill -9 $$;; esac");
    let mut runner = runner(PythonOptions { limit: NO_LIMIT, ..marked.options() });
    let report = runner.run_lane(&scenario(LONG), Lane::python(Model::Threads), 1, &CancelToken::new(), &|_| {});
    let Ending::Broken(why) = &report.ending else { panic!("{:?}", report.ending) };
    assert!(why.contains("by SIGKILL") && why.contains("out of luck"), "{why}");
    all_accounted_for(&report);
}
