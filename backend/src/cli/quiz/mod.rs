//! `lanes quiz`: guess first, then run, then see what you had right.
//!
//! ```text
//! experiment ─▶ question ─▶ guess ◀── stdin ─▶ runner ─▶ outcome, points, rule ─▶ stdout
//!                                                            └─▶ kept in the user's cache
//! ```

mod kept;
mod text;

use std::{
    io::{self, BufRead, IsTerminal},
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use lanes_core::{
    experiments::{self, Experiment, Outcome},
    report::LaneResult,
    scenario::{Place, Scenario},
};

use self::kept::{Done, Kept};
use super::{
    arguments::ArgumentError,
    failure::Failure,
    interruption::Interruption,
    run::{self, Prepared, prepare},
    source,
    watch::Watch,
};
use crate::{
    cache,
    runner::Runner,
    terminal::{self, visible},
};

/// `lanes quiz`
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// An experiment (see “lanes list”), in CPython as NAME@python; without one, all that you have not guessed yet
    experiment: Option<String>,
    /// Run Python lanes in this Python
    #[arg(long, value_name = "PATH")]
    python: Vec<PathBuf>,
    /// No progress
    #[arg(long, short)]
    quiet: bool,
}

/// An experiment in a place.
struct Asked {
    experiment: &'static Experiment,
    place: Place,
    scenario: Scenario,
}

/// What became of a question.
enum Answer {
    Guess(Vec<usize>),
    Skipped,
    /// Nobody answers any more.
    Over,
}

pub(super) fn command(arguments: &Arguments) -> Result<(), Failure> {
    let path = cache::file("quiz.json");
    let mut kept = path.as_deref().map(Kept::read).unwrap_or_default();
    let all = asked(arguments, &kept)?;
    if all.is_empty() {
        let again = "Name one to guess it again, such as “lanes quiz convoy”.\n";
        return Ok(terminal::print(&format!("{}{again}", text::so_far(&kept)))?);
    }
    let session = Session::listen()?;
    let mut input = io::stdin().lock().lines();
    for (at, asked) in (1..).zip(&all) {
        let Asked { experiment, place, scenario } = asked;
        let place_of_all = (all.len() > 1).then_some((at, all.len()));
        terminal::print(&text::question(experiment, scenario, place_of_all))?;
        let guess = match guess(&mut input, scenario.lanes.len())? {
            Answer::Guess(guess) => guess,
            Answer::Skipped => {
                terminal::print(&text::skipped(experiment, *place))?;
                continue;
            }
            Answer::Over => {
                terminal::print(&text::skipped(experiment, *place))?;
                break;
            }
        };
        let results = session.run(scenario, arguments)?;
        let outcome = Outcome::of(experiment.measure, &results);
        terminal::print(&text::reveal((experiment, *place), &outcome, &results, &guess))?;
        let names = |order: &[usize]| order.iter().map(|lane| scenario.lanes[*lane].to_string()).collect();
        let points = outcome.points(&guess);
        kept.add(&asked.name(), Done { guess: names(&guess), measured: names(&outcome.order()), points });
        if let Some(path) = &path
            && let Err(cause) = kept.write(path)
        {
            terminal::print_aside(&format!("The guess could not be kept in {}: {cause}.\n", path.display()));
        }
    }
    Ok(terminal::print(&text::so_far(&kept))?)
}

/// The experiment that is named, or all that were not guessed yet.
fn asked(arguments: &Arguments, kept: &Kept) -> Result<Vec<Asked>, Failure> {
    match &arguments.experiment {
        Some(name) => {
            let (experiment, place, scenario) = source::experiment(name)?;
            if place.is_in_page() {
                return Err(ArgumentError::QuizOfPage(experiment.id).into());
            }
            Ok(vec![Asked { experiment, place, scenario }])
        }
        None => {
            let open = experiments::all().filter(|experiment| !kept.has(experiment.id));
            let here = |experiment: &'static Experiment| Asked {
                experiment,
                place: Place::Native,
                scenario: experiment.scenario(),
            };
            Ok(open.map(here).collect())
        }
    }
}

impl Asked {
    /// What its guess is kept by.
    fn name(&self) -> String {
        if self.place == Place::Native { self.experiment.id.to_owned() } else { self.experiment.name_in(self.place) }
    }
}

/// Asks until there is an order, or a line with nothing in it, or no line any more.
fn guess(input: &mut impl Iterator<Item = io::Result<String>>, lanes: usize) -> Result<Answer, Failure> {
    loop {
        terminal::print(&text::prompt(lanes))?;
        let line = input.next().transpose().map_err(ArgumentError::NoGuess)?;
        if !io::stdin().is_terminal() {
            // Nobody pressed Enter there.
            terminal::print("\n")?;
        }
        let Some(line) = line else { return Ok(Answer::Over) };
        if line.trim().is_empty() {
            return Ok(Answer::Skipped);
        }
        match Outcome::read_order(&line, lanes) {
            Ok(order) => return Ok(Answer::Guess(order)),
            Err(why) => terminal::print_aside(&format!("This is no order: {}.\n", visible(&why.to_string()))),
        }
    }
}

/// Runs what was guessed; a signal ends the run, or the program where it waits for a guess.
struct Session {
    interruption: Interruption,
    is_running: Arc<AtomicBool>,
}

impl Session {
    fn listen() -> Result<Self, Failure> {
        let is_running = Arc::new(AtomicBool::new(false));
        let runs = Arc::clone(&is_running);
        let interruption = Interruption::listen_and(move |signal| {
            // Nothing else wakes whoever waits for a line.
            if !runs.load(Ordering::SeqCst) {
                std::process::exit(signal.exit_code().into());
            }
        })?;
        Ok(Self { interruption, is_running })
    }

    fn run(&self, scenario: &Scenario, arguments: &Arguments) -> Result<Vec<LaneResult>, Failure> {
        let of_run = run::Arguments::of(arguments.python.clone(), None, true).on_scenario(scenario.to_json());
        let Prepared { scenario, options, .. } = prepare(&of_run)?;
        let watch = Watch::new(&scenario, arguments.quiet, false);
        self.is_running.store(true, Ordering::SeqCst);
        let results = Runner::new(options).session(&scenario, &self.interruption.cancel, &watch);
        self.is_running.store(false, Ordering::SeqCst);
        watch.close();
        self.interruption.check()?;
        Ok(results)
    }
}
