//! The worker's end of a pool: reads requests, works, answers.
//!
//! ```text
//! pipe ──▶ reading thread ──queue──▶ working thread ──▶ pipe
//!             └── answers pings, hears cancels and the end of the pipe while the other one computes
//! ```

use std::{
    io::{self, PipeWriter, Read, Write},
    sync::{
        Arc, Mutex, PoisonError,
        mpsc::{self, Receiver, Sender},
    },
    thread,
};

use super::{
    frame::{self, Decoder, MAX_ANSWER, MAX_REQUEST, TooLong},
    protocol::{self, Request},
};

/// What a worker does.
pub trait Handler {
    /// A new job: what all chunks after it are about.
    ///
    /// # Errors
    /// Why it cannot be done; the worker then ends with it.
    fn setup(&mut self, setup: &[u8]) -> Result<(), ServeError>;

    /// Does a chunk and writes its answer.
    ///
    /// # Errors
    /// Why it cannot be done; the worker then ends with it.
    fn chunk(&mut self, chunk: Chunk<'_>) -> Result<(), ServeError>;

    /// Everything that a cancel was meant for has been answered.
    fn is_quiet(&mut self);
}

/// Why a worker cannot go on.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ServeError {
    /// Its standard output is not to be had.
    #[error("no standard output to speak through: {0}")]
    NoOutput(String),
    /// The pool does not read any more.
    #[error("the pool is gone: {0}")]
    Gone(String),
    /// The pool's pipe breaks.
    #[error("the pool cannot be heard: {0}")]
    Unheard(String),
    /// The thread that reads ended.
    #[error("the pool is not heard any more")]
    ReaderEnded,
    /// What the pool wrote is none of its requests.
    #[error("the pool said what is no request; is it another build?")]
    NoRequest,
    /// A message is longer than any may be.
    #[error(transparent)]
    TooLong(#[from] TooLong),
    /// The request itself cannot be done.
    #[error("{0}")]
    Request(String),
}

/// A chunk to be done.
#[derive(Debug)]
pub struct Chunk<'a> {
    /// What the parent wrote.
    pub request: &'a [u8],
    /// Where the answer goes.
    pub answer: &'a mut Vec<u8>,
}

enum ToDo {
    Message(Vec<u8>),
    Over(Result<(), ServeError>),
}

/// Serves a pool until the pipe ends. `cancel` is called from the reading thread when what is in hand is to be given
/// up; `end` when the pipe has ended, which is when a process has to leave whatever it is doing.
///
/// # Errors
/// Why it could not go on.
pub fn serve<R: Read + Send + 'static, W: Write + Send + 'static>(
    version: &str,
    reader: R,
    writer: W,
    handler: &mut impl Handler,
    cancel: impl Fn() + Send + 'static,
    end: impl Fn() + Send + 'static,
) -> Result<(), ServeError> {
    let writer = Arc::new(Mutex::new(writer));
    let mut hello = Vec::new();
    let start = frame::begin(&mut hello);
    protocol::hello(version, &mut hello);
    frame::end(&mut hello, start, MAX_ANSWER)?;
    write(&writer, &hello)?;
    let (queue, to_do) = mpsc::channel();
    let to_answer = Arc::clone(&writer);
    // Not waited for: when the work fails, this thread must not keep the process from ending.
    thread::spawn(move || {
        let over = read(reader, &to_answer, &queue, &cancel);
        end();
        // The other thread is gone when it has failed.
        let _ = queue.send(ToDo::Over(over));
    });
    work(&to_do, &writer, handler)
}

fn write(writer: &Mutex<impl Write>, message: &[u8]) -> Result<(), ServeError> {
    let mut writer = writer.lock().unwrap_or_else(PoisonError::into_inner);
    writer.write_all(message).and_then(|()| writer.flush()).map_err(|error| ServeError::Gone(error.to_string()))
}

fn read(
    mut reader: impl Read,
    writer: &Mutex<impl Write>,
    queue: &Sender<ToDo>,
    cancel: &impl Fn(),
) -> Result<(), ServeError> {
    let mut decoder = Decoder::new(MAX_REQUEST);
    loop {
        match decoder.read(&mut reader) {
            Ok(0) => return Ok(()),
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(ServeError::Unheard(error.to_string())),
        }
        while let Some(message) = decoder.next_message()? {
            match protocol::request(message) {
                Some(Request::Ping) => write(writer, &[1, 0, 0, 0, protocol::PONG])?,
                Some(request) => {
                    if request == Request::Cancel {
                        cancel();
                    }
                    let mut message = Vec::new();
                    decoder.hand_over(&mut message);
                    if queue.send(ToDo::Message(message)).is_err() {
                        return Ok(());
                    }
                }
                None => return Err(ServeError::NoRequest),
            }
        }
    }
}

fn work(to_do: &Receiver<ToDo>, writer: &Mutex<impl Write>, handler: &mut impl Handler) -> Result<(), ServeError> {
    let mut answer = Vec::new();
    loop {
        let message = match to_do.recv() {
            Ok(ToDo::Message(message)) => message,
            Ok(ToDo::Over(over)) => return over,
            // The reading thread panicked.
            Err(_) => return Err(ServeError::ReaderEnded),
        };
        match protocol::request(&message) {
            Some(Request::Setup(setup)) => handler.setup(setup)?,
            Some(Request::Chunk(request)) => {
                answer.clear();
                let start = frame::begin(&mut answer);
                answer.push(protocol::ANSWER);
                handler.chunk(Chunk { request, answer: &mut answer })?;
                frame::end(&mut answer, start, MAX_ANSWER)?;
                write(writer, &answer)?;
            }
            Some(Request::Cancel) => handler.is_quiet(),
            Some(Request::Ping) | None => {}
        }
    }
}

/// The process' standard output, for the protocol alone: what anything else prints there goes to standard error from
/// now on.
///
/// # Errors
/// When the operating system refuses.
pub fn take_stdout() -> Result<PipeWriter, ServeError> {
    let refused = |error: rustix::io::Errno| ServeError::NoOutput(error.to_string());
    let stdout = rustix::io::fcntl_dupfd_cloexec(io::stdout(), 3).map_err(refused)?;
    rustix::stdio::dup2_stdout(io::stderr()).map_err(refused)?;
    Ok(PipeWriter::from(stdout))
}

#[cfg(test)]
mod tests {
    use std::io::pipe;

    use super::*;

    struct Echo(Vec<&'static str>);

    impl Handler for Echo {
        fn setup(&mut self, setup: &[u8]) -> Result<(), ServeError> {
            self.0.push("setup");
            if setup == b"bad" { Err(ServeError::Request("a bad job".into())) } else { Ok(()) }
        }
        fn chunk(&mut self, chunk: Chunk<'_>) -> Result<(), ServeError> {
            self.0.push("chunk");
            chunk.answer.extend(chunk.request.iter().rev());
            Ok(())
        }
        fn is_quiet(&mut self) {
            self.0.push("quiet");
        }
    }

    fn talk(messages: &[&[u8]]) -> (Result<(), ServeError>, Vec<&'static str>, Vec<Vec<u8>>) {
        let (reader, mut to_worker) = pipe().expect("a pipe");
        let (mut from_worker, writer) = pipe().expect("a pipe");
        for message in messages {
            let mut bytes = Vec::new();
            let start = frame::begin(&mut bytes);
            bytes.extend_from_slice(message);
            frame::end(&mut bytes, start, MAX_REQUEST).expect("short");
            to_worker.write_all(&bytes).expect("there is room in a pipe");
        }
        drop(to_worker);
        let mut echo = Echo(Vec::new());
        let over = serve("test 1", reader, writer, &mut echo, || {}, || {});
        let (mut decoder, mut replies) = (Decoder::new(MAX_ANSWER), Vec::new());
        while decoder.read(&mut from_worker).expect("reads") > 0 {
            while let Some(message) = decoder.next_message().expect("messages") {
                replies.push(message.to_vec());
            }
        }
        (over, echo.0, replies)
    }

    #[test]
    fn a_worker_greets_works_in_order_and_leaves_with_its_pipe() {
        let (over, called, replies) = talk(&[b"Jgood", b"Tabc", b"C", b"Txy"]);
        assert_eq!(over, Ok(()));
        assert_eq!(called, ["setup", "chunk", "quiet", "chunk"]);
        assert!(matches!(protocol::reply(&replies[0]), Some(protocol::Reply::Hello(said)) if said == b"\x01test 1"));
        assert_eq!(replies[1..], [b"Acba".to_vec(), b"Ayx".to_vec()]);
    }

    #[test]
    fn pings_are_answered_and_nonsense_ends_it() {
        assert_eq!(talk(&[b"P"]).2[1], b"p");
        assert!(talk(&[b"?"]).0.is_err());
        assert_eq!(talk(&[b"Jbad"]).0, Err(ServeError::Request("a bad job".into())));
    }
}
