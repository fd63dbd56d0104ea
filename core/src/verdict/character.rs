//! What kind of work it is: how long a task waits for data, and how long it computes. It recommends nothing.

use serde::Serialize;

use crate::{
    report::LaneResult,
    scenario::{Lane, Model, Place},
    trace::State,
};

use super::standing::Standing;

/// From this share of its work on, a job counts as one that only waits, or only computes.
const MOSTLY: f64 = 0.9;

/// The kind of work that was measured. Result files of version 1 have plain words for the first two.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// At least 90 % of the work is waiting for data.
    #[serde(rename = "waiting")]
    IoBound,
    /// At least 90 % of the work is computing.
    #[serde(rename = "computing")]
    CpuBound,
    /// Some of both.
    Mixed,
    /// The job is so short that the model makes no difference worth having.
    TooSmall,
    /// Its repeats differ so much that no difference between the lanes could be seen.
    Noisy,
    /// No run said what it did.
    Unknown,
}

/// Waiting and computing, as one lane saw them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Character {
    pub(super) kind: Kind,
    pub(super) waiting_ns: u64,
    pub(super) computing_ns: u64,
    /// Where it was seen.
    pub(super) seen_in: Option<Lane>,
}

impl Character {
    /// The character of the job in a place, or anywhere: the places' processors and waits differ.
    ///
    /// Taken from the one lane that distorts it least, and never from all of them, so that it does not depend on which
    /// others were run: one task after another; then an event loop, which computes one thing at a time and has answers
    /// that it comes to late as `queued`; then workers that share cores, whose computing looks longer than it is; last
    /// those under one lock.
    pub(super) fn of(standing: &Standing<'_>, place: Option<Place>) -> Self {
        const FROM_BEST: [Model; 7] = [
            Model::Sequential,
            Model::Async,
            Model::Processes,
            Model::Interpreters,
            Model::Threads,
            Model::Hybrid,
            Model::Gil,
        ];
        let here = |lane: &&&LaneResult| place.is_none_or(|place| lane.lane.place == place);
        let did_something = |lane: &&&LaneResult| times(lane) != (0, 0);
        let is_trusted = |lane: Lane| standing.trusted.iter().any(|trusted| trusted.lane == lane);
        let rank = |lane: &&&LaneResult| {
            let model = FROM_BEST.iter().position(|model| *model == lane.lane.model);
            (!is_trusted(lane.lane), model, lane.lane.place)
        };
        match standing.all.iter().filter(here).filter(did_something).min_by_key(rank) {
            None => Self { kind: Kind::Unknown, waiting_ns: 0, computing_ns: 0, seen_in: None },
            Some(lane) => {
                let (waiting_ns, computing_ns) = times(lane);
                Self { kind: kind(waiting_ns, computing_ns), waiting_ns, computing_ns, seen_in: Some(lane.lane) }
            }
        }
    }

    pub(super) fn work_ns(&self) -> u64 {
        self.waiting_ns + self.computing_ns
    }

    /// Waiting and computing in per cent; together 100, or both 0.
    pub(super) fn percents(&self) -> (u8, u8) {
        if self.work_ns() == 0 {
            return (0, 0);
        }
        let waiting = (self.waiting_ns as f64 * 100.0 / self.work_ns() as f64).round() as u8;
        (waiting, 100 - waiting)
    }
}

fn kind(waiting_ns: u64, computing_ns: u64) -> Kind {
    let waiting = waiting_ns as f64 / (waiting_ns + computing_ns) as f64;
    match waiting {
        share if share >= MOSTLY => Kind::IoBound,
        share if share <= 1.0 - MOSTLY => Kind::CpuBound,
        _ => Kind::Mixed,
    }
}

fn times(lane: &LaneResult) -> (u64, u64) {
    let total = lane.total();
    (total.state_ns(State::WaitIo), total.state_ns(State::Compute))
}
