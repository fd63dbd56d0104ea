//! `lanes run`: a scenario in the native and Python lanes, the comparison, the verdict.
//!
//! ```text
//! main thread                          session thread            signal thread
//! prepare ─▶ wait ◀── Done(results) ── runner.session
//!             ▲ ◀──────────────────────────────────────────────── Interrupted, then cancels
//!             └─ after GRACE: the results so far
//! ```

use std::{
    path::PathBuf,
    sync::{
        Arc,
        mpsc::{self, Receiver, Sender},
    },
    thread,
    time::{Duration, Instant},
};

use lanes_core::{
    export::chrome::{self, LaneTrace},
    present::{list, of, words},
    report::{Agreement, Ending, LaneResult, agreement},
    result::result_file,
    scenario::{Lane, Place, Scenario},
};

use crate::runner::{CancelToken, Options, Runner, ServerLink};

use super::{
    Failure, deadlines,
    file::Target,
    list::lanes as native_lanes,
    lock::lock,
    machine::machine,
    python, source, style,
    table::table,
    timeline::{Axis, timeline},
    verdict::verdict,
    watch::Watch,
};

/// How long the lanes may take to end once they were told to. The runner kills what does not listen well before.
const GRACE: Duration = Duration::from_millis(700);

/// `lanes run`
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// A preset's name (see “lanes list”), a JSON file, a link, or “-” for standard input
    scenario: String,
    /// Run these lanes instead of the scenario's, such as native/async,native/threads
    #[arg(long, value_name = "LANES", value_delimiter = ',')]
    lanes: Vec<String>,
    /// Measured runs of each lane
    #[arg(long, value_name = "N")]
    repeats: Option<u32>,
    /// Unmeasured rounds before them
    #[arg(long, value_name = "N")]
    warmup: Option<u32>,
    /// Threads or processes of the lanes that have them
    #[arg(long, value_name = "N")]
    workers: Option<u32>,
    /// The file that the tasks work on, where the scenario wants one
    #[arg(long, value_name = "PATH")]
    file: Option<PathBuf>,
    /// The server of Lanes that scenarios with "from": "server" ask: the link that lanes serve printed
    #[arg(long, value_name = "URL")]
    server: Option<String>,
    /// Let the scenario's own addresses lead to this machine and its networks
    #[arg(long)]
    allow_private: bool,
    #[command(flatten)]
    deadlines: deadlines::Arguments,
    #[command(flatten)]
    python: python::Arguments,
    /// Write the results there, as JSON; “-” is standard output, and the table then goes to standard error
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Write the spans there, for ui.perfetto.dev or chrome://tracing
    #[arg(long, value_name = "FILE")]
    trace: Option<PathBuf>,
    /// Draw what every worker did, on one time axis or over the whole width each
    #[arg(long, value_enum, value_name = "AXIS", num_args = 0..=1, require_equals = true, default_missing_value = "shared")]
    timeline: Option<Axis>,
    /// No progress and no notices
    #[arg(long, short)]
    quiet: bool,
}

/// What happens while a session runs.
enum News {
    /// It ended, with the results unless it broke.
    Done(Option<Vec<LaneResult>>),
    /// Somebody pressed Ctrl-C, or the terminal is gone.
    Interrupted,
}

pub(super) fn command(arguments: &Arguments) -> Result<(), Failure> {
    let (scenario, notices) = prepare(arguments)?;
    let to_stdout = arguments.json.as_deref().is_some_and(|path| path.as_os_str() == "-");
    let json = arguments.json.as_deref().filter(|_| !to_stdout).map(|path| Target::at("--json", path)).transpose()?;
    let trace = arguments.trace.as_deref().map(|path| Target::at("--trace", path)).transpose()?;
    let token = CancelToken::default();
    let (tell, news) = mpsc::channel();
    listen(&token, &tell)?;
    if !arguments.quiet {
        notices.iter().for_each(|notice| style::print_aside(&format!("{notice}\n")));
    }
    let keeps_spans = trace.is_some() || arguments.timeline.is_some();
    let watch = Arc::new(Watch::new(&scenario, arguments.quiet, keeps_spans));
    start(arguments, &scenario, &watch, token, tell)?;
    let (results, interrupted) = wait(&news, &watch);
    watch.close();

    let kept = watch.shown(&results);
    let traces: Vec<LaneTrace<'_>> =
        results.iter().zip(&kept).filter_map(|(result, kept)| Some(kept.as_ref()?.trace(result.lane))).collect();
    let report = report(arguments, &scenario, &results, &traces);
    let machine = machine();
    let file = || format!("{:#}\n", result_file(&scenario, &machine, &results));
    let printed = if to_stdout {
        style::print_aside(&report);
        style::print(&file())
    } else {
        style::print(&report)
    };
    // Each output is tried, whatever became of the others.
    let written = json.map_or(Ok(()), |target| target.write(|out| out.write_all(file().as_bytes())));
    let traced = trace.map_or(Ok(()), |target| target.write(|mut out| chrome::write(&mut out, &scenario, &traces)));
    if interrupted {
        [written, traced].into_iter().filter_map(Result::err).for_each(|failure| failure.report());
        return Err(Failure::Interrupted);
    }
    match (written, traced) {
        (Err(written), Err(traced)) => {
            written.report();
            Err(traced)
        }
        (written, traced) => written.and(traced).and(printed).and(all_right(&scenario, &results)),
    }
}

/// The scenario to be run, and what a reader should know of how it came about.
fn prepare(arguments: &Arguments) -> Result<(Scenario, Vec<String>), Failure> {
    let (mut scenario, _) = source::load(&arguments.scenario)?;
    let mut notices = Vec::new();
    if arguments.lanes.is_empty() {
        let (here, elsewhere): (Vec<Lane>, Vec<Lane>) =
            scenario.lanes.iter().partition(|lane| lane.place != Place::Browser);
        if here.is_empty() {
            notices.push("The scenario names only lanes of the browser; running all native lanes instead.".to_owned());
            scenario.lanes = native_lanes();
        } else {
            if !elsewhere.is_empty() {
                notices.push(format!("Left out, because they run in the page (lanes serve): {}.", list(&elsewhere)));
            }
            scenario.lanes = here;
        }
    } else {
        scenario.lanes = chosen(&arguments.lanes)?;
    }
    scenario.repeats = arguments.repeats.unwrap_or(scenario.repeats);
    scenario.warmup = arguments.warmup.unwrap_or(scenario.warmup);
    scenario.workers = arguments.workers.unwrap_or(scenario.workers);
    let problems = scenario.problems();
    if !problems.is_empty() {
        return Err(Failure::Invalid { from: "the scenario with these arguments".into(), problems });
    }
    match &arguments.file {
        None if scenario.wants_file() => {
            return Err(Failure::other("the scenario works on a file of yours: name it with --file PATH"));
        }
        Some(path) => {
            let data = std::fs::File::open(path).and_then(|file| file.metadata());
            let data = data.map_err(|error| Failure::other(format!("--file {}: {error}", path.display())))?;
            if !data.is_file() {
                return Err(Failure::other(format!("--file {}: it is not a regular file", path.display())));
            }
            if !scenario.wants_file() {
                notices.push(format!("The scenario works on no file; {} is not read.", path.display()));
            }
        }
        None => {}
    }
    let title = if scenario.title.is_empty() { "Scenario" } else { scenario.title.as_str() };
    notices.insert(0, format!("{}  {}", style::paint(style::STRONG, title), words::job(&scenario)));
    Ok((scenario, notices))
}

/// The lanes named on the command line. A model alone means the native lane.
fn chosen(names: &[String]) -> Result<Vec<Lane>, Failure> {
    let mut lanes = Vec::new();
    for name in names.iter().map(|name| name.trim()) {
        let lane = match name.parse() {
            Ok(model) if !name.contains('/') => Lane::native(model),
            _ => name.parse::<Lane>().map_err(|error| Failure::other(format!("--lanes: {error}")))?,
        };
        if lane.place == Place::Browser {
            return Err(Failure::other(format!(
                "--lanes: {lane} runs in the page; “lanes serve” opens it, and native/{} runs here",
                lane.model.id()
            )));
        }
        if !lanes.contains(&lane) {
            lanes.push(lane);
        }
    }
    Ok(lanes)
}

/// Listens to Ctrl-C, to being told to end, and to the terminal being closed.
fn listen(token: &CancelToken, tell: &Sender<News>) -> Result<(), Failure> {
    let (token, tell) = (token.clone(), tell.clone());
    let interrupt = move || {
        // In this order: the session may have ended before the next line.
        let _ = tell.send(News::Interrupted);
        token.cancel();
    };
    ctrlc::set_handler(interrupt).map_err(|error| Failure::other(format!("Ctrl-C cannot be listened to: {error}")))
}

/// Starts the session on a thread of its own.
fn start(
    arguments: &Arguments,
    scenario: &Scenario,
    watch: &Arc<Watch>,
    token: CancelToken,
    tell: Sender<News>,
) -> Result<(), Failure> {
    let options = arguments.deadlines.on(Options {
        file: arguments.file.clone(),
        allow_private: arguments.allow_private,
        server: arguments.server.as_deref().map(ServerLink::read),
        python: arguments.python.options(),
        ..Options::default()
    });
    let (scenario, watch) = (scenario.clone(), Arc::clone(watch));
    let session = move || {
        // A panic has been printed; the results so far must still be.
        let run = || Runner::new(options).session(&scenario, &token, &*watch);
        let results = std::panic::catch_unwind(std::panic::AssertUnwindSafe(run));
        let _ = tell.send(News::Done(results.ok()));
    };
    match thread::Builder::new().name("session".into()).spawn(session) {
        Ok(_) => Ok(()),
        Err(error) => Err(Failure::other(format!("no thread can be started: {error}"))),
    }
}

/// The results once there are any, and whether Ctrl-C came first.
fn wait(news: &Receiver<News>, watch: &Watch) -> (Vec<LaneResult>, bool) {
    let mut deadline: Option<Instant> = None;
    loop {
        let next = match deadline {
            None => news.recv().ok(),
            Some(deadline) => news.recv_timeout(deadline.saturating_duration_since(Instant::now())).ok(),
        };
        match next {
            Some(News::Done(results)) => return (results.unwrap_or_else(|| watch.results()), deadline.is_some()),
            Some(News::Interrupted) => {
                deadline.get_or_insert_with(|| Instant::now() + GRACE);
            }
            None => return (watch.results(), deadline.is_some()),
        }
    }
}

/// Everything that is printed of the results.
fn report(arguments: &Arguments, scenario: &Scenario, results: &[LaneResult], traces: &[LaneTrace<'_>]) -> String {
    let width = style::width();
    if results.is_empty() {
        return "Nothing has run.\n".to_owned();
    }
    let mut report = String::new();
    if let Some(axis) = arguments.timeline {
        report.push_str(&timeline(traces, axis, width));
        report.push('\n');
    }
    report.push_str(&table(results, width));
    report.push_str(&lock(results, width));
    report.push('\n');
    report.push_str(&verdict(scenario, results, width));
    report
}

/// Whether every lane did the whole job and came to the right answer.
fn all_right(scenario: &Scenario, results: &[LaneResult]) -> Result<(), Failure> {
    let is_right = |lane: &LaneResult, agreement: Agreement| {
        lane.ending == Ending::Complete
            && agreement == Agreement::Agrees
            && lane.tasks().done == u64::from(scenario.tasks())
    };
    let lanes = results.iter().zip(agreement(results));
    let wrong: Vec<Lane> =
        lanes.filter(|(lane, agreement)| !is_right(lane, *agreement)).map(|(lane, _)| lane.lane).collect();
    if results.len() < scenario.lanes.len() {
        return Err(Failure::NotRight("the session broke before its end; what is above is what there was".into()));
    }
    if wrong.is_empty() {
        return Ok(());
    }
    let lanes = of(wrong.len() as u64, "lane", "lanes");
    Err(Failure::NotRight(format!("{lanes} did not do the whole job with the right answer: {}", list(&wrong))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use lanes_core::scenario::Model;

    fn names(lanes: &[&str]) -> Result<Vec<Lane>, Failure> {
        chosen(&lanes.iter().map(|lane| (*lane).to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn lanes_are_named_in_full_or_by_their_model() {
        let expected = vec![Lane::native(Model::Async), Lane::native(Model::Gil)];
        assert_eq!(names(&["async", " native/gil", "native/async"]).expect("lanes"), expected);
        assert!(names(&["browser/async"]).expect_err("not here").to_string().contains("native/async runs here"));
        assert!(names(&["fibers"]).expect_err("no lane").to_string().contains("“fibers”"));
    }
}
