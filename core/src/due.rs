//! When the tasks of a group that come over time are due: dealt from the seed, the same in every place.
//!
//! ```text
//! due(0) = 0      due(k + 1) = due(k) + gap(k)
//! gap(k): the spread's value around the mean gap, in whole microseconds, from the stream of this group
//! ```

use crate::{
    rng,
    scenario::{Arrive, Spread},
};

/// Gaps between two sums that are kept: a task's moment is the sum before it and fewer than so many gaps.
const STEP: u32 = 64;

/// Where the streams of the groups begin among the labels of a scenario's seed: above every task's number.
const GROUPS: u64 = 1 << 32;

/// When the tasks of one group are due.
#[derive(Clone, Debug)]
pub struct Flow {
    gap_us: f64,
    spread: Spread,
    seed: u64,
    /// When every [`STEP`]-th task is due, in microseconds; empty where every gap is the mean.
    sums_us: Vec<u64>,
}

impl Flow {
    /// That of a group with so many tasks, the `group`-th of a scenario with this seed.
    #[must_use]
    pub fn new(arrive: Arrive, group: usize, tasks: u32, seed: u64) -> Self {
        let seed = rng::derive(seed, GROUPS + group as u64);
        let mut flow = Self { gap_us: arrive.gap_us(), spread: arrive.spread, seed, sums_us: Vec::new() };
        if arrive.spread != Spread::Even {
            let mut due_us = 0;
            for number in 0..tasks {
                if number % STEP == 0 {
                    flow.sums_us.push(due_us);
                }
                due_us += flow.dealt_gap_us(number);
            }
        }
        flow
    }

    /// When the task with this number within the group is due, in microseconds from t = 0.
    #[must_use]
    pub fn due_us(&self, number: u32) -> u64 {
        match self.sums_us.get((number / STEP) as usize) {
            Some(sum_us) => sum_us + (number / STEP * STEP..number).map(|k| self.dealt_gap_us(k)).sum::<u64>(),
            None => (self.gap_us * f64::from(number) + 0.5).floor() as u64,
        }
    }

    /// From one task to the next, in microseconds.
    fn dealt_gap_us(&self, number: u32) -> u64 {
        let chance = rng::unit(rng::nth(rng::derive(self.seed, number.into()), 0));
        (self.spread.deal(self.gap_us, chance) + 0.5).floor() as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::Pace;

    fn flow(pace: Pace, spread: Spread) -> Flow {
        Flow::new(Arrive { pace, spread }, 0, 1_000, 7)
    }

    #[test]
    fn even_gaps_do_not_add_up_their_rounding() {
        let thirds = flow(Pace::RatePerS(3.0), Spread::Even);
        assert_eq!([0, 1, 2, 3, 900].map(|k| thirds.due_us(k)), [0, 333_333, 666_667, 1_000_000, 300_000_000]);
        assert_eq!(flow(Pace::EveryMs(0.5), Spread::Even).due_us(7), 3_500);
    }

    #[test]
    fn dealt_gaps_keep_about_their_mean_and_are_the_same_from_any_side() {
        for spread in [Spread::Uniform, Spread::Heavy] {
            let dealt = flow(Pace::EveryMs(10.0), spread);
            let forwards: Vec<u64> = (0..1_000).map(|k| dealt.due_us(k)).collect();
            let mut due_us = 0;
            for (k, seen) in forwards.iter().enumerate() {
                assert_eq!(*seen, due_us);
                due_us += dealt.dealt_gap_us(k as u32);
            }
            assert!((8_500_000..11_500_000).contains(&forwards[999]), "{}", forwards[999]);
            let gaps: Vec<u64> = forwards.windows(2).map(|pair| pair[1] - pair[0]).collect();
            assert!(gaps.iter().all(|gap| (5_000..=100_000).contains(gap)));
            assert_ne!(gaps[0], gaps[1]);
        }
    }
}
