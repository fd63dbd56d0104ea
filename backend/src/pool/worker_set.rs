//! The processes of a pool: started, written to, read from and ended by one thread that waits for all of them.
//!
//! ```text
//! worker 0 ─ stdout, stderr ─▶ ┐                         ┌─▶ stdin ─ worker 0
//! worker 1 ─ stdout, stderr ─▶ ├─ poll ─ one thread ─────┼─▶ stdin ─ worker 1
//! Waker ─────────────────────▶ ┘                         └─▶ …
//! ```
//!
//! No thread is started and no lock is taken for a message: with one reader thread for each worker, handing a message
//! from thread to thread would cost more than the message.

use std::{
    io::{self, PipeReader, Read},
    time::Duration,
};

use rustix::event::{PollFd, PollFlags, Timespec, poll};

use super::{
    command::WorkerCommand,
    process::Process,
    protocol::{self, OtherBuild, Reply},
    waker::{self, Waker},
};

/// The processes by their worker's number.
#[derive(Debug)]
pub(super) struct WorkerSet {
    command: WorkerCommand,
    version: String,
    workers: Vec<Option<Process>>,
    /// Read end of the wake pipe: a byte in it ends a wait.
    wake_pipe: PipeReader,
    waker: Waker,
}

/// A worker process could not be started.
#[derive(Debug, thiserror::Error)]
#[error("{program} could not be started as a worker: {error}")]
pub(super) struct SpawnError {
    program: String,
    error: io::Error,
}

/// What was heard of a worker.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Heard {
    /// It is there.
    Ready,
    /// It is of another build, whose name is this.
    OtherBuild(String),
    /// It has answered; the whole message is in the buffer.
    Answer,
    /// It is gone, and why.
    Lost(String),
}

impl WorkerSet {
    pub(super) fn new(command: WorkerCommand, version: String) -> io::Result<Self> {
        let (wake_pipe, waker) = waker::pipe()?;
        Ok(Self { command, version, workers: Vec::new(), wake_pipe, waker })
    }

    pub(super) fn waker(&self) -> Waker {
        self.waker.clone()
    }

    /// Makes room for so many workers. Those above stay, idle, for a lane that wants more again.
    pub(super) fn make_room(&mut self, workers: u16) {
        self.workers.resize_with(usize::from(workers).max(self.workers.len()), || None);
    }

    pub(super) fn get(&self, worker: u16) -> Option<&Process> {
        self.workers.get(usize::from(worker))?.as_ref()
    }

    pub(super) fn get_mut(&mut self, worker: u16) -> Option<&mut Process> {
        self.workers.get_mut(usize::from(worker))?.as_mut()
    }

    /// Starts a worker; one that is there is ended first.
    pub(super) fn spawn(&mut self, worker: u16) -> Result<(), SpawnError> {
        let slot = &mut self.workers[usize::from(worker)];
        *slot = None;
        let process = Process::spawn(&self.command)
            .map_err(|error| SpawnError { program: self.command.program.display().to_string(), error })?;
        *slot = Some(process);
        Ok(())
    }

    /// Ends a worker and forgets it.
    pub(super) fn remove(&mut self, worker: u16) {
        self.workers[usize::from(worker)] = None;
    }

    /// Whether some worker has not greeted yet.
    pub(super) fn is_starting(&self) -> bool {
        self.workers.iter().flatten().any(|process| !process.is_ready)
    }

    /// Takes greetings outside of a run; whoever says something else is ended.
    pub(super) fn greet(&mut self) {
        let mut answer = Vec::new();
        for worker in 0..self.workers.len() {
            let is_starting = self.workers[worker].as_ref().is_some_and(|process| !process.is_ready);
            if is_starting && self.next(worker as u16, &mut answer).is_some_and(|heard| heard != Heard::Ready) {
                self.workers[worker] = None;
            }
        }
    }

    /// Writes what is to be written, waits until something is heard or the time is over, and reads it.
    pub(super) fn wait(&mut self, time: Duration) -> io::Result<()> {
        self.workers.iter_mut().flatten().filter(|process| process.has_out()).for_each(Process::flush);
        let (is_woken, heard) = self.poll(time)?;
        if is_woken {
            let mut bytes = [0; 64];
            while matches!((&self.wake_pipe).read(&mut bytes), Ok(64)) {}
        }
        for (index, source) in heard {
            let Some(process) = &mut self.workers[index] else { continue };
            match source {
                Source::Stdout => process.read(),
                Source::Stderr => {
                    process.read_stderr();
                }
                Source::Stdin => process.flush(),
            }
        }
        Ok(())
    }

    fn poll(&self, time: Duration) -> io::Result<(bool, Vec<(usize, Source)>)> {
        let mut sources = Vec::with_capacity(self.workers.len() * 2);
        let mut descriptors = Vec::with_capacity(self.workers.len() * 2 + 1);
        descriptors.push(PollFd::new(&self.wake_pipe, PollFlags::IN));
        for (index, process) in self.workers.iter().enumerate() {
            let Some(process) = process else { continue };
            let mut add = |descriptor, flags, source| {
                descriptors.push(PollFd::from_borrowed_fd(descriptor, flags));
                sources.push((index, source));
            };
            if !process.is_over {
                add(process.stdout(), PollFlags::IN, Source::Stdout);
            }
            if let Some(stderr) = process.stderr() {
                add(stderr, PollFlags::IN, Source::Stderr);
            }
            if process.has_out() {
                add(process.stdin(), PollFlags::OUT, Source::Stdin);
            }
        }
        let time = Timespec { tv_sec: time.as_secs().min(3600) as _, tv_nsec: time.subsec_nanos().into() };
        match poll(&mut descriptors, Some(&time)) {
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
        let ready = |descriptor: &PollFd<'_>| !descriptor.revents().is_empty();
        let is_woken = ready(&descriptors[0]);
        let heard = sources.into_iter().zip(&descriptors[1..]).filter(|(_, fd)| ready(fd)).map(|(source, _)| source);
        Ok((is_woken, heard.collect()))
    }

    /// The next thing that was heard of a worker, the message of its answer in `answer`. After [`Heard::Lost`] it is not
    /// there.
    pub(super) fn next(&mut self, worker: u16, answer: &mut Vec<u8>) -> Option<Heard> {
        let process = self.workers.get_mut(usize::from(worker))?.as_mut()?;
        // What it said before it ended counts.
        loop {
            let message = match process.decoder.next_message() {
                Ok(Some(message)) => message,
                Ok(None) => break,
                Err(error) => {
                    process.fail(format!("it wrote what is no message ({error}); does something else write there?"));
                    break;
                }
            };
            match protocol::reply(message) {
                Some(Reply::Hello(said)) if !process.is_ready => {
                    process.is_ready = true;
                    return Some(match protocol::check_hello(said, &self.version) {
                        Ok(()) => Heard::Ready,
                        Err(OtherBuild(other)) => Heard::OtherBuild(other),
                    });
                }
                Some(Reply::Answer(_)) if process.is_ready => {
                    process.decoder.hand_over(answer);
                    return Some(Heard::Answer);
                }
                Some(Reply::Pong) if process.pinged.is_some() => process.pinged = None,
                _ => {
                    process.fail("it wrote what is no message, or none that was due".into());
                    break;
                }
            }
        }
        if !process.is_over {
            return None;
        }
        let why = process.exit_reason();
        self.workers[usize::from(worker)] = None;
        Some(Heard::Lost(why))
    }
}

#[derive(Clone, Copy, Debug)]
enum Source {
    Stdout,
    Stderr,
    Stdin,
}
