//! Every lane gives the same answer and accounts for every task.

use std::io::Write;

use lanes_backend::runner::{CancelToken, Options, Runner};
use lanes_core::{
    gil_use::GilUse,
    report::{Ending, RunReport, spread_of},
    scenario::{
        Lane, Model, Place, Scenario, ValidScenario,
        presets::{PRESETS, Preset},
    },
    trace::{Span, State},
};
use libtest_mimic::Trial;

use crate::{trial, worker};

pub fn trials() -> Vec<Trial> {
    vec![
        trial("every_preset_has_one_checksum_in_all_lanes", presets),
        trial("a_file_is_shared_out_alike_in_all_lanes", file),
        trial("the_counter_loses_nothing_where_it_is_guarded", counter),
        trial("failures_are_counted_alike_in_all_lanes", failures),
        trial("a_cancel_ends_every_lane_in_under_a_second", cancel),
        trial("a_deadline_ends_a_run", deadline),
        trial("under_the_lock_an_answer_waits_for_whoever_computes", convoy),
        trial("workers_are_kept_unless_each_run_is_to_start_its_own", cold),
        trial("a_session_runs_its_rounds_interleaved", session),
        trial("a_hundred_thousand_tiny_tasks_drop_no_span", no_drops),
    ]
}

pub fn runner(change: impl FnOnce(&mut Options)) -> Runner {
    let mut options = Options { worker_command: Some(worker(&["worker"])), ..Options::default() };
    change(&mut options);
    Runner::new(options)
}

pub fn scenario(json: &str) -> ValidScenario {
    ValidScenario::from_json(json).expect("a valid scenario")
}

/// Runs all native lanes once; each must account for every task.
fn all_lanes(runner: &mut Runner, scenario: &ValidScenario) -> Vec<RunReport> {
    let run = |model| {
        let spans = std::cell::Cell::new(0);
        let count = |frame: lanes_core::wire::Frame| spans.set(spans.get() + frame.spans.len() as u64);
        let report = runner.run_lane(scenario, Lane::native(model), 1, &CancelToken::new(), &count);
        assert_eq!(report.tasks.total(), u64::from(scenario.tasks()), "{model:?} {report:?}");
        assert_eq!(spans.get() + report.dropped, report.total().recorded, "{model:?}: spans in frames");
        report
    };
    Model::ALL.map(run).to_vec()
}

fn assert_agreement(scenario: &ValidScenario, reports: &[RunReport]) {
    for report in reports {
        assert_eq!(report.ending, Ending::Complete, "{}: {report:?}", report.lane);
        assert_eq!(report.tasks.done, u64::from(scenario.tasks()), "{}: {report:?}", report.lane);
        assert_eq!(report.total().checksum, reports[0].total().checksum, "{}", report.lane);
        assert_eq!(report.dropped, 0, "{}", report.lane);
        assert!(report.total().peak_rss_bytes.is_some() || !cfg!(target_os = "linux"));
    }
}

fn presets() {
    let mut runner = runner(|_| {});
    for preset in &PRESETS {
        let scenario = preset.valid();
        assert_agreement(&scenario, &all_lanes(&mut runner, &scenario));
    }
}

fn file() {
    let path = std::env::temp_dir().join(format!("lanes-native-{}.txt", std::process::id()));
    let mut text = std::fs::File::create(&path).expect("a temporary file");
    for line in 0..5_000 {
        writeln!(text, "line {line} of some words").expect("writes");
    }
    drop(text);
    let scenario = scenario(
        r#"{"lanes_scenario":1,"groups":[{"tasks":37,"steps":[{"compute":{"kernel":"wordcount","input":"file"}}]}],
            "workers":3}"#,
    );
    let reports = all_lanes(&mut runner(|options| options.file = Some(path.clone())), &scenario);
    let missing = all_lanes(&mut runner(|_| {}), &scenario);
    std::fs::remove_file(path).expect("it was there");
    assert_agreement(&scenario, &reports);
    assert!(missing.iter().all(|report| matches!(&report.ending, Ending::Broken(why) if why.contains("--file"))));
}

fn counter() {
    for guard in ["lock", "atomic", "gil"] {
        let scenario = scenario(&format!(
            r#"{{"lanes_scenario":1,"groups":[{{"tasks":40,"steps":[{{"bump":{{"times":2000,"guard":"{guard}"}}}}]}}],
                "workers":3}}"#
        ));
        let reports = all_lanes(&mut runner(|_| {}), &scenario);
        assert_agreement(&scenario, &reports);
        for report in reports {
            let counter = report.counter.expect("the scenario bumps");
            assert_eq!(counter.expected, 80_000);
            let observed = if report.lane.model == Model::Processes { 0 } else { 80_000 };
            assert_eq!(counter.observed, observed, "{} {guard}", report.lane);
        }
    }
}

fn failures() {
    let scenario = scenario(
        r#"{"lanes_scenario":1,"groups":[{"tasks":9,"steps":[{"fetch":{"from":["http://127.0.0.1:9/"]}}]}],
            "workers":3}"#,
    );
    for allow_private in [false, true] {
        for report in all_lanes(&mut runner(|options| options.allow_private = allow_private), &scenario) {
            assert_eq!(report.ending, Ending::Complete);
            assert_eq!(report.tasks.failed, 9, "{report:?}");
            let why = &report.total().failures[0].why;
            let expected = if allow_private { "refused" } else { "--allow-private" };
            assert!(why.contains(expected), "{}: {why}", report.lane);
        }
    }
}

fn cancel() {
    let mut runner = runner(|_| {});
    for json in [
        r#"{"lanes_scenario":1,"groups":[{"tasks":500,"steps":[{"compute":{"kernel":"primes","size":20000000}}]}],
            "workers":3}"#,
        r#"{"lanes_scenario":1,"groups":[{"tasks":500,"steps":[{"fetch":{"latency_ms":50000,"blocking":true}}]}],
            "workers":3}"#,
    ] {
        let scenario = scenario(json);
        for model in Model::ALL {
            let cancel = CancelToken::new();
            // Pressed when the first frame tells that the run has begun.
            let pressed = std::cell::Cell::new(None);
            let report = runner.run_lane(&scenario, Lane::native(model), 1, &cancel, &|_| {
                pressed.set(pressed.get().or(Some(std::time::Instant::now())));
                cancel.cancel();
            });
            let took = pressed.get().expect("there was a frame").elapsed();
            assert_eq!(report.ending, Ending::Cancelled, "{model:?}");
            assert_eq!(report.tasks.total(), 500, "{model:?}: {:?}", report.tasks);
            assert!(took.as_millis() < 1000, "{model:?} took {took:?}");
        }
    }
    // And the runner is as good as before.
    let preset = PRESETS[3].valid();
    assert_agreement(&preset, &all_lanes(&mut runner, &preset));
}

fn deadline() {
    let scenario = scenario(
        r#"{"lanes_scenario":1,"groups":[{"tasks":500,"steps":[{"fetch":{"latency_ms":50000}}]}],"workers":2}"#,
    );
    deadline_of_the_scenario();
    let mut runner = runner(|options| options.run_deadline = Some(std::time::Duration::from_millis(100)));
    for report in all_lanes(&mut runner, &scenario) {
        assert!(matches!(&report.ending, Ending::Broken(why) if why.contains("time limit")), "{report:?}");
    }
}

/// What the scenario asks for holds in every lane, and the shorter of two is the one that counts.
fn deadline_of_the_scenario() {
    let scenario = scenario(
        r#"{"lanes_scenario":1,"deadline_s":0.1,"workers":2,"groups":[{"tasks":500,"steps":[{"fetch":{"latency_ms":20}}]}]}"#,
    );
    let mut runner = runner(|options| options.run_deadline = Some(std::time::Duration::from_secs(3600)));
    for model in [Model::Sequential, Model::Threads, Model::Processes] {
        let report = runner.run_lane(&scenario, Lane::native(model), 1, &CancelToken::new(), &|_| {});
        assert!(matches!(&report.ending, Ending::Broken(why) if why.contains("time limit")), "{report:?}");
        assert_eq!(report.tasks.total(), 500, "{model:?}");
    }
}

/// The convoy: a thread whose answer has come waits a whole switch interval for the thread that computes. How long it
/// waits at least does not depend on how busy the machine is.
fn convoy() {
    let preset = Preset::find("convoy").expect("a preset").valid();
    let mut runner = runner(|_| {});
    let mut waits = |interval_ms: f64, model| {
        let scenario = Scenario { gil_switch_ms: interval_ms, ..preset.clone().into_inner() };
        let scenario = scenario.validate().expect("an interval within the limits");
        let waits = std::cell::RefCell::new(Vec::new());
        let take = |frame: lanes_core::wire::Frame| {
            // The others wait for their next turn to compute, not for an answer.
            let of_answers = |span: &&Span| span.state == State::WaitLock && span.task != 0;
            waits.borrow_mut().extend(frame.spans.iter().filter(of_answers).map(Span::duration_ns));
        };
        let report = runner.run_lane(&scenario, Lane::native(model), 1, &CancelToken::new(), &take);
        assert_eq!(report.ending, Ending::Complete, "{report:?}");
        (spread_of(&waits.into_inner()).map(|spread| spread.median), report)
    };
    for interval_ms in [2.0, 10.0] {
        let (median, report) = waits(interval_ms, Model::Gil);
        let least = (interval_ms * 1e6 * 0.95) as u64;
        assert!(median.is_some_and(|median| median >= least), "{interval_ms} ms: {median:?}");
        let used = GilUse::of(&report).expect("a lock");
        assert!(used.total().waits_ns >= least && used.threads.len() == 2, "{used:?}");
    }
    let (median, report) = waits(5.0, Model::Threads);
    assert_eq!((median, GilUse::of(&report)), (None, None), "nobody waits where there is no lock");
}

/// Workers are kept for the next run, unless every run is to start its own.
fn cold() {
    let scenario =
        scenario(r#"{"lanes_scenario":1,"groups":[{"tasks":20,"steps":[{"compute":{"size":500}}]}],"workers":2}"#);
    for cold_pool in [false, true] {
        let mut runner = runner(|options| options.cold_pool = cold_pool);
        let starts: Vec<bool> = (0..3)
            .map(|_| {
                let run = runner.run_lane(&scenario, Lane::native(Model::Processes), 1, &CancelToken::new(), &|_| {});
                assert_eq!(run.ending, Ending::Complete);
                // Whoever did the messages' work has a share of the time, and each worker memory of its own.
                let total = run.total();
                assert!(total.state_ns(State::Serialise) > 0 && total.state_ns(State::Transfer) > 0, "{run:?}");
                assert!(run.workers.iter().all(|tally| tally.peak_rss_bytes.is_some()) || !cfg!(target_os = "linux"));
                total.state_ns(State::StartUp) > 0
            })
            .collect();
        assert_eq!(starts, [true, cold_pool, cold_pool]);
    }
}

fn session() {
    use std::sync::Mutex;

    use lanes_backend::runner::{Observer, Turn};
    use lanes_core::{report::LaneResult, wire::Frame};

    #[derive(Default)]
    struct Seen(Mutex<Vec<String>>);
    impl Seen {
        fn note(&self, what: String) {
            self.0.lock().expect("whole").push(what);
        }
    }
    impl Observer for Seen {
        fn begins(&self, turn: &Turn) {
            self.note(format!("{}: lane {} round {}", turn.run, turn.index, turn.round));
        }
        fn started(&self, _: usize, _: u32, epoch_ns: u64, workers: u16) {
            assert!(epoch_ns > 1_600_000_000_000_000_000);
            self.note(format!("{workers} rows"));
        }
        fn frame(&self, _: usize, _: &Frame) {}
        fn ended(&self, lane: usize, _: &RunReport, results: &[LaneResult]) {
            self.note(format!("{lane} of {}", results.len()));
        }
    }
    let scenario = scenario(
        r#"{"lanes_scenario":1,"groups":[{"tasks":4,"steps":[{"compute":{"size":100000}}]}],"workers":2,"warmup":1,
            "repeats":1,"lanes":["native/threads","native/processes"]}"#,
    );
    let mut scenario = scenario.into_inner();
    scenario.lanes.push(Lane::browser(Model::Async));
    let scenario = scenario.validate().expect("a lane of the page is one");
    let seen = Seen::default();
    let results = runner(|_| {}).session(&scenario, &CancelToken::new(), &seen);
    let expected = [
        "1: lane 0 round 0",
        "2 rows",
        "0 of 3",
        "2: lane 1 round 0",
        "3 rows",
        "1 of 3",
        "3: lane 2 round 0",
        "2 of 3",
        "4: lane 1 round 1",
        "3 rows",
        "1 of 3",
        "5: lane 0 round 1",
        "2 rows",
        "0 of 3",
    ];
    assert_eq!(*seen.0.lock().expect("whole"), expected);
    assert_eq!(results[0].checksum(), results[1].checksum());
    assert!(results[0].checksum().is_some());
    assert!(results[1].start_up_ns.is_some_and(|ns| ns > 0), "the warm-up round started the pool");
    assert_eq!(results[1].shown.as_ref().expect("ran").total().state_ns(State::StartUp), 0, "and kept it warm");
    assert!(matches!(results[2].ending, Ending::Broken(_)));
    assert_eq!(results[2].lane.place, Place::Browser);
}

fn no_drops() {
    let scenario = scenario(
        r#"{"lanes_scenario":1,"groups":[{"tasks":100000,"steps":[{"compute":{"size":1}}]}],"workers":2,"chunk":50}"#,
    );
    assert_agreement(&scenario, &all_lanes(&mut runner(|_| {}), &scenario));
}
