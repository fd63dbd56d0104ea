//! A fetch in one attempt or several: where the server refuses or fails, it is asked again after a while.

use super::{
    worker::Worker,
    world::{BlockingWorld, StepError},
};
use crate::{
    fetch::FetchError,
    plan::FetchAction,
    server,
    trace::{Met, State},
};

/// What an attempt came to: how long to wait before the next one, in nanoseconds, which `action` then is; `None` where there
/// is to be no other. Takes down what the client has met.
pub(crate) fn again(action: &mut FetchAction<'_>, ended: &Result<(), StepError>, met: &mut Met) -> Option<u64> {
    let Err(StepError::Fetch(error)) = ended else { return None };
    let status = error.status()?;
    if server::is_refusal(status) {
        met.refusals += 1;
    } else if status >= server::FAILED {
        met.errors += 1;
    }
    if !server::may_ask_again(status) || action.attempt >= action.retries {
        return None;
    }
    action.attempt += 1;
    let wait_ns = server::backoff_ns(action.backoff_ms, action.attempt);
    met.retries += 1;
    met.backed_off_ns += wait_ns;
    Some(wait_ns)
}

/// How the fetch ended whose last attempt ended so.
pub(super) fn ended(action: &FetchAction<'_>, last: Result<(), StepError>) -> Result<(), StepError> {
    match last {
        Err(StepError::Fetch(last)) if action.attempt > 0 => {
            Err(FetchError::GaveUp { attempts: action.attempt + 1, last: Box::new(last) }.into())
        }
        other => other,
    }
}

/// Fetches by calls that block, however many attempts it takes, and records each wait. `bytes` is cleared before.
pub(super) fn fetch_blocking(
    world: &impl BlockingWorld,
    mut action: FetchAction<'_>,
    bytes: &mut Vec<u8>,
    (slot, task): (u16, u32),
    worker: &mut Worker,
) -> Result<(), StepError> {
    loop {
        bytes.clear();
        let start = world.now_ns();
        let last = world.fetch(&action, bytes);
        let end = world.now_ns();
        worker.recorder.span(slot, task, State::WaitIo, start, end);
        let wait_ns = again(&mut action, &last, &mut worker.recorder.tally().met);
        let Some(wait_ns) = wait_ns.filter(|_| !world.is_cancelled()) else { return ended(&action, last) };
        world.block_for(wait_ns);
        worker.recorder.span(slot, task, State::WaitIo, end, world.now_ns());
    }
}
