//! Everything that is asked before a lane is begun: is there an interpreter, has it what the program needs, may the
//! scenario's addresses be asked, would it take for ever?

use std::{
    io,
    net::ToSocketAddrs,
    path::PathBuf,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use lanes_core::{
    export::program::{Language, NoProgram, Program, program},
    plan::Plan,
    report::Ending,
    run::world::StepError,
    scenario::{From, Lane, Model, NotInPlace, Step},
    trace::{Span, State},
    wire::Frame,
};

use super::{
    choose::{self, Missing, Package},
    estimate,
    events::time,
    execution::{ExecuteError, execute},
    find,
    interpreter::Python,
    options::Options,
    order::{Kill, Order},
    own::{self, OwnError},
};
use crate::engine::{self, CancelToken, Listener, Network, net::Policy};

/// The longest that trying out the kernels may take.
const TRIAL: Duration = Duration::from_secs(10);

/// The most that Python makes of simulated answers: about half a minute of it.
const MOST_PREPARED_BYTES: u64 = 512 << 20;

/// Why a lane was not run.
#[derive(Debug, thiserror::Error)]
pub(super) enum LaneError {
    #[error(transparent)]
    Missing(#[from] Missing),
    #[error(transparent)]
    Package(#[from] Package),
    #[error(transparent)]
    Program(#[from] NoProgram),
    #[error(
        "the scenario asks the server of Lanes, and none is known here: run it in the page of lanes serve, give the link \
         that lanes serve prints as --server, or use simulated answers"
    )]
    NoServer,
    /// An address of the scenario may not be asked; the sentence says which and why.
    #[error("{0}")]
    Address(String),
    #[error(
        "Python would make {} MiB of simulated answers before it begins, and {} MiB is the limit: choose fewer tasks or \
         shorter answers, or ask a server",
        .0 >> 20, MOST_PREPARED_BYTES >> 20
    )]
    TooManyAnswers(u64),
    #[error(transparent)]
    NoFile(StepError),
    #[error(transparent)]
    Place(#[from] NotInPlace),
    #[error("{}: {cause}", .path.display())]
    File { path: PathBuf, cause: io::Error },
    #[error(
        "{python} would compute for about {} here, and {} is the limit: choose a smaller size or fewer tasks, or allow it \
         with --python-limit {}",
        time(*.expected), time(*.limit), .expected.as_secs().next_multiple_of(60) * 2
    )]
    TooLong { python: String, expected: Duration, limit: Duration },
    #[error("{python} could not be tried out: {why}")]
    Trial { python: String, why: String },
    #[error(transparent)]
    Own(#[from] OwnError),
    #[error(transparent)]
    Execute(#[from] ExecuteError),
}

/// The interpreter and the program, if everything is there that they need.
///
/// # Errors
/// What is missing or not allowed, and what would help.
pub(super) fn prepare(order: &Order<'_>, cancel: &CancelToken) -> Result<(Python, Program), LaneError> {
    let scenario = order.plan.scenario();
    scenario.check_place(order.lane.place)?;
    if let Some(call) = scenario.call() {
        own::admit(call, &order.options.own_code)?;
    }
    let candidates = find::find(&order.options.interpreters);
    // What is missing now may be there the next time.
    let python = choose::choose(&candidates, order.lane).inspect_err(|_| find::forget())?;
    let program = program(scenario, order.lane, Language::Python)?;
    choose::has_all(python, &program.needs).inspect_err(|_| find::forget())?;
    if scenario.wants_server() && order.network.server.is_none() {
        return Err(LaneError::NoServer);
    }
    admit(&order.plan, order.network.policy())?;
    let prepared = simulated_bytes(&order.plan);
    if prepared > MOST_PREPARED_BYTES {
        return Err(LaneError::TooManyAnswers(prepared));
    }
    let file_bytes = match order.file {
        _ if !scenario.wants_file() => 0,
        None => return Err(LaneError::NoFile(engine::NO_FILE)),
        Some(path) => match std::fs::metadata(path) {
            Ok(about) => about.len(),
            Err(cause) => return Err(LaneError::File { path: path.to_owned(), cause }),
        },
    };
    let trial = |plan: &Plan| try_out(plan, order, python, cancel);
    let expected = estimate::compute_time(python, order.lane.model, &order.plan, file_bytes, trial)?;
    let limit = order.options.limit;
    if expected > limit && !cancel.is_cancelled() {
        return Err(LaneError::TooLong { python: python.name(), expected, limit });
    }
    Ok((python.clone(), program))
}

/// Bytes of all simulated answers, which the programs make beforehand.
fn simulated_bytes(plan: &Plan) -> u64 {
    let of_step = |step: &Step| match step {
        Step::Fetch(fetch) if fetch.from == From::Simulated => u64::from(fetch.bytes),
        _ => 0,
    };
    let groups = plan.scenario().groups.iter();
    groups.map(|group| u64::from(group.tasks) * group.steps.iter().map(of_step).sum::<u64>()).sum()
}

/// Whether all addresses of the scenario may be asked, as far as that can be told before, so that it is said in one
/// sentence. The program resolves their names again, and follows redirects, by itself: there `lanes_trace.py` keeps it
/// from connecting to what the policy refuses.
fn admit(plan: &Plan, policy: Policy) -> Result<(), LaneError> {
    let mut hosts = std::collections::BTreeSet::new();
    for step in plan.scenario().steps() {
        let Step::Fetch(fetch) = step else { continue };
        let From::Urls(urls) = &fetch.from else { continue };
        for url in urls {
            let uri =
                url.parse().map_err(|_| LaneError::Address(format!("{url} is not an address that can be asked")))?;
            policy.check(&uri).map_err(|why| LaneError::Address(why.to_string()))?;
            hosts.insert((uri.host().unwrap_or_default().to_owned(), uri.port_u16().unwrap_or(80)));
        }
    }
    for (host, port) in hosts {
        // A name that nobody knows fails in the program, task by task.
        for address in (host.as_str(), port).to_socket_addrs().into_iter().flatten() {
            policy.admit(&host, address.ip()).map_err(|why| LaneError::Address(why.to_string()))?;
        }
    }
    Ok(())
}

/// Runs a plan one task after another, and says how long each task computed.
fn try_out(plan: &Plan, order: &Order<'_>, python: &Python, cancel: &CancelToken) -> Result<Vec<u64>, LaneError> {
    struct Times(Mutex<Vec<Span>>);
    impl Listener for Times {
        fn started(&self, _: u64, _: u16) {}
        fn frame(&self, frame: Frame) {
            self.0.lock().unwrap_or_else(PoisonError::into_inner).extend(frame.spans);
        }
    }
    let lane = Lane::python(Model::Sequential);
    let program = program(plan.scenario(), lane, Language::Python)?;
    let options = Options { deadline: TRIAL, ..order.options.clone() };
    let trial = Order {
        run: 0,
        lane,
        plan: plan.clone(),
        options: &options,
        file: None,
        network: Network::default(),
        recording: true,
        known: order.known,
        clock_resolution_ns: order.clock_resolution_ns,
    };
    let times = Times(Mutex::default());
    let report = execute(&trial, python, &program, &Kill::default(), cancel, &times)?;
    match report.ending {
        Ending::Complete => {}
        Ending::Cancelled => return Ok(Vec::new()),
        Ending::Broken(why) => return Err(LaneError::Trial { python: python.name(), why }),
    }
    let mut spans = times.0.into_inner().unwrap_or_else(PoisonError::into_inner);
    spans.retain(|span| span.state == State::Compute);
    spans.sort_by_key(|span| span.task);
    Ok(spans.iter().map(Span::duration_ns).collect())
}
