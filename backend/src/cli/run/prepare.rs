//! From the arguments to what is run: the scenario, the options of the runner, and what a reader should know of how they
//! came about. It runs nothing.

use std::{path::PathBuf, time::Duration};

use axum::http::Uri;
use lanes_core::{
    present::{list, words},
    scenario::{Lane, Place, ValidScenario},
};

use super::{
    super::{
        arguments::ArgumentError,
        failure::Failure,
        source::{self, SourceError},
        style,
    },
    arguments::Arguments,
    compute::set_sizes,
    effects::without_effect,
    fields,
};
use crate::{
    here::{lanes_of_calls, native_lanes},
    other_work,
    own::{OwnFile, longest},
    python::OwnCode,
    runner::{CancelToken, Options, ServerLink},
    terminal::{self, visible},
    trial::Trial,
};

/// Runnable tasks of others for each core from which on a machine is called busy before a run.
const BUSY_TASKS_PER_CORE: f64 = 0.5;

/// What is run.
pub(in crate::cli) struct Prepared {
    /// With everything that the arguments say.
    pub(in crate::cli) scenario: ValidScenario,
    /// The file that it was read from.
    pub(super) file: Option<PathBuf>,
    pub(in crate::cli) options: Options,
    /// Sentences for whoever waits.
    pub(super) notices: Vec<String>,
}

/// Follows the arguments.
pub(in crate::cli) fn prepare(arguments: &Arguments) -> Result<Prepared, Failure> {
    let own = match OwnFile::of(&arguments.scenario) {
        Some(file) => {
            let lanes = chosen(&arguments.lanes, Place::Python)?;
            Some(file.load(&arguments.own, &arguments.python.options()?.interpreters, &lanes)?)
        }
        None => None,
    };
    let (mut scenario, file, notice, is_ours) = match &own {
        Some(own) => (own.scenario.clone(), Some(own.path.clone()), None, false),
        None => {
            let source::Loaded { scenario, file, notice, is_ours, .. } = source::load(&arguments.scenario)?;
            (scenario, file, notice, is_ours)
        }
    };
    let may_run_code = arguments.run_code || is_ours;
    if let Some(call) = scenario.call().filter(|_| own.is_none()) {
        if call.source().is_none() {
            return Err(ArgumentError::named(call).into());
        }
        if !may_run_code {
            return Err(ArgumentError::brings_code(call).into());
        }
    }
    let mut notices: Vec<String> = notice.map(str::to_owned).into_iter().collect();
    if arguments.lanes.is_empty() {
        let (here, elsewhere): (Vec<Lane>, Vec<Lane>) =
            scenario.lanes.iter().partition(|lane| !lane.place.is_in_page());
        if here.is_empty() && scenario.call().is_some() {
            notices
                .push("The scenario names only lanes of the page; running lanes of CPython here instead.".to_owned());
            scenario.lanes = lanes_of_calls();
        } else if here.is_empty() {
            notices.push("The scenario names only lanes of the page; running all native lanes instead.".to_owned());
            scenario.lanes = native_lanes();
        } else {
            if !elsewhere.is_empty() {
                notices.push(format!("Left out, because they run in the page (lanes serve): {}.", list(&elsewhere)));
            }
            scenario.lanes = here;
        }
    } else {
        let place = if scenario.call().is_some() { Place::Python } else { Place::Native };
        scenario.lanes = chosen(&arguments.lanes, place)?;
    }
    scenario.repeats = arguments.repeats.unwrap_or(scenario.repeats);
    scenario.goal = arguments.goal.unwrap_or(scenario.goal);
    scenario.budget_s = arguments.budget.unwrap_or(scenario.budget_s);
    scenario.warmup = arguments.warmup.unwrap_or(scenario.warmup);
    scenario.seed = arguments.seed.unwrap_or(scenario.seed);
    arguments.settings.apply(&mut scenario, arguments.python.start_methods());
    let mut one_by_one = None;
    if let Some(own) = &own {
        let say = |sentence: &str| {
            if !arguments.quiet {
                terminal::print_aside(&style::wrapped("", sentence, style::width()));
            }
        };
        say(&own.warning(&scenario, &arguments.own));
        let (sentences, expected) =
            own.try_first(&mut scenario, arguments.settings.plan(), arguments.deadlines.task_deadline());
        sentences.iter().for_each(|sentence| say(sentence));
        one_by_one = expected;
    }
    let scenario = fields::set(&scenario, &arguments.fields)
        .map_err(|problems| SourceError::Invalid { from: "the scenario with these arguments".into(), problems })?;
    let mut options = options(arguments)?;
    options.python.own_code = match (own, may_run_code) {
        (Some(own), _) => OwnCode::File(own.path),
        (None, true) => OwnCode::Allowed,
        (None, false) => OwnCode::Refused,
    };
    options.python.deadline = options.python.deadline.max(one_by_one.map_or(Duration::ZERO, longest));
    options.python.memory_limit = arguments.own.memory_limit_bytes();
    let scenario = match arguments.compute_ms {
        None => scenario,
        Some(wanted) => {
            let mut sized = scenario.into_inner();
            let trial = Trial::new(options.python.clone(), CancelToken::default());
            notices.extend(set_sizes(&mut sized, wanted, &trial)?);
            let invalid = |problems| SourceError::Invalid { from: "the scenario with these sizes".into(), problems };
            sized.validate().map_err(invalid)?
        }
    };
    match &arguments.file {
        None if scenario.wants_file() => return Err(ArgumentError::FileWanted.into()),
        None => {}
        Some(path) => {
            let about = std::fs::File::open(path).and_then(|file| file.metadata());
            let about = about.map_err(|cause| ArgumentError::FileUnreadable { path: path.clone(), cause })?;
            if !about.is_file() {
                return Err(ArgumentError::NotAFile(path.clone()).into());
            }
        }
    }
    notices.extend(without_effect(arguments, &scenario));
    let title = if scenario.title.is_empty() { "Scenario".into() } else { visible(&scenario.title) };
    notices.insert(0, format!("{}  {}", style::paint(style::STRONG, title), visible(&words::job(&scenario))));
    if !arguments.quiet {
        notices.extend(busy_now());
    }
    Ok(Prepared { scenario, file, options, notices })
}

fn options(arguments: &Arguments) -> Result<Options, Failure> {
    Ok(arguments.deadlines.on(Options {
        file: arguments.file.clone(),
        allow_private: arguments.allow_private,
        server: arguments.server.as_deref().map(server).transpose()?,
        python: arguments.python.options()?,
        ..Options::default()
    }))
}

/// The server that a link leads to.
fn server(link: &str) -> Result<ServerLink, ArgumentError> {
    let server = ServerLink::read(link);
    let is_address = server.base.parse::<Uri>().is_ok_and(|uri| {
        matches!(uri.scheme_str(), Some("http" | "https")) && uri.host().is_some_and(|host| !host.is_empty())
    });
    if is_address { Ok(server) } else { Err(ArgumentError::NotAServer(link.to_owned())) }
}

/// The lanes named on the command line. A model alone means the lane of the place where the scenario is at home.
fn chosen(names: &[String], default: Place) -> Result<Vec<Lane>, ArgumentError> {
    let mut lanes = Vec::new();
    for name in names.iter().map(|name| name.trim()) {
        let lane = match name.parse() {
            Ok(model) if !name.contains('/') => Lane::new(default, model),
            _ => name.parse::<Lane>().map_err(|error| ArgumentError::NoSuchLane(error.to_string()))?,
        };
        if lane.place.is_in_page() {
            return Err(ArgumentError::BrowserLane { lane });
        }
        if !lanes.contains(&lane) {
            lanes.push(lane);
        }
    }
    Ok(lanes)
}

/// A warning where others want this machine's processors already.
fn busy_now() -> Option<String> {
    let tasks = other_work::runnable_now()?;
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    (tasks >= BUSY_TASKS_PER_CORE * cores as f64).then(|| {
        format!(
            "This machine is busy: {tasks:.1} other tasks on average want its {cores} processors right now, so times will \
             be longer than on an idle one."
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use lanes_core::scenario::Model;

    fn names(lanes: &[&str]) -> Result<Vec<Lane>, ArgumentError> {
        chosen(&lanes.iter().map(|lane| (*lane).to_owned()).collect::<Vec<_>>(), Place::Native)
    }

    #[test]
    fn lanes_are_named_in_full_or_by_their_model() {
        let expected = vec![Lane::native(Model::Async), Lane::native(Model::Gil)];
        assert_eq!(names(&["async", " native/gil", "native/async"]).expect("lanes"), expected);
        assert!(names(&["browser/async"]).expect_err("not here").to_string().contains("native/async runs here"));
        assert!(names(&["fibers"]).expect_err("no lane").to_string().contains("“fibers”"));
    }

    #[test]
    fn a_server_is_an_address() {
        let read = server("http://127.0.0.1:8080/#token=abc").expect("as it is printed");
        assert_eq!((read.base.as_str(), read.token.as_deref()), ("http://127.0.0.1:8080/", Some("abc")));
        for nonsense in ["nonsense", "", "ftp://a.example/", "http://", "http:///api", "http://a b/"] {
            let why = server(nonsense).expect_err("no address").to_string();
            assert!(why.contains("--server") && why.contains("lanes serve"), "{why}");
        }
    }
}
