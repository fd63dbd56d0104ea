//! The thread logs that a traced program writes; `core/python/lanes_trace.py` says how they look. Where they come from,
//! whoever reads them knows: files on the machine, messages in the page.

use crate::trace::State;

/// Bytes before the first record.
pub const HEADER_BYTES: usize = 128;
/// Bytes of a record.
pub const RECORD_BYTES: usize = 32;
/// Set where it was asked how long the thread was ready to run and had no processor.
pub const HAS_RUN_DELAY: u8 = 1;
/// Set on increments of the shared counter.
pub const IS_BUMP: u8 = 2;
/// Set on what a function of the user's own did: what of it was no computing, nobody says.
pub const IS_OWN: u8 = 4;
/// Set where a task is found to have failed that was taken for done.
pub const TAKES_BACK: u8 = 8;

/// What a record says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The thread was in this state.
    In(State),
    /// A task ended well; `extra` is its digest.
    Done,
    /// A task failed.
    Failed,
    /// The event loop came back to a timer; from when it was due.
    Lag,
    /// What a fetch met of the server: `extra` holds how often, and from start to end is how long it waited to ask again.
    Met,
}

/// One record. Times are in nanoseconds on the program's clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Record {
    /// What it says.
    pub kind: Kind,
    /// [`HAS_RUN_DELAY`], [`IS_BUMP`], [`IS_OWN`], [`TAKES_BACK`].
    pub flags: u8,
    /// What keeps apart what one thread does at the same time.
    pub slot: u16,
    /// The task that it belongs to.
    pub task: u32,
    /// When it began.
    pub start: u64,
    /// When it ended.
    pub end: u64,
    /// Of a fetch or message its bytes; of a computation the nanoseconds that it was blocked; of a task its digest.
    pub extra: u64,
}

/// What the beginning of a file says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Header {
    /// Records written.
    pub count: u64,
    /// Records that had no room.
    pub dropped: u64,
    /// Tasks begun.
    pub begun: u64,
    /// When the last of them was begun.
    pub last_begun: u64,
    /// Its number.
    pub last_task: u32,
    /// The most memory that its process took up.
    pub peak_bytes: u64,
    /// Of the tasks whose records had no room, those that were done.
    pub overflow_done: u64,
    /// Those that failed.
    pub overflow_failed: u64,
    /// What those that were done add up to.
    pub overflow_checksum: u64,
    /// Its process; nothing, while there is no header yet.
    pub process: u32,
    /// Whether it is the first thread of its process.
    pub is_main: bool,
    /// Between the end of one step and the begin of the next: all of it.
    pub between_ns: u64,
    /// The same, on a processor.
    pub between_cpu_ns: u64,
}

impl Header {
    /// Reads it; `None` while it has not been written yet.
    #[must_use]
    pub fn read(bytes: &[u8; HEADER_BYTES]) -> Option<Self> {
        let (long, short) = (|at| u64_at(bytes, at), |at| u32_at(bytes, at));
        let header = Self {
            count: long(0),
            dropped: long(8),
            begun: long(16),
            last_begun: long(24),
            last_task: short(32),
            peak_bytes: long(40),
            overflow_done: long(48),
            overflow_failed: long(56),
            overflow_checksum: long(64),
            process: short(72),
            is_main: short(76) != 0,
            between_ns: long(80),
            between_cpu_ns: long(88),
        };
        (header.process != 0).then_some(header)
    }
}

/// The record in some bytes, unless they cannot be one.
#[must_use]
pub fn record(bytes: &[u8]) -> Option<Record> {
    let (start, end) = (u64_at(bytes, 8), u64_at(bytes, 16));
    let kind = match bytes[0] {
        100 => Kind::Done,
        103 => Kind::Met,
        101 => Kind::Failed,
        102 => Kind::Lag,
        state => Kind::In(*State::ALL.get(usize::from(state.checked_sub(1)?))?),
    };
    let slot = u16::from_le_bytes([bytes[2], bytes[3]]);
    let is_whole = start > 0 && end >= start;
    is_whole.then(|| Record {
        kind,
        flags: bytes[1],
        slot,
        task: u32_at(bytes, 4),
        start,
        end,
        extra: u64_at(bytes, 24),
    })
}

fn u64_at(bytes: &[u8], at: usize) -> u64 {
    let mut number = [0; 8];
    number.copy_from_slice(&bytes[at..at + 8]);
    u64::from_le_bytes(number)
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    let mut number = [0; 4];
    number.copy_from_slice(&bytes[at..at + 4]);
    u32::from_le_bytes(number)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trace::python;

    fn bytes(kind: u8, task: u32, start: u64, end: u64) -> Vec<u8> {
        let mut bytes = vec![kind, 1, 7, 0];
        bytes.extend(task.to_le_bytes());
        [start, end, 99].iter().for_each(|number| bytes.extend(number.to_le_bytes()));
        bytes
    }

    #[test]
    fn the_numbers_of_the_states_are_those_of_the_script() {
        let script = python::TRACE.text;
        assert!(
            script
                .contains("QUEUED, START_UP, COMPUTE, WAIT_IO, WAIT_LOCK, SERIALISE, TRANSFER = 1, 2, 3, 4, 5, 6, 7\n")
        );
        let states = [
            (1, State::Queued),
            (2, State::StartUp),
            (3, State::Compute),
            (4, State::WaitIo),
            (5, State::WaitLock),
            (6, State::Serialise),
            (7, State::Transfer),
        ];
        for (number, state) in states {
            assert_eq!(record(&bytes(number, 0, 1, 1)).expect("whole").kind, Kind::In(state));
        }
    }
}
