//! Following one run until it is over: what a run looks like wherever it is made, and the one loop that listens to it.
//!
//! It knows neither engines nor the backend, and nothing of rounds.

use futures::{
    FutureExt,
    future::{Either, select},
};
use gloo_timers::future::TimeoutFuture;
use lanes_core::{
    report::{Ending, RunReport},
    wire::{Event, Frame},
};

use super::control::SessionControl;
use crate::js_error::without_stack;

/// A run that has been started, wherever it is made: in the page's own engine, or in the backend.
pub(super) trait RunHandle {
    /// How long it may take to end a run that was cancelled before it is left alone, in milliseconds.
    const GRACE_MS: u32;

    /// The next event; waiting for it may be given up and begun again. When the other end is broken, that is an event too.
    async fn next(&mut self) -> Event;

    /// Asks for the end of the run.
    fn cancel(&mut self);

    /// Kills a worker of the run.
    fn kill(&mut self, worker: u16);
}

/// How a run ended; with the last frame where there is no report.
pub(super) enum RunEnd {
    /// With a report.
    Finished(Box<RunReport>),
    /// Told to end because it took too long, with a report of what there was, or without one where it did not listen.
    TooLong(Option<Box<RunReport>>, Frame),
    /// What made the run broke.
    Broken(String, Frame),
    /// It was told to end the run and has not: what makes it is to be replaced.
    Overdue(Frame),
}

/// The events of a run besides its end.
pub(super) trait RunObserver {
    /// It waits until so many others are done; with `None` it no longer does.
    fn queued(&self, before: Option<u32>);
    /// Something was recorded.
    fn frame(&self, frame: &Frame);
}

/// Listens to run `run` until it is over, and tells it to end when it has taken longer than `most_ms`.
pub(super) async fn follow_run(
    handle: &mut impl RunHandle,
    run: u32,
    most_ms: Option<u32>,
    control: &SessionControl,
    observer: &dyn RunObserver,
) -> RunEnd {
    let mut last = Frame::default();
    let mut deadline = None;
    let mut limit = None;
    let mut is_too_long = false;
    loop {
        let event = {
            let next = handle.next().fuse();
            let interruption = interruption(control, &mut deadline, &mut limit).fuse();
            futures::pin_mut!(next, interruption);
            match select(next, interruption).await {
                Either::Left((event, _)) => Ok(event),
                Either::Right((interruption, _)) => Err(interruption),
            }
        };
        match event {
            Ok(Event::Queued { run: ordered, position, .. }) if ordered == run => {
                observer.queued(Some(position).filter(|before| *before > 0));
            }
            Ok(Event::Started { run: begun, .. }) if begun == run => {
                limit = most_ms.map(TimeoutFuture::new);
                observer.queued(None);
            }
            Ok(Event::Frame(frame)) if frame.run == run => {
                observer.frame(&frame);
                last = Frame { spans: Vec::new(), ..frame };
            }
            // One that ended by itself meanwhile is as good as any.
            Ok(Event::Finished { run: ended, mut report }) if ended == run => {
                if let Ending::Broken(why) = &mut report.ending {
                    *why = without_stack(why);
                }
                let is_cut = is_too_long && report.ending == Ending::Cancelled;
                return if is_cut { RunEnd::TooLong(Some(report), last) } else { RunEnd::Finished(report) };
            }
            // Of an earlier run, or nothing.
            Ok(
                Event::Queued { .. } | Event::Started { .. } | Event::Frame(_) | Event::Finished { .. } | Event::Alive,
            ) => {}
            Ok(Event::Broken(why)) => return RunEnd::Broken(without_stack(&why), last),
            Err(Interruption::Kill(workers)) => workers.into_iter().for_each(|worker| handle.kill(worker)),
            Err(interruption @ (Interruption::Cancel | Interruption::TooLong)) => {
                is_too_long = matches!(interruption, Interruption::TooLong);
                handle.cancel();
                deadline = Some(TimeoutFuture::new(grace_ms(handle)));
            }
            Err(Interruption::Overdue) if is_too_long => return RunEnd::TooLong(None, last),
            Err(Interruption::Overdue) => return RunEnd::Overdue(last),
        }
    }
}

fn grace_ms<H: RunHandle>(_: &H) -> u32 {
    H::GRACE_MS
}

enum Interruption {
    /// The session was cancelled: ask for the end.
    Cancel,
    /// It takes longer than it may: ask for the end.
    TooLong,
    /// It was asked for, and has not come.
    Overdue,
    /// These workers are to be killed.
    Kill(Vec<u16>),
}

/// Waits for the control and for the time that the run may take; once it was told to end, for the end of the grace.
async fn interruption(
    control: &SessionControl,
    deadline: &mut Option<TimeoutFuture>,
    limit: &mut Option<TimeoutFuture>,
) -> Interruption {
    if let Some(timer) = deadline {
        timer.await;
        return Interruption::Overdue;
    }
    let requested = control.requested();
    match limit {
        None => requested.await,
        Some(timer) => {
            futures::pin_mut!(requested);
            if let Either::Right(_) = select(requested, timer).await {
                return Interruption::TooLong;
            }
        }
    }
    let kills = control.take_kills();
    if control.is_cancelled() { Interruption::Cancel } else { Interruption::Kill(kills) }
}
