//! The files in which a traced program writes its thread logs, one for each thread.
//!
//! They are read while they are being written. Each record is whole before it is counted; what cannot be right yet
//! (on processors that show writes in another order) is left for the next time.

use std::{fs::File, io, os::unix::fs::FileExt, path::Path};

use lanes_core::collector::log::{HEADER_BYTES, Header, RECORD_BYTES, Record, record};

/// Records that are read at once.
const AT_ONCE: u64 = 8_192;

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
        let mut bytes = [0; HEADER_BYTES];
        match self.file.read_exact_at(&mut bytes, 0) {
            Ok(()) => {}
            // It has not got its length yet.
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(false),
            Err(error) => return Err(error),
        }
        self.header = Header::read(&bytes).unwrap_or_default();
        Ok(self.header.process != 0)
    }

    /// The start of its first record, once there is one.
    pub(super) fn first_start(&self) -> Option<u64> {
        let mut bytes = [0; RECORD_BYTES];
        self.file.read_exact_at(&mut bytes, HEADER_BYTES as u64).ok()?;
        record(&bytes).map(|record| record.start)
    }

    /// Hands over what has been written since the last time.
    pub(super) fn read(&mut self, mut take: impl FnMut(Record)) -> io::Result<()> {
        let mut buffer = Vec::new();
        while self.read < self.header.count {
            let records = (self.header.count - self.read).min(AT_ONCE);
            buffer.resize(records as usize * RECORD_BYTES, 0);
            self.file.read_exact_at(&mut buffer, HEADER_BYTES as u64 + self.read * RECORD_BYTES as u64)?;
            for bytes in buffer.chunks_exact(RECORD_BYTES) {
                let Some(record) = record(bytes) else { return Ok(()) };
                self.read += 1;
                take(record);
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Seek, SeekFrom, Write};

    use lanes_core::{
        collector::log::{HAS_RUN_DELAY, Kind},
        trace::State,
    };

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
        let mut header = vec![0; HEADER_BYTES];
        (header[0], header[72]) = (2, 42);
        file.write_all(&header).expect("room");
        file.write_all(&bytes(3, 5, 10, 20)).expect("room");
        file.write_all(&[0; RECORD_BYTES]).expect("room");
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
        file.seek(SeekFrom::Start((HEADER_BYTES + RECORD_BYTES) as u64)).expect("seeks");
        file.write_all(&bytes(100, 6, 10, 30)).expect("room");
        log.read(|record| seen.push(record)).expect("reads");
        assert_eq!(seen[1..], [Record { kind: Kind::Done, task: 6, end: 30, ..first }]);
    }
}
