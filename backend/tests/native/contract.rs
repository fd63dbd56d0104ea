//! The native lanes against the table of cases that every lane of every place has to pass.

use std::{
    io::Write,
    sync::{
        Mutex,
        atomic::{AtomicBool, Ordering::SeqCst},
        mpsc::{self, Sender},
    },
    thread,
};

use lanes_backend::runner::{CancelToken, Listener, Runner};
use lanes_core::{
    report::{Ending, RunReport},
    run::contract::{Case, Observed, cases},
    scenario::{Lane, Model},
    wire::Frame,
};
use libtest_mimic::Trial;

use crate::{
    agreement::{runner, scenario},
    trial,
};

pub fn trials() -> Vec<Trial> {
    vec![
        trial("every_native_lane_keeps_the_contract", contract),
        trial("a_file_that_is_cut_short_breaks_the_run_in_every_lane", cut_short),
    ]
}

fn contract() {
    let mut runner = runner(|options| options.allow_private = true);
    let mut faults = Vec::new();
    for case in cases() {
        let file = case.file.as_deref().map(temporary);
        runner.options().file = file.as_ref().map(|file| file.path().to_owned());
        for model in Model::ALL {
            let report = run(&mut runner, &case, model);
            faults.extend(case.faults(model, &Observed::from(&report)));
        }
    }
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
}

fn temporary(bytes: &[u8]) -> tempfile::NamedTempFile {
    let mut file = tempfile::NamedTempFile::new().expect("a temporary file");
    file.write_all(bytes).expect("room for it");
    file
}

/// Runs a case; one that is to be cancelled is cancelled by another thread when its clock has been seen to run.
fn run(runner: &mut Runner, case: &Case, model: Model) -> RunReport {
    let cancel = CancelToken::new();
    let (has_begun, begins) = mpsc::channel();
    thread::scope(|scope| {
        let cancels = case.cancelled.then_some(&cancel);
        scope.spawn(move || {
            // An end of the channel without a word: it was over before its first frame, which the report tells.
            if begins.recv().is_ok()
                && let Some(cancel) = cancels
            {
                cancel.cancel();
            }
        });
        let begin = Begin { has_begun: Mutex::new(Some(has_begun)), is_started: AtomicBool::new(false) };
        runner.run(&case.valid(), Lane::native(model), 1, &cancel, &begin)
    })
}

/// Says once that the run is under way.
struct Begin {
    has_begun: Mutex<Option<Sender<()>>>,
    is_started: AtomicBool,
}

impl Listener for Begin {
    fn started(&self, _: u64, _: u16) {
        self.is_started.store(true, SeqCst);
    }

    fn frame(&self, frame: Frame) {
        if self.is_started.load(SeqCst)
            && frame.now_ns > 0
            && let Some(has_begun) = self.has_begun.lock().expect("nobody panics").take()
        {
            // The run may be over, and nobody cancels it then.
            let _ = has_begun.send(());
        }
    }
}

/// The file is cut to nothing when the run is under way: what was not read before then is not there any more.
fn cut_short() {
    let scenario = scenario(
        r#"{"lanes_scenario":1,"workers":2,"concurrency":2,"chunk":1,"groups":[{"tasks":400,"steps":[
            {"fetch":{"latency_ms":5,"bytes":10}},{"compute":{"kernel":"wordcount","input":"file"}}]}]}"#,
    );
    let mut faults = Vec::new();
    for model in Model::ALL {
        let file = temporary(&b"some words ".repeat(4_000));
        let mut runner = runner(|options| options.file = Some(file.path().to_owned()));
        let report = runner.run_lane(&scenario, Lane::native(model), 1, &CancelToken::new(), &|frame| {
            if frame.now_ns > 0 {
                file.as_file().set_len(0).expect("it is a file of our own");
            }
        });
        let is_told = matches!(&report.ending, Ending::Broken(why) if why.contains("choose it again and run again"));
        if !is_told || report.tasks.total() != 400 {
            faults.push(format!("{}: {:?}, {:?}", model.id(), report.ending, report.tasks));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
