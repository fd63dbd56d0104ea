//! What a program should come to.

use std::path::{Path, PathBuf};

use lanes_core::{
    body,
    kernels::{Input, Scratch},
    plan::{Action, Answer, FetchAction, Origin, Plan, fold_digest, task_digest},
    scenario::{Scenario, Server, Setup, Step},
    server::{Reply, Request, State},
};
use lanes_tests::reference;

use super::{server::page_text, write};

/// What every program of a scenario is given and should come to.
#[derive(Clone)]
pub(crate) struct Wanted {
    pub(crate) file: Option<PathBuf>,
    pub(crate) checksum: String,
    pub(crate) failed: usize,
    pub(crate) bumps: u64,
    /// What no program can be faster than, in seconds: its workers set up, and what one server does takes its time, however
    /// many ask it.
    pub(crate) least_s: f64,
}

impl Wanted {
    pub(crate) fn of(package: &Path, scenario: &Scenario, base: &str) -> Self {
        let (mut file, mut bytes) = (None, Vec::new());
        if scenario.wants_file() {
            // Bytes of every kind, so no UTF-8, and a length that the tasks do not divide.
            bytes = (0..150_001u32).map(|i| (i.wrapping_mul(i) % 251) as u8).collect();
            write(&package.join("file.bin"), &bytes);
            file = Some(package.join("file.bin"));
        }
        let least_s = least_s(scenario);
        if scenario.wants_addresses() || fails_somewhere(scenario) {
            let (checksum, failed) = by_hand(scenario, base);
            return Self { file, checksum, failed, bumps: 0, least_s };
        }
        let totals = reference::totals(scenario, &bytes);
        let (checksum, failed) = (format!("{:016x}", totals.checksum), totals.failed as usize);
        Self { file, checksum, failed, bumps: totals.bumps, least_s }
    }
}

/// What a scenario should come to whose server fails at some requests, or whose addresses are not all there, which core's
/// loop does not know here: the checksum of the tasks that end well, and how many do not.
fn by_hand(scenario: &Scenario, base: &str) -> (String, usize) {
    let plan = Plan::new(scenario.clone().validate().expect("a valid scenario"));
    let (mut sum, mut failed) = (0u64, 0);
    for number in 0..plan.tasks() {
        let mut digest = Some(task_digest(number));
        for step in 0..plan.steps(number) {
            let done = match plan.action(number, step) {
                Action::Fetch(fetch) => match fetch.origin {
                    Origin::Url(url) => {
                        let page = url.strip_prefix(base).unwrap_or_default().trim_start_matches("page/");
                        (page != "missing").then(|| body::digest(page_text(page).as_bytes()))
                    }
                    Origin::Simulated(answer) => (!always_fails(scenario, answer.seed, fetch.retries)).then(|| {
                        let mut body = vec![0; answer.bytes as usize];
                        body::fill(answer.seed, &mut body);
                        body::digest(&body)
                    }),
                    _ => unreachable!("nothing that the server of Lanes answers"),
                },
                Action::Compute(action) => {
                    let input = Input::Generated { size: action.size, seed: action.seed };
                    Some(action.kernel.digest(input, &mut Scratch::new()))
                }
                Action::Bump { .. } => Some(0),
                Action::Call => unreachable!("a Rust program calls no Python"),
            };
            digest = digest.zip(done).map(|(digest, done)| fold_digest(digest, done));
        }
        match digest {
            Some(digest) => sum = sum.wrapping_add(digest),
            None => failed += 1,
        }
    }
    (format!("{sum:016x}"), failed)
}

/// Whether the server fails at every attempt of a fetch.
fn always_fails(scenario: &Scenario, seed: u32, retries: u32) -> bool {
    let server = Server { errors: scenario.server.errors, ..Server::default() };
    let fails = |attempt| {
        let request = Request { latency_ns: 0, bytes: 0, seed, attempt };
        matches!(State::default().ask(&server, 0, request), Reply::Failed(_))
    };
    (0..=retries).all(fails)
}

/// Whether some task ends because of that.
fn fails_somewhere(scenario: &Scenario) -> bool {
    fetches(scenario).into_iter().any(|(answer, retries)| always_fails(scenario, answer.seed, retries))
}

/// Every simulated answer, and how often it is asked for again at the most.
fn fetches(scenario: &Scenario) -> Vec<(Answer, u32)> {
    let plan = Plan::new(scenario.clone().validate().expect("a valid scenario"));
    let steps = (0..plan.tasks()).flat_map(|task| (0..plan.steps(task)).map(move |step| (task, step)));
    let fetch = |(task, step)| match plan.action(task, step) {
        Action::Fetch(FetchAction { origin: Origin::Simulated(answer), retries, .. }) => Some((answer, retries)),
        _ => None,
    };
    steps.filter_map(fetch).collect()
}

fn least_s(scenario: &Scenario) -> f64 {
    let setup_s = if let Some(Setup::Ms(ms)) = scenario.setup { ms / 1e3 } else { 0.0 };
    if scenario.steps().any(|step| matches!(step, Step::Fetch(fetch) if scenario.can_time_out(fetch))) {
        return setup_s;
    }
    let answers = fetches(scenario);
    let latency_s = answers.iter().map(|(answer, _)| answer.latency_us as f64 / 1e6).sum::<f64>();
    let megabits = answers.iter().map(|(answer, _)| f64::from(answer.bytes) * 8.0 / 1e6).sum::<f64>();
    let Server { capacity, rate_per_s, burst, bandwidth_mbit, .. } = scenario.server;
    let bounds = [
        (capacity > 0, latency_s / f64::from(capacity)),
        (rate_per_s > 0.0, (answers.len() as f64 - f64::from(burst)) / rate_per_s),
        (bandwidth_mbit > 0.0, megabits / bandwidth_mbit),
    ];
    bounds.into_iter().filter(|(is_there, _)| *is_there).fold(setup_s, |least_s, (_, bound_s)| least_s.max(bound_s))
}
