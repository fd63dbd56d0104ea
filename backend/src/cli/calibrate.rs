//! The size of a kernel that takes a given time on this machine: tried at a first guess, then nearer, a few times. It
//! knows no clock: whoever measures is told sizes and answers with nanoseconds.

use lanes_core::scenario::Kernel;

/// Most trials.
const TRIALS: usize = 3;
/// The longest that a trial is meant to take, in nanoseconds: what takes longer is found by how the kernel grows.
const LONGEST_TRIAL_NS: f64 = 30e6;
/// How near is near enough, as a ratio.
const NEAR: f64 = 1.05;

/// How long a kernel takes here at one size, and so at others.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Speed {
    size: u64,
    ns: f64,
    /// The power of the size that the time grows with.
    growth: f64,
}

impl Speed {
    /// How long this size takes, about, in nanoseconds.
    pub(super) fn time_of(self, size: u64) -> f64 {
        self.ns * (size as f64 / self.size as f64).powf(self.growth)
    }

    /// The size that takes so long, about: at least 1.
    pub(super) fn size_for(self, ns: f64) -> u64 {
        ((self.size as f64 * (ns / self.ns).powf(1.0 / self.growth)).round() as u64).max(1)
    }
}

/// Tries a kernel at sizes that come nearer and nearer to `aim_ns`. It begins with the guess, which should take some 10
/// ms; `measure` says how many nanoseconds a size takes.
///
/// # Errors
/// The first one of `measure`.
pub(super) fn calibrate<E>(
    kernel: Kernel,
    (guess, growth): (u64, f64),
    aim_ns: f64,
    mut measure: impl FnMut(u64) -> Result<f64, E>,
) -> Result<Speed, E> {
    let aim = aim_ns.min(LONGEST_TRIAL_NS);
    let mut at = |size: u64| Ok(Speed { size, ns: measure(size)?.max(1.0), growth });
    let mut speed = at(guess.max(1))?;
    for _ in 1..TRIALS {
        let next = speed.size_for(aim).min(kernel.about().max_size);
        let is_near = (speed.ns / aim).max(aim / speed.ns) <= NEAR;
        if is_near || next == speed.size {
            break;
        }
        speed = at(next)?;
    }
    Ok(speed)
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use super::*;

    #[test]
    fn the_size_takes_what_was_asked_on_fast_and_slow_machines() {
        for (kernel, guess) in [(Kernel::Primes, (8_000, 1.5)), (Kernel::Sha256, (40, 1.0))] {
            for machine in [0.05, 1.0, 20.0] {
                // A kernel also takes a while to begin, and grows a little faster than it is thought to.
                let clock = |size: u64| machine * (2e4 + 9e6 * (size as f64 / guess.0 as f64).powf(guess.1 * 1.05));
                for aim in [15e6, 120e6, 900e6] {
                    let mut longest = 0.0_f64;
                    let mut trials = 0;
                    let measure = |size| {
                        trials += 1;
                        longest = longest.max(clock(size));
                        Ok::<_, Infallible>(clock(size))
                    };
                    let Ok(speed) = calibrate(kernel, guess, aim, measure);
                    let taken = clock(speed.size_for(aim));
                    assert!(taken / aim < 1.5 && aim / taken < 1.5, "{kernel} × {machine}: {taken} for {aim}");
                    assert!(trials <= TRIALS);
                    assert!(longest <= clock(guess.0).max(2.0 * LONGEST_TRIAL_NS), "{longest}");
                }
            }
        }
    }

    #[test]
    fn what_no_size_is_small_enough_for_gets_the_smallest() {
        let Ok(speed) = calibrate(Kernel::Sha256, (40, 1.0), 1e3, |_| Ok::<_, Infallible>(5e6));
        assert_eq!(speed.size_for(1e3), 1);
        let broken = calibrate(Kernel::Primes, (1, 1.5), 1e6, Err::<f64, u64>);
        assert_eq!(broken, Err(1));
    }
}
