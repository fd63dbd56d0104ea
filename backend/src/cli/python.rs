//! What `run` and `serve` ask in the same words about Python lanes.

use std::{path::PathBuf, time::Duration};

use crate::runner::{PythonOptions, StartMethod};

/// How Python lanes are run.
#[derive(Clone, Debug, clap::Args)]
#[group(skip)]
pub(crate) struct Arguments {
    /// Run python/… lanes in this interpreter; may be given several times, for python3.N/… lanes
    #[arg(long, value_name = "PATH")]
    python: Vec<PathBuf>,
    /// How Python's multiprocessing starts its processes; as the interpreter likes, unless it is said
    #[arg(long, value_enum, value_name = "METHOD")]
    start_method: Option<StartMethod>,
    /// Refuse Python lanes that would compute for longer, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 300, value_parser = clap::value_parser!(u64).range(1..=366 * 24 * 3600))]
    python_limit: u64,
}

impl Arguments {
    pub(crate) fn options(&self) -> PythonOptions {
        PythonOptions {
            interpreters: self.python.clone(),
            start_method: self.start_method,
            limit: Duration::from_secs(self.python_limit),
            ..PythonOptions::default()
        }
    }
}
