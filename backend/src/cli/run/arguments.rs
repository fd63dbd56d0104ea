//! The arguments of `lanes run`.

use std::path::PathBuf;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use lanes_core::scenario::{Goal, Repeats};

use super::{compute::ComputeMs, fields, settings};
use crate::{
    arguments::{deadlines, python},
    cli::timeline::Axis,
    own,
};

/// `lanes run`
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The name of a preset or an experiment (see “lanes list”), a JSON file, a link, “-” for standard input, or a Python
    /// file of your own with def task(item) and ITEMS, such as thumbs.py or etl.py:clean
    pub(super) scenario: String,
    /// Run these lanes instead of the scenario's, such as native/async,native/threads
    #[arg(long, value_name = "LANES", value_delimiter = ',')]
    pub(super) lanes: Vec<String>,
    /// Measured runs of each lane, or auto: until the order of the lanes is clear
    #[arg(long, value_name = "N", value_parser = repeats)]
    pub(super) repeats: Option<Repeats>,
    /// With --repeats auto: seconds for the measured runs of each lane, which the lanes share
    #[arg(long, value_name = "SECONDS")]
    pub(super) budget: Option<f64>,
    /// By what the lane to take is chosen: wall (the default), responsiveness, latency, memory, processor or
    /// refused
    #[arg(long, value_name = "GOAL", value_parser = goal())]
    pub(super) goal: Option<Goal>,
    /// Unmeasured rounds before them
    #[arg(long, value_name = "N")]
    pub(super) warmup: Option<u32>,
    #[command(flatten)]
    pub(super) own: own::Arguments,
    /// Run the Python code that a link, a scenario or a result file brings along
    #[arg(long)]
    pub(super) run_code: bool,
    #[command(flatten)]
    pub(super) settings: settings::Arguments,
    /// Find the sizes of the scenario's kernels that take so many milliseconds here, such as 15@python or 0.2@native; alone,
    /// in the place of the first lane
    #[arg(long, value_name = "MS[@PLACE]")]
    pub(super) compute_ms: Option<ComputeMs>,
    /// Where all chance comes from: another seed deals other sizes, latencies and failures
    #[arg(long, value_name = "N")]
    pub(super) seed: Option<u64>,
    /// Set any other field of the scenario, named as problems name it, such as groups[0].steps[1].compute.size=5000
    #[arg(long = "set", value_name = "FIELD=VALUE", value_parser = fields::field)]
    pub(super) fields: Vec<fields::Field>,
    /// The file that the tasks work on, where the scenario wants one
    #[arg(long, value_name = "PATH")]
    pub(super) file: Option<PathBuf>,
    /// The server of Lanes that scenarios with "from": "server" ask: the link that lanes serve printed
    #[arg(long, value_name = "URL")]
    pub(super) server: Option<String>,
    /// Let the scenario's own addresses lead to this machine and its networks
    #[arg(long)]
    pub(super) allow_private: bool,
    #[command(flatten)]
    pub(super) deadlines: deadlines::Arguments,
    #[command(flatten)]
    pub(in crate::cli) python: python::Arguments,
    /// Write the results there, as JSON; “-” is standard output, and the table then goes to standard error
    #[arg(long, value_name = "FILE")]
    pub(super) json: Option<PathBuf>,
    /// Write the spans there, for ui.perfetto.dev or chrome://tracing; “-” is standard output, as for --json
    #[arg(long, value_name = "FILE")]
    pub(super) trace: Option<PathBuf>,
    /// Draw what every worker did, on one time axis or over the whole width each
    #[arg(long, value_enum, value_name = "AXIS", num_args = 0..=1, require_equals = true, default_missing_value = "shared")]
    pub(super) timeline: Option<Axis>,
    /// No progress and no notices
    #[arg(long, short)]
    pub(super) quiet: bool,
}

/// Reads the name of a goal.
fn goal() -> impl TypedValueParser<Value = Goal> {
    PossibleValuesParser::new(Goal::ALL.map(Goal::id)).try_map(|name| name.parse::<Goal>())
}

/// `3` or `auto`. Whether a number is allowed is said with all other problems of the scenario.
pub(in crate::cli) fn repeats(text: &str) -> Result<Repeats, String> {
    match text {
        "auto" => Ok(Repeats::Auto),
        _ => text.parse().map(Repeats::Fixed).map_err(|_| "should be a whole number, or auto".to_owned()),
    }
}

impl Arguments {
    /// The arguments of `lanes run --quiet --json JSON --python PYTHON`, for whoever has a scenario of its own.
    pub(in crate::cli) fn of(interpreters: Vec<PathBuf>, json: Option<PathBuf>, quiet: bool) -> Self {
        Self {
            scenario: String::new(),
            lanes: Vec::new(),
            repeats: None,
            budget: None,
            goal: None,
            warmup: None,
            own: own::Arguments::default(),
            run_code: false,
            settings: settings::Arguments::default(),
            compute_ms: None,
            seed: None,
            fields: Vec::new(),
            file: None,
            server: None,
            allow_private: false,
            deadlines: deadlines::Arguments::default(),
            python: python::Arguments::in_these(interpreters),
            json,
            trace: None,
            timeline: None,
            quiet,
        }
    }

    /// The arguments of a job that is asked about in the same words.
    pub(in crate::cli) fn of_job(
        scenario: String,
        lanes: Vec<String>,
        (settings, fields): (settings::Arguments, Vec<fields::Field>),
        file: Option<PathBuf>,
        (python, repeats): (python::Arguments, Option<Repeats>),
    ) -> Self {
        Self { scenario, lanes, settings, fields, file, python, repeats, ..Self::of(Vec::new(), None, true) }
    }

    /// The same for this scenario, as JSON.
    pub(in crate::cli) fn on_scenario(self, json: String) -> Self {
        Self { scenario: json, ..self }
    }
}
