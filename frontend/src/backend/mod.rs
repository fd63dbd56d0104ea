//! The local backend, as the page sees it: whether one is there, who it is, how far its clock is off.
//!
//! ```text
//!              hello             no answer
//! None ──look──▶ Ready ◀──────────────▶ Lost      looks again by itself, ever more seldom
//!   │ └─ 401 ──▶ Locked                           until the page is opened by another link
//!   └─ version ▶ Foreign
//! ```
//!
//! It knows nothing of runs: `session/remote.rs` makes them through a [`Client`].

mod address;
mod client;
mod clock;
mod framing;
mod state;
mod watch;

pub use client::{AbortOnDrop, Client, Trouble};
pub use framing::Frames;
pub use state::{BackendState, Found};

use std::sync::Arc;

use futures::channel::{
    mpsc::{UnboundedReceiver, UnboundedSender, unbounded},
    oneshot,
};
use gloo_timers::future::TimeoutFuture;
use leptos::{prelude::*, task::spawn_local};

/// How long the page waits for a backend before it starts without one, in milliseconds.
const FIRST_LOOK_MS: u32 = 1_500;

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
    poke: UnboundedSender<()>,
    /// Until the watch has it.
    pokes: Option<UnboundedReceiver<()>>,
    /// How often a backend was found: what it stored before may be gone.
    finds: u32,
}

impl Backend {
    /// The backend of the page at `base`. Takes the token out of the address, so it comes before whatever else reads it.
    #[must_use]
    pub fn new(base: String) -> Self {
        let token = address::take_token().0;
        let (poke, pokes) = unbounded();
        let client = Client::new(base, token);
        Self {
            state: RwSignal::new(BackendState::None),
            inner: StoredValue::new_local(Inner { client, poke, pokes: Some(pokes), finds: 0 }),
        }
    }

    /// Looks for the backend once, and goes on watching it. Returns when it is known what there is, or after a while.
    ///
    /// `is_busy` says whether something is being measured.
    pub async fn start(self, is_busy: impl Fn() -> bool + 'static) {
        let Some(pokes) = self.inner.try_update_value(|inner| inner.pokes.take()).flatten() else { return };
        let (found, first) = oneshot::channel();
        spawn_local(async move {
            if self.may_be_there() {
                self.put(BackendState::Connecting);
                self.look().await;
            }
            let _ = found.send(());
            watch::watch(self, pokes, is_busy).await;
        });
        futures::future::select(first, TimeoutFuture::new(FIRST_LOOK_MS)).await;
    }

    /// Takes a token that has come into the address since; whether there was one.
    pub fn take_token(self) -> bool {
        let (Some(token), true) = address::take_token() else { return false };
        self.inner.update_value(|inner| inner.client = inner.client.with_token(token));
        self.look_again();
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

    /// Has it looked for now, by itself.
    pub fn look_again(self) {
        self.inner.with_value(|inner| {
            let _ = inner.poke.unbounded_send(());
        });
    }

    /// Somebody found that it does not answer any more.
    pub fn lost(self, why: &str) {
        self.put(BackendState::Lost(why.to_owned()));
        self.look_again();
    }

    /// Somebody was refused for want of the right token.
    pub fn locked(self) {
        self.put(BackendState::Locked(state::LOCKED.to_owned()));
    }

    /// Says hello and takes down what came back; whether it is ready.
    pub async fn look(self) -> bool {
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
            Err(trouble) => {
                self.put(before.after(trouble));
                false
            }
        }
    }

    /// Whether it is worth looking: on a public host without a token it would only be a request for nothing.
    fn may_be_there(self) -> bool {
        self.inner.with_value(|inner| inner.client.token().is_some()) || address::is_loopback_page()
    }

    fn put(self, state: BackendState) {
        if self.state.with_untracked(|before| *before != state) {
            self.state.set(state);
        }
    }
}
