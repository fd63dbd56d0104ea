//! When the backend is asked whether it is there: at the start, and then as seldom as will do.

use futures::{
    StreamExt,
    channel::{mpsc::UnboundedReceiver, oneshot},
    future::{Either, select},
};
use gloo_timers::future::TimeoutFuture;
use leptos::{prelude::*, task::spawn_local};

use super::{connection::Backend, state::BackendState};

/// How long the page waits for a backend before it starts without one, in milliseconds.
const FIRST_PROBE_MS: u32 = 1_500;

/// Time between two probes of a backend that is there, in milliseconds, while nothing runs and the page is seen.
const READY_MS: u32 = 10_000;

/// Time before a lost backend is looked for again, in milliseconds: doubled each time, up to [`READY_MS`].
const LOST_MS: u32 = 1_000;

/// When to probe next, in milliseconds; `None`: not until somebody asks for it.
fn next_probe_ms(state: &BackendState, misses: u32, is_busy: bool) -> Option<u32> {
    match state {
        BackendState::Ready(_) => Some(READY_MS),
        // What runs is being measured.
        BackendState::Lost(_) if is_busy => Some(READY_MS),
        BackendState::Lost(_) => Some((LOST_MS << misses.min(8)).min(READY_MS)),
        BackendState::None | BackendState::Connecting | BackendState::Locked(_) | BackendState::Foreign(_) => None,
    }
}

impl Backend {
    /// Probes the backend once, if there is a reason to, and goes on watching it. Returns when it is known what there is, or
    /// after a while; then with what tells when it is known.
    ///
    /// `is_busy` says whether something is being measured.
    pub async fn start(self, is_busy: impl Fn() -> bool + 'static) -> Option<oneshot::Receiver<()>> {
        let wakes = self.take_wakes()?;
        let (found, first) = oneshot::channel();
        spawn_local(async move {
            if self.state.with_untracked(|state| matches!(state, BackendState::Connecting)) {
                self.probe().await;
            }
            // The page may have started without it meanwhile.
            let _ = found.send(());
            watch(self, wakes, is_busy).await;
        });
        match select(first, TimeoutFuture::new(FIRST_PROBE_MS)).await {
            Either::Left(_) => None,
            Either::Right(((), first)) => Some(first),
        }
    }
}

/// Watches until the page is gone. `is_busy` says whether something is being measured.
async fn watch(backend: Backend, mut wakes: UnboundedReceiver<()>, is_busy: impl Fn() -> bool) {
    let mut misses = 0;
    loop {
        let wait = backend.state.with_untracked(|state| next_probe_ms(state, misses, is_busy()));
        let was_asked = match wait {
            None => wakes.next().await.map(|()| true),
            Some(ms) => match select(wakes.next(), TimeoutFuture::new(ms)).await {
                Either::Left((wake, _)) => wake.map(|()| true),
                Either::Right(_) => Some(false),
            },
        };
        let Some(was_asked) = was_asked else { return };
        let is_lost = backend.state.with_untracked(|state| matches!(state, BackendState::Lost(_)));
        if was_asked && is_lost {
            // Just lost: what went away a moment ago is not back yet.
            misses = 0;
            continue;
        }
        let is_ready = backend.state.with_untracked(|state| matches!(state, BackendState::Ready(_)));
        if !was_asked && is_ready && (is_busy() || is_hidden()) {
            continue;
        }
        misses = if backend.probe().await { 0 } else { misses + u32::from(is_lost) };
    }
}

fn is_hidden() -> bool {
    web_sys::window().and_then(|window| window.document()).is_some_and(|document| document.hidden())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lost_backend_is_looked_for_ever_more_seldom() {
        let lost = BackendState::Lost(String::new());
        let waits: Vec<_> = (0..7).filter_map(|misses| next_probe_ms(&lost, misses, false)).collect();
        assert_eq!(waits, [1_000, 2_000, 4_000, 8_000, 10_000, 10_000, 10_000]);
        assert_eq!(next_probe_ms(&lost, 0, true), Some(10_000), "not while something is measured");
    }

    #[test]
    fn where_there_is_none_nobody_asks() {
        for state in [BackendState::None, BackendState::Locked(String::new())] {
            assert_eq!(next_probe_ms(&state, 0, false), None);
        }
    }
}
