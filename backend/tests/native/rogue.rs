//! A worker that is honest until it meets the task that it was told of.
//!
//! A task's result is a number made from its own; a chunk's is their sum.

use std::{
    io::{PipeWriter, Write},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    time::Duration,
};

use lanes_backend::pool::{Chunk, Handler, ServeError, serve, take_stdout};
use lanes_core::rng;

pub const VERSION: &str = "rogue 1";

/// What a task comes to.
pub fn result_of(task: u32) -> u64 {
    rng::mix(u64::from(task) + 7)
}

fn gone(error: std::io::Error) -> ServeError {
    ServeError::Gone(error.to_string())
}

struct Rogue {
    behaviour: String,
    at: u32,
    stdout: PipeWriter,
    cancelled: Arc<AtomicBool>,
}

/// `BEHAVIOUR` or `BEHAVIOUR=TASK`.
pub fn main(what: &str) -> Result<(), ServeError> {
    let (behaviour, at) = what.split_once('=').unwrap_or((what, "0"));
    let at = at.parse().map_err(|_| ServeError::Request(format!("{at} is no task")))?;
    let mut stdout = take_stdout()?;
    match behaviour {
        "garbage-first" => {
            let _ = stdout.write_all(b"Hello, world! This is not the protocol.\n");
        }
        "leave-first" => {
            eprintln!("nothing to do here");
            return Ok(());
        }
        "mute" => loop {
            std::thread::park();
        },
        _ => {}
    }
    let cancelled = Arc::new(AtomicBool::new(false));
    let writer = stdout.try_clone().map_err(gone)?;
    let mut rogue = Rogue { behaviour: behaviour.to_owned(), at, stdout, cancelled: Arc::clone(&cancelled) };
    let version = if behaviour == "stranger" { "rogue 2" } else { VERSION };
    let heard = Arc::clone(&cancelled);
    serve(version, std::io::stdin(), writer, &mut rogue, move || heard.store(true, Relaxed), || std::process::exit(0))
}

impl Handler for Rogue {
    fn setup(&mut self, _: &[u8]) -> Result<(), ServeError> {
        Ok(())
    }

    fn chunk(&mut self, chunk: Chunk<'_>) -> Result<(), ServeError> {
        let number = |at: usize| u32::from_le_bytes(chunk.request[at..at + 4].try_into().expect("four bytes"));
        let mut sum = 0u64;
        for task in number(0)..number(4) {
            if task == self.at {
                self.misbehave()?;
            }
            if self.behaviour == "print" {
                println!("task {task}");
            }
            if self.behaviour == "work" {
                let until = std::time::Instant::now() + Duration::from_micros(200);
                while std::time::Instant::now() < until {}
            }
            sum = sum.wrapping_add(result_of(task));
        }
        chunk.answer.extend_from_slice(&sum.to_le_bytes());
        Ok(())
    }

    fn is_quiet(&mut self) {
        self.cancelled.store(false, Relaxed);
    }
}

impl Rogue {
    fn misbehave(&mut self) -> Result<(), ServeError> {
        match self.behaviour.as_str() {
            "abort" => std::process::abort(),
            "leave" => std::process::exit(0),
            "error" => Err(ServeError::Request("this task cannot be done".into())),
            "garbage" => self.stdout.write_all(b"\xff\xff\xff\xffgarbage").map_err(gone),
            "flood" => loop {
                // Well-formed answers that nobody asked for, as fast as the pipe takes them.
                self.stdout.write_all(b"\x09\0\0\0A12345678").map_err(gone)?;
            },
            "chatter" => {
                for _ in 0..100_000 {
                    eprintln!("much ado about nothing, and a lot of it on standard error");
                }
                std::process::exit(3);
            }
            "stop" => {
                let _ = rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::STOP);
                Ok(())
            }
            "hang" => loop {
                std::thread::park();
            },
            "listen" => {
                while !self.cancelled.load(Relaxed) {
                    std::thread::yield_now();
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }
}
