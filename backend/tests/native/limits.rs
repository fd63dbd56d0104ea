//! A server that has limits is one server, whoever asks it: what it delays, refuses and fails in every lane.

use lanes_backend::runner::{CancelToken, Options, Runner};
use lanes_core::{
    report::{Ending, RunReport},
    scenario::{Lane, Model},
};
use libtest_mimic::Trial;

use crate::{
    agreement::{runner, scenario},
    trial,
};

const MS: u64 = 1_000_000;

pub fn trials() -> Vec<Trial> {
    vec![
        trial("a_full_server_is_one_for_all_lanes", capacity),
        trial("what_is_refused_or_fails_is_asked_again", retries),
        trial("out_of_retries_a_task_fails_with_a_sentence", given_up),
    ]
}

fn all_lanes(runner: &mut Runner, json: &str) -> Vec<RunReport> {
    let scenario = scenario(json);
    let run = |model| runner.run_lane(&scenario, Lane::native(model), 1, &CancelToken::new(), &|_| {});
    Model::ALL.map(run).to_vec()
}

/// 24 answers of 20 ms, two at a time, take 240 ms: in a lane whose workers met a server each they would take a fourth of it.
fn capacity() {
    let reports = all_lanes(&mut runner(|_: &mut Options| {}), {
        r#"{"lanes_scenario":2,"workers":8,"concurrency":24,"server":{"capacity":2},
            "groups":[{"tasks":24,"steps":[{"fetch":{"latency_ms":20,"bytes":64}}]}]}"#
    });
    for report in &reports {
        assert_eq!((&report.ending, report.tasks.done), (&Ending::Complete, 24), "{report:?}");
        assert_eq!(report.checksum(), reports[0].checksum());
        assert!(report.wall_ns >= 240 * MS, "{}: {} ms", report.lane, report.wall_ns / MS);
        assert_eq!(report.total().met.refusals, 0);
    }
}

/// Errors are dealt to tasks and attempts, so every lane meets the same; refusals depend on who asks when.
fn retries() {
    let reports = all_lanes(&mut runner(|_: &mut Options| {}), {
        r#"{"lanes_scenario":2,"workers":3,"concurrency":3,"server":{"capacity":1,"full":"refuse","errors":0.3},
            "groups":[{"tasks":12,"steps":[{"fetch":{"latency_ms":10,"bytes":64,"retries":10,"backoff_ms":4}}]}]}"#
    });
    let errors = reports[0].total().met.errors;
    assert!(errors > 0);
    for report in &reports {
        assert_eq!((&report.ending, report.tasks.done), (&Ending::Complete, 12), "{report:?}");
        assert_eq!(report.checksum(), reports[0].checksum());
        let met = report.total().met;
        // A refusal takes an attempt away from what the errors are dealt to.
        assert_eq!(met.retries, met.refusals + met.errors, "{}: {met:?}", report.lane);
        assert!(met.backed_off_ns >= met.retries * 4 * MS);
        match report.lane.model {
            Model::Sequential => assert_eq!((met.refusals, met.errors), (0, errors)),
            _ => assert!(met.refusals > 0, "{}: several at once met a free server", report.lane),
        }
    }
}

fn given_up() {
    let reports = all_lanes(&mut runner(|_: &mut Options| {}), {
        r#"{"lanes_scenario":2,"workers":2,"concurrency":2,"server":{"errors":1},
            "groups":[{"tasks":4,"steps":[{"fetch":{"latency_ms":1,"retries":2,"backoff_ms":1}}]}]}"#
    });
    for report in reports {
        let total = report.total();
        assert_eq!((report.tasks.failed, total.met.errors, total.met.retries), (4, 12, 8), "{}", report.lane);
        let why = &total.failures[0].why;
        assert!(why.contains("answered 500") && why.contains("attempt 3 of 3"), "{why}");
    }
}
