//! What to do where the server is the limit: the end of the verdict's sentence, and what would change it.

use crate::{
    present::number::{count, of, plain},
    report::LaneResult,
    scenario::{Full, Model, Scenario},
};

use super::{
    choice::Choice,
    limit::{Limit, limit},
    server::{AtLimit, at_limit, which},
    standing::Standing,
};

/// The lane whose limit by the server is what a choice comes to: the taken one, or the fastest where nothing beats one task
/// after another.
pub(super) fn decisive<'a>(
    scenario: &Scenario,
    standing: &Standing<'_>,
    choice: &Choice<'a>,
) -> Option<&'a LaneResult> {
    if choice.tiny || choice.is_noisy {
        return None;
    }
    let is_limited = |lane: &&LaneResult| limit(scenario, standing, lane) == Some(Limit::ServerLimits);
    let taken = Some(choice.lane).filter(is_limited);
    let others = || choice.candidates.iter().copied().find(is_limited);
    taken.or_else(|| others().filter(|_| choice.lane.lane.model == Model::Sequential))
}

/// After the verdict's sentence: that the server is the limit, where it is.
pub(super) fn sentence(scenario: &Scenario, standing: &Standing<'_>, choice: Option<&Choice<'_>>) -> Option<String> {
    let lane = decisive(scenario, standing, choice?)?;
    let at_limit = at_limit(scenario, lane)?;
    let server = which(&scenario.server, at_limit);
    Some(match at_limit {
        AtLimit::Refused(refusals) => format!(
            " The limit is {server}: it refused {} of {}, so more in flight gains nothing.",
            of(refusals, "request", "requests"),
            lane.lane
        ),
        _ => format!(" The limit is {server}: more in flight gains nothing."),
    })
}

/// What would lead to another verdict, where the server is the limit.
pub(super) fn would_change(scenario: &Scenario, lane: &LaneResult) -> Option<String> {
    let capacity = || count(scenario.server.capacity.into());
    Some(match at_limit(scenario, lane)? {
        AtLimit::Refused(_) if scenario.server.capacity > 0 && scenario.server.full == Full::Refuse => format!(
            "A server that serves more than {} at once; until then no more than that in flight, so that it refuses less.",
            capacity()
        ),
        AtLimit::Refused(_) | AtLimit::Rate(_) => format!(
            "A server that lets in more than {} requests a second; until then tasks that come no faster than that.",
            plain(scenario.server.rate_per_s)
        ),
        AtLimit::Places(..) => format!("A server that serves more than {} at once.", capacity()),
        AtLimit::Link(_) => {
            format!("A link of more than {} Mbit/s, or smaller answers.", plain(scenario.server.bandwidth_mbit))
        }
    })
}

#[cfg(test)]
mod tests {
    use super::{
        super::{
            tests::{lane, scenario},
            verdict,
        },
        *,
    };
    use crate::scenario::{Fetch, Group, Server, Step};

    /// 60 tasks with an answer of 50 ms each, from this server.
    fn asking(server: Server) -> Scenario {
        let groups = vec![Group { tasks: 60, steps: vec![Step::Fetch(Fetch::default())], ..Group::default() }];
        Scenario { server, groups, ..scenario() }
    }

    fn limit_of(scenario: &Scenario, results: &[LaneResult]) -> Vec<(String, Limit)> {
        let limits = verdict(scenario, results).limits;
        limits.iter().map(|limited| (limited.lane.to_string(), limited.limit)).collect()
    }

    #[test]
    fn a_full_server_is_the_limit_and_more_in_flight_no_advice() {
        let results = [
            lane("native/sequential 3010 3012 3011 wait=3000"),
            lane("native/async 304 305 306 wait=15000"),
            lane("native/threads 306 305 307 workers=16 wait=4700"),
            lane("native/threads 752 753 751 workers=4 wait=3000"),
        ];
        let full = asking(Server { capacity: 10, ..Server::default() });
        let limits = limit_of(&full, &results);
        let by_server = |name: &str| (name.to_owned(), Limit::ServerLimits);
        assert!(limits.contains(&by_server("native/async")), "{limits:?}");
        assert!(limits.contains(&by_server("native/threads (16 workers)")), "{limits:?}");
        assert!(limits.contains(&("native/threads (4 workers)".to_owned(), Limit::WorkersFull)), "{limits:?}");

        let verdict = verdict(&full, &results);
        let sentence = " The limit is the server, which serves 10 at once: more in flight gains nothing.";
        assert!(verdict.sentence.ends_with(sentence), "{}", verdict.sentence);
        let words = "native/async was limited by the server, which serves 10 at once: its places were taken 98 % of the time, \
                     and requests waited for one 80 % of theirs, so more in flight gains nothing.";
        assert!(verdict.evidence.iter().any(|line| line == words), "{:?}", verdict.evidence);
        assert!(
            verdict.would_change.iter().all(|line| !line.starts_with("More in flight")),
            "{:?}",
            verdict.would_change
        );
        assert!(verdict.would_change.contains(&"A server that serves more than 10 at once.".to_owned()));
    }

    #[test]
    fn a_server_with_places_free_is_no_limit() {
        let results =
            [lane("native/sequential 3010 3012 3011 wait=3000"), lane("native/async 302 303 304 wait=3000 slots=10")];
        let wide = asking(Server { capacity: 40, ..Server::default() });
        let verdict = verdict(&wide, &results);
        assert!(!verdict.sentence.contains("The limit is"), "{}", verdict.sentence);
        assert_eq!(limit_of(&wide, &results), [("native/async (10 in flight)".to_owned(), Limit::SlotsFull)]);
    }

    #[test]
    fn a_server_that_refuses_is_the_limit() {
        let results =
            [lane("native/sequential 3010 3012 3011 wait=3000"), lane("native/async 900 903 904 wait=9000 refused=90")];
        let refusing = asking(Server { capacity: 10, full: Full::Refuse, rate_per_s: 2.0, ..Server::default() });
        let verdict = verdict(&refusing, &results);
        let sentence = " The limit is the server, which serves 10 at once and lets in 2 requests a second: it refused 90 \
                        requests of native/async, so more in flight gains nothing.";
        assert!(verdict.sentence.ends_with(sentence), "{}", verdict.sentence);
    }

    #[test]
    fn a_link_and_a_rate_are_limits_where_they_are_used_up() {
        let results = [lane("native/sequential 3010 3012 3011 wait=3000"), lane("native/async 302 303 304 wait=3000")];
        // 60 answers of 2 KiB in 303 ms are 3.2 Mbit/s, and 198 a second.
        let at_limit = |server: Server| at_limit(&asking(server), &results[1]);
        let link = |bandwidth_mbit: f64| at_limit(Server { bandwidth_mbit, ..Server::default() });
        assert!(matches!(link(3.3), Some(AtLimit::Link(_))) && link(8.0).is_none());
        let rate = |rate_per_s: f64| at_limit(Server { rate_per_s, ..Server::default() });
        assert!(matches!(rate(200.0), Some(AtLimit::Rate(_))) && rate(400.0).is_none());
    }
}
