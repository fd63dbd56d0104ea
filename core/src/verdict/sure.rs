//! How sure it is that the recommended lane is faster than the next one that does not tie with it.

use serde::Serialize;

use super::choice::Choice;
use crate::{paired::Pairs, present::number::share, scenario::Lane};

/// How sure the order of two lanes is, by the rounds in which both ran.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Sure {
    /// The next lane: the fastest that does not tie.
    pub than: Lane,
    /// The rounds that both ran in.
    pub rounds: u32,
    /// In how many of them the recommended one was faster.
    pub faster: u32,
    /// The probability, 0 to 1, that it is faster in more than half of all rounds ([`Pairs::probability`]).
    pub probability: f64,
    /// In words.
    pub sentence: String,
}

/// Fewer rounds say less than the times themselves do.
const LEAST_ROUNDS: u32 = 3;

/// How sure a choice is; `None` where there is no other lane, or too few rounds in which both ran.
pub(super) fn sure(choice: &Choice<'_>) -> Option<Sure> {
    let tied = choice.tied_lanes();
    let others = choice.candidates.iter().filter(|lane| lane.lane != choice.lane.lane && !tied.contains(&lane.lane));
    // They stand in the order of their times.
    let next = others.copied().next()?;
    let pairs = Pairs::of(choice.lane, next);
    let Pairs { rounds, faster, .. } = pairs;
    if rounds < LEAST_ROUNDS {
        return None;
    }
    let probability = pairs.probability();
    let percent = share((probability * 1e4).min(9_999.0) as u64, 10_000);
    let (lane, than) = (choice.lane.lane, next.lane);
    let sentence = format!(
        "{lane} was faster than {than}, the next, in {faster} of {rounds} rounds: {percent} sure by these alone."
    );
    Some(Sure { than, rounds, faster, probability, sentence })
}
