//! Lanes: a model in a place, and what it does otherwise than its scenario says.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize, Serializer, ser::SerializeMap};

use super::{
    limits,
    model::{Model, Place},
    settings::{Setting, Settings},
};

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

impl Interpreter {
    /// Whether the lane asks for a build without the lock.
    #[must_use]
    pub fn is_free_threaded(self) -> bool {
        matches!(self, Self::FreeThreaded | Self::Exact { free_threaded: true, .. })
    }
}

/// A place and a model, written `browser/async`; in Python with the interpreter's version where that matters:
/// `python3.13/threads`. With settings of its own it is a variant, which people see as `native/threads (16 workers)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Lane {
    /// Where it runs.
    pub place: Place,
    /// In which CPython, when the place is Python.
    pub interpreter: Interpreter,
    /// How it runs tasks.
    pub model: Model,
    /// What it does otherwise than the scenario says.
    pub settings: Settings,
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
        Self { place, interpreter: Interpreter::Any, model, settings: NO_SETTINGS }
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

    /// The lane of `model` in CPython in the page.
    #[must_use]
    pub const fn pyodide(model: Model) -> Self {
        Self::new(Place::Pyodide, model)
    }

    /// The lane without its settings: what a place has or has not.
    #[must_use]
    pub fn base(self) -> Self {
        Self { settings: NO_SETTINGS, ..self }
    }

    /// Whether it has settings of its own.
    #[must_use]
    pub fn is_variant(self) -> bool {
        !self.settings.is_default()
    }

    /// The most workers that it may have.
    #[must_use]
    pub fn most_workers(self) -> u64 {
        match (self.place, self.model) {
            (Place::Browser | Place::Pyodide, _) => limits::MAX_WORKERS,
            (Place::Native | Place::Python, Model::Processes | Model::Interpreters) => limits::MAX_PROCESSES,
            (Place::Native | Place::Python, _) => limits::MAX_THREADS,
        }
    }

    /// Whether it is the thing itself.
    #[must_use]
    pub fn label(self) -> Label {
        match (self.place, self.model) {
            (Place::Browser | Place::Native, Model::Gil) => Label::Modelled,
            // Stacks that take turns are no threads of the system, however much else of them is CPython's.
            (Place::Pyodide, Model::Threads | Model::Hybrid) => Label::Modelled,
            _ => Label::Real,
        }
    }

    /// Whether it may be recommended: as the thing itself; or because, in the page's CPython, it keeps the rules of the thing
    /// (what lets go of the lock, and when) and another lane beside it would be recommended for being called real alone.
    #[must_use]
    pub fn is_recommendable(self) -> bool {
        self.label() == Label::Real || self.place == Place::Pyodide
    }
}

const NO_SETTINGS: Settings =
    Settings { workers: None, concurrency: None, chunk: None, switch_us: None, start: None, pool: None, name: None };

/// The model part of a lane that wants an interpreter without the lock, whichever it is.
const FREE_THREADS: &str = "free-threads";

/// What people read; [`Lane::base`] is written so that it can be read again.
impl fmt::Display for Lane {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (place, model) = (self.place.id(), self.model.id());
        match self.interpreter {
            Interpreter::Any => write!(f, "{place}/{model}"),
            Interpreter::FreeThreaded => write!(f, "{place}/{FREE_THREADS}"),
            Interpreter::Exact { minor, free_threaded } => {
                write!(f, "{place}3.{minor}{}/{model}", if free_threaded { "t" } else { "" })
            }
        }?;
        if self.is_variant() { write!(f, " ({})", self.settings) } else { Ok(()) }
    }
}

/// Why a text is not a lane.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LaneError {
    /// No slash.
    #[error("“{0}” is not a lane; a lane is a place and a model, such as browser/async")]
    Shape(String),
    /// The part before the slash.
    #[error("“{0}” is not a place; the places are browser, native, python, pyodide, and versions such as python3.13")]
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
    /// A lane that the page's CPython has not.
    #[error("pyodide/{0} does not exist: CPython in the page has sequential, async, threads, processes and hybrid")]
    NotInPage(String),
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
                Place::Python => Ok(Self { interpreter: Interpreter::FreeThreaded, ..Self::python(Model::Threads) }),
                Place::Pyodide => Err(LaneError::NotInPage(model_text.to_owned())),
                Place::Browser | Place::Native => Err(LaneError::OnlyPython(model_text.to_owned())),
            };
        }
        let model = model_text.parse().map_err(|_| LaneError::Model(model_text.to_owned()))?;
        match place {
            _ if place.has(model) => Ok(Self { interpreter, ..Self::new(place, model) }),
            Place::Python => Err(LaneError::PythonGil),
            Place::Pyodide => Err(LaneError::NotInPage(model_text.to_owned())),
            Place::Browser | Place::Native => Err(LaneError::OnlyPython(model_text.to_owned())),
        }
    }
}

/// A text, or with settings an object; in binary messages the JSON of either.
impl Serialize for Lane {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let base = self.base();
        if !to.is_human_readable() {
            let json = serde_json::to_string(self).map_err(serde::ser::Error::custom)?;
            return to.serialize_str(&json);
        }
        if !self.is_variant() {
            return to.collect_str(self);
        }
        let Settings { workers, concurrency, chunk, switch_us: _, start, pool, name } = self.settings;
        let mut map = to.serialize_map(None)?;
        map.serialize_entry("lane", &base)?;
        // As they are read (`read/lanes.rs`).
        put(&mut map, "name", name)?;
        put(&mut map, Setting::Workers.id(), workers)?;
        put(&mut map, Setting::Concurrency.id(), concurrency)?;
        put(&mut map, Setting::Chunk.id(), chunk)?;
        put(&mut map, Setting::GilSwitchMs.id(), self.settings.gil_switch_ms())?;
        put(&mut map, Setting::Start.id(), start)?;
        put(&mut map, Setting::Pool.id(), pool)?;
        map.end()
    }
}

fn put<M: SerializeMap, T: Serialize>(map: &mut M, key: &'static str, value: Option<T>) -> Result<(), M::Error> {
    value.map_or(Ok(()), |value| map.serialize_entry(key, &value))
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
                    Err(_) => assert!(!place.has(model), "{lane}"),
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
            assert_eq!(lane, Lane { interpreter, ..Lane::python(model) });
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
