//! Laws of scaling, fitted to what was measured: Amdahl's, and the universal scalability law. Pure arithmetic.
//!
//! - Amdahl: with n workers a job takes `T(1) × (s + (1 − s) / n)`, where the share s cannot be shared out (G. Amdahl, AFIPS
//!   Spring Joint Computer Conference, 1967).
//! - USL: n workers do `X(1) × n / (1 + σ (n − 1) + κ n (n − 1))` in the same time: σ is what waits in line, κ what has to agree
//!   with every other (N. Gunther, Guerrilla Capacity Planning, 2007). Its peak is at `√((1 − σ) / κ)`.

use serde::Serialize;

/// Amdahl's law, fitted.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Amdahl {
    /// The share of the job that cannot be shared out, from 0 to 1.
    pub serial: f64,
    /// How far the points are from the law: the root of the mean square of the relative distances.
    pub residual: f64,
}

/// The universal scalability law, fitted.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Usl {
    /// What waits in line.
    pub sigma: f64,
    /// What has to agree with every other.
    pub kappa: f64,
    /// How far the points are from the law, as for Amdahl.
    pub residual: f64,
    /// The number of workers from which on more make it slower, where that lies within the points.
    pub peak: Option<f64>,
}

/// Points that are needed to say anything.
pub const LEAST_POINTS: usize = 3;

/// Fits Amdahl's law to wall times by number of workers.
#[must_use]
pub fn amdahl(points: &[(f64, f64)]) -> Option<Amdahl> {
    // T = a + b / n, by least squares of the relative distances.
    let [a, b] = solve(points, |n| [1.0, 1.0 / n])?;
    let (a, b) = match (a, b) {
        (a, b) if a < 0.0 => (0.0, only(points, |n| 1.0 / n).unwrap_or(b)),
        (a, b) if b < 0.0 => (only(points, |_| 1.0).unwrap_or(a), 0.0),
        both => both,
    };
    let residual = residual(points, |n| a + b / n);
    Some(Amdahl { serial: a / (a + b), residual })
}

/// Fits the universal scalability law to wall times by number of workers.
#[must_use]
pub fn usl(points: &[(f64, f64)]) -> Option<Usl> {
    // The time of the same job is T = T(1) (1 + σ (n − 1) + κ n (n − 1)) / n: linear in three parameters.
    let one = |n: f64| 1.0 / n;
    let wait = |n: f64| (n - 1.0) / n;
    let agree = |n: f64| n - 1.0;
    let [mut t, mut s, mut k] = solve(points, |n| [one(n), wait(n), agree(n)])?;
    // None of them can be less than nothing; what would be is left out.
    if k < 0.0 {
        k = 0.0;
        [t, s] = solve(points, |n| [one(n), wait(n)])?;
    }
    if s < 0.0 {
        s = 0.0;
        [t, k] = solve(points, |n| [one(n), agree(n)])?;
        if k < 0.0 {
            k = 0.0;
            t = only(points, one)?;
        }
    }
    let residual = residual(points, |n| t * one(n) + s * wait(n) + k * agree(n));
    let (sigma, kappa) = (s / t, k / t);
    let last = points.iter().map(|(n, _)| *n).fold(0.0, f64::max);
    let peak = (kappa > 0.0 && sigma < 1.0).then(|| ((1.0 - sigma) / kappa).sqrt()).filter(|peak| *peak < last);
    (t > 0.0).then_some(Usl { sigma, kappa, residual, peak })
}

fn residual(points: &[(f64, f64)], law: impl Fn(f64) -> f64) -> f64 {
    let square = |(n, time): &(f64, f64)| ((law(*n) - time) / time).powi(2);
    (points.iter().map(square).sum::<f64>() / points.len().max(1) as f64).sqrt()
}

/// One parameter by least squares of the relative distances.
fn only(points: &[(f64, f64)], term: impl Fn(f64) -> f64) -> Option<f64> {
    let [one] = solve(points, |n| [term(n)])?;
    Some(one)
}

/// So many parameters, of terms of n, by least squares of the relative distances; `None` where the points do not say.
fn solve<const N: usize>(points: &[(f64, f64)], terms: impl Fn(f64) -> [f64; N]) -> Option<[f64; N]> {
    if points.len() < LEAST_POINTS.max(N) || points.iter().any(|(n, time)| *n <= 0.0 || *time <= 0.0) {
        return None;
    }
    // The normal equations, each row a term.
    let mut rows = [[0.0; N]; N];
    let mut right = [0.0; N];
    for (n, time) in points {
        let scaled = terms(*n).map(|term| term / time);
        for at in 0..N {
            right[at] += scaled[at];
            for other in 0..N {
                rows[at][other] += scaled[at] * scaled[other];
            }
        }
    }
    eliminate(rows, right)
}

/// Gauss's elimination, with the largest pivot.
fn eliminate<const N: usize>(mut rows: [[f64; N]; N], mut right: [f64; N]) -> Option<[f64; N]> {
    let scale = rows.iter().flatten().fold(0.0_f64, |most, value| most.max(value.abs()));
    for column in 0..N {
        let pivot = (column..N).max_by(|a, b| rows[*a][column].abs().total_cmp(&rows[*b][column].abs()))?;
        if rows[pivot][column].abs() <= scale * 1e-12 {
            return None;
        }
        rows.swap(column, pivot);
        right.swap(column, pivot);
        for row in 0..N {
            if row != column {
                let factor = rows[row][column] / rows[column][column];
                let subtracted = rows[column];
                rows[row].iter_mut().zip(subtracted).for_each(|(value, other)| *value -= factor * other);
                right[row] -= factor * right[column];
            }
        }
    }
    let mut found = [0.0; N];
    (0..N).for_each(|at| found[at] = right[at] / rows[at][at]);
    Some(found)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const WORKERS: [f64; 8] = [1.0, 2.0, 3.0, 4.0, 6.0, 8.0, 12.0, 16.0];

    proptest! {
        #[test]
        fn amdahls_share_is_found_again_under_noise(serial in 0.0..0.9_f64, time in 1.0..1e9_f64, noise in prop::array::uniform8(-0.01..0.01)) {
            let points: Vec<(f64, f64)> = WORKERS.iter().zip(noise).map(|(n, noise)| {
                (*n, time * (serial + (1.0 - serial) / n) * (1.0 + noise))
            }).collect();
            let found = amdahl(&points).expect("enough points");
            prop_assert!((found.serial - serial).abs() < 0.02, "{found:?} for {serial}");
            prop_assert!(found.residual < 0.011);
        }

        #[test]
        fn the_parameters_of_the_usl_are_found_again_under_noise(
            sigma in 0.0..0.5_f64, kappa in 0.0..0.05_f64, time in 1.0..1e9_f64, noise in prop::array::uniform8(-0.005..0.005)
        ) {
            let points: Vec<(f64, f64)> = WORKERS.iter().zip(noise).map(|(n, noise)| {
                (*n, time * (1.0 + sigma * (n - 1.0) + kappa * n * (n - 1.0)) / n * (1.0 + noise))
            }).collect();
            let found = usl(&points).expect("enough points");
            prop_assert!((found.sigma - sigma).abs() < 0.04 && (found.kappa - kappa).abs() < 0.005, "{found:?}");
            prop_assert!(found.residual < 0.006);
            if let Some(peak) = found.peak {
                prop_assert!(peak < 16.0, "no peak beyond the last point");
            }
        }
    }

    #[test]
    fn the_peak_is_where_more_workers_make_it_slower() {
        let time = |n: f64| (1.0 + 0.1 * (n - 1.0) + 0.02 * n * (n - 1.0)) / n;
        let points: Vec<(f64, f64)> = WORKERS.iter().map(|n| (*n, time(*n))).collect();
        let peak = usl(&points).and_then(|usl| usl.peak).expect("within the points");
        assert!((peak - (0.9_f64 / 0.02).sqrt()).abs() < 1e-6);
        assert_eq!(usl(&points[..4]).expect("four points").peak, None, "it lies beyond them");
    }

    #[test]
    fn too_few_or_impossible_points_say_nothing() {
        assert_eq!(amdahl(&[(1.0, 2.0), (2.0, 1.0)]), None);
        assert_eq!(usl(&[(1.0, 0.0), (2.0, 1.0), (3.0, 1.0)]), None);
        assert_eq!(amdahl(&[(2.0, 1.0), (2.0, 1.0), (2.0, 1.0)]), None, "one number of workers");
    }
}
