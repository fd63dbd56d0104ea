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
    /// Isolated interpreters in the threads of one process: CPython's, and nobody else's.
    Interpreters,
}

impl Model {
    /// Those that every place can have, in the order they are shown.
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

/// Which CPython a Python lane runs in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Interpreter {
    /// The machine's own: the first that is found. Written `python`, and all there is elsewhere than in Python.
    #[default]
    Any,
    /// This version: `python3.13`, or `python3.13t` for a build without the lock.
    Exact {
        /// 13 of 3.13.
        minor: u8,
        /// Whether it is built to run without the global lock.
        free_threaded: bool,
    },
    /// The first that is built to run without the lock. Only for threads, where it makes all the difference:
    /// `python/free-threads`.
    FreeThreaded,
}

/// A place and a model, written `browser/async`; in Python with the interpreter's version where that matters:
/// `python3.13/threads`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Lane {
    /// Where it runs.
    pub place: Place,
    /// In which CPython, when the place is Python.
    pub interpreter: Interpreter,
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
    /// The lane of `model` in a place; in Python, in the machine's own interpreter.
    #[must_use]
    pub const fn new(place: Place, model: Model) -> Self {
        Self { place, interpreter: Interpreter::Any, model }
    }

    /// The lane of `model` in the browser.
    #[must_use]
    pub const fn browser(model: Model) -> Self {
        Self::new(Place::Browser, model)
    }

    /// The lane of `model` on the machine itself.
    #[must_use]
    pub const fn native(model: Model) -> Self {
        Self::new(Place::Native, model)
    }

    /// The lane of `model` in CPython.
    #[must_use]
    pub const fn python(model: Model) -> Self {
        Self::new(Place::Python, model)
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

/// The model part of a lane that wants an interpreter without the lock, whichever it is.
const FREE_THREADS: &str = "free-threads";

impl fmt::Display for Lane {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (place, model) = (self.place.id(), self.model.id());
        match self.interpreter {
            Interpreter::Any => write!(f, "{place}/{model}"),
            Interpreter::FreeThreaded => write!(f, "{place}/{FREE_THREADS}"),
            Interpreter::Exact { minor, free_threaded } => {
                write!(f, "{place}3.{minor}{}/{model}", if free_threaded { "t" } else { "" })
            }
        }
    }
}

/// Why a text is not a lane.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LaneError {
    /// No slash.
    #[error("“{0}” is not a lane; a lane is a place and a model, such as browser/async")]
    Shape(String),
    /// The part before the slash.
    #[error("“{0}” is not a place; the places are browser, native, python, and versions such as python3.13")]
    Place(String),
    /// The part after the slash.
    #[error(
        "“{0}” is not a model; the models are sequential, async, threads, gil, processes, hybrid, and of \
             Python interpreters and free-threads"
    )]
    Model(String),
    /// A lane that exists nowhere.
    #[error("python/gil is python/threads: a CPython that has the lock always runs under it")]
    PythonGil,
    /// Only CPython has several interpreters in a process, and builds without the lock.
    #[error("“{0}” is only there in Python: python/{0}")]
    OnlyPython(String),
}

/// The place before the slash, with the interpreter's version.
fn read_place(text: &str) -> Option<(Place, Interpreter)> {
    if let Ok(place) = text.parse() {
        return Some((place, Interpreter::Any));
    }
    let version = text.strip_prefix(Place::Python.id())?.strip_prefix("3.")?;
    let digits = version.strip_suffix('t').unwrap_or(version);
    let is_plain = !digits.starts_with('0') || digits == "0";
    let minor = digits.parse().ok().filter(|_| is_plain && digits.bytes().all(|byte| byte.is_ascii_digit()))?;
    Some((Place::Python, Interpreter::Exact { minor, free_threaded: digits.len() < version.len() }))
}

impl FromStr for Lane {
    type Err = LaneError;

    fn from_str(text: &str) -> Result<Self, LaneError> {
        let (place_text, model_text) = text.split_once('/').ok_or_else(|| LaneError::Shape(text.to_owned()))?;
        let (place, interpreter) = read_place(place_text).ok_or_else(|| LaneError::Place(place_text.to_owned()))?;
        if model_text == FREE_THREADS && interpreter == Interpreter::Any {
            return match place {
                Place::Python => Ok(Self { place, interpreter: Interpreter::FreeThreaded, model: Model::Threads }),
                Place::Browser | Place::Native => Err(LaneError::OnlyPython(model_text.to_owned())),
            };
        }
        let model = model_text.parse().map_err(|_| LaneError::Model(model_text.to_owned()))?;
        match (place, model) {
            (Place::Python, Model::Gil) => Err(LaneError::PythonGil),
            (Place::Browser | Place::Native, Model::Interpreters) => Err(LaneError::OnlyPython(model_text.to_owned())),
            _ => Ok(Self { place, interpreter, model }),
        }
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
                let lane = Lane::new(place, model);
                match lane.to_string().parse::<Lane>() {
                    Ok(read) => assert_eq!(read, lane),
                    Err(error) => assert_eq!(error, LaneError::PythonGil),
                }
            }
        }
    }

    #[test]
    fn interpreters_are_named_by_their_version() {
        let exact = |minor, free_threaded| Interpreter::Exact { minor, free_threaded };
        for (text, interpreter, model) in [
            ("python/interpreters", Interpreter::Any, Model::Interpreters),
            ("python/free-threads", Interpreter::FreeThreaded, Model::Threads),
            ("python3.9/async", exact(9, false), Model::Async),
            ("python3.13t/threads", exact(13, true), Model::Threads),
        ] {
            let lane: Lane = text.parse().expect(text);
            assert_eq!(lane, Lane { place: Place::Python, interpreter, model });
            assert_eq!(lane.to_string(), text);
        }
        for text in [
            "python3/async",
            "python3./async",
            "python3.x/async",
            "python3.013/async",
            "python3.300/async",
            "python2.7/async",
            "native3.13/async",
            "python3.13/free-threads",
            "native/free-threads",
            "browser/interpreters",
            "python3.+1/async",
        ] {
            assert!(text.parse::<Lane>().is_err(), "{text}");
        }
    }

    #[test]
    fn what_is_no_lane_is_named() {
        assert!("browser".parse::<Lane>().unwrap_err().to_string().contains("“browser”"));
        assert!("moon/async".parse::<Lane>().unwrap_err().to_string().contains("“moon”"));
        assert!("browser/fibers".parse::<Lane>().unwrap_err().to_string().contains("“fibers”"));
    }
}
