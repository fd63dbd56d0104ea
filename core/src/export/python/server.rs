//! What a program says of the other side: which of its limits there are, and what the server's functions are given.

use super::{
    super::{parts::Facts, server::places},
    layout,
};
use crate::scenario::{Full, Model, Scenario, Server};

/// What the parts of a simulated server with limits depend on.
pub(super) fn describe(scenario: &Scenario, model: Model, late: bool, facts: &mut Facts) {
    let Server { full, rate_per_s, errors, bandwidth_mbit, connect_ms, keep_alive, slows, .. } = scenario.server;
    let has_places = places(scenario, model) > 0;
    let connects = connect_ms > 0.0;
    facts.set("limited", true);
    facts.set("may_fail", scenario.server.can_fail());
    facts.set("places", has_places);
    facts.set("refuse", full == Full::Refuse);
    facts.set("rate", rate_per_s > 0.0);
    facts.set("errors", errors > 0.0);
    facts.set("bandwidth", bandwidth_mbit > 0.0);
    facts.set("connect", connects);
    facts.set("kept", connects && keep_alive);
    facts.set("slows", slows > 0.0);
    facts.set("attempts", errors > 0.0 && facts.has("retries"));
    facts.put("SHARED", if has_places { "2 + CAPACITY" } else { "2" });
    facts.put("STATUS", if scenario.server.can_fail() { "status, " } else { "" });
    let seconds = match (late, connects) {
        (false, _) => "seconds",
        (true, false) => "min(seconds, timeout_ms / 1000)",
        (true, true) => "min(seconds, max(timeout_ms / 1000 - connecting, 0))",
    };
    facts.put("SECONDS", seconds);
    facts.put("WHOLE", if connects { "connecting + seconds" } else { "seconds" });
}

/// What functions are given and what they call each other with, which depends on whether there are several answers.
pub(super) fn put_arguments(facts: &mut Facts) {
    let (many, attempts, late) = (facts.has("many"), facts.has("attempts"), facts.has("late"));
    let (errors, bandwidth) = (facts.has("errors"), facts.has("bandwidth"));
    let list = |words: &[(bool, &str)]| {
        let words: Vec<&str> = words.iter().filter(|(is_there, _)| *is_there).map(|(_, word)| *word).collect();
        words.join(", ")
    };
    let body = if many { "BODIES[number, step]" } else { "BODIES[number]" };
    let parameters = [(true, "number"), (attempts, "attempt"), (many, "step"), (true, "seconds"), (late, "timeout_ms")];
    let served =
        [(errors, "number"), (errors && many, "step"), (attempts, "attempt"), (true, "seconds"), (bandwidth, "length")];
    facts.put("PARAMETERS", list(&parameters));
    facts.put("SERVED", list(&served));
    facts.put("BODY", body);
}

/// The limits as constants.
pub(super) fn constants(scenario: &Scenario, model: Model, add: &mut impl FnMut(&str, String)) {
    let Server { rate_per_s, burst, errors, bandwidth_mbit, connect_ms, slows, .. } = scenario.server;
    add("CAPACITY", format!("{}  # requests served at once", layout::number(places(scenario, model).into())));
    add("RATE", format!("{}  # requests a second", layout::decimal(rate_per_s)));
    add("BURST", layout::number(burst.into()));
    add("ERRORS", format!("{}  # the share of requests that fail", layout::decimal(errors)));
    add("BITS_PER_S", layout::number((bandwidth_mbit * 1e6) as u64));
    add("CONNECT", format!("{}  # seconds for a new connection", layout::seconds(connect_ms)));
    add("SLOWS", layout::decimal(slows));
}
