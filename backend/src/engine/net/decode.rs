//! The body of an answer as it arrives: decoded where the server compressed it unasked, and limited to
//! [`MAX_BODY_BYTES`] after that, so that a small answer cannot unfold into a large one.

use std::io::{self, Write};

use flate2::{Decompress, FlushDecompress, Status, write::MultiGzDecoder};
use hyper::{
    HeaderMap,
    header::{CONTENT_ENCODING, HeaderValue},
};
use lanes_core::fetch::{FetchError, MAX_BODY_BYTES};

/// What every request asks for: the body as it is.
pub(super) const IDENTITY: HeaderValue = HeaderValue::from_static("identity");

/// Collects the body of one answer.
pub(super) struct Body<'a> {
    decoder: Decoder<'a>,
    /// Nothing has come: no body at all is not a damaged one.
    is_empty: bool,
    url: &'a dyn std::fmt::Display,
}

enum Decoder<'a> {
    Identity(Limited<'a>),
    Gzip(Box<MultiGzDecoder<Limited<'a>>>),
    Deflate(Deflate<'a>),
}

impl<'a> Body<'a> {
    /// The body of an answer of `url` with these headers, to be added to `into`.
    pub(super) fn new(
        url: &'a dyn std::fmt::Display,
        headers: &HeaderMap,
        into: &'a mut Vec<u8>,
    ) -> Result<Self, FetchError> {
        let into = Limited { into, is_full: false };
        let encoding = headers.get(CONTENT_ENCODING).map_or(&b""[..], HeaderValue::as_bytes);
        let encoding = String::from_utf8_lossy(encoding).trim().to_ascii_lowercase();
        let decoder = match encoding.as_str() {
            "" | "identity" => Decoder::Identity(into),
            "gzip" | "x-gzip" => Decoder::Gzip(Box::new(MultiGzDecoder::new(into))),
            "deflate" => Decoder::Deflate(Deflate { into, state: None, held: Vec::new(), is_over: false }),
            _ => return Err(FetchError::Encoding { url: url.to_string(), encoding }),
        };
        Ok(Self { decoder, is_empty: true, url })
    }

    /// The next bytes as they came.
    pub(super) fn push(&mut self, bytes: &[u8]) -> Result<(), FetchError> {
        self.is_empty &= bytes.is_empty();
        let pushed = match &mut self.decoder {
            Decoder::Identity(into) => into.write_all(bytes),
            Decoder::Gzip(decoder) => decoder.write_all(bytes),
            Decoder::Deflate(decoder) => decoder.push(bytes),
        };
        pushed.map_err(|_| self.error())
    }

    /// The end of what came.
    pub(super) fn finish(mut self) -> Result<(), FetchError> {
        let ended = match &mut self.decoder {
            _ if self.is_empty => Ok(()),
            Decoder::Identity(_) => Ok(()),
            Decoder::Gzip(decoder) => decoder.try_finish(),
            Decoder::Deflate(decoder) => decoder.finish(),
        };
        ended.map_err(|_| self.error())
    }

    fn error(&self) -> FetchError {
        let is_full = match &self.decoder {
            Decoder::Identity(into) => into.is_full,
            Decoder::Gzip(decoder) => decoder.get_ref().is_full,
            Decoder::Deflate(decoder) => decoder.into.is_full,
        };
        let url = self.url.to_string();
        if is_full { FetchError::TooLong(url) } else { FetchError::Damaged(url) }
    }
}

/// A buffer that takes [`MAX_BODY_BYTES`] and no more.
struct Limited<'a> {
    into: &'a mut Vec<u8>,
    is_full: bool,
}

impl Write for Limited<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if (self.into.len() + bytes.len()) as u64 > MAX_BODY_BYTES {
            self.is_full = true;
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        self.into.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// `deflate` as servers send it: in the zlib format, as HTTP says, or bare.
struct Deflate<'a> {
    into: Limited<'a>,
    /// Once the first two bytes have told which.
    state: Option<Decompress>,
    held: Vec<u8>,
    is_over: bool,
}

impl Deflate<'_> {
    fn push(&mut self, bytes: &[u8]) -> io::Result<()> {
        if self.state.is_some() {
            return self.decompress(bytes);
        }
        self.held.extend_from_slice(bytes);
        if let [first, second, ..] = self.held[..] {
            let has_zlib_header = first & 0xf == 8 && u16::from_be_bytes([first, second]) % 31 == 0;
            self.state = Some(Decompress::new(has_zlib_header));
            let held = std::mem::take(&mut self.held);
            self.decompress(&held)?;
        }
        Ok(())
    }

    fn decompress(&mut self, mut bytes: &[u8]) -> io::Result<()> {
        let Some(state) = &mut self.state else { return Ok(()) };
        let mut out = [0; 16 * 1024];
        while !self.is_over {
            let (read, written) = (state.total_in(), state.total_out());
            let status = state.decompress(bytes, &mut out, FlushDecompress::None).map_err(io::Error::other)?;
            let (read, written) = ((state.total_in() - read) as usize, (state.total_out() - written) as usize);
            self.into.write_all(&out[..written])?;
            bytes = &bytes[read..];
            self.is_over = status == Status::StreamEnd;
            // With room left in `out`, all that these bytes say has been said.
            if bytes.is_empty() && written < out.len() {
                break;
            }
            if (read, written) == (0, 0) {
                return Err(io::ErrorKind::InvalidData.into());
            }
        }
        Ok(())
    }

    fn finish(&self) -> io::Result<()> {
        if self.is_over { Ok(()) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
    }
}

#[cfg(test)]
mod tests {
    use flate2::{
        Compression,
        write::{DeflateEncoder, GzEncoder, ZlibEncoder},
    };

    use super::*;

    type Encode = fn(&[u8]) -> Vec<u8>;

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(bytes).and_then(|()| encoder.finish()).expect("into memory")
    }

    fn zlib(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(bytes).and_then(|()| encoder.finish()).expect("into memory")
    }

    fn bare(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(bytes).and_then(|()| encoder.finish()).expect("into memory")
    }

    const ENCODINGS: [(&str, Encode); 4] =
        [("", |bytes| bytes.to_vec()), ("gzip", gzip), ("deflate", zlib), ("Deflate ", bare)];

    fn decoded(encoding: &str, chunks: &[&[u8]]) -> Result<Vec<u8>, FetchError> {
        let mut headers = HeaderMap::new();
        if !encoding.is_empty() {
            headers.insert(CONTENT_ENCODING, encoding.parse().expect("a header"));
        }
        let mut into = Vec::new();
        let mut body = Body::new(&"http://a.example/", &headers, &mut into)?;
        for chunk in chunks {
            body.push(chunk)?;
        }
        body.finish()?;
        Ok(into)
    }

    #[test]
    fn the_body_is_what_was_compressed() {
        let mut text = vec![0; 100_000];
        lanes_core::body::fill(1, &mut text);
        for (encoding, encode) in ENCODINGS {
            for text in [&text[..], b"", b"x"] {
                let sent = encode(text);
                assert_eq!(decoded(encoding, &[&sent]).as_deref(), Ok(text), "{encoding}");
                let bytes: Vec<&[u8]> = sent.chunks(1).collect();
                assert_eq!(decoded(encoding, &bytes).as_deref(), Ok(text), "{encoding}, byte by byte");
            }
        }
        let twice = [gzip(b"one "), gzip(b"two")].concat();
        assert_eq!(decoded("gzip", &[&twice]), Ok(b"one two".to_vec()));
        assert_eq!(decoded("gzip", &[]), Ok(Vec::new()), "a body of no bytes");
    }

    #[test]
    fn the_limit_counts_what_comes_out() {
        let most = vec![b'x'; MAX_BODY_BYTES as usize];
        let more = vec![b'x'; MAX_BODY_BYTES as usize + 1];
        for (encoding, encode) in ENCODINGS {
            assert_eq!(decoded(encoding, &[&encode(&most)]).map(|body| body.len()), Ok(most.len()), "{encoding}");
            let url = "http://a.example/".to_owned();
            assert_eq!(decoded(encoding, &[&encode(&more)]), Err(FetchError::TooLong(url)), "{encoding}");
        }
    }

    #[test]
    fn what_is_cut_or_damaged_is_no_body() {
        let mut text = vec![0; 1000];
        lanes_core::body::fill(1, &mut text);
        for (encoding, encode) in &ENCODINGS[1..] {
            let sent = encode(&text);
            let damaged = Err(FetchError::Damaged("http://a.example/".into()));
            for end in [1, 2, sent.len() / 2, sent.len() - 1] {
                assert_eq!(decoded(encoding, &[&sent[..end]]), damaged, "{encoding} cut at {end}");
            }
            assert_eq!(decoded(encoding, &[&[0xff; 40]]), damaged, "{encoding}");
        }
        let unknown = decoded("br", &[b"x"]).unwrap_err();
        assert!(unknown.to_string().contains("“br”"), "{unknown}");
    }
}
