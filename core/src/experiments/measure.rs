//! By what the lanes of an experiment are ranked, and when two of them cannot be told apart.

use crate::{
    present::{count, duration, number::of},
    report::{Ending, LaneResult},
    spread::{Floor, is_tie},
};

/// What a lane is ranked by. Less is better by each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Measure {
    /// How long the whole job takes.
    Wall,
    /// The latency that half of the tasks are below.
    UsualLatency,
    /// The latency that 99 % of the tasks are below.
    WorstLatency,
    /// Increments of the shared counter that left no trace in it.
    LostUpdates,
    /// Requests that the server refused.
    Refusals,
}

/// Values other than wall time, whose spread nobody measured, are as good within this share: as the verdict has it by its goals.
const AS_GOOD: f64 = 0.1;

impl Measure {
    /// Its name, for programs.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Self::Wall => "wall",
            Self::UsualLatency => "usual-latency",
            Self::WorstLatency => "worst-latency",
            Self::LostUpdates => "lost-updates",
            Self::Refusals => "refusals",
        }
    }

    /// What is to be guessed.
    #[must_use]
    pub fn asks(self) -> &'static str {
        match self {
            Self::Wall => "Which is done first, and which last?",
            Self::UsualLatency => "In which does a task usually end soonest after it was begun, and in which latest?",
            Self::WorstLatency => "In which do even the slowest tasks (99 % of all) end soon, and in which latest?",
            Self::LostUpdates => "Which loses the fewest increments of the counter, and which the most?",
            Self::Refusals => "Which is refused least by the server, and which most?",
        }
    }

    /// The head of its column.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Wall => "wall time",
            Self::UsualLatency => "half within",
            Self::WorstLatency => "99 % within",
            Self::LostUpdates => "lost",
            Self::Refusals => "refused",
        }
    }

    /// A value of it, for people.
    #[must_use]
    pub fn says(self, value: u64) -> String {
        match self {
            Self::Wall | Self::UsualLatency | Self::WorstLatency => duration(value),
            Self::LostUpdates => count(value),
            Self::Refusals => of(value, "request", "requests"),
        }
    }

    /// What a lane has of it; `None` where that was not measured, or the lane did not come to its end.
    #[must_use]
    pub fn value(self, lane: &LaneResult) -> Option<u64> {
        let shown = lane.shown.as_ref().filter(|_| lane.ending == Ending::Complete && !lane.all_failed())?;
        match self {
            Self::Wall => lane.wall.map(|wall| wall.median),
            Self::UsualLatency => Some(lane.latency().p50),
            Self::WorstLatency => Some(lane.latency().p99),
            Self::LostUpdates => shown.counter.map(|counter| counter.lost()),
            Self::Refusals => Some(lane.total().met.refusals),
        }
    }

    /// Whether nobody can say which of two lanes has less of it.
    #[must_use]
    pub fn is_tie(self, a: &LaneResult, b: &LaneResult) -> bool {
        match (self, self.value(a), self.value(b)) {
            (_, None, _) | (_, _, None) => true,
            (Self::Wall, ..) => is_tie(a, b, Floor::Share),
            (_, Some(a), Some(b)) => a.abs_diff(b) as f64 <= a.max(b) as f64 * AS_GOOD,
        }
    }
}
