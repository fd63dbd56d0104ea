//! `kill -9` of any worker at any moment.

use std::{
    sync::{
        atomic::{AtomicBool, Ordering::Relaxed},
        mpsc,
    },
    time::{Duration, Instant},
};

use lanes_backend::{pool::Ending, runner::CancelToken};
use lanes_core::{
    rng,
    scenario::{Lane, Model},
    trace::State,
};
use libtest_mimic::Trial;
use rustix::process::{Pid, Signal, kill_process};

use crate::{
    agreement::{runner, scenario},
    is_there,
    rogues::{Event, Sum, pool, settings, sum_of},
    trial,
};

pub fn trials() -> Vec<Trial> {
    vec![
        trial("a_worker_killed_at_any_moment_costs_nothing", || {
            let found = many(30);
            assert!(median(&found) < Duration::from_millis(100), "noticed after {:?}", median(&found));
        }),
        trial("the_kill_button_kills_and_the_lane_heals", button),
        trial("two_hundred_kills", || {
            let found = many(200);
            let longest = found.iter().max().copied().unwrap_or_default();
            println!("| kills noticed | median | longest |\n| --- | --- | --- |");
            println!("| {} of 200 runs | {:?} | {longest:?} |", found.len(), median(&found));
            assert!(longest < Duration::from_millis(100), "noticed after {longest:?}");
        })
        .with_ignored_flag(true),
    ]
}

fn median(times: &[Duration]) -> Duration {
    let mut times = times.to_vec();
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default()
}

/// Runs with one kill each, small tasks and large ones in turn; how long it took to notice those that hit a run.
fn many(trials: u64) -> Vec<Duration> {
    (0..trials).filter_map(one).collect()
}

fn one(number: u64) -> Option<Duration> {
    let is_small = number.is_multiple_of(2);
    let (behaviour, tasks, chunk) = if is_small { ("honest", 100_000, 5) } else { ("work", 300, 1) };
    let (mut pool, mut sum) = (pool(behaviour), Sum::default());
    let (tell, told) = mpsc::channel();
    sum.tell = Some(tell);
    let is_over = AtomicBool::new(false);
    let noticed = std::thread::scope(|scope| {
        let is_over = &is_over;
        let killer = scope.spawn(move || kill_one(number, &told, is_over));
        let outcome = pool.run(tasks, Instant::now(), &settings(2, chunk), &mut sum, || false);
        is_over.store(true, Relaxed);
        sum.tell = None;
        assert_eq!(outcome.ending, Ending::Complete, "trial {number}: {:?}", sum.lost);
        assert_eq!(sum.sum, sum_of(0..tasks), "trial {number}: {:?}", sum.lost);
        assert!(outcome.end.quarantined.is_empty(), "trial {number}");
        assert!(outcome.end.retried <= u64::from(chunk), "trial {number}: {} tasks again", outcome.end.retried);
        killer.join().expect("no panic")
    });
    drop(pool);
    assert!(sum.processes.iter().all(|(_, process)| !is_there(*process)), "trial {number}: a process is left");
    noticed
}

/// Kills one of the workers some time after both are there; how long until the pool knew.
fn kill_one(seed: u64, told: &mpsc::Receiver<Event>, is_over: &AtomicBool) -> Option<Duration> {
    let mut workers = Vec::new();
    while workers.len() < 2 {
        match told.recv().ok()? {
            Event::Started(worker, process) => workers.push((worker, process)),
            Event::Lost(..) => {}
        }
    }
    let until = Instant::now() + Duration::from_micros(rng::nth(seed, 0) % 15_000);
    while Instant::now() < until {
        std::hint::spin_loop();
    }
    let (worker, process) = workers[(rng::nth(seed, 1) % 2) as usize];
    let killed = Instant::now();
    if is_over.load(Relaxed) {
        return None;
    }
    kill_process(Pid::from_raw(process as i32)?, Signal::KILL).ok()?;
    told.iter().find_map(|event| match event {
        Event::Lost(lost, at) if lost == worker => Some(at.saturating_duration_since(killed)),
        _ => None,
    })
}

fn button() {
    let scenario = scenario(
        r#"{"lanes_scenario":1,"groups":[{"tasks":40,"steps":[{"fetch":{"latency_ms":20}}]}],"workers":2,"chunk":1}"#,
    );
    let mut runner = runner(|_| {});
    let cancel = CancelToken::new();
    let (controls, pressed) = (runner.controls(&cancel), std::cell::Cell::new(false));
    let report = runner.run_lane(&scenario, Lane::native(Model::Processes), 1, &cancel, &|frame| {
        if frame.ended > 4 && !pressed.replace(true) {
            controls.kill(1);
        }
    });
    assert_eq!(report.ending, lanes_core::report::Ending::Complete);
    assert_eq!((report.tasks.done, report.tasks.retried), (40, 1));
    assert!(report.notes.iter().any(|note| note.contains("worker 1 was lost (it was killed on request")), "{report:?}");
    assert!(report.total().state_ns(State::Lost) > 0);
}
