//! Decisions that were once wrong: causes that nobody measured, languages that were mixed, updates that were lost.

use super::{
    tests::{judge, scenario},
    *,
};

fn has(texts: &[String], part: &str) -> bool {
    texts.iter().any(|text| text.contains(part))
}

#[test]
fn a_lost_update_is_the_sentence() {
    let verdict = judge(
        "native/sequential 100 180 60 compute=100
         native/threads 90 50 130 lost=400
         native/processes 95 60 140",
    );
    assert!(
        verdict.sentence.starts_with("native/threads lost 400 of 1000 updates of the shared counter: "),
        "{}",
        verdict.sentence
    );
    assert!(!verdict.sentence.contains("nothing speaks against"), "{}", verdict.sentence);
    assert!(verdict.would_change[0].contains("\"lock\" or \"atomic\""), "{:?}", verdict.would_change);
}

#[test]
fn the_lock_is_the_cause_only_where_threads_waited_for_it() {
    let rule = |threads: &str| {
        let lanes = format!(
            "python/sequential 4000 4010 4020 compute=4000
             python/threads {threads}
             python/processes 2100 2115 2105"
        );
        judge(&lanes).overall.expect("a lane").rule
    };
    assert_eq!(rule("4100 4120 4110 compute=4050 lock=4000"), Rule::AroundTheLock);
    assert_eq!(rule("3100 3120 3110 compute=100 lock=20"), Rule::UseEveryCore, "as sha256, whose lock is free");
    let without = judge("python/sequential 4000 4010 4020 compute=4000\npython/processes 2100 2115 2105");
    assert_eq!(without.overall.expect("a lane").rule, Rule::UseEveryCore, "no lane was seen to wait for it");
}

#[test]
fn a_loop_that_computes_all_the_time_is_not_said_to_wait() {
    let verdict = judge(
        "python/sequential 55000 55010 55020 wait=50000 compute=5000
         python/async 5510 5520 5515 wait=50000 compute=4970 queued=200000 late=900
         python/threads 9000 9010 9020 wait=20000 compute=5100",
    );
    let taken = verdict.overall.expect("a lane");
    assert_eq!((taken.lane.to_string().as_str(), taken.rule), ("python/async", Rule::OverlapUntilTheLoopIsBusy));
    assert!(!taken.why.contains("waiting needs no core"), "{}", taken.why);
    assert!(has(&verdict.evidence, "python/async was limited by its event loop, which computed 90 %"));
    assert!(has(&verdict.evidence, "busy for up to 900 ms at a time"), "{:?}", verdict.evidence);
}

#[test]
fn the_shares_of_a_job_do_not_depend_on_the_lanes_that_were_run() {
    let threads = "native/threads 900 901 902 wait=3000 compute=800";
    let on_a_loop = "native/async 400 401 402 wait=3000 compute=300 queued=2500";
    let alone = "native/sequential 3300 3310 3320 wait=3000 compute=300";
    let shares = |lanes: &[&str]| judge(&lanes.join("\n")).waiting_percent;
    assert_eq!(shares(&[alone, on_a_loop, threads]), 91);
    assert_eq!((shares(&[alone, threads]), shares(&[on_a_loop, threads])), (91, 91));
}

#[test]
fn a_native_lane_does_not_take_over_a_question_about_python() {
    let python = "python/sequential 4000 4010 4020 compute=4000
         python/threads 4100 4120 4110 compute=4050 lock=4000
         python/processes 2100 2115 2105";
    let verdict = judge(&format!("native/sequential 40 41 42 compute=40\n{python}"));
    assert_eq!(verdict.ranked_within, Some(Place::Python));
    assert_eq!(verdict.overall.expect("a lane").lane.to_string(), "python/processes");
    assert!(has(&verdict.evidence, "native/sequential is another program there"), "{:?}", verdict.evidence);
    let across = judge("native/threads 40 41 42 compute=40\npython/threads 4100 4120 4110 compute=4000");
    assert_eq!(across.ranked_within, None, "one lane of each place asks for the comparison of places");
    assert_eq!(across.overall.expect("a lane").lane.to_string(), "native/threads");
}

#[test]
fn full_workers_are_the_limit_and_more_of_them_the_advice() {
    let lanes = "native/sequential 3000 3010 3020 wait=3000
         native/async 52 53 52.5 wait=3000
         native/threads 760 761 762 wait=3000";
    let verdict = judge(lanes);
    let limit = |name: &str| verdict.limits.iter().find(|limited| limited.lane.to_string() == name);
    assert_eq!(limit("native/threads").map(|limited| limited.limit), Some(Limit::WorkersFull));
    assert_eq!(limit("native/async"), None, "60 tasks fit into 100 slots");
    assert!(has(&verdict.would_change, "More workers: native/threads had 4 workers"), "{:?}", verdict.would_change);
    assert!(has(&verdict.would_change, "60 in flight"), "{:?}", verdict.would_change);
    let narrow = Scenario { concurrency: 10, ..scenario() };
    let results: Vec<LaneResult> = ["native/async 310 311 312 wait=3000", "native/sequential 3000 3001 3002 wait=3000"]
        .into_iter()
        .map(super::tests::lane)
        .collect();
    let verdict = super::verdict(&narrow, &results);
    assert_eq!(verdict.limits, [Limited { lane: results[0].lane, limit: Limit::SlotsFull }]);
}

#[test]
fn processes_that_lose_because_of_data_say_so() {
    let verdict = judge(
        "native/sequential 400 401 402 compute=400 data=800000000
         native/threads 201 202 203 compute=400 data=800000000
         native/processes 410 411 412 compute=400 serialise=200 transfer=400 data=800000000",
    );
    assert_eq!(verdict.overall.expect("a lane").lane.to_string(), "native/threads");
    let said = "native/processes took 2.03× as long: 60 % of what its processes did was to send 763 MiB that native/threads \
                shares.";
    assert!(verdict.sentence.ends_with(said), "{}", verdict.sentence);
    assert_eq!(verdict.limits.last().map(|limited| limited.limit), Some(Limit::DataSent));
    assert!(has(&verdict.evidence, "200 ms turning them into messages and back, 400 ms under way"));
    // Without data messages are overhead, and no reason to share memory.
    let verdict = judge(
        "native/threads 201 202 203 compute=400
         native/processes 410 411 412 compute=400 serialise=200 transfer=400",
    );
    assert!(!verdict.sentence.contains("to send"), "{}", verdict.sentence);
}

#[test]
fn answers_that_come_later_than_alone_mean_a_full_server() {
    let verdict = judge(
        "native/sequential 3000 3010 3020 wait=3000
         native/async 400 401 402 wait=21000",
    );
    let limits: Vec<Limit> = verdict.limits.iter().map(|limited| limited.limit).collect();
    assert_eq!(limits, [Limit::ServerFull]);
    assert!(has(&verdict.evidence, "7.00× as long as one at a time"), "{:?}", verdict.evidence);
}

#[test]
fn one_cold_run_tells_only_large_differences_apart() {
    let lanes = |hybrid: u32| {
        judge(&format!(
            "browser/sequential 1500 wait=1200 compute=300
             browser/async 120
             browser/hybrid {hybrid}"
        ))
    };
    for hybrid in [100, 140] {
        let verdict = lanes(hybrid);
        let taken = verdict.overall.expect("a lane");
        assert_eq!(taken.lane.to_string(), "browser/async", "the simplest of those that tie: {hybrid}");
        assert_eq!(taken.ties.len(), 1);
        assert!(has(&verdict.evidence, "without a warm-up says nothing of the spread: differences below 25 %"));
    }
    assert_eq!(lanes(60).overall.expect("a lane").lane.to_string(), "browser/hybrid", "half the time is no noise");
}
