//! What `run` and `serve` ask in the same words about how long things may take.

use std::{num::NonZeroU64, time::Duration};

use crate::runner::Options;

/// The longest time that can be said: sums of it do not overflow.
const LONGEST: Duration = Duration::from_secs(366 * 24 * 3600);

/// How long runs, tasks and worker processes may live.
#[derive(Clone, Debug, Default, clap::Args)]
#[group(skip)]
pub(crate) struct Arguments {
    /// End a run that takes longer, in seconds
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    run_deadline: Option<Duration>,
    /// Kill and replace a worker process of native/processes whose task takes longer, in seconds; end a lane that calls your
    /// own function, and whose call takes longer
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    task_deadline: Option<Duration>,
    /// Replace a worker process of native/processes after so many tasks
    #[arg(long, value_name = "TASKS")]
    recycle_after: Option<NonZeroU64>,
    /// Start the worker processes of native/processes anew for every run; otherwise they are kept warm for the next
    #[arg(long)]
    cold_pool: bool,
}

impl Arguments {
    /// The same options with these limits.
    pub(crate) fn on(&self, options: Options) -> Options {
        Options {
            run_deadline: self.run_deadline,
            task_deadline: self.task_deadline,
            recycle_after: self.recycle_after.map(NonZeroU64::get),
            cold_pool: self.cold_pool,
            ..options
        }
    }

    /// The longest that one task may take, if that was said.
    pub(crate) fn task_deadline(&self) -> Option<Duration> {
        self.task_deadline
    }

    /// The arguments that were given and only concern the worker processes of `native/processes`.
    pub(crate) fn given_for_processes(&self) -> Vec<&'static str> {
        let given = [
            ("--task-deadline", self.task_deadline.is_some()),
            ("--recycle-after", self.recycle_after.is_some()),
            ("--cold-pool", self.cold_pool),
        ];
        given.into_iter().filter_map(|(name, is_given)| is_given.then_some(name)).collect()
    }
}

/// Why a text is no time limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
enum NoTime {
    #[error("a number of seconds is wanted, such as 2.5")]
    NoNumber,
    #[error("more than no time is wanted, and at most a year")]
    OutOfRange,
}

fn seconds(text: &str) -> Result<Duration, NoTime> {
    let seconds: f64 = text.parse().map_err(|_| NoTime::NoNumber)?;
    let time = Duration::try_from_secs_f64(seconds).ok().filter(|time| !time.is_zero() && *time <= LONGEST);
    time.ok_or(NoTime::OutOfRange)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_times_are_taken() {
        assert_eq!(seconds("2.5"), Ok(Duration::from_millis(2500)));
        for text in ["", "soon", "0", "-1", "inf", "NaN", "1e300", "1e9"] {
            assert!(seconds(text).is_err(), "{text}");
        }
    }
}
