//! Everything that is asked before a lane is begun: is there an interpreter, has it what the program needs, may the
//! scenario's addresses be asked, would it take for ever?

use std::{
    net::ToSocketAddrs,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use lanes_core::{
    export::program::{Language, Program, program},
    plan::Plan,
    present::duration,
    report::Ending,
    scenario::{From, Lane, Model, Step},
    trace::{Span, State},
    wire::Frame,
};

use super::{
    Options, Python, choose, estimate, find,
    run::{Kill, Order, perform},
};
use crate::engine::{self, CancelToken, Listener, Network, net::Policy};

/// The longest that trying out the kernels may take.
const TRIAL: Duration = Duration::from_secs(10);

/// The most that Python makes of simulated answers: about half a minute of it.
const MOST_PREPARED_BYTES: u64 = 512 << 20;

/// The interpreter and the program, if everything is there that they need.
pub(super) fn prepare(order: &Order<'_>, cancel: &CancelToken) -> Result<(Python, Program), String> {
    let scenario = order.plan.scenario();
    let candidates = find::find(&order.options.interpreters);
    // What is missing now may be there the next time.
    let python = choose::choose(&candidates, order.lane).inspect_err(|_| find::forget())?;
    let program = program(scenario, order.lane, Language::Python).map_err(|why| why.to_string())?;
    choose::has_all(python, &program.needs).inspect_err(|_| find::forget())?;
    if scenario.wants_server() && order.network.server.is_none() {
        return Err(
            "the scenario asks the server of Lanes, and none is known here: run it in the page of lanes serve, \
                    give the link that lanes serve prints as --server, or use simulated answers"
                .into(),
        );
    }
    admit(&order.plan, order.network.policy())?;
    let prepared = simulated_bytes(&order.plan);
    if prepared > MOST_PREPARED_BYTES {
        return Err(format!(
            "Python would make {} MiB of simulated answers before it begins, and {} MiB is the limit: choose fewer tasks \
             or shorter answers, or ask a server",
            prepared >> 20,
            MOST_PREPARED_BYTES >> 20
        ));
    }
    let file_bytes = match order.file {
        _ if !scenario.wants_file() => 0,
        None => return Err(engine::no_file()),
        Some(path) => std::fs::metadata(path).map_err(|error| format!("{}: {error}", path.display()))?.len(),
    };
    let trial = |plan: &Plan| try_out(plan, order, python, cancel);
    let expected = estimate::compute_time(python, order.lane.model, &order.plan, file_bytes, trial)?;
    let limit = order.options.limit;
    if expected > limit && !cancel.is_cancelled() {
        let seconds = expected.as_secs().next_multiple_of(60) * 2;
        let time = |time: Duration| duration(u64::try_from(time.as_nanos()).unwrap_or(u64::MAX));
        return Err(format!(
            "{} would compute for about {} here, and {} is the limit: choose a smaller size or fewer tasks, or allow it \
             with --python-limit {seconds}",
            python.name(),
            time(expected),
            time(limit),
        ));
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
fn admit(plan: &Plan, policy: Policy) -> Result<(), String> {
    let mut hosts = std::collections::BTreeSet::new();
    for step in plan.scenario().steps() {
        let Step::Fetch(fetch) = step else { continue };
        let From::Urls(urls) = &fetch.from else { continue };
        for url in urls {
            let uri = url.parse().map_err(|_| format!("{url} is not an address that can be asked"))?;
            policy.check(&uri)?;
            hosts.insert((uri.host().unwrap_or_default().to_owned(), uri.port_u16().unwrap_or(80)));
        }
    }
    for (host, port) in hosts {
        // A name that nobody knows fails in the program, task by task.
        for address in (host.as_str(), port).to_socket_addrs().into_iter().flatten() {
            policy.admit(&host, address.ip())?;
        }
    }
    Ok(())
}

/// Runs a plan one task after another, and says how long each task computed.
fn try_out(plan: &Plan, order: &Order<'_>, python: &Python, cancel: &CancelToken) -> Result<Vec<u64>, String> {
    struct Times(Mutex<Vec<Span>>);
    impl Listener for Times {
        fn started(&self, _: u64, _: u16) {}
        fn frame(&self, frame: Frame) {
            self.0.lock().unwrap_or_else(PoisonError::into_inner).extend(frame.spans);
        }
    }
    let lane = Lane::python(Model::Sequential);
    let program = program(plan.scenario(), lane, Language::Python).map_err(|why| why.to_string())?;
    let options = Options { deadline: TRIAL, ..order.options.clone() };
    let trial = Order {
        run: 0,
        lane,
        plan: plan.clone(),
        options: &options,
        file: None,
        network: Network::default(),
        recording: true,
        clock_resolution_ns: order.clock_resolution_ns,
    };
    let times = Times(Mutex::default());
    let report = perform(&trial, python, &program, &Kill::default(), cancel, &times)
        .map_err(|error| format!("{} could not be run: {error}", python.path.display()))?;
    match report.ending {
        Ending::Complete => {}
        Ending::Cancelled => return Ok(Vec::new()),
        Ending::Broken(why) => return Err(format!("{} could not be tried out: {why}", python.name())),
    }
    let mut spans = times.0.into_inner().unwrap_or_else(PoisonError::into_inner);
    spans.retain(|span| span.state == State::Compute);
    spans.sort_by_key(|span| span.task);
    Ok(spans.iter().map(Span::duration_ns).collect())
}
