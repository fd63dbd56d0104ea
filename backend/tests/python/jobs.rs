//! The right answers, however they are come by, and pictures that can be true.

use std::{
    cell::RefCell,
    collections::{HashMap, HashSet},
    io::Write,
};

use lanes_backend::runner::{CancelToken, Options, PythonOptions, Runner};
use lanes_core::{
    gil_use::{GilSeen, GilUse, Share},
    report::{Ending, RunReport, spread_of},
    scenario::{Lane, Model, Scenario, StartMethod, Step, ValidScenario, presets::Preset},
    trace::{Span, State},
};
use libtest_mimic::Trial;

use crate::{runner, scenario, trial};

const MODELS: [Model; 5] = [Model::Sequential, Model::Async, Model::Threads, Model::Processes, Model::Hybrid];

const MIXED: &str = r#"{"lanes_scenario":1,"title":"Mixed","workers":3,"concurrency":5,"groups":[
    {"name":"pages","tasks":12,"steps":[{"fetch":{"latency_ms":5,"bytes":300}},
        {"compute":{"kernel":"wordcount","input":"body"}}]},
    {"name":"numbers","tasks":9,"steps":[{"compute":{"kernel":"primes","size":20000,"spread":"heavy"}},
        {"compute":{"kernel":"sha256","size":3}}]}]}"#;

const BUMPS: &str = r#"{"lanes_scenario":1,"workers":2,"groups":[
    {"tasks":8,"steps":[{"bump":{"times":500,"guard":"lock"}}]}]}"#;

pub fn trials() -> Vec<Trial> {
    vec![
        trial("every_lane_comes_to_the_native_checksum", every_lane_agrees),
        trial("processes_agree_however_they_are_started", start_methods),
        trial("a_program_that_runs_as_it_is_agrees_too", as_it_is),
        trial("the_counter_is_counted", counter),
        trial("a_server_with_limits_is_one_for_all_workers", limits),
        trial("an_answer_waits_for_the_real_lock_as_for_the_modelled_one", convoy),
        trial("what_a_busy_loop_keeps_waiting_is_queued", busy_loop),
        trial("what_waits_for_a_thread_of_the_pool_is_queued", offloaded),
        trial("reading_the_file_is_a_wait_in_every_model", reading),
        trial("a_task_takes_from_its_first_step_to_its_last_in_every_model", latency),
        trial("nothing_is_said_of_the_lock_where_the_threads_are_mostly_between_steps", tiny_tasks),
        trial("what_needs_no_lock_is_not_taken_for_holding_it", outside_lock),
        trial("a_step_holds_the_lock_for_the_share_that_it_is_told", held_share),
        trial("a_wait_that_keeps_the_lock_keeps_all_threads_waiting", kept_lock),
        trial("a_long_job_is_refused_before_it_begins", refused),
        trial("watching_costs_little", watching).with_ignored_flag(true),
    ]
}

/// As `backend/tests/native/limits.rs` has it natively.
fn limits() {
    let full = scenario(
        r#"{"lanes_scenario":2,"workers":8,"concurrency":24,"server":{"capacity":2},
            "groups":[{"tasks":24,"steps":[{"fetch":{"latency_ms":20,"bytes":64}}]}]}"#,
    );
    let failing = scenario(
        r#"{"lanes_scenario":2,"workers":3,"concurrency":3,
            "server":{"capacity":1,"full":"refuse","errors":0.3,"bandwidth_mbit":8,"connect_ms":1,"slows":0.1},
            "groups":[{"tasks":12,"steps":[{"fetch":{"latency_ms":10,"bytes":64,"retries":10,"backoff_ms":4}}]}]}"#,
    );
    let sums = [checksum(&full), checksum(&failing)];
    let mut runner = runner(PythonOptions::default());
    for model in MODELS {
        let (report, _) = run(&mut runner, &full, Lane::python(model));
        assert_eq!((&report.ending, report.checksum()), (&Ending::Complete, sums[0]), "{report:?}");
        assert!(report.wall_ns >= 240_000_000, "{model:?}: {} ns", report.wall_ns);
        let (report, _) = run(&mut runner, &failing, Lane::python(model));
        assert_eq!((&report.ending, report.checksum()), (&Ending::Complete, sums[1]), "{report:?}");
        let met = report.total().met;
        assert_eq!(met.retries, met.refusals + met.errors, "{model:?}: {met:?}");
        assert!(met.errors > 0 && met.backed_off_ns >= met.retries * 4_000_000, "{model:?}: {met:?}");
        assert_eq!(met.refusals > 0, model != Model::Sequential, "{model:?}: {met:?}");
    }
}

/// A run with its spans.
fn run(runner: &mut Runner, scenario: &ValidScenario, lane: Lane) -> (RunReport, Vec<Span>) {
    let spans = RefCell::new(Vec::new());
    let report =
        runner.run_lane(scenario, lane, 1, &CancelToken::new(), &|frame| spans.borrow_mut().extend(frame.spans));
    (report, spans.into_inner())
}

fn checksum(scenario: &ValidScenario) -> u64 {
    let (report, _) = run(&mut Runner::new(Options::default()), scenario, Lane::native(Model::Sequential));
    report.total().checksum
}

fn assert_right(report: &RunReport, scenario: &ValidScenario, checksum: u64) {
    let lane = report.lane;
    assert_eq!(report.ending, Ending::Complete, "{lane}: {:?}", report.notes);
    assert_eq!(report.total().checksum, checksum, "{lane}");
    assert_eq!(report.tasks.done, u64::from(scenario.tasks()), "{lane}");
}

fn every_lane_agrees() {
    let scenario = scenario(MIXED);
    let expected = checksum(&scenario);
    for model in MODELS {
        let (report, spans) = run(&mut runner(PythonOptions::default()), &scenario, Lane::python(model));
        assert_right(&report, &scenario, expected);
        make_sense(&report, &spans, &scenario);
        assert!(report.total().peak_rss_bytes.is_some_and(|bytes| bytes > 1 << 20), "{model:?}");
        let has_loop = matches!(model, Model::Async | Model::Hybrid);
        assert_eq!(!report.total().loop_lag.is_empty(), has_loop, "{model:?}");
    }
}

/// Every task waits and computes as often as it should, no row does two things at once, and all lies within the run.
fn make_sense(report: &RunReport, spans: &[Span], scenario: &ValidScenario) {
    let lane = report.lane;
    let mut computed: HashMap<u32, u32> = HashMap::new();
    let mut rows: HashMap<(u16, u16), Vec<Span>> = HashMap::new();
    let mut totals = [0; State::ALL.len()];
    for span in spans {
        assert!(span.end_ns <= report.wall_ns, "{lane}: {span:?} after {}", report.wall_ns);
        assert!(usize::from(span.worker) < report.workers.len(), "{lane}: {span:?}");
        if span.state == State::Compute {
            *computed.entry(span.task).or_default() += 1;
        }
        rows.entry((span.worker, span.slot)).or_default().push(*span);
        totals[span.state as usize] += span.duration_ns();
    }
    // Pages compute once, numbers twice.
    let steps: u32 = computed.values().sum();
    assert_eq!((computed.len(), steps), (scenario.tasks() as usize, 12 + 2 * 9), "{lane}");
    for row in rows.values_mut() {
        row.sort_by_key(|span| (span.start_ns, span.end_ns));
        for pair in row.windows(2) {
            assert!(pair[0].end_ns <= pair[1].start_ns, "{lane}: {pair:?} overlap");
        }
    }
    assert_eq!(totals, report.total().states_ns, "{lane}: the spans add up to the totals");
    let starts = spans.iter().filter(|span| span.state == State::StartUp).count();
    let workers = scenario.workers as usize;
    assert!(if lane.model == Model::Processes { (1..=workers).contains(&starts) } else { starts == 0 }, "{lane}");
}

fn start_methods() {
    let scenario = scenario(MIXED);
    let expected = checksum(&scenario);
    for method in [StartMethod::Fork, StartMethod::Spawn, StartMethod::Forkserver] {
        let options = PythonOptions { start_method: Some(method), ..PythonOptions::default() };
        let (report, spans) = run(&mut runner(options), &scenario, Lane::python(Model::Processes));
        assert_right(&report, &scenario, expected);
        make_sense(&report, &spans, &scenario);
    }
}

fn as_it_is() {
    let scenario = scenario(MIXED);
    let expected = checksum(&scenario);
    for model in MODELS {
        let mut runner = runner(PythonOptions::default());
        runner.options().recording = false;
        let (report, spans) = run(&mut runner, &scenario, Lane::python(model));
        assert_right(&report, &scenario, expected);
        assert!(spans.is_empty() && report.wall_ns > 0, "{model:?}");
    }
}

fn counter() {
    let scenario = scenario(BUMPS);
    for (model, observed) in [(Model::Threads, 4_000), (Model::Sequential, 4_000), (Model::Processes, 0)] {
        let (report, _) = run(&mut runner(PythonOptions::default()), &scenario, Lane::python(model));
        let counter = report.counter.expect("the scenario bumps");
        assert_eq!((counter.expected, counter.observed), (4_000, observed), "{model:?}");
    }
}

/// The convoy in CPython itself: an answer that has come waits a switch interval, as long as the program was told.
fn convoy() {
    let mut scenario = Preset::find("convoy").expect("a preset").scenario();
    let hog = scenario.groups[0].steps.iter_mut().find_map(|step| match step {
        Step::Compute(compute) => Some(compute),
        _ => None,
    });
    hog.expect("it computes").size = 600_000;
    for interval_ms in [2.0, 10.0] {
        let scenario = Scenario { gil_switch_ms: interval_ms, ..scenario.clone() };
        let scenario = scenario.validate().expect("an interval within the limits");
        let (report, spans) = run(&mut runner(PythonOptions::default()), &scenario, Lane::python(Model::Threads));
        assert_eq!(report.ending, Ending::Complete, "{:?}", report.notes);
        let of_answers = |span: &&Span| span.state == State::WaitLock && span.task != 0;
        let waits: Vec<u64> = spans.iter().filter(of_answers).map(Span::duration_ns).collect();
        let median = spread_of(&waits).map(|spread| spread.median);
        let least = (interval_ms * 1e6 * 0.95) as u64;
        assert!(median.is_some_and(|median| median >= least), "{interval_ms} ms: {waits:?}");
        let used = GilUse::of(&report).expect("a lock");
        assert!(matches!(used.seen, GilSeen::Sampled | GilSeen::Inferred { steps: 1, .. }), "{used:?}");
        let [io, hog] = [|share: &Share| share.waits_ns, |share: &Share| share.holds_ns]
            .map(|by| used.threads.iter().map(|(_, share)| by(share)).max().unwrap_or_default());
        assert!(io >= least && hog > io, "{used:?}");
    }
}

/// On a loop that computes, an answer that is there waits for the loop and not for the network, natively and in CPython.
fn busy_loop() {
    let job = scenario(
        r#"{"lanes_scenario":1,"concurrency":12,"groups":[{"tasks":12,"steps":[
            {"fetch":{"latency_ms":5,"bytes":64}},{"compute":{"kernel":"primes","size":300000}}]}]}"#,
    );
    for lane in [Lane::native(Model::Async), Lane::python(Model::Async)] {
        let (report, spans) = run(&mut runner(PythonOptions::default()), &job, lane);
        assert_eq!(report.ending, Ending::Complete, "{:?}", report.notes);
        let waits = spans.iter().filter(|span| span.state == State::WaitIo).map(Span::duration_ns);
        let queued = spans.iter().filter(|span| span.state == State::Queued).map(Span::duration_ns).max();
        // All answers come at once; eleven of them wait for others to compute.
        assert!(waits.max() < Some(5_300_000), "{lane}: {spans:?}");
        assert!(queued > Some(5_000_000), "{lane}: {spans:?}");
    }
}

/// In a hybrid lane with one thread, the second task waits for as long as the first computes, as natively.
fn offloaded() {
    let job = scenario(
        r#"{"lanes_scenario":1,"workers":1,"concurrency":4,"groups":[{"tasks":4,"steps":[
            {"compute":{"kernel":"primes","size":100000}}]}]}"#,
    );
    for lane in [Lane::native(Model::Hybrid), Lane::python(Model::Hybrid)] {
        let (report, spans) = run(&mut runner(PythonOptions::default()), &job, lane);
        assert_eq!(report.ending, Ending::Complete, "{:?}", report.notes);
        let of = |state| spans.iter().filter(move |span| span.state == state).map(Span::duration_ns);
        let (longest, shortest) = (of(State::Queued).max(), of(State::Compute).min());
        // Three computations are in front of the last one.
        assert!(longest > shortest.map(|ns| ns * 2), "{lane}: {spans:?}");
        let queued = spans.iter().filter(|span| span.state == State::Queued);
        assert!(queued.clone().all(|span| span.worker == 0 && span.task < 4), "{lane}: {spans:?}");
        assert_eq!(queued.map(|span| span.task).collect::<HashSet<_>>().len(), 4, "{lane}: {spans:?}");
    }
}

fn reading() {
    let mut file = tempfile::NamedTempFile::new().expect("a folder for files");
    file.write_all(&b"one two three four five six seven eight nine ten\n".repeat(40_000)).expect("room");
    let job = scenario(
        r#"{"lanes_scenario":1,"workers":2,"concurrency":4,"groups":[
            {"name":"a","tasks":6,"steps":[{"compute":{"kernel":"sha256","input":"file"}}]},
            {"name":"b","tasks":3,"steps":[{"compute":{"kernel":"wordcount","input":"file"}}]}]}"#,
    );
    let mut runner = runner(PythonOptions::default());
    runner.options().file = Some(file.path().to_owned());
    let (native, _) = run(&mut runner, &job, Lane::native(Model::Sequential));
    for model in MODELS {
        let (report, spans) = run(&mut runner, &job, Lane::python(model));
        assert_right(&report, &job, native.total().checksum);
        let reads: Vec<&Span> = spans.iter().filter(|span| span.state == State::WaitIo).collect();
        let tasks: HashSet<u32> = reads.iter().map(|span| span.task).collect();
        assert_eq!((reads.len(), tasks), (9, (0..9).collect()), "{model:?}: {reads:?}");
        assert!(reads.iter().all(|span| span.duration_ns() > 0), "{model:?}: {reads:?}");
        let total = report.total();
        assert_eq!(total.state_ns(State::WaitIo), reads.iter().map(|span| span.duration_ns()).sum::<u64>());
        assert_eq!(total.fetched_bytes, 0, "{model:?}: nothing came from the network");
    }
}

/// Natively and in CPython alike: a task's time begins when a worker, or a slot of the loop, has taken it.
fn latency() {
    let job = scenario(
        r#"{"lanes_scenario":1,"workers":2,"concurrency":2,"chunk":1,"groups":[{"tasks":8,"steps":[
            {"fetch":{"latency_ms":10,"bytes":64}},{"compute":{"kernel":"primes","size":60000}}]}]}"#,
    );
    // Isolated workers are started by the native tests, whose binary is one.
    let native = [Model::Sequential, Model::Async, Model::Threads, Model::Hybrid].map(Lane::native);
    for lane in native.into_iter().chain(MODELS.map(Lane::python)) {
        let (report, spans) = run(&mut runner(PythonOptions::default()), &job, lane);
        assert_eq!(report.ending, Ending::Complete, "{:?}", report.notes);
        let took = (0..8).map(|task| {
            let own = spans.iter().filter(|span| span.task == task && span.state != State::Transfer);
            let start = own.clone().map(|span| span.start_ns).min().expect("it did something");
            own.map(|span| span.end_ns).max().unwrap_or_default() - start
        });
        let (longest, seen) = (took.max().unwrap_or_default(), report.total().latency.max_ns());
        // Had it begun with the run, the last would have taken four times as long.
        assert!(seen < 2 * longest && longest < 2 * seen, "{lane}: {longest} ns of steps, {seen} ns");
    }
}

/// Where a step takes a microsecond, the threads are in the pool's own code for most of the time, with the lock or waiting
/// for it, which nobody sees: it is not free time.
fn tiny_tasks() {
    let job = scenario(
        r#"{"lanes_scenario":1,"workers":4,"groups":[{"tasks":5000,"steps":[{"compute":{"kernel":"primes","size":20}}]}]}"#,
    );
    let (report, _) = run(&mut runner(PythonOptions::default()), &job, Lane::python(Model::Threads));
    assert_eq!(report.ending, Ending::Complete, "{:?}", report.notes);
    assert_eq!(GilUse::of(&report), None);
    let is_said = |note: &String| note.contains("how the threads shared the lock is not known");
    assert!(report.notes.iter().any(is_said), "{:?}", report.notes);
}

/// `hashlib` computes large digests without the lock, so nobody holds it.
fn outside_lock() {
    let hashes = scenario(
        r#"{"lanes_scenario":1,"workers":2,"groups":[{"tasks":6,"steps":[{"compute":{"kernel":"sha256","size":50}}]}]}"#,
    );
    for lane in [Lane::python(Model::Threads), Lane::native(Model::Gil)] {
        let (report, _) = run(&mut runner(PythonOptions::default()), &hashes, lane);
        assert_eq!(report.ending, Ending::Complete, "{:?}", report.notes);
        let computed = report.total().state_ns(State::Compute);
        assert!(computed > 0 && report.total().outside_gil_ns == computed, "{lane}: {report:?}");
        let holds_ns = GilUse::of(&report).map_or(0, |used| used.total().holds_ns);
        assert_eq!(holds_ns, 0, "{lane}: {report:?}");
    }
}

/// Hashes that are told to keep the lock keep it: two threads wait for each other, which those that let go do not. The long
/// switch interval keeps the time that a busy machine takes to wake a thread out of it.
fn held_share() {
    let hashes = |share: f64| {
        scenario(&format!(
            r#"{{"lanes_scenario":2,"workers":2,"gil_switch_ms":50,"groups":[{{"tasks":8,"steps":[
                {{"compute":{{"kernel":"sha256","size":2500,"holds_lock":{share}}}}}]}}]}}"#
        ))
    };
    let waits = [0.0, 1.0].map(|share| {
        let (report, _) = run(&mut runner(PythonOptions::default()), &hashes(share), Lane::python(Model::Threads));
        assert_eq!(report.ending, Ending::Complete, "{:?}", report.notes);
        report.total().state_ns(State::WaitLock) as f64 / report.total().state_ns(State::Compute) as f64
    });
    assert!(waits[1] > 0.15 && waits[1] > 2.0 * waits[0], "waited {waits:?} of the computing");
}

/// A wait that keeps the lock keeps every other thread from going on, in CPython as in the model.
fn kept_lock() {
    let job = scenario(
        r#"{"lanes_scenario":2,"workers":4,"gil_switch_ms":50,"groups":[{"tasks":30,"steps":[
            {"fetch":{"latency_ms":20,"keeps_lock":true}}]}]}"#,
    );
    for lane in [Lane::python(Model::Threads), Lane::native(Model::Gil)] {
        let (report, _) = run(&mut runner(PythonOptions::default()), &job, lane);
        assert_eq!(report.ending, Ending::Complete, "{:?}", report.notes);
        // One after another, however many threads there are.
        assert!(report.wall_ns >= 30 * 20_000_000, "{lane}: {} ns", report.wall_ns);
        // In CPython a thread may as well wait between two steps, where nobody sees it.
        if lane.model == Model::Gil {
            let waits_ns = report.total().state_ns(State::WaitLock);
            assert!(waits_ns > report.wall_ns / 2, "waited {waits_ns} ns for the lock in {} ns", report.wall_ns);
        }
    }
    let (report, _) = run(&mut runner(PythonOptions::default()), &job, Lane::python(Model::Processes));
    assert_eq!(report.total().state_ns(State::WaitLock), 0, "each has its own lock");
}

fn refused() {
    let scenario = scenario(
        r#"{"lanes_scenario":1,"groups":[{"tasks":500,"steps":[{"compute":{"kernel":"primes","size":20000000}}]}]}"#,
    );
    let (report, spans) = run(&mut runner(PythonOptions::default()), &scenario, Lane::python(Model::Threads));
    let Ending::Broken(why) = &report.ending else { panic!("{:?}", report.ending) };
    assert!(why.contains("would compute for about") && why.contains("--python-limit"), "{why}");
    assert!(spans.is_empty());
    assert_eq!(report.tasks.cancelled, 500);
}

/// Prints what watching costs; for a quiet machine.
fn watching() {
    let mut scenario = Preset::find("crunch").expect("a preset").scenario();
    scenario.groups[0].tasks = 12;
    let scenario = scenario.validate().expect("within the limits");
    for model in [Model::Sequential, Model::Threads, Model::Processes] {
        let mut walls = [Vec::new(), Vec::new()];
        let mut note = String::new();
        for round in 0..10 {
            for recording in [true, false] {
                let mut runner = runner(PythonOptions::default());
                runner.options().recording = recording;
                let (report, _) = run(&mut runner, &scenario, Lane::python(model));
                assert_eq!(report.ending, Ending::Complete);
                // The first of each warms the machine up.
                walls[usize::from(recording)].extend((round > 0).then_some(report.wall_ns));
                if recording {
                    note.clone_from(&report.notes[0]);
                }
            }
        }
        let [plain, watched] = walls.map(|mut walls| {
            walls.sort_unstable();
            walls[walls.len() / 2]
        });
        println!("{model:?}: {:.4} of the time as it is; {note}", watched as f64 / plain as f64);
        assert!(watched < plain + plain / 20, "{model:?}: {watched} ns, and {plain} ns as it is");
    }
}
