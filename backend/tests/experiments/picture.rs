//! Runs the lanes of an experiment, round after round, until a picture shows.

use std::path::PathBuf;

use lanes_backend::{
    other_work::{OtherWork, WORTH_SAYING_PERCENT},
    pool::WorkerCommand,
    python,
    runner::{CancelToken, Options, PythonOptions, Runner},
};
use lanes_core::{
    experiments::{Experiment, find},
    report::{Ending, RunReport},
    scenario::{Place, Scenario, ValidScenario},
    trace::State,
};

/// Rounds in which a picture has to show, and once more with more of them. One is enough on a quiet machine.
const ROUNDS: [u32; 2] = [3, 8];

/// Whether a picture shows.
pub type Shown = Result<(), NotShown>;

/// What is wrong with a picture, in a sentence.
pub enum NotShown {
    /// No noise makes it so for long.
    Wrong(String),
    /// It takes several cores, and other programs may have them.
    WantsCores(String),
}

/// All runs of each lane until now.
pub struct Runs(Vec<Vec<RunReport>>);

impl Runs {
    fn of(&self, lane: usize) -> &[RunReport] {
        &self.0[lane]
    }

    /// The fastest run of a lane.
    pub fn best(&self, lane: usize) -> &RunReport {
        self.of(lane).iter().min_by_key(|run| run.wall_ns).expect("each lane has run")
    }

    /// The last run of a lane: by then its pool is warm, if it keeps one.
    pub fn last(&self, lane: usize) -> &RunReport {
        self.of(lane).last().expect("each lane has run")
    }

    /// The shortest wall time of a lane.
    pub fn wall(&self, lane: usize) -> f64 {
        self.best(lane).wall_ns as f64
    }

    /// The least of something that noise makes more, over the runs of a lane.
    fn least(&self, lane: usize, of: impl Fn(&RunReport) -> f64) -> f64 {
        self.of(lane).iter().map(of).fold(f64::INFINITY, f64::min)
    }

    /// The least latency that 99 % of a lane's tasks were below.
    pub fn p99(&self, lane: usize) -> f64 {
        self.least(lane, |run| run.total().latency.quantile_ns(0.99) as f64)
    }

    /// The least latency that half of a lane's tasks were below.
    pub fn p50(&self, lane: usize) -> f64 {
        self.least(lane, |run| run.total().latency.quantile_ns(0.5) as f64)
    }

    /// The least time that a lane's loop stood still at the most.
    pub fn lag(&self, lane: usize) -> f64 {
        self.least(lane, |run| run.total().loop_lag.max_ns() as f64)
    }

    /// How many tasks computed at once, on average over a lane's fastest run. The span of a task that another program keeps
    /// from the processor goes on, so this does not depend on who else is busy.
    pub fn at_once(&self, lane: usize) -> f64 {
        let run = self.best(lane);
        run.total().state_ns(State::Compute) as f64 / run.wall_ns as f64
    }

    /// The increments that a lane lost, over all of its runs.
    pub fn lost(&self, lane: usize) -> u64 {
        self.of(lane).iter().map(|run| run.counter.expect("the scenario bumps").lost()).sum()
    }

    /// The fewest requests that a lane was refused in a run.
    pub fn refusals(&self, lane: usize) -> f64 {
        self.least(lane, |run| run.total().met.refusals as f64)
    }

    /// The workers that did something in the last run of a lane.
    pub fn busy_workers(&self, lane: usize) -> usize {
        self.last(lane).workers.iter().filter(|worker| worker.done > 0).count()
    }

    /// The least time that a lane's workers were in a state, added up.
    pub fn state(&self, lane: usize, state: State) -> f64 {
        self.least(lane, |run| run.total().state_ns(state) as f64)
    }

    /// The bytes of messages in the last run of a lane.
    pub fn sent(&self, lane: usize) -> u64 {
        self.last(lane).total().payload_bytes
    }
}

/// `more` has at least `times` as much as `less`.
pub fn at_least(what: &str, more: f64, times: f64, less: f64) -> Shown {
    holds(&format!("{what}: {more:.0} is less than {times} × {less:.0}"), more >= times * less)
}

/// The same of wall times that are so only because tasks compute at once; a picture's last claims, since it may not be judged.
pub fn gains(what: &str, slow: f64, times: f64, quick: f64) -> Shown {
    wants_cores(at_least(what, slow, times, quick))
}

/// A claim that holds only while several cores are free for it.
pub fn wants_cores(shown: Shown) -> Shown {
    shown.map_err(|(NotShown::Wrong(what) | NotShown::WantsCores(what))| NotShown::WantsCores(what))
}

/// Neither has more than `times` as much as the other.
pub fn alike(what: &str, a: f64, b: f64, times: f64) -> Shown {
    holds(&format!("{what}: {a:.0} and {b:.0} are not within {times}"), a.max(b) <= times * a.min(b))
}

/// One task computes at a time in a lane.
pub fn one_at_a_time(runs: &Runs, lane: usize, what: &str) -> Shown {
    holds(&format!("{what}: one computes at a time, not {:.2}", runs.at_once(lane)), runs.at_once(lane) < 1.25)
}

/// Tasks compute at once in a lane. Of processes that wants cores, too: between tasks they wait for messages, which somebody has to
/// send.
pub fn at_once(runs: &Runs, lane: usize, what: &str) -> Shown {
    holds(&format!("{what}: they compute at once, not {:.2}", runs.at_once(lane)), runs.at_once(lane) > 1.35)
}

/// Something that is so or is not.
pub fn holds(what: &str, is_so: bool) -> Shown {
    if is_so { Ok(()) } else { Err(NotShown::Wrong(what.to_owned())) }
}

/// Whether lanes can compute at once at all.
pub fn has_cores() -> bool {
    std::thread::available_parallelism().is_ok_and(|cores| cores.get() > 1)
}

/// An experiment of its name.
fn experiment(id: &str) -> &'static Experiment {
    find(id).expect(id)
}

/// Its native lanes have to show a picture.
pub fn shows(id: &str, picture: impl Fn(&Runs) -> Shown) {
    run(&experiment(id).scenario(), picture);
}

/// With what is to be tried next, they have to show another one; that one sees the experiment's own runs, too.
pub fn changes(id: &str, picture: impl Fn(&Runs, &Runs) -> Shown) {
    both(&experiment(id).scenario(), &experiment(id).changed(&experiment(id).scenario()), picture);
}

/// Two scenarios with the same lanes have to show a picture together.
fn both(before: &Scenario, after: &Scenario, picture: impl Fn(&Runs, &Runs) -> Shown) {
    until(|rounds| {
        let (mut before, mut after) = (Lanes::new(before), Lanes::new(after));
        first_ok(rounds, || {
            before.round();
            after.round();
            picture(&before.runs, &after.runs)
        })
    });
}

/// The lanes of CPython have to show a picture, where there is an interpreter.
pub fn shows_in_python(id: &str, picture: impl Fn(&Runs) -> Shown) {
    if has_python() {
        run(&experiment(id).scenario_in(Place::Python).expect("lanes of CPython"), picture);
    }
}

/// The same with what is to be tried next.
pub fn changes_in_python(id: &str, picture: impl Fn(&Runs, &Runs) -> Shown) {
    if has_python() {
        let scenario = experiment(id).scenario_in(Place::Python).expect("lanes of CPython");
        both(&scenario, &experiment(id).changed(&scenario), picture);
    }
}

/// A scenario has to show a picture.
fn run(scenario: &Scenario, picture: impl Fn(&Runs) -> Shown) {
    until(|rounds| {
        let mut lanes = Lanes::new(scenario);
        first_ok(rounds, || {
            lanes.round();
            picture(&lanes.runs)
        })
    });
}

/// Tries until a picture shows. What takes cores that other programs have cannot show, and is not held against it then.
fn until(attempt: impl Fn(u32) -> Shown) {
    for rounds in ROUNDS {
        // Its lanes have ended when it has: what their processes did counts as ours only then.
        let other_work = OtherWork::begin();
        match attempt(rounds) {
            Ok(()) => return,
            Err(NotShown::WantsCores(what))
                if other_work.percent().is_some_and(|percent| percent >= WORTH_SAYING_PERCENT) =>
            {
                eprintln!("not judged, since other programs had the cores: {what}");
                return;
            }
            Err(NotShown::Wrong(what) | NotShown::WantsCores(what)) if rounds == ROUNDS[ROUNDS.len() - 1] => {
                panic!("not in {rounds} rounds: {what}")
            }
            Err(_) => {}
        }
    }
}

fn first_ok(rounds: u32, mut round: impl FnMut() -> Shown) -> Shown {
    (1..rounds).find_map(|_| round().ok()).map_or_else(round, Ok)
}

fn has_python() -> bool {
    python::find(&interpreters()).iter().any(|candidate| candidate.python.is_ok())
}

/// The interpreter that `./dev setup` makes an environment for, if it is there; others are found.
fn interpreters() -> Vec<PathBuf> {
    let path = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../.venv/bin/python"));
    Some(path).filter(|path| path.exists()).into_iter().collect()
}

/// The lanes of a scenario, and what they did.
struct Lanes {
    runner: Runner,
    scenario: ValidScenario,
    runs: Runs,
    round: u32,
}

impl Lanes {
    fn new(scenario: &Scenario) -> Self {
        let program = std::env::current_exe().expect("a test knows its own program");
        let options = Options {
            worker_command: Some(WorkerCommand::new(program, &["worker"])),
            run_deadline: Some(std::time::Duration::from_secs(120)),
            python: PythonOptions { interpreters: interpreters(), ..PythonOptions::default() },
            ..Options::default()
        };
        let scenario = scenario.clone().validate().expect("valid");
        let runs = Runs(vec![Vec::new(); scenario.lanes.len()]);
        Self { runner: Runner::new(options), scenario, runs, round: 0 }
    }

    /// Runs each lane once.
    fn round(&mut self) {
        self.round += 1;
        for (at, lane) in self.scenario.lanes.iter().enumerate() {
            let report = self.runner.run_lane(&self.scenario, *lane, self.round, &CancelToken::new(), &|_| {});
            assert_eq!(report.ending, Ending::Complete, "{lane}: {:?}", report.notes);
            assert_eq!(report.tasks.total(), u64::from(self.scenario.tasks()), "{lane}");
            self.runs.0[at].push(report);
        }
    }
}
