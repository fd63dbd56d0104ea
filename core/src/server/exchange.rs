//! One attempt of a simulated fetch, wait by wait: connect, ask, wait for the answer. Whoever makes it reads the clock and
//! waits, by blocking or on an event loop.

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use super::{
    connections::Connections,
    model::{FAILED, Reply, Request, State},
};
use crate::{
    fetch::{FetchError, Simulated},
    plan::Answer,
    scenario::Server,
};

/// Where a server's state is kept, so that all clients of a run meet the same one.
pub trait Kept {
    /// Calls `change` with the state while nobody else has it.
    ///
    /// # Errors
    /// Why it cannot be had.
    fn with(&self, change: &mut dyn FnMut(&mut State)) -> Result<(), String>;
}

/// For clients that share memory.
impl Kept for Mutex<State> {
    fn with(&self, change: &mut dyn FnMut(&mut State)) -> Result<(), String> {
        change(&mut self.lock().unwrap_or_else(PoisonError::into_inner));
        Ok(())
    }
}

/// The simulated server as one client meets it: the server's state, which others may share, and its own connections.
#[derive(Debug)]
pub struct Simulation<K> {
    server: Server,
    kept: K,
    connections: Mutex<Connections>,
}

impl<K: Kept> Simulation<K> {
    /// A client of this server.
    #[must_use]
    pub fn new(server: Server, kept: K) -> Self {
        Self { server, kept, connections: Mutex::default() }
    }

    /// What the server can do.
    #[must_use]
    pub fn server(&self) -> &Server {
        &self.server
    }

    /// Begins an attempt.
    #[must_use]
    pub fn begin(&self, fetch: Simulated) -> Exchange<'_, K> {
        Exchange { simulation: self, fetch, at: At::Start, begun_ns: 0, ended: Ok(()) }
    }

    fn connections(&self) -> std::sync::MutexGuard<'_, Connections> {
        self.connections.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One attempt under way: `while let Some(wait) = exchange.wait(clock) { sleep(wait) }`, and then [`Exchange::end`].
#[derive(Debug)]
pub struct Exchange<'a, K> {
    simulation: &'a Simulation<K>,
    fetch: Simulated,
    at: At,
    begun_ns: u64,
    ended: Result<(), FetchError>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum At {
    Start,
    Connected,
    /// The server has answered, or will have when the last wait is over.
    Answered,
    /// It takes too long.
    TimedOut,
    Over,
}

impl<K: Kept> Exchange<'_, K> {
    /// How long to wait next; `None` when it is over. The clock is read while nobody else has the server.
    pub fn wait(&mut self, now_ns: impl Fn() -> u64) -> Option<Duration> {
        let server = &self.simulation.server;
        if server.is_default() {
            // Nobody else matters: what is waited for is known.
            let is_begun = std::mem::replace(&mut self.at, At::Over) != At::Start;
            return (!is_begun).then(|| self.fetch.wait());
        }
        match self.at {
            At::Start => {
                self.begun_ns = now_ns();
                self.at = At::Connected;
                let costs_ns = self.simulation.connections().take(server);
                if costs_ns > 0 {
                    return Some(self.within(self.begun_ns, costs_ns));
                }
                self.ask(now_ns)
            }
            At::Connected => self.ask(now_ns),
            At::Answered => self.answered(),
            At::TimedOut => {
                self.at = At::Over;
                self.ended = Err(FetchError::SimulatedTimeout { timeout_ms: self.fetch.timeout_ms() });
                None
            }
            At::Over => None,
        }
    }

    /// The request arrives.
    fn ask(&mut self, now_ns: impl Fn() -> u64) -> Option<Duration> {
        let Simulation { server, kept, .. } = self.simulation;
        let Answer { latency_us, bytes, seed } = self.fetch.answer();
        let request = Request { latency_ns: latency_us * 1_000, bytes, seed, attempt: self.fetch.number() };
        let mut asked = None;
        let had = kept.with(&mut |state| {
            let now_ns = now_ns();
            asked = Some((now_ns, state.ask(server, now_ns, request)));
        });
        let (now_ns, reply) = match (had, asked) {
            (Ok(()), Some(asked)) => asked,
            (had, _) => {
                self.at = At::Over;
                let why = had.err().unwrap_or_default();
                self.ended = Err(FetchError::NoAnswer { url: SIMULATED.into(), why });
                return None;
            }
        };
        self.at = At::Answered;
        let mut fail = |status| self.ended = Err(FetchError::Status { url: SIMULATED.into(), status });
        let at_ns = match reply {
            Reply::Answered(at_ns) => at_ns,
            Reply::Failed(at_ns) => {
                fail(FAILED);
                at_ns
            }
            Reply::Refused(refusal) => {
                fail(refusal.status());
                return self.answered();
            }
        };
        Some(self.within(now_ns, at_ns.saturating_sub(now_ns)))
    }

    /// The answer has come, whatever it says.
    fn answered(&mut self) -> Option<Duration> {
        self.at = At::Over;
        self.simulation.connections().give_back(&self.simulation.server);
        None
    }

    /// The wait, cut where the time-out is: it counts from the beginning of the attempt.
    fn within(&mut self, now_ns: u64, wait_ns: u64) -> Duration {
        let until_ns = self.begun_ns + u64::from(self.fetch.timeout_ms()) * 1_000_000;
        let left_ns = until_ns.saturating_sub(now_ns);
        if wait_ns > left_ns {
            self.at = At::TimedOut;
        }
        Duration::from_nanos(wait_ns.min(left_ns))
    }

    /// Whether there is a body, without making it.
    ///
    /// # Errors
    /// When there is none: the server refused or failed, or it took too long.
    pub fn ended(self) -> Result<(), FetchError> {
        self.ended?;
        if self.simulation.server.is_default() { self.fetch.in_time() } else { Ok(()) }
    }

    /// Makes the body in `into`, whatever that held before.
    ///
    /// # Errors
    /// When there is none: the server refused or failed, or it took too long.
    pub fn end(self, into: &mut Vec<u8>) -> Result<(), FetchError> {
        self.ended?;
        if self.simulation.server.is_default() {
            return self.fetch.end(into);
        }
        self.fetch.fill(into);
        Ok(())
    }
}

/// What the simulated server is called where an address would stand.
const SIMULATED: &str = "the simulated server";
