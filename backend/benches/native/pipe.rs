//! A bare pipe: messages of a length to another process, each answered with one of another length, and nothing else done
//! with them. What a lane of processes has to be measured by that does nothing but send data.

use std::{
    io::{self, Read, Write},
    os::fd::AsFd,
    process::{ChildStdin, Command, ExitCode, Stdio},
    thread,
    time::Instant,
};

/// As wide as the lane's own pipes for large messages.
const WIDE: usize = 1 << 20;

/// How long so many messages of `length` bytes take, in nanoseconds, until the last answer of `answer` bytes is there. Like the
/// lane's, the messages do not wait for each other's answers.
pub fn bare(messages: u32, length: usize, answer: usize) -> f64 {
    let program = std::env::current_exe().expect("this program");
    let mut command = Command::new(program);
    let command = command.args(["pipe", &messages.to_string(), &length.to_string(), &answer.to_string()]);
    let mut other = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("another process");
    let to_other = other.stdin.take().expect("its pipe");
    let mut from_other = other.stdout.take().expect("its pipe");
    widen(&to_other);
    widen(&from_other);
    // Its first byte: it is there.
    from_other.read_exact(&mut [0]).expect("it greets");
    let message = vec![7; length];
    let mut answers = vec![0; answer];
    let begun = Instant::now();
    thread::scope(|scope| {
        scope.spawn(move || send(to_other, &message, messages));
        for _ in 0..messages {
            from_other.read_exact(&mut answers).expect("it answers");
        }
    });
    let took = begun.elapsed().as_nanos() as f64;
    other.wait().expect("it ends with its pipe");
    took
}

fn send(mut to: ChildStdin, message: &[u8], messages: u32) {
    for _ in 0..messages {
        to.write_all(message).expect("it reads");
    }
}

fn widen(pipe: &impl AsFd) {
    #[cfg(target_os = "linux")]
    rustix::pipe::fcntl_setpipe_size(pipe, WIDE).expect("a pipe may be as wide as this");
    #[cfg(not(target_os = "linux"))]
    let _ = (pipe, WIDE);
}

/// The other end, in its own process: told how many messages, how long they are, and how long its answers.
pub fn other_end() -> ExitCode {
    let numbers: Vec<usize> = std::env::args().skip(2).filter_map(|number| number.parse().ok()).collect();
    let &[messages, length, answer] = &numbers[..] else { return ExitCode::FAILURE };
    let (mut message, answer) = (vec![0; length], vec![1; answer]);
    let (mut from, mut to) = (io::stdin().lock(), io::stdout().lock());
    let mut serve = || -> io::Result<()> {
        to.write_all(&[1])?;
        to.flush()?;
        for _ in 0..messages {
            from.read_exact(&mut message)?;
            to.write_all(&answer)?;
            to.flush()?;
        }
        Ok(())
    };
    if serve().is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
