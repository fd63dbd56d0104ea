//! Lanes' memory beside the limit that the scenario sets.

use crate::{
    present::{bytes, list},
    report::LaneResult,
    scenario::Scenario,
};

/// Why a lane that took more than it may is not ranked, as the rest of a sentence that begins with its name.
pub(super) fn over_limit(scenario: &Scenario, lane: &LaneResult) -> Option<String> {
    let limit = scenario.memory_limit()?;
    let (peak, is_measured) = lane.peak_memory().filter(|(peak, _)| *peak > limit)?;
    let took = if is_measured {
        format!("took {} of memory at its peak", bytes(peak))
    } else {
        format!("held {} for its tasks at once, and more memory than that in all, which nobody measured", bytes(peak))
    };
    Some(format!("{took}, where the scenario allows {} (memory_limit_mb)", bytes(limit)))
}

/// What the lanes that may be ranked took of what they may.
pub(super) fn within_limit(scenario: &Scenario, trusted: &[&LaneResult]) -> Option<String> {
    let limit = scenario.memory_limit()?;
    let said: Vec<String> = trusted
        .iter()
        .map(|lane| match lane.peak_memory() {
            Some((peak, true)) => format!("{} {}", lane.lane, bytes(peak)),
            Some((held, false)) => format!("{} at least {}, for its tasks", lane.lane, bytes(held)),
            None => format!("{} nobody knows how much", lane.lane),
        })
        .collect();
    (!said.is_empty())
        .then(|| format!("Memory at its peak, of the {} that a lane may take: {}.", bytes(limit), list(&said)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verdict::{
        tests::{lane, scenario},
        verdict,
    };

    #[test]
    fn a_lane_over_the_limit_is_not_ranked() {
        let lanes = [
            "native/sequential 800 801 802 compute=800 memory=20",
            "native/threads 400 401 402 compute=800 memory=50",
            "native/processes 200 201 202 compute=800 memory=200",
            "browser/sequential 900 901 902 compute=800",
        ]
        .map(lane);
        let limited = Scenario { memory_limit_mb: 100.0, ..scenario() };
        let said = verdict(&limited, &lanes);
        assert_eq!(said.overall.expect("a lane").lane.to_string(), "native/threads");
        let [only] = &said.excluded[..] else { panic!("{:?}", said.excluded) };
        assert_eq!(
            (only.lane.to_string().as_str(), only.reason.as_str()),
            (
                "native/processes",
                "took 191 MiB of memory at its peak, where the scenario allows 100 MiB (memory_limit_mb)"
            )
        );
        let line = said.evidence.iter().find(|line| line.starts_with("Memory at its peak")).expect("a line");
        assert!(line.contains("native/threads 47.7 MiB") && line.contains("browser/sequential nobody knows"), "{line}");
        assert_eq!(verdict(&scenario(), &lanes).overall.expect("a lane").lane.to_string(), "native/processes");
    }
}
