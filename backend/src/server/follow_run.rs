//! One run from its order to its end: waits for its turn, runs, and tells its event queue what happens. It knows nothing
//! of who reads that.

use std::{
    sync::{Arc, PoisonError},
    thread,
    time::Duration,
};

use lanes_core::{
    report::{Ending, RunReport},
    run::outcome::not_begun,
    scenario::{Lane, ValidScenario},
    wire::{Event, Frame},
};
use tokio::sync::{Notify, oneshot};

use super::{event_queue::EventQueue, run_queue::Slot, state::Server};
use crate::runner::{CancelToken, Listener, Options};

/// How long the processes of a pool are kept for another run.
const KEEP_PROCESSES: Duration = Duration::from_secs(10);

/// What is to be run.
pub(super) struct RunOrder {
    pub(super) id: u64,
    pub(super) run: u32,
    pub(super) session: u64,
    pub(super) lane: Lane,
    pub(super) scenario: ValidScenario,
    pub(super) cancel: CancelToken,
    pub(super) events: EventQueue,
}

/// Waits for the run's turn, runs it, and tells how it ended.
pub(super) async fn follow(server: Arc<Server>, order: RunOrder, options: Options, mut slot: Slot) {
    let cancelled = Arc::new(Notify::new());
    let wake = Arc::clone(&cancelled);
    let hook = order.cancel.on_cancel(move || wake.notify_one());
    let mut position = slot.position();
    let has_turn = loop {
        let told = u32::try_from(position).unwrap_or(u32::MAX);
        order.events.push(Event::Queued { run: order.run, id: order.id, position: told });
        if position == 0 {
            break true;
        }
        tokio::select! {
            moved = slot.moved() => position = moved,
            () = cancelled.notified() => break false,
        }
    };
    drop(hook);
    let order = Arc::new(order);
    let report = if has_turn {
        server.runs.set_current(Some(order.id));
        let report = run(&server, &order, options).await;
        server.runs.set_current(None);
        report
    } else {
        not_begun(order.lane, order.scenario.tasks(), Ending::Cancelled)
    };
    tracing::info!(id = order.id, lane = %order.lane, ending = ?report.ending, wall_ms = report.wall_ns / 1_000_000, "run over");
    // Before its end is told: whoever asks about it then is told that it is over.
    server.runs.remove(order.id);
    order.events.push(Event::Finished { run: order.run, report: Box::new(report) });
    order.events.close();
    drop(slot);
    if !order.cancel.is_cancelled() {
        tokio::time::sleep(KEEP_PROCESSES).await;
    }
    if server.runs.is_idle() {
        server.runs.end_processes();
    }
}

/// Runs on a thread of its own, where it may block.
async fn run(server: &Arc<Server>, order: &Arc<RunOrder>, options: Options) -> RunReport {
    let (done, report) = oneshot::channel();
    let (runner, work) = (Arc::clone(&server.runs.runner), Arc::clone(order));
    let run = move || {
        let mut runner = runner.lock().unwrap_or_else(PoisonError::into_inner);
        *runner.options() = options;
        runner.of_session(work.session);
        let report = runner.run(&work.scenario, work.lane, work.run, &work.cancel, &*work);
        if work.cancel.is_cancelled() {
            // Nobody is to find a process of a run that was ended.
            runner.rest();
        }
        drop(runner);
        let _ = done.send(report);
    };
    let broken = |why: String| RunReport {
        ending: Ending::Broken(why),
        ..not_begun(order.lane, order.scenario.tasks(), Ending::Cancelled)
    };
    match thread::Builder::new().name(format!("run {}", order.id)).spawn(run) {
        Ok(_) => report.await.unwrap_or_else(|_| broken("the lane panicked; please report this".into())),
        Err(error) => broken(format!("no thread can be started: {error}")),
    }
}

impl Listener for RunOrder {
    fn started(&self, epoch_ns: u64, workers: u16) {
        self.events.push(Event::Started { run: self.run, epoch_ns, workers });
    }

    fn frame(&self, frame: Frame) {
        self.events.push(Event::Frame(frame));
    }
}
