//! Workers that die, leave, stop, flood, lie or hang: each is noticed and named, and nothing else is lost.

use std::{
    collections::HashMap,
    ops::Range,
    sync::mpsc,
    time::{Duration, Instant},
};

use lanes_backend::pool::{Ending, Job, NoAnswer, Outcome, Pool, Settings};
use lanes_core::{run::dispatch::PoolError, scenario::Chunk};
use libtest_mimic::Trial;

use crate::{is_there, rogue, trial, worker};

pub fn trials() -> Vec<Trial> {
    vec![
        trial("honest_workers_do_everything_once_and_stay_warm", honest),
        trial("a_task_that_kills_its_workers_is_named_and_the_rest_completes", poison),
        trial("garbage_and_floods_are_named_and_healed", garbage),
        trial("workers_that_never_speak_the_protocol_end_the_run_with_the_reason", never_workers),
        trial("another_build_is_named", stranger),
        trial("a_program_that_is_not_there_is_named", missing),
        trial("a_stopped_worker_is_noticed_and_replaced", stopped),
        trial("a_task_beyond_its_deadline_is_set_aside", overdue),
        trial("a_run_beyond_its_deadline_ends", run_deadline),
        trial("whatever_is_printed_does_not_harm_the_protocol", print),
        trial("a_cancel_asks_first_and_kills_only_who_does_not_listen", cancel),
        trial("workers_are_replaced_after_so_many_tasks", recycling),
        trial("deaths_between_runs_cost_nothing", between_runs),
    ]
}

/// Adds up results, and writes down what happened.
#[derive(Default)]
pub struct Sum {
    pub sum: u64,
    pub done: u64,
    pub processes: Vec<(u16, u32)>,
    pub now: HashMap<u16, u32>,
    pub lost: Vec<(u16, Option<Range<u32>>, String)>,
    /// Told of every process that starts and of every one that is lost.
    pub tell: Option<mpsc::Sender<Event>>,
}

pub enum Event {
    Started(u16, u32),
    Lost(u16, Instant),
}

impl Sum {
    fn tell(&self, event: Event) {
        if let Some(tell) = &self.tell {
            let _ = tell.send(event);
        }
    }
}

impl Job for Sum {
    fn setup(&mut self, _: u16) -> Vec<u8> {
        Vec::new()
    }
    fn chunk(&mut self, _: u16, tasks: Range<u32>, out: &mut Vec<u8>) -> Result<(), PoolError> {
        out.extend_from_slice(&tasks.start.to_le_bytes());
        out.extend_from_slice(&tasks.end.to_le_bytes());
        Ok(())
    }
    fn answer(&mut self, _: u16, tasks: Range<u32>, answer: &[u8]) -> Result<u64, NoAnswer> {
        let sum = u64::from_le_bytes(answer.try_into().map_err(|_| NoAnswer("not eight bytes".into()))?);
        let right = tasks.clone().map(rogue::result_of).fold(0, u64::wrapping_add);
        if sum != right {
            return Err(NoAnswer("a wrong sum".into()));
        }
        self.sum = self.sum.wrapping_add(sum);
        self.done += u64::from(tasks.end - tasks.start);
        Ok(1_000)
    }
    fn started(&mut self, worker: u16, process: u32, _: Instant) {
        self.processes.push((worker, process));
        self.now.insert(worker, process);
        self.tell(Event::Started(worker, process));
    }
    fn lost(&mut self, worker: u16, in_hand: Option<Range<u32>>, _: Instant, why: &str) {
        self.tell(Event::Lost(worker, Instant::now()));
        self.lost.push((worker, in_hand, why.to_owned()));
    }
    fn leaves(&mut self, _: u16, _: u32) {}
    fn progress(&mut self, _: u64) {}
}

pub fn pool(behaviour: &str) -> Pool {
    Pool::new(worker(&["rogue", behaviour]), rogue::VERSION).expect("a pool")
}

pub fn settings(workers: u16, chunk: u32) -> Settings {
    let chunk = if chunk == 0 { Chunk::Auto } else { Chunk::Fixed(chunk) };
    Settings { workers, chunk, silence: Duration::from_millis(600), ..Settings::default() }
}

pub fn sum_of(tasks: Range<u32>) -> u64 {
    tasks.map(rogue::result_of).fold(0, u64::wrapping_add)
}

fn run(behaviour: &str, tasks: u32, settings: &Settings) -> (Outcome, Sum) {
    let (mut pool, mut sum) = (pool(behaviour), Sum::default());
    let outcome = pool.run(tasks, Instant::now(), settings, &mut sum, || false);
    let processes = sum.processes.clone();
    drop(pool);
    assert!(processes.iter().all(|(_, process)| !is_there(*process)), "every process is ended and waited for");
    (outcome, sum)
}

fn honest() {
    let (mut pool, settings) = (pool("honest"), settings(3, 0));
    for tasks in [1_000, 0, 1, 2_000] {
        let mut sum = Sum::default();
        let outcome = pool.run(tasks, Instant::now(), &settings, &mut sum, || false);
        assert_eq!(outcome.ending, Ending::Complete);
        assert_eq!((sum.sum, sum.lost.len(), outcome.end.retried), (sum_of(0..tasks), 0, 0));
        assert!(tasks == 1_000 || sum.processes.len() < 3, "they are warm");
    }
}

/// One task, 17 of 200, makes its worker misbehave, whoever gets it.
fn one_bad_task(behaviour: &str, settings: &Settings, why: &str) {
    let (outcome, sum) = run(&format!("{behaviour}=17"), 200, settings);
    assert_eq!(outcome.ending, Ending::Complete, "{behaviour}: {:?}", sum.lost);
    assert_eq!(outcome.end.quarantined, [17], "{behaviour}: {:?}", sum.lost);
    assert_eq!(sum.sum, sum_of(0..200).wrapping_sub(rogue::result_of(17)), "{behaviour}");
    assert!(sum.lost.iter().any(|(_, _, said)| said.contains(why)), "{behaviour}: {:?}", sum.lost);
    let blamed = sum.lost.iter().filter(|(_, in_hand, _)| in_hand.as_ref().is_some_and(|tasks| tasks.contains(&17)));
    assert_eq!(blamed.count(), sum.lost.len(), "nobody else is blamed: {:?}", sum.lost);
}

fn poison() {
    for chunk in [0, 1, 25] {
        one_bad_task("abort", &settings(2, chunk), "signal 6");
    }
    one_bad_task("leave", &settings(2, 1), "exit code 0");
    one_bad_task("error", &settings(2, 10), "this task cannot be done");
    one_bad_task("chatter", &settings(2, 1), "exit code 3; it said: ");
}

fn garbage() {
    one_bad_task("garbage", &settings(2, 1), "no message");
    one_bad_task("flood", &settings(2, 1), "");
}

fn never_workers() {
    for (behaviour, why) in
        [("garbage-first", "no message"), ("leave-first", "nothing to do here"), ("mute", "did not start")]
    {
        let settings = Settings { start_deadline: Duration::from_millis(200), ..settings(2, 1) };
        let (outcome, sum) = run(behaviour, 10, &settings);
        let Ending::Broken(said) = outcome.ending else { panic!("{behaviour}: {:?}", sum.lost) };
        let said = said.to_string();
        assert!(said.contains(why) && said.contains("cannot be started"), "{said}");
    }
}

fn stranger() {
    let (outcome, _) = run("stranger", 10, &settings(2, 1));
    assert!(
        matches!(&outcome.ending, Ending::Broken(why) if why.to_string().contains("rogue 2")),
        "{:?}",
        outcome.ending
    );
}

fn missing() {
    let command = lanes_backend::pool::WorkerCommand::new("/nowhere/lanes", &["worker"]);
    let outcome =
        Pool::new(command, "1")
            .expect("a pool")
            .run(10, Instant::now(), &settings(2, 1), &mut Sum::default(), || false);
    assert!(
        matches!(&outcome.ending, Ending::Broken(why) if why.to_string().contains("/nowhere/lanes")),
        "{:?}",
        outcome.ending
    );
}

fn stopped() {
    one_bad_task("stop", &settings(2, 1), "stopped or stuck");
}

fn overdue() {
    let settings = Settings { task_deadline: Some(Duration::from_millis(100)), ..settings(2, 1) };
    one_bad_task("hang", &settings, "beyond their deadline");
    // A task of a chunk: not as long is waited as if all of the chunk took the most.
    one_bad_task("hang", &Settings { chunk: Chunk::Auto, ..settings }, "beyond their deadline");
}

fn run_deadline() {
    let settings = Settings { run_deadline: Some(Duration::from_millis(100)), ..settings(2, 1) };
    let (outcome, _) = run("hang=17", 200, &settings);
    assert!(
        matches!(&outcome.ending, Ending::Broken(why) if why.to_string().contains("time limit")),
        "{:?}",
        outcome.ending
    );
}

fn print() {
    let (outcome, sum) = run("print", 2_000, &settings(2, 1));
    assert_eq!((outcome.ending, sum.sum, sum.lost.len()), (Ending::Complete, sum_of(0..2_000), 0));
}

fn cancel() {
    // With chunks of one and two workers, task 1 is the first that one of them gets.
    for (behaviour, listens) in [("listen=1", true), ("hang=1", false)] {
        let (mut pool, mut sum) = (pool(behaviour), Sum::default());
        let (tell, told) = mpsc::channel();
        sum.tell = Some(tell);
        let begun = Instant::now();
        // Both have started by then, and the other one has done what there was beside the one that hangs.
        let is_pressed = || told.try_iter().count() == 0 && begun.elapsed() > Duration::from_millis(300);
        let outcome = pool.run(50, Instant::now(), &settings(2, 1), &mut sum, is_pressed);
        assert_eq!(outcome.ending, Ending::Cancelled, "{behaviour}");
        let before = sum.now.clone();
        // The next run finds the one that listened, and starts another one for the one that did not.
        let outcome = pool.run(1, Instant::now(), &settings(2, 1), &mut Sum::default(), || false);
        assert_eq!(outcome.ending, Ending::Complete);
        let stayed = before.iter().filter(|(_, process)| is_there(**process)).count();
        assert_eq!(stayed, if listens { 2 } else { 1 }, "{behaviour}");
    }
}

fn recycling() {
    let settings = Settings { recycle_after: Some(100), ..settings(2, 7) };
    let (outcome, sum) = run("honest", 5_000, &settings);
    assert_eq!((outcome.ending, sum.sum, sum.lost.len()), (Ending::Complete, sum_of(0..5_000), 0));
    // What is on its way to a worker when it has done enough is still done by it.
    assert!((8..=52).contains(&sum.processes.len()), "{} processes", sum.processes.len());
}

fn between_runs() {
    let (mut pool, settings) = (pool("honest"), settings(2, 1));
    let mut first = Sum::default();
    pool.run(100, Instant::now(), &settings, &mut first, || false);
    for (_, process) in &first.processes {
        let process = rustix::process::Pid::from_raw(*process as i32).expect("a process");
        rustix::process::kill_process(process, rustix::process::Signal::KILL).expect("it is there");
    }
    let mut second = Sum::default();
    let outcome = pool.run(100, Instant::now(), &settings, &mut second, || false);
    assert_eq!((outcome.ending, second.sum), (Ending::Complete, sum_of(0..100)));
}
