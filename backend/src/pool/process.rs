//! One worker process: its pipes, the end of its standard error, how it ended.

use std::{
    io::{self, Read, Write},
    os::{
        fd::{AsFd, BorrowedFd},
        unix::process::{CommandExt, ExitStatusExt},
    },
    process::{Child, ChildStderr, ChildStdin, ChildStdout, Command, ExitStatus, Stdio},
    time::Instant,
};

use rustix::io::ioctl_fionbio;

use super::{
    command::WorkerCommand,
    frame::{self, Decoder, MAX_ANSWER, MAX_REQUEST, TooLong},
    protocol,
};

/// How much of what a worker says on its standard error is kept.
const STDERR_TAIL: usize = 2_048;

/// Bytes that a wide pipe holds: what Linux allows to everybody.
#[cfg(target_os = "linux")]
const WIDE: usize = 1 << 20;

/// Room that is kept for what is to be written.
const KEPT: usize = 16 << 20;

/// A worker process that this one has started. Dropping it kills it and waits for its end: nothing stays.
#[derive(Debug)]
pub(super) struct Process {
    child: Child,
    stdin: ChildStdin,
    stdout: ChildStdout,
    stderr: Option<ChildStderr>,
    /// What arrived of it.
    pub(super) decoder: Decoder,
    /// What is to be written to it, from `written` on.
    out: Vec<u8>,
    written: usize,
    is_wide: bool,
    /// The end of what it wrote to its standard error.
    stderr_tail: Vec<u8>,
    pub(super) born: Instant,
    /// Whether it has greeted.
    pub(super) is_ready: bool,
    /// Whether its pipe has ended.
    pub(super) is_over: bool,
    pub(super) last_heard: Instant,
    pub(super) pinged: Option<Instant>,
    /// Why this side has ended it.
    pub(super) killed: Option<String>,
}

impl Process {
    pub(super) fn spawn(command: &WorkerCommand) -> io::Result<Self> {
        let mut child = Command::new(&command.program)
            .args(&command.arguments)
            .envs(command.environment.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            // Ctrl-C in the terminal is for the parent, which ends its workers in its own way.
            .process_group(0)
            .spawn()?;
        let (Some(stdin), Some(stdout), Some(stderr)) = (child.stdin.take(), child.stdout.take(), child.stderr.take())
        else {
            return Err(io::Error::other("a pipe is missing"));
        };
        let now = Instant::now();
        let process = Self {
            child,
            stdin,
            stdout,
            stderr: Some(stderr),
            decoder: Decoder::new(MAX_ANSWER),
            out: Vec::new(),
            written: 0,
            is_wide: false,
            stderr_tail: Vec::new(),
            born: now,
            is_ready: false,
            is_over: false,
            last_heard: now,
            pinged: None,
            killed: None,
        };
        ioctl_fionbio(&process.stdin, true)?;
        ioctl_fionbio(&process.stdout, true)?;
        if let Some(stderr) = &process.stderr {
            ioctl_fionbio(stderr, true)?;
        }
        Ok(process)
    }

    pub(super) fn id(&self) -> u32 {
        self.child.id()
    }

    pub(super) fn stdin(&self) -> BorrowedFd<'_> {
        self.stdin.as_fd()
    }

    pub(super) fn stdout(&self) -> BorrowedFd<'_> {
        self.stdout.as_fd()
    }

    /// Its standard error, until that has ended.
    pub(super) fn stderr(&self) -> Option<BorrowedFd<'_>> {
        self.stderr.as_ref().map(AsFd::as_fd)
    }

    /// Puts a message of this kind where [`Process::flush`] finds it.
    pub(super) fn put<E: From<TooLong>>(
        &mut self,
        kind: u8,
        body: impl FnOnce(&mut Vec<u8>) -> Result<(), E>,
    ) -> Result<usize, E> {
        let start = frame::begin(&mut self.out);
        self.out.push(kind);
        if let Err(error) = body(&mut self.out) {
            self.out.truncate(start - frame::HEAD);
            return Err(error);
        }
        let length = self.out.len() - start;
        frame::end(&mut self.out, start, MAX_REQUEST)?;
        if length > frame::LARGE {
            self.widen();
        }
        Ok(length)
    }

    /// Makes its pipes as wide as they may be, once: through a narrow one a large message goes in many small pieces.
    fn widen(&mut self) {
        if std::mem::replace(&mut self.is_wide, true) {
            return;
        }
        // Where the system refuses, they stay as they are; others than Linux have nothing to ask.
        #[cfg(target_os = "linux")]
        for pipe in [self.stdin.as_fd(), self.stdout.as_fd()] {
            let _ = rustix::pipe::fcntl_setpipe_size(pipe, WIDE);
        }
    }

    pub(super) fn put_bytes(&mut self, kind: u8, body: &[u8]) {
        // Only chunks can be too long.
        let _ = self.put::<TooLong>(kind, |out| {
            out.extend_from_slice(body);
            Ok(())
        });
    }

    /// Whether there is something to be written.
    pub(super) fn has_out(&self) -> bool {
        self.written < self.out.len()
    }

    /// Writes as much as the pipe takes.
    pub(super) fn flush(&mut self) {
        while self.has_out() {
            match self.stdin.write(&self.out[self.written..]) {
                Ok(bytes) => self.written += bytes,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                // The pipe is full.
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return,
                // It is gone, which the other pipe tells.
                Err(_) => break,
            }
        }
        self.out.clear();
        self.written = 0;
        self.out.shrink_to(KEPT);
    }

    /// Reads once what it has to say.
    pub(super) fn read(&mut self) {
        match self.decoder.read(&mut self.stdout) {
            Ok(0) => self.is_over = true,
            Ok(_) => {
                self.last_heard = Instant::now();
            }
            Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted) => {}
            Err(_) => self.is_over = true,
        }
    }

    /// Reads once what it says on its standard error, and keeps the end of it.
    pub(super) fn read_stderr(&mut self) -> bool {
        let Some(stderr) = &mut self.stderr else { return false };
        let mut bytes = [0; 4_096];
        match stderr.read(&mut bytes) {
            Ok(0) => self.stderr = None,
            Ok(length) => {
                self.stderr_tail.extend_from_slice(&bytes[..length]);
                let excess = self.stderr_tail.len().saturating_sub(STDERR_TAIL);
                self.stderr_tail.drain(..excess);
                return true;
            }
            Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted) => {}
            Err(_) => self.stderr = None,
        }
        false
    }

    /// Kills it; its pipe then ends, and [`Process::exit_reason`] says why.
    pub(super) fn kill(&mut self, why: String) {
        // Fails only when it has been waited for.
        let _ = self.child.kill();
        self.killed.get_or_insert(why);
    }

    /// Kills it and hears nothing more of it: it does not speak the protocol.
    pub(super) fn fail(&mut self, why: String) {
        self.kill(why);
        self.decoder = Decoder::new(MAX_ANSWER);
        self.is_over = true;
    }

    /// Waits for its end and says how it came to it.
    pub(super) fn exit_reason(&mut self) -> String {
        // It has closed its pipe: whether it meant to go on or not, nothing can be had of it.
        let status = match self.child.try_wait() {
            Ok(Some(status)) => Ok(status),
            _ if self.killed.is_some() => self.child.wait(),
            _ => self.wait_for_exit(),
        };
        // What it said last; not for ever, should something else hold the pipe.
        for _ in 0..64 {
            if !self.read_stderr() {
                break;
            }
        }
        let mut why = match (&self.killed, status) {
            (Some(why), _) => why.clone(),
            (None, Ok(status)) => how_it_ended(status),
            (None, Err(error)) => format!("nobody knows how it ended: {error}"),
        };
        let stderr = String::from_utf8_lossy(&self.stderr_tail);
        if !stderr.trim().is_empty() {
            why = format!("{why}; it said: {}", stderr.trim());
        }
        why
    }

    /// A process that ends closes its pipes a moment before it can be waited for; one that only closed its pipe is
    /// killed.
    fn wait_for_exit(&mut self) -> io::Result<ExitStatus> {
        let until = Instant::now() + std::time::Duration::from_millis(20);
        while Instant::now() < until {
            if let Some(status) = self.child.try_wait()? {
                return Ok(status);
            }
            std::thread::sleep(std::time::Duration::from_micros(100));
        }
        self.killed = Some("it closed its pipe".into());
        let _ = self.child.kill();
        self.child.wait()
    }

    pub(super) fn ping(&mut self) {
        self.put_bytes(protocol::PING, &[]);
        self.pinged = Some(Instant::now());
    }
}

fn how_it_ended(status: ExitStatus) -> String {
    match (status.code(), status.signal()) {
        (Some(code), _) => format!("it ended by itself with exit code {code}"),
        (None, Some(signal)) => {
            let name = match signal {
                4 => " (illegal instruction)",
                6 => " (abort)",
                9 => " (kill; out of memory?)",
                11 => " (segmentation fault)",
                15 => " (terminate)",
                _ => "",
            };
            format!("it was ended by signal {signal}{name}")
        }
        (None, None) => status.to_string(),
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
