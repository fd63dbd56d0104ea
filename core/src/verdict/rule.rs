//! The rules that a recommendation is explained by.

use serde::Serialize;

use crate::scenario::{Lane, Model};

use super::character::Kind;

/// Why the measured best is the best. A rule explains a measurement; it never overrules one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, strum::IntoStaticStr)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum Rule {
    /// The job is too short for the model to matter: take the simplest.
    TooSmallToMatter,
    /// The repeats of a lane differ more than the lanes do: nothing is known of which is faster.
    Noisy,
    /// There is no other lane to compare with.
    NothingToCompare,
    /// Nothing is faster than one task after another: stay there.
    KeepItSimple,
    /// Waiting needs no core, so one event loop can do all of it at once.
    OverlapTheWaiting,
    /// An event loop overlaps all the waiting, and then its one thread computes almost all the time.
    OverlapUntilTheLoopIsBusy,
    /// A blocked thread waits as well as an event loop, as long as there is one for each wait.
    AThreadForEachWait,
    /// Computing needs cores, and only several workers use several of them.
    UseEveryCore,
    /// CPython's interpreter lock lets one thread compute at a time; processes have one lock each.
    AroundTheLock,
    /// An event loop does all the waiting at once, a pool computes on every core.
    WaitTogetherComputeApart,
    /// Enough workers wait and compute side by side.
    WorkersDoBoth,
    /// It is best by the goal that the scenario names, whatever is fastest.
    ByGoal,
    /// It was the fastest, though the kind of work would have suggested another.
    AsMeasured,
}

/// What was measured of the causes that some rules name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Causes {
    /// A lane of the place was limited by the interpreter lock, which the taken lane does without.
    pub(super) lock_held: bool,
    /// The event loop of the taken lane computed almost all the time.
    pub(super) loop_computes: bool,
}

impl Rule {
    /// Its name in result files.
    #[must_use]
    pub fn id(self) -> &'static str {
        self.into()
    }

    /// The rule that explains why `lane`, of so many candidates, is best at this kind of work. A cause is named only where
    /// it was measured.
    pub(super) fn of(kind: Kind, lane: Lane, candidates: usize, causes: Causes) -> Self {
        match (kind, lane.model) {
            _ if candidates == 1 => Self::NothingToCompare,
            (Kind::TooSmall, _) => Self::TooSmallToMatter,
            (Kind::Noisy, _) => Self::Noisy,
            (_, Model::Sequential) => Self::KeepItSimple,
            (Kind::IoBound | Kind::Mixed, Model::Async) if causes.loop_computes => Self::OverlapUntilTheLoopIsBusy,
            (Kind::IoBound | Kind::Mixed, Model::Async) => Self::OverlapTheWaiting,
            (Kind::IoBound, Model::Threads) => Self::AThreadForEachWait,
            (Kind::IoBound | Kind::Mixed, Model::Hybrid) => Self::WaitTogetherComputeApart,
            (Kind::CpuBound | Kind::Mixed, Model::Processes | Model::Interpreters) if causes.lock_held => {
                Self::AroundTheLock
            }
            (Kind::CpuBound, Model::Threads | Model::Processes | Model::Interpreters | Model::Hybrid) => {
                Self::UseEveryCore
            }
            (Kind::Mixed, Model::Threads | Model::Processes | Model::Interpreters) => Self::WorkersDoBoth,
            _ => Self::AsMeasured,
        }
    }

    /// The rule in words.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::TooSmallToMatter => "the model makes no difference worth having here, so take the simplest",
            Self::Noisy => {
                "its repeats and those of the others differ more than the lanes do, so it is the simplest, and not known to be \
                 the fastest"
            }
            Self::NothingToCompare => "there is no other lane of this place to compare it with",
            Self::KeepItSimple => "nothing is faster than one task after another, so stay with it",
            Self::OverlapTheWaiting => "waiting needs no core, so one event loop does all of it at once",
            Self::OverlapUntilTheLoopIsBusy => {
                "one event loop overlaps the waiting, and what is left is computing, which fills the loop"
            }
            Self::AThreadForEachWait => {
                "a blocked thread waits as well as an event loop while there are enough of them"
            }
            Self::UseEveryCore => "computing needs cores, and only several workers use several of them",
            Self::AroundTheLock => {
                "the interpreter lock lets one thread compute at a time, and each process or interpreter has its own"
            }
            Self::WaitTogetherComputeApart => {
                "an event loop does all the waiting at once and a pool computes on every core"
            }
            Self::WorkersDoBoth => "enough workers wait and compute side by side",
            Self::ByGoal => "it is best by the goal of the scenario",
            Self::AsMeasured => "it was the fastest, though this kind of work would have suggested another",
        }
    }
}
