//! `lanes link` and `lanes export`: a scenario for others, as a link, as JSON, as a program.

use lanes_core::{
    export::program::{Language, program},
    link,
    scenario::{Lane, Scenario},
};

use super::{
    arguments::ArgumentError,
    failure::Failure,
    source::{self, Form, Loaded},
};
use crate::{
    own::{self, OwnFile},
    terminal,
};

/// Where a page is that a link can open, unless said otherwise.
const BASE: &str = "http://127.0.0.1:8080/";

/// `lanes link`
#[derive(Debug, clap::Args)]
pub(super) struct Link {
    /// The name of a preset or an experiment, a JSON file or “-”, to get its link; or a link, to get its scenario as JSON
    scenario: String,
    /// The address of the page that the link is to open
    #[arg(long, value_name = "URL", default_value = BASE)]
    base: String,
}

/// `lanes export`
#[derive(Debug, clap::Args)]
pub(super) struct Export {
    /// The name of a preset or an experiment, a JSON file, a link, “-”, or a Python file of your own
    scenario: String,
    /// The form that is wanted; python for a Python file of your own, unless it is said
    #[arg(long = "as", value_enum, required_unless_present = "lane")]
    form: Option<ExportForm>,
    /// The lane whose program is wanted, such as python/async; the scenario's first, unless it is said
    #[arg(long, value_name = "LANE")]
    lane: Option<Lane>,
}

/// Forms that a scenario can be exported in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum ExportForm {
    /// The scenario's own JSON, every field spelled out
    Json,
    /// The program of a lane, in Python: complete, and with the same checksum
    Python,
    /// The same in Rust
    Rust,
    /// The Python code that the scenario brings along
    Code,
}

pub(super) fn link(arguments: &Link) -> Result<(), Failure> {
    let Loaded { scenario, form, .. } = load(&arguments.scenario)?;
    match form {
        Form::Link => terminal::print_json(&format!("{}\n", scenario.to_json_pretty()))?,
        Form::Scenario => terminal::print(&format!("{}\n", link::url(&arguments.base, &scenario)?))?,
    }
    Ok(())
}

pub(super) fn export(arguments: &Export) -> Result<(), Failure> {
    let Loaded { scenario, .. } = load(&arguments.scenario)?;
    match arguments.form.unwrap_or(ExportForm::Python) {
        ExportForm::Code => {
            let call = scenario.call().ok_or(ArgumentError::NoCode)?;
            let source = call.source().ok_or_else(|| ArgumentError::named(call))?;
            Ok(terminal::print(source)?)
        }
        ExportForm::Json if arguments.lane.is_some() => Err(ArgumentError::LaneOfJson.into()),
        ExportForm::Json => Ok(terminal::print_json(&format!("{}\n", scenario.to_json_pretty()))?),
        ExportForm::Python => write(&scenario, arguments.lane, Language::Python),
        ExportForm::Rust => write(&scenario, arguments.lane, Language::Rust),
    }
}

fn load(argument: &str) -> Result<Loaded, Failure> {
    if let Some(file) = OwnFile::of(argument) {
        let own = file.load(&own::Arguments::default(), &[], &[])?;
        return Ok(Loaded {
            scenario: own.scenario,
            form: Form::Scenario,
            file: Some(own.path),
            is_ours: false,
            notice: None,
        });
    }
    let loaded = source::load(argument)?;
    if let Some(notice) = loaded.notice {
        terminal::print_aside(&format!("{notice}\n"));
    }
    Ok(loaded)
}

fn write(scenario: &Scenario, lane: Option<Lane>, language: Language) -> Result<(), Failure> {
    let lane = lane.or_else(|| scenario.lanes.first().copied()).ok_or(ArgumentError::NoLane)?;
    let program = program(scenario, lane, language).map_err(|why| Failure::NoProgram { lane, why: why.to_string() })?;
    Ok(terminal::print_verbatim(&program.code)?)
}
