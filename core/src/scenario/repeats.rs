//! How often each lane is measured: so many times, or until the order of the lanes is clear.

use serde::{Serialize, Serializer};

use super::limits;

/// Measured runs of each lane.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Repeats {
    /// Until the order of the lanes is clear, or their budget of time is spent (see [`Scenario::budget_s`](super::Scenario::budget_s)).
    Auto,
    /// This many.
    Fixed(u32),
}

impl Default for Repeats {
    fn default() -> Self {
        Self::Fixed(3)
    }
}

impl Repeats {
    /// The fewest measured runs that a lane gets, unless it breaks.
    #[must_use]
    pub fn least(self) -> u32 {
        match self {
            Self::Auto => limits::LEAST_AUTO_REPEATS,
            Self::Fixed(repeats) => repeats,
        }
    }

    /// The most.
    #[must_use]
    pub fn most(self) -> u32 {
        match self {
            Self::Auto => limits::MAX_REPEATS as u32,
            Self::Fixed(repeats) => repeats,
        }
    }

    /// How many there are of it, as the end of `run 3 of …`: `5`, or `at most 100`.
    #[must_use]
    pub fn of(self) -> String {
        match self {
            Self::Auto => format!("at most {}", self.most()),
            Self::Fixed(repeats) => repeats.to_string(),
        }
    }
}

impl Serialize for Repeats {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Auto => to.serialize_str("auto"),
            Self::Fixed(repeats) => to.serialize_u32(*repeats),
        }
    }
}
