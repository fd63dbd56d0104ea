//! The stream of a run, cut into messages: `u32` little-endian lengths, each followed by so many bytes.

use lanes_core::wire::{self, Event, WireError};

/// Longest message that is taken; the longest that are sent have a few thousand spans.
const MAX_BYTES: usize = 64 << 20;

/// Bytes of a length.
const HEAD: usize = size_of::<u32>();

/// Why a stream cannot be read on.
#[derive(Debug, PartialEq, Eq, strum::Display)]
pub enum FrameError {
    /// A length that nobody means.
    #[strum(to_string = "a message of {0} bytes, which is too long to be one")]
    TooLong(usize),
    /// Bytes that are no message.
    #[strum(to_string = "{0}")]
    Wire(WireError),
}

/// Takes the bytes of a stream as they come and gives its messages.
#[derive(Debug, Default)]
pub struct Frames {
    bytes: Vec<u8>,
    /// Where the next message begins; what is before it has been given.
    at: usize,
}

impl Frames {
    /// Takes in what has come.
    pub fn push(&mut self, bytes: &[u8]) {
        // Moved to the front only when something new comes, and then once for all messages that were given.
        self.bytes.drain(..self.at);
        self.at = 0;
        self.bytes.extend_from_slice(bytes);
    }

    /// The next message, if all of it is there.
    ///
    /// # Errors
    /// When the stream is not one of messages; it cannot be read on then.
    pub fn next(&mut self) -> Result<Option<Event>, FrameError> {
        let rest = &self.bytes[self.at..];
        let Some((head, rest)) = rest.split_first_chunk::<HEAD>() else { return Ok(None) };
        let length = u32::from_le_bytes(*head) as usize;
        if length > MAX_BYTES {
            return Err(FrameError::TooLong(length));
        }
        let Some(message) = rest.get(..length) else { return Ok(None) };
        let event = wire::decode(message).map_err(FrameError::Wire)?;
        self.at += HEAD + length;
        Ok(Some(event))
    }

    /// Whether a message has come only in part.
    #[must_use]
    pub fn is_torn(&self) -> bool {
        self.at < self.bytes.len()
    }
}

#[cfg(test)]
mod tests {
    use lanes_core::wire::Frame;
    use proptest::prelude::*;

    use super::*;

    fn framed(event: &Event) -> Vec<u8> {
        let message = wire::encode(event);
        let mut bytes = (message.len() as u32).to_le_bytes().to_vec();
        bytes.extend(message);
        bytes
    }

    fn event() -> impl Strategy<Value = Event> {
        prop_oneof![
            Just(Event::Alive),
            ".{0,300}".prop_map(Event::Broken),
            (any::<u32>(), any::<u64>(), any::<u32>()).prop_map(|(run, id, position)| Event::Queued {
                run,
                id,
                position
            }),
            (any::<u32>(), any::<u64>()).prop_map(|(run, now_ns)| Event::Frame(Frame {
                run,
                now_ns,
                ..Frame::default()
            })),
        ]
    }

    proptest! {
        #[test]
        fn however_a_stream_is_cut_its_messages_are_the_same(
            events in prop::collection::vec(event(), 0..20),
            cuts in prop::collection::vec(1..50usize, 1..20),
        ) {
            let stream: Vec<u8> = events.iter().flat_map(framed).collect();
            let (mut frames, mut given, mut rest) = (Frames::default(), Vec::new(), stream.as_slice());
            for cut in cuts.iter().cycle() {
                if rest.is_empty() {
                    break;
                }
                let (piece, after) = rest.split_at((*cut).min(rest.len()));
                rest = after;
                frames.push(piece);
                while let Some(event) = frames.next().expect("sound") {
                    given.push(event);
                }
            }
            prop_assert_eq!(given, events);
            prop_assert!(!frames.is_torn());
        }

        #[test]
        fn no_bytes_make_it_panic_or_wait_for_ever(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let mut frames = Frames::default();
            frames.push(&bytes);
            // Each message takes its length at least, so there is an end.
            for _ in 0..=bytes.len() / HEAD {
                if !matches!(frames.next(), Ok(Some(_))) {
                    return Ok(());
                }
            }
            prop_assert!(false, "more messages than bytes");
        }
    }

    #[test]
    fn a_length_that_nobody_means_is_an_error_at_once() {
        let mut frames = Frames::default();
        frames.push(&(MAX_BYTES as u32 + 1).to_le_bytes());
        assert_eq!(frames.next(), Err(FrameError::TooLong(MAX_BYTES + 1)));
        let mut frames = Frames::default();
        frames.push(&(MAX_BYTES as u32).to_le_bytes());
        assert_eq!(frames.next(), Ok(None));
        assert!(frames.is_torn());
    }

    #[test]
    fn an_empty_message_is_none() {
        let mut frames = Frames::default();
        frames.push(&[0; HEAD]);
        assert_eq!(frames.next(), Err(FrameError::Wire(WireError::Empty)));
    }
}
