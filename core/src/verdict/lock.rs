//! What a modelled interpreter lock says about CPython, and what it does not: how long CPython computes.

use crate::{
    present::{duration, times},
    report::LaneResult,
    scenario::{Model, Place, Scenario},
    spread::{self, Floor, median, much_slower},
    trace::State,
};

use super::{
    character::Kind,
    limit::{self, Limit},
    standing::Standing,
};

/// The share of a lane's own work from which it matters how fast it computes.
const WORTH_A_WORD: f64 = 0.1;

/// What there is to say about the modelled lock of a place.
pub(super) fn sentences(scenario: &Scenario, standing: &Standing<'_>, place: Place, kind: Kind) -> Vec<String> {
    let speed = standing.find(place, Model::Gil).and_then(|gil| speed(standing, gil));
    gain(scenario, standing, place, kind).into_iter().chain(speed).collect()
}

/// That the model computes as machine code does; how much longer CPython takes, where a lane of it has been measured.
fn speed(standing: &Standing<'_>, gil: &LaneResult) -> Option<String> {
    let work_ns = [State::Compute, State::WaitIo].map(|state| gil.total().state_ns(state));
    let computing_ns = work_ns[0] as f64;
    if computing_ns < WORTH_A_WORD * work_ns.iter().sum::<u64>() as f64 || computing_ns == 0.0 {
        return None;
    }
    let measured = [Model::Sequential, Model::Threads].into_iter().find_map(|model| {
        let lane = standing.find(Place::Python, model)?;
        let ns = lane.total().state_ns(State::Compute);
        (ns > 0).then_some((lane, ns))
    });
    Some(match measured {
        Some((lane, ns)) => format!(
            "{} computes as machine code does, not scaled to CPython's speed: {} computed {} as long.",
            gil.lane,
            lane.lane,
            times(ns as f64 / computing_ns)
        ),
        None => format!(
            "{} computes as machine code does, not scaled to CPython's speed: how the lock is shared is as in CPython, how \
             long it takes is not.",
            gil.lane
        ),
    })
}

/// Whether threads gain anything under it.
fn gain(scenario: &Scenario, standing: &Standing<'_>, place: Place, kind: Kind) -> Option<String> {
    let gil = standing.find(place, Model::Gil)?;
    let sequential = standing.find(place, Model::Sequential)?;
    let free = standing.find(place, Model::Threads);
    let ratio = times(standing.speedup(gil)?);
    let under = format!(
        "Under an interpreter lock as CPython's (modelled in {}) threads are {ratio} as fast as one task after another",
        gil.lane
    );
    let gains_nothing = median(gil) >= median(sequential) || spread::is_tie(gil, sequential, Floor::Share);
    let costs_nothing = free.is_some_and(|free| !much_slower(gil, free) || spread::is_tie(gil, free, Floor::Share));
    Some(match (gains_nothing, costs_nothing) {
        (true, _) if kind == Kind::IoBound => format!("{under}: no gain with so few workers."),
        (true, _) if limit::limit(scenario, standing, gil) == Some(Limit::LockHeld) => {
            format!("{under}: no gain, because only one computes at a time. In CPython, use processes for this.")
        }
        (true, _) => format!("{under}: no gain."),
        (false, true) if kind == Kind::IoBound => {
            format!("{under}, as without it: waiting releases the lock, so threads help here in CPython too.")
        }
        (false, true) => format!("{under}, as without it."),
        (false, false) => {
            let without = free.and_then(|free| standing.speedup(free)).map(times);
            let without = without.map(|ratio| format!(" ({ratio} without it)")).unwrap_or_default();
            let waited = duration(gil.total().state_ns(State::WaitLock));
            format!("{under}{without}: they waited {waited} for the lock. In CPython, expect less of threads.")
        }
    })
}

#[cfg(test)]
mod tests {
    use crate::verdict::tests::judge;

    #[test]
    fn the_model_says_how_much_longer_python_computes() {
        let verdict = judge(
            "native/sequential 400 401 402 compute=400
             native/gil 400 404 408 compute=400 lock=380
             python/sequential 20000 20001 20002 compute=20000",
        );
        let said = "native/gil computes as machine code does, not scaled to CPython's speed: python/sequential computed 50.0× as long.";
        assert!(verdict.evidence.iter().any(|line| line == said), "{:?}", verdict.evidence);
    }
}
