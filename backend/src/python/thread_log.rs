//! The thread logs that a traced program writes, a file for each thread; `lanes_trace.py` says how they look.
//!
//! They are read while they are being written. Each record is whole before it is counted; what cannot be right yet
//! (on processors that show writes in another order) is left for the next time.

use std::{fs::File, io, os::unix::fs::FileExt, path::Path};

use lanes_core::trace::State;

/// Bytes before the first record.
const HEADER: u64 = 128;
/// Bytes of a record.
const RECORD: u64 = 32;
/// Records that are read at once.
const AT_ONCE: u64 = 8_192;

/// Set where it was asked how long the thread was ready to run and had no processor.
pub(super) const HAS_RUN_DELAY: u8 = 1;
/// Set on increments of the shared counter.
pub(super) const IS_BUMP: u8 = 2;
/// Set on what a function of the user's own did: what of it was no computing, nobody says.
pub(super) const IS_OWN: u8 = 4;
/// Set where a task is found to have failed that was taken for done.
pub(super) const TAKES_BACK: u8 = 8;

/// What a record says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
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
pub(super) struct Record {
    pub(super) kind: Kind,
    pub(super) flags: u8,
    pub(super) slot: u16,
    pub(super) task: u32,
    pub(super) start: u64,
    pub(super) end: u64,
    /// Of a fetch or message its bytes; of a computation the nanoseconds that it was blocked; of a task its digest.
    pub(super) extra: u64,
}

/// What the beginning of a file says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) count: u64,
    pub(super) dropped: u64,
    /// Tasks begun.
    pub(super) begun: u64,
    /// When the last of them was begun, and its number.
    pub(super) last_begun: u64,
    pub(super) last_task: u32,
    pub(super) peak_bytes: u64,
    /// Of the tasks whose records had no room.
    pub(super) overflow_done: u64,
    pub(super) overflow_failed: u64,
    pub(super) overflow_checksum: u64,
    pub(super) process: u32,
    pub(super) is_main: bool,
    /// Between the end of one step and the begin of the next: all of it, and on a processor.
    pub(super) between_ns: u64,
    pub(super) between_cpu_ns: u64,
}

/// One thread's file.
#[derive(Debug)]
pub(super) struct ThreadLog {
    file: File,
    read: u64,
    pub(super) header: Header,
}

impl ThreadLog {
    /// Opens a file that may still be empty.
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        Ok(Self { file: File::open(path)?, read: 0, header: Header::default() })
    }

    /// Reads the header again; `false` while the file has none.
    pub(super) fn read_header(&mut self) -> io::Result<bool> {
        let mut bytes = [0; HEADER as usize];
        match self.file.read_exact_at(&mut bytes, 0) {
            Ok(()) => {}
            // It has not got its length yet.
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(false),
            Err(error) => return Err(error),
        }
        let (long, short) = (|at| u64_at(&bytes, at), |at| u32_at(&bytes, at));
        self.header = Header {
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
        Ok(self.header.process != 0)
    }

    /// The start of its first record, once there is one.
    pub(super) fn first_start(&self) -> Option<u64> {
        let mut bytes = [0; RECORD as usize];
        self.file.read_exact_at(&mut bytes, HEADER).ok()?;
        record(&bytes).map(|record| record.start)
    }

    /// Hands over what has been written since the last time.
    pub(super) fn read(&mut self, mut take: impl FnMut(Record)) -> io::Result<()> {
        let mut buffer = Vec::new();
        while self.read < self.header.count {
            let records = (self.header.count - self.read).min(AT_ONCE);
            buffer.resize((records * RECORD) as usize, 0);
            self.file.read_exact_at(&mut buffer, HEADER + self.read * RECORD)?;
            for bytes in buffer.chunks_exact(RECORD as usize) {
                let Some(record) = record(bytes) else { return Ok(()) };
                self.read += 1;
                take(record);
            }
        }
        Ok(())
    }
}

/// The record in some bytes, unless they cannot be one.
fn record(bytes: &[u8]) -> Option<Record> {
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
    use std::io::{Seek, SeekFrom, Write};

    use super::*;

    fn bytes(kind: u8, task: u32, start: u64, end: u64) -> Vec<u8> {
        let mut bytes = vec![kind, 1, 7, 0];
        bytes.extend(task.to_le_bytes());
        [start, end, 99].iter().for_each(|number| bytes.extend(number.to_le_bytes()));
        bytes
    }

    #[test]
    fn what_is_written_is_read_once_and_what_is_not_whole_is_waited_for() {
        let mut file = tempfile::NamedTempFile::new().expect("a folder for files");
        let mut log = ThreadLog::open(file.path()).expect("there");
        assert!(!log.read_header().expect("reads"), "an empty file has no header");
        let mut header = vec![0; HEADER as usize];
        (header[0], header[72]) = (2, 42);
        file.write_all(&header).expect("room");
        file.write_all(&bytes(3, 5, 10, 20)).expect("room");
        file.write_all(&[0; RECORD as usize]).expect("room");
        assert!(log.read_header().expect("reads"));
        let mut seen = Vec::new();
        log.read(|record| seen.push(record)).expect("reads");
        let first = Record {
            kind: Kind::In(State::Compute),
            flags: HAS_RUN_DELAY,
            slot: 7,
            task: 5,
            start: 10,
            end: 20,
            extra: 99,
        };
        assert_eq!(seen, [first]);
        file.seek(SeekFrom::Start(HEADER + RECORD)).expect("seeks");
        file.write_all(&bytes(100, 6, 10, 30)).expect("room");
        log.read(|record| seen.push(record)).expect("reads");
        assert_eq!(seen[1..], [Record { kind: Kind::Done, task: 6, end: 30, ..first }]);
    }

    #[test]
    fn the_numbers_of_the_states_are_those_of_the_script() {
        let script = include_str!("lanes_trace.py");
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
