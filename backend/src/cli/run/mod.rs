//! `lanes run`: a scenario in the native and Python lanes, the comparison, the verdict.
//!
//! ```text
//! main thread                          session thread            signal thread
//! prepare ─▶ wait ◀── Done(results) ── runner.session
//!             ▲ ◀──────────────────────────────────────────────── Signal, then cancels
//!             └─ after GRACE: the results so far
//!                                      output thread
//! print, write ─▶ wait ◀── Written ─── table, result file, trace: a pipe's reader may let it wait for ever
//! ```

mod arguments;
mod compute;
mod effects;
mod fields;
mod outputs;
mod prepare;
pub(super) mod settings;

use std::{
    sync::{
        Arc,
        mpsc::{self, Receiver, Sender},
    },
    thread,
    time::{Duration, Instant},
};

use lanes_core::{
    export::chrome::LaneTrace,
    present::{list, of},
    report::{Agreement, Ending, LaneResult, agreement},
    result::Machine,
    scenario::{Lane, ValidScenario},
};

use self::outputs::{Found, Outputs};
pub(super) use self::{
    arguments::{Arguments, repeats},
    fields::{Field, field},
    prepare::{Prepared, prepare},
};
use super::{
    curve::curve,
    failure::Failure,
    lock::lock,
    style,
    table::table,
    target::Extent,
    timeline::{Axis, timeline},
    verdict::verdict_text,
    watch::Watch,
};
use crate::{
    machine::machine,
    other_work::{OtherWork, WORTH_SAYING_PERCENT},
    runner::{CancelToken, Options, Runner},
    signals::{EndSignal, on_signal},
    terminal,
    threads::ThreadError,
};

/// How long the lanes may take to end once they were told to. The runner kills what does not listen well before.
const GRACE: Duration = Duration::from_millis(700);

/// What happens while a session runs and its results are written.
enum News {
    /// It ended, with the results unless it broke.
    Done(Option<Vec<LaneResult>>),
    /// The outputs are written, or not.
    Written(Result<(), Failure>),
    /// Somebody wants it to end.
    Signal(EndSignal),
}

pub(super) fn command(arguments: &Arguments) -> Result<(), Failure> {
    let Prepared { scenario, file, options, notices } = prepare(arguments)?;
    let outputs = Outputs::prepare(arguments, file.as_deref())?;
    crate::limits::raise_descriptors();
    let token = CancelToken::default();
    let (tell, news) = mpsc::channel();
    listen(&token, &tell)?;
    if !arguments.quiet {
        notices.iter().for_each(|notice| terminal::print_aside(&format!("{notice}\n")));
    }
    let keeps_spans = outputs.wants_spans() || arguments.timeline.is_some();
    let watch = Arc::new(Watch::new(&scenario, arguments.quiet, keeps_spans));
    let other_work = OtherWork::begin();
    start(options, &scenario, &watch, token, tell.clone())?;
    let (results, ended_by) = wait(&news, &watch);
    watch.close();
    let machine = Machine { other_work_percent: other_work.percent(), ..machine() };
    let session = Session { scenario, results, machine, watch, timeline: arguments.timeline };
    let written = write(session, outputs, ended_by, (tell, &news));
    match ended_by {
        None => written,
        Some(signal) => {
            if let Err(failure) = written {
                failure.report();
            }
            Err(Failure::Ended(signal))
        }
    }
}

/// Listens to the signals that ask it to end.
fn listen(token: &CancelToken, tell: &Sender<News>) -> Result<(), Failure> {
    let (token, tell) = (token.clone(), tell.clone());
    Ok(on_signal(move |signal| {
        // In this order: the session may have ended before the next line.
        let _ = tell.send(News::Signal(signal));
        token.cancel();
    })?)
}

/// Starts the session on a thread of its own.
fn start(
    options: Options,
    scenario: &ValidScenario,
    watch: &Arc<Watch>,
    token: CancelToken,
    tell: Sender<News>,
) -> Result<(), Failure> {
    let (scenario, watch) = (scenario.clone(), Arc::clone(watch));
    let session = move || {
        // A panic has been printed; the results so far must still be. Native release builds unwind for this.
        let run = || Runner::new(options).session(&scenario, &token, &*watch);
        let results = std::panic::catch_unwind(std::panic::AssertUnwindSafe(run));
        let _ = tell.send(News::Done(results.ok()));
    };
    thread::Builder::new().name("session".into()).spawn(session).map_err(ThreadError::from)?;
    Ok(())
}

/// The results once there are any, and the signal that came first.
fn wait(news: &Receiver<News>, watch: &Watch) -> (Vec<LaneResult>, Option<EndSignal>) {
    let mut ending: Option<(EndSignal, Instant)> = None;
    loop {
        let next = match ending {
            None => news.recv().ok(),
            Some((_, until)) => news.recv_timeout(until.saturating_duration_since(Instant::now())).ok(),
        };
        let ended_by = ending.map(|(signal, _)| signal);
        match next {
            Some(News::Done(results)) => return (results.unwrap_or_else(|| watch.results()), ended_by),
            Some(News::Signal(signal)) => {
                ending.get_or_insert_with(|| (signal, Instant::now() + GRACE));
            }
            Some(News::Written(_)) => {}
            None => return (watch.results(), ended_by),
        }
    }
}

/// A session that is over.
struct Session {
    scenario: ValidScenario,
    results: Vec<LaneResult>,
    machine: Machine,
    watch: Arc<Watch>,
    timeline: Option<Axis>,
}

/// Prints and writes everything on a thread of its own, so that a pipe that nobody reads holds up no signal.
fn write(
    session: Session,
    outputs: Outputs,
    ended_by: Option<EndSignal>,
    (tell, news): (Sender<News>, &Receiver<News>),
) -> Result<(), Failure> {
    let extent = if ended_by.is_some() { Extent::Interrupted } else { Extent::Whole };
    let write = move || {
        let _ = tell.send(News::Written(session.write(&outputs, extent)));
    };
    thread::Builder::new().name("output".into()).spawn(write).map_err(ThreadError::from)?;
    let mut ending: Option<(EndSignal, Instant)> = None;
    loop {
        let next = match ending {
            None => news.recv().ok(),
            // What is nearly done may still be; a temporary file that is left beside its target helps nobody.
            Some((_, until)) => news.recv_timeout(until.saturating_duration_since(Instant::now())).ok(),
        };
        match (next, ending) {
            (Some(News::Written(written)), _) => return written,
            (Some(News::Signal(signal)), None) => ending = Some((signal, Instant::now() + GRACE)),
            (None, Some((signal, _))) => return Err(Failure::EndedWhileWriting(signal)),
            _ => {}
        }
    }
}

impl Session {
    fn write(&self, outputs: &Outputs, extent: Extent) -> Result<(), Failure> {
        let Self { scenario, results, machine, watch, timeline } = self;
        let kept = watch.shown(results);
        let traces: Vec<LaneTrace<'_>> =
            results.iter().zip(&kept).filter_map(|(result, kept)| Some(kept.as_ref()?.trace(result.lane))).collect();
        let report = report(*timeline, scenario, results, machine, &traces);
        outputs.write(&Found { report: &report, scenario, machine, results, traces: &traces }, extent)?;
        // Who ended it knows that not every lane is whole.
        if extent == Extent::Interrupted { Ok(()) } else { all_right(scenario, results) }
    }
}

/// Everything that is printed of the results.
fn report(
    axis: Option<Axis>,
    scenario: &ValidScenario,
    results: &[LaneResult],
    machine: &Machine,
    traces: &[LaneTrace<'_>],
) -> String {
    let width = style::width();
    if results.is_empty() {
        return "Nothing has run.\n".to_owned();
    }
    let mut report = String::new();
    if let Some(axis) = axis {
        report.push_str(&timeline(traces, axis, width));
        report.push('\n');
    }
    report.push_str(&table(results, width));
    report.push_str(&curve(scenario, results));
    report.push_str(&lock(results, width));
    if let Some(percent) = machine.other_work_percent.filter(|percent| *percent >= WORTH_SAYING_PERCENT) {
        let sentence = format!(
            "During the runs this machine was {percent} % busy with other work: times are longer than on an idle one, and \
             lanes that use more cores suffer more."
        );
        report.push_str(&style::paint(style::WARN, style::wrapped("", &sentence, width).trim_end()));
        report.push('\n');
    }
    report.push('\n');
    report.push_str(&verdict_text(scenario, results, machine, width));
    report
}

/// Whether every lane did the whole job and came to the right answer.
fn all_right(scenario: &ValidScenario, results: &[LaneResult]) -> Result<(), Failure> {
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
