//! CPython's lanes beside each other and beside the modelled lock, in one run: ratios, printed as Markdown.
//! `cargo bench -p lanes-backend --bench python`
//!
//! The interpreter is the one of `python/…`: that of the environment which `./dev setup` makes, where there is one.

use std::{cell::RefCell, path::PathBuf};

use lanes_backend::runner::{CancelToken, Options, PythonOptions, Runner};
use lanes_core::{
    report::{Ending, RunReport, spread_of},
    scenario::{Lane, Model, Scenario, Step, presets::Preset},
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

fn scenario(groups: &str, workers: u32) -> Scenario {
    Scenario::from_json(&format!(r#"{{"lanes_scenario":1,"workers":{workers},"concurrency":200,"groups":[{groups}]}}"#))
        .expect("valid")
}

fn run(runner: &mut Runner, scenario: &Scenario, lane: Lane, on_span: &mut dyn FnMut(&Span)) -> RunReport {
    let on_span = RefCell::new(on_span);
    let report = runner.run_lane(scenario, lane, 1, &CancelToken::new(), &|frame| {
        let mut on_span = on_span.borrow_mut();
        frame.spans.iter().for_each(|span| on_span(span));
    });
    assert_eq!(report.ending, Ending::Complete, "{lane}: {:?}", report.notes);
    report
}

/// Median wall times of several runs in turn, in nanoseconds.
fn medians(mut runs: Vec<Box<dyn FnMut() -> u64 + '_>>) -> Vec<u64> {
    let mut walls = vec![Vec::new(); runs.len()];
    for round in 0..=ROUNDS {
        for (walls, run) in walls.iter_mut().zip(&mut runs) {
            let wall = run();
            walls.extend((round > 0).then_some(wall));
        }
    }
    walls.iter().map(|walls| spread_of(walls).expect("measured").median).collect()
}

fn ms(ns: u64) -> f64 {
    ns as f64 / 1e6
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
            r#"{"tasks":24,"steps":[{"compute":{"kernel":"sha256","size":20000}}]}"#,
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
            println!("| {name} | {lane} | {:.1} ms | {:.2}× |", ms(*wall), walls[0] as f64 / *wall as f64);
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
        let (modelled, real) = (walls[0] as f64 / walls[1] as f64, walls[2] as f64 / walls[3] as f64);
        println!("| {workers} | {modelled:.2}× | {real:.2}× | {:.1} % |", (modelled / real - 1.0).abs() * 100.0);
    }
}

/// What an answer waits for beside a thread that computes, by the switch interval.
fn convoy() {
    println!(
        "\n| switch interval | native/gil, median wait of an answer | in intervals | python/threads | in intervals |\n\
         | ---: | ---: | ---: | ---: | ---: |"
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
            let (mut runner, mut waits) = (runner(true), Vec::new());
            for _ in 0..ROUNDS {
                run(&mut runner, &scenario, lane, &mut |span| {
                    let of_answer = span.state == State::WaitLock && span.task != 0;
                    waits.extend(of_answer.then(|| span.duration_ns()));
                });
            }
            spread_of(&waits).map_or(0, |spread| spread.median)
        };
        let (modelled, real) =
            (median(Lane::native(Model::Gil), 5_000_000), median(Lane::python(Model::Threads), 800_000));
        let intervals = |ns| ms(ns) / interval_ms;
        println!(
            "| {interval_ms} ms | {:.2} ms | {:.2} | {:.2} ms | {:.2} |",
            ms(modelled),
            intervals(modelled),
            ms(real),
            intervals(real)
        );
    }
}

/// The program with every step timed against the program as it is.
fn watching() {
    println!("\n| crunch, 2 workers | watched | as it is | ratio |\n| --- | ---: | ---: | ---: |");
    let mut scenario = Preset::find("crunch").expect("a preset").scenario();
    scenario.groups[0].tasks = 24;
    for model in [Model::Sequential, Model::Threads, Model::Processes, Model::Async, Model::Hybrid] {
        let runs = [true, false].map(|recording| {
            let (scenario, mut runner) = (&scenario, runner(recording));
            Box::new(move || run(&mut runner, scenario, Lane::python(model), &mut |_| {}).wall_ns)
                as Box<dyn FnMut() -> u64>
        });
        let walls = medians(runs.into_iter().collect());
        let ratio = walls[0] as f64 / walls[1] as f64;
        println!("| python/{} | {:.1} ms | {:.1} ms | {ratio:.3} |", model.id(), ms(walls[0]), ms(walls[1]));
    }
}
