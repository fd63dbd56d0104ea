//! Which of two lanes is faster, from their runs side by side. It assumes nothing of how times are distributed.
//!
//! In each round two lanes run one after the other, so whatever slows the machine down for longer than that slows down
//! both. Only the sign of their difference is looked at: who was faster. Were neither faster, each round would be the toss
//! of a fair coin, whatever the noise.
//!
//! Whoever looks after every round and stops when the answer is clear sees too many clear answers with an ordinary test. So
//! the evidence is an *e-value*: what a gambler who starts with 1 would have by betting on one of the lanes, round after
//! round, at fair odds. However long he plays, and whenever he stops, he reaches 1 / p with a probability of p at the most
//! (Ville 1939; Ramdas et al., "Game-Theoretic Statistics and Safe Anytime-Valid Inference", 2023).

use crate::report::LaneResult;

/// The evidence from which on an order is clear: wrong once in a hundred such pairs at the most, and so for one of the five
/// others of six lanes in at most 5 % of all comparisons.
const CLEAR: f64 = 100.0;
/// Lanes whose times differ by less than this share in most rounds are equally fast.
const SAME_SHARE: f64 = 0.05;

/// What the rounds that two lanes have in common say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// The first lane is faster in most rounds.
    Faster,
    /// The second one is.
    Slower,
    /// Neither is by more than 5 %.
    Same,
    /// The rounds do not tell.
    Unclear,
}

/// The rounds that two lanes have in common.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pairs {
    /// How many there are.
    pub rounds: u32,
    /// In how many of them the first lane was faster.
    pub faster: u32,
    /// In how many the second one was.
    pub slower: u32,
    /// In how many the first one was not slower by 5 % and more.
    pub not_much_slower: u32,
    /// In how many the second one was not.
    pub not_much_faster: u32,
}

impl Pairs {
    /// Of two lanes.
    #[must_use]
    pub fn of(a: &LaneResult, b: &LaneResult) -> Self {
        let (a_pace, b_pace) = (a.pace(), b.pace());
        let mut pairs = Self::default();
        for (round, a_ns) in a.rounds.iter().zip(&a.wall_ns) {
            let Some(index) = b.rounds.iter().position(|other| other == round) else { continue };
            pairs.add(*a_ns as f64 * a_pace, b.wall_ns[index] as f64 * b_pace);
        }
        pairs
    }

    fn add(&mut self, a: f64, b: f64) {
        self.rounds += 1;
        self.faster += u32::from(a < b);
        self.slower += u32::from(b < a);
        self.not_much_slower += u32::from(a < b * (1.0 + SAME_SHARE));
        self.not_much_faster += u32::from(b < a * (1.0 + SAME_SHARE));
    }

    /// The probability that the first lane is faster in more than half of all rounds, where nothing was known before: every
    /// share of rounds was as likely (Bayes and Laplace). With k of n it is (C(n+1, 0) + … + C(n+1, k)) / 2^(n+1).
    #[must_use]
    pub fn probability(self) -> f64 {
        first_ways(self.rounds + 1, self.faster) / 2_f64.powi(self.rounds as i32 + 1)
    }

    /// What they say.
    #[must_use]
    pub fn order(self) -> Order {
        let is_clear = |rounds: u32| evidence(rounds, self.rounds) >= CLEAR;
        match self {
            _ if is_clear(self.faster) => Order::Faster,
            _ if is_clear(self.slower) => Order::Slower,
            _ if is_clear(self.not_much_slower) && is_clear(self.not_much_faster) => Order::Same,
            _ => Order::Unclear,
        }
    }
}

/// The sum of the first binomial coefficients: C(n, 0) + … + C(n, k).
fn first_ways(n: u32, k: u32) -> f64 {
    let (mut term, mut sum) = (1.0, 1.0);
    for i in 1..=k {
        term *= f64::from(n + 1 - i) / f64::from(i);
        sum += term;
    }
    sum
}

/// The evidence that something is so in more than half of all rounds, when it was so in `hits` of `rounds`.
///
/// Half of the stake is bet on its being always so, the other half evenly on every probability above one half: the first
/// half is quick where the lanes are far apart, the second one stands rounds that were disturbed.
fn evidence(hits: u32, rounds: u32) -> f64 {
    let always = if hits == rounds { 2_f64.powi(rounds as i32) } else { 0.0 };
    // 2^n · 2 ∫ p^k (1-p)^(n-k) dp from 1/2 to 1 = (C(n+1, 0) + … + C(n+1, k)) / ((n+1) · C(n, k))
    let sum = first_ways(rounds + 1, hits);
    let mut ways = 1.0;
    for i in 1..=hits {
        ways *= f64::from(rounds + 1 - i) / f64::from(i);
    }
    0.5 * always + 0.5 * sum / (f64::from(rounds + 1) * ways)
}

/// Times as a busy machine has them.
#[cfg(test)]
pub(crate) mod simulated {
    use crate::rng::{nth, unit};

    /// Times of a busy machine: most runs are disturbed a little, some a lot, and it slows down and speeds up as it goes.
    pub(crate) fn noisy_ns(seed: u64, lane: u64, round: u64, usual_ns: f64, noise: f64) -> f64 {
        let chance = |what: u64| unit(nth(seed, round * 16 + what));
        let own = |what: u64| unit(nth(seed, round * 16 + 4 + lane * 4 + what));
        let drift = 1.0 + noise * (round as f64 / 9.0).sin().abs();
        let shared = 1.0 + noise * chance(0);
        let a_lot = if own(0) < 0.15 { 1.0 + 8.0 * noise * own(1) } else { 1.0 };
        usual_ns * drift * shared * a_lot * (1.0 + noise * own(2))
    }
}

#[cfg(test)]
mod tests {
    use super::{simulated::noisy_ns, *};
    use crate::{
        rng::{nth, unit},
        scenario::limits::MAX_REPEATS,
    };

    fn order(rounds: u32, faster: u32) -> Order {
        Pairs { rounds, faster, slower: rounds - faster, ..Pairs::default() }.order()
    }

    #[test]
    fn evidence_grows_with_the_rounds_that_agree() {
        assert!((evidence(0, 0) - 1.0).abs() < 1e-9, "nothing is known, nothing is won");
        // All of n: 2^n, and (2^(n+1) - 1) / (n + 1).
        assert!((evidence(3, 3) - (0.5 * 8.0 + 0.5 * 15.0 / 4.0)).abs() < 1e-9);
        assert!(evidence(50, 100) < 1.0);
        assert_eq!((order(7, 7), order(8, 8)), (Order::Unclear, Order::Faster));
        assert_eq!((order(8, 0), order(20, 17), order(20, 18)), (Order::Slower, Order::Unclear, Order::Faster));
    }

    #[test]
    fn the_probability_is_that_of_a_uniform_prior() {
        let of = |rounds, faster| Pairs { rounds, faster, ..Pairs::default() }.probability();
        assert!((of(0, 0) - 0.5).abs() < 1e-12, "nothing is known");
        assert!((of(3, 3) - 15.0 / 16.0).abs() < 1e-12 && (of(5, 5) - 63.0 / 64.0).abs() < 1e-12);
        for (rounds, faster) in [(1, 0), (7, 2), (20, 13), (100, 61)] {
            assert!(
                (of(rounds, faster) + of(rounds, rounds - faster) - 1.0).abs() < 1e-9,
                "either the one or the other"
            );
        }
    }

    /// A fair game: on average over all outcomes of a round the stake stays what it was.
    #[test]
    fn evidence_is_a_fair_game() {
        for rounds in 0..60 {
            for hits in 0..=rounds {
                let before = evidence(hits, rounds);
                let after = 0.5 * (evidence(hits + 1, rounds + 1) + evidence(hits, rounds + 1));
                assert!(after <= before * (1.0 + 1e-9), "{hits} of {rounds}: {before} to {after}");
            }
        }
    }

    fn play(seed: u64, b_share: f64, noise: f64) -> (Order, u32) {
        let mut pairs = Pairs::default();
        for round in 0..MAX_REPEATS {
            pairs.add(noisy_ns(seed, 0, round, 1e6, noise), noisy_ns(seed, 1, round, 1e6 * b_share, noise));
            if matches!(pairs.order(), Order::Faster | Order::Slower) {
                break;
            }
        }
        (pairs.order(), pairs.rounds)
    }

    #[test]
    fn equal_lanes_are_told_apart_once_in_a_hundred_games_at_the_most() {
        let games = 4_000;
        let wrong = (0..games).filter(|seed| matches!(play(*seed, 1.0, 0.5).0, Order::Faster | Order::Slower)).count();
        // Either of the two may be said to be faster, each in at most 1 %; and three standard deviations of chance.
        assert!(wrong <= games as usize / 50 + 27, "{wrong} of {games}");
    }

    #[test]
    fn a_difference_is_never_reversed_and_mostly_found() {
        let games = 2_000;
        let all: Vec<(Order, u32)> = (0..games).map(|seed| play(seed, 1.25, 0.5)).collect();
        let of = |wanted: Order| all.iter().filter(|(order, _)| *order == wanted).count();
        assert_eq!(of(Order::Slower), 0);
        assert!(of(Order::Faster) > games as usize * 9 / 10, "{}", of(Order::Faster));
        let quick = play(1, 3.0, 0.1);
        assert_eq!(quick, (Order::Faster, 8), "three times as long needs no more rounds than the fewest");
    }

    #[test]
    fn lanes_that_never_differ_by_much_are_equally_fast() {
        let mut pairs = Pairs::default();
        for round in 0..30_u64 {
            pairs.add(1e6 + 1e4 * unit(nth(1, round)), 1e6 + 1e4 * unit(nth(2, round)));
        }
        assert_eq!(pairs.order(), Order::Same, "{pairs:?}");
    }
}
