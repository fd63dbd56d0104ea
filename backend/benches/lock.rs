//! The modelled interpreter lock beside CPython's: how evenly four threads share it, and how often it changes hands, for
//! tasks from 1 µs to 100 ms, printed as Markdown. `cargo bench -p lanes-backend --bench lock [-- PYTHON…]`
//!
//! In both, threads take one task after another for the same time. The model runs core's own loop (`native/gil`), whose
//! spans tell every wait; in CPython a pure-Python loop of the same length does the task, and every turn of it looks whose
//! turn was before. Its processor time is how long a thread held the lock.

use std::{cell::Cell, hint::black_box, process::Command, time::Instant};

use lanes_backend::runner::{CancelToken, Options, Runner};
use lanes_core::{
    kernels::{Input, Kernel, Scratch},
    report::Ending,
    scenario::{Lane, Model, ValidScenario, limits},
    trace::State,
};

/// Lengths of a task, in microseconds.
const LENGTHS_US: [u64; 6] = [1, 10, 100, 1_000, 10_000, 100_000];

/// Threads that share the lock.
const THREADS: usize = 4;

/// How long each length is measured, in seconds.
const SECONDS: f64 = 2.0;

/// What a row of the table says.
struct Sharing {
    /// Parts of 1, of the time that any thread held the lock.
    shares: Vec<f64>,
    hand_overs_per_s: f64,
}

fn main() {
    // `cargo test --benches` only wants to know that it starts.
    if std::env::args().any(|argument| argument == "--test") {
        return;
    }
    let named: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with("--")).collect();
    let pythons = if named.is_empty() { vec!["python3".to_owned()] } else { named };
    println!("| a task takes | lock of | shares of the four threads | least to most | hand-overs a second |");
    println!("| ---: | --- | --- | ---: | ---: |");
    for length_us in LENGTHS_US {
        row(length_us, "the model", &model(length_us));
        for python in &pythons {
            match cpython(python, length_us) {
                Ok((version, sharing)) => row(length_us, &version, &sharing),
                Err(why) => println!("| {} | {python}: {why} | | | |", length(length_us)),
            }
        }
    }
}

fn length(us: u64) -> String {
    if us < 1_000 { format!("{us} µs") } else { format!("{} ms", us / 1_000) }
}

fn row(length_us: u64, whose: &str, sharing: &Sharing) {
    let shares: Vec<String> = sharing.shares.iter().map(|share| format!("{:.0} %", share * 100.0)).collect();
    let (least, most) = sharing.shares.iter().fold((f64::INFINITY, 0.0_f64), |(a, b), &x| (a.min(x), b.max(x)));
    println!(
        "| {} | {whose} | {} | {:.2} | {:.0} |",
        length(length_us),
        shares.join(" / "),
        least / most,
        sharing.hand_overs_per_s
    );
}

fn shares(held: &[f64]) -> Vec<f64> {
    let whole: f64 = held.iter().sum();
    held.iter().map(|held| held / whole).collect()
}

/// How long `primes` of a size takes, in µs: the least of a few runs.
fn primes_us(size: u64, scratch: &mut Scratch) -> f64 {
    let runs = (20_000 / size).clamp(3, 1_000);
    let mut time = || {
        let start = Instant::now();
        for _ in 0..runs {
            black_box(Kernel::Primes.digest(Input::Generated { size: black_box(size), seed: 1 }, scratch));
        }
        start.elapsed().as_secs_f64() * 1e6 / runs as f64
    };
    (0..3).map(|_| time()).fold(f64::INFINITY, f64::min)
}

/// The largest size of `primes` that takes at most so long.
fn size_for(length_us: u64) -> u64 {
    let mut scratch = Scratch::new();
    let (mut low, mut high) = (1, 2);
    while primes_us(high, &mut scratch) < length_us as f64 {
        (low, high) = (high, high * 2);
    }
    while high - low > 1 + low / 50 {
        let middle = low.midpoint(high);
        if primes_us(middle, &mut scratch) < length_us as f64 {
            low = middle;
        } else {
            high = middle;
        }
    }
    low
}

fn model(length_us: u64) -> Sharing {
    let tasks = ((SECONDS * 1e6 / length_us as f64) as u64).min(limits::MAX_TASKS);
    let size = size_for(length_us);
    let scenario = ValidScenario::from_json(&format!(
        r#"{{"lanes_scenario":1,"groups":[{{"tasks":{tasks},"steps":[{{"compute":{{"size":{size}}}}}]}}],"workers":{THREADS}}}"#
    ))
    .expect("a valid scenario");
    let hand_overs = Cell::new(0);
    let count = |frame: lanes_core::wire::Frame| {
        // Every thread but the first waits for the lock whenever it gets it.
        let waits = frame.spans.iter().filter(|span| span.state == State::WaitLock).count();
        hand_overs.set(hand_overs.get() + waits);
    };
    let lane = Lane::native(Model::Gil);
    let report = Runner::new(Options::default()).run_lane(&scenario, lane, 1, &CancelToken::new(), &count);
    assert_eq!(report.ending, Ending::Complete, "{:?}", report.notes);
    let held: Vec<f64> = report.workers.iter().map(|worker| worker.state_ns(State::Compute) as f64).collect();
    Sharing { shares: shares(&held), hand_overs_per_s: hand_overs.get() as f64 / (report.wall_ns as f64 / 1e9) }
}

/// Prints the version, the hand-overs a second, and how long each thread held the lock.
const PROGRAM: &str = "
import sys, threading, time
length, seconds, threads = float(sys.argv[1]) * 1e-6, float(sys.argv[2]), int(sys.argv[3])
last = -1
hand_overs = 0

def task(me, turns):
    global last, hand_overs
    for _ in range(turns):
        if last != me:
            last = me
            hand_overs += 1

def turns_for(length):
    turns = 1
    while True:
        best = 1e9
        for _ in range(5):
            start = time.perf_counter()
            task(-1, turns)
            best = min(best, time.perf_counter() - start)
        if best >= length or turns > 1 << 30:
            return max(1, round(turns * length / best))
        turns *= 2

turns = turns_for(length)
end = 0.0
held = [0.0] * threads
gate = threading.Barrier(threads + 1)

def work(me):
    gate.wait()
    while time.perf_counter() < end:
        task(me, turns)
    held[me] = time.thread_time()

all = [threading.Thread(target=work, args=(me,)) for me in range(threads)]
for thread in all: thread.start()
begun = time.perf_counter()
end = begun + seconds
gate.wait()
for thread in all: thread.join()
print('%d.%d.%d' % sys.version_info[:3], hand_overs / (time.perf_counter() - begun), *held)
";

fn cpython(python: &str, length_us: u64) -> Result<(String, Sharing), String> {
    let output = Command::new(python)
        .args(["-c", PROGRAM, &length_us.to_string(), &SECONDS.to_string(), &THREADS.to_string()])
        .output()
        .map_err(|error| error.to_string())?;
    let text = String::from_utf8_lossy(&output.stdout);
    let mut words = text.split_whitespace();
    let version = words.next().ok_or_else(|| String::from_utf8_lossy(&output.stderr).trim().to_owned())?;
    let numbers: Vec<f64> = words.filter_map(|word| word.parse().ok()).collect();
    let (hand_overs_per_s, held) = numbers.split_first().ok_or("it printed no numbers")?;
    Ok((format!("CPython {version}"), Sharing { shares: shares(held), hand_overs_per_s: *hand_overs_per_s }))
}
