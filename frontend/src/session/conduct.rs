//! What whoever makes a run looks like to the session, and the one loop that listens to any of them.

use futures::{
    FutureExt,
    future::{Either, select},
};
use gloo_timers::future::TimeoutFuture;
use lanes_core::{
    report::{Ending, RunReport},
    wire::{Event, Frame},
};

use super::CancelButton;

/// Whoever makes a run that has been ordered: the page's own engine, or the backend.
pub(super) trait Performer {
    /// How long it may take to end a run that was cancelled before it is left alone, in milliseconds.
    const GRACE_MS: u32;

    /// The next event; may be waited for in several attempts. When broken it says so.
    async fn next(&mut self) -> Event;

    /// Asks for the end of the run.
    fn cancel(&mut self);

    /// Kills a worker of the run.
    fn kill(&mut self, worker: u16);
}

/// How a run ended, as far as its performer is concerned; with the last frame where there is no report.
pub(super) enum Conducted {
    /// With a report.
    Finished(Box<RunReport>),
    /// Told to end because it took too long, with a report of what there was, or without one where it did not listen.
    TooLong(Option<Box<RunReport>>, Frame),
    /// The performer broke.
    Broken(String, Frame),
    /// It was told to end the run and has not: it is to be thrown away.
    Overdue(Frame),
}

/// What is heard of a run besides its end.
pub(super) trait Listener {
    /// It waits until so many others are done; with `None` it no longer does.
    fn queued(&self, before: Option<u32>);
    /// Something was recorded.
    fn frame(&self, frame: &Frame);
}

/// Listens to run `run` until it is over, and tells it to end when it has taken longer than `most_ms`.
pub(super) async fn conduct(
    performer: &mut impl Performer,
    run: u32,
    most_ms: Option<u32>,
    button: &CancelButton,
    listener: &impl Listener,
) -> Conducted {
    let mut last = Frame::default();
    let mut deadline = None;
    let mut limit = None;
    let mut is_too_long = false;
    loop {
        let event = {
            let next = performer.next().fuse();
            let interruption = interruption(button, &mut deadline, &mut limit).fuse();
            futures::pin_mut!(next, interruption);
            match select(next, interruption).await {
                Either::Left((event, _)) => Ok(event),
                Either::Right((interruption, _)) => Err(interruption),
            }
        };
        match event {
            Ok(Event::Queued { run: ordered, position, .. }) if ordered == run => {
                listener.queued(Some(position).filter(|before| *before > 0));
            }
            Ok(Event::Started { run: begun, .. }) if begun == run => {
                limit = most_ms.map(TimeoutFuture::new);
                listener.queued(None);
            }
            Ok(Event::Frame(frame)) if frame.run == run => {
                listener.frame(&frame);
                last = Frame { spans: Vec::new(), ..frame };
            }
            // One that ended by itself meanwhile is as good as any.
            Ok(Event::Finished { run: ended, report }) if ended == run => {
                let is_cut = is_too_long && report.ending == Ending::Cancelled;
                return if is_cut { Conducted::TooLong(Some(report), last) } else { Conducted::Finished(report) };
            }
            // Of an earlier run, or nothing.
            Ok(
                Event::Queued { .. } | Event::Started { .. } | Event::Frame(_) | Event::Finished { .. } | Event::Alive,
            ) => {}
            Ok(Event::Broken(why)) => return Conducted::Broken(why, last),
            Err(Interruption::Kill(workers)) => workers.into_iter().for_each(|worker| performer.kill(worker)),
            Err(interruption @ (Interruption::Cancel | Interruption::TooLong)) => {
                is_too_long = matches!(interruption, Interruption::TooLong);
                performer.cancel();
                deadline = Some(TimeoutFuture::new(grace_ms(performer)));
            }
            Err(Interruption::Overdue) if is_too_long => return Conducted::TooLong(None, last),
            Err(Interruption::Overdue) => return Conducted::Overdue(last),
        }
    }
}

fn grace_ms<P: Performer>(_: &P) -> u32 {
    P::GRACE_MS
}

enum Interruption {
    /// The button was pressed: ask for the end.
    Cancel,
    /// It takes longer than it may: ask for the end.
    TooLong,
    /// It was asked for, and has not come.
    Overdue,
    /// These workers are to be killed.
    Kill(Vec<u16>),
}

/// Waits for the button and for the time that the run may take; once it was told to end, for the end of the grace.
async fn interruption(
    button: &CancelButton,
    deadline: &mut Option<TimeoutFuture>,
    limit: &mut Option<TimeoutFuture>,
) -> Interruption {
    if let Some(timer) = deadline {
        timer.await;
        return Interruption::Overdue;
    }
    let touched = button.touched();
    match limit {
        None => touched.await,
        Some(timer) => {
            futures::pin_mut!(touched);
            if let Either::Right(_) = select(touched, timer).await {
                return Interruption::TooLong;
            }
        }
    }
    let kills = button.take_kills();
    if button.is_pressed() { Interruption::Cancel } else { Interruption::Kill(kills) }
}
