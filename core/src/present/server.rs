//! The other side in words: what the server behind simulated fetches can do, and what a lane met of it.

use super::{
    number::{count, list, of, plain},
    time::duration,
};
use crate::{
    report::LaneResult,
    scenario::{Full, Server},
};

/// What a server can do, for the line that describes a job: `a server that serves 10 at once, refuses the others and lets
/// in 2 a second`; `None` where it can do everything at once.
#[must_use]
pub fn server(server: &Server) -> Option<String> {
    let Server { capacity, full, rate_per_s, burst, errors, bandwidth_mbit, connect_ms, keep_alive, slows } = *server;
    let mut parts = Vec::new();
    if capacity > 0 {
        let others = if full == Full::Refuse { "refuses" } else { "queues" };
        parts.push(format!("serves {} at once", count(capacity.into())));
        parts.push(format!("{others} the others"));
    }
    if rate_per_s > 0.0 {
        let burst = if burst > 1 { format!(" (bursts of {})", count(burst.into())) } else { String::new() };
        parts.push(format!("lets in {} a second{burst}", plain(rate_per_s)));
    }
    if errors > 0.0 {
        parts.push(format!("fails {} %", plain((errors * 1e6).round() / 1e4)));
    }
    if bandwidth_mbit > 0.0 {
        parts.push(format!("sends {} Mbit/s", plain(bandwidth_mbit)));
    }
    if connect_ms > 0.0 {
        let each = if keep_alive { "" } else { " each time" };
        parts.push(format!("takes {} ms to connect{each}", plain(connect_ms)));
    }
    if slows > 0.0 {
        parts.push(format!("slows by {} % for each other request", plain((slows * 1e6).round() / 1e4)));
    }
    (!parts.is_empty()).then(|| format!("a server that {}", list(&parts)))
}

/// What the requests of a lane met: refusals, errors, and how often it asked again; `None` where nothing of it.
#[must_use]
pub fn met(lane: &LaneResult) -> Option<String> {
    let met = lane.total().met;
    let mut parts = Vec::new();
    if met.refusals > 0 {
        parts.push(format!("refused {}", of(met.refusals, "request", "requests")));
    }
    if met.errors > 0 {
        parts.push(format!("failed at {}", of(met.errors, "request", "requests")));
    }
    let again = match met.retries {
        0 => String::new(),
        retries => format!(
            "; it asked again {}, after waiting {} altogether",
            of(retries, "time", "times"),
            duration(met.backed_off_ns)
        ),
    };
    (!parts.is_empty()).then(|| format!("{}: the server {}{again}.", lane.lane, list(&parts)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_is_described_by_its_limits_alone() {
        assert_eq!(server(&Server::default()), None);
        let full = Server { capacity: 10, full: Full::Refuse, ..Server::default() };
        assert_eq!(server(&full).as_deref(), Some("a server that serves 10 at once and refuses the others"));
        let all = Server {
            capacity: 1000,
            full: Full::Queue,
            rate_per_s: 2.5,
            burst: 4,
            errors: 0.07,
            bandwidth_mbit: 100.0,
            connect_ms: 30.0,
            keep_alive: false,
            slows: 0.5,
        };
        assert_eq!(
            server(&all).as_deref(),
            Some(
                "a server that serves 1000 at once, queues the others, lets in 2.5 a second (bursts of 4), fails 7 %, sends \
                 100 Mbit/s, takes 30 ms to connect each time and slows by 50 % for each other request"
            )
        );
    }
}
