//! Every name and sentence for the vocabulary: models, places, lanes, labels, states, and the job in one line.
//!
//! In one place so that the editor, the results, the command line and the verdict never call one thing by two names.

use super::{
    number::{bytes, count, of, plain},
    server,
};
use crate::{
    scenario::{
        Code, Compute, Fetch, From, Group, Interpreter, Label, Lane, Model, Pace, Place, Repeats, Scenario, Setup,
        SetupKernel, Shape, Source, Step,
    },
    trace::State,
};

/// Keeps what stands on both of its sides on one line.
pub const NBSP: char = '\u{a0}';

/// Groups of tasks that [`job`] spells out; more would be a wall of text.
const GROUPS_SPELLED_OUT: usize = 3;

/// `text` with every number kept on one line with its unit and its deviation.
#[must_use]
pub fn unbroken(text: &str) -> String {
    let mut whole = String::with_capacity(text.len());
    let mut last = "";
    for (i, word) in text.split(' ').enumerate() {
        if i > 0 {
            whole.push(if is_unit(word) || word == "±" || last == "±" { NBSP } else { ' ' });
        }
        whole.push_str(word);
        last = word;
    }
    whole
}

/// Whether a word is a unit, as the functions of [`super`] write them; punctuation may follow.
fn is_unit(word: &str) -> bool {
    matches!(
        word.trim_end_matches(['.', ',', ';', ':', ')']),
        "ns" | "µs" | "ms" | "s" | "min" | "h" | "%" | "B" | "KiB" | "MiB" | "GiB" | "TiB" | "k/s" | "M/s" | "G/s"
    )
}

/// What people call a model.
#[must_use]
pub fn model_title(model: Model) -> &'static str {
    match model {
        Model::Sequential => "Sequential",
        Model::Async => "Async",
        Model::Threads => "Threads",
        Model::Gil => "GIL",
        Model::Processes => "Processes",
        Model::Hybrid => "Hybrid",
        Model::Interpreters => "Interpreters",
    }
}

/// A model in three words.
#[must_use]
pub fn model_gist(model: Model) -> &'static str {
    match model {
        Model::Sequential => "one after another",
        Model::Async => "one event loop",
        Model::Threads => "shared memory",
        Model::Gil => "threads, one lock",
        Model::Processes => "separate memory",
        Model::Hybrid => "loop plus threads",
        Model::Interpreters => "a lock each",
    }
}

/// A model in one sentence or two.
#[must_use]
pub fn model_about(model: Model) -> &'static str {
    match model {
        Model::Sequential => "Does one task after another on one worker. The reference for every other lane.",
        Model::Async => {
            "One worker, one event loop: while one task waits, the others go on. Computing still happens one at a time."
        }
        Model::Threads => "Several workers over one shared memory. They wait and compute at the same time.",
        Model::Gil => {
            "The same threads under one global lock, as in CPython: they wait together, but only the holder computes."
        }
        Model::Processes => {
            "Workers that share nothing and send messages. No lock to wait for, but starting them and sending data cost time."
        }
        Model::Hybrid => "An event loop does the waiting and offloads the computing to a pool of threads.",
        Model::Interpreters => {
            "Several Python interpreters in the threads of one process: each has its own lock and its own memory."
        }
    }
}

/// What people call a place.
#[must_use]
pub fn place_title(place: Place) -> &'static str {
    match place {
        Place::Browser => "browser",
        Place::Native => "native",
        Place::Python => "CPython",
        Place::Pyodide => "CPython in the page",
    }
}

/// A place as the end of a sentence has it.
#[must_use]
pub fn in_place(place: Place) -> &'static str {
    match place {
        Place::Browser => "in the browser",
        Place::Native => "natively",
        Place::Python => "in CPython",
        Place::Pyodide => "in the page's CPython",
    }
}

/// What people call where a lane runs: the place, or the interpreter where the lane names one.
#[must_use]
pub fn where_title(lane: Lane) -> String {
    match lane.interpreter {
        Interpreter::Any => place_title(lane.place).to_owned(),
        Interpreter::FreeThreaded => "Python without GIL".to_owned(),
        Interpreter::Exact { minor, free_threaded } => {
            format!("Python 3.{minor}{}", if free_threaded { "t" } else { "" })
        }
    }
}

/// Where a lane runs, in as few letters as a card has room for.
#[must_use]
pub fn where_short(lane: Lane) -> String {
    if lane.place == Place::Pyodide { "page’s CPython".to_owned() } else { where_title(lane) }
}

/// What people call a lane: the model, and where it runs if that is not the page. No two lanes have the same title.
#[must_use]
pub fn lane_title(lane: Lane) -> String {
    let title = match lane.place {
        Place::Browser => model_title(lane.model).to_owned(),
        Place::Native | Place::Python | Place::Pyodide => {
            format!("{} · {}", model_title(lane.model), where_title(lane))
        }
    };
    if lane.is_variant() { format!("{title} · {}", lane.settings) } else { title }
}

/// A lane as part of an element's `id`: `browser-async`, `python3-13-threads`, `native-threads-16-workers`.
#[must_use]
pub fn lane_id(lane: Lane) -> String {
    let mut id = String::new();
    for c in lane.to_string().chars() {
        match c {
            c if c.is_ascii_alphanumeric() => id.push(c),
            ' ' | '/' | '.' => id.push('-'),
            // A name may hold anything, and no two lanes may have the same.
            '(' | ')' => {}
            other => id.push_str(&format!("_{:x}", u32::from(other))),
        }
    }
    id
}

/// What people call a label.
#[must_use]
pub fn label_title(label: Label) -> &'static str {
    match label {
        Label::Real => "real",
        Label::Modelled => "modelled",
    }
}

/// A lane's label in one sentence.
#[must_use]
pub fn label_about(lane: Lane) -> &'static str {
    match (lane.label(), lane.place) {
        (Label::Modelled, Place::Pyodide) => {
            "Modelled: the bytecode, the switch interval and what blocks are CPython's; the threads are stacks that take turns, \
             not threads of the system."
        }
        (Label::Modelled, _) => {
            "Modelled: real threads under a lock that behaves like CPython's. The real one is a CPython lane."
        }
        (Label::Real, Place::Browser) => "Real: this is how it runs in a browser, on Web Workers and WebAssembly.",
        (Label::Real, Place::Native) => "Real: this is how it runs on the machine itself.",
        (Label::Real, Place::Python) => "Real: this is CPython itself.",
        (Label::Real, Place::Pyodide) => {
            "Real: CPython itself, compiled to WebAssembly; each process is an interpreter in a Web Worker of its own."
        }
    }
}

/// A state in a word or two.
#[must_use]
pub fn state_title(state: State) -> &'static str {
    match state {
        State::Queued => "queued",
        State::StartUp => "starting up",
        State::Compute => "computing",
        State::WaitIo => "waiting for data",
        State::WaitLock => "waiting for a lock",
        State::Serialise => "serialising messages",
        State::Transfer => "sending messages",
        State::Lost => "lost",
        State::Idle => "idle",
    }
}

/// A state in one sentence.
#[must_use]
pub fn state_about(state: State) -> &'static str {
    match state {
        State::Queued => "The task could go on, but no worker has taken it yet, or something else has the event loop.",
        State::StartUp => "A worker starts; nothing is done yet.",
        State::Compute => "A worker runs the kernel: a processor core is busy.",
        State::WaitIo => "The task waits for data: an answer, or its share of a file. No core is needed.",
        State::WaitLock => "The worker could go on, but another one holds the lock.",
        State::Serialise => "Data is turned into a message, or a message back into data.",
        State::Transfer => "A message is on its way between two workers.",
        State::Lost => "The worker died with its task; Lanes' pools do it again, Python's Pool does not.",
        State::Idle => "The worker has nothing to do.",
    }
}

/// The job in one line: `100 tasks: fetch 2 KiB in 50 ms, then Primes (60,000 numbers tested) · 8 workers · 100 in
/// flight · 3 repeats after 1 warm-up`. Of many groups the first few are spelled out.
#[must_use]
pub fn job(scenario: &Scenario) -> String {
    let groups = &scenario.groups;
    let shown = if groups.len() > GROUPS_SPELLED_OUT + 1 { GROUPS_SPELLED_OUT } else { groups.len() };
    let mut parts: Vec<String> = groups[..shown]
        .iter()
        .map(|group| {
            let steps: Vec<String> = group.steps.iter().map(step).collect();
            let memory =
                if group.memory_mb > 0.0 { format!(" of {} MiB", plain(group.memory_mb)) } else { String::new() };
            let tasks = of(group.tasks.into(), "task", "tasks");
            format!("{tasks}{memory}{}: {}", when(group), steps.join(", then "))
        })
        .collect();
    if let Some(more @ 1..) = groups.len().checked_sub(shown) {
        let tasks: u64 = groups[shown..].iter().map(|group| u64::from(group.tasks)).sum();
        parts.push(format!("{} in {} more groups", of(tasks, "task", "tasks"), count(more as u64)));
    }
    parts.extend(server::server(&scenario.server));
    parts.push(of(scenario.workers.into(), "worker", "workers") + &set_up(scenario));
    parts.push(format!("{} in flight", count(scenario.concurrency.into())));
    let warmup = match scenario.warmup {
        0 => String::new(),
        rounds => format!(" after {}", of(rounds.into(), "warm-up", "warm-ups")),
    };
    let repeats = match scenario.repeats {
        Repeats::Auto => format!("repeats until the order is clear (at most {} s a lane)", plain(scenario.budget_s)),
        Repeats::Fixed(repeats) => of(repeats.into(), "repeat", "repeats"),
    };
    parts.push(repeats + &warmup);
    parts.join(" · ")
}

/// What each worker does first: `, set up by waiting 100 ms`; nothing where it does nothing.
fn set_up(scenario: &Scenario) -> String {
    match scenario.setup {
        None => String::new(),
        Some(Setup::Ms(ms)) => format!(", set up by waiting {} ms", plain(ms)),
        Some(Setup::Compute(SetupKernel { kernel, size })) => {
            format!(", set up by {} ({} {})", kernel.about().title, count(size), kernel.about().unit)
        }
    }
}

/// When the tasks of a group come: `, 100 a second`, ` after “pages”`; nothing where they are there.
fn when(group: &Group) -> String {
    let paced = group.arrive.map(|arrive| match arrive.pace {
        Pace::EveryMs(ms) => format!(", one every {} ms", plain(ms)),
        Pace::RatePerS(rate) => format!(", {} a second", plain(rate)),
    });
    let staged = (!group.after.is_empty()).then(|| format!(" after “{}”", group.after));
    paced.or(staged).unwrap_or_default()
}

fn step(step: &Step) -> String {
    match step {
        Step::Fetch(fetch) => {
            let blocking = match fetch {
                Fetch { keeps_lock: true, .. } => ", keeping the lock",
                Fetch { blocking: true, .. } => ", blocking",
                _ => "",
            };
            let again = match fetch.retries {
                0 => String::new(),
                retries => {
                    let retries = of(retries.into(), "retry", "retries");
                    format!(" and up to {retries} after {} ms", plain(fetch.backoff_ms))
                }
            };
            let answer = || format!("{} in {} ms", bytes(fetch.bytes.into()), plain(fetch.latency_ms));
            let fetched = match &fetch.from {
                From::Urls(urls) => format!("fetch from {}{blocking}", of(urls.len() as u64, "address", "addresses")),
                From::Server => format!("fetch {} from the test endpoint{blocking}", answer()),
                From::Page => format!("fetch {} from the page itself{blocking}", answer()),
                From::Simulated => format!("fetch {}{blocking}", answer()),
            };
            fetched + &again
        }
        Step::Compute(compute) => {
            let about = compute.kernel.about();
            let what = match compute.input {
                Source::Size => format!("{} ({} {})", about.title, count(compute.size), about.unit),
                Source::File => format!("{} of the file", about.title),
                Source::Body => format!("{} of the answer", about.title),
            };
            let locked = match compute.holds_lock {
                Some(share) => format!(", {:.0} % of it under the lock", share * 100.0),
                None => String::new(),
            };
            what + &locked + &data(compute)
        }
        Step::Bump(bump) => format!("count up {}", of(bump.times.into(), "time", "times")),
        Step::Call(call) => {
            let of_file = match &call.python {
                Code::Source(_) => format!("{}, {} of Python", call.module, of(call.lines() as u64, "line", "lines")),
                Code::Named(named) => named.file.clone(),
            };
            format!("call {}() of {of_file}", call.function)
        }
    }
}

/// `, given 3.81 MiB and giving back 195 KiB of numbers`.
fn data(compute: &Compute) -> String {
    let of = match compute.shape {
        Shape::Bytes => "",
        Shape::Numbers => " of numbers",
        Shape::Objects => " of objects",
    };
    match (compute.bytes_in, compute.bytes_out) {
        (0, 0) => String::new(),
        (taken, 0) => format!(", given {}{of}", bytes(taken.into())),
        (0, given) => format!(", giving back {}{of}", bytes(given.into())),
        (taken, given) => format!(", given {} and giving back {}{of}", bytes(taken.into()), bytes(given.into())),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::scenario::presets::PRESETS;

    #[test]
    fn no_two_lanes_are_called_the_same() {
        let mut lanes: Vec<Lane> =
            Place::ALL.into_iter().flat_map(|place| Model::ALL.map(|model| Lane::new(place, model))).collect();
        for free_threaded in [false, true] {
            let interpreter = Interpreter::Exact { minor: 13, free_threaded };
            lanes.push(Lane { interpreter, ..Lane::python(Model::Threads) });
        }
        lanes.push(Lane { interpreter: Interpreter::FreeThreaded, ..Lane::python(Model::Threads) });
        let distinct = |name: fn(Lane) -> String| lanes.iter().map(|lane| name(*lane)).collect::<BTreeSet<_>>().len();
        assert_eq!((distinct(lane_title), distinct(lane_id)), (lanes.len(), lanes.len()));
        assert_eq!(lane_title("python3.13t/threads".parse().expect("a lane")), "Threads · Python 3.13t");
        assert_eq!(lane_id(Lane::native(Model::Async)), "native-async");
    }

    #[test]
    fn every_job_is_one_line() {
        for preset in &PRESETS {
            let text = job(&preset.scenario());
            assert!(text.chars().count() < 200 && !text.contains('\n'), "{text}");
        }
        let many = Scenario { groups: vec![Group { tasks: 1000, ..Group::default() }; 16], ..Scenario::default() };
        let text = job(&many);
        assert!(text.chars().count() < 300 && text.contains("13,000 tasks in 13 more groups"), "{text}");
    }

    #[test]
    fn a_job_says_what_a_task_does() {
        let json = r#"{ "lanes_scenario": 1, "repeats": 1, "groups": [
            { "tasks": 100, "steps": [{ "fetch": { "bytes": 2048 } }, { "compute": { "kernel": "wordcount", "input": "body" } }] }] }"#;
        assert_eq!(
            job(&Scenario::from_json(json).expect("valid")),
            "100 tasks: fetch 2 KiB in 50 ms, then Word count of the answer · 4 workers · 100 in flight · 1 repeat after 1 warm-up"
        );
    }

    #[test]
    fn a_job_says_how_long_it_is_repeated() {
        let scenario = Scenario { repeats: Repeats::Auto, budget_s: 2.5, ..Scenario::default() };
        let text = job(&scenario);
        assert!(text.ends_with("repeats until the order is clear (at most 2.5 s a lane) after 1 warm-up"), "{text}");
    }

    #[test]
    fn a_job_says_when_its_tasks_come() {
        let json = r#"{ "lanes_scenario": 2, "groups": [
            { "name": "pages", "tasks": 1000, "arrive": { "rate_per_s": 100 }, "steps": [{ "fetch": {} }] },
            { "tasks": 20, "arrive": { "every_ms": 2.5, "spread": "heavy" }, "steps": [{ "fetch": {} }] },
            { "tasks": 2, "after": "pages", "steps": [{ "bump": {} }] }] }"#;
        let text = job(&Scenario::from_json(json).expect("valid"));
        for words in
            ["1000 tasks, 100 a second: fetch", "20 tasks, one every 2.5 ms: fetch", "2 tasks after “pages”: count"]
        {
            assert!(text.contains(words), "{text}");
        }
    }

    #[test]
    fn a_job_says_what_workers_do_first_and_what_memory_its_tasks_take() {
        let of = |setup: &str| {
            let json = format!(
                r#"{{"lanes_scenario":2,"setup":{setup},"groups":[{{"tasks":3,"memory_mb":1.5,"steps":[{{"bump":{{}}}}]}}]}}"#
            );
            job(&Scenario::from_json(&json).expect("valid"))
        };
        let text = of(r#"{"ms":12.5}"#);
        assert!(
            text.starts_with("3 tasks of 1.5 MiB: count") && text.contains("4 workers, set up by waiting 12.5 ms"),
            "{text}"
        );
        let text = of(r#"{"compute":{"kernel":"pi","size":9}}"#);
        assert!(text.contains("4 workers, set up by Monte Carlo π (9 samples)"), "{text}");
    }

    #[test]
    fn a_job_says_who_holds_the_lock() {
        let json = r#"{ "lanes_scenario": 2, "groups": [{ "steps": [
            { "fetch": { "keeps_lock": true } }, { "compute": { "kernel": "pi", "size": 10, "holds_lock": 0.3 } }] }] }"#;
        let text = job(&Scenario::from_json(json).expect("valid"));
        let begin = "1 task: fetch 2 KiB in 50 ms, keeping the lock, then Monte Carlo π (10 samples), 30 % of it under the lock · ";
        assert!(text.starts_with(begin), "{text}");
    }

    #[test]
    fn a_job_says_which_data_its_tasks_are_given_and_give_back() {
        let json = r#"{ "lanes_scenario": 2, "groups": [
            { "steps": [{ "compute": { "size": 9, "bytes_in": 4194304, "bytes_out": 2048, "shape": "numbers" } }] }] }"#;
        let job = job(&Scenario::from_json(json).expect("valid"));
        assert!(job.contains("(9 numbers tested), given 4 MiB and giving back 2 KiB of numbers · "), "{job}");
    }

    #[test]
    fn a_job_says_what_its_server_can_do_and_who_asks_again() {
        let json = r#"{ "lanes_scenario": 2, "server": { "capacity": 10, "full": "refuse" }, "groups": [
            { "tasks": 1000, "steps": [{ "fetch": { "retries": 3, "backoff_ms": 40 } }] }] }"#;
        let text = job(&Scenario::from_json(json).expect("valid"));
        let words =
            "fetch 2 KiB in 50 ms and up to 3 retries after 40 ms · a server that serves 10 at once and refuses";
        assert!(text.contains(words), "{text}");
    }

    #[test]
    fn numbers_stay_with_their_units() {
        let text = unbroken("it took 12.3 ± 0.4 ms, 62 % of which (2 KiB) waited 5 times");
        assert_eq!(text.replace(NBSP, "~"), "it took 12.3~±~0.4~ms, 62~% of which (2~KiB) waited 5 times");
    }
}
