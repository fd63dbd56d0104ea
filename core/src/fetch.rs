//! What a fetch comes to: simulated answers, which every place makes alike, and why a request failed, in sentences that
//! are the same everywhere. It sends nothing and does not wait; that is each place's network.

use std::time::Duration;

use crate::{
    body,
    plan::Answer,
    scenario::{NotInPlace, limits},
};

/// The longest body that is accepted, in bytes; counted after decoding where a server compressed it.
pub const MAX_BODY_BYTES: u64 = limits::MAX_BODY_BYTES;

/// How a simulated fetch goes: it is waited for, and then there is an answer, or it has timed out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Simulated {
    answer: Answer,
    timeout_ms: u32,
    attempt: u32,
}

impl Simulated {
    /// The fetch of this answer that gives up after `timeout_ms` milliseconds.
    #[must_use]
    pub fn new(answer: Answer, timeout_ms: u32) -> Self {
        Self { answer, timeout_ms, attempt: 0 }
    }

    /// The same as another attempt, from 0.
    #[must_use]
    pub fn as_attempt(self, attempt: u32) -> Self {
        Self { attempt, ..self }
    }

    /// What the answer is.
    #[must_use]
    pub fn answer(&self) -> Answer {
        self.answer
    }

    /// Which attempt it is.
    #[must_use]
    pub fn number(&self) -> u32 {
        self.attempt
    }

    /// After how many milliseconds it gives up.
    #[must_use]
    pub fn timeout_ms(&self) -> u32 {
        self.timeout_ms
    }

    /// How long to wait before [`Simulated::end`].
    #[must_use]
    pub fn wait(&self) -> Duration {
        Duration::from_micros(self.answer.latency_us.min(self.timeout_us()))
    }

    /// Makes the body in `into`, whatever that held before.
    ///
    /// # Errors
    /// When the answer would have come after the time-out.
    pub fn end(&self, into: &mut Vec<u8>) -> Result<(), FetchError> {
        self.in_time()?;
        self.fill(into);
        Ok(())
    }

    /// Whether the answer comes in time.
    ///
    /// # Errors
    /// When it would have come after the time-out.
    pub fn in_time(&self) -> Result<(), FetchError> {
        if self.answer.latency_us > self.timeout_us() {
            return Err(FetchError::SimulatedTimeout { timeout_ms: self.timeout_ms });
        }
        Ok(())
    }

    /// Makes the body of an answer that came in time in `into`, whatever that held before.
    pub fn fill(&self, into: &mut Vec<u8>) {
        into.resize(self.answer.bytes as usize, 0);
        body::fill(self.answer.seed, into);
    }

    fn timeout_us(&self) -> u64 {
        u64::from(self.timeout_ms) * 1_000
    }
}

/// When an answer was there and when an event loop came back to it, in nanoseconds of the run's clock: in between
/// something else had the loop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arrival {
    /// The answer was there.
    pub due_ns: u64,
    /// The loop went on with it.
    pub woke_ns: u64,
}

/// Why a fetch failed, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FetchError {
    /// The whole fetch, body included, took longer than `timeout_ms`.
    #[error("{url} did not answer within {timeout_ms} ms (timeout_ms); raise the limit or leave the address out")]
    Timeout {
        /// What was asked.
        url: String,
        /// The limit, in milliseconds.
        timeout_ms: u32,
    },
    /// A simulated answer takes longer than `timeout_ms`.
    #[error(
        "the simulated answer did not come within {timeout_ms} ms (timeout_ms); raise the limit or lower latency_ms"
    )]
    SimulatedTimeout {
        /// The limit, in milliseconds.
        timeout_ms: u32,
    },
    /// Any status but a success, after redirects.
    #[error("{url} answered {status}{}", meaning(*status))]
    Status {
        /// What was asked.
        url: String,
        /// The status of the answer.
        status: u16,
    },
    /// What all attempts came to, where there were several.
    #[error("{last}; that was attempt {attempts} of {attempts}")]
    GaveUp {
        /// Attempts that were made.
        attempts: u32,
        /// Why the last one failed.
        last: Box<FetchError>,
    },
    /// It cannot be read as an address.
    #[error("{0} is not an address that can be asked; check how it is written")]
    NotAnAddress(String),
    /// No connection, or none that held; with the reason that is known.
    #[error("{url} gave no answer: {why}")]
    NoAnswer {
        /// What was asked.
        url: String,
        /// The innermost reason.
        why: String,
    },
    /// The server of the page itself did not answer.
    #[error("{0} did not answer: is the server that served this page still running?")]
    OwnServer(String),
    /// A browser let nothing through, and does not tell why.
    #[error(
        "{0} gave no answer that a page may read. Either nothing answers there, or it does not allow other sites to read it \
         (CORS); the browser does not tell which. Open the address in a tab: if it shows, it is CORS, and the server would \
         have to send Access-Control-Allow-Origin"
    )]
    NotReadable(String),
    /// The connection ended before the body did.
    #[error("{0} broke off in the middle of its answer")]
    BrokenOff(String),
    /// More than [`MAX_BODY_BYTES`].
    #[error("{0} answered with more than {most} MiB, the most that is taken", most = MAX_BODY_BYTES >> 20)]
    TooLong(String),
    /// Compressed in a way that is not understood, although it was asked not to be.
    #[error(
        "{url} answered with the encoding “{encoding}”, although it was asked for none; only gzip and deflate are decoded"
    )]
    Encoding {
        /// What was asked.
        url: String,
        /// Its `Content-Encoding`.
        encoding: String,
    },
    /// Compressed, and what came cannot be decompressed.
    #[error("{0} answered with a compressed body that is damaged or cut short")]
    Damaged(String),
    /// A redirect to what is no address.
    #[error("{0} redirects to what is no address")]
    BadRedirect(String),
    /// More redirects than are followed.
    #[error("{url} redirects more than {most} times")]
    TooManyRedirects {
        /// The last that was asked.
        url: String,
        /// How many are followed.
        most: usize,
    },
    /// `"from": "page"` where there is none.
    #[error(transparent)]
    NoPage(#[from] NotInPlace),
    /// `"from": "page"` in a browser that has no service worker.
    #[error(
        "the scenario asks the page itself for its answers, and its service worker is not running: open the page over https \
         or from localhost, not in a private window, or use simulated answers"
    )]
    NoServiceWorker,
    /// The outbound policy does not allow it, for this reason.
    #[error("{0}")]
    Refused(String),
    /// `"from": "server"` where no server is known.
    #[error(
        "the scenario asks the server of Lanes, and none is known here: run it in the page of lanes serve, give the link \
         that lanes serve prints as --server, or use simulated answers"
    )]
    NoServer,
}

impl FetchError {
    /// The status that was the answer, if one was.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        if let Self::Status { status, .. } = self { Some(*status) } else { None }
    }
}

/// What a status means for whoever chose the address.
fn meaning(status: u16) -> &'static str {
    match status {
        404 => ": there is no such page",
        401 | 403 => {
            ": it wants a permission that Lanes does not have (of lanes serve: the whole link that it printed)"
        }
        429 => ": it wants fewer requests; lower the concurrency, or give the fetch retries",
        503 => ": it has no place free; lower the concurrency, or give the fetch retries",
        500..=599 => ": the server failed",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANSWER: Answer = Answer { latency_us: 50_000, bytes: 100, seed: 7 };

    #[test]
    fn a_simulated_answer_comes_after_its_latency() {
        let fetch = Simulated::new(ANSWER, 50);
        let mut body = vec![b'x'; 3];
        assert_eq!((fetch.wait(), fetch.end(&mut body)), (Duration::from_millis(50), Ok(())));
        let mut expected = vec![0; 100];
        body::fill(7, &mut expected);
        assert_eq!(body, expected);
    }

    #[test]
    fn one_that_would_come_later_fails_at_the_time_out() {
        let fetch = Simulated::new(ANSWER, 49);
        let mut body = Vec::new();
        let ended = fetch.end(&mut body);
        assert_eq!(
            (fetch.wait(), &ended),
            (Duration::from_millis(49), &Err(FetchError::SimulatedTimeout { timeout_ms: 49 }))
        );
        assert!(body.is_empty() && ended.unwrap_err().to_string().contains("within 49 ms (timeout_ms)"));
    }
}
