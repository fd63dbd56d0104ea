//! The report of a run that is over, from its totals and from what was told and printed meanwhile. It runs nothing.

use std::{io, time::Duration};

use lanes_core::{
    collector::told::{Outcome, Unseen},
    gil_use::GilSeen,
    present::lock,
    report::{Ending, RunReport},
    run::outcome::{self, Circumstances, LaneEnd},
    scenario::{Model, Step},
    trace::{State, Tally},
};

use super::{
    collector::TraceCollector,
    events::{End, Failure, Loss},
    interpreter::Python,
    notes::{self, LoopUse},
    order::Order,
};

/// Sentences on lost workers that a report has room for.
const MOST_LOSSES: usize = 10;

/// A lane has no table of how its threads shared the lock where more than this part of their time passed between steps,
/// and more than this part of their computing: then they held the lock there, and waited for it, which nobody sees.
const MOST_BETWEEN_STEPS: f64 = 0.25;

/// Threads that compute for more than this many times the run's time do so side by side, so not under the lock.
const MOST_COMPUTING_UNDER_LOCK: f64 = 1.1;

/// What is known of a run that is over, beside its totals.
pub(super) struct Facts<'a> {
    pub(super) order: &'a Order<'a>,
    pub(super) python: &'a Python,
    pub(super) end: End,
    /// Whether all that was written could be read.
    pub(super) read: io::Result<()>,
    pub(super) is_cancelled: bool,
    /// What the program said at its end, if it came to that.
    pub(super) outcome: Option<Outcome>,
    /// When the job began, on the program's clock.
    pub(super) zero_ns: u64,
    /// When it was seen to be over, from t = 0.
    pub(super) stopped_ns: u64,
    /// From the start of the interpreter until the job began.
    pub(super) until_begun: Option<Duration>,
    /// What timing a task costs.
    pub(super) cost_ns: Option<u64>,
    pub(super) losses: &'a [Loss],
    /// The end of what was printed as errors.
    pub(super) stderr_tail: String,
    /// Where the items of a function of the user's own came to something else than in another run.
    pub(super) differs: Option<String>,
    /// How much was printed, in bytes.
    pub(super) stderr_bytes: u64,
}

/// Adds everything up.
pub(super) fn assemble(facts: Facts<'_>, collector: TraceCollector) -> RunReport {
    let Facts { order, python, outcome, losses, .. } = &facts;
    let (scenario, tasks) = (order.plan.scenario(), u64::from(order.plan.tasks()));
    let looked = collector.looks();
    let sees_lock = collector.sees_lock();
    let inferred_lock_ns = collector.inferred_lock_ns;
    let (in_flight, dropped) = (collector.in_flight(), collector.dropped());
    let call = order.plan.scenario().call();
    let is_own = call.is_some();
    let (steps, mut between) = (collector.steps, collector.between_steps());
    // A function of the user's own has no steps that anything could be between.
    let own_cpu_ns = if is_own { std::mem::take(&mut between.cpu_ns) } else { 0 };
    let mut workers = collector.tallies(outcome.as_ref().map_or(0, |outcome| outcome.memory));
    if let (Some(first), Some(said)) = (workers.first_mut(), &outcome) {
        // Of all processes together: whose it was is not told.
        first.processor_ns = Some(said.processor_ns);
    }
    if let (false, Some(first), Some(said)) = (order.recording, workers.first_mut(), outcome) {
        said.count(first, tasks);
    }
    if let (Some(_), Some(said), Some(first)) = (call, outcome, workers.first_mut()) {
        // What results prove is found out once all of them are there.
        first.checksum = said.checksum;
    }
    for tally in &mut workers {
        tally.watching_ns = facts.cost_ns.unwrap_or_default() * (tally.done + tally.failed);
    }
    let mut total = Tally::new(0);
    workers.iter().for_each(|worker| total.merge(worker));
    let wall_ns = outcome.as_ref().map_or(facts.stopped_ns, |said| said.end_ns.saturating_sub(facts.zero_ns));
    let is_on = outcome.as_ref().map_or(python.gil, |outcome| outcome.gil);
    let shares_lock = order.lane.model == Model::Threads && order.recording && is_on;
    let threads_ns = wall_ns.saturating_mul(workers.len() as u64);
    // Not by the time alone: on a busy machine threads wait for a processor between steps, and hold no lock there.
    let computing_ns = between.cpu_ns + steps.whole_ns.saturating_sub(steps.blocked_ns);
    let is_most = |part: u64, whole: u64| part as f64 > whole as f64 * MOST_BETWEEN_STEPS;
    let shares_computing = own_cpu_ns as f64 > wall_ns as f64 * MOST_COMPUTING_UNDER_LOCK;
    let knows_waits = looked.is_some() || order.known.alone.is_known();
    let knows_lock = (!is_own || knows_waits && !shares_computing)
        && !(is_most(between.whole_ns, threads_ns) && is_most(between.cpu_ns, computing_ns));
    let loop_use = outcome.as_ref().and_then(|outcome| outcome.loop_idle_ns).map(|idle_ns| LoopUse {
        busy_ns: wall_ns.saturating_sub(idle_ns),
        whole_ns: wall_ns,
        // In a hybrid lane the other rows compute on other threads.
        steps_ns: workers.first().map_or(0, |tally| tally.state_ns(State::Compute)),
    });
    let mut notes = vec![notes::about(
        python,
        is_own,
        facts.until_begun,
        facts.cost_ns.map(|ns| (ns, total.latency.mean_ns())).filter(|(_, mean_ns)| !is_own || *mean_ns > 0),
    )];
    // Under the lock every thread's share is in a table of its own.
    notes.extend(if shares_lock || call.is_some() { None } else { notes::blocked(python, steps) });
    if let Some(call) = call {
        let at_once = (shares_lock && shares_computing).then_some(own_cpu_ns as f64 / wall_ns.max(1) as f64);
        let inferred = order.known.alone.is_known().then_some(inferred_lock_ns);
        let waits = notes::OwnWaits { looked, seen_ns: steps.blocked_ns, inferred_ns: inferred };
        notes.extend(notes::own(order.lane, call, at_once, waits));
        notes.extend(facts.differs.clone());
        notes.extend(notes::printed(facts.stderr_bytes));
        notes.extend(outcome.iter().flat_map(|said| said.notes.iter().cloned()));
        let why = outcome.as_ref().and_then(|said| said.why.clone()).filter(|_| !order.recording);
        notes.extend(why.map(|why| format!("the first that failed: {why}")));
    }
    let seen_ns = total.seen_lock_ns.filter(|_| shares_lock && sees_lock && knows_lock);
    if let (Some(looked), Some(seen_ns)) = (looked, seen_ns) {
        let inferred_ns = total.state_ns(State::WaitLock).saturating_sub(total.other_lock_ns);
        notes.push(notes::seen(looked, seen_ns, inferred_ns));
    }
    // What was seen from outside, was seen between steps too.
    let is_between_unseen = shares_lock && seen_ns.is_none();
    notes.extend(notes::between(between, threads_ns, knows_lock).filter(|_| is_between_unseen));
    let on_loop = call.is_none_or(|call| order.lane.model == Model::Async && !call.coroutine.is_empty());
    notes.extend(loop_use.filter(|_| on_loop).map(notes::event_loop));
    if order.lane.model == Model::Processes {
        notes.push(notes::MESSAGES.into());
    }
    if python.free_threaded && !python.gil && outcome.as_ref().is_some_and(|outcome| outcome.gil) {
        notes.push("the lock was switched on by a module that cannot do without it".into());
    }
    let shares_threads = matches!(order.lane.model, Model::Threads | Model::Hybrid) && is_on;
    notes.extend(match shares_threads {
        true => lock::unlike_scenario(scenario).map(|unlike| format!("{}: it {unlike}", order.lane)),
        false => lock::without_lock(scenario),
    });
    notes.extend(losses.iter().take(MOST_LOSSES).map(notes::lost));
    if !order.recording {
        notes.push("recording was off: the program ran as it is, so there are totals and no spans".into());
    }
    let has_bumps = scenario.steps().any(|step| matches!(step, Step::Bump(_)));
    let observed = outcome.as_ref().and_then(|outcome| outcome.counter).filter(|_| has_bumps);
    let in_flight = in_flight.min(tasks.saturating_sub(total.done + total.failed));
    let gil = (shares_lock && knows_lock).then_some(match looked {
        Some(_) if is_own || sees_lock => GilSeen::Sampled,
        _ => GilSeen::Inferred { steps: steps.count, exact: steps.exact },
    });
    let (lane, clock_resolution_ns) = (order.lane, order.clock_resolution_ns);
    let stderr_tail = facts.stderr_tail.clone();
    let plan = &order.plan;
    let ending = ending(facts, &total, tasks);
    if matches!(ending, Ending::Broken(_)) && !stderr_tail.is_empty() && !is_own {
        notes.push(format!("the end of what it said: {stderr_tail}"));
    }
    let known = Circumstances {
        // The program says what watching costs it.
        span_ns: 0.0,
        cancelled: false,
        // Said above in Python's own words.
        recording: true,
        dropped,
        counted: observed.unwrap_or_default(),
        clock_resolution_ns,
    };
    let end = LaneEnd { wall_ns, workers, abandoned: in_flight, notes, ..LaneEnd::default() };
    let report = outcome::report(lane, plan, end, known);
    // A program that did not come to its end has not told what its counter says.
    RunReport { ending, counter: report.counter.filter(|_| observed.is_some()), gil, ..report }
}

/// How the run ended, once what it said is compared with what was seen.
fn ending(facts: Facts<'_>, total: &Tally, tasks: u64) -> Ending {
    let failure = match (facts.end, facts.read, &facts.outcome) {
        (End::Cancelled, ..) => return Ending::Cancelled,
        (End::Failed(failure), ..) => failure,
        (End::Done, Err(error), _) => Failure::Unreadable(error),
        (End::Done, Ok(()), said) => match said.as_ref().map_or(Ok(()), |said| said.check(total, tasks)) {
            Ok(()) => return Ending::Complete,
            Err(Unseen::Tasks { .. }) if facts.is_cancelled => return Ending::Cancelled,
            Err(unseen) => unseen.into(),
        },
    };
    Ending::Broken(failure.to_string())
}
