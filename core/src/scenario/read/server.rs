//! What the server behind the fetches can do.

use super::{
    fields::Fields,
    values::{flag, number, one_of, whole32},
};
use crate::scenario::{
    data::{From, Group, Step},
    limits,
    problem::Problem,
    server::{Full, Server},
};

pub(super) fn read_server(scenario: &mut Fields<'_>, problems: &mut Vec<Problem>) -> Server {
    let default = Server::default();
    scenario.known.push("server");
    let Some(value) = scenario.map.get("server") else { return default };
    let Some(mut fields) = Fields::of(value, scenario.at("server"), problems) else { return default };
    let server = Server {
        capacity: fields.take("capacity", default.capacity, problems, |v| whole32(v, 0, limits::MAX_CONCURRENCY)),
        full: fields.take("full", default.full, problems, one_of::<Full>),
        rate_per_s: fields.take("rate_per_s", default.rate_per_s, problems, |v| number(v, 0.0, limits::MAX_RATE_PER_S)),
        burst: fields.take("burst", default.burst, problems, |v| whole32(v, 1, limits::MAX_RATE_PER_S as u64)),
        errors: fields.take("errors", default.errors, problems, |v| number(v, 0.0, 1.0)),
        bandwidth_mbit: fields
            .take("bandwidth_mbit", default.bandwidth_mbit, problems, |v| number(v, 0.0, limits::MAX_BANDWIDTH_MBIT)),
        connect_ms: fields.take("connect_ms", default.connect_ms, problems, |v| number(v, 0.0, limits::MAX_LATENCY_MS)),
        keep_alive: fields.take("keep_alive", default.keep_alive, problems, flag),
        slows: fields.take("slows", default.slows, problems, |v| number(v, 0.0, limits::MAX_SLOWS)),
    };
    fields.finish(problems);
    server
}

/// A server that nobody asks would be limited in vain.
pub(super) fn check_asked(server: &Server, groups: &[Group], problems: &mut Vec<Problem>) {
    let mut fetches = groups.iter().flat_map(|group| &group.steps).filter_map(|step| match step {
        Step::Fetch(fetch) => Some(&fetch.from),
        _ => None,
    });
    if server.is_default() {
        return;
    }
    let asks_endpoint = fetches.clone().any(|from| *from == From::Server);
    let connects = server.connect_ms > 0.0 || !server.keep_alive;
    let message = match (asks_endpoint, fetches.any(|from| *from == From::Simulated)) {
        (true, true) => {
            "limits one server, and some fetches here ask the simulated one, others Lanes' own endpoint (\"from\": \"server\"): \
             let all ask the same"
        }
        (true, false) if connects => {
            "cannot say what connections to Lanes' own endpoint cost, because they are real: leave out connect_ms and \
             keep_alive, or use \"from\": \"simulated\""
        }
        (false, false) => {
            "limits simulated answers and those of Lanes' own endpoint, and no fetch here asks for one (\"from\": \
             \"simulated\" or \"server\")"
        }
        _ => return,
    };
    problems.push(Problem { field: "server".into(), message: message.into() });
}
