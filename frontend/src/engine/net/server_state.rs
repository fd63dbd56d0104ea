//! Where the state of a run's simulated server is kept: in the memory that an engine's threads share, or, for isolated
//! workers, in a piece of memory that they share for this alone, as processes natively share a file.

use std::{cell::RefCell, sync::Mutex};

use js_sys::{Atomics, Int32Array, SharedArrayBuffer, Uint8Array};
use lanes_core::{
    scenario::Server,
    server::{Kept, State, places},
    wire,
};
use wasm_bindgen::{JsCast, JsValue};

/// Where a worker finds the server.
#[derive(Debug)]
pub enum ServerState {
    /// In the memory that the engine's threads share.
    Here(Mutex<State>),
    /// In this isolated worker's [`SharedState`].
    Shared,
}

impl ServerState {
    /// The server of this memory.
    #[must_use]
    pub fn here() -> Self {
        Self::Here(Mutex::default())
    }
}

impl Kept for ServerState {
    fn with(&self, change: &mut dyn FnMut(&mut State)) -> Result<(), String> {
        match self {
            Self::Here(state) => state.with(change),
            Self::Shared => SHARED.with_borrow(|shared| {
                let shared = shared.as_ref().ok_or("it was not told of the state that its clients share")?;
                shared
                    .with(change)
                    .map_err(|error| format!("the state that its clients share is out of reach: {error:?}"))
            }),
        }
    }
}

thread_local! {
    /// Objects of JavaScript belong to one worker, so a world, which threads share, cannot hold this.
    static SHARED: RefCell<Option<SharedState>> = const { RefCell::new(None) };
}

/// Words of 4 bytes at the beginning: who has the state, and how many bytes of it there are.
const HOLDER: u32 = 0;
const LENGTH: u32 = 1;
const HEAD_BYTES: u32 = 8;
/// Nobody has the state.
const NOBODY: i32 = 0;
/// The most that a moment takes as a variable-length integer, in bytes; a state has three of them, and one for each place.
const MOMENT_BYTES: u32 = 10;
/// After so long whoever has the state was ended while it had it, in milliseconds: it is had for microseconds.
const GONE_AFTER_MS: f64 = 1000.0;

/// The state in memory that isolated workers share.
#[derive(Debug)]
pub struct SharedState {
    words: Int32Array,
    bytes: Uint8Array,
    /// This worker, as a holder.
    me: i32,
}

impl SharedState {
    /// Memory for the state of a server that has not been asked yet; `None` where the browser shares no memory, because
    /// the page is not isolated.
    #[must_use]
    pub fn create(server: &Server) -> Option<SharedArrayBuffer> {
        let is_there = js_sys::Reflect::has(&js_sys::global(), &"SharedArrayBuffer".into()).unwrap_or(false);
        let moments = 4 + places(server) as u32;
        is_there.then(|| SharedArrayBuffer::new(HEAD_BYTES + MOMENT_BYTES * moments + 16))
    }

    /// From now on this isolated worker meets the server whose state is there.
    pub fn meet(memory: &JsValue, worker: u16) {
        let shared = memory.dyn_ref::<SharedArrayBuffer>().map(|memory| Self {
            words: Int32Array::new_with_byte_offset_and_length(memory, 0, HEAD_BYTES / 4),
            bytes: Uint8Array::new_with_byte_offset(memory, HEAD_BYTES),
            me: i32::from(worker) + 1,
        });
        SHARED.set(shared);
    }

    fn with(&self, change: &mut dyn FnMut(&mut State)) -> Result<(), JsValue> {
        self.take()?;
        let changed = self.change(change);
        // Unless somebody took this worker for gone.
        Atomics::compare_exchange(&self.words, HOLDER, self.me, NOBODY)?;
        Atomics::notify_with_count(&self.words, HOLDER, 1)?;
        changed
    }

    fn change(&self, change: &mut dyn FnMut(&mut State)) -> Result<(), JsValue> {
        let bytes = self.bytes.subarray(0, Atomics::load(&self.words, LENGTH)? as u32).to_vec();
        // Nothing yet, or what a worker that was ended has left half written: a server that has not been asked.
        let mut state = wire::decode(&bytes).unwrap_or_default();
        change(&mut state);
        let bytes = wire::encode(&state);
        let length = bytes.len() as u32;
        if length > self.bytes.length() {
            return Err("it has outgrown its memory".into());
        }
        self.bytes.subarray(0, length).copy_from(&bytes);
        Atomics::store(&self.words, LENGTH, length as i32)?;
        Ok(())
    }

    /// Waits until nobody else has the state.
    fn take(&self) -> Result<(), JsValue> {
        loop {
            let holder = Atomics::compare_exchange(&self.words, HOLDER, NOBODY, self.me)?;
            if holder == NOBODY {
                return Ok(());
            }
            let woken = Atomics::wait_with_timeout(&self.words, HOLDER, holder, GONE_AFTER_MS)?;
            let is_gone = woken == "timed-out";
            if is_gone && Atomics::compare_exchange(&self.words, HOLDER, holder, self.me)? == holder {
                return Ok(());
            }
        }
    }
}
