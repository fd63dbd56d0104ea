//! What the page and the server of Lanes say to each other, besides the stream of a run (see [`crate::wire`]).
//!
//! ```text
//! GET  api/                          Hello      the machine, its lanes, their limits, functions of the user's own
//! GET  api/clock                     Clock      to measure how far two clocks are apart
//! PUT  api/file                      Stored     the user's file, for native lanes; stays until the server ends
//! POST api/runs          RunRequest  a stream   one run of one lane: frames of `wire::Event`; closing it ends the run
//! POST api/runs/ID/cancel                       ends the run; its stream says what it came to
//! POST api/runs/ID/workers/K/kill               kills worker K of a lane of processes
//! GET  api/body?ms=&bytes=&seed=                bytes, after a while: what `"from": "server"` asks;
//!              &run=&capacity=…                 `run` names a server of its own with the limits of
//!                                               [`crate::scenario::Server`], as fields of the same names
//! ```
//!
//! Every request bears `Authorization: Bearer TOKEN`; the token is in the fragment of the link that the server printed,
//! as `#token=TOKEN`. Whatever is refused is answered with a [`Refusal`]. The stream of a run is `u32` little-endian
//! lengths, each followed by so many bytes of [`crate::wire`]; with `Accept: application/x-ndjson` it is one JSON
//! [`crate::wire::Event`] a line instead.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    result::Machine,
    scenario::{Label, Lane},
};

/// The version of the API; a page and a server of different versions cannot talk.
pub const VERSION: u32 = 1;

/// The part of a link's fragment that bears the token.
pub const TOKEN_PART: &str = "token";

/// The media type of a stream of frames.
pub const FRAMES: &str = "application/vnd.lanes.frames";

/// The media type of a stream of JSON, one event a line.
pub const NDJSON: &str = "application/x-ndjson";

/// Time after which the server says something on a stream even when nothing has happened, in milliseconds. A stream
/// that is silent for several of them is dead.
pub const HEARTBEAT_MS: u64 = 500;

/// Who is there.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Hello {
    /// [`VERSION`].
    pub lanes_api: u32,
    /// The version of Lanes.
    pub version: String,
    /// The machine that its lanes run on.
    pub machine: Machine,
    /// Its lanes.
    pub lanes: Vec<LaneHere>,
    /// What a scenario may ask for, and what the server takes.
    pub limits: Vec<Limit>,
    /// Whether scenarios' own addresses may be private ones.
    pub allow_private: bool,
    /// The functions of the user's own that it was started with.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub functions: Vec<Offered>,
}

/// A function of the user's own that the server calls for whoever names it by its digest. Its code stays where it is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Offered {
    /// What its file is called.
    pub file: String,
    /// How many items it has; its scenario may be of a part of them.
    pub items: u32,
    /// The scenario that calls it in every lane that there is for it, and names it by its digest; `None` where the file cannot
    /// be run as it is now.
    pub scenario: Option<Value>,
    /// Why it cannot be, and what to do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
}

/// A lane that the server can run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LaneHere {
    /// Which.
    pub lane: Lane,
    /// Whether it is the thing itself.
    pub label: Label,
    /// What runs it, with its version.
    pub version: String,
    /// Why it cannot run now and what would help; `None` when it can.
    pub missing: Option<String>,
}

/// The most there may be of something.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limit {
    /// The field or thing.
    pub name: String,
    /// The most, in `unit`.
    pub most: u64,
    /// What is counted.
    pub unit: String,
}

/// The server's clock when it answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Clock {
    /// Microseconds of the Unix epoch: what a JavaScript number holds exactly.
    pub epoch_us: u64,
}

/// A file that was stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stored {
    /// What [`RunRequest::file`] calls it.
    pub file: String,
    /// Its length, in bytes.
    pub bytes: u64,
}

/// One run of one lane.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RunRequest {
    /// Comes back in every event.
    #[serde(default)]
    pub run: u32,
    /// In which lane.
    pub lane: Lane,
    /// The scenario, as in a file.
    pub scenario: Value,
    /// The user's file, by the name it was stored under.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// Whether it is to be left unwatched: totals, and no spans.
    #[serde(default)]
    pub unwatched: bool,
    /// Of which session it is, by a number that the asker makes up: what a function of the user's own came to is compared
    /// with what it came to in the same session.
    #[serde(default)]
    pub session: u64,
}

/// Why a request was refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// [`VERSION`]: whoever refuses is a server of Lanes, and no other.
    pub lanes_api: u32,
    /// What is wrong and what to do.
    pub error: String,
    /// Of a scenario that is not valid: every problem, with its field.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub problems: Vec<String>,
}
