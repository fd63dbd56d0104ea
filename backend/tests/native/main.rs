//! The native lanes and their pool of processes, with everything that can happen to a process.
//!
//! This binary is three programs: the tests, the worker of `lanes`, and a worker that misbehaves on request. `cargo
//! test -p lanes-backend --test native -- --ignored` runs the long versions, which print their figures.

mod agreement;
mod contract;
mod data;
mod kills;
mod limits;
mod orphans;
mod requests;
mod rogue;
mod rogues;
mod soak;

use std::process::ExitCode;

use lanes_backend::pool::{ServeError, WorkerCommand};
use libtest_mimic::{Arguments, Trial};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().collect();
    match arguments.get(1).map(String::as_str) {
        Some("worker") => end(lanes_backend::worker::main()),
        Some("rogue") => end(rogue::main(&arguments[2])),
        Some("parent") => {
            orphans::parent();
            ExitCode::SUCCESS
        }
        _ => {
            let mut trials = agreement::trials();
            trials.extend(contract::trials());
            trials.extend(data::trials());
            trials.extend(kills::trials());
            trials.extend(limits::trials());
            trials.extend(orphans::trials());
            trials.extend(requests::trials());
            trials.extend(rogues::trials());
            trials.extend(soak::trials());
            libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
        }
    }
}

fn end(over: Result<(), ServeError>) -> ExitCode {
    match over {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("{why}");
            ExitCode::FAILURE
        }
    }
}

/// A test that panics when it fails.
fn trial(name: &'static str, test: fn()) -> Trial {
    Trial::test(name, move || {
        test();
        Ok(())
    })
}

/// This binary as a worker.
fn worker(arguments: &[&str]) -> WorkerCommand {
    WorkerCommand::new(std::env::current_exe().expect("a test knows its own program"), arguments)
}

/// Whether a process runs: a zombie, which has ended and was not waited for, does not.
fn is_alive(process: u32) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    // The state stands behind the name, which is in brackets and may hold anything.
    stat.rsplit_once(')').is_some_and(|(_, rest)| !rest.trim_start().starts_with(['Z', 'X']))
}

/// Whether a process is still in the process table, as a zombie too.
fn is_there(process: u32) -> bool {
    std::path::Path::new(&format!("/proc/{process}")).exists()
}
