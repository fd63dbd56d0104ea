//! One run of one lane in an interpreter.
//!
//! ```text
//! python's stdout ─▶ thread ─ News ─▶ ┐
//! cancel button ──────────── News ─▶ ├─ the thread that asked for the run ─▶ frames, report
//! files of spans ───── every 50 ms ─▶ ┘
//! ```

use std::{
    io,
    path::Path,
    sync::{
        Arc, Mutex, PoisonError,
        mpsc::{self, Receiver, Sender},
    },
    time::{Duration, Instant},
};

use lanes_core::{
    export::program::Program,
    plan::Plan,
    present::duration,
    report::{Ending, RunReport},
    scenario::{Lane, Model},
    trace::Span,
    wire::Frame,
};
use rustix::process::{Pid, Signal, getpgid, kill_process};
use serde::Deserialize;

use super::{
    Options, Python,
    book::{self, Book},
    child::{Group, ending, signal_name},
    close::stuck,
    prepare::prepare,
    stage::Stage,
};
use crate::engine::{self, CancelToken, Clock, Listener, Network};

/// Time between two looks at what was written.
const EVERY: Duration = Duration::from_millis(50);
/// Most spans of one frame.
const FRAME_SPANS: usize = 8_192;
/// How long an interpreter may take until the job begins: it imports, and makes simulated answers.
const STARTING: Duration = Duration::from_secs(120);
/// How long a program may take to end once its job is done.
pub(super) const LEAVING: Duration = Duration::from_secs(2);
/// How long a pool that has lost a worker may do nothing before it is taken for stuck.
pub(super) const STUCK: Duration = Duration::from_secs(3);

/// One run to be made.
pub(crate) struct Order<'a> {
    pub(crate) run: u32,
    pub(crate) lane: Lane,
    pub(crate) plan: Plan,
    pub(crate) options: &'a Options,
    pub(crate) file: Option<&'a Path>,
    pub(crate) network: Network,
    pub(crate) recording: bool,
    pub(crate) clock_resolution_ns: u64,
}

/// Kills a worker process of the lane that is under way.
#[derive(Clone, Debug, Default)]
pub(crate) struct Kill(Arc<Mutex<Option<Workers>>>);

#[derive(Debug)]
pub(super) struct Workers {
    group: Pid,
    by_row: Vec<Option<u32>>,
}

impl Kill {
    /// Kills it; whether a Python lane is under way.
    pub(crate) fn kill(&self, worker: u16) -> bool {
        let workers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(workers) = &*workers else { return false };
        let process = workers.by_row.get(usize::from(worker)).copied().flatten();
        let pid = process.and_then(|process| Pid::from_raw(i32::try_from(process).ok()?));
        // Its number may have gone to somebody else meanwhile.
        if let Some(pid) = pid.filter(|pid| getpgid(Some(*pid)) == Ok(workers.group)) {
            let _ = kill_process(pid, Signal::KILL);
        }
        true
    }

    /// Says who the workers are now.
    pub(super) fn set(&self, workers: Option<Workers>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = workers;
    }
}

/// What the program says of itself.
#[derive(Debug, Deserialize)]
#[serde(tag = "lanes", rename_all = "lowercase")]
pub(super) enum Event {
    Begins { perf_ns: u64, monotonic_ns: u64, cost_ns: u64 },
    Done { end_ns: u64, checksum: String, memory: u64, counter: Option<u64>, gil: bool },
    Broke { why: String },
    Lost { process: u32, code: i32 },
}

pub(super) enum News {
    Event(Event),
    /// Something else that it printed.
    Line(String),
    Pressed,
    /// Its standard output has ended.
    Closed,
}

/// How a run ended.
pub(super) enum End {
    Done,
    Cancelled,
    Broken(String),
}

/// Runs one lane and blocks until it is over.
pub(crate) fn run(order: &Order<'_>, kill: &Kill, cancel: &CancelToken, listener: &dyn Listener) -> RunReport {
    let broken = |why: String| {
        let report = engine::broken(order.lane, order.plan.tasks(), why);
        RunReport { clock_resolution_ns: order.clock_resolution_ns, ..report }
    };
    let report = prepare(order, cancel).and_then(|(python, program)| {
        if cancel.is_cancelled() {
            return Ok(RunReport { ending: Ending::Cancelled, ..broken(String::new()) });
        }
        let report = perform(order, &python, &program, kill, cancel, listener);
        report.map_err(|error| format!("the program could not be run: {error}"))
    });
    report.unwrap_or_else(broken)
}

/// Runs a program in an interpreter.
///
/// # Errors
/// When it cannot be started or not be waited for.
pub(super) fn perform(
    order: &Order<'_>,
    python: &Python,
    program: &Program,
    kill: &Kill,
    cancel: &CancelToken,
    listener: &dyn Listener,
) -> io::Result<RunReport> {
    let stage = Stage::set(program)?;
    let mut command = stage.command(&python.path, &order.plan, order.lane.model.id(), order.recording);
    if let Some(file) = order.file.filter(|_| order.plan.scenario().wants_file()) {
        command.arg(std::path::absolute(file)?);
    }
    let makes_requests = order.plan.scenario().wants_addresses() || order.plan.scenario().wants_server();
    if makes_requests && !order.network.allow_private {
        command.env("LANES_PUBLIC_ONLY", "1");
    }
    if let Some(server) = &order.network.server {
        command.env("LANES_SERVER", &server.base).env("LANES_TOKEN", server.token.as_deref().unwrap_or_default());
    }
    command.env_remove("LANES_START_METHOD");
    if let Some(method) = order.options.start_method {
        command.env("LANES_START_METHOD", method.id());
    }
    let (tell, news) = mpsc::channel();
    let pressed = tell.clone();
    let _hook = cancel.on_cancel(move || drop(pressed.send(News::Pressed)));
    let closing = Closing(tell);
    let spawned = Clock::start();
    let group = Group::start(&mut command, move |line| {
        let event = serde_json::from_str(line).map_or_else(|_| News::Line(line.to_owned()), News::Event);
        let _ = closing.0.send(event);
    })?;
    let model = order.lane.model;
    let shares_lock = matches!(model, Model::Threads | Model::Gil | Model::Hybrid);
    let leader = group.leader().as_raw_pid().unsigned_abs();
    let book = Book::new(stage.spans(), model, leader, &order.plan, shares_lock);
    let mut running = Running {
        order,
        listener,
        kill,
        group,
        news,
        book,
        spawned,
        clock: None,
        cost_ns: None,
        done: None,
        why: None,
        lines: Vec::new(),
        losses: Vec::new(),
        last_progress: Instant::now(),
    };
    let end = running.watch(cancel);
    running.close(end, python, cancel)
}

/// Says that nothing more will come, when it is dropped.
struct Closing(Sender<News>);

impl Drop for Closing {
    fn drop(&mut self) {
        let _ = self.0.send(News::Closed);
    }
}

/// A worker process that died.
pub(super) struct Loss {
    pub(super) process: u32,
    /// The signal or exit code.
    pub(super) how: String,
    pub(super) row: Option<u16>,
    /// What it had in hand.
    pub(super) task: Option<u32>,
}

/// What the program said at its end.
pub(super) struct Said {
    pub(super) end_ns: u64,
    pub(super) checksum: u64,
    pub(super) memory: u64,
    pub(super) counter: Option<u64>,
    /// Whether the interpreter's lock was on at the end.
    pub(super) gil: bool,
}

/// A run that is under way.
pub(super) struct Running<'a> {
    pub(super) order: &'a Order<'a>,
    pub(super) listener: &'a dyn Listener,
    pub(super) kill: &'a Kill,
    pub(super) group: Group,
    pub(super) news: Receiver<News>,
    pub(super) book: Book,
    pub(super) spawned: Clock,
    /// Of the run; from when the job began.
    pub(super) clock: Option<(Clock, u64)>,
    pub(super) cost_ns: Option<u64>,
    pub(super) done: Option<Said>,
    pub(super) why: Option<String>,
    pub(super) lines: Vec<String>,
    pub(super) losses: Vec<Loss>,
    pub(super) last_progress: Instant,
}

impl Running<'_> {
    /// Follows the program to its end.
    fn watch(&mut self, cancel: &CancelToken) -> End {
        let spawned = Instant::now();
        if !self.order.recording {
            self.begins(self.spawned, 0);
        }
        let mut next_look = Instant::now() + EVERY;
        loop {
            let news = self.news.recv_timeout(next_look.saturating_duration_since(Instant::now()));
            let is_closed = matches!(news, Ok(News::Closed));
            if let Ok(news) = news {
                self.hear(news);
            }
            if cancel.is_cancelled() {
                return End::Cancelled;
            }
            if self.done.is_some() {
                return End::Done;
            }
            if let Some(why) = self.why.take() {
                return End::Broken(format!("the program ended with an exception: {why}"));
            }
            if Instant::now() >= next_look || is_closed {
                next_look = Instant::now() + EVERY;
                if let Err(error) = self.look() {
                    return End::Broken(format!("what the program did could not be read: {error}"));
                }
                if self.group.has_ended() {
                    return self.ended();
                }
            }
            // The job's time alone counts, as in the report; starting and importing have a limit of their own.
            let took = match self.clock {
                Some((clock, _)) => Duration::from_nanos(clock.now_ns()),
                None => spawned.elapsed().saturating_sub(STARTING),
            };
            if took >= self.order.options.deadline {
                let most = u64::try_from(self.order.options.deadline.as_nanos()).unwrap_or(u64::MAX);
                return End::Broken(format!("the run took longer than the {} it may (its time limit)", duration(most)));
            }
            if let Some(loss) = self.losses.last()
                && self.last_progress.elapsed() > STUCK
                && !self.book.is_at_work()
            {
                return End::Broken(stuck(loss));
            }
        }
    }

    /// The first process has ended before it was heard that the job is done: that may still be on its way.
    fn ended(&mut self) -> End {
        let until = Instant::now() + Duration::from_secs(1);
        while let Ok(news) = self.news.recv_timeout(until.saturating_duration_since(Instant::now())) {
            let is_closed = matches!(news, News::Closed);
            self.hear(news);
            if is_closed {
                break;
            }
        }
        if !self.order.recording {
            self.read_lines();
        }
        match (&self.done, self.why.take()) {
            (Some(_), _) => End::Done,
            (None, Some(why)) => End::Broken(format!("the program ended with an exception: {why}")),
            (None, None) => {
                let how = self.group.end().map_or_else(|error| format!("({error})"), ending);
                let words = self.group.last_words();
                let last: String = words.lines().last().unwrap_or_default().chars().take(300).collect();
                let last = if last.is_empty() { String::new() } else { format!("; its last words: {last}") };
                End::Broken(format!("the interpreter ended {how} before the job was done{last}"))
            }
        }
    }

    fn hear(&mut self, news: News) {
        match news {
            News::Event(Event::Begins { perf_ns, monotonic_ns, cost_ns }) if self.clock.is_none() => {
                self.cost_ns = Some(cost_ns);
                self.begins(Clock { zero_ns: monotonic_ns }, perf_ns);
            }
            News::Event(Event::Done { end_ns, checksum, memory, counter, gil }) => {
                let checksum = u64::from_str_radix(&checksum, 16).unwrap_or_default();
                self.done.get_or_insert(Said { end_ns, checksum, memory, counter, gil });
            }
            News::Event(Event::Broke { why }) => self.why = Some(why),
            News::Event(Event::Lost { process, code }) => self.lost(process, code),
            News::Line(line) if self.lines.len() < 100 => self.lines.push(line),
            News::Event(Event::Begins { .. }) | News::Line(_) | News::Pressed | News::Closed => {}
        }
    }

    fn begins(&mut self, clock: Clock, perf_ns: u64) {
        self.clock = Some((clock, perf_ns));
        self.book.begin(perf_ns);
        self.last_progress = Instant::now();
        let workers = u16::try_from(self.order.plan.scenario().workers).unwrap_or(u16::MAX);
        self.listener.started(clock.epoch_ns(), book::rows(self.order.lane.model, workers));
    }

    fn lost(&mut self, process: u32, code: i32) {
        if self.losses.iter().any(|loss| loss.process == process) {
            return;
        }
        // What it still did is in its file.
        let _ = self.look();
        let mut spans = Vec::new();
        let row = self.book.row_of(process);
        let task = self.book.bury(process, self.now_ns(), &mut spans);
        self.send(spans);
        let how = if code < 0 { signal_name(-code) } else { format!("exit code {code}") };
        self.losses.push(Loss { process, how, row, task });
        self.last_progress = Instant::now();
    }

    pub(super) fn now_ns(&self) -> u64 {
        self.clock.map_or(0, |(clock, _)| clock.now_ns())
    }

    /// Reads what was written since the last time, and hands it on.
    pub(super) fn look(&mut self) -> io::Result<()> {
        if self.clock.is_none() || !self.order.recording {
            return Ok(());
        }
        let mut spans = Vec::new();
        if self.book.look(&mut spans)? {
            self.last_progress = Instant::now();
        }
        if self.order.lane.model == Model::Processes {
            let workers = u16::try_from(self.order.plan.scenario().workers).unwrap_or(u16::MAX);
            let by_row = (0..workers).map(|row| self.book.holder(row)).collect();
            self.kill.set(Some(Workers { group: self.group.leader(), by_row }));
        }
        self.send(spans);
        Ok(())
    }

    fn send(&self, mut spans: Vec<Span>) {
        let now_ns = self.now_ns();
        let (run, ended, dropped) = (self.order.run, self.book.ended, self.book.dropped());
        loop {
            let rest = spans.split_off(spans.len().min(FRAME_SPANS));
            self.listener.frame(Frame { run, now_ns, ended, dropped, spans });
            if rest.is_empty() {
                break;
            }
            spans = rest;
        }
    }

    /// What the program printed that ran as it is.
    fn read_lines(&mut self) {
        let value = |name: &str| self.lines.iter().find_map(|line| line.strip_prefix(name)?.split_whitespace().next());
        let checksum = value("checksum ").and_then(|hex| u64::from_str_radix(hex, 16).ok());
        let wall = value("wall ").and_then(|seconds| seconds.parse::<f64>().ok());
        let counter = value("counter ").and_then(|count| count.parse().ok());
        if let (Some(checksum), Some(wall)) = (checksum, wall) {
            self.done = Some(Said { end_ns: (wall * 1e9) as u64, checksum, memory: 0, counter, gil: false });
        }
    }
}
