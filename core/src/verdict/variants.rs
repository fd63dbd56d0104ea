//! Variants of one lane side by side: what more workers, or more in flight, gain.

use crate::{
    present::{count, duration, times},
    report::LaneResult,
    scenario::{Lane, Scenario, Settings},
    spread::{self, Floor, hides_much, median},
};

use super::standing::Standing;

/// What variants of a lane differ in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Axis {
    Workers,
    Concurrency,
}

impl Axis {
    const ALL: [Self; 2] = [Self::Workers, Self::Concurrency];

    fn of(self, scenario: &Scenario, lane: Lane) -> u32 {
        match self {
            Self::Workers => scenario.workers_of(lane),
            Self::Concurrency => scenario.concurrency_of(lane),
        }
    }

    /// The lane with whatever it has here, and without a name.
    fn without(self, lane: Lane) -> Lane {
        let settings = match self {
            Self::Workers => Settings { workers: None, name: None, ..lane.settings },
            Self::Concurrency => Settings { concurrency: None, name: None, ..lane.settings },
        };
        Lane { settings, ..lane }
    }

    fn unit(self) -> &'static str {
        match self {
            Self::Workers => "workers",
            Self::Concurrency => "in flight",
        }
    }
}

/// A sentence for each lane that was run with several numbers of workers, or in flight.
pub(super) fn sentences(scenario: &Scenario, standing: &Standing<'_>) -> Vec<String> {
    let mut sentences = Vec::new();
    for axis in Axis::ALL {
        let mut seen: Vec<Lane> = Vec::new();
        for lane in &standing.trusted {
            let base = axis.without(lane.lane);
            if seen.contains(&base) {
                continue;
            }
            seen.push(base);
            let mut family: Vec<&LaneResult> =
                standing.trusted.iter().copied().filter(|other| axis.without(other.lane) == base).collect();
            family.sort_by_key(|lane| axis.of(scenario, lane.lane));
            family.dedup_by_key(|lane| axis.of(scenario, lane.lane));
            if family.len() > 1 {
                sentences.push(sentence(scenario, axis, base, &family));
            }
        }
    }
    sentences
}

/// `native/threads with 1, 2, 4 and 8 workers: 1.44 s, 721 ms, 361 ms, 360 ms; more than 4 gain nothing.`
fn sentence(scenario: &Scenario, axis: Axis, base: Lane, family: &[&LaneResult]) -> String {
    let numbers: Vec<String> = family.iter().map(|lane| count(axis.of(scenario, lane.lane).into())).collect();
    let walls: Vec<String> = family.iter().map(|lane| duration(median(lane))).collect();
    let best = family.iter().copied().min_by_key(|lane| median(lane)).expect("several");
    let is_tie = |lane: &LaneResult| spread::is_tie(lane, best, Floor::Share);
    let is_unclear = family.iter().any(|lane| lane.lane != best.lane && is_tie(lane) && hides_much(lane, best));
    let is_as_fast = is_tie;
    let least = family.iter().position(|lane| is_as_fast(lane)).unwrap_or(0);
    let after = &family[least + 1..];
    let enough = &numbers[least];
    let outcome = match after.last() {
        _ if is_unclear => "their repeats differ too much to tell".into(),
        None => format!("{enough} is the most that was tried, and the fastest"),
        Some(most) if is_as_fast(most) => format!("more than {enough} gain nothing"),
        Some(most) => {
            let ratio = times(median(most) as f64 / median(best).max(1) as f64);
            format!("{enough} is best, and {} take {ratio} as long", count(axis.of(scenario, most.lane).into()))
        }
    };
    let base = Lane { settings: Settings { name: None, ..base.settings }, ..base };
    format!("{base} with {} {}: {}; {outcome}.", numbers.join(", "), axis.unit(), walls.join(", "))
}

/// Of lanes that tie with the taken one, those that are the same lane with more of something, and the others.
pub(super) fn split(taken: Lane, ties: Vec<&LaneResult>) -> (Vec<&LaneResult>, Vec<&LaneResult>) {
    ties.into_iter().partition(|tie| tie.lane.is_variant() && tie.lane.base() == taken.base())
}

#[cfg(test)]
mod tests {
    use crate::verdict::tests::judge;

    #[test]
    fn more_workers_that_gain_nothing_are_named() {
        let verdict = judge(
            "native/sequential 1440 1441 1442 compute=1400
             native/threads 1445 1446 1447 compute=1400 workers=1
             native/threads 721 722 723 compute=1400 workers=2
             native/threads 361 362 363 compute=1400 workers=4
             native/threads 360 361 362 compute=1400 workers=8
             native/processes 900 901 902 compute=1400 workers=8
             native/processes 500 501 502 compute=1400 workers=4",
        );
        let taken = verdict.overall.expect("a lane").lane;
        assert_eq!(taken.to_string(), "native/threads (4 workers)", "the fewest of those that tie");
        assert!(verdict.sentence.contains("; 8 workers gain nothing"), "{}", verdict.sentence);
        let said = |part: &str| verdict.evidence.iter().any(|line| line.contains(part));
        assert!(said(
            "native/threads with 1, 2, 4, 8 workers: 1.45 s, 722 ms, 362 ms, 361 ms; more than 4 gain nothing."
        ));
        assert!(said("native/processes with 4, 8 workers: 501 ms, 901 ms; 4 is best, and 8 take 1.80× as long."));
    }

    #[test]
    fn in_flight_is_compared_and_noise_is_called_so() {
        let verdict = judge(
            "native/async 3000 3001 3002 wait=3000 slots=1
             native/async 300 301 302 wait=3000 slots=10
             native/async 30 31 32 wait=3000 slots=1000
             native/threads 100 400 900 wait=3000 workers=1
             native/threads 150 380 800 wait=3000 workers=2",
        );
        let said = |part: &str| verdict.evidence.iter().any(|line| line.contains(part));
        assert!(said(
            "1, 10, 1000 in flight: 3.00 s, 301 ms, 31.0 ms; 1000 is the most that was tried, and the fastest."
        ));
        assert!(said("1, 2 workers: 400 ms, 380 ms; their repeats differ too much to tell."), "{:?}", verdict.evidence);
    }
}
