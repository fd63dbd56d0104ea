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
    frame::{self, Inbox, MAX_ANSWER, MAX_REQUEST},
    protocol::{self, Request},
};

/// What a worker does.
pub trait Handler {
    /// A new job: what all chunks after it are about.
    ///
    /// # Errors
    /// Why it cannot be done; the worker then ends with this sentence.
    fn job(&mut self, job: &[u8]) -> Result<(), String>;

    /// Does a chunk and writes its answer.
    ///
    /// # Errors
    /// Why it cannot be done; the worker then ends with this sentence.
    fn chunk(&mut self, chunk: Chunk<'_>) -> Result<(), String>;

    /// Everything that a cancel was meant for has been answered.
    fn is_quiet(&mut self);
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
    Over(Result<(), String>),
}

/// Serves a pool until the pipe ends. `cancel` is called from the reading thread when what is in hand is to be given
/// up; `end` when the pipe has ended, which is when a process has to leave whatever it is doing.
///
/// # Errors
/// One sentence on why it could not go on.
pub fn serve<R: Read + Send + 'static, W: Write + Send + 'static>(
    version: &str,
    reader: R,
    writer: W,
    handler: &mut impl Handler,
    cancel: impl Fn() + Send + 'static,
    end: impl Fn() + Send + 'static,
) -> Result<(), String> {
    let writer = Arc::new(Mutex::new(writer));
    let mut hello = Vec::new();
    let start = frame::begin(&mut hello);
    protocol::hello(version, &mut hello);
    frame::end(&mut hello, start, MAX_ANSWER).map_err(|error| error.to_string())?;
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

fn write(writer: &Mutex<impl Write>, message: &[u8]) -> Result<(), String> {
    let mut writer = writer.lock().unwrap_or_else(PoisonError::into_inner);
    writer.write_all(message).and_then(|()| writer.flush()).map_err(|error| format!("the pool is gone: {error}"))
}

fn read(
    mut reader: impl Read,
    writer: &Mutex<impl Write>,
    queue: &Sender<ToDo>,
    cancel: &impl Fn(),
) -> Result<(), String> {
    let mut inbox = Inbox::new(MAX_REQUEST);
    loop {
        match inbox.read(&mut reader) {
            Ok(0) => return Ok(()),
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(format!("the pool cannot be heard: {error}")),
        }
        while let Some(message) = inbox.take().map_err(|error| error.to_string())? {
            match protocol::request(message) {
                Some(Request::Ping) => write(writer, &[1, 0, 0, 0, protocol::PONG])?,
                Some(request) => {
                    if request == Request::Cancel {
                        cancel();
                    }
                    if queue.send(ToDo::Message(message.to_vec())).is_err() {
                        return Ok(());
                    }
                }
                None => return Err("the pool said what is no request; is it another build?".into()),
            }
        }
    }
}

fn work(to_do: &Receiver<ToDo>, writer: &Mutex<impl Write>, handler: &mut impl Handler) -> Result<(), String> {
    let mut answer = Vec::new();
    loop {
        let message = match to_do.recv() {
            Ok(ToDo::Message(message)) => message,
            Ok(ToDo::Over(over)) => return over,
            // The reading thread panicked.
            Err(_) => return Err("the pool is not heard any more".into()),
        };
        match protocol::request(&message) {
            Some(Request::Job(job)) => handler.job(job)?,
            Some(Request::Chunk(request)) => {
                answer.clear();
                let start = frame::begin(&mut answer);
                answer.push(protocol::ANSWER);
                handler.chunk(Chunk { request, answer: &mut answer })?;
                frame::end(&mut answer, start, MAX_ANSWER).map_err(|error| error.to_string())?;
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
pub fn take_stdout() -> io::Result<PipeWriter> {
    let stdout = rustix::io::fcntl_dupfd_cloexec(io::stdout(), 3)?;
    rustix::stdio::dup2_stdout(io::stderr())?;
    Ok(PipeWriter::from(stdout))
}

#[cfg(test)]
mod tests {
    use std::io::pipe;

    use super::*;

    struct Echo(Vec<&'static str>);

    impl Handler for Echo {
        fn job(&mut self, job: &[u8]) -> Result<(), String> {
            self.0.push("job");
            if job == b"bad" { Err("a bad job".into()) } else { Ok(()) }
        }
        fn chunk(&mut self, chunk: Chunk<'_>) -> Result<(), String> {
            self.0.push("chunk");
            chunk.answer.extend(chunk.request.iter().rev());
            Ok(())
        }
        fn is_quiet(&mut self) {
            self.0.push("quiet");
        }
    }

    fn talk(messages: &[&[u8]]) -> (Result<(), String>, Vec<&'static str>, Vec<Vec<u8>>) {
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
        let (mut inbox, mut replies) = (Inbox::new(MAX_ANSWER), Vec::new());
        while inbox.read(&mut from_worker).expect("reads") > 0 {
            while let Some(message) = inbox.take().expect("messages") {
                replies.push(message.to_vec());
            }
        }
        (over, echo.0, replies)
    }

    #[test]
    fn a_worker_greets_works_in_order_and_leaves_with_its_pipe() {
        let (over, called, replies) = talk(&[b"Jgood", b"Tabc", b"C", b"Txy"]);
        assert_eq!(over, Ok(()));
        assert_eq!(called, ["job", "chunk", "quiet", "chunk"]);
        assert!(matches!(protocol::reply(&replies[0]), Some(protocol::Reply::Hello(said)) if said == b"\x01test 1"));
        assert_eq!(replies[1..], [b"Acba".to_vec(), b"Ayx".to_vec()]);
    }

    #[test]
    fn pings_are_answered_and_nonsense_ends_it() {
        assert_eq!(talk(&[b"P"]).2[1], b"p");
        assert!(talk(&[b"?"]).0.is_err());
        assert_eq!(talk(&[b"Jbad"]).0, Err("a bad job".into()));
    }
}
