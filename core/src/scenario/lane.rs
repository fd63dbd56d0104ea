//! Places, models and lanes.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// How tasks are run.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    strum::EnumString,
    strum::IntoStaticStr,
)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
pub enum Model {
    /// One after another.
    Sequential,
    /// One event loop.
    Async,
    /// A pool that shares memory.
    Threads,
    /// The same pool under a global interpreter lock.
    Gil,
    /// Isolated memory, messages.
    Processes,
    /// An event loop for waiting, a pool of threads for computing.
    Hybrid,
}

impl Model {
    /// All of them, in the order they are shown.
    pub const ALL: [Self; 6] = [Self::Sequential, Self::Async, Self::Threads, Self::Gil, Self::Processes, Self::Hybrid];

    /// Its name in lanes and links.
    #[must_use]
    pub fn id(self) -> &'static str {
        self.into()
    }
}

/// Where a lane runs.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    strum::EnumString,
    strum::IntoStaticStr,
)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
pub enum Place {
    /// In this page: WebAssembly on Web Workers.
    Browser,
    /// On the machine itself, in the backend.
    Native,
    /// In CPython.
    Python,
}

impl Place {
    /// All of them, in the order they are shown.
    pub const ALL: [Self; 3] = [Self::Browser, Self::Native, Self::Python];

    /// Its name in lanes and links.
    #[must_use]
    pub fn id(self) -> &'static str {
        self.into()
    }
}

/// A place and a model, written `browser/async`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Lane {
    /// Where it runs.
    pub place: Place,
    /// How it runs tasks.
    pub model: Model,
}

/// Whether a lane is the thing itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Label {
    /// The thing itself.
    Real,
    /// A model of something that is not there: the interpreter lock outside CPython.
    Modelled,
}

impl Lane {
    /// The lane of `model` in the browser.
    #[must_use]
    pub const fn browser(model: Model) -> Self {
        Self { place: Place::Browser, model }
    }

    /// The lane of `model` on the machine itself.
    #[must_use]
    pub const fn native(model: Model) -> Self {
        Self { place: Place::Native, model }
    }

    /// Whether it is the thing itself.
    #[must_use]
    pub fn label(self) -> Label {
        match (self.place, self.model) {
            (Place::Browser | Place::Native, Model::Gil) => Label::Modelled,
            _ => Label::Real,
        }
    }
}

impl fmt::Display for Lane {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.place.id(), self.model.id())
    }
}

/// Why a text is not a lane.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LaneError {
    /// No slash.
    #[error("“{0}” is not a lane; a lane is a place and a model, such as browser/async")]
    Shape(String),
    /// The part before the slash.
    #[error("“{0}” is not a place; the places are browser, native, python")]
    Place(String),
    /// The part after the slash.
    #[error("“{0}” is not a model; the models are sequential, async, threads, gil, processes, hybrid")]
    Model(String),
    /// A lane that exists nowhere.
    #[error("python/gil is python/threads: a CPython that has the lock always runs under it")]
    PythonGil,
}

impl FromStr for Lane {
    type Err = LaneError;

    fn from_str(text: &str) -> Result<Self, LaneError> {
        let (place, model) = text.split_once('/').ok_or_else(|| LaneError::Shape(text.to_owned()))?;
        let place = place.parse().map_err(|_| LaneError::Place(place.to_owned()))?;
        let model = model.parse().map_err(|_| LaneError::Model(model.to_owned()))?;
        if (place, model) == (Place::Python, Model::Gil) {
            return Err(LaneError::PythonGil);
        }
        Ok(Self { place, model })
    }
}

impl Serialize for Lane {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Lane {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(from)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_lane_is_read_as_it_is_written() {
        for place in Place::ALL {
            for model in Model::ALL {
                let lane = Lane { place, model };
                match lane.to_string().parse::<Lane>() {
                    Ok(read) => assert_eq!(read, lane),
                    Err(error) => assert_eq!(error, LaneError::PythonGil),
                }
            }
        }
    }

    #[test]
    fn what_is_no_lane_is_named() {
        assert!("browser".parse::<Lane>().unwrap_err().to_string().contains("“browser”"));
        assert!("moon/async".parse::<Lane>().unwrap_err().to_string().contains("“moon”"));
        assert!("browser/fibers".parse::<Lane>().unwrap_err().to_string().contains("“fibers”"));
    }
}
