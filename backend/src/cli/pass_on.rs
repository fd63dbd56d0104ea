//! Scenarios for others: links and files.

use lanes_core::{
    export::program::{Language, program},
    link,
    scenario::{Lane, Scenario},
};

use super::{
    Failure,
    source::{self, Form},
    style,
};

/// Where a page is that a link can open, unless said otherwise.
const BASE: &str = "http://127.0.0.1:8080/";

/// `lanes link`
#[derive(Debug, clap::Args)]
pub(super) struct Link {
    /// A preset's name, a JSON file or “-”, to get its link; or a link, to get its scenario as JSON
    scenario: String,
    /// The address of the page that the link is to open
    #[arg(long, value_name = "URL", default_value = BASE)]
    base: String,
}

/// `lanes export`
#[derive(Debug, clap::Args)]
pub(super) struct Export {
    /// A preset's name, a JSON file, a link, or “-”
    scenario: String,
    /// The form that is wanted
    #[arg(long = "as", value_enum)]
    form: ExportForm,
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
}

pub(super) fn link(arguments: &Link) -> Result<(), Failure> {
    match source::load(&arguments.scenario)? {
        (scenario, Form::Link) => style::print(&format!("{}\n", scenario.to_json_pretty())),
        (scenario, Form::Scenario) => {
            let url = link::url(&arguments.base, &scenario).map_err(|error| Failure::other(error.to_string()))?;
            style::print(&format!("{url}\n"))
        }
    }
}

pub(super) fn export(arguments: &Export) -> Result<(), Failure> {
    let (scenario, _) = source::load(&arguments.scenario)?;
    match arguments.form {
        ExportForm::Json if arguments.lane.is_some() => {
            Err(Failure::other("--lane names the lane of a program; a scenario as JSON has all of its lanes"))
        }
        ExportForm::Json => style::print(&format!("{}\n", scenario.to_json_pretty())),
        ExportForm::Python => write(&scenario, arguments.lane, Language::Python),
        ExportForm::Rust => write(&scenario, arguments.lane, Language::Rust),
    }
}

fn write(scenario: &Scenario, lane: Option<Lane>, language: Language) -> Result<(), Failure> {
    let lane = lane.or_else(|| scenario.lanes.first().copied());
    let lane = lane.ok_or_else(|| Failure::other("the scenario names no lane; say which with --lane"))?;
    let program = program(scenario, lane, language).map_err(|why| Failure::other(format!("{lane}: {why}")))?;
    style::print(&program.code)
}
