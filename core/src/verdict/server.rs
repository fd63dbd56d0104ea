//! A server with limits, as the scenario gives it some: whether a lane had all of it that there is.
//!
//! What it did is known from what was measured: how many requests it answered and how long the run took. What an answer
//! takes by itself is the scenario's.

use crate::{
    present::number::{count, list, of, plain, share},
    report::LaneResult,
    scenario::{Fetch, From, Full, Model, Scenario, Server, Step},
    trace::State,
};

/// From this share of its time on, what a server has counts as used up.
const FULL: f64 = 0.8;
/// From this share of its tasks on, requests that were refused count as a cause.
const REFUSED: f64 = 0.1;
/// From this share of its waiting on, waiting for a place of the server is worth a word.
const WAITED: f64 = 0.1;

/// How a server came to its limit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum AtLimit {
    /// It refused so many requests.
    Refused(u64),
    /// Its places were taken for this share of the time, and requests waited for one for this share of theirs.
    Places(f64, f64),
    /// It let in this share of the requests that it may.
    Rate(f64),
    /// Its link was in use for this share of the time.
    Link(f64),
}

/// How the server came to its limit in a lane, where it did.
pub(super) fn at_limit(scenario: &Scenario, lane: &LaneResult) -> Option<AtLimit> {
    let server = &scenario.server;
    let run = lane.shown.as_ref()?;
    if server.is_default() || lane.lane.model == Model::Sequential {
        return None;
    }
    let met = lane.total().met;
    let tasks = lane.tasks().total().max(1) as f64;
    let refuses = server.rate_per_s > 0.0 || (server.capacity > 0 && server.full == Full::Refuse);
    if refuses && met.refusals as f64 >= REFUSED * tasks {
        return Some(AtLimit::Refused(met.refusals));
    }

    let wall_s = run.wall_ns.max(1) as f64 / 1e9;
    let done = lane.tasks().done as f64 / tasks;
    let requests = of_all(scenario, |_| 1.0);
    // What it failed at took as long as an answer.
    let served = requests * done + met.errors as f64;
    let each = |of: fn(&Fetch) -> f64| of_all(scenario, of) / requests.max(1.0);
    let at_once = match lane.lane.model {
        Model::Async | Model::Hybrid => scenario.concurrency_of(lane.lane),
        _ => scenario.workers_of(lane.lane),
    };
    let beside = f64::from(at_once.min(server.capacity).saturating_sub(1));
    let takes_s = each(|fetch| fetch.latency_ms) / 1e3 * (1.0 + server.slows * beside);
    if server.capacity > 0 {
        let busy = served * takes_s / (f64::from(server.capacity) * wall_s);
        if busy >= FULL {
            let waiting_ns = lane.total().state_ns(State::WaitIo).saturating_sub(met.backed_off_ns);
            let others =
                scenario.steps().any(|step| matches!(step, Step::Fetch(fetch) if fetch.from != From::Simulated));
            let own = served * (takes_s * 1e9) / waiting_ns.max(1) as f64;
            return Some(AtLimit::Places(busy.min(1.0), if others { 0.0 } else { (1.0 - own).max(0.0) }));
        }
    }
    if server.bandwidth_mbit > 0.0 {
        let used = served * each(|fetch| f64::from(fetch.bytes)) * 8.0 / (server.bandwidth_mbit * 1e6 * wall_s);
        if used >= FULL {
            return Some(AtLimit::Link(used.min(1.0)));
        }
    }
    if server.rate_per_s > 0.0 {
        let used = (served - f64::from(server.burst)) / (server.rate_per_s * wall_s);
        return (used >= FULL).then_some(AtLimit::Rate(used.min(1.0)));
    }
    None
}

/// Something of every simulated request of the job, added up.
fn of_all(scenario: &Scenario, of: impl Fn(&Fetch) -> f64) -> f64 {
    let of_step = |step: &Step| match step {
        Step::Fetch(fetch) if fetch.from == From::Simulated => of(fetch),
        _ => 0.0,
    };
    let groups = scenario.groups.iter();
    groups.map(|group| f64::from(group.tasks) * group.steps.iter().map(of_step).sum::<f64>()).sum()
}

/// `the server, which serves 10 at once`.
pub(super) fn which(server: &Server, at_limit: AtLimit) -> String {
    let capacity = || format!("serves {} at once", count(server.capacity.into()));
    let rate = || format!("lets in {} requests a second", plain(server.rate_per_s));
    let can = match at_limit {
        AtLimit::Places(..) => vec![capacity()],
        AtLimit::Rate(_) => vec![rate()],
        AtLimit::Link(_) => vec![format!("sends {} Mbit/s", plain(server.bandwidth_mbit))],
        AtLimit::Refused(_) => {
            let places = (server.capacity > 0 && server.full == Full::Refuse).then(capacity);
            places.into_iter().chain((server.rate_per_s > 0.0).then(rate)).collect()
        }
    };
    format!("the server, which {}", list(&can))
}

/// The limit in one sentence, with the numbers it rests on.
pub(super) fn words(scenario: &Scenario, lane: &LaneResult) -> String {
    let Some(at_limit) = at_limit(scenario, lane) else { return String::new() };
    let percent = |part: f64| share((part * 1e6) as u64, 1_000_000);
    let seen = match at_limit {
        AtLimit::Refused(refusals) => format!("it refused {}", of(refusals, "request", "requests")),
        AtLimit::Places(taken, waited) if waited >= WAITED => format!(
            "its places were taken {} of the time, and requests waited for one {} of theirs",
            percent(taken),
            percent(waited)
        ),
        AtLimit::Places(taken, _) => format!("its places were taken {} of the time", percent(taken)),
        AtLimit::Rate(used) => format!("it let in {} of them", percent(used)),
        AtLimit::Link(used) => format!("its link was in use {} of the time", percent(used)),
    };
    format!(
        "{} was limited by {}: {seen}, so more in flight gains nothing.",
        lane.lane,
        which(&scenario.server, at_limit)
    )
}
