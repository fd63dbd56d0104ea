//! The clock of the browser's lanes.
//!
//! `performance.timeOrigin + performance.now()` of all workers of a page agree within microseconds, so spans of
//! different workers go on one axis without a handshake.

use lanes_core::trace;
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = performance, js_name = now)]
    fn performance_now() -> f64;

    #[wasm_bindgen(thread_local_v2, js_namespace = performance, js_name = timeOrigin)]
    static TIME_ORIGIN: f64;
}

thread_local! {
    static ORIGIN_MS: f64 = TIME_ORIGIN.with(|origin| *origin);
}

/// Milliseconds since the Unix epoch, in steps of the browser's clock.
#[must_use]
pub fn epoch_ms() -> f64 {
    ORIGIN_MS.with(|origin| *origin) + performance_now()
}

/// A run's clock: 0 at `epoch_ms`.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    /// When the run began.
    pub epoch_ms: f64,
}

impl Clock {
    /// A clock that starts now.
    #[must_use]
    pub fn start() -> Self {
        Self { epoch_ms: epoch_ms() }
    }

    /// What tells this run from others: all its workers have the same clock.
    #[must_use]
    pub fn run_name(&self) -> String {
        format!("{:x}", self.epoch_ms.to_bits())
    }

    /// Nanoseconds since t = 0; 0 before it.
    #[must_use]
    pub fn now_ns(&self) -> u64 {
        // The difference of the two large numbers first: it is exact, and what is left fits a double well.
        let origin = ORIGIN_MS.with(|origin| *origin) - self.epoch_ms;
        // A negative time (another worker's clock behind by a step) saturates to 0.
        ((origin + performance_now()) * 1e6) as u64
    }
}

/// What recording a span costs this worker, in nanoseconds.
#[must_use]
pub fn span_cost_ns() -> f64 {
    let clock = Clock::start();
    trace::span_cost_ns(|| clock.now_ns())
}

/// The smallest step of the clock, in nanoseconds: the least difference of a few readings that differ.
#[must_use]
pub fn resolution_ns() -> u64 {
    let mut least = f64::INFINITY;
    for _ in 0..5 {
        let start = performance_now();
        let mut now = start;
        // Bounded: a clock that has been made coarse (1 ms) is still found within this many readings.
        for _ in 0..100_000 {
            now = performance_now();
            if now > start {
                break;
            }
        }
        least = least.min(if now > start { now - start } else { 1.0 });
    }
    (least * 1e6) as u64
}
