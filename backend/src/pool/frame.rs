//! Messages on a pipe: a 32-bit little-endian length prefix, and as many bytes.

use std::io::{self, Read};

/// The longest message to a worker, in bytes: a chunk of tasks, perhaps with their shares of a file.
pub const MAX_REQUEST: usize = 256 << 20;

/// The longest message from a worker, in bytes.
pub const MAX_ANSWER: usize = 16 << 20;

/// Bytes of the length in front.
pub const HEAD: usize = 4;

/// How much is read from a pipe at once.
const READ: usize = 1 << 16;

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
}

impl Decoder {
    /// Nothing yet; no message may be longer than `most`.
    #[must_use]
    pub fn new(most: usize) -> Self {
        Self { most, bytes: Vec::new(), start: 0, filled: 0 }
    }

    /// Reads once; how many bytes came, 0 at the end of the pipe.
    ///
    /// # Errors
    /// As the reader has them; [`io::ErrorKind::WouldBlock`] when nothing is there.
    pub fn read(&mut self, from: &mut impl Read) -> io::Result<usize> {
        if self.start == self.filled {
            (self.start, self.filled) = (0, 0);
            if self.bytes.len() > 16 * READ {
                // One large message does not keep its room for ever.
                self.bytes = Vec::new();
            }
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

    /// The next whole message, if it has arrived.
    ///
    /// # Errors
    /// When its length cannot be that of a message.
    pub fn next_message(&mut self) -> Result<Option<&[u8]>, TooLong> {
        let arrived = &self.bytes[self.start..self.filled];
        let Some((head, rest)) = arrived.split_first_chunk::<HEAD>() else { return Ok(None) };
        let length = u32::from_le_bytes(*head) as usize;
        if length > self.most {
            return Err(TooLong { length, most: self.most });
        }
        if rest.len() < length {
            return Ok(None);
        }
        let at = self.start + HEAD;
        self.start = at + length;
        Ok(Some(&self.bytes[at..at + length]))
    }

    /// Whether a message has begun to arrive and not ended.
    #[must_use]
    pub fn is_partial(&self) -> bool {
        self.start != self.filled
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
            messages in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..300), 0..40),
            pieces in prop::collection::vec(1usize..1000, 0..60),
        ) {
            let mut stream = Vec::new();
            for message in &messages {
                let start = begin(&mut stream);
                stream.extend_from_slice(message);
                prop_assert_eq!(end(&mut stream, start, 1000), Ok(()));
            }
            let mut pipe = Pieces(&stream, pieces);
            let (mut decoder, mut got) = (Decoder::new(1000), Vec::new());
            while decoder.read(&mut pipe).expect("reads") > 0 {
                while let Some(message) = decoder.next_message().expect("no nonsense") {
                    got.push(message.to_vec());
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
