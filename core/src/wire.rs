//! What an engine and its viewer say to each other, and the bytes it travels as.
//!
//! The same messages go by `postMessage` from a Web Worker and, length-prefixed, in the body of an HTTP answer, so
//! the page has one viewer for both. postcard does not describe itself: the first byte is the version.

use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::{
    report::RunReport,
    scenario::{Lane, ValidScenario},
    trace::Span,
};

/// The first byte of every message.
pub const VERSION: u8 = 1;

/// From the viewer to an engine.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Command {
    /// Start one run.
    Run(Order),
    /// End the run; what is not done is counted as cancelled.
    Cancel,
    /// Kill this worker of a lane of processes, to see the pool heal.
    KillWorker(u16),
}

/// One run to be made.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Order {
    /// Comes back in every event, so that a late event of an earlier run is not taken for one of this.
    pub run: u32,
    /// In which lane.
    pub lane: Lane,
    /// What is run.
    pub scenario: ValidScenario,
    /// Whether spans are wanted: without them its wall time is that of the lane as it is.
    pub is_watched: bool,
}

/// From an engine to its viewer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Event {
    /// The run has begun: t = 0 is now.
    Started {
        /// The order's.
        run: u32,
        /// t = 0 in nanoseconds of the Unix epoch, on the engine's clock.
        epoch_ns: u64,
        /// Workers the lane has.
        workers: u16,
    },
    /// What happened since the last frame.
    Frame(Frame),
    /// The run is over.
    Finished {
        /// The order's.
        run: u32,
        /// What it came to.
        report: Box<RunReport>,
    },
    /// The engine itself is broken and must be thrown away; the sentence says how.
    Broken(String),
    /// The order has been taken, and waits until this many others are done; with 0 it starts at once.
    Queued {
        /// The order's.
        run: u32,
        /// What the server calls this run in its addresses.
        id: u64,
        /// How many runs are before it.
        position: u32,
    },
    /// Nothing has happened, and whoever sends this is still there.
    Alive,
}

/// Spans and progress since the last frame.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Frame {
    /// The order's.
    pub run: u32,
    /// Time of the frame, in nanoseconds from the run's t = 0: nothing before it is still unsaid, except what is
    /// under way.
    pub now_ns: u64,
    /// Tasks ended so far, well or with a failure.
    pub ended: u64,
    /// Spans dropped so far.
    pub dropped: u64,
    /// The spans.
    pub spans: Vec<Span>,
}

/// Why bytes are not a message.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WireError {
    /// Nothing there.
    #[error("an empty message")]
    Empty,
    /// Another build on the other side.
    #[error(
        "a message of version {0}, where this build speaks version {VERSION}: reload the page so that both sides match"
    )]
    Version(u8),
    /// Not what it says it is.
    #[error("a damaged message: {0}")]
    Damaged(String),
}

/// The bytes of a message.
#[must_use]
pub fn encode<T: Serialize>(message: &T) -> Vec<u8> {
    postcard::to_extend(message, vec![VERSION]).expect("messages are plain data, and the buffer grows")
}

/// The message in some bytes.
///
/// # Errors
/// When they are of another version or damaged.
pub fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, WireError> {
    match bytes.split_first() {
        None => Err(WireError::Empty),
        Some((&VERSION, rest)) => postcard::from_bytes(rest).map_err(|error| WireError::Damaged(error.to_string())),
        Some((&other, _)) => Err(WireError::Version(other)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trace::State;

    /// Golden bytes: a change here is a change of the format, and wants a new version.
    #[test]
    fn the_format_has_not_changed() {
        let span = Span { worker: 1, slot: 2, task: 300, state: State::WaitIo, start_ns: 5, end_ns: 128 };
        let frame = Frame { run: 7, now_ns: 200, ended: 1, dropped: 0, spans: vec![span] };
        let bytes = encode(&Event::Frame(frame.clone()));
        assert_eq!(bytes, [1, 1, 7, 200, 1, 1, 0, 1, 1, 2, 172, 2, 3, 5, 128, 1]);
        assert_eq!(decode::<Event>(&bytes), Ok(Event::Frame(frame)));
    }

    #[test]
    fn strangers_are_named() {
        assert_eq!(decode::<Event>(&[]), Err(WireError::Empty));
        assert_eq!(decode::<Event>(&[9, 1]), Err(WireError::Version(9)));
        assert!(matches!(decode::<Event>(&[1, 200]), Err(WireError::Damaged(_))));
    }
}
