//! Noise in words: that the repeats of a lane differ more than the lanes do, and what to do about it; and what rounds that go
//! on until the order is clear came to.

use super::choice::Choice;
use crate::{
    paired::{Order, Pairs},
    present::{
        number::{list, of, plain},
        time::duration,
    },
    report::LaneResult,
    scenario::{Lane, Repeats, Scenario, limits},
    spread::{deviation, median, paced},
};

/// From this share of the machine on other work is said to be a cause, in percent.
const WORTH_SAYING_PERCENT: u8 = 10;

/// It all in one sentence.
pub(super) fn sentence(choice: &Choice<'_>, other_work_percent: Option<u8>) -> String {
    let all = || choice.candidates.iter().copied();
    let widest = all().max_by(|a, b| deviation(a).total_cmp(&deviation(b))).unwrap_or(choice.fastest);
    let slowest = all().map(median).max().unwrap_or_default();
    let apart = (slowest as f64 / median(choice.fastest).max(1) as f64 - 1.0) * 100.0;
    let busy = match other_work_percent.filter(|percent| *percent >= WORTH_SAYING_PERCENT) {
        Some(percent) => format!("; other work had {percent} % of the machine meanwhile"),
        None => String::new(),
    };
    format!(
        "Noisy: one and the same lane took {}, so it cannot be told whether the lanes, whose medians lie {apart:.0} % apart, differ \
         at all{busy}. Measure again with less running beside it and with more repeats; so far nothing speaks for any \
         other than the simplest, {}.",
        range(widest),
        choice.lane.lane
    )
}

/// `60.0 ms to 180 ms (native/sequential)`.
fn range(lane: &LaneResult) -> String {
    let (least, most) = (lane.wall_ns.iter().min(), lane.wall_ns.iter().max());
    let at = |ns: Option<&u64>| duration(ns.copied().unwrap_or_default());
    format!("{} to {} ({})", at(least), at(most), lane.lane)
}

/// How far apart the repeats of each lane are, where the job is noisy.
pub(super) fn ranges(choice: &Choice<'_>) -> Option<String> {
    choice.is_noisy.then(|| {
        let lanes: Vec<String> = choice
            .candidates
            .iter()
            .map(|lane| {
                format!("{}, half of them within {:.0} % of their median", range(lane), deviation(lane) * 100.0)
            })
            .collect();
        format!("The repeats took {}.", lanes.join("; "))
    })
}

/// What the rounds told that were to go on until the order is clear.
pub(super) fn rounds(scenario: &Scenario, choice: &Choice<'_>) -> Option<String> {
    if scenario.repeats != Repeats::Auto || choice.candidates.len() < 2 {
        return None;
    }
    let others = || choice.candidates.iter().copied().filter(|other| other.lane != choice.fastest.lane);
    let is_unclear =
        |other: &&LaneResult| matches!(Pairs::of(choice.fastest, other).order(), Order::Unclear | Order::Slower);
    let unclear: Vec<Lane> = others().filter(is_unclear).map(|other| other.lane).collect();
    let rounds =
        of(choice.candidates.iter().map(|lane| lane.wall_ns.len()).max().unwrap_or(0) as u64, "round", "rounds");
    let fastest = choice.fastest.lane;
    if unclear.is_empty() {
        let nearest = others().min_by_key(|other| paced(other))?;
        let Pairs { rounds: of_rounds, faster, .. } = Pairs::of(choice.fastest, nearest);
        return Some(format!(
            "After {rounds} the order was clear (at 99 % for each pair): {fastest} was faster than {} in {faster} of {of_rounds}.",
            nearest.lane
        ));
    }
    Some(format!(
        "After {rounds} it was not clear yet whether {fastest} is faster than {}, and {}.",
        list(&unclear),
        match choice.fastest.wall_ns.len() as u64 >= limits::MAX_REPEATS {
            true => "that is the most there are".to_owned(),
            false => format!("the time for them, {} s a lane, was spent", plain(scenario.budget_s)),
        }
    ))
}

/// What would tell the lanes apart.
pub(super) fn would_help(scenario: &Scenario) -> Vec<String> {
    let more = match scenario.repeats {
        Repeats::Auto => {
            format!("More time for repeats than {} s a lane: budget_s, or --budget.", plain(scenario.budget_s))
        }
        Repeats::Fixed(_) => {
            "Repeats that go on until the order is clear: \"repeats\": \"auto\", or --repeats auto.".to_owned()
        }
    };
    vec!["Less other work on the machine: the repeats differ more than the lanes.".to_owned(), more]
}
