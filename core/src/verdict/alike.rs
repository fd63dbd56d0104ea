//! Tasks that fail in every lane alike: lanes are ranked by what they did a second, and failing fast gains nothing.

use super::tests::{TASKS, lane, scenario};
use super::*;

/// A lane in which these tasks failed, and all others came to their answer.
fn failing(text: &str, failed: impl IntoIterator<Item = u32>, sum: u64) -> LaneResult {
    let mut result = lane(text);
    let mut runs = Vec::new();
    let failed: Vec<u32> = failed.into_iter().collect();
    for wall_ns in std::mem::take(&mut result.wall_ns) {
        let mut run = result.shown.clone().expect("it ran");
        run.workers[0].checksum = sum;
        for task in &failed {
            run.workers[0].task_failed(*task, "connection refused".into(), 1000);
        }
        run.tasks.failed = failed.len() as u64;
        run.tasks.done = u64::from(TASKS) - run.tasks.failed;
        runs.push(crate::report::RunReport { wall_ns, ..run });
    }
    LaneResult::new(result.lane, &[], &runs)
}

fn judge(lanes: &[LaneResult]) -> Verdict {
    verdict(&scenario(), lanes)
}

#[test]
fn the_same_failures_in_every_lane_void_nothing() {
    let dead = || (0..TASKS).step_by(5);
    let lanes = [
        failing("native/sequential 3000 3010 3020 wait=3000", dead(), 7),
        failing("native/async 60 61 62 wait=3000", dead(), 7),
        failing("native/threads 400 401 402 wait=3000", dead(), 7),
    ];
    let verdict = judge(&lanes);
    assert_eq!(verdict.excluded, []);
    assert_eq!(verdict.overall.expect("a lane").lane.to_string(), "native/async");
    let said = "In every lane that is ranked the same 12 of 60 tasks failed (the first because: connection refused)";
    assert!(verdict.sentence.contains(said), "{}", verdict.sentence);
    assert!(verdict.evidence.iter().any(|line| line.contains("native/async 787/s")), "{:?}", verdict.evidence);
}

#[test]
fn a_lane_that_fails_more_is_not_ranked_however_fast() {
    let lanes = [
        failing("native/sequential 3000 3010 3020 wait=3000", 0..3, 7),
        failing("native/threads 400 401 402 wait=3000", 0..3, 7),
        failing("native/async 10 11 12 wait=300", 0..55, 9),
    ];
    let verdict = judge(&lanes);
    assert_eq!(verdict.overall.expect("a lane").lane.to_string(), "native/threads");
    let reason = "failed 55 of 60 tasks, more than native/sequential (3), the first because: connection refused";
    assert_eq!(verdict.excluded[0].reason, reason);
    let with_none = [&lanes[1..], &[lane("native/sequential 3000 3010 3020 wait=3000")]].concat();
    assert_eq!(judge(&with_none).excluded.len(), 2, "where a lane did every task, each failure counts");
}

#[test]
fn among_shares_that_do_not_differ_what_was_done_a_second_decides() {
    // A little less time, and fewer tasks done in it: that is not faster.
    let lanes = [
        failing("native/sequential 1000 1001 1002 wait=900", 0..2, 7),
        failing("native/async 996 997 998 wait=900", 40..44, 11),
    ];
    let verdict = judge(&lanes);
    assert_eq!(verdict.excluded, []);
    assert_eq!(verdict.overall.expect("a lane").lane.to_string(), "native/sequential", "done: 58 and 56");
    assert!(verdict.sentence.contains("not always the same ones"), "{}", verdict.sentence);
}

#[test]
fn an_answer_that_differs_though_the_same_tasks_failed_is_wrong() {
    let lanes = [
        failing("native/sequential 300 301 302 compute=300", [4], 7),
        failing("native/threads 100 101 102 compute=300", [4], 8),
        failing("native/async 300 301 303 compute=300", [4], 7),
    ];
    let verdict = judge(&lanes);
    assert_eq!(verdict.excluded.len(), 1);
    assert!(verdict.excluded[0].reason.contains("another answer"), "{}", verdict.excluded[0].reason);
    assert_ne!(verdict.overall.expect("a lane").lane.to_string(), "native/threads");
}

#[test]
fn where_every_task_failed_there_is_nothing_to_rank() {
    let lanes = [failing("native/sequential 300 301 302", 0..TASKS, 0), failing("native/async 1 2 3", 0..TASKS, 0)];
    let verdict = judge(&lanes);
    assert_eq!((verdict.overall, verdict.excluded.len()), (None, 2));
}
