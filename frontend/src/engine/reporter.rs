//! Sends frames to the viewer while a lane runs.

use lanes_core::{
    trace::{Drain, NO_TASK, Span, State},
    wire::{self, Event, Frame},
};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{DedicatedWorkerGlobalScope, ErrorEvent};

use super::clock::Clock;

/// Time between two frames, in nanoseconds: often enough for the eye, seldom enough for two cores.
const FRAME_NS: u64 = 100_000_000;

/// Most spans of one frame: the viewer takes it in well under a screen's refresh.
const FRAME_SPANS: usize = 4_096;

/// Sends an event to whoever made this worker.
pub fn post(event: &Event) {
    let bytes = wire::encode(event);
    let array = js_sys::Uint8Array::new_from_slice(&bytes);
    let transfer = js_sys::Array::of1(&array.buffer());
    // Fails only when the worker is being ended, and then nobody listens.
    let _ = scope().post_message_with_transfer(&array, &transfer);
}

/// This worker's global scope.
pub fn scope() -> DedicatedWorkerGlobalScope {
    js_sys::global().unchecked_into()
}

/// Sends a plain JavaScript message to whoever made this worker.
pub fn post_js(message: &JsValue) {
    let _ = scope().post_message(message);
}

/// What an error of a worker says; nothing where its script could not be loaded: the event has no message then, although
/// its type says so.
#[must_use]
pub fn error_text(event: &ErrorEvent) -> String {
    js_sys::Reflect::get(event, &"message".into()).ok().and_then(|text| text.as_string()).unwrap_or_default()
}

/// Collects what the workers of one run recorded and sends it on.
#[derive(Debug)]
pub struct Reporter {
    run: u32,
    clock: Clock,
    drains: Vec<Drain>,
    /// Spans that came by another road than a ring: from isolated workers.
    extra: Vec<Span>,
    extra_dropped: u64,
    due_ns: u64,
    next_drain: usize,
}

impl Reporter {
    /// A reporter for a run whose workers record into these rings.
    #[must_use]
    pub fn new(run: u32, clock: Clock, drains: Vec<Drain>) -> Self {
        Self { run, clock, drains, extra: Vec::new(), extra_dropped: 0, due_ns: FRAME_NS, next_drain: 0 }
    }

    /// Tells the viewer that the run has begun.
    pub fn started(&self, workers: u16) {
        let epoch_ns = (self.clock.epoch_ms * 1e6) as u64;
        post(&Event::Started { run: self.run, epoch_ns, workers });
    }

    /// Adds spans that did not come through a ring.
    pub fn add(&mut self, spans: &[Span], dropped: u64) {
        self.extra.extend_from_slice(spans);
        self.extra_dropped += dropped;
    }

    /// Adds the start-up of a worker.
    pub fn add_start_up(&mut self, worker: u16, start_ns: u64, end_ns: u64) {
        self.extra.push(Span { worker, slot: 0, task: NO_TASK, state: State::StartUp, start_ns, end_ns });
    }

    /// Spans dropped so far.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        self.drains.iter().map(Drain::dropped).sum::<u64>() + self.extra_dropped
    }

    /// Sends a frame if one is due.
    pub fn tick(&mut self, now_ns: u64, ended: u64) {
        if now_ns >= self.due_ns {
            self.due_ns = now_ns + FRAME_NS;
            self.flush(now_ns, ended);
        }
    }

    /// Sends what has been recorded since the last frame.
    pub fn flush(&mut self, now_ns: u64, ended: u64) {
        let mut spans = std::mem::take(&mut self.extra);
        // One after another, so that a worker with many spans does not keep the others' waiting.
        for _ in 0..self.drains.len() {
            let room = FRAME_SPANS.saturating_sub(spans.len());
            let i = self.next_drain % self.drains.len();
            self.drains[i].drain(&mut spans, room);
            if spans.len() >= FRAME_SPANS {
                break;
            }
            self.next_drain += 1;
        }
        post(&Event::Frame(Frame { run: self.run, now_ns, ended, dropped: self.dropped(), spans }));
    }

    /// Sends everything that is still in the rings.
    pub fn finish(&mut self, now_ns: u64, ended: u64) {
        loop {
            let mut spans = std::mem::take(&mut self.extra);
            for drain in &mut self.drains {
                let room = FRAME_SPANS.saturating_sub(spans.len());
                drain.drain(&mut spans, room);
            }
            let is_last = spans.len() < FRAME_SPANS;
            post(&Event::Frame(Frame { run: self.run, now_ns, ended, dropped: self.dropped(), spans }));
            if is_last {
                break;
            }
        }
    }
}
