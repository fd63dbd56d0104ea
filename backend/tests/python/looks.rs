//! The lock of CPython seen from outside, beside what its threads' own clocks say.

use lanes_backend::runner::{CancelToken, PythonOptions};
use lanes_core::{
    gil_use::{GilSeen, GilUse},
    report::{Ending, RunReport},
    scenario::{Lane, Model},
};
use libtest_mimic::Trial;

use crate::{runner, scenario, trial};

pub fn trials() -> Vec<Trial> {
    vec![trial("waits_for_the_lock_are_seen_from_outside_and_inferred_beside_it", seen_and_inferred)]
}

/// A run of threads that compute, half a second at the least.
fn run(options: PythonOptions) -> RunReport {
    let job = scenario(
        r#"{"lanes_scenario":1,"workers":2,"groups":[{"tasks":24,"steps":[{"compute":{"kernel":"primes","size":200000}}]}]}"#,
    );
    let report = runner(options).run_lane(&job, Lane::python(Model::Threads), 1, &CancelToken::new(), &|_| {});
    assert_eq!(report.ending, Ending::Complete, "{:?}", report.notes);
    report
}

fn seen_and_inferred() {
    let report = run(PythonOptions::default());
    let used = GilUse::of(&report).expect("a lock");
    // On other systems, and where whoever looks gets no processor for too long, the clocks alone say it.
    if used.seen == GilSeen::Sampled {
        let inferred: u64 = used.inferred_waits_ns.as_ref().expect("beside it").iter().sum();
        let seen = used.total().waits_ns;
        // One of two computes at a time: each waits for about half of the time, a part of it between two steps.
        assert!(seen > inferred * 7 / 10 && seen > report.wall_ns / 4, "{seen} seen, {inferred} inferred, {used:?}");
        assert!(seen < report.wall_ns * 3 / 2, "{seen} seen in {}", report.wall_ns);
        assert!(report.notes.iter().any(|note| note.contains("looked at from outside")), "{:?}", report.notes);
    } else {
        assert!(matches!(used.seen, GilSeen::Inferred { .. }) && used.inferred_waits_ns.is_none(), "{used:?}");
    }
    let alone = GilUse::of(&run(PythonOptions { sampling: false, ..PythonOptions::default() })).expect("a lock");
    assert!(matches!(alone.seen, GilSeen::Inferred { .. }), "{alone:?}");
    assert!(alone.total().waits_ns > report.wall_ns / 5, "{alone:?}");
}
