//! Runs a scenario's native and Python lanes: what the command line and the server both call.
//!
//! Which lane runs next is said by [`lanes_core::run::rounds`].

use std::{
    ffi::OsString,
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use lanes_core::{
    plan::Plan,
    report::{Ending, LaneResult, RunReport},
    run::{outcome::not_begun, rounds::Rounds},
    scenario::{Label, Lane, Model, Place, PoolStart, Scenario, ValidScenario},
    wire::Frame,
};

use crate::{
    engine::{self, Network, Order},
    pool::{Killer, Pool, Settings},
    python, worker,
};
pub use lanes_core::run::rounds::Turn;

pub use crate::{
    engine::{CancelToken, Listener, ServerLink},
    pool::WorkerCommand,
    python::Options as PythonOptions,
};

/// Who is told what happens. It is called on the thread that asked for the session; when it is slow, spans are
/// dropped and counted, and the lanes do not wait for it.
pub trait Observer: Send + Sync {
    /// A run is about to begin.
    fn begins(&self, turn: &Turn);
    /// It has begun: t = 0 in nanoseconds of the Unix epoch, and how many workers it has.
    fn started(&self, lane: usize, run: u32, epoch_ns: u64, workers: u16) {
        let _ = (lane, run, epoch_ns, workers);
    }
    /// Something was recorded.
    fn frame(&self, lane: usize, frame: &Frame);
    /// The run is over; `results` are all lanes so far.
    fn ended(&self, lane: usize, report: &RunReport, results: &[LaneResult]);
}

/// What a runner is told once.
#[derive(Clone, Debug)]
pub struct Options {
    /// The file that scenarios with `"input": "file"` work on.
    pub file: Option<PathBuf>,
    /// Whether a scenario's own addresses may lead to this machine and its networks.
    pub allow_private: bool,
    /// The server of Lanes that `"from": "server"` asks.
    pub server: Option<ServerLink>,
    /// Whether spans are recorded; the totals are, always.
    pub recording: bool,
    /// How a worker process is started; this program with the argument `worker`, unless it is said.
    pub worker_command: Option<WorkerCommand>,
    /// The longest that one task may take in a worker process.
    pub task_deadline: Option<Duration>,
    /// The longest that one run may take.
    pub run_deadline: Option<Duration>,
    /// Replaces a worker process after so many tasks.
    pub recycle_after: Option<u64>,
    /// Starts worker processes anew for every run, instead of keeping them for the next one.
    pub cold_pool: bool,
    /// How long a worker process may say nothing before it is taken for stopped.
    pub silence: Duration,
    /// What the Python lanes are told.
    pub python: PythonOptions,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            file: None,
            allow_private: false,
            server: None,
            recording: true,
            worker_command: None,
            task_deadline: None,
            run_deadline: None,
            recycle_after: None,
            cold_pool: false,
            silence: Settings::default().silence,
            python: PythonOptions::default(),
        }
    }
}

/// Makes runs; keeps a warm pool of processes between them.
#[derive(Debug)]
pub struct Runner {
    options: Options,
    pool: Option<Pool>,
    killer: Kills,
    runs: u32,
    clock_resolution_ns: u64,
    /// What the Python lanes of a session know of a function of the user's own.
    known: python::Known,
    /// Whose session that is, where somebody else makes the rounds.
    session: u64,
}

/// What another thread may do to a session.
#[derive(Clone, Debug)]
pub struct Controls {
    /// Ends it.
    pub cancel: CancelToken,
    kills: Kills,
}

impl Controls {
    /// Kills a worker of the lane of processes that is under way, to see the pool heal; nothing when there is none.
    pub fn kill(&self, worker: u16) {
        self.kills.kill(worker);
    }

    /// The same runner's controls, on another session.
    #[must_use]
    pub fn on(&self, cancel: &CancelToken) -> Self {
        Self { cancel: cancel.clone(), kills: self.kills.clone() }
    }
}

/// The pool's killer, once there is a pool, and that of the Python lane that is under way.
#[derive(Clone, Debug, Default)]
struct Kills {
    pool: Arc<Mutex<Option<Killer>>>,
    python: python::Kill,
}

impl Kills {
    fn set(&self, killer: Killer) {
        *self.pool.lock().unwrap_or_else(PoisonError::into_inner) = Some(killer);
    }

    fn kill(&self, worker: u16) {
        if self.python.kill(worker) {
            return;
        }
        if let Some(killer) = &*self.pool.lock().unwrap_or_else(PoisonError::into_inner) {
            killer.kill(worker);
        }
    }
}

impl Runner {
    /// A runner whose pool is started when it is first needed.
    #[must_use]
    pub fn new(options: Options) -> Self {
        let clock_resolution_ns = engine::resolution_ns();
        Self {
            options,
            pool: None,
            killer: Kills::default(),
            runs: 0,
            clock_resolution_ns,
            known: python::Known::default(),
            session: 0,
        }
    }

    /// What it was told; free to be changed between sessions.
    pub fn options(&mut self) -> &mut Options {
        &mut self.options
    }

    /// A handle for another thread, on the session that is given this token.
    #[must_use]
    pub fn controls(&self, cancel: &CancelToken) -> Controls {
        Controls { cancel: cancel.clone(), kills: self.killer.clone() }
    }

    /// Runs every lane of a scenario, round after round, and blocks until all are over. Returns the results of all
    /// lanes, whatever happened; lanes of other places are broken, with a sentence.
    pub fn session(
        &mut self,
        scenario: &ValidScenario,
        cancel: &CancelToken,
        observer: &dyn Observer,
    ) -> Vec<LaneResult> {
        self.known = python::Known::default();
        let mut rounds = Rounds::new(scenario, self.runs);
        while !cancel.is_cancelled()
            && let Some(turn) = rounds.next_turn()
        {
            let Turn { run, index, lane, is_watched, .. } = turn;
            observer.begins(&turn);
            let recording = self.options.recording && is_watched;
            let report =
                self.run_recorded(scenario, lane, run, cancel, &Told { lane: index, run, observer }, recording);
            let results = rounds.ended(report.clone());
            observer.ended(index, &report, &results);
        }
        self.runs = rounds.last_run();
        rounds.finish()
    }

    /// Runs one lane once and blocks until it is over. `run` is the number that its frames bear; they are handed to
    /// `on_frame` on this thread.
    pub fn run_lane(
        &mut self,
        scenario: &ValidScenario,
        lane: Lane,
        run: u32,
        cancel: &CancelToken,
        on_frame: &dyn Fn(Frame),
    ) -> RunReport {
        self.run(scenario, lane, run, cancel, &Frames(on_frame))
    }

    /// The next run is one of this session, whose rounds somebody else makes: nothing of another one is held against it.
    pub fn of_session(&mut self, session: u64) {
        if self.session != session {
            (self.session, self.known) = (session, python::Known::default());
        }
    }

    /// Ends the processes that are kept for the next run.
    pub fn rest(&mut self) {
        self.pool = None;
    }

    /// As [`Runner::run_lane`]; the listener is told when it has begun, too.
    pub fn run(
        &mut self,
        scenario: &ValidScenario,
        lane: Lane,
        run: u32,
        cancel: &CancelToken,
        listener: &dyn Listener,
    ) -> RunReport {
        self.run_recorded(scenario, lane, run, cancel, listener, self.options.recording)
    }

    fn run_recorded(
        &mut self,
        scenario: &ValidScenario,
        lane: Lane,
        run: u32,
        cancel: &CancelToken,
        listener: &dyn Listener,
        recording: bool,
    ) -> RunReport {
        let scenario = &scenario.for_lane(lane);
        if let Some(why) = unavailable(lane) {
            return not_begun(lane, scenario.tasks(), Ending::Broken(why.into()));
        }
        if lane.place == Place::Python {
            return self.run_python(scenario, lane, run, cancel, listener, recording);
        }
        let is_cold = match lane.settings.pool {
            Some(pool) => pool == PoolStart::Cold,
            None => self.options.cold_pool,
        };
        // The warm one is kept meanwhile for the lanes that want it.
        let kept = is_cold.then(|| self.pool.take());
        let report = self.run_native(scenario, lane, run, cancel, listener, recording);
        if let Some(kept) = kept {
            if let Some(pool) = &kept {
                self.killer.set(pool.killer());
            }
            self.pool = kept;
        }
        report
    }

    fn run_native(
        &mut self,
        scenario: &ValidScenario,
        lane: Lane,
        run: u32,
        cancel: &CancelToken,
        listener: &dyn Listener,
        recording: bool,
    ) -> RunReport {
        if lane.model == Model::Processes
            && let Err(error) = self.open_pool()
        {
            return not_begun(lane, scenario.tasks(), Ending::Broken(error.to_string()));
        }
        let Options { file, allow_private, server, .. } = &self.options;
        let plan = Plan::new(scenario.clone());
        let settings = Settings {
            workers: u16::try_from(scenario.workers).unwrap_or(u16::MAX),
            chunk: scenario.chunk,
            most_in_message: plan.most_in_message(scenario.chunk),
            task_deadline: self.options.task_deadline,
            run_deadline: deadline(self.options.run_deadline, scenario),
            recycle_after: self.options.recycle_after,
            silence: self.options.silence,
            ..Settings::default()
        };
        let order = Order {
            run,
            lane,
            plan,
            file: file.as_deref(),
            network: Network { server: server.clone(), allow_private: *allow_private },
            recording,
            settings,
            clock_resolution_ns: self.clock_resolution_ns,
        };
        engine::run(order, &mut self.pool, cancel, listener)
    }

    fn run_python(
        &self,
        scenario: &ValidScenario,
        lane: Lane,
        run: u32,
        cancel: &CancelToken,
        listener: &dyn Listener,
        recording: bool,
    ) -> RunReport {
        let Options { file, allow_private, server, run_deadline, task_deadline, python, .. } = &self.options;
        let start_method = lane.settings.start.or(python.start_method);
        // What is allowed to be expected must be allowed to happen.
        let most = python.deadline.max(python.limit * 2);
        let deadline = deadline(*run_deadline, scenario).unwrap_or(most);
        let order = python::Order {
            run,
            lane,
            plan: Plan::new(scenario.clone()),
            options: &PythonOptions { deadline, start_method, task_deadline: *task_deadline, ..python.clone() },
            file: file.as_deref(),
            network: Network { server: server.clone(), allow_private: *allow_private },
            recording,
            known: &self.known,
            clock_resolution_ns: self.clock_resolution_ns,
        };
        python::run(&order, &self.killer.python, cancel, listener)
    }

    fn open_pool(&mut self) -> Result<(), NoPool> {
        if self.pool.is_some() {
            return Ok(());
        }
        let command = match &self.options.worker_command {
            Some(command) => command.clone(),
            None => {
                // On Linux by what is running, not by its name: another build may have taken its place since.
                let program = if cfg!(target_os = "linux") {
                    PathBuf::from("/proc/self/exe")
                } else {
                    std::env::current_exe().map_err(NoPool::NoProgram)?
                };
                WorkerCommand { program, arguments: vec![OsString::from("worker")], environment: Vec::new() }
            }
        };
        let pool = Pool::new(command, worker::VERSION).map_err(NoPool::NoPipe)?;
        self.killer.set(pool.killer());
        self.pool = Some(pool);
        Ok(())
    }
}

/// Why there is no pool of processes.
#[derive(Debug, thiserror::Error)]
enum NoPool {
    #[error("where is this program? {0}")]
    NoProgram(std::io::Error),
    #[error("no pool of processes: {0}")]
    NoPipe(std::io::Error),
}

/// Tells an observer of one run of one lane.
struct Told<'a> {
    lane: usize,
    run: u32,
    observer: &'a dyn Observer,
}

impl Listener for Told<'_> {
    fn started(&self, epoch_ns: u64, workers: u16) {
        self.observer.started(self.lane, self.run, epoch_ns, workers);
    }

    fn frame(&self, frame: Frame) {
        self.observer.frame(self.lane, &frame);
    }
}

struct Frames<'a>(&'a dyn Fn(Frame));

impl Listener for Frames<'_> {
    fn started(&self, _: u64, _: u16) {}

    fn frame(&self, frame: Frame) {
        (self.0)(frame);
    }
}

/// The lanes that run natively, and whether each is the thing itself.
#[must_use]
pub fn lanes_here() -> Vec<(Lane, Label)> {
    Model::ALL.map(Lane::native).map(|lane| (lane, lane.label())).to_vec()
}

/// The longest that a run may take: what was allowed, or what the scenario asks for, whichever is shorter.
fn deadline(allowed: Option<Duration>, scenario: &Scenario) -> Option<Duration> {
    allowed.into_iter().chain(scenario.deadline()).min()
}

/// Why a lane cannot run here at all.
#[must_use]
pub fn unavailable(lane: Lane) -> Option<&'static str> {
    match lane.place {
        // Whether an interpreter has what a Python lane needs is found out when it runs.
        Place::Native | Place::Python => None,
        Place::Browser => Some("browser lanes run in the page; open the scenario's link, or lanes serve"),
        Place::Pyodide => Some("lanes of CPython in the page run there; open the scenario's link, or lanes serve"),
    }
}
