//! The simulation against what is known beforehand: ideal machines, the lock's interval, servers with limits, and probes whose
//! truth is known.

use super::{probes::Probe, worth::worth, *};
use crate::{
    report::Ending,
    scenario::{ValidScenario, presets::PRESETS},
    trace::State,
};

/// A size of [`Kernel::Primes`] that takes 10 ms on the machine of these tests.
const SIZE: u64 = 10_000;

/// A machine on which nothing but waiting and computing takes time.
fn ideal(cores: u32) -> Profile {
    let mut profile = Profile::default();
    profile.machine.cores = cores;
    for kernel in [Kernel::Primes, Kernel::Sha256, Kernel::Wordcount] {
        profile.kernel_mut(kernel).tried(SIZE, 10e6);
    }
    for lane in Model::ALL.map(Lane::native).into_iter().chain([Model::Threads, Model::Processes].map(Lane::python)) {
        [true, false].into_iter().for_each(|data| set(&mut profile, lane, data, Costs::default()));
    }
    profile
}

fn set(profile: &mut Profile, lane: Lane, with_data: bool, costs: Costs) {
    profile.set_lane(LaneCosts { lane, with_data, costs, figures: Vec::new() });
}

fn scenario(text: &str) -> ValidScenario {
    ValidScenario::from_json(&format!(r#"{{"lanes_scenario":2,{text}}}"#)).expect("valid")
}

fn predicted(scenario: &ValidScenario, lane: Lane, profile: &Profile) -> Prediction {
    let plan = Plan::new(scenario.for_lane(lane));
    let cores = profile.cores(lane, &kernels(&plan, 0));
    predict(&plan, lane, profile, cores, 0).expect("known")
}

/// The wall time in milliseconds.
fn ms(text: &str, model: Model, cores: u32) -> f64 {
    predicted(&scenario(text), Lane::native(model), &ideal(cores)).report.wall_ns as f64 / 1e6
}

const CRUNCH: &str = r#""workers":4,"groups":[{"tasks":48,"steps":[{"compute":{"size":10000}}]}]"#;
const FETCH: &str = r#""workers":10,"concurrency":100,"groups":[{"tasks":400,"steps":[{"fetch":{"latency_ms":50}}]}]"#;

#[test]
fn computing_takes_what_the_cores_allow() {
    for (model, cores, expected) in [
        (Model::Sequential, 4, 480.0),
        (Model::Async, 4, 480.0),
        (Model::Threads, 4, 120.0),
        (Model::Threads, 2, 240.0),
        (Model::Threads, 64, 120.0),
        (Model::Gil, 4, 480.0),
        (Model::Processes, 4, 120.0),
        (Model::Processes, 3, 160.0),
        (Model::Hybrid, 4, 120.0),
    ] {
        let took = ms(CRUNCH, model, cores);
        assert!((took / expected - 1.0).abs() < 0.001, "{} on {cores}: {took} for {expected}", model.id());
    }
}

#[test]
fn waiting_takes_what_the_slots_allow() {
    for (model, expected) in [
        (Model::Sequential, 20_000.0),
        (Model::Async, 200.0),
        (Model::Threads, 2_000.0),
        (Model::Gil, 2_000.0),
        (Model::Processes, 2_000.0),
        (Model::Hybrid, 200.0),
    ] {
        let took = ms(FETCH, model, 1);
        assert!((took / expected - 1.0).abs() < 0.001, "{}: {took} for {expected}", model.id());
    }
}

#[test]
fn an_answer_waits_one_interval_for_a_thread_that_computes() {
    // Each comes back while the other thread computes, and gets the lock when the interval is over.
    let job = r#""workers":2,"groups":[{"tasks":1,"steps":[{"compute":{"size":10000}}]},
        {"tasks":1,"steps":[{"fetch":{"latency_ms":2}},{"bump":{"times":1}}]}]"#;
    for interval_ms in [1.0, 5.0] {
        let json = format!(r#"{job},"gil_switch_ms":{interval_ms}"#);
        let prediction = predicted(&scenario(&json), Lane::native(Model::Gil), &ideal(2));
        let waits: Vec<&Span> = prediction.spans.iter().filter(|span| span.state == State::WaitLock).collect();
        assert!(!waits.is_empty());
        let longest = waits.iter().map(|span| span.duration_ns()).max().unwrap_or(0) as f64 / 1e6;
        assert!((longest - interval_ms).abs() < 0.01, "{longest} for {interval_ms}");
    }
}

#[test]
fn threads_share_the_lock_however_short_their_tasks_are() {
    let json = r#""workers":4,"groups":[{"tasks":20000,"steps":[{"compute":{"size":20}}]}]"#;
    let prediction = predicted(&scenario(json), Lane::native(Model::Gil), &ideal(4));
    let done: Vec<u64> = prediction.report.workers.iter().map(|worker| worker.done).collect();
    assert!(done.iter().all(|done| (3_000..8_000).contains(done)), "{done:?}");
}

#[test]
fn servers_with_limits_are_met_as_they_are() {
    let limited = |server: &str| format!(r#"{FETCH},"server":{{{server}}}"#);
    let took = ms(&limited(r#""capacity":20"#), Model::Async, 1);
    assert!((took / 1_000.0 - 1.0).abs() < 0.001, "twenty at a time: {took}");
    let json = limited(r#""rate_per_s":100,"burst":400"#);
    let refused = predicted(&scenario(&json), Lane::native(Model::Async), &ideal(1)).report;
    assert_eq!((refused.tasks.done, refused.tasks.failed), (400, 0), "all at once, after a quiet time");
    let json = limited(r#""rate_per_s":100"#);
    let refused = predicted(&scenario(&json), Lane::native(Model::Async), &ideal(1)).report;
    assert!(refused.tasks.failed > 300 && refused.total().met.refusals > 300, "{:?}", refused.tasks);
}

#[test]
fn time_stages_and_start_are_kept() {
    let over_time = r#""groups":[{"tasks":11,"arrive":{"every_ms":20},"steps":[{"bump":{"times":1}}]}]"#;
    for model in Model::ALL {
        let took = ms(over_time, model, 2);
        assert!((took - 200.0).abs() < 0.1, "{}: {took}", model.id());
    }
    let staged = r#""workers":2,"concurrency":2,"groups":[{"name":"a","tasks":1,"steps":[{"fetch":{"latency_ms":40}}]},
        {"tasks":1,"after":"a","steps":[{"fetch":{"latency_ms":40}}]}]"#;
    let set_up =
        r#""workers":2,"setup":{"ms":30},"groups":[{"tasks":2,"steps":[{"fetch":{"latency_ms":40}}]}],"concurrency":2"#;
    for model in Model::ALL {
        assert!((ms(staged, model, 2) - 80.0).abs() < 0.1, "{}", model.id());
        let expected = if model == Model::Sequential { 110.0 } else { 70.0 };
        assert!((ms(set_up, model, 2) - expected).abs() < 0.1, "{}: {}", model.id(), ms(set_up, model, 2));
    }
}

#[test]
fn data_in_messages_cost_both_ends() {
    let json =
        r#""workers":2,"chunk":1,"groups":[{"tasks":40,"steps":[{"compute":{"size":10000,"bytes_in":1000000}}]}]"#;
    let mut profile = ideal(4);
    set(&mut profile, Lane::native(Model::Processes), true, Costs { byte: 10.0, ..Costs::default() });
    let dear = predicted(&scenario(json), Lane::native(Model::Processes), &profile).report;
    let free = predicted(&scenario(json), Lane::native(Model::Processes), &ideal(4)).report;
    // Ten milliseconds of computing and five of reading 1 MB, twenty times in each of two workers, after the parent has made
    // their first messages, two for each.
    assert!((300e6..=320e6).contains(&(dear.wall_ns as f64)), "{}", dear.wall_ns);
    assert!((free.wall_ns as f64 / 200e6 - 1.0).abs() < 0.01, "{}", free.wall_ns);
    assert_eq!(dear.total().payload_bytes, 40_000_000);
}

#[test]
fn every_task_of_every_preset_is_accounted_for_and_every_run_is_the_same() {
    for preset in PRESETS.iter().filter(|preset| preset.scenario().call().is_none()) {
        let scenario = preset.valid();
        for model in Model::ALL {
            let lane = Lane::native(model);
            let one = predicted(&scenario, lane, &ideal(2));
            assert_eq!(one.report.ending, Ending::Complete, "{lane}");
            assert_eq!(one.report.tasks.done, u64::from(scenario.tasks()), "{} in {lane}", preset.id);
            assert_eq!(one, predicted(&scenario, lane, &ideal(2)), "{} in {lane}", preset.id);
            let last_ns = one.spans.iter().filter(|span| span.state == State::Compute).map(|span| span.end_ns).max();
            assert!(last_ns.is_none_or(|ns| ns <= one.report.wall_ns), "{} in {lane}", preset.id);
        }
    }
}

#[test]
fn probes_find_the_costs_again_that_they_were_run_with() {
    let wanted = scenario(
        r#""groups":[{"steps":[{"fetch":{"latency_ms":5,"bytes":1000}},{"compute":{"bytes_in":1000}},{"bump":{"times":10}}]}]"#,
    );
    let truth = Costs {
        start: 700e3,
        worker: 90e3,
        task: 3e3,
        fetch: 5e3,
        body_byte: 2.0,
        late: 70e3,
        offload: 4e3,
        wake: 40e3,
        message: 20e3,
        byte: 1.5,
        bump: 12.0,
    };
    let cores = Cores { count: 2, contention: 0.0 };
    let profile = ideal(2);
    for lane in Model::ALL.map(Lane::native).into_iter().chain([Model::Threads, Model::Processes].map(Lane::python)) {
        let probes = probes::probes(lane, &wanted);
        assert!(!probes.is_empty());
        let mut found = Costs { wake: truth.wake, ..probes::unknown() };
        // What no probe asks for is known.
        let true_wall = |probe: &Probe, truth: Costs| {
            let plan = Plan::new(probe.scenario.for_lane(lane));
            simulate(&plan, lane, &profile, truth, cores, 0, 0).expect("short").report.wall_ns
        };
        let asked = |figure| probes.iter().any(|probe| probe.figure == figure);
        let own = Costs {
            fetch: if asked(Figure::Fetch) { truth.fetch } else { 0.0 },
            worker: if asked(Figure::Worker) { truth.worker } else { 0.0 },
            task: if asked(Figure::Task) { truth.task } else { 0.0 },
            ..truth
        };
        let measured: Vec<(Probe, f64)> =
            probes.iter().map(|probe| (probe.clone(), true_wall(probe, own) as f64)).collect();
        probes::fit(&mut found, &measured, &profile, cores);
        for probe in &probes {
            let [own_ns, found_ns] = [own, found].map(|costs| true_wall(probe, costs) as f64);
            assert!(
                (found_ns / own_ns - 1.0).abs() < 0.02,
                "{lane} {:?}: {found_ns} for {own_ns}, {found:?}",
                probe.figure
            );
        }
    }
}

#[test]
fn threads_without_the_lock_are_predicted_from_threads_with_it() {
    let free: Lane = "python/free-threads".parse().expect("a lane");
    let profile = ideal(4);
    let took = |lane| predicted(&scenario(CRUNCH), lane, &profile).report.wall_ns as f64 / 1e6;
    assert!((took(Lane::python(Model::Threads)) - 480.0).abs() < 1.0);
    assert!((took(free) - 120.0).abs() < 1.0);
}

#[test]
fn each_part_is_worth_what_it_decides() {
    // 30 ms of waiting and 10 of computing, one after another: a fifth less of either, and so much of the whole.
    let both = scenario(
        r#""workers":4,"concurrency":40,"groups":[{"tasks":40,"steps":[{"fetch":{"latency_ms":30}},{"compute":{"size":10000}}]}]"#,
    );
    let parts = |model| {
        let (lane, profile) = (Lane::native(model), ideal(4));
        worth(&both, lane, &profile, profile.cores(lane, &[]), 0).expect("known")
    };
    let near =
        |gain: Option<f64>, expected: f64| assert!((gain.expect("it has some") - expected).abs() < 0.005, "{gain:?}");
    let alone = parts(Model::Sequential);
    near(alone.waiting, 0.15);
    near(alone.computing, 0.05);
    // On one loop all wait together, and then compute one after another.
    let looped = parts(Model::Async);
    near(looped.waiting, 6.0 / 430.0);
    near(looped.computing, 80.0 / 430.0);
    assert!(looped.own_work.abs() < 1e-9, "nothing costs anything here");
    let mut profile = ideal(4);
    set(&mut profile, Lane::native(Model::Sequential), false, Costs { task: 10e6, ..Costs::default() });
    let lane = Lane::native(Model::Sequential);
    let own = worth(&both, lane, &profile, profile.cores(lane, &[]), 0).expect("known").own_work;
    assert!((own - 2.0 / 50.0).abs() < 0.005, "{own}");
    let waits = scenario(FETCH);
    let none = worth(&waits, lane, &profile, profile.cores(lane, &[]), 0).expect("known");
    assert_eq!(none.computing, None);
}

#[test]
fn what_nobody_can_know_is_not_predicted() {
    let plan = |text: &str| Plan::new(scenario(text));
    let cores = Cores { count: 2, contention: 0.0 };
    let lane = Lane::native(Model::Threads);
    let say = |plan: &Plan, profile: &Profile| predict(plan, lane, profile, cores, 0).map(|said| said.report.wall_ns);
    let urls = plan(r#""groups":[{"steps":[{"fetch":{"from":["https://a.example/"]}}]}]"#);
    assert_eq!(say(&urls, &ideal(2)), Err(NotPredicted::Urls));
    let server = plan(r#""groups":[{"steps":[{"fetch":{"from":"server"}}]}]"#);
    assert_eq!(say(&server, &ideal(2)), Err(NotPredicted::Requests));
    let job = plan(r#""groups":[{"steps":[{"compute":{"kernel":"pi"}}]}]"#);
    assert_eq!(say(&job, &ideal(2)), Err(NotPredicted::KernelUnknown(Kernel::Pi, lane)));
    assert_eq!(say(&job, &Profile::default()), Err(NotPredicted::NotCalibrated(lane)));
    let far = plan(r#""groups":[{"steps":[{"compute":{"size":40000}}]}]"#);
    assert!((predict(&far, lane, &ideal(2), cores, 0).expect("known").reach - 4.0).abs() < 1e-9);
}
