//! What each experiment claims, measured: a test for every one, of its name.
//!
//! Nothing is said of absolute times. A picture is an order or a ratio of lanes of one session, and noise can only hide it, not
//! make it: a run that is disturbed takes longer, so the fastest run of each lane is what counts, and there are more rounds
//! until the picture shows (`picture.rs`). Where there is something to count, it is counted: who computed at once, what was
//! lost, refused or sent. That two cores are faster than one shows only where they are free: a gain is not judged while other
//! programs have a tenth of the machine, but that tasks computed at once is.
//!
//! This binary is also the worker process that its tests start.

mod computing;
mod picture;
mod processes;
mod waiting;

use std::process::ExitCode;

use lanes_core::experiments;
use libtest_mimic::{Arguments, Trial};

fn main() -> ExitCode {
    if std::env::args().nth(1).is_some_and(|first| first == "worker") {
        return match lanes_backend::worker::main() {
            Ok(()) => ExitCode::SUCCESS,
            Err(why) => {
                eprintln!("{why}");
                ExitCode::FAILURE
            }
        };
    }
    let claims = || waiting::CLAIMS.iter().chain(&computing::CLAIMS).chain(&processes::CLAIMS);
    let mut trials = vec![trial("every_experiment_has_a_test", move || {
        let mut tested: Vec<&str> = claims().map(|(id, _)| *id).collect();
        let mut wanted: Vec<&str> = experiments::all().map(|experiment| experiment.id).collect();
        tested.sort_unstable();
        wanted.sort_unstable();
        assert_eq!(tested, wanted);
    })];
    for (id, test) in claims() {
        trials.push(trial(&id.replace('-', "_"), *test));
    }
    let mut arguments = Arguments::from_args();
    // Experiments that ran beside each other would measure each other.
    arguments.test_threads = Some(1);
    libtest_mimic::run(&arguments, trials).exit_code()
}

/// A test that panics when it fails.
fn trial(name: &str, test: impl FnOnce() + Send + 'static) -> Trial {
    Trial::test(name, move || {
        test();
        Ok(())
    })
}
