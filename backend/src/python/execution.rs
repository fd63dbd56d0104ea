//! One run of one program in an interpreter: started, followed, ended.
//!
//! ```text
//! python's stdout ─▶ thread ─ Message ─▶ ┐
//! cancel ─────────────────── Message ─▶ ├─ the thread that asked for the run ─▶ frames, report
//! thread logs ────────── every 50 ms ─▶ ┘
//! ```
//!
//! Which interpreter, and whether it should be run at all, has been decided before.

use std::{
    io,
    sync::mpsc::{self, Receiver, Sender},
    time::{Duration, Instant},
};

use lanes_core::{
    collector::{
        self,
        told::{Event, Outcome},
    },
    export::program::Program,
    report::RunReport,
    scenario::Model,
    trace::Span,
    wire::Frame,
};

use super::{
    collector::TraceCollector,
    events::{End, Failure, Loss, Message},
    interpreter::Python,
    order::{Kill, Order, Workers},
    own::{self, OwnError},
    own_watch::OwnWatch,
    process_group::{Group, exit_reason, signal_name},
    report::{self, Facts},
    run_directory::RunDirectory,
    sampler::Sampler,
};
use crate::{
    engine::{CancelToken, Clock, Listener},
    temporary::TemporaryError,
};

/// Time between two looks at what was written.
const EVERY: Duration = Duration::from_millis(50);
/// Most spans of one frame.
const FRAME_SPANS: usize = 8_192;
/// How long an interpreter may take until the job begins: it imports, and makes simulated answers.
const STARTING: Duration = Duration::from_secs(120);
/// How long a program may take to end once its job is done.
const LEAVING: Duration = Duration::from_secs(2);
/// How long a pool that has lost a worker may do nothing before it is taken for stuck.
const STUCK: Duration = Duration::from_secs(3);

/// Why a program could not be run at all.
#[derive(Debug, thiserror::Error)]
pub(super) enum ExecuteError {
    /// There is no place for its files.
    #[error(transparent)]
    Temporary(#[from] TemporaryError),
    /// It could not be started or not be waited for.
    #[error("the program could not be run: {0}")]
    Process(#[from] io::Error),
    /// It may not be.
    #[error(transparent)]
    Own(#[from] OwnError),
}

/// Runs a program in an interpreter and blocks until it is over.
///
/// # Errors
/// When it cannot be started or not be waited for.
pub(super) fn execute(
    order: &Order<'_>,
    python: &Python,
    program: &Program,
    kill: &Kill,
    cancel: &CancelToken,
    listener: &dyn Listener,
) -> Result<RunReport, ExecuteError> {
    let directory = RunDirectory::create(program)?;
    let mut command = directory.command(&python.path, &order.plan, order.lane.model.id(), order.recording);
    if let Some(file) = order.file.filter(|_| order.plan.scenario().wants_file()) {
        command.arg(std::path::absolute(file)?);
    }
    let call = order.plan.scenario().call();
    let own = match call {
        None => None,
        Some(call) => {
            let file = own::admit(call, &order.options.own_code)?;
            let file = own::prepare(&mut command, &directory, (call, order.plan.tasks()), file)?;
            Some(OwnWatch::new(file, directory.logs(), order.options, python))
        }
    };
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
    let (tell, messages) = mpsc::channel();
    let cancelled = tell.clone();
    let _hook = cancel.on_cancel(move || drop(cancelled.send(Message::Cancelled)));
    let stdout = Stdout(tell);
    let spawned = Clock::start();
    let group = Group::start(&mut command, move |line| {
        let message = Event::read(line).map_or(Message::Line, Message::Event);
        let _ = stdout.0.send(message);
    })?;
    let leader = group.leader().as_raw_pid().unsigned_abs();
    let collector = TraceCollector::new(directory.logs(), order.lane.model, leader, &order.plan, &order.known.alone);
    let mut execution = Execution {
        order,
        listener,
        kill,
        group,
        messages,
        collector,
        own,
        spawned,
        clock: None,
        cost_ns: None,
        outcome: None,
        why: None,
        losses: Vec::new(),
        last_progress: Instant::now(),
    };
    let end = execution.follow(cancel);
    Ok(execution.finish(end, python, cancel)?)
}

/// Says that nothing more will come, when it is dropped.
struct Stdout(Sender<Message>);

impl Drop for Stdout {
    fn drop(&mut self) {
        let _ = self.0.send(Message::Closed);
    }
}

/// A run that is under way.
struct Execution<'a> {
    order: &'a Order<'a>,
    listener: &'a dyn Listener,
    kill: &'a Kill,
    group: Group,
    messages: Receiver<Message>,
    collector: TraceCollector,
    /// Of a function of the user's own.
    own: Option<OwnWatch>,
    spawned: Clock,
    /// Of the run, from when the job began; and that moment on the program's clock.
    clock: Option<(Clock, u64)>,
    /// What timing a task costs.
    cost_ns: Option<u64>,
    outcome: Option<Outcome>,
    /// The exception that the program ended with.
    why: Option<Failure>,
    losses: Vec<Loss>,
    last_progress: Instant,
}

impl Execution<'_> {
    /// Follows the program to its end.
    fn follow(&mut self, cancel: &CancelToken) -> End {
        let spawned = Instant::now();
        let mut next_look = Instant::now() + EVERY;
        loop {
            let message = self.messages.recv_timeout(next_look.saturating_duration_since(Instant::now()));
            let is_closed = matches!(message, Ok(Message::Closed));
            if let Ok(message) = message {
                self.take(message);
            }
            if cancel.is_cancelled() {
                return End::Cancelled;
            }
            if (self.outcome.is_some() || self.why.is_some())
                && let Some(failure) = self.own.as_ref().and_then(OwnWatch::setup_failure)
            {
                self.losses.clear();
                return End::Failed(failure);
            }
            if self.outcome.is_some() {
                return End::Done;
            }
            if let Some(failure) = self.why.take() {
                return End::Failed(failure);
            }
            if Instant::now() >= next_look || is_closed {
                next_look = Instant::now() + EVERY;
                if let Err(error) = self.look() {
                    return End::Failed(Failure::Unreadable(error));
                }
                if self.group.has_ended() {
                    return self.ended();
                }
                if let Some(failure) = self.look_at_own() {
                    return End::Failed(failure);
                }
            }
            // The job's time alone counts, as in the report; starting and importing have a limit of their own.
            let took = match self.clock {
                Some((clock, _)) => Duration::from_nanos(clock.now_ns()),
                None => spawned.elapsed().saturating_sub(STARTING),
            };
            if took >= self.order.options.deadline {
                let limit = Failure::TimeLimit(self.order.options.deadline);
                let own = self.own.as_ref().filter(|_| self.clock.is_some());
                return End::Failed(
                    own.and_then(|own| own.overdue(&self.group, &self.collector, &limit)).unwrap_or(limit),
                );
            }
            if let Some(loss) = self.losses.last()
                && self.last_progress.elapsed() > STUCK
                && !self.collector.is_at_work()
            {
                let own = self.own.as_ref().map(|own| own.lost(&self.group, loss));
                return End::Failed(own.unwrap_or_else(|| Failure::Stuck { loss: loss.clone(), after: STUCK }));
            }
        }
    }

    /// The first process has ended before it said that the job is done: that may still be under way.
    fn ended(&mut self) -> End {
        let until = Instant::now() + Duration::from_secs(1);
        while let Ok(message) = self.messages.recv_timeout(until.saturating_duration_since(Instant::now())) {
            let is_closed = matches!(message, Message::Closed);
            self.take(message);
            if is_closed {
                break;
            }
        }
        match (&self.outcome, self.why.take()) {
            (Some(_), _) => End::Done,
            (None, Some(failure)) => End::Failed(failure),
            (None, None) => {
                let how = self.group.end().map_or_else(|error| format!("({error})"), exit_reason);
                // What it was at is in its files.
                let _ = self.look();
                if let Some(own) = &self.own {
                    let task = self.collector.longest().map(|(task, ..)| task);
                    return End::Failed(own.ended(&how, task, &self.group.stderr_tail()));
                }
                End::Failed(Failure::Ended { how, stderr_tail: self.group.stderr_tail() })
            }
        }
    }

    fn take(&mut self, message: Message) {
        match message {
            Message::Event(Event::Begins { perf_ns, monotonic_ns, cost_ns }) if self.clock.is_none() => {
                self.cost_ns = cost_ns;
                self.begins(Clock { zero_ns: monotonic_ns }, perf_ns);
            }
            Message::Event(Event::Done(outcome)) => drop(self.outcome.get_or_insert(outcome)),
            Message::Event(Event::Broke { why, missing, .. }) => {
                self.why = Some(match &self.own {
                    Some(own) => own.broke(&why, missing.as_deref(), self.clock.is_some()),
                    None => Failure::Exception(why),
                });
            }
            Message::Event(Event::Lost { process, code }) => self.lost(process, code),
            Message::Event(Event::Begins { .. }) | Message::Line | Message::Cancelled | Message::Closed => {}
        }
    }

    fn begins(&mut self, clock: Clock, perf_ns: u64) {
        self.clock = Some((clock, perf_ns));
        self.collector.begin(perf_ns);
        let can_look = self.order.options.sampling && self.order.recording;
        let can_look = can_look && !self.order.lane.interpreter.is_free_threaded();
        if let Some(wanted) = self.collector.wants_looks().filter(|_| can_look) {
            self.collector.watch(Sampler::start(self.group.leader().as_raw_pid().unsigned_abs(), wanted));
        }
        self.last_progress = Instant::now();
        let workers = u16::try_from(self.order.plan.scenario().workers).unwrap_or(u16::MAX);
        self.listener.started(clock.epoch_ns(), collector::rows(self.order.lane.model, workers));
    }

    /// Whether a function of the user's own does what it may not.
    fn look_at_own(&mut self) -> Option<Failure> {
        let now_ns = self.now_ns();
        let own = self.own.as_mut()?;
        let failure = own.setup_failure();
        if failure.is_some() {
            // It is what they died of.
            self.losses.clear();
        }
        failure.or_else(|| own.look(&self.group, &self.collector, now_ns))
    }

    fn lost(&mut self, process: u32, code: i32) {
        if self.losses.iter().any(|loss| loss.process == process) {
            return;
        }
        // What it still did is in its file.
        let _ = self.look();
        let mut spans = Vec::new();
        let row = self.collector.row_of(process);
        let now_ns = self.now_ns();
        let task = self.collector.record_death(process, now_ns, &mut spans);
        self.send(spans);
        let how = if code < 0 { signal_name(-code) } else { format!("exit code {code}") };
        self.losses.push(Loss { process, how, row, task });
        self.last_progress = Instant::now();
    }

    fn now_ns(&self) -> u64 {
        self.clock.map_or(0, |(clock, _)| clock.now_ns())
    }

    /// Reads what was written since the last time, and hands it on.
    fn look(&mut self) -> io::Result<()> {
        if self.clock.is_none() || !self.order.recording {
            return Ok(());
        }
        let mut spans = Vec::new();
        if self.collector.look(&mut spans)? {
            self.last_progress = Instant::now();
        }
        if self.order.lane.model == Model::Processes {
            let workers = u16::try_from(self.order.plan.scenario().workers).unwrap_or(u16::MAX);
            let by_row = (0..workers).map(|row| self.collector.holder(row)).collect();
            self.kill.set(Some(Workers { group: self.group.leader(), by_row }));
        }
        self.send(spans);
        Ok(())
    }

    fn send(&self, mut spans: Vec<Span>) {
        let now_ns = self.now_ns();
        let (run, ended, dropped) = (self.order.run, self.collector.ended, self.collector.dropped());
        loop {
            let rest = spans.split_off(spans.len().min(FRAME_SPANS));
            self.listener.frame(Frame { run, now_ns, ended, dropped, spans });
            if rest.is_empty() {
                break;
            }
            spans = rest;
        }
    }

    /// Ends what is left of the program, reads the last of what it wrote, and adds everything up.
    fn finish(mut self, end: End, python: &Python, cancel: &CancelToken) -> io::Result<RunReport> {
        let stopped_ns = self.now_ns();
        if matches!(end, End::Done) {
            let _ = self.group.wait(LEAVING);
        }
        self.kill.set(None);
        self.group.end()?;
        // Whatever they wrote stays, however they ended.
        let read = self.look();
        let until_begun = self.clock.map(|(clock, _)| clock.zero_ns.saturating_sub(self.spawned.zero_ns));
        let order = self.order;
        let facts = Facts {
            order,
            python,
            end,
            read,
            is_cancelled: cancel.is_cancelled(),
            outcome: self.outcome,
            zero_ns: self.clock.map_or(0, |(_, perf_ns)| perf_ns),
            stopped_ns,
            until_begun: until_begun.map(Duration::from_nanos),
            cost_ns: self.cost_ns,
            losses: &self.losses,
            stderr_tail: self.group.stderr_tail(),
            stderr_bytes: self.group.stderr_bytes(),
            differs: self.own.as_ref().and_then(|own| order.known.answers.compare(order.lane, own.logs())),
        };
        Ok(report::assemble(facts, self.collector))
    }
}
