//! What a lane is to be good at. It knows no numbers (see `verdict`).

use serde::{Deserialize, Serialize};

/// What a lane is to be good at. Less is better by each.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    Serialize,
    Deserialize,
    strum::EnumIter,
    strum::EnumString,
    strum::IntoStaticStr,
)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum Goal {
    /// How long the whole job takes.
    #[default]
    Wall,
    /// How long the event loop kept everything else waiting at the most; only of lanes with a loop.
    Responsiveness,
    /// The latency that 99 % of the tasks are below, from when they were due; only where tasks come over time. From when a
    /// worker took them it would be best in whatever lets them wait longest.
    Latency,
    /// The most memory that a lane's processes held, added up.
    Memory,
    /// The processor time of a lane's processes, added up.
    Processor,
    /// How many requests its server refused; only where it refused one.
    Refused,
}

impl Goal {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Wall, Self::Responsiveness, Self::Latency, Self::Memory, Self::Processor, Self::Refused];

    /// Whether it is that of a scenario that says nothing.
    #[must_use]
    #[allow(clippy::trivially_copy_pass_by_ref, reason = "serde hands it a reference")]
    pub fn is_wall(&self) -> bool {
        *self == Self::Wall
    }

    /// Its name in a scenario.
    #[must_use]
    pub fn id(self) -> &'static str {
        self.into()
    }

    /// It as a sentence names it.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Wall => "wall time",
            Self::Responsiveness => "responsiveness",
            Self::Latency => "latency",
            Self::Memory => "memory",
            Self::Processor => "processor time",
            Self::Refused => "refused requests",
        }
    }
}
