//! Messages on a pipe: a 32-bit little-endian length prefix, and as many bytes.

use std::{
    io::{self, Read},
    ops::Range,
};

/// The longest message to a worker, in bytes: a chunk of tasks, perhaps with their shares of a file and what they are given.
pub const MAX_REQUEST: usize = 256 << 20;

/// The longest message from a worker, in bytes: what its tasks give back, and what it did.
pub const MAX_ANSWER: usize = 80 << 20;

/// Bytes of the length in front.
pub const HEAD: usize = 4;

/// How much is read from a pipe at once.
const READ: usize = 1 << 16;

/// A message longer than this is read into room of its own and handed over with it, so that it is copied by nobody but the
/// system.
pub const LARGE: usize = READ;

/// A message that is longer than any may be: whatever writes there does not speak the protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a message of {length} bytes, where {most} is the most")]
pub struct TooLong {
    /// Its length, as it says.
    pub length: usize,
    /// The limit.
    pub most: usize,
}

/// Begins a message at the end of `out`; [`end`] it when its bytes are there.
pub fn begin(out: &mut Vec<u8>) -> usize {
    out.extend_from_slice(&[0; HEAD]);
    out.len()
}

/// Ends the message that begins at `start`.
///
/// # Errors
/// When it is longer than `most`; it is then taken out again.
pub fn end(out: &mut Vec<u8>, start: usize, most: usize) -> Result<(), TooLong> {
    let length = out.len() - start;
    if length > most {
        out.truncate(start - HEAD);
        return Err(TooLong { length, most });
    }
    out[start - HEAD..start].copy_from_slice(&(length as u32).to_le_bytes());
    Ok(())
}

/// Takes messages out of the bytes that have arrived.
#[derive(Debug)]
pub struct Decoder {
    most: usize,
    bytes: Vec<u8>,
    /// Where the first message that was not taken yet begins, and where what has arrived ends.
    start: usize,
    filled: usize,
    /// A large message that has begun to arrive, and its length.
    large: Option<(Vec<u8>, usize)>,
    /// The message that was taken last: where it is among the bytes, or a large one itself.
    last: Range<usize>,
    last_large: Option<Vec<u8>>,
}

impl Decoder {
    /// Nothing yet; no message may be longer than `most`.
    #[must_use]
    pub fn new(most: usize) -> Self {
        Self { most, bytes: Vec::new(), start: 0, filled: 0, large: None, last: 0..0, last_large: None }
    }

    /// Reads once; how many bytes came, 0 at the end of the pipe.
    ///
    /// # Errors
    /// As the reader has them; [`io::ErrorKind::WouldBlock`] when nothing is there.
    pub fn read(&mut self, from: &mut impl Read) -> io::Result<usize> {
        if let Some((bytes, length)) = &mut self.large {
            let before = bytes.len();
            let ended = from.take((*length - before) as u64).read_to_end(bytes);
            // What has come counts, whatever stopped it.
            return if bytes.len() > before { Ok(bytes.len() - before) } else { ended };
        }
        if self.start == self.filled {
            (self.start, self.filled) = (0, 0);
        } else if self.start > READ {
            self.bytes.copy_within(self.start..self.filled, 0);
            (self.start, self.filled) = (0, self.filled - self.start);
        }
        if self.bytes.len() < self.filled + READ {
            self.bytes.resize((self.filled + READ).max(self.bytes.len() * 2), 0);
        }
        let read = from.read(&mut self.bytes[self.filled..])?;
        self.filled += read;
        Ok(read)
    }

    /// The next whole message, if it has arrived. Ask again after each, until there is none.
    ///
    /// # Errors
    /// When its length cannot be that of a message.
    pub fn next_message(&mut self) -> Result<Option<&[u8]>, TooLong> {
        if self.large.as_ref().is_some_and(|(bytes, length)| bytes.len() == *length) {
            self.last_large = self.large.take().map(|(bytes, _)| bytes);
            return Ok(self.last_large.as_deref());
        }
        let arrived = &self.bytes[self.start..self.filled];
        let Some((head, rest)) = arrived.split_first_chunk::<HEAD>() else { return Ok(None) };
        let length = u32::from_le_bytes(*head) as usize;
        if length > self.most {
            return Err(TooLong { length, most: self.most });
        }
        if rest.len() < length {
            if length > LARGE {
                let mut large = Vec::with_capacity(length);
                large.extend_from_slice(rest);
                self.large = Some((large, length));
                self.start = self.filled;
            }
            return Ok(None);
        }
        let at = self.start + HEAD;
        self.start = at + length;
        self.last = at..at + length;
        self.last_large = None;
        Ok(Some(&self.bytes[at..at + length]))
    }

    /// Moves the message that was taken last into a buffer.
    pub fn hand_over(&mut self, into: &mut Vec<u8>) {
        match self.last_large.take() {
            Some(large) => *into = large,
            None => {
                into.clear();
                into.extend_from_slice(&self.bytes[self.last.clone()]);
            }
        }
    }

    /// Whether a message has begun to arrive and not ended.
    #[must_use]
    pub fn is_partial(&self) -> bool {
        self.start != self.filled || self.large.is_some()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Gives its bytes in pieces of these lengths.
    struct Pieces<'a>(&'a [u8], Vec<usize>);

    impl Read for Pieces<'_> {
        fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
            let piece = self.1.pop().unwrap_or(7).clamp(1, into.len()).min(self.0.len());
            let (now, later) = self.0.split_at(piece);
            into[..piece].copy_from_slice(now);
            self.0 = later;
            Ok(piece)
        }
    }

    proptest! {
        #[test]
        fn messages_come_out_as_they_went_in_however_they_are_torn(
            lengths in prop::collection::vec(prop_oneof![8 => 0usize..300, 1 => LARGE - 2..LARGE + 9_000], 0..40),
            pieces in prop::collection::vec(1usize..1000, 0..60),
        ) {
            let messages: Vec<Vec<u8>> =
                lengths.iter().zip(0u8..).map(|(length, i)| (0..*length).map(|at| i ^ (at % 251) as u8).collect()).collect();
            let mut stream = Vec::new();
            for message in &messages {
                let start = begin(&mut stream);
                stream.extend_from_slice(message);
                prop_assert_eq!(end(&mut stream, start, 2 * LARGE), Ok(()));
            }
            let mut pipe = Pieces(&stream, pieces);
            let (mut decoder, mut got) = (Decoder::new(2 * LARGE), Vec::new());
            let mut owned = Vec::new();
            while decoder.read(&mut pipe).expect("reads") > 0 {
                while let Some(message) = decoder.next_message().expect("no nonsense") {
                    let seen = message.to_vec();
                    decoder.hand_over(&mut owned);
                    prop_assert_eq!(&seen, &owned);
                    got.push(seen);
                }
            }
            prop_assert_eq!(got, messages);
            prop_assert!(!decoder.is_partial());
        }
    }

    #[test]
    fn garbage_is_seen_by_its_length() {
        let mut decoder = Decoder::new(1000);
        decoder.read(&mut &b"Hello, world"[..]).expect("reads");
        assert_eq!(decoder.next_message(), Err(TooLong { length: u32::from_le_bytes(*b"Hell") as usize, most: 1000 }));
    }
}
