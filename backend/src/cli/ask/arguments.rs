//! The arguments of `lanes ask`: a job in words that an engineer has. It knows no scenario and no kernel.

use std::{fmt, path::PathBuf, str::FromStr, time::Duration};

use lanes_core::scenario::{
    Kernel, Place,
    limits::{MAX_CONCURRENCY, MAX_LATENCY_MS, MAX_REPEATS, MAX_TASKS, MAX_WORKERS},
};

use crate::cli::predict::MOST_CORES;

/// The longest that one task may compute: more than any kernel takes at its largest size.
const LONGEST_COMPUTE: Duration = Duration::from_secs(3600);
/// The shortest time that can be asked for: kernels are no finer than that.
const SHORTEST: Duration = Duration::from_micros(1);

/// `lanes ask`
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// How many tasks there are
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=MAX_TASKS as i64))]
    pub(super) tasks: u32,
    /// How many may be in progress at once, in every model alike: the smaller of the tasks and 32, unless it is said
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=MAX_CONCURRENCY as i64))]
    pub(super) at_once: Option<u32>,
    /// How long one task waits for something else, such as an answer: 150ms, 20us, 1.5s
    #[arg(long, value_name = "TIME", value_parser = wait)]
    pub(super) wait: Option<Duration>,
    /// How long one task computes, and in which language: 15ms@python, 200us@native; alone, in the language asked about
    #[arg(long, value_name = "TIME[@LANGUAGE]")]
    pub(super) compute: Option<Compute>,
    /// Whether the computing holds Python's interpreter lock, as Python code does, or lets go of it, as much of NumPy or
    /// hashlib does [default: held]
    #[arg(long, value_enum, value_name = "LOCK", requires = "compute")]
    pub(super) lock: Option<Lock>,
    /// Threads or processes of the lanes that have them; as many as --at-once says, up to 64, unless it is said
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=MAX_WORKERS as i64))]
    pub(super) workers: Option<u32>,
    /// The language asked about; Python where there is one, unless it is said
    #[arg(long = "in", value_enum, value_name = "LANGUAGE")]
    pub(super) language: Option<Language>,
    /// The Python interpreter to ask about
    #[arg(long, value_name = "PATH")]
    pub(super) python: Option<PathBuf>,
    /// Measured runs of each lane
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=MAX_REPEATS as i64))]
    pub(super) repeats: Option<u32>,
    /// Only run so many of the tasks
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=MAX_TASKS as i64))]
    pub(super) first: Option<u32>,
    /// Say what would be run, how long it would take, which model to take and what would change that, and run nothing but
    /// what this has to be known from
    #[arg(long)]
    pub(super) dry_run: bool,
    /// Write the results there, as JSON; “-” is standard output, and the table then goes to standard error
    #[arg(long, value_name = "FILE")]
    pub(super) json: Option<PathBuf>,
    /// Say what it would take on a machine with so many cores; with --dry-run, because only this one can be run on
    #[arg(long, value_name = "N", requires = "dry_run", value_parser = clap::value_parser!(u32).range(1..=MOST_CORES))]
    pub(super) cores: Option<u32>,
    /// No forecast, no progress and no notices
    #[arg(long, short)]
    pub(super) quiet: bool,
}

/// A language whose lanes are asked about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Language {
    /// CPython.
    Python,
    /// Machine code, as of Rust, C or C++.
    Native,
}

impl Language {
    /// Where its lanes run.
    pub(super) fn place(self) -> Place {
        match self {
            Self::Python => Place::Python,
            Self::Native => Place::Native,
        }
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.place().id())
    }
}

/// What the computing does with the interpreter lock.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Lock {
    /// It holds it, as Python code does.
    #[default]
    Held,
    /// It lets go of it, as much of NumPy or hashlib does.
    Free,
}

impl Lock {
    /// The kernel that computes like that.
    pub(super) fn kernel(self) -> Kernel {
        match self {
            Self::Held => Kernel::Primes,
            Self::Free => Kernel::Sha256,
        }
    }
}

/// How long one task computes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Compute {
    /// The time.
    pub(super) time: Duration,
    /// The language that takes so long, where it is said.
    pub(super) language: Option<Language>,
}

impl FromStr for Compute {
    type Err = NoTime;

    fn from_str(text: &str) -> Result<Self, NoTime> {
        let (time, language) = match text.split_once('@') {
            None => (text, None),
            Some((time, "python")) => (time, Some(Language::Python)),
            Some((time, "native")) => (time, Some(Language::Native)),
            Some((time, other)) => {
                return Err(NoTime::NoLanguage { time: time.to_owned(), language: other.to_owned() });
            }
        };
        Ok(Self { time: duration(time, LONGEST_COMPUTE)?, language })
    }
}

/// Why a text is no time.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum NoTime {
    /// A number alone.
    #[error("{0} has no unit: write {0}ms for milliseconds, {0}us for microseconds, {0}s for seconds")]
    NoUnit(String),
    /// A unit that is none of those.
    #[error("“{0}” is no unit of time here: write us, ms or s, such as 150ms")]
    UnknownUnit(String),
    /// No number at all.
    #[error("a number and a unit are wanted, such as 150ms, 20us or 1.5s")]
    NoNumber,
    /// Nothing, less than nothing, or too long.
    #[error("from 1us to {}s is possible; leave it out for none", .longest.as_secs())]
    OutOfRange {
        /// The most.
        longest: Duration,
    },
    /// Another language.
    #[error("“{language}” is none of the languages here: write {time}@python or {time}@native")]
    NoLanguage {
        /// The time before it.
        time: String,
        /// What was said.
        language: String,
    },
}

fn wait(text: &str) -> Result<Duration, NoTime> {
    duration(text, Duration::from_secs_f64(MAX_LATENCY_MS / 1e3))
}

/// A time with its unit.
fn duration(text: &str, longest: Duration) -> Result<Duration, NoTime> {
    let text = text.trim();
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.' && c != '-').unwrap_or(text.len());
    let (number, unit) = (&text[..end], text[end..].trim());
    let value: f64 = number.parse().map_err(|_| NoTime::NoNumber)?;
    let seconds = match unit {
        "us" | "µs" => 1e-6,
        "ms" => 1e-3,
        "s" => 1.0,
        "" => return Err(NoTime::NoUnit(number.to_owned())),
        _ => return Err(NoTime::UnknownUnit(unit.to_owned())),
    };
    let time = Duration::try_from_secs_f64(value * seconds).ok();
    time.filter(|time| (SHORTEST..=longest).contains(time)).ok_or(NoTime::OutOfRange { longest })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_units() {
        for (text, micros) in [("150ms", 150_000), ("20us", 20), ("20µs", 20), ("1.5s", 1_500_000), ("0.5 ms", 500)] {
            assert_eq!(wait(text), Ok(Duration::from_micros(micros)), "{text}");
        }
        let why = |text: &str| wait(text).expect_err("no time").to_string();
        assert_eq!(
            why("150"),
            "150 has no unit: write 150ms for milliseconds, 150us for microseconds, 150s for seconds"
        );
        assert!(why("3min").contains("“min” is no unit"), "{}", why("3min"));
        for text in ["", "ms", "soon", "1.2.3s", "NaN", "1e3ms", "٣ms"] {
            assert!(wait(text).is_err(), "{text}");
        }
        for text in ["0ms", "-1s", "61s", "0.1us", "99999999999999999999999999s"] {
            assert_eq!(why(text), "from 1us to 60s is possible; leave it out for none", "{text}");
        }
    }

    #[test]
    fn computing_is_in_a_language() {
        let compute = |text: &str| text.parse::<Compute>();
        let time = Duration::from_millis(15);
        assert_eq!(compute("15ms@python"), Ok(Compute { time, language: Some(Language::Python) }));
        assert_eq!(compute("15ms@native"), Ok(Compute { time, language: Some(Language::Native) }));
        assert_eq!(compute("15ms"), Ok(Compute { time, language: None }));
        let why = compute("15ms@go").expect_err("not here").to_string();
        assert_eq!(why, "“go” is none of the languages here: write 15ms@python or 15ms@native");
        assert_eq!(compute("15@python"), Err(NoTime::NoUnit("15".into())));
    }
}
