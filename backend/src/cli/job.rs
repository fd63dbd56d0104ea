//! The job that `lanes predict` and `lanes sweep` are asked about, in the words of `lanes run`.

use std::path::PathBuf;

use lanes_core::{
    experiments::{self, Experiment},
    scenario::Repeats,
};

use super::{
    failure::Failure,
    run::{self, Prepared, prepare, settings},
};
use crate::{arguments::python, own::OwnFile};

/// Which job, with what, where.
#[derive(Debug, clap::Args)]
#[group(skip)]
pub(super) struct Arguments {
    /// The name of a preset or an experiment (see “lanes list”), a JSON file, a link or “-” for standard input
    scenario: String,
    /// These lanes instead of the scenario's, such as native/async,python/threads
    #[arg(long, value_name = "LANES", value_delimiter = ',')]
    lanes: Vec<String>,
    #[command(flatten)]
    settings: settings::Arguments,
    /// Set any other field of the scenario, as “lanes run --set” does
    #[arg(long = "set", value_name = "FIELD=VALUE", value_parser = run::field)]
    fields: Vec<run::Field>,
    /// The file that the tasks work on
    #[arg(long, value_name = "PATH")]
    file: Option<PathBuf>,
    #[command(flatten)]
    python: python::Arguments,
}

impl Arguments {
    /// Follows them. A function of the user's own is not called, and its file not opened: what it takes is only known by calling
    /// it, which is `lanes run`'s.
    ///
    /// # Errors
    /// When there is no such scenario, or it calls a function.
    pub(super) fn prepare(&self, repeats: Option<Repeats>) -> Result<Prepared, Failure> {
        if OwnFile::of(&self.scenario).is_some() {
            return Err(Failure::OnlyRun);
        }
        let arguments = run::Arguments::of_job(
            self.scenario.clone(),
            self.lanes.clone(),
            (self.settings.clone(), self.fields.clone()),
            self.file.clone(),
            (self.python.clone(), repeats),
        );
        let prepared = prepare(&arguments)?;
        if prepared.scenario.call().is_some() { Err(Failure::OnlyRun) } else { Ok(prepared) }
    }

    /// The experiment that is named as the job, if one is.
    pub(super) fn experiment(&self) -> Option<&'static Experiment> {
        experiments::named(&self.scenario).map(|(experiment, _)| experiment)
    }

    /// The length of the file that the tasks work on; 0 where there is none.
    pub(super) fn file_bytes(&self) -> u64 {
        self.file.as_deref().and_then(|path| path.metadata().ok()).map_or(0, |about| about.len())
    }
}
