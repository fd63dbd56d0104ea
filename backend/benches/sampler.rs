//! What is seen of CPython's threads from outside against what they know themselves: functions that sleep and compute in known
//! shares, and what looking costs. Printed as Markdown.
//! `cargo bench -p lanes-backend --bench sampler`, with `-- 3.13` for one version of the interpreter.

use std::{fs, path::Path};

use lanes_backend::{
    python,
    runner::{CancelToken, Options, PythonOptions, Runner},
};
use lanes_core::{
    report::{Ending, RunReport, spread_of},
    scenario::{Interpreter, Lane, Model, ValidScenario},
    trace::State,
};
use serde_json::json;

/// Milliseconds that an item sleeps, and those that it computes.
const SHARES: [(u32, u32); 5] = [(0, 40), (10, 30), (20, 20), (30, 10), (40, 0)];
const THREADS: [u32; 3] = [1, 2, 4];
/// Items of each thread.
const ITEMS: u32 = 12;
/// Runs with and without looking, in turn, after one of each that does not count.
const ROUNDS: usize = 25;

/// A function that notes of each item how long it took, slept, and had a processor or was ready for one. A sleep is as long as
/// it is alone: what comes back later than that waited for the lock.
const FUNCTION: &str = r#"
import ctypes, json, threading, time

SLEEPS, COMPUTES, ITEMS_IN_ALL, NOTES = $
ITEMS = range(ITEMS_IN_ALL)
noted = []
lock = threading.Lock()


def ready_ns():
    with open("/proc/thread-self/schedstat") as file:
        return int(file.read().split()[1])


def sleep_alone():
    # The least of several: what a sleep of this length takes where nothing else is done.
    slept = []
    for _ in range(5):
        begin = time.perf_counter_ns()
        time.sleep(SLEEPS / 1000)
        slept.append(time.perf_counter_ns() - begin)
    return min(slept)


ALONE_NS = sleep_alone() if SLEEPS else 0


def task(item):
    wall, spent, ready = time.perf_counter_ns(), time.thread_time_ns(), ready_ns()
    if SLEEPS:
        time.sleep(SLEEPS / 1000)
    until = time.thread_time_ns() + COMPUTES * 1_000_000
    while time.thread_time_ns() < until:
        pass
    computing = time.thread_time_ns() - spent + ready_ns() - ready
    noted.append((time.perf_counter_ns() - wall, computing, ALONE_NS))
    if len(noted) == ITEMS_IN_ALL:
        with open(NOTES, "w") as file:
            json.dump([sum(column) for column in zip(*noted)], file)
"#;

/// Shares of an item's time, in percent: computing, waiting for data, waiting for the lock.
type Shares = [f64; 3];

fn main() {
    let wanted = std::env::args().skip(1).find(|argument| argument.starts_with("3."));
    let folder = tempfile::tempdir().expect("a folder");
    let candidates = python::find(&[]);
    let lane = |minor| Lane {
        interpreter: Interpreter::Exact { minor, free_threaded: false },
        ..Lane::python(Model::Threads)
    };
    let is_wanted = |lane: &Lane| wanted.as_ref().is_none_or(|wanted| lane.to_string().contains(wanted));
    let lanes = [11, 13].map(lane).into_iter().filter(|lane| python::missing(&candidates, *lane).is_none());
    let lanes: Vec<Lane> = lanes.filter(is_wanted).collect();
    shares(&lanes, folder.path());
    costs(&lanes, folder.path());
}

/// A scenario of a function that sleeps and computes, and the file that it notes the truth in.
fn scenario(lane: Lane, (sleeps, computes): (u32, u32), threads: u32, notes: &Path) -> ValidScenario {
    let items = ITEMS * threads;
    let values = format!("{sleeps}, {computes}, {items}, {:?}", notes.display().to_string());
    let call = json!({ "call": { "python": FUNCTION.replace('$', &values) } });
    let scenario = json!({ "lanes_scenario": 2, "workers": threads, "lanes": [lane], "warmup": 0,
        "groups": [{ "tasks": items, "steps": [call] }] });
    ValidScenario::from_value(&scenario).expect("valid")
}

fn run(scenario: &ValidScenario, sampling: bool) -> RunReport {
    let python = PythonOptions { own_code: python::OwnCode::Allowed, sampling, ..PythonOptions::default() };
    let mut runner = Runner::new(Options { python, ..Options::default() });
    let report = runner.run_lane(scenario, scenario.lanes[0], 1, &CancelToken::new(), &|_| {});
    assert_eq!(report.ending, Ending::Complete, "{:?}", report.notes);
    report
}

fn percent(of: [u64; 3]) -> Shares {
    let whole = of.iter().sum::<u64>().max(1) as f64;
    of.map(|part| part as f64 / whole * 100.0)
}

fn truth(notes: &Path) -> Shares {
    let text = fs::read_to_string(notes).expect("the function has noted it");
    let [whole, computing, data]: [u64; 3] = serde_json::from_str(&text).expect("three sums");
    percent([computing, data, whole.saturating_sub(computing + data)])
}

fn seen(report: &RunReport) -> Shares {
    let total = report.total();
    percent([State::Compute, State::WaitIo, State::WaitLock].map(|state| total.state_ns(state)))
}

/// How often a second the threads were looked at, and what part of a processor that took, as the report says.
fn looked(report: &RunReport) -> String {
    let note = report.notes.iter().find(|note| note.contains("from outside")).expect("a note");
    let before = |end: &str| note.split(end).next().and_then(|text| text.rsplit(' ').next()).unwrap_or_default();
    format!("{} | {} %", before(" times a second"), before(" % of a processor"))
}

fn shown(shares: Shares) -> String {
    shares.map(|share| format!("{share:.1}")).join(" / ")
}

fn shares(lanes: &[Lane], folder: &Path) {
    println!("Computing / waiting for data / waiting for the lock, in percent of the items' time.\n");
    println!("| lane | threads | sleeps : computes | true | seen | apart by | looks a second | of a processor |");
    println!("| --- | ---: | --- | --- | --- | ---: | ---: | ---: |");
    let mut worst: f64 = 0.0;
    for lane in lanes {
        for threads in THREADS {
            for (sleeps, computes) in SHARES {
                let notes = folder.join("notes.json");
                let report = run(&scenario(*lane, (sleeps, computes), threads, &notes), true);
                let (truth, seen) = (truth(&notes), seen(&report));
                let apart = truth.iter().zip(seen).map(|(truth, seen)| (truth - seen).abs()).fold(0.0, f64::max);
                worst = worst.max(apart);
                let (truth, seen) = (shown(truth), shown(seen));
                let looks = looked(&report);
                println!("| {lane} | {threads} | {sleeps} : {computes} ms | {truth} | {seen} | {apart:.1} | {looks} |");
            }
        }
    }
    println!("\nAt the most {worst:.1} points apart.");
}

/// The wall time of computing threads that are looked at against that of those that are not, in turn.
fn costs(lanes: &[Lane], folder: &Path) {
    println!(
        "\n| lane | threads | sleeps : computes | with against without looking | looks a second | of a processor |"
    );
    println!("| --- | ---: | --- | ---: | ---: | ---: |");
    for lane in lanes {
        for (threads, share) in [(4, (0, 10)), (16, (0, 3)), (16, (20, 2))] {
            let scenario = scenario(*lane, share, threads, &folder.join("notes.json"));
            let mut ratios = Vec::new();
            let mut looks = String::new();
            for round in 0..=ROUNDS {
                // There and back, so that a machine that gets slower is held against neither.
                let mut walls = [0; 2];
                for sampling in if round % 2 == 0 { [true, false] } else { [false, true] } {
                    let report = run(&scenario, sampling);
                    walls[usize::from(sampling)] = report.wall_ns;
                    if sampling {
                        looks = looked(&report);
                    }
                }
                if round > 0 {
                    ratios.push(walls[1] * 10_000 / walls[0].max(1));
                }
            }
            let ratio = spread_of(&ratios).expect("measured");
            println!(
                "| {lane} | {threads} | {} : {} ms | {:.4} ± {:.4} | {looks} |",
                share.0,
                share.1,
                ratio.median as f64 / 1e4,
                ratio.mad as f64 / 1e4
            );
        }
    }
}
