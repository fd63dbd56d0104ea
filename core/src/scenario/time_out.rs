//! Whether an answer can come too late.

use super::{
    data::{Fetch, From, Scenario, Step},
    server::Server,
};

impl Scenario {
    /// Whether the answer to a simulated fetch can take longer than its `timeout_ms`, in some lane: by itself, or because the
    /// server is asked too much at once.
    #[must_use]
    pub fn can_time_out(&self, fetch: &Fetch) -> bool {
        if fetch.from != From::Simulated {
            return false;
        }
        let Server { capacity, bandwidth_mbit, connect_ms, slows, .. } = self.server;
        let longest = |of: fn(&Fetch) -> f64| {
            let simulated = self.steps().filter_map(|step| match step {
                Step::Fetch(fetch) if fetch.from == From::Simulated => Some(of(fetch)),
                _ => None,
            });
            simulated.fold(0.0, f64::max)
        };
        // No lane has more under way, so nobody finds more before it, as long as nobody has given up.
        let at_once = f64::from(self.tasks().min(self.concurrency.max(self.workers)));
        let (turns, beside) = match f64::from(capacity) {
            0.0 => (1.0, at_once),
            capacity => ((at_once / capacity).ceil(), at_once.min(capacity)),
        };
        let slowed = 1.0 + slows * (beside - 1.0);
        let link_ms = match bandwidth_mbit {
            0.0 => 0.0,
            bandwidth => at_once * longest(|fetch| f64::from(fetch.bytes)) * 0.008 / bandwidth,
        };
        let before_ms = (turns - 1.0) * longest(Fetch::longest_ms) * slowed;
        connect_ms + before_ms + link_ms + fetch.longest_ms() * slowed > f64::from(fetch.timeout_ms)
    }
}
