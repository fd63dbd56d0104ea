//! What the commands say in the same words.

use lanes_core::{
    scenario::{Model, Scenario, Source, Step},
    trace::State,
    verdict::format::of,
};

/// A model in one sentence.
pub(super) fn about(model: Model) -> &'static str {
    match model {
        Model::Sequential => "one task after another on one thread",
        Model::Async => "one event loop: while one task waits, the others go on",
        Model::Threads => "threads that share their memory",
        Model::Gil => "the same threads under one global lock, as CPython's",
        Model::Processes => "processes that share nothing and send messages",
        Model::Hybrid => "an event loop for waiting, a pool of threads for computing",
        Model::Interpreters => "Python interpreters in threads of one process, each with its own lock",
    }
}

/// A state in a word or two.
pub(super) fn state(state: State) -> &'static str {
    match state {
        State::Queued => "queued",
        State::StartUp => "starting up",
        State::Compute => "computing",
        State::WaitIo => "waiting for data",
        State::WaitLock => "waiting for a lock",
        State::Serialise => "packing messages",
        State::Transfer => "sending messages",
        State::Lost => "lost",
        State::Idle => "idle",
    }
}

/// The job in one line: `60 tasks: fetch 50 ms; 8 workers, 60 in flight, 3 repeats after 1 warm-up`.
pub(super) fn job(scenario: &Scenario) -> String {
    let mut groups: Vec<String> = Vec::new();
    for group in &scenario.groups {
        let steps: Vec<String> = group.steps.iter().map(step).collect();
        groups.push(format!("{}: {}", of(group.tasks.into(), "task", "tasks"), steps.join(", then ")));
    }
    let warmup = match scenario.warmup {
        0 => String::new(),
        rounds => format!(" after {}", of(rounds.into(), "warm-up", "warm-ups")),
    };
    format!(
        "{}; {}, {} in flight, {}{warmup}",
        groups.join(" + "),
        of(scenario.workers.into(), "worker", "workers"),
        scenario.concurrency,
        of(scenario.repeats.into(), "repeat", "repeats"),
    )
}

fn step(step: &Step) -> String {
    use lanes_core::scenario::From;
    match step {
        Step::Fetch(fetch) => {
            let blocking = if fetch.blocking { ", blocking" } else { "" };
            match &fetch.from {
                From::Urls(urls) => format!("fetch from {}{blocking}", of(urls.len() as u64, "address", "addresses")),
                From::Server => format!("request {} ms from the test endpoint{blocking}", fetch.latency_ms),
                From::Page => format!("request {} ms from the page{blocking}", fetch.latency_ms),
                From::Simulated => format!("wait {} ms{blocking}", fetch.latency_ms),
            }
        }
        Step::Compute(compute) => {
            let about = compute.kernel.about();
            match compute.input {
                Source::Size => format!("{} ({} {})", about.id, compute.size, about.unit),
                Source::File => format!("{} of the file", about.id),
                Source::Body => format!("{} of the answer", about.id),
            }
        }
        Step::Bump(bump) => format!("count up {}", of(bump.times.into(), "time", "times")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use lanes_core::scenario::presets::Preset;

    #[test]
    fn a_job_is_one_line() {
        let job = |id| job(&Preset::find(id).expect("a preset").scenario());
        assert_eq!(job("web-requests"), "60 tasks: wait 50 ms; 8 workers, 60 in flight, 3 repeats");
        assert!(!job("fetch-and-parse").contains('\n'));
    }
}
