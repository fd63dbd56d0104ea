//! The machine's own engine: runs one lane at a time, on real threads and real processes.
//!
//! ```text
//! whoever asked (the reporter: sleeps, sends frames) ──▶ lane's thread ──┬── itself: sequential, async
//!        ▲                                                               ├── K threads: threads, gil, hybrid
//!        └── rings and board ◀───────────────────────────────────────────└── pool of processes: processes
//! ```
//!
//! A lane that does not end when it is cancelled (a blocking call cannot be called back) is left behind: its threads
//! end with that call, and nobody waits for them.

mod cancel;
mod clock;
mod event_loop;
mod memory;
pub mod net;
mod processes;
mod reporter;
mod sequential;
mod threads;
mod world;

pub use cancel::{CancelToken, Hook};
pub use clock::{Clock, resolution_ns};
pub(crate) use net::Network;
pub use net::ServerLink;
pub(crate) use world::{NativeWorld, no_file};

use std::{
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use lanes_core::{
    gil_use::GilSeen,
    plan::Plan,
    report::{Ending, RunReport, TaskCounts},
    scenario::{Lane, Model, Step},
    trace::{Counter, Recorder, Tally},
    wire::Frame,
    work::World,
};

use self::{
    reporter::{Board, Curtain, Reporter, rings},
    world::UserFile,
};
use crate::pool::{Pool, Settings};

/// How long a lane may take to end after a cancel before it is left behind. A pool of processes needs its own grace
/// within it.
const GRACE: Duration = Duration::from_millis(600);

/// What the threads of a run share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) plan: Plan,
    pub(crate) world: NativeWorld,
    pub(crate) board: Board,
    pub(crate) recording: bool,
}

/// What a lane hands back: the rest of the report follows from the plan.
#[derive(Debug, Default)]
pub(crate) struct Done {
    pub(crate) wall_ns: u64,
    pub(crate) workers: Vec<Tally>,
    pub(crate) in_flight: u64,
    pub(crate) retried: u64,
    pub(crate) notes: Vec<String>,
    pub(crate) broken: Option<String>,
}

/// One run to be made.
pub(crate) struct Order<'a> {
    pub(crate) run: u32,
    pub(crate) lane: Lane,
    pub(crate) plan: Plan,
    pub(crate) file: Option<&'a std::path::Path>,
    pub(crate) network: Network,
    pub(crate) recording: bool,
    pub(crate) settings: Settings,
    pub(crate) clock_resolution_ns: u64,
}

/// Who is told what happens in a run.
pub trait Listener {
    /// t = 0 is now: in nanoseconds of the Unix epoch, and with so many workers.
    fn started(&self, epoch_ns: u64, workers: u16);
    /// Something was recorded.
    fn frame(&self, frame: Frame);
}

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
    let broken = |why: String| RunReport { clock_resolution_ns, ..broken(lane, tasks, why) };
    if cancel.is_cancelled() {
        return RunReport { ending: Ending::Cancelled, ..broken(String::new()) };
    }
    if let Err(why) = plan.scenario().check_place(lane.place) {
        return broken(why.to_string());
    }
    let file = match (plan.scenario().wants_file(), file) {
        (false, _) => None,
        (true, None) => return broken(world::no_file()),
        (true, Some(path)) => match UserFile::open(path, &plan) {
            Ok(file) => Some(file),
            Err(why) => return broken(why),
        },
    };
    // Of this run alone, so that a deadline can press it too.
    let button = CancelToken::new();
    let pressed = button.clone();
    let _hook = cancel.on_cancel(move || pressed.cancel());

    let workers = settings.workers;
    let rows = match lane.model {
        Model::Sequential | Model::Async => 1,
        Model::Threads | Model::Gil | Model::Interpreters => workers,
        Model::Processes | Model::Hybrid => 1 + workers,
    };
    let (mut recorders, drains) = rings(lane.model, workers, &plan, recording);
    let world = NativeWorld::new(network, file, button.clone(), lane.model, &plan);
    let mut lent = if lane.model == Model::Processes { pool.take() } else { None };
    if let Some(pool) = &mut lent {
        pool.settle(settings.start_deadline);
    }
    memory::reset_peak(memory::SELF);
    let mut shared = Shared { plan, world, board: Board::new(), recording };
    // t = 0 is when the work begins, not when the rings were being made.
    shared.world.clock = Clock::start();
    let clock = shared.world.clock;
    listener.started(clock.epoch_ns(), rows);
    let shared = Arc::new(shared);
    let stage = Arc::clone(&shared);
    let deadline = settings.run_deadline;
    let started = thread::Builder::new().name(format!("lane {}", lane.model.id())).spawn(move || {
        let _curtain = Curtain(&stage.board);
        let done = perform(lane.model, &stage, &mut recorders, lent.as_mut(), &settings);
        (done, lent)
    });
    let lane_thread = match started {
        Ok(thread) => thread,
        Err(error) => return broken(format!("no thread for the lane: {error}")),
    };

    let on_frame = |frame| listener.frame(frame);
    let mut reporter = Reporter::new(run, clock, &shared.board, drains, recording, &on_frame);
    let begun = Instant::now();
    let mut given_up: Option<Instant> = None;
    let mut overdue = false;
    let is_over = reporter.watch(|| {
        if !overdue && deadline.is_some_and(|most| begun.elapsed() > most) {
            overdue = true;
            button.cancel();
        }
        button.is_cancelled() && given_up.get_or_insert_with(Instant::now).elapsed() > GRACE
    });
    let dropped = reporter.dropped();
    let mut done = if is_over {
        match lane_thread.join() {
            Ok((done, lent)) => {
                if lent.is_some() {
                    *pool = lent;
                }
                done
            }
            Err(_) => Done { broken: Some("the lane panicked; please report this".into()), ..Done::default() },
        }
    } else {
        left_behind(&shared)
    };
    if overdue {
        done.broken.get_or_insert_with(|| "the run took longer than it may (its time limit)".into());
    }
    if let Some(first) = done.workers.iter_mut().find(|worker| worker.worker == own_row(lane.model, workers)) {
        first.peak_rss_bytes = memory::peak_rss_bytes(memory::SELF);
    }
    report(lane, &shared, done, dropped, clock_resolution_ns)
}

/// The worker whose process is this one.
fn own_row(model: Model, workers: u16) -> u16 {
    if model == Model::Processes { workers } else { 0 }
}

fn perform(
    model: Model,
    shared: &Arc<Shared>,
    recorders: &mut Vec<Recorder>,
    pool: Option<&mut Pool>,
    settings: &Settings,
) -> Done {
    let mut recorders = std::mem::take(recorders);
    match (model, pool) {
        (Model::Sequential, _) => sequential::run(shared, recorders.remove(0)),
        (Model::Async | Model::Hybrid, _) => event_loop::run(shared, recorders),
        (Model::Threads | Model::Gil, _) => threads::run(shared, recorders),
        (Model::Processes, Some(pool)) => processes::run(shared, recorders.remove(0), pool, settings),
        (Model::Interpreters, _) => {
            Done { broken: Some("only Python has interpreters in threads".into()), ..Done::default() }
        }
        (Model::Processes, None) => Done { broken: Some("there is no pool of processes".into()), ..Done::default() },
    }
}

/// What is known of a lane that did not end.
fn left_behind(shared: &Shared) -> Done {
    let mut tally = Tally::new(0);
    tally.done = shared.board.ended.load(std::sync::atomic::Ordering::Relaxed);
    Done {
        wall_ns: shared.world.now_ns(),
        workers: vec![tally],
        notes: vec!["a call that cannot be called back was left behind, so only what was told before is known".into()],
        ..Done::default()
    }
}

/// The report of a lane that did not run.
pub(crate) fn broken(lane: Lane, tasks: u32, why: String) -> RunReport {
    RunReport {
        lane,
        ending: Ending::Broken(why),
        wall_ns: 0,
        tasks: TaskCounts { cancelled: u64::from(tasks), ..TaskCounts::default() },
        workers: Vec::new(),
        dropped: 0,
        counter: None,
        clock_resolution_ns: 0,
        notes: Vec::new(),
        gil: None,
    }
}

/// The report of what a lane handed back.
fn report(lane: Lane, shared: &Shared, done: Done, dropped: u64, clock_resolution_ns: u64) -> RunReport {
    let mut total = Tally::new(0);
    done.workers.iter().for_each(|worker| total.merge(worker));
    let tasks = u64::from(shared.plan.tasks());
    let has_bumps = shared.plan.scenario().steps().any(|step| matches!(step, Step::Bump(_)));
    let is_whole = total.done + total.failed == tasks;
    let mut notes = done.notes;
    if !shared.recording {
        notes.push("recording was off: there are totals and no spans".into());
    }
    RunReport {
        lane,
        ending: match done.broken {
            Some(why) => Ending::Broken(why),
            // Pressed too late to make a difference.
            None if shared.world.is_cancelled() && !is_whole => Ending::Cancelled,
            None => Ending::Complete,
        },
        wall_ns: done.wall_ns,
        tasks: TaskCounts {
            done: total.done,
            failed: total.failed,
            abandoned: done.in_flight,
            cancelled: tasks.saturating_sub(total.done + total.failed + done.in_flight),
            retried: done.retried,
        },
        counter: has_bumps.then(|| Counter { expected: total.bumps, observed: shared.world.counter().value() }),
        workers: done.workers,
        dropped,
        clock_resolution_ns,
        notes,
        gil: (lane.model == Model::Gil).then_some(GilSeen::Recorded),
    }
}
