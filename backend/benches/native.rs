//! What the native lanes cost beside the bare thing and beside CPython, measured in one run: ratios, printed as
//! Markdown. `cargo bench -p lanes-backend --bench native`
//!
//! Its binary is also the worker process that it starts.

use std::{
    hint::black_box,
    process::{Command, ExitCode},
    time::Instant,
};

use lanes_backend::{
    engine::Clock,
    runner::{CancelToken, Options, Runner},
};
use lanes_core::{
    kernels::{Input, Kernel, Scratch},
    plan::{Action, Plan},
    report::Ending,
    scenario::{Lane, Model, ValidScenario, presets::Preset},
    trace::{State, recorder},
};
use rayon::prelude::*;

#[path = "native/pipe.rs"]
mod pipe;

/// How often each thing is measured; the best counts, because whatever else runs only ever adds.
const ROUNDS: usize = 7;

fn main() -> ExitCode {
    if std::env::args().nth(1).as_deref() == Some("worker") {
        return match lanes_backend::worker::main() {
            Ok(()) => ExitCode::SUCCESS,
            Err(why) => {
                eprintln!("{why}");
                ExitCode::FAILURE
            }
        };
    }
    if std::env::args().nth(1).as_deref() == Some("pipe") {
        return pipe::other_end();
    }
    println!("| what | Lanes | beside it | ratio |\n| --- | --- | --- | --- |");
    tiny_tasks();
    start_up();
    data();
    computing();
    recording();
    ExitCode::SUCCESS
}

fn row(what: &str, ours: f64, unit: &str, theirs: Option<(f64, &str)>) {
    match theirs {
        Some((value, name)) => {
            println!("| {what} | {ours:.3} {unit} | {value:.3} {unit} ({name}) | {:.3} |", ours / value);
        }
        None => println!("| {what} | {ours:.3} {unit} | not measured | |"),
    }
}

fn scenario(json: &str) -> ValidScenario {
    ValidScenario::from_json(json).expect("a valid scenario")
}

/// Wall time of a run, in ns.
fn wall(runner: &mut Runner, scenario: &ValidScenario, model: Model) -> f64 {
    let report = runner.run_lane(scenario, Lane::native(model), 1, &CancelToken::new(), &|_| {});
    assert_eq!(report.ending, Ending::Complete, "{:?}", report.notes);
    report.wall_ns as f64
}

fn best(mut measure: impl FnMut() -> f64) -> f64 {
    (0..ROUNDS).map(|_| measure()).fold(f64::INFINITY, f64::min)
}

/// A number that a Python program prints; `None` without a Python.
fn python(program: &str) -> Option<f64> {
    let output = Command::new("python3").args(["-c", program]).output().ok()?;
    String::from_utf8_lossy(&output.stdout).trim().parse().ok()
}

fn tiny_tasks() {
    let tiny = |chunk: &str| {
        scenario(&format!(
            r#"{{"lanes_scenario":1,"groups":[{{"tasks":100000,"steps":[{{"compute":{{"size":1}}}}]}}],"workers":2,
                "chunk":{chunk}}}"#
        ))
    };
    let mut runner = Runner::new(Options::default());
    let mut per_task = |chunk: &str, model| {
        let scenario = tiny(chunk);
        best(|| wall(&mut runner, &scenario, model)) / 100_000.0 / 1000.0
    };
    let pool = |how: &str| {
        python(&format!(
            "import time, multiprocessing as m
def f(x): return x
if __name__ == '__main__':
    with m.Pool(2) as p:
        p.map(f, range(1000))
        best = 1e9
        for _ in range(3):
            t = time.perf_counter(); p.map(f, range(20000){how}); best = min(best, time.perf_counter() - t)
    print(best / 20000 * 1e6)"
        ))
    };
    let threads = python(
        "import time, concurrent.futures as c
def f(x): return x
with c.ThreadPoolExecutor(2) as p:
    best = 1e9
    for _ in range(3):
        t = time.perf_counter(); list(p.map(f, range(20000))); best = min(best, time.perf_counter() - t)
print(best / 20000 * 1e6)",
    );
    let named = |value: Option<f64>, name| value.map(|value| (value, name));
    let ours = per_task("1", Model::Processes);
    row("a tiny task, 2 processes, chunk 1", ours, "µs", named(pool(", chunksize=1"), "multiprocessing.Pool"));
    let ours = per_task("\"auto\"", Model::Processes);
    row("the same, chunks as each chooses", ours, "µs", named(pool(""), "multiprocessing.Pool"));
    row("a tiny task, 2 threads", per_task("1", Model::Threads), "µs", named(threads, "ThreadPoolExecutor"));
    row("a tiny task, sequential", per_task("1", Model::Sequential), "µs", None);
    row("a tiny task, event loop", per_task("1", Model::Async), "µs", None);
}

fn start_up() {
    let one = scenario(
        r#"{"lanes_scenario":1,"groups":[{"tasks":2,"steps":[{"fetch":{"latency_ms":1,"bytes":1}}]}],"workers":2}"#,
    );
    let ours = best(|| wall(&mut Runner::new(Options::default()), &one, Model::Processes) / 1e6);
    let fork = python(
        "import time, multiprocessing as m
def f(x): time.sleep(0.001); return x
best = 1e9
for _ in range(5):
    t = time.perf_counter()
    with m.get_context('fork').Pool(2) as p: p.map(f, range(2)); best = min(best, time.perf_counter() - t)
print(best * 1e3)",
    );
    row("a cold pool of 2 and two tasks of 1 ms", ours, "ms", fork.map(|fork| (fork, "Pool(2), fork")));
}

/// Data to one process and back, beside a bare pipe that carries the same messages.
fn data() {
    const TASKS: u32 = 60;
    let job = |shape: &str| {
        scenario(&format!(
            r#"{{"lanes_scenario":2,"workers":1,"groups":[{{"tasks":{TASKS},"steps":[{{"compute":
                {{"size":1,"bytes_in":4000000,"bytes_out":200000,"shape":"{shape}"}}}}]}}]}}"#
        ))
    };
    let (bytes, numbers) = (job("bytes"), job("numbers"));
    let mut runner = Runner::new(Options::default());
    let mut figures = [f64::INFINITY; 4];
    for _ in 0..ROUNDS {
        let walls = [
            wall(&mut runner, &bytes, Model::Processes),
            wall(&mut runner, &numbers, Model::Processes),
            wall(&mut runner, &bytes, Model::Threads),
            pipe::bare(TASKS, 4_000_000, 200_000),
        ];
        figures = std::array::from_fn(|i| figures[i].min(walls[i] / 1e6));
    }
    let [bytes, numbers, threads, bare] = figures;
    row("60 tasks, 4 MB in, 200 KB out, 1 process", bytes, "ms", Some((bare, "bare pipe")));
    row("the same as numbers", numbers, "ms", Some((bare, "bare pipe")));
    row("the same as bytes, 1 thread", threads, "ms", Some((bare, "bare pipe")));
}

/// The digest of a task that has one compute step.
fn compute(plan: &Plan, task: u32, scratch: &mut Scratch) -> u64 {
    let Action::Compute(action) = plan.action(task, 0) else { return 0 };
    run(action.kernel, Input::Generated { size: action.size, seed: action.seed }, scratch)
}

fn run(kernel: Kernel, input: Input<'_>, scratch: &mut Scratch) -> u64 {
    kernel.run(input, scratch, &mut || std::ops::ControlFlow::Continue(())).unwrap_or_default()
}

fn computing() {
    let mut crunch = Preset::find("crunch").expect("a preset").scenario();
    crunch.groups[0].tasks = 192;
    let crunch = crunch.validate().expect("within the limits");
    let plan = Plan::new(crunch.clone());
    let pool = rayon::ThreadPoolBuilder::new().num_threads(2).build().expect("two threads");
    let mut runner = Runner::new(Options::default());
    let mut silent = Runner::new(Options { recording: false, ..Options::default() });
    let ms = |begun: Instant| begun.elapsed().as_secs_f64() * 1e3;
    let mut figures = [f64::INFINITY; 5];
    // In turn, so that a machine that slows down does so to all alike.
    for _ in 0..ROUNDS {
        let begun = Instant::now();
        let mut scratch = Scratch::new();
        (0..plan.tasks()).for_each(|task| {
            black_box(compute(&plan, task, &mut scratch));
        });
        figures[0] = figures[0].min(ms(begun));
        figures[1] = figures[1].min(wall(&mut runner, &crunch, Model::Sequential) / 1e6);
        let begun = Instant::now();
        pool.install(|| {
            (0..plan.tasks()).into_par_iter().with_max_len(1).for_each_init(Scratch::new, |scratch, task| {
                black_box(compute(&plan, task, scratch));
            });
        });
        figures[2] = figures[2].min(ms(begun));
        figures[3] = figures[3].min(wall(&mut runner, &crunch, Model::Threads) / 1e6);
        figures[4] = figures[4].min(wall(&mut silent, &crunch, Model::Threads) / 1e6);
    }
    let [bare, sequential, rayon, threads, unrecorded] = figures;
    row("crunch × 4, sequential", sequential, "ms", Some((bare, "bare loop")));
    row("crunch × 4, 2 threads", threads, "ms", Some((rayon, "rayon par_iter")));
    row("the same, recording or not", threads, "ms", Some((unrecorded, "not recorded")));
}

fn recording() {
    const SPANS: u32 = 1_000_000;
    let clock = Clock::start();
    let mut spans = Vec::with_capacity(SPANS as usize);
    let span = best(|| {
        let (mut recorder, mut drain) = recorder(0, SPANS as usize);
        let begun = Instant::now();
        for task in 0..SPANS {
            recorder.span(0, task, State::Compute, u64::from(task), u64::from(task) + 1);
        }
        let took = begun.elapsed().as_nanos() as f64 / f64::from(SPANS);
        spans.clear();
        drain.drain(&mut spans, SPANS as usize);
        took
    });
    let read = best(|| {
        let begun = Instant::now();
        for _ in 0..SPANS {
            black_box(clock.now_ns());
        }
        begun.elapsed().as_nanos() as f64 / f64::from(SPANS)
    });
    row("recording a span", span, "ns", None);
    row("reading the clock", read, "ns", None);
}
