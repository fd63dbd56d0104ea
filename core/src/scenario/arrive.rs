//! How the tasks of a group come over time, as plain data. It deals no times (see [`crate::due`]).

use serde::{Serialize, Serializer, ser::SerializeMap};

use super::spread::Spread;

/// How the tasks of a group come over time, the first of them at t = 0.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Arrive {
    /// How fast.
    pub pace: Pace,
    /// How unevenly the gaps between two tasks are dealt around their mean.
    pub spread: Spread,
}

/// How fast tasks come, in the words that somebody chose.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Pace {
    /// One every so many milliseconds, on average.
    EveryMs(f64),
    /// So many a second, on average.
    RatePerS(f64),
}

impl Arrive {
    /// The mean time from one task to the next, in microseconds.
    #[must_use]
    pub fn gap_us(&self) -> f64 {
        match self.pace {
            Pace::EveryMs(ms) => ms * 1000.0,
            Pace::RatePerS(rate) => 1_000_000.0 / rate,
        }
    }
}

/// The pace is one of two fields.
impl Serialize for Arrive {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut fields = to.serialize_map(Some(2))?;
        match self.pace {
            Pace::EveryMs(ms) => fields.serialize_entry("every_ms", &ms)?,
            Pace::RatePerS(rate) => fields.serialize_entry("rate_per_s", &rate)?,
        }
        fields.serialize_entry("spread", &self.spread)?;
        fields.end()
    }
}
