//! The server itself: its places, its bucket of tokens, its link.

use std::{cmp::Reverse, collections::BinaryHeap};

use serde::{Deserialize, Serialize};

use crate::{
    rng,
    scenario::{Full, Server, limits},
};

/// A request as the server sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Request {
    /// What an answer takes when nothing else is served, in nanoseconds.
    pub latency_ns: u64,
    /// The length of its body.
    pub bytes: u32,
    /// What its body is made from.
    pub seed: u32,
    /// Which attempt of its fetch this is, from 0.
    pub attempt: u32,
}

/// What becomes of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reply {
    /// The body is there at this moment.
    Answered(u64),
    /// At this moment the server says that it failed.
    Failed(u64),
    /// It is refused at once, with this status.
    Refused(Refusal),
}

/// Why a request is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// All places are taken.
    Full,
    /// There are too many in too short a time.
    TooMany,
}

impl Refusal {
    /// The status that says so.
    #[must_use]
    pub fn status(self) -> u16 {
        match self {
            Self::Full => 503,
            Self::TooMany => 429,
        }
    }
}

/// The status of a server that fails.
pub const FAILED: u16 = 500;

/// Whether a status is one after which asking again may help.
#[must_use]
pub fn may_ask_again(status: u16) -> bool {
    is_refusal(status) || matches!(status, FAILED | 502 | 504)
}

/// Whether a status says that the server would not take the request, rather than that it failed.
#[must_use]
pub fn is_refusal(status: u16) -> bool {
    matches!(status, 429 | 503)
}

/// The wait before an attempt, from 1 on, in nanoseconds: twice as long each time. Nothing is dealt: who is refused
/// together comes back together, and every run is the same.
#[must_use]
pub fn backoff_ns(backoff_ms: f64, attempt: u32) -> u64 {
    (backoff_ms * 1e6 * f64::from(1u32 << attempt.saturating_sub(1).min(31))) as u64
}

/// What a server keeps in mind. Moments are nanoseconds of any one clock.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct State {
    /// The last arrival: time does not go back, whoever read the clock.
    last_ns: u64,
    /// When the bucket of tokens will be full.
    full_at_ns: u64,
    /// Until when the link is taken.
    link_ns: u64,
    /// Until when the places are taken, of those that may still be.
    taken_ns: BinaryHeap<Reverse<u64>>,
}

impl State {
    /// A request arrives at this moment.
    pub fn ask(&mut self, server: &Server, now_ns: u64, request: Request) -> Reply {
        let now_ns = now_ns.max(self.last_ns);
        self.last_ns = now_ns;
        if server.rate_per_s > 0.0 {
            let each_ns = (1e9 / server.rate_per_s) as u64;
            let ahead_ns = self.full_at_ns.saturating_sub(now_ns);
            if ahead_ns > each_ns.saturating_mul(u64::from(server.burst - 1)) {
                return Reply::Refused(Refusal::TooMany);
            }
            self.full_at_ns = now_ns + ahead_ns + each_ns;
        }
        let taken = &mut self.taken_ns;
        while taken.peek().is_some_and(|Reverse(until_ns)| *until_ns <= now_ns) {
            taken.pop();
        }
        let capacity = places(server);
        let mut begin_ns = now_ns;
        if capacity > 0 && taken.len() >= capacity {
            if server.full == Full::Refuse {
                return Reply::Refused(Refusal::Full);
            }
            begin_ns = taken.pop().map_or(now_ns, |Reverse(until_ns)| until_ns);
        }
        let mut latency_ns = request.latency_ns;
        if server.slows > 0.0 {
            let others = taken.iter().filter(|Reverse(until_ns)| *until_ns > begin_ns).count();
            latency_ns = (latency_ns as f64 * (1.0 + server.slows * others as f64)) as u64;
        }
        let fails = fails(server, request.seed, request.attempt);
        let mut sent_ns = begin_ns;
        if server.bandwidth_mbit > 0.0 {
            let takes_ns = (f64::from(request.bytes) * 8_000.0 / server.bandwidth_mbit) as u64;
            sent_ns = begin_ns.max(self.link_ns) + takes_ns;
            self.link_ns = sent_ns;
        }
        let end_ns = sent_ns + latency_ns;
        if capacity > 0 {
            taken.push(Reverse(end_ns));
        }
        if fails { Reply::Failed(end_ns) } else { Reply::Answered(end_ns) }
    }
}

/// The places that are kept in mind: none where nothing depends on them. A server that slows down without a capacity has as
/// many as there can be tasks in flight.
#[must_use]
pub fn places(server: &Server) -> usize {
    match server.capacity {
        0 if server.slows > 0.0 => limits::MAX_CONCURRENCY as usize,
        capacity => capacity as usize,
    }
}

/// Whether this attempt is one of those that fail: dealt from the task's own seed, so the same whoever makes it and when.
fn fails(server: &Server, seed: u32, attempt: u32) -> bool {
    server.errors > 0.0 && rng::unit(rng::nth(seed.into(), 1 + u64::from(attempt))) < server.errors
}
