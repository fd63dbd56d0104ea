//! CPython's lanes beside each other and beside the modelled lock, in one run: ratios, printed as Markdown.
//! `cargo bench -p lanes-backend --bench python`
//!
//! The interpreter is the one of `python/…`: that of the environment which `./dev setup` makes, where there is one.

use std::{cell::RefCell, path::PathBuf};

use lanes_backend::runner::{CancelToken, Options, PythonOptions, Runner};
use lanes_core::{
    report::{Ending, RunReport, Spread, spread_of},
    scenario::{Lane, Model, Step, ValidScenario, presets::Preset},
    trace::{Span, State},
};

/// How often each is measured, in turn, after one that is not.
const ROUNDS: usize = 7;

fn main() {
    textbook();
    curves();
    convoy();
    watching();
}

fn runner(recording: bool) -> Runner {
    let own = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../.venv/bin/python"));
    let python =
        PythonOptions { interpreters: own.exists().then_some(own).into_iter().collect(), ..Default::default() };
    Runner::new(Options { recording, python, ..Options::default() })
}

fn scenario(groups: &str, workers: u32) -> ValidScenario {
    ValidScenario::from_json(&format!(
        r#"{{"lanes_scenario":1,"workers":{workers},"concurrency":200,"groups":[{groups}]}}"#
    ))
    .expect("valid")
}

fn run(runner: &mut Runner, scenario: &ValidScenario, lane: Lane, on_span: &mut dyn FnMut(&Span)) -> RunReport {
    let on_span = RefCell::new(on_span);
    let report = runner.run_lane(scenario, lane, 1, &CancelToken::new(), &|frame| {
        let mut on_span = on_span.borrow_mut();
        frame.spans.iter().for_each(&mut **on_span);
    });
    assert_eq!(report.ending, Ending::Complete, "{lane}: {:?}", report.notes);
    report
}

/// Median wall times of several runs in turn, with their deviation, in nanoseconds.
fn medians(mut runs: Vec<Box<dyn FnMut() -> u64 + '_>>) -> Vec<Spread> {
    let mut walls = vec![Vec::new(); runs.len()];
    for round in 0..=ROUNDS {
        for (walls, run) in walls.iter_mut().zip(&mut runs) {
            let wall = run();
            walls.extend((round > 0).then_some(wall));
        }
    }
    walls.iter().map(|walls| spread_of(walls).expect("measured")).collect()
}

fn ms(ns: u64) -> f64 {
    ns as f64 / 1e6
}

fn with_deviation(wall: Spread) -> String {
    format!("{:.1} ± {:.1} ms", ms(wall.median), ms(wall.mad))
}

fn ratio(a: Spread, b: Spread) -> f64 {
    a.median as f64 / b.median as f64
}

/// What every introduction says, measured.
fn textbook() {
    let jobs = [
        (
            "200 requests of 50 ms, 64 threads",
            r#"{"tasks":200,"steps":[{"fetch":{"latency_ms":50,"bytes":256}}]}"#,
            64,
            vec![Model::Async, Model::Threads],
        ),
        (
            "24 × primes below 200,000, 2 workers",
            r#"{"tasks":24,"steps":[{"compute":{"kernel":"primes","size":200000}}]}"#,
            2,
            vec![Model::Threads, Model::Processes],
        ),
        (
            "24 × sha256 of large buffers, 2 workers",
            r#"{"tasks":24,"steps":[{"compute":{"kernel":"sha256","size":4000}}]}"#,
            2,
            vec![Model::Threads, Model::Processes],
        ),
    ];
    println!("| job | lane | median | against python/sequential |\n| --- | --- | ---: | ---: |");
    for (name, group, workers, models) in jobs {
        let scenario = scenario(group, workers);
        let lanes: Vec<Lane> = [Model::Sequential].into_iter().chain(models).map(Lane::python).collect();
        let runs = lanes.iter().map(|lane| {
            let (scenario, mut runner) = (&scenario, runner(true));
            Box::new(move || run(&mut runner, scenario, *lane, &mut |_| {}).wall_ns) as Box<dyn FnMut() -> u64>
        });
        let walls = medians(runs.collect());
        for (lane, wall) in lanes.iter().zip(&walls) {
            println!("| {name} | {lane} | {} | {:.2}× |", with_deviation(*wall), ratio(walls[0], *wall));
        }
    }
}

/// Speed-up over the same place's sequential lane, for the modelled lock and the real one.
fn curves() {
    println!("\n| workers | native/gil | python/threads | apart by |\n| ---: | ---: | ---: | ---: |");
    for workers in [1, 2, 4] {
        // About as long in both places.
        let of = |size: u32| {
            let group = format!(r#"{{"tasks":24,"steps":[{{"compute":{{"kernel":"primes","size":{size}}}}}]}}"#);
            scenario(&group, workers)
        };
        let (native, python) = (of(1_000_000), of(100_000));
        let runs = [
            (&native, Lane::native(Model::Sequential)),
            (&native, Lane::native(Model::Gil)),
            (&python, Lane::python(Model::Sequential)),
            (&python, Lane::python(Model::Threads)),
        ]
        .map(|(scenario, lane)| {
            let mut runner = runner(true);
            Box::new(move || run(&mut runner, scenario, lane, &mut |_| {}).wall_ns) as Box<dyn FnMut() -> u64>
        });
        let walls = medians(runs.into_iter().collect());
        let (modelled, real) = (ratio(walls[0], walls[1]), ratio(walls[2], walls[3]));
        println!("| {workers} | {modelled:.2}× | {real:.2}× | {:.1} % |", (modelled / real - 1.0).abs() * 100.0);
    }
}

/// What an answer waits for beside a thread that computes, by the switch interval.
fn convoy() {
    println!(
        "\n| switch interval | native/gil: answers that waited | median wait | in intervals | python/threads: answers that \
         waited | median wait | in intervals |\n| ---: | ---: | ---: | ---: | ---: | ---: | ---: |"
    );
    for interval_ms in [1.0, 2.0, 5.0, 10.0, 20.0] {
        let median = |lane: Lane, size: u64| {
            let mut scenario = Preset::find("convoy").expect("a preset").scenario();
            scenario.gil_switch_ms = interval_ms;
            for step in scenario.groups.iter_mut().flat_map(|group| &mut group.steps) {
                if let Step::Compute(compute) = step {
                    compute.size = size;
                }
            }
            let scenario = scenario.validate().expect("within the limits");
            let (mut runner, mut waits) = (runner(true), Vec::new());
            for _ in 0..ROUNDS {
                run(&mut runner, &scenario, lane, &mut |span| {
                    let of_answer = span.state == State::WaitLock && span.task != 0;
                    waits.extend(of_answer.then(|| span.duration_ns()));
                });
            }
            (waits.len(), spread_of(&waits).map_or(0, |spread| spread.median))
        };
        let lanes = [(Lane::native(Model::Gil), 5_000_000), (Lane::python(Model::Threads), 800_000)];
        let cells = lanes.map(|(lane, size)| {
            let (waited, wait) = median(lane, size);
            format!("{waited} of {} | {:.2} ms | {:.2}", 12 * ROUNDS, ms(wait), ms(wait) / interval_ms)
        });
        println!("| {interval_ms} ms | {} |", cells.join(" | "));
    }
}

/// The program with every step timed against the program as it is.
fn watching() {
    println!("\n| 24 × primes below 100,000, 2 workers | watched | as it is | ratio |\n| --- | ---: | ---: | ---: |");
    let mut scenario = Preset::find("crunch").expect("a preset").scenario();
    scenario.groups[0].tasks = 24;
    let scenario = scenario.validate().expect("within the limits");
    for model in [Model::Sequential, Model::Threads, Model::Processes, Model::Async, Model::Hybrid] {
        let runs = [true, false].map(|recording| {
            let (scenario, mut runner) = (&scenario, runner(recording));
            Box::new(move || run(&mut runner, scenario, Lane::python(model), &mut |_| {}).wall_ns)
                as Box<dyn FnMut() -> u64>
        });
        let walls = medians(runs.into_iter().collect());
        let [watched, plain] = [walls[0], walls[1]].map(with_deviation);
        println!("| python/{} | {watched} | {plain} | {:.3} |", model.id(), ratio(walls[0], walls[1]));
    }
}
