//! A child process in a process group of its own, with all it starts: started, read from, ended. It knows no Python.

use std::{
    io::{self, BufRead, BufReader, Read},
    os::unix::process::{CommandExt, ExitStatusExt},
    process::{Child, ChildStdin, Command, ExitStatus, Stdio},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    thread,
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, getpgid, kill_process, kill_process_group, waitid};

/// Bytes of a child's standard error that are kept: the end of it.
const STDERR_TAIL: usize = 8_192;

/// The longest line that is read from its standard output.
const LONGEST_LINE: u64 = 65_536;

/// How long the processes of a group have to end themselves once they were asked to.
const GRACE: Duration = Duration::from_millis(150);

/// A running group. Dropping it kills all of it: nothing stays.
#[derive(Debug)]
pub(super) struct Group {
    child: Child,
    leader: Pid,
    /// The child ends itself when this pipe does, so that it does not outlive us however we end.
    _lifeline: Option<ChildStdin>,
    stderr_tail: Arc<Mutex<Vec<u8>>>,
    stderr_bytes: Arc<AtomicU64>,
    ended: Option<ExitStatus>,
}

impl Group {
    /// Starts it. Every line of its standard output is handed to `on_line`, on a thread of its own; what is longer
    /// than a line should be comes in pieces.
    pub(super) fn start(command: &mut Command, on_line: impl FnMut(&str) + Send + 'static) -> io::Result<Self> {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            // Ctrl-C in the terminal is for us, who end it in our own way.
            .process_group(0)
            .spawn()?;
        let leader = Pid::from_child(&child);
        let stderr_tail = Arc::new(Mutex::new(Vec::new()));
        let stderr_bytes = Arc::new(AtomicU64::new(0));
        let lifeline = child.stdin.take();
        let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
        let group = Self {
            child,
            leader,
            _lifeline: lifeline,
            stderr_tail: Arc::clone(&stderr_tail),
            stderr_bytes: Arc::clone(&stderr_bytes),
            ended: None,
        };
        if let Some(pipe) = stdout {
            thread::Builder::new().name("python-out".into()).spawn(move || read_lines(pipe, on_line))?;
        }
        if let Some(pipe) = stderr {
            thread::Builder::new()
                .name("python-err".into())
                .spawn(move || keep_tail(pipe, &stderr_tail, &stderr_bytes))?;
        }
        Ok(group)
    }

    /// The number of its first process, and of the group.
    pub(super) fn leader(&self) -> Pid {
        self.leader
    }

    /// Whether its first process has ended. It is not reaped: so nobody else can get its number.
    pub(super) fn has_ended(&self) -> bool {
        let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
        self.ended.is_some() || !matches!(waitid(WaitId::Pid(self.leader), options), Ok(None))
    }

    /// Waits for the end of its first process, but not longer than this; whether it has ended.
    pub(super) fn wait(&self, most: Duration) -> bool {
        wait_until(most, || self.has_ended())
    }

    /// Asks one of its processes to print the stacks of its threads as errors.
    pub(super) fn ask_for_stacks(&self, process: u32) {
        let pid = i32::try_from(process).ok().and_then(Pid::from_raw);
        // Its number may have gone to somebody else meanwhile.
        if let Some(pid) = pid.filter(|pid| getpgid(Some(*pid)) == Ok(self.leader)) {
            let _ = kill_process(pid, Signal::USR1);
        }
    }

    /// Ends all of it and says how its first process ended.
    pub(super) fn end(&mut self) -> io::Result<ExitStatus> {
        if let Some(status) = self.ended {
            return Ok(status);
        }
        // Asked first: multiprocessing's resource tracker, which does not obey, has semaphores to remove.
        let _ = kill_process_group(self.leader, Signal::TERM);
        let _ = self.wait(GRACE);
        if members(self.leader).is_some() {
            wait_until(GRACE, || members(self.leader) == Some(0));
        }
        let _ = kill_process_group(self.leader, Signal::KILL);
        let status = self.child.wait()?;
        self.ended = Some(status);
        Ok(status)
    }

    /// How much it printed on its standard error, in bytes.
    pub(super) fn stderr_bytes(&self) -> u64 {
        self.stderr_bytes.load(Relaxed)
    }

    /// The end of what it printed on its standard error.
    pub(super) fn stderr_tail(&self) -> String {
        let tail = self.stderr_tail.lock().unwrap_or_else(PoisonError::into_inner);
        String::from_utf8_lossy(&tail).trim().to_owned()
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        let _ = self.end();
    }
}

/// Processes of a group that still run, its leader aside; `None` where nobody can tell.
fn members(leader: Pid) -> Option<usize> {
    let processes = std::fs::read_dir("/proc").ok()?;
    let wanted = leader.as_raw_pid();
    let is_member = |name: &str| {
        let stat = std::fs::read_to_string(format!("/proc/{name}/stat")).ok()?;
        // The state, the parent and the group stand behind the name, which is in brackets and may hold anything.
        let mut fields = stat.rsplit_once(')')?.1.split_whitespace();
        let is_dead = matches!(fields.next()?, "Z" | "X");
        let group: i32 = fields.nth(1)?.parse().ok()?;
        Some(!is_dead && group == wanted && name != wanted.to_string())
    };
    let numbers = processes.flatten().filter_map(|entry| entry.file_name().into_string().ok());
    Some(numbers.filter(|name| name.bytes().all(|byte| byte.is_ascii_digit()) && is_member(name) == Some(true)).count())
}

/// Looks again and again, seldom enough to cost nothing.
fn wait_until(most: Duration, is_so: impl Fn() -> bool) -> bool {
    let until = Instant::now() + most;
    let mut pause = Duration::from_micros(500);
    loop {
        if is_so() {
            return true;
        }
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return false;
        }
        thread::sleep(pause.min(left));
        pause = (pause * 2).min(Duration::from_millis(10));
    }
}

fn read_lines(pipe: impl Read, mut on_line: impl FnMut(&str)) {
    let mut pipe = BufReader::new(pipe);
    let mut line = Vec::new();
    loop {
        line.clear();
        match (&mut pipe).take(LONGEST_LINE).read_until(b'\n', &mut line) {
            Ok(0) | Err(_) => return,
            Ok(_) => on_line(String::from_utf8_lossy(&line).trim_end()),
        }
    }
}

fn keep_tail(mut pipe: impl Read, stderr_tail: &Mutex<Vec<u8>>, bytes: &AtomicU64) {
    let mut buffer = [0; 65_536];
    while let Ok(length @ 1..) = pipe.read(&mut buffer) {
        let mut tail = stderr_tail.lock().unwrap_or_else(PoisonError::into_inner);
        bytes.fetch_add(length as u64, Relaxed);
        tail.extend_from_slice(&buffer[..length]);
        let surplus = tail.len().saturating_sub(STDERR_TAIL);
        tail.drain(..surplus);
    }
}

/// How a process ended, in words.
pub(super) fn exit_reason(status: ExitStatus) -> String {
    match (status.code(), status.signal()) {
        (Some(code), _) => format!("with exit code {code}"),
        (None, Some(signal)) => format!("by {}", signal_name(signal)),
        (None, None) => "in a way that nobody understands".into(),
    }
}

/// What people call a signal.
pub(super) fn signal_name(signal: i32) -> String {
    let name = match signal {
        4 => "SIGILL",
        6 => "SIGABRT",
        // What a full folder for temporary files ends in, too.
        7 => "SIGBUS (is the folder for temporary files full?)",
        8 => "SIGFPE",
        9 => "SIGKILL",
        11 => "SIGSEGV",
        15 => "SIGTERM",
        24 => "SIGXCPU",
        _ => return format!("signal {signal}"),
    };
    name.to_owned()
}
