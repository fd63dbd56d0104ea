//! How unevenly a quantity is dealt around its mean.

use serde::{Deserialize, Serialize};

/// How unevenly a quantity is dealt around its mean.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    Serialize,
    Deserialize,
    strum::EnumIter,
    strum::EnumString,
    strum::IntoStaticStr,
)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
pub enum Spread {
    /// Always the mean.
    #[default]
    #[strum(serialize = "even", serialize = "constant")]
    Even,
    /// Evenly between half and one and a half times the mean.
    Uniform,
    /// Heavy-tailed: Pareto with shape 2 from half the mean up, cut at ten times the mean.
    Heavy,
}

impl Spread {
    /// The largest value that can be dealt, as a multiple of the mean.
    #[must_use]
    pub fn largest(self) -> f64 {
        match self {
            Self::Even => 1.0,
            Self::Uniform => 1.5,
            Self::Heavy => 10.0,
        }
    }

    /// The value that `u` in `[0, 1)` deals around `mean`.
    ///
    /// Only `+ - * /` and the square root, which IEEE 754 rounds the same everywhere. Pareto with shape 2 has the
    /// quantile function `m / sqrt(1 - u)` and the mean `2 m`.
    #[must_use]
    pub fn deal(self, mean: f64, u: f64) -> f64 {
        match self {
            Self::Even => mean,
            Self::Uniform => mean * (0.5 + u),
            Self::Heavy => (mean * 0.5 / (1.0 - u).sqrt()).min(mean * self.largest()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heavy_is_cut_and_keeps_about_its_mean() {
        let n = 100_000;
        let sum: f64 = (0..n).map(|i| Spread::Heavy.deal(100.0, crate::rng::unit(crate::rng::nth(7, i)))).sum();
        let mean = sum / n as f64;
        assert!((90.0..105.0).contains(&mean), "{mean}");
        assert_eq!(Spread::Heavy.deal(100.0, 1.0 - f64::EPSILON), 1000.0);
    }
}
