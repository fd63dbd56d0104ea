//! What a program says of the other side: which limits a simulated server has, what its functions are given, and who asks
//! again where a server refuses.

use super::{
    super::{parts::Facts, server::places},
    form::Form,
    layout::{duration, float, signature, underscored},
};
use crate::scenario::{Fetch, From, Full, Model, Scenario, Server, Step};

/// What the parts depend on.
pub(super) fn describe(scenario: &Scenario, model: Model, form: &Form, facts: &mut Facts) {
    let fetches = || scenario.steps().filter_map(|step| if let Step::Fetch(fetch) = step { Some(fetch) } else { None });
    let by = |of: &dyn Fn(&Fetch) -> bool| fetches().any(|fetch| form.asks_again(fetch) && of(fetch));
    let is_real = |fetch: &Fetch| fetch.from != From::Simulated;
    let awaits = |fetch: &Fetch| form.is_async && !fetch.blocks();
    facts.set("by_request", by(&|fetch| !is_real(fetch)));
    facts.set("by_client", by(&|fetch| is_real(fetch) && awaits(fetch)));
    facts.set("by_agent", by(&|fetch| is_real(fetch) && !awaits(fetch)));
    facts.set("restrained", form.restrained);

    let head = |name: &str, result: &str| {
        let attempt = if form.attempts { "u32" } else { "" };
        let ask = format!("ask: impl Fn({attempt}) -> {result}");
        let parameters = ["retries: u32".to_owned(), "backoff: Duration".to_owned(), ask];
        signature(name, &parameters, " -> Result<Vec<u8>>").trim_end().to_owned()
    };
    facts.put("ASYNC_RETRY", head("async fn retry<F: Future<Output = Result<Vec<u8>>>>", "F"));
    facts.put("SYNC_RETRY", head(if form.is_async { "fn retry_blocking" } else { "fn retry" }, "Result<Vec<u8>>"));
    let is_simple = facts.has("by_request") && !facts.has("by_client") && !facts.has("by_agent");
    facts.put("MAY_HELP", if is_simple { "error.is::<Refused>()" } else { "may_ask_again(&error)" });
    facts.put("ATTEMPT", if form.attempts { "attempt" } else { "" });
    facts.put("LAST", if form.attempts { "retries" } else { "" });
    describe_limits(scenario, model, form, facts);
}

fn describe_limits(scenario: &Scenario, model: Model, form: &Form, facts: &mut Facts) {
    let Server { full, rate_per_s, errors, bandwidth_mbit, connect_ms, keep_alive, slows, .. } = scenario.server;
    let has_places = places(scenario, model) > 0;
    let (connects, sends) = (connect_ms > 0.0, bandwidth_mbit > 0.0);
    let can_refuse = rate_per_s > 0.0 || full == Full::Refuse && has_places;
    let has_state = form.limited && (rate_per_s > 0.0 || sends || has_places);
    facts.set("served", form.limited);
    facts.set("late", form.late);
    facts.set("may_fail", form.late || form.refused);
    facts.set("asks", has_state);
    // Workers that share no memory ask the parent.
    facts.set("piped", has_state && form.processes);
    facts.set("places", has_places);
    facts.set("refuse", full == Full::Refuse);
    facts.set("refuses", can_refuse);
    facts.set("rate", rate_per_s > 0.0);
    facts.set("errors", errors > 0.0);
    facts.set("attempts", form.attempts);
    facts.set("bandwidth", sends);
    facts.set("connect", connects);
    facts.set("kept", connects && keep_alive);
    facts.set("slows", slows > 0.0);

    let mut parameters = vec!["latency: Duration".to_owned(), "bytes: usize".to_owned(), "seed: u64".to_owned()];
    parameters.extend(form.late.then(|| "timeout: Duration".to_owned()));
    parameters.extend(form.attempts.then(|| "attempt: u32".to_owned()));
    let result = if form.late || form.refused { " -> Result<Vec<u8>>" } else { " -> Vec<u8>" };
    let head = |name: &str| signature(name, &parameters, result).trim_end().to_owned();
    facts.put("ASYNC_REQUEST", head("async fn request"));
    facts.put("SYNC_REQUEST", head(if form.is_async { "fn request_blocking" } else { "fn request" }));
    let connecting = if keep_alive { "connecting" } else { "CONNECT" };
    let wait = if has_state { "wait" } else { "latency" };
    facts.put("CONNECTING", connecting);
    facts.put("WAIT", wait);
    facts.put("LEFT", if connects { format!("timeout - {connecting}") } else { "timeout".to_owned() });
    facts.put("WHOLE", if connects { format!("{connecting} + {wait}") } else { wait.to_owned() });
    facts.put("ASKED", if sends { "latency, bytes" } else { "latency" });
    facts.put("SERVED", if sends { "latency: Duration, bytes: usize" } else { "latency: Duration" });
    facts.put("REPLY", if can_refuse { "(u16, Duration)" } else { "Duration" });
    facts.put("SERVER", if facts.has("piped") { "serve" } else { "ask_server" });
    facts.put("AND_TASKS", if facts.has("piped") { ", &mut tasks" } else { "" });
    let is_typed = facts.has("by_request");
    let refused = |status: &str, shown: &str| {
        if is_typed { format!("Refused({status})") } else { format!("\"the simulated server answered {shown}\"") }
    };
    facts.put("REFUSED", refused("status", "{status}"));
    facts.put("FAILED", refused("500", "500"));
    facts.put("DEALT", if form.attempts { "seed, attempt" } else { "seed" });
}

/// The limits as constants.
pub(super) fn constants(scenario: &Scenario, model: Model, constant: &mut impl FnMut(&str, &str, String)) {
    let Server { rate_per_s, burst, errors, bandwidth_mbit, connect_ms, slows, .. } = scenario.server;
    constant("CAPACITY", "usize", underscored(places(scenario, model).into()));
    constant("TOKEN_EVERY", "Duration", duration(if rate_per_s > 0.0 { (1e9 / rate_per_s) as u64 } else { 0 }));
    constant("BURST", "u32", underscored(burst.into()));
    constant("ERRORS", "f64", float(errors));
    constant("BITS_PER_S", "f64", float(bandwidth_mbit * 1e6));
    constant("CONNECT", "Duration", duration((connect_ms * 1e6) as u64));
    constant("SLOWS", "f64", float(slows));
    constant("LIMITS", "&str", format!("{:?}", scenario.server.query(String::new)));
}
