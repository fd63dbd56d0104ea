//! One lane, from its order to its report: started on a thread of its own, watched, cancelled when it is overdue.
//!
//! It does not know how the tasks of a lane are done, only who does them in each model.

use std::{
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use lanes_core::{
    report::{Ending, RunReport},
    run::{
        blocking::TaskQueue,
        dispatch::PoolError,
        outcome::{self, Circumstances, LaneEnd},
        rows,
        world::World,
    },
    scenario::Model,
    trace::{Recorder, Tally},
};

use super::{
    cancel::CancelToken,
    clock::{self, Clock, span_cost_ns},
    event_loop, memory,
    net::ServerFile,
    order::{Listener, Order},
    processes,
    progress::{DoneGuard, Progress, RINGS, Reporter},
    shared::Shared,
    threads,
    world::{NO_FILE, NativeWorld, UserFile},
};
use crate::pool::{Pool, Settings};

/// How long a lane may take to end after a cancel before it is left behind. A pool of processes needs its own grace
/// within it.
const GRACE: Duration = Duration::from_millis(600);

/// Runs one lane and blocks until it is over. The pool is taken from where it is kept, and comes back unless it had
/// to be left behind.
pub(crate) fn run(
    order: Order<'_>,
    pool: &mut Option<Pool>,
    cancel: &CancelToken,
    listener: &dyn Listener,
) -> RunReport {
    let Order { run, lane, plan, file, network, recording, settings, clock_resolution_ns } = order;
    let tasks = plan.tasks();
    let not_begun = |ending| RunReport { clock_resolution_ns, ..outcome::not_begun(lane, tasks, ending) };
    let broken = |why: String| not_begun(Ending::Broken(why));
    if cancel.is_cancelled() {
        return not_begun(Ending::Cancelled);
    }
    if let Err(why) = plan.scenario().check_place(lane.place) {
        return broken(why.to_string());
    }
    let file = match (plan.scenario().wants_file(), file) {
        (false, _) => None,
        (true, None) => return broken(NO_FILE.to_string()),
        (true, Some(path)) => match UserFile::open(path, &plan) {
            Ok(file) => Some(file),
            Err(error) => return broken(error.to_string()),
        },
    };
    // Of this run alone, so that a deadline can cancel it too.
    let cancel_run = CancelToken::new();
    let cancelled = cancel_run.clone();
    let _hook = cancel.on_cancel(move || cancelled.cancel());

    let workers = settings.workers;
    let (recorders, drains) = rows::recorders(lane.model, workers, &plan, RINGS, recording);
    // What tasks are given lies ready before the work begins.
    plan.stock_up();
    let is_shared = lane.model == Model::Processes && !plan.scenario().server.is_default();
    let server_file = match is_shared.then(ServerFile::create).transpose() {
        Ok(server_file) => server_file,
        Err(error) => return broken(error.to_string()),
    };
    let world = NativeWorld::new(network, file, cancel_run.clone(), lane.model, &plan, None);
    let mut lent = if lane.model == Model::Processes { pool.take() } else { None };
    if let Some(pool) = &mut lent {
        pool.settle(settings.start_deadline);
    }
    memory::reset_peak(memory::SELF);
    let queue = TaskQueue::new(&plan);
    let mut shared = Shared { plan, world, queue, progress: Progress::new(), recording, server_file };
    // t = 0 is when the work begins, not when the rings were being made.
    shared.world.clock = Clock::start();
    let clock = shared.world.clock;
    let processor_before_ns = clock::processor_ns();
    listener.started(clock.epoch_ns(), rows::count(lane.model, workers));
    let shared = Arc::new(shared);
    let of_lane = Arc::clone(&shared);
    let deadline = settings.run_deadline;
    let started = thread::Builder::new().name(format!("lane {}", lane.model.id())).spawn(move || {
        let _done = DoneGuard(&of_lane.progress);
        let end = run_model(lane.model, &of_lane, recorders, lent.as_mut(), &settings);
        (end, lent)
    });
    let lane_thread = match started {
        Ok(thread) => thread,
        Err(error) => return broken(format!("no thread for the lane: {error}")),
    };

    let on_frame = |frame| listener.frame(frame);
    let progress = (&shared.progress, &shared.queue);
    let mut reporter = Reporter::new(run, clock, progress, drains, recording, &on_frame);
    let begun = Instant::now();
    let mut given_up: Option<Instant> = None;
    let mut overdue = false;
    let is_over = reporter.watch(|| {
        if !overdue && deadline.is_some_and(|most| begun.elapsed() > most) {
            overdue = true;
            cancel_run.cancel();
        }
        cancel_run.is_cancelled() && given_up.get_or_insert_with(Instant::now).elapsed() > GRACE
    });
    let dropped = reporter.dropped();
    let mut end = if is_over {
        match lane_thread.join() {
            Ok((end, lent)) => {
                if lent.is_some() {
                    *pool = lent;
                }
                end
            }
            Err(_) => LaneEnd::broken("the lane panicked; please report this"),
        }
    } else {
        left_behind(&shared)
    };
    if overdue {
        end.broken.get_or_insert_with(|| PoolError::Overdue.to_string());
    }
    let own_row = rows::own_process_row(lane.model, workers);
    if let Some(own) = end.workers.iter_mut().find(|worker| worker.worker == own_row) {
        own.peak_rss_bytes = memory::peak_rss_bytes(memory::SELF);
        own.processor_ns = Some(clock::processor_ns().saturating_sub(processor_before_ns));
    }
    let known = Circumstances {
        cancelled: shared.world.is_cancelled(),
        recording,
        span_ns: span_cost_ns(),
        dropped,
        counted: shared.world.counter().value(),
        clock_resolution_ns,
    };
    outcome::report(lane, &shared.plan, end, known)
}

fn run_model(
    model: Model,
    shared: &Arc<Shared>,
    mut recorders: Vec<Recorder>,
    pool: Option<&mut Pool>,
    settings: &Settings,
) -> LaneEnd {
    match (model, pool) {
        (Model::Sequential, _) => threads::run_one(shared, recorders.remove(0)),
        (Model::Async | Model::Hybrid, _) => event_loop::run(shared, recorders),
        (Model::Threads | Model::Gil, _) => threads::run(shared, recorders),
        (Model::Processes, Some(pool)) => processes::run(shared, recorders.remove(0), pool, settings),
        (Model::Interpreters, _) => LaneEnd::broken("only Python has interpreters in threads"),
        (Model::Processes, None) => LaneEnd::broken("there is no pool of processes"),
    }
}

/// What is known of a lane that did not end.
fn left_behind(shared: &Shared) -> LaneEnd {
    let mut tally = Tally::new(0);
    tally.done = shared.queue.ended();
    LaneEnd {
        wall_ns: shared.world.now_ns(),
        workers: vec![tally],
        notes: vec!["a call that cannot be called back was left behind, so only what was told before is known".into()],
        ..LaneEnd::default()
    }
}
