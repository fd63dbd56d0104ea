//! What kept a lane from being faster, as far as its own spans show it.
//!
//! A limit is named only where it was measured; of a lane whose time says nothing clear, nothing is said. How many cores
//! the machine has is not known here.

use serde::Serialize;

use crate::{
    gil_use::GilUse,
    present::{
        number::{bytes, count, of, share, times},
        time::duration,
    },
    report::LaneResult,
    scenario::{Lane, Model, Place, Scenario},
    trace::State,
};

use super::{server, standing::Standing};

/// From this share of its time on, something counts as full.
pub(super) const FULL: f64 = 0.8;
/// From this share of its threads' time on, waiting for the interpreter lock counts as a cause.
const LOCK_WAITED: f64 = 0.1;
/// Answers that take this many times as long as one at a time: whoever gives them is full.
const LATER_ANSWERS: f64 = 1.5;

/// From this share of what its processes did on, sending data counts as a cause.
const MOSTLY_SENT: f64 = 0.5;

/// What kept a lane from being faster.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Limit {
    /// Every worker waited for data, and tasks waited for a worker.
    WorkersFull,
    /// Every slot of the event loop waited for data, and tasks waited for a slot.
    SlotsFull,
    /// The one thread of the event loop computed.
    LoopBusy,
    /// The workers computed: only more cores help.
    CoresBusy,
    /// One thread held the interpreter lock, and others waited for it.
    LockHeld,
    /// Answers came later than they come one at a time.
    ServerFull,
    /// Most of what the processes did was to send data.
    DataSent,
    /// The server did all that the scenario lets it do, or refused requests.
    ServerLimits,
}

/// The limit of a lane.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Limited {
    /// Which lane.
    pub lane: Lane,
    /// What kept it from being faster.
    pub limit: Limit,
}

/// How much of the time the interpreter lock was held and of the threads' time waited for, if that was the limit.
fn lock_held(lane: &LaneResult) -> Option<(f64, f64)> {
    let run = lane.shown.as_ref()?;
    let all = GilUse::of(run)?.total();
    let held = all.holds_ns as f64 / run.wall_ns.max(1) as f64;
    let [_, waited, _] = all.parts();
    (held >= FULL && waited >= LOCK_WAITED).then_some((held.min(1.0), waited))
}

/// Whether some lane of a place was seen to be limited by its interpreter lock.
pub(super) fn lock_is_measured(standing: &Standing<'_>, place: Place) -> bool {
    standing.all.iter().any(|lane| lane.lane.place == place && lock_held(lane).is_some())
}

/// What processes spent on messages that carried data, as a share of all they did, and how many bytes of data that were;
/// nothing where tasks have none.
pub(super) fn data_sent(lane: &LaneResult) -> Option<(f64, u64)> {
    let total = lane.total();
    let data = total.bytes_in + total.bytes_out;
    let messages = total.state_ns(State::Serialise) + total.state_ns(State::Transfer);
    let work = [State::StartUp, State::Compute, State::WaitIo, State::WaitLock];
    let all = messages + work.iter().map(|state| total.state_ns(*state)).sum::<u64>();
    let is_sent = matches!(lane.lane.model, Model::Processes | Model::Interpreters) && data > 0 && all > 0;
    is_sent.then(|| (messages as f64 / all as f64, data))
}

/// Whether most of what a lane did was to send data.
fn mostly_sends(lane: &LaneResult) -> bool {
    data_sent(lane).is_some_and(|(part, _)| part >= MOSTLY_SENT)
}

/// Time of a state as a share of what so many rows had.
fn part(lane: &LaneResult, states: &[State], rows: u64) -> f64 {
    let wall_ns = lane.shown.as_ref().map_or(0, |run| run.wall_ns);
    let spent: u64 = states.iter().map(|state| lane.total().state_ns(*state)).sum();
    spent as f64 / (wall_ns.max(1) as f64 * rows.max(1) as f64)
}

/// The limit of a lane, where it can be told.
pub(super) fn limit(scenario: &Scenario, standing: &Standing<'_>, lane: &LaneResult) -> Option<Limit> {
    if lock_held(lane).is_some() {
        return Some(Limit::LockHeld);
    }
    let tasks = lane.tasks().total();
    let workers = u64::from(scenario.workers_of(lane.lane));
    let slots = u64::from(scenario.concurrency_of(lane.lane));
    let computing = part(lane, &[State::Compute], workers.min(tasks));
    let waiting = part(lane, &[State::WaitIo], workers.min(tasks));
    let waiting_tasks = most_at_once(scenario, lane);
    let all_slots_wait = waiting_tasks > slots && part(lane, &[State::WaitIo], slots) >= FULL;
    match lane.lane.model {
        Model::Sequential => None,
        _ if mostly_sends(lane) => Some(Limit::DataSent),
        Model::Async if loop_computes(scenario, lane) => Some(Limit::LoopBusy),
        Model::Hybrid if computing >= FULL => Some(Limit::CoresBusy),
        _ if server::at_limit(scenario, lane).is_some() => Some(Limit::ServerLimits),
        _ if later_answers(standing, lane).is_some() => Some(Limit::ServerFull),
        Model::Async | Model::Hybrid => all_slots_wait.then_some(Limit::SlotsFull),
        _ if computing + waiting < FULL => None,
        _ if computing >= waiting => Some(Limit::CoresBusy),
        _ => (waiting_tasks > workers).then_some(Limit::WorkersFull),
    }
}

/// How many tasks there were for workers to take at one time, at the most: those of a stage; of tasks that come over time,
/// where the lane kept up with them, none that had to wait for a worker.
fn most_at_once(scenario: &Scenario, lane: &LaneResult) -> u64 {
    if lane.counts_from_due() {
        return lane.fell_behind().map_or(0, |_| lane.tasks().total());
    }
    let stages = scenario.stages();
    let of_stage = |stage: &u8| {
        let groups = scenario.groups.iter().zip(&stages).filter(|(_, of)| *of == stage);
        groups.map(|(group, _)| u64::from(group.tasks)).sum()
    };
    stages.iter().map(of_stage).max().unwrap_or_default()
}

/// Whether the thread of an event loop computed almost all the time.
pub(super) fn loop_computes(scenario: &Scenario, lane: &LaneResult) -> bool {
    // A function that is no coroutine is not on the loop.
    let on_loop = scenario.call().is_none_or(|call| !call.coroutine.is_empty());
    on_loop && lane.lane.model == Model::Async && part(lane, &[State::Compute, State::Serialise], 1) >= FULL
}

/// How many times as long answers took as one at a time, where that is much longer.
fn later_answers(standing: &Standing<'_>, lane: &LaneResult) -> Option<f64> {
    let each = |lane: &LaneResult| lane.total().state_ns(State::WaitIo) as f64 / lane.tasks().done.max(1) as f64;
    let alone = each(standing.find(lane.lane.place, Model::Sequential)?);
    let ratio = each(lane) / alone;
    (alone > 0.0 && ratio >= LATER_ANSWERS).then_some(ratio)
}

/// A limit in one sentence, with the numbers it rests on.
pub(super) fn words(scenario: &Scenario, standing: &Standing<'_>, lane: &LaneResult, limit: Limit) -> String {
    let name = lane.lane;
    let percent = |part: f64| share((part.clamp(0.0, 1.0) * 1e6) as u64, 1_000_000);
    let tasks = lane.tasks().total();
    let workers = u64::from(scenario.workers_of(lane.lane)).min(tasks);
    match limit {
        Limit::WorkersFull => {
            let waited = percent(part(lane, &[State::WaitIo], workers));
            let workers = of(workers, "worker", "workers");
            format!(
                "{name} was limited by its {workers}: they waited for data {waited} of the time while tasks waited for a worker."
            )
        }
        Limit::SlotsFull => format!(
            "{name} was limited by its {} tasks in flight: all of them waited for data while others waited for a slot.",
            count(scenario.concurrency_of(lane.lane).into())
        ),
        Limit::LoopBusy => format!(
            "{name} was limited by its event loop, which computed {} of the time: answers that were there had to wait.",
            percent(part(lane, &[State::Compute, State::Serialise], 1))
        ),
        Limit::CoresBusy => format!(
            "{name} was limited by computing: its {} computed {} of the time.",
            of(workers, "worker", "workers"),
            percent(part(lane, &[State::Compute], workers))
        ),
        Limit::LockHeld => {
            let (held, waited) = lock_held(lane).unwrap_or_default();
            format!(
                "{name} was limited by its interpreter lock: it was held {} of the time, and its threads waited {} of \
                 theirs for it.",
                percent(held),
                percent(waited)
            )
        }
        Limit::DataSent => {
            let (part, data) = data_sent(lane).unwrap_or_default();
            let total = lane.total();
            format!(
                "{name} was limited by the data of its tasks: {} of what its processes did was to send {} ({} turning them \
                 into messages and back, {} under way); threads share them.",
                percent(part),
                bytes(data),
                duration(total.state_ns(State::Serialise)),
                duration(total.state_ns(State::Transfer)),
            )
        }
        Limit::ServerLimits => server::words(scenario, lane),
        Limit::ServerFull => format!(
            "{name} was limited by whoever answers: an answer took {} as long as one at a time.",
            times(later_answers(standing, lane).unwrap_or(1.0))
        ),
    }
}
