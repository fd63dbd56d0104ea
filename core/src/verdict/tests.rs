//! Verdicts over made-up results. A lane is written as
//! `native/async 52 53.5 52 wait=3000 compute=20 lock=0 !failed`: wall times and states in milliseconds.

use expect_test::{Expect, expect};

use super::*;
use crate::{
    report::{Ending, GilSeen, RunReport, TaskCounts},
    scenario::{Compute, Group, Kernel, Model, Step},
    trace::{Counter, State, Tally},
};

pub(super) const TASKS: u32 = 60;

pub(super) fn scenario() -> Scenario {
    Scenario { groups: vec![Group { tasks: TASKS, ..Group::default() }], ..Scenario::default() }
}

fn ns(ms: &str) -> u64 {
    (ms.parse::<f64>().expect("milliseconds") * 1e6) as u64
}

pub(super) fn lane(text: &str) -> LaneResult {
    let mut words = text.split_whitespace();
    let mut lane: Lane = words.next().and_then(|word| word.parse().ok()).expect("a lane first");
    let mut tally = Tally::new(0);
    let mut walls = Vec::new();
    let mut ending = Ending::Complete;
    let mut tasks = TaskCounts { done: TASKS.into(), ..TaskCounts::default() };
    let mut counter = None;
    tally.checksum = 7;
    for word in words {
        match word.split_once('=').unwrap_or((word, "")) {
            ("wait", ms) => tally.add_state(State::WaitIo, ns(ms)),
            ("compute", ms) => tally.add_state(State::Compute, ns(ms)),
            ("cpu", ms) => tally.processor_ns = Some(ns(ms)),
            ("memory", mb) => tally.peak_rss_bytes = Some(ns(mb)),
            ("start", ms) => {
                tally.ready_ns = ns(ms);
                tally.add_state(State::StartUp, ns(ms));
            }
            ("lock", ms) => tally.add_state(State::WaitLock, ns(ms)),
            ("queued", ms) => tally.add_state(State::Queued, ns(ms)),
            ("late", ms) => tally.loop_lag.record(ns(ms)),
            ("behind", tasks) => {
                (tally.arrived, tally.behind) = (TASKS.into(), tasks.parse().expect("a number"));
            }
            ("transfer", ms) => tally.add_state(State::Transfer, ns(ms)),
            ("serialise", ms) => tally.add_state(State::Serialise, ns(ms)),
            ("data", bytes) => tally.bytes_in = bytes.parse().expect("a number"),
            ("refused", times) => {
                let times = times.parse().expect("a number");
                (tally.met.refusals, tally.met.retries) = (times, times);
            }
            ("sum", sum) => tally.checksum = sum.parse().expect("a number"),
            ("workers", workers) => lane.settings.workers = Some(workers.parse().expect("a number")),
            ("slots", slots) => lane.settings.concurrency = Some(slots.parse().expect("a number")),
            ("lost", lost) => {
                let lost: u64 = lost.parse().expect("a number");
                counter = Some(Counter { expected: 1000, observed: 1000 - lost });
            }
            ("!failed", _) => tasks = TaskCounts { done: u64::from(TASKS) - 2, failed: 2, ..TaskCounts::default() },
            ("!short", _) => tasks.done -= 1,
            ("!cancelled", _) => ending = Ending::Cancelled,
            ("!broken", _) => ending = Ending::Broken("there is no such thing here".into()),
            (ms, _) => walls.push(ns(ms)),
        }
    }
    let run = |wall_ns: &u64| RunReport {
        lane,
        ending: ending.clone(),
        wall_ns: *wall_ns,
        tasks,
        workers: vec![tally.clone()],
        dropped: 0,
        counter,
        clock_resolution_ns: 100,
        notes: Vec::new(),
        gil: match (lane.place, lane.model) {
            (_, Model::Gil) => Some(GilSeen::Recorded),
            (Place::Python, Model::Threads) => Some(GilSeen::Inferred { steps: 1, exact: 1 }),
            _ => None,
        },
        broke_at: None,
    };
    LaneResult::new(lane, &[], &walls.iter().map(run).collect::<Vec<_>>())
}

fn lanes(text: &str) -> Vec<LaneResult> {
    text.lines().map(str::trim).filter(|line| !line.is_empty()).map(lane).collect()
}

pub(super) fn judge(text: &str) -> Verdict {
    verdict(&scenario(), &lanes(text))
}

/// The verdict in a few lines.
fn check(text: &str, expected: &Expect) {
    let verdict = judge(text);
    let ids = |lanes: &[Lane]| lanes.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ");
    let mut lines = vec![format!("{:?} {}/{}", verdict.kind, verdict.waiting_percent, verdict.computing_percent)];
    for (who, taken) in std::iter::once(("overall".to_owned(), verdict.overall.as_ref()))
        .chain(verdict.per_place.iter().map(|taken| (taken.place.id().to_owned(), Some(taken))))
    {
        lines.push(match taken {
            Some(taken) => format!("{who}: {} {} [{}]", taken.lane, taken.rule.id(), ids(&taken.ties)),
            None => format!("{who}: none"),
        });
    }
    lines.extend(verdict.excluded.iter().map(|excluded| format!("not {}: {}", excluded.lane, excluded.reason)));
    lines.push(verdict.sentence);
    expected.assert_eq(&lines.join("\n"));
}

#[test]
fn what_cpython_cannot_do_is_not_ranked_where_threads_share_its_lock() {
    let step = |kernel: Kernel| Step::Compute(Compute { kernel, holds_lock: Some(0.3), ..Compute::default() });
    let of = |kernel| {
        let group = Group { tasks: TASKS, steps: vec![step(kernel)], ..Group::default() };
        let scenario = Scenario { groups: vec![group], ..Scenario::default() };
        let lanes = lanes(
            "python/sequential 400 401 402 compute=400
             python/threads 390 391 392 compute=400
             python3.13t/threads 220 221 222 compute=400
             python/processes 210 211 212 compute=400",
        );
        verdict(&scenario, &lanes).excluded
    };
    assert_eq!(of(Kernel::Sha256), []);
    let [only] = &of(Kernel::Primes)[..] else { panic!("one lane: {:?}", of(Kernel::Primes)) };
    assert_eq!(only.lane.to_string(), "python/threads");
    assert!(
        only.reason.starts_with("held the lock for all of Primes, where the scenario says 30 %"),
        "{}",
        only.reason
    );
}

/// Its threads are stacks, and yet keep the rules of CPython's: whoever waits in them is told so.
#[test]
fn threads_of_the_pages_cpython_are_recommended_and_a_modelled_lock_is_not() {
    let taken = |text: &str| judge(text).overall.expect("one is taken").lane.to_string();
    let blocking = "pyodide/sequential 2500 2501 2502 wait=2490
        pyodide/threads 420 421 422 wait=2490
        pyodide/processes 2400 2401 2402 wait=2490";
    assert_eq!(taken(blocking), "pyodide/threads");
    assert_eq!(taken(&blocking.replace("pyodide", "native").replace("threads", "gil")), "native/processes");
}

#[test]
fn waiting() {
    check(
        "native/sequential 3020 3030 3025 wait=3000 compute=20
         native/async 52 53 52.5
         native/threads 384 386 385
         native/hybrid 60 61 60.5",
        &expect![[r#"
            IoBound 99/1
            overall: native/async overlap-the-waiting []
            native: native/async overlap-the-waiting []
            This job waits (>99 % of its work): overlap the waiting on one event loop, native/async, which took 52.5 ms, 57.6× as fast as one task after another."#]],
    );
}

#[test]
fn waiting_with_a_thread_for_each() {
    check(
        "native/sequential 800 801 802 wait=799 compute=1
         native/async 51 51.2 51.4
         native/threads 51.3 51.5 51.1",
        &expect![[r#"
            IoBound 100/0
            overall: native/async overlap-the-waiting [native/threads]
            native: native/async overlap-the-waiting [native/threads]
            This job waits (>99 % of its work): overlap the waiting on one event loop, native/async, which took 51.2 ms, 15.6× as fast as one task after another; native/threads ties with it."#]],
    );
}

#[test]
fn waiting_where_threads_are_faster() {
    check(
        "native/sequential 800 801 802 wait=799 compute=1
         native/async 80 81 82
         native/threads 51.3 51.5 51.1",
        &expect![[r#"
            IoBound 100/0
            overall: native/threads a-thread-for-each-wait []
            native: native/threads a-thread-for-each-wait []
            This job waits (>99 % of its work): give each wait a thread, native/threads, which took 51.3 ms, 15.6× as fast as one task after another."#]],
    );
}

#[test]
fn computing() {
    check(
        "native/sequential 400 401 402 compute=400
         native/async 401 402 403
         native/threads 201 202 203
         native/gil 400 404 408 compute=400 lock=380
         native/processes 215 216 217",
        &expect![[r#"
            CpuBound 0/100
            overall: native/threads use-every-core []
            native: native/threads use-every-core []
            This job computes (100 % of its work): use every core, native/threads, which took 202 ms, 1.99× as fast as one task after another."#]],
    );
}

#[test]
fn computing_where_processes_tie() {
    check(
        "native/sequential 4000 4010 4020 compute=4000
         native/threads 2010 2020 2030
         native/processes 2000 2015 2005
         native/hybrid 2011 2020 2031",
        &expect![[r#"
            CpuBound 0/100
            overall: native/threads use-every-core [native/processes native/hybrid]
            native: native/threads use-every-core [native/processes native/hybrid]
            This job computes (100 % of its work): use every core, native/threads, which took 2.02 s, 1.99× as fast as one task after another; native/processes and native/hybrid tie with it."#]],
    );
}

#[test]
fn computing_in_python() {
    check(
        "python/sequential 4000 4010 4020 compute=4000
         python/threads 4100 4120 4110 compute=4050 lock=4000
         python/processes 2100 2115 2105",
        &expect![[r#"
            CpuBound 0/100
            overall: python/processes around-the-lock []
            python: python/processes around-the-lock []
            This job computes (100 % of its work): go around the interpreter lock, python/processes, which took 2.10 s, 1.90× as fast as one task after another."#]],
    );
}

#[test]
fn mixed() {
    check(
        "native/sequential 4000 4010 4020 wait=2400 compute=1600
         native/async 1640 1650 1645
         native/threads 1100 1110 1105
         native/gil 1700 1710 1705 lock=900
         native/hybrid 850 860 855",
        &expect![[r#"
            Mixed 60/40
            overall: native/hybrid wait-together-compute-apart []
            native: native/hybrid wait-together-compute-apart []
            This job waits (60 %) and computes (40 %): wait on one event loop and compute on a pool, native/hybrid, which took 855 ms, 4.69× as fast as one task after another."#]],
    );
}

#[test]
fn mixed_where_workers_do_both() {
    check(
        "native/sequential 1000 1005 1003 wait=500 compute=500
         native/threads 260 261 262
         native/hybrid 300 301 302",
        &expect![[r#"
            Mixed 50/50
            overall: native/threads workers-do-both []
            native: native/threads workers-do-both []
            This job waits (50 %) and computes (50 %): let several workers wait and compute side by side, native/threads, which took 261 ms, 3.84× as fast as one task after another."#]],
    );
}

#[test]
fn too_small() {
    check(
        "native/sequential 1.2 1.3 1.25 compute=1.2
         native/threads 0.8 0.9 0.85
         native/processes 31 32 33",
        &expect![[r#"
            TooSmall 0/100
            overall: native/sequential too-small-to-matter [native/threads]
            native: native/sequential too-small-to-matter [native/threads]
            Too small to matter: the whole job takes 1.25 ms one task after another, so take the simplest, native/sequential."#]],
    );
}

#[test]
fn within_the_noise() {
    check(
        "native/sequential 100 180 60 compute=100
         native/threads 90 50 130",
        &expect![[r#"
            Noisy 0/100
            overall: native/sequential noisy [native/threads]
            native: native/sequential noisy [native/threads]
            Noisy: one and the same lane took 50.0 ms to 130 ms (native/threads), so it cannot be told whether the lanes, whose medians lie 11 % apart, differ at all. Measure again with less running beside it and with more repeats; so far nothing speaks for any other than the simplest, native/sequential."#]],
    );
}

#[test]
fn a_noisy_lane_is_no_better_for_being_simple() {
    check(
        "native/sequential 100 180 60 compute=100
         native/async 99 100 101
         native/threads 50 51 52",
        &expect![[r#"
            CpuBound 0/100
            overall: native/threads use-every-core [native/sequential]
            native: native/threads use-every-core [native/sequential]
            This job computes (100 % of its work): use every core, native/threads, which took 51.0 ms; the repeats of native/sequential differ too much to tell."#]],
    );
}

#[test]
fn nothing_beats_sequential() {
    check(
        "native/sequential 100 101 102 compute=100
         native/threads 100 101 101
         native/processes 150 151 152",
        &expect![[r#"
            CpuBound 0/100
            overall: native/sequential keep-it-simple [native/threads]
            native: native/sequential keep-it-simple [native/threads]
            This job computes (100 % of its work): nothing beats one task after another here, so stay with native/sequential (101 ms); native/threads ties with it."#]],
    );
}

#[test]
fn a_wrong_answer_is_not_ranked() {
    check(
        "native/sequential 400 401 402 compute=400
         native/threads 201 202 203
         native/processes 20 21 22 sum=8",
        &expect![[r#"
            CpuBound 0/100
            overall: native/threads use-every-core []
            native: native/threads use-every-core []
            not native/processes: came to another answer than the other lanes
            This job computes (100 % of its work): use every core, native/threads, which took 202 ms, 1.99× as fast as one task after another."#]],
    );
}

#[test]
fn failures_cancelled_broken_short_and_lost_updates_are_not_ranked() {
    check(
        "native/sequential 400 401 402 compute=400
         native/async 10 11 12 !failed
         native/threads 10 11 12 lost=12
         native/gil 10 11 12 !cancelled
         native/processes 10 11 12 !broken
         native/hybrid 10 11 12 !short",
        &expect![[r#"
            CpuBound 0/100
            overall: native/sequential nothing-to-compare []
            native: native/sequential nothing-to-compare []
            not native/async: failed 2 of 60 tasks
            not native/threads: lost 12 updates of the shared counter, so its count is wrong
            not native/gil: was cancelled
            not native/processes: did not run to its end: there is no such thing here
            not native/hybrid: did only 59 of 60 tasks
            native/threads lost 12 of 1000 updates of the shared counter: unguarded increments overwrite each other wherever threads interleave, so guard them with a lock or an atomic, however fast it is without. Only native/sequential can be judged (401 ms): no other lane did the whole job and came to the same answer."#]],
    );
}

#[test]
fn two_answers_and_no_majority() {
    check(
        "native/sequential 400 401 402 compute=400
         native/threads 201 202 203 sum=8",
        &expect![[r#"
            CpuBound 0/100
            overall: none
            not native/sequential: cannot be checked: the lanes disagree, and no answer has a majority
            not native/threads: cannot be checked: the lanes disagree, and no answer has a majority
            No lane can be recommended: none did the whole job and came to an answer that the others confirm."#]],
    );
}

#[test]
fn one_lane() {
    check(
        "browser/async 52 53 54 wait=3000 compute=1",
        &expect![[r#"
        IoBound 100/0
        overall: browser/async nothing-to-compare []
        browser: browser/async nothing-to-compare []
        Only browser/async can be judged (53.0 ms): run another lane to compare it with."#]],
    );
}

#[test]
fn nothing_to_rank() {
    check(
        "browser/gil 52 53 54 compute=50",
        &expect![[r#"
        CpuBound 0/100
        overall: none
        No lane can be recommended: what ran is a model, there to explain CPython."#]],
    );
    check(
        "",
        &expect![[r#"
        Unknown 0/0
        overall: none
        There is nothing to judge yet: no lane has run."#]],
    );
}

#[test]
fn browser_lanes_of_one_repeat() {
    check(
        "browser/sequential 720 wait=650 compute=70
         browser/async 110
         browser/threads 190
         browser/hybrid 104",
        &expect![[r#"
            IoBound 90/10
            overall: browser/async overlap-the-waiting [browser/hybrid]
            browser: browser/async overlap-the-waiting [browser/hybrid]
            This job waits (90 % of its work): overlap the waiting on one event loop, browser/async, which took 110 ms, 6.55× as fast as one task after another; browser/hybrid ties with it."#]],
    );
}

#[test]
fn no_sequential_lane() {
    check(
        "native/threads 201 202 203 compute=400 wait=1
         native/processes 250 251 252",
        &expect![[r#"
            CpuBound 0/100
            overall: native/threads use-every-core []
            native: native/threads use-every-core []
            This job computes (>99 % of its work): use every core, native/threads, which took 202 ms."#]],
    );
}

#[test]
fn two_places() {
    check(
        "browser/sequential 400 401 402 compute=400
         browser/threads 210 211 212
         native/sequential 200 201 202 compute=200
         native/threads 101 102 103",
        &expect![[r#"
            CpuBound 0/100
            overall: browser/threads use-every-core []
            browser: browser/threads use-every-core []
            native: native/threads use-every-core []
            This job computes (100 % of its work): use every core, browser/threads, which took 211 ms, 1.90× as fast as one task after another. Natively it computes (100 % of its work): native/threads, 102 ms."#]],
    );
}

#[test]
fn nothing_was_seen() {
    check(
        "native/sequential 400 401 402
         native/threads 201 202 203",
        &expect![[r#"
            Unknown 0/0
            overall: native/threads as-measured []
            native: native/threads as-measured []
            What this job does was not seen: as measured, take native/threads, which took 202 ms, 1.99× as fast as one task after another."#]],
    );
}

#[test]
fn a_lane_that_does_not_keep_up_with_what_comes_is_named() {
    let lanes = [
        lane("native/sequential 1200 1210 1205 wait=1200 behind=32"),
        lane("native/async 610 612 611 wait=3000 behind=0"),
        lane("native/threads 640 641 640 wait=3000 behind=2"),
    ];
    let evidence = verdict(&scenario(), &lanes).evidence.join("\n");
    assert!(
        evidence.contains("native/sequential fell behind: 32 of 60 tasks were still waiting when the last was due."),
        "{evidence}"
    );
    assert!(!evidence.contains("async fell") && !evidence.contains("threads fell"), "{evidence}");
}

#[test]
fn tasks_that_wait_for_a_stage_do_not_wait_for_a_worker() {
    let group =
        |name: &str, after: &str| Group { name: name.into(), after: after.into(), tasks: 4, ..Group::default() };
    let staged = Scenario { groups: vec![group("a", ""), group("b", "a")], workers: 4, ..Scenario::default() };
    let together = Scenario { groups: vec![group("a", ""), group("b", "")], ..staged.clone() };
    let lanes = [lane("native/sequential 480 wait=480"), lane("native/threads 120 wait=475")];
    assert_eq!(verdict(&staged, &lanes).limits, []);
    assert_eq!(verdict(&together, &lanes).limits.len(), 1);
}
