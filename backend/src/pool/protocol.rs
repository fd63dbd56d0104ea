//! What a pool and its workers say: the first byte of each message says which kind it is.

/// The version of the protocol itself.
const PROTOCOL: u8 = 1;

/// What every greeting begins with, so that a stranger's output is not taken for one.
const MAGIC: &[u8] = b"worker\x01";

/// To a worker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Request<'a> {
    /// What all requests after it are about.
    Setup(&'a [u8]),
    /// Do these tasks.
    Chunk(&'a [u8]),
    /// Give up what is in hand and whatever came before this; answer it all the same.
    Cancel,
    /// Say that you are there.
    Ping,
}

/// From a worker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reply<'a> {
    /// It is there, and of this version.
    Hello(&'a [u8]),
    /// What came of a chunk.
    Answer(&'a [u8]),
    /// It is there.
    Pong,
}

pub(super) const SETUP: u8 = b'J';
pub(super) const CHUNK: u8 = b'T';
pub(super) const CANCEL: u8 = b'C';
pub(super) const PING: u8 = b'P';
pub(super) const HELLO: u8 = b'H';
pub(super) const ANSWER: u8 = b'A';
pub(super) const PONG: u8 = b'p';

pub(super) fn request(message: &[u8]) -> Option<Request<'_>> {
    let (kind, rest) = message.split_first()?;
    match *kind {
        SETUP => Some(Request::Setup(rest)),
        CHUNK => Some(Request::Chunk(rest)),
        CANCEL => Some(Request::Cancel),
        PING => Some(Request::Ping),
        _ => None,
    }
}

pub(super) fn reply(message: &[u8]) -> Option<Reply<'_>> {
    let (kind, rest) = message.split_first()?;
    match *kind {
        HELLO => rest.strip_prefix(MAGIC).map(Reply::Hello),
        ANSWER => Some(Reply::Answer(rest)),
        PONG => Some(Reply::Pong),
        _ => None,
    }
}

/// The message that a worker begins with.
pub(super) fn hello(version: &str, out: &mut Vec<u8>) {
    out.push(HELLO);
    out.extend_from_slice(MAGIC);
    out.push(PROTOCOL);
    out.extend_from_slice(version.as_bytes());
}

/// A worker of another build, by what it calls itself.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct OtherBuild(pub(super) String);

/// Checks a greeting.
///
/// # Errors
/// What the other side is instead.
pub(super) fn check_hello(said: &[u8], version: &str) -> Result<(), OtherBuild> {
    match said.split_first() {
        Some((&PROTOCOL, theirs)) if theirs == version.as_bytes() => Ok(()),
        Some((&PROTOCOL, theirs)) => Err(OtherBuild(String::from_utf8_lossy(theirs).into_owned())),
        Some((other, _)) => Err(OtherBuild(format!("protocol {other}"))),
        None => Err(OtherBuild("nothing".into())),
    }
}
