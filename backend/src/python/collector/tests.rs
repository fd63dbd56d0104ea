//! Logs as the program writes them, and what is made of them.

use lanes_core::{
    collector::{BetweenSteps, LEAST_WAIT_NS, log::HAS_RUN_DELAY},
    scenario::ValidScenario,
    trace::{NO_TASK, State},
};

use super::*;

const MS: u64 = 1_000_000;

/// A thread log as `lanes_trace.py` writes it, of a thread that has begun so many tasks: kind, task, start, end, extra.
fn log(process: u32, begun: u64, between: [u64; 2], records: &[(u8, u32, u64, u64, u64)]) -> Vec<u8> {
    let mut bytes = vec![0; 128];
    let mut set = |at: usize, value: u64| bytes[at..at + 8].copy_from_slice(&value.to_le_bytes());
    set(0, records.len() as u64);
    set(16, begun);
    set(24, 70 * MS);
    set(32, 3);
    set(72, process.into());
    set(80, between[0]);
    set(88, between[1]);
    for (kind, task, start, end, extra) in records {
        bytes.extend([*kind, HAS_RUN_DELAY, 0, 0]);
        bytes.extend(task.to_le_bytes());
        [start, end, extra].iter().for_each(|number| bytes.extend(number.to_le_bytes()));
    }
    bytes
}

fn collect(model: Model, logs: &[Vec<u8>]) -> (TraceCollector, Vec<Span>) {
    let folder = tempfile::tempdir().expect("a folder");
    for (number, log) in logs.iter().enumerate() {
        fs::write(folder.path().join(format!("{number}.spans")), log).expect("room");
    }
    let json = r#"{"lanes_scenario":1,"workers":2,"groups":[{"tasks":4,"steps":[{"compute":{"kernel":"primes"}}]}]}"#;
    let plan = Plan::new(ValidScenario::from_json(json).expect("valid"));
    let mut collector = TraceCollector::new(folder.path().to_owned(), model, 1, &plan, &Alone::default());
    collector.begin(10 * MS);
    let mut spans = Vec::new();
    assert!(collector.look(&mut spans).expect("reads"));
    (collector, spans)
}

#[test]
fn what_blocks_a_step_is_drawn_in_front_of_it_and_time_between_steps_is_added_up() {
    let first = log(1, 1, [7, 3], &[(3, 0, 20 * MS, 30 * MS, 4 * MS), (100, 0, 20 * MS, 30 * MS, 99)]);
    // Clocks take as long to be read as this one was blocked.
    let second = log(1, 1, [5, 1], &[(4, 1, 21 * MS, 22 * MS, 300), (3, 1, 22 * MS, 25 * MS, LEAST_WAIT_NS - 1)]);
    let (collector, spans) = collect(Model::Threads, &[first, second]);
    let drawn: Vec<_> = spans.iter().map(|s| (s.worker, s.state, s.start_ns / MS, s.end_ns / MS)).collect();
    assert_eq!(
        drawn,
        [
            (0, State::WaitLock, 10, 14),
            (0, State::Compute, 14, 20),
            (1, State::WaitIo, 11, 12),
            (1, State::Compute, 12, 15)
        ]
    );
    assert_eq!(collector.between_steps(), BetweenSteps { whole_ns: 12, cpu_ns: 4 });
    assert_eq!((collector.ended, collector.in_flight(), collector.steps.count), (1, 1, 2));
    let tallies = collector.tallies(0);
    assert_eq!((tallies[0].done, tallies[0].checksum, tallies[1].fetched_bytes), (1, 99, 300));
}

#[test]
fn a_worker_that_dies_loses_the_task_that_it_was_at() {
    // Process 1 is the parent of the pool.
    let (mut collector, mut spans) =
        collect(Model::Processes, &[log(2, 1, [0, 0], &[(2, NO_TASK, 11 * MS, 12 * MS, 0)])]);
    assert!(collector.is_at_work());
    assert_eq!(collector.record_death(2, 90 * MS, &mut spans), Some(3));
    let lost = Span { worker: 0, slot: 0, task: 3, state: State::Lost, start_ns: 60 * MS, end_ns: 90 * MS };
    assert_eq!(spans.last(), Some(&lost));
    assert!(!collector.is_at_work());
    assert_eq!(collector.holder(0), None);
}
