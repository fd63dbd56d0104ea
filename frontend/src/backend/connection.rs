//! The page's connection to the local backend: whether one is there, and since when.
//!
//! It asks only where there is a reason to believe that somebody answers. When it asks again is up to `watch.rs`.

use std::sync::Arc;

use futures::channel::mpsc::{UnboundedReceiver, UnboundedSender, unbounded};
use leptos::prelude::*;

use super::{
    address,
    client::Client,
    state::{self, BackendState, Found},
};

/// The backend of this page; `Copy`, part of the page's state.
#[derive(Clone, Copy)]
pub struct Backend {
    /// What is known of it.
    pub state: RwSignal<BackendState>,
    inner: StoredValue<Inner, LocalStorage>,
}

struct Inner {
    client: Client,
    /// Wakes the watch.
    wake: UnboundedSender<()>,
    /// Until the watch has it.
    wakes: Option<UnboundedReceiver<()>>,
    /// How often a backend was found: what it stored before may be gone.
    finds: u32,
}

impl Backend {
    /// The backend of the page at `base`. Takes the token out of the address, so it comes before whatever else reads it.
    #[must_use]
    pub fn of_page(base: String) -> Self {
        let token = address::take_token().0;
        let state = first_state(token.is_some(), address::is_served_by_backend());
        Self::new(Client::new(base, token), state)
    }

    /// A backend in this state that `client` speaks to.
    #[must_use]
    pub fn new(client: Client, state: BackendState) -> Self {
        let (wake, wakes) = unbounded();
        Self {
            state: RwSignal::new(state),
            inner: StoredValue::new_local(Inner { client, wake, wakes: Some(wakes), finds: 0 }),
        }
    }

    /// What wakes the watch; it is there once.
    pub(super) fn take_wakes(self) -> Option<UnboundedReceiver<()>> {
        self.inner.try_update_value(|inner| inner.wakes.take()).flatten()
    }

    /// Takes a token that has come into the address since; whether there was one.
    pub fn take_token(self) -> bool {
        let (Some(token), true) = address::take_token() else { return false };
        self.inner.update_value(|inner| inner.client = inner.client.with_token(token));
        self.probe_again();
        true
    }

    /// What speaks to it.
    #[must_use]
    pub fn client(self) -> Client {
        self.inner.with_value(|inner| inner.client.clone())
    }

    /// A number that is another one each time a backend was found: what an earlier one stored may be gone.
    #[must_use]
    pub fn finds(self) -> u32 {
        self.inner.with_value(|inner| inner.finds)
    }

    /// Has it looked for now, in a task of its own.
    pub fn probe_again(self) {
        self.inner.with_value(|inner| {
            // Without a watch nobody looks.
            let _ = inner.wake.unbounded_send(());
        });
    }

    /// Somebody found that it does not answer any more.
    pub fn lost(self, why: &str) {
        self.put(BackendState::Lost(why.to_owned()));
        self.probe_again();
    }

    /// Somebody was refused for want of the right token.
    pub fn locked(self) {
        self.put(BackendState::Locked(state::LOCKED.to_owned()));
    }

    /// Says hello and keeps what came back; whether it is ready.
    pub async fn probe(self) -> bool {
        let client = self.client();
        let answer = client.hello().await;
        if client != self.client() {
            // Another token came meanwhile, and the watch has been woken for it.
            return false;
        }
        let before = self.state.get_untracked();
        match answer {
            Ok(hello) => {
                if matches!(&before, BackendState::Ready(found) if found.hello == hello) {
                    return true;
                }
                let clock = client.clock_offset().await;
                self.inner.update_value(|inner| inner.finds += 1);
                self.put(BackendState::Ready(Arc::new(Found { hello, clock })));
                true
            }
            Err(error) => {
                self.put(before.after(&error));
                false
            }
        }
    }

    pub(super) fn put(self, state: BackendState) {
        if self.state.with_untracked(|before| *before != state) {
            self.state.set(state);
        }
    }
}

/// What a page knows of its backend before it has asked.
///
/// With a token somebody is to be asked. Without one the answer could only be a refusal, and on a host that has no backend
/// the question would be an error in the console: there it counts what the server wrote into the page.
fn first_state(has_token: bool, is_served_by_backend: bool) -> BackendState {
    match (has_token, is_served_by_backend) {
        (true, _) => BackendState::Connecting,
        (false, true) => BackendState::Locked(state::LOCKED.to_owned()),
        (false, false) => BackendState::None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_page_with_a_token_asks_by_itself() {
        assert_eq!(first_state(true, true), BackendState::Connecting);
        assert_eq!(first_state(true, false), BackendState::Connecting, "`./dev serve --native` passes the API on");
        assert_eq!(first_state(false, true).id(), "locked");
        assert_eq!(first_state(false, false), BackendState::None);
    }
}
