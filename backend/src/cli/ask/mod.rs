//! `lanes ask`: a job in words that an engineer has becomes a scenario, and the lanes of one language run it.
//!
//! ```text
//! arguments ─▶ interpreter ─▶ calibrate (size of the computing) ─▶ scenario ─▶ forecast, by simulation ─▶ run, as “lanes run” does it
//!                                                                                                   └─▶ --dry-run ends here
//! ```

mod arguments;
pub(super) mod error;
mod forecast;
mod scenario;

use std::{fmt::Write, path::Path, thread, time::Duration};

use lanes_core::{
    predict::Asked,
    present::{count, duration, list, words},
    scenario::{Kernel, Lane, Model, Place, Scenario},
};

pub(super) use self::arguments::Arguments;
use self::{
    arguments::Language,
    error::AskError,
    forecast::{BUDGET, advice, forecasts, table, would_change},
    scenario::{Described, Task, describe},
};
use super::{failure::Failure, interruption::Interruption, run, source::SourceError, style};
use crate::{
    calibration::{Calibrator, Kept, default_path},
    here::native_lanes,
    machine::machine,
    python::{self, Candidate, Missing, Python},
    runner::Options,
    terminal,
    trial::Trial,
};

/// The computing of one task.
struct Computing {
    kernel: Kernel,
    size: u64,
    /// How long it takes in the language asked about.
    time: Duration,
    /// How long it takes in the language that the question names.
    as_asked: (Duration, Language),
}

pub(super) fn command(arguments: &Arguments) -> Result<(), Failure> {
    if arguments.wait.is_none() && arguments.compute.is_none() {
        return Err(AskError::NothingToDo.into());
    }
    let interpreters: Vec<_> = arguments.python.iter().cloned().collect();
    let run_arguments = run::Arguments::of(interpreters.clone(), arguments.json.clone(), arguments.quiet);
    let python_options = run_arguments.python.options()?;
    // A trial that is ended before its time takes its interpreter and its folder along.
    let interruption = Interruption::listen()?;
    let trial = Trial::new(python_options.clone(), interruption.cancel.clone());
    let candidates = python::find(&interpreters);
    let interpreter = python::choose(&candidates, Lane::python(Model::Threads));
    let language = match (arguments.language, &interpreter) {
        (Some(language), _) => language,
        // Whoever names one wants to hear what is wrong with it.
        (None, Err(_)) if arguments.python.is_none() => Language::Native,
        (None, _) => Language::Python,
    };
    let computing = computing(arguments, language, &trial, &interpreter);
    interruption.check()?;
    let computing = computing?;
    let interpreter = match language {
        Language::Python => Some(interpreter.map_err(|missing| AskError::NoPython { missing })?),
        Language::Native => None,
    };
    let task =
        Task { wait: arguments.wait, compute: computing.as_ref().map(|computing| (computing.kernel, computing.size)) };
    let Described { scenario, decisions } = describe(arguments, &task, lanes(language, &candidates));
    let scenario = scenario.validate().map_err(|problems| SourceError::Invalid {
        from: "the scenario that these arguments describe".into(),
        problems,
    })?;
    let path = default_path();
    let kept = path.as_ref().map_or_else(Kept::default, |path| Kept::read(path, &machine()));
    let options = Options { python: python_options, ..Options::default() };
    let mut calibrator = Calibrator::new(options, &candidates, interruption.cancel.clone(), kept);
    let asked = Asked { scenario: &scenario, cores: arguments.cores, file_bytes: 0 };
    let forecasts = forecasts(&asked, &mut calibrator, &mut |what| {
        if !arguments.quiet {
            terminal::print_aside(&format!("measuring {what}\n"));
        }
    });
    interruption.check()?;
    let would_change = would_change(&asked, &mut calibrator);
    let not_kept = calibrator.keep(path.as_deref()).err();
    let advice = advice(&scenario, &forecasts);
    let mut chosen = scenario.clone().into_inner();
    chosen.lanes = forecasts.iter().filter(|forecast| !forecast.is_too_long()).map(|forecast| forecast.lane).collect();
    if chosen.lanes.is_empty() {
        return Err(AskError::Endless { budget: BUDGET, advice }.into());
    }
    let scenario = chosen.validate().map_err(|problems| SourceError::Invalid {
        from: "the scenario that these arguments describe".into(),
        problems,
    })?;

    let mut plan = String::new();
    if arguments.dry_run {
        // A run says it itself.
        let _ = writeln!(plan, "{}  {}", style::paint(style::STRONG, &scenario.title), words::job(&scenario));
    }
    let sentences = computing.iter().map(|computing| computing.sentence(language, interpreter)).chain(decisions);
    for sentence in sentences {
        plan.push_str(&style::wrapped("", &sentence, style::width()));
    }
    let run_arguments = run_arguments.on_scenario(scenario.to_json());
    let _ = writeln!(plan, "\nThe same again:\n{}\n", command_line(&scenario, arguments));
    let cores = thread::available_parallelism().map_or(1, usize::from);
    plan.push_str(&table(&scenario, &forecasts, arguments.cores.map_or(cores, |cores| cores as usize)));
    plan.push_str(&would_change);
    if scenario.lanes.len() < forecasts.len() {
        let left_out: Vec<Lane> = forecasts.iter().filter(|one| one.is_too_long()).map(|one| one.lane).collect();
        let sentence = format!(
            "Left out, because {} longer than {} in all: {}. To have {} too, {advice}.",
            if left_out.len() == 1 { "it would take" } else { "each would take" },
            duration(BUDGET.as_nanos() as u64),
            list(&left_out),
            if left_out.len() == 1 { "it" } else { "them" },
        );
        plan.push_str(&style::wrapped("", &sentence, style::width()));
    }
    if let Some(why) = not_kept {
        plan.push_str(&style::wrapped("", &why, style::width()));
    }
    if arguments.dry_run {
        return Ok(terminal::print(&plan)?);
    }
    if !arguments.quiet {
        terminal::print_aside(&format!("{plan}\n"));
    }
    interruption.check()?;
    run::command(&run_arguments)
}

/// The computing that takes as long as was asked.
fn computing(
    arguments: &Arguments,
    language: Language,
    trial: &Trial,
    interpreter: &Result<&Python, Missing>,
) -> Result<Option<Computing>, Failure> {
    let Some(compute) = arguments.compute else { return Ok(None) };
    let whose = compute.language.unwrap_or(language);
    if (whose == Language::Python || language == Language::Python)
        && let Err(missing) = interpreter
    {
        return Err(AskError::NoPython { missing: missing.clone() }.into());
    }
    let kernel = arguments.lock.unwrap_or_default().kernel();
    let asked_ns = compute.time.as_nanos() as f64;
    let speed = trial.speed(kernel, whose.place(), asked_ns)?;
    let (size, largest) = (speed.size_for(asked_ns), kernel.about().max_size);
    if size > largest {
        let most_ns = speed.time_of(largest);
        return Err(AskError::TooLong { asked: compute.time, kernel, place: whose.place(), most_ns }.into());
    }
    let of_whose = Duration::from_nanos(speed.time_of(size) as u64);
    let time = if whose == language {
        of_whose
    } else {
        // Only a sentence needs it, so one trial that is short does.
        let speed = trial.quick_speed(kernel, language.place(), size)?;
        Duration::from_nanos(speed.time_of(size) as u64)
    };
    Ok(Some(Computing { kernel, size, time, as_asked: (of_whose, whose) }))
}

impl Computing {
    /// What was found out, in a sentence.
    fn sentence(&self, language: Language, interpreter: Option<&Python>) -> String {
        let title = |language: Language| match (language, interpreter) {
            (Language::Python, Some(python)) => python.name(),
            (Language::Python, None) => words::place_title(Place::Python).to_owned(),
            (Language::Native, _) => "machine code".to_owned(),
        };
        let (time, whose) = self.as_asked;
        let about = self.kernel.about();
        let lock = if about.releases_gil { "lets go of Python's lock" } else { "holds Python's lock" };
        let mut sentence = format!(
            "Computing is {} here: {} {} take about {} in {}",
            about.title,
            count(self.size),
            about.unit,
            duration(time.as_nanos() as u64),
            title(whose),
        );
        if whose != language {
            let _ = write!(sentence, ", and about {} in {}", duration(self.time.as_nanos() as u64), title(language));
        }
        if language == Language::Python {
            let _ = write!(sentence, "; it {lock}");
        }
        sentence + "."
    }
}

/// The lanes of a language that can run here.
fn lanes(language: Language, candidates: &[Candidate]) -> Vec<Lane> {
    match language {
        Language::Python => {
            let all = [Model::Sequential, Model::Async, Model::Threads, Model::Processes, Model::Hybrid];
            let lanes = all.map(Lane::python).into_iter().chain(other_interpreters(candidates));
            lanes.filter(|lane| python::missing(candidates, *lane).is_none()).collect()
        }
        // The modelled lock is Python's, and nothing that one would choose.
        Language::Native => native_lanes().into_iter().filter(|lane| lane.model != Model::Gil).collect(),
    }
}

/// The lane of several interpreters, if the Python that runs the other lanes has them: two Pythons would be compared
/// otherwise, not two models.
fn other_interpreters(candidates: &[Candidate]) -> Option<Lane> {
    let python = python::choose(candidates, Lane::python(Model::Threads)).ok()?;
    python.interpreters.then(|| Lane::python(Model::Interpreters))
}

/// The command that does the same.
fn command_line(scenario: &Scenario, arguments: &Arguments) -> String {
    let mut line = format!("lanes run {}", python::quoted(Path::new(&scenario.to_json())));
    for (option, path) in [("--python", &arguments.python), ("--json", &arguments.json)] {
        if let Some(path) = path {
            let _ = write!(line, " {option} {}", python::quoted(path));
        }
    }
    line
}
