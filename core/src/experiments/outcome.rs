//! What came out of an experiment, and what a guess of it is worth.
//!
//! A guess is an order. Of each pair of lanes that could be told apart it has the better one in front or it has not; the share
//! of pairs that it has right, of 100, are its points. That is Goodman and Kruskal's gamma, a rank correlation for orders with
//! ties, moved from -1…1 to 0…100 ("Measures of Association for Cross Classifications", 1954). A pair that ties counts for
//! nobody, so either order of it is as good.
//!
//! **What chance gets.** Of a guess and the same guess backwards, each pair that was told apart is right in exactly one: the two
//! have 100 points together. So somebody who guesses at random has 50 on average, whatever the lanes and the ties are.

use crate::{
    present::{count, of},
    report::LaneResult,
};

use super::measure::Measure;

/// How many lanes there may be for the orders that are all right to be counted.
pub const MOST_COUNTED: usize = 12;

/// What a guess by chance is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Chance {
    /// Points on average.
    pub mean: u32,
    /// How many of all orders have every point; `None` where there are too many to count.
    pub right: Option<u64>,
    /// How many orders there are.
    pub orders: Option<u64>,
}

/// The lanes of an experiment by what was measured.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// What each lane has, in the order of the lanes; `None` where it cannot be ranked.
    values: Vec<Option<u64>>,
    /// Pairs of lanes that were told apart: the first is better than the second.
    told: Vec<(usize, usize)>,
}

/// Why a text is no order of lanes.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotAnOrder {
    /// No number.
    #[error("“{0}” is no number of a lane; write the numbers of all {1}, the best first, such as {2}")]
    NoNumber(String, usize, String),
    /// No lane has it.
    #[error("there is no lane {0}; they go from 1 to {1}")]
    NoLane(String, usize),
    /// There already.
    #[error("lane {0} is there twice; each belongs into the order once")]
    Twice(usize),
    /// Some are missing.
    #[error("{0} of {1} lanes are missing in the order: {2}")]
    Missing(usize, usize, String),
}

impl Outcome {
    /// What the results of an experiment say.
    #[must_use]
    pub fn of(measure: Measure, results: &[LaneResult]) -> Self {
        let values: Vec<Option<u64>> = results.iter().map(|lane| measure.value(lane)).collect();
        Self::new(values, |a, b| measure.is_tie(&results[a], &results[b]))
    }

    /// Of values, where `is_tie` says which pairs cannot be told apart.
    #[must_use]
    pub fn new(values: Vec<Option<u64>>, is_tie: impl Fn(usize, usize) -> bool) -> Self {
        let mut told = Vec::new();
        for (a, of_a) in values.iter().enumerate() {
            for (b, of_b) in values.iter().enumerate() {
                if of_a.is_some() && of_b.is_some() && of_a < of_b && !is_tie(a, b) {
                    told.push((a, b));
                }
            }
        }
        Self { values, told }
    }

    /// What each lane has, in the order of the lanes.
    #[must_use]
    pub fn values(&self) -> &[Option<u64>] {
        &self.values
    }

    /// The lanes as they were measured, the best first; those that cannot be ranked come last.
    #[must_use]
    pub fn order(&self) -> Vec<usize> {
        let mut order: Vec<usize> = (0..self.values.len()).collect();
        order.sort_by_key(|lane| (self.values[*lane].is_none(), self.values[*lane], *lane));
        order
    }

    /// Whether two lanes cannot be told apart.
    #[must_use]
    pub fn ties(&self, a: usize, b: usize) -> bool {
        !self.is_better(a, b) && !self.is_better(b, a)
    }

    /// Whether the first of two lanes is better, as far as could be told.
    #[must_use]
    pub fn is_better(&self, a: usize, b: usize) -> bool {
        self.told.contains(&(a, b))
    }

    /// Pairs of lanes that were told apart.
    #[must_use]
    pub fn pairs(&self) -> usize {
        self.told.len()
    }

    /// Of those, how many a guess has right.
    ///
    /// # Panics
    /// When the guess is no order of these lanes.
    #[must_use]
    pub fn right(&self, guess: &[usize]) -> usize {
        let place = |lane: usize| guess.iter().position(|at| *at == lane).expect("a guess has every lane");
        self.told.iter().filter(|(better, worse)| place(*better) < place(*worse)).count()
    }

    /// What a guess is worth, from 0 to 100; `None` where no two lanes were told apart.
    ///
    /// # Panics
    /// When the guess is no order of these lanes.
    #[must_use]
    pub fn points(&self, guess: &[usize]) -> Option<f64> {
        (!self.told.is_empty()).then(|| 100.0 * self.right(guess) as f64 / self.told.len() as f64)
    }

    /// The place of a lane as it was measured; with others that it ties with, the best of theirs: `2=`. `–` where it has none.
    ///
    /// # Panics
    /// When there is no such lane.
    #[must_use]
    pub fn place(&self, lane: usize) -> String {
        if self.values[lane].is_none() {
            return "–".to_owned();
        }
        let others = (0..self.values.len()).filter(|other| *other != lane && self.values[*other].is_some());
        let better = others.clone().filter(|other| self.is_better(*other, lane)).count();
        let ties = others.into_iter().any(|other| self.ties(other, lane));
        format!("{}{}", better + 1, if ties { "=" } else { "" })
    }

    /// In a sentence: what a guess is worth, and what chance is.
    ///
    /// # Panics
    /// When the guess is no order of these lanes.
    #[must_use]
    pub fn says(&self, guess: &[usize]) -> String {
        let Some(points) = self.points(guess) else {
            return "No two of these lanes could be told apart here, so no guess is better than another.".to_owned();
        };
        let pairs = of(self.pairs() as u64, "pair that could be told apart", "pairs that could be told apart");
        let chance = self.chance();
        let right = self.right(guess);
        let all = chance.right.zip(chance.orders).map_or_else(String::new, |(right, orders)| {
            format!(", and all 100 in {} of {} orders", count(right), count(orders))
        });
        format!(
            "{points:.0} points: you have {right} of {pairs} in the right order. Guessing at random gets {} on average{all}.",
            chance.mean
        )
    }

    /// What somebody gets who guesses at random.
    #[must_use]
    pub fn chance(&self) -> Chance {
        let lanes = self.values.len();
        let counted = lanes <= MOST_COUNTED;
        Chance {
            mean: 50,
            right: counted.then(|| self.right_orders()),
            orders: counted.then(|| (1..=lanes as u64).product()),
        }
    }

    /// How many orders have every pair right: by which lanes are placed already, whoever may come last among them.
    fn right_orders(&self) -> u64 {
        let lanes = self.values.len();
        let mut ways = vec![0_u64; 1 << lanes];
        ways[0] = 1;
        for placed in 1..ways.len() {
            let has = |lane: usize| placed >> lane & 1 == 1;
            ways[placed] = (0..lanes)
                .filter(|last| has(*last) && !self.told.iter().any(|(better, worse)| better == last && has(*worse)))
                .map(|last| ways[placed & !(1 << last)])
                .sum();
        }
        ways[(1 << lanes) - 1]
    }

    /// Reads the order of so many lanes, the best first: their numbers from 1, with anything between them.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn read_order(text: &str, lanes: usize) -> Result<Vec<usize>, NotAnOrder> {
        let mut order = Vec::new();
        let between = |c: char| c.is_whitespace() || ",;<>=-".contains(c);
        for word in text.split(between).filter(|word| !word.is_empty()) {
            let example = (2..=lanes).chain([1]).map(|lane| lane.to_string()).collect::<Vec<_>>().join(" ");
            if !word.bytes().all(|byte| byte.is_ascii_digit()) {
                return Err(NotAnOrder::NoNumber(word.chars().take(40).collect(), lanes, example));
            }
            let number: usize = word.parse().unwrap_or(usize::MAX);
            match number.checked_sub(1).filter(|lane| *lane < lanes) {
                None => return Err(NotAnOrder::NoLane(word.chars().take(40).collect(), lanes)),
                Some(lane) if order.contains(&lane) => return Err(NotAnOrder::Twice(number)),
                Some(lane) => order.push(lane),
            }
        }
        let missing: Vec<String> =
            (0..lanes).filter(|lane| !order.contains(lane)).map(|lane| (lane + 1).to_string()).collect();
        if missing.is_empty() { Ok(order) } else { Err(NotAnOrder::Missing(missing.len(), lanes, missing.join(", "))) }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// All orders of so many lanes.
    fn orders(lanes: usize) -> Vec<Vec<usize>> {
        (0..lanes).fold(vec![Vec::new()], |orders, lane| {
            let with = |order: &Vec<usize>, at: usize| {
                let mut order = order.clone();
                order.insert(at, lane);
                order
            };
            orders.iter().flat_map(|order| (0..=order.len()).map(move |at| with(order, at))).collect()
        })
    }

    /// Values, of which those that differ by less than `near` tie: that need not be transitive.
    fn outcomes() -> impl Strategy<Value = Outcome> {
        (prop::collection::vec(prop::option::weighted(0.9, 0_u64..12), 2..=6), 1_u64..5).prop_map(|(values, near)| {
            let all = values.clone();
            Outcome::new(values, |a, b| all[a].zip(all[b]).is_none_or(|(a, b)| a.abs_diff(b) < near))
        })
    }

    proptest! {
        #[test]
        fn the_measured_order_has_every_point_and_backwards_none(outcome in outcomes()) {
            let mut order = outcome.order();
            prop_assert_eq!(outcome.points(&order), (outcome.pairs() > 0).then_some(100.0));
            order.reverse();
            prop_assert_eq!(outcome.points(&order), (outcome.pairs() > 0).then_some(0.0));
        }

        #[test]
        fn chance_is_what_all_orders_together_say(outcome in outcomes()) {
            let all = orders(outcome.values().len());
            let chance = outcome.chance();
            prop_assert_eq!(chance.orders, Some(all.len() as u64));
            let perfect = all.iter().filter(|order| outcome.right(order) == outcome.pairs()).count();
            prop_assert_eq!(chance.right, Some(perfect as u64));
            if outcome.pairs() > 0 {
                let points: f64 = all.iter().filter_map(|order| outcome.points(order)).sum();
                prop_assert!((points / all.len() as f64 - f64::from(chance.mean)).abs() < 1e-9);
            }
        }

        #[test]
        fn either_order_of_a_tie_is_as_good(outcome in outcomes(), at in 0_usize..5) {
            for order in orders(outcome.values().len()) {
                let Some(pair) = order.get(at..at + 2) else { continue };
                let mut swapped = order.clone();
                swapped.swap(at, at + 1);
                let same = outcome.points(&order) == outcome.points(&swapped);
                prop_assert_eq!(same, outcome.ties(pair[0], pair[1]));
            }
        }

        #[test]
        fn any_text_is_an_order_or_is_told_why_not(text in ".{0,40}", lanes in 1_usize..7) {
            if let Ok(mut order) = Outcome::read_order(&text, lanes) {
                order.sort_unstable();
                prop_assert_eq!(order, (0..lanes).collect::<Vec<_>>());
            }
        }
    }

    #[test]
    fn orders_are_read_as_people_write_them() {
        for text in ["3 1 2", "3,1,2", " 3 < 1 < 2 ", "3 1=2", "3-1-2"] {
            assert_eq!(Outcome::read_order(text, 3), Ok(vec![2, 0, 1]), "{text}");
        }
        let why = |text: &str| Outcome::read_order(text, 3).expect_err(text).to_string();
        assert_eq!(
            why("3 one 2"),
            "“one” is no number of a lane; write the numbers of all 3, the best first, such as 2 3 1"
        );
        assert_eq!(why("4 1 2"), "there is no lane 4; they go from 1 to 3");
        assert_eq!(why("0 1 2"), "there is no lane 0; they go from 1 to 3");
        assert_eq!(why("1 1 2"), "lane 1 is there twice; each belongs into the order once");
        assert_eq!(why("2"), "2 of 3 lanes are missing in the order: 1, 3");
    }

    #[test]
    fn where_all_lanes_tie_there_is_nothing_to_be_guessed() {
        let outcome = Outcome::new(vec![Some(5), Some(6), None], |_, _| true);
        assert_eq!((outcome.points(&[0, 1, 2]), outcome.pairs()), (None, 0));
        assert_eq!(outcome.chance(), Chance { mean: 50, right: Some(6), orders: Some(6) });
        assert_eq!(outcome.order(), [0, 1, 2]);
    }
}
