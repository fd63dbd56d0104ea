//! The lanes of CPython: interpreters good and bad, answers that agree, spans that make sense, and every way to end.
//!
//! This binary is two programs: the tests, and a parent that is killed in one of them. Where there is no Python, there
//! is nothing to be tested but the search for it.

mod advices;
mod contract;
mod data;
mod endings;
mod interpreters;
mod jobs;
mod looks;
mod marked;
mod requests;
mod unwatched;
mod verdicts;

use std::process::ExitCode;

use lanes_backend::{
    python,
    runner::{Options, PythonOptions, Runner},
};
use lanes_core::scenario::ValidScenario;
use libtest_mimic::{Arguments, Trial};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().collect();
    if arguments.get(1).is_some_and(|first| first == "parent") {
        endings::parent(arguments[2].as_ref());
        return ExitCode::SUCCESS;
    }
    let mut trials = interpreters::trials();
    trials.extend(verdicts::trials());
    trials.extend(advices::trials());
    if python::find(&[]).iter().any(|candidate| candidate.python.is_ok()) {
        trials.extend(contract::trials());
        trials.extend(data::trials());
        trials.extend(jobs::trials());
        trials.extend(looks::trials());
        trials.extend(endings::trials());
        trials.extend(requests::trials());
        trials.extend(unwatched::trials());
    }
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}

/// A test that panics when it fails.
fn trial(name: &'static str, test: fn()) -> Trial {
    Trial::test(name, move || {
        test();
        Ok(())
    })
}

fn scenario(json: &str) -> ValidScenario {
    ValidScenario::from_json(json).expect("valid")
}

/// A runner whose Python lanes are told this.
fn runner(options: PythonOptions) -> Runner {
    // Whatever hangs does not hang for ever.
    let run_deadline = Some(std::time::Duration::from_secs(120));
    Runner::new(Options { python: options, run_deadline, ..Options::default() })
}
