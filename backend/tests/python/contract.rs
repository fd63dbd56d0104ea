//! The lanes of CPython against the table of cases that every lane of every place has to pass.
//!
//! Not every case: addresses need packages that not every Python has (`requests.rs` here asks them), and the loop that
//! computes would take minutes in Python (`what_a_busy_loop_keeps_waiting_is_queued` has a smaller one).

use std::{io::Write, time::Duration};

use lanes_backend::runner::{CancelToken, PythonOptions, Runner};
use lanes_core::{
    report::RunReport,
    run::contract::{Also, Case, Observed, cases},
    scenario::{Lane, Model},
};
use libtest_mimic::Trial;

use crate::{runner, trial};

const MODELS: [Model; 5] = [Model::Sequential, Model::Async, Model::Threads, Model::Processes, Model::Hybrid];

pub fn trials() -> Vec<Trial> {
    vec![trial("every_lane_keeps_the_contract", contract)]
}

fn contract() {
    // What is cancelled would take hours, and is not to be refused for it.
    let mut runner = runner(PythonOptions { limit: Duration::from_secs(1_000_000), ..PythonOptions::default() });
    let mut faults = Vec::new();
    for case in cases().iter().filter(|case| is_asked(case)) {
        let file = case.file.as_deref().map(temporary);
        runner.options().file = file.as_ref().map(|file| file.path().to_owned());
        for model in MODELS {
            let report = run(&mut runner, case, model);
            let found = case.faults(model, &Observed::from(&report));
            faults.extend(found.into_iter().map(|fault| format!("{fault}; {:?}", report.notes)));
        }
    }
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
}

fn is_asked(case: &Case) -> bool {
    !case.valid().wants_addresses() && case.also != Also::LateLoop
}

fn temporary(bytes: &[u8]) -> tempfile::NamedTempFile {
    let mut file = tempfile::NamedTempFile::new().expect("a temporary file");
    file.write_all(bytes).expect("room for it");
    file
}

/// Runs a case; one that is to be cancelled is cancelled when its clock has been seen to run.
fn run(runner: &mut Runner, case: &Case, model: Model) -> RunReport {
    let cancel = CancelToken::new();
    runner.run_lane(&case.valid(), Lane::python(model), 1, &cancel, &|frame| {
        // Another number is that of the trial of its kernels.
        if case.cancelled && frame.run == 1 && frame.now_ns > 0 {
            cancel.cancel();
        }
    })
}
