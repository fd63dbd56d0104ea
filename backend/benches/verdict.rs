//! How good predictions and verdicts are: generated scenarios, each predicted, run, and judged by an independent run of its own.
//! Prints Markdown. `cargo bench -p lanes-backend --bench verdict -- NATIVE PYTHON [SEED]`
//!
//! The machine is calibrated as the scenarios go, each kernel and lane once. What is judged:
//!
//! - the prediction of each lane, by the medians of two runs that came after it, the lesser of them;
//! - the lane that the run's verdict recommends, and the one that the prediction does, by a second run: its wall time against
//!   that of the fastest lane there (the *regret*, 1 for the fastest). Less than 5 ms apart is a tie.

use std::{collections::BTreeMap, process::Command};

use lanes_core::rng;
use serde_json::{Value, json};

/// Closer together than this, two lanes tie, in nanoseconds.
const TIE_NS: f64 = 5e6;

fn main() {
    let numbers: Vec<u64> = std::env::args().skip(1).filter_map(|argument| argument.parse().ok()).collect();
    let [native, python, seed] = [0, 1, 2].map(|at| numbers.get(at).copied().unwrap_or([40, 12, 1][at]));
    let folder = tempfile::tempdir().expect("room");
    let calibration = folder.path().join("calibration.json").display().to_string();
    let mut found = Found::default();
    for number in 0..native + python {
        let place = if number < native { "native" } else { "python" };
        let scenario = generated(rng::derive(seed, number), place);
        let text = scenario.to_string();
        let Some(predicted) = lanes(&["predict", &text, "--calibration", &calibration, "--json", "-", "-q"]) else {
            eprintln!("not predicted: {text}");
            continue;
        };
        let (Some(run), Some(judge)) =
            (lanes(&["run", &text, "--json", "-", "-q"]), lanes(&["run", &text, "--json", "-", "-q"]))
        else {
            eprintln!("not run: {text}");
            continue;
        };
        found.add(place, &scenario, &predicted, &run, &judge);
    }
    found.print();
}

/// What a command of `lanes` says as JSON.
fn lanes(arguments: &[&str]) -> Option<Value> {
    let output = Command::new(env!("CARGO_BIN_EXE_lanes")).args(arguments).output().expect("lanes can be started");
    serde_json::from_slice(&output.stdout).ok()
}

/// A scenario of this place, dealt.
fn generated(seed: u64, place: &str) -> Value {
    let mut index = 0;
    let mut unit = || {
        index += 1;
        rng::unit(rng::nth(seed, index))
    };
    // As many small ones as large ones.
    let between = |unit: f64, low: f64, high: f64| low * (high / low).powf(unit);
    let is_python = place == "python";
    // Sizes that take some milliseconds natively and in CPython, and the power by which they grow.
    let kernels: [(&str, f64, f64, f64); 7] = [
        ("primes", 200_000.0, 8_000.0, 1.5),
        ("mandelbrot", 192.0, 24.0, 2.0),
        ("sha256", 150.0, 40.0, 1.0),
        ("wordcount", 1_572_864.0, 65_536.0, 1.0),
        ("matmul", 320.0, 32.0, 3.0),
        ("sort", 300_000.0, 8_000.0, 1.0),
        ("pi", 4_000_000.0, 16_000.0, 1.0),
    ];
    let (kernel, native_size, python_size, growth) = kernels[(unit() * 7.0) as usize];
    // The computing of a task, in milliseconds; the sizes above take ten.
    let compute_ms = between(unit(), 0.02, 20.0);
    let size = if is_python { python_size } else { native_size } * (compute_ms / 10.0).powf(1.0 / growth);
    let spread = ["even", "even", "uniform", "heavy"][(unit() * 4.0) as usize];
    let mut compute = json!({ "kernel": kernel, "size": size.max(1.0) as u64, "spread": spread });
    let latency_ms = between(unit(), 1.0, 80.0).round();
    let spread = ["even", "even", "uniform", "heavy"][(unit() * 4.0) as usize];
    let fetch = json!({ "latency_ms": latency_ms, "spread": spread, "bytes": between(unit(), 100.0, 60_000.0) as u64 });
    let (waits, computes) = match (unit() * 10.0) as u64 {
        0..4 => (false, true),
        4..7 => (true, false),
        _ => (true, true),
    };
    let mut steps = Vec::new();
    if waits {
        steps.push(json!({ "fetch": fetch }));
    }
    if computes {
        if unit() < 0.25 {
            compute["bytes_in"] = (between(unit(), 1e3, 1e6) as u64).into();
        }
        steps.push(json!({ "compute": compute }));
    }
    // One lane after another takes no longer than this.
    let each_ms = if waits { latency_ms } else { 0.0 } + if computes { compute_ms } else { 0.0 };
    let tasks = between(unit(), 8.0, 2_000.0).min(1_200.0 / each_ms).max(2.0) as u64;
    let mut scenario = json!({
        "lanes_scenario": 2,
        "groups": [{ "tasks": tasks, "steps": steps }],
        "workers": between(unit(), 1.0, 16.99) as u64,
        "concurrency": between(unit(), 4.0, 200.0) as u64,
        "repeats": 5,
    });
    if waits && unit() < 0.2 {
        scenario["server"] = json!({ "capacity": between(unit(), 2.0, 50.0) as u64 });
    }
    let models = ["sequential", "async", "threads", "processes", "hybrid"];
    scenario["lanes"] = models.iter().map(|model| json!(format!("{place}/{model}"))).collect();
    scenario
}

/// What was found of one lane in one scenario.
struct Lane {
    error: f64,
    is_inside: bool,
}

#[derive(Default)]
struct Found {
    lanes: BTreeMap<String, Vec<Lane>>,
    /// By place: of the verdict and of the prediction, the regret of each scenario.
    regrets: BTreeMap<String, [Vec<f64>; 2]>,
}

impl Found {
    fn add(&mut self, place: &str, scenario: &Value, predicted: &Value, run: &Value, judge: &Value) {
        let walls = |file: &Value| -> BTreeMap<String, f64> {
            let lanes = file["lanes"].as_array().into_iter().flatten();
            let wall = |lane: &Value| Some((lane["lane"].as_str()?.to_owned(), lane["median_ns"].as_f64()?));
            lanes.filter_map(wall).collect()
        };
        let (measured, judged) = (walls(run), walls(judge));
        for lane in predicted["lanes"].as_array().into_iter().flatten() {
            let (Some(name), Some(said)) = (lane["lane"].as_str(), lane["median_ns"].as_f64()) else { continue };
            // What else this machine did only ever adds.
            let (Some(wall), Some(again)) = (measured.get(name), judged.get(name)) else { continue };
            let wall = &wall.min(*again);
            let inside = |at: usize| lane["interval_ns"][at].as_f64().unwrap_or_default();
            let error = said / wall - 1.0;
            if error.abs() > 0.15 {
                eprintln!(
                    "{name}: {:.1} ms for {:.1} ms ({:+.0} %): {scenario}",
                    said / 1e6,
                    wall / 1e6,
                    error * 100.0
                );
            }
            let found = Lane { error, is_inside: (inside(0)..=inside(1)).contains(wall) };
            self.lanes.entry(name.to_owned()).or_default().push(found);
        }
        let best = judged.values().copied().fold(f64::INFINITY, f64::min);
        for (at, file) in [run, predicted].into_iter().enumerate() {
            let Some(taken) = file["verdict"]["overall"]["lane"].as_str().and_then(|lane| judged.get(lane)) else {
                continue;
            };
            let regret = if taken - best < TIE_NS { 1.0 } else { taken / best };
            if regret > 1.05 {
                let who = ["verdict", "prediction"][at];
                eprintln!("{who} took {}, regret {regret:.2}: {scenario}", file["verdict"]["overall"]["lane"]);
            }
            self.regrets.entry(place.to_owned()).or_default()[at].push(regret);
        }
    }

    fn print(&self) {
        println!("| lane | scenarios | median error | 90 % within | worst | mean | inside the interval |");
        println!("| --- | ---: | ---: | ---: | ---: | ---: | ---: |");
        let mut all = Vec::new();
        for (name, lanes) in &self.lanes {
            row(name, &lanes.iter().collect::<Vec<_>>());
            all.extend(lanes);
        }
        row("all", &all);
        println!("\n| place | by | scenarios | fastest or tied | mean regret | 95th percentile | worst |");
        println!("| --- | --- | ---: | ---: | ---: | ---: | ---: |");
        for (place, both) in &self.regrets {
            for (regrets, who) in both.iter().zip(["verdict of a run", "prediction alone"]) {
                let mut sorted = regrets.clone();
                sorted.sort_by(f64::total_cmp);
                let best = sorted.iter().filter(|regret| **regret <= 1.05).count();
                println!(
                    "| {place} | {who} | {} | {:.1} % | {:.3} | {:.3} | {:.2} |",
                    sorted.len(),
                    100.0 * best as f64 / sorted.len().max(1) as f64,
                    sorted.iter().sum::<f64>() / sorted.len().max(1) as f64,
                    at(&sorted, 0.95),
                    at(&sorted, 1.0),
                );
            }
        }
    }
}

fn row(name: &str, lanes: &[&Lane]) {
    let mut errors: Vec<f64> = lanes.iter().map(|lane| lane.error.abs()).collect();
    errors.sort_by(f64::total_cmp);
    let inside = lanes.iter().filter(|lane| lane.is_inside).count();
    println!(
        "| {name} | {} | {:.1} % | {:.1} % | {:.0} % | {:+.1} % | {:.0} % |",
        lanes.len(),
        100.0 * at(&errors, 0.5),
        100.0 * at(&errors, 0.9),
        100.0 * at(&errors, 1.0),
        100.0 * lanes.iter().map(|lane| lane.error).sum::<f64>() / lanes.len().max(1) as f64,
        100.0 * inside as f64 / lanes.len().max(1) as f64,
    );
}

/// The value that this share of the sorted ones does not exceed.
fn at(sorted: &[f64], share: f64) -> f64 {
    let last = sorted.len().saturating_sub(1);
    sorted.get((last as f64 * share).round() as usize).copied().unwrap_or(f64::NAN)
}
