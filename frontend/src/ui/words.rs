//! Every name and sentence for the vocabulary: models, places, labels, states.
//!
//! Kept in one place so that the editor, the results and the explanation never call one thing by two names.

use lanes_core::{
    scenario::{Interpreter, Label, Lane, Model, Place, Scenario, Step},
    trace::State,
};

use super::format::{NBSP, bytes, of, plain};

/// What people call a model.
pub(crate) fn model_title(model: Model) -> &'static str {
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
pub(crate) fn model_gist(model: Model) -> &'static str {
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

/// A model in one sentence.
pub(crate) fn model_about(model: Model) -> &'static str {
    match model {
        Model::Sequential => "Does one task after another on one worker. The yardstick for every other lane.",
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
        Model::Hybrid => "An event loop does the waiting and hands the computing to a pool of threads.",
        Model::Interpreters => {
            "Several Python interpreters in the threads of one process: each has its own lock and its own memory."
        }
    }
}

/// What people call a place.
pub(crate) fn place_title(place: Place) -> &'static str {
    match place {
        Place::Browser => "browser",
        Place::Native => "native",
        Place::Python => "CPython",
    }
}

/// What people call where a lane runs: the place, or the interpreter where the lane names one.
pub(crate) fn where_title(lane: Lane) -> String {
    match lane.interpreter {
        Interpreter::Any => place_title(lane.place).to_owned(),
        Interpreter::FreeThreaded => "Python without GIL".to_owned(),
        Interpreter::Exact { minor, free_threaded } => {
            format!("Python 3.{minor}{}", if free_threaded { "t" } else { "" })
        }
    }
}

/// What people call a lane: the model, and where it runs if that is not this page. No two lanes have the same title.
pub(crate) fn lane_title(lane: Lane) -> String {
    match lane.place {
        Place::Browser => model_title(lane.model).to_owned(),
        Place::Native | Place::Python => format!("{} · {}", model_title(lane.model), where_title(lane)),
    }
}

/// A lane as part of an element's `id`: `browser-async`, `python3-13-threads`.
pub(crate) fn lane_id(lane: Lane) -> String {
    lane.to_string().replace(|c: char| !c.is_ascii_alphanumeric(), "-")
}

/// What people call a label.
pub(crate) fn label_title(label: Label) -> &'static str {
    match label {
        Label::Real => "real",
        Label::Modelled => "modelled",
    }
}

/// A lane's label in one sentence.
pub(crate) fn label_about(lane: Lane) -> &'static str {
    match (lane.label(), lane.place) {
        (Label::Modelled, _) => {
            "Modelled: real threads under a lock that behaves like CPython's. The real one is a CPython lane."
        }
        (Label::Real, Place::Browser) => "Real: this is how it runs in a browser, on Web Workers and WebAssembly.",
        (Label::Real, Place::Native) => "Real: this is how it runs on the machine itself.",
        (Label::Real, Place::Python) => "Real: this is CPython itself.",
    }
}

/// A state in one sentence.
pub(crate) fn state_about(state: State) -> &'static str {
    match state {
        State::Queued => "The task could go on, but no worker has taken it yet, or something else has the event loop.",
        State::StartUp => "A worker is coming to life; nothing is done yet.",
        State::Compute => "A worker runs the kernel: a processor core is busy.",
        State::WaitIo => "The task waits for an answer. No core is needed.",
        State::WaitLock => "The worker could go on, but another one holds the lock.",
        State::Serialise => "Data is turned into a message, or a message back into data.",
        State::Transfer => "A message is on its way between two workers.",
        State::Lost => "The worker died with its task; Lanes' pools do it again, Python's Pool does not.",
        State::Idle => "The worker has nothing to do.",
    }
}

/// The job in one line: `100 tasks: fetch 2 KiB in 50 ms, then Primes (60 000 numbers tested) · 8 workers`.
pub(crate) fn summary(scenario: &Scenario) -> String {
    let mut parts: Vec<String> = scenario
        .groups
        .iter()
        .map(|group| {
            let steps: Vec<String> = group.steps.iter().map(step).collect();
            format!("{}: {}", of(group.tasks.into(), "task", "tasks"), steps.join(", then "))
        })
        .collect();
    parts.push(of(scenario.workers.into(), "worker", "workers"));
    parts.push(format!("{}{NBSP}in flight", scenario.concurrency));
    parts.push(of(scenario.repeats.into(), "repeat", "repeats"));
    parts.join(" · ")
}

fn step(step: &Step) -> String {
    use lanes_core::scenario::From;
    match step {
        Step::Fetch(fetch) => match &fetch.from {
            From::Urls(urls) => format!("fetch from {}", of(urls.len() as u64, "address", "addresses")),
            _ => format!("fetch {} in {}{NBSP}ms", bytes(fetch.bytes.into()), plain(fetch.latency_ms)),
        },
        Step::Compute(compute) => {
            use lanes_core::scenario::Source;
            let title = compute.kernel.about().title;
            match compute.input {
                Source::Size => {
                    format!("{title} ({}{NBSP}{})", super::format::count(compute.size), compute.kernel.about().unit)
                }
                Source::File => format!("{title} of the file"),
                Source::Body => format!("{title} of the answer"),
            }
        }
        Step::Bump(bump) => format!("count up {}", of(bump.times.into(), "time", "times")),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use lanes_core::scenario::presets::PRESETS;

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
    fn every_preset_has_a_summary_of_one_line() {
        for preset in &PRESETS {
            let text = summary(&preset.scenario());
            assert!(text.chars().count() < 200 && !text.contains('\n'), "{text}");
        }
    }

    #[test]
    fn a_summary_says_what_a_task_does() {
        let json = r#"{ "lanes_scenario": 1, "repeats": 1, "groups": [
            { "tasks": 100, "steps": [{ "fetch": { "bytes": 2048 } }, { "compute": { "kernel": "wordcount", "input": "body" } }] }] }"#;
        let text = summary(&Scenario::from_json(json).expect("valid")).replace(NBSP, " ");
        assert_eq!(
            text,
            "100 tasks: fetch 2 KiB in 50 ms, then Word count of the answer · 4 workers · 100 in flight · 1 repeat"
        );
    }
}
