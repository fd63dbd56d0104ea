//! The cases of tasks that may not all begin at once: they come over time, or wait for a group before them.

/// A case of them.
pub(super) struct TimedCase {
    pub(super) name: &'static str,
    /// As JSON.
    pub(super) scenario: String,
    /// What is to be true of its report; of none the run is cancelled.
    pub(super) wanted: Option<Timed>,
}

/// What is to be true of the report of a run whose tasks may not all begin at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Timed {
    /// Tasks come over time: it does not end before the last has come, so many milliseconds after t = 0, and whoever waits
    /// for one is idle.
    Arrives {
        /// When the last is due, at the least.
        least_ms: u64,
    },
    /// One worker cannot keep up with the tasks that come, and their latency tells, because it counts from when they were due.
    FallsBehind,
    /// It takes so long however many workers there are, because stages come one after another, or the last task late.
    TakesAtLeast {
        /// So many milliseconds.
        ms: u64,
    },
}

fn scenario(workers: u32, concurrency: u32, rest: &str, groups: &str) -> String {
    format!(
        r#"{{"lanes_scenario":2,"workers":{workers},"concurrency":{concurrency},"repeats":1,"warmup":0{rest},"groups":[{groups}]}}"#
    )
}

/// A group of so many tasks with these steps, and what else is said of it.
fn group(name: &str, tasks: u32, rest: &str, steps: &str) -> String {
    format!(r#"{{"name":"{name}","tasks":{tasks}{rest},"steps":[{steps}]}}"#)
}

pub(super) fn cases() -> Vec<TimedCase> {
    let fetch = |ms: u32| format!(r#"{{"fetch":{{"latency_ms":{ms},"bytes":64}}}}"#);
    let late = r#"{"fetch":{"latency_ms":5000,"timeout_ms":15,"bytes":64}}"#;
    let primes = r#"{"compute":{"kernel":"primes","size":2000}}"#;
    let case = |name, wanted, scenario| TimedCase { name, scenario, wanted: Some(wanted) };
    let cut = |name, scenario| TimedCase { name, scenario, wanted: None };
    let every = |ms: u32| format!(r#","arrive":{{"every_ms":{ms}}}"#);
    let dealt = r#","arrive":{"rate_per_s":250,"spread":"heavy"}"#;
    vec![
        case("tasks that come over time", Timed::Arrives { least_ms: 275 }, {
            scenario(3, 8, "", &group("", 12, &every(25), &format!("{},{primes}", fetch(2))))
        }),
        case("tasks that come over time beside some that are there", Timed::TakesAtLeast { ms: 50 }, {
            let there = group("there", 6, "", primes);
            let come = group("come", 40, dealt, &fetch(1));
            let too = group("come too", 6, &every(10), primes);
            scenario(4, 5, r#","chunk":4"#, &format!("{there},{come},{too}"))
        }),
        case("tasks that come faster than one worker does them", Timed::FallsBehind, {
            scenario(3, 40, "", &group("", 20, &every(2), &fetch(12)))
        }),
        case("stages, one after another", Timed::TakesAtLeast { ms: 60 }, {
            let first = group("first", 9, "", &fetch(20));
            let second = group("second", 5, r#","after":"first""#, &format!("{primes},{}", fetch(20)));
            let third = group("third", 1, r#","after":"second""#, &fetch(20));
            scenario(4, 100, "", &format!("{first},{second},{third}"))
        }),
        case("a stage that waits for tasks that come, and others that do not", Timed::TakesAtLeast { ms: 60 }, {
            let come = group("come", 9, &every(5), &fetch(10));
            let beside = group("beside", 30, "", primes);
            let second = group("second", 12, r#","after":"come""#, &fetch(10));
            scenario(3, 6, r#","chunk":5"#, &format!("{come},{beside},{second}"))
        }),
        case("a stage behind tasks that fail", Timed::TakesAtLeast { ms: 15 }, {
            let first = group("first", 4, "", late);
            let second = group("second", 7, r#","after":"first""#, primes);
            scenario(2, 3, "", &format!("{first},{second}"))
        }),
        cut(
            "a cancel while nothing is due",
            scenario(2, 4, "", &group("", 40, r#","arrive":{"every_ms":60000}"#, primes)),
        ),
        cut("a cancel while a stage waits", {
            let first = group("first", 2, "", &fetch(25_000));
            let second = group("second", 20, r#","after":"first""#, primes);
            scenario(4, 8, "", &format!("{first},{second}"))
        }),
    ]
}
